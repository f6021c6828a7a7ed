//@ family: cxx_order_book
//@ domain: finance
//@ problem: An order book takes bids and offers from several gateways and shows the best prices.
//@ param GATES: 2 | 3
//@ param ORDERS: 300 | 400
//@ param BASE: 100 | 5000
#include <atomic>
#include <cstdio>
#include <functional>
#include <latch>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

struct Level {
  long volume = 0;
  int orders = 0;
};

class OrderBook {
public:
  OrderBook() {
    for (int k = 0; k < 40; ++k) {
      bids_[@BASE@ - k] = {};
      offers_[@BASE@ + 1 + k] = {};
    }
  }

  void bid(int price, long volume) {
//@ slot bids on bids_
//@ is side_lock: unprotected
    std::lock_guard<std::mutex> hold(bid_mu_);
    auto &level = bids_[price];
    level.volume += volume;
    ++level.orders;
//@ is offer_lock: racy
    std::lock_guard<std::mutex> hold(offer_mu_);
    auto &level = bids_[price];
    level.volume += volume;
    ++level.orders;
//@ is level_kept: racy
    std::unique_lock<std::mutex> hold(bid_mu_);
    auto &level = bids_[price];
    hold.unlock();
    level.volume += volume;
    ++level.orders;
//@ is both_locks: unprotected
    std::scoped_lock hold(bid_mu_, offer_mu_);
    auto &level = bids_[price];
    level.volume += volume;
    ++level.orders;
//@ end
  }

  long bid_volume(int price) {
    std::lock_guard<std::mutex> hold(bid_mu_);
    auto it = bids_.find(price);
    return it == bids_.end() ? 0 : it->second.volume;
  }

  void offer(int price, long volume) {
    std::lock_guard<std::mutex> hold(offer_mu_);
    Level &level = offers_[price];
    level.volume += volume;
    ++level.orders;
//@ slot best on best_offer_
//@ is in_hold: unprotected
    if (price < best_offer_)
      best_offer_ = price;
  }

  int best_offer() {
    std::lock_guard<std::mutex> hold(offer_mu_);
    return best_offer_;
  }
//@ is bare_getter: racy
    if (price < best_offer_)
      best_offer_ = price;
  }

  int best_offer() { return best_offer_; }
//@ is atomic_price: conflicting
    if (price < best_offer_.load())
      best_offer_.store(price);
  }

  int best_offer() { return best_offer_.load(std::memory_order_relaxed); }
//@ is defer_getter: racy
    if (price < best_offer_)
      best_offer_ = price;
  }

  int best_offer() {
    std::unique_lock<std::mutex> hold(offer_mu_, std::defer_lock);
    return best_offer_;
  }
//@ is defer_then_lock: unprotected
    if (price < best_offer_)
      best_offer_ = price;
  }

  int best_offer() {
    std::unique_lock<std::mutex> hold(offer_mu_, std::defer_lock);
    hold.lock();
    return best_offer_;
  }
//@ end

  void print() const {
    long sum = 0;
    for (const auto &[price, level] : bids_)
      sum += price * level.volume;
    for (const auto &[price, level] : offers_)
      sum -= level.orders;
    std::printf("book %d best %d\n", sum != 0, static_cast<int>(best_offer_) > 0);
  }

private:
  std::mutex bid_mu_;
  std::mutex offer_mu_;
  std::map<int, Level, std::greater<int>> bids_;
  std::map<int, Level> offers_;
//@ slot best
//@ is in_hold
  int best_offer_ = 1 << 20;
//@ is bare_getter
  int best_offer_ = 1 << 20;
//@ is defer_getter
  int best_offer_ = 1 << 20;
//@ is defer_then_lock
  int best_offer_ = 1 << 20;
//@ is atomic_price
  std::atomic<int> best_offer_{1 << 20};
//@ end
};

int main() {
  OrderBook book;
  long traded = 0;
  std::mutex traded_mu;
  std::latch opening(@GATES@);
  std::vector<std::thread> gates;
  for (int g = 0; g < @GATES@; ++g) {
    gates.emplace_back([&, g] {
      long mine = 0;
      opening.arrive_and_wait();
      for (int i = 0; i < @ORDERS@; ++i) {
        book.offer(@BASE@ + 40 - i * 40 / @ORDERS@, 1 + i % 4);
        if (i % 4 == 0)
          std::this_thread::yield();
        const int level = @BASE@ - i % 7;
        book.bid(level, 2 + (i + g) % 3);
        if (i % 4 == 2)
          std::this_thread::yield();
        const long volume = book.bid_volume(level);
        if (i % 4 == 1)
          std::this_thread::yield();
        if (book.best_offer() - level < 30)
          mine += volume & 1;
        if (i % 2 == 1)
          std::this_thread::yield();
      }
//@ slot traded on traded
//@ is once_locked: unprotected
      std::lock_guard<std::mutex> hold(traded_mu);
      traded += mine;
//@ is once_bare: racy
      traded += mine;
//@ is try_lock: racy
      if (traded_mu.try_lock())
        traded_mu.unlock();
      traded += mine;
//@ end
    });
  }
  for (auto &g : gates)
    g.join();
  book.print();
  std::printf("traded %d\n", traded >= 0);
}
