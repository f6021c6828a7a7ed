//@ family: cxx_lru_cache
//@ domain: cache
//@ problem: Page cache shared by readers, with hit figures, a size query and the latest key.
//@ param NT: 3 | 4
//@ param ROUNDS: 300 | 400
//@ param CAP: 24 | 40
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <deque>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

class PageCache {
public:
  explicit PageCache(std::size_t cap) : cap_(cap) { pages_.reserve(4 * cap); }

  bool get(int key, long &out) {
//@ slot hits on hits_
//@ is in_lock: unprotected
    std::lock_guard<std::mutex> lk(m_);
    auto it = pages_.find(key);
    if (it == pages_.end())
      return false;
    ++hits_;
    out = it->second;
    return true;
//@ is early_scope: racy
    {
      std::lock_guard<std::mutex> lk(m_);
      auto it = pages_.find(key);
      if (it == pages_.end())
        return false;
      out = it->second;
    }
    ++hits_;
    return true;
//@ is relaxed_add: conflicting
    {
      std::lock_guard<std::mutex> lk(m_);
      auto it = pages_.find(key);
      if (it == pages_.end())
        return false;
      out = it->second;
    }
    hits_.fetch_add(1, std::memory_order_relaxed);
    return true;
//@ is released_early: racy
    std::unique_lock<std::mutex> lk(m_);
    auto it = pages_.find(key);
    if (it == pages_.end())
      return false;
    out = it->second;
    lk.unlock();
    ++hits_;
    return true;
//@ is release_last: unprotected
    std::unique_lock<std::mutex> lk(m_);
    auto it = pages_.find(key);
    if (it == pages_.end())
      return false;
    out = it->second;
    ++hits_;
    lk.unlock();
    return true;
//@ end
  }

  void put(int key, long value) {
    std::lock_guard<std::mutex> lk(m_);
    if (pages_.emplace(key, value).second) {
      order_.push_back(key);
      trim();
    }
  }

//@ slot size on pages_
//@ is locked_size: unprotected
  std::size_t size() {
    std::lock_guard<std::mutex> lk(m_);
    return pages_.size();
  }
//@ is plain_size: racy
  std::size_t size() { return pages_.size(); }
//@ is other_lock: racy
  std::size_t size() {
    std::lock_guard<std::mutex> lk(size_m_);
    return pages_.size();
  }
//@ is limit_only: unprotected
  std::size_t size() const { return cap_; }
//@ end

  void note_latest(int key) {
//@ slot latest on latest_
//@ is locked: unprotected
    std::lock_guard<std::mutex> lk(m_);
    latest_ = key;
//@ is atomic_store: conflicting
    latest_.store(key, std::memory_order_relaxed);
//@ is plain_store: racy
    latest_ = key;
//@ is if_changed: racy
    if (latest_ == key)
      return;
    std::lock_guard<std::mutex> lk(m_);
    latest_ = key;
//@ end
  }

  void report(std::size_t seen) const {
    std::printf("hits %d latest %d seen %d\n", static_cast<long>(hits_) > 0,
                static_cast<int>(latest_) >= 0, seen > 0);
  }

private:
  void trim() {
    while (order_.size() > cap_) {
      pages_.erase(order_.front());
      order_.pop_front();
    }
  }

  std::size_t cap_;
  std::mutex m_;
//@ slot size
//@ is other_lock
  std::mutex size_m_;
//@ end
  std::unordered_map<int, long> pages_;
  std::deque<int> order_;
//@ slot hits
//@ is in_lock
  long hits_ = 0;
//@ is early_scope
  long hits_ = 0;
//@ is released_early
  long hits_ = 0;
//@ is release_last
  long hits_ = 0;
//@ is relaxed_add
  std::atomic<long> hits_{0};
//@ end
//@ slot latest
//@ is locked
  int latest_ = 0;
//@ is atomic_store
  std::atomic<int> latest_{0};
//@ is plain_store
  int latest_ = 0;
//@ is if_changed
  int latest_ = 0;
//@ end
};

static std::size_t reader(PageCache &cache, std::latch &start, int id) {
  start.arrive_and_wait();
  std::size_t seen = 0;
  long value = 0;
  for (int i = 0; i < @ROUNDS@; ++i) {
    const int key = (i / 3 * 7 + id) % 53;
    const bool hit = cache.get(key, value);
    if (i % 2 == 0)
      std::this_thread::yield();
    if (!hit)
      cache.put(key, key * 11L);
    cache.note_latest(key);
    if (i % 4 == 0)
      std::this_thread::yield();
    seen += cache.size();
  }
  return seen;
}

int main() {
  PageCache cache(@CAP@);
  std::latch start(@NT@);
  std::vector<std::size_t> seen(@NT@, 0);
  std::vector<std::thread> readers;
  for (int t = 0; t < @NT@; ++t)
    readers.emplace_back([&, t] { seen[t] = reader(cache, start, t); });
  for (auto &r : readers)
    r.join();
  std::size_t total = 0;
  for (auto s : seen)
    total += s;
  cache.report(total);
}
