//@ family: task_range_sum
//@ domain: reduction
//@ problem: Sum an array by recursive halving with one task for each left half.
//@ param NT: 3 | 4
//@ param CUT: 256 | 512
//@ param ELEM: int | short
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#define LEN 65536
#define CHUNKS 2
#define ROUNDS 10

static @ELEM@ samples[LEN];
static long leaves;
static int deepest;

static void note_depth(int depth, long block) {
  (void)block;
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
//@ is two_names: racy
  if (block & 1) {
#pragma omp critical(depth_odd)
    deepest = depth > deepest ? depth : deepest;
  } else {
#pragma omp critical(depth_even)
    deepest = depth > deepest ? depth : deepest;
  }
//@ end
}

static long leaf_sum(const @ELEM@ *v, long lo, long hi) {
  long s = 0;
  for (long i = lo; i < hi; i++)
    s += v[i] * 3 - 1;
//@ slot tally on leaves
//@ is atomic: conflicting
#pragma omp atomic
  leaves++;
//@ is plain: racy
  leaves++;
//@ is critical: unprotected
#pragma omp critical(tally)
  leaves++;
//@ is capture_write: racy
  long next = leaves + 1;
#pragma omp atomic write
  leaves = next;
//@ end
  return s;
}

static long range_sum(const @ELEM@ *v, long lo, long hi, int depth) {
  if (hi - lo <= @CUT@) {
    note_depth(depth, lo / @CUT@);
    return leaf_sum(v, lo, hi);
  }
  long mid = lo + (hi - lo) / 2;
  long left = 0, right, both;
//@ slot join on left
//@ is wait: unordered
#pragma omp task shared(left)
  left = range_sum(v, lo, mid, depth + 1);
  right = range_sum(v, mid, hi, depth + 1);
#pragma omp taskwait
  both = left + right;
//@ is wait_late: racy
#pragma omp task shared(left)
  left = range_sum(v, lo, mid, depth + 1);
  right = range_sum(v, mid, hi, depth + 1);
  both = left + right;
#pragma omp taskwait
//@ is wait_early: unordered
#pragma omp task shared(left)
  left = range_sum(v, lo, mid, depth + 1);
#pragma omp taskwait
  right = range_sum(v, mid, hi, depth + 1);
  both = left + right;
//@ is group: unordered
#pragma omp taskgroup
  {
#pragma omp task shared(left)
    left = range_sum(v, lo, mid, depth + 1);
    right = range_sum(v, mid, hi, depth + 1);
  }
  both = left + right;
//@ is group_inside: racy
#pragma omp taskgroup
  {
#pragma omp task shared(left)
    left = range_sum(v, lo, mid, depth + 1);
    right = range_sum(v, mid, hi, depth + 1);
    both = left + right;
  }
//@ is undeferred: unordered
#pragma omp task shared(left) if (0)
  left = range_sum(v, lo, mid, depth + 1);
  right = range_sum(v, mid, hi, depth + 1);
  both = left + right;
//@ is by_copy: same-location
#pragma omp task firstprivate(left)
  left = range_sum(v, lo, mid, depth + 1);
  right = range_sum(v, mid, hi, depth + 1);
  both = left + right;
#pragma omp taskwait
//@ is yield: racy
#pragma omp task shared(left)
  left = range_sum(v, lo, mid, depth + 1);
  right = range_sum(v, mid, hi, depth + 1);
#pragma omp taskyield
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
