//@ family: red_black_relax
//@ domain: stencils
//@ problem: Red-black relaxation of the potential on a square plate, with a residual watch.
//@ param N: 48 | 64
//@ param NT: 3 | 4
//@ param SWEEPS: 5 | 8
#include <math.h>
#include <stdio.h>
#include <omp.h>

#define N @N@
#define SWEEPS @SWEEPS@

typedef double plate_t[N + 2][N + 2];

static plate_t u, ref, rhs;
static double residual;
static int updates;

static void load_plate(plate_t p)
{
    for (int i = 0; i < N + 2; i++)
        for (int j = 0; j < N + 2; j++) {
            p[i][j] = (i == 0) ? 1.0 : (j == 0) ? 0.5 : 0.0;
            rhs[i][j] = 1e-3 * ((i * 5 + j * 3) % 7);
        }
}

static inline double level(plate_t p, int i, int j)
{
    return 0.25 * (p[i - 1][j] + p[i + 1][j] + p[i][j - 1] + p[i][j + 1] - rhs[i][j]);
}

static void relax_serial(plate_t p)
{
    for (int s = 0; s < SWEEPS; s++)
        for (int c = 0; c < 2; c++)
            for (int i = 1; i <= N; i++)
                for (int j = 1 + (i + c) % 2; j <= N; j += 2)
                    p[i][j] = level(p, i, j);
}

static void band(int first, int c)
{
    for (int i = first; i < first + 4 && i <= N; i++)
        for (int j = 1 + (i + c) % 2; j <= N; j += 2)
            u[i][j] = level(u, i, j);
}

static void relax_team(void)
{
#pragma omp parallel num_threads(@NT@)
    for (int s = 0; s < SWEEPS; s++) {
//@ slot colour on u
//@ is loops: unordered
        for (int c = 0; c < 2; c++) {
#pragma omp for schedule(static)
            for (int i = 1; i <= N; i++)
                for (int j = 1 + (i + c) % 2; j <= N; j += 2)
                    u[i][j] = level(u, i, j);
        }
//@ is loops_on: racy
        for (int c = 0; c < 2; c++) {
#pragma omp for schedule(static) nowait
            for (int i = 1; i <= N; i++)
                for (int j = 1 + (i + c) % 2; j <= N; j += 2)
                    u[i][j] = level(u, i, j);
        }
#pragma omp barrier
//@ is column_colours: racy
        for (int c = 0; c < 2; c++) {
#pragma omp for schedule(static)
            for (int i = 1; i <= N; i++)
                for (int j = 1 + c; j <= N; j += 2)
                    u[i][j] = level(u, i, j);
        }
//@ is nowait_then_barrier: unordered
        for (int c = 0; c < 2; c++) {
#pragma omp for schedule(static) nowait
            for (int i = 1; i <= N; i++)
                for (int j = 1 + (i + c) % 2; j <= N; j += 2)
                    u[i][j] = level(u, i, j);
#pragma omp barrier
        }
//@ is tasks_waited: unordered
#pragma omp single
        for (int c = 0; c < 2; c++) {
            for (int i = 1; i <= N; i += 4) {
#pragma omp task firstprivate(i, c)
                band(i, c);
            }
#pragma omp taskwait
        }
//@ is tasks_late: racy
#pragma omp single
        {
            for (int c = 0; c < 2; c++)
                for (int i = 1; i <= N; i += 4) {
#pragma omp task firstprivate(i, c)
                    band(i, c);
                }
#pragma omp taskwait
        }
//@ end
//@ slot watch on residual
//@ is reduction: unprotected
#pragma omp single
        residual = 0;
#pragma omp for schedule(static) reduction(max : residual)
        for (int i = 1; i <= N; i++)
            for (int j = 1; j <= N; j++)
                residual = fmax(residual, fabs(u[i][j] - level(u, i, j)));
//@ is merged: unprotected
        double mine = 0;
#pragma omp for schedule(static)
        for (int i = 1; i <= N; i++)
            for (int j = 1; j <= N; j++)
                mine = fmax(mine, fabs(u[i][j] - level(u, i, j)));
#pragma omp critical(watch)
        residual = fmax(residual, mine);
//@ is merged_plain: racy
        double mine = 0;
#pragma omp for schedule(static)
        for (int i = 1; i <= N; i++)
            for (int j = 1; j <= N; j++)
                mine = fmax(mine, fabs(u[i][j] - level(u, i, j)));
        residual = fmax(residual, mine);
//@ is peek: racy
        double mine = 0;
#pragma omp for schedule(static)
        for (int i = 1; i <= N; i++)
            for (int j = 1; j <= N; j++)
                mine = fmax(mine, fabs(u[i][j] - level(u, i, j)));
        if (mine + s > residual) {
#pragma omp critical(watch)
            residual = mine + s;
        }
//@ is one_thread: concurrent
#pragma omp single
        for (int i = 1; i <= N; i++)
            for (int j = 1; j <= N; j++)
                residual = fmax(residual, fabs(u[i][j] - level(u, i, j)));
//@ end
//@ slot tally on updates
//@ is master: concurrent
#pragma omp master
        updates += N * N;
#pragma omp barrier
//@ is single: concurrent
#pragma omp single
        updates += N * N;
//@ is all: racy
        updates += N * N / @NT@;
#pragma omp barrier
//@ is odd_threads: racy
        if (omp_get_thread_num() % 2 == 0) {
#pragma omp critical(tally)
            updates += N * N / @NT@;
        } else {
            updates += N * N / @NT@;
        }
#pragma omp barrier
//@ end
    }
}

int main(void)
{
    double a = 0, b = 0;
    load_plate(ref);
    load_plate(u);
    relax_serial(ref);
    relax_team();
    for (int i = 1; i <= N; i++)
        for (int j = 1; j <= N; j++) {
            a += ref[i][j];
            b += u[i][j];
        }
    printf("serial %.9f team %.9f residual %.6f updates %d\n", a, b, residual, updates);
    return 0;
}
