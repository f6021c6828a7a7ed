//@ family: kt_config_handles
//@ domain: config
//@ problem: Workers hold handles to the current configuration that a reloader replaces; observers keep weak handles.
//@ param WORKERS: 2 | 3
//@ param JOBS: 250 | 400
#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct Config {
  int generation = 0;
  std::vector<int> limits = {4, 8, 15, 16};
//@ slot uses on uses
//@ is atomic_uses: conflicting
  mutable std::atomic<int> uses{0};
//@ is plain_uses: racy
  mutable int uses = 0;
//@ is locked_uses: unprotected
  mutable int uses = 0;
  mutable std::mutex uses_mu;
//@ end
};

using Handle = std::shared_ptr<const Config>;

static Handle make_config(int generation) {
  auto c = std::make_shared<Config>();
  c->generation = generation;
  return c;
}

class ConfigSource {
public:
  ConfigSource() : current_(make_config(0)) {}

  Handle get() const {
//@ slot handle on current_
//@ is free_functions: conflicting
    return std::atomic_load(&current_);
//@ is plain_copy: racy
    return current_;
//@ is copy_under_lock: unprotected
    std::lock_guard hold(mu_);
    return current_;
//@ is load_one_side: racy
    return std::atomic_load(&current_);
//@ is reference_out: racy
    const Handle &seen = peek();
    return seen;
//@ is replaced_after: concurrent
    return current_;
//@ end
  }

  void set(Handle fresh) {
//@ slot handle
//@ is free_functions
    std::atomic_store(&current_, std::move(fresh));
//@ is plain_copy
    std::lock_guard hold(mu_);
    current_ = std::move(fresh);
//@ is copy_under_lock
    std::lock_guard hold(mu_);
    current_.swap(fresh);
//@ is load_one_side
    std::lock_guard hold(mu_);
    current_.swap(fresh);
//@ is reference_out
    std::lock_guard hold(mu_);
    current_.swap(fresh);
//@ is replaced_after
    pending_ = std::move(fresh);
//@ end
  }

  void settle() {
    if (pending_)
      current_ = pending_;
  }

private:
  const Handle &peek() const {
    std::lock_guard hold(mu_);
    return current_;
  }

  mutable std::mutex mu_;
  Handle current_;
  Handle pending_;
};

struct Tally {
  long work = 0;
  int newest = 0;
};

static void job(const ConfigSource &source, Tally &mine, Tally &all, std::mutex &all_mu, int i) {
  const Handle cfg = source.get();
  mine.work += cfg->limits[i % cfg->limits.size()];
//@ slot uses
//@ is atomic_uses
  cfg->uses.fetch_add(1, std::memory_order_relaxed);
//@ is plain_uses
  ++cfg->uses;
//@ is locked_uses
  {
    std::lock_guard hold(cfg->uses_mu);
    ++cfg->uses;
  }
//@ end
//@ slot newest on newest
//@ is own_tally: same-location
  if (cfg->generation > mine.newest)
    mine.newest = cfg->generation;
  (void)all;
  (void)all_mu;
//@ is common_checked_first: racy
  if (cfg->generation >= all.newest) {
    std::lock_guard hold(all_mu);
    all.newest = cfg->generation;
  }
//@ is common_locked: unprotected
  if (std::lock_guard hold(all_mu); cfg->generation > all.newest)
    all.newest = cfg->generation;
//@ is common_lock_ended: racy
  bool newer;
  {
    std::lock_guard hold(all_mu);
    newer = cfg->generation >= all.newest;
  }
  if (newer)
    all.newest = cfg->generation;
//@ end
}

static long serial_work() {
  const Handle cfg = make_config(0);
  long work = 0;
  for (int w = 0; w < @WORKERS@; ++w)
    for (int i = 0; i < @JOBS@; ++i)
      work += cfg->limits[i % cfg->limits.size()];
  return work;
}

int main() {
  ConfigSource source;
  Tally all;
  std::mutex all_mu;
  std::vector<Tally> tallies(@WORKERS@);
  std::vector<Handle> kept;
  std::vector<std::thread> crew;
  for (int g = 0; g <= 40; ++g)
    kept.push_back(make_config(g));
  for (int w = 0; w < @WORKERS@; ++w)
    crew.emplace_back([&, w] {
      for (int i = 0; i < @JOBS@; ++i) {
        job(source, tallies[w], all, all_mu, i);
        if (i % 4 == 0)
          std::this_thread::yield();
      }
    });
  std::thread reload([&] {
    for (int g = 1; g <= 40; ++g) {
      source.set(kept[g]);
      std::this_thread::yield();
    }
  });
  for (auto &t : crew)
    t.join();
  reload.join();
  source.settle();
  for (const auto &t : tallies)
    all.work += t.work;
  std::printf("work %ld serial %ld newest %d\n", all.work, serial_work(), all.newest >= 0);
}
