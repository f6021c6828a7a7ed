//@ family: cxx_timer_hub
//@ domain: timers
//@ problem: A hub fires due timers from its own thread while clients arm, cancel and inspect them.
//@ param CLIENTS: 2 | 3
//@ param ARMS: 220 | 300
//@ param HORIZON: 64 | 96
#include <array>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

struct Timer {
  long due = 0;
  int period = 0;
  bool armed = false;
};

class TimerHub {
public:
  explicit TimerHub(int slots) : timers_(slots) {
    worker_ = std::thread([this] { run(); });
  }

  ~TimerHub() { shut(); }

  void shut() {
    quit_.store(true, std::memory_order_relaxed);
    if (worker_.joinable())
      worker_.join();
  }

  void arm(int id, long due) {
    std::unique_lock lock(mutex_);
    timers_[id].due = due;
    timers_[id].armed = true;
  }

  bool armed(int id) const {
//@ slot armed on armed
//@ is shared_read: unprotected
    std::shared_lock lock(mutex_);
    return timers_[id].armed;
//@ is unlocked_read: racy
    return timers_[id].armed;
//@ is temporary_lock: racy
    std::shared_lock{mutex_};
    return timers_[id].armed;
//@ is exclusive_read: unprotected
    std::unique_lock lock(mutex_);
    return timers_[id].armed;
//@ is copied_locked: unprotected
    bool on;
    {
      std::shared_lock lock(mutex_);
      on = timers_[id].armed;
    }
    return on;
//@ is reference_kept: racy
    const bool *on;
    {
      std::shared_lock lock(mutex_);
      on = &timers_[id].armed;
    }
    return *on;
//@ end
  }

//@ slot clock on now_
//@ is atomic_clock: conflicting
  long now() const { return now_.load(std::memory_order_relaxed); }
//@ is plain_clock: racy
  long now() const { return now_; }
//@ is locked_clock: unprotected
  long now() const {
    std::shared_lock lock(mutex_);
    return now_;
  }
//@ is clock_of_hub: racy
  long now() const {
    const TimerHub *hub = this;
    return hub->now_;
  }
//@ end

  int fired() const { return fired_; }

private:
  void run() {
    while (!quit_.load(std::memory_order_relaxed)) {
      {
        std::unique_lock lock(mutex_);
        for (Timer &t : timers_)
          if (t.armed && t.due <= now_) {
            t.armed = false;
            fire();
          }
//@ slot clock
//@ is locked_clock
        ++now_;
//@ is plain_clock
        ++now_;
//@ end
      }
//@ slot clock
//@ is atomic_clock
      now_.fetch_add(1, std::memory_order_relaxed);
//@ is clock_of_hub
      ++now_;
//@ end
      std::this_thread::yield();
    }
  }

  void fire() {
//@ slot fired on fired_
//@ is hub_only: concurrent
    ++fired_;
//@ is with_clients: racy
    ++fired_;
//@ is with_clients_atomic: conflicting
    ++fired_;
//@ end
  }

public:
  void fire_now() {
//@ slot fired
//@ is hub_only
    arm(0, 0);
//@ is with_clients
    fire();
//@ is with_clients_atomic
    fire();
//@ end
  }

private:
  mutable std::shared_mutex mutex_;
  std::vector<Timer> timers_;
  std::atomic<bool> quit_{false};
//@ slot clock
//@ is atomic_clock
  std::atomic<long> now_{0};
//@ is plain_clock
  long now_ = 0;
//@ is locked_clock
  long now_ = 0;
//@ is clock_of_hub
  long now_ = 0;
//@ end
//@ slot fired
//@ is hub_only
  int fired_ = 0;
//@ is with_clients
  int fired_ = 0;
//@ is with_clients_atomic
  std::atomic<int> fired_{0};
//@ end
  std::thread worker_;
};

static int client(TimerHub &hub, int self) {
  int pending = 0;
  for (int i = 0; i < @ARMS@; ++i) {
    const int id = (i * 5 + self) % @HORIZON@;
    hub.arm(id, hub.now() + 1 + i % 3);
    std::this_thread::yield();
    pending += hub.armed(id);
    for (int k = 0; k <= i % 3; ++k)
      std::this_thread::yield();
    if (i % 16 == 5) {
      hub.fire_now();
      std::this_thread::yield();
    }
  }
  return pending;
}

int main() {
  TimerHub hub(@HORIZON@);
  std::array<int, @CLIENTS@> pending{};
  std::vector<std::thread> clients;
  for (int c = 0; c < @CLIENTS@; ++c)
    clients.emplace_back([&hub, &pending, c] { pending[c] = client(hub, c); });
  for (auto &c : clients)
    c.join();
  hub.shut();
  int sum = 0;
  for (int p : pending)
    sum += p;
  std::printf("pending %d fired %d now %d\n", sum >= 0, hub.fired() >= 0, hub.now() > 0);
}
