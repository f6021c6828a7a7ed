// The edges and locks of thread libraries, shared by POSIX and C11.
#pragma once
#include <pthread.h>

#include "state.h"

// All are looked up when the runtime starts: the linker's lock must never be wanted by a thread that
// holds ours, since who holds the linker's allocates memory, and that wants ours.
#define REAL(result, name, parameters)                                                            \
  using name##_type = result(*) parameters;                                                       \
  __attribute__((section("oracle_real"), used)) static Real found_##name = {#name, nullptr};       \
  auto real_##name = (name##_type)function(found_##name)

namespace oracle {

struct Start {  // what a new thread shall do
  void *(*posix)(void *);
  int (*c11)(void *);
  void *argument;
  Task *task;
};
Start *new_start(void *(*posix)(void *), int (*c11)(void *), void *argument);
void enter_thread(Start *start);
void created(pthread_t thread, Start *start);
void joined(pthread_t thread);
Task *claim(pthread_t thread);

void hold(void *lock, bool exclusive);
void let_go(void *lock);

size_t before_wait(void *condition, void *lock);
void after_wait(void *condition, void *lock, size_t since, bool woken);
void signalled(void *condition);

void once_enter(void *flag);
void once_done(void *flag);
void once_passed(void *flag);

}  // namespace oracle
