//@ family: task_frame_stages
//@ domain: pipeline
//@ problem: Decode, filter and score frames as three tasks per frame chained by dependences.
//@ param NT: 3 | 4
//@ param FRAMES: 40 | 64
//@ param SIZE: 512 | 700
#include <stdio.h>
#include <stdlib.h>

typedef struct frame {
  int raw[@SIZE@];
  int soft[@SIZE@];
  int score;
} frame;

static frame *frames;
static long total_score;

static void decode(frame *f, int id) {
  unsigned s = 2166136261u ^ (unsigned)id;
  for (int i = 0; i < @SIZE@; i++) {
    s = s * 16777619u + 13u;
    f->raw[i] = (int)(s >> 24);
  }
}

static void soften(frame *f) {
  f->soft[0] = f->raw[0];
  for (int i = 1; i < @SIZE@; i++)
    f->soft[i] = (f->raw[i] + f->raw[i - 1]) / 2;
}

static int rate(const frame *f) {
  int s = 0;
  for (int i = 0; i < @SIZE@; i++)
    s += f->soft[i] > 120;
  return s;
}

int main(void) {
  frames = calloc(@FRAMES@, sizeof *frames);
  if (!frames)
    return EXIT_FAILURE;

#pragma omp parallel num_threads(@NT@)
#pragma omp single
  {
    for (int k = 0; k < @FRAMES@; k++) {
      frame *f = &frames[k];
//@ slot first on raw
//@ is out_in: unordered
#pragma omp task depend(out : f->raw) firstprivate(f, k)
      decode(f, k);
#pragma omp task depend(in : f->raw) depend(out : f->soft) firstprivate(f)
      soften(f);
//@ is in_in: racy
#pragma omp task depend(in : f->raw) firstprivate(f, k)
      decode(f, k);
#pragma omp task depend(in : f->raw) depend(out : f->soft) firstprivate(f)
      soften(f);
//@ is inout_inout: unordered
#pragma omp task depend(inout : f->raw) firstprivate(f, k)
      decode(f, k);
#pragma omp task depend(inout : f->raw) depend(out : f->soft) firstprivate(f)
      soften(f);
//@ is element: unordered
#pragma omp task depend(out : f->raw[0]) firstprivate(f, k)
      decode(f, k);
#pragma omp task depend(in : f->raw[0]) depend(out : f->soft) firstprivate(f)
      soften(f);
//@ is other_element: racy
#pragma omp task depend(out : f->raw[0]) firstprivate(f, k)
      decode(f, k);
#pragma omp task depend(in : f->raw[1]) depend(out : f->soft) firstprivate(f)
      soften(f);
//@ is on_total: racy
#pragma omp task depend(out : f->raw) firstprivate(f, k)
      decode(f, k);
#pragma omp task depend(in : total_score) depend(out : f->soft) firstprivate(f)
      soften(f);
//@ is fused: concurrent
#pragma omp task depend(out : f->soft) firstprivate(f, k)
      {
        decode(f, k);
        soften(f);
      }
//@ end
//@ slot second on soft
//@ is in: unordered
#pragma omp task depend(in : f->soft) firstprivate(f)
//@ is in_raw: racy
#pragma omp task depend(out : f->score) firstprivate(f)
//@ is inout: unordered
#pragma omp task depend(inout : f->soft) firstprivate(f)
//@ is neighbour: racy
#pragma omp task depend(in : frames[(k + 1) % @FRAMES@].soft) firstprivate(f)
//@ end
      f->score = rate(f);
    }
//@ slot collect on score
//@ is waited: unordered
#pragma omp taskwait
    for (int k = 0; k < @FRAMES@; k++)
      total_score += frames[k].score;
//@ is at_once: racy
    for (int k = 0; k < @FRAMES@; k++)
      total_score += frames[k].score;
//@ is later: unordered
  }
  {
    for (int k = 0; k < @FRAMES@; k++)
      total_score += frames[k].score;
//@ end
  }
  printf("score %ld\n", total_score);
  free(frames);
  return EXIT_SUCCESS;
}
