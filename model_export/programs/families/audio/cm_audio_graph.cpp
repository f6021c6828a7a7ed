//@ family: cm_audio_graph
//@ domain: audio
//@ problem: Audio nodes mix blocks into one bus; a control thread changes gain and publishes a route.
//@ param NODES: 2 | 3
//@ param BLOCKS: 250 | 350
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

class SpinLock {
public:
  void lock() noexcept {
//@ slot spin on bus_
//@ is test_and_set: unprotected
    while (held_.test_and_set(std::memory_order_acquire))
      std::this_thread::yield();
//@ is acquire_only: racy
    while (held_.exchange(true, std::memory_order_acquire))
      std::this_thread::yield();
//@ is exchange: unprotected
    while (held_.exchange(true, std::memory_order_acquire))
      std::this_thread::yield();
//@ is relaxed_order: racy
    while (held_.exchange(true, std::memory_order_relaxed))
      std::this_thread::yield();
//@ end
  }
  void unlock() noexcept {
//@ slot spin
//@ is test_and_set
    held_.clear(std::memory_order_release);
//@ is acquire_only
    held_.store(false, std::memory_order_relaxed);
//@ is exchange
    held_.store(false, std::memory_order_release);
//@ is relaxed_order
    held_.store(false, std::memory_order_relaxed);
//@ end
  }

private:
//@ slot spin
//@ is test_and_set
  std::atomic_flag held_ = ATOMIC_FLAG_INIT;
//@ is acquire_only
  std::atomic<bool> held_{false};
//@ is exchange
  std::atomic<bool> held_{false};
//@ is relaxed_order
  std::atomic<bool> held_{false};
//@ end
};

class AudioGraph {
public:
  static constexpr std::size_t kFrames = 16;

  void mix(const std::array<float, kFrames> &block) {
//@ slot gain on gain_
//@ is atomic_gain: conflicting
    const float g = gain_.load(std::memory_order_relaxed);
//@ is plain_gain: racy
    const float g = gain_;
//@ is control_gain: unprotected
    float g;
    {
      std::lock_guard<std::mutex> hold(control_);
      g = gain_;
    }
//@ end
    std::lock_guard<SpinLock> hold(spin_);
    for (std::size_t f = 0; f < kFrames; ++f)
      bus_[f] += g * block[f];
  }

  void setGain(float g) {
    std::lock_guard<std::mutex> hold(control_);
    gain_ = g;
  }

  void publishRoute(int target) {
//@ slot route on route_
//@ is release_store: unordered
    route_ = target;
    routed_.store(true, std::memory_order_release);
//@ is relaxed_store: racy
    route_ = target;
    routed_.store(true, std::memory_order_relaxed);
//@ is flag_first: racy
    routed_.store(true, std::memory_order_release);
    route_ = target;
//@ end
  }

  int route() const {
    if (!routed_.load(std::memory_order_acquire))
      return -1;
    return route_;
  }

  float level() const { return bus_[0]; }

private:
  SpinLock spin_;
  std::mutex control_;
  std::array<float, kFrames> bus_{};
  std::atomic<bool> routed_{false};
  int route_ = 0;
//@ slot gain
//@ is atomic_gain
  std::atomic<float> gain_{0.5f};
//@ is plain_gain
  float gain_ = 0.5f;
//@ is control_gain
  float gain_ = 0.5f;
//@ end
};

static AudioGraph graph;
static std::atomic<int> ready{0};

static void node(int id) {
  std::array<float, AudioGraph::kFrames> block{};
  ready.fetch_add(1, std::memory_order_relaxed);
  int routed = 0;
  while (graph.route() < 0 && routed < 200000) {
    ++routed;
    std::this_thread::yield();
  }
  for (int b = 0; b < @BLOCKS@; ++b) {
    for (float &s : block)
      s = 0.01f * static_cast<float>((b + id) % 7);
    graph.mix(block);
    if (b % 3 == 0)
      std::this_thread::yield();
  }
}

int main() {
  std::vector<std::thread> nodes;
  for (int n = 0; n < @NODES@; ++n)
    nodes.emplace_back(node, n);
  while (ready.load(std::memory_order_relaxed) < @NODES@)
    std::this_thread::yield();
  graph.publishRoute(3);
  for (int k = 0; k < @BLOCKS@; ++k) {
    graph.setGain(0.25f + 0.001f * static_cast<float>(k % 9));
    if (k % 2)
      std::this_thread::yield();
  }
  for (auto &n : nodes)
    n.join();
  std::printf("level %d route %d\n", graph.level() > 0.0f, graph.route());
}
