//@ family: cxx_tile_render
//@ domain: imaging
//@ problem: Worker lambdas take image tiles from a queue, shade them and report their progress.
//@ param NT: 3 | 4
//@ param W: 96 | 128
//@ param TILE: 8 | 4
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

using Pixel = std::uint8_t;

struct Tile {
  int x0, y0, x1, y1;
  double mean;
};

static std::vector<Tile> cut(int w, int h, int size) {
  std::vector<Tile> tiles;
  for (int y = 0; y < h; y += size)
    for (int x = 0; x < w; x += size)
      tiles.push_back({x, y, x + size, y + size, 0});
  return tiles;
}

static Pixel shade(int x, int y) { return static_cast<Pixel>((x * x + 3 * y) >> 3); }

int main() {
  constexpr int w = @W@, h = 64, size = @TILE@;
  std::vector<Pixel> image(w * h);
  std::vector<Tile> tiles = cut(w, h, size);
  std::vector<std::pair<int, double>> bright;
  bright.reserve(tiles.size() * @NT@ + 16);
  std::mutex gate;
//@ slot take on next
//@ is atomic_take: conflicting
  std::atomic<std::size_t> next{0};
  auto take = [&next] { return next.fetch_add(1); };
//@ is plain_take: racy
  std::size_t next = 0;
  auto take = [&next] { return next++; };
//@ is locked_take: unprotected
  std::size_t next = 0;
  auto take = [&next, &gate] {
    std::lock_guard lock(gate);
    return next++;
  };
//@ is copied_lock: racy
  std::size_t next = 0;
  auto take = [&next] {
    std::mutex turn;
    std::lock_guard lock(turn);
    return next++;
  };
//@ end
//@ slot progress on done
//@ is under_gate: unprotected
  int done = 0;
  auto report = [&done, &gate] {
    std::lock_guard lock(gate);
    ++done;
  };
//@ is bare_ref: racy
  int done = 0;
  auto report = [&done] { ++done; };
//@ is by_copy: same-location
  int done = 0;
  auto report = [done]() mutable { ++done; };
//@ is peeked: racy
  int done = 0;
  auto report = [&done, &gate] {
    if (done % 16 == 15)
      std::this_thread::yield();
    std::lock_guard lock(gate);
    ++done;
  };
//@ end

  std::atomic<int> idle{@NT@};
  auto paint = [&, report]() mutable {
    idle--;
    while (idle.load(std::memory_order_relaxed) > 0)
      std::this_thread::yield();
    for (std::size_t k = take(); k < tiles.size(); k = take()) {
      const Tile tile = tiles[k];
      double sum = 0;
      for (int y = tile.y0; y < tile.y1; ++y)
        for (int x = tile.x0; x < tile.x1; ++x)
          sum += shade(x, y);
      const double mean = sum / (size * size);
      report();
//@ slot keep on bright
//@ is push_locked: unprotected
      if (mean > 100) {
        std::lock_guard lock(gate);
        bright.emplace_back(tile.x0, mean);
      }
//@ is push_bare: racy
      if (mean > 100)
        bright.emplace_back(tile.x0, mean);
//@ is lock_in_else: racy
      if (mean > 150) {
        std::lock_guard lock(gate);
        bright.emplace_back(tile.x0, mean);
      } else if (mean > 80) {
        bright.emplace_back(tile.x0, mean);
      }
//@ is push_later: concurrent
      (void)mean;
//@ end
      if (k % 4 != 0)
        std::this_thread::yield();
    }
  };

  std::vector<std::thread> painters;
  for (int t = 0; t < @NT@; ++t)
    painters.emplace_back(paint);
  for (auto &p : painters)
    p.join();
//@ slot keep
//@ is push_later
  for (const Tile &t : tiles)
    if (shade(t.x0, t.y0) > 100)
      bright.emplace_back(t.x0, 1.0);
//@ end
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x)
      image[y * w + x] = shade(x, y);
  unsigned check = 0;
  for (Pixel p : image)
    check = check * 31 + p;
  std::printf("%u bright %d done %d\n", check, !bright.empty(), done >= 0);
}
