//@ family: cm_physics_islands
//@ domain: physics
//@ problem: A physics world solves islands of bodies as jobs of a small pool and collects contacts.
//@ param CREW: 3 | 4
//@ param ISLANDS: 48 | 80
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

class Crew {
public:
  explicit Crew(int n) {
    for (int i = 0; i < n; ++i)
      m_threads.emplace_back([this] { loop(); });
  }
  ~Crew() {
    {
      std::lock_guard hold(m_mutex);
      m_closing = true;
    }
    m_wake.notify_all();
    for (auto &t : m_threads)
      t.join();
  }
  void submit(std::function<void()> job) {
    {
      std::lock_guard hold(m_mutex);
      m_jobs.push_back(std::move(job));
      ++m_open;
    }
    m_wake.notify_one();
  }
  void drain() {
    std::unique_lock hold(m_mutex);
    m_idle.wait(hold, [this] { return m_open == 0; });
  }

private:
  void loop() {
    std::unique_lock hold(m_mutex);
    for (;;) {
      m_wake.wait(hold, [this] { return m_closing || !m_jobs.empty(); });
      if (m_jobs.empty())
        return;
      auto job = std::move(m_jobs.front());
      m_jobs.pop_front();
      hold.unlock();
      job();
      hold.lock();
      if (--m_open == 0)
        m_idle.notify_all();
    }
  }

  std::mutex m_mutex;
  std::condition_variable m_wake, m_idle;
  std::deque<std::function<void()>> m_jobs;
  std::vector<std::thread> m_threads;
  int m_open = 0;
  bool m_closing = false;
};

struct Body {
  float x = 0, v = 1;
};

class World {
public:
  explicit World(int islands) : m_bodies(islands * 8), m_energy(islands, 0.f) {
    m_contacts.reserve(1 << 16);
  }

  void step(Crew &crew) {
    const int islands = static_cast<int>(m_energy.size());
//@ slot islandIndex on m_energy
//@ is copied: same-location
    for (int i = 0; i < islands; ++i)
      crew.submit([this, i] { solve(i, m_energy[i]); });
//@ is one_cell: racy
    for (int i = 0; i < islands; ++i)
      crew.submit([this, i] { solve(i, m_energy[0]); });
//@ is paired_cells: racy
    for (int i = 0; i < islands; ++i)
      crew.submit([this, i] { solve(i, m_energy[i / 8]); });
//@ is pointer_to_cell: same-location
    for (int i = 0; i < islands; ++i) {
      float *cell = m_energy.data() + i;
      crew.submit([this, i, cell] { solve(i, *cell); });
    }
//@ end
    crew.drain();
    ++m_steps;
  }

  std::size_t contacts() const { return m_contacts.size(); }
  long solved() const { return m_solved; }
  float energy() const { return m_energy.front(); }
  int steps() const { return m_steps; }

private:
  void solve(int island, float &energy) {
    for (int round = 0; round < 6; ++round) {
      for (int k = 0; k < 8; ++k) {
        Body &b = m_bodies[island * 8 + k];
        b.x += 0.1f * b.v;
        energy += b.v * b.v;
        if (b.x > 1.f) {
          b.x = 0.f;
          b.v = -b.v;
        }
      }
      addContact(island * 8 + round);
      m_last = nullptr;
      if (round == 3)
        std::this_thread::yield();
    }
    finish();
  }

  void addContact(int pair) {
//@ slot contacts on m_contacts
//@ is guarded: unprotected
    std::lock_guard hold(m_mutex);
    m_contacts.push_back(pair);
//@ is emplaced_bare: racy
    m_contacts.emplace_back(pair);
//@ is static_local_lock: unprotected
    static std::mutex guard;
    std::lock_guard hold(guard);
    m_contacts.push_back(pair);
//@ is thread_lock: racy
    thread_local std::mutex guard;
    std::lock_guard hold(guard);
    m_contacts.push_back(pair);
//@ end
  }

  void finish() {
//@ slot solved on m_solved
//@ is lambda_bare: racy
    const auto add = [this](long n) { m_solved += n; };
    add(8);
//@ is lambda_guarded: unprotected
    const auto add = [this](long n) {
      std::lock_guard hold(m_mutex);
      m_solved += n;
    };
    add(8);
//@ is lambda_atomic: conflicting
    const auto add = [this](long n) { m_solved += n; };
    add(8);
//@ end
  }

  std::mutex m_mutex;
  std::vector<Body> m_bodies;
  std::vector<float> m_energy;
  std::vector<int> m_contacts;
  static inline thread_local Body *m_last = nullptr;
//@ slot solved
//@ is lambda_bare
  long m_solved = 0;
//@ is lambda_guarded
  long m_solved = 0;
//@ is lambda_atomic
  std::atomic<long> m_solved{0};
//@ end
  int m_steps = 0;
};

static World world(@ISLANDS@);

int main() {
  Crew crew(@CREW@);
  for (int s = 0; s < 3; ++s)
    world.step(crew);
  std::printf("contacts %d solved %d energy %d steps %d\n", world.contacts() > 0,
              world.solved() > 0, world.energy() > 0.f, world.steps());
}
