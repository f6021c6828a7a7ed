// What the runtime knows: logical threads, operating-system threads, locks, the shadow of memory.
//
// A logical thread is one that the program *may* run at the same time as others: a POSIX thread, an
// OpenMP implicit task, an explicit task. One operating-system thread runs many of them in turn.
#pragma once
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "clock.h"

namespace oracle {

struct Region;
struct Group;
struct Family;

// One time that a lock was held, from its acquisition to its release.
struct Section {
  uintptr_t lock;
  bool exclusive;
  Id id;
  Epoch began;
  std::shared_ptr<const Clock> ended;  // null while it is held
};

struct Held {
  uintptr_t lock;
  bool exclusive;
  uint32_t depth;
  std::shared_ptr<Section> section;
};

using Sections = std::vector<std::shared_ptr<Section>>;

struct Task {
  Id id = 0;
  Clock clock;
  std::vector<Held> held;
  uint32_t lockset = 0;                      // interned
  std::shared_ptr<const Sections> sections;  // those of `held`
  Clock release_fence, acquire_fence;
  int ignoring = 0;  // accesses that the OpenMP runtime orders by itself
  bool reducing = false;  // the same for its barriers
  int combining = 0;  // how the runtime had it combine a reduction: 1 under a lock, 2 atomically

  // OpenMP
  Region *region = nullptr;
  uint32_t index = 0, phase = 0, loops = 0, dimensions = 0;
  uintptr_t team = 0;
  Task *parent = nullptr, *outer = nullptr;  // who created it; whom it suspends
  Clock children;                            // those that ended
  Group *group = nullptr;
  std::vector<std::pair<Group *, Group *>> groups;
  std::shared_ptr<Family> family;  // dependences among its children
  std::vector<std::shared_ptr<Clock>> awaited;
  std::shared_ptr<Clock> ended;
  std::vector<uintptr_t> exclusions;  // of mutexinoutset
  bool started = false, undeferred = false, explicit_ = false;
};

struct Frame {
  uintptr_t pc;
  uint32_t node;  // of the call tree; 0 where it was not asked for
};

struct Os {
  uint32_t number = 0;
  Task *task = nullptr;
  std::vector<Frame> frames;
  uint64_t random = 0;  // not seeded yet
  uintptr_t last_pc = 0;
  const volatile void *last_address = nullptr;
  uint32_t spins = 0;
  uint32_t patience = 40;  // how often the order of threads is still shaken here
  bool inside = false;  // in the runtime: its own memory and locks are nobody's business
};

enum : uint8_t { WRITE = 1, ATOMIC = 2, LIFETIME = 4, COMBINING = 8 };

extern bool ready;
extern __thread Os *self_;

void initialise();
Os *adopt();  // the calling thread's state, made if needed
inline Os *self() { return self_ ? self_ : adopt(); }

// Marks the thread as inside the runtime, without its lock.
struct Inside {
  Os *os;
  bool before;
  Inside() : os(self()), before(os->inside) { os->inside = true; }
  ~Inside() { os->inside = before; }
  Inside(const Inside &) = delete;
};

// The one lock over all that follows; also marks the thread as inside the runtime.
struct Guard {
  Os *os;
  bool entered;
  Guard();
  ~Guard();
  Guard(const Guard &) = delete;
};

// --- logical threads
Task *make_task(const Clock &start);
void end_task(Task *task);  // its number may be used again by who comes after it
inline void tick(Task *task) { task->clock.times[task->id]++; }
inline Clock publish(Task *task) {
  Clock copy = task->clock;
  tick(task);
  return copy;
}

// --- locks
void acquired(Task *task, uintptr_t lock, bool exclusive);
void released(Task *task, uintptr_t lock);
void read_from(Task *task, const Sections &writer);

// --- memory
struct Access {
  uintptr_t pc;
  uint8_t flags;
};
void touch(Os *os, uintptr_t address, size_t size, Access access);
void forget(uintptr_t address, size_t size);               // fresh memory
void lifetime_ends(Os *os, uintptr_t address, size_t size, uintptr_t pc);
Clock &sync_at(uintptr_t address);                         // made if needed
Clock *find_sync(uintptr_t address);

// --- schedules
void perturb(unsigned one_in);
void shake(unsigned one_in, unsigned microseconds);  // sleeps up to so long
void pause(unsigned microseconds);
unsigned random_below(Os *os, unsigned bound);
uint64_t now_ns();

void fence(int order);
struct Real {  // the function behind an interposed one
  const char *name;
  void *found;
};
void *function(Real &real);
bool from_program(uintptr_t pc);
bool ours(uintptr_t pc);  // not a call that the OpenMP runtime makes for itself

}  // namespace oracle

#define CALLER ((uintptr_t)__builtin_return_address(0) - 1)
#define EXPORTED extern "C" __attribute__((visibility("default"), used))
