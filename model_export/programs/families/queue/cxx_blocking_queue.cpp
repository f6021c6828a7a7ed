//@ family: cxx_blocking_queue
//@ domain: queue
//@ problem: Parsers hand records to writers over a blocking queue with a depth figure and a stop flag.
//@ param PRODUCERS: 2 | 3
//@ param ITEMS: 220 | 300
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

template <typename T> class BlockingQueue {
public:
  void push(T value) {
    {
      std::lock_guard guard(mutex_);
      items_.push_back(std::move(value));
//@ slot depth on deepest_
//@ is in_guard: unprotected
      deepest_ = std::max(deepest_, items_.size());
    }
//@ is after_block: racy
    }
    deepest_ = deepest_ + 1;
//@ is depth_from_pop: racy
      deepest_ = std::max(deepest_, items_.size());
    }
//@ is atomic_after: conflicting
    }
    deepest_.fetch_add(1, std::memory_order_relaxed);
//@ end
    filled_.notify_one();
  }

  std::optional<T> pop() {
    std::unique_lock guard(mutex_);
    while (!filled_.wait_for(guard, 2ms, [this] { return !items_.empty() || stopped(); })) {
    }
    if (items_.empty())
      return std::nullopt;
    std::optional<T> out(std::move(items_.front()));
    items_.pop_front();
    guard.unlock();
//@ slot depth
//@ is depth_from_pop
    if (deepest_ > 0)
      std::this_thread::yield();
//@ end
    return out;
  }

  void stop() {
//@ slot stop on stop_
//@ is guarded: unprotected
    {
      std::lock_guard guard(mutex_);
      stop_ = true;
    }
//@ is bare: racy
    stop_ = true;
//@ is atomic_flag: conflicting
    stop_.store(true, std::memory_order_relaxed);
//@ is other_guard: racy
    {
      std::lock_guard guard(stop_mutex_);
      stop_ = true;
    }
//@ end
    filled_.notify_all();
  }

  std::size_t deepest() const { return deepest_; }

private:
  bool stopped() const { return stop_; }

  std::mutex mutex_;
  std::mutex stop_mutex_;
  std::condition_variable filled_;
  std::deque<T> items_;
//@ slot depth
//@ is in_guard
  std::size_t deepest_ = 0;
//@ is after_block
  std::size_t deepest_ = 0;
//@ is depth_from_pop
  std::size_t deepest_ = 0;
//@ is atomic_after
  std::atomic<std::size_t> deepest_{0};
//@ end
//@ slot stop
//@ is guarded
  bool stop_ = false;
//@ is bare
  bool stop_ = false;
//@ is other_guard
  bool stop_ = false;
//@ is atomic_flag
  std::atomic<bool> stop_{false};
//@ end
};

struct Record {
  int source;
  int value;
};

int main() {
  BlockingQueue<Record> queue;
  std::vector<long> written(2, 0);
  long rejected = 0;
  std::mutex rejected_mutex;

  std::vector<std::thread> writers;
  for (int w = 0; w < 2; ++w)
    writers.emplace_back([&, w] {
      while (auto record = queue.pop()) {
//@ slot written on written
//@ is by_writer: same-location
        written[w] += record->value;
//@ is by_source: racy
        written[record->source % 2] += record->value;
//@ is local_sum: concurrent
        const long sum = record->value;
        if (w == 0)
          written[0] += sum;
//@ end
        if (record->value % 3 == 0)
          std::this_thread::yield();
//@ slot reject on rejected
//@ is locked: unprotected
        if (record->value % 4 != 1) {
          std::lock_guard lock(rejected_mutex);
          ++rejected;
        }
//@ is unlocked: racy
        if (record->value % 4 != 1)
          ++rejected;
        std::this_thread::yield();
//@ is one_line_lock: racy
        if (record->value % 4 != 1)
          std::lock_guard lock(rejected_mutex);
        ++rejected;
        std::this_thread::yield();
//@ end
      }
    });
  std::vector<std::thread> parsers;
  for (int p = 0; p < @PRODUCERS@; ++p)
    parsers.emplace_back([&queue, p] {
      for (int i = 0; i < @ITEMS@; ++i) {
        queue.push({p, i});
        if (i % 16 == 0)
          std::this_thread::yield();
      }
    });
  for (auto &p : parsers)
    p.join();
  queue.stop();
  for (auto &w : writers)
    w.join();
  std::printf("written %d deep %d rejected %d\n", written[0] + written[1] > 0,
              queue.deepest() > 0, rejected > 0);
}
