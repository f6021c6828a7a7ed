"""Which threads the ways to join many of them reach; what algorithms call for each element."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

_C = """#include <pthread.h>
#define N 4
static int out[N]; struct crew {{ pthread_t *id; int n; }};
static void *work(void *p) {{ int *own = p; *own += 1; return p; }}
static void join_all(pthread_t *t, int n) {{ for (int k = 0; k < n; k++) pthread_join(t[k], 0); }}
static void join_down(pthread_t *t, int n) {{ while (n--) pthread_join(t[n], 0); }}
int main(void) {{
    pthread_t t[N]; int i, sum = 0;
    for (i = 0; i < N; i++) pthread_create(&t[i], NULL, work, &out[i]);
    {join}
    for (int k = 0; k < N; k++) sum += out[k];
    return sum;
}}
"""
_CPP = """#include <algorithm>
#include <functional>
#include <thread>
#include <vector>
static int out[4];
void work(int *own) {{ *own += 1; }}
int main() {{
    std::vector<std::thread> v, none; int sum = 0;
    for (int i = 0; i < 4; i++) v.emplace_back(work, &out[i]);
    {join}
    for (int k = 0; k < 4; k++) sum += out[k];
    return sum;
}}
"""


@pytest.mark.parametrize(
    ("whole", "part"),
    [
        ("while (i--) pthread_join(t[i], NULL);", "while (--i > 0) pthread_join(t[i], NULL);"),
        (
            "for (i = N; i > 0; i--) pthread_join(t[i - 1], NULL);",
            "for (i = N; i > 1; i--) pthread_join(t[i - 1], NULL);",
        ),
        (
            "for (i = 1; i <= N; i++) pthread_join(t[i - 1], NULL);",
            "for (i = 1; i < N; i++) pthread_join(t[i - 1], NULL);",
        ),
        (
            "for (i = 0; i < N; i++) pthread_join(t[N - 1 - i], NULL);",
            "for (i = 0; i < N; i++) pthread_join(t[N - i], NULL);",
        ),
        ("while (i-- > 0) pthread_join(t[i], NULL);", "while (i-- > 1) pthread_join(t[i], NULL);"),
        ("while (i > 0) pthread_join(t[--i], NULL);", "while (i > 1) pthread_join(t[--i], NULL);"),
        ("join_all(t, N);", "join_all(t + 1, N - 1);"),
        ("join_down(t, N);", "join_down(t, N - 1);"),
    ],
)
def test_a_loop_joins_the_threads_that_its_turns_name(whole: str, part: str) -> None:
    check_pairs(_C.format(join=whole), "out[]", "party=thread/main live=after")
    check_silent(_C.format(join=whole), "out[]", "live=partly-joined")
    check_pairs(_C.format(join=part), "out[]", "party=thread/main live=partly-joined")


_ALL = (
    "for (auto it = {v}.begin(){first}; it != {v}.end(); ++it) it->join();",
    "for (std::size_t i = 0{first}; i < {v}.size(); ++i) {v}.at(i).join();",
    "std::for_each({v}.begin(), {v}.end(), [](std::thread &t) {{ t.join(); }});",
    "std::for_each({v}.begin(), {v}.end(), std::mem_fn(&std::thread::join));",
    "std::ranges::for_each({v}, &std::thread::join);",
)


@pytest.mark.parametrize("join", _ALL)
def test_iterators_and_algorithms_join_all(join: str) -> None:
    whole, others = (_CPP.format(join=join.format(v=v, first="")) for v in ("v", "none"))
    check_pairs(whole, "out[]", "party=thread/main live=after", path="a.cpp")
    check_pairs(others, "out[]", "party=thread/main live=during", path="a.cpp")
    check_silent(others, "out[]", "live=after", path="a.cpp")


@pytest.mark.parametrize("join", _ALL[:2])
def test_iterators_that_begin_later_join_not_all(join: str) -> None:
    later = _CPP.format(join=join.format(v="v", first=" + 1"))
    check_pairs(later, "out[]", "party=thread/main live=partly-joined", path="a.cpp")


_EACH = """#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>
std::vector<int> cells(9); std::mutex m;
void work() {{ {lock} std::for_each(cells.begin(), cells.end(), {what}); }}
int main() {{ std::thread a(work), b(work); a.join(); b.join(); }}
"""


def test_what_is_called_for_each_element_has_that_element() -> None:
    writes, lock = "[](int &x) { x += 2; }", "std::lock_guard<std::mutex> hold(m);"
    bare = _EACH.format(lock="", what=writes)
    check_pairs(bare, "cells[]", "modeA=update modeB=update common=none", path="a.cpp")
    check_silent(_EACH.format(lock=lock, what=writes), "cells[]", "common=none", path="a.cpp")
    reads = _EACH.format(lock="", what="[](int x) { return x; }")
    check_silent(reads, "cells[]", path="a.cpp")


_COUNTED = """#include <pthread.h>
static int out[8];
static void *work(void *p) {{ int *own = p; *own += 1; return p; }}
static int all(void) {{ int s = 0; for (int k = 0; k < 8; k++) s += out[k]; return s; }}
int main(void) {{
    pthread_t t[8]; int n = 0, k = 4, i;
    {create}
    {join}
    return all();
}}
"""


@pytest.mark.parametrize(
    ("create", "whole", "part"),
    [
        (
            "for (i = 0; i < 4; i++) { if (pthread_create(&t[n], 0, work, &out[i])) break; n++; }",
            "for (i = 0; i < n; i++) pthread_join(t[i], 0);",
            "for (i = 1; i < n; i++) pthread_join(t[i], 0);",
        ),
        (
            "while (k--) pthread_create(&t[k], 0, work, &out[k]);",
            "while (++k < 4) pthread_join(t[k], 0);",
            "while (++k < 3) pthread_join(t[k], 0);",
        ),
        (
            "pthread_create(&t[0], 0, work, out); for (i = 1; i < 4; i++) "
            "pthread_create(&t[i], 0, work, &out[i]);",
            "for (i = 0; i < 4; i++) pthread_join(t[i], 0);",
            "for (i = 0; i < 3; i++) pthread_join(t[i], 0);",
        ),
    ],
)
def test_joins_of_as_many_threads_as_were_made(create: str, whole: str, part: str) -> None:
    late = "party=thread/main live=partly-joined"
    check_pairs(_COUNTED.format(create=create, join=whole), "out[]", "party=thread/main live=after")
    check_silent(_COUNTED.format(create=create, join=whole), "out[]", late)
    check_pairs(_COUNTED.format(create=create, join=part), "out[]", late)
