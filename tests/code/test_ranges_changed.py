"""Algorithms of the libraries that change the range or the container that they are given."""

from __future__ import annotations

import time

import pytest

from tests.code.checks import check_pairs, check_silent, read

SOURCE = """#include <algorithm>
#include <thread>
#include <vector>
struct rec {{ int x; }};
static std::vector<int> v; static int a[90]; static std::vector<rec> recs;
static bool less(int x, int y);
static void work() {{ {body} }}
int main() {{
  std::thread t(work);
  int n = a[3];
  for (int x : v) n += x;
  for (auto &r : recs) n += r.x;
  t.join();
  return n;
}}
"""
C = """#include <pthread.h>
#include <stdlib.h>
static struct task { struct { int age; } p[40]; } one;
static int cmp(const void *x, const void *y);
static void *sorter(void *arg) { struct task *t = arg; %s return 0; }
int main(void) {
  pthread_t t;
  pthread_create(&t, 0, sorter, &one);
  int age = one.p[3].age;
  pthread_join(t, 0);
  return age;
}
"""
WRITES = "modeA=write modeB=read viaA=call party=thread/main unresolved=none"


@pytest.mark.parametrize(
    "call",
    [
        "std::reverse(v.begin(), v.end());",
        "std::nth_element(v.begin(), v.begin() + 3, v.end(), less);",
        "std::transform(a, a + 9, v.begin(), [](int x) { return x + 1; });",
        "std::generate(v.begin(), v.end(), [] { return 1; });",
        "std::ranges::sort(v);",
    ],
)
def test_elements_of_a_range(call: str) -> None:
    check_pairs(SOURCE.format(body=call), "v[]", WRITES, path="a.cpp")
    check_silent(SOURCE.format(body=call), "a[]", path="a.cpp")


@pytest.mark.parametrize(
    "call",
    [
        "std::max_element(v.begin(), v.end());",
        "std::ranges::sort(local);",
        "std::transform(v.begin(), v.end(), local, [](int x) { return x + 1; });",
        "std::lower_bound(v.begin(), v.end(), 3, less);",
    ],
)
def test_elements_that_are_read_alone(call: str) -> None:
    check_silent(SOURCE.format(body=f"int local[90]; {call}"), "v[]", path="a.cpp")


@pytest.mark.parametrize("call", ["std::erase(v, 3)", "std::erase_if(v, [](int x) { return x; })"])
def test_a_container_by_reference(call: str) -> None:
    changed = "modeA=update modeB=read party=thread/main"
    check_pairs(SOURCE.format(body=call + ";"), "v", changed, path="a.cpp")
    own = f"std::vector<int> v; {call};"
    check_silent(SOURCE.format(body=own), "v", path="a.cpp")


def test_records_are_moved_with_their_fields() -> None:
    call = (
        "std::sort(recs.begin(), recs.end(), [](const rec &x, const rec &y) { return x.x < y.x; });"
    )
    check_pairs(SOURCE.format(body=call), "recs->x", "modeA=write modeB=read", path="a.cpp")
    kept = call.replace("std::sort", "std::is_sorted")
    check_silent(SOURCE.format(body=kept), "recs->x", path="a.cpp")


def test_what_c_sorts() -> None:
    call = "qsort(t->p, 40, sizeof t->p[0], cmp);"
    check_pairs(C % call, "one.p[].age", "modeA=write modeB=read party=thread/main")
    check_silent(C % call.replace("qsort(", "bsearch(t, "), "one.p[].age")


def test_a_comparator_is_called_at_once() -> None:
    counts = "static int asked;\nstatic int cmp(const void *x, const void *y) { return asked++; }"
    source = C.replace("static int cmp(const void *x, const void *y);", counts)
    source = source.replace("int age = ", "asked++; int age = ")
    check_pairs(source % "qsort(t->p, 40, 4, cmp);", "asked", "modeA=update modeB=update")
    check_silent(source % "free(t);", "asked")


def test_many_of_them_take_their_time() -> None:
    def seconds(count: int) -> float:
        body = "std::reverse(v.begin(), v.end()); std::ranges::sort(v); std::erase(v, 3);"
        start = time.perf_counter()
        read(SOURCE.format(body=body * count), "a.cpp")
        return time.perf_counter() - start

    seconds(5)
    assert seconds(100) < 40 * max(seconds(5), 0.02)
