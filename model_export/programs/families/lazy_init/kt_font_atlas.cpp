//@ family: kt_font_atlas
//@ domain: lazy_init
//@ problem: Text painters share a glyph atlas that is created when the first of them needs it.
//@ param PAINTERS: 3 | 4
//@ param WORDS: 80 | 140
#include <array>
#include <atomic>
#include <cstdio>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

class Atlas {
public:
  Atlas() {
    for (std::size_t g = 0; g < widths_.size(); ++g)
      widths_[g] = static_cast<int>(g * 7 % 11 + 3);
  }
  int width(char c) const { return widths_[static_cast<unsigned char>(c) % 64]; }

private:
  std::array<int, 64> widths_{};
};

//@ slot atlas on instance_
//@ is double_checked_atomic: unordered
class AtlasHolder {
public:
  const Atlas &get() {
    Atlas *a = instance_.load(std::memory_order_acquire);
    if (!a) {
      std::lock_guard hold(mu_);
      a = instance_.load(std::memory_order_relaxed);
      if (!a) {
        a = new Atlas;
        instance_.store(a, std::memory_order_release);
      }
    }
    return *a;
  }
  ~AtlasHolder() { delete instance_.load(); }

private:
  std::mutex mu_;
  std::atomic<Atlas *> instance_{nullptr};
};
//@ is double_checked_plain: racy
class AtlasHolder {
public:
  const Atlas &get() {
    if (!instance_) {
      std::lock_guard hold(mu_);
      if (!instance_)
        instance_ = new Atlas;
    }
    return *instance_;
  }
  ~AtlasHolder() { delete instance_; }

private:
  std::mutex mu_;
  Atlas *instance_ = nullptr;
};
//@ is once: unordered
class AtlasHolder {
public:
  const Atlas &get() {
    std::call_once(once_, [this] { instance_ = std::make_unique<Atlas>(); });
    return *instance_;
  }

private:
  std::once_flag once_;
  std::unique_ptr<Atlas> instance_;
};
//@ is flag_in_front: racy
class AtlasHolder {
public:
  const Atlas &get() {
    if (!instance_)
      std::call_once(once_, [this] { instance_.emplace(); });
    return *instance_;
  }

private:
  std::once_flag once_;
  std::optional<Atlas> instance_;
};
//@ is local_static: unordered
class AtlasHolder {
public:
  const Atlas &get() {
    static const Atlas instance_;
    return instance_;
  }
};
//@ is ready_flag_relaxed: racy
class AtlasHolder {
public:
  const Atlas &get() {
    if (!ready_.load(std::memory_order_relaxed)) {
      std::lock_guard hold(mu_);
      if (!ready_.load(std::memory_order_relaxed)) {
        instance_.emplace();
        ready_.store(true, std::memory_order_relaxed);
      }
    }
    return *instance_;
  }

private:
  std::mutex mu_;
  std::atomic<bool> ready_{false};
  std::optional<Atlas> instance_;
};
//@ end

static std::string word(int p, int i) {
  std::string w;
  for (int k = 0; k < 3 + (p + i) % 4; ++k)
    w.push_back(static_cast<char>('a' + (p * 3 + i + k * 5) % 26));
  return w;
}

struct Page {
  std::mutex mu;
  long width = 0;
//@ slot lines on lines
//@ is under_page: unprotected
  int lines = 0;
//@ is one_line_below: racy
  int lines = 0;
//@ is atomic_lines: conflicting
  std::atomic<int> lines{0};
//@ end

  void add(long w) {
//@ slot lines
//@ is under_page
    std::lock_guard hold(mu);
    width += w;
    ++lines;
//@ is one_line_below
    {
      std::lock_guard hold(mu);
      width += w;
    }
    ++lines;
//@ is atomic_lines
    {
      std::lock_guard hold(mu);
      width += w;
    }
    ++lines;
//@ end
  }
};

static void paint(AtlasHolder &atlas, Page &page, std::latch &begin, int p) {
  begin.arrive_and_wait();
  for (int i = 0; i < @WORDS@; ++i) {
    long w = 0;
    for (char c : word(p, i))
      w += atlas.get().width(c);
    page.add(w);
    if (i % 4 == 0)
      std::this_thread::yield();
  }
}

static long serial_width() {
  Atlas a;
  long w = 0;
  for (int p = 0; p < @PAINTERS@; ++p)
    for (int i = 0; i < @WORDS@; ++i)
      for (char c : word(p, i))
        w += a.width(c);
  return w;
}

int main() {
  AtlasHolder atlas;
  Page page;
  std::latch begin(@PAINTERS@);
  std::vector<std::jthread> crew;
  for (int p = 0; p < @PAINTERS@; ++p)
    crew.emplace_back(paint, std::ref(atlas), std::ref(page), std::ref(begin), p);
  crew.clear();
  std::printf("width %ld serial %ld lines %d\n", page.width, serial_width(), page.lines > 0);
}
