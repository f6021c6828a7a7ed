//@ family: task_host_teams
//@ domain: statistics
//@ problem: Weighted statistics of a sample by target teams regions that fall back to the host.
//@ param NT: 3 | 4
//@ param COUNT: 3000 | 5000
//@ param FACTOR: 0.5 | 1.25
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define BINS 16

static double value[@COUNT@];
static double scaled[@COUNT@];
static int bins[BINS];

static void offload(double *mean, double *peak) {
  double sum = 0.0, top = 0.0;
  int n = @COUNT@;

//@ slot sum on sum
//@ is reduced: unprotected
#pragma omp target teams distribute parallel for map(to : value) map(tofrom : sum)                 \
    reduction(+ : sum) num_teams(2) num_threads(@NT@)
  for (int i = 0; i < n; i++)
    sum += value[i] * @FACTOR@;
//@ is mapped_only: racy
#pragma omp target teams distribute parallel for map(to : value) map(tofrom : sum) num_teams(2)    \
    num_threads(@NT@)
  for (int i = 0; i < n; i++)
    sum += value[i] * @FACTOR@;
//@ is atomic: conflicting
#pragma omp target teams distribute parallel for map(to : value) map(tofrom : sum) num_teams(2)    \
    num_threads(@NT@)
  for (int i = 0; i < n; i++) {
#pragma omp atomic
    sum += value[i] * @FACTOR@;
  }
//@ is host_reduced: unprotected
#pragma omp parallel for reduction(+ : sum) num_threads(@NT@)
  for (int i = 0; i < n; i++)
    sum += value[i] * @FACTOR@;
//@ is target_serial: concurrent
#pragma omp target map(to : value) map(tofrom : sum)
  for (int i = 0; i < n; i++)
    sum += value[i] * @FACTOR@;
//@ end

//@ slot scale on scaled
//@ is each: same-location
#pragma omp target teams distribute parallel for map(to : value) map(tofrom : scaled)              \
    num_threads(@NT@)
  for (int i = 1; i < n; i++)
    scaled[i] = value[i] - value[i - 1];
//@ is running: racy
#pragma omp target teams distribute parallel for map(to : value) map(tofrom : scaled)              \
    num_threads(@NT@)
  for (int i = 1; i < n; i++)
    scaled[i] = value[i] - scaled[i - 1];
//@ is pairs: same-location
#pragma omp target teams distribute parallel for map(to : value) map(tofrom : scaled)              \
    num_threads(@NT@)
  for (int i = 1; i < n / 2; i++) {
    scaled[2 * i] = value[2 * i] - value[i];
    scaled[2 * i + 1] = scaled[2 * i];
  }
//@ is overlapping_pairs: racy
#pragma omp target teams distribute parallel for map(to : value) map(tofrom : scaled)              \
    num_threads(@NT@)
  for (int i = 1; i < n - 1; i++) {
    scaled[i] = value[i] - value[i - 1];
    scaled[i + 1] = scaled[i];
  }
//@ end

//@ slot bin on bins
//@ is atomic: conflicting
#pragma omp target teams distribute parallel for map(to : value) map(tofrom : bins)                \
    num_threads(@NT@)
  for (int i = 0; i < n; i++) {
    int b = (int)value[i] & (BINS - 1);
#pragma omp atomic
    bins[b]++;
  }
//@ is plain: racy
#pragma omp target teams distribute parallel for map(to : value) map(tofrom : bins)                \
    num_threads(@NT@)
  for (int i = 0; i < n; i++) {
    int b = (int)value[i] & (BINS - 1);
    bins[b]++;
  }
//@ is array_reduction: unprotected
#pragma omp target teams distribute parallel for map(to : value) map(tofrom : bins)                \
    reduction(+ : bins[ : BINS]) num_threads(@NT@)
  for (int i = 0; i < n; i++) {
    int b = (int)value[i] & (BINS - 1);
    bins[b]++;
  }
//@ end

//@ slot top on top
//@ is max: unprotected
#pragma omp target teams distribute parallel for map(tofrom : top) reduction(max : top)            \
    num_threads(@NT@)
  for (int i = 0; i < n; i++)
    top = fmax(top, value[i]);
//@ is map_tofrom: racy
#pragma omp target teams distribute parallel for map(tofrom : top) num_threads(@NT@)
  for (int i = 0; i < n; i++)
    top = fmax(top, value[i]);
//@ is from_first: concurrent
#pragma omp target map(from : top)
  top = value[n - 1];
//@ end
  *mean = sum / n;
  *peak = top;
}

int main(void) {
  double mean, peak, fold = 0;
  for (int i = 0; i < @COUNT@; i++)
    value[i] = (i * 37 % 1000) * 0.1 + i * 0.001;
  offload(&mean, &peak);
  for (int b = 0; b < BINS; b++)
    fold += bins[b] * (b + 1);
  for (int i = 0; i < @COUNT@; i += 100)
    fold += scaled[i];
  printf("%.4f %.4f %.3f\n", mean, peak, fold);
  return EXIT_SUCCESS;
}
