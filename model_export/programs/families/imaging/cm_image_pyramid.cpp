//@ family: cm_image_pyramid
//@ domain: imaging
//@ problem: Threads halve an image level by level; every level reads rows that other threads wrote.
//@ param HANDS: 3 | 4
//@ param SIDE: 64 | 96
#include <algorithm>
#include <atomic>
#include <barrier>
#include <cstddef>
#include <cstdio>
#include <latch>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

class Level {
public:
  Level(int w, int h) : w_(w), h_(h), data_(static_cast<std::size_t>(w) * h, 0.f) {}
  float &at(int x, int y) { return data_[static_cast<std::size_t>(y) * w_ + x]; }
  int width() const { return w_; }
  int height() const { return h_; }

private:
  int w_, h_;
  std::vector<float> data_;
};

class Pyramid {
public:
  Pyramid(int side, int hands) : hands_(hands), phase_(hands), begun_(hands) {
    for (int s = side; s >= 8; s /= 2)
      levels_.emplace_back(s, s);
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x)
        levels_[0].at(x, y) = static_cast<float>((x * 7 + y * 3) % 31);
  }

  void work(int hand) {
    begun_.arrive_and_wait();
    for (std::size_t l = 1; l < levels_.size(); ++l) {
      const int part = (hand + static_cast<int>(l)) % hands_;
      shrink(levels_[l - 1], levels_[l], part);
//@ slot phase on data_
//@ is wait_all: unordered
      phase_.arrive_and_wait();
//@ is no_wait: racy
//@ is other_levels: racy
      if (l % 2 == 0)
        phase_.arrive_and_wait();
//@ is token_wait: unordered
      auto token = phase_.arrive();
      std::this_thread::yield();
      phase_.wait(std::move(token));
//@ end
    }
  }

  float brightest() const { return brightest_; }
  long rows() const { return rows_; }

private:
  void shrink(Level &from, Level &to, int part) {
    const int per = (to.height() + hands_ - 1) / hands_;
    const int last = std::min(to.height(), (part + 1) * per);
    float top = 0.f;
    for (int y = part * per; y < last; ++y) {
      for (int x = 0; x < to.width(); ++x) {
        const float v = 0.25f * (from.at(2 * x, 2 * y) + from.at(2 * x + 1, 2 * y) +
                                 from.at(2 * x, 2 * y + 1) + from.at(2 * x + 1, 2 * y + 1));
        to.at(x, y) = v;
        top = std::max(top, v);
      }
      if (y % 4 == 3)
        countRow();
    }
    note(top);
  }

  void note(float v) {
//@ slot bright on brightest_
//@ is locked_max: unprotected
    std::lock_guard<std::mutex> lock(mutex_);
    brightest_ = std::max(brightest_, v);
//@ is tested_max: racy
    if (v > brightest_) {
      std::lock_guard<std::mutex> lock(mutex_);
      brightest_ = std::max(brightest_, v);
    }
//@ is exchange_max: conflicting
    float now = brightest_.load(std::memory_order_relaxed);
    while (v > now && !brightest_.compare_exchange_weak(now, v, std::memory_order_relaxed)) {
    }
//@ is plain_max: racy
    brightest_ = std::max(brightest_, v);
//@ end
  }

  void countRow() {
//@ slot rows on rows_
//@ is relaxed: conflicting
    rows_.fetch_add(1, std::memory_order_relaxed);
//@ is volatile_count: racy
    rows_ = rows_ + 1;
//@ is mutex_count: unprotected
    std::lock_guard<std::mutex> lock(mutex_);
    rows_ = rows_ + 1;
//@ end
  }

  const int hands_;
  std::barrier<> phase_;
  std::latch begun_;
  std::mutex mutex_;
  std::vector<Level> levels_;
//@ slot bright
//@ is locked_max
  float brightest_ = 0.f;
//@ is tested_max
  float brightest_ = 0.f;
//@ is plain_max
  float brightest_ = 0.f;
//@ is exchange_max
  std::atomic<float> brightest_{0.f};
//@ end
//@ slot rows
//@ is relaxed
  std::atomic<long> rows_{0};
//@ is volatile_count
  volatile long rows_ = 0;
//@ is mutex_count
  long rows_ = 0;
//@ end
};

int main() {
  auto pyramid = std::make_unique<Pyramid>(@SIDE@, @HANDS@);
  {
    std::vector<std::jthread> hands;
    for (int h = 0; h < @HANDS@; ++h)
      hands.emplace_back([p = pyramid.get(), h] { p->work(h); });
  }
  std::printf("brightest %d rows %d\n", pyramid->brightest() > 0.f, pyramid->rows() > 0);
}
