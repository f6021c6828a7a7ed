// POSIX threads, interposed: the real call, and what it tells about order and protection.
#include <cerrno>
#include <semaphore.h>

#include <deque>

#include "edges.h"

using namespace oracle;

// --- threads
static void *run_posix(void *argument) {
  auto *start = (Start *)argument;
  enter_thread(start);
  return start->posix(start->argument);
}

EXPORTED int pthread_create(pthread_t *made, const pthread_attr_t *attributes,
                            void *(*routine)(void *), void *argument) {
  REAL(int, pthread_create,
       (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *));
  if (!ours(CALLER)) return real_pthread_create(made, attributes, routine, argument);
  Start *start = new_start(routine, nullptr, argument);
  pthread_t thread;
  int status = real_pthread_create(&thread, attributes, run_posix, start);
  if (status) return status;
  *made = thread;
  created(thread, start);
  perturb(2);
  return 0;
}

#define JOIN(name, parameters, arguments)                                                         \
  EXPORTED int name parameters {                                                                  \
    REAL(int, name, parameters);                                                                  \
    int status = real_##name arguments;                                                           \
    if (!status && ours(CALLER)) joined(thread);                                                                  \
    return status;                                                                                \
  }
JOIN(pthread_join, (pthread_t thread, void **result), (thread, result))
JOIN(pthread_tryjoin_np, (pthread_t thread, void **result), (thread, result))
JOIN(pthread_timedjoin_np, (pthread_t thread, void **result, const timespec *t),
     (thread, result, t))
EXPORTED int pthread_detach(pthread_t thread) {
  REAL(int, pthread_detach, (pthread_t));
  claim(thread);
  return real_pthread_detach(thread);
}

// --- locks
#define TAKE(name, T, exclusive)                                                                  \
  EXPORTED int name(T *lock) {                                                                    \
    REAL(int, name, (T *));                                                                       \
    if (!ours(CALLER)) return real_##name(lock);                                                  \
    perturb(8);                                                                                   \
    int status = real_##name(lock);                                                               \
    if (!status || status == EOWNERDEAD) hold((void *)lock, exclusive);                           \
    return status;                                                                                \
  }
// Who tries shall sometimes fail: whoever succeeds keeps the lock for a while.
#define TRY(name, T, exclusive)                                                                   \
  EXPORTED int name(T *lock) {                                                                    \
    REAL(int, name, (T *));                                                                       \
    int status = real_##name(lock);                                                               \
    if (!ours(CALLER) || status) return status;                                                   \
    hold((void *)lock, exclusive);                                                                \
    shake(2, 400);                                                                                \
    return status;                                                                                \
  }
#define TAKE_IN_TIME(name, T, exclusive)                                                          \
  EXPORTED int name(T *lock, const timespec *t) {                                                 \
    REAL(int, name, (T *, const timespec *));                                                     \
    int status = real_##name(lock, t);                                                            \
    if (!status) hold((void *)lock, exclusive);                                                   \
    return status;                                                                                \
  }
#define TAKE_BY_CLOCK(name, T, exclusive)                                                         \
  EXPORTED int name(T *lock, clockid_t clock, const timespec *t) {                                \
    REAL(int, name, (T *, clockid_t, const timespec *));                                          \
    int status = real_##name(lock, clock, t);                                                     \
    if (!status) hold((void *)lock, exclusive);                                                   \
    return status;                                                                                \
  }
#define LEAVE(name, T)                                                                            \
  EXPORTED int name(T *lock) {                                                                    \
    REAL(int, name, (T *));                                                                       \
    if (!ours(CALLER)) return real_##name(lock);                                                  \
    let_go((void *)lock);                                                                         \
    int status = real_##name(lock);                                                               \
    perturb(4);                                                                                   \
    return status;                                                                                \
  }
