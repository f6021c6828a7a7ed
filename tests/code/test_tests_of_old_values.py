"""Writes under a test of the old value, read there or kept in a local before."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

RELAX = """#include <pthread.h>
int far[100], near[100], least;
struct Node { int rank, mark; } nodes[100];
HEAD {
  for (int v = 0; v < 100; v++) {
    int to = v / 3;
    KEPT
    if (ASKED) GIVEN;
  }
  TAIL
}
"""
TEAM = ("void relax(void)", "", "#pragma omp parallel for\n  for")
THREADS = (
    "static void *relax(void *none)",
    "return 0; }\nint main(void) { pthread_t a, b; pthread_create(&a, 0, relax, 0); "
    "pthread_create(&b, 0, relax, 0); pthread_join(a, 0); pthread_join(b, 0);",
    "for",
)


def relax(way: tuple[str, str, str], kept: str, asked: str, given: str) -> str:
    head, tail, loop = way
    source = RELAX.replace("HEAD", head).replace("TAIL", tail).replace("  for", f"  {loop}", 1)
    return source.replace("KEPT", kept).replace("ASKED", asked).replace("GIVEN", given)


@pytest.mark.parametrize("way", [TEAM, THREADS])
@pytest.mark.parametrize(
    ("kept", "asked", "given", "name"),
    [
        ("", "far[to] > 4", "far[to] = 4", "far[]"),
        ("int old = far[to];", "old > 4", "far[to] = 4", "far[]"),
        ("int old = far[to];", "v > 2 && old > v", "far[to] = v", "far[]"),
        ("int old = least;", "v < old", "least = v", "least"),
        ("int old = nodes[to].rank;", "old > v", "nodes[to].rank = v", "nodes[].rank"),
    ],
)
def test_a_write_under_a_test_of_the_old_value(
    way: tuple[str, str, str], kept: str, asked: str, given: str, name: str
) -> None:
    check_pairs(relax(way, kept, asked, given), name, "checkedA=yes checkedB=yes")


@pytest.mark.parametrize("way", [TEAM, THREADS])
@pytest.mark.parametrize(
    ("kept", "asked", "given", "name"),
    [
        ("int old = near[to];", "old > 4", "far[to] = 4", "far[]"),
        ("int old = far[v];", "old > 4", "far[to] = 4", "far[]"),
        ("int old = far[to];", "near[old] > 4", "far[to] = 4", "far[]"),
        ("int old = nodes[to].mark;", "old > v", "nodes[to].rank = v", "nodes[].rank"),
    ],
)
def test_a_write_under_a_test_of_something_else(
    way: tuple[str, str, str], kept: str, asked: str, given: str, name: str
) -> None:
    check_silent(relax(way, kept, asked, given), name, "checkedA=yes")
    check_pairs(relax(way, kept, asked, given), name)
