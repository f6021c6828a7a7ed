//@ family: task_simd_particles
//@ domain: physics
//@ problem: Move particles in a box with combined parallel for simd loops and sum their energy.
//@ param NT: 3 | 4
//@ param REAL: float | double
//@ param PARTS: 4000 | 6000
#include <stdio.h>
#include <stdlib.h>

#define STEPS 4
#define DT ((@REAL@)0.01)

typedef @REAL@ real;

struct cloud {
  real x[@PARTS@], v[@PARTS@], f[@PARTS@];
};

static struct cloud cloud;
static real kinetic;
static real shift;
static long bounced;

static void push(struct cloud *c) {
//@ slot temp on step
//@ is inside: same-location
#pragma omp parallel for simd num_threads(@NT@)
  for (int i = 0; i < @PARTS@; i++) {
    real step = c->v[i] * DT;
    c->x[i] += step + shift;
  }
//@ is outside: racy
  real step = 0;
#pragma omp parallel for num_threads(@NT@) shared(step)
  for (int i = 0; i < @PARTS@; i++) {
    step = c->v[i] * DT;
    c->x[i] += step + shift;
  }
  c->f[0] += step * 0;
//@ is outside_private: same-location
  real step;
#pragma omp parallel for simd num_threads(@NT@) private(step)
  for (int i = 0; i < @PARTS@; i++) {
    step = c->v[i] * DT;
    c->x[i] += step + shift;
  }
//@ is outside_lastprivate: same-location
  real step = 0;
#pragma omp parallel for simd num_threads(@NT@) lastprivate(step)
  for (int i = 0; i < @PARTS@; i++) {
    step = c->v[i] * DT;
    c->x[i] += step + shift;
  }
  c->f[0] += step * 0;
//@ end
}

static void reflect(struct cloud *c) {
//@ slot bounce on bounced
//@ is reduction: unprotected
#pragma omp parallel for simd num_threads(@NT@) reduction(+ : bounced)
  for (int i = 0; i < @PARTS@; i++)
    if (c->x[i] > 1) {
      c->v[i] = -c->v[i];
      bounced++;
    }
//@ is shared_count: racy
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @PARTS@; i++)
    if (c->x[i] > 1) {
      c->v[i] = -c->v[i];
      bounced++;
    }
//@ is inner_simd: unprotected
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int b = 0; b < @PARTS@; b += 200) {
    long hits = 0;
#pragma omp simd reduction(+ : hits)
    for (int i = b; i < b + 200; i++) {
      hits += c->x[i] > 1;
      c->v[i] = c->x[i] > 1 ? -c->v[i] : c->v[i];
    }
#pragma omp critical
    bounced += hits;
  }
//@ is inner_simd_bare: racy
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int b = 0; b < @PARTS@; b += 200) {
    long hits = 0;
#pragma omp simd reduction(+ : hits)
    for (int i = b; i < b + 200; i++) {
      hits += c->x[i] > 1;
      c->v[i] = c->x[i] > 1 ? -c->v[i] : c->v[i];
    }
    bounced += hits;
  }
//@ end
}

static void add_energy(struct cloud *c) {
//@ slot energy on kinetic
//@ is reduction: unprotected
#pragma omp parallel for simd num_threads(@NT@) reduction(+ : kinetic) simdlen(8)
  for (int i = 0; i < @PARTS@; i++)
    kinetic += c->v[i] * c->v[i];
//@ is simd_only: concurrent
#pragma omp simd reduction(+ : kinetic)
  for (int i = 0; i < @PARTS@; i++)
    kinetic += c->v[i] * c->v[i];
//@ is shared_sum: racy
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @PARTS@; i++)
    kinetic += c->v[i] * c->v[i];
//@ end
}

static void drag(struct cloud *c) {
//@ slot drag on v
//@ is own: same-location
#pragma omp parallel for simd num_threads(@NT@) schedule(static)
  for (int i = 1; i < @PARTS@; i++)
    c->v[i] = c->v[i] * (real)0.99 + c->f[i - 1];
//@ is neighbour: racy
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int i = 1; i < @PARTS@; i++)
    c->v[i] = c->v[i - 1] * (real)0.01 + c->v[i] * (real)0.98;
//@ is serial_neighbour: concurrent
  for (int i = 1; i < @PARTS@; i++)
    c->v[i] = c->v[i - 1] * (real)0.01 + c->v[i] * (real)0.98;
//@ is other_half: same-location
#pragma omp parallel for simd num_threads(@NT@) schedule(static)
  for (int i = 0; i < @PARTS@ / 2; i++)
    c->v[i] = c->v[i + @PARTS@ / 2] * (real)0.01 + c->v[i] * (real)0.98;
//@ end
}

int main(void) {
  shift = (real)0.0001;
  for (int i = 0; i < @PARTS@; i++) {
    cloud.x[i] = (real)(i % 100) * (real)0.0105;
    cloud.v[i] = (real)((i * 7) % 13) * (real)0.1;
    cloud.f[i] = (real)0.001 * (real)(i % 5);
  }
  for (int s = 0; s < STEPS; s++) {
    push(&cloud);
    reflect(&cloud);
    drag(&cloud);
    add_energy(&cloud);
  }
  printf("%.4f bounced %ld\n", (double)kinetic, bounced);
  return EXIT_SUCCESS;
}
