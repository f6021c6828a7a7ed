//@ family: xmp_string_journal
//@ domain: logging
//@ problem: Build a journal text and its size from entries formatted by several threads.
//@ param NT: 3 | 4
//@ param ENTRIES: 400 | 600
//@ param WIDTH: 6 | 9
#include <cstdio>
#include <string>
#include <vector>

namespace journal {

std::string format(int i) {
  std::string s(@WIDTH@, '.');
  s[i % @WIDTH@] = static_cast<char>('a' + i % 26);
  return s;
}

struct Book {
  std::u16string marks;
  std::vector<std::string> lines;
  std::size_t bytes = 0;
  int warnings = 0;
};

void fill_marks(Book &book) {
  book.marks.reserve(4 * @ENTRIES@);
//@ slot marks on marks
//@ is append_critical: unprotected
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @ENTRIES@; ++i) {
    const char16_t c = static_cast<char16_t>(u'a' + i % 26);
#pragma omp critical(marks)
    book.marks += c;
  }
//@ is append: racy
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @ENTRIES@; ++i) {
    const char16_t c = static_cast<char16_t>(u'a' + i % 26);
    book.marks += c;
  }
//@ is size_peek: racy
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @ENTRIES@; ++i) {
    const char16_t c = static_cast<char16_t>(u'a' + i % 26);
    if (book.marks.size() < 3 * @ENTRIES@) {
#pragma omp critical(marks)
      book.marks += c;
    }
  }
//@ is indexed: same-location
  book.marks.resize(@ENTRIES@);
  char16_t *cells = book.marks.data();
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @ENTRIES@; ++i)
    cells[i] = static_cast<char16_t>(u'a' + i % 26);
//@ is ordered: unordered
#pragma omp parallel for ordered num_threads(@NT@)
  for (int i = 0; i < @ENTRIES@; ++i) {
    const char16_t c = static_cast<char16_t>(u'a' + i % 26);
#pragma omp ordered
    book.marks += c;
  }
//@ end
}

void fill_lines(Book &book) {
//@ slot lines on lines
//@ is resized: same-location
  book.lines.resize(@ENTRIES@);
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @ENTRIES@; ++i)
    book.lines[i] = format(i);
//@ is pushed: racy
  book.lines.reserve(2 * @ENTRIES@);
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @ENTRIES@; ++i)
    book.lines.push_back(format(i));
//@ is pushed_critical: unprotected
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @ENTRIES@; ++i) {
    auto line = format(i);
#pragma omp critical(lines)
    book.lines.push_back(std::move(line));
  }
//@ is emplaced_single: concurrent
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  for (int i = 0; i < @ENTRIES@; ++i)
    book.lines.emplace_back(format(i));
//@ is reference: racy
  book.lines.reserve(2 * @ENTRIES@);
  auto &out = book.lines;
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < @ENTRIES@; ++i)
    out.push_back(format(i));
//@ end
}

void measure(Book &book) {
//@ slot bytes on bytes
//@ is via_local: unprotected
  std::size_t total = 0;
#pragma omp parallel for num_threads(@NT@) reduction(+ : total)
  for (const std::string &line : book.lines)
    total += line.size();
  book.bytes = total;
//@ is via_member: racy
#pragma omp parallel for num_threads(@NT@)
  for (const std::string &line : book.lines)
    book.bytes += line.size();
//@ is via_reference: racy
  std::size_t &total = book.bytes;
#pragma omp parallel for num_threads(@NT@)
  for (const std::string &line : book.lines)
    total += line.size();
//@ is atomic_member: conflicting
#pragma omp parallel for num_threads(@NT@)
  for (const std::string &line : book.lines) {
#pragma omp atomic
    book.bytes += line.size();
  }
//@ end
}

} // namespace journal

int main() {
  journal::Book book;
  journal::fill_marks(book);
  journal::fill_lines(book);
  journal::measure(book);
  unsigned sum = 0;
  for (auto c : book.marks)
    sum += c;
  std::printf("%u %zu %d\n", sum, book.bytes, book.warnings);
}
