//@ family: running_mean
//@ domain: statistics
//@ problem: Mean and range of a stream of sensor samples, reduced by several threads.
//@ param N: 4000 | 9000
//@ param REAL: double | float
#include <stdio.h>
#include <stdlib.h>

#define SAMPLES @N@

static @REAL@ sample[SAMPLES];
static @REAL@ smooth[SAMPLES];
static @REAL@ sum;
static int over_limit;

static void fill(void) {
  unsigned state = 12345u;
  for (int i = 0; i < SAMPLES; i++) {
    state = state * 1664525u + 1013904223u;
    sample[i] = (@REAL@)(state >> 16) / 1024;
  }
}

static void accumulate(void) {
//@ slot total on sum
//@ is reduce: unprotected
#pragma omp parallel for reduction(+ : sum)
  for (int i = 0; i < SAMPLES; i++) sum += sample[i];
//@ is plain: racy
#pragma omp parallel for
  for (int i = 0; i < SAMPLES; i++) sum += sample[i];
//@ is atomic: conflicting
#pragma omp parallel for
  for (int i = 0; i < SAMPLES; i++) {
#pragma omp atomic
    sum += sample[i];
  }
//@ is region: racy
#pragma omp parallel
  for (int i = 0; i < SAMPLES; i++) sum += sample[i];
//@ end
}

static void average(int width) {
//@ slot schedule
//@ is default: neutral
#pragma omp parallel for
//@ is static: neutral
#pragma omp parallel for schedule(static)
//@ end
  for (int i = width; i < SAMPLES; i++) {
    @REAL@ acc = 0;
    for (int k = 0; k < width; k++) acc += sample[i - k];
    smooth[i] = acc / width;
  }
}

static void count(@REAL@ limit) {
#pragma omp parallel
  {
//@ slot tally on over_limit
//@ is named: unprotected
    int mine = 0;
//@ is own: racy
    int mine = 0;
//@ end
#pragma omp for
    for (int i = 0; i < SAMPLES; i++)
//@ slot tally
//@ is named
      if (smooth[i] > limit) mine++;
#pragma omp critical(tally)
    over_limit += mine;
//@ is own
      if (smooth[i] > limit) mine++;
    over_limit += mine;
//@ is single: concurrent
      if (smooth[i] > limit) sample[i] = limit;
#pragma omp single
    for (int i = 0; i < SAMPLES; i++) over_limit += sample[i] == limit;
//@ end
  }
}

int main(void) {
  fill();
  accumulate();
  average(8);
  count(32);
  printf("%.3f %d\n", (double)sum / SAMPLES, over_limit);
  return EXIT_SUCCESS;
}
