"""What the project's own headers declare is known where a file is read; beside each, a twin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from reviewbot.code.analyse import analyse
from reviewbot.records import AccessPair, Analysis

POOL = """
#pragma once
#include <mutex>
class Pool {
 public:
  void add(int n);
  int peek();
  int size() const { std::lock_guard<std::mutex> held(guard); return total; }
  int rough() const { return total; }
 private:
  mutable std::mutex guard;
  int total = 0;
};
"""
ADD = """#include "pool.h"
void Pool::add(int n) {
  std::lock_guard<std::mutex> held(guard);
  total += n;
}
"""
PEEK = "int Pool::peek() { return total; }\n"


class Project:
    """The files of a project, which remembers what it was asked for."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self.files = {k: v.encode() if isinstance(v, str) else v for k, v in files.items()}
        self.asked: list[str] = []

    def __call__(self, paths: Sequence[str]) -> dict[str, bytes | None]:
        self.asked += paths
        return {path: self.files.get(path) for path in paths}


def read(source: str, headers: Mapping[str, str | bytes], path: str = "src/a.cpp") -> Analysis:
    """The analysis of a file of a project with these headers."""
    return analyse(path, source.encode(), Project(headers))


def tokens(pair: AccessPair) -> set[str]:
    return {f"{slot}={value}" for slot, value in pair.relations}


def pairs(
    source: str, headers: Mapping[str, str | bytes], name: str, path: str = "src/a.cpp"
) -> list[AccessPair]:
    """Every pair of the object of that name."""
    return [p for s in read(source, headers, path).slices if s.object == name for p in s.pairs]


def finds(source: str, headers: Mapping[str, str | bytes], name: str, wanted: str) -> AccessPair:
    """The first pair of the object that has all these tokens; there must be one."""
    found = pairs(source, headers, name, "src/a.c" if "struct" in source else "src/a.cpp")
    fitting = [pair for pair in found if set(wanted.split()) <= tokens(pair)]
    assert fitting, f"none of {[sorted(tokens(pair)) for pair in found]} of {name} has {wanted}"
    return fitting[0]


def none(source: str, headers: Mapping[str, str | bytes], name: str, unwanted: str) -> None:
    """The object has pairs, but none with all these tokens."""
    found = pairs(source, headers, name, "src/a.c" if "struct" in source else "src/a.cpp")
    assert found
    assert not [pair for pair in found if set(unwanted.split()) <= tokens(pair)]


class TestClasses:
    def test_a_bare_read_of_a_field_that_the_header_declares(self) -> None:
        pair = finds(ADD + PEEK, {"src/pool.h": POOL}, "this->total", "common=one-sided")
        assert {pair.first.line, pair.second.line} == {4, 6}

    def test_without_the_header_what_methods_alone_name_is_taken_for_a_field(self) -> None:
        finds(ADD + PEEK, {}, "this->total", "common=one-sided")
        assert pairs(ADD + PEEK + "void reset() { total = 0; }\n", {}, "this->total") == []

    def test_a_read_under_the_lock_is_silent(self) -> None:
        locked = PEEK.replace("return", "std::lock_guard<std::mutex> held(guard); return")
        none(ADD + locked, {"src/pool.h": POOL}, "this->total", "common=one-sided")

    def test_an_atomic_member_is_not_told_as_plain(self) -> None:
        bump = "void Pool::add(int n) { total += n; }\nint Pool::peek() { return total; }\n"
        source = '#include "pool.h"\n#include <thread>\n' + bump
        atomic = POOL.replace("int total = 0", "std::atomic<int> total{0}")
        assert finds(source, {"src/pool.h": atomic}, "this->total", "modeA=update").first.atomic
        none(source, {"src/pool.h": atomic}, "this->total", "atomicA=-")
        finds(source, {"src/pool.h": POOL}, "this->total", "modeA=update atomicA=-")

    @pytest.mark.parametrize(
        "alias", ["typedef std::atomic<int> tally_t;", "using tally_t = std::atomic<int>;"]
    )
    def test_an_alias_of_an_atomic_in_another_header(self, alias: str) -> None:
        pool = POOL.replace("int total = 0", "tally_t total{0}")
        pool = pool.replace("#include <mutex>", '#include <mutex>\n#include "tally.h"')
        headers = {"src/pool.h": pool, "src/tally.h": alias}
        assert finds(ADD + PEEK, headers, "this->total", "common=one-sided").second.atomic
        plain = {**headers, "src/tally.h": "typedef int tally_t;"}
        assert not finds(ADD + PEEK, plain, "this->total", "common=one-sided").second.atomic

    def test_a_field_of_a_base_class(self) -> None:
        derived = '#include "pool.h"\nclass Deep : public Pool { int deepest(); };'
        headers = {"src/pool.h": POOL.replace("private", "protected"), "src/deep.h": derived}
        source = ADD.replace("pool.h", "deep.h").replace("Pool::", "Deep::")
        source += "int Deep::deepest() { return total; }\n"
        finds(source, headers, "this->total", "common=one-sided")
        other = headers["src/pool.h"].replace("int total", "int sum")
        assert pairs(source, {**headers, "src/pool.h": other}, "this->total") == []

    def test_a_macro_before_the_name_of_a_class(self) -> None:
        exported = POOL.replace("class Pool", "class POOL_API Pool")
        finds(ADD + PEEK, {"src/pool.h": exported}, "this->total", "common=one-sided")


