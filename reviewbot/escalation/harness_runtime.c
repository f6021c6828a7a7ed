/* What every driver stands on: memory that is filled, threads that start together, a watchdog.
   Nothing here is instrumented, so that it orders no two accesses of the code under test. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define RB_PLAIN static __attribute__((unused, noinline, no_sanitize("thread")))
#define RB_CLASS(x) __builtin_classify_type(x)
#define RB_INTEGER 1
#define RB_POINTER 5
#define RB_REAL 8
#define RB_ELEMENTS 65536
#define RB_NESTED 2048
#define RB_LARGEST (1u << 20) /* bytes of one array, if 64 elements are not more */

static int rb_team = 4; /* threads, from OMP_NUM_THREADS */

/* Zeroed memory from the heap: a function may free or grow what it is given. */
RB_PLAIN void *rb_block(size_t bytes) {
  void *at = calloc(1, bytes);
  if (!at) _exit(77);
  return at;
}

RB_PLAIN void rb_number(char *at, size_t size, long value) {
  long long wide = value;
  if (size <= sizeof wide) memcpy(at, &wide, size);
}

RB_PLAIN void rb_real(char *at, size_t size, double value) {
  float narrow = (float)value;
  long double wide = value;
  if (size == sizeof narrow) memcpy(at, &narrow, size);
  else if (size == sizeof value) memcpy(at, &value, size);
  else if (size == sizeof wide) memcpy(at, &wide, size);
}

/* Integers count up to RB_N and start again: each is a valid index and valid as a text. */
RB_PLAIN void rb_fill(char *at, size_t size, int kind, size_t count) {
  for (size_t i = 0; i < count; i++, at += size) {
    if (kind == RB_REAL) rb_real(at, size, 0.5 + (double)(i % 5));
    else if (kind == RB_INTEGER && size == 1) *at = i % 32 == 31 ? 0 : (char)('1' + i % 7);
    else if (kind == RB_INTEGER) rb_number(at, size, (long)(i % RB_N));
  }
}

RB_PLAIN void *rb_array(size_t size, int kind, size_t count) {
  if (size * count > RB_LARGEST) count = RB_LARGEST / size + 64;
  char *at = (char *)rb_block(size * count);
  if (kind == RB_REAL || kind == RB_INTEGER) rb_fill(at, size, kind, count);
  return at;
}

/* `levels` pointers down to elements of `size` bytes: 1 is an array, 2 an array of arrays. */
RB_PLAIN void *rb_pointers(int levels, size_t size, int kind) {
  if (levels <= 1) return rb_array(size ? size : 1, kind, RB_ELEMENTS);
  void **table = (void **)rb_block(sizeof(void *) * 2 * RB_NESTED);
  for (int i = 0; i < RB_N && i < RB_NESTED; i++)
    table[i] = levels == 2 ? rb_array(size ? size : 1, kind, RB_NESTED)
                           : rb_pointers(levels - 1, size, kind);
  return table;
}

/* Give a scalar of any type a value: numbers the value, pointers a block, all else stays zero. */
RB_PLAIN void rb_put(void *place, size_t size, int kind, double value) {
  if (kind == RB_REAL) rb_real((char *)place, size, value);
  else if (kind == RB_POINTER) *(void **)place = rb_block(RB_ELEMENTS);
  else if (kind >= 1 && kind <= 4) rb_number((char *)place, size, (long)value);
}

static __attribute__((unused)) long rb_nothing(void) { return 0; }

/* Memory for a stubbed function to return: another block each time, smaller when there are many. */
#ifdef __cplusplus
extern "C" {
#endif
void *rb_fresh(void);
long rb_null(void), rb_lock(void), rb_unlock(void);
__attribute__((used)) long rb_null(void) { return 0; }

/* Recursive, because one lock stands for many. */
static pthread_mutex_t rb_mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
__attribute__((used)) long rb_lock(void) { return pthread_mutex_lock(&rb_mutex); }
__attribute__((used)) long rb_unlock(void) { return pthread_mutex_unlock(&rb_mutex) * 0; }

__attribute__((used, noinline, no_sanitize("thread"))) void *rb_fresh(void) {
  static __thread unsigned calls;
  calls++;
  return rb_block(calls < 16 ? 1 << 18 : calls < 256 ? 1 << 14 : 1 << 9);
}
#ifdef __cplusplus
}
#endif

static void (*rb_body)(int);
static int rb_waiting;

RB_PLAIN void *rb_thread(void *self) {
  /* Relaxed and not instrumented: the threads start together and nothing else is said. */
  __atomic_fetch_add(&rb_waiting, -1, __ATOMIC_RELAXED);
  while (__atomic_load_n(&rb_waiting, __ATOMIC_RELAXED) > 0) sched_yield();
  rb_body((int)(long)self);
  return 0;
}

/* Lets the others run between two calls, so that calls of several threads mix on few cores. Not by
   usleep: ThreadSanitizer would say of every race that it is "as if synchronized via sleep". */
RB_PLAIN void rb_pause(int round) {
  struct timespec wait = {0, 200000};
  if (round < 8) syscall(SYS_nanosleep, &wait, (void *)0);
  else sched_yield();
}

RB_PLAIN void rb_together(void (*body)(int)) {
  pthread_t threads[64];
  int count = rb_team > 64 ? 64 : rb_team;
  rb_body = body;
  rb_waiting = count;
  for (long i = 0; i < count; i++) pthread_create(&threads[i], 0, rb_thread, (void *)i);
  for (int i = 0; i < count; i++) pthread_join(threads[i], 0);
}

RB_PLAIN void rb_stop(int number) {
  static const char words[] = "reviewbot: the driver stopped a call that does not return\n";
  (void)number;
  if (write(2, words, sizeof words - 1) < 0) _exit(76);
  _exit(75);
}

RB_PLAIN void rb_start(void) {
  const char *team = getenv("OMP_NUM_THREADS");
  if (team && atoi(team) > 0) rb_team = atoi(team);
  signal(SIGALRM, rb_stop);
  alarm(RB_SECONDS);
}

RB_PLAIN int rb_end(void) {
  fprintf(stderr, "reviewbot: the driver came to its end\n");
  return 0;
}
