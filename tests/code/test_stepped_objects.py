"""`++progress` of an object is a call of what its class says that steps it."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, read

SOURCE = """#include <atomic>
#include <mutex>
class Progress {
 public:
  explicit Progress(long n) : most(n), seen(0) {}
  %s
  void show() { long shown = seen; (void)shown; }
 private:
  long most; %s seen;
  std::mutex m;
};
void run(int n, Progress* given) {
  Progress bar(n);
  #pragma omp parallel for
  for (int i = 0; i < n; ++i) { %s }
}
"""
LOCKED = "std::lock_guard<std::mutex> held(m);"
STEPS = (
    ("Progress& operator++() { %s ++seen; return *this; }", "++bar;"),
    ("long operator++(int) { %s return seen++; }", "bar++;"),
    ("long operator++(int) { %s return seen++; }", "long k = bar++; work(k);"),
    ("long operator--() { %s return --seen; }", "--bar;"),
    (
        "long operator+=(long k) { %s return seen += k; }"
        " long operator++() { return operator+=(1); }",
        "++bar;",
    ),
)


@pytest.mark.parametrize(("method", "use"), STEPS)
def test_an_object_is_stepped_as_its_class_says(method: str, use: str) -> None:
    locked, bare = (SOURCE % (method % lock, "long", use) for lock in (LOCKED, ""))
    check_pairs(locked, "bar.seen", "common=mutex", path="a.cpp")
    check_silent(locked, "bar.seen", "common=none", path="a.cpp")
    check_pairs(bare, "bar.seen", "common=none modeA=update", path="a.cpp")
    for source in (locked, bare):
        assert not {"bar", "operator"} & {item.object for item in read(source, "a.cpp").slices}


def test_an_object_that_is_reached_by_a_pointer_is_stepped_likewise() -> None:
    method = "Progress& operator++() { %s ++seen; return *this; }"
    locked, bare = (SOURCE % (method % lock, "long", "++(*given);") for lock in (LOCKED, ""))
    check_silent(locked, "given[]", path="a.cpp")
    check_pairs(bare, "given->seen", "common=none", path="a.cpp")
    check_silent(locked, "given->seen", "common=none", path="a.cpp")


def test_a_step_that_is_atomic_within() -> None:
    method = "long operator++(int) { return seen.fetch_add(1); }"
    source = SOURCE % (method, "std::atomic<long>", "bar++;")
    check_pairs(source, "bar.seen", "atomicA=seq_cst atomicB=seq_cst", path="a.cpp")
    check_silent(source, "bar", path="a.cpp")


def test_a_number_is_stepped_as_before_where_some_class_has_a_step_of_its_own() -> None:
    source = SOURCE % ("void operator++() { ++seen; }", "long", "") + (
        "long total;\nvoid more(int n) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < n; ++i) ++total;\n}\n"
    )
    check_pairs(source, "total", "modeA=update modeB=update", path="a.cpp")


UNSEEN = """
%s
void run(int n) {
  Bar bar(n);
  #pragma omp parallel for
  for (int i = 0; i < n; ++i) { %s }
}
"""


@pytest.mark.parametrize(
    "of_class",
    [
        "class Bar : public Base { public: Bar(int n); int most; };",  # its base has the operator
        "class Bar { public: Bar(int n); Bar &operator++(); Bar operator++(int); int most; };",
    ],
)
@pytest.mark.parametrize("use", ["++bar;", "bar++;"])
def test_what_steps_an_object_out_of_sight_is_not_known(of_class: str, use: str) -> None:
    check_silent(UNSEEN % (of_class, use), "bar", path="a.cpp")
    check_pairs(UNSEEN % (of_class, "bar.most++;"), "bar.most", "modeA=update", path="a.cpp")
    number = (UNSEEN % ("typedef long Bar;", use)).replace("bar(n)", "bar = n")
    check_pairs(number, "bar", "modeA=update", path="a.cpp")
    check_pairs(UNSEEN % ("", use), "bar", "modeA=update", path="a.cpp")  # may be an iterator
