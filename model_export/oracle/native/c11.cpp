// C11 threads, interposed: the C library does not go through the POSIX names for them.
#include <threads.h>

#include "edges.h"

using namespace oracle;

static int run_c11(void *argument) {
  auto *start = (Start *)argument;
  enter_thread(start);
  return start->c11(start->argument);
}

EXPORTED int thrd_create(thrd_t *made, thrd_start_t routine, void *argument) {
  REAL(int, thrd_create, (thrd_t *, thrd_start_t, void *));
  Start *start = new_start(nullptr, routine, argument);
  thrd_t thread;
  int status = real_thrd_create(&thread, run_c11, start);
  if (status != thrd_success) return status;
  *made = thread;
  created(thread, start);
  perturb(2);
  return status;
}
EXPORTED int thrd_join(thrd_t thread, int *result) {
  REAL(int, thrd_join, (thrd_t, int *));
  int status = real_thrd_join(thread, result);
  if (status == thrd_success) joined(thread);
  return status;
}
EXPORTED int thrd_detach(thrd_t thread) {
  REAL(int, thrd_detach, (thrd_t));
  claim(thread);
  return real_thrd_detach(thread);
}

EXPORTED int mtx_lock(mtx_t *lock) {
  REAL(int, mtx_lock, (mtx_t *));
  perturb(8);
  int status = real_mtx_lock(lock);
  if (status == thrd_success) hold(lock, true);
  return status;
}
EXPORTED int mtx_trylock(mtx_t *lock) {
  REAL(int, mtx_trylock, (mtx_t *));
  int status = real_mtx_trylock(lock);
  if (status == thrd_success) hold(lock, true), shake(2, 400);
  return status;
}
EXPORTED int mtx_timedlock(mtx_t *lock, const timespec *t) {
  REAL(int, mtx_timedlock, (mtx_t *, const timespec *));
  int status = real_mtx_timedlock(lock, t);
  if (status == thrd_success) hold(lock, true);
  return status;
}
EXPORTED int mtx_unlock(mtx_t *lock) {
  REAL(int, mtx_unlock, (mtx_t *));
  let_go(lock);
  int status = real_mtx_unlock(lock);
  perturb(4);
  return status;
}

EXPORTED int cnd_wait(cnd_t *condition, mtx_t *lock) {
  REAL(int, cnd_wait, (cnd_t *, mtx_t *));
  size_t since = before_wait(condition, lock);
  int status = real_cnd_wait(condition, lock);
  after_wait(condition, lock, since, status == thrd_success);
  return status;
}
EXPORTED int cnd_timedwait(cnd_t *condition, mtx_t *lock, const timespec *t) {
  REAL(int, cnd_timedwait, (cnd_t *, mtx_t *, const timespec *));
  size_t since = before_wait(condition, lock);
  int status = real_cnd_timedwait(condition, lock, t);
  after_wait(condition, lock, since, status == thrd_success);
  return status;
}
EXPORTED int cnd_signal(cnd_t *condition) {
  REAL(int, cnd_signal, (cnd_t *));
  signalled(condition);
  return real_cnd_signal(condition);
}
EXPORTED int cnd_broadcast(cnd_t *condition) {
  REAL(int, cnd_broadcast, (cnd_t *));
  signalled(condition);
  return real_cnd_broadcast(condition);
}

static __thread void (*c11_routine)();
static __thread once_flag *c11_flag;
static void run_c11_once() {
  once_flag *flag = c11_flag;
  c11_routine();
  once_done(flag);
}
EXPORTED void call_once(once_flag *flag, void (*routine)()) {
  REAL(void, call_once, (once_flag *, void (*)()));
  auto *outer = c11_flag;
  auto *outer_routine = c11_routine;
  c11_flag = flag, c11_routine = routine;
  real_call_once(flag, run_c11_once);
  c11_flag = outer, c11_routine = outer_routine;
  once_passed(flag);
}
