//@ family: xmp_word_table
//@ domain: text
//@ problem: Count tokens of many documents in a shared table with several threads.
//@ param NT: 3 | 4
//@ param DOCS: 90 | 140
//@ param VOCAB: 40 | 64
#include <cstdio>
#include <map>
#include <unordered_map>
#include <vector>

using Token = int;
using Document = std::vector<Token>;

static std::vector<Document> make_documents() {
  std::vector<Document> docs(@DOCS@);
  unsigned state = 3;
  for (auto &d : docs)
    for (int i = 0; i < 60; ++i) {
      state = state * 1103515245u + 12345u;
      d.push_back(static_cast<Token>((state >> 16) % @VOCAB@));
    }
  return docs;
}

int main() {
  const auto docs = make_documents();
  const int n = static_cast<int>(docs.size());

  std::unordered_map<Token, long> table;
  for (Token t = 0; t < @VOCAB@; ++t)
    table.emplace(t, 0);
//@ slot table on table
//@ is bare: racy
#pragma omp parallel for num_threads(@NT@)
  for (int d = 0; d < n; ++d)
    for (Token t : docs[d])
      ++table[t];
//@ is critical: unprotected
#pragma omp parallel for num_threads(@NT@)
  for (int d = 0; d < n; ++d)
    for (Token t : docs[d]) {
#pragma omp critical
      ++table[t];
    }
//@ is local_tables: unprotected
#pragma omp parallel num_threads(@NT@)
  {
    std::unordered_map<Token, long> mine;
#pragma omp for nowait
    for (int d = 0; d < n; ++d)
      for (Token t : docs[d])
        ++mine[t];
#pragma omp critical
    for (const auto &[t, k] : mine)
      table[t] += k;
  }
//@ is local_tables_open: racy
#pragma omp parallel num_threads(@NT@)
  {
    std::unordered_map<Token, long> mine;
#pragma omp for nowait
    for (int d = 0; d < n; ++d)
      for (Token t : docs[d])
        ++mine[t];
    for (const auto &[t, k] : mine)
      table[t] += k;
  }
//@ is find_atomic: conflicting
#pragma omp parallel for num_threads(@NT@)
  for (int d = 0; d < n; ++d)
    for (Token t : docs[d]) {
      long &slot = table.find(t)->second;
#pragma omp atomic
      slot++;
    }
//@ end

  std::map<Token, int> first_seen;
  std::size_t known = 0;
//@ slot first on first_seen
//@ is locked: unprotected
#pragma omp parallel for num_threads(@NT@)
  for (int d = 0; d < n; ++d) {
#pragma omp critical(first)
    first_seen.emplace(d * @VOCAB@ + docs[d].front(), d);
  }
//@ is count_outside: racy
#pragma omp parallel for num_threads(@NT@)
  for (int d = 0; d < n; ++d)
    if (first_seen.size() < 1000) {
#pragma omp critical(first)
      first_seen.emplace(d * @VOCAB@ + docs[d].front(), d);
    }
//@ is serial: concurrent
  for (int d = 0; d < n; ++d)
    first_seen.emplace(d * @VOCAB@ + docs[d].front(), d);
//@ is one_thread: concurrent
#pragma omp parallel num_threads(@NT@)
  {
#pragma omp single
    for (int d = 0; d < n; ++d)
      first_seen.emplace(d * @VOCAB@ + docs[d].front(), d);
  }
//@ is size_after: racy
#pragma omp parallel num_threads(@NT@)
  {
#pragma omp for nowait
    for (int d = 0; d < n; ++d) {
#pragma omp critical(first)
      first_seen.emplace(d * @VOCAB@ + docs[d].front(), d);
    }
    const std::size_t seen = first_seen.size();
#pragma omp atomic
    known += seen;
  }
//@ is size_after_barrier: unprotected
#pragma omp parallel num_threads(@NT@)
  {
#pragma omp for
    for (int d = 0; d < n; ++d) {
#pragma omp critical(first)
      first_seen.emplace(d * @VOCAB@ + docs[d].front(), d);
    }
    const std::size_t seen = first_seen.size();
#pragma omp atomic
    known += seen;
  }
//@ end

  std::size_t tokens = 0;
//@ slot tokens on tokens
//@ is reduced: unprotected
#pragma omp parallel for num_threads(@NT@) reduction(+ : tokens)
  for (const Document &d : docs)
    tokens += d.size();
//@ is open: racy
#pragma omp parallel for num_threads(@NT@)
  for (const Document &d : docs)
    tokens += d.size();
//@ end
  long fold = 0;
  for (const auto &[t, k] : table)
    fold += t * k;
  for (const auto &[t, d] : first_seen)
    fold += t + d;
  std::printf("%ld %zu %d\n", fold, tokens, known > 0);
}
