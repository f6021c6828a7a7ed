//@ family: cm_conn_pool
//@ domain: connections
//@ problem: Clients borrow connections from a bounded pool and write an access log by ticket.
//@ param CLIENTS: 3 | 4
//@ param CALLS: 150 | 250
#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

struct Connection {
  int number = 0;
  long sent = 0;
};

class ConnectionPool {
public:
  explicit ConnectionPool(int size) : log_(@CLIENTS@ * @CALLS@, -1) {
    for (int i = 0; i < size; ++i)
      idle_.push_back(std::make_unique<Connection>(Connection{i, 0}));
  }

  std::unique_ptr<Connection> borrow() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (idle_.empty())
      return std::make_unique<Connection>(Connection{100, 0});
    auto c = std::move(idle_.back());
    idle_.pop_back();
    return c;
  }

  void giveBack(std::unique_ptr<Connection> c) {
    std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(std::move(c));
  }

  // The line to the upstream gateway is narrow: senders pass through a semaphore.
  void send(Connection &c, long bytes) {
    gate_.acquire();
    c.sent += bytes;
    std::this_thread::yield();
    wire_ += bytes;
    gate_.release();
  }

  void record(int client, int call) {
//@ slot ticket on log_
//@ is fetch_add: same-location
    const int at = next_.fetch_add(1, std::memory_order_relaxed);
    log_[at] = client;
    (void)call;
//@ is load_store: racy
    const int at = next_.load(std::memory_order_relaxed);
    log_[at] = client;
    if (call % 8 == 7)
      next_.store(at + 1, std::memory_order_relaxed);
//@ is own_stretch: same-location
    log_[client * @CALLS@ + call] = client;
//@ is add_then_load: racy
    next_.fetch_add(1, std::memory_order_relaxed);
    const int at = next_.load(std::memory_order_relaxed) - 1;
    log_[at] = client;
    log_[at / 2] = call;
//@ is drawn_under_lock: same-location
    int at;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      at = next_.load(std::memory_order_relaxed);
      next_.store(at + 1, std::memory_order_relaxed);
    }
    log_[at] = client;
    (void)call;
//@ end
  }

  void open() {
//@ slot opened on opened_
//@ is bare_increment: racy
    ++opened_;
//@ is held_increment: unprotected
    std::lock_guard<std::mutex> lock(mutex_);
    ++opened_;
//@ is atomic_increment: conflicting
    ++opened_;
//@ end
  }

  long wire() const { return wire_; }
  int opened() const { return opened_; }
  int logged() const {
    int n = 0;
    for (int who : log_)
      n += who >= 0;
    return n;
  }

private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::vector<int> log_;
  std::atomic<int> next_{0};
//@ slot gate on wire_
//@ is binary: unprotected
  std::binary_semaphore gate_{1};
//@ is two_seats: racy
  std::counting_semaphore<8> gate_{2};
//@ is one_of_many: unprotected
  std::counting_semaphore<8> gate_{1};
//@ is seat_each: racy
  std::counting_semaphore<8> gate_{@CLIENTS@};
//@ end
  long wire_ = 0;
//@ slot opened
//@ is bare_increment
  int opened_ = 0;
//@ is held_increment
  int opened_ = 0;
//@ is atomic_increment
  std::atomic<int> opened_{0};
//@ end
};

static void client(ConnectionPool &pool, int id) {
  for (int call = 0; call < @CALLS@; ++call) {
    auto connection = pool.borrow();
    pool.open();
    if (call % 2 == 0)
      std::this_thread::yield();
    pool.send(*connection, 10 + call % 3);
    pool.record(id, call);
    if (call % 3 == 0)
      std::this_thread::yield();
    pool.giveBack(std::move(connection));
  }
}

int main() {
  auto pool = std::make_unique<ConnectionPool>(2);
  std::vector<std::thread> clients;
  for (int c = 0; c < @CLIENTS@; ++c)
    clients.emplace_back(client, std::ref(*pool), c);
  for (auto &c : clients)
    c.join();
  std::printf("wire %d opened %d logged %d\n", pool->wire() > 0, pool->opened() > 0,
              pool->logged() > 0);
}
