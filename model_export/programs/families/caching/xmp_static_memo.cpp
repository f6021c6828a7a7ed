//@ family: xmp_static_memo
//@ domain: caching
//@ problem: Helper functions with static locals that remember earlier answers, called in a loop.
//@ param NT: 3 | 4
//@ param QUERIES: 2000 | 3000
//@ param KEYS: 64 | 128
#include <atomic>
#include <cstdio>
#include <numeric>
#include <vector>

static int collatz(int k) {
  int steps = 0;
  for (long v = k + 1; v != 1; ++steps)
    v = v % 2 ? 3 * v + 1 : v / 2;
  return steps;
}

static int lookup(int key) {
//@ slot memo on memo
//@ is bare: racy
  static int memo[@KEYS@];
  if (memo[key] == 0)
    memo[key] = collatz(key) + 1;
  return memo[key] - 1;
//@ is per_thread: same-location
  static thread_local int memo[@KEYS@];
  if (memo[key] == 0)
    memo[key] = collatz(key) + 1;
  return memo[key] - 1;
//@ is filled_at_start: conflicting
  static const std::vector<int> memo = [] {
    std::vector<int> all(@KEYS@);
    for (int k = 0; k < @KEYS@; ++k)
      all[k] = collatz(k) + 1;
    return all;
  }();
  return memo[key] - 1;
//@ is critical: unprotected
  static int memo[@KEYS@];
  int value;
#pragma omp critical(memo)
  {
    if (memo[key] == 0)
      memo[key] = collatz(key) + 1;
    value = memo[key];
  }
  return value - 1;
//@ is double_look: racy
  static int memo[@KEYS@];
  if (memo[key] == 0) {
#pragma omp critical(memo)
    if (memo[key] == 0)
      memo[key] = collatz(key) + 1;
  }
  return memo[key] - 1;
//@ is atomics: conflicting
  static std::atomic<int> memo[@KEYS@];
  int value = memo[key].load(std::memory_order_relaxed);
  if (value == 0) {
    value = collatz(key) + 1;
    memo[key].store(value, std::memory_order_relaxed);
  }
  return value - 1;
//@ end
}

static int next_ticket() {
//@ slot ticket on ticket
//@ is plain: racy
  static int ticket = 0;
  return ++ticket;
//@ is atomic: conflicting
  static std::atomic<int> ticket{0};
  return ++ticket;
//@ is thread_local_ticket: same-location
  thread_local int ticket = 0;
  return ++ticket;
//@ is captured: conflicting
  static int ticket = 0;
  int mine;
#pragma omp atomic capture
  mine = ++ticket;
  return mine;
//@ is read_after: racy
  static int ticket = 0;
#pragma omp atomic
  ++ticket;
  return ticket;
//@ end
}

[[gnu::noinline]] static const char *label(int code) {
//@ slot label on text
//@ is shared_buffer: racy
  static char text[8];
  text[0] = static_cast<char>('a' + code % 26);
  text[1] = '\0';
  return text;
//@ is own_buffer: same-location
  thread_local char text[8];
  text[0] = static_cast<char>('a' + code % 26);
  text[1] = '\0';
  return text;
//@ is table: conflicting
  static const char *const text[] = {"a", "b", "c", "d"};
  return text[code % 4];
//@ end
}

int main() {
  std::vector<int> answer(@QUERIES@);
  std::vector<char> tag(@QUERIES@);
  long served = 0;
#pragma omp parallel num_threads(@NT@)
  {
#pragma omp for schedule(static)
    for (int q = 0; q < @QUERIES@; ++q)
      answer[q] = lookup((q * 7) % @KEYS@);
#pragma omp for schedule(static) reduction(+ : served)
    for (int q = 0; q < @QUERIES@; ++q)
      served += next_ticket() > 0;
#pragma omp for schedule(static)
    for (int q = 0; q < @QUERIES@; ++q)
      tag[q] = *label(q);
  }
  std::printf("%ld %d %d\n", served, std::accumulate(answer.begin(), answer.end(), 0),
              std::accumulate(tag.begin(), tag.end(), 0));
}
