//@ family: kt_signal_slots
//@ domain: observers
//@ problem: A signal calls its connected slots from several emitters while a panel connects and disconnects others.
//@ param EMITTERS: 2 | 3
//@ param EMITS: 200 | 300
#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

using Slot = std::function<void(int)>;
using SlotList = std::vector<std::pair<int, Slot>>;

class Signal {
public:
  int connect(Slot slot) {
    std::lock_guard lock(mu_);
    const int id = ++last_id_;
//@ slot list on slots_
//@ is copy_on_write: unprotected
    auto fresh = std::make_shared<SlotList>(*slots_);
    fresh->emplace_back(id, std::move(slot));
    slots_ = std::move(fresh);
//@ is swap_outside: racy
    auto fresh = std::make_shared<SlotList>(*slots_);
    fresh->emplace_back(id, std::move(slot));
    slots_ = std::move(fresh);
//@ is appended: racy
    slots_->emplace_back(id, std::move(slot));
//@ is appended_copied: unprotected
    slots_->emplace_back(id, std::move(slot));
//@ is atomic_pointer: conflicting
    auto fresh = std::make_shared<SlotList>(*std::atomic_load(&slots_));
    fresh->emplace_back(id, std::move(slot));
    std::atomic_store(&slots_, std::shared_ptr<SlotList>(std::move(fresh)));
//@ end
    return id;
  }

  void emit(int value) {
//@ slot list
//@ is copy_on_write
    std::shared_ptr<SlotList> now;
    {
      std::lock_guard lock(mu_);
      now = slots_;
    }
    if (value % 4 == 0)
      std::this_thread::yield();
    for (auto &[id, slot] : *now)
      slot(value);
//@ is swap_outside
    std::shared_ptr<SlotList> now = slots_;
    std::unique_lock lock(mu_);
    lock.unlock();
    for (auto &[id, slot] : *now)
      slot(value);
//@ is appended
    std::shared_ptr<SlotList> now;
    {
      std::lock_guard lock(mu_);
      now = slots_;
    }
    if (value % 4 == 0)
      std::this_thread::yield();
    for (auto &[id, slot] : *now)
      slot(value);
//@ is appended_copied
    SlotList now;
    {
      std::lock_guard lock(mu_);
      now = *slots_;
    }
    if (value % 4 == 0)
      std::this_thread::yield();
    for (auto &[id, slot] : now)
      slot(value);
//@ is atomic_pointer
    auto now = std::atomic_load(&slots_);
    for (auto &[id, slot] : *now)
      slot(value);
//@ end
//@ slot emitted on emitted_
//@ is plain: racy
    ++emitted_;
//@ is relaxed: conflicting
    emitted_.fetch_add(1, std::memory_order_relaxed);
//@ is dropped: concurrent
//@ end
  }

  long emitted() const { return emitted_; }

private:
  std::mutex mu_;
  std::shared_ptr<SlotList> slots_ = [] {
    auto list = std::make_shared<SlotList>();
    list->reserve(256);
    return list;
  }();
  int last_id_ = 0;
//@ slot emitted
//@ is plain
  long emitted_ = 0;
//@ is relaxed
  std::atomic<long> emitted_{0};
//@ is dropped
  long emitted_ = 0;
//@ end
};

struct Gauge {
//@ slot gauge on total
//@ is shared_plain: racy
  long total = 0;
  void add(int v) { total += v; }
//@ is own_mutex: unprotected
  long total = 0;
  std::mutex mu;
  void add(int v) {
    std::lock_guard lock(mu);
    total += v;
  }
//@ is atomic_sum: conflicting
  std::atomic<long> total{0};
  void add(int v) { total += v; }
//@ is mutex_per_call: racy
  long total = 0;
  void add(int v) {
    std::mutex mu;
    std::lock_guard lock(mu);
    total += v;
  }
//@ end
};

static long serial_total() {
  Signal s;
  Gauge g;
  s.connect([&g](int v) { g.add(v); });
  for (int e = 0; e < @EMITTERS@; ++e)
    for (int i = 0; i < @EMITS@; ++i)
      s.emit(i % 10 + e);
  return static_cast<long>(g.total);
}

int main() {
  Signal signal;
  Gauge gauge;
  std::atomic<int> extra{0};
  signal.connect([&gauge](int v) { gauge.add(v); });
  std::vector<std::thread> crew;
  for (int e = 0; e < @EMITTERS@; ++e)
    crew.emplace_back([&signal, e] {
      for (int i = 0; i < @EMITS@; ++i) {
        signal.emit(i % 10 + e);
        if (i % 16 == 0)
          std::this_thread::yield();
      }
    });
  for (int k = 0; k < 20; ++k) {
    signal.connect([&extra](int v) { extra.fetch_add(v, std::memory_order_relaxed); });
    std::this_thread::yield();
  }
  for (auto &t : crew)
    t.join();
  std::printf("total %ld serial %ld emitted %d extra %d\n", static_cast<long>(gauge.total),
              serial_total(), signal.emitted() >= 0, extra.load() >= 0);
}
