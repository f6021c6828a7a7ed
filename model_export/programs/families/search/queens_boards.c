//@ family: queens_boards
//@ domain: search
//@ problem: Count placements of queens; the first rows of the board become tasks.
//@ param N: 7 | 8
//@ param NT: 3 | 4
//@ param SPLIT: 1 | 2
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <alloca.h>
#include <omp.h>

enum { N = @N@, SPLIT = @SPLIT@ };

typedef struct {
  signed char col[N];
} board;

static long solutions;
static long tried;
static board sample_board;
static board desk;

static bool fits(const board *b, int row, int c) {
  for (int r = 0; r < row; r++)
    if (b->col[r] == c || abs(b->col[r] - c) == row - r)
      return false;
  return true;
}

static long count_serial(board *b, int row) {
  long n = 0;
  if (row == N)
    return 1;
  for (int c = 0; c < N; c++)
    if (fits(b, row, c)) {
      b->col[row] = (signed char)c;
      n += count_serial(b, row + 1);
    }
  return n;
}

static void found(const board *b, long n) {
//@ slot add on solutions
//@ is atomic: conflicting
#pragma omp atomic
  solutions += n;
//@ is plain: racy
  solutions += n;
//@ is critical: unprotected
#pragma omp critical(found)
  solutions += n;
//@ is split: racy
  long old;
#pragma omp atomic read
  old = solutions;
  if (n > 0) {
#pragma omp critical(found)
    solutions = old + n;
  }
//@ end
//@ slot keep on sample_board
//@ is critical: unprotected
#pragma omp critical(keep)
  if (n)
    sample_board = *b;
//@ is copy: racy
  if (n) {
    sample_board.col[0] = b->col[0];
    sample_board.col[N - 1] = b->col[N - 1];
  }
//@ is drop: concurrent
  (void)b;
//@ end
}

static void place(board *b, int row) {
//@ slot tally on tried
//@ is atomic: conflicting
#pragma omp atomic
  tried++;
//@ is bare: racy
  tried++;
//@ is shallow: concurrent
  if (row == 0)
    tried++;
//@ is deep_atomic: racy
  if (row > SPLIT) {
#pragma omp atomic
    tried++;
  } else {
    tried++;
  }
//@ end
  if (row > SPLIT) {
    found(b, count_serial(b, row));
    return;
  }
  for (int c = 0; c < N; c++) {
    if (!fits(b, row, c))
      continue;
//@ slot child on desk
//@ is heap_copy: same-location
    board *child = malloc(sizeof *child);
    if (!child)
      abort();
    *child = *b;
    child->col[row] = (signed char)c;
#pragma omp task firstprivate(child, row)
    {
      place(child, row + 1);
      free(child);
    }
//@ is captured: same-location
    board child = *b;
    child.col[row] = (signed char)c;
#pragma omp task firstprivate(child, row)
    place(&child, row + 1);
//@ is desk_shared: racy
    desk = *b;
    desk.col[row] = (signed char)c;
#pragma omp task firstprivate(row)
    {
      board child = desk;
      place(&child, row + 1);
    }
//@ is desk_waited: unordered
    if (row == 0) {
      desk = *b;
      desk.col[row] = (signed char)c;
#pragma omp task firstprivate(row)
      {
        board child = desk;
        place(&child, row + 1);
      }
#pragma omp taskwait
    } else {
      board child = *b;
      child.col[row] = (signed char)c;
#pragma omp task firstprivate(child, row)
      place(&child, row + 1);
    }
//@ end
  }
//@ slot finish
//@ is wait: neutral
#pragma omp taskwait
//@ is leave: neutral
//@ end
}

int main(void) {
  board b = {{0}}, s = {{0}};
  long want = count_serial(&s, 0);
#pragma omp parallel num_threads(@NT@)
  {
#pragma omp single
    place(&b, 0);
  }
  printf("serial %ld tasks %ld tried %ld sample %d\n", want, solutions, tried,
         sample_board.col[N - 1]);
  return 0;
}
