//@ family: subsequence_blocks
//@ domain: dynamic_programming
//@ problem: Longest common subsequence over blocks that wait for the blocks above and left.
//@ param B: 16 | 24
//@ param NB: 8 | 10
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdlib.h>
#include <omp.h>

#define B @B@
#define NB @NB@
#define LEN (B * NB)

static char s1[LEN + 1], s2[LEN + 1];
static short len[LEN + 1][LEN + 1];
static int serial_len;
static char ready[NB + 1][NB + 1];
static int blocks_done, matches;
static int widest_wave;

static void strings(void) {
  unsigned s = 11;
  for (int i = 0; i < LEN; i++) {
    s = s * 1103515245u + 12345u;
    s1[i] = "acgt"[(s >> 16) & 3];
    s = s * 1103515245u + 12345u;
    s2[i] = "acgt"[(s >> 16) & 3];
  }
}

static int cell(int i, int j) {
  if (s1[i - 1] == s2[j - 1])
    return len[i - 1][j - 1] + 1;
  return len[i - 1][j] > len[i][j - 1] ? len[i - 1][j] : len[i][j - 1];
}

static int lcs_serial(void) {
  for (int i = 1; i <= LEN; i++)
    for (int j = 1; j <= LEN; j++)
      len[i][j] = (short)cell(i, j);
  return len[LEN][LEN];
}

static void block(int bi, int bj) {
  int same = 0;
  for (int i = bi * B + 1; i <= (bi + 1) * B; i++)
    for (int j = bj * B + 1; j <= (bj + 1) * B; j++) {
      len[i][j] = (short)cell(i, j);
      same += s1[i - 1] == s2[j - 1];
    }
//@ slot same on matches
//@ is atomic: conflicting
#pragma omp atomic
  matches += same;
//@ is plain: racy
  matches += same;
//@ is critical: unprotected
#pragma omp critical(same)
  matches += same;
//@ is unnamed_half: racy
  if (bi < bj) {
#pragma omp critical
    matches += same;
  } else {
#pragma omp critical(same)
    matches += same;
  }
//@ end
//@ slot done on blocks_done
//@ is last_block: concurrent
  if (bi == NB - 1 && bj == NB - 1)
    blocks_done = NB * NB;
//@ is each: racy
  blocks_done = bi * NB + bj + 1;
//@ is each_atomic: conflicting
#pragma omp atomic write
  blocks_done = bi * NB + bj + 1;
//@ is diagonal_atomic: racy
  if (bi == bj) {
#pragma omp atomic write
    blocks_done = bi * NB + bj + 1;
  } else {
    blocks_done = bi * NB + bj + 1;
  }
//@ end
}

static int lcs_team(void) {
  for (int i = 0; i <= LEN; i++)
    for (int j = 0; j <= LEN; j++)
      len[i][j] = 0;
//@ slot order on len
//@ is depend_both: unordered
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (int bi = 0; bi < NB; bi++)
    for (int bj = 0; bj < NB; bj++) {
#pragma omp task firstprivate(bi, bj) depend(in : ready[bi][bj + 1], ready[bi + 1][bj]) \
    depend(out : ready[bi + 1][bj + 1])
      block(bi, bj);
    }
//@ is depend_left: racy
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (int bi = 0; bi < NB; bi++)
    for (int bj = 0; bj < NB; bj++) {
#pragma omp task firstprivate(bi, bj) depend(in : ready[bi + 1][bj]) \
    depend(out : ready[bi + 1][bj + 1])
      block(bi, bj);
    }
//@ is depend_shifted: racy
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (int bi = 0; bi < NB; bi++)
    for (int bj = 0; bj < NB; bj++) {
#pragma omp task firstprivate(bi, bj) depend(in : ready[bi][bj], ready[bi + 1][bj]) \
    depend(out : ready[bi + 1][bj + 1])
      block(bi, bj);
    }
//@ is waves: unordered
#pragma omp parallel num_threads(@NT@)
  for (int d = 0; d < 2 * NB - 1; d++) {
#pragma omp for schedule(static, 1)
    for (int bi = 0; bi < NB; bi++)
      if (d - bi >= 0 && d - bi < NB)
        block(bi, d - bi);
  }
//@ is waves_on: racy
#pragma omp parallel num_threads(@NT@)
  for (int d = 0; d < 2 * NB - 1; d++) {
#pragma omp for schedule(static, 1) nowait
    for (int bi = 0; bi < NB; bi++)
      if (d - bi >= 0 && d - bi < NB)
        block(bi, d - bi);
  }
//@ is wave_tasks: unordered
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (int d = 0; d < 2 * NB - 1; d++) {
    for (int bi = 0; bi < NB; bi++)
      if (d - bi >= 0 && d - bi < NB) {
#pragma omp task firstprivate(bi, d)
        block(bi, d - bi);
      }
#pragma omp taskwait
  }
//@ is row_tasks: racy
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (int bi = 0; bi < NB; bi++) {
    for (int bj = 0; bj < NB; bj++) {
#pragma omp task firstprivate(bi, bj)
      block(bi, bj);
    }
#pragma omp taskwait
  }
//@ end
  return len[LEN][LEN];
}

int main(void) {
  strings();
  serial_len = lcs_serial();
  int got = lcs_team();
  widest_wave = NB;
  printf("serial %d blocks %d matches %d done %d\n", serial_len, got, matches, blocks_done);
  return 0;
}
