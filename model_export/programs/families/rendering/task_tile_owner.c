//@ family: task_tile_owner
//@ domain: rendering
//@ problem: Render tiles with tasks created by one thread or shared out among the team.
//@ param NT: 3 | 4
//@ param TILES: 48 | 64
//@ param CLAUSE: untied | priority(2) | final(0)
#include <stdio.h>
#include <stdlib.h>

#define TILE_PIXELS 500

struct scene {
  float light;
  float *pixels;
  double *tile_cost;
  long rendered;
  int progress;
};

static void render_tile(struct scene *sc, int t) {
  const size_t base = (size_t)t * TILE_PIXELS;
  for (int i = 0; i < TILE_PIXELS; i++) {
    float x = (float)((t * 31 + i) % 255) / 255.0f;
    sc->pixels[base + i] = sc->light * x * (1.5f - x);
  }
}

static void measure(struct scene *sc, int t) {
  const float *p = sc->pixels + (size_t)t * TILE_PIXELS;
  double c = 0;
  for (int i = 0; i < TILE_PIXELS; i++)
    c += p[i] > 0.3f ? 2.0 : 1.0;
  sc->tile_cost[t] = c;
}

static void render(struct scene *sc) {
#pragma omp parallel num_threads(@NT@)
  {
//@ slot creator on pixels
//@ is single: same-location
#pragma omp single
    for (int t = 0; t < @TILES@; t++) {
#pragma omp task @CLAUSE@
      render_tile(sc, t);
    }
//@ is all: racy
    for (int t = 0; t < @TILES@; t++) {
#pragma omp task @CLAUSE@
      render_tile(sc, t);
    }
#pragma omp barrier
//@ is shared_out: same-location
#pragma omp for
    for (int t = 0; t < @TILES@; t++) {
#pragma omp task @CLAUSE@
      render_tile(sc, t);
    }
//@ is masked_barrier: same-location
#pragma omp masked
    for (int t = 0; t < @TILES@; t++) {
#pragma omp task @CLAUSE@
      render_tile(sc, t);
    }
#pragma omp barrier
//@ is one_tile_over: racy
#pragma omp for schedule(static)
    for (int t = 0; t < @TILES@; t++) {
#pragma omp task @CLAUSE@
      render_tile(sc, t);
#pragma omp task @CLAUSE@
      render_tile(sc, t / 2);
    }
//@ end

//@ slot cost on tile_cost
//@ is for_loop: same-location
#pragma omp for schedule(static)
    for (int t = 0; t < @TILES@; t++)
      measure(sc, t);
//@ is each_thread: racy
    for (int t = 0; t < @TILES@; t++)
      measure(sc, t);
#pragma omp barrier
//@ is single: concurrent
#pragma omp single
    for (int t = 0; t < @TILES@; t++)
      measure(sc, t);
//@ is each_task: racy
    for (int t = 0; t < @TILES@; t++) {
#pragma omp task
      measure(sc, t);
    }
#pragma omp taskwait
#pragma omp barrier
//@ is single_tasks: same-location
#pragma omp single
    for (int t = 0; t < @TILES@; t++) {
#pragma omp task
      measure(sc, t);
    }
//@ end

//@ slot progress on rendered
//@ is atomic: conflicting
    for (int t = 0; t < @TILES@; t++) {
#pragma omp atomic
      sc->rendered += 1;
    }
//@ is for_bare: racy
#pragma omp for
    for (int t = 0; t < @TILES@; t++)
      sc->rendered += 1;
//@ is masked: concurrent
#pragma omp masked
    for (int t = 0; t < @TILES@; t++)
      sc->rendered += 1;
//@ is single_late: concurrent
#pragma omp single nowait
    sc->rendered += @TILES@;
//@ end
  }
}

int main(void) {
  struct scene sc = {0.8f, NULL, NULL, 0, 0};
  double cost = 0;
  sc.pixels = calloc((size_t)@TILES@ * TILE_PIXELS, sizeof(float));
  sc.tile_cost = calloc(@TILES@, sizeof(double));
  if (!sc.pixels || !sc.tile_cost)
    abort();
  render(&sc);
  for (int t = 0; t < @TILES@; t++)
    cost += sc.tile_cost[t] + sc.pixels[(size_t)t * TILE_PIXELS + 9];
  printf("cost %.2f rendered %ld\n", cost, sc.rendered);
  free(sc.tile_cost);
  free(sc.pixels);
  return 0;
}
