//@ family: cxx_rng_engines
//@ domain: random
//@ problem: Monte Carlo walkers draw from engines that are shared, copied or kept by each thread.
//@ param NT: 3 | 4
//@ param STEPS: 300 | 500
//@ param SPREAD: 3 | 5
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

class Engine {
public:
  explicit Engine(std::uint32_t seed) : state_(seed | 1u) {}
  std::uint32_t operator()() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }

private:
  std::uint32_t state_;
};

struct Walk {
  int place = 0;
  int returns = 0;
};

struct Totals {
  std::mutex mutex;
  long homecomings = 0;
  int furthest = 0;
};

//@ slot engine on state_
//@ is copied: same-location
static void walk(Engine engine, Walk &mine, Totals &totals) {
//@ is by_reference: racy
static void walk(Engine &engine, Walk &mine, Totals &totals) {
//@ is thread_local_engine: same-location
static void walk(Engine &, Walk &mine, Totals &totals) {
  static thread_local Engine engine(2463534242u);
//@ is static_engine: racy
static void walk(Engine &, Walk &mine, Totals &totals) {
  static Engine engine(2463534242u);
//@ is moved_in: same-location
static void walk(std::unique_ptr<Engine> own, Walk &mine, Totals &totals) {
  Engine &engine = *own;
//@ is shared_pointer: racy
static void walk(std::shared_ptr<Engine> own, Walk &mine, Totals &totals) {
  Engine &engine = *own;
//@ end
  int reach = 0;
  for (int i = 0; i < @STEPS@; ++i) {
    const int step = static_cast<int>(engine() % @SPREAD@) - @SPREAD@ / 2;
    mine.place += step;
    if (mine.place == 0)
      ++mine.returns;
    reach = mine.place > reach ? mine.place : reach;
    if (i % 32 == 0)
      std::this_thread::yield();
  }
//@ slot totals on homecomings
//@ is locked: unprotected
  {
    std::lock_guard lock(totals.mutex);
    totals.homecomings += mine.returns;
  }
//@ is by_value_lock: racy
  {
    std::mutex mutex;
    std::lock_guard lock(mutex);
    totals.homecomings += mine.returns;
  }
//@ is bare: racy
  totals.homecomings += mine.returns;
//@ is after_join: concurrent
//@ end
//@ slot reach on furthest
//@ is adopted: unprotected
  totals.mutex.lock();
  std::lock_guard lock(totals.mutex, std::adopt_lock);
  if (reach > totals.furthest)
    totals.furthest = reach;
//@ is deferred_bare: racy
  std::unique_lock lock(totals.mutex, std::defer_lock);
  if (reach >= totals.furthest)
    totals.furthest = reach;
//@ is tried: unprotected
  std::unique_lock lock(totals.mutex, std::defer_lock);
  while (!lock.try_lock())
    std::this_thread::yield();
  if (reach > totals.furthest)
    totals.furthest = reach;
//@ is tried_once: racy
  std::unique_lock lock(totals.mutex, std::try_to_lock);
  if (lock.owns_lock())
    lock.unlock();
  if (reach >= totals.furthest)
    totals.furthest = reach;
//@ end
}

int main() {
  Totals totals;
  std::vector<Walk> walks(@NT@);
  std::vector<std::thread> walkers;
//@ slot engine
//@ is shared_pointer
  auto common = std::make_shared<Engine>(88172645u);
//@ is copied
  Engine common(88172645u);
//@ is by_reference
  Engine common(88172645u);
//@ is thread_local_engine
  Engine common(88172645u);
//@ is static_engine
  Engine common(88172645u);
//@ end
  for (int t = 0; t < @NT@; ++t) {
//@ slot engine
//@ is copied
    walkers.emplace_back(walk, common, std::ref(walks[t]), std::ref(totals));
//@ is by_reference
    walkers.emplace_back(walk, std::ref(common), std::ref(walks[t]), std::ref(totals));
//@ is thread_local_engine
    walkers.emplace_back(walk, std::ref(common), std::ref(walks[t]), std::ref(totals));
//@ is static_engine
    walkers.emplace_back(walk, std::ref(common), std::ref(walks[t]), std::ref(totals));
//@ is moved_in
    walkers.emplace_back(walk, std::make_unique<Engine>(88172645u + t), std::ref(walks[t]),
                         std::ref(totals));
//@ is shared_pointer
    walkers.emplace_back(walk, common, std::ref(walks[t]), std::ref(totals));
//@ end
  }
  for (auto &w : walkers)
    w.join();
//@ slot totals
//@ is after_join
  for (const Walk &w : walks)
    totals.homecomings += w.returns;
//@ end
  std::printf("returns %d furthest %d\n", totals.homecomings >= 0, totals.furthest >= 0);
}
