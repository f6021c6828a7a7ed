//@ family: omp_block_scan
//@ domain: scans
//@ problem: Inclusive prefix sum in two phases, each thread owns a block.
//@ param N: 1200 | 2400
//@ param NT: 3 | 4
//@ param T: int | long
#include <stdio.h>
#include <omp.h>

#define N  @N@
#define NT @NT@

typedef @T@ item;

static item data[N];
static item block_sum[NT + 1];
static item grand;

static void load(void)
{
    for (int i = 0; i < N; i++)
        data[i] = (item)((i * 5) % 9);
}

static void scan(void)
{
#pragma omp parallel num_threads(NT)
    {
        const int me = omp_get_thread_num();
        const int lo = me * (N / NT);
//@ slot range on data
//@ is exclusive: same-location
        const int hi = me == NT - 1 ? N : lo + N / NT;
//@ is inclusive: racy
        const int hi = me == NT - 1 ? N : lo + N / NT + 1;
//@ is inclusive_trimmed: same-location
        const int last = me == NT - 1 ? N - 1 : lo + N / NT - 1;
        const int hi = last + 1;
//@ is rounded_up: racy
        const int width = N / NT + 4;
        const int hi = me == NT - 1 ? N : lo + width;
//@ end

        item acc = 0;
        for (int i = lo; i < hi; i++) {
            acc += data[i];
            data[i] = acc;
        }
//@ slot publish on block_sum
//@ is barrier_single: unordered
        block_sum[me + 1] = acc;
#pragma omp barrier
#pragma omp single
        for (int b = 1; b <= NT; b++)
            block_sum[b] += block_sum[b - 1];
//@ is no_first_barrier: racy
        block_sum[me + 1] = acc;
#pragma omp single
        for (int b = 1; b <= NT; b++)
            block_sum[b] += block_sum[b - 1];
//@ is no_second_barrier: racy
        block_sum[me + 1] = acc;
#pragma omp barrier
#pragma omp master
        for (int b = 1; b <= NT; b++)
            block_sum[b] += block_sum[b - 1];
//@ is guarded_two_barriers: unordered
        block_sum[me + 1] = acc;
#pragma omp barrier
        if (me == 0)
            for (int b = 1; b <= NT; b++)
                block_sum[b] += block_sum[b - 1];
#pragma omp barrier
//@ end
        const item shift = block_sum[me];
        for (int i = lo; i < hi; i++)
            data[i] += shift;

//@ slot total on grand
//@ is last_thread: concurrent
        if (me == NT - 1)
            grand = shift + acc;
//@ is everyone: racy
        grand = shift + acc;
//@ is atomic_write: conflicting
#pragma omp atomic write
        grand = shift + acc;
//@ is two_threads: racy
        if (me >= NT - 2)
            grand = shift + acc;
//@ end
    }
}

int main(void)
{
    load();
//@ slot style
//@ is direct: neutral
    scan();
//@ is pointer: neutral
    void (*job)(void) = scan;
    job();
//@ end
    printf("last %ld grand %ld\n", (long)data[N - 1], (long)grand);
    return 0;
}
