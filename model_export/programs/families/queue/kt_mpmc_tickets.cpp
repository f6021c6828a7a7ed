//@ family: kt_mpmc_tickets
//@ domain: queue
//@ problem: Several producers and consumers pass parcels through a bounded queue whose cells carry sequence numbers.
//@ param PAIRS: 2 | 3
//@ param PARCELS: 300 | 500
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

struct Parcel {
  int from = 0;
  long weight = 0;
};

template <std::size_t N> class TicketQueue {
public:
  TicketQueue() {
    for (std::size_t i = 0; i < N; ++i)
      cells_[i].seq.store(i, std::memory_order_relaxed);
  }

  bool push(const Parcel &p) {
    std::size_t pos = in_.load(std::memory_order_relaxed);
    for (;;) {
      Cell &c = cells_[pos % N];
      const std::size_t seq = c.seq.load(std::memory_order_acquire);
      if (seq == pos) {
        if (in_.compare_exchange_weak(pos, pos + 1, std::memory_order_relaxed)) {
//@ slot publish on parcel
//@ is write_then_release: unordered
          c.parcel = p;
          c.seq.store(pos + 1, std::memory_order_release);
//@ is release_then_write: racy
          c.seq.store(pos + 1, std::memory_order_release);
          c.parcel = p;
//@ is relaxed_turn: racy
          c.parcel = p;
          c.seq.store(pos + 1, std::memory_order_relaxed);
//@ is exchanged_turn: unordered
          c.parcel = p;
          c.seq.exchange(pos + 1, std::memory_order_acq_rel);
//@ is early_return_cell: racy
          c.parcel = p;
          c.seq.store(pos + 1, std::memory_order_release);
//@ end
          return true;
        }
      } else if (seq < pos) {
        return false;
      } else {
        pos = in_.load(std::memory_order_relaxed);
      }
    }
  }

  bool pop(Parcel &p) {
    std::size_t pos = out_.load(std::memory_order_relaxed);
    for (;;) {
      Cell &c = cells_[pos % N];
      const std::size_t seq = c.seq.load(std::memory_order_acquire);
      if (seq == pos + 1) {
        if (out_.compare_exchange_weak(pos, pos + 1, std::memory_order_relaxed)) {
//@ slot publish
//@ is write_then_release
          p = c.parcel;
          c.seq.store(pos + N, std::memory_order_release);
//@ is release_then_write
          p = c.parcel;
          c.seq.store(pos + N, std::memory_order_release);
//@ is relaxed_turn
          p = c.parcel;
          c.seq.store(pos + N, std::memory_order_release);
//@ is exchanged_turn
          p = c.parcel;
          c.seq.exchange(pos + N, std::memory_order_acq_rel);
//@ is early_return_cell
          c.seq.store(pos + N, std::memory_order_release);
          if (pos % 4 == 0)
            std::this_thread::yield();
          p = c.parcel;
//@ end
          return true;
        }
      } else if (seq < pos + 1) {
        return false;
      } else {
        pos = out_.load(std::memory_order_relaxed);
      }
    }
  }

private:
  struct Cell {
    std::atomic<std::size_t> seq;
    Parcel parcel;
  };
  Cell cells_[N];
  alignas(64) std::atomic<std::size_t> in_{0};
  alignas(64) std::atomic<std::size_t> out_{0};
};

static long weight_of(int from, int i) { return (from * 17 + i * 5) % 91; }

class Depot {
public:
  void ship(int from) {
    for (int i = 0; i < @PARCELS@; ++i) {
      while (!queue_.push({from, weight_of(from, i)}))
        std::this_thread::yield();
//@ slot shipped on shipped_
//@ is relaxed_atomic: conflicting
      shipped_.fetch_add(1, std::memory_order_relaxed);
//@ is bare_long: racy
      ++shipped_;
//@ is even_locked: racy
      if (i % 2 == 0) {
        std::lock_guard hold(mu_);
        ++shipped_;
      } else {
        ++shipped_;
      }
//@ is every_locked: unprotected
      if (std::lock_guard hold(mu_); i >= 0)
        ++shipped_;
//@ end
    }
  }

  void deliver(long &sum) {
    Parcel p;
    for (int i = 0; i < @PARCELS@; ++i) {
      while (!queue_.pop(p))
        std::this_thread::yield();
//@ slot sum on sum
//@ is caller_slot: same-location
      sum += p.weight;
//@ is caller_shared: racy
      sum += p.weight;
//@ is local_then_slot: same-location
      total_of_thread += p.weight;
//@ end
    }
//@ slot sum
//@ is local_then_slot
    sum = total_of_thread;
//@ end
  }

  long shipped() const { return shipped_; }

private:
  TicketQueue<32> queue_;
  std::mutex mu_;
  inline static thread_local long total_of_thread = 0;
//@ slot shipped
//@ is relaxed_atomic
  std::atomic<long> shipped_{0};
//@ is bare_long
  long shipped_ = 0;
//@ is even_locked
  long shipped_ = 0;
//@ is every_locked
  long shipped_ = 0;
//@ end
};

static long serial_sum() {
  long s = 0;
  for (int f = 0; f < @PAIRS@; ++f)
    for (int i = 0; i < @PARCELS@; ++i)
      s += weight_of(f, i);
  return s;
}

int main() {
  Depot depot;
  std::vector<long> sums(@PAIRS@ * 8);
  std::vector<std::thread> crew;
  for (int k = 0; k < @PAIRS@; ++k) {
    crew.emplace_back(&Depot::ship, &depot, k);
//@ slot sum
//@ is caller_slot
    crew.emplace_back(&Depot::deliver, &depot, std::ref(sums[k * 8]));
//@ is caller_shared
    crew.emplace_back(&Depot::deliver, &depot, std::ref(sums[k / 8]));
//@ is local_then_slot
    crew.emplace_back(&Depot::deliver, &depot, std::ref(sums[k * 8]));
//@ end
  }
  for (auto &t : crew)
    t.join();
  long sum = 0;
  for (long s : sums)
    sum += s;
  std::printf("sum %ld serial %ld shipped %d\n", sum, serial_sum(), depot.shipped() > 0);
}
