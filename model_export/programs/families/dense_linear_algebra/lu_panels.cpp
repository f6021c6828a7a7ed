//@ family: lu_panels
//@ domain: dense_linear_algebra
//@ problem: Blocked LU factorisation, threads take column panels of the trailing matrix.
//@ param N: 48 | 64
//@ param NT: 3 | 4
//@ param NB: 8 | 4
#include <atomic>
#include <barrier>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

namespace lu {

constexpr int kN = @N@;
constexpr int kPanel = @NB@;
constexpr int kThreads = @NT@;

class Matrix {
public:
  Matrix() : cells_(kN * kN) {
    for (int c = 0; c < kN; ++c)
      for (int r = 0; r < kN; ++r)
        at(r, c) = r == c ? kN + 1.5 : 1.0 / (1 + ((r * 7 + c * 11) % 13));
  }
  double &at(int r, int c) { return cells_[c * kN + r]; }
  double trace() {
    double s = 0;
    for (int i = 0; i < kN; ++i)
      s += at(i, i);
    return s;
  }

private:
  std::vector<double> cells_;
};

void factor_panel(Matrix &m, int k0) {
  for (int k = k0; k < k0 + kPanel; ++k)
    for (int r = k + 1; r < kN; ++r) {
      m.at(r, k) /= m.at(k, k);
      for (int c = k + 1; c < k0 + kPanel; ++c)
        m.at(r, c) -= m.at(r, k) * m.at(k, c);
    }
}

void update_column(Matrix &m, int k0, int c) {
  for (int k = k0; k < k0 + kPanel; ++k)
    for (int r = k + 1; r < kN; ++r)
      m.at(r, c) -= m.at(r, k) * m.at(k, c);
}

void factor_serial(Matrix &m) {
  for (int k0 = 0; k0 < kN; k0 += kPanel) {
    factor_panel(m, k0);
    for (int c = k0 + kPanel; c < kN; ++c)
      update_column(m, k0, c);
  }
}

class Team {
public:
  explicit Team(Matrix &m) : m_(m), meet_(kThreads) {}

  void run() {
    std::vector<std::jthread> crew;
    for (int t = 0; t < kThreads; ++t)
      crew.emplace_back([this, t] { work(t); });
  }

  long columns() const { return columns_; }
  double growth() const { return growth_; }

private:
  void work(int t) {
    for (int k0 = 0; k0 < kN; k0 += kPanel) {
//@ slot step on cells_
//@ is leader: unordered
      if (t == 0)
        factor_panel(m_, k0);
      meet_.arrive_and_wait();
//@ is leader_on: racy
      if (t == 0)
        factor_panel(m_, k0);
//@ is all_locked: racy
      {
        std::scoped_lock hold(lock_);
        if (t == 0)
          factor_panel(m_, k0);
      }
//@ is turns: unordered
      if (t == (k0 / kPanel) % kThreads)
        factor_panel(m_, k0);
      meet_.arrive_and_wait();
//@ end
      int next = k0 + kPanel + t;
      for (int c = next; c < kN; c += kThreads) {
        update_column(m_, k0, c);
        tally(c);
      }
//@ slot gain on growth_
//@ is leader_column: concurrent
      if (t == 0 && next < kN)
        growth_ = std::max(growth_, std::fabs(m_.at(next, next)));
//@ is each: racy
      if (next < kN)
        growth_ = std::max(growth_, std::fabs(m_.at(next, next)));
//@ is each_held: unprotected
      if (next < kN) {
        double d = std::fabs(m_.at(next, next));
        std::lock_guard hold(lock_);
        growth_ = std::max(growth_, d);
      }
//@ is store_after: racy
      if (next < kN) {
        std::unique_lock hold(lock_);
        const double seen = growth_;
        hold.unlock();
        growth_ = std::max(seen, std::fabs(m_.at(next, next)));
      }
//@ end
      meet_.arrive_and_wait();
    }
  }

  void tally(int c) {
//@ slot tally on columns_
//@ is held: unprotected
    std::lock_guard hold(lock_);
    ++columns_;
//@ is own_lock: racy
    std::mutex once;
    std::lock_guard hold(once);
    ++columns_;
//@ is atomic_ref: conflicting
    std::atomic_ref<long>(columns_).fetch_add(1, std::memory_order_relaxed);
//@ is released: racy
    std::unique_lock hold(lock_);
    hold.unlock();
    ++columns_;
//@ is last_only: concurrent
    if (c == kN - 1)
      columns_ = kN;
//@ end
    (void)c;
  }

  Matrix &m_;
  std::barrier<> meet_;
  std::mutex lock_;
  long columns_ = 0;
  double growth_ = 0;
};

} // namespace lu

int main() {
  lu::Matrix a, b;
  lu::factor_serial(a);
  lu::Team team(b);
  team.run();
  std::printf("serial %.9f team %.9f columns %ld growth %.4f\n", a.trace(), b.trace(),
              team.columns(), team.growth());
}
