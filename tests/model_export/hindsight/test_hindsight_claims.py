"""What the claims say of small programs: each broken link beside the same link where it holds."""

import json
from typing import Any

import pytest
from hindsight_toys import line_of

from model_export.hindsight.edits import changes
from model_export.hindsight.reading import read
from model_export.hindsight.rounds import tellings
from model_export.hindsight.scene import Scene, in_order
from model_export.hindsight.trace import Trace
from reviewbot.records import Link

ORDER = """\
#include <stdio.h>
static int total, seen[64];
int main(void) {{
#pragma omp parallel
  {{
#pragma omp for{clause}
    for (int i = 0; i < 64; i++)
      seen[i] = i;
#pragma omp single
    total = seen[40];
  }}
  return total;
}}
"""
LOOP = """\
static int x, spare[99];
int main(void) {{
  #pragma omp parallel for{clause}
  for (int i = 1; i < 64; i++) {{
    {body}
  }}
  return x;
}}
"""


def program(source: str, effect: str, name: str, at: str = "", other: str = "") -> dict[str, Any]:
    """A row; `at` and `other` are on the lines that the detector reports."""
    ends = [line_of(source, text) for text in (at, other or at)] if at else []
    first, second = (
        {"line": n, "column": 1, "mode": mode, "mutexes": 0}
        for n, mode in zip(sorted(ends) or (0, 0), ("write", "read"), strict=True)
    )
    reports = [{"a": first, "b": second, "location": f"global {name}"}] if at else []
    return {
        "id": effect,
        "family": "none",
        "language": "c",
        "choices": "{}",
        "source": source,
        "effects": json.dumps({name: effect}),
        "expected": "racy" if at else "clean",
        "label": "racy" if at else "clean",
        "reports": json.dumps(reports),
    }


def tell(row: dict[str, Any]) -> Trace:
    (telling,) = tellings(row, lambda _: [], {}, counterfactual=False)
    assert telling.reason is None
    assert telling.trace is not None
    return telling.trace


def claim(row: dict[str, Any], link: Link) -> tuple[bool, str]:
    step = tell(row).step(link)
    return step.holds, step.claim


def test_a_barrier_orders_and_nowait_does_not() -> None:
    clean = program(ORDER.format(clause=""), "unordered", "seen")
    racy = program(ORDER.format(clause=" nowait"), "racy", "seen", "seen[i] =", "= seen[40]")
    assert claim(clean, Link.UNORDERED) == (
        False,
        "`#pragma omp for` on line 6 ends with a barrier, which separates the two",
    )
    holds, words = claim(racy, Link.UNORDERED)
    assert holds
    assert words.startswith("`#pragma omp for nowait` has no barrier at its end")
    assert {6, 8, 10} <= set(tell(racy).step(Link.UNORDERED).lines)


@pytest.mark.parametrize(
    ("clause", "body", "link", "words"),
    [
        (
            " reduction(+ : x)",
            "x += i;",
            Link.SAME_LOCATION,
            "is a reduction variable: each thread has its own copy",
        ),
        (" private(x)", "x = i; spare[i] = x;", Link.SAME_LOCATION, "each thread has its own"),
        ("", "\n#pragma omp critical\n    x += i;", Link.UNPROTECTED, "same critical section"),
        ("", "\n#pragma omp atomic\n    x += i;", Link.CONFLICTING, "`#pragma omp atomic` on line"),
    ],
)
def test_what_breaks_a_link_and_its_absence(clause: str, body: str, link: Link, words: str) -> None:
    broken = program(LOOP.format(clause=clause, body=body), link.value, "x")
    holds, told = claim(broken, link)
    assert not holds
    assert words in told
    racy = program(LOOP.format(clause="", body="x += i;"), "racy", "x", "x += i")
    holds, told = claim(racy, link)
    assert holds
    assert words not in told


def test_neighbouring_elements_are_one_place() -> None:
    source = LOOP.format(clause="", body="spare[i] = spare[i - 1] + 1;")
    racy = program(source, "racy", "spare", "spare[i] =")
    holds, told = claim(racy, Link.SAME_LOCATION)
    assert holds
    assert "what is `spare[i]` to one thread is `spare[i - 1]` to another" in told
    own = program(LOOP.format(clause="", body="spare[i] = i;"), "same-location", "spare")
    assert claim(own, Link.SAME_LOCATION) == (False, "each thread keeps to its own `spare[i]`")


def test_a_macro_is_quoted_whole() -> None:
    body = "CELL(i, 2) = CELL(i - 1, 2);"
    source = "#define CELL(a, b) spare[(a) + (b)]\n" + LOOP.format(clause="", body=body)
    trace = tell(program(source, "racy", "spare", body))
    assert {touch.text for touch in trace.accesses} == {"CELL(i, 2)", "CELL(i - 1, 2)"}


MOVED = """\
static int x, flag;
int main(void) {
  x = 1;
  wait_for(flag);
  x = 2;
  lock(x);
  unlock(x);
  return x;
}
"""


def scene(before: str, after: str, link: Link) -> Scene:
    item = read(program(LOOP.format(clause="", body="x++;"), "racy", "x", "x++")).slices[0]
    edits = changes(before, after)
    return Scene(source=before, slice=item, pair=item.pairs[0], link=link, edits=edits)


def swapped(line: str, before: str, link: Link) -> str:
    """What is said if the counterfactual moves a line of MOVED to before another."""
    text = MOVED.replace(f"  {line}\n", "").replace(f"  {before}\n", f"  {line}\n  {before}\n")
    shown = scene(MOVED, text, link)
    return in_order(shown, shown.swap) if shown.swap else ""


def test_a_line_that_moves_past_one_that_orders_it_is_told_by_both() -> None:
    told = "`x = 2;` on line 5 comes after `wait_for(flag);` on line 4"
    assert swapped("x = 2;", "x = 1;", Link.UNORDERED) == told
    assert swapped("wait_for(flag);", "return x;", Link.UNORDERED) == (
        "`lock(x);` on line 6 comes after `wait_for(flag);` on line 4"
    )


def test_a_line_that_moves_past_no_such_line_or_of_another_link_is_not() -> None:
    assert swapped("x = 2;", "x = 1;", Link.SAME_LOCATION) == ""
    assert swapped("unlock(x);", "lock(x);", Link.UNORDERED) == ""
    plain = MOVED.replace("wait_for(flag);", "flag = 3;")
    shown = scene(
        plain, plain.replace("  x = 1;\n  flag = 3;\n", "  flag = 3;\n  x = 1;\n"), Link.UNORDERED
    )
    assert shown.swap is None


SECTIONS = """\
static long q[64];
int main(void) {
#pragma omp parallel sections
  {
#pragma omp section
    for (int i = 0; i < 64; i++) {
#pragma omp atomic
      q[i] += 2;
    }
#pragma omp section
    for (int i = 0; i < 64; i++) {
#pragma omp atomic
      q[63 - i] += 3;
    }
  }
  return (int)q[3];
}
"""


def test_of_two_sections_the_trace_tells_the_accesses_of_both_and_not_one_with_itself() -> None:
    trace = tell(program(SECTIONS, "conflicting", "q"))
    assert [touch.text for touch in trace.accesses] == ["q[i]", "q[63 - i]"]
    loop = SECTIONS.replace("parallel sections", "parallel").replace("#pragma omp section\n", "")
    first, second = tell(program(loop, "conflicting", "q")).accesses
    assert first == second  # which each of the threads makes
