//@ family: cm_asset_loader
//@ domain: assets
//@ problem: A loader decodes textures in asynchronous calls and keeps them by name.
//@ param WORKERS: 3 | 4
//@ param ITEMS: 150 | 250
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct Texture {
  std::string name;
  std::vector<unsigned char> pixels;
};

class AssetLoader {
public:
  explicit AssetLoader(int workers) : workers_(workers), times_(workers, 0) {}

  long loadAll() {
    std::vector<std::future<long>> parts;
    long total = 0;
    for (int w = 0; w < workers_; ++w) {
//@ slot capture on total
//@ is returned: same-location
      parts.push_back(std::async(std::launch::async, [this, w] { return loadPart(w); }));
//@ is added_inside: racy
      parts.push_back(std::async(std::launch::async, [this, w, &total] {
        const long bytes = loadPart(w);
        for (long k = 0; k < 200; ++k)
          total += bytes > k;
        return bytes;
      }));
//@ is own_copy: same-location
      parts.push_back(std::async(std::launch::async, [this, w, total]() mutable {
        const long bytes = loadPart(w);
        for (long k = 0; k < 200; ++k)
          total += bytes > k;
        return bytes;
      }));
//@ is under_lock: unprotected
      parts.push_back(std::async(std::launch::async, [this, w, &total] {
        const long bytes = loadPart(w);
        std::lock_guard<std::mutex> lock(mutex_);
        total += bytes;
        return bytes;
      }));
//@ end
    }
    for (auto &p : parts) {
      const long bytes = p.get();
//@ slot capture
//@ is returned
      total += bytes;
//@ is added_inside
      (void)bytes;
//@ is own_copy
      total += bytes;
//@ is under_lock
      (void)bytes;
//@ end
    }
    return total;
  }

  std::size_t count() const { return textures_.size(); }
  int failures() const { return failures_; }

private:
  long loadPart(int worker) {
    long bytes = 0;
    arrived_.fetch_add(1, std::memory_order_relaxed);
    while (arrived_.load(std::memory_order_relaxed) < workers_)
      std::this_thread::yield();
    for (int i = 0; i < @ITEMS@; ++i) {
      Texture t = decode(worker * 1000 + i);
      bytes += static_cast<long>(t.pixels.size());
      store(std::move(t));
      if (i % 2 == 1)
//@ slot failures on failures_
//@ is plain: racy
        ++failures_;
//@ is atomic_add: conflicting
        failures_.fetch_add(1, std::memory_order_relaxed);
//@ is split_update: racy
      {
        int now;
        {
          std::lock_guard<std::mutex> lock(mutex_);
          now = failures_;
        }
        failures_ = now + 1;
      }
//@ is whole_update: unprotected
      {
        std::lock_guard<std::mutex> lock(mutex_);
        const int now = failures_;
        failures_ = now + 1;
      }
//@ end
      if (++times_[worker] % 4 < 2)
        std::this_thread::yield();
    }
    return bytes;
  }

  static Texture decode(int id) {
    Texture t{"tex" + std::to_string(id), {}};
    t.pixels.assign(8 + id % 8, static_cast<unsigned char>(id));
    return t;
  }

  void store(Texture t) {
//@ slot bytes on cached_
//@ is after_scope: racy
    const std::size_t n = t.pixels.size();
    {
      std::lock_guard<std::mutex> lock(mutex_);
      textures_.emplace(t.name, std::move(t.pixels));
    }
    cached_ += n;
//@ is in_scope: unprotected
    std::lock_guard<std::mutex> lock(mutex_);
    cached_ += t.pixels.size();
    textures_.emplace(t.name, std::move(t.pixels));
//@ is atomic_after: conflicting
    const std::size_t n = t.pixels.size();
    {
      std::lock_guard<std::mutex> lock(mutex_);
      textures_.emplace(t.name, std::move(t.pixels));
    }
    cached_.fetch_add(n, std::memory_order_relaxed);
//@ end
  }

  const int workers_;
  std::atomic<int> arrived_{0};
  std::mutex mutex_;
  std::map<std::string, std::vector<unsigned char>> textures_;
  std::vector<int> times_;
//@ slot bytes
//@ is after_scope
  std::size_t cached_ = 0;
//@ is in_scope
  std::size_t cached_ = 0;
//@ is atomic_after
  std::atomic<std::size_t> cached_{0};
//@ end
//@ slot failures
//@ is plain
  int failures_ = 0;
//@ is split_update
  int failures_ = 0;
//@ is whole_update
  int failures_ = 0;
//@ is atomic_add
  std::atomic<int> failures_{0};
//@ end
};

static AssetLoader loader(@WORKERS@);

int main() {
  const long total = loader.loadAll();
  std::printf("assets %zu bytes %d failures %d\n", loader.count(), total > 0,
              loader.failures() > 0);
}
