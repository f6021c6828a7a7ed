//@ family: newton_cells
//@ domain: particles
//@ problem: Short-range forces over a cell list, each pair once and applied to both.
//@ param SIDE: 6 | 8
//@ param PER: 5 | 7
//@ param NT: 3 | 4
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

enum { SIDE = @SIDE@, CELLS = SIDE * SIDE, PER = @PER@, N = CELLS * PER, NT = @NT@ };

typedef struct { double x, y; } vec;

struct box {
  vec pos[N];
  vec acc[N];
  vec part[NT][N];
  int start[CELLS + 1];
  double virial;
  double closest;
  int pairs;
};

static const int half_shell[4][2] = {{1, 0}, {-1, 1}, {0, 1}, {1, 1}};

static void box_fill(struct box *b) {
  for (int c = 0; c < CELLS; c++) {
    b->start[c] = c * PER;
    for (int k = 0; k < PER; k++) {
      int i = c * PER + k;
      b->pos[i].x = c % SIDE + ((i * 37) % 100) * 0.01;
      b->pos[i].y = c / SIDE + ((i * 61) % 100) * 0.01;
    }
  }
  b->start[CELLS] = N;
  b->closest = 1e9;
}

static vec pair_force(const struct box *b, int i, int j, double *r2) {
  vec d = {b->pos[i].x - b->pos[j].x, b->pos[i].y - b->pos[j].y};
  *r2 = d.x * d.x + d.y * d.y + 1e-3;
  double f = *r2 < 1.0 ? (1.0 - *r2) / *r2 : 0;
  return (vec){f * d.x, f * d.y};
}

static int other_cell(int c, int s) {
  int x = c % SIDE + half_shell[s][0], y = c / SIDE + half_shell[s][1];
  return x < 0 || x >= SIDE || y >= SIDE ? -1 : y * SIDE + x;
}

static void forces_serial(struct box *b) {
  double r2;
  for (int i = 0; i < N; i++)
    for (int j = i + 1; j < N; j++) {
      vec f = pair_force(b, i, j, &r2);
      b->acc[i].x += f.x;
      b->acc[i].y += f.y;
      b->acc[j].x -= f.x;
      b->acc[j].y -= f.y;
    }
}

static void apply(struct box *b, vec *acc, int i, int j) {
  double r2;
  vec f = pair_force(b, i, j, &r2);
//@ slot both on acc
//@ is atomic_all
#pragma omp atomic
  acc[i].x += f.x;
#pragma omp atomic
  acc[i].y += f.y;
#pragma omp atomic
  acc[j].x -= f.x;
#pragma omp atomic
  acc[j].y -= f.y;
//@ is atomic_partner
  acc[i].x += f.x;
  acc[i].y += f.y;
#pragma omp atomic
  acc[j].x -= f.x;
#pragma omp atomic
  acc[j].y -= f.y;
//@ is direct
  acc[i].x += f.x;
  acc[i].y += f.y;
  acc[j].x -= f.x;
  acc[j].y -= f.y;
//@ is per_thread
  acc[i].x += f.x;
  acc[i].y += f.y;
  acc[j].x -= f.x;
  acc[j].y -= f.y;
//@ is full_shell
  acc[i].x += f.x;
  acc[i].y += f.y;
//@ is rows_apart
  acc[i].x += f.x;
  acc[i].y += f.y;
  acc[j].x -= f.x;
  acc[j].y -= f.y;
//@ is rows_close
  acc[i].x += f.x;
  acc[i].y += f.y;
  acc[j].x -= f.x;
  acc[j].y -= f.y;
//@ end
//@ slot nearest on closest
//@ is hold: unprotected
#pragma omp critical(near)
  if (r2 < b->closest)
    b->closest = r2;
//@ is look: racy
  if (r2 < b->closest)
    b->closest = r2;
//@ is look_hold: racy
  if (r2 * 0.5 < b->closest) {
#pragma omp critical(near)
    if (r2 < b->closest)
      b->closest = r2;
  }
//@ is look_atomic: conflicting
  double near;
#pragma omp atomic read
  near = b->closest;
  if (r2 < near) {
#pragma omp atomic write
    b->closest = r2;
  }
//@ end
}

