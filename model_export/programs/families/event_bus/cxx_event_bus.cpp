//@ family: cxx_event_bus
//@ domain: event_bus
//@ problem: Publishers deliver events to handlers while other handlers are still being subscribed.
//@ param NT: 2 | 3
//@ param EVENTS: 250 | 400
//@ param LATE: 200 | 256
#include <atomic>
#include <cstdio>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

using Handler = std::function<void(int)>;

class EventBus {
public:
  EventBus() { handlers_.reserve(512); }

  void subscribe(Handler h) {
    std::lock_guard lock(mutex_);
    handlers_.push_back(std::move(h));
  }

  void publish(int event) {
//@ slot deliver on handlers_
//@ is counted_in_lock: unprotected
    std::size_t n;
    Handler first;
    {
      std::lock_guard lock(mutex_);
      n = handlers_.size();
      first = handlers_.front();
    }
    first(event + static_cast<int>(n % 2));
//@ is all_in_lock: unprotected
    std::lock_guard lock(mutex_);
    handlers_.front()(event);
    handlers_.back()(event);
//@ is after_block: racy
    bool any;
    {
      std::lock_guard lock(mutex_);
      any = !handlers_.empty();
    }
    if (any)
      handlers_.back()(event);
//@ is last_entry: racy
    std::unique_lock lock(mutex_);
    auto &chosen = handlers_;
    lock.unlock();
    for (std::size_t k = chosen.size(); k-- > 0 && k + 2 > chosen.size();)
      chosen[k](event);
//@ end
//@ slot sent on published_
//@ is atomic_count: conflicting
    published_.fetch_add(1);
//@ is plain_count: racy
    ++published_;
//@ is load_store: conflicting
    published_.store(published_.load() + 1);
//@ is volatile_count: racy
    published_ = published_ + 1;
//@ end
  }

  long published() const { return published_; }
  std::size_t handlers() const { return handlers_.size(); }

private:
  std::mutex mutex_;
  std::vector<Handler> handlers_;
//@ slot sent
//@ is atomic_count
  std::atomic<long> published_{0};
//@ is load_store
  std::atomic<long> published_{0};
//@ is plain_count
  long published_ = 0;
//@ is volatile_count
  volatile long published_ = 0;
//@ end
};

static void wire_late(EventBus &bus, std::atomic<long> &heard) {
  for (int i = 0; i < @LATE@; ++i) {
    bus.subscribe([&heard](int e) { heard.fetch_add(e & 3, std::memory_order_relaxed); });
    if (i % 4 == 0)
      std::this_thread::yield();
  }
}

int main() {
  EventBus bus;
  std::atomic<long> heard{0};
  bus.subscribe([&](int e) { heard += e & 1; });

//@ slot balance on budget
//@ is own_slot: same-location
  std::vector<int> budget(@NT@, 0);
//@ is one_cell: racy
  std::vector<int> budget(1, 0);
//@ is modulo: racy
  std::vector<int> budget(2, 0);
//@ end
  std::vector<std::thread> publishers;
  for (int t = 0; t < @NT@; ++t)
    publishers.emplace_back([&, t] {
      for (int e = 0; e < @EVENTS@; ++e) {
        bus.publish(e + t);
//@ slot balance
//@ is own_slot
        budget[t] += e % 5;
//@ is one_cell
        budget[0] += e % 5;
//@ is modulo
        budget[e % 2] += e % 5;
//@ end
        if (e % 8 == 0)
          std::this_thread::yield();
      }
    });
  std::thread wiring(wire_late, std::ref(bus), std::ref(heard));
  for (auto &p : publishers)
    p.join();
  wiring.join();
  int spent = 0;
  for (int b : budget)
    spent += b;
  std::printf("%d %zu spent %d heard %d\n", bus.published() > 0, bus.handlers(), spent > 0,
              heard.load() >= 0);
}
