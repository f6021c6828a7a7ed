//@ family: kt_json_chunks
//@ domain: parser
//@ problem: Lines of small JSON objects are cut into chunks that lambdas parse; results and an interned key table are merged.
//@ param PARTS: 3 | 4
//@ param LINES: 240 | 400
#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using Line = std::string;

static std::vector<Line> make_lines() {
  static const char *keys[] = {"ax", "by", "cz", "dw"};
  std::vector<Line> lines;
  for (int i = 0; i < @LINES@; ++i)
    lines.push_back(std::string("{\"") + keys[i % 4] + "\": " + std::to_string(i * 7 % 113) + "}");
  return lines;
}

struct Field {
  std::string_view key;
  long value = 0;
};

static Field parse(std::string_view line) {
  Field f;
  const auto a = line.find('"'), b = line.find('"', a + 1);
  f.key = line.substr(a + 1, b - a - 1);
  for (char c : line.substr(b))
    if (std::isdigit(static_cast<unsigned char>(c)))
      f.value = f.value * 10 + (c - '0');
  return f;
}

class KeyTable {
public:
  int id(std::string_view key) {
//@ slot intern on ids_
//@ is whole_call: unprotected
    std::lock_guard hold(mu_);
    auto it = ids_.find(std::string(key));
    if (it != ids_.end())
      return it->second;
    return ids_.emplace(std::string(key), static_cast<int>(ids_.size())).first->second;
//@ is find_outside: racy
    auto it = ids_.find(std::string(key));
    if (it != ids_.end())
      return it->second;
    std::lock_guard hold(mu_);
    return ids_.emplace(std::string(key), static_cast<int>(ids_.size())).first->second;
//@ is filled_before: conflicting
    auto it = ids_.find(std::string(key));
    return it == ids_.end() ? -1 : it->second;
//@ is subscript: racy
    const int n = ids_[std::string(key)]++;
    return n % 4;
//@ is two_steps: unprotected
    {
      std::lock_guard hold(mu_);
      if (auto it = ids_.find(std::string(key)); it != ids_.end())
        return it->second;
    }
    std::lock_guard hold(mu_);
    return ids_.emplace(std::string(key), static_cast<int>(ids_.size())).first->second;
//@ end
  }

  void prepare() {
//@ slot intern
//@ is filled_before
    for (const char *k : {"ax", "by", "cz", "dw"})
      ids_.emplace(k, static_cast<int>(ids_.size()));
//@ is subscript
    for (const char *k : {"ax", "by", "cz", "dw"})
      ids_.emplace(k, 0);
//@ end
  }

private:
  std::mutex mu_;
  std::map<std::string, int> ids_;
};

struct Totals {
  long values = 0;
  int errors = 0;
};

static long serial_total(const std::vector<Line> &lines) {
  long sum = 0;
  for (const auto &l : lines)
    sum += parse(l).value;
  return sum;
}

int main() {
  const std::vector<Line> lines = make_lines();
  KeyTable keys;
  keys.prepare();
  std::vector<Totals> parts(@PARTS@);
  Totals all;
  std::mutex all_mu;
  std::atomic<std::size_t> next{0};
  std::size_t cursor = 0;
  std::vector<int> owner(lines.size(), -1);

  auto handle = [&](int me, std::size_t i) {
    const Field f = parse(lines[i]);
    owner[i] = me;
    if (keys.id(f.key) < 0)
      ++parts[me].errors;
//@ slot totals on values
//@ is per_part: same-location
    parts[me].values += f.value;
//@ is captured: racy
    all.values += f.value;
//@ is captured_locked: unprotected
    std::lock_guard hold(all_mu);
    all.values += f.value;
//@ is other_index: racy
    parts[i / 8 % @PARTS@].values += f.value;
//@ end
  };

  std::vector<std::thread> crew;
  for (int me = 0; me < @PARTS@; ++me)
    crew.emplace_back([&, me] {
//@ slot share on cursor
//@ is strided: concurrent
      for (std::size_t i = me; i < lines.size(); i += @PARTS@)
        handle(me, i);
//@ is atomic_next: concurrent
      for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < lines.size();)
        handle(me, i);
//@ is plain_cursor: racy
      while (cursor < lines.size()) {
        const std::size_t i = cursor++;
        if (i < lines.size())
          handle(me, i);
      }
//@ is locked_cursor: unprotected
      for (;;) {
        std::size_t i;
        {
          std::lock_guard hold(all_mu);
          i = cursor++;
        }
        if (i >= lines.size())
          break;
        handle(me, i);
      }
//@ is peeked_cursor: racy
      while (cursor < lines.size()) {
        std::size_t i;
        {
          std::lock_guard hold(all_mu);
          i = cursor++;
        }
        if (i < lines.size())
          handle(me, i);
      }
//@ end
    });
  for (auto &t : crew)
    t.join();
  for (const auto &p : parts) {
    all.values += p.values;
    all.errors += p.errors;
  }
  std::printf("values %ld serial %ld errors %d owned %d\n", all.values, serial_total(lines),
              all.errors, static_cast<int>(std::count(owner.begin(), owner.end(), -1) == 0));
}