class TestInlineFunctions:
    def test_an_accessor_that_locks_is_told_at_its_call(self) -> None:
        source = ADD + "int Pool::peek() {\n  return size();\n}\n"
        pair = finds(source, {"src/pool.h": POOL}, "this->total", "common=own modeB=read")
        assert (pair.second.line, pair.second.text) == (7, "size()")
        assert (pair.second.path, pair.second.function) == ("src/a.cpp", "Pool::peek")

    def test_an_accessor_that_does_not_lock(self) -> None:
        source = ADD + "int Pool::peek() {\n  return rough();\n}\n"
        pair = finds(source, {"src/pool.h": POOL}, "this->total", "common=one-sided modeB=read")
        assert (pair.second.line, pair.second.text) == (7, "rough()")

    def test_code_of_a_header_that_nothing_calls_makes_no_slice(self) -> None:
        places = {
            access.line
            for item in read(ADD, {"src/pool.h": POOL}).slices
            for pair in item.pairs
            for access in (pair.first, pair.second)
        }
        assert places == {4}

    def test_every_line_that_is_told_is_a_line_of_the_file(self) -> None:
        source = ADD + "int Pool::peek() {\n  return size() + rough();\n}\n"
        found = read(source, {"src/pool.h": "\n" * 90 + POOL})
        told = [line for s in found.slices for p in s.pairs for _, at in p.evidence for line in at]
        told += [line.line for s in found.slices for line in s.lines]
        told += [s.construct_line for s in found.slices]
        assert told
        assert max(told) <= source.count("\n")
        assert min(told) > 0

    def test_a_method_of_another_class_is_not_meant(self) -> None:
        other = (
            "class Other { public: int count() { std::lock_guard<std::mutex> held(own);"
            " return ++seen; } int seen; std::mutex own; };\n"
        )
        source = ADD + "extern Other *box;\nint Pool::peek() { return box->count(); }\n"
        assert pairs(source, {"src/pool.h": POOL + other}, "box->seen")
        unknown = source.replace("extern Other *box;", "")
        assert pairs(unknown, {"src/pool.h": POOL + other}, "box->seen") == []

    def test_the_file_s_own_function_goes_before_the_header_s(self) -> None:
        header = TestRecords.RECORD + (
            "#ifdef SAFE\nstatic inline long look(struct stock *s) { pthread_mutex_lock(&s->lock);"
            " long n = s->left; pthread_mutex_unlock(&s->lock); return n; }\n#endif\n"
        )
        source = TestRecords.SOURCE.replace("{ return s->left; }", "{ return look(s); }")
        none(source, {"src/stock.h": header}, "s->left", "common=one-sided")
        own = "long look(struct stock *s) { return s->left; }\n"
        pair = finds(source + own, {"src/stock.h": header}, "s->left", "common=one-sided")
        assert pair.second.line == 8

    def test_the_atomic_construct_of_a_helper(self) -> None:
        helper = "static inline void bump(long *p, long v) {\n#pragma omp atomic\n  *p += v;\n}\n"
        source = (
            '#include "bump.h"\nvoid all(int n) {\n  long sum = 0;\n#pragma omp parallel for\n'
            "  for (int i = 0; i < n; i++)\n    bump(&sum, i);\n}\n"
        )
        [pair] = pairs(source, {"src/bump.h": helper}, "sum", "src/a.c")
        assert pair.first.atomic
        assert (pair.first.line, pair.first.text) == (6, "bump(&sum, i)")
        [bare] = pairs(
            source, {"src/bump.h": helper.replace("#pragma omp atomic\n", "")}, "sum", "src/a.c"
        )
        assert not bare.first.atomic

    def test_a_thread_that_a_header_starts(self) -> None:
        header = (
            "#include <pthread.h>\nextern long hits;\nvoid *work(void *arg);\n"
            "static inline void start(pthread_t *t) { pthread_create(t, 0, work, 0); }\n"
        )
        source = (
            '#include "start.h"\nlong hits;\nvoid *work(void *arg) { hits++; return 0; }\n'
            "int main(void) {\n  pthread_t a;\n  start(&a);\n  hits = 3;\n"
            "  pthread_join(a, 0);\n}\n"
        )
        found = pairs(source, {"src/start.h": header}, "hits", "src/a.c")
        assert any("live=during" in tokens(pair) for pair in found)
        silent = source.replace("  hits = 3;\n  pthread_join(a, 0);", "  pthread_join(a, 0);")
        silent = pairs(silent, {"src/start.h": header}, "hits", "src/a.c")
        assert not any("live=during" in tokens(pair) for pair in silent)


