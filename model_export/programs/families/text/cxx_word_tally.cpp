//@ family: cxx_word_tally
//@ domain: text
//@ problem: Chunks of a text are counted by threads that promise their width; words, lengths and rare words are gathered.
//@ param TASKS: 3 | 4
//@ param LINES: 240 | 320
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <future>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

using Tally = std::unordered_map<std::string, int>;

static std::vector<std::string> make_text(int lines) {
  static const char *const words[] = {"oak", "elm", "ash", "fir", "yew", "Birch", "Lime", "maple"};
  std::vector<std::string> text;
  for (int i = 0; i < lines; ++i) {
    std::string line;
    for (int k = 0; k < 4; ++k) {
      line += words[(i * 5 + k * 3 + i / 7) % 8];
      line += ' ';
    }
    text.push_back(line);
  }
  return text;
}

template <typename Visit> static void each_word(const std::string &line, Visit visit) {
  std::string word;
  for (char c : line) {
    if (c == ' ') {
      visit(word);
      word.clear();
    } else {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
}

int main() {
  const std::vector<std::string> text = make_text(@LINES@);
  Tally tally;
  tally.reserve(64);
  std::latch start(@TASKS@);
  std::mutex tally_mutex;
  std::size_t longest = 0;
  std::vector<int> per_task(@TASKS@);
  std::vector<std::future<std::size_t>> parts;
  std::vector<std::jthread> tasks;

  for (int task = 0; task < @TASKS@; ++task) {
    std::promise<std::size_t> result;
    parts.push_back(result.get_future());
    tasks.emplace_back([&, task, result = std::move(result)]() mutable {
      std::size_t widest = 0;
      Tally mine;
      start.arrive_and_wait();
      for (std::size_t i = task; i < text.size(); i += @TASKS@) {
        each_word(text[i], [&](const std::string &word) {
//@ slot count on tally
//@ is merged: unprotected
          ++mine[word];
//@ is each_locked: unprotected
          const std::lock_guard lock(tally_mutex);
          ++tally[word];
//@ is found_then_locked: racy
          if (tally.find(word) != tally.end())
            ++mine["known"];
          const std::lock_guard lock(tally_mutex);
          ++tally[word];
//@ is merge_bare: racy
          ++mine[word];
//@ is reference_out: racy
          int *cell;
          {
            const std::lock_guard lock(tally_mutex);
            cell = &tally[word];
          }
          ++*cell;
//@ end
          if (word.back() == 'e')
            std::this_thread::yield();
        });
//@ slot width on longest
//@ is returned: unordered
        widest = std::max(widest, text[i].size());
//@ is direct: racy
        if (text[i].size() >= longest)
          longest = text[i].size();
        widest = longest;
//@ is get_late: racy
        widest = std::max(widest, text[i].size());
//@ is loop_locked: unprotected
        {
          const std::lock_guard lock(tally_mutex);
          if (text[i].size() > longest)
            longest = text[i].size();
        }
        widest = text[i].size();
//@ end
//@ slot seen on per_task
//@ is own: same-location
        ++per_task[task];
//@ is by_line: racy
        ++per_task[(i >> 2) % @TASKS@];
//@ is strided_line: same-location
        ++per_task[i % @TASKS@];
//@ end
        if (i % 16 < @TASKS@)
          std::this_thread::yield();
      }
//@ slot count
//@ is merged
      const std::lock_guard lock(tally_mutex);
      for (const auto &[word, n] : mine)
        tally[word] += n;
//@ is merge_bare
      if (task == 0)
        tally_mutex.lock();
      for (const auto &[word, n] : mine)
        tally[word] += n;
      if (task == 0)
        tally_mutex.unlock();
//@ end
//@ slot width
//@ is get_late
      longest = widest;
//@ end
      result.set_value(widest);
    });
  }
//@ slot width
//@ is returned
  for (auto &part : parts)
    longest = std::max(longest, part.get());
//@ is direct
  for (auto &part : parts)
    part.wait();
//@ is get_late
  std::size_t sum = longest;
  for (auto &part : parts)
    sum += part.get();
//@ is loop_locked
  for (auto &part : parts)
    part.get();
//@ end
  tasks.clear();
  int words = 0;
  for (const auto &[word, n] : tally)
    words += n;
  int lines = 0;
  for (int n : per_task)
    lines += n;
  std::printf("words %d lines %d longest %d\n", words > 0, lines > 0, longest > 0);
}
