"""Ranges that threads are given: by arithmetic, by records, cut at an end, for one thread."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, function

THREADS = """#include <pthread.h>
#define N 1000
#define T 4
struct job {{ int id, lo, hi; double *out; }};
static double shared_cells[N], total;
static pthread_barrier_t gate;
static void *work(void *given) {{ struct job *j = given; {body} return 0; }}
int main(void) {{
  pthread_t t[T]; struct job jobs[T];
  for (int k = 0; k < T; k++) {{ {before} pthread_create(&t[k], 0, work, &jobs[k]); }}
  for (int k = 0; k < T; k++) pthread_join(t[k], 0);
}}
"""
LOOP = "for (int i = j->lo; i < j->hi; i++) shared_cells[i] = 1;"


def threads(body: str, before: str = "jobs[k].id = k;") -> str:
    return THREADS.format(body=body, before=before)


def team(body: str) -> str:
    number = "int me = omp_get_thread_num(), all = omp_get_num_threads();"
    return function("#pragma omp parallel\n{ " + number + body + "\n}")


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("int hi = lo + per < n ? lo + per : n;", "meet=same"),
        ("int hi = lo + per; if (hi > n) hi = n;", "meet=same"),
        ("int hi = lo + per; if (n < hi) { hi = n; }", "meet=same"),
        ("int hi = lo + per; if (me == all - 1) hi = n;", "meet=same"),
        ("int hi = me == all - 1 ? n : lo + per;", "meet=same"),
        ("int hi = min(lo + per, n);", "meet=same"),
        ("int hi = lo + per + 1; if (hi > n) hi = n;", "meet=other"),
        ("int hi = lo + per; if (n > 7) hi = 3;", "meet=unknown"),
    ],
)
def test_the_end_of_a_range_may_be_cut(end: str, expected: str) -> None:
    body = f"int per = (n + all - 1) / all; int lo = me * per; {end}"
    body += " for (int i = lo; i < hi; i++) cells[i] = 1;"
    check_pairs(team(body), "cells[]", expected)


def test_a_clamped_number_is_no_subscript_of_its_own() -> None:
    check_silent(team("cells[me < 50 ? me : 50] = 1;"), "cells[]", "meet=same")
    check_pairs(team("cells[me] = 1;"), "cells[]", "meet=same")


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("jobs[k].lo = k * (N / T); jobs[k].hi = (k + 1) * (N / T);", "meet=same"),
        ("jobs[k] = (struct job){k, k * (N / T), (k + 1) * (N / T), 0};", "meet=same"),
        ("jobs[k] = (struct job){.lo = k * 25, .hi = k == T - 1 ? N : k * 25 + 25};", "meet=same"),
        ("jobs[k] = (struct job){.lo = k * 25, .hi = k * 25 + 26};", "meet=other"),
        ("jobs[k].lo = k * 25; jobs[k].hi = pick(k);", "meet=unknown"),
    ],
)
def test_a_range_handed_over_in_a_record(before: str, expected: str) -> None:
    check_pairs(threads(LOOP, before), "shared_cells[]", expected)


def test_an_array_that_each_record_points_to_is_one_array() -> None:
    body = "j->out[{}] = 1;"
    before = "jobs[k].id = k; jobs[k].out = shared_cells;"
    check_pairs(threads(body.format("0"), before), "shared_cells[]", "meet=free")
    check_pairs(threads(body.format("j->id"), before), "shared_cells[]", "meet=same")


def test_a_name_declared_in_two_blocks_is_two_variables() -> None:
    rows = (
        "for (int r = 0; r < 3; r++) { int *row = &cells[me]; row[0] = 1; }"
        "for (int r = 0; r < 3; r++) { int *row = &cells[me]; row[0] += 1; }"
    )
    check_pairs(team(rows), "cells[]", "meet=same")
    moved = "int *row = &cells[me]; row = out; row[0] = 1;"
    check_silent(team(moved), "cells[]", "meet=same")


def test_what_the_creating_thread_keeps_for_itself() -> None:
    source = """#include <thread>
