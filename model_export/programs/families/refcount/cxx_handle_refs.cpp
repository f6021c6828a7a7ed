//@ family: cxx_handle_refs
//@ domain: refcount
//@ problem: Intrusive handles share decoded frames; the last handle retires the frame to a list.
//@ param NT: 3 | 4
//@ param FRAMES: 120 | 200
//@ param SIZE: 8 | 16
#include <array>
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

struct Frame {
  explicit Frame(int n) : number(n) { samples.fill(n); }
  std::array<int, @SIZE@> samples{};
  const int number;
  int used = 0;
//@ slot refs on refs
//@ is acq_rel: conflicting
  std::atomic<int> refs{1};
  void retain() { refs.fetch_add(1, std::memory_order_relaxed); }
  bool release() { return refs.fetch_sub(1, std::memory_order_acq_rel) == 1; }
//@ is plain_int: racy
  int refs{1};
  void retain() { ++refs; }
  bool release() { return --refs == 0; }
//@ is own_mutex: unprotected
  std::mutex refs_mutex;
  int refs{1};
  void retain() {
    std::lock_guard lock(refs_mutex);
    ++refs;
  }
  bool release() {
    std::lock_guard lock(refs_mutex);
    return --refs == 0;
  }
//@ is release_bare: racy
  std::mutex refs_mutex;
  int refs{1};
  void retain() {
    std::lock_guard lock(refs_mutex);
    ++refs;
  }
  bool release() { return --refs == 0; }
//@ end
};

class Store {
public:
  Store() { retired_.reserve(4096); }

  void retire(Frame *f) {
//@ slot retired on retired_
//@ is guarded: unprotected
    std::lock_guard lock(mutex_);
    retired_.push_back(f->number);
//@ is bare: racy
    retired_.push_back(f->number);
//@ is sized_outside: racy
    const bool room = retired_.size() < 4000;
    std::lock_guard lock(mutex_);
    if (room)
      retired_.push_back(f->number);
//@ is sized_inside: unprotected
    std::lock_guard lock(mutex_);
    if (retired_.size() < 4000)
      retired_.push_back(f->number);
//@ end
  }

  std::size_t retired() const { return retired_.size(); }

private:
  std::mutex mutex_;
  std::vector<int> retired_;
};

class Handle {
public:
  Handle(Frame &f, Store &s) : frame_(&f), store_(&s) { frame_->retain(); }
  Handle(const Handle &o) : frame_(o.frame_), store_(o.store_) { frame_->retain(); }
  Handle &operator=(const Handle &) = delete;
  ~Handle() {
    if (frame_->release())
      store_->retire(frame_);
  }
  Frame *operator->() const { return frame_; }

private:
  Frame *frame_;
  Store *store_;
};

static std::atomic<int> turn{0};

static long decode(std::vector<Handle> frames, Store &store) {
  turn.fetch_add(1, std::memory_order_relaxed);
  while (turn.load(std::memory_order_relaxed) < @NT@)
    std::this_thread::yield();
  long sum = 0;
  Frame scrap(-1);
  for (const Handle &h : frames) {
//@ slot used on used
//@ is read_only: conflicting
    sum += h->used;
//@ is marked: racy
    h->used = 1;
//@ is marked_if_new: racy
    if (h->used == 0)
      h->used = 1;
//@ is atomic_ref: conflicting
    std::atomic_ref<int>(h->used).store(1, std::memory_order_relaxed);
//@ end
    Handle again = h;
    for (int s : again->samples)
      sum += s;
    if (again->number % 8 == 0) {
      store.retire(&scrap);
      std::this_thread::yield();
    }
  }
  return sum;
}

int main() {
  Store store;
  std::vector<std::unique_ptr<Frame>> frames;
  std::vector<Handle> handles;
  for (int i = 0; i < @FRAMES@; ++i) {
    frames.push_back(std::make_unique<Frame>(i));
    handles.emplace_back(*frames.back(), store);
  }
  std::vector<long> sums(@NT@);
  std::vector<std::thread> decoders;
  for (int t = 0; t < @NT@; ++t)
    decoders.emplace_back(
        [&store, &sums, t](const std::vector<Handle> &mine) { sums[t] = decode(mine, store); },
        handles);
  for (auto &d : decoders)
    d.join();
  handles.clear();
  long total = 0;
  for (long s : sums)
    total += s;
  std::printf("sum %ld retired %d\n", total, store.retired() > 0);
}
