//@ family: splitter_ranges
//@ domain: sorting
//@ problem: Sample sort: threads split their part by splitters, then sort one range each.
//@ param N: 3000 | 4800
//@ param NT: 3 | 4
#include <algorithm>
#include <array>
#include <barrier>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

namespace {

constexpr int kThreads = @NT@;
constexpr int kCount = @N@;
using Key = std::uint32_t;

std::vector<Key> make_keys() {
  std::vector<Key> keys(kCount);
  Key s = 17;
  for (auto &k : keys)
    k = (s = s * 1664525u + 1013904223u) >> 6;
  return keys;
}

std::uint64_t digest(const std::vector<Key> &keys) {
  std::uint64_t h = 0;
  for (Key k : keys)
    h = h * 1000003u + k;
  return h;
}

class SampleSort {
public:
  explicit SampleSort(std::vector<Key> &keys) : keys_(keys), sync_(kThreads) {}

  void sort() {
    std::vector<std::thread> crew;
    for (int t = 1; t < kThreads; ++t)
      crew.emplace_back(&SampleSort::run, this, t);
    run(0);
    for (auto &c : crew)
      c.join();
  }
  std::size_t fullest() const { return fullest_; }
  long placed() const { return placed_; }

private:
  void pick(int t) {
    const int lo = kCount / kThreads * t;
//@ slot sample on samples_
//@ is own_slots: same-location
    for (int i = 0; i < kThreads; ++i)
      samples_[t * kThreads + i] = keys_[lo + i * 37];
//@ is shared_cursor: racy
    for (int i = 0; i < kThreads; ++i)
      samples_[(t + i * i) % (kThreads * kThreads)] = keys_[lo + i * 37];
//@ is interleaved: same-location
    for (int i = 0; i < kThreads; ++i)
      samples_[i * kThreads + t] = keys_[lo + i * 37];
//@ is mixed_strides: racy
    for (int i = 0; i < kThreads; ++i)
      samples_[t % 2 ? t * kThreads + i : i * kThreads + t] = keys_[lo + i * 37];
//@ end
    sync_.arrive_and_wait();
    if (t == 0) {
      std::sort(samples_.begin(), samples_.end());
      for (int i = 1; i < kThreads; ++i)
        splitters_[i - 1] = samples_[i * kThreads];
    }
    sync_.arrive_and_wait();
  }

  void run(int t) {
    pick(t);
    const int lo = kCount / kThreads * t;
    const int hi = t == kThreads - 1 ? kCount : lo + kCount / kThreads;
    for (int i = lo; i < hi; ++i) {
      const auto b =
          std::upper_bound(splitters_.begin(), splitters_.end(), keys_[i]) - splitters_.begin();
//@ slot place on buckets_
//@ is per_thread: same-location
      buckets_[t * kThreads + b].push_back(keys_[i]);
//@ is locked_bucket: unprotected
      std::lock_guard hold(guards_[b]);
      buckets_[b].push_back(keys_[i]);
//@ is thread_lock: racy
      std::lock_guard hold(guards_[t]);
      buckets_[b].push_back(keys_[i]);
//@ is reserve_then_push: racy
      {
        std::lock_guard hold(guards_[b]);
        if (buckets_[b].capacity() == 0)
          buckets_[b].reserve(kCount);
      }
      buckets_[b].push_back(keys_[i]);
//@ end
    }
    sync_.arrive_and_wait();
    auto &mine = ranges_[t];
    for (int s = 0; s < kThreads; ++s) {
      const auto &part = buckets_[s * kThreads + t];
      mine.insert(mine.end(), part.begin(), part.end());
    }
    std::sort(mine.begin(), mine.end());
//@ slot widest on fullest_
//@ is held: unprotected
    {
      std::lock_guard hold(guards_[0]);
      fullest_ = std::max(fullest_, mine.size());
    }
//@ is held_each: racy
    {
      std::lock_guard hold(guards_[t]);
      fullest_ = std::max(fullest_, mine.size());
    }
//@ is after_all: unordered
    sync_.arrive_and_wait();
    if (t == kThreads - 1)
      for (const auto &r : ranges_)
        fullest_ = std::max(fullest_, r.size());
//@ is bare: racy
    fullest_ = std::max(fullest_, mine.size());
//@ end
//@ slot output on placed_
//@ is before_last: unordered
    sync_.arrive_and_wait();
    std::size_t at = 0;
    for (int r = 0; r < t; ++r)
      at += ranges_[r].size();
    std::copy(mine.begin(), mine.end(), keys_.begin() + at);
    if (t == 0)
      placed_ = kCount;
//@ is counted_locked: unprotected
    sync_.arrive_and_wait();
    std::size_t at = 0;
    for (int r = 0; r < t; ++r)
      at += ranges_[r].size();
    std::copy(mine.begin(), mine.end(), keys_.begin() + at);
    std::scoped_lock both(guards_[0], guards_[1]);
    placed_ += static_cast<long>(mine.size());
//@ is counted: racy
    sync_.arrive_and_wait();
    std::size_t at = 0;
    for (int r = 0; r < t; ++r)
      at += ranges_[r].size();
    std::copy(mine.begin(), mine.end(), keys_.begin() + at);
    placed_ += static_cast<long>(mine.size());
//@ is one_of_two: racy
    sync_.arrive_and_wait();
    std::size_t at = 0;
    for (int r = 0; r < t; ++r)
      at += ranges_[r].size();
    std::copy(mine.begin(), mine.end(), keys_.begin() + at);
    std::scoped_lock one(guards_[t % 2]);
    placed_ += static_cast<long>(mine.size());
//@ end
  }

  std::vector<Key> &keys_;
  std::barrier<> sync_;
  std::array<std::mutex, kThreads> guards_;
  std::array<Key, kThreads * kThreads> samples_{};
  std::array<Key, kThreads - 1> splitters_{};
  std::array<std::vector<Key>, kThreads * kThreads> buckets_;
  std::array<std::vector<Key>, kThreads> ranges_;
  std::size_t fullest_ = 0;
  long placed_ = 0;
};

} // namespace

int main() {
  auto keys = make_keys();
  auto reference = keys;
  std::sort(reference.begin(), reference.end());
  SampleSort sorter(keys);
  sorter.sort();
  std::printf("serial %llu ranges %llu fullest %zu placed %ld\n",
              static_cast<unsigned long long>(digest(reference)),
              static_cast<unsigned long long>(digest(keys)), sorter.fullest(), sorter.placed());
}
