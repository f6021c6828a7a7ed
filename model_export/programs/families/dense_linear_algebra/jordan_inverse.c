//@ family: jordan_inverse
//@ domain: dense_linear_algebra
//@ problem: Invert a matrix by Gauss-Jordan elimination on an augmented work array.
//@ param N: 32 | 48
//@ param NT: 3 | 4
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define N @N@
#define W (2 * N)
#define AT(m, r, c) ((m)[(size_t)(r) * W + (c)])

static double column[N];
static double largest;
static int skipped;

static double *augmented(void)
{
    double *m = calloc((size_t)N * W, sizeof *m);
    if (!m)
        exit(2);
    for (int r = 0; r < N; r++) {
        for (int c = 0; c < N; c++)
            AT(m, r, c) = ((r * 3 + c * 5) % 11) * 0.1 + (r == c ? N : 0) - ((r + c) % 4 == 0);
        AT(m, r, N + r) = 1;
    }
    return m;
}

static void invert_serial(double *m)
{
    for (int k = 0; k < N; k++) {
        double inv = 1.0 / AT(m, k, k);
        for (int c = 0; c < W; c++)
            AT(m, k, c) *= inv;
        for (int r = 0; r < N; r++) {
            double f = AT(m, r, k);
            if (r == k)
                continue;
            for (int c = 0; c < W; c++)
                AT(m, r, c) -= f * AT(m, k, c);
        }
    }
}

static void eliminate_row(double *m, int r, int k, double f)
{
    for (int c = 0; c < W; c++)
        AT(m, r, c) -= f * AT(m, k, c);
}

static void invert_team(double *m)
{
#pragma omp parallel num_threads(@NT@) shared(m)
    for (int k = 0; k < N; k++) {
//@ slot normalise on m
//@ is by_single: unordered
#pragma omp single
        {
            double inv = 1.0 / AT(m, k, k);
            for (int c = 0; c < W; c++)
                AT(m, k, c) *= inv;
        }
//@ is shared_loop: racy
#pragma omp for schedule(static)
        for (int c = 0; c < W; c++)
            AT(m, k, c) /= AT(m, k, k);
//@ is kept_pivot: racy
        double inv = 1.0 / AT(m, k, k);
#pragma omp for schedule(static)
        for (int c = 0; c < W; c++)
            AT(m, k, c) *= inv;
//@ is pivot_then_barrier: unordered
        double inv = 1.0 / AT(m, k, k);
#pragma omp barrier
#pragma omp for schedule(static)
        for (int c = 0; c < W; c++)
            AT(m, k, c) *= inv;
//@ is master_only: racy
#pragma omp master
        {
            double inv = 1.0 / AT(m, k, k);
            for (int c = 0; c < W; c++)
                AT(m, k, c) *= inv;
        }
//@ is away_from_k: unordered
        double inv = 1.0 / AT(m, k, k);
#pragma omp for schedule(static)
        for (int c = k + 1; c < W; c++)
            AT(m, k, c) *= inv;
#pragma omp single
        AT(m, k, k) = 1;
//@ end
//@ slot saved on column
//@ is gathered: unordered
#pragma omp for schedule(static)
        for (int r = 0; r < N; r++)
            column[r] = AT(m, r, k);
//@ is gathered_on: racy
#pragma omp for schedule(static, 3) nowait
        for (int r = 0; r < N; r++)
            column[r] = AT(m, r, k);
//@ is same_rows: same-location
#pragma omp for schedule(static) nowait
        for (int r = 0; r < N; r++)
            column[r] = AT(m, r, k);
//@ is each_gathers: racy
        for (int r = 0; r < N; r++)
            column[r] = AT(m, r, k);
#pragma omp barrier
//@ end
#pragma omp for schedule(static)
        for (int r = 0; r < N; r++) {
            if (r == k)
                continue;
            eliminate_row(m, r, k, column[r]);
//@ slot peak on largest
//@ is one_place: unprotected
#pragma omp critical(peak)
            if (fabs(AT(m, r, N)) > largest)
                largest = fabs(AT(m, r, N));
//@ is open: racy
            if (fabs(AT(m, r, N)) > largest)
                largest = fabs(AT(m, r, N));
//@ is last_step: concurrent
            if (r == N - 1 && k < N - 1)
                largest = fabs(AT(m, r, N));
//@ is half_open: racy
            double seen;
#pragma omp atomic read
            seen = largest;
            if (fabs(AT(m, r, N)) >= seen * 0.5)
                largest = fabs(AT(m, r, N));
//@ end
        }
    }
}

static double corner(const double *m)
{
    double s = 0;
    for (int r = 0; r < N; r++)
        for (int c = N; c < W; c++)
            s += AT(m, r, c) * ((r + c) % 3 + 1);
    return s;
}

int main(void)
{
    double *a = augmented(), *b = augmented();
    invert_serial(a);
    invert_team(b);
    printf("serial %.10f team %.10f largest %.5f skipped %d\n", corner(a), corner(b), largest,
           skipped);
    free(a);
    free(b);
    return 0;
}
