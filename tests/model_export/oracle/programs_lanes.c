/* What a sanitizer cannot see: vector lanes, teams, offload. */
#include <omp.h>
#include <stdlib.h>

enum { N = 96 };
static int a[N + 16], b[N + 16], sum, count, value;

static void racy_lanes_neighbours(void) {
#pragma omp simd
  for (int i = 1; i < N; i++) a[i] = a[i - 1] + 1;
}
static void clean_lanes(void) {
#pragma omp simd
  for (int i = 1; i < N; i++) a[i] = b[i - 1] + 1;
}
static void racy_lanes_shared_scalar(void) {
  int last = 0;
#pragma omp simd
  for (int i = 0; i < N; i++) {
    last = a[i];
    b[i] = last;
  }
}
static void clean_lanes_private_scalar(void) {
  int last = 0, i;
#pragma omp simd private(last) reduction(+ : sum) \
    aligned(a : 4)
  for (i = 0; i < N; i++) {
    last = a[i];
    sum += last;
  }
  value = i;
}
static void racy_safelen_too_long(void) {
#pragma omp simd safelen(8)
  for (int i = 4; i < N; i++) {
    a[i] = a[i - 4] + 1;
  }
}
static void clean_safelen(void) {
#pragma omp simd safelen(4)
  for (int i = 4; i < N; i++) {
    a[i] = a[i - 4] + 1;
  }
}
static void racy_safelen_threads(void) {
#pragma omp parallel for simd safelen(4) schedule(static)
  for (int i = 4; i < N; i++) {
    a[i] = a[i - 4] + 1;
  }
}
static void clean_lanes_ordered(void) {
#pragma omp simd
  for (int i = 1; i < N; i++) {
#pragma omp ordered simd
    count += i;
  }
}
static void racy_lanes_of_threads(void) {
#pragma omp parallel for simd schedule(static, 16)
  for (int i = 0; i < N; i++) {
    if (i % 16 == 3) a[i] = a[i + 1];
    else a[i] = i;
  }
}
static void racy_target(void) {
#pragma omp target map(tofrom : value)
#pragma omp parallel for num_threads(4)
  for (int i = 0; i < N; i++) value += i;
}
static void clean_target(void) {
#pragma omp target parallel for map(tofrom : value) reduction(+ : value) num_threads(4)
  for (int i = 0; i < N; i++) value += i;
}
static void racy_teams(void) {
#pragma omp target teams distribute map(tofrom : count)
  for (int i = 0; i < N; i++) count += i;
}
static void clean_teams(void) {
#pragma omp target teams distribute parallel for map(tofrom : a[0 : N])
  for (int i = 0; i < N; i++) a[i] += i;
}
static void racy_critical_of_each_team(void) {
#pragma omp target teams num_teams(4) thread_limit(2) map(tofrom : count)
#pragma omp parallel
  {
#pragma omp critical
    count++;
  }
}
static void clean_atomic_of_all_teams(void) {
#pragma omp target teams num_teams(4) thread_limit(2) map(tofrom : count)
#pragma omp parallel
  {
#pragma omp atomic
    count++;
  }
}
/* Teams may add up an array's elements atomically, their threads under a lock. */
static long sums[8];
static void clean_array_over_league(void) {
#pragma omp target teams distribute parallel for reduction(+ : sums[:8]) map(tofrom : sums)
  for (int i = 0; i < N; i++) sums[i % 7] += i;
}
static void racy_array_over_league(void) {
#pragma omp target teams distribute parallel for map(tofrom : sums)
  for (int i = 0; i < N; i++) sums[i % 7] += i;
}
static void racy_target_nowait(void) {
#pragma omp parallel
#pragma omp single
  {
#pragma omp target nowait map(tofrom : value)
    value = 1;
    value = 2;
#pragma omp taskwait
  }
}
static void clean_target_depend(void) {
#pragma omp parallel
#pragma omp single
  {
#pragma omp target nowait depend(out : value) map(tofrom : value)
    value = 1;
#pragma omp task depend(in : value)
    b[0] = value;
  }
}

int main(void) {
  racy_lanes_neighbours(), clean_lanes();
  racy_lanes_shared_scalar(), clean_lanes_private_scalar();
  racy_safelen_too_long(), clean_safelen(), racy_safelen_threads();
  clean_lanes_ordered(), racy_lanes_of_threads();
  racy_target(), clean_target(), racy_teams(), clean_teams();
  racy_critical_of_each_team(), clean_atomic_of_all_teams();
  clean_array_over_league(), racy_array_over_league();
  racy_target_nowait(), clean_target_depend();
  return 0;
}
