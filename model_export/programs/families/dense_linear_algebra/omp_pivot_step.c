//@ family: omp_pivot_step
//@ domain: dense_linear_algebra
//@ problem: Gaussian elimination with partial pivoting inside one parallel region.
//@ param N: 40 | 56
//@ param NT: 3 | 4
#include <stdio.h>
#include <math.h>
#include <omp.h>

#define N @N@

typedef struct {
    double a[N][N + 1];
    double factor;
    int pivot_row;
    int swaps;
} system_t;

static system_t sys;

static void system_fill(system_t *s)
{
    for (int r = 0; r < N; r++)
        for (int c = 0; c <= N; c++)
            s->a[r][c] = 1.0 / (1 + ((r * 7 + c * 3) % 19));
}

static int find_pivot(const system_t *s, int k)
{
    int best = k;
    for (int r = k + 1; r < N; r++)
        if (fabs(s->a[r][k]) > fabs(s->a[best][k]))
            best = r;
    return best;
}

static void eliminate(system_t *s)
{
#pragma omp parallel num_threads(@NT@)
    {
        for (int k = 0; k < N - 1; k++) {
//@ slot choose on pivot_row
//@ is single: unordered
#pragma omp single
            s->pivot_row = find_pivot(s, k);
//@ is single_nowait: racy
#pragma omp single nowait
            s->pivot_row = find_pivot(s, k);
//@ is all: racy
            s->pivot_row = find_pivot(s, k);
#pragma omp barrier
//@ is tid_guard: unordered
            if (omp_get_thread_num() == 0)
                s->pivot_row = find_pivot(s, k);
#pragma omp barrier
//@ is guard_alone: racy
            if (omp_get_thread_num() == 0)
                s->pivot_row = find_pivot(s, k);
//@ end
            int p = s->pivot_row;
#pragma omp barrier
//@ slot tally on swaps
//@ is single: concurrent
#pragma omp single
            s->swaps += p != k;
//@ is each_thread: racy
            s->swaps += p != k;
//@ is master: concurrent
#pragma omp master
            s->swaps += p != k;
//@ is atomic: conflicting
#pragma omp atomic
            s->swaps += p != k;
//@ is half_atomic: racy
            if (omp_get_thread_num() == 0) {
                s->swaps += p != k;
            } else {
#pragma omp atomic
                s->swaps += p != k;
            }
//@ end
#pragma omp for
            for (int c = 0; c <= N; c++) {
                double t = s->a[k][c];
                s->a[k][c] = s->a[p][c];
                s->a[p][c] = t;
            }
//@ slot scale on factor
//@ is block_local: same-location
#pragma omp for schedule(static)
            for (int r = k + 1; r < N; r++) {
                double factor = s->a[r][k] / s->a[k][k];
                for (int c = k; c <= N; c++)
                    s->a[r][c] -= factor * s->a[k][c];
            }
//@ is field: racy
#pragma omp for schedule(static)
            for (int r = k + 1; r < N; r++) {
                s->factor = s->a[r][k] / s->a[k][k];
                for (int c = k; c <= N; c++)
                    s->a[r][c] -= s->factor * s->a[k][c];
            }
//@ is field_locked: unprotected
#pragma omp for schedule(static)
            for (int r = k + 1; r < N; r++) {
#pragma omp critical(elim)
                {
                    s->factor = s->a[r][k] / s->a[k][k];
                    for (int c = k; c <= N; c++)
                        s->a[r][c] -= s->factor * s->a[k][c];
                }
            }
//@ is field_set_locked: racy
#pragma omp for schedule(static)
            for (int r = k + 1; r < N; r++) {
#pragma omp critical(elim)
                s->factor = s->a[r][k] / s->a[k][k];
                for (int c = k; c <= N; c++)
                    s->a[r][c] -= s->factor * s->a[k][c];
            }
//@ end
        }
    }
}

int main(void)
{
    double trace = 0;
    system_fill(&sys);
    eliminate(&sys);
    for (int i = 0; i < N; i++)
        trace += sys.a[i][i];
    printf("trace %.6f swaps %d\n", trace, sys.swaps);
    return 0;
}
