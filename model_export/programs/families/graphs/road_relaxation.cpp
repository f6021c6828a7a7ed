//@ family: road_relaxation
//@ domain: graphs
//@ problem: Shortest paths on a road grid by rounds of relaxation over an active list.
//@ param SIDE: 20 | 26
//@ param NT: 3 | 4
//@ param FAR: 1000000 | 1 << 28
#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdio>
#include <future>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

struct Road {
  int to;
  int length;
};

class RoadMap {
public:
  explicit RoadMap(int side) : out_(side * side) {
    unsigned s = 5;
    for (int v = 0; v < side * side; ++v)
      for (int d : {1, side, -1, -side}) {
        int w = v + d;
        if (w < 0 || w >= side * side || ((d == 1 || d == -1) && w / side != v / side))
          continue;
        s = s * 69069u + 5u;
        out_[v].push_back({w, 1 + static_cast<int>((s >> 16) % 9)});
      }
  }
  int size() const { return static_cast<int>(out_.size()); }
  const std::vector<Road> &from(int v) const { return out_[v]; }

private:
  std::vector<std::vector<Road>> out_;
};

static std::vector<int> dijkstra(const RoadMap &map) {
  std::vector<int> dist(map.size(), @FAR@);
  using Item = std::pair<int, int>;
  std::priority_queue<Item, std::vector<Item>, std::greater<>> open;
  open.emplace(dist[0] = 0, 0);
  while (!open.empty()) {
    auto [d, v] = open.top();
    open.pop();
    if (d > dist[v])
      continue;
    for (const Road &r : map.from(v))
      if (d + r.length < dist[r.to])
        open.emplace(dist[r.to] = d + r.length, r.to);
  }
  return dist;
}

class Relaxer {
public:
  explicit Relaxer(const RoadMap &map)
      : map_(map), dist_(map.size(), @FAR@), cells_(map.size()), marks_(map.size()) {
    for (auto &c : cells_)
      c.store(@FAR@, std::memory_order_relaxed);
    dist_[0] = 0;
    cells_[0] = 0;
  }

  std::vector<int> run() {
    std::vector<int> active{0};
    while (!active.empty() && rounds_ < 400) {
      ++rounds_;
      next_.clear();
      std::vector<std::future<void>> parts;
      for (int t = 0; t < @NT@; ++t)
        parts.push_back(std::async(std::launch::async, [this, &active, t] { relax(active, t); }));
      for (auto &p : parts)
        p.get();
      std::sort(next_.begin(), next_.end());
      next_.erase(std::unique(next_.begin(), next_.end()), next_.end());
      active = next_;
    }
//@ slot dist
//@ is fetch_min
    for (int v = 0; v < map_.size(); ++v)
      dist_[v] = cells_[v];
//@ end
    return dist_;
  }
  void print() const { std::printf("rounds %d tried %ld peak %zu\n", rounds_, tried_, peak_); }

private:
  bool shorten(int from, const Road &r) {
//@ slot dist on dist_
//@ is fetch_min: same-location
    constexpr auto loose = std::memory_order_relaxed;
    int mine = cells_[from].load(loose) + r.length;
    int old = cells_[r.to].load(loose);
    while (mine < old)
      if (cells_[r.to].compare_exchange_weak(old, mine, loose))
        return true;
    return false;
//@ is one_mutex: unprotected
    std::lock_guard hold(dist_lock_);
    int mine = dist_[from] + r.length;
    if (mine >= dist_[r.to])
      return false;
    dist_[r.to] = mine;
    return true;
//@ is store_locked: racy
    int mine = dist_[from] + r.length;
    if (mine >= dist_[r.to])
      return false;
    std::lock_guard hold(dist_lock_);
    dist_[r.to] = std::min(dist_[r.to], mine);
    return true;
//@ is striped: racy
    std::lock_guard hold(stripes_[r.to % 8]);
    int mine = dist_[from] + r.length;
    if (mine >= dist_[r.to])
      return false;
    dist_[r.to] = mine;
    return true;
//@ is two_stripes: unprotected
    std::mutex &a = stripes_[std::min(from % 8, r.to % 8)], &b = stripes_[std::max(from % 8, r.to % 8)];
    std::unique_lock first(a);
    std::unique_lock<std::mutex> second;
    if (&a != &b)
      second = std::unique_lock(b);
    int mine = dist_[from] + r.length;
    if (mine >= dist_[r.to])
      return false;
    dist_[r.to] = mine;
    return true;
//@ end
  }

  void relax(const std::vector<int> &active, int t) {
    std::vector<int> found;
    long seen = 0;
    for (std::size_t i = t; i < active.size(); i += @NT@)
      for (const Road &r : map_.from(active[i])) {
        ++seen;
        if (shorten(active[i], r))
          found.push_back(r.to);
      }
//@ slot list on next_
//@ is held: unprotected
    if (!found.empty()) {
      std::lock_guard hold(list_lock_);
      next_.insert(next_.end(), found.begin(), found.end());
    }
//@ is held_room: racy
    {
      std::lock_guard hold(list_lock_);
      next_.reserve(next_.size() + found.size());
    }
    next_.insert(next_.end(), found.begin(), found.end());
//@ is one_by_one: unprotected
    for (int v : found) {
      std::lock_guard hold(list_lock_);
      next_.push_back(v);
    }
//@ is size_peek: racy
    if (next_.size() < std::size_t(map_.size()) * 8) {
      std::lock_guard hold(list_lock_);
      next_.insert(next_.end(), found.begin(), found.end());
    }
//@ end
//@ slot tried on tried_
//@ is atomic_ref: conflicting
    std::atomic_ref(tried_).fetch_add(seen, std::memory_order_relaxed);
//@ is add: racy
    tried_ += seen;
//@ is zero_only: concurrent
    if (t == 0)
      tried_ += seen;
//@ is half_ref: racy
    tried_ = std::atomic_ref(tried_).load(std::memory_order_relaxed) + seen;
//@ end
    marks_[t] = static_cast<int>(found.size());
//@ slot peak on peak_
//@ is own_mark: same-location
    marks_[t] += peak_ > 0;
//@ is grow: racy
    peak_ = std::max(peak_, found.size());
//@ end
  }

  const RoadMap &map_;
  std::vector<int> dist_;
  std::vector<std::atomic<int>> cells_;
  std::vector<int> marks_;
  std::vector<int> next_;
  std::mutex dist_lock_, list_lock_, stripes_[8];
  int rounds_ = 0;
  long tried_ = 0;
  std::size_t peak_ = 0;
};

int main() {
  RoadMap map(@SIDE@);
  const auto a = dijkstra(map);
  Relaxer relaxer(map);
  const auto b = relaxer.run();
  long x = 0, y = 0;
  for (int v = 0; v < map.size(); ++v) {
    x += static_cast<long>(a[v]) * (v % 5 + 1);
    y += static_cast<long>(b[v]) * (v % 5 + 1);
  }
  std::printf("serial %ld rounds %ld\n", x, y);
  relaxer.print();
}
