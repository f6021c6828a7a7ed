//@ family: task_range_sum
//@ domain: reduction
//@ problem: Sum an array by recursive halving with one task for each half.
//@ param NT: 3 | 4
//@ param CUT: 1024 | 2048
//@ param ELEM: int | short
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#define LEN 65536
#define CHUNKS 2
#define ROUNDS 5

static @ELEM@ samples[LEN];
static long leaves;
static int deepest;

static void note_depth(int depth) {
//@ slot depth on deepest
//@ is locked: unprotected
#pragma omp critical(depth_note)
  {
    if (depth > deepest)
      deepest = depth;
  }
//@ is peek: racy
  if (depth > deepest) {
#pragma omp critical(depth_note)
    {
      if (depth > deepest)
        deepest = depth;
    }
  }
//@ is atomics: conflicting
  int seen;
#pragma omp atomic read
  seen = deepest;
  if (depth > seen) {
#pragma omp atomic write
    deepest = depth;
  }
//@ is plain_look: racy
  int seen = deepest;
  if (depth > seen) {
#pragma omp atomic write
    deepest = depth;
  }
//@ end
}

static long leaf_sum(const @ELEM@ *v, long lo, long hi) {
  long s = 0;
  for (int pass = 1; pass <= 20; pass++)
    for (long i = lo; i < hi; i++)
      s += v[i] * pass - 1;
//@ slot tally on leaves
//@ is atomic: conflicting
#pragma omp atomic
  leaves++;
//@ is plain: racy
  leaves++;
//@ is captured: conflicting
  long ticket;
#pragma omp atomic capture
  ticket = ++leaves;
  s += ticket < 0;
//@ is capture_write: racy
  long next = leaves + 1;
#pragma omp atomic write
  leaves = next;
//@ end
  return s;
}

static long range_sum(const @ELEM@ *v, long lo, long hi, int depth) {
  if (hi - lo <= @CUT@) {
    if (lo / @CUT@ % 2 == 0)
      note_depth(depth);
    return leaf_sum(v, lo, hi);
  }
  long mid = lo + (hi - lo) / 2;
  long left = 0, right = 0, both;
//@ slot join on left, right
//@ is wait: unordered
#pragma omp task shared(left)
  left = range_sum(v, lo, mid, depth + 1);
#pragma omp task shared(right)
  right = range_sum(v, mid, hi, depth + 1);
#pragma omp taskwait
  both = left + right;
//@ is wait_late: racy
#pragma omp task shared(left)
  left = range_sum(v, lo, mid, depth + 1);
#pragma omp task shared(right)
  right = range_sum(v, mid, hi, depth + 1);
  both = left + right;
#pragma omp taskwait
//@ is wait_each: unordered
#pragma omp task shared(left)
  left = range_sum(v, lo, mid, depth + 1);
#pragma omp taskwait
#pragma omp task shared(right)
  right = range_sum(v, mid, hi, depth + 1);
#pragma omp taskwait
  both = left + right;
//@ is group: unordered
#pragma omp taskgroup
  {
#pragma omp task shared(left)
    left = range_sum(v, lo, mid, depth + 1);
#pragma omp task shared(right)
    right = range_sum(v, mid, hi, depth + 1);
  }
  both = left + right;
//@ is group_inside: racy
#pragma omp taskgroup
  {
#pragma omp task shared(left)
    left = range_sum(v, lo, mid, depth + 1);
#pragma omp task shared(right)
    right = range_sum(v, mid, hi, depth + 1);
    both = left + right;
  }
//@ is by_copy: same-location
#pragma omp task firstprivate(left)
  left = range_sum(v, lo, mid, depth + 1);
#pragma omp task firstprivate(right)
  right = range_sum(v, mid, hi, depth + 1);
  both = left + right;
#pragma omp taskwait
//@ end
  return both;
}

int main(void) {
  long part[CHUNKS] = {0};
  for (long i = 0; i < LEN; i++)
    samples[i] = (@ELEM@)((i * 37) % 101);

  for (int round = 0; round < ROUNDS; round++) {
#pragma omp parallel num_threads(@NT@)
#pragma omp single
    for (int c = 0; c < CHUNKS; c++) {
#pragma omp task firstprivate(c)
      part[c] += range_sum(samples, (long)c * LEN / CHUNKS, (long)(c + 1) * LEN / CHUNKS, 0);
    }
  }
  long total = 0;
  for (int c = 0; c < CHUNKS; c++)
    total += part[c];
  printf("total %ld leaves %ld deepest %d\n", total, leaves, deepest);
  return EXIT_SUCCESS;
}
