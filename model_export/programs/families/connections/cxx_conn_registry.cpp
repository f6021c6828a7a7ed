//@ family: cxx_conn_registry
//@ domain: connections
//@ problem: A registry of open connections is read often, changed sometimes and swept for idle ones.
//@ param CONNS: 32 | 48
//@ param ROUNDS: 250 | 350
#include <atomic>
#include <cstdint>
#include <functional>
#include <cstdio>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <unordered_map>
#include <vector>

struct Conn {
  std::uint64_t bytes = 0;
  int peer = 0;
};

class Registry {
public:
  Registry() {
    table_.reserve(1024);
    for (int i = 0; i < @CONNS@; ++i)
      table_[i].peer = 1000 + i;
  }

  int peer_of(int id) const {
    std::shared_lock lk(rw_);
    auto it = table_.find(id);
    return it == table_.end() ? -1 : it->second.peer;
  }

  void traffic(int id, std::uint64_t n) {
//@ slot bytes on bytes
//@ is exclusive: unprotected
    std::unique_lock lk(rw_);
    auto it = table_.find(id);
    if (it != table_.end())
      it->second.bytes += n;
//@ is shared_write: racy
    std::shared_lock lk(rw_);
    auto it = table_.find(id);
    if (it != table_.end())
      it->second.bytes += n;
//@ is pointer_kept: racy
    Conn *conn = nullptr;
    {
      std::unique_lock lk(rw_);
      auto it = table_.find(id);
      if (it != table_.end())
        conn = &it->second;
    }
    if (conn)
      conn->bytes += n;
//@ is atomic_ref: conflicting
    std::shared_lock lk(rw_);
    auto it = table_.find(id);
    if (it != table_.end())
      std::atomic_ref<std::uint64_t>(it->second.bytes).fetch_add(n);
//@ is shared_then_fields: unprotected
    std::shared_lock lk(rw_);
    auto it = table_.find(id);
    if (it != table_.end()) {
      std::lock_guard fields(field_mu_);
      it->second.bytes += n;
    }
//@ end
  }

  void open(int id) {
//@ slot table on table_
//@ is exclusive_insert: unprotected
    std::unique_lock lk(rw_);
    table_.try_emplace(id).first->second.peer = id;
//@ is shared_insert: racy
    std::shared_lock lk(rw_);
    std::lock_guard add(open_mu_);
    table_.try_emplace(id).first->second.peer = id;
//@ is upgraded: unprotected
    {
      std::shared_lock lk(rw_);
      if (table_.count(id))
        return;
    }
    std::unique_lock lk(rw_);
    table_.try_emplace(id).first->second.peer = id;
//@ is own_mutex: racy
    std::lock_guard lk(open_mu_);
    table_.try_emplace(id).first->second.peer = id;
//@ end
  }

  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const auto &[id, conn] : table_)
      sum += conn.bytes + static_cast<std::uint64_t>(conn.peer);
    return sum;
  }

private:
  mutable std::shared_mutex rw_;
  std::mutex open_mu_;
  std::mutex field_mu_;
  std::unordered_map<int, Conn> table_;
};

//@ slot lookups on lookups
//@ is plain_global: racy
static long lookups = 0;
//@ is per_thread: same-location
static thread_local long lookups = 0;
//@ is atomic_global: conflicting
static std::atomic<long> lookups{0};
//@ end

static std::atomic<int> waiting{3};

static void client(Registry &reg, int base) {
  int known = 0;
  waiting.fetch_sub(1, std::memory_order_relaxed);
  while (waiting.load(std::memory_order_relaxed) > 0)
    std::this_thread::yield();
  for (int i = 0; i < @ROUNDS@; ++i) {
    const int id = i % 3 == 0 ? 0 : i % @CONNS@;
    known += reg.peer_of(id) > 0;
    reg.traffic(id, static_cast<std::uint64_t>(64 + i % 9));
    if (i % 4 == 1)
      std::this_thread::yield();
    ++lookups;
    if (i % 2 == 0)
      std::this_thread::yield();
    if (i % 4 == 3) {
      reg.open(100 + base * 100 + i / 4);
      std::this_thread::yield();
    }
  }
  std::printf("client %d knew %d\n", base, known);
}

int main() {
  Registry reg;
  std::thread web(client, std::ref(reg), 0);
  std::thread mail(client, std::ref(reg), 1);
  std::thread feed(client, std::ref(reg), 2);
  web.join();
  mail.join();
  feed.join();
  std::printf("total %d lookups %d\n", reg.total() > 0, static_cast<long>(lookups) >= 0);
}
