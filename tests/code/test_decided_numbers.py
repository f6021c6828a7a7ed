"""Conditions on a thread's number that none of the threads here, or each of them, fulfils."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """#include <pthread.h>
static int ticks;
static void work(int id) {{ {body} }}
static void *entry(void *arg) {{ work((int)(long)arg); return 0; }}
int main(void) {{
  pthread_t t[8];
  for (long i = {first}; i < {end}; i++) pthread_create(&t[i], 0, entry, (void *)i);
  work({own});
  for (int i = {first}; i < {end}; i++) pthread_join(t[i], 0);
  return 0;
}}
"""


def source(body: str, first: int = 1, end: str = "4", own: str = "0") -> str:
    return SOURCE.format(body=body, first=first, end=end, own=own)


@pytest.mark.parametrize("asked", ["id == 0", "0 == id", "!(id != 0)"])
def test_who_made_the_others_is_the_first(asked: str) -> None:
    body = f"if ({asked}) ticks++;"
    if "!(" not in asked:
        check_silent(source(body), "ticks")
    check_pairs(source(body, first=0), "ticks", "party=thread/main modeA=update modeB=update")


def test_the_number_of_the_others() -> None:
    for body in ("if (id == 4) ticks++;", "if (id != 4) return; ticks++;"):
        check_silent(source(body), "ticks")
        check_silent(source(body, own="4"), "ticks")
        check_pairs(source(body, end="5"), "ticks", "party=thread/thread")
        check_pairs(source(body, end="count()"), "ticks", "party=thread/thread")


def test_the_other_branch_is_everyones() -> None:
    body = "if (id == 0) ticks = 3; else ticks++;"
    check_pairs(source(body), "ticks", "party=thread/thread modeA=update modeB=update")
    check_pairs(source(body), "ticks", "party=main/thread modeA=write-constant modeB=update")
    check_silent(source(body), "ticks", "guardB=tid-ne")


@pytest.mark.parametrize(
    "body",
    [
        "id = id + 1; if (id == 1) ticks++;",
        "if (id / 2 == 0) ticks++;",
        "if (id == ticks) ticks++;",
        "static int last; if (last == 0) ticks++;",
    ],
)
def test_what_else_is_asked_decides_nothing(body: str) -> None:
    check_pairs(source(body), "ticks", "modeA=update modeB=update party=thread/main")


SECTIONS = """long seen;
static void note({kind} how, long *where) {{ *where += 1; if ({asked}) seen++; }}
void watch(long *a, long *b) {{
#pragma omp parallel sections
  {{
#pragma omp section
    note({first}, a);
#pragma omp section
    note({second}, b);
  }}
}}
"""


@pytest.mark.parametrize(
    ("kind", "asked", "yes", "no"),
    [
        ("char", "how == 'e'", "'e'", "'w'"),
        ("int", "how != 2", "3", "2"),
        ("bool", "how", "true", "false"),
        ("int", "!how", "0", "1"),
        ("int", "how", "4", "0"),
    ],
)
def test_what_a_section_gives_decides_whether_it_writes(
    kind: str, asked: str, yes: str, no: str
) -> None:
    for first, second, both in ((yes, yes, True), (yes, no, False), (no, no, False)):
        text = SECTIONS.format(kind=kind, asked=asked, first=first, second=second)
        told = "frames=siblings-section-section"
        if both:
            check_pairs(text, "seen", told, path="a.cpp")
        else:
            check_silent(text, "seen", told, path="a.cpp")


def test_what_a_section_gives_and_nobody_knows_decides_nothing() -> None:
    text = SECTIONS.format(kind="int", asked="how", first="*a > 0", second="0")
    check_pairs(text, "seen", "frames=same")
    changed = text.replace("*where += 1;", "*where += 1; how = 1;")
    check_pairs(changed, "seen", "frames=siblings-section-section")
