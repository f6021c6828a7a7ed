//@ family: xmp_udr_summary
//@ domain: statistics
//@ problem: Summaries of measurements merged over threads by a user-defined reduction.
//@ param NT: 3 | 4
//@ param COUNT: 4000 | 7000
//@ param SCHED: static | static, 50
#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <vector>

struct Summary {
  double low = std::numeric_limits<double>::max();
  double high = std::numeric_limits<double>::lowest();
  long count = 0;

  Summary &add(double v) {
    low = std::min(low, v);
    high = std::max(high, v);
    ++count;
    return *this;
  }
  Summary &merge(const Summary &o) {
    low = std::min(low, o.low);
    high = std::max(high, o.high);
    count += o.count;
    return *this;
  }
};

struct Hist {
  std::array<int, 16> bin{};
  Hist &operator+=(const Hist &o) {
    for (std::size_t i = 0; i < bin.size(); ++i)
      bin[i] += o.bin[i];
    return *this;
  }
};

#pragma omp declare reduction(join : Summary : omp_out.merge(omp_in))
#pragma omp declare reduction(+ : Hist : omp_out += omp_in)

static double drift;

int main() {
  std::vector<double> data(@COUNT@);
  for (std::size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<double>((i * 389) % 1013) / 10;
  const int n = @COUNT@;

  Summary all;
//@ slot summary on all
//@ is udr: unprotected
#pragma omp parallel for num_threads(@NT@) schedule(@SCHED@) reduction(join : all)
  for (int i = 0; i < n; ++i)
    all.add(data[i]);
//@ is shared: racy
#pragma omp parallel for num_threads(@NT@) schedule(@SCHED@) shared(all)
  for (int i = 0; i < n; ++i)
    all.add(data[i]);
//@ is part_merge: unprotected
#pragma omp parallel num_threads(@NT@)
  {
    Summary part;
#pragma omp for schedule(@SCHED@) nowait
    for (int i = 0; i < n; ++i)
      part.add(data[i]);
#pragma omp critical
    all.merge(part);
  }
//@ is part_merge_open: racy
#pragma omp parallel num_threads(@NT@)
  {
    Summary part;
#pragma omp for schedule(@SCHED@) nowait
    for (int i = 0; i < n; ++i)
      part.add(data[i]);
    all.merge(part);
  }
//@ is copies: same-location
#pragma omp parallel for num_threads(@NT@) schedule(@SCHED@) firstprivate(all)
  for (int i = 0; i < n; ++i)
    all.add(data[i]);
//@ end

  Hist hist;
//@ slot hist on hist
//@ is plus: unprotected
#pragma omp parallel for num_threads(@NT@) schedule(@SCHED@) reduction(+ : hist)
  for (int i = 0; i < n; ++i)
    ++hist.bin[static_cast<int>(data[i]) & 15];
//@ is shared_bins: racy
#pragma omp parallel for num_threads(@NT@) schedule(@SCHED@)
  for (int i = 0; i < n; ++i)
    ++hist.bin[static_cast<int>(data[i]) & 15];
//@ is atomic_bins: conflicting
#pragma omp parallel for num_threads(@NT@) schedule(@SCHED@)
  for (int i = 0; i < n; ++i) {
#pragma omp atomic
    ++hist.bin[static_cast<int>(data[i]) & 15];
  }
//@ is reference: racy
  Hist &view = hist;
#pragma omp parallel for num_threads(@NT@) schedule(@SCHED@) firstprivate(n)
  for (int i = 0; i < n; ++i)
    view.bin[static_cast<int>(data[i]) & 15] += 1;
//@ end

//@ slot drift on drift
//@ is reduced: unprotected
#pragma omp parallel for num_threads(@NT@) reduction(+ : drift)
  for (int i = 1; i < n; ++i)
    drift += data[i] - data[i - 1];
//@ is open: racy
#pragma omp parallel for num_threads(@NT@)
  for (int i = 1; i < n; ++i)
    drift += data[i] - data[i - 1];
//@ is ends_only: concurrent
  drift = data[n - 1] - data[0];
//@ end
  long fold = 0;
  for (std::size_t i = 0; i < hist.bin.size(); ++i)
    fold += static_cast<long>(i) * hist.bin[i];
  std::printf("%.2f %.2f %ld %ld %.2f\n", all.low, all.high, all.count, fold, drift);
}
