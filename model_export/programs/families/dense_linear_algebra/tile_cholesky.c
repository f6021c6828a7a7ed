//@ family: tile_cholesky
//@ domain: dense_linear_algebra
//@ problem: Cholesky factorisation of a matrix of tiles by tasks on the tiles.
//@ param NB: 4 | 5
//@ param B: 8 | 12
//@ param NT: 3 | 4
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NB = @NB@, B = @B@, N = NB * B };

typedef double tile[B * B];
static tile A[NB][NB], R[NB][NB];
static long flops;
static double smallest_pivot;

static void fill(tile M[NB][NB]) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      M[i / B][j / B][(i % B) * B + j % B] = (i == j ? N + 2.0 : 1.0 / (1 + abs(i - j)));
}

static void count(long n) {
//@ slot count on flops
//@ is atomic: conflicting
#pragma omp atomic
  flops += n;
//@ is plain: racy
  flops += n;
//@ is local_static: racy
  static long pending;
#pragma omp atomic
  pending += n;
  flops = flops + n;
//@ is guarded: unprotected
#pragma omp critical
  flops += n;
//@ is dropped: concurrent
  (void)n;
//@ end
}

static void factor(double *d) {
  for (int k = 0; k < B; k++) {
    d[k * B + k] = sqrt(d[k * B + k]);
    for (int i = k + 1; i < B; i++)
      d[i * B + k] /= d[k * B + k];
    for (int j = k + 1; j < B; j++)
      for (int i = j; i < B; i++)
        d[i * B + j] -= d[i * B + k] * d[j * B + k];
  }
}

static void solve(const double *d, double *p) {
  for (int k = 0; k < B; k++)
    for (int i = 0; i < B; i++) {
      double s = p[i * B + k];
      for (int j = 0; j < k; j++)
        s -= p[i * B + j] * d[k * B + j];
      p[i * B + k] = s / d[k * B + k];
    }
}

static void update(const double *l, const double *r, double *c) {
  for (int i = 0; i < B; i++)
    for (int j = 0; j < B; j++)
      for (int k = 0; k < B; k++)
        c[i * B + j] -= l[i * B + k] * r[j * B + k];
}

static void cholesky_serial(tile M[NB][NB]) {
  for (int k = 0; k < NB; k++) {
    factor(M[k][k]);
    for (int i = k + 1; i < NB; i++)
      solve(M[k][k], M[i][k]);
    for (int i = k + 1; i < NB; i++)
      for (int j = k + 1; j <= i; j++)
        update(M[i][k], M[j][k], M[i][j]);
  }
}

static void note_pivot(const double *d) {
//@ slot pivot on smallest_pivot
//@ is named: unprotected
#pragma omp critical(pivot)
  if (d[B * B - 1] < smallest_pivot)
    smallest_pivot = d[B * B - 1];
//@ is bare: racy
  if (d[B * B - 1] < smallest_pivot)
    smallest_pivot = d[B * B - 1];
//@ is test_first: racy
  if (d[B * B - 1] < smallest_pivot) {
#pragma omp critical(pivot)
    if (d[B * B - 1] < smallest_pivot)
      smallest_pivot = d[B * B - 1];
  }
//@ is by_hand: unprotected
  double low = d[B * B - 1];
#pragma omp critical(pivot)
  smallest_pivot = low < smallest_pivot ? low : smallest_pivot;
//@ end
}

