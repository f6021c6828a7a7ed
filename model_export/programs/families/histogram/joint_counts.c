//@ family: joint_counts
//@ domain: histogram
//@ problem: Joint histogram of two image channels, with marginals and an entropy.
//@ param PIX: 12000 | 20000
//@ param BINS: 16 | 32
//@ param NT: 3 | 4
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define BINS @BINS@
#define PIX @PIX@

static uint8_t red[PIX], blue[PIX];
static int joint[BINS][BINS], ref[BINS][BINS];
static int row_sum[BINS], col_sum[BINS];
static double entropy;
static int peak_row;

static void channels(void) {
  uint32_t s = 19;
  for (int i = 0; i < PIX; i++) {
    s = s * 1664525u + 1013904223u;
    red[i] = (uint8_t)(s >> 24);
    blue[i] = (uint8_t)((s >> 16 & 0x7f) + red[i] / 2);
  }
}

static inline int bin(uint8_t v) { return v * BINS / 256; }

static double entropy_of(int h[BINS][BINS]) {
  double e = 0;
  for (int r = 0; r < BINS; r++)
    for (int b = 0; b < BINS; b++)
      if (h[r][b]) {
        double p = h[r][b] / (double)PIX;
        e -= p * log2(p);
      }
  return e;
}

static void count_joint(void) {
//@ slot count on joint
//@ is array_reduction: unprotected
#pragma omp parallel for num_threads(@NT@) schedule(static) reduction(+ : joint)
  for (int i = 0; i < PIX; i++)
    joint[bin(red[i])][bin(blue[i])]++;
//@ is plain: racy
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int i = 0; i < PIX; i++)
    joint[bin(red[i])][bin(blue[i])]++;
//@ is own_rows: same-location
#pragma omp parallel num_threads(@NT@)
  {
    int me = omp_get_thread_num(), n = omp_get_num_threads();
    for (int i = 0; i < PIX; i++)
      if (bin(red[i]) % n == me)
        joint[bin(red[i])][bin(blue[i])]++;
  }
//@ is rows_crossed: same-location
#pragma omp parallel num_threads(@NT@)
  {
    int me = omp_get_thread_num(), n = omp_get_num_threads();
    for (int i = 0; i < PIX; i++)
      if (bin(red[i]) % n == me)
        joint[bin(blue[i])][bin(red[i])]++;
  }
//@ is dealt: racy
#pragma omp parallel num_threads(@NT@)
  {
    int me = omp_get_thread_num(), n = omp_get_num_threads();
    for (int i = 0; i < PIX; i++)
      if (i % n == me)
        joint[bin(red[i])][bin(blue[i])]++;
  }
//@ is local_merge: unprotected
#pragma omp parallel num_threads(@NT@)
  {
    int mine[BINS][BINS] = {{0}};
#pragma omp for schedule(static) nowait
    for (int i = 0; i < PIX; i++)
      mine[bin(red[i])][bin(blue[i])]++;
    for (int r = 0; r < BINS; r++)
#pragma omp critical(joint)
      for (int b = 0; b < BINS; b++)
        joint[r][b] += mine[r][b];
  }
//@ is local_merge_rows: racy
#pragma omp parallel num_threads(@NT@)
  {
    int mine[BINS][BINS] = {{0}};
#pragma omp for schedule(static) nowait
    for (int i = 0; i < PIX; i++)
      mine[bin(red[i])][bin(blue[i])]++;
    for (int r = 0; r < BINS; r++) {
      int *to = joint[r];
#pragma omp critical(joint)
      to[0] += mine[r][0];
      for (int b = 1; b < BINS; b++)
        to[b] += mine[r][b];
    }
  }
//@ is simd_atomic: conflicting
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int i = 0; i < PIX; i++) {
    int *cell = &joint[bin(red[i])][bin(blue[i])];
#pragma omp atomic update
    ++*cell;
  }
//@ end
}

static void margins(void) {
#pragma omp parallel num_threads(@NT@)
  {
//@ slot margin on col_sum
//@ is columns_outer: same-location
#pragma omp for schedule(static) nowait
    for (int b = 0; b < BINS; b++)
      for (int r = 0; r < BINS; r++)
        col_sum[b] += joint[r][b];
#pragma omp for schedule(static)
    for (int r = 0; r < BINS; r++)
      for (int b = 0; b < BINS; b++)
        row_sum[r] += joint[r][b];
//@ is rows_outer: racy
#pragma omp for schedule(static)
    for (int r = 0; r < BINS; r++)
      for (int b = 0; b < BINS; b++) {
        row_sum[r] += joint[r][b];
        col_sum[b] += joint[r][b];
      }
//@ is rows_outer_atomic: conflicting
#pragma omp for schedule(static)
    for (int r = 0; r < BINS; r++)
      for (int b = 0; b < BINS; b++) {
        row_sum[r] += joint[r][b];
#pragma omp atomic
        col_sum[b] += joint[r][b];
      }
//@ is collapsed: racy
#pragma omp for schedule(static)
    for (int r = 0; r < BINS; r++)
      for (int b = 0; b < BINS; b++) {
#pragma omp atomic
        row_sum[r] += joint[r][b];
        col_sum[b] += joint[r][b];
      }
//@ end
//@ slot entropy on entropy
//@ is orphan_reduction: unprotected
#pragma omp for collapse(2) schedule(static) reduction(- : entropy)
    for (int r = 0; r < BINS; r++)
      for (int b = 0; b < BINS; b++)
        if (joint[r][b])
          entropy -= joint[r][b] / (double)PIX * log2(joint[r][b] / (double)PIX);
//@ is direct: racy
#pragma omp for collapse(2) schedule(static)
    for (int r = 0; r < BINS; r++)
      for (int b = 0; b < BINS; b++)
        if (joint[r][b])
          entropy -= joint[r][b] / (double)PIX * log2(joint[r][b] / (double)PIX);
//@ is single: concurrent
#pragma omp single
    entropy = entropy_of(joint);
//@ is by_all: racy
    entropy = entropy_of(joint);
#pragma omp barrier
//@ end
#pragma omp for schedule(static)
    for (int r = 0; r < BINS; r++)
//@ slot peak on peak_row
//@ is critical: unprotected
    {
#pragma omp critical(peak)
      if (row_sum[r] > row_sum[peak_row])
        peak_row = r;
    }
//@ is bare: racy
      if (row_sum[r] >= row_sum[peak_row])
        peak_row = r;
//@ is critical_inner: racy
      if (row_sum[r] >= row_sum[peak_row])
#pragma omp critical(peak)
        peak_row = r;
//@ is middle: concurrent
      if (r == BINS / 2)
        peak_row = r;
//@ end
  }
}

int main(void) {
  channels();
  for (int i = 0; i < PIX; i++)
    ref[bin(red[i])][bin(blue[i])]++;
  count_joint();
  margins();
  long sum = 0;
  for (int k = 0; k < BINS; k++)
    sum += (long)row_sum[k] * k + (long)col_sum[k] * (k + 1);
  printf("serial %.9f team %.9f %.9f margins %ld peak %d\n", entropy_of(ref), entropy_of(joint),
         entropy, sum, peak_row);
  return 0;
}
