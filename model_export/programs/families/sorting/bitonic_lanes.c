//@ family: bitonic_lanes
//@ domain: sorting
//@ problem: Sort keys with a bitonic network whose compare-exchange lanes are shared out.
//@ param LOG: 9 | 10
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define N (1 << @LOG@)

typedef struct {
  unsigned key;
  int tag;
} rec_t;

static rec_t v[N], w[N];
static long swaps;
static int stage_no;

static void generate(rec_t *r) {
  unsigned s = 7;
  for (int i = 0; i < N; i++) {
    s = s * 69069u + 1u;
    r[i].key = s >> 8;
    r[i].tag = i;
  }
}

static int by_key(const void *a, const void *b) {
  const rec_t *x = a, *y = b;
  return (x->key > y->key) - (x->key < y->key);
}

static int exchange(rec_t *r, int i, int l, int up) {
  if ((r[i].key > r[l].key) == up) {
    rec_t t = r[i];
    r[i] = r[l];
    r[l] = t;
    return 1;
  }
  return 0;
}

static void sort_team(void) {
#pragma omp parallel num_threads(@NT@)
  {
    long mine = 0;
    for (int k = 2; k <= N; k *= 2)
      for (int j = k / 2; j > 0; j /= 2) {
//@ slot lanes on v
//@ is lower_lane: unordered
#pragma omp for schedule(static)
        for (int i = 0; i < N; i++) {
          int l = i ^ j;
          if (l > i)
            mine += exchange(v, i, l, (i & k) == 0);
        }
//@ is any_lane: racy
#pragma omp for schedule(static)
        for (int i = 0; i < N; i++) {
          int l = i ^ j;
          if (l != i)
            mine += exchange(v, i < l ? i : l, i < l ? l : i, (i & k) == 0);
        }
//@ is run_on: racy
#pragma omp for schedule(static) nowait
        for (int i = 0; i < N; i++) {
          int l = i ^ j;
          if (l > i)
            mine += exchange(v, i, l, (i & k) == 0);
        }
//@ is pair_index: unordered
#pragma omp for schedule(static)
        for (int p = 0; p < N / 2; p++) {
          int i = (p / j) * 2 * j + p % j;
          mine += exchange(v, i, i + j, (i & k) == 0);
        }
//@ is pair_index_off: racy
#pragma omp for schedule(static)
        for (int p = 0; p < N / 2; p++) {
          int i = (p / j) * 2 * j + p % j;
          int up = (i & k) == 0 && i + j + 1 < N;
          mine += exchange(v, i, i + j, up && v[(i + 1) % N].key != 0);
        }
//@ is loop_tasks: unordered
#pragma omp single
#pragma omp taskloop num_tasks(8)
        for (int p = 0; p < N / 2; p++) {
          int i = (p / j) * 2 * j + p % j;
          exchange(v, i, i + j, (i & k) == 0);
        }
//@ end
//@ slot stage on stage_no
//@ is by_one: concurrent
#pragma omp single nowait
        stage_no++;
//@ is by_all: racy
        stage_no++;
//@ is atomic: conflicting
#pragma omp atomic
        stage_no++;
//@ is by_one_read: racy
#pragma omp single nowait
        stage_no++;
        mine += stage_no < 0;
//@ is by_one_met: unordered
#pragma omp single
        stage_no++;
        mine += stage_no < 0;
#pragma omp barrier
//@ end
      }
//@ slot fold on swaps
//@ is critical: unprotected
#pragma omp critical
    swaps += mine;
//@ is split: racy
    long sum;
#pragma omp critical
    sum = swaps;
    sum += mine;
#pragma omp critical(store)
    swaps = sum;
//@ is plain: racy
    swaps += mine;
//@ is atomic: conflicting
#pragma omp atomic update
    swaps += mine;
//@ end
  }
}

static unsigned digest(const rec_t *r) {
  unsigned h = 1;
  for (int i = 0; i < N; i++)
    h = h * 31u + r[i].key;
  return h;
}

int main(void) {
  generate(v);
  memcpy(w, v, sizeof v);
  qsort(w, N, sizeof w[0], by_key);
  sort_team();
  printf("serial %u lanes %u swaps %ld stages %d\n", digest(w), digest(v), swaps, stage_no);
  return 0;
}
