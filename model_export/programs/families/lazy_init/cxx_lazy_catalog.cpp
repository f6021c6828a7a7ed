//@ family: cxx_lazy_catalog
//@ domain: lazy_init
//@ problem: Lookup tables of a product catalogue are built by whichever thread needs them first.
//@ param NT: 3 | 4
//@ param LOOKUPS: 200 | 400
//@ param ITEMS: 64 | 128
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

struct Item {
  int id;
  int price;
  int tax;
};

class Catalog {
public:
  const Item &item(int id) { return (*items())[static_cast<std::size_t>(id) % @ITEMS@]; }

  const std::vector<int> &discounts() {
//@ slot discounts on discounts_
//@ is once: unordered
    std::call_once(discount_once_, [this] { fill(discounts_); });
//@ is flag_unlocked: racy
    if (discounts_.empty()) {
      std::lock_guard lock(mutex_);
      if (discounts_.empty())
        fill(discounts_);
    }
//@ is always_locked: unprotected
    std::lock_guard lock(mutex_);
    if (discounts_.empty())
      fill(discounts_);
//@ is ready_relaxed: racy
    if (!discount_ready_.load(std::memory_order_relaxed)) {
      std::lock_guard lock(mutex_);
      if (!discount_ready_.load(std::memory_order_relaxed)) {
        fill(discounts_);
        discount_ready_.store(true, std::memory_order_relaxed);
      }
    }
//@ is ready_acquire: unordered
    if (!discount_ready_.load(std::memory_order_acquire)) {
      std::lock_guard lock(mutex_);
      if (!discount_ready_.load(std::memory_order_relaxed)) {
        fill(discounts_);
        discount_ready_.store(true, std::memory_order_release);
      }
    }
//@ is ready_early: racy
    if (!discount_ready_.load(std::memory_order_acquire)) {
      std::lock_guard lock(mutex_);
      if (!discount_ready_.load(std::memory_order_relaxed)) {
        discount_ready_.store(true, std::memory_order_release);
        fill(discounts_);
      }
    }
//@ end
    return discounts_;
  }

  void prepare() { fill(backup_); }
  int backup(int i) const { return backup_.empty() ? 0 : backup_[static_cast<std::size_t>(i) % backup_.size()]; }

private:
  std::vector<Item> *items() {
//@ slot table on table_
//@ is plain_pointer: racy
    if (table_ == nullptr) {
      std::lock_guard lock(mutex_);
      if (table_ == nullptr)
        table_ = build();
    }
    return table_;
//@ is acquire_pointer: unordered
    auto *table = table_.load(std::memory_order_acquire);
    if (table == nullptr) {
      std::lock_guard lock(mutex_);
      table = table_.load(std::memory_order_relaxed);
      if (table == nullptr) {
        table = build();
        table_.store(table, std::memory_order_release);
      }
    }
    return table;
//@ is relaxed_pointer: racy
    auto *table = table_.load(std::memory_order_relaxed);
    if (table == nullptr) {
      std::lock_guard lock(mutex_);
      table = table_.load(std::memory_order_relaxed);
      if (table == nullptr) {
        table = build();
        table_.store(table, std::memory_order_relaxed);
      }
    }
    return table;
//@ is local_static: unordered
    static std::vector<Item> *table_ = build();
    return table_;
//@ is once_table: unordered
    std::call_once(table_once_, [this] { table_ = build(); });
    return table_;
//@ end
  }

  std::vector<Item> *build() {
    owned_ = std::make_unique<std::vector<Item>>();
    owned_->reserve(@ITEMS@);
    for (int i = 0; i < @ITEMS@; ++i)
      owned_->push_back({i, 5 + i * 3 % 17, i % 4});
    std::this_thread::yield();
    return owned_.get();
  }

  static void fill(std::vector<int> &out) {
    out.reserve(256);
    for (int i = 0; i < 200; ++i) {
      out.push_back(i * i % 31);
      if (i % 50 == 1)
        std::this_thread::yield();
    }
  }

  std::mutex mutex_;
  std::once_flag discount_once_;
  std::once_flag table_once_;
  std::atomic<bool> discount_ready_{false};
  std::unique_ptr<std::vector<Item>> owned_;
  std::vector<int> discounts_;
  std::vector<int> backup_;
//@ slot table
//@ is plain_pointer
  std::vector<Item> *table_ = nullptr;
//@ is once_table
  std::vector<Item> *table_ = nullptr;
//@ is acquire_pointer
  std::atomic<std::vector<Item> *> table_{nullptr};
//@ is relaxed_pointer
  std::atomic<std::vector<Item> *> table_{nullptr};
//@ end
};

int main() {
  Catalog catalog;
  std::atomic<bool> open{false};
  std::atomic<int> served{0};
  std::vector<long> sums(@NT@, 0);
  std::vector<std::thread> shops;
//@ slot backup on backup_
//@ is before_start: unordered
  catalog.prepare();
//@ is while_running: racy
  catalog.prepare();
//@ end
  for (int t = 0; t < @NT@; ++t)
    shops.emplace_back([&, t] {
      while (!open.load(std::memory_order_relaxed))
        std::this_thread::yield();
      while (t == @NT@ - 1 && served.load(std::memory_order_relaxed) < 8)
        std::this_thread::yield();
      long sum = 0;
      for (int i = 0; i < @LOOKUPS@; ++i) {
        const Item &item = catalog.item(i + t);
        const std::vector<int> &off = catalog.discounts();
        if (!off.empty())
          sum += item.price + item.tax - off[0];
        sum += catalog.backup(i);
        served.fetch_add(1, std::memory_order_relaxed);
        if (i % 16 == 0)
          std::this_thread::yield();
      }
      sums[t] = sum;
    });
  open.store(true, std::memory_order_relaxed);
//@ slot backup
//@ is while_running
  catalog.prepare();
//@ end
  for (auto &s : shops)
    s.join();
  long total = 0;
  for (long s : sums)
    total += s;
  std::printf("total %d\n", total != 0);
}