static void cell_pairs(struct box *b, vec *acc, int c) {
  for (int i = b->start[c]; i < b->start[c + 1]; i++)
    for (int j = i + 1; j < b->start[c + 1]; j++)
      apply(b, acc, i, j);
  for (int s = 0; s < 4; s++) {
    int o = other_cell(c, s);
    if (o < 0)
      continue;
    for (int i = b->start[c]; i < b->start[c + 1]; i++)
      for (int j = b->start[o]; j < b->start[o + 1]; j++)
        apply(b, acc, i, j);
  }
}

static void forces_team(struct box *b) {
#pragma omp parallel num_threads(NT)
  {
//@ slot both
//@ is atomic_all: conflicting
#pragma omp for schedule(static)
    for (int c = 0; c < CELLS; c++)
      cell_pairs(b, b->acc, c);
//@ is atomic_partner: racy
#pragma omp for schedule(static)
    for (int c = 0; c < CELLS; c++)
      cell_pairs(b, b->acc, c);
//@ is direct: racy
#pragma omp for schedule(static)
    for (int c = 0; c < CELLS; c++)
      cell_pairs(b, b->acc, c);
//@ is per_thread: same-location
    vec *mine = b->part[omp_get_thread_num()];
#pragma omp for schedule(static)
    for (int c = 0; c < CELLS; c++)
      cell_pairs(b, mine, c);
#pragma omp for schedule(static)
    for (int i = 0; i < N; i++)
      for (int t = 0; t < NT; t++) {
        b->acc[i].x += b->part[t][i].x;
        b->acc[i].y += b->part[t][i].y;
      }
//@ is full_shell: same-location
#pragma omp for schedule(static)
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++)
        if (j != i)
          apply(b, b->acc, i, j);
//@ is rows_apart: unordered
    for (int odd = 0; odd < 2; odd++) {
#pragma omp for schedule(static, 1)
      for (int row = odd; row < SIDE; row += 2)
        for (int c = row * SIDE; c < (row + 1) * SIDE; c++)
          cell_pairs(b, b->acc, c);
    }
//@ is rows_close: racy
#pragma omp for schedule(static, 1)
    for (int row = 0; row < SIDE; row++)
      for (int c = row * SIDE; c < (row + 1) * SIDE; c++)
        cell_pairs(b, b->acc, c);
//@ end
//@ slot virial on virial
//@ is first: concurrent
    double own = 0;
#pragma omp masked
    for (int i = 0; i < N; i++)
      own += b->pos[i].x * b->acc[i].x;
    if (omp_get_thread_num() == 0)
      b->virial += own;
//@ is own_range: racy
    double own = 0;
#pragma omp for schedule(static) nowait
    for (int i = 0; i < N; i++)
      own += b->pos[i].x * b->acc[i].x;
    b->virial += own;
//@ is own_range_held: unprotected
    double own = 0;
#pragma omp for schedule(static) nowait
    for (int i = 0; i < N; i++)
      own += b->pos[i].x * b->acc[i].x;
#pragma omp critical(near)
    b->virial += own;
//@ is stored_late: racy
    double own = b->virial;
#pragma omp for schedule(static) nowait
    for (int i = 0; i < N; i++)
      own += b->pos[i].x * b->acc[i].x;
#pragma omp critical(virial)
    b->virial = own;
//@ end
  }
}

static double digest(const struct box *b) {
  double s = 0;
  for (int i = 0; i < N; i++)
    s += b->acc[i].x * (i % 4) - b->acc[i].y * (i % 3);
  return s;
}

int main(void) {
  struct box *a = calloc(1, sizeof *a), *b = calloc(1, sizeof *b);
  if (!a || !b)
    return 1;
  box_fill(a);
  box_fill(b);
  forces_serial(a);
  forces_team(b);
  printf("serial %.6f cells %.6f virial %.4f closest %.5f\n", digest(a), digest(b), b->virial,
         b->closest);
  free(a);
  free(b);
  return 0;
}
