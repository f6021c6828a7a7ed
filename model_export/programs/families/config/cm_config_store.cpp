//@ family: cm_config_store
//@ domain: config
//@ problem: A watcher installs new settings while request threads take snapshots of the current ones.
//@ param REQUESTERS: 2 | 3
//@ param RELOADS: 120 | 200
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Settings {
  int timeout = 10;
  int retries = 1;
  std::string host = "localhost";
};

class ConfigStore {
public:
  ConfigStore() : current_(std::make_shared<const Settings>()) {
    history_.reserve(1024);
    history_.push_back(current_);
  }

  void install(int timeout) {
    Settings fresh;
    fresh.timeout = timeout;
    fresh.retries = timeout % 4;
    bump();
    replace(std::make_shared<const Settings>(fresh));
  }

  void replace(std::shared_ptr<const Settings> next) {
//@ slot swap on current_
//@ is both_locked: unprotected
    std::lock_guard<std::mutex> lock(mutex_);
    history_.push_back(next);
    current_ = std::move(next);
//@ is reader_bare: racy
    std::lock_guard<std::mutex> lock(mutex_);
    history_.push_back(next);
    current_ = std::move(next);
//@ is swap_after: racy
    {
      std::lock_guard<std::mutex> lock(mutex_);
      history_.push_back(next);
    }
    current_.swap(next);
//@ is free_functions: conflicting
    {
      std::lock_guard<std::mutex> lock(mutex_);
      history_.push_back(next);
    }
    std::atomic_store(&current_, std::move(next));
//@ end
  }

  std::shared_ptr<const Settings> snapshot() const {
//@ slot swap
//@ is both_locked
    std::lock_guard<std::mutex> lock(mutex_);
    return current_;
//@ is reader_bare
    return current_;
//@ is swap_after
    std::lock_guard<std::mutex> lock(mutex_);
    return current_;
//@ is free_functions
    return std::atomic_load(&current_);
//@ end
  }

//@ slot generation on generation_
//@ is atomic_generation: conflicting
  int generation() const { return generation_.load(std::memory_order_acquire); }
//@ is plain_generation: racy
  int generation() const { return generation_; }
//@ is locked_generation: unprotected
  int generation() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return generation_;
  }
//@ end

  void countUse() {
//@ slot uses on uses_
//@ is locked_uses: unprotected
    std::lock_guard<std::mutex> lock(mutex_);
    ++uses_;
//@ is temporary_lock: racy
    std::lock_guard<std::mutex>{mutex_};
    ++uses_;
//@ is deferred_lock: racy
    std::unique_lock<std::mutex> lock(mutex_, std::defer_lock);
    ++uses_;
//@ is tried_and_tested: unprotected
    std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock())
      lock.lock();
    ++uses_;
//@ end
  }

  long uses() const { return uses_; }

private:
  void bump() {
    std::lock_guard<std::mutex> lock(mutex_);
    ++generation_;
  }

  mutable std::mutex mutex_;
  std::shared_ptr<const Settings> current_;
  std::vector<std::shared_ptr<const Settings>> history_;
//@ slot generation
//@ is atomic_generation
  std::atomic<int> generation_{0};
//@ is plain_generation
  int generation_ = 0;
//@ is locked_generation
  int generation_ = 0;
//@ end
  long uses_ = 0;
};

int main() {
  static ConfigStore store;
  static std::atomic<bool> go{false};
  std::vector<long> sums(@REQUESTERS@, 0);
  std::vector<std::thread> requesters;
  for (int r = 0; r < @REQUESTERS@; ++r)
    requesters.emplace_back([&sums, r] {
      while (!go.load(std::memory_order_relaxed))
        std::this_thread::yield();
      for (int i = 0; i < 2 * @RELOADS@; ++i) {
        const auto now = store.snapshot();
        sums[r] += now->timeout + store.generation();
        if (i % 2)
          std::this_thread::yield();
        store.countUse();
      }
    });
  go.store(true, std::memory_order_relaxed);
  for (int i = 0; i < @RELOADS@; ++i) {
    store.install(5 + i % 20);
    std::this_thread::yield();
  }
  for (auto &r : requesters)
    r.join();
  std::printf("generation %d uses %d sum %d\n", store.generation(), store.uses() > 0,
              sums[0] > 0);
}
