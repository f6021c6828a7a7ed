//@ family: cm_session_store
//@ domain: sessions
//@ problem: Web front ends look up, touch and open user sessions under a reader-writer lock.
//@ param FRONTS: 3 | 4
//@ param STEPS: 250 | 350
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

class SessionStore {
  struct Session {
    std::uint32_t user = 0;
//@ slot touch on lastSeen
//@ is exclusive: unprotected
    std::uint64_t lastSeen = 0;
//@ is shared_write: racy
    std::uint64_t lastSeen = 0;
//@ is atomic_under_shared: conflicting
    std::atomic<std::uint64_t> lastSeen{0};
//@ is found_then_written: racy
    std::uint64_t lastSeen = 0;
//@ end
  };

public:
  explicit SessionStore(unsigned limit) : m_limit(limit) {}

  void open(std::uint32_t user) {
    std::unique_lock lock(m_access);
    if (m_sessions.size() < m_limit)
      m_sessions[user].user = user;
  }

  bool touch(std::uint32_t user, std::uint64_t now) {
//@ slot touch
//@ is exclusive
    std::unique_lock lock(m_access);
    auto it = m_sessions.find(user);
    if (it == m_sessions.end())
      return false;
    it->second.lastSeen = now;
    return true;
//@ is shared_write
    std::shared_lock lock(m_access);
    auto it = m_sessions.find(user);
    if (it == m_sessions.end())
      return false;
    it->second.lastSeen = now;
    return true;
//@ is atomic_under_shared
    std::shared_lock lock(m_access);
    auto it = m_sessions.find(user);
    if (it == m_sessions.end())
      return false;
    it->second.lastSeen.store(now, std::memory_order_relaxed);
    return true;
//@ is found_then_written
    Session *found = nullptr;
    {
      std::unique_lock lock(m_access);
      auto it = m_sessions.find(user);
      if (it != m_sessions.end())
        found = &it->second;
    }
    if (found)
      found->lastSeen = now;
    return found != nullptr;
//@ end
  }

  std::uint32_t owner(std::uint32_t user) const {
    std::shared_lock lock(m_access);
    auto it = m_sessions.find(user);
    return it == m_sessions.end() ? 0 : it->second.user;
  }

  void countLookup(bool hit) {
//@ slot lookups on m_lookups
//@ is reader_lock: racy
    std::shared_lock lock(m_access);
    m_lookups += 1;
    (void)hit;
//@ is writer_lock: unprotected
    std::unique_lock lock(m_access);
    m_lookups += 1;
    (void)hit;
//@ is atomic_member: conflicting
    m_lookups += 1;
    (void)hit;
//@ is hits_only: racy
    if (hit)
      m_lookups += 1;
//@ end
  }

//@ slot limit on m_limit
//@ is setter: unprotected
  void setLimit(unsigned n) {
    std::lock_guard lock(m_access);
    m_limit = n;
  }
//@ is bare_setter: racy
  void setLimit(unsigned n) { m_limit = n; }
//@ is constructor: conflicting
  void setLimit(unsigned n) const { (void)n; }
//@ end

  std::uint64_t lookups() const { return m_lookups; }

private:
  mutable std::shared_mutex m_access;
  std::map<std::uint32_t, Session> m_sessions;
  unsigned m_limit;
//@ slot lookups
//@ is reader_lock
  std::uint64_t m_lookups = 0;
//@ is writer_lock
  std::uint64_t m_lookups = 0;
//@ is hits_only
  std::uint64_t m_lookups = 0;
//@ is atomic_member
  std::atomic<std::uint64_t> m_lookups{0};
//@ end
};

static SessionStore store(48);
static std::atomic<int> waiting{@FRONTS@};

static void serve(unsigned seed) {
  waiting.fetch_sub(1, std::memory_order_relaxed);
  while (waiting.load(std::memory_order_relaxed) > 0)
    std::this_thread::yield();
  for (unsigned i = 0; i < @STEPS@; ++i) {
    const unsigned user = (i / 4 * 5 + seed) % 40;
    if (i % 32 == 0)
      store.open(user % 3);
    const bool hit = store.touch(user % 3, i + 1);
    if (i % 3 == 0)
      std::this_thread::yield();
    if (i % 4 == seed % 2)
      store.countLookup(hit || store.owner(user) == user);
    if (i % 5 == seed)
      store.setLimit(32 + i % 16);
  }
}

int main() {
  std::vector<std::thread> fronts;
  for (unsigned f = 0; f < @FRONTS@; ++f)
    fronts.emplace_back(serve, f);
  for (auto &f : fronts)
    f.join();
  std::printf("lookups %d\n", store.lookups() > 0);
}
