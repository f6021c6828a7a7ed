//@ family: read_aligner
//@ domain: genomics
//@ problem: Align short reads to a reference with a banded score, several workers.
//@ param READS: 60 | 90
//@ param LEN: 40 | 56
//@ param NT: 3 | 4
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace align {

struct Hit {
  int read = -1;
  int where = 0;
  int score = 0;
};

inline unsigned next(unsigned &s) { return (s = s * 1664525u + 1013904223u) >> 10; }

class Genome {
public:
  Genome() {
    unsigned s = 8;
    for (int i = 0; i < 600; ++i)
      bases_ += "ACGT"[next(s) % 4];
    for (int i = 0; i + kSeed <= 600; ++i)
      seeds_[bases_.substr(i, kSeed)].push_back(i);
  }
  std::vector<std::string> reads(int n, int len) const {
    std::vector<std::string> out;
    unsigned s = 21;
    for (int r = 0; r < n; ++r) {
      std::string t = bases_.substr(next(s) % (600 - len), len);
      t[next(s) % len] = 'A';
      out.push_back(t);
    }
    return out;
  }
  const std::vector<int> *places(const std::string &key) const {
    auto it = seeds_.find(key);
    return it == seeds_.end() ? nullptr : &it->second;
  }
  const std::string &bases() const { return bases_; }
  static constexpr int kSeed = 6;

private:
  std::string bases_;
  std::unordered_map<std::string, std::vector<int>> seeds_;
};

class Scorer {
public:
  int operator()(const std::string &ref, int at, const std::string &read) {
    const int n = static_cast<int>(read.size());
//@ slot rows on prev_, cur_
//@ is members: racy
    auto &prev = prev_, &cur = cur_;
    prev.assign(n + 1, 0);
    cur.assign(n + 1, 0);
//@ is locals: same-location
    std::vector<int> prev(n + 1), cur(n + 1);
//@ is per_thread: same-location
    thread_local std::vector<int> prev, cur;
    prev.assign(n + 1, 0);
    cur.assign(n + 1, 0);
//@ is members_held: unprotected
    std::lock_guard hold(use_);
    auto &prev = prev_, &cur = cur_;
    prev.assign(n + 1, 0);
    cur.assign(n + 1, 0);
//@ is setup_held: racy
    auto &prev = prev_, &cur = cur_;
    {
      std::lock_guard hold(use_);
      prev.resize(n + 1);
      cur.resize(n + 1);
    }
//@ end
    int best = 0;
    for (int i = 0; i < n && at + i < static_cast<int>(ref.size()); ++i) {
      for (int j = std::max(1, i - 3); j <= std::min(n, i + 5); ++j) {
        int step = prev[j - 1] + (ref[at + i] == read[j - 1] ? 2 : -1);
        cur[j] = std::max({0, step, prev[j] - 2, cur[j - 1] - 2});
        best = std::max(best, cur[j]);
      }
      std::swap(prev, cur);
    }
    return best;
  }

private:
  std::mutex use_;
  std::vector<int> prev_, cur_;
};

class Mapper {
public:
  Mapper(const Genome &g, const std::vector<std::string> &reads)
      : g_(g), reads_(reads), hits_(reads.size()) {}

  Hit map_one(int r, Scorer &score) const {
    Hit best;
    best.read = r;
    const std::string &read = reads_[r];
    for (int k = 0; k + Genome::kSeed < static_cast<int>(read.size()); k += 7)
      if (auto *at = g_.places(read.substr(k, Genome::kSeed)))
        for (int p : *at)
          if (int s = p >= k ? score(g_.bases(), p - k, read) : 0; s > best.score)
            best = {r, p - k, s};
    return best;
  }

  void run() {
    std::vector<std::thread> crew;
    for (int t = 0; t < @NT@; ++t)
      crew.emplace_back([this, t] { work(t); });
//@ slot join on hits_
//@ is join_first: unordered
    for (auto &c : crew)
      c.join();
    best_total_ = total();
//@ is join_last: racy
    best_total_ = total();
    for (auto &c : crew)
      c.join();
//@ is join_but_last: racy
    for (std::size_t t = 0; t + 1 < crew.size(); ++t)
      crew[t].join();
    best_total_ = total();
    crew.back().join();
//@ is join_reverse: unordered
    while (!crew.empty()) {
      crew.back().join();
      crew.pop_back();
    }
    best_total_ = total();
//@ end
  }

  long total() const {
    long s = 0;
    for (const Hit &h : hits_)
      s += h.score;
    return s;
  }
  void print(long serial) const {
    std::printf("serial %ld crew %ld perfect %d worst %d\n", serial, best_total_, perfect_, worst_);
  }

private:
  void work(int t) {
    for (std::size_t r = t; r < reads_.size(); r += @NT@) {
      hits_[r] = map_one(static_cast<int>(r), score_);
      const int full = 2 * static_cast<int>(reads_[r].size());
//@ slot perfect on perfect_
//@ is held: unprotected
      if (hits_[r].score > full / 2) {
        std::scoped_lock hold(stats_);
        ++perfect_;
      }
//@ is plain: racy
      if (hits_[r].score > full / 2)
        ++perfect_;
//@ is unlocked_early: racy
      std::unique_lock count(stats_);
      const bool good = hits_[r].score > full / 2;
      count.unlock();
      perfect_ += good;
//@ is ref: conflicting
      if (hits_[r].score > full / 2)
        std::atomic_ref(perfect_).fetch_add(1, std::memory_order_relaxed);
//@ end
//@ slot worst on worst_
//@ is held: unprotected
      {
        std::scoped_lock hold(stats_);
        worst_ = std::min(worst_, hits_[r].score);
      }
//@ is stored_after: racy
      std::unique_lock look(stats_);
      const int low = std::min(worst_, hits_[r].score);
      look.unlock();
      worst_ = low;
//@ is by_read: racy
      std::mutex local;
      std::scoped_lock hold(local);
      worst_ = std::min(worst_, hits_[r].score);
//@ is first_read: concurrent
      if (r == 0)
        worst_ = hits_[r].score;
//@ end
    }
  }

  const Genome &g_;
  const std::vector<std::string> &reads_;
  std::vector<Hit> hits_;
  Scorer score_;
  std::mutex stats_;
  long best_total_ = 0;
  int perfect_ = 0;
  int worst_ = 1 << 20;
};

} // namespace align

int main() {
  align::Genome g;
  const auto reads = g.reads(@READS@, @LEN@);
  align::Mapper m(g, reads);
  align::Scorer one;
  long serial = 0;
  for (int r = 0; r < @READS@; ++r)
    serial += m.map_one(r, one).score;
  m.run();
  m.print(serial);
}
