//@ family: cxx_jthread_summary
//@ domain: statistics
//@ problem: Readings are summarised by jthreads whose scopes decide when the figures are complete.
//@ param N: 3000 | 5000
//@ param PARTS: 3 | 4
//@ param LIMIT: 60 | 80
#include <algorithm>
#include <cstdio>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

static std::vector<int> readings() {
  std::vector<int> r(@N@);
  unsigned x = 7;
  for (int &v : r) {
    x = x * 1103515245u + 12345u;
    v = static_cast<int>(x >> 16) % 100;
  }
  return r;
}

struct Extremes {
  int low = 1000;
  int high = -1000;
};

static void widen(Extremes &e, int v) {
  e.low = std::min(e.low, v);
  e.high = std::max(e.high, v);
}

static void show(const Extremes &e) { std::printf("range %d..%d\n", e.low, e.high); }

int main() {
  const std::vector<int> data = readings();
  const int step = @N@ / @PARTS@;

  // Partial sums, one thread for each part.
  std::vector<long> sums(@PARTS@, 0);
  long total = 0;
//@ slot sums on sums
//@ is scope_closed: unordered
  {
    std::vector<std::jthread> parts;
    for (int p = 0; p < @PARTS@; ++p)
      parts.emplace_back([&, p] {
        for (int i = p * step; i < (p + 1) * step; ++i)
          sums[p] += data[i];
      });
  }
  total = std::accumulate(sums.begin(), sums.end(), 0L);
//@ is scope_open: racy
  {
    std::vector<std::jthread> parts;
    for (int p = 0; p < @PARTS@; ++p)
      parts.emplace_back([&, p] {
        for (int i = p * step; i < (p + 1) * step; ++i)
          sums[p] += data[i];
      });
    total = std::accumulate(sums.begin(), sums.end(), 0L);
  }
//@ is cleared: unordered
  std::vector<std::jthread> parts;
  for (int p = 0; p < @PARTS@; ++p)
    parts.emplace_back([&, p] {
      for (int i = p * step; i < (p + 1) * step; ++i)
        sums[p] += data[i];
    });
  parts.clear();
  total = std::accumulate(sums.begin(), sums.end(), 0L);
//@ is stop_requested: racy
  std::vector<std::jthread> parts;
  for (int p = 0; p < @PARTS@; ++p)
    parts.emplace_back([&, p] {
      for (int i = p * step; i < (p + 1) * step; ++i)
        sums[p] += data[i];
    });
  for (auto &part : parts)
    part.request_stop();
  total = std::accumulate(sums.begin(), sums.end(), 0L);
//@ end

  // Extremes of both halves; each thread has its own half.
//@ slot extremes on low, high
//@ is one_each: same-location
  Extremes ends[2];
  {
    std::jthread front([&] {
      for (int i = 0; i < @N@ / 2; ++i)
        widen(ends[0], data[i]);
    });
    std::jthread back([&] {
      for (int i = @N@ / 2; i < @N@; ++i)
        widen(ends[1], data[i]);
    });
  }
  const Extremes all{std::min(ends[0].low, ends[1].low), std::max(ends[0].high, ends[1].high)};
//@ is together: racy
  Extremes all;
  {
    std::jthread front([&] {
      for (int i = 0; i < @N@ / 2; ++i)
        widen(all, data[i]);
    });
    std::jthread back([&] {
      for (int i = @N@ / 2; i < @N@; ++i)
        widen(all, data[i]);
    });
  }
//@ is one_after_other: unordered
  Extremes all;
  {
    std::jthread front([&] {
      for (int i = 0; i < @N@ / 2; ++i)
        widen(all, data[i]);
    });
  }
  {
    std::jthread back([&] {
      for (int i = @N@ / 2; i < @N@; ++i)
        widen(all, data[i]);
    });
  }
//@ is first_joined: unordered
  Extremes all;
  std::jthread front([&] {
    for (int i = 0; i < @N@ / 2; ++i)
      widen(all, data[i]);
  });
  front.join();
  std::jthread back([&] {
    for (int i = @N@ / 2; i < @N@; ++i)
      widen(all, data[i]);
  });
  back.join();
//@ is back_left: racy
  Extremes all;
  std::jthread front([&] {
    for (int i = 0; i < @N@ / 2; ++i)
      widen(all, data[i]);
  });
  front.join();
  std::jthread back([&] {
    for (int i = @N@ / 2; i < @N@; ++i)
      widen(all, data[i]);
  });
//@ end
  show(all);

  // How many readings lie above the limit.
  int above = 0;
  std::mutex above_mutex;
  auto scan = [&](int from, int to) {
    int mine = 0;
    for (int i = from; i < to; ++i)
      mine += data[i] > @LIMIT@;
//@ slot above on above
//@ is locked_once: unprotected
    std::scoped_lock lock(above_mutex);
    above += mine;
//@ is bare_once: racy
    above += mine;
//@ is lock_dropped: racy
    std::unique_lock lock(above_mutex);
    lock.unlock();
    above += mine;
//@ end
  };
  std::jthread left(scan, 0, @N@ / 2);
  std::jthread right(scan, @N@ / 2, @N@);
  left.join();
  right.join();
  std::printf("total %ld above %d\n", total, above);
}
