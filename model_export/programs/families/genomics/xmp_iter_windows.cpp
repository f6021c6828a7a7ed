//@ family: xmp_iter_windows
//@ domain: genomics
//@ problem: Score sequence windows through iterators and references in parallel loops.
//@ param NT: 3 | 4
//@ param LENGTH: 3000 | 5000
//@ param SCORE: int | long
#include <cstdio>
#include <numeric>
#include <vector>

using Score = @SCORE@;
using Scores = std::vector<Score>;

static std::vector<char> sequence(int n) {
  std::vector<char> s(n);
  unsigned state = 11;
  for (auto &c : s) {
    state = state * 22695477u + 1u;
    c = "ACGT"[(state >> 20) & 3];
  }
  return s;
}

static void smooth(Scores &s) {
//@ slot smooth on s
//@ is in_place: racy
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (auto it = s.begin() + 1; it < s.end(); ++it)
    *it = (*it + *(it - 1)) / 2;
//@ is own: same-location
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (auto it = s.begin(); it < s.end(); ++it)
    *it = (*it + 3) / 2;
//@ is to_copy: same-location
  const Scores before(s);
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (auto it = s.begin() + 1; it < s.end(); ++it)
    *it = (*it + before[it - s.begin() - 1]) / 2;
//@ is alias: racy
  const Scores &before = s;
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (auto it = s.begin() + 1; it < s.end(); ++it)
    *it = (*it + before[it - s.begin() - 1]) / 2;
//@ is stride_two: same-location
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (auto it = s.begin() + 1; it < s.end(); it += 2)
    *it = (*it + *(it - 1)) / 2;
//@ end
}

static Score best_of(const Scores &s) {
  Score best = 0;
//@ slot best on best
//@ is reduce: unprotected
#pragma omp parallel for num_threads(@NT@) reduction(max : best)
  for (auto it = s.cbegin(); it < s.cend(); ++it)
    if (*it > best)
      best = *it;
//@ is alias: racy
  Score &top = best;
#pragma omp parallel for num_threads(@NT@)
  for (auto it = s.cbegin(); it < s.cend(); ++it)
    if (*it > top)
      top = *it;
//@ is private_alias: racy
  Score *const top = &best;
#pragma omp parallel for num_threads(@NT@) firstprivate(top)
  for (auto it = s.cbegin(); it < s.cend(); ++it)
    if (*it > *top)
      *top = *it;
//@ is algorithm: concurrent
  for (Score v : s)
    best = v > best ? v : best;
//@ is part_then_critical: unprotected
#pragma omp parallel num_threads(@NT@)
  {
    Score part = 0;
#pragma omp for nowait
    for (auto it = s.cbegin(); it < s.cend(); ++it)
      part = *it > part ? *it : part;
#pragma omp critical
    best = part > best ? part : best;
  }
//@ end
  return best;
}

static int count_base(const std::vector<char> &seq, char base) {
  int found = 0;
//@ slot found on found
//@ is range_reduce: unprotected
#pragma omp parallel for num_threads(@NT@) reduction(+ : found)
  for (char c : seq)
    found += c == base;
//@ is range_open: racy
#pragma omp parallel for num_threads(@NT@)
  for (char c : seq)
    found += c == base;
//@ is range_atomic: conflicting
#pragma omp parallel for num_threads(@NT@)
  for (char c : seq)
    if (c == base) {
#pragma omp atomic update
      ++found;
    }
//@ end
  return found;
}

int main() {
  const auto seq = sequence(@LENGTH@);
  Scores s(seq.size());
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < static_cast<int>(seq.size()); ++i)
    s[i] = (seq[i] == 'G' || seq[i] == 'C') ? 10 + i % 400 : i % 7;
  smooth(s);
  const Score best = best_of(s);
  const int g = count_base(seq, 'G');
  std::printf("%ld %ld %d\n", static_cast<long>(best),
              static_cast<long>(std::accumulate(s.begin(), s.end(), Score{})), g);
}
