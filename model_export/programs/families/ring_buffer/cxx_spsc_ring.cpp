//@ family: cxx_spsc_ring
//@ domain: ring_buffer
//@ problem: One producer hands audio blocks to one consumer over a ring of slots with atomic indices.
//@ param BLOCKS: 600 | 900
//@ param SLOTS: 8 | 16
//@ param LEN: 4 | 8
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <thread>

struct Block {
  std::array<float, @LEN@> samples{};
  unsigned stamp = 0;
};

static void fill(Block &to, const Block &from) {
  to.stamp = from.stamp;
  for (std::size_t k = 0; k < from.samples.size(); ++k)
    to.samples[k] = from.samples[k];
}

template <std::size_t N> class Ring {
public:
  bool push(const Block &b) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
//@ slot cells on cells_
//@ is paired: unordered
    if (tail - head_.load(std::memory_order_acquire) == N)
      return false;
    fill(cells_[tail % N], b);
    tail_.store(tail + 1, std::memory_order_release);
//@ is relaxed_tail: racy
    if (tail - head_.load(std::memory_order_acquire) == N)
      return false;
    fill(cells_[tail % N], b);
    tail_.store(tail + 1, std::memory_order_relaxed);
//@ is relaxed_head: racy
    if (tail - head_.load(std::memory_order_relaxed) == N)
      return false;
    fill(cells_[tail % N], b);
    tail_.store(tail + 1, std::memory_order_release);
//@ is early_tail: racy
    if (tail - head_.load(std::memory_order_acquire) == N)
      return false;
    tail_.store(tail + 1, std::memory_order_release);
    fill(cells_[tail % N], b);
//@ is seq_cst: unordered
    if (tail - head_ == N)
      return false;
    fill(cells_[tail % N], b);
    tail_ = tail + 1;
//@ is relaxed_load: racy
    if (tail - head_.load(std::memory_order_acquire) == N)
      return false;
    fill(cells_[tail % N], b);
    tail_.store(tail + 1, std::memory_order_release);
//@ is fenced: unordered
    if (tail - head_.load(std::memory_order_acquire) == N)
      return false;
    fill(cells_[tail % N], b);
    tail_.fetch_add(1, std::memory_order_acq_rel);
//@ end
    return true;
  }

  bool pop(Block &out) {
    const std::size_t head = head_.load(std::memory_order_relaxed);
//@ slot cells
//@ is paired
    if (tail_.load(std::memory_order_acquire) == head)
      return false;
//@ is relaxed_tail
    if (tail_.load(std::memory_order_acquire) == head)
      return false;
//@ is relaxed_head
    if (tail_.load(std::memory_order_acquire) == head)
      return false;
//@ is early_tail
    if (tail_.load(std::memory_order_acquire) == head)
      return false;
//@ is seq_cst
    if (tail_ == head)
      return false;
//@ is relaxed_load
    if (tail_.load(std::memory_order_relaxed) == head)
      return false;
//@ is fenced
    if (tail_.load(std::memory_order_acquire) == head)
      return false;
//@ end
    fill(out, cells_[head % N]);
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

private:
  std::array<Block, N> cells_{};
  std::atomic<std::size_t> head_{0};
  std::atomic<std::size_t> tail_{0};
};

using AudioRing = Ring<@SLOTS@>;

struct Meters {
//@ slot drops on drops
//@ is atomic_drops: conflicting
  std::atomic<long> drops{0};
//@ is shared_drops: racy
  long drops = 0;
//@ is producer_only: concurrent
  long drops = 0;
//@ end
//@ slot peak on peak
//@ is read_after: unordered
  float peak = 0;
//@ is read_live: racy
  float peak = 0;
//@ is atomic_peak: conflicting
  std::atomic<float> peak{0};
//@ end
};

static void produce(AudioRing &ring, Meters &meters) {
  for (unsigned n = 0; n < @BLOCKS@; ++n) {
    Block b;
    b.stamp = n;
    b.samples.fill(0.25f * static_cast<float>(n % 11));
    while (!ring.push(b)) {
//@ slot drops
//@ is atomic_drops
      meters.drops.fetch_add(1, std::memory_order_relaxed);
//@ is shared_drops
      ++meters.drops;
//@ is producer_only
      ++meters.drops;
//@ end
      std::this_thread::yield();
    }
    if (n % 32 == 31)
      std::this_thread::yield();
//@ slot peak
//@ is read_live
    if (meters.peak > 1e6f)
      return;
//@ is atomic_peak
    if (meters.peak > 1e6f)
      return;
//@ end
  }
}

static void consume(AudioRing &ring, Meters &meters) {
  unsigned got = 0;
  Block b;
  while (got < @BLOCKS@) {
    if (!ring.pop(b)) {
//@ slot drops
//@ is atomic_drops
      meters.drops.fetch_add(1, std::memory_order_relaxed);
//@ is shared_drops
      ++meters.drops;
//@ end
      std::this_thread::yield();
      continue;
    }
    ++got;
    if (b.samples[0] >= meters.peak)
      meters.peak = b.samples[0];
  }
}

int main() {
  static AudioRing ring;
  Meters meters;
  std::thread sink(consume, std::ref(ring), std::ref(meters));
  produce(ring, meters);
  sink.join();
  std::printf("peak %.2f waited %d\n", static_cast<float>(meters.peak),
              static_cast<long>(meters.drops) >= 0);
}
