//@ family: batch_plans
//@ domain: fft
//@ problem: Transform a batch of signals with plans that hold twiddles and work space.
//@ param LOG: 6 | 7
//@ param BATCH: 48 | 64
//@ param NT: 3 | 4
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>
#include <map>
#include <memory>
#include <numbers>
#include <vector>

#include <omp.h>

using Complex = std::complex<double>;
using Signal = std::vector<Complex>;

class Plan {
public:
  explicit Plan(int n) : n_(n), twiddle_(n / 2), work_(n) {
    for (int k = 0; k < n / 2; ++k)
      twiddle_[k] = std::polar(1.0, -2.0 * std::numbers::pi * k / n);
  }

  void reorder(const Signal &in, Complex *out) const {
    for (int i = 0, j = 0; i < n_; ++i) {
      out[j] = in[i];
      int bit = n_ >> 1;
      for (; j & bit; bit >>= 1)
        j ^= bit;
      j |= bit;
    }
  }

  void stages(Complex *x) const {
    for (int len = 2; len <= n_; len *= 2)
      for (int s = 0; s < n_; s += len)
        for (int k = 0; k < len / 2; ++k) {
          Complex t = twiddle_[k * (n_ / len)] * x[s + k + len / 2];
          x[s + k + len / 2] = x[s + k] - t;
          x[s + k] += t;
        }
  }

  void run(Signal &sig) {
//@ slot work on work_
//@ is member: racy
    reorder(sig, work_.data());
    stages(work_.data());
    std::copy(work_.begin(), work_.end(), sig.begin());
//@ is automatic: same-location
    std::vector<Complex> work(n_);
    reorder(sig, work.data());
    stages(work.data());
    std::copy(work.begin(), work.end(), sig.begin());
//@ is member_held: unprotected
    omp_set_lock(&lock);
    reorder(sig, work_.data());
    stages(work_.data());
    std::copy(work_.begin(), work_.end(), sig.begin());
    omp_unset_lock(&lock);
//@ is thread_buffer: same-location
    static thread_local std::vector<Complex> buffer;
    buffer.resize(n_);
    reorder(sig, buffer.data());
    stages(buffer.data());
    std::copy(buffer.begin(), buffer.end(), sig.begin());
//@ is static_buffer: racy
    Complex *buffer = work_.data();
    reorder(sig, buffer);
    stages(buffer);
    std::copy_n(buffer, n_, sig.begin());
//@ end
  }

  omp_lock_t lock;

private:
  int n_;
  std::vector<Complex> twiddle_;
  std::vector<Complex> work_;
};

static Signal make_signal(int n, int b) {
  Signal s(n);
  for (int i = 0; i < n; ++i)
    s[i] = {std::sin(0.1 * i * (b + 1)), 0.01 * ((i * b) % 7)};
  return s;
}

static double power(const Signal &s) {
  double p = 0;
  for (const auto &c : s)
    p += std::norm(c);
  return p / static_cast<double>(s.size());
}

struct Totals {
  double power = 0;
  double loudest = 0;
  int done = 0;
};

int main() {
  const int n = 1 << @LOG@;
  Plan plan(n);
  omp_init_lock(&plan.lock);
  double serial = 0;
  for (int b = 0; b < @BATCH@; ++b) {
    Signal s = make_signal(n, b), t(n);
    plan.reorder(s, t.data());
    plan.stages(t.data());
    serial += power(t);
  }

  std::vector<Signal> batch;
  for (int b = 0; b < @BATCH@; ++b)
    batch.push_back(make_signal(n, b));
  Totals all;
  double total = 0;
//@ slot how on total
//@ is loop: unprotected
#pragma omp parallel for num_threads(@NT@) schedule(static) reduction(+ : total)
  for (int b = 0; b < @BATCH@; ++b) {
    plan.run(batch[b]);
    total += power(batch[b]);
  }
//@ is loop_shared: racy
#pragma omp parallel for num_threads(@NT@) schedule(static) shared(total)
  for (int b = 0; b < @BATCH@; ++b) {
    plan.run(batch[b]);
    total += power(batch[b]);
  }
//@ is tasks: unprotected
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (auto &sig : batch) {
#pragma omp task shared(total, sig)
    {
      plan.run(sig);
      const double p = power(sig);
#pragma omp critical(total)
      total += p;
    }
  }
//@ is tasks_early: racy
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (auto &sig : batch) {
#pragma omp task shared(total, sig)
    {
      plan.run(sig);
      const double p = total + power(sig);
#pragma omp critical(total)
      total = p;
    }
  }
//@ end
#pragma omp parallel num_threads(@NT@)
  {
    double mine = 0;
#pragma omp for schedule(static)
    for (int b = 0; b < @BATCH@; ++b)
      mine = std::max(mine, power(batch[b]));
//@ slot loud on loudest
//@ is named: unprotected
#pragma omp critical(loud)
    all.loudest = std::max(all.loudest, mine);
//@ is plain: racy
    all.loudest = std::max(all.loudest, mine);
//@ is lock_half: racy
    if (mine > 0) {
      omp_set_lock(&plan.lock);
      mine = std::max(all.loudest, mine);
      omp_unset_lock(&plan.lock);
    }
    all.loudest = mine;
//@ is lock_whole: unprotected
    omp_set_lock(&plan.lock);
    mine = std::max(all.loudest, mine);
    all.loudest = mine;
    omp_unset_lock(&plan.lock);
//@ end
  }
  omp_destroy_lock(&plan.lock);
  std::printf("serial %.8f batch %.8f loudest %.5f\n", serial, total, all.loudest);
}
