// Atomic operations: they are performed here, and give the edges that their memory order gives.
#include <cstring>

#include "state.h"

using namespace oracle;

namespace oracle {
void yield_if_spinning(const volatile void *address, uintptr_t pc);
}

namespace {

enum Order { RELAXED, CONSUME, ACQUIRE, RELEASE, ACQ_REL, SEQ_CST };
bool acquires(int order) {
  return order == CONSUME || order == ACQUIRE || order == ACQ_REL || order == SEQ_CST;
}
bool releases(int order) { return order == RELEASE || order == ACQ_REL || order == SEQ_CST; }

void learn(Task *task, uintptr_t address, int order) {
  Clock *sync = find_sync(address);
  if (!sync) return;
  (acquires(order) ? task->clock : task->acquire_fence).join(*sync);
}

// A store starts a new release sequence; a read-modify-write continues the one that it finds.
void tell(Task *task, uintptr_t address, int order, bool continues) {
  Clock said = task->release_fence;
  if (releases(order)) said = publish(task);
  if (continues) {
    if (!said.empty()) sync_at(address).join(said);
  } else if (!said.empty() || find_sync(address)) {
    sync_at(address) = said;
  }
}

struct Atomically {
  Guard guard;
  Task *task = nullptr;
  Atomically(const volatile void *address, size_t size, uint8_t flags, uintptr_t pc) {
    if (!guard.entered || !ready) return;
    task = guard.os->task;
    touch(guard.os, (uintptr_t)address, size, {pc, (uint8_t)(flags | ATOMIC)});
  }
};

template <class T> T load(const volatile T *a, int order, uintptr_t pc) {
  perturb(64);
  yield_if_spinning(a, pc);
  Atomically now(a, sizeof(T), 0, pc);
  if (now.task) learn(now.task, (uintptr_t)a, order);
  return *a;
}

template <class T> void store(volatile T *a, T value, int order, uintptr_t pc) {
  perturb(16);
  {
    Atomically now(a, sizeof(T), WRITE, pc);
    if (now.task) tell(now.task, (uintptr_t)a, order, false);
    *a = value;
  }
  perturb(16);
}

template <class T, class Change>
T modify(volatile T *a, Change change, int order, uintptr_t pc) {
  perturb(16);
  yield_if_spinning(a, pc);
  Atomically now(a, sizeof(T), WRITE, pc);
  if (now.task) {
    learn(now.task, (uintptr_t)a, order);
    tell(now.task, (uintptr_t)a, order, true);
  }
  T old = *a;
  *a = change(old);
  return old;
}

template <class T>
bool exchange_if(volatile T *a, T *expected, T wanted, int order, int failed, uintptr_t pc) {
  perturb(16);
  yield_if_spinning(a, pc);
  Guard guard;
  T old = *a;
  bool done = memcmp(&old, expected, sizeof old) == 0;
  if (guard.entered && ready) {
    Task *task = guard.os->task;
    touch(guard.os, (uintptr_t)a, sizeof(T), {pc, (uint8_t)(ATOMIC | (done ? WRITE : 0))});
    learn(task, (uintptr_t)a, done ? order : failed);
    if (done) tell(task, (uintptr_t)a, order, true);
  }
  if (done) *a = wanted;
  else *expected = old;
  return done;
}

}  // namespace

#define OPERATION(bits, T, name, expression)                                                      \
  EXPORTED T __tsan_atomic##bits##_##name(volatile T *a, T v, int order) {                        \
    return modify(a, [v](T old) { return (T)(expression); }, order, CALLER);                      \
  }
#define ATOMICS(bits, T)                                                                          \
  EXPORTED T __tsan_atomic##bits##_load(const volatile T *a, int order) {                         \
    return load(a, order, CALLER);                                                                \
  }                                                                                               \
  EXPORTED void __tsan_atomic##bits##_store(volatile T *a, T v, int order) {                      \
    store(a, v, order, CALLER);                                                                   \
  }                                                                                               \
  OPERATION(bits, T, exchange, ((void)old, v))                                                    \
  OPERATION(bits, T, fetch_add, old + v)                                                          \
  OPERATION(bits, T, fetch_sub, old - v)                                                          \
  OPERATION(bits, T, fetch_and, old &v)                                                           \
  OPERATION(bits, T, fetch_or, old | v)                                                           \
  OPERATION(bits, T, fetch_xor, old ^ v)                                                          \
  OPERATION(bits, T, fetch_nand, ~(old & v))                                                      \
  EXPORTED int __tsan_atomic##bits##_compare_exchange_strong(volatile T *a, T *e, T v, int order, \
                                                             int failed) {                        \
    return exchange_if(a, e, v, order, failed, CALLER);                                           \
  }                                                                                               \
  EXPORTED int __tsan_atomic##bits##_compare_exchange_weak(volatile T *a, T *e, T v, int order,   \
                                                           int failed) {                          \
    return exchange_if(a, e, v, order, failed, CALLER);                                           \
  }                                                                                               \
  EXPORTED T __tsan_atomic##bits##_compare_exchange_val(volatile T *a, T e, T v, int order,       \
                                                        int failed) {                             \
    exchange_if(a, &e, v, order, failed, CALLER);                                                 \
    return e;                                                                                     \
  }
ATOMICS(8, uint8_t)
ATOMICS(16, uint16_t)
ATOMICS(32, uint32_t)
ATOMICS(64, uint64_t)
ATOMICS(128, unsigned __int128)

namespace oracle {

void fence(int order) {
  Guard guard;
  if (!guard.entered || !ready) return;
  Task *task = guard.os->task;
  if (acquires(order)) task->clock.join(task->acquire_fence);
  if (releases(order)) task->release_fence = publish(task);
}

}  // namespace oracle

EXPORTED void __tsan_atomic_thread_fence(int order) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  fence(order);
}
EXPORTED void __tsan_atomic_signal_fence(int) {}
