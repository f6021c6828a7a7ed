// What no tool callback tells: turns in dynamic loops, doacross loops, reductions, memory of tasks.
#include <sched.h>

#include "edges.h"
#include "region.h"

using namespace oracle;

using Gtid = int32_t;

// --- dynamic loops: the threads of a team take chunks in turn, so that each iteration meets every
// other on another thread under some number of threads
namespace {

constexpr int OFFERS = 6;              // of a region; then tasks run where they will
constexpr int TURNS = 400;             // of a region; then the threads run freely
// For a thread whose turn it is: where many processes share the cores, one is away for longer than
// a quiet machine needs. What was waited in vain is taken from what the program may spend on it.
constexpr uint64_t WAIT_NS = 2000000, LONG_WAIT_NS = 40000000;
int64_t spare_ns = 400000000;

struct Wait {
  uint64_t began = now_ns();
  uint64_t most = __atomic_load_n(&spare_ns, __ATOMIC_RELAXED) > 0 ? LONG_WAIT_NS : WAIT_NS;
  bool over() {
    uint64_t waited = now_ns() - began;
    if (waited <= most) return false;
    __atomic_fetch_sub(&spare_ns, (int64_t)waited, __ATOMIC_RELAXED);
    return true;
  }
};

Region *region_now(uint32_t *index) {
  Guard guard;
  *index = guard.os->task->index;
  return guard.os->task->region;
}

void await_turn(Region *region, uint32_t index) {
  if (index >= 64) return;
  __atomic_fetch_and(&region->finished, ~(1ull << index), __ATOMIC_RELAXED);
  if (__atomic_fetch_add(&region->calls, 1, __ATOMIC_RELAXED) > TURNS) return;
  Wait wait;
  while (__atomic_load_n(&region->turn, __ATOMIC_RELAXED) != (int)index) {
    if (__atomic_load_n(&region->patience, __ATOMIC_RELAXED) <= 0) return;
    if (wait.over()) {
      __atomic_fetch_sub(&region->patience, 1, __ATOMIC_RELAXED);
      return;
    }
    sched_yield();
  }
}

void pass_turn(Region *region, uint32_t index, bool more) {
  if (index >= 64) return;
  uint64_t bit = 1ull << index;
  uint64_t done = more ? __atomic_load_n(&region->finished, __ATOMIC_RELAXED)
                       : __atomic_or_fetch(&region->finished, bit, __ATOMIC_RELAXED);
  uint32_t after = index;
  for (uint32_t step = 0; step < region->size; step++) {
    after = (after + 1) % region->size;
    if (after >= 64 || !(done >> after & 1)) break;
  }
  __atomic_store_n(&region->turn, (int)after, __ATOMIC_RELAXED);
}

}  // namespace

