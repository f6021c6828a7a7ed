//@ family: cm_index_builder
//@ domain: indexing
//@ problem: Threads tokenise documents into a sharded term index with striped locks.
//@ param BUILDERS: 3 | 4
//@ param DOCS: 120 | 200
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

class IndexBuilder {
  static constexpr unsigned kShards = 8;
  static constexpr unsigned kStripes = 4;

  struct Shard {
    std::array<std::uint32_t, 16> postings{};
    std::uint32_t documents = 0;
  };

public:
  explicit IndexBuilder(unsigned builders) : builders_(builders), found_(builders, 0) {
    titles_.reserve(4096);
  }

  void build() {
    std::vector<std::thread> crew;
    for (unsigned b = 0; b < builders_; ++b)
      crew.emplace_back([this, b] { run(b); });
//@ slot gather on found_
//@ is joined_first: unordered
    for (auto &c : crew)
      c.join();
    for (unsigned n : found_)
      total_ += n;
//@ is summed_first: racy
    for (unsigned n : found_)
      total_ += n;
    for (auto &c : crew)
      c.join();
//@ is one_by_one: unordered
    for (unsigned b = 0; b < builders_; ++b) {
      crew[b].join();
      total_ += found_[b];
    }
//@ is next_one: racy
    for (unsigned b = 0; b < builders_; ++b) {
      total_ += found_[(b + 1) % builders_];
      crew[b].join();
    }
//@ end
  }

  unsigned long total() const { return total_; }
  std::size_t titles() const { return titles_.size(); }
  std::uint32_t sample(unsigned shard) const { return shards_[shard].postings[3]; }

private:
  void run(unsigned self) {
    for (unsigned d = 0; d < @DOCS@; ++d) {
      std::uint32_t word = (d + 1) * 2654435761u;
      for (int k = 0; k < 6; ++k) {
        word = word * 1664525u + 1013904223u;
        addPosting(word >> 8);
        ++found_[self];
      }
      addTitle(static_cast<int>(d));
      if (d % 4 == self % 4)
        std::this_thread::yield();
    }
  }

  void addPosting(std::uint32_t hash) {
    Shard &shard = shards_[hash % kShards];
//@ slot stripe on postings
//@ is coarser: unprotected
    std::lock_guard<std::mutex> lock(stripes_[hash % kStripes]);
    ++shard.postings[hash / kShards % 16];
//@ is shifted: racy
    std::lock_guard<std::mutex> lock(stripes_[hash / kShards % kStripes]);
    ++shard.postings[hash / 64 % 16];
//@ is halved: unprotected
    std::lock_guard<std::mutex> lock(stripes_[hash % kShards / 2]);
    ++shard.postings[hash / kShards % 16];
//@ is dropped: racy
    std::unique_lock<std::mutex> lock(stripes_[hash % kStripes]);
    const auto at = hash / kShards % 16;
    lock.unlock();
    ++shard.postings[at];
//@ end
  }

  void addTitle(int doc) {
//@ slot titles on titles_
//@ is appended: racy
    titles_.push_back(doc);
//@ is appended_locked: unprotected
    std::lock_guard<std::mutex> lock(titlesMutex_);
    titles_.push_back(doc);
//@ is size_checked: racy
    if (titles_.size() < 4000) {
      std::lock_guard<std::mutex> lock(titlesMutex_);
      titles_.push_back(doc);
    }
//@ is own_copy: same-location
    static thread_local std::vector<int> pending;
    pending.push_back(doc);
    if (pending.size() > 32)
      pending.clear();
//@ end
  }

  const unsigned builders_;
  std::array<Shard, kShards> shards_{};
  std::array<std::mutex, kStripes> stripes_;
  std::mutex titlesMutex_;
  std::vector<int> titles_;
  std::vector<unsigned> found_;
  unsigned long total_ = 0;
};

static IndexBuilder builder(@BUILDERS@);

int main() {
  builder.build();
  std::printf("total %d titles %d sample %d\n", builder.total() > 0, builder.titles() < 5000,
              builder.sample(3) > 0);
}