class TestProtectionInHeaders:
    """A header's own code says whether an object is protected; it is in no pair itself."""

    SET = '#include "pool.h"\n#include <mutex>\nvoid Pool::add(int n) {\n  total = n;\n}\n'

    def test_a_bare_write_of_what_an_accessor_reads_under_a_lock(self) -> None:
        pair = finds(self.SET, {"src/pool.h": POOL}, "this->total", "common=none guarded=some")
        assert (pair.first.line, pair.second.line) == (4, 4)

    def test_nothing_protects_it(self) -> None:
        bare = POOL.replace("std::lock_guard<std::mutex> held(guard); ", "")
        assert pairs(self.SET, {"src/pool.h": bare}, "this->total") == []

    def test_a_class_that_the_file_has_no_part_of(self) -> None:
        other = POOL.replace("Pool", "Other")
        assert pairs(self.SET, {"src/pool.h": other}, "this->total") == []

    def test_a_function_of_c(self) -> None:
        taking = (
            "static inline void stock_take(struct stock *s) { pthread_mutex_lock(&s->lock);"
            " s->left--; pthread_mutex_unlock(&s->lock); }\n"
        )
        source = '#include <pthread.h>\n#include "stock.h"\n'
        source += "void fill(struct stock *s, long n) { s->left = n; }\n"
        header = TestRecords.RECORD + taking
        finds(source, {"src/stock.h": header}, "s->left", "common=none")
        assert pairs(source, {"src/stock.h": TestRecords.RECORD}, "s->left", "src/a.c") == []

    def test_what_a_header_calls_out_of_sight_is_no_matter_of_the_file(self) -> None:
        calls = POOL.replace("return total; }", "unseen(&total); return total; }")
        [item] = read(ADD + PEEK, {"src/pool.h": calls}).slices
        assert item.unresolved == ()


