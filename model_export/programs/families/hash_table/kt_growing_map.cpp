//@ family: kt_growing_map
//@ domain: hash_table
//@ problem: A chained map with striped locks grows and is dealt out anew while several threads insert and look up.
//@ param NT: 3 | 4
//@ param KEYS: 160 | 240
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <list>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

template <class V> class StripedMap {
public:
  static constexpr std::size_t kStripes = 8;
  explicit StripedMap(std::size_t buckets) : buckets_(buckets) {}

  void add(unsigned key, V v) {
    {
//@ slot grow on buckets_
//@ is shared_gate: unprotected
      std::shared_lock gate(gate_);
//@ is no_gate_in_add: racy
//@ is gate_in_find: racy
      std::shared_lock gate(gate_);
//@ is never_grows: concurrent
//@ end
      std::lock_guard hold(stripe(key));
      auto &b = buckets_[key % buckets_.size()];
      bool found = false;
      for (auto &e : b)
        if (e.key == key) {
          e.value += v;
          found = true;
        }
      if (!found)
        b.push_back({key, v});
//@ slot size on size_
//@ is plain_in_stripe: racy
      if (!found)
        ++size_;
//@ is atomic_in_stripe: conflicting
      if (!found)
        size_.fetch_add(1, std::memory_order_relaxed);
//@ is per_stripe: unprotected
      if (!found)
        ++size_[key % kStripes];
//@ is turned_stripe: unprotected
      if (!found)
        ++size_[(key + 1) % kStripes];
//@ is folded_stripe: racy
      if (!found)
        ++size_[key / kStripes % kStripes];
//@ end
    }
    ops_.fetch_add(1, std::memory_order_relaxed);
  }

  V find(unsigned key) {
//@ slot grow
//@ is shared_gate
    std::shared_lock gate(gate_);
//@ is no_gate_in_add
    std::shared_lock gate(gate_);
//@ end
    std::lock_guard hold(stripe(key));
    for (auto &e : buckets_[key % buckets_.size()])
      if (e.key == key)
        return e.value;
    return V{};
  }

  void redeal() {
//@ slot grow
//@ is shared_gate
    std::unique_lock gate(gate_);
    rehash();
//@ is no_gate_in_add
    std::unique_lock gate(gate_);
    rehash();
//@ is gate_in_find
    std::unique_lock gate(gate_);
    rehash();
//@ is never_grows
    ops_.fetch_add(1);
//@ end
  }

  std::size_t count() const {
//@ slot size
//@ is plain_in_stripe
    return size_;
//@ is atomic_in_stripe
    return size_.load();
//@ is per_stripe
    std::size_t n = 0;
    for (auto s : size_)
      n += s;
    return n;
//@ is turned_stripe
    std::size_t n = 0;
    for (auto s : size_)
      n += s;
    return n;
//@ is folded_stripe
    std::size_t n = 0;
    for (auto s : size_)
      n += s;
    return n;
//@ end
  }

  V sum() const {
    V s{};
    for (const auto &b : buckets_)
      for (const auto &e : b)
        s += e.value;
    return s;
  }

private:
  struct Entry {
    unsigned key;
    V value;
  };

  // The stripe count divides every bucket count, so a bucket never spans two stripes.
  std::mutex &stripe(unsigned key) { return stripes_[key % kStripes]; }

  // Deals the entries out again, so that every list is in the order of arrival.
  void rehash() {
    std::vector<std::list<Entry>> fresh(buckets_.size());
    for (auto &b : buckets_)
      for (auto &e : b)
        fresh[e.key % fresh.size()].push_back(e);
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      auto &mine = buckets_[i];
      auto from = fresh[i].begin();
      for (auto &e : mine)
        if (from != fresh[i].end())
          e = *from++;
    }
  }

  std::shared_mutex gate_;
  std::array<std::mutex, kStripes> stripes_;
  std::vector<std::list<Entry>> buckets_;
  std::atomic<long> ops_{0};
//@ slot size
//@ is plain_in_stripe
  std::size_t size_ = 0;
//@ is atomic_in_stripe
  std::atomic<std::size_t> size_{0};
//@ is per_stripe
  std::array<std::size_t, kStripes> size_{};
//@ is turned_stripe
  std::array<std::size_t, kStripes> size_{};
//@ is folded_stripe
  std::array<std::size_t, kStripes> size_{};
//@ end
};

static unsigned key_of(int t, int i) { return static_cast<unsigned>((t * 41 + i * 17) % 128); }

//@ slot hits on hits
//@ is namespace_scope: racy
static long hits = 0;
static void note_hit() { ++hits; }
static long all_hits() { return hits; }
//@ is thread_copy: same-location
static thread_local long hits = 0;
static void note_hit() { ++hits; }
static long all_hits() { return hits; }
//@ is function_static: racy
static long &hits() {
  static long hits = 0;
  return hits;
}
static void note_hit() { ++hits(); }
static long all_hits() { return hits(); }
//@ is function_atomic: conflicting
static std::atomic<long> &hits() {
  static std::atomic<long> hits{0};
  return hits;
}
static void note_hit() { hits().fetch_add(1, std::memory_order_relaxed); }
static long all_hits() { return hits(); }
//@ end

static void work(StripedMap<long> &map, int t) {
  for (int i = 0; i < @KEYS@; ++i) {
    map.add(key_of(t, i), i % 9);
    if (map.find(key_of(t + 1, i)) > 0)
      note_hit();
    if (t == 0 && i % 20 == 19)
      map.redeal();
    if (i % 4 == 0)
      std::this_thread::yield();
  }
}

static long serial_sum() {
  long s = 0;
  for (int t = 0; t < @NT@; ++t)
    for (int i = 0; i < @KEYS@; ++i)
      s += i % 9;
  return s;
}

int main() {
  StripedMap<long> map(32);
  std::vector<std::thread> crew;
  for (int t = 0; t < @NT@; ++t)
    crew.emplace_back(work, std::ref(map), t);
  for (auto &t : crew)
    t.join();
  std::printf("sum %ld serial %ld count %d hits %d\n", map.sum(), serial_sum(), map.count() > 0,
              all_hits() >= 0);
}
