//@ family: cxx_hit_counters
//@ domain: counters
//@ problem: Request handlers count hits, errors and bytes, and number their requests.
//@ param NT: 3 | 4
//@ param REQS: 400 | 600
//@ param PAD: 1 | 8
#include <array>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

namespace {

constexpr int kThreads = @NT@;
constexpr int kPad = @PAD@;

//@ slot hits on g_hits
//@ is fetch_add: conflicting
std::atomic<unsigned> g_hits{0};
void hit() { g_hits.fetch_add(1, std::memory_order_relaxed); }
//@ is plain: racy
unsigned g_hits = 0;
void hit() { ++g_hits; }
//@ is load_then_store: conflicting
std::atomic<unsigned> g_hits{0};
void hit() { g_hits.store(g_hits.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
//@ is ref_cast: conflicting
unsigned g_hits = 0;
void hit() { std::atomic_ref<unsigned>(g_hits)++; }
//@ is mixed_ref: racy
unsigned g_hits = 0;
void hit() {
  if (g_hits < 1000000u)
    std::atomic_ref<unsigned>(g_hits)++;
}
//@ end

//@ slot ids on last_id
//@ is static_atomic: conflicting
long next_id() {
  static std::atomic<long> last_id{0};
  return last_id++;
}
//@ is static_plain: racy
long next_id() {
  static long last_id = 0;
  return last_id++;
}
//@ is static_thread_local: same-location
long next_id() {
  static thread_local long last_id = 0;
  return last_id++;
}
//@ is static_guarded: unprotected
long next_id() {
  static std::mutex id_mutex;
  static long last_id = 0;
  std::lock_guard<std::mutex> lock(id_mutex);
  return last_id++;
}
//@ is auto_mutex: racy
long next_id() {
  std::mutex id_mutex;
  static long last_id = 0;
  std::lock_guard<std::mutex> lock(id_mutex);
  return last_id++;
}
//@ is tls_mutex: racy
long next_id() {
  static thread_local std::mutex id_mutex;
  static long last_id = 0;
  std::lock_guard<std::mutex> lock(id_mutex);
  return last_id++;
}
//@ end

std::array<long, kThreads * kPad> sent{};

void handle(int self, int request) {
  hit();
  const long id = next_id();
  const long bytes = 40 + (id + request) % 23;
//@ slot bytes on sent
//@ is own_index: same-location
  sent[self * kPad] += bytes;
//@ is by_request: racy
  sent[request % kThreads * kPad] += bytes;
//@ is neighbour: racy
  sent[self * kPad] += bytes;
  if (request % 8 == 0)
    sent[(self + 1) % kThreads * kPad] += 1;
//@ is rotated_index: same-location
  sent[(self + 1) % kThreads * kPad] += bytes;
//@ end
}

std::atomic<int> at_start{0};

void serve(int self) {
  ++at_start;
  while (at_start < kThreads)
    std::this_thread::yield();
  for (int r = 0; r < @REQS@; ++r) {
    handle(self, r);
    if (r % 32 == 0)
      std::this_thread::yield();
  }
}

} // namespace

int main() {
  std::vector<std::thread> team;
  for (int t = 0; t < kThreads; ++t)
    team.emplace_back(serve, t);
  for (std::thread &t : team)
    t.join();
  const long total = std::accumulate(sent.begin(), sent.end(), 0L);
  std::printf("hits %d bytes %d\n", static_cast<unsigned>(g_hits) > 0, total > 0);
}