static void cholesky_tasks(void) {
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (int k = 0; k < NB; k++) {
//@ slot graph on A
//@ is depends: unordered
#pragma omp task depend(inout : A[k][k]) firstprivate(k)
    factor(A[k][k]);
    for (int i = k + 1; i < NB; i++) {
#pragma omp task depend(in : A[k][k]) depend(inout : A[i][k]) firstprivate(i, k)
      solve(A[k][k], A[i][k]);
    }
    for (int i = k + 1; i < NB; i++)
      for (int j = k + 1; j <= i; j++) {
#pragma omp task depend(in : A[i][k], A[j][k]) depend(inout : A[i][j]) firstprivate(i, j, k)
        {
          update(A[i][k], A[j][k], A[i][j]);
          count(2L * B * B * B);
          note_pivot(A[i][k]);
        }
      }
//@ is solve_reads: racy
#pragma omp task depend(inout : A[k][k]) firstprivate(k)
    factor(A[k][k]);
    for (int i = k + 1; i < NB; i++) {
#pragma omp task depend(in : A[k][k]) depend(in : A[i][k]) firstprivate(i, k)
      solve(A[k][k], A[i][k]);
    }
    for (int i = k + 1; i < NB; i++)
      for (int j = k + 1; j <= i; j++) {
#pragma omp task depend(in : A[i][k], A[j][k]) depend(inout : A[i][j]) firstprivate(i, j, k)
        {
          update(A[i][k], A[j][k], A[i][j]);
          count(2L * B * B * B);
          note_pivot(A[i][k]);
        }
      }
//@ is one_source: racy
#pragma omp task depend(inout : A[k][k]) firstprivate(k)
    factor(A[k][k]);
    for (int i = k + 1; i < NB; i++) {
#pragma omp task depend(in : A[k][k]) depend(inout : A[i][k]) firstprivate(i, k)
      solve(A[k][k], A[i][k]);
    }
    for (int i = k + 1; i < NB; i++)
      for (int j = k + 1; j <= i; j++) {
#pragma omp task depend(in : A[i][k]) depend(inout : A[i][j]) firstprivate(i, j, k)
        {
          update(A[i][k], A[j][k], A[i][j]);
          count(2L * B * B * B);
          note_pivot(A[i][k]);
        }
      }
//@ is phases: unordered
    factor(A[k][k]);
    for (int i = k + 1; i < NB; i++) {
#pragma omp task firstprivate(i, k)
      solve(A[k][k], A[i][k]);
    }
#pragma omp taskwait
    for (int i = k + 1; i < NB; i++)
      for (int j = k + 1; j <= i; j++) {
#pragma omp task firstprivate(i, j, k)
        {
          update(A[i][k], A[j][k], A[i][j]);
          count(2L * B * B * B);
          note_pivot(A[i][k]);
        }
      }
#pragma omp taskwait
//@ is late_wait: racy
    factor(A[k][k]);
    for (int i = k + 1; i < NB; i++) {
#pragma omp task firstprivate(i, k)
      solve(A[k][k], A[i][k]);
    }
    for (int i = k + 1; i < NB; i++)
      for (int j = k + 1; j <= i; j++) {
#pragma omp task firstprivate(i, j, k)
        {
          update(A[i][k], A[j][k], A[i][j]);
          count(2L * B * B * B);
          note_pivot(A[i][k]);
        }
      }
#pragma omp taskwait
//@ is loops: unordered
    factor(A[k][k]);
    if (k == NB - 1)
      continue;
#pragma omp taskloop firstprivate(k)
    for (int i = k + 1; i < NB; i++)
      solve(A[k][k], A[i][k]);
#pragma omp taskloop firstprivate(k) grainsize(1)
    for (int i = k + 1; i < NB; i++)
      for (int j = k + 1; j <= i; j++) {
        update(A[i][k], A[j][k], A[i][j]);
        count(2L * B * B * B);
        note_pivot(A[i][k]);
      }
//@ end
  }
}

static double trace(tile M[NB][NB]) {
  double s = 0;
  for (int k = 0; k < NB; k++)
    for (int i = 0; i < B; i++)
      s += M[k][k][i * B + i];
  return s;
}

int main(void) {
  fill(A);
  memcpy(R, A, sizeof A);
  smallest_pivot = 1e9;
  cholesky_serial(R);
  cholesky_tasks();
  printf("serial %.9f tasks %.9f flops %ld low %.5f\n", trace(R), trace(A), flops, smallest_pivot);
  return 0;
}