#include <vector>
int parts[8];
void work(int t) {{ parts[t] = 1; }}
int main() {{
  std::vector<std::thread> all;
  for (int t = {}; t < 4; ++t) all.emplace_back(work, t);
  parts[0] = 2;
  for (auto &t : all) t.join();
}}
"""
    check_pairs(source.format(1), "parts[]", "party=thread/main meet=never", path="a.cpp")
    check_pairs(source.format(0), "parts[]", "party=thread/main meet=other", path="a.cpp")


def test_the_serial_thread_of_a_barrier_is_one_thread() -> None:
    asked = "if (pthread_barrier_wait(&gate) {} PTHREAD_BARRIER_SERIAL_THREAD) total++;"
    check_pairs(threads(asked.format("==")), "total", "guardA=tid-eq")
    check_pairs(threads(asked.format("!=")), "total", "guardA=tid-ne")
    check_silent(threads(asked.format(">=")), "total", "guardA=tid-eq")


def test_turns_let_every_thread_through() -> None:
    turns = "for (int turn = 0; turn < 3; turn++) if (turn == {}) counter++;"
    check_pairs(team(turns.format("me")), "counter", "guardA=tid")
    check_pairs(team("if (me == 0) counter++;"), "counter", "guardA=tid-eq")


def test_a_lock_chosen_by_a_remainder_of_the_index() -> None:
    source = """#include <pthread.h>
pthread_mutex_t locks[8]; int cells[64];
static unsigned stripe_of(unsigned b) {{ return b % 8; }}
void add(unsigned key) {{
  unsigned b = key % 64; unsigned s = {};
  pthread_mutex_lock(&locks[s]); cells[b]++; pthread_mutex_unlock(&locks[s]);
}}
"""
    for lock in ("b % 8", "stripe_of(b)", "key % 8", "key / 4 % 8"):
        check_pairs(source.format(lock), "cells[]", "stripeA=of-index")
    for lock in ("pick() % 8", "key % 6", "key * 7 % 8", "(key >> 8) % 8"):
        check_pairs(source.format(lock), "cells[]", "stripeA=apart")
    check_pairs(source.format("key / 8"), "cells[]", "stripeA=follows")


def test_one_rule_of_two_functions_gives_an_element_one_lock() -> None:
    source = """#include <pthread.h>
pthread_mutex_t locks[8]; int cells[64];
void add(unsigned key) {{
  unsigned b = key * 5 % 64;
  pthread_mutex_lock(&locks[{}]); cells[b]++; pthread_mutex_unlock(&locks[{}]);
}}
void clear(unsigned k) {{
  pthread_mutex_lock(&locks[{}]); cells[k] = 0; pthread_mutex_unlock(&locks[{}]);
}}
"""
    for one, two in (("b % 8", "k % 8"), ("key * 5 % 8", "k & 7"), ("b", "k"), ("b / 8", "k >> 3")):
        check_pairs(source.format(one, one, two, two), "cells[]", "function=differ common=striped")
    for one, two in (("b % 8", "k / 8"), ("b % 8", "(k + 1) % 8"), ("b", "k + 1"), ("b", "0")):
        there = source.format(one, one, two, two)
        check_pairs(there, "cells[]", "function=differ common=striped-differ")
        check_silent(there, "cells[]", "function=differ common=striped")


def test_a_number_of_the_callers_own_making_is_not_returned_as_known() -> None:
    source = "int cells[9]; int pick(void);\nstatic int mine(int n) {{ {} }}\n"
    body = (
        "void go(void) {{\n#pragma omp parallel for\n"
        "for (int i = 0; i < 9; i++) cells[mine(i)] = 1;\n}}"
    )
    check_pairs((source + body).format("return 2 * n;"), "cells[]", "meet=same")
    check_silent((source + body).format("int k = pick(); return k;"), "cells[]", "meet=same")


def test_a_thread_local_member_is_no_shared_object() -> None:
    source = """#include <thread>
struct World {{
  void step() {{ last = 1; }}
  void run() {{
    std::thread a([this] {{ step(); }}), b([this] {{ step(); }});
    a.join(); b.join();
  }}
  static inline {} int last = 0;
}};
int main() {{ World w; w.run(); }}
"""
    check_pairs(source.format(""), "World::last", path="a.cpp")
    local = source.format("thread_local")
    check_pairs(local, "World::last", "shareA=threadprivate shareB=threadprivate", path="a.cpp")


def test_a_loop_variable_shared_by_tasks_tells_no_task_apart() -> None:
    tasks = (
        "#pragma omp parallel\n#pragma omp single\nfor (int r = 0; r < 9; r++) {{\n"
        "#pragma omp task {}\ncells[r] = 1;\n}}"
    )
    check_pairs(function(tasks.format("")), "cells[]", "meet=same")
    check_silent(function(tasks.format("shared(r)")), "cells[]", "meet=same")
