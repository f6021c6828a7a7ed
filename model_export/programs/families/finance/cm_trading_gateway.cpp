//@ family: cm_trading_gateway
//@ domain: finance
//@ problem: Trading desks send orders through a gateway that numbers them, checks a limit and sums the exposure.
//@ param DESKS: 3 | 4
//@ param ORDERS: 200 | 320
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

using Cents = std::int64_t;

struct Order {
  int desk;
  int serial;
  Cents amount;
};

class TradingGateway {
public:
  explicit TradingGateway(Cents limit) : limit_(limit), book_(@DESKS@ * @ORDERS@) {}

  bool send(int desk, Cents amount) {
    const int serial = draw();
    if (!admit(amount))
      return false;
    book_[serial % book_.size()].store(desk, std::memory_order_relaxed);
    return true;
  }

  void halt() {
    const std::lock_guard<std::mutex> hold(mutex_);
//@ slot halted on halted_
//@ is same_guard: unprotected
    halted_ = true;
//@ is guard_one_side: racy
    halted_ = true;
//@ is atomic_halt: conflicting
    halted_ = true;
//@ is relay: racy
    halted_ = limit_ >= 0;
//@ end
  }

  bool halted() const {
//@ slot halted
//@ is same_guard
    const std::lock_guard<std::mutex> hold(mutex_);
    return halted_;
//@ is guard_one_side
    return halted_;
//@ is atomic_halt
    return halted_;
//@ is relay
    const std::lock_guard<std::mutex> hold(serialMutex_);
    return halted_;
//@ end
  }

  Cents exposure() const { return exposure_; }
  int drawn() const { return serial_; }

private:
  int draw() {
//@ slot serial on serial_
//@ is fetch: conflicting
    return serial_.fetch_add(1, std::memory_order_relaxed);
//@ is post_increment: racy
    return serial_++;
//@ is guarded_increment: unprotected
    const std::lock_guard<std::mutex> hold(serialMutex_);
    return serial_++;
//@ is guarded_then_read: racy
    {
      const std::lock_guard<std::mutex> hold(serialMutex_);
      ++serial_;
    }
    return serial_ - 1;
//@ end
  }

  bool admit(Cents amount) {
//@ slot exposure on exposure_
//@ is check_and_add: unprotected
    const std::lock_guard<std::mutex> hold(mutex_);
    if (exposure_ + amount > limit_)
      return false;
    exposure_ += amount;
    return true;
//@ is check_then_add: racy
    if (exposure_ + amount > limit_)
      return false;
    const std::lock_guard<std::mutex> hold(mutex_);
    exposure_ += amount;
    return true;
//@ is two_locks: unprotected
    {
      const std::lock_guard<std::mutex> hold(mutex_);
      if (exposure_ + amount > limit_)
        return false;
    }
    const std::lock_guard<std::mutex> hold(mutex_);
    exposure_ += amount;
    return true;
//@ is serial_lock: racy
    if (amount % 2) {
      const std::lock_guard<std::mutex> hold(serialMutex_);
      exposure_ += amount;
      return true;
    }
    const std::lock_guard<std::mutex> hold(mutex_);
    exposure_ += amount;
    return true;
//@ end
  }

  mutable std::mutex mutex_;
  mutable std::mutex serialMutex_;
  const Cents limit_;
  Cents exposure_ = 0;
  std::vector<std::atomic<int>> book_;
//@ slot serial
//@ is fetch
  std::atomic<int> serial_{0};
//@ is post_increment
  int serial_ = 0;
//@ is guarded_increment
  int serial_ = 0;
//@ is guarded_then_read
  int serial_ = 0;
//@ end
//@ slot halted
//@ is same_guard
  bool halted_ = false;
//@ is guard_one_side
  bool halted_ = false;
//@ is relay
  bool halted_ = false;
//@ is atomic_halt
  std::atomic<bool> halted_{false};
//@ end
};

static TradingGateway gateway(100000000);

int main() {
  static std::atomic<int> arrived{0};
  std::vector<std::future<int>> counts;
  std::vector<std::thread> desks;
  for (int d = 0; d < @DESKS@; ++d) {
    std::packaged_task<int(int)> trade([](int desk) {
      int sent = 0;
      arrived.fetch_add(1, std::memory_order_relaxed);
      while (arrived.load(std::memory_order_relaxed) < @DESKS@)
        std::this_thread::yield();
      for (int i = 0; i < @ORDERS@; ++i) {
        if (!gateway.halted())
          sent += gateway.send(desk, 100 + i);
        if (i % 3 == 0)
          std::this_thread::yield();
        if (i == @ORDERS@ - 20)
          gateway.halt();
      }
      return sent;
    });
    counts.push_back(trade.get_future());
    desks.emplace_back(std::move(trade), d);
  }
  int sent = 0;
  for (auto &c : counts)
    sent += c.get();
  for (auto &d : desks)
    d.join();
  std::printf("sent %d drawn %d exposure %d\n", sent > 0, gateway.drawn() > 0,
              gateway.exposure() > 0);
}