TAKE(pthread_mutex_lock, pthread_mutex_t, true)
TRY(pthread_mutex_trylock, pthread_mutex_t, true)
TAKE_IN_TIME(pthread_mutex_timedlock, pthread_mutex_t, true)
TAKE_BY_CLOCK(pthread_mutex_clocklock, pthread_mutex_t, true)
LEAVE(pthread_mutex_unlock, pthread_mutex_t)
TAKE(pthread_rwlock_rdlock, pthread_rwlock_t, false)
TRY(pthread_rwlock_tryrdlock, pthread_rwlock_t, false)
TAKE_IN_TIME(pthread_rwlock_timedrdlock, pthread_rwlock_t, false)
TAKE_BY_CLOCK(pthread_rwlock_clockrdlock, pthread_rwlock_t, false)
TAKE(pthread_rwlock_wrlock, pthread_rwlock_t, true)
TRY(pthread_rwlock_trywrlock, pthread_rwlock_t, true)
TAKE_IN_TIME(pthread_rwlock_timedwrlock, pthread_rwlock_t, true)
TAKE_BY_CLOCK(pthread_rwlock_clockwrlock, pthread_rwlock_t, true)
LEAVE(pthread_rwlock_unlock, pthread_rwlock_t)
TAKE(pthread_spin_lock, pthread_spinlock_t, true)
TRY(pthread_spin_trylock, pthread_spinlock_t, true)
LEAVE(pthread_spin_unlock, pthread_spinlock_t)

// --- conditions
EXPORTED int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *lock) {
  REAL(int, pthread_cond_wait, (pthread_cond_t *, pthread_mutex_t *));
  if (!ours(CALLER)) return real_pthread_cond_wait(condition, lock);
  size_t since = before_wait(condition, lock);
  int status = real_pthread_cond_wait(condition, lock);
  after_wait(condition, lock, since, !status);
  return status;
}
EXPORTED int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *lock,
                                    const timespec *t) {
  REAL(int, pthread_cond_timedwait, (pthread_cond_t *, pthread_mutex_t *, const timespec *));
  if (!ours(CALLER)) return real_pthread_cond_timedwait(condition, lock, t);
  size_t since = before_wait(condition, lock);
  int status = real_pthread_cond_timedwait(condition, lock, t);
  after_wait(condition, lock, since, !status);
  return status;
}
EXPORTED int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *lock,
                                    clockid_t clock, const timespec *t) {
  REAL(int, pthread_cond_clockwait,
       (pthread_cond_t *, pthread_mutex_t *, clockid_t, const timespec *));
  if (!ours(CALLER)) return real_pthread_cond_clockwait(condition, lock, clock, t);
  size_t since = before_wait(condition, lock);
  int status = real_pthread_cond_clockwait(condition, lock, clock, t);
  after_wait(condition, lock, since, !status);
  return status;
}
EXPORTED int pthread_cond_signal(pthread_cond_t *condition) {
  REAL(int, pthread_cond_signal, (pthread_cond_t *));
  if (ours(CALLER)) signalled(condition);
  return real_pthread_cond_signal(condition);
}
EXPORTED int pthread_cond_broadcast(pthread_cond_t *condition) {
  REAL(int, pthread_cond_broadcast, (pthread_cond_t *));
  if (ours(CALLER)) signalled(condition);
  return real_pthread_cond_broadcast(condition);
}

// --- barriers
namespace {
struct Barrier {
  unsigned size = 0, arrived = 0, generation = 0;
  std::unordered_map<unsigned, Clock> clocks;
};
Barrier &barrier_at(void *address) {
  static auto *known = new std::unordered_map<void *, Barrier>;
  return (*known)[address];
}
}  // namespace

