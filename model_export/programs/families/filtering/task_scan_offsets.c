//@ family: task_scan_offsets
//@ domain: filtering
//@ problem: Select records by a predicate and compute their output offsets with a prefix sum.
//@ param NT: 3 | 4
//@ param COUNT: 2000 | 3000
//@ param LIMIT: 40 | 65
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  int id;
  int weight;
} record;

static record table[@COUNT@];
static record kept[@COUNT@ + 1];
static int offset[@COUNT@];
static int running;
static int last_id;
static double density[@COUNT@];

static inline int wanted(const record *r) {
  return r->weight > @LIMIT@;
}

static int offsets(void) {
//@ slot prefix on running
//@ is simd_inclusive: concurrent
#pragma omp simd reduction(inscan, + : running)
  for (int i = 0; i < @COUNT@; i++) {
    running += wanted(&table[i]);
#pragma omp scan inclusive(running)
    offset[i] = running;
  }
//@ is shared_prefix: racy
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @COUNT@; i++) {
    running += wanted(&table[i]);
    offset[i] = running;
  }
//@ is serial: concurrent
  for (int i = 0; i < @COUNT@; i++) {
    running += wanted(&table[i]);
    offset[i] = running;
  }
//@ is captured: conflicting
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @COUNT@; i++) {
    int mine, hit = wanted(&table[i]);
#pragma omp atomic capture
    mine = running += hit;
    offset[i] = mine;
  }
//@ is atomic_then_read: racy
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @COUNT@; i++) {
    int hit = wanted(&table[i]);
#pragma omp atomic
    running += hit;
    offset[i] = running;
  }
//@ end
  return running;
}

static void copy_out(void) {
//@ slot pack on kept
//@ is stable_slots: same-location
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @COUNT@; i++)
    if (wanted(&table[i]))
      kept[i] = table[i];
//@ is folded: racy
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @COUNT@; i++)
    if (wanted(&table[i]))
      kept[i % 64] = table[i];
//@ is loop_construct: same-location
#pragma omp parallel num_threads(@NT@)
  {
#pragma omp loop
    for (int i = 0; i < @COUNT@; i++)
      if (wanted(&table[i]))
        kept[i] = table[i];
  }
//@ is loop_teamwise: racy
#pragma omp parallel num_threads(@NT@)
  {
#pragma omp loop bind(thread)
    for (int i = 0; i < @COUNT@; i++)
      if (wanted(&table[i]))
        kept[i] = table[i];
  }
//@ end
}

static void summarise(void) {
//@ slot last on last_id
//@ is lastprivate: same-location
#pragma omp parallel for num_threads(@NT@) lastprivate(last_id)
  for (int i = 0; i < @COUNT@; i++) {
    last_id = table[i].id;
    density[i] = last_id * 0.5;
  }
//@ is shared: racy
#pragma omp parallel for num_threads(@NT@) shared(last_id)
  for (int i = 0; i < @COUNT@; i++) {
    last_id = table[i].id;
    density[i] = last_id * 0.5;
  }
//@ is tail_guard: concurrent
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @COUNT@; i++) {
    if (i == @COUNT@ - 1)
      last_id = table[i].id;
    density[i] = table[i].id * 0.5;
  }
//@ end
}

int main(void) {
  long mix = 0;
  for (int i = 0; i < @COUNT@; i++) {
    table[i].id = i * 3 + 1;
    table[i].weight = (i * 53) % 100;
  }
  int n = offsets();
  copy_out();
  summarise();
  for (int i = 0; i < @COUNT@; i++)
    mix += offset[i] + kept[i].id + (long)density[i];
  printf("%d kept, mix %ld, last %d\n", n, mix, last_id);
  return EXIT_SUCCESS;
}
