//@ family: task_row_capture
//@ domain: imaging
//@ problem: Blur an image with one task per row, created by one thread.
//@ param NT: 3 | 4
//@ param ROWS: 80 | 120
//@ param EXTRA: untied | priority(1) | default(shared)
#include <stdio.h>
#include <string.h>

#define COLS 320

static unsigned char in_img[@ROWS@ + 2][COLS];
static unsigned char out_img[@ROWS@ + 2][COLS];
static unsigned long checksum;
static int brightest;

static int blur_row(int r) {
  int top = 0;
  for (int c = 1; c + 1 < COLS; c++) {
    int v = (in_img[r][c - 1] + 2 * in_img[r][c] + in_img[r][c + 1]) / 4;
    out_img[r][c] = (unsigned char)v;
    if (v > top)
      top = v;
  }
  return top;
}

static void blur_all(void) {
//@ slot index on row, out_img
//@ is loop_local: same-location
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (int row = 0; row < @ROWS@; row++) {
#pragma omp task @EXTRA@ firstprivate(row)
    {
      int top = blur_row(row);
//@ is outer_shared: racy
  int row;
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (row = 0; row < @ROWS@; row++) {
#pragma omp task @EXTRA@
    {
      int top = blur_row(row);
//@ is outer_private: same-location
  int row;
#pragma omp parallel num_threads(@NT@) private(row)
#pragma omp single
  for (row = 0; row < @ROWS@; row++) {
#pragma omp task @EXTRA@ firstprivate(row)
    {
      int top = blur_row(row);
//@ is local_shared: racy
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (int row = 0; row < @ROWS@; row++) {
#pragma omp task @EXTRA@ shared(row)
    {
      int top = blur_row(row);
//@ is copied: same-location
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (int row = 0; row < @ROWS@; row++) {
    int mine = row;
#pragma omp task @EXTRA@ firstprivate(mine)
    {
      int top = blur_row(mine);
//@ is outer_firstprivate: same-location
  int row;
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (row = 0; row < @ROWS@; row++) {
#pragma omp task @EXTRA@ firstprivate(row)
    {
      int top = blur_row(row);
//@ is copied_late: racy
  int row;
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (row = 0; row < @ROWS@; row++) {
#pragma omp task @EXTRA@
    {
      int mine = row;
      int top = blur_row(mine);
//@ end
//@ slot best on brightest
//@ is critical: unprotected
#pragma omp critical
      if (top > brightest)
        brightest = top;
//@ is plain: racy
      if (top > brightest)
        brightest = top;
//@ is write_inside: racy
      if (top > brightest) {
#pragma omp critical
        brightest = top;
      }
//@ is local_only: concurrent
      if (top > 255)
        fprintf(stderr, "overflow %d\n", top);
//@ end
    }
  }
}

static void sum_up(void) {
//@ slot sum on checksum
//@ is reduced: unprotected
#pragma omp parallel for num_threads(@NT@) reduction(+ : checksum)
  for (int r = 0; r < @ROWS@; r++)
    for (int c = 0; c < COLS; c++)
      checksum += out_img[r][c];
//@ is bare: racy
#pragma omp parallel for num_threads(@NT@)
  for (int r = 0; r < @ROWS@; r++)
    for (int c = 0; c < COLS; c++)
      checksum += out_img[r][c];
//@ is serial: concurrent
  for (int r = 0; r < @ROWS@; r++)
    for (int c = 0; c < COLS; c++)
      checksum += out_img[r][c];
//@ end
}

int main(void) {
  memset(out_img, 0, sizeof out_img);
  for (int r = 0; r < @ROWS@ + 2; r++)
    for (int c = 0; c < COLS; c++)
      in_img[r][c] = (unsigned char)(r * 2 + c % 8);
  blur_all();
  sum_up();
  printf("%lu %d\n", checksum, brightest);
  return 0;
}
