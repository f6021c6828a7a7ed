//@ family: xmp_class_reservoir
//@ domain: simulation
//@ problem: A reservoir model whose methods update its members in parallel loops.
//@ param NT: 3 | 4
//@ param CELLS: 4000 | 6000
//@ param RATE: 0.02 | 0.05
#include <cstdio>
#include <vector>

class Reservoir {
public:
  explicit Reservoir(int cells) : level_(cells, 1.0), flux_(cells, 0.0) {
    for (int i = 0; i < cells; ++i)
      level_[i] += (i % 13) * 0.1;
  }

  void step();
  void account();
  void report() const {
    double sum = 0;
    for (double l : level_)
      sum += l;
    std::printf("%.5f stored %.5f wet %d worst %.4f\n", sum, stored_, wet_, worst_);
  }

private:
  double loss(int i) const { return level_[i] * @RATE@; }
  void note(int i) {
//@ slot worst on worst_
//@ is guarded: unprotected
#pragma omp critical(worst)
    if (flux_[i] > worst_)
      worst_ = flux_[i];
//@ is open: racy
    if (flux_[i] > worst_)
      worst_ = flux_[i];
//@ is write_guarded: racy
    if (flux_[i] > worst_) {
#pragma omp critical(worst)
      worst_ = flux_[i];
    }
//@ is first_cell: concurrent
    if (i == 0)
      worst_ = flux_[i];
//@ end
  }

  std::vector<double> level_;
  std::vector<double> flux_;
  double stored_ = 0;
  double worst_ = 0;
  int wet_ = 0;
};

void Reservoir::step() {
  const int n = static_cast<int>(level_.size());
#pragma omp parallel num_threads(@NT@)
  {
#pragma omp for schedule(static)
    for (int i = 0; i < n; ++i) {
      flux_[i] = loss(i) + i * 1e-6;
      note(i);
    }
//@ slot drain on level_
//@ is two_loops: same-location
#pragma omp for schedule(static)
    for (int i = 1; i < n; ++i)
      level_[i] += flux_[i - 1] - flux_[i];
//@ is downstream: racy
#pragma omp for schedule(static)
    for (int i = 0; i < n - 1; ++i) {
      level_[i] -= flux_[i];
      level_[i + 1] += flux_[i];
    }
//@ is downstream_atomic: conflicting
#pragma omp for schedule(static)
    for (int i = 0; i < n - 1; ++i) {
#pragma omp atomic
      level_[i] -= flux_[i];
#pragma omp atomic
      level_[i + 1] += flux_[i];
    }
//@ is everyone: racy
    for (int i = 1; i < n; ++i)
      level_[i] += flux_[i - 1] - flux_[i];
//@ end
  }
}

void Reservoir::account() {
  const int n = static_cast<int>(level_.size());
//@ slot stored on stored_
//@ is local_copy: unprotected
  double total = stored_;
#pragma omp parallel for reduction(+ : total) num_threads(@NT@)
  for (int i = 0; i < n; ++i)
    total += level_[i];
  stored_ = total;
//@ is member: racy
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < n; ++i)
    stored_ += level_[i];
//@ is unused_copy: racy
  double total = 0;
#pragma omp parallel for reduction(+ : total) num_threads(@NT@)
  for (int i = 0; i < n; ++i) {
    total += level_[i];
    this->stored_ = total;
  }
//@ is member_atomic: conflicting
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < n; ++i) {
#pragma omp atomic
    stored_ += level_[i];
  }
//@ end
//@ slot wet on wet_
//@ is local_ref: racy
  int &wet = wet_;
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < n; ++i)
    if (level_[i] > 1.2)
      ++wet;
//@ is reduced_ref: unprotected
  int &wet = wet_;
#pragma omp parallel for num_threads(@NT@) reduction(+ : wet)
  for (int i = 0; i < n; ++i)
    if (level_[i] > 1.2)
      ++wet;
//@ is serial: concurrent
  for (int i = 0; i < n; ++i)
    if (level_[i] > 1.2)
      ++wet_;
//@ end
}

int main() {
  Reservoir lake(@CELLS@);
  for (int t = 0; t < 2; ++t)
    lake.step();
  lake.account();
  lake.report();
}
