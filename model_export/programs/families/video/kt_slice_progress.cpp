//@ family: kt_slice_progress
//@ domain: video
//@ problem: Picture slices are decoded by threads that follow each other's rows through progress counters.
//@ param SLICES: 3 | 4
//@ param WIDTH: 24 | 40
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <latch>
#include <thread>
#include <vector>

namespace video {

constexpr int kWidth = @WIDTH@;
constexpr int kHeight = 120;
constexpr int kPictures = @SLICES@;

struct Picture {
  std::vector<std::uint8_t> luma = std::vector<std::uint8_t>(kWidth * kHeight);
  std::atomic<int> rows_done{0};
  std::uint8_t *row(int y) { return luma.data() + y * kWidth; }
  const std::uint8_t *row(int y) const { return luma.data() + y * kWidth; }
};

// Every picture is predicted from the one before; the reference may lie `kReach` rows further down.
constexpr int kReach = 2;

class Progress {
public:
  static void report(Picture &p, int rows) {
//@ slot order on luma
//@ is release_notify: unordered
    p.rows_done.store(rows, std::memory_order_release);
//@ is relaxed_store: racy
    p.rows_done.store(rows, std::memory_order_relaxed);
//@ is relaxed_load: racy
    p.rows_done.store(rows, std::memory_order_release);
//@ is read_modify: unordered
    p.rows_done.fetch_add(1, std::memory_order_acq_rel);
//@ is short_reach: racy
    p.rows_done.store(rows, std::memory_order_release);
//@ end
    p.rows_done.notify_all();
  }

  static void await(const Picture &p, int y) {
//@ slot order
//@ is release_notify
    const int need = std::min(y + kReach + 1, kHeight);
    int have;
    while ((have = p.rows_done.load(std::memory_order_acquire)) < need)
      p.rows_done.wait(have, std::memory_order_acquire);
//@ is relaxed_store
    const int need = std::min(y + kReach + 1, kHeight);
    while (p.rows_done.load(std::memory_order_acquire) < need)
      std::this_thread::yield();
//@ is relaxed_load
    const int need = std::min(y + kReach + 1, kHeight);
    while (p.rows_done.load(std::memory_order_relaxed) < need)
      std::this_thread::yield();
//@ is read_modify
    const int need = std::min(y + kReach + 1, kHeight);
    while (p.rows_done.load(std::memory_order_acquire) < need)
      std::this_thread::yield();
//@ is short_reach
    const int need = std::min(y + 1, kHeight);
    int have;
    while ((have = p.rows_done.load(std::memory_order_acquire)) < need)
      p.rows_done.wait(have, std::memory_order_acquire);
//@ end
  }
};

struct Counters {
  long blocks = 0;
  int worst = 0;
};

class Decoder {
public:
  Decoder() : pictures_(kPictures + 1), per_slice_(kPictures) {
    for (int i = 0; i < kWidth * kHeight; ++i)
      pictures_[0].luma[i] = static_cast<std::uint8_t>(i * 31 + i / kWidth);
    pictures_[0].rows_done.store(kHeight);
  }

  void decode(int n) {
    Picture &to = pictures_[n + 1];
    const Picture &from = pictures_[n];
    for (int y = 0; y < kHeight; ++y) {
      Progress::await(from, y);
      const auto *below = from.row(std::min(y + kReach, kHeight - 1));
      const auto *here = from.row(y);
      auto *out = to.row(y);
      for (int x = 0; x < kWidth; ++x)
        out[x] = static_cast<std::uint8_t>((here[x] * 3 + below[(x + n) % kWidth] + n) / 4);
      tally(n, out);
      Progress::report(to, y + 1);
      if (y % 3 == 0)
        std::this_thread::yield();
    }
  }

  void tally(int n, const std::uint8_t *row) {
    int peak = *std::max_element(row, row + kWidth);
//@ slot worst on worst
//@ is per_slice: same-location
    per_slice_[n].worst = std::max(per_slice_[n].worst, peak);
//@ is first_entry: racy
    per_slice_[0].worst = std::max(per_slice_[0].worst, peak);
//@ is neighbour_entry: racy
    per_slice_[n].worst = std::max(per_slice_[(n + 1) % kPictures].worst, peak);
//@ is swapped_entry: same-location
    auto &mine = per_slice_[kPictures - 1 - n];
    mine.worst = std::max(mine.worst, peak);
//@ end
//@ slot blocks on total_blocks_
//@ is plain: racy
    total_blocks_ += kWidth / 8;
//@ is atomic_member: conflicting
    total_blocks_.fetch_add(kWidth / 8, std::memory_order_relaxed);
//@ is summed_after: concurrent
    per_slice_[n].blocks += kWidth / 8;
//@ is load_then_store: racy
    const long now = std::atomic_ref<long>(total_blocks_).load(std::memory_order_relaxed);
    total_blocks_ = now + kWidth / 8;
//@ end
  }

  long checksum() {
    long sum = 0;
    for (const auto &p : pictures_)
      for (auto v : p.luma)
        sum += v;
    for (const auto &c : per_slice_)
      total_blocks_ += c.blocks;
    return sum;
  }
  long blocks() const { return total_blocks_; }

private:
  std::vector<Picture> pictures_;
  std::vector<Counters> per_slice_;
//@ slot blocks
//@ is plain
  long total_blocks_ = 0;
//@ is atomic_member
  std::atomic<long> total_blocks_{0};
//@ is summed_after
  long total_blocks_ = 0;
//@ is load_then_store
  alignas(8) long total_blocks_ = 0;
//@ end
};

long serial_checksum() {
  Decoder d;
  for (int n = 0; n < kPictures; ++n)
    d.decode(n);
  return d.checksum();
}

void run(Decoder &d, std::latch &start, int n) {
  start.arrive_and_wait();
  d.decode(n);
}

} // namespace video

int main() {
  video::Decoder decoder;
  std::latch start(video::kPictures);
  {
//@ slot crew
//@ is vector_of_threads: neutral
    std::vector<std::thread> crew;
    for (int n = 0; n < video::kPictures; ++n)
      crew.emplace_back(video::run, std::ref(decoder), std::ref(start), n);
    for (auto &t : crew)
      t.join();
//@ is jthreads: neutral
    std::vector<std::jthread> crew;
    for (int n = 0; n < video::kPictures; ++n)
      crew.emplace_back([&decoder, &start, n] { video::run(decoder, start, n); });
//@ is array_of_jthreads: neutral
    std::array<std::jthread, video::kPictures> crew;
    int n = 0;
    for (auto &t : crew) {
      t = std::jthread([&, n] { video::run(decoder, start, n); });
      ++n;
    }
//@ end
  }
  const long sum = decoder.checksum();
  std::printf("sum %ld serial %ld blocks %d\n", sum, video::serial_checksum(),
              decoder.blocks() > 0);
}
