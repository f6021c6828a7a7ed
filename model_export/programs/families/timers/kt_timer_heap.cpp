//@ family: kt_timer_heap
//@ domain: timers
//@ problem: A jthread fires timers from a heap in virtual time until it is asked to stop; clients arm timers.
//@ param CLIENTS: 2 | 3
//@ param TIMERS: 150 | 240
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <queue>
#include <stop_token>
#include <thread>
#include <vector>

struct Timer {
  long due;
  int payload;
  bool operator<(const Timer &o) const { return due > o.due; }
};

static int weight(int payload) { return payload % 17 + 1; }

class TimerHeap {
public:
  void arm(long due, int payload) {
//@ slot heap on heap_
//@ is locked_push: unprotected
    {
      std::lock_guard hold(mu_);
      heap_.push({due, payload});
    }
    wake_.notify_one();
//@ is arm_lock: racy
    {
      std::lock_guard hold(arm_mu_);
      heap_.push({due, payload});
    }
    wake_.notify_one();
//@ is inbox: unprotected
    {
      std::lock_guard hold(mu_);
      inbox_.push_back({due, payload});
    }
    wake_.notify_one();
//@ is notify_inside: unprotected
    std::lock_guard hold(mu_);
    heap_.push({due, payload});
    wake_.notify_one();
//@ is size_check_first: racy
    if (heap_.size() > 100000)
      return;
    {
      std::lock_guard hold(mu_);
      heap_.push({due, payload});
    }
    wake_.notify_one();
//@ end
  }

  void run(std::stop_token stop) {
    std::unique_lock lock(mu_);
    for (;;) {
      wake_.wait(lock, stop, [this] { return !heap_.empty() || !inbox_.empty(); });
//@ slot heap
//@ is inbox
      for (const Timer &t : inbox_)
        heap_.push(t);
      inbox_.clear();
//@ end
      if (heap_.empty())
        return;
      const Timer t = heap_.top();
      heap_.pop();
      now_ = std::max(now_, t.due);
      sum_ += weight(t.payload);
//@ slot fired on fired_
//@ is with_lock: unprotected
      ++fired_;
      lock.unlock();
//@ is lock_dropped: racy
      lock.unlock();
      ++fired_;
//@ is lock_dropped_atomic: conflicting
      lock.unlock();
      fired_.fetch_add(1, std::memory_order_relaxed);
//@ is stopped_first: unordered
      lock.unlock();
      ++fired_;
//@ end
      std::this_thread::yield();
      lock.lock();
    }
  }

  int fired() {
//@ slot fired
//@ is with_lock
    std::lock_guard hold(mu_);
    return fired_;
//@ is lock_dropped
    std::lock_guard hold(mu_);
    return fired_;
//@ is lock_dropped_atomic
    return fired_.load(std::memory_order_relaxed);
//@ is stopped_first
    return fired_;
//@ end
  }

  long sum() const { return sum_; }
  long now() const { return now_; }

private:
  std::mutex mu_;
  std::mutex arm_mu_;
  std::condition_variable_any wake_;
  std::priority_queue<Timer> heap_ = [] {
    std::vector<Timer> room;
    room.reserve(4096);
    return std::priority_queue<Timer>(std::less<Timer>(), std::move(room));
  }();
  std::vector<Timer> inbox_;
  long now_ = 0;
  long sum_ = 0;
//@ slot fired
//@ is with_lock
  int fired_ = 0;
//@ is lock_dropped
  int fired_ = 0;
//@ is lock_dropped_atomic
  std::atomic<int> fired_{0};
//@ is stopped_first
  int fired_ = 0;
//@ end
};

static long serial_sum() {
  long s = 0;
  for (int c = 0; c < @CLIENTS@; ++c)
    for (int i = 0; i < @TIMERS@; ++i)
      s += weight(c * 1000 + i);
  return s;
}

int main() {
  TimerHeap timers;
  std::vector<int> armed(@CLIENTS@);
  int polls = 0;
  {
    std::jthread firing([&timers](std::stop_token st) { timers.run(st); });
    {
      std::vector<std::jthread> clients;
      for (int c = 0; c < @CLIENTS@; ++c)
        clients.emplace_back([&, c] {
          for (int i = 0; i < @TIMERS@; ++i) {
            timers.arm(i * 3 % 50, c * 1000 + i);
//@ slot armed on armed
//@ is own_element: same-location
            ++armed[c];
//@ is shared_element: racy
            ++armed[i % @CLIENTS@];
//@ is relaxed_ref: conflicting
            std::atomic_ref<int>(armed[0]).fetch_add(1, std::memory_order_relaxed);
//@ end
            if (i % 4 == 0)
              std::this_thread::yield();
          }
        });
//@ slot fired
//@ is with_lock
      for (int k = 0; k < 60; ++k, std::this_thread::yield())
        polls += timers.fired();
//@ is lock_dropped
      for (int k = 0; k < 60; ++k, std::this_thread::yield())
        polls += timers.fired();
//@ is lock_dropped_atomic
      for (int k = 0; k < 60; ++k, std::this_thread::yield())
        polls += timers.fired();
//@ end
    }
    firing.request_stop();
  }
  int total = 0;
  for (int a : armed)
    total += a;
  std::printf("sum %ld serial %ld fired %d polls %d armed %d\n", timers.sum(), serial_sum(),
              timers.fired() > 0, polls >= 0, total > 0);
}
