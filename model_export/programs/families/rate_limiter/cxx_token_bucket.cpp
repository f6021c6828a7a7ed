//@ family: cxx_token_bucket
//@ domain: rate_limiter
//@ problem: Clients draw tokens from a bucket that a refill thread tops up; refusals are counted.
//@ param CLIENTS: 2 | 3
//@ param TRIES: 300 | 400
//@ param BURST: 40 | 120
#include <atomic>
#include <cstdio>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

class TokenBucket {
public:
  bool try_take() {
//@ slot tokens on tokens_
//@ is whole_check: unprotected
    std::lock_guard<std::mutex> lock(mutex_);
    if (tokens_ <= 0)
      return false;
    --tokens_;
    return true;
//@ is check_first: racy
    if (tokens_ <= 0)
      return false;
    std::lock_guard<std::mutex> lock(mutex_);
    --tokens_;
    return true;
//@ is exchange: conflicting
    int have = tokens_.load(std::memory_order_relaxed);
    while (have > 0)
      if (tokens_.compare_exchange_weak(have, have - 1, std::memory_order_relaxed))
        return true;
    return false;
//@ is take_locked: racy
    std::lock_guard<std::mutex> lock(mutex_);
    if (tokens_ <= 0)
      return false;
    --tokens_;
    return true;
//@ is load_then_sub: conflicting
    if (tokens_.load() <= 0)
      return false;
    tokens_.store(tokens_.load() - 1);
    return true;
//@ end
  }

  void refill(int n) {
//@ slot tokens
//@ is whole_check
    std::lock_guard<std::mutex> lock(mutex_);
    tokens_ = tokens_ + n > @BURST@ ? @BURST@ : tokens_ + n;
//@ is check_first
    std::lock_guard<std::mutex> lock(mutex_);
    tokens_ = tokens_ + n > @BURST@ ? @BURST@ : tokens_ + n;
//@ is exchange
    if (tokens_.load() + n <= @BURST@)
      tokens_.fetch_add(n);
//@ is take_locked
    tokens_ = tokens_ + n > @BURST@ ? @BURST@ : tokens_ + n;
//@ is load_then_sub
    tokens_.store(@BURST@);
//@ end
  }

private:
  std::mutex mutex_;
//@ slot tokens
//@ is whole_check
  int tokens_ = @BURST@;
//@ is check_first
  int tokens_ = @BURST@;
//@ is take_locked
  int tokens_ = @BURST@;
//@ is exchange
  std::atomic<int> tokens_{@BURST@};
//@ is load_then_sub
  std::atomic<int> tokens_{@BURST@};
//@ end
};

class Usage {
public:
//@ slot lanes on used_
//@ is single_lane: unprotected
  void enter() { lanes_.acquire(); }
  void leave() { lanes_.release(); }
  void use(int n) { used_ += n; }
//@ is two_lanes: racy
  void enter() { lanes_.acquire(); }
  void leave() { lanes_.release(); }
  void use(int n) { used_ += n; }
//@ is outside_lane: racy
  void enter() { lanes_.acquire(); }
  void leave() { lanes_.release(); }
  void use(int n) {
    leave();
    used_ += n;
    std::this_thread::yield();
    enter();
  }
//@ is two_lanes_atomic: conflicting
  void enter() { lanes_.acquire(); }
  void leave() { lanes_.release(); }
  void use(int n) { used_.fetch_add(n, std::memory_order_relaxed); }
//@ end
  long used() const { return used_; }

private:
//@ slot lanes
//@ is single_lane
  std::binary_semaphore lanes_{1};
  long used_ = 0;
//@ is two_lanes
  std::counting_semaphore<4> lanes_{2};
  long used_ = 0;
//@ is outside_lane
  std::binary_semaphore lanes_{1};
  long used_ = 0;
//@ is two_lanes_atomic
  std::counting_semaphore<4> lanes_{2};
  std::atomic<long> used_{0};
//@ end
};

int main() {
  TokenBucket bucket;
  Usage usage;
  std::atomic<int> ready{0};
  std::atomic<bool> stop{false};
//@ slot refusals on refused
//@ is slot_each: same-location
  std::vector<int> refused(@CLIENTS@, 0);
//@ is shared_slot: racy
  std::vector<int> refused(@CLIENTS@, 0);
//@ is halved_slot: racy
  std::vector<int> refused(@CLIENTS@, 0);
//@ end
  std::vector<std::jthread> clients;
  for (int c = 0; c < @CLIENTS@; ++c)
    clients.emplace_back([&, c] {
      ready.fetch_add(1, std::memory_order_relaxed);
      while (ready.load(std::memory_order_relaxed) < @CLIENTS@)
        std::this_thread::yield();
      for (int i = 0; i < @TRIES@; ++i) {
        if (!bucket.try_take())
          std::this_thread::yield();
//@ slot refusals
//@ is slot_each
        refused[c] += i % 3 == 0;
//@ is shared_slot
        refused[0] += i % 3 == 0;
//@ is halved_slot
        refused[c / 2 + i % 2] += i % 3 == 0;
//@ end
        if (i % 4 == 0)
          std::this_thread::yield();
        usage.enter();
        usage.use(1 + i % 5);
        if (i % 4 == 2)
          std::this_thread::yield();
        usage.leave();
      }
    });
  std::thread refill([&] {
    while (!stop.load(std::memory_order_relaxed)) {
      bucket.refill(7);
      std::this_thread::yield();
    }
  });
  for (auto &c : clients)
    c.join();
  stop.store(true, std::memory_order_relaxed);
  refill.join();
  int total = 0;
  for (int r : refused)
    total += r;
  std::printf("refused %d used %d\n", total >= 0, usage.used() > 0);
}
