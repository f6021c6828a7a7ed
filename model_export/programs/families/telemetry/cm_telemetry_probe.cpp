//@ family: cm_telemetry_probe
//@ domain: telemetry
//@ problem: Each subsystem owns a probe; all probes add to the totals of the process.
//@ param PROBES: 3 | 4
//@ param BEATS: 300 | 400
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

class Probe {
public:
  explicit Probe(int channel) : channel_(channel) { recent_.reserve(2048); }

  void sample(double value) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      recent_.push_back(value);
      worst_ = std::max(worst_, value);
    }
    account(value);
    tally();
  }

  double worst() const {
//@ slot worst on worst_
//@ is own_mutex: unprotected
    std::lock_guard<std::mutex> lock(mutex_);
    return worst_;
//@ is bare_read: racy
    return worst_;
//@ is class_mutex: racy
    std::lock_guard<std::mutex> lock(totalsMutex_);
    return worst_;
//@ is moved_out: unprotected
    std::unique_lock<std::mutex> lock(mutex_);
    const double w = worst_;
    lock.unlock();
    return w;
//@ end
  }

  static long samples() {
    return static_cast<long>(samples_);
  }
  static double energy() { return energy_; }
  int channel() const { return channel_; }

private:
  void account(double value) {
//@ slot energy on energy_
//@ is instance_mutex: racy
    std::lock_guard<std::mutex> lock(mutex_);
    energy_ += value * value;
//@ is class_mutex: unprotected
    std::lock_guard<std::mutex> lock(totalsMutex_);
    energy_ += value * value;
//@ is local_mutex: racy
    std::mutex guard;
    std::lock_guard<std::mutex> lock(guard);
    energy_ += value * value;
//@ is static_local_mutex: unprotected
    static std::mutex guard;
    std::lock_guard<std::mutex> lock(guard);
    energy_ += value * value;
//@ end
  }

  void tally() {
//@ slot samples on samples_
//@ is plain: racy
    ++samples_;
//@ is counter: conflicting
    samples_.fetch_add(1, std::memory_order_relaxed);
//@ is per_thread: same-location
    ++samples_;
//@ end
  }

  const int channel_;
  mutable std::mutex mutex_;
  std::vector<double> recent_;
  double worst_ = 0.0;
  inline static std::mutex totalsMutex_;
  inline static double energy_ = 0.0;
//@ slot samples
//@ is plain
  inline static long samples_ = 0;
//@ is counter
  inline static std::atomic<long> samples_{0};
//@ is per_thread
  inline static thread_local long samples_ = 0;
//@ end
};

int main() {
  std::vector<std::unique_ptr<Probe>> probes;
  for (int p = 0; p < @PROBES@; ++p)
    probes.push_back(std::make_unique<Probe>(p));

  std::vector<double> peaks(@PROBES@, 0.0);
  std::vector<std::thread> systems;
  for (int p = 0; p < @PROBES@; ++p) {
    systems.emplace_back([&probes, &peaks, p] {
      Probe &own = *probes[p];
      const Probe &next = *probes[(p + 1) % @PROBES@];
      for (int b = 0; b < @BEATS@; ++b) {
        own.sample(0.25 * b + p);
        if (b % 2 == 0)
          std::this_thread::yield();
        peaks[p] = std::max(peaks[p], next.worst());
      }
    });
  }
  for (auto &s : systems)
    s.join();
  std::printf("energy %d samples %d peak %d\n", Probe::energy() > 0,
              Probe::samples() >= 0, peaks[0] >= 0);
}
