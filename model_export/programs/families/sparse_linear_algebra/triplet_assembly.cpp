//@ family: triplet_assembly
//@ domain: sparse_linear_algebra
//@ problem: Assemble a CSR matrix from unsorted triplets: count, offset, fill.
//@ param ROWS: 150 | 240
//@ param TRIPLETS: 3000 | 4500
//@ param NT: 3 | 4
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <vector>

#include <omp.h>

struct Triplet {
  int row, col;
  double value;
};

struct Csr {
  explicit Csr(int rows) : start(rows + 1), cursor(rows) {}
  std::vector<int> start;
  std::vector<int> cursor;
  std::vector<int> cols;
  std::vector<double> vals;
  int dropped = 0;

  double digest() const {
    double s = 0;
    for (size_t r = 0; r + 1 < start.size(); ++r) {
      double row = 0;
      for (int p = start[r]; p < start[r + 1]; ++p)
        row += vals[p] * (1 + cols[p] % 3);
      s += row * (1 + r % 4);
    }
    return s;
  }
};

static std::vector<Triplet> make_triplets(int rows, int n) {
  std::vector<Triplet> list(n);
  unsigned s = 4242;
  for (auto &t : list) {
    s = s * 1664525u + 1013904223u;
    t = {static_cast<int>((s >> 10) % rows), static_cast<int>((s >> 18) % rows), (s >> 24) * 0.01};
  }
  return list;
}

static Csr assemble_serial(const std::vector<Triplet> &in, int rows) {
  Csr m(rows);
  for (const auto &t : in)
    ++m.start[t.row + 1];
  std::partial_sum(m.start.begin(), m.start.end(), m.start.begin());
  m.cols.resize(in.size());
  m.vals.resize(in.size());
  std::copy_n(m.start.begin(), rows, m.cursor.begin());
  for (const auto &t : in) {
    int at = m.cursor[t.row]++;
    m.cols[at] = t.col;
    m.vals[at] = t.value;
  }
  return m;
}

static Csr assemble_team(const std::vector<Triplet> &in, int rows) {
  Csr m(rows);
  const int n = static_cast<int>(in.size());
  m.cols.resize(n);
  m.vals.resize(n);
  auto &start = m.start;
  auto &cursor = m.cursor;
//@ slot fill
//@ is row_locks
  std::vector<omp_lock_t> locks(rows);
  for (auto &l : locks)
    omp_init_lock(&l);
//@ is lock_modulo
  std::vector<omp_lock_t> locks(16);
  for (auto &l : locks)
    omp_init_lock(&l);
//@ is lock_by_item
  std::vector<omp_lock_t> locks(16);
  for (auto &l : locks)
    omp_init_lock(&l);
//@ end
#pragma omp parallel num_threads(@NT@)
  {
//@ slot count on start
//@ is atomic: conflicting
#pragma omp for schedule(static)
    for (int i = 0; i < n; ++i) {
#pragma omp atomic
      ++start[in[i].row + 1];
    }
//@ is bare: racy
#pragma omp for schedule(static)
    for (int i = 0; i < n; ++i)
      ++start[in[i].row + 1];
//@ is rows_loop: same-location
#pragma omp for schedule(static)
    for (int r = 0; r < rows; ++r)
      for (int i = 0; i < n; i++)
        start[r + 1] += in[i].row == r;
//@ is guard_big: racy
#pragma omp for schedule(static)
    for (int i = 0; i < n; ++i) {
      if (in[i].row % 2) {
#pragma omp atomic
        ++start[in[i].row + 1];
      } else {
        ++start[in[i].row + 1];
      }
    }
//@ is own_counts: unprotected
    std::vector<int> mine(rows);
#pragma omp for schedule(static) nowait
    for (int i = 0; i < n; ++i)
      ++mine[in[i].row];
#pragma omp critical(counts)
    for (int r = 0; r < rows; ++r)
      start[r + 1] += mine[r];
#pragma omp barrier
//@ end
#pragma omp single
    {
      std::partial_sum(start.begin(), start.end(), start.begin());
      std::copy_n(start.begin(), rows, cursor.begin());
    }
//@ slot fill on cursor
//@ is captured: conflicting
#pragma omp for schedule(static)
    for (int i = 0; i < n; ++i) {
      int at;
#pragma omp atomic capture
      at = cursor[in[i].row]++;
      m.cols[at] = in[i].col;
      m.vals[at] = in[i].value;
    }
//@ is row_locks: unprotected
#pragma omp for schedule(static)
    for (int i = 0; i < n; ++i) {
      omp_set_lock(&locks[in[i].row]);
      int at = cursor[in[i].row]++;
      omp_unset_lock(&locks[in[i].row]);
      m.cols[at] = in[i].col;
      m.vals[at] = in[i].value;
    }
//@ is lock_modulo: unprotected
#pragma omp for schedule(static)
    for (int i = 0; i < n; ++i) {
      omp_set_lock(&locks[in[i].row % 16]);
      int at = cursor[in[i].row]++;
      omp_unset_lock(&locks[in[i].row % 16]);
      m.cols[at] = in[i].col;
      m.vals[at] = in[i].value;
    }
//@ is lock_by_item: racy
#pragma omp for schedule(static)
    for (int i = 0; i < n; ++i) {
      omp_set_lock(&locks[i % 16]);
      int at = cursor[in[i].row]++;
      omp_unset_lock(&locks[i % 16]);
      m.cols[at] = in[i].col;
      m.vals[at] = in[i].value;
    }
//@ is two_steps: racy
#pragma omp for schedule(static)
    for (int i = 0; i < n; ++i) {
      int at = cursor[in[i].row];
#pragma omp atomic
      cursor[in[i].row]++;
      m.cols[at] = in[i].col;
      m.vals[at] = in[i].value;
    }
//@ is by_rows: same-location
#pragma omp for schedule(static)
    for (int r = 0; r < rows; ++r)
      for (int i = 0; i < n; ++i)
        if (in[i].row == r) {
          int at = cursor[r]++;
          m.cols[at] = in[i].col;
          m.vals[at] = in[i].value;
        }
//@ end
//@ slot small on dropped
//@ is reduction_like: unprotected
    int few = 0;
#pragma omp for schedule(static) nowait
    for (int i = 0; i < n; ++i)
      few += in[i].value < 0.2;
#pragma omp critical(few)
    m.dropped += few;
//@ is direct: racy
#pragma omp for schedule(static) nowait
    for (int i = 0; i < n; ++i)
      if (in[i].value < 0.2)
        ++m.dropped;
//@ is merge_twice: racy
    int few = 0;
#pragma omp for schedule(static) nowait
    for (int i = 0; i < n; ++i)
      few += in[i].value < 0.2;
    int sum = m.dropped + few;
#pragma omp critical(few)
    m.dropped = sum;
//@ is one: concurrent
#pragma omp single
    m.dropped = static_cast<int>(
        std::count_if(in.begin(), in.end(), [](const Triplet &t) { return t.value < 0.2; }));
//@ end
  }
//@ slot fill
//@ is row_locks
  for (auto &l : locks)
    omp_destroy_lock(&l);
//@ is lock_modulo
  for (auto &l : locks)
    omp_destroy_lock(&l);
//@ is lock_by_item
  for (auto &l : locks)
    omp_destroy_lock(&l);
//@ end
  return m;
}

int main() {
  const auto list = make_triplets(@ROWS@, @TRIPLETS@);
  const Csr a = assemble_serial(list, @ROWS@);
  const Csr b = assemble_team(list, @ROWS@);
  std::printf("serial %.4f team %.4f dropped %d\n", a.digest(), b.digest(), b.dropped);
}
