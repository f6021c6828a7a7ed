//@ family: cm_feed_reader
//@ domain: feeds
//@ problem: A feed reader fetches in stoppable background threads while the front end lists entries.
//@ param FEEDS: 2 | 3
//@ param LISTS: 150 | 250
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

struct Entry {
  int feed;
  int serial;
};

class FeedReader {
public:
  FeedReader() { entries_.reserve(8192); }

  void start(int feeds) {
    for (int f = 0; f < feeds; ++f)
      fetchers_.emplace_back([this, f](std::stop_token stop) { fetch(stop, f); });
  }

  void finish() {
    for (auto &f : fetchers_)
      f.request_stop();
    fetchers_.clear();
  }

  std::vector<Entry> latest(std::size_t n) const {
//@ slot entries on entries_
//@ is copied_under_lock: unprotected
    const std::lock_guard lock(mutex_);
    const std::size_t from = entries_.size() > n ? entries_.size() - n : 0;
    return {entries_.begin() + static_cast<long>(from), entries_.end()};
//@ is size_taken_early: racy
    const std::size_t from = entries_.size() > n ? entries_.size() - n : 0;
    const std::lock_guard lock(mutex_);
    return {entries_.begin() + static_cast<long>(from), entries_.end()};
//@ is limited_scope: racy
    std::size_t from = 0;
    {
      const std::lock_guard lock(mutex_);
      from = entries_.size() > n ? entries_.size() - n : 0;
    }
    std::vector<Entry> some;
    for (std::size_t i = from; i < entries_.size() && some.size() < n; ++i)
      some.push_back(entries_[i]);
    return some;
//@ is helper_holds_lock: unprotected
    const std::lock_guard lock(mutex_);
    return tail(n);
//@ end
  }

  std::string status() const {
//@ slot status on status_
//@ is string_copy: unprotected
    const std::lock_guard lock(statusMutex_);
    return status_;
//@ is length_bare: racy
    if (status_.empty())
      return "idle";
    const std::lock_guard lock(statusMutex_);
    return status_;
//@ is entries_mutex: racy
    const std::lock_guard lock(mutex_);
    return status_.empty() ? "idle" : "busy";
//@ is conditional_copy: unprotected
    std::unique_lock lock(statusMutex_);
    if (status_.empty()) {
      lock.unlock();
      return "idle";
    }
    return status_;
//@ end
  }

  void markRead(int serial) {
//@ slot unread on unread_
//@ is plain: racy
    if (serial % 2)
      --unread_;
//@ is guarded: unprotected
    if (serial % 2) {
      const std::lock_guard lock(mutex_);
      --unread_;
    }
//@ is atomic_count: conflicting
    if (serial % 2)
      --unread_;
//@ end
  }

  std::size_t size() const { return entries_.size(); }
  bool anyFetched() const { return unread_ != 0 || !entries_.empty(); }

private:
  void fetch(std::stop_token stop, int feed) {
    for (int s = 0; s < 2000 && !stop.stop_requested(); ++s) {
      {
        const std::lock_guard lock(mutex_);
        if (entries_.size() < 8000)
          entries_.push_back({feed, s});
        ++unread_;
      }
      if (s % 2 == 0) {
        const std::lock_guard lock(statusMutex_);
        status_.assign("feed ").append(1, static_cast<char>('0' + feed));
      }
      std::this_thread::yield();
    }
  }

  std::vector<Entry> tail(std::size_t n) const {
    const std::size_t from = entries_.size() > n ? entries_.size() - n : 0;
    return {entries_.begin() + static_cast<long>(from), entries_.end()};
  }

  mutable std::mutex mutex_;
  mutable std::mutex statusMutex_;
  std::vector<Entry> entries_;
  std::string status_;
//@ slot unread
//@ is plain
  long unread_ = 0;
//@ is guarded
  long unread_ = 0;
//@ is atomic_count
  std::atomic<long> unread_{0};
//@ end
  std::vector<std::jthread> fetchers_;
};

int main() {
  static FeedReader reader;
  reader.start(@FEEDS@);
  long shown = 0;
  for (int i = 0; i < @LISTS@; ++i) {
    for (const Entry &e : reader.latest(5)) {
      shown += e.serial >= 0;
      reader.markRead(e.serial);
    }
    if (i % 2)
      std::this_thread::yield();
    shown += static_cast<long>(reader.status().size());
  }
  reader.finish();
  std::printf("shown %d fetched %d\n", shown >= 0, reader.anyFetched());
}
