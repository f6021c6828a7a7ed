//@ family: cm_job_queue
//@ domain: jobs
//@ problem: Producers push jobs into a queue, workers wait on a condition variable, a monitor asks for the backlog.
//@ param WORKERS: 2 | 3
//@ param JOBS: 200 | 300
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace jobs {

struct Job {
  int id;
  int weight;
};

class JobQueue {
  using Lock = std::unique_lock<std::mutex>;

public:
  void push(Job job) {
    {
      Lock lock(mutex_);
      queue_.push_back(job);
//@ slot backlog
//@ is mirror
      length_.store(queue_.size(), std::memory_order_relaxed);
//@ end
    }
    ready_.notify_one();
  }

  bool pop(Job &job) {
    Lock lock(mutex_);
    while (!stopping_ && queue_.empty())
      ready_.wait_for(lock, std::chrono::milliseconds(2));
    if (queue_.empty())
      return false;
    job = queue_.front();
    queue_.pop_front();
//@ slot backlog
//@ is mirror
    length_.store(queue_.size(), std::memory_order_relaxed);
//@ end
    return true;
  }

//@ slot backlog on queue_
//@ is locked: unprotected
  std::size_t backlog() const {
    Lock lock(mutex_);
    return queue_.size();
  }
//@ is bare: racy
  std::size_t backlog() const { return queue_.size(); }
//@ is mirror: unprotected
  std::size_t backlog() const { return length_.load(std::memory_order_relaxed); }
//@ is empty_first: racy
  std::size_t backlog() const {
    if (queue_.empty())
      return 0;
    Lock lock(mutex_);
    return queue_.size();
  }
//@ end

  void finished(const Job &job) {
//@ slot weight on weight_
//@ is in_lock: unprotected
    Lock lock(mutex_);
    weight_ += job.weight;
    lock.unlock();
    ready_.notify_all();
//@ is past_unlock: racy
    Lock lock(mutex_);
    ++served_;
    lock.unlock();
    weight_ += job.weight;
    ready_.notify_all();
//@ is relocked: unprotected
    Lock lock(mutex_);
    ++served_;
    lock.unlock();
    ready_.notify_all();
    lock.lock();
    weight_ += job.weight;
//@ is deferred: racy
    Lock lock(mutex_, std::defer_lock);
    weight_ += job.weight;
    ready_.notify_all();
//@ end
  }

  void stop() {
//@ slot stop on stopping_
//@ is before_notify: unprotected
    {
      Lock lock(mutex_);
      stopping_ = true;
    }
    ready_.notify_all();
//@ is unheld: racy
    stopping_ = true;
    ready_.notify_all();
//@ is atomic_stop: conflicting
    stopping_ = true;
    ready_.notify_all();
//@ end
  }

  long weight() const { return weight_; }

private:
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job> queue_;
  long weight_ = 0;
  long served_ = 0;
//@ slot stop
//@ is before_notify
  bool stopping_ = false;
//@ is unheld
  bool stopping_ = false;
//@ is atomic_stop
  std::atomic<bool> stopping_{false};
//@ end
//@ slot backlog
//@ is mirror
  std::atomic<std::size_t> length_{0};
//@ end
};

} // namespace jobs

int main() {
  static jobs::JobQueue queue;
  std::vector<std::thread> workers;
  for (int w = 0; w < @WORKERS@; ++w)
    workers.emplace_back([] {
      jobs::Job job{};
      while (queue.pop(job)) {
        if (job.id % 3 == 0)
          std::this_thread::yield();
        queue.finished(job);
      }
    });
  std::size_t longest = 0;
  for (int i = 0; i < @JOBS@; ++i) {
    queue.push({i, i % 5});
    if (i % 4 == 3) {
      std::this_thread::yield();
      const std::size_t now = queue.backlog();
      longest = now > longest ? now : longest;
    }
  }
  queue.stop();
  for (auto &w : workers)
    w.join();
  std::printf("weight %d longest %d\n", queue.weight() > 0, longest < 100000);
}
