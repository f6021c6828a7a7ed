//@ family: mode_products
//@ domain: sparse_tensors
//@ problem: Factor-matrix product of a three-way sparse tensor sorted by its first index.
//@ param DIM: 60 | 90
//@ param NNZ: 3000 | 4500
//@ param NT: 3 | 4
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define DIM @DIM@
#define NNZ @NNZ@
#define RANK 4

typedef struct nonzero { int i, j, k; double v; } nz_t;
typedef double factor_t[DIM][RANK];

static nz_t nz[NNZ];
static int slice[DIM + 1];
static factor_t A, B, C, out, want;
static double gram[RANK][RANK];
static double fit;
static int longest_slice;

static int by_first(const void *a, const void *b) {
  return ((const nz_t *)a)->i - ((const nz_t *)b)->i;
}

static void tensor_init(void) {
  unsigned s = 41;
  for (int p = 0; p < NNZ; p++) {
    int *at[3] = {&nz[p].i, &nz[p].j, &nz[p].k};
    for (int m = 0; m < 3; m++) {
      s = s * 1664525u + 1013904223u;
      *at[m] = (int)((s >> 12) % DIM);
    }
    nz[p].v = (s >> 8) % 50 * 0.1;
  }
  qsort(nz, NNZ, sizeof nz[0], by_first);
  for (int p = 0; p < NNZ; p++)
    slice[nz[p].i + 1]++;
  for (int d = 0; d < DIM; d++)
    slice[d + 1] += slice[d];
  for (int d = 0; d < DIM; d++)
    for (int r = 0; r < RANK; r++) {
      A[d][r] = 0.5 + (d + r) % 3;
      B[d][r] = 0.1 * ((d * 3 + r) % 7);
      C[d][r] = 0.2 * ((d + r * 5) % 5);
    }
}

static void multiply(double *to, const nz_t *z) {
  for (int r = 0; r < RANK; r++)
    to[r] += z->v * B[z->j][r] * C[z->k][r];
}

static void multiply_serial(void) {
  for (int p = 0; p < NNZ; p++)
    multiply(want[nz[p].i], &nz[p]);
}

static void multiply_team(void) {
//@ slot product on out
//@ is by_slice: same-location
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int i = 0; i < DIM; i++)
    for (int p = slice[i]; p < slice[i + 1]; p++)
      multiply(out[i], &nz[p]);
//@ is by_nonzero: racy
#pragma omp parallel for num_threads(@NT@) schedule(static, 16)
  for (int p = 0; p < NNZ; p++)
    multiply(out[nz[p].i], &nz[p]);
//@ is by_nonzero_local: conflicting
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int p = 0; p < NNZ; p++) {
    double part[RANK] = {0};
    multiply(part, &nz[p]);
    for (int r = 0; r < RANK; r++) {
#pragma omp atomic
      out[nz[p].i][r] += part[r];
    }
  }
//@ is runs_edges: racy
#pragma omp parallel num_threads(@NT@)
  {
    double part[RANK] = {0};
    int at = -1;
#pragma omp for schedule(static, 40)
    for (int p = 0; p < NNZ; p++) {
      if (nz[p].i != at) {
        for (int r = 0; at >= 0 && r < RANK; r++)
          out[at][r] += part[r];
        memset(part, 0, sizeof part);
        at = nz[p].i;
      }
      multiply(part, &nz[p]);
    }
    for (int r = 0; at >= 0 && r < RANK; r++) {
#pragma omp atomic
      out[at][r] += part[r];
    }
  }
//@ is slice_tasks: same-location
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (int i = 0; i < DIM; i++) {
#pragma omp task firstprivate(i)
    for (int p = slice[i]; p < slice[i + 1]; p++)
      multiply(out[i], &nz[p]);
  }
//@ is chunk_tasks: racy
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (int c = 0; c < NNZ; c += 25) {
#pragma omp task firstprivate(c)
    for (int p = c; p < c + 25 && p < NNZ; p++)
      multiply(out[nz[p].i], &nz[p]);
  }
//@ end
}

static void gram_team(void) {
#pragma omp parallel num_threads(@NT@)
  {
//@ slot gram on gram
//@ is own_sums: unprotected
    double part[RANK][RANK] = {{0}};
#pragma omp for schedule(static) nowait
    for (int d = 0; d < DIM; d++)
      for (int r = 0; r < RANK; r++)
        for (int q = 0; q < RANK; q++)
          part[r][q] += out[d][r] * out[d][q];
#pragma omp critical(gram)
    for (int r = 0; r < RANK; r++)
      for (int q = 0; q < RANK; q++)
        gram[r][q] += part[r][q];
//@ is shared: racy
#pragma omp for schedule(static)
    for (int d = 0; d < DIM; d++)
      for (int r = 0; r < RANK; r++)
        for (int q = 0; q < RANK; q++)
          gram[r][q] += out[d][r] * out[d][q];
//@ is pair_loop: same-location
#pragma omp for collapse(2) schedule(static)
    for (int r = 0; r < RANK; r++)
      for (int q = 0; q < RANK; q++)
        for (int d = 0; d < DIM; d++)
          gram[r][q] += out[d][r] * out[d][q];
//@ is mirrored: racy
#pragma omp for collapse(2) schedule(static, 1)
    for (int r = 0; r < RANK; r++)
      for (int q = 0; q < RANK; q++)
        for (int d = 0; d < DIM; d++) {
          gram[r][q] += 0.5 * out[d][r] * out[d][q];
          gram[q][r] += 0.5 * out[d][r] * out[d][q];
        }
//@ end
#pragma omp for schedule(static)
    for (int d = 0; d < DIM; d++) {
      double e = 0;
      for (int r = 0; r < RANK; r++)
        e += out[d][r] * A[d][r];
//@ slot fit on fit
//@ is atomic: conflicting
#pragma omp atomic
      fit += e;
//@ is bare: racy
      fit += e;
//@ is into_factor: same-location
      A[d][0] = e;
//@ is captured: racy
      double before;
#pragma omp atomic capture
      { before = fit; fit += e; }
      if (before < 0 || e > 0)
        fit -= 1e-9 * before;
//@ end
    }
//@ slot longest on longest_slice
//@ is max: unprotected
#pragma omp for schedule(static) reduction(max : longest_slice)
    for (int d = 0; d < DIM; d++)
      if (slice[d + 1] - slice[d] > longest_slice)
        longest_slice = slice[d + 1] - slice[d];
//@ is open: racy
#pragma omp for schedule(static)
    for (int d = 0; d < DIM; d++)
      if (slice[d + 1] - slice[d] >= longest_slice)
        longest_slice = slice[d + 1] - slice[d];
//@ is once: concurrent
#pragma omp single
    for (int d = 0; d < DIM; d++)
      if (slice[d + 1] - slice[d] > longest_slice)
        longest_slice = slice[d + 1] - slice[d];
//@ is tested: racy
#pragma omp for schedule(static)
    for (int d = 0; d < DIM; d++)
      if (slice[d + 1] - slice[d] > longest_slice) {
#pragma omp critical(longest)
        longest_slice = slice[d + 1] - slice[d];
      }
//@ end
  }
}

static double digest(factor_t f) {
  double s = 0;
  for (int d = 0; d < DIM; d++)
    for (int r = 0; r < RANK; r++)
      s += f[d][r] * (1 + (d + r) % 4);
  return s;
}

int main(void) {
  tensor_init();
  multiply_serial();
  multiply_team();
  gram_team();
  printf("serial %.6f team %.6f gram %.4f fit %.4f longest %d\n", digest(want), digest(out),
         gram[1][2], fit, longest_slice);
  return 0;
}
