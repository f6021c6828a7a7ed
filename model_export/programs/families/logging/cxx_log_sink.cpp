//@ family: cxx_log_sink
//@ domain: logging
//@ problem: Threads write lines into a shared text sink that rotates and counts what it dropped.
//@ param NT: 3 | 4
//@ param LINES: 220 | 300
//@ param LIMIT: 4000 | 6000
#include <atomic>
#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace logsink {

enum class Level { debug, info, warn };

class Sink {
public:
  Sink() { text_.reserve(1 << 16); }

  void write(std::string_view line) {
//@ slot text on text_
//@ is whole_body: unprotected
    const std::lock_guard guard{lock_};
    rotate();
    text_.append(line).push_back('\n');
//@ is rotate_only: racy
    {
      const std::lock_guard guard{lock_};
      rotate();
    }
    text_.append(line).push_back('\n');
//@ is unnamed_guard: racy
    std::lock_guard{lock_};
    rotate();
    text_.append(line).push_back('\n');
//@ is built_first: unprotected
    std::string row;
    row.append(line).push_back('\n');
    const std::lock_guard guard{lock_};
    rotate();
    text_ += row;
//@ end
  }

  void set_level(Level level) {
//@ slot level on level_
//@ is atomic_enum: conflicting
    level_.store(level, std::memory_order_relaxed);
//@ is plain_enum: racy
    level_ = level;
//@ is guarded_enum: unprotected
    const std::lock_guard guard{level_lock_};
    level_ = level;
//@ is guarded_write: racy
    const std::lock_guard guard{level_lock_};
    level_ = level;
//@ is unchanged: conflicting
    (void)level;
//@ end
  }

  bool wants(Level level) {
//@ slot level
//@ is atomic_enum
    return level >= level_.load(std::memory_order_relaxed);
//@ is plain_enum
    return level >= level_;
//@ is guarded_enum
    const std::lock_guard guard{level_lock_};
    return level >= level_;
//@ is guarded_write
    return level >= level_;
//@ is unchanged
    return level >= level_;
//@ end
  }

  void note(std::size_t length) {
//@ slot longest on longest_
//@ is exchange_loop: conflicting
    std::size_t seen = longest_.load();
    while (length > seen && !longest_.compare_exchange_weak(seen, length)) {
    }
//@ is plain_max: racy
    if (length > longest_)
      longest_ = length;
//@ is checked_outside: racy
    if (length > longest_) {
      const std::lock_guard guard{level_lock_};
      longest_ = length;
    }
//@ is checked_inside: unprotected
    const std::lock_guard guard{level_lock_};
    if (length > longest_)
      longest_ = length;
//@ end
  }

  std::size_t size() const { return text_.size(); }
  std::size_t longest() const { return longest_; }

private:
  void rotate() {
    if (text_.size() > @LIMIT@)
      text_.clear();
  }

  std::mutex lock_;
  std::mutex level_lock_;
  std::string text_;
//@ slot level
//@ is atomic_enum
  std::atomic<Level> level_{Level::debug};
//@ is plain_enum
  Level level_{Level::debug};
//@ is guarded_enum
  Level level_{Level::debug};
//@ is guarded_write
  Level level_{Level::debug};
//@ is unchanged
  Level level_{Level::debug};
//@ end
//@ slot longest
//@ is exchange_loop
  std::atomic<std::size_t> longest_{0};
//@ is plain_max
  std::size_t longest_{0};
//@ is checked_outside
  std::size_t longest_{0};
//@ is checked_inside
  std::size_t longest_{0};
//@ end
};

} // namespace logsink

int main() {
  using logsink::Level;
  logsink::Sink sink;
  std::atomic<bool> go{false};
  std::vector<std::thread> writers;
  for (int t = 0; t < @NT@; ++t)
    writers.emplace_back([&sink, &go, t] {
      while (!go.load(std::memory_order_acquire))
        std::this_thread::yield();
      std::string line = "worker ";
      line += static_cast<char>('a' + t);
      for (int i = 0; i < @LINES@; ++i) {
        if (i % 32 == 0)
          line += '.';
        if (i % 16 == t)
          sink.set_level(i % 32 < 16 ? Level::debug : Level::info);
        if (sink.wants(Level::warn))
          sink.write(line);
        sink.note(line.size());
        if (i % 4 == 0)
          std::this_thread::yield();
      }
    });
  go.store(true, std::memory_order_release);
  for (auto &w : writers)
    w.join();
  std::printf("kept %d longest %zu\n", sink.size() > 0, sink.longest());
}
