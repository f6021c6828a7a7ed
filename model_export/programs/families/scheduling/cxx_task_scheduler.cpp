//@ family: cxx_task_scheduler
//@ domain: scheduling
//@ problem: A scheduler runs tasks by priority on worker threads and waits until all are through.
//@ param NT: 3 | 4
//@ param TASKS: 240 | 320
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

struct Task {
  int priority = 0;
  int id = 0;
  bool operator<(const Task &o) const { return priority < o.priority; }
};

class Scheduler {
public:
  explicit Scheduler(int n) : results_(@TASKS@, 0) {
    for (int i = 0; i < @TASKS@; ++i)
      ready_.push({i * 7 % 13, i});
    pending_ = @TASKS@;
    for (int t = 0; t < n; ++t)
      threads_.emplace_back(&Scheduler::loop, this);
  }

  ~Scheduler() { join(); }

  void wait_all() {
//@ slot wait on results_
//@ is predicate: unordered
    std::unique_lock<std::mutex> lk(m_);
    idle_.wait(lk, [this] { return pending_ == 0; });
//@ is half_way: racy
    std::unique_lock<std::mutex> lk(m_);
    idle_.wait(lk, [this] { return pending_ <= @TASKS@ / 2; });
//@ is joined: unordered
    join();
//@ is early_release: racy
    std::unique_lock<std::mutex> lk(m_);
    lk.unlock();
//@ end
  }

  long checksum() {
    long sum = 0;
    for (int r : results_)
      sum += r;
    return sum;
  }

  void join() {
    for (auto &t : threads_)
      if (t.joinable())
        t.join();
  }

  int ran() const { return ran_; }

private:
  bool next(Task &out) {
//@ slot pick on ready_
//@ is locked: unprotected
    std::lock_guard<std::mutex> lk(m_);
    if (ready_.empty())
      return false;
    out = ready_.top();
    ready_.pop();
    return true;
//@ is empty_first: racy
    if (ready_.empty())
      return false;
    std::lock_guard<std::mutex> lk(m_);
    if (ready_.empty())
      return false;
    out = ready_.top();
    ready_.pop();
    return true;
//@ is counted_first: unprotected
    if (left_.load(std::memory_order_relaxed) <= 0)
      return false;
    std::lock_guard<std::mutex> lk(m_);
    if (ready_.empty())
      return false;
    left_.store(static_cast<int>(ready_.size()) - 1, std::memory_order_relaxed);
    out = ready_.top();
    ready_.pop();
    return true;
//@ is top_outside: racy
    const int urgent = ready_.size() > 1 ? 1 : 0;
    std::lock_guard<std::mutex> lk(m_);
    if (ready_.empty())
      return false;
    out = ready_.top();
    out.priority += urgent;
    ready_.pop();
    return true;
//@ end
  }

  void loop() {
    gate_.fetch_add(1, std::memory_order_relaxed);
    while (gate_.load(std::memory_order_relaxed) < @NT@)
      std::this_thread::yield();
    Task task;
    while (next(task)) {
      int value = task.id;
      for (int k = 0; k < 8; ++k)
        value = (value * 5 + task.priority) % 1009;
      results_[task.id] = value;
//@ slot ran on ran_
//@ is atomic_inc: conflicting
      ran_.fetch_add(1);
//@ is plain_inc: racy
      ran_ = ran_ + 1;
//@ is after_finish: racy
//@ is finish_lock: unprotected
//@ end
      std::this_thread::yield();
      finish();
//@ slot ran
//@ is after_finish
      ran_ += 1;
      std::this_thread::yield();
//@ end
    }
  }

  void finish() {
    std::lock_guard<std::mutex> lk(m_);
//@ slot ran
//@ is finish_lock
    ++ran_;
//@ end
    if (--pending_ <= @TASKS@ / 2)
      idle_.notify_all();
  }

  std::mutex m_;
  std::condition_variable idle_;
  std::priority_queue<Task> ready_;
  std::vector<int> results_;
  std::atomic<int> left_{@TASKS@};
  std::atomic<int> gate_{0};
  int pending_ = 0;
//@ slot ran
//@ is atomic_inc
  std::atomic<int> ran_{0};
//@ is plain_inc
  int ran_ = 0;
//@ is after_finish
  int ran_ = 0;
//@ is finish_lock
  int ran_ = 0;
//@ end
  std::vector<std::thread> threads_;
};

int main() {
  Scheduler scheduler(@NT@);
  scheduler.wait_all();
  const long sum = scheduler.checksum();
  scheduler.join();
  std::printf("sum %d ran %d\n", sum >= 0, scheduler.ran() > 0);
}
