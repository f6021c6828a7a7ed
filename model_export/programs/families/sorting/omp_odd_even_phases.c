//@ family: omp_odd_even_phases
//@ domain: sorting
//@ problem: Odd-even transposition sort; phases alternate and must not overlap.
//@ param N: 240 | 400
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdbool.h>

enum { N = @N@ };

static int deck[N];
static long exchanges;
static bool dirty;

static inline bool order_pair(int *lo, int *hi)
{
    if (*lo <= *hi)
        return false;
    int t = *lo;
    *lo = *hi;
    *hi = t;
    return true;
}

static void phases(int rounds)
{
#pragma omp parallel num_threads(@NT@)
    {
        long mine = 0;
        bool touched = false;
        for (int r = 0; r < rounds; r++) {
//@ slot phase on deck
//@ is barriers: unordered
#pragma omp for schedule(static)
            for (int i = 0; i < N - 1; i += 2)
                mine += order_pair(&deck[i], &deck[i + 1]);
#pragma omp for schedule(static)
            for (int i = 1; i < N - 1; i += 2)
                mine += order_pair(&deck[i], &deck[i + 1]);
//@ is first_nowait: racy
#pragma omp for schedule(static) nowait
            for (int i = 0; i < N - 1; i += 2)
                mine += order_pair(&deck[i], &deck[i + 1]);
#pragma omp for schedule(static)
            for (int i = 1; i < N - 1; i += 2)
                mine += order_pair(&deck[i], &deck[i + 1]);
//@ is nowait_then_barrier: unordered
#pragma omp for schedule(static) nowait
            for (int i = 0; i < N - 1; i += 2)
                mine += order_pair(&deck[i], &deck[i + 1]);
#pragma omp barrier
#pragma omp for schedule(static)
            for (int i = 1; i < N - 1; i += 2)
                mine += order_pair(&deck[i], &deck[i + 1]);
//@ is unit_step: racy
#pragma omp for schedule(static)
            for (int i = 0; i < N - 1; i++)
                mine += order_pair(&deck[i], &deck[i + 1]);
#pragma omp for schedule(static)
            for (int i = 1; i < N - 1; i += 2)
                mine += order_pair(&deck[i], &deck[i + 1]);
//@ is one_loop: unordered
#pragma omp for schedule(static)
            for (int i = r % 2; i < N - 1; i += 2)
                mine += order_pair(&deck[i], &deck[i + 1]);
//@ end
        }
        touched = mine > 0;
//@ slot total on exchanges
//@ is atomic: conflicting
#pragma omp atomic
        exchanges += mine;
//@ is plain: racy
        exchanges += mine;
//@ is critical: unprotected
#pragma omp critical
        exchanges += mine;
//@ is read_back: racy
#pragma omp atomic
        exchanges += mine;
        if (exchanges > 1000000)
            touched = false;
//@ end
//@ slot mark on dirty
//@ is plain_same_value: racy
        if (touched)
            dirty = true;
//@ is atomic_write: conflicting
        if (touched) {
#pragma omp atomic write
            dirty = true;
        }
//@ is tested_first: racy
        if (touched && !dirty)
            dirty = true;
//@ is after_barrier_single: concurrent
#pragma omp barrier
#pragma omp single
        dirty = touched;
//@ end
    }
}

int main(void)
{
    unsigned seed = 9;
    long check = 0;
    for (int i = 0; i < N; i++) {
        seed = seed * 69069u + 5u;
        deck[i] = (int)(seed >> 17);
    }
//@ slot rounds
//@ is few: neutral
    phases(12);
//@ is more: neutral
    phases(30);
//@ end
    for (int i = 0; i < N; i++)
        check += (long)deck[i] * (i % 5);
    printf("%ld %ld %d\n", check, exchanges, (int)dirty);
    return 0;
}
