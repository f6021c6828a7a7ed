//@ family: tour_bounds
//@ domain: search
//@ problem: Branch and bound for the shortest round tour with a shared best length.
//@ param CITIES: 9 | 10
//@ param NT: 3 | 4
#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <latch>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <thread>
#include <vector>

constexpr int kCities = @CITIES@;
using Tour = std::array<int, kCities>;

struct Atlas {
  Atlas() {
    for (int a = 0; a < kCities; ++a)
      for (int b = 0; b < kCities; ++b)
        km[a][b] = a == b ? 0 : 10 + (a * 17 + b * 17 + a * b * 5) % 83;
  }
  int length(const Tour &t) const {
    int s = km[t.back()][t.front()];
    for (int i = 1; i < kCities; ++i)
      s += km[t[i - 1]][t[i]];
    return s;
  }
  int km[kCities][kCities];
};

static void search_serial(const Atlas &a, Tour &t, int k, int far, int &best) {
  if (far >= best)
    return;
  if (k == kCities) {
    best = std::min(best, a.length(t));
    return;
  }
  for (int i = k; i < kCities; ++i) {
    std::swap(t[k], t[i]);
    search_serial(a, t, k + 1, far + a.km[t[k - 1]][t[k]], best);
    std::swap(t[k], t[i]);
  }
}

class Best {
public:
  int bound() {
//@ slot bound on best_
//@ is relaxed_atomic
    return shared_best_.load(std::memory_order_relaxed);
//@ is mutex_both
    std::lock_guard hold(m_);
    return best_;
//@ is peek
    return best_;
//@ is shared_reader
    std::shared_lock hold(rw_);
    return best_;
//@ is reader_writes
    std::shared_lock hold(rw_);
    return best_;
//@ end
  }
  void offer(const Atlas &a, const Tour &t) {
    const int len = a.length(t);
//@ slot bound
//@ is relaxed_atomic: same-location
    int old = shared_best_.load(std::memory_order_relaxed);
    while (len < old && !shared_best_.compare_exchange_weak(old, len, std::memory_order_relaxed)) {
    }
//@ is mutex_both: unprotected
    if (std::lock_guard hold(m_); len < best_)
      best_ = len;
//@ is peek: racy
    if (std::lock_guard hold(m_); len < best_)
      best_ = len;
//@ is shared_reader: unprotected
    if (std::unique_lock hold(rw_); len < best_)
      best_ = len;
//@ is reader_writes: racy
    if (std::shared_lock hold(rw_); len < best_)
      best_ = len;
//@ end
//@ slot offers on offers_
//@ is atomic_ref: conflicting
    std::atomic_ref(offers_).fetch_add(1, std::memory_order_relaxed);
//@ is plain: racy
    ++offers_;
//@ is other_lock: racy
    static thread_local std::mutex mine;
    std::lock_guard count(mine);
    ++offers_;
//@ is count_lock: unprotected
    std::lock_guard count(count_);
    ++offers_;
//@ end
  }
  int value() const {
//@ slot bound
//@ is relaxed_atomic
    return shared_best_;
//@ is mutex_both
    return best_;
//@ is peek
    return best_;
//@ is shared_reader
    return best_;
//@ is reader_writes
    return best_;
//@ end
  }
  long offers() const { return offers_; }

private:
  std::mutex m_, count_;
  std::shared_mutex rw_;
  std::atomic<int> shared_best_{INT_MAX};
  int best_ = INT_MAX;
  long offers_ = 0;
};

class Solver {
public:
  explicit Solver(const Atlas &a) : atlas_(a) {
    Tour t;
    std::iota(t.begin(), t.end(), 0);
    for (int i = 1; i < kCities; ++i)
      for (int j = 1; j < kCities; ++j)
        if (i != j) {
          Tour u = t;
          std::swap(u[1], u[i]);
          auto at = std::find(u.begin() + 1, u.end(), j);
          if (at != u.begin() + 1) {
            std::swap(u[2], *at);
            open_.push_back(u);
          }
        }
  }

  void run() {
    std::latch start(@NT@);
    std::vector<std::jthread> crew;
    for (int t = 0; t < @NT@; ++t)
      crew.emplace_back([this, t, &start] {
        Tour tour;
        start.arrive_and_wait();
        while (take(tour))
          descend(tour, 3, atlas_.km[tour[0]][tour[1]] + atlas_.km[tour[1]][tour[2]], t);
      });
  }
  Best best;
  long nodes() const { return std::accumulate(nodes_.begin(), nodes_.end(), 0L); }

private:
  bool take(Tour &out) {
//@ slot take on open_
//@ is locked: unprotected
    std::lock_guard hold(open_lock_);
    if (open_.empty())
      return false;
    out = open_.front();
    open_.pop_front();
    return true;
//@ is cursor: conflicting
    const int i = cursor_.fetch_add(1, std::memory_order_relaxed);
    if (i >= static_cast<int>(open_.size()))
      return false;
    out = open_[i];
    return true;
//@ is empty_outside: racy
    if (open_.empty())
      return false;
    std::lock_guard hold(open_lock_);
    if (open_.empty())
      return false;
    out = open_.front();
    open_.pop_front();
    return true;
//@ is back_unlocked: racy
    std::unique_lock hold(open_lock_);
    const std::size_t left = open_.size();
    if (left < 2)
      return false;
    open_.pop_front();
    hold.unlock();
    out = open_.back();
    open_.back()[0] = 0;
    return true;
//@ end
  }

  void descend(Tour &t, int k, int far, int me) {
//@ slot nodes on nodes_
//@ is per_thread: same-location
    ++nodes_[me];
//@ is folded: racy
    ++nodes_[me / 2];
//@ is first: racy
    ++nodes_[me > 1 ? 1 : me];
//@ is spread: same-location
    ++nodes_[(me + 1) % @NT@];
//@ end
    if (far >= best.bound())
      return;
    if (k == kCities) {
      best.offer(atlas_, t);
      return;
    }
    for (int i = k; i < kCities; ++i) {
      std::swap(t[k], t[i]);
      descend(t, k + 1, far + atlas_.km[t[k - 1]][t[k]], me);
      std::swap(t[k], t[i]);
    }
  }

  const Atlas &atlas_;
  std::deque<Tour> open_;
  std::mutex open_lock_;
  std::atomic<int> cursor_{0};
  std::array<long, 8> nodes_{};
};

int main() {
  Atlas atlas;
  Tour t;
  std::iota(t.begin(), t.end(), 0);
  int serial = INT_MAX;
  search_serial(atlas, t, 1, 0, serial);
  Solver s(atlas);
  s.run();
  std::printf("serial %d crew %d offers %ld nodes %ld\n", serial, s.best.value(), s.best.offers(),
              s.nodes());
}
