//@ family: cluster_means
//@ domain: machine_learning
//@ problem: k-means: assign points to centres, sum per centre, move the centres.
//@ param POINTS: 1500 | 2400
//@ param K: 5 | 8
//@ param NT: 3 | 4
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

constexpr int kDim = 3;
constexpr int kThreads = @NT@;
using Point = std::array<float, kDim>;

struct Sum {
  Point at{};
  int n = 0;
  void add(const Point &p) {
    for (int d = 0; d < kDim; ++d)
      at[d] += p[d];
    ++n;
  }
  void add(const Sum &o) {
    for (int d = 0; d < kDim; ++d)
      at[d] += o.at[d];
    n += o.n;
  }
};

static std::vector<Point> make_points() {
  std::vector<Point> v(@POINTS@);
  unsigned s = 6;
  for (auto &p : v)
    for (auto &x : p) {
      s = s * 1664525u + 1013904223u;
      x = static_cast<float>(s >> 20) * 0.01f + static_cast<float>(s % 4);
    }
  return v;
}

static int nearest(const std::vector<Point> &centres, const Point &p, float *dist = nullptr) {
  int best = 0;
  float low = 1e30f;
  for (std::size_t c = 0; c < centres.size(); ++c) {
    float d = 0;
    for (int k = 0; k < kDim; ++k)
      d += (p[k] - centres[c][k]) * (p[k] - centres[c][k]);
    if (d < low) {
      low = d;
      best = static_cast<int>(c);
    }
  }
  if (dist)
    *dist = low;
  return best;
}

static void move_centres(std::vector<Point> &centres, const std::vector<Sum> &sums) {
  for (std::size_t c = 0; c < centres.size(); ++c)
    if (sums[c].n)
      for (int k = 0; k < kDim; ++k)
        centres[c][k] = sums[c].at[k] / static_cast<float>(sums[c].n);
}

static double digest(const std::vector<Point> &centres) {
  double s = 0;
  for (std::size_t c = 0; c < centres.size(); ++c)
    for (float x : centres[c])
      s += x * static_cast<double>(c + 1);
  return s;
}

static double serial(const std::vector<Point> &points) {
  std::vector<Point> centres(points.begin(), points.begin() + @K@);
  for (int round = 0; round < 4; ++round) {
    std::vector<Sum> sums(@K@);
    for (const auto &p : points)
      sums[nearest(centres, p)].add(p);
    move_centres(centres, sums);
  }
  return digest(centres);
}

class KMeans {
public:
  explicit KMeans(const std::vector<Point> &points)
      : points_(points), centres_(points.begin(), points.begin() + @K@), label_(points.size(), -1) {}

  void round() {
    sums_.assign(@K@, Sum{});
    inertia_ = 0;
    changed_ = 0;
    std::latch placed(kThreads);
    std::vector<std::thread> crew;
    for (int t = 0; t < kThreads; ++t)
      crew.emplace_back([this, t, &placed] { part(t, placed); });
    for (auto &c : crew)
      c.join();
//@ slot move
//@ is caller_moves
    move_centres(centres_, sums_);
//@ is last_part_moves
//@ is first_part_moves
//@ is each_centre
//@ is during
//@ end
  }
  double digest_centres() const { return digest(centres_); }
  void print(double want) const {
    std::printf("serial %.4f crew %.4f inertia %.2f changed %d\n", want, digest_centres(), inertia_,
                changed_);
  }

private:
  void part(int t, std::latch &placed) {
    const int n = static_cast<int>(points_.size());
    const int lo = n / kThreads * t, hi = t == kThreads - 1 ? n : lo + n / kThreads;
    std::vector<Sum> mine(@K@);
    double far = 0;
    for (int i = lo; i < hi; ++i) {
      float d = 0;
      const int c = nearest(centres_, points_[i], &d);
      far += std::sqrt(d);
//@ slot sums on sums_
//@ is own_then_locked
      mine[c].add(points_[i]);
//@ is straight
      sums_[c].add(points_[i]);
//@ is straight_locked
      {
        std::lock_guard hold(centre_lock_[c % 4]);
        sums_[c].add(points_[i]);
      }
//@ is part_locked
      {
        std::lock_guard hold(centre_lock_[t % 4]);
        sums_[c].add(points_[i]);
      }
//@ is own_then_merged
      mine[c].add(points_[i]);
//@ end
//@ slot changed on changed_
//@ is ref: conflicting
      if (label_[i] != c)
        std::atomic_ref(changed_).fetch_add(1, std::memory_order_relaxed);
//@ is member: racy
      if (label_[i] != c)
        ++changed_;
//@ is ref_read: racy
      if (label_[i] != c)
        changed_ = std::atomic_ref(changed_).load(std::memory_order_relaxed) + 1;
//@ is flag_of_point: same-location
      far += label_[i] != c ? 0.0 : 1e-9;
//@ end
      label_[i] = c;
    }
//@ slot sums
//@ is own_then_locked: unprotected
    {
      std::lock_guard hold(merge_);
      for (int c = 0; c < @K@; ++c)
        sums_[c].add(mine[c]);
    }
//@ is straight: racy
//@ is straight_locked: unprotected
//@ is part_locked: racy
//@ is own_then_merged: racy
    for (int c = 0; c < @K@; ++c)
      sums_[(c + t) % @K@].add(mine[(c + t) % @K@]);
//@ end
//@ slot inertia on inertia_
//@ is locked: unprotected
    {
      std::lock_guard hold(merge_);
      inertia_ += far;
    }
//@ is plain: racy
    inertia_ += far;
//@ is first_part: concurrent
    if (t == 0)
      inertia_ += far * kThreads;
//@ is other_lock: racy
    {
      std::lock_guard hold(merge_);
      far += inertia_;
    }
    inertia_ = far;
//@ end
//@ slot move on centres_
//@ is caller_moves: unordered
    placed.count_down();
//@ is last_part_moves: unordered
    placed.arrive_and_wait();
    if (t == kThreads - 1)
      move_centres(centres_, sums_);
//@ is first_part_moves: racy
    placed.count_down();
    if (t == 0) {
      const std::vector<Sum> none(@K@, Sum{points_[t], 1});
      move_centres(centres_, none);
    }
//@ is each_centre: unordered
    placed.arrive_and_wait();
    for (int c = t; c < @K@; c += kThreads)
      if (sums_[c].n)
        for (int k = 0; k < kDim; ++k)
          centres_[c][k] = sums_[c].at[k] / static_cast<float>(sums_[c].n);
//@ is during: racy
    for (int c = t; c < @K@; c += kThreads)
      if (mine[c].n)
        for (int k = 0; k < kDim; ++k)
          centres_[c][k] = mine[c].at[k] / static_cast<float>(mine[c].n);
    placed.arrive_and_wait();
//@ end
  }

  const std::vector<Point> &points_;
  std::vector<Point> centres_;
  std::vector<int> label_;
  std::vector<Sum> sums_;
  std::mutex merge_;
  std::array<std::mutex, 4> centre_lock_;
  double inertia_ = 0;
  int changed_ = 0;
};

int main() {
  const auto points = make_points();
  KMeans km(points);
  for (int r = 0; r < 4; ++r)
    km.round();
  km.print(serial(points));
}
