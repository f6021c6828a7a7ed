//@ family: task_wave_doacross
//@ domain: simulation
//@ problem: Relax a height field whose rows depend on the row before, with an ordered loop.
//@ param NT: 3 | 4
//@ param ROWS: 60 | 90
//@ param COLS: 80 | 120
#include <stdio.h>
#include <string.h>

typedef double cell;

static cell field[@ROWS@][@COLS@];
static cell crest[@ROWS@];
static cell level[@ROWS@];
static long touched;
static cell spill;

static void relax(void) {
//@ slot rows on field
//@ is diagonal: racy
#pragma omp parallel for num_threads(@NT@) schedule(static, 2)
  for (int r = 1; r < @ROWS@; r++)
    for (int c = 1; c < @COLS@; c++)
      field[r][c] = 0.25 * (field[r - 1][c] + field[r][c - 1]) + 0.5 * field[r][c];
//@ is inner_parallel: same-location
  for (int r = 1; r < @ROWS@; r++) {
#pragma omp parallel for num_threads(@NT@) schedule(static)
    for (int c = 1; c < @COLS@; c++)
      field[r][c] = 0.5 * field[r - 1][c] + 0.5 * field[r][c];
  }
//@ is ordered_block: unordered
#pragma omp parallel for ordered num_threads(@NT@) schedule(static, 2)
  for (int r = 1; r < @ROWS@; r++) {
#pragma omp ordered
    for (int c = 1; c < @COLS@; c++)
      field[r][c] = 0.25 * (field[r - 1][c] + field[r][c - 1]) + 0.5 * field[r][c];
  }
//@ is ordered_no_block: racy
#pragma omp parallel for ordered num_threads(@NT@) schedule(static, 2)
  for (int r = 1; r < @ROWS@; r++) {
    for (int c = 1; c < @COLS@; c++)
      field[r][c] = 0.25 * (field[r - 1][c] + field[r][c - 1]) + 0.5 * field[r][c];
#pragma omp ordered
    level[r] = field[r][0];
  }
//@ is doacross_own_row: same-location
#pragma omp parallel for ordered(1) num_threads(@NT@) schedule(static, 2)
  for (int r = 1; r < @ROWS@; r++) {
#pragma omp ordered depend(sink : r - 1)
    for (int c = 1; c < @COLS@; c++)
      field[r][c] = 0.25 * (level[r - 1] + field[r][c - 1]) + 0.5 * field[r][c];
#pragma omp ordered depend(source)
  }
//@ is doacross_far: racy
#pragma omp parallel for ordered(1) num_threads(@NT@) schedule(static, 2)
  for (int r = 1; r < @ROWS@; r++) {
#pragma omp ordered depend(sink : r - 7)
    for (int c = 1; c < @COLS@; c++)
      field[r][c] = 0.25 * (field[r - 1][c] + field[r][c - 1]) + 0.5 * field[r][c];
#pragma omp ordered depend(source)
  }
//@ is doacross_early: racy
#pragma omp parallel for ordered(1) num_threads(@NT@) schedule(static, 2)
  for (int r = 1; r < @ROWS@; r++) {
#pragma omp ordered depend(sink : r - 1)
#pragma omp ordered depend(source)
    for (int c = 1; c < @COLS@; c++)
      field[r][c] = 0.25 * (field[r - 1][c] + field[r][c - 1]) + 0.5 * field[r][c];
  }
//@ end
}

static void inspect(void) {
//@ slot touch on touched
//@ is ordered: unordered
#pragma omp parallel for ordered num_threads(@NT@) schedule(static)
  for (int r = 0; r < @ROWS@; r++) {
    crest[r] = field[r][@COLS@ / 2];
#pragma omp ordered
    touched += r;
  }
//@ is after_ordered: racy
#pragma omp parallel for ordered num_threads(@NT@) schedule(static, 1)
  for (int r = 0; r < @ROWS@; r++) {
#pragma omp ordered
    crest[r] = field[r][@COLS@ / 2];
    touched += r;
  }
//@ is atomic: conflicting
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int r = 0; r < @ROWS@; r++) {
    crest[r] = field[r][@COLS@ / 2];
#pragma omp atomic
    touched += r;
  }
//@ is no_order: racy
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int r = 0; r < @ROWS@; r++) {
    crest[r] = field[r][@COLS@ / 2];
    touched += r;
  }
//@ end
//@ slot spill on spill
//@ is reduction: unprotected
#pragma omp parallel for num_threads(@NT@) reduction(+ : spill)
  for (int r = 0; r < @ROWS@; r++)
    for (int c = 0; c < @COLS@; c++)
      spill += field[r][c] > 1 ? field[r][c] - 1 : 0;
//@ is plain: racy
#pragma omp parallel for num_threads(@NT@)
  for (int r = 0; r < @ROWS@; r++)
    for (int c = 0; c < @COLS@; c++)
      spill += field[r][c] > 1 ? field[r][c] - 1 : 0;
//@ is row_then_atomic: conflicting
#pragma omp parallel for num_threads(@NT@)
  for (int r = 0; r < @ROWS@; r++) {
    cell row = 0;
    for (int c = 0; c < @COLS@; c++)
      row += field[r][c] > 1 ? field[r][c] - 1 : 0;
#pragma omp atomic
    spill += row;
  }
//@ end
}

int main(void) {
  memset(level, 0, sizeof level);
  for (int r = 0; r < @ROWS@; r++)
    for (int c = 0; c < @COLS@; c++)
      field[r][c] = (r * 3 + c * 5) % 11 * 0.3;
  for (int t = 0; t < 3; t++)
    relax();
  inspect();
  cell sum = 0;
  for (int r = 0; r < @ROWS@; r++)
    sum += crest[r] + level[r];
  printf("%.5f %ld %.4f\n", sum, touched, spill);
  return 0;
}
