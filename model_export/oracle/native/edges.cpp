// The edges and locks of thread libraries, shared by POSIX and C11.
#include "edges.h"

#include <deque>

namespace oracle {

namespace {

struct Condition {
  std::deque<Clock> signals;
  size_t dropped = 0;
};

struct Known {
  std::unordered_map<pthread_t, Task *> threads;
  std::unordered_map<uintptr_t, Condition> conditions;
};

Known &known() {
  static auto *made = new Known;
  return *made;
}

std::pair<uintptr_t, size_t> own_stack() {
  Inside inside;  // the C library allocates here
  pthread_attr_t attributes;
  void *low = nullptr;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes)) return {0, 0};
  pthread_attr_getstack(&attributes, &low, &size);
  pthread_attr_destroy(&attributes);
  return {(uintptr_t)low, size};
}

// Stack and thread-local memory of a thread that ended may be that of a new one.
void forget_stack() {
  auto [low, size] = own_stack();
  Guard guard;
  forget(low, size);
}

}  // namespace

Start *new_start(void *(*posix)(void *), int (*c11)(void *), void *argument) {
  Guard guard;
  return new Start{posix, c11, argument, make_task(publish(guard.os->task))};
}

void enter_thread(Start *start) {
  self()->task = start->task;
  forget_stack();
  perturb(2);
}

void created(pthread_t thread, Start *start) {
  Guard guard;
  known().threads[thread] = start->task;
}

Task *claim(pthread_t thread) {
  Guard guard;
  auto it = known().threads.find(thread);
  if (it == known().threads.end()) return nullptr;
  Task *task = it->second;
  known().threads.erase(it);
  return task;
}

void joined(pthread_t thread) {
  Task *ended = claim(thread);
  Guard guard;
  if (!ended) return;
  guard.os->task->clock.join(ended->clock);
  end_task(ended);
}

void hold(void *lock, bool exclusive) {
  {
    Guard guard;
    if (!guard.entered || !ready) return;
    acquired(guard.os->task, (uintptr_t)lock, exclusive);
  }
  perturb(8);
}

void let_go(void *lock) {
  Guard guard;
  if (guard.entered && ready) released(guard.os->task, (uintptr_t)lock);
}

size_t before_wait(void *condition, void *lock) {
  let_go(lock);
  Guard guard;
  Condition &it = known().conditions[(uintptr_t)condition];
  return it.dropped + it.signals.size();
}

void after_wait(void *condition, void *lock, size_t since, bool woken) {
  {
    Guard guard;
    Condition &it = known().conditions[(uintptr_t)condition];
    if (woken)
      for (size_t i = since < it.dropped ? 0 : since - it.dropped; i < it.signals.size(); i++)
        guard.os->task->clock.join(it.signals[i]);
  }
  hold(lock, true);
}

void signalled(void *condition) {
  {
    Guard guard;
    if (!guard.entered || !ready) return;
    Condition &it = known().conditions[(uintptr_t)condition];
    if (it.signals.size() == 64) it.signals.pop_front(), it.dropped++;
    it.signals.push_back(publish(guard.os->task));
  }
  perturb(4);
}

void once_done(void *flag) {
  if (!ready) return;
  Guard guard;
  if (guard.entered) sync_at((uintptr_t)flag).join(publish(guard.os->task));
}

void once_passed(void *flag) {
  if (!ready) return;
  Guard guard;
  if (!guard.entered) return;
  if (Clock *sync = find_sync((uintptr_t)flag)) guard.os->task->clock.join(*sync);
}

}  // namespace oracle
