//@ family: kt_async_blocks
//@ domain: compression
//@ problem: Blocks of a buffer are run-length packed by asynchronous calls whose futures are gathered in order.
//@ param BLOCKS: 5 | 8
//@ param BYTES: 300 | 500
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <future>
#include <mutex>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

using Bytes = std::vector<std::uint8_t>;

struct Packed {
  Bytes data;
  unsigned check = 0;
};

static std::uint8_t sample(std::size_t i) { return static_cast<std::uint8_t>((i / 7) * 13 % 11); }

class RunPacker {
public:
  explicit RunPacker(const Bytes &in) : in_(in) {}

  Packed pack(std::size_t from, std::size_t to) {
    Packed p;
    for (std::size_t i = from; i < to;) {
      std::size_t run = 1;
      while (i + run < to && in_[i + run] == in_[i] && run < 255)
        ++run;
      p.data.push_back(static_cast<std::uint8_t>(run));
      p.data.push_back(in_[i]);
      p.check = p.check * 131 + static_cast<unsigned>(run * 256 + in_[i]);
      note(run);
      i += run;
    }
    return p;
  }

//@ slot lengths on lengths_
//@ is shared_table: racy
  void note(std::size_t run) { ++lengths_[run % 16]; }
  void finish() {}
//@ is locked_table: unprotected
  void note(std::size_t run) {
    const std::lock_guard hold(mu_);
    ++lengths_[run % 16];
  }
  void finish() {}
//@ is thread_table: same-location
  void note(std::size_t run) { ++lengths_[run % 16]; }
  void finish() {}
//@ is local_mutex: racy
  void note(std::size_t run) {
    std::mutex mu;
    const std::lock_guard hold(mu);
    ++lengths_[run % 16];
  }
  void finish() { const std::lock_guard hold(mu_); }
//@ is atomic_table: conflicting
  void note(std::size_t run) { lengths_[run % 16].fetch_add(1, std::memory_order_relaxed); }
  void finish() {}
//@ end

  long runs() const {
    long n = 0;
    for (const auto &v : lengths_)
      n += v;
    return n;
  }

private:
  const Bytes &in_;
  std::mutex mu_;
//@ slot lengths
//@ is shared_table
  std::array<int, 16> lengths_{};
//@ is locked_table
  std::array<int, 16> lengths_{};
//@ is thread_table
  inline static thread_local std::array<int, 16> lengths_{};
//@ is local_mutex
  std::array<int, 16> lengths_{};
//@ is atomic_table
  std::array<std::atomic<int>, 16> lengths_{};
//@ end
};

static unsigned pack_serially(const Bytes &in) {
  RunPacker packer(in);
  unsigned check = 0;
  for (std::size_t b = 0; b < @BLOCKS@; ++b)
    check = check * 7 + packer.pack(b * @BYTES@, (b + 1) * @BYTES@).check;
  return check;
}

static unsigned pack_all(const Bytes &in, RunPacker &packer, std::size_t &size) {
  unsigned check = 0;
  std::vector<Packed> out(@BLOCKS@);
  out.reserve(@BLOCKS@ * 2);
  std::vector<std::future<std::size_t>> jobs;
  std::size_t ready = 0;
  std::mutex ready_mu;
  std::vector<std::size_t> order;
  for (std::size_t b = 0; b < @BLOCKS@; ++b) {
    jobs.push_back(std::async(std::launch::async, [&, b] {
      Packed p = packer.pack(b * @BYTES@, (b + 1) * @BYTES@);
//@ slot place on out
//@ is by_index: same-location
      out[b] = std::move(p);
//@ is grown: racy
      out.resize(std::max(out.size(), out.size() + b % 2));
      out[b] = std::move(p);
//@ is by_folded_index: racy
      Packed &slot = out[b / 2];
      slot.check = slot.check * 7 + p.check;
//@ is by_reversed_index: same-location
      out[@BLOCKS@ - 1 - b] = std::move(p);
//@ end
      const std::size_t bytes = @BYTES@;
//@ slot ready on ready
//@ is returned_only: same-location
      return bytes;
//@ is plain_sum: racy
      ready += bytes;
      return bytes;
//@ is summed_under_lock: unprotected
      const std::lock_guard hold(ready_mu);
      ready += bytes;
      return bytes;
//@ is lock_for_order: racy
      {
        const std::lock_guard hold(ready_mu);
        order.push_back(b);
      }
      ready += bytes;
      return bytes;
//@ end
    }));
  }
//@ slot wait
//@ is get_in_order: neutral
  for (auto &j : jobs)
    size += j.get();
//@ is wait_then_get: neutral
  for (auto &j : jobs)
    j.wait();
  size = std::transform_reduce(jobs.begin(), jobs.end(), std::size_t{0}, std::plus<>(),
                               [](auto &j) { return j.get(); });
//@ is backwards: neutral
  while (!jobs.empty()) {
    size += jobs.back().get();
    jobs.pop_back();
  }
//@ end
  for (const Packed &p : out)
    check = check * 7 + p.check;
  size += ready + order.size();
  return check;
}

int main() {
  Bytes in(@BLOCKS@ * @BYTES@);
  for (std::size_t i = 0; i < in.size(); ++i)
    in[i] = sample(i);
  RunPacker packer(in);
  std::size_t size = 0;
  const unsigned check = pack_all(in, packer, size);
  packer.finish();
  std::printf("check %u serial %u size %d runs %d\n", check, pack_serially(in), size > 0,
              packer.runs() >= 0);
}
