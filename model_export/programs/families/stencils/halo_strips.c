//@ family: halo_strips
//@ domain: stencils
//@ problem: Threads own strips of a rod and trade halo cells through mailboxes each step.
//@ param CELLS: 240 | 360
//@ param NT: 3 | 4
//@ param STEPS: 40 | 60
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { NT = @NT@, CELLS = @CELLS@, STEPS = @STEPS@ };

struct strip {
  int rank;
  double cell[CELLS + 2];
  double next[CELLS + 2];
};

static struct strip strips[NT];
static double to_left[2][NT], to_right[2][NT];
static double heat_out;
static long posted;
static pthread_barrier_t line;
static pthread_mutex_t books = PTHREAD_MUTEX_INITIALIZER;
//@ slot posts
//@ is mutex_half
static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
//@ is counter_atomic
static atomic_long posted_here;
//@ end

static double start_value(int g) { return (g % 29) * 0.25 + (g % 5); }

static double serial_sum(void) {
  int n = NT * CELLS;
  double *a = malloc(sizeof(double) * (n + 2)), *b = malloc(sizeof(double) * (n + 2)), s = 0;
  if (!a || !b)
    exit(1);
  for (int i = 0; i < n; i++)
    a[i + 1] = start_value(i);
  a[0] = a[n + 1] = 0;
  for (int t = 0; t < STEPS; t++) {
    for (int i = 1; i <= n; i++)
      b[i] = a[i] + 0.2 * (a[i - 1] - 2 * a[i] + a[i + 1]);
    for (int i = 1; i <= n; i++)
      a[i] = b[i];
  }
  for (int i = 1; i <= n; i++)
    s += a[i];
  free(a);
  free(b);
  return s;
}

static void post(struct strip *s, int t) {
//@ slot boxes on to_left, to_right
//@ is two_sets: unordered
  to_left[t & 1][s->rank] = s->cell[1];
  to_right[t & 1][s->rank] = s->cell[CELLS];
//@ is one_set: racy
  to_left[0][s->rank] = s->cell[1];
  to_right[0][s->rank] = s->cell[CELLS];
//@ is one_set_twice: unordered
  to_left[0][s->rank] = s->cell[1];
  to_right[0][s->rank] = s->cell[CELLS];
//@ is set_locked: racy
  pthread_mutex_lock(&books);
  to_left[t & 1][s->rank] = s->cell[1];
  to_right[t & 1][s->rank] = s->cell[CELLS];
  pthread_mutex_unlock(&books);
//@ end
//@ slot posts on posted
//@ is mutex_half: racy
  if (s->rank == 0) {
    pthread_mutex_lock(&ledger);
    posted += 2;
    pthread_mutex_unlock(&ledger);
  } else {
    posted += 2;
  }
//@ is rank_one: concurrent
  if (s->rank == 1)
    posted += 2 * NT;
//@ is plain: racy
  posted += 2;
//@ is counter_atomic: same-location
  atomic_fetch_add_explicit(&posted_here, 2, memory_order_relaxed);
//@ end
}

static void fetch(struct strip *s, int t) {
//@ slot boxes
//@ is two_sets
  pthread_barrier_wait(&line);
  int set = t & 1;
//@ is one_set
  pthread_barrier_wait(&line);
  int set = t - t;
//@ is one_set_twice
  pthread_barrier_wait(&line);
  int set = t - t;
//@ is set_locked
  int set = t & 1;
  pthread_mutex_lock(&books);
  pthread_mutex_unlock(&books);
//@ end
  s->cell[0] = s->rank ? to_right[set][s->rank - 1] : 0;
  s->cell[CELLS + 1] = s->rank < NT - 1 ? to_left[set][s->rank + 1] : 0;
//@ slot boxes
//@ is one_set_twice
  pthread_barrier_wait(&line);
//@ end
}

static void *run_strip(void *arg) {
  struct strip *s = arg;
  double lost = 0;
  for (int t = 0; t < STEPS; t++) {
    post(s, t);
    fetch(s, t);
    for (int i = 1; i <= CELLS; i++)
      s->next[i] = s->cell[i] + 0.2 * (s->cell[i - 1] - 2 * s->cell[i] + s->cell[i + 1]);
    for (int i = 1; i <= CELLS; i++)
      s->cell[i] = s->next[i];
    lost += s->cell[1] * 1e-3;
//@ slot loss on heat_out
//@ is every_step: racy
    heat_out += lost;
//@ is at_end: unprotected
//@ is at_end_unlocked: racy
//@ is locked_steps: unprotected
    if (t % 8 == 0) {
      pthread_mutex_lock(&books);
      heat_out += lost;
      pthread_mutex_unlock(&books);
    }
//@ end
  }
//@ slot loss
//@ is at_end
  pthread_mutex_lock(&books);
  heat_out += lost;
  pthread_mutex_unlock(&books);
//@ is at_end_unlocked
  pthread_mutex_lock(&books);
  lost *= 0.5;
  pthread_mutex_unlock(&books);
  heat_out += lost;
//@ end
  return NULL;
}

int main(void) {
  pthread_t id[NT];
  double sum = 0;
  pthread_barrier_init(&line, NULL, NT);
  for (int r = 0; r < NT; r++) {
    strips[r].rank = r;
    for (int i = 0; i < CELLS; i++)
      strips[r].cell[i + 1] = start_value(r * CELLS + i);
  }
  for (int r = 0; r < NT; r++)
    if (pthread_create(&id[r], NULL, run_strip, &strips[r]))
      return 1;
  for (int r = 0; r < NT; r++)
    pthread_join(id[r], NULL);
  for (int r = 0; r < NT; r++)
    for (int i = 1; i <= CELLS; i++)
      sum += strips[r].cell[i];
//@ slot posts
//@ is counter_atomic
  posted = atomic_load(&posted_here);
//@ end
  printf("serial %.8f strips %.8f out %.4f posted %ld\n", serial_sum(), sum, heat_out, posted);
  pthread_barrier_destroy(&line);
  return 0;
}
