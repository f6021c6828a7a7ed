//@ family: cm_undo_stack
//@ domain: editing
//@ problem: Painters share canvases with an undo and a redo stack; layers move from one canvas to another.
//@ param PAINTERS: 3 | 4
//@ param STROKES: 200 | 300
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

struct Command {
  int tool = 0;
  int amount = 0;
};

class Canvas {
public:
  Canvas() {
    m_done.reserve(8192);
    m_undone.reserve(8192);
  }

  void apply(Command c) {
    std::unique_lock<std::mutex> lock(m_mutex);
    m_done.push_back(c);
    m_undone.clear();
//@ slot ink on m_ink
//@ is still_held: unprotected
    m_ink += c.amount;
    lock.unlock();
    repaint();
//@ is let_go: racy
    lock.unlock();
    m_ink += c.amount;
    repaint();
//@ is taken_again: unprotected
    lock.unlock();
    repaint();
    lock.lock();
    m_ink += c.amount;
//@ is released_object: racy
    std::mutex *handle = lock.release();
    handle->unlock();
    m_ink += c.amount;
    repaint();
//@ end
  }

  bool undo() {
    std::lock_guard<std::mutex> lock(m_mutex);
    if (m_done.empty())
      return false;
    m_undone.push_back(m_done.back());
    m_done.pop_back();
    return true;
  }

//@ slot depth on m_done
//@ is locked_depth: unprotected
  std::size_t depth() const {
    std::lock_guard<std::mutex> lock(m_mutex);
    return m_done.size();
  }
//@ is open_depth: racy
  std::size_t depth() const { return m_done.size(); }
//@ is braces_depth: racy
  std::size_t depth() const {
    { std::lock_guard<std::mutex> lock(m_mutex); }
    return m_done.size();
  }
//@ is capacity_only: unprotected
  std::size_t depth() const {
    std::lock_guard<std::mutex> lock(m_mutex);
    const std::vector<Command> &all = m_done;
    return all.size();
  }
//@ end

  static void moveLayers(Canvas &from, Canvas &to, int n) {
    if (&from == &to)
      return;
//@ slot layers on m_layers
//@ is pair: unprotected
    std::scoped_lock lock(from.m_mutex, to.m_mutex);
    from.m_layers -= n;
    to.m_layers += n;
//@ is giver: racy
    std::scoped_lock lock(from.m_mutex);
    from.m_layers -= n;
    to.m_layers += n;
//@ is in_turn: unprotected
    {
      std::scoped_lock lock(to.m_mutex);
      to.m_layers += n;
    }
    std::scoped_lock lock(from.m_mutex);
    from.m_layers -= n;
//@ end
  }

  int layers() const { return m_layers; }
  long ink() const { return m_ink; }

private:
  void repaint() { m_frames.fetch_add(1, std::memory_order_relaxed); }

  mutable std::mutex m_mutex;
  std::vector<Command> m_done;
  std::vector<Command> m_undone;
  std::atomic<int> m_frames{0};
  long m_ink = 0;
  int m_layers = 8;
};

class Studio {
public:
  void open(int count) {
    for (int i = 0; i < count; ++i)
      m_canvases.push_back(std::make_unique<Canvas>());
  }
  Canvas &canvas(int i) { return *m_canvases[i % m_canvases.size()]; }

private:
  std::vector<std::unique_ptr<Canvas>> m_canvases;
};

static void paint(Studio *studio, int id, std::size_t *deepest) {
  for (int s = 0; s < @STROKES@; ++s) {
    Canvas &canvas = studio->canvas(s / 8 + id % 2);
    canvas.apply({id, s % 9});
    if (s % 5 == 0)
      canvas.undo();
    if (s % 3 == 0)
      std::this_thread::yield();
    const std::size_t now = canvas.depth();
    *deepest = now > *deepest ? now : *deepest;
    Canvas::moveLayers(canvas, studio->canvas(s + id), 1);
  }
}

int main() {
  Studio studio;
  studio.open(2);
  std::vector<std::size_t> deepest(@PAINTERS@, 0);
  std::vector<std::thread> painters;
  for (int p = 0; p < @PAINTERS@; ++p)
    painters.emplace_back(paint, &studio, p, &deepest[p]);
  for (auto &p : painters)
    p.join();
  std::printf("layers %d ink %d depth %d\n", studio.canvas(0).layers() + studio.canvas(1).layers() > 0,
              studio.canvas(0).ink() >= 0, deepest[0] > 0);
}
