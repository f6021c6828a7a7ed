//@ family: task_block_spectrum
//@ domain: signal
//@ problem: Window and rectify a signal by taskloop, then use the blocks.
//@ param NT: 3 | 4
//@ param GRAIN: grainsize(64) | num_tasks(32)
//@ param SAMPLES: 8192 | 12288
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK 256
#define BLOCKS (@SAMPLES@ / BLOCK)

static double wave[@SAMPLES@];
static double windowed[@SAMPLES@];
static double envelope[@SAMPLES@];
static double energy[BLOCKS];
static long clipped;

static double shape(int i) {
  double x = (double)(i % BLOCK) / BLOCK;
  return 4.0 * x * (1.0 - x);
}

static void run(void) {
//@ slot window on windowed
//@ is grouped: unordered
#pragma omp taskloop @GRAIN@
  for (int i = 0; i < @SAMPLES@; i++)
    windowed[i] = wave[i] * shape(i);
//@ is nogroup: racy
#pragma omp taskloop nogroup @GRAIN@
  for (int i = 0; i < @SAMPLES@; i++)
    windowed[i] = wave[i] * shape(i);
//@ is nogroup_wait: unordered
#pragma omp taskloop nogroup @GRAIN@
  for (int i = 0; i < @SAMPLES@; i++)
    windowed[i] = wave[i] * shape(i);
#pragma omp taskwait
//@ is nogroup_in_group: unordered
#pragma omp taskgroup
  {
#pragma omp taskloop nogroup @GRAIN@
    for (int i = 0; i < @SAMPLES@; i++)
      windowed[i] = wave[i] * shape(i);
  }
//@ is wait_in_child: racy
#pragma omp taskloop nogroup @GRAIN@
  for (int i = 0; i < @SAMPLES@; i++)
    windowed[i] = wave[i] * shape(i);
#pragma omp task
  {
#pragma omp taskwait
    energy[0] = 0.0;
  }
//@ end
  for (int b = 0; b < BLOCKS; b++) {
    double e = 0.0;
    for (int i = b * BLOCK; i < (b + 1) * BLOCK; i++)
      e += windowed[i] * windowed[i];
    if (b > 0)
      energy[b] = e;
  }

//@ slot smooth on envelope
//@ is own_cell: same-location
#pragma omp taskloop @GRAIN@
  for (int i = 1; i < @SAMPLES@; i++)
    envelope[i] = fabs(wave[i]) * 0.9 + 0.1 * wave[i - 1];
//@ is last_cell: racy
#pragma omp taskloop @GRAIN@
  for (int i = 1; i < @SAMPLES@; i++)
    envelope[i] = fabs(wave[i]) * 0.9 + 0.1 * envelope[i - 1];
//@ is in_block: same-location
#pragma omp taskloop num_tasks(BLOCKS)
  for (int b = 0; b < BLOCKS; b++)
    for (int i = b * BLOCK + 1; i < (b + 1) * BLOCK; i++)
      envelope[i] = fabs(wave[i]) * 0.9 + 0.1 * envelope[i - 1];
//@ is over_block: racy
#pragma omp taskloop num_tasks(BLOCKS)
  for (int b = 0; b < BLOCKS; b++)
    for (int i = b * BLOCK + 1; i <= (b + 1) * BLOCK && i < @SAMPLES@; i++)
      envelope[i] = fabs(wave[i]) * 0.9 + 0.1 * envelope[i - 1];
//@ end

//@ slot clip on clipped
//@ is reduction: unprotected
#pragma omp taskloop reduction(+ : clipped) @GRAIN@
  for (int i = 0; i < @SAMPLES@; i++)
    clipped += wave[i] > 0.7;
//@ is guarded: conflicting
#pragma omp taskloop shared(clipped) @GRAIN@
  for (int i = 0; i < @SAMPLES@; i++)
    if (wave[i] > 0.7) {
#pragma omp atomic
      clipped += 1;
    }
//@ is if_plain: racy
#pragma omp taskloop shared(clipped) @GRAIN@
  for (int i = 0; i < @SAMPLES@; i++)
    if (wave[i] > 0.7)
      clipped += 1;
//@ is add_plain: racy
#pragma omp taskloop @GRAIN@
  for (int i = 0; i < @SAMPLES@; i++)
    clipped += wave[i] > 0.7;
//@ end
}

int main(void) {
  for (int i = 0; i < @SAMPLES@; i++)
    wave[i] = sin(i * 0.03) * (0.5 + (i % 11) * 0.05);
  for (int pass = 0; pass < 3; pass++) {
#pragma omp parallel num_threads(@NT@)
#pragma omp single
    run();
  }
  double sum = 0.0;
  for (int b = 0; b < BLOCKS; b++)
    sum += energy[b] + envelope[b * BLOCK + 7];
  printf("%.6f clipped %ld\n", sum, clipped);
  return EXIT_SUCCESS;
}
