// Logical threads, their locks, and the runtime's own lock.
#include "state.h"

#include <dlfcn.h>
#include <link.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <new>

extern "C" char __executable_start, etext;
extern "C" void *__libc_malloc(size_t);
extern "C" oracle::Real __start_oracle_real, __stop_oracle_real;  // from the linker: a section

namespace oracle {

namespace {
void find_functions();
}

bool ready;
__thread Os *self_;

namespace {

struct Free {
  Id id;
  Epoch last;
};

struct World {
  Id ids = 0;
  std::deque<Free> free;
  std::map<std::vector<std::pair<uintptr_t, bool>>, uint32_t> locksets{{{}, 0}};
  std::unordered_map<uintptr_t, std::deque<std::shared_ptr<Section>>> sections;
  uint64_t seed = 0;
  bool seeded = false;
};
World *world;
uint32_t threads;  // of the operating system
int word;  // of the futex: 0 free, 1 taken, 2 taken and waited for
constexpr uint64_t LONGEST_NS = 15000000000;  // then something is wrong with us
constexpr int STUCK = 98;

void lock_world() {
  // It is held for less than a microsecond: who sleeps at once sleeps far longer than needed.
  for (int i = 0; i < 300; i++) {
    int seen = 0;
    if (__atomic_compare_exchange_n(&word, &seen, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
      return;
    __builtin_ia32_pause();
  }
  timespec second{1, 0};
  for (uint64_t until = 0; __atomic_exchange_n(&word, 2, __ATOMIC_ACQUIRE) != 0;) {
    if (!until) until = now_ns() + LONGEST_NS;
    if (now_ns() > until) _exit(STUCK);
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 2, &second, nullptr, 0);
  }
}

void unlock_world() {
  if (__atomic_exchange_n(&word, 0, __ATOMIC_RELEASE) == 2)
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

// A number that was used by someone whose whole life lies before `start` may be used again: what
// that one did is ordered before all that the new one does.
Free take_id(const Clock &start) {
  int tried = 0;
  for (auto it = world->free.begin(); it != world->free.end() && tried < 64; ++it, ++tried)
    if (it->last <= start.of(it->id)) {
      Free found = *it;
      world->free.erase(it);
      return found;
    }
  return {world->ids++, 0};
}

// A program that runs alone is told its seed; a forked child of a driver has it as the number at
// the end of its folder's name, which it enters after the fork.
uint64_t seed_now() {
  if (world->seeded) return world->seed;
  world->seeded = true;
  char folder[4096];
  if (const char *told = getenv("ORACLE_SEED")) return world->seed = strtoull(told, nullptr, 10);
  if (!getcwd(folder, sizeof folder)) return world->seed = 0;
  size_t end = strlen(folder), start = end;
  while (start && folder[start - 1] >= '0' && folder[start - 1] <= '9') start--;
  return world->seed = strtoull(folder + start, nullptr, 10);
}

void forked() {
  world->seeded = false;
  if (self_) self_->random = 0;
}

void relock(Task *task) {
  std::vector<std::pair<uintptr_t, bool>> key;
  Sections sections;
  for (const Held &held : task->held) {
    key.emplace_back(held.lock, held.exclusive);
    sections.push_back(held.section);
  }
  std::sort(key.begin(), key.end());
  task->lockset = world->locksets.emplace(key, world->locksets.size()).first->second;
  task->sections = sections.empty() ? nullptr : std::make_shared<const Sections>(sections);
}

}  // namespace

const std::vector<std::pair<uintptr_t, bool>> &lockset(uint32_t number) {
  static auto *known = new std::unordered_map<uint32_t, std::vector<std::pair<uintptr_t, bool>>>;
  auto it = known->find(number);
  if (it != known->end()) return it->second;
  for (auto &[key, value] : world->locksets) (*known)[value] = key;
  return (*known)[number];
}

namespace {

struct Range {
  uintptr_t low = 0, high = 0;
} openmp;

int find_openmp(dl_phdr_info *info, size_t, void *) {
  if (!strstr(info->dlpi_name, "libomp")) return 0;
  for (int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_LOAD) {
      uintptr_t low = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
      if (!openmp.low || low < openmp.low) openmp.low = low;
      openmp.high = std::max(openmp.high, low + info->dlpi_phdr[i].p_memsz);
    }
  return 1;
}

}  // namespace

void initialise() {
  if (world) return;
  world = new World;
  pthread_atfork(nullptr, nullptr, forked);
  Inside inside;
  inside.os->task = make_task({});
  find_functions();
  dl_iterate_phdr(find_openmp, nullptr);
  ready = true;
}

Os *adopt() {
  // From the C library itself: a thread may come here from within our malloc.
  Os *os = new (__libc_malloc(sizeof(Os))) Os;
  self_ = os;
  os->number = __atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED);
  return os;
}

Guard::Guard() : os(self()), entered(!os->inside) {
  if (!entered) return;
  os->inside = true;
  if (!world) initialise();  // a library starts threads before the program does anything
  lock_world();
  if (!os->task) os->task = make_task({});  // a thread that a library started
}

Guard::~Guard() {
  if (!entered) return;
  unlock_world();
  os->inside = false;
}

Task *make_task(const Clock &start) {
  Task *task = new Task;
  Free given = take_id(start);
  task->id = given.id;
  task->clock = start;
  task->clock.set(given.id, given.last + 1);
  return task;
}

void end_task(Task *task) {
  world->free.push_front({task->id, task->clock.of(task->id)});
}

void acquired(Task *task, uintptr_t lock, bool exclusive) {
  for (Held &held : task->held)
    if (held.lock == lock) {
      held.depth++;
      return;
    }
  auto section = std::make_shared<Section>(
      Section{lock, exclusive, task->id, task->clock.of(task->id), {}});
  auto &past = world->sections[lock];
  // Who had the lock before something that is ordered before us has left it before us, too.
  for (auto &other : past)
    if ((exclusive || other->exclusive) && other->ended && other->id != task->id && other->began <= task->clock.of(other->id))
      task->clock.join(*other->ended);
  if (past.size() == 16) past.pop_front();
  past.push_back(section);
  task->held.push_back({lock, exclusive, 1, section});
  relock(task);
}

void released(Task *task, uintptr_t lock) {
  for (size_t i = 0; i < task->held.size(); i++) {
    Held &held = task->held[i];
    if (held.lock != lock) continue;
    if (--held.depth) return;
    held.section->ended = std::make_shared<const Clock>(publish(task));
    task->held.erase(task->held.begin() + (ptrdiff_t)i);
    relock(task);
    return;
  }
}

// We hold a lock and read what another wrote while it held the same: its section is over, and came
// before ours not by luck, since we saw what it did.
void read_from(Task *task, const Sections &writer) {
  for (const auto &section : writer)
    if (section->ended && section->id != task->id)
      for (const Held &held : task->held)
        if (held.lock == section->lock && (held.exclusive || section->exclusive)) {
          task->clock.join(*section->ended);
          break;
        }
}

uint64_t now_ns() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void pause(unsigned microseconds) {
  timespec t{0, (long)microseconds * 1000};
  nanosleep(&t, nullptr);
}

unsigned random_below(Os *os, unsigned bound) {
  if (!os->random)
    os->random = (seed_now() * 0x9e3779b97f4a7c15u + os->number * 0xbf58476d1ce4e5b9u) | 1;
  os->random ^= os->random << 13;
  os->random ^= os->random >> 7;
  os->random ^= os->random << 17;
  return (unsigned)((os->random >> 20) % bound);
}

void perturb(unsigned one_in) {
  Os *os = self();
  if (!os->patience || !seed_now() || os->inside || random_below(os, one_in)) return;
  os->patience--;
  if (random_below(os, 3)) sched_yield();
  else pause(1 + random_below(os, 60));
}

void shake(unsigned one_in, unsigned microseconds) {
  Os *os = self();
  if (!os->patience || !seed_now() || os->inside || random_below(os, one_in)) return;
  os->patience--;
  pause(1 + random_below(os, microseconds));
}

namespace {

void *next(const char *name) {
  bool condition = !strncmp(name, "pthread_cond_", 13);  // there are those of long ago, too
  void *found = condition ? dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2") : nullptr;
  return found ? found : dlsym(RTLD_NEXT, name);
}

void find_functions() {
  for (Real *real = &__start_oracle_real; real != &__stop_oracle_real; real++)
    real->found = next(real->name);
}

}  // namespace

void *function(Real &real) {
  if (real.found) return real.found;
  if (!ready) return real.found = next(real.name);
  Inside inside;  // of a library that was loaded later
  return real.found = next(real.name);
}

bool ours(uintptr_t pc) { return ready && (pc < openmp.low || pc >= openmp.high); }

bool from_program(uintptr_t pc) {
  return pc >= (uintptr_t)&__executable_start && pc < (uintptr_t)&etext;
}

}  // namespace oracle
