//@ family: xmp_lambda_tone
//@ domain: imaging
//@ problem: Apply tone curves given as lambdas to an image in parallel loops.
//@ param NT: 3 | 4
//@ param WIDTH: 200 | 320
//@ param PIXEL: float | double
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <vector>

using Row = std::vector<@PIXEL@>;

template <class Body> void for_rows(int rows, Body &&body) {
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int r = 0; r < rows; ++r)
    body(r);
}

int main() {
  constexpr int rows = 120;
  std::vector<Row> image(rows, Row(@WIDTH@));
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < @WIDTH@; ++c)
      image[r][c] = static_cast<@PIXEL@>((r * 7 + c * 3) % 256) / 255;

//@ slot clipped on clipped
//@ is by_ref: racy
  long clipped = 0;
  for_rows(rows, [&](int r) {
    for (auto &px : image[r])
      if (px > 0.9) {
        px = 0.9;
        ++clipped;
      }
  });
//@ is by_ref_atomic: conflicting
  long clipped = 0;
  for_rows(rows, [&](int r) {
    for (auto &px : image[r])
      if (px > 0.9) {
        px = 0.9;
#pragma omp atomic
        ++clipped;
      }
  });
//@ is std_atomic: conflicting
  std::atomic<long> clipped{0};
  for_rows(rows, [&](int r) {
    for (auto &px : image[r])
      if (px > 0.9) {
        px = 0.9;
        clipped.fetch_add(1, std::memory_order_relaxed);
      }
  });
//@ is row_total: racy
  long clipped = 0;
  for_rows(rows, [&clipped, &image](int r) {
    long mine = 0;
    for (auto &px : image[r])
      if (px > 0.9) {
        px = 0.9;
        ++mine;
      }
    clipped += mine;
  });
//@ is row_total_critical: unprotected
  long clipped = 0;
  for_rows(rows, [&clipped, &image](int r) {
    long mine = 0;
    for (auto &px : image[r])
      if (px > 0.9) {
        px = 0.9;
        ++mine;
      }
#pragma omp critical
    clipped += mine;
  });
//@ end

//@ slot scratch on scratch
//@ is captured: racy
  Row scratch(@WIDTH@);
  auto soften = [&scratch, &image](int r) {
    Row &row = image[r];
    for (int c = 0; c < @WIDTH@; ++c)
      scratch[c] = row[c];
    for (int c = 1; c + 1 < @WIDTH@; ++c)
      row[c] = (scratch[c - 1] + scratch[c] + scratch[c + 1]) / 3;
  };
//@ is local: same-location
  auto soften = [&image](int r) {
    Row scratch(@WIDTH@);
    Row &row = image[r];
    for (int c = 0; c < @WIDTH@; ++c)
      scratch[c] = row[c];
    for (int c = 1; c + 1 < @WIDTH@; ++c)
      row[c] = (scratch[c - 1] + scratch[c] + scratch[c + 1]) / 3;
  };
//@ is by_value: same-location
  auto soften = [&image](int r) {
    Row &row = image[r];
    auto pass = [&row](Row scratch) {
      for (int c = 1; c + 1 < @WIDTH@; ++c)
        row[c] = (scratch[c - 1] + scratch[c] + scratch[c + 1]) / 3;
    };
    pass(row);
  };
//@ is thread_own: same-location
  static thread_local Row scratch;
  auto soften = [&image](int r) {
    Row &row = image[r];
    scratch.assign(row.begin(), row.end());
    for (int c = 1; c + 1 < @WIDTH@; ++c)
      row[c] = (scratch[c - 1] + scratch[c] + scratch[c + 1]) / 3;
  };
//@ end
  for_rows(rows, soften);

//@ slot peak on peak
//@ is locked: unprotected
  @PIXEL@ peak = 0;
  for_rows(rows, [&](int r) {
    const auto top = *std::max_element(image[r].begin(), image[r].end());
#pragma omp critical(peak)
    peak = std::max(peak, top);
  });
//@ is open: racy
  @PIXEL@ peak = 0;
  for_rows(rows, [&](int r) {
    const auto top = *std::max_element(image[r].begin(), image[r].end());
    peak = std::max(peak, top);
  });
//@ is per_row: same-location
  std::vector<@PIXEL@> tops(rows);
  for_rows(rows, [&](int r) { tops[r] = *std::max_element(image[r].begin(), image[r].end()); });
  const @PIXEL@ peak = *std::max_element(tops.begin(), tops.end());
//@ end
  std::printf("%ld %.4f\n", static_cast<long>(clipped), static_cast<double>(peak));
}
