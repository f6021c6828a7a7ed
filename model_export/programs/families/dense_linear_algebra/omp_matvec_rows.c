//@ family: omp_matvec_rows
//@ domain: dense_linear_algebra
//@ problem: Matrix-vector product by rows with C89 style counters, and the norm of the product.
//@ param N: 260 | 400
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <omp.h>

#define N @N@
#define M 24
#define PAD 64

static double *mat, *vec, *out;

static void fill(void)
{
    int i;
    for (i = 0; i < N * M + PAD; i++)
        mat[i] = (i % 13) - 6;
    for (i = 0; i < M + PAD; i++)
        vec[i] = 0.5 + i % 3;
}

static void multiply(void)
{
    int i, col;
//@ slot counter on col
//@ is private: same-location
#pragma omp parallel for private(col) num_threads(@NT@)
    for (i = 0; i < N; i++) {
        double s = 0;
        for (col = 0; col < M; col++)
            s += mat[i * M + col] * vec[col];
        out[i] = s;
    }
//@ is shared: racy
#pragma omp parallel for num_threads(@NT@)
    for (i = 0; i < N; i++) {
        double s = 0;
        for (col = 0; col < M; col++)
            s += mat[i * M + col] * vec[col];
        out[i] = s;
    }
//@ is private_outer_index: racy
#pragma omp parallel for private(i) num_threads(@NT@)
    for (i = 0; i < N; i++) {
        double s = 0;
        for (col = 0; col < M; col++)
            s += mat[i * M + col] * vec[col];
        out[i] = s;
    }
//@ is lastprivate: same-location
#pragma omp parallel for lastprivate(col) num_threads(@NT@)
    for (i = 0; i < N; i++) {
        double s = 0;
        for (col = 0; col < M; col++)
            s += mat[i * M + col] * vec[col];
        out[i] = s;
    }
    if (col != M)
        printf("odd width %d\n", col);
//@ is inner_declared: same-location
    col = M;
#pragma omp parallel for num_threads(@NT@)
    for (i = 0; i < N; i++) {
        double s = 0;
        for (int col = 0; col < M; col++)
            s += mat[i * M + col] * vec[col];
        out[i] = s;
    }
    vec[0] += col - M;
//@ end
}

static double norm(void)
{
    double acc = 0, part = 0;
    int i;
#pragma omp parallel num_threads(@NT@) \
//@ slot part on part
//@ is none_firstprivate: same-location
    default(none) shared(out, acc) firstprivate(part) \
//@ is none_shared: racy
    default(none) shared(out, acc, part) \
//@ is shared: racy
    shared(part) \
//@ is firstprivate: same-location
    firstprivate(part) \
//@ end
    private(i)
    {
#pragma omp for nowait
        for (i = 0; i < N; i++)
            part += out[i] * out[i];
//@ slot merge on acc
//@ is critical: unprotected
#pragma omp critical(norm_merge)
        acc += part;
//@ is atomic: conflicting
#pragma omp atomic
        acc += part;
//@ is bare: racy
        acc += part;
//@ is other_critical: racy
        if (omp_get_thread_num() == 0) {
#pragma omp critical(norm_first)
            acc += part;
        } else {
#pragma omp critical(norm_merge)
            acc += part;
        }
//@ end
    }
    return sqrt(acc);
}

int main(void)
{
    mat = malloc(sizeof *mat * (N * M + PAD));
    vec = malloc(sizeof *vec * (M + PAD));
    out = calloc(N, sizeof *out);
    if (!mat || !vec || !out)
        return 1;
    fill();
    multiply();
    printf("norm %.6f\n", norm());
    free(out);
    free(vec);
    free(mat);
    return 0;
}
