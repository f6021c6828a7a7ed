//@ family: cxx_observer_list
//@ domain: observers
//@ problem: A thermostat notifies observers that attach and detach while it samples.
//@ param SAMPLES: 300 | 400
//@ param SCREENS: 2 | 3
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

class Observer {
public:
  virtual ~Observer() = default;
  virtual void changed(double degrees) = 0;
};

class Meter final : public Observer {
public:
  void changed(double degrees) override {
//@ slot level on level_
//@ is atomic_level: conflicting
    level_.store(degrees);
//@ is bare_level: racy
    level_ = degrees;
//@ is locked_level: unprotected
    std::lock_guard<std::mutex> lock(mutex_);
    level_ = degrees;
//@ is locked_write: racy
    std::lock_guard<std::mutex> lock(mutex_);
    level_ = degrees;
//@ end
  }

  double level() {
//@ slot level
//@ is atomic_level
    return level_.load();
//@ is bare_level
    return level_;
//@ is locked_level
    std::lock_guard<std::mutex> lock(mutex_);
    return level_;
//@ is locked_write
    return level_;
//@ end
  }

private:
  std::mutex mutex_;
//@ slot level
//@ is atomic_level
  std::atomic<double> level_{0};
//@ is bare_level
  double level_ = 0;
//@ is locked_level
  double level_ = 0;
//@ is locked_write
  double level_ = 0;
//@ end
};

class Thermostat {
public:
  Thermostat() { observers_.reserve(64); }

  void attach(std::shared_ptr<Observer> o) {
    std::scoped_lock lock(mutex_);
    observers_.push_back(std::move(o));
  }

  void detach_last() {
    std::scoped_lock lock(mutex_);
    if (observers_.size() > 1)
      observers_.pop_back();
  }

  void sample(double degrees) {
//@ slot notify on observers_
//@ is snapshot: unprotected
    std::vector<std::shared_ptr<Observer>> now;
    {
      std::scoped_lock lock(mutex_);
      now = observers_;
    }
    for (const auto &o : now)
      o->changed(degrees);
//@ is under_lock: unprotected
    std::scoped_lock lock(mutex_);
    for (const auto &o : observers_)
      o->changed(degrees);
//@ is first_only: racy
    if (!observers_.empty()) {
      std::scoped_lock lock(mutex_);
      observers_.front()->changed(degrees);
    }
//@ is count_kept: racy
    std::unique_lock lock(mutex_);
    std::shared_ptr<Observer> main = observers_.front();
    lock.unlock();
    main->changed(degrees + static_cast<double>(observers_.size()) * 0.001);
//@ end
  }

  void keep(double degrees) { last_ = degrees; }
  double last() const { return last_; }

private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<Observer>> observers_;
  double last_ = 0;
};

int main() {
  Thermostat box;
  auto meter = std::make_shared<Meter>();
  box.attach(meter);
  std::atomic<int> absent{1 + @SCREENS@};
  auto gather = [&absent] {
    absent.fetch_sub(1);
    while (absent.load() > 0)
      std::this_thread::yield();
  };
  std::thread sampler([&] {
    gather();
    for (int i = 0; i < @SAMPLES@; ++i) {
      box.sample(18.0 + i % 9);
      box.keep(18.0 + i % 9);
      if (i % 2 == 0)
        std::this_thread::yield();
    }
  });
  std::vector<std::thread> screens;
  std::vector<double> shown(@SCREENS@, 0.0);
  for (int s = 0; s < @SCREENS@; ++s)
    screens.emplace_back([&, s] {
      gather();
      for (int i = 0; i < @SAMPLES@; ++i) {
        box.attach(std::make_shared<Meter>());
        shown[s] += meter->level();
        std::this_thread::yield();
        box.detach_last();
      }
    });
//@ slot final on last_
//@ is joined: unordered
  sampler.join();
  double last = box.last();
//@ is joined_after: racy
  double last = box.last();
  sampler.join();
//@ is screens_joined: racy
  for (auto &s : screens)
    s.join();
  double last = box.last();
  sampler.join();
//@ is all_joined: unordered
  for (auto &s : screens)
    s.join();
  sampler.join();
  double last = box.last();
//@ end
  for (auto &s : screens)
    if (s.joinable())
      s.join();
  std::printf("last %d shown %d\n", last > 0, shown[0] >= 0);
}
