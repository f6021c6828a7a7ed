//@ family: task_frame_params
//@ domain: scheduling
//@ problem: Submit filter jobs as tasks whose parameters are built in the submitting function.
//@ param NT: 3 | 4
//@ param JOBS: 40 | 60
//@ param REAL: double | float
#include <stdio.h>
#include <stdlib.h>

#define WIDTH 600

typedef struct {
  @REAL@ gain;
  @REAL@ offset;
} filter_params;

typedef struct {
  @REAL@ *cells;
  long done;
  @REAL@ peak;
} filter_queue;

static void apply_filter(@REAL@ *cells, int row, const filter_params *p) {
  @REAL@ *line = cells + (size_t)row * WIDTH;
  for (int x = 0; x < WIDTH; x++)
    line[x] = line[x] * p->gain + p->offset;
}

static void account(filter_queue *q, int row) {
  if (q->cells[(size_t)row * WIDTH] < 0)
    return;
//@ slot done on done
//@ is atomic: conflicting
#pragma omp atomic update
  q->done += 1;
//@ is plain: racy
  q->done += 1;
//@ is critical: unprotected
#pragma omp critical
  q->done += 1;
//@ end
}

static void submit(filter_queue *q, int job) {
//@ slot params on params
//@ is copied: same-location
  filter_params params = {(@REAL@)1.5, (@REAL@)job};
#pragma omp task firstprivate(params, q, job)
  {
    apply_filter(q->cells, job, &params);
  }
//@ is aliased: racy
  filter_params params = {(@REAL@)1.5, (@REAL@)job};
#pragma omp task shared(params) firstprivate(q, job)
  {
    apply_filter(q->cells, job, &params);
  }
//@ is aliased_wait: unordered
  filter_params params = {(@REAL@)1.5, (@REAL@)job};
#pragma omp task shared(params) firstprivate(q, job)
  {
    apply_filter(q->cells, job, &params);
  }
#pragma omp taskwait
//@ is pointer: racy
  filter_params params = {(@REAL@)1.5, (@REAL@)job};
  const filter_params *view = &params;
#pragma omp task firstprivate(view, q, job)
  {
    apply_filter(q->cells, job, view);
  }
//@ is heap: same-location
  filter_params *params = malloc(sizeof *params);
  if (!params)
    abort();
  *params = (filter_params){(@REAL@)1.5, (@REAL@)job};
#pragma omp task firstprivate(params, q, job)
  {
    apply_filter(q->cells, job, params);
    free(params);
  }
//@ is persistent: racy
  static filter_params params;
  params.gain = (@REAL@)1.5;
  params.offset = (@REAL@)job;
#pragma omp task firstprivate(q, job)
  {
    apply_filter(q->cells, job, &params);
  }
//@ end
}

//@ slot warm
//@ is with_warm_up: neutral
static void warm_up(@REAL@ *cells, int rows) {
#pragma omp parallel for num_threads(@NT@)
  for (int r = 0; r < rows; r++)
    for (int x = 0; x < WIDTH; x++)
      cells[(size_t)r * WIDTH + x] = (@REAL@)((r + x) % 17);
}
//@ is by_index: neutral
static void warm_up(@REAL@ *cells, int rows) {
  size_t n = (size_t)rows * WIDTH;
  for (size_t i = 0; i < n; i++)
    cells[i] = (@REAL@)((i / WIDTH + i % WIDTH) % 17);
}
//@ end

int main(void) {
  int rc = EXIT_FAILURE;
  filter_queue q = {NULL, 0, 0};
  q.cells = malloc(sizeof(@REAL@) * WIDTH * (@JOBS@ + 1));
  if (!q.cells)
    goto out;
  warm_up(q.cells, @JOBS@ + 1);

//@ slot driver
//@ is single: neutral
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (int j = 0; j < @JOBS@; j++)
    submit(&q, j);
//@ is masked: neutral
#pragma omp parallel num_threads(@NT@)
  {
#pragma omp masked
    for (int j = 0; j < @JOBS@; j++)
      submit(&q, j);
  }
//@ end

#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int r = 0; r < @JOBS@ * 8; r++)
    account(&q, r / 8);
  for (size_t i = 0; i < (size_t)WIDTH * @JOBS@; i++)
    q.peak = q.cells[i] > q.peak ? q.cells[i] : q.peak;
  printf("done %ld peak %.3f\n", q.done, (double)q.peak);
  rc = EXIT_SUCCESS;
out:
  free(q.cells);
  return rc;
}
