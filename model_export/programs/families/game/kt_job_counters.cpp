//@ family: kt_job_counters
//@ domain: game
//@ problem: A frame's jobs (pose, skin, cull, draw list) run on fibres-like workers and wait for each other by counters.
//@ param WORKERS: 3 | 4
//@ param ACTORS: 48 | 64
#include <atomic>
#include <cmath>
#include <cstdio>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

class Counter {
public:
  explicit Counter(int n) : left_(n) {}
//@ slot finish on pose
//@ is acq_rel: unordered
  void done() { left_.fetch_sub(1, std::memory_order_acq_rel); }
  bool zero() const { return left_.load(std::memory_order_acquire) == 0; }
//@ is relaxed_done: racy
  void done() { left_.fetch_sub(1, std::memory_order_relaxed); }
  bool zero() const { return left_.load(std::memory_order_acquire) == 0; }
//@ is sequential: unordered
  void done() { --left_; }
  bool zero() const { return left_ == 0; }
//@ is one_early: racy
  void done() { left_.fetch_sub(1, std::memory_order_acq_rel); }
  bool zero() const { return left_.load(std::memory_order_acquire) <= @ACTORS@ / 2; }
//@ end

private:
  std::atomic<int> left_;
};

class JobSystem {
public:
  using Job = std::function<void()>;

  explicit JobSystem(int workers) : queues_(workers) {
    for (int w = 0; w < workers; ++w)
      crew_.emplace_back([this, w] { loop(w); });
  }
  ~JobSystem() {
    stop_.store(true);
    for (auto &t : crew_)
      t.join();
  }

  void submit(Job job) {
    auto &q = queues_[next_++ % queues_.size()];
    std::lock_guard lock(q.mu);
    q.jobs.push_back(std::move(job));
  }

  void wait(const Counter &c) {
    while (!c.zero())
      std::this_thread::yield();
  }

  int executed() const { return executed_; }

private:
  struct Queue {
    std::mutex mu;
    std::deque<Job> jobs;
  };

  bool run_one(int from, int worker) {
    Job job;
    {
      auto &q = queues_[from];
      std::lock_guard lock(q.mu);
      if (q.jobs.empty())
        return false;
      job = std::move(q.jobs.front());
      q.jobs.pop_front();
//@ slot executed on executed_
//@ is in_queue_lock: racy
      ++executed_;
//@ is atomic_count: conflicting
      executed_.fetch_add(1, std::memory_order_relaxed);
//@ is own_queue_count: concurrent
      if (worker == 0)
        ++executed_;
//@ is plain_after: racy
//@ end
    }
    job();
//@ slot executed
//@ is plain_after
    ++executed_;
//@ end
    return true;
  }

  void loop(int w) {
    const int n = static_cast<int>(queues_.size());
    while (!stop_.load(std::memory_order_relaxed)) {
      bool found = false;
      for (int k = 0; k < n && !found; ++k)
        found = run_one((w + k) % n, w);
      if (!found)
        std::this_thread::yield();
    }
  }

  std::vector<Queue> queues_;
  std::vector<std::thread> crew_;
  std::atomic<bool> stop_{false};
  std::size_t next_ = 0;
//@ slot executed
//@ is in_queue_lock
  int executed_ = 0;
//@ is atomic_count
  std::atomic<int> executed_{0};
//@ is own_queue_count
  int executed_ = 0;
//@ is plain_after
  int executed_ = 0;
//@ end
};

struct Actor {
  float pose = 0;
  float skin = 0;
  bool visible = false;
};

static float pose_of(int i) {
  float x = static_cast<float>(i);
  for (int k = 0; k < 20; ++k)
    x = std::fmod(x * 1.7f + 3.0f, 31.0f);
  return x;
}

struct Scene {
  std::vector<Actor> actors = std::vector<Actor>(@ACTORS@);
  std::vector<int> draw_list;
  std::mutex draw_mu;
};

static void pose_pass(JobSystem &js, Scene &s, Counter &posed) {
  for (int i = 0; i < @ACTORS@; ++i)
    js.submit([&s, &posed, i] {
      s.actors[i].pose = pose_of(i);
      std::this_thread::yield();
      posed.done();
    });
}

static void cull_pass(JobSystem &js, Scene &s, Counter &culled) {
  for (int i = 0; i < @ACTORS@; ++i)
    js.submit([&s, &culled, i] {
      s.actors[i].visible = i % 3 != 0;
      std::this_thread::yield();
      if (i % 3 != 0) {
//@ slot draw on draw_list
//@ is locked_push: unprotected
        std::lock_guard lock(s.draw_mu);
        s.draw_list.push_back(i);
//@ is reserved_push: racy
        s.draw_list.push_back(i);
//@ is by_index: same-location
        s.draw_list[i] = i;
//@ is locked_size: racy
        std::size_t at;
        {
          std::lock_guard lock(s.draw_mu);
          at = s.draw_list.size() % @ACTORS@;
        }
        s.draw_list.resize(at + 1);
//@ end
      }
      culled.done();
    });
}

static long draw_sum(const Scene &s) {
  long sum = 0;
  for (const auto &a : s.actors)
    sum += static_cast<long>(a.pose * 16);
  return sum;
}

static long serial_sum() {
  Scene s;
  for (int i = 0; i < @ACTORS@; ++i)
    s.actors[i].pose = pose_of(i);
  return draw_sum(s);
}

int main() {
  long sum = 0;
  int executed = 0;
  for (int frame = 0; frame < 3; ++frame) {
    Scene scene;
    Counter posed(@ACTORS@), culled(@ACTORS@);
//@ slot draw
//@ is locked_push
//@ is reserved_push
    scene.draw_list.reserve(@ACTORS@);
//@ is by_index
    scene.draw_list.resize(@ACTORS@);
//@ is locked_size
    scene.draw_list.reserve(@ACTORS@ + 1);
//@ end
    JobSystem js(@WORKERS@);
    pose_pass(js, scene, posed);
    js.wait(posed);
    sum = draw_sum(scene);
    cull_pass(js, scene, culled);
    while (!culled.zero())
      std::this_thread::yield();
    executed += js.executed() > 0;
  }
  std::printf("sum %ld serial %ld executed %d\n", sum, serial_sum(), executed);
}
