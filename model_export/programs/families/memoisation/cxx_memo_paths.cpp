//@ family: cxx_memo_paths
//@ domain: memoisation
//@ problem: Path counts are memoised in a table that several asking threads share.
//@ param NT: 3 | 4
//@ param ASKS: 200 | 300
//@ param MOD: 9973 | 65521
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

using Value = std::uint64_t;

class Paths {
public:
  Paths() { memo_.reserve(2048); }

  Value count(int rows, int cols) {
    const int key = rows * 64 + cols;
//@ slot memo on memo_
//@ is two_locks_taken: unprotected
    {
      std::lock_guard lock(mutex_);
      if (auto it = memo_.find(key); it != memo_.end())
        return it->second;
    }
    const Value value = compute(rows, cols);
    std::lock_guard lock(mutex_);
    memo_.emplace(key, value);
    return value;
//@ is find_bare: racy
    if (auto it = memo_.find(key); it != memo_.end())
      return it->second;
    const Value value = compute(rows, cols);
    std::lock_guard lock(mutex_);
    memo_.emplace(key, value);
    return value;
//@ is emplace_only: unprotected
    const Value value = compute(rows, cols);
    std::lock_guard lock(mutex_);
    return memo_.emplace(key, value).first->second;
//@ is thread_table: same-location
    static thread_local std::unordered_map<int, Value> memo_;
    auto [it, added] = memo_.try_emplace(key, 0);
    if (added)
      it->second = compute(rows, cols);
    return it->second;
//@ is filled_later: racy
    std::unique_lock lock(mutex_);
    auto [it, added] = memo_.try_emplace(key, 0);
    Value &cell = it->second;
    lock.unlock();
    if (added) {
      std::this_thread::yield();
      cell = compute(rows, cols);
    }
    return cell;
//@ end
  }

  long computed() const { return computed_; }

private:
  Value compute(int rows, int cols) {
//@ slot computed on computed_
//@ is atomic_count: conflicting
    computed_.fetch_add(1, std::memory_order_relaxed);
//@ is bare_count: racy
    ++computed_;
//@ is count_lock: unprotected
    {
      std::lock_guard lock(count_mutex_);
      ++computed_;
    }
//@ is copied_count: racy
    long before = 0;
    {
      std::lock_guard lock(count_mutex_);
      before = computed_;
    }
    computed_ = before + 1;
//@ end
    std::vector<Value> line(static_cast<std::size_t>(cols) + 1, 1);
    for (int r = 0; r < rows; ++r)
      for (int c = 1; c <= cols; ++c)
        line[c] = (line[c] + line[c - 1]) % @MOD@u;
    std::this_thread::yield();
    return line.back();
  }

  std::mutex mutex_;
  std::mutex count_mutex_;
  std::unordered_map<int, Value> memo_;
//@ slot computed
//@ is atomic_count
  std::atomic<long> computed_{0};
//@ is bare_count
  long computed_ = 0;
//@ is count_lock
  long computed_ = 0;
//@ is copied_count
  long computed_ = 0;
//@ end
};

struct Answers {
  std::vector<Value> list;
  std::mutex mutex;
};

static void ask(Paths &paths, Answers &answers, int self) {
  static std::atomic<int> here{0};
  here.fetch_add(1, std::memory_order_relaxed);
  while (here.load(std::memory_order_relaxed) < @NT@)
    std::this_thread::yield();
  for (int i = 0; i < @ASKS@; ++i) {
    const Value v = paths.count(2 + i % 11, 2 + i / 11 % 7);
//@ slot answers on list
//@ is own_cell: same-location
    answers.list[static_cast<std::size_t>(self) * @ASKS@ + i] = v;
//@ is interleaved: same-location
    answers.list[static_cast<std::size_t>(i) * @NT@ + self] = v;
//@ is same_cell: racy
    answers.list[static_cast<std::size_t>(i)] = v;
//@ is overlapping: racy
    answers.list[static_cast<std::size_t>(i) + self] = v;
//@ is appended: unprotected
    std::lock_guard lock(answers.mutex);
    answers.list.push_back(v);
//@ end
    std::this_thread::yield();
  }
}

int main() {
  Paths paths;
  Answers answers;
  answers.list.assign(@NT@ * @ASKS@, 0);
  std::vector<std::thread> team;
  for (int t = 0; t < @NT@; ++t)
    team.emplace_back([&paths, &answers, t] { ask(paths, answers, t); });
  for (auto &t : team)
    t.join();
  Value sum = 0;
  for (Value v : answers.list)
    sum += v;
  std::printf("sum %d computed %d\n", sum > 0, paths.computed() > 0);
}
