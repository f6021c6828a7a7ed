//@ family: cm_slot_cache
//@ domain: cache
//@ problem: Direct-mapped cache of computed rows that evicts by age and keeps figures for a report.
//@ param USERS: 3 | 4
//@ param ROUNDS: 250 | 400
//@ param SLOTS: 16
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

class RowCache {
  struct Slot {
    int key = -1;
    long value = 0;
    std::uint32_t stamp = 0;
  };

public:
  long fetch(int key) {
    Slot &slot = slots[static_cast<unsigned>(key) % slots.size()];
//@ slot probe on key
//@ is held_check: unprotected
    const std::lock_guard<std::mutex> hold(slotsLock);
    if (slot.key != key)
      load(slot, key);
    return slot.value;
//@ is early_check: racy
    if (slot.key != key) {
      const std::lock_guard<std::mutex> hold(slotsLock);
      load(slot, key);
      return slot.value;
    }
    const std::lock_guard<std::mutex> hold(slotsLock);
    return slot.value;
//@ is checked_twice: racy
    if (slot.key != key) {
      const std::lock_guard<std::mutex> hold(slotsLock);
      if (slot.key != key)
        load(slot, key);
    }
    const std::lock_guard<std::mutex> hold(slotsLock);
    return slot.value;
//@ is held_helper: unprotected
    bool known = false;
    {
      const std::lock_guard<std::mutex> hold(slotsLock);
      known = slot.key == key;
    }
    const std::lock_guard<std::mutex> hold(slotsLock);
    if (!known)
      load(slot, key);
    return slot.value;
//@ end
  }

  int evictOlderThan(std::uint32_t age) {
    int gone = 0;
    const std::lock_guard<std::mutex> hold(slotsLock);
    for (Slot &slot : slots)
      if (slot.key >= 0 && slot.stamp + age < clock) {
        slot.key = -1;
        ++gone;
      }
    return gone;
  }

  void noteEvicted(int n) {
//@ slot evicted on evicted
//@ is figures_lock: unprotected
    const std::lock_guard<std::mutex> hold(figuresLock);
    evicted += n;
//@ is slots_lock: racy
    const std::lock_guard<std::mutex> hold(slotsLock);
    evicted += n;
//@ is none: racy
    evicted += n;
//@ is atomic_view: conflicting
    std::atomic_ref<long>(evicted).fetch_add(n, std::memory_order_relaxed);
//@ end
  }

  long evictedSoFar() {
//@ slot evicted
//@ is figures_lock
    const std::lock_guard<std::mutex> hold(figuresLock);
    return evicted;
//@ is slots_lock
    const std::lock_guard<std::mutex> hold(figuresLock);
    return evicted;
//@ is none
    const std::lock_guard<std::mutex> hold(figuresLock);
    return evicted;
//@ is atomic_view
    return std::atomic_ref<long>(evicted).load(std::memory_order_relaxed);
//@ end
  }

  void setVerbose(bool on) {
//@ slot verbose on verbose
//@ is guarded_flag: unprotected
    const std::lock_guard<std::mutex> hold(figuresLock);
    verbose = on;
//@ is unguarded_flag: racy
    verbose = on;
//@ is atomic_flag: conflicting
    verbose = on;
//@ end
  }

private:
  void load(Slot &slot, int key) {
    slot.key = key;
    slot.value = static_cast<long>(key) * key + 7;
    slot.stamp = ++clock;
  }

  std::array<Slot, @SLOTS@> slots{};
  std::uint32_t clock = 0;
  std::mutex slotsLock;
  std::mutex figuresLock;
  long evicted = 0;
//@ slot verbose
//@ is guarded_flag
  bool verbose = false;
//@ is unguarded_flag
  bool verbose = false;
//@ is atomic_flag
  std::atomic<bool> verbose{false};
//@ end
};

static void use(RowCache &cache, std::atomic<int> &gate, int id, long &sum) {
  --gate;
  while (gate.load(std::memory_order_relaxed) > 0)
    std::this_thread::yield();
  for (int i = 0; i < @ROUNDS@; ++i) {
    sum += cache.fetch((i * 3 + id) % 40);
    if (i % 2 == 0)
      std::this_thread::yield();
    cache.noteEvicted(i % 5 ? 1 : cache.evictOlderThan(12));
    if (i % 4 == 1) {
      sum += cache.evictedSoFar() > 0;
      std::this_thread::yield();
    }
    cache.setVerbose(i % 2 == id % 2);
    if (i % 2)
      std::this_thread::yield();
  }
}

int main() {
  static RowCache cache;
  static std::atomic<int> gate{@USERS@};
  std::vector<long> sums(@USERS@, 0);
  std::vector<std::thread> users;
  for (int u = 0; u < @USERS@; ++u)
    users.emplace_back(use, std::ref(cache), std::ref(gate), u, std::ref(sums[u]));
  for (auto &u : users)
    u.join();
  std::printf("sum %d evicted %d\n", sums[0] > 0, cache.evictedSoFar() > 0);
}
