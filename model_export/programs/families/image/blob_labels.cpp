//@ family: blob_labels
//@ domain: image
//@ problem: Label connected blobs: stripes are labelled apart, then joined at the seams.
//@ param W: 64 | 90
//@ param H: 48 | 64
//@ param NT: 3 | 4
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <map>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

constexpr int kW = @W@, kH = @H@, kThreads = @NT@;

struct Bitmap {
  Bitmap() {
    unsigned s = 3;
    for (auto &p : on) {
      s = s * 1103515245u + 12345u;
      p = (s >> 16) % 100 < 63;
    }
  }
  std::array<unsigned char, kW * kH> on{};
};

struct Sets {
  Sets() { std::iota(up.begin(), up.end(), 0); }
  int find(int v) {
    while (up[v] != v)
      v = up[v];
    return v;
  }
  void join(int a, int b) {
    a = find(a);
    b = find(b);
    if (a != b)
      up[std::max(a, b)] = std::min(a, b);
  }
  std::vector<int> up = std::vector<int>(kW * kH);
};

static void label_rows(const Bitmap &img, Sets &sets, int y0, int y1) {
  for (int y = y0; y < y1; ++y)
    for (int x = 0; x < kW; ++x) {
      int i = y * kW + x;
      if (!img.on[i])
        continue;
      if (x && img.on[i - 1])
        sets.join(i, i - 1);
      if (y > y0 && img.on[i - kW])
        sets.join(i, i - kW);
    }
}

static void join_seam(const Bitmap &img, Sets &sets, int y) {
  for (int x = 0; x < kW; ++x)
    if (img.on[y * kW + x] && img.on[(y - 1) * kW + x])
      sets.join(y * kW + x, (y - 1) * kW + x);
}

static int count_blobs(const Bitmap &img, Sets &sets) {
  int n = 0;
  for (int i = 0; i < kW * kH; ++i)
    n += img.on[i] && sets.find(i) == i;
  return n;
}

class Labeller {
public:
  explicit Labeller(const Bitmap &img) : img_(img) {}

  int run() {
    stripes();
    seams();
    areas();
    return count_blobs(img_, sets_);
  }
  void print() const {
    int top = 0;
    for (auto [root, area] : area_)
      top = std::max(top, area);
    std::printf("blobs' largest %d lit %d widest %d\n", top, lit_, widest_);
  }

private:
  template <class F> void crew(F f) {
    std::vector<std::jthread> team;
    for (int t = 0; t < kThreads; ++t)
      team.emplace_back(f, t);
  }
  static int row(int t) { return kH * t / kThreads; }

  void stripes() {
    crew([this](int t) {
      label_rows(img_, sets_, row(t), row(t + 1));
      int run = 0, best = 0;
      for (int i = row(t) * kW; i < row(t + 1) * kW; ++i) {
        run = img_.on[i] ? run + 1 : 0;
        best = std::max(best, run);
      }
//@ slot widest on widest_
//@ is held: unprotected
      std::lock_guard hold(m_);
      widest_ = std::max(widest_, best);
//@ is unheld: racy
      widest_ = std::max(widest_, best);
//@ is scoped_too_small: racy
      if (std::lock_guard hold(m_); best < 0)
        return;
      widest_ = std::max(widest_, best);
//@ is exchange: conflicting
      std::atomic_ref w(widest_);
      for (int seen = w; seen < best && !w.compare_exchange_weak(seen, best);) {
      }
//@ end
    });
  }

  void seams() {
//@ slot seams on up
//@ is caller: concurrent
    for (int t = 1; t < kThreads; ++t)
      join_seam(img_, sets_, row(t));
//@ is crew_each: racy
    crew([this](int t) {
      if (t)
        join_seam(img_, sets_, row(t));
    });
//@ is crew_held: unprotected
    crew([this](int t) {
      if (t) {
        std::lock_guard hold(seam_);
        join_seam(img_, sets_, row(t));
      }
    });
//@ is crew_held_parts: racy
    crew([this](int t) {
      if (!t)
        return;
      std::unique_lock hold(t % 2 ? seam_ : m_);
      join_seam(img_, sets_, row(t));
    });
//@ is background: unordered
    std::thread([this] {
      for (int t = 1; t < kThreads; ++t)
        join_seam(img_, sets_, row(t));
    }).join();
//@ is background_shared: racy
    std::thread helper([this] {
      for (int t = 2; t < kThreads; ++t)
        join_seam(img_, sets_, row(t));
    });
    join_seam(img_, sets_, row(1));
    helper.join();
//@ end
  }

  void areas() {
    crew([this](int t) {
      std::map<int, int> mine;
      for (int i = row(t) * kW; i < row(t + 1) * kW; ++i)
        if (img_.on[i]) {
          ++mine[sets_.find(i)];
//@ slot lit on lit_
//@ is none: concurrent
//@ is counted: racy
          ++lit_;
//@ is ref: conflicting
          std::atomic_ref(lit_).fetch_add(1, std::memory_order_relaxed);
//@ is ref_store: racy
          std::atomic_ref(lit_).store(lit_ + 1, std::memory_order_relaxed);
//@ end
        }
//@ slot merge on area_
//@ is locked: unprotected
      std::lock_guard hold(m_);
      for (auto [root, n] : mine)
        area_[root] += n;
//@ is copies: racy
      auto merged = area_;
      for (auto [root, n] : mine)
        merged[root] += n;
      std::lock_guard hold(m_);
      area_ = merged;
//@ is try_locked: racy
      std::unique_lock hold(m_, std::try_to_lock);
      for (auto [root, n] : mine)
        area_[root] += n;
//@ is locked_each: unprotected
      for (auto [root, n] : mine) {
        std::lock_guard hold(m_);
        area_[root] += n;
      }
//@ end
    });
  }

  const Bitmap &img_;
  Sets sets_;
  std::map<int, int> area_;
  std::mutex m_, seam_;
  int lit_ = 0;
  int widest_ = 0;
};

int main() {
  Bitmap img;
  Sets one;
  label_rows(img, one, 0, kH);
  Labeller l(img);
  const int blobs = l.run();
  std::printf("serial %d stripes %d\n", count_blobs(img, one), blobs);
  l.print();
}
