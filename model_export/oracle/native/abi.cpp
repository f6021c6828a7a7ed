// What ThreadSanitizer's instrumentation calls: plain accesses, function entries, memory intrinsics.
#include <sched.h>

#include <cstring>

#include "state.h"

using namespace oracle;

namespace oracle {

// A loop that waits for another thread must let it run.
void yield_if_spinning(const volatile void *address, uintptr_t pc) {
  Os *os = self();
  os->spins = os->last_pc == pc && os->last_address == address ? os->spins + 1 : 0;
  os->last_pc = pc;
  os->last_address = address;
  if (os->spins > 64) {
    os->spins = 32;
    sched_yield();
  }
}

}  // namespace oracle

static inline void plain(void *address, size_t size, uint8_t flags, uintptr_t pc) {
  if (!ready || !size || self()->inside) return;
  perturb(256);
  yield_if_spinning(address, pc);
  Guard guard;
  if (guard.entered) touch(guard.os, (uintptr_t)address, size, {pc, flags});
}

#define ACCESS(size)                                                                             \
  EXPORTED void __tsan_read##size(void *a) { plain(a, size, 0, CALLER); }                        \
  EXPORTED void __tsan_write##size(void *a) { plain(a, size, WRITE, CALLER); }                   \
  EXPORTED void __tsan_volatile_read##size(void *a) { plain(a, size, 0, CALLER); }               \
  EXPORTED void __tsan_volatile_write##size(void *a) { plain(a, size, WRITE, CALLER); }          \
  EXPORTED void __tsan_unaligned_read##size(void *a) { plain(a, size, 0, CALLER); }              \
  EXPORTED void __tsan_unaligned_write##size(void *a) { plain(a, size, WRITE, CALLER); }         \
  EXPORTED void __tsan_read_write##size(void *a) {                                               \
    plain(a, size, 0, CALLER);                                                                   \
    plain(a, size, WRITE, CALLER);                                                               \
  }                                                                                              \
  EXPORTED void __tsan_unaligned_read_write##size(void *a) {                                     \
    plain(a, size, 0, CALLER);                                                                   \
    plain(a, size, WRITE, CALLER);                                                               \
  }
ACCESS(1) ACCESS(2) ACCESS(4) ACCESS(8) ACCESS(16)

EXPORTED void __tsan_read_range(void *a, size_t size) { plain(a, size, 0, CALLER); }
EXPORTED void __tsan_write_range(void *a, size_t size) { plain(a, size, WRITE, CALLER); }
EXPORTED void __tsan_vptr_read(void **a) { plain(a, sizeof *a, 0, CALLER); }
EXPORTED void __tsan_vptr_update(void **a, void *value) {
  if (*a != value) plain(a, sizeof *a, WRITE, CALLER);
}
EXPORTED void *__tsan_memcpy(void *to, const void *from, size_t size) {
  plain((void *)from, size, 0, CALLER);
  plain(to, size, WRITE, CALLER);
  return memcpy(to, from, size);
}
EXPORTED void *__tsan_memmove(void *to, const void *from, size_t size) {
  plain((void *)from, size, 0, CALLER);
  plain(to, size, WRITE, CALLER);
  return memmove(to, from, size);
}
EXPORTED void *__tsan_memset(void *to, int value, size_t size) {
  plain(to, size, WRITE, CALLER);
  return memset(to, value, size);
}
static void ignore(int more) {
  if (!ready) return;
  Guard guard;
  if (guard.entered) guard.os->task->ignoring += more;
}
EXPORTED void __tsan_ignore_thread_begin() { ignore(1); }
EXPORTED void __tsan_ignore_thread_end() { ignore(-1); }
EXPORTED void __tsan_init() { initialise(); }

EXPORTED void __tsan_func_entry(void *pc) {
  if (!ready) return;
  Os *os = self();
  if (os->inside) return;  // code of a template that the program and the runtime share
  os->inside = true;
  os->frames.push_back({(uintptr_t)pc - 1, 0});
  os->inside = false;
}

// The caller's frame dies, from our own return address up to the frame pointer that it saved.
EXPORTED void __tsan_func_exit() {
  if (!ready) return;
  auto *mine = (uintptr_t *)__builtin_frame_address(0);
  uintptr_t low = (uintptr_t)(mine + 2), high = *mine;
  Guard guard;
  if (!guard.entered) return;
  if (high > low && high - low < (64u << 20))
    lifetime_ends(guard.os, (low + 7) & ~(uintptr_t)7, (high - low) & ~(uintptr_t)7, CALLER);
  if (!guard.os->frames.empty()) guard.os->frames.pop_back();
  if (guard.os->task->combining == 2) guard.os->task->combining = 0;  // no call tells its end
}
