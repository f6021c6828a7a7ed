//@ family: om2_merge_counts
//@ domain: histogram
//@ problem: Frequency table of sensor codes with a table per team member, merged in several ways.
//@ param N: 1000 | 2500
//@ param NT: 3 | 4
#include <stdio.h>
#include <string.h>
#include <omp.h>

#define CODES 24
#define N     @N@
#define NT    @NT@

static unsigned char code[N];
static int           freq[CODES];
static int           by_member[NT][CODES];
static int           rarest = -1;

static void count_codes(void)
{
#pragma omp parallel num_threads(NT)
    {
        const int me = omp_get_thread_num();
        int mine[CODES];
        memset(mine, 0, sizeof mine);
#pragma omp for nowait
        for (int i = 0; i < N; i++)
            mine[code[i] % CODES]++;

//@ slot merge on freq
//@ is critical: unprotected
#pragma omp critical
        for (int c = 0; c < CODES; c++)
            freq[c] += mine[c];
//@ is atomic: conflicting
        for (int c = 0; c < CODES; c++)
#pragma omp atomic
            freq[c] += mine[c];
//@ is bare: racy
        for (int c = 0; c < CODES; c++)
            freq[c] += mine[c];
//@ is rows_barrier_single: concurrent
        memcpy(by_member[me], mine, sizeof mine);
#pragma omp barrier
#pragma omp single
        for (int t = 0; t < NT; t++)
            for (int c = 0; c < CODES; c++)
                freq[c] += by_member[t][c];
//@ is rows_by_code: same-location
        memcpy(by_member[me], mine, sizeof mine);
#pragma omp barrier
#pragma omp for
        for (int c = 0; c < CODES; c++)
            for (int t = 0; t < NT; t++)
                freq[c] += by_member[t][c];
//@ is rotated: racy
        for (int k = 0; k < CODES; k++) {
            const int c = (k + me * (CODES / NT)) % CODES;
            freq[c] += mine[c];
        }
//@ is guarded_zero: racy
        for (int c = 0; c < CODES; c++)
            if (mine[c] > 0) {
                const int old = freq[c];
#pragma omp atomic write
                freq[c] = old + mine[c];
            }
//@ end

//@ slot rare on rarest
//@ is barrier_master: concurrent
#pragma omp barrier
#pragma omp master
        for (int c = 0; c < CODES; c++)
            if (rarest < 0 || freq[c] < freq[rarest])
                rarest = c;
//@ is all_members: racy
#pragma omp barrier
        for (int c = 0; c < CODES; c++)
            if (rarest < 0 || freq[c] < freq[rarest])
                rarest = c;
//@ is own_guess: racy
        for (int c = 0; c < CODES; c++)
            if (mine[c] == 0)
                rarest = c;
        if (me >= 0)
            rarest = me;
//@ is own_guess_critical: unprotected
#pragma omp critical(rare)
        if (mine[me] < N)
            rarest = me;
//@ end
    }
}

int main(void)
{
    for (int i = 0; i < N; i++)
        code[i] = (unsigned char)((i * i) % 251);
    count_codes();
    long sum = 0;
    for (int c = 0; c < CODES; c++)
        sum += freq[c] * (c + 1);
    printf("%ld %d\n", sum, rarest);
    return 0;
}
