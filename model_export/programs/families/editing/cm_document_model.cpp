//@ family: cm_document_model
//@ domain: editing
//@ problem: A text document with several authors keeps a revision, a dirty mark and bookmarks.
//@ param AUTHORS: 3 | 4
//@ param EDITS: 200 | 300
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

class Document {
public:
  explicit Document(std::size_t room) { m_marks.reserve(room); }

  void insert(char c) {
//@ slot dirty on m_dirty
//@ is first_line: racy
    m_dirty = true;
//@ end
    std::lock_guard<std::mutex> guard(m_mutex);
    m_text.push_back(c);
//@ slot dirty
//@ is under_guard: unprotected
    m_dirty = true;
//@ is atomic_mark: conflicting
    m_dirty.store(true, std::memory_order_release);
//@ is first_line
//@ end
    ++m_revision;
  }

  void addMark(int line) {
    std::lock_guard<std::mutex> guard(m_marksMutex);
    m_marks.push_back(line);
  }

//@ slot revision on m_revision
//@ is guarded_getter: unprotected
  long revision() const {
    std::lock_guard<std::mutex> guard(m_mutex);
    return m_revision;
  }
//@ is short_getter: racy
  long revision() const { return m_revision; }
//@ is atomic_getter: conflicting
  long revision() const { return m_revision.load(std::memory_order_relaxed); }
//@ is marks_getter: racy
  long revision() const {
    std::lock_guard<std::mutex> guard(m_marksMutex);
    return m_revision;
  }
//@ end

//@ slot marks on m_marks
//@ is by_value: unprotected
  std::vector<int> marks() const {
    std::lock_guard<std::mutex> guard(m_marksMutex);
    return m_marks;
  }
//@ is by_reference: racy
  const std::vector<int> &marks() const {
    std::lock_guard<std::mutex> guard(m_marksMutex);
    return m_marks;
  }
//@ is bare_value: racy
  std::vector<int> marks() const { return m_marks; }
//@ is tail_only: unprotected
  std::vector<int> marks() const {
    std::lock_guard<std::mutex> guard(m_marksMutex);
    if (m_marks.empty())
      return {};
    return {m_marks.back()};
  }
//@ end

  bool dirty() const {
//@ slot dirty
//@ is under_guard
    std::lock_guard<std::mutex> guard(m_mutex);
    return m_dirty;
//@ is first_line
    std::lock_guard<std::mutex> guard(m_mutex);
    return m_dirty;
//@ is atomic_mark
    return m_dirty.load(std::memory_order_acquire);
//@ end
  }

private:
  mutable std::mutex m_mutex;
  mutable std::mutex m_marksMutex;
  std::string m_text;
//@ slot revision
//@ is guarded_getter
  long m_revision = 0;
//@ is short_getter
  long m_revision = 0;
//@ is marks_getter
  long m_revision = 0;
//@ is atomic_getter
  std::atomic<long> m_revision{0};
//@ end
//@ slot dirty
//@ is under_guard
  bool m_dirty = false;
//@ is first_line
  bool m_dirty = false;
//@ is atomic_mark
  std::atomic<bool> m_dirty{false};
//@ end
  std::vector<int> m_marks;
};

static Document letter(@AUTHORS@ * @EDITS@);

static long author(std::latch &start, int id) {
  long seen = 0;
  start.arrive_and_wait();
  for (int i = 0; i < @EDITS@; ++i) {
    letter.insert(static_cast<char>('a' + (i + id) % 26));
    if (i % 3 == id % 3)
      letter.addMark(i);
    if (i % 4 == 0)
      std::this_thread::yield();
    seen += letter.revision() > 0;
    if (i % 16 == 0)
      for (int line : letter.marks())
        seen += line & 1;
    seen += letter.dirty();
  }
  return seen;
}

int main() {
  std::latch start(@AUTHORS@);
  std::vector<long> seen(@AUTHORS@, 0);
  std::vector<std::thread> team;
  for (int a = 0; a < @AUTHORS@; ++a)
    team.emplace_back([&seen, &start, a] { seen[a] = author(start, a); });
  long total = 0;
  for (auto &t : team)
    t.join();
  for (long s : seen)
    total += s;
  std::printf("revision %ld %d\n", letter.revision(), total > 0);
}
