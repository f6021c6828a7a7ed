//@ family: cxx_metrics_registry
//@ domain: metrics
//@ problem: Services register gauges by name, update them and a scraper prints them meanwhile.
//@ param SERVICES: 2 | 3
//@ param TICKS: 250 | 350
#include <atomic>
#include <cstdio>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct Gauge {
//@ slot value on value
//@ is atomic_value: conflicting
  std::atomic<double> value{0};
  void set(double v) { value.store(v, std::memory_order_relaxed); }
  double get() const { return value.load(std::memory_order_relaxed); }
//@ is plain_value: racy
  double value = 0;
  void set(double v) { value = v; }
  double get() const { return value; }
//@ is own_mutex: unprotected
  mutable std::mutex mutex;
  double value = 0;
  void set(double v) {
    std::lock_guard lock(mutex);
    value = v;
  }
  double get() const {
    std::lock_guard lock(mutex);
    return value;
  }
//@ is get_unlocked: racy
  mutable std::mutex mutex;
  double value = 0;
  void set(double v) {
    std::lock_guard lock(mutex);
    value = v;
  }
  double get() const { return value; }
//@ end
};

class Metrics {
public:
  Gauge &gauge(const std::string &name) {
//@ slot gauges on gauges_
//@ is lock_all: unprotected
    std::lock_guard lock(mutex_);
    return gauges_[name];
//@ is look_then_lock: racy
    auto it = gauges_.find(name);
    if (it != gauges_.end())
      return it->second;
    std::lock_guard lock(mutex_);
    return gauges_[name];
//@ is look_in_lock: unprotected
    std::lock_guard lock(mutex_);
    auto it = gauges_.find(name);
    if (it != gauges_.end())
      return it->second;
    return gauges_[name];
//@ is count_outside: racy
    if (gauges_.size() > 100000)
      return spare_;
    std::lock_guard lock(mutex_);
    return gauges_[name];
//@ end
  }

  double sum() {
    std::lock_guard lock(mutex_);
    double total = spare_.get();
    for (const auto &[name, g] : gauges_)
      total += g.get();
    return total;
  }

//@ slot names on names_
//@ is copy_out: unprotected
  std::vector<int> names() {
    std::lock_guard lock(mutex_);
    return names_;
  }
//@ is reference_out: racy
  const std::vector<int> &names() {
    std::lock_guard lock(mutex_);
    return names_;
  }
//@ is pointer_out: racy
  const std::vector<int> names() {
    const std::vector<int> *all;
    {
      std::lock_guard lock(mutex_);
      all = &names_;
    }
    return std::vector<int>(all->begin(), all->end());
  }
//@ is sized_copy: unprotected
  std::vector<int> names() {
    std::unique_lock lock(mutex_);
    std::vector<int> out(names_.size());
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = names_[i];
    return out;
  }
//@ end

  void describe(int id) {
    std::lock_guard lock(mutex_);
    names_.push_back(id);
  }

  void reserve() { names_.reserve(8192); }

private:
  std::mutex mutex_;
  std::map<std::string, Gauge> gauges_;
  std::vector<int> names_;
  Gauge spare_;
};

static Metrics metrics;

static void service(int id, std::atomic<int> &up) {
  up.fetch_add(1, std::memory_order_relaxed);
  while (up.load(std::memory_order_relaxed) <= @SERVICES@)
    std::this_thread::yield();
  for (int t = 0; t < @TICKS@; ++t) {
    std::string name = "g";
    name += static_cast<char>('a' + t / 8 % 24);
    name += static_cast<char>('a' + id);
    Gauge &g = metrics.gauge(name);
    std::this_thread::yield();
    g.set(t * 0.5 + id);
    if (t % 4 == 0)
      std::this_thread::yield();
    metrics.describe(id * 1000 + t);
  }
}

int main() {
  metrics.reserve();
  std::atomic<int> up{0};
  std::vector<std::thread> team;
  for (int s = 0; s < @SERVICES@; ++s)
    team.emplace_back(service, s, std::ref(up));
  double seen = 0;
  std::size_t known = 0;
  std::thread scraper([&] {
    up.fetch_add(1, std::memory_order_relaxed);
    for (int k = 0; k < 150; ++k) {
      seen += metrics.sum();
      std::this_thread::yield();
      const auto &names = metrics.names();
      for (int id : names)
        known += id >= 0;
      std::this_thread::yield();
    }
  });
  for (auto &t : team)
    t.join();
  scraper.join();
  std::printf("seen %d known %d\n", seen >= 0, known > 0);
}
