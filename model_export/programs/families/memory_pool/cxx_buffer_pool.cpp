//@ family: cxx_buffer_pool
//@ domain: memory_pool
//@ problem: Encoders borrow buffers from a pool governed by a counting semaphore and return them.
//@ param NT: 3 | 4
//@ param FRAMES: 200 | 300
//@ param BYTES: 16 | 32
#include <array>
#include <atomic>
#include <cstdio>
#include <latch>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

struct Buffer {
  std::array<unsigned char, @BYTES@> bytes{};
  int owner = -1;
};

class BufferPool {
public:
  BufferPool() {
    free_.reserve(64);
    for (auto &b : store_)
      free_.push_back(&b);
  }

  Buffer *borrow() {
    available_.acquire();
//@ slot list on free_
//@ is list_lock: unprotected
    std::lock_guard lock(list_mutex_);
    Buffer *b = free_.back();
    free_.pop_back();
    return b;
  }
  void give_back(Buffer *b) {
    {
      std::lock_guard lock(list_mutex_);
      free_.push_back(b);
    }
    available_.release();
  }
  int left() {
    std::lock_guard lock(list_mutex_);
    return static_cast<int>(free_.size());
  }
//@ is left_unlocked: racy
    std::lock_guard lock(list_mutex_);
    Buffer *b = free_.back();
    free_.pop_back();
    return b;
  }
  void give_back(Buffer *b) {
    {
      std::lock_guard lock(list_mutex_);
      free_.push_back(b);
    }
    available_.release();
  }
  int left() { return static_cast<int>(free_.size()); }
//@ is never_asked: unprotected
    std::unique_lock lock(list_mutex_);
    Buffer *b = free_.back();
    free_.pop_back();
    lock.unlock();
    return b;
  }
  void give_back(Buffer *b) {
    std::unique_lock lock(list_mutex_);
    free_.push_back(b);
    lock.unlock();
    available_.release();
  }
  int left() const { return 1; }
//@ is return_unlocked: racy
    std::lock_guard lock(list_mutex_);
    Buffer *b = free_.back();
    free_.pop_back();
    return b;
  }
  void give_back(Buffer *b) {
    free_.push_back(b);
    std::this_thread::yield();
    available_.release();
  }
  int left() {
    std::lock_guard lock(list_mutex_);
    return static_cast<int>(free_.size());
  }
//@ end

private:
  std::counting_semaphore<64> available_{8};
  std::mutex list_mutex_;
  std::array<Buffer, 8> store_;
  std::vector<Buffer *> free_;
};

struct Stream {
  std::vector<unsigned> sums;
  std::mutex mutex;
  unsigned frames = 0;
};

static unsigned encode(Buffer &b, int self, int frame) {
  b.owner = self;
  unsigned sum = 0;
  for (std::size_t i = 0; i < b.bytes.size(); ++i) {
    b.bytes[i] = static_cast<unsigned char>(frame * 3 + self + i);
    sum = sum * 31 + b.bytes[i];
  }
  return sum;
}

int main() {
  BufferPool pool;
  Stream stream;
  stream.sums.assign(@NT@, 0);
  Buffer scratch;
  std::latch begin(@NT@);
  std::vector<std::jthread> encoders;
  for (int t = 0; t < @NT@; ++t)
    encoders.emplace_back([&, t] {
      begin.arrive_and_wait();
      unsigned mine = 0;
      for (int f = 0; f < @FRAMES@; ++f) {
//@ slot scratch on scratch
//@ is from_pool: concurrent
        Buffer *b = pool.borrow();
        mine ^= encode(*b, t, f);
//@ is captured: racy
        Buffer *b = pool.borrow();
        mine ^= encode(f % 8 == 7 ? scratch : *b, t, f);
//@ is shadowed: same-location
        Buffer *b = pool.borrow();
        Buffer scratch;
        mine ^= encode(f % 8 == 7 ? scratch : *b, t, f);
//@ is only_first: concurrent
        Buffer *b = pool.borrow();
        mine ^= encode(t == 0 && f % 8 == 7 ? scratch : *b, t, f);
//@ is pointer_to_it: racy
        Buffer *const spare = &scratch;
        Buffer *b = pool.borrow();
        mine ^= encode(f % 8 == 7 ? *spare : *b, t, f);
//@ end
        std::this_thread::yield();
        pool.give_back(b);
        if (pool.left() == 0)
          std::this_thread::yield();
        if (f % 2 == 0)
          std::this_thread::yield();
//@ slot frames on frames
//@ is counted_locked: unprotected
        if (f % 4 == 0) {
          std::lock_guard lock(stream.mutex);
          stream.frames += 4;
        }
//@ is counted_bare: racy
        if (f % 4 == 0)
          stream.frames += 4;
        std::this_thread::yield();
//@ is counted_last: racy
        if (f + 1 == @FRAMES@)
          stream.frames += @FRAMES@;
//@ is per_frame_ref: conflicting
        std::atomic_ref<unsigned>(stream.frames).fetch_add(1, std::memory_order_relaxed);
//@ end
      }
      stream.sums[t] = mine;
    });
  for (auto &e : encoders)
    e.join();
  unsigned all = 0;
  for (unsigned s : stream.sums)
    all ^= s;
  std::printf("sum %u frames %d\n", all, stream.frames > 0);
}