class TestRecords:
    RECORD = "#include <pthread.h>\nstruct stock { pthread_mutex_t lock; long left; };\n"
    SOURCE = (
        '#include "stock.h"\nvoid take(struct stock *s) {\n  pthread_mutex_lock(&s->lock);\n'
        "  s->left--;\n  pthread_mutex_unlock(&s->lock);\n}\n"
        "long rest(struct stock *s) { return s->left; }\n"
    )

    def test_a_record_with_its_mutex(self) -> None:
        finds(self.SOURCE, {"src/stock.h": self.RECORD}, "s->left", "common=one-sided")
        locked = self.SOURCE.replace(
            "{ return s->left; }",
            "{ pthread_mutex_lock(&s->lock); long n = s->left; pthread_mutex_unlock(&s->lock); "
            "return n; }",
        )
        none(locked, {"src/stock.h": self.RECORD}, "s->left", "common=one-sided")

    def test_two_names_of_one_type(self) -> None:
        header = self.RECORD + "typedef struct stock shelf;\n"
        source = self.SOURCE.replace(
            "rest(struct stock *s) { return s->", "rest(shelf *t) { return t->"
        )
        both = {"s->left", "t->left"}
        found = read(source, {"src/stock.h": header}, "src/a.c").slices
        assert any({p.first.text, p.second.text} == both for s in found for p in s.pairs)
        alone = read(source, {}, "src/a.c").slices
        assert not any({p.first.text, p.second.text} == both for s in alone for p in s.pairs)

    def test_a_macro_that_locks(self) -> None:
        macros = self.RECORD + (
            "#define STOCK_HOLD(s) pthread_mutex_lock(&(s)->lock)\n"
            "#define STOCK_DROP(s) pthread_mutex_unlock(&(s)->lock)\n"
        )
        source = "#include <pthread.h>\n" + self.SOURCE
        source = source.replace("pthread_mutex_lock(&s->lock)", "STOCK_HOLD(s)")
        source = source.replace("pthread_mutex_unlock(&s->lock)", "STOCK_DROP(s)")
        finds(source, {"src/stock.h": macros}, "s->left", "common=one-sided")
        held = source.replace(
            "{ return s->left; }", "{ STOCK_HOLD(s); long n = s->left; STOCK_DROP(s); return n; }"
        )
        none(held, {"src/stock.h": macros}, "s->left", "common=one-sided")

    @pytest.mark.parametrize(
        "stub",
        [
            "#ifdef NO_THREADS\n#define pthread_mutex_lock(m) (0)\n"
            "#define pthread_mutex_unlock(m) (0)\n#endif\n",
            "#define pthread_mutex_lock(m)\n#define pthread_mutex_unlock(m)\n",
        ],
    )
    def test_a_header_for_systems_without_threads_takes_no_lock_away(self, stub: str) -> None:
        finds(self.SOURCE, {"src/stock.h": stub + self.RECORD}, "s->left", "common=mutex")

    def test_the_empty_one_of_two_definitions_takes_no_lock_away(self) -> None:
        macro = "#define stock_lock(s) pthread_mutex_lock(&(s)->lock)\n"
        source = self.SOURCE.replace("pthread_mutex_lock(&s->lock)", "stock_lock(s)")
        single = {"src/stock.h": macro + self.RECORD, "src/single.h": "#define stock_lock(s)\n"}
        for order in (
            '#include "single.h"\n#include "stock.h"',
            '#include "stock.h"\n#include "single.h"',
        ):
            either = source.replace('#include "stock.h"', order)
            finds(either, single, "s->left", "common=one-sided")

    def test_the_file_s_own_definition_goes_before_the_header_s(self) -> None:
        own = self.SOURCE.replace(
            '"stock.h"\n', '"stock.h"\nstruct stock { pthread_mutex_t lock; _Atomic long left; };\n'
        )
        assert finds(own, {"src/stock.h": self.RECORD}, "s->left", "common=one-sided").second.atomic

    def test_a_header_s_global_of_each_thread(self) -> None:
        source = (
            '#include "here.h"\nvoid all(int n) {\n#pragma omp parallel for\n'
            "  for (int i = 0; i < n; i++) here = i;\n}\n"
        )
        finds(source, {"src/here.h": "extern int here;\n"}, "here", "shareA=global")
        private = "extern int here;\n#pragma omp threadprivate(here)\n"
        finds(source, {"src/here.h": private}, "here", "shareA=threadprivate")


