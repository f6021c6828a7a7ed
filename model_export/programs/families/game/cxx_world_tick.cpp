//@ family: cxx_world_tick
//@ domain: game
//@ problem: A game world moves its actors in phases kept together by a barrier.
//@ param NT: 3 | 4
//@ param ACTORS: 360 | 480
//@ param TICKS: 3 | 4
#include <barrier>
#include <cmath>
#include <cstdio>
#include <thread>
#include <utility>
#include <vector>

struct Actor {
  float x, y;
  float vx, vy;
};

struct World {
  std::vector<Actor> actors;
  std::vector<float> push;
  std::vector<int> scores;
  float energy = 0;
  int tick = 0;
};

static World make_world(int n) {
  World w;
  for (int i = 0; i < n; ++i)
    w.actors.push_back({i * 0.5f, std::fmod(i * 1.7f, 9.f), 0.1f * (i % 5), 0.f});
  w.push.assign(n, 0.f);
  w.scores.assign(@NT@, 0);
  return w;
}

int main() {
  World world = make_world(@ACTORS@);
  const int n = static_cast<int>(world.actors.size());
  const int chunk = n / @NT@;
//@ slot clock on tick
//@ is completion: unordered
  auto on_tick = [&world]() noexcept { ++world.tick; };
//@ is first_thread: unordered
  auto on_tick = []() noexcept {};
//@ is first_unsynced: racy
  auto on_tick = []() noexcept {};
//@ is every_thread: racy
  auto on_tick = []() noexcept {};
//@ end
  std::barrier sync(@NT@, on_tick);

  auto work = [&](int self) {
    const int lo = self * chunk;
    const int hi = self + 1 == @NT@ ? n : lo + chunk;
    int seen = 0;
    for (int t = 0; t < @TICKS@; ++t) {
//@ slot clock
//@ is every_thread
      world.tick = t;
//@ end
      for (int i = lo; i < hi; ++i) {
        const Actor &left = world.actors[i > 0 ? i - 1 : n - 1];
        const Actor &right = world.actors[i + 1 < n ? i + 1 : 0];
        world.push[i] = 0.01f * (right.x + left.x - 2 * world.actors[i].x);
      }
//@ slot phase on actors
//@ is waits: unordered
      sync.arrive_and_wait();
//@ is token_first: racy
      auto token = sync.arrive();
//@ is waits_by_token: unordered
      sync.wait(sync.arrive());
//@ is no_phase: racy
//@ end
      for (int i = lo; i < hi; ++i) {
        Actor &a = world.actors[i];
        a.vx += world.push[i];
        a.x += a.vx;
        world.scores[self] += a.x > a.y;
      }
//@ slot phase
//@ is token_first
      sync.wait(std::move(token));
//@ end
//@ slot clock
//@ is first_unsynced
      if (self == 0)
        ++world.tick;
//@ end
      seen += world.tick;
//@ slot clock
//@ is first_thread
      sync.arrive_and_wait();
      if (self == 0)
        ++world.tick;
//@ end
      sync.arrive_and_wait();
    }
//@ slot energy on energy
//@ is last_thread: concurrent
    if (self == @NT@ - 1)
      for (const Actor &a : world.actors)
        world.energy += a.vx * a.vx;
//@ is all_add: racy
    for (int i = lo; i < hi; ++i)
      world.energy += world.actors[i].vx * world.actors[i].vx;
//@ is in_turns: unordered
    for (int turn = 0; turn < @NT@; ++turn) {
      if (turn == self)
        for (int i = lo; i < hi; ++i)
          world.energy += world.actors[i].vx * world.actors[i].vx;
      sync.arrive_and_wait();
    }
//@ is turns_apart: racy
    for (int turn = 0; turn < @NT@; ++turn)
      if (turn == self)
        for (int i = lo; i < hi; ++i)
          world.energy += world.actors[i].vx * world.actors[i].vx;
//@ end
    world.scores[self] += seen > 0;
  };

  std::vector<std::thread> team;
  for (int t = 0; t < @NT@; ++t)
    team.emplace_back(work, t);
  for (auto &t : team)
    t.join();
  float sum = 0;
  for (const Actor &a : world.actors)
    sum += a.x;
  std::printf("%.3f %d\n", sum, world.energy >= 0);
}
