//@ family: kt_barrier_world
//@ domain: game
//@ problem: Entity columns (position, velocity, health) are updated in systems that a barrier keeps apart; events are gathered.
//@ param NT: 3 | 4
//@ param ENTITIES: 96 | 144
#include <atomic>
#include <barrier>
#include <cstdio>
#include <functional>
#include <span>
#include <thread>
#include <vector>

struct World {
  std::vector<int> pos = std::vector<int>(@ENTITIES@);
  std::vector<int> vel = std::vector<int>(@ENTITIES@);
  std::vector<int> health = std::vector<int>(@ENTITIES@, 100);
  int wind = 1;
  int ticks = 0;
};

struct Range {
  int begin, end;
};

static Range range_of(int t, int n) { return {@ENTITIES@ * t / n, @ENTITIES@ * (t + 1) / n}; }

static void populate(World &w) {
  for (int e = 0; e < @ENTITIES@; ++e) {
    w.pos[e] = e * 13 % 200;
    w.vel[e] = e % 7 - 3;
  }
}

// Everyone looks at the neighbour on the right, so speeds come before places.
static void steer(World &w, Range r, int wind) {
  for (int e = r.begin; e < r.end; ++e) {
    const int right = w.pos[(e + 1) % @ENTITIES@];
    w.vel[e] = (w.vel[e] + (right > w.pos[e]) * 2 - 1 + wind) % 9;
  }
}

static void move(World &w, Range r) {
  for (int e = r.begin; e < r.end; ++e)
    w.pos[e] = (w.pos[e] + w.vel[e] + 200) % 200;
}

static long digest(const World &w) {
  long d = 0;
  for (int e = 0; e < @ENTITIES@; ++e)
    d += static_cast<long>(w.pos[e]) * (e + 1);
  return d;
}

constexpr int kTicks = 24;

static long serial_digest() {
  World w;
  populate(w);
  for (int t = 0; t < kTicks; ++t) {
    steer(w, {0, @ENTITIES@}, t % 3 - 1);
    move(w, {0, @ENTITIES@});
  }
  return digest(w);
}

template <class Sync> static void systems(World &w, Sync &sync, int t) {
  const Range mine = range_of(t, @NT@);
  for (int tick = 0; tick < kTicks; ++tick) {
    steer(w, mine, tick % 3 - 1);
//@ slot phases on pos
//@ is both_sides: unordered
    sync.arrive_and_wait();
    move(w, mine);
    sync.arrive_and_wait();
//@ is only_after: racy
    move(w, mine);
    sync.arrive_and_wait();
//@ is only_before: racy
    sync.arrive_and_wait();
    move(w, mine);
//@ is split_token: unordered
    auto token = sync.arrive();
    sync.wait(std::move(token));
    move(w, mine);
    token = sync.arrive();
    sync.wait(std::move(token));
//@ is arrive_then_move: racy
    auto token = sync.arrive();
    move(w, mine);
    sync.wait(std::move(token));
//@ end
//@ slot wound on health
//@ is own_range: same-location
    for (int e = mine.begin; e < mine.end; ++e)
      w.health[e] -= w.vel[e] == 0;
//@ is turned_range: same-location
    for (int e = mine.begin; e < mine.end; ++e)
      w.health[(e + 1) % @ENTITIES@] -= e % 2;
//@ is one_thread: concurrent
    if (t == 0)
      for (int e = 0; e < @ENTITIES@; ++e)
        w.health[e] -= e % 2;
//@ is overlapping: racy
    for (int e = mine.begin; e <= mine.end && e < @ENTITIES@; ++e)
      w.health[e] -= 1;
//@ is pairs: racy
    for (int e = mine.begin; e < mine.end; ++e) {
      w.health[e] -= 1;
      w.health[(e + 1) % @ENTITIES@] -= e % 2;
    }
//@ is strided: same-location
    for (int e = t; e < @ENTITIES@; e += @NT@)
      w.health[e] -= 1;
//@ end
//@ slot clock on ticks
//@ is completion: unordered
    if (w.ticks < 0)
      return;
//@ is first_thread: racy
    if (t == 0)
      ++w.ticks;
    if (w.ticks > kTicks + 1)
      return;
//@ is first_thread_only: concurrent
    if (t == 0)
      ++w.ticks;
//@ is whoever: racy
    if (tick % @NT@ == t)
      ++w.ticks;
    if (w.ticks > 10 * kTicks)
      return;
//@ end
  }
}

int main() {
  World world;
  populate(world);
//@ slot clock
//@ is completion
  auto tick_done = [&world]() noexcept { ++world.ticks; };
  std::barrier sync(@NT@, tick_done);
//@ is first_thread
  std::barrier sync(@NT@);
//@ is first_thread_only
  std::barrier sync(@NT@);
//@ is whoever
  std::barrier sync(@NT@);
//@ end
  {
    std::vector<std::jthread> crew;
//@ slot crew
//@ is functions: neutral
    for (int t = 0; t < @NT@; ++t)
      crew.emplace_back(systems<decltype(sync)>, std::ref(world), std::ref(sync), t);
//@ is main_joins_in: neutral
    for (int t = 1; t < @NT@; ++t)
      crew.emplace_back([&, t] { systems(world, sync, t); });
    systems(world, sync, 0);
//@ end
  }
  long health = 0;
  for (int h : world.health)
    health += h;
  std::printf("digest %ld serial %ld health %d ticks %d\n", digest(world), serial_digest(),
              health != 0, world.ticks > 0);
}
