//@ family: cxx_matrix_blocks
//@ domain: matrix
//@ problem: Row bands of a matrix product run as futures; traces and norms are gathered.
//@ param BANDS: 3 | 4
//@ param N: 48 | 60
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <future>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

class Matrix {
public:
  Matrix(int n, double seed) : n_(n), data_(static_cast<std::size_t>(n) * n) {
    for (int i = 0; i < n * n; ++i)
      data_[i] = seed + (i * 7 % 11) * 0.1;
  }
  double &operator()(int r, int c) { return data_[static_cast<std::size_t>(r) * n_ + c]; }
  double operator()(int r, int c) const { return data_[static_cast<std::size_t>(r) * n_ + c]; }
  int size() const { return n_; }

private:
  int n_;
  std::vector<double> data_;
};

struct Band {
  int first, last;
};

static Band band(int n, int which, int bands) {
  const int rows = (n + bands - 1) / bands;
  return {which * rows, std::min(n, which * rows + rows)};
}

static void multiply(const Matrix &a, const Matrix &b, Matrix &product, Band rows) {
//@ slot edge on product
//@ is half_open: same-location
  for (int r = rows.first; r < rows.last; ++r)
//@ is last_included: racy
  for (int r = rows.first; r <= rows.last && r < a.size(); ++r)
//@ is from_before: racy
  for (int r = std::max(0, rows.first - 1); r < rows.last; ++r)
//@ is interior: same-location
  for (int r = rows.first + 1; r + 1 < rows.last; ++r)
//@ end
    for (int c = 0; c < a.size(); ++c) {
      double sum = 0;
      for (int k = 0; k < a.size(); ++k)
        sum += a(r, k) * b(k, c);
      product(r, c) = sum;
    }
}

static double band_norm(const Matrix &m, Band rows) {
  double sum = 0;
  for (int r = rows.first; r < rows.last; ++r)
    for (int c = 0; c < m.size(); ++c)
      sum += m(r, c) * m(r, c);
  return sum;
}

// Runs work on threads of its own; a future tells when each piece is through.
class Crew {
public:
  template <typename F> std::future<std::invoke_result_t<F &>> run(F work) {
    using Result = std::invoke_result_t<F &>;
    std::promise<Result> promise;
    auto future = promise.get_future();
    threads_.emplace_back([work = std::move(work), promise = std::move(promise)]() mutable {
      if constexpr (std::is_void_v<Result>) {
        work();
        promise.set_value();
      } else {
        promise.set_value(work());
      }
    });
    return future;
  }

private:
  std::vector<std::jthread> threads_;
};

int main() {
  const int n = @N@;
  Matrix a(n, 0.5), b(n, 0.25), product(n, 0.0), scaled(n, 1.0);
  double trace = 0, norm = 0;
  std::mutex mutex;
  Crew crew;

  std::vector<std::future<void>> bands;
  for (int k = 0; k < @BANDS@; ++k)
    bands.push_back(crew.run([&, k] { multiply(a, b, product, band(n, k, @BANDS@)); }));
  for (auto &f : bands)
    f.get();

//@ slot scale on scaled
//@ is own_rows: same-location
  auto scale = [&](int k) {
    const Band rows = band(n, k, @BANDS@);
    for (int r = rows.first; r < rows.last; ++r)
      for (int c = 0; c < n; ++c)
        scaled(r, c) = 0.5 * product(r, c);
  };
//@ is transposed: same-location
  auto scale = [&](int k) {
    const Band rows = band(n, k, @BANDS@);
    for (int r = rows.first; r < rows.last; ++r)
      for (int c = 0; c < n; ++c)
        scaled(c, r) = 0.5 * product(r, c);
  };
//@ is both_triangles: racy
  auto scale = [&](int k) {
    const Band rows = band(n, k, @BANDS@);
    for (int r = rows.first; r < rows.last; ++r)
      for (int c = 0; c < n; ++c) {
        scaled(r, c) = 0.5 * product(r, c);
        scaled(c, r) = 0.5 * product(r, c);
      }
  };
//@ is symmetric_half: same-location
  auto scale = [&](int k) {
    const Band rows = band(n, k, @BANDS@);
    for (int r = rows.first; r < rows.last; ++r)
      for (int c = 0; c <= r; ++c) {
        scaled(r, c) = 0.5 * product(r, c);
        scaled(c, r) = 0.5 * product(r, c);
      }
  };
//@ is shifted_read: racy
  auto scale = [&](int k) {
    const Band rows = band(n, k, @BANDS@);
    for (int r = rows.first; r < rows.last; ++r)
      for (int c = 0; c < n; ++c)
        scaled(r, c) = 0.5 * product(r, c) + (r > 0 ? scaled(r - 1, c) : 0.0);
  };
//@ end
  std::vector<std::future<void>> scales;
  for (int k = 0; k < @BANDS@; ++k)
    scales.push_back(crew.run([&scale, k] { scale(k); }));
//@ slot trace on trace
//@ is after_get: concurrent
  for (auto &f : scales)
    f.get();
  for (int i = 0; i < n; ++i)
    trace += product(i, i);
//@ is own_task: racy
  auto tracing = crew.run([&] {
    for (int i = 0; i < n; ++i)
      trace += product(i, i);
  });
  if (trace > 1e9)
    std::puts("large");
  for (auto &f : scales)
    f.get();
  tracing.get();
//@ is deferred: concurrent
  auto tracing = std::async(std::launch::deferred, [&] {
    for (int i = 0; i < n; ++i)
      trace += product(i, i);
  });
  if (trace > 1e9)
    std::puts("large");
  for (auto &f : scales)
    f.get();
  tracing.get();
//@ is got_first: unordered
  auto tracing = crew.run([&] {
    for (int i = 0; i < n; ++i)
      trace += product(i, i);
  });
  tracing.get();
  if (trace > 1e9)
    std::puts("large");
  for (auto &f : scales)
    f.get();
//@ end

//@ slot norm on norm
//@ is summed_results: concurrent
  std::vector<std::future<double>> norms;
  for (int k = 0; k < @BANDS@; ++k)
    norms.push_back(crew.run([&, k] { return band_norm(product, band(n, k, @BANDS@)); }));
  for (auto &f : norms)
    norm += f.get();
//@ is added_inside: racy
  std::vector<std::future<void>> norms;
  for (int k = 0; k < @BANDS@; ++k)
    norms.push_back(crew.run([&, k] {
      norm += band_norm(product, band(n, k, @BANDS@));
    }));
  for (auto &f : norms)
    f.get();
//@ is added_locked: unprotected
  std::vector<std::future<void>> norms;
  for (int k = 0; k < @BANDS@; ++k)
    norms.push_back(crew.run([&, k] {
      const double part = band_norm(product, band(n, k, @BANDS@));
      std::lock_guard lock(mutex);
      norm += part;
    }));
  for (auto &f : norms)
    f.get();
//@ is unkept_future: racy
  {
    Crew others;
    for (int k = 0; k < @BANDS@; ++k)
      (void)others.run([&, k] { norm += band_norm(product, band(n, k, @BANDS@)); });
  }
//@ is unkept_async: unordered
  for (int k = 0; k < @BANDS@; ++k)
    (void)std::async(std::launch::async, [&, k] {
      norm += band_norm(product, band(n, k, @BANDS@));
    });
//@ end
  std::printf("trace %.3f norm %d scaled %d\n", trace, std::isfinite(norm), scaled(0, 0) > 0);
}
