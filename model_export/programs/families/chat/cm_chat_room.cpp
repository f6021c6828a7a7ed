//@ family: cm_chat_room
//@ domain: chat
//@ problem: Members post to a chat room that keeps a transcript, a topic and a greeting count.
//@ param MEMBERS: 3 | 4
//@ param LINES: 150 | 220
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

// A value that is reached only while its mutex is held.
template <typename T> class Guarded {
public:
  template <typename F> auto with(F &&use) {
    std::lock_guard<std::mutex> hold(mutex_);
    return use(value_);
  }
  T &peek() { return value_; }

private:
  std::mutex mutex_;
  T value_{};
};

class ChatRoom {
public:
  explicit ChatRoom(std::size_t room) {
    m_lines.with([room](std::vector<std::string> &v) { v.reserve(room); });
    m_transcript.reserve(room * 32);
  }

  void post(int from, const std::string &text) {
    std::string line = std::to_string(from) + ": " + text;
    {
      std::lock_guard<std::mutex> hold(m_mutex);
//@ slot transcript on m_transcript
//@ is in_block: unprotected
      m_transcript += line;
    }
//@ is past_block: racy
      ++m_posted;
    }
    m_transcript.append(1, line.back());
//@ is second_block: unprotected
      ++m_posted;
    }
    {
      std::lock_guard<std::mutex> hold(m_mutex);
      m_transcript += line;
    }
//@ is second_other: racy
      ++m_posted;
    }
    if (from % 2) {
      std::lock_guard<std::mutex> hold(m_mutex);
      m_transcript.append(1, line.back());
    } else {
      std::lock_guard<std::mutex> hold(m_topicMutex);
      m_transcript.append(1, line.back());
    }
//@ end
    m_lines.with([&line](std::vector<std::string> &v) { v.push_back(std::move(line)); });
  }

  std::size_t lines() {
//@ slot lines on m_lines
//@ is with_size: unprotected
    return m_lines.with([](const std::vector<std::string> &v) { return v.size(); });
//@ is peek_size: racy
    return m_lines.peek().size();
//@ is leaked_reference: racy
    std::vector<std::string> *all = nullptr;
    m_lines.with([&all](std::vector<std::string> &v) { all = &v; });
    return all->size();
//@ is copied: unprotected
    std::size_t n = 0;
    m_lines.with([&n](const std::vector<std::string> &v) { n = v.size(); });
    return n;
//@ end
  }

  void greet() {
//@ slot greetings on m_greetings
//@ is plain: racy
    m_greetings++;
//@ is topic_guard: unprotected
    std::lock_guard<std::mutex> hold(m_topicMutex);
    m_greetings++;
//@ is atomic_count: conflicting
    m_greetings++;
//@ end
  }

  int greetings() const { return m_greetings; }

private:
  std::mutex m_mutex;
  std::mutex m_topicMutex;
  Guarded<std::vector<std::string>> m_lines;
  std::string m_transcript;
  long m_posted = 0;
//@ slot greetings
//@ is plain
  int m_greetings = 0;
//@ is topic_guard
  int m_greetings = 0;
//@ is atomic_count
  std::atomic<int> m_greetings{0};
//@ end
};

static std::size_t member(ChatRoom &room, int id) {
  std::size_t seen = 0;
  for (int i = 0; i < @LINES@; ++i) {
    room.post(id, "line");
    if (i % 2 == 0)
      std::this_thread::yield();
    seen += room.lines();
    if (i % 2)
      std::this_thread::yield();
    room.greet();
  }
  return seen;
}

int main() {
  static ChatRoom room(@MEMBERS@ * @LINES@);
  std::vector<std::thread> members;
  for (int m = 0; m < @MEMBERS@; ++m)
    members.emplace_back(member, std::ref(room), m);
  for (auto &m : members)
    m.join();
  std::printf("lines %zu greetings %d\n", room.lines(), room.greetings() > 0);
}
