// Each function named racy_… or clean_… is one case.
#include <atomic>
#include <condition_variable>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

static void racy_thread() {
  int n = 0;
  std::thread one([&] { n++; });
  n++;
  one.join();
}
static void clean_thread() {
  int n = 0;
  std::thread one([&] { n++; });
  one.join();
  n++;
}
static void racy_async() {
  int n = 0;
  auto one = std::async(std::launch::async, [&] { n++; });
  n++;
  one.get();
}
static void clean_future() {
  auto one = std::async(std::launch::async, [] { return std::vector<int>(4, 7); });
  std::vector<int> got = one.get();
  got[0]++;
}
static void racy_shared_lock() {
  std::shared_mutex lock;
  int n = 0;
  auto add = [&] {
    std::shared_lock guard(lock);
    n++;
  };
  std::jthread one(add), two(add);
}
static void clean_shared_lock() {
  std::shared_mutex lock;
  int n = 0;
  std::jthread one([&] {
    std::unique_lock guard(lock);
    n++;
  });
  std::jthread two([&] {
    std::shared_lock guard(lock);
    return n;
  });
}
static void racy_latch_missing() {
  int n = 0;
  std::latch done(1);
  std::jthread one([&] {
    done.count_down();
    n = 1;
  });
  done.wait();
  n++;
}
static void clean_latch() {
  int n = 0;
  std::latch done(1);
  std::jthread one([&] {
    n = 1;
    done.count_down();
  });
  done.wait();
  n++;
}
static void racy_vector_grows() {
  std::vector<int> all;
  all.reserve(8);  // where both move the elements at once, the program may crash
  std::jthread one([&] { all.push_back(1); });
  std::jthread two([&] { all.push_back(2); });
}
static void clean_vector_grows() {
  std::mutex lock;
  std::vector<int> all;
  auto add = [&] {
    std::scoped_lock guard(lock);
    all.push_back(1);
  };
  std::jthread one(add), two(add);
}
static void clean_shared_pointer() {
  auto kept = std::make_shared<int>(3);
  std::jthread one([kept] { return *kept; });
  kept.reset();
}
static std::vector<int> &table() {
  static std::vector<int> made(8, 1);
  return made;
}
static void clean_static_local() {
  std::jthread one([] { return table()[0]; });
  std::jthread two([] { return table()[1]; });
}
static void racy_relaxed_message() {
  int data = 0;
  std::atomic<bool> sent{false};
  std::jthread one([&] {
    data = 1;
    sent.store(true, std::memory_order_relaxed);
  });
  while (!sent.load(std::memory_order_relaxed)) std::this_thread::yield();
  data++;
}
static void clean_release_sequence() {
  int data = 0;
  std::atomic<int> sent{0};
  std::jthread one([&] {
    data = 1;
    sent.store(1, std::memory_order_release);
  });
  std::jthread two([&] {
    int seen = 1;
    while (!sent.compare_exchange_weak(seen, 2, std::memory_order_relaxed)) seen = 1;
  });
  while (sent.load(std::memory_order_acquire) != 2) std::this_thread::yield();
  data++;
}
static void clean_condition() {
  std::mutex lock;
  std::condition_variable filled;
  bool ready = false;
  int data = 0;
  std::jthread one([&] {
    data = 1;
    std::lock_guard guard(lock);
    ready = true;
    filled.notify_one();
  });
  std::unique_lock guard(lock);
  filled.wait(guard, [&] { return ready; });
  guard.unlock();
  data++;
}

int main() {
  racy_thread(), clean_thread(), racy_async(), clean_future();
  racy_shared_lock(), clean_shared_lock(), racy_latch_missing(), clean_latch();
  racy_vector_grows(), clean_vector_grows(), clean_shared_pointer(), clean_static_local();
  racy_relaxed_message(), clean_release_sequence(), clean_condition();
}
