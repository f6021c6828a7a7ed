//@ family: xmp_hits_collect
//@ domain: geometry
//@ problem: Collect the points inside a disc into a vector from a parallel loop.
//@ param NT: 3 | 4
//@ param COUNT: 3000 | 5000
//@ param REAL: float | double
#include <cstddef>
#include <cstdio>
#include <vector>

namespace {

struct Point {
  @REAL@ x, y;
};

bool inside(const Point &p, @REAL@ r) { return p.x * p.x + p.y * p.y < r * r; }

void collect(const std::vector<Point> &points, std::vector<std::size_t> &hits) {
  const auto n = static_cast<long>(points.size());
  hits.reserve(points.size() * 2);
//@ slot hits on hits
//@ is merged: unprotected
#pragma omp parallel num_threads(@NT@)
  {
    std::vector<std::size_t> mine;
#pragma omp for nowait
    for (long i = 0; i < n; ++i)
      if (inside(points[i], 0.8))
        mine.push_back(i);
#pragma omp critical
    hits.insert(hits.end(), mine.begin(), mine.end());
  }
//@ is shared_push: racy
#pragma omp parallel for num_threads(@NT@)
  for (long i = 0; i < n; ++i)
    if (inside(points[i], 0.8))
      hits.push_back(i);
//@ is merged_bare: racy
#pragma omp parallel num_threads(@NT@)
  {
    std::vector<std::size_t> mine;
#pragma omp for nowait
    for (long i = 0; i < n; ++i)
      if (inside(points[i], 0.8))
        mine.push_back(i);
    for (auto i : mine)
      hits.push_back(i);
  }
//@ is critical_push: unprotected
#pragma omp parallel for num_threads(@NT@)
  for (long i = 0; i < n; ++i)
    if (inside(points[i], 0.8)) {
#pragma omp critical
      hits.push_back(i);
    }
//@ is slots: same-location
  hits.assign(points.size(), 0);
#pragma omp parallel for num_threads(@NT@)
  for (long i = 0; i < n; ++i)
    if (inside(points[i], 0.8))
      hits[i] = i;
//@ end
}

@REAL@ spread(const std::vector<Point> &points) {
  @REAL@ widest = 0;
//@ slot widest on widest
//@ is max: unprotected
#pragma omp parallel for num_threads(@NT@) reduction(max : widest)
  for (const Point &p : points)
    widest = p.x > widest ? p.x : widest;
//@ is range_shared: racy
#pragma omp parallel for num_threads(@NT@)
  for (const Point &p : points)
    widest = p.x > widest ? p.x : widest;
//@ is critical: unprotected
#pragma omp parallel for num_threads(@NT@)
  for (const Point &p : points) {
#pragma omp critical(spread)
    widest = p.x > widest ? p.x : widest;
  }
//@ end
  return widest;
}

void centre(std::vector<Point> &points) {
//@ slot centre on points
//@ is own: same-location
#pragma omp parallel for num_threads(@NT@)
  for (std::size_t i = 0; i < points.size(); ++i) {
    auto &p = points[i];
    p.x -= 0.5;
    p.y -= 0.5;
  }
//@ is to_next: racy
#pragma omp parallel for num_threads(@NT@)
  for (std::size_t i = 0; i < points.size() - 1; ++i) {
    auto &p = points[i];
    p.x -= points[i + 1].x * 0.1;
    p.y -= 0.5;
  }
//@ is from_front: racy
#pragma omp parallel for num_threads(@NT@)
  for (std::size_t i = 0; i < points.size(); ++i) {
    auto &p = points[i];
    p.x -= points.front().x;
    p.y -= 0.5;
  }
//@ is front_copy: same-location
  const Point front = points.front();
#pragma omp parallel for num_threads(@NT@)
  for (std::size_t i = 0; i < points.size(); ++i) {
    auto &p = points[i];
    p.x -= front.x;
    p.y -= 0.5;
  }
//@ end
}

} // namespace

int main() {
  std::vector<Point> points(@COUNT@);
  for (std::size_t i = 0; i < points.size(); ++i)
    points[i] = {static_cast<@REAL@>(i % 97) / 60, static_cast<@REAL@>(i % 31) / 20};
  std::vector<std::size_t> hits;
  centre(points);
  collect(points, hits);
  std::size_t mix = 0;
  for (auto h : hits)
    mix += h;
  std::printf("%zu %.3f\n", mix, static_cast<double>(spread(points)));
}
