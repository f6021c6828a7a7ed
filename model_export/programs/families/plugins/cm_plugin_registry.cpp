//@ family: cm_plugin_registry
//@ domain: plugins
//@ problem: Hosts look plug-ins up in a registry whose catalogue is built at first use.
//@ param HOSTS: 3 | 4
//@ param LOOKUPS: 250 | 350
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

class Plugin {
public:
  explicit Plugin(std::string name) : m_name(std::move(name)) {}
  const std::string &name() const { return m_name; }
  int run(int x) const { return x + static_cast<int>(m_name.size()); }

private:
  std::string m_name;
};

class PluginRegistry {
public:
  static PluginRegistry &instance() {
    static PluginRegistry registry;
    return registry;
  }

  const Plugin &find(int id) {
//@ slot catalogue on m_catalogue
//@ is once: unordered
    std::call_once(m_built, [this] { build(); });
    return *m_catalogue[id % 8];
//@ is mutex_each_time: unprotected
    std::lock_guard<std::mutex> hold(m_mutex);
    if (!m_catalogue)
      build();
    return *m_catalogue[id % 8];
//@ is tested_before: racy
    if (!m_catalogue) {
      std::lock_guard<std::mutex> hold(m_mutex);
      if (!m_catalogue)
        build();
    }
    return *m_catalogue[id % 8];
//@ is acquire_flag: unordered
    if (!m_known.load(std::memory_order_acquire)) {
      std::lock_guard<std::mutex> hold(m_mutex);
      if (!m_catalogue)
        build();
      m_known.store(true, std::memory_order_release);
    }
    return *m_catalogue[id % 8];
//@ is relaxed_flag: racy
    if (!m_known.load(std::memory_order_relaxed)) {
      std::lock_guard<std::mutex> hold(m_mutex);
      if (!m_catalogue)
        build();
      m_known.store(true, std::memory_order_relaxed);
    }
    return *m_catalogue[id % 8];
//@ end
  }

  void listen(std::function<void(int)> callback) {
    std::lock_guard<std::mutex> hold(m_listenersMutex);
    if (m_listeners.size() < 500)
      m_listeners.push_back(std::move(callback));
  }

  std::size_t announce(int id) {
//@ slot listeners on m_listeners
//@ is called_under_lock: unprotected
    std::lock_guard<std::mutex> hold(m_listenersMutex);
    for (auto &call : m_listeners)
      call(id);
    return m_listeners.size();
//@ is iterated_bare: racy
    for (auto &call : m_listeners)
      call(id);
    return 1;
//@ is copy_then_call: unprotected
    std::vector<std::function<void(int)>> now;
    {
      std::lock_guard<std::mutex> hold(m_listenersMutex);
      now = m_listeners;
    }
    for (auto &call : now)
      call(id);
    return now.size();
//@ is reference_then_call: racy
    std::unique_lock<std::mutex> hold(m_listenersMutex);
    auto &now = m_listeners;
    hold.unlock();
    for (std::size_t k = 0; k < now.size(); ++k)
      now[k](id);
    return now.size();
//@ end
  }

  void select(int id) {
//@ slot selected on m_selected
//@ is direct: racy
    m_selected = id;
//@ is locked: unprotected
    std::lock_guard<std::mutex> hold(m_mutex);
    m_selected = id;
//@ is per_thread: same-location
    m_selected = id;
//@ end
  }

  int selected() const { return m_selected; }

private:
  PluginRegistry() { m_listeners.reserve(512); }

  void build() {
    auto fresh = std::make_unique<std::unique_ptr<Plugin>[]>(8);
    for (int i = 0; i < 8; ++i)
      fresh[i] = std::make_unique<Plugin>("plugin" + std::to_string(i));
    m_catalogue = std::move(fresh);
  }

  std::mutex m_mutex;
  std::mutex m_listenersMutex;
//@ slot catalogue
//@ is once
  std::once_flag m_built;
//@ is acquire_flag
  std::atomic<bool> m_known{false};
//@ is relaxed_flag
  std::atomic<bool> m_known{false};
//@ end
  std::unique_ptr<std::unique_ptr<Plugin>[]> m_catalogue;
  std::vector<std::function<void(int)>> m_listeners;
//@ slot selected
//@ is direct
  int m_selected = 0;
//@ is locked
  int m_selected = 0;
//@ is per_thread
  static inline thread_local int m_selected = 0;
//@ end
};

static std::atomic<long> heard{0};
static std::atomic<int> outside{@HOSTS@};

static void host(int id) {
  auto &registry = PluginRegistry::instance();
  outside.fetch_sub(1, std::memory_order_relaxed);
  while (outside.load(std::memory_order_relaxed) > 0)
    std::this_thread::yield();
  long sum = 0;
  for (int i = 0; i < @LOOKUPS@; ++i) {
    sum += registry.find(i + id).run(i);
    if (i % 4 == id % 4)
      registry.listen([](int n) { heard.fetch_add(n & 1, std::memory_order_relaxed); });
    if (i % 3 == 0)
      sum += static_cast<long>(registry.announce(i));
    std::this_thread::yield();
    registry.select(i);
  }
  heard.fetch_add(sum & 3, std::memory_order_relaxed);
}

int main() {
  std::vector<std::thread> hosts;
  for (int h = 0; h < @HOSTS@; ++h)
    hosts.emplace_back(host, h);
  for (auto &h : hosts)
    h.join();
  std::printf("selected %d heard %d\n", PluginRegistry::instance().selected() >= 0,
              heard.load() >= 0);
}