EXPORTED int pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *how,
                                  unsigned size) {
  REAL(int, pthread_barrier_init,
       (pthread_barrier_t *, const pthread_barrierattr_t *, unsigned));
  Guard guard;
  barrier_at(barrier) = Barrier{size, 0, 0, {}};
  return real_pthread_barrier_init(barrier, how, size);
}
EXPORTED int pthread_barrier_wait(pthread_barrier_t *barrier) {
  REAL(int, pthread_barrier_wait, (pthread_barrier_t *));
  unsigned generation;
  perturb(2);
  {
    Guard guard;
    Barrier &it = barrier_at(barrier);
    generation = it.generation;
    it.clocks[generation].join(publish(guard.os->task));
    if (++it.arrived == it.size) it.arrived = 0, it.generation++;
  }
  int status = real_pthread_barrier_wait(barrier);
  {
    Guard guard;
    Barrier &it = barrier_at(barrier);
    guard.os->task->clock.join(it.clocks[generation]);
    if (generation >= 2) it.clocks.erase(generation - 2);
  }
  perturb(2);
  return status;
}

// --- once
static __thread void (*posix_routine)();
static __thread pthread_once_t *posix_flag;
static void run_posix_once() {
  pthread_once_t *flag = posix_flag;
  posix_routine();
  once_done(flag);
}
EXPORTED int pthread_once(pthread_once_t *flag, void (*routine)()) {
  REAL(int, pthread_once, (pthread_once_t *, void (*)()));
  if (!ours(CALLER) || self()->inside) return real_pthread_once(flag, routine);
  auto *outer = posix_flag;
  auto *outer_routine = posix_routine;
  posix_flag = flag, posix_routine = routine;
  int status = real_pthread_once(flag, run_posix_once);
  posix_flag = outer, posix_routine = outer_routine;
  once_passed(flag);
  return status;
}

// --- semaphores: the n-th wait comes after the n-th token was there
namespace {
std::deque<Clock> &tokens_at(void *semaphore) {
  static auto *known = new std::unordered_map<void *, std::deque<Clock>>;
  return (*known)[semaphore];
}
void took(void *semaphore) {
  Guard guard;
  auto &tokens = tokens_at(semaphore);
  if (tokens.empty()) return;
  guard.os->task->clock.join(tokens.front());
  tokens.pop_front();
}
}  // namespace

EXPORTED int sem_init(sem_t *semaphore, int shared, unsigned value) {
  REAL(int, sem_init, (sem_t *, int, unsigned));
  if (ours(CALLER)) {
    Guard guard;
    Clock now = publish(guard.os->task);
    tokens_at(semaphore).assign(value < 4096 ? value : 4096, now);
  }
  return real_sem_init(semaphore, shared, value);
}
EXPORTED int sem_post(sem_t *semaphore) {
  REAL(int, sem_post, (sem_t *));
  if (ours(CALLER)) {
    Guard guard;
    tokens_at(semaphore).push_back(publish(guard.os->task));
  }
  int status = real_sem_post(semaphore);
  perturb(2);
  return status;
}
#define WAIT(name, parameters, arguments)                                                         \
  EXPORTED int name parameters {                                                                  \
    REAL(int, name, parameters);                                                                  \
    if (!ours(CALLER)) return real_##name arguments;                                              \
    perturb(4);                                                                                   \
    int status = real_##name arguments;                                                           \
    if (!status) took(semaphore);                                                                 \
    return status;                                                                                \
  }
WAIT(sem_wait, (sem_t * semaphore), (semaphore))
WAIT(sem_trywait, (sem_t * semaphore), (semaphore))
WAIT(sem_timedwait, (sem_t * semaphore, const timespec *t), (semaphore, t))

// --- static locals of C++
EXPORTED int __cxa_guard_acquire(uint64_t *guard_word) {
  REAL(int, __cxa_guard_acquire, (uint64_t *));
  int first = real___cxa_guard_acquire(guard_word);
  if (!first) once_passed(guard_word);
  return first;
}
EXPORTED void __cxa_guard_release(uint64_t *guard_word) {
  REAL(void, __cxa_guard_release, (uint64_t *));
  once_done(guard_word);
  real___cxa_guard_release(guard_word);
}
