//@ family: task_merge_keys
//@ domain: sorting
//@ problem: Merge sort with one task per half and a scratch block for every merge.
//@ param NT: 3 | 4
//@ param COUNT: 20000 | 30000
//@ param CUT: 200 | 400
/* Sorting keys for the nightly index build. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned int sort_key;

static sort_key *keys;
static long merges;
static long long moved;

static void small_sort(sort_key *a, long n) {
  for (long i = 1; i < n; i++) {
    sort_key k = a[i];
    long j = i;
    while (j > 0 && a[j - 1] > k && i - j < 24) {
      a[j] = a[j - 1];
      j--;
    }
    a[j] = k;
  }
}

static void merge_halves(sort_key *a, long mid, long n) {
  sort_key *scratch = malloc((size_t)n * sizeof *scratch);
  long i = 0, j = mid, k = 0;
  if (!scratch)
    abort();
  while (i < mid && j < n)
    scratch[k++] = a[i] <= a[j] ? a[i++] : a[j++];
  while (i < mid)
    scratch[k++] = a[i++];
  while (j < n)
    scratch[k++] = a[j++];
  memcpy(a, scratch, (size_t)n * sizeof *a);
  free(scratch);

//@ slot merges on merges
//@ is atomic: conflicting
#pragma omp atomic
  merges++;
//@ is plain: racy
  merges++;
//@ is critical: unprotected
#pragma omp critical(stat_merges)
  merges++;
//@ end
//@ slot moved on moved
//@ is critical: unprotected
#pragma omp critical(stat_moved)
  moved += n;
//@ is atomic: conflicting
#pragma omp atomic update
  moved += n;
//@ is mixed: racy
  if (n > 4 * @CUT@) {
#pragma omp atomic
    moved += n;
  } else {
#pragma omp critical(stat_moved)
    moved += n;
  }
//@ is plain: racy
  moved = moved + n;
//@ end
}

static void sort_range(sort_key *a, long n) {
  if (n <= @CUT@) {
    small_sort(a, n);
    return;
  }
  long mid = n / 2;
//@ slot halves on a
//@ is two_tasks_wait: unordered
#pragma omp task
  sort_range(a, mid);
#pragma omp task
  sort_range(a + mid, n - mid);
#pragma omp taskwait
  merge_halves(a, mid, n);
//@ is one_task_wait: unordered
#pragma omp task firstprivate(a, mid)
  sort_range(a, mid);
  sort_range(a + mid, n - mid);
#pragma omp taskwait
  merge_halves(a, mid, n);
//@ is wait_between: racy
#pragma omp task
  sort_range(a, mid);
#pragma omp taskwait
#pragma omp task
  sort_range(a + mid, n - mid);
  merge_halves(a, mid, n);
//@ is group: unordered
#pragma omp taskgroup
  {
#pragma omp task
    sort_range(a, mid);
#pragma omp task
    sort_range(a + mid, n - mid);
  }
  merge_halves(a, mid, n);
//@ is no_wait: racy
#pragma omp task
  sort_range(a, mid);
#pragma omp task
  sort_range(a + mid, n - mid);
  merge_halves(a, mid, n);
//@ is merge_by_dep: unordered
#pragma omp task depend(out : a[0])
  sort_range(a, mid);
#pragma omp task depend(out : a[mid])
  sort_range(a + mid, n - mid);
#pragma omp task depend(in : a[0], a[mid])
  merge_halves(a, mid, n);
#pragma omp taskwait
//@ end
}

int main(void) {
  unsigned state = 77u;
  unsigned long long mix = 0;
  keys = malloc(@COUNT@ * sizeof *keys);
  if (!keys)
    return EXIT_FAILURE;
  for (long i = 0; i < @COUNT@; i++) {
    state = state * 1664525u + 1013904223u;
    keys[i] = state >> 8;
  }
#pragma omp parallel num_threads(@NT@)
  {
//@ slot start
//@ is single: neutral
#pragma omp single nowait
    sort_range(keys, @COUNT@);
//@ is master: neutral
#pragma omp master
    sort_range(keys, @COUNT@);
//@ end
  }
  for (long i = 0; i < @COUNT@; i++)
    mix = mix * 31 + keys[i];
  printf("%llu merges %ld moved %lld\n", mix, merges, moved);
  free(keys);
  return EXIT_SUCCESS;
}
