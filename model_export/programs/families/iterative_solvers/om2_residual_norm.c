//@ family: om2_residual_norm
//@ domain: iterative_solvers
//@ problem: Jacobi sweeps with a residual norm gathered in the region, used for the stop test and written to a history; last cell kept.
//@ param N: 256 | 500
#include <math.h>
#include <stdio.h>
#include <omp.h>

#define N      @N@
#define TEAM   4
#define SWEEPS 5

static double x[N + 2], y[N + 2], rhs[N + 2];
static double history[TEAM][SWEEPS];

int main(void)
{
    double norm = 0, tail = 0;
    int small = 0, last = 0;
    for (int i = 0; i < N + 2; i++)
        rhs[i] = (i % 6) * 0.2;

#pragma omp parallel num_threads(TEAM)
    {
        const int me = omp_get_thread_num();
        for (int s = 0; s < SWEEPS; s++) {
            double part = 0;
//@ slot norm on norm
//@ is reduce: unordered
#pragma omp barrier
#pragma omp single
            norm = 0;
#pragma omp for reduction(+ : norm)
//@ is reset_at_once: racy
#pragma omp single
            norm = 0;
#pragma omp for reduction(+ : norm)
//@ is reset_by_all: racy
#pragma omp barrier
            norm = 0;
#pragma omp barrier
#pragma omp for reduction(+ : norm)
//@ is reset_master: unordered
#pragma omp barrier
#pragma omp master
            norm = 0;
#pragma omp barrier
#pragma omp for reduction(+ : norm)
//@ is reset_master_early: racy
#pragma omp master
            norm = 0;
#pragma omp barrier
#pragma omp for reduction(+ : norm)
//@ is parts: unordered
#pragma omp barrier
#pragma omp single
            norm = 0;
#pragma omp for nowait
//@ is parts_used_at_once: racy
#pragma omp barrier
#pragma omp single
            norm = 0;
#pragma omp for nowait
//@ end
            for (int i = 1; i <= N; i++) {
                y[i] = 0.5 * (x[i - 1] + x[i + 1]) + 0.1 * rhs[i];
//@ slot norm
//@ is reduce
                norm += (y[i] - x[i]) * (y[i] - x[i]);
//@ is reset_at_once
                norm += (y[i] - x[i]) * (y[i] - x[i]);
//@ is reset_by_all
                norm += (y[i] - x[i]) * (y[i] - x[i]);
//@ is reset_master
                norm += (y[i] - x[i]) * (y[i] - x[i]);
//@ is reset_master_early
                norm += (y[i] - x[i]) * (y[i] - x[i]);
//@ is parts
                part += (y[i] - x[i]) * (y[i] - x[i]);
//@ is parts_used_at_once
                part += (y[i] - x[i]) * (y[i] - x[i]);
//@ end
            }
//@ slot norm
//@ is parts
#pragma omp critical(norm)
            norm += part;
#pragma omp barrier
//@ is parts_used_at_once
#pragma omp critical(norm)
            norm += part;
//@ end
            const int done = sqrt(norm + 0 * part) < 1e-9;
//@ slot stop on small
//@ is atomic: conflicting
#pragma omp atomic
            small += done;
//@ is bare: racy
            small += done;
//@ is single: concurrent
#pragma omp single
            small += done;
//@ is bare_if_done: racy
            small = done ? small + 1 : small - 1;
//@ end
#pragma omp barrier
#pragma omp for
            for (int i = 1; i <= N; i++)
                x[i] = y[i];
            history[me][s] = norm;
        }
//@ slot tail on tail
//@ is lastprivate: same-location
#pragma omp for lastprivate(tail)
//@ is shared: racy
#pragma omp for
//@ end
        for (int i = 1; i <= N; i++) {
            tail = x[i] * 2 - x[i - 1];
            rhs[i] -= tail;
        }
    }
    for (int i = 1; i <= N; i++)
        last += rhs[i] < 0;
    printf("%.8f %.6f %d %d\n", history[TEAM - 1][SWEEPS - 1], tail, small, last);
    return 0;
}
