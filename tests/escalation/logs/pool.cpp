#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {
struct Tally {
  std::map<std::string, int> seen;
  int hits = 0;
};
Tally tally;
std::mutex gate;

template <typename T>
struct Box {
  T value{};
  template <typename F>
  void change(F f) { value = f(value); }
};

template <typename T, int N>
T bump(T (&cells)[N], int at) {
  return cells[at] += 1;
}
}  // namespace

namespace shop {
class Till {
 public:
  Till() = default;
  virtual ~Till() = default;
  virtual void ring(int cents) { total_ += cents; }
  bool operator<(const Till& o) const { return total_ < o.total_; }
  Till& operator+=(int cents) { total_ += cents; return *this; }
 private:
  long total_ = 0;
};
struct Quick : Till { void ring(int c) override { *this += c; } };
}  // namespace shop

int main() {
  Box<std::pair<long, long>> box;
  int cells[4] = {};
  shop::Quick till;
  auto word = std::make_unique<std::string>("a string that is longer than the small buffer");
  std::vector<std::thread> workers;
  for (int i = 0; i < 2; ++i)
    workers.emplace_back([&, i] {
      { std::lock_guard<std::mutex> hold(gate); tally.seen["a"] = i; }
      tally.hits++;
      box.change([](std::pair<long, long> v) { return std::pair{v.first + 1, v.second}; });
      bump(cells, 2);
      till.ring(3);
      (*word)[1] = 'b';
    });
  for (auto& w : workers) w.join();
  auto f = std::async(std::launch::async, [&] { return ++tally.hits; });
  tally.hits += 2;
  return f.get() > 100;
}
