//@ family: omp_csr_products
//@ domain: sparse_linear_algebra
//@ problem: Sparse matrix times vector, and the transposed product that scatters into columns.
//@ param ROWS: 300 | 500
//@ param NT: 3 | 4
//@ param PER: 4 | 6
/*
 * Compressed row storage, the same number of entries in every row.
 */
#include <stdio.h>
#include <stdlib.h>

#define ROWS @ROWS@
#define PER  @PER@
#define NNZ  (ROWS * PER)

struct csr {
    int    ptr[ROWS + 1];
    int    idx[NNZ];
    double val[NNZ];
};

static struct csr m;
static double x[ROWS], y[ROWS], diag[ROWS];
static int perm[ROWS];

static void build(void)
{
    for (int r = 0; r <= ROWS; r++)
        m.ptr[r] = r * PER;
    for (int k = 0; k < NNZ; k++) {
        m.idx[k] = (k * 37 + 11) % ROWS;
        m.val[k] = 1.0 + k % 4;
    }
    for (int r = 0; r < ROWS; r++) {
        x[r] = 0.25 * (r % 8);
        perm[r] = ROWS - 1 - r;
    }
}

/* y = A x */
static void forward(void)
{
    double t;
#pragma omp parallel for num_threads(@NT@) \
//@ slot gather on t
//@ is private: same-location
    private(t)
//@ is shared: racy
    shared(t)
//@ is lastprivate: same-location
    lastprivate(t)
//@ is other_private: racy
    firstprivate(m)
//@ end
    for (int r = 0; r < ROWS; r++) {
        t = 0;
        for (int k = m.ptr[r]; k < m.ptr[r + 1]; k++)
            t += m.val[k] * x[m.idx[k]];
        y[r] = t;
    }
    x[0] += t > 1e30;
}

/* z = A' x */
static void transposed(double *z)
{
//@ slot scatter on z
//@ is atomic: conflicting
#pragma omp parallel for num_threads(@NT@)
    for (int r = 0; r < ROWS; r++)
        for (int k = m.ptr[r]; k < m.ptr[r + 1]; k++) {
#pragma omp atomic update
            z[m.idx[k]] += m.val[k] * x[r];
        }
//@ is plain: racy
#pragma omp parallel for num_threads(@NT@)
    for (int r = 0; r < ROWS; r++)
        for (int k = m.ptr[r]; k < m.ptr[r + 1]; k++)
            z[m.idx[k]] += m.val[k] * x[r];
//@ is array_reduction: unprotected
#pragma omp parallel for reduction(+ : z[:ROWS]) num_threads(@NT@)
    for (int r = 0; r < ROWS; r++)
        for (int k = m.ptr[r]; k < m.ptr[r + 1]; k++)
            z[m.idx[k]] += m.val[k] * x[r];
//@ is by_row: same-location
#pragma omp parallel for num_threads(@NT@)
    for (int r = 0; r < ROWS; r++)
        for (int k = m.ptr[r]; k < m.ptr[r + 1]; k++)
            z[r] += m.val[k] * x[m.idx[k]];
//@ is atomic_write_plain_read: racy
#pragma omp parallel for num_threads(@NT@)
    for (int r = 0; r < ROWS; r++)
        for (int k = m.ptr[r]; k < m.ptr[r + 1]; k++) {
            double next = z[m.idx[k]] + m.val[k] * x[r];
#pragma omp atomic write
            z[m.idx[k]] = next;
        }
//@ end
}

static void reorder(const double *z)
{
//@ slot target on diag
//@ is permuted: same-location
#pragma omp parallel for num_threads(@NT@)
    for (int r = 0; r < ROWS; r++)
        diag[perm[r]] = y[r] - z[r];
//@ is by_column: racy
#pragma omp parallel for num_threads(@NT@)
    for (int r = 0; r < ROWS; r++)
        diag[m.idx[r] / 2] = y[r] - z[r];
//@ is permuted_half: racy
#pragma omp parallel for num_threads(@NT@)
    for (int r = 0; r < ROWS; r++)
        diag[perm[r] % (ROWS / 2)] = y[r] - z[r];
//@ is permuted_twice: same-location
#pragma omp parallel for num_threads(@NT@)
    for (int r = 0; r < ROWS; r++)
        diag[perm[perm[r]]] = y[r] - z[r];
//@ end
}

int main(void)
{
    static double back[ROWS];
    double total = 0;
    build();
    forward();
    transposed(back);
    reorder(back);
//@ slot sum
//@ is parallel: neutral
#pragma omp parallel for reduction(+ : total) num_threads(@NT@)
    for (int r = 0; r < ROWS; r++)
        total += diag[r];
//@ is serial: neutral
    for (int r = 0; r < ROWS; r++)
        total += diag[r];
//@ end
    printf("total %.4f\n", total);
    return 0;
}
