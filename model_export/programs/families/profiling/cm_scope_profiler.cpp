//@ family: cm_scope_profiler
//@ domain: profiling
//@ problem: A profiler times scopes on many threads, gathers them per thread and writes a trace from the background.
//@ param LANES: 3 | 4
//@ param FRAMES: 200 | 300
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

class Profiler {
public:
  // Adds its own life time to the lane when it ends.
  class Scope {
  public:
    Scope(Profiler &p, int lane) : p_(p), lane_(lane), from_(p.tick()) {}
    ~Scope() { p_.leave(lane_, from_); }
    Scope(const Scope &) = delete;

  private:
    Profiler &p_;
    int lane_;
    std::uint64_t from_;
  };

  explicit Profiler(int lanes) : spent_(lanes, 0), writer_([this] { write(); }) {}

  void finish() {
    running_.store(false, std::memory_order_relaxed);
    writer_.join();
  }

  void message(const std::string &text) {
//@ slot trace on trace_
//@ is appended_in_lock: unprotected
    std::lock_guard<std::mutex> lock(mutex_);
    trace_ += text;
    if (trace_.size() > 4000)
      trace_.clear();
//@ is checked_outside: racy
    if (trace_.size() > 4000)
      return;
    std::lock_guard<std::mutex> lock(mutex_);
    trace_ += text;
//@ is one_byte: racy
    if (!text.empty() && text[0] == '#') {
      trace_.front() = '#';
      return;
    }
    std::lock_guard<std::mutex> lock(mutex_);
    trace_ += text;
    if (trace_.size() > 4000)
      trace_.resize(1);
//@ is buffered: unprotected
    thread_local std::string buffer;
    buffer += text;
    if (buffer.size() > 40) {
      std::lock_guard<std::mutex> lock(mutex_);
      trace_ += buffer;
      if (trace_.size() > 4000)
        trace_.clear();
      buffer.clear();
    }
//@ end
  }

  std::uint64_t spent(int lane) const { return spent_[lane]; }
  long written() const { return static_cast<long>(written_); }
  std::uint64_t ticks() const { return clock_; }

private:
  std::uint64_t tick() {
//@ slot clock on clock_
//@ is shared_plain: racy
    return ++clock_;
//@ is shared_atomic: conflicting
    return ++clock_;
//@ is thread_clock: same-location
    return ++clock_;
//@ is shared_locked: unprotected
    std::lock_guard<std::mutex> lock(mutex_);
    return ++clock_;
//@ end
  }

  void leave(int lane, std::uint64_t from) {
//@ slot spent on spent_
//@ is own_lane: same-location
    spent_[lane] += tick() - from;
//@ is first_lane: racy
    spent_[lane / 8] += tick() - from;
//@ is own_and_last: racy
    const std::uint64_t d = tick() - from;
    spent_[lane] += d;
    if (d % 2)
      spent_.back() += d;
//@ end
  }

  void write() {
    while (running_.load(std::memory_order_relaxed)) {
      std::size_t n = 0;
      {
        std::lock_guard<std::mutex> lock(mutex_);
        n = trace_.size();
      }
      written_ += n > 8;
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

  std::mutex mutex_;
  std::string trace_ = "-";
  std::vector<std::uint64_t> spent_;
  std::size_t written_ = 0;
//@ slot clock
//@ is shared_plain
  std::uint64_t clock_ = 0;
//@ is shared_atomic
  std::atomic<std::uint64_t> clock_{0};
//@ is thread_clock
  inline static thread_local std::uint64_t clock_ = 0;
//@ is shared_locked
  std::uint64_t clock_ = 0;
//@ end
  std::atomic<bool> running_{true};
  std::thread writer_;
};

int main() {
  static Profiler profiler(@LANES@);
  std::vector<std::thread> lanes;
  for (int l = 0; l < @LANES@; ++l)
    lanes.emplace_back([l] {
      for (int f = 0; f < @FRAMES@; ++f) {
        Profiler::Scope scope(profiler, l);
        profiler.message(f % 4 ? "frame;" : "#");
        if (f % 3 == 0)
          std::this_thread::yield();
      }
    });
  for (auto &l : lanes)
    l.join();
  profiler.finish();
  std::printf("ticks %d spent %d written %d\n", profiler.ticks() < 1u << 30,
              profiler.spent(0) < 1u << 30, profiler.written() >= 0);
}
