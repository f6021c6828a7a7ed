//@ family: cxx_publish_flag
//@ domain: handshake
//@ problem: A loader publishes a route map; drivers wait for it and report back through a latch.
//@ param DRIVERS: 2 | 3
//@ param NODES: 240 | 400
//@ param COST: 7 | 12
#include <atomic>
#include <cstdio>
#include <functional>
#include <latch>
#include <thread>
#include <vector>

struct Route {
  int cost[@NODES@];
  int nodes;
};

struct Office {
  explicit Office(int drivers) : trips(drivers, 0), back(drivers) {}
  Route route{};
  std::vector<long> trips;
  std::latch back;
  std::atomic<bool> ready{false};
  std::atomic<int> phase{0};
//@ slot closing on notice
//@ is after_wait: unordered
  long notice = 0;
//@ is before_wait: racy
  long notice = 0;
//@ is atomic_notice: conflicting
  std::atomic<long> notice{0};
//@ is counted_early: racy
  long notice = 0;
//@ end
};

static void load(Office &office) {
//@ slot publish on route
//@ is release_acquire: unordered
  for (int i = 0; i < @NODES@; ++i)
    office.route.cost[i] = i % @COST@;
  office.route.nodes = @NODES@;
  office.ready.store(true, std::memory_order_release);
//@ is relaxed_store: racy
  for (int i = 0; i < @NODES@; ++i)
    office.route.cost[i] = i % @COST@;
  office.route.nodes = @NODES@;
  office.ready.store(true, std::memory_order_relaxed);
//@ is relaxed_load: racy
  for (int i = 0; i < @NODES@; ++i)
    office.route.cost[i] = i % @COST@;
  office.route.nodes = @NODES@;
  office.ready.store(true, std::memory_order_release);
//@ is size_after_flag: racy
  for (int i = 0; i < @NODES@; ++i)
    office.route.cost[i] = i % @COST@;
  office.ready.store(true, std::memory_order_release);
  office.route.nodes = @NODES@;
//@ is default_order: unordered
  for (int i = 0; i < @NODES@; ++i)
    office.route.cost[i] = i % @COST@;
  office.route.nodes = @NODES@;
  office.ready = true;
//@ is notified: unordered
  for (int i = 0; i < @NODES@; ++i)
    office.route.cost[i] = i % @COST@;
  office.route.nodes = @NODES@;
  office.ready.store(true, std::memory_order_release);
  office.ready.notify_all();
//@ end
}

static void drive(Office &office, int self) {
//@ slot publish
//@ is release_acquire
  while (!office.ready.load(std::memory_order_acquire))
    std::this_thread::yield();
//@ is relaxed_store
  while (!office.ready.load(std::memory_order_acquire))
    std::this_thread::yield();
//@ is relaxed_load
  while (!office.ready.load(std::memory_order_relaxed))
    std::this_thread::yield();
//@ is size_after_flag
  while (!office.ready.load(std::memory_order_acquire))
    std::this_thread::yield();
//@ is default_order
  while (!office.ready)
    std::this_thread::yield();
//@ is notified
  office.ready.wait(false, std::memory_order_acquire);
//@ end
  const int nodes = office.route.nodes;
  long sum = 0;
  for (int i = 0; i < nodes; ++i)
    sum += office.route.cost[(i + self) % @NODES@];
//@ slot trips on trips
//@ is joined: unordered
  office.trips[self] = sum;
  office.back.count_down();
//@ is latched: unordered
  office.trips[self] = sum;
  office.back.count_down();
//@ is latched_early: racy
  office.back.count_down();
  office.trips[self] = sum;
//@ is not_latched: racy
  office.trips[self] = sum;
  office.back.count_down();
//@ end
//@ slot closing
//@ is after_wait
  while (office.phase.load(std::memory_order_acquire) < 1)
    std::this_thread::yield();
  if (office.notice != 0)
    std::this_thread::yield();
//@ is before_wait
  if (office.notice != 0)
    std::this_thread::yield();
  while (office.phase.load(std::memory_order_acquire) < 1)
    std::this_thread::yield();
//@ is atomic_notice
  if (office.notice != 0)
    std::this_thread::yield();
//@ is counted_early
  while (office.phase.load(std::memory_order_acquire) < 1)
    std::this_thread::yield();
  if (office.notice != 0)
    std::this_thread::yield();
//@ end
}

static long total(const Office &office) {
  long sum = 0;
  for (long t : office.trips)
    sum += t;
  return sum;
}

int main() {
  static Office office(@DRIVERS@);
  std::vector<std::thread> drivers;
  for (int d = 0; d < @DRIVERS@; ++d)
    drivers.emplace_back(drive, std::ref(office), d);
  std::thread loader(load, std::ref(office));
//@ slot closing
//@ is after_wait
  office.notice = 1;
  office.phase.fetch_add(1, std::memory_order_release);
//@ is before_wait
  office.notice = 1;
  office.phase.fetch_add(1, std::memory_order_release);
//@ is atomic_notice
  office.notice = 1;
  office.phase.fetch_add(1, std::memory_order_release);
//@ is counted_early
  office.phase.fetch_add(1, std::memory_order_release);
  office.notice = 1;
//@ end
//@ slot trips
//@ is joined
  for (auto &d : drivers)
    d.join();
  const long sum = total(office);
  loader.join();
//@ is latched
  office.back.wait();
  const long sum = total(office);
  for (auto &d : drivers)
    d.join();
  loader.join();
//@ is latched_early
  office.back.wait();
  const long sum = total(office);
  for (auto &d : drivers)
    d.join();
  loader.join();
//@ is not_latched
  loader.join();
  const long sum = total(office);
  for (auto &d : drivers)
    d.join();
//@ end
  std::printf("sum %d\n", sum >= 0);
}
