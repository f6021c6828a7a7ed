//@ family: xmp_mutex_registry
//@ domain: networking
//@ problem: Flow statistics guarded by std::mutex or std::atomic inside OpenMP loops.
//@ param NT: 3 | 4
//@ param PACKETS: 1500 | 2500
//@ param FLOWS: 8 | 12
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <omp.h>
#include <vector>

struct Packet {
  std::uint16_t flow;
  std::uint16_t size;
  bool lost;
};

class FlowTable {
public:
  void record(const Packet &p) {
//@ slot bytes on bytes_
//@ is member_lock: unprotected
    const std::lock_guard<std::mutex> hold(lock_);
    bytes_[p.flow] += p.size;
//@ is call_lock: racy
    std::mutex lock;
    const std::lock_guard<std::mutex> hold(lock);
    bytes_[p.flow] += p.size;
//@ is short_scope: racy
    {
      const std::lock_guard<std::mutex> hold(lock_);
    }
    bytes_[p.flow] += p.size;
//@ is flow_lock: unprotected
    const std::lock_guard<std::mutex> hold(locks_[p.flow]);
    bytes_[p.flow] += p.size;
//@ is thread_lock: racy
    const std::lock_guard<std::mutex> hold(locks_[omp_get_thread_num()]);
    bytes_[p.flow] += p.size;
//@ is unique: unprotected
    std::unique_lock<std::mutex> hold(lock_, std::defer_lock);
    hold.lock();
    bytes_[p.flow] += p.size;
    hold.unlock();
//@ end
  }

  void drop(const Packet &p) {
    if (!p.lost)
      return;
//@ slot lost on lost_
//@ is increment: conflicting
    ++lost_;
//@ is load_store: conflicting
    lost_.store(lost_.load() + 1);
//@ is plain: racy
    ++lost_;
//@ is scoped: unprotected
    const std::scoped_lock hold(drop_lock_);
    ++lost_;
//@ end
  }

  void print(long total) const {
    std::uint64_t all = 0;
    for (auto b : bytes_)
      all = all * 3 + b;
    std::printf("%llu lost %ld total %ld\n", static_cast<unsigned long long>(all),
                static_cast<long>(lost_), total);
  }

private:
//@ slot lost
//@ is increment
  std::atomic<long> lost_{0};
//@ is load_store
  std::atomic<long> lost_{0};
//@ is plain
  long lost_ = 0;
//@ is scoped
  long lost_ = 0;
//@ end
  std::array<std::uint64_t, @FLOWS@> bytes_{};
  std::mutex lock_;
  std::mutex drop_lock_;
  std::array<std::mutex, @FLOWS@> locks_;
};

int main() {
  std::vector<Packet> packets(@PACKETS@);
  for (std::size_t i = 0; i < packets.size(); ++i)
    packets[i] = {static_cast<std::uint16_t>(i * 5 % @FLOWS@),
                  static_cast<std::uint16_t>(64 + i * 31 % 1400), i % 3 == 0};
  FlowTable table;
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int i = 0; i < @PACKETS@; ++i)
    table.drop(packets[i]);
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int i = 0; i < @PACKETS@; ++i)
    table.record(packets[i]);

//@ slot total on total
//@ is atomic_relaxed: conflicting
  std::atomic<long> total{0};
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @PACKETS@; ++i)
    total.fetch_add(packets[i].size, std::memory_order_relaxed);
//@ is open: racy
  long total = 0;
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @PACKETS@; ++i)
    total += packets[i].size;
//@ is mixed: racy
  long total = 0;
  std::mutex guard;
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @PACKETS@; ++i) {
    if (packets[i].lost) {
      const std::lock_guard hold(guard);
      total += packets[i].size;
    } else {
#pragma omp atomic
      total += packets[i].size;
    }
  }
//@ is guarded: unprotected
  long total = 0;
  std::mutex guard;
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @PACKETS@; ++i) {
    const std::lock_guard hold(guard);
    total += packets[i].size;
  }
//@ end
  table.print(total);
}