#define DISPATCH(suffix, T, S)                                                                    \
  EXPORTED int __kmpc_dispatch_next_##suffix(void *loc, Gtid gtid, int32_t *last, T *low, T *high,\
                                             S *stride) {                                         \
    REAL(int, __kmpc_dispatch_next_##suffix, (void *, Gtid, int32_t *, T *, T *, S *));           \
    uint32_t index = 0;                                                                           \
    Region *region = region_now(&index);                                                          \
    if (region && region->size > 1) await_turn(region, index);                                    \
    int more = real___kmpc_dispatch_next_##suffix(loc, gtid, last, low, high, stride);            \
    if (region && region->size > 1) pass_turn(region, index, more);                               \
    return more;                                                                                  \
  }
DISPATCH(4, int32_t, int32_t)
DISPATCH(4u, uint32_t, int32_t)
DISPATCH(8, int64_t, int64_t)
DISPATCH(8u, uint64_t, int64_t)

EXPORTED int __kmpc_single(void *loc, Gtid gtid) {
  REAL(int, __kmpc_single, (void *, Gtid));
  perturb(2);
  return real___kmpc_single(loc, gtid);
}

// A task that was just made shall be run by another thread, if one is there to take it in time.
namespace oracle {
extern __thread Task *last_made;
}
static void offer() {
  uint32_t index = 0;
  Region *region = region_now(&index);
  Task *task = last_made;
  if (!task || !region || region->size < 2 || task->undeferred) return;
  if (__atomic_load_n(&region->offers, __ATOMIC_RELAXED) >= OFFERS || !random_below(self(), 3))
    return;
  __atomic_fetch_add(&region->offers, 1, __ATOMIC_RELAXED);
  Wait wait;
  while (!__atomic_load_n(&task->started, __ATOMIC_RELAXED) && !wait.over()) pause(50);
}
EXPORTED int32_t __kmpc_omp_task(void *loc, Gtid gtid, void *task) {
  REAL(int32_t, __kmpc_omp_task, (void *, Gtid, void *));
  int32_t status = real___kmpc_omp_task(loc, gtid, task);
  offer();
  return status;
}
EXPORTED int32_t __kmpc_omp_task_with_deps(void *loc, Gtid gtid, void *task, int32_t n, void *list,
                                           int32_t more, void *others) {
  REAL(int32_t, __kmpc_omp_task_with_deps,
       (void *, Gtid, void *, int32_t, void *, int32_t, void *));
  int32_t status = real___kmpc_omp_task_with_deps(loc, gtid, task, n, list, more, others);
  offer();
  return status;
}

// --- doacross loops
static std::vector<int64_t> iteration(Task *task, const int64_t *vector) {
  std::vector<int64_t> key(vector, vector + task->dimensions);
  key.push_back(task->loops);
  return key;
}
EXPORTED void __kmpc_doacross_init(void *loc, Gtid gtid, int dimensions, const void *bounds) {
  REAL(void, __kmpc_doacross_init, (void *, Gtid, int, const void *));
  {
    Guard guard;
    guard.os->task->loops++;
    guard.os->task->dimensions = (uint32_t)dimensions;
  }
  real___kmpc_doacross_init(loc, gtid, dimensions, bounds);
}
EXPORTED void __kmpc_doacross_wait(void *loc, Gtid gtid, const int64_t *vector) {
  REAL(void, __kmpc_doacross_wait, (void *, Gtid, const int64_t *));
  real___kmpc_doacross_wait(loc, gtid, vector);
  Guard guard;
  Task *task = guard.os->task;
  if (!task->region) return;
  auto it = task->region->posts.find(iteration(task, vector));
  if (it != task->region->posts.end()) task->clock.join(it->second);
}
EXPORTED void __kmpc_doacross_post(void *loc, Gtid gtid, const int64_t *vector) {
  REAL(void, __kmpc_doacross_post, (void *, Gtid, const int64_t *));
  {
    Guard guard;
    Task *task = guard.os->task;
    if (task->region) task->region->posts[iteration(task, vector)].join(publish(task));
  }
  real___kmpc_doacross_post(loc, gtid, vector);
}

// --- ordered blocks: the next thread may be inside before the runtime says that this one left
EXPORTED void __kmpc_end_ordered(void *loc, Gtid gtid) {
  REAL(void, __kmpc_end_ordered, (void *, Gtid));
  {
    Guard guard;
    Task *task = guard.os->task;
    if (task->region) task->region->in_order.join(publish(task));
  }
  real___kmpc_end_ordered(loc, gtid);
}

// --- reductions: combining is exclusive, and happens at some time before the next barrier
namespace {

void begin_reduction() {
  Guard guard;
  guard.os->task->ignoring++;
  guard.os->task->reducing = true;
  guard.os->task->combining = 0;
}

void reduced(void *lock, int how) {
  Guard guard;
  Task *task = guard.os->task;
  task->ignoring--;
  task->reducing = false;
  task->combining = how;
  if (how == 1) acquired(task, (uintptr_t)lock, true);
}

}  // namespace

#define REDUCE_PARAMETERS                                                                         \
  (void *loc, Gtid gtid, int32_t count, size_t size, void *data, void (*combine)(void *, void *), \
   void *lock)
EXPORTED int __kmpc_reduce_nowait REDUCE_PARAMETERS {
  REAL(int, __kmpc_reduce_nowait,
       (void *, Gtid, int32_t, size_t, void *, void (*)(void *, void *), void *));
  begin_reduction();
  int how = real___kmpc_reduce_nowait(loc, gtid, count, size, data, combine, lock);
  reduced(lock, how);
  return how;
}
EXPORTED void __kmpc_end_reduce_nowait(void *loc, Gtid gtid, void *lock) {
  REAL(void, __kmpc_end_reduce_nowait, (void *, Gtid, void *));
  let_go(lock);
  begin_reduction();
  real___kmpc_end_reduce_nowait(loc, gtid, lock);
  reduced(lock, 0);
}

// With a tree, the first thread alone combines, and the others wait within the call.
EXPORTED int __kmpc_reduce REDUCE_PARAMETERS {
  REAL(int, __kmpc_reduce,
       (void *, Gtid, int32_t, size_t, void *, void (*)(void *, void *), void *));
  Task *task;
  {
    Guard guard;
    task = guard.os->task;
    if (task->region) task->region->bars[task->phase++].join(publish(task));
  }
  begin_reduction();
  int how = real___kmpc_reduce(loc, gtid, count, size, data, combine, lock);
  reduced(lock, how);
  Guard guard;
  if (!how && task->region) task->clock.join(task->region->bars[task->phase - 1]);
  return how;
}
EXPORTED void __kmpc_end_reduce(void *loc, Gtid gtid, void *lock) {
  REAL(void, __kmpc_end_reduce, (void *, Gtid, void *));
  let_go(lock);
  Task *task;
  uint32_t phase;
  {
    Guard guard;
    task = guard.os->task;
    task->combining = 0;
    phase = task->phase;
    if (task->region) task->region->bars[phase - 1].join(publish(task));
  }
  real___kmpc_end_reduce(loc, gtid, lock);
  Guard guard;
  if (task->region && task->phase == phase) task->clock.join(task->region->bars[phase - 1]);
}

// Combining the copies of a task reduction is the runtime's doing, and comes after all its tasks.
#define COMBINES(name, parameters, types, arguments)                                              \
  EXPORTED void name parameters {                                                                 \
    REAL(void, name, types);                                                                      \
    Task *task;                                                                                   \
    {                                                                                             \
      Guard guard;                                                                                \
      task = guard.os->task;                                                                      \
      task->ignoring++;                                                                           \
    }                                                                                             \
    real_##name arguments;                                                                        \
    Guard guard;                                                                                  \
    task->ignoring--;                                                                             \
  }
COMBINES(__kmpc_end_taskgroup, (void *loc, Gtid gtid), (void *, Gtid), (loc, gtid))
COMBINES(__kmpc_task_reduction_modifier_fini, (void *loc, Gtid gtid, int worksharing),
         (void *, Gtid, int), (loc, gtid, worksharing))

// --- memory of tasks, which the runtime uses again
namespace {

using Duplicate = void (*)(void *, void *, int32_t);
struct Pattern {
  size_t size;
  Duplicate duplicate;
};
std::unordered_map<void *, Pattern> &patterns() {
  static auto *known = new std::unordered_map<void *, Pattern>;
  return *known;
}

void duplicate(void *to, void *from, int32_t last) {
  Duplicate given;
  {
    Guard guard;
    Pattern pattern = patterns()[from];
    forget((uintptr_t)to, pattern.size);
    patterns()[to] = pattern;
    given = pattern.duplicate;
  }
  if (given) given(to, from, last);
}

}  // namespace

EXPORTED void *__kmpc_omp_task_alloc(void *loc, Gtid gtid, int32_t flags, size_t size,
                                     size_t shared, void *entry) {
  REAL(void *, __kmpc_omp_task_alloc, (void *, Gtid, int32_t, size_t, size_t, void *));
  void *made = real___kmpc_omp_task_alloc(loc, gtid, flags, size, shared, entry);
  Guard guard;
  forget((uintptr_t)made, size + shared + 16);
  patterns()[made] = {size + shared + 16, nullptr};
  return made;
}

EXPORTED void *__kmpc_omp_target_task_alloc(void *loc, Gtid gtid, int32_t flags, size_t size,
                                            size_t shared, void *entry, int64_t device) {
  REAL(void *, __kmpc_omp_target_task_alloc,
       (void *, Gtid, int32_t, size_t, size_t, void *, int64_t));
  void *made = real___kmpc_omp_target_task_alloc(loc, gtid, flags, size, shared, entry, device);
  Guard guard;
  forget((uintptr_t)made, size + shared + 16);
  return made;
}

#define TASKLOOP(name, extra_parameters, extra_types, extra)                                      \
  EXPORTED void name(void *loc, Gtid gtid, void *task, int condition, uint64_t *low,              \
                     uint64_t *high, int64_t stride, int nogroup, int how,                        \
                     uint64_t grain extra_parameters, Duplicate given) {                          \
    REAL(void, name, (void *, Gtid, void *, int, uint64_t *, uint64_t *, int64_t, int, int,       \
                      uint64_t extra_types, Duplicate));                                          \
    {                                                                                             \
      Guard guard;                                                                                \
      patterns()[task].duplicate = given;                                                         \
    }                                                                                             \
    real_##name(loc, gtid, task, condition, low, high, stride, nogroup, how, grain extra,         \
                duplicate);                                                                       \
  }
#define COMMA ,
TASKLOOP(__kmpc_taskloop, , , )
TASKLOOP(__kmpc_taskloop_5, COMMA int modifier, COMMA int, COMMA modifier)

EXPORTED void __kmpc_flush(void *loc) {
  REAL(void, __kmpc_flush, (void *));
  real___kmpc_flush(loc);
  fence(5);
}
