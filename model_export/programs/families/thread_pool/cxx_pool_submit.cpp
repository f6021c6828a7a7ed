//@ family: cxx_pool_submit
//@ domain: thread_pool
//@ problem: A small pool runs submitted scoring jobs and keeps figures about them.
//@ param NT: 3 | 4
//@ param JOBS: 240 | 320
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

class Pool {
public:
  explicit Pool(int n) {
    for (int i = 0; i < n; ++i)
      workers_.emplace_back([this] { run(); });
  }

  ~Pool() { close(); }

  void submit(std::function<void()> job) {
    {
      std::lock_guard<std::mutex> hold(mu_);
      jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
    std::this_thread::yield();
  }

  void close() {
    {
      std::lock_guard<std::mutex> hold(mu_);
      closing_ = true;
    }
    wake_.notify_all();
    for (auto &w : workers_)
      if (w.joinable())
        w.join();
  }

  long finished() const { return finished_; }

private:
  void run() {
    for (;;) {
      std::unique_lock<std::mutex> hold(mu_);
      wake_.wait(hold, [this] { return closing_ || !jobs_.empty(); });
      if (jobs_.empty())
        return;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
//@ slot finished on finished_
//@ is under_hold: unprotected
      ++finished_;
      hold.unlock();
      job();
//@ is after_unlock: racy
      hold.unlock();
      job();
      ++finished_;
//@ is relocked: unprotected
      hold.unlock();
      job();
      hold.lock();
      ++finished_;
//@ is atomic_member: conflicting
      hold.unlock();
      job();
      finished_.fetch_add(1, std::memory_order_relaxed);
//@ is stats_lock: unprotected
      hold.unlock();
      job();
      std::lock_guard<std::mutex> stats(stats_mu_);
      ++finished_;
//@ is local_lock: racy
      hold.unlock();
      job();
      std::mutex stats_mu;
      std::lock_guard<std::mutex> stats(stats_mu);
      ++finished_;
//@ end
      std::this_thread::yield();
    }
  }

  std::mutex mu_;
  std::mutex stats_mu_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool closing_ = false;
//@ slot finished
//@ is under_hold
  long finished_ = 0;
//@ is after_unlock
  long finished_ = 0;
//@ is relocked
  long finished_ = 0;
//@ is stats_lock
  long finished_ = 0;
//@ is local_lock
  long finished_ = 0;
//@ is atomic_member
  std::atomic<long> finished_{0};
//@ end
  std::vector<std::thread> workers_;
};

static int score(int seed) {
  unsigned x = static_cast<unsigned>(seed) * 2654435761u + 12345u;
  for (int k = 0; k < 16; ++k)
    x = x * 1664525u + 1013904223u;
  return static_cast<int>(x >> 24);
}

static std::atomic<int> marks{0};

static void grade_mark(int s) {
  if (s % 7 == 0)
    marks.fetch_add(1, std::memory_order_relaxed);
}

int main() {
  long high = 0;
  std::mutex high_mu;
  {
    Pool pool(@NT@);
//@ slot capture on job
//@ is by_value: same-location
    for (int job = 0; job < @JOBS@; ++job) {
      pool.submit([&, job] {
        const int s = score(job);
//@ is by_reference: racy
    int job = 0;
    for (job = 0; job < @JOBS@; ++job) {
      pool.submit([&] {
        const int s = score(job);
//@ is inner_copy: same-location
    for (int next = 0; next < @JOBS@; ++next) {
      const int job = next;
      pool.submit([=, &high, &high_mu] {
        const int s = score(job);
//@ is init_capture: same-location
    for (int next = 0; next < @JOBS@; ++next) {
      pool.submit([&, job = next] {
        const int s = score(job);
//@ end
//@ slot tally on high
//@ is guarded: unprotected
        if (s > 90) {
          std::lock_guard<std::mutex> hold(high_mu);
          ++high;
        }
//@ is block_closed: racy
        if (s > 90) {
          { std::lock_guard<std::mutex> hold(high_mu); }
          ++high;
        }
//@ is bare: racy
        if (s > 90)
          ++high;
//@ end
        if (s % 4 != 0)
          std::this_thread::yield();
        grade_mark(s);
      });
    }
    pool.close();
    std::printf("finished %ld\n", static_cast<long>(pool.finished()));
  }
  std::printf("high %ld of %d, marks %d\n", high, @JOBS@, marks.load());
}