class TestHostileHeaders:
    def test_cycles_end(self) -> None:
        cycle = {"src/pool.h": '#include "back.h"\n' + POOL, "src/back.h": '#include "pool.h"\n'}
        finds(ADD + PEEK, cycle, "this->total", "common=one-sided")
        itself = {"src/pool.h": '#include "pool.h"\n#include "a.cpp"\n' + POOL}
        finds(ADD + PEEK, itself, "this->total", "common=one-sided")

    @pytest.mark.parametrize(
        "bad",
        [
            b"\xff\xfe" + bytes(range(1, 256)) * 20,
            b"#if 1\nclass {{{{{{((((" * 50,
            b"/* never closed " + b"struct s {" * 400,
            b"#define A(x) B(x) B(x)\n#define B(x) A(x) A(x)\nint a = A(A(A(1)));\n",
            b'R"(' * 200,
            b")) " + b"pthread_mutex_lock(&b)) " * 8 + b";\nint z;\n",
        ],
    )
    def test_a_broken_header_spoils_no_other_and_not_the_file(self, bad: bytes) -> None:
        source = '#include "bad.h"\n' + ADD + PEEK
        found = read(source, {"src/bad.h": b"struct x { int y; };\n" + bad, "src/pool.h": POOL})
        assert found.skipped is None
        assert found.unresolved == ()  # what is wrong with a header is no news of this file
        assert [s.object for s in found.slices] == ["this->total"]

    def test_hierarchies_without_end_are_bounded(self) -> None:
        fields = "struct B0 { " + "".join(f"int f{n}; " for n in range(2000)) + "};\n"
        header = fields + "".join(f"struct B{n} : B{n - 1} {{ }};\n" for n in range(1, 3000))
        finds(ADD + PEEK, {"src/pool.h": POOL + header}, "this->total", "common=one-sided")

    def test_a_file_that_cannot_be_parallel_asks_for_nothing(self) -> None:
        project = Project({"src/pool.h": POOL})
        assert analyse("src/a.cpp", b'#include "pool.h"\nint x;\n', project).slices == ()
        assert project.asked == []


def test_a_file_is_read_as_before_where_the_project_has_none_of_its_headers() -> None:
    source = ADD + PEEK
    assert repr(read(source, {}).slices) == repr(analyse("src/a.cpp", source.encode()).slices)


PORT = """
#include <mutex>
class Gate {
 public:
  void Lock() { inner_.lock(); }
  void Unlock() { inner_.unlock(); }
 private:
  std::mutex inner_;
};
class MutexLock {
 public:
  explicit MutexLock(Gate *gate) : gate_(gate) { gate_->Lock(); }
  ~MutexLock() { gate_->Unlock(); }
 private:
  Gate *const gate_;
};
"""
WRAPPED = """#include <thread>
#include "port.h"
class Crew {
 public:
  void give(int n);
 private:
  void work();
  static void enter(Crew *crew) { crew->work(); }
  Gate gate_;
  int left_;
};
void Crew::give(int n) {
  MutexLock held(&gate_);
  std::thread started(Crew::enter, this);
  started.detach();
  left_ += n;
}
void Crew::work() {
  %s
  left_ -= 1;
  %s
}
"""


def test_a_lock_of_a_headers_class_is_the_same_by_its_guard_and_by_its_name() -> None:
    headers = {"src/port.h": PORT}
    source = WRAPPED % ("gate_.Lock();", "gate_.Unlock();")
    finds(source, headers, "this->left_", "party=main/thread common=own")
    none(source, headers, "this->left_", "party=main/thread common=differ")
    finds(WRAPPED % ("", ""), headers, "this->left_", "party=main/thread common=one-sided")


@pytest.mark.parametrize("filler", ["", "int table[] = {" + "1," * (1 << 16) + "};\n"])
def test_what_each_thread_has_for_itself_a_header_of_any_size_tells(filler: str) -> None:
    own = "extern long bytes, cells;\n#pragma omp threadprivate(bytes)\n"
    source = """#include "count.h"
long bytes = 0, cells = 0;
void reset(void) {
#pragma omp parallel
  { bytes = 0; cells = 0; }
}
"""
    headers = {"src/count.h": filler + own}
    finds(source, headers, "cells", "shareA=global shareB=global")
    none(source, headers, "bytes", "shareA=global")
