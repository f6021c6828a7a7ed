"""Every change of style does to its own example what it says, and nothing where it should not."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from model_export.mutations.core import apply_edits
from model_export.mutations.program import ParsedProgram
from model_export.mutations.style import Change, line_map, restyle
from model_export.mutations.style_changes import CHANGES
from reviewbot.errors import BadInput
from reviewbot.fixes.edits import Edit

ALL = list(CHANGES.values())


def name(change: Change) -> str:
    return change.name


def applied(change: Change, text: str) -> str:
    program = ParsedProgram(text, change.language)
    return apply_edits(text, tuple(change.edits(program, random.Random(0))))


@pytest.mark.parametrize("change", ALL, ids=name)
def test_does_what_its_example_shows(change: Change) -> None:
    assert applied(change, change.before) == change.after


@pytest.mark.parametrize("change", ALL, ids=name)
def test_leaves_its_silent_example_alone(change: Change) -> None:
    assert applied(change, change.silent) == change.silent


PROGRAM = """#include <stdio.h>
#include <stdlib.h>

#define N 40

static long total, peak = 3;
static int cells[N];

static int shade(int x)
{
  int a, b = 2;
  a = x * b;
  return a > 9 ? a - 9 : a;
}

static void fill(int n) {
  for (int i = 0; i < n; i++) {
    cells[i] = shade(i);
  }
}

int main(void) {
  fill(N);
#pragma omp parallel for reduction(+ : total)
  for (int i = 0; i < N; i++)
    total += cells[i];
  for (int k = 0; k < N; ++k) {
    if (cells[k] > peak) {
      peak = cells[k];
    } else {
      peak += 0;
    }
  }
  printf("%ld %ld\\n", total, peak);
  return 0;
}
"""


@pytest.mark.clang
def test_restyled_programs_print_the_same(tmp_path: Path) -> None:
    texts = [PROGRAM, *(restyle(PROGRAM, "c", seed, steps=40).text for seed in range(3))]
    printed = []
    for number, text in enumerate(texts):
        source = tmp_path / f"{number}.c"
        source.write_text(text)
        command = ["clang-19", "-std=gnu11", "-fopenmp", "-w", str(source), "-o", f"{source}.out"]
        subprocess.run(command, check=True)
        printed.append(subprocess.run([f"{source}.out"], check=True, capture_output=True).stdout)
    assert printed[0] == b"1245 69\n"
    assert set(printed) == {printed[0]}
    assert len(set(texts)) == len(texts)


def test_restyling_is_the_same_for_the_same_seed() -> None:
    one, two = (restyle(PROGRAM, "c", 7, steps=6) for _ in range(2))
    assert one == two
    assert len(one.changes) == 6
    assert restyle(PROGRAM, "c", 8, steps=6).text != one.text


def test_restyling_takes_only_what_it_is_told() -> None:
    made = restyle(PROGRAM, "c", 1, only=["for-to-while"])
    assert made.changes == ("for-to-while",)
    assert made.text.count("while") == 1


def test_an_unknown_change_is_refused() -> None:
    with pytest.raises(BadInput, match="no change of style is named sparkle"):
        restyle(PROGRAM, "c", 1, only=["sparkle"])


def test_lines_are_followed_through_changes() -> None:
    made = restyle(PROGRAM, "c", 3, steps=1, only=["bodies-in-braces"])
    old, new = PROGRAM.splitlines(), made.text.splitlines()
    number = old.index("    total += cells[i];") + 1
    assert new[made.lines[number] - 1] == "    total += cells[i];"
    assert made.lines[number + 1] == made.lines[number] + 2  # a closing brace came in between


def test_the_line_map_leaves_out_what_is_gone() -> None:
    text = "a;\nb;\nc;\n"
    assert line_map(text, [Edit(3, 6, "")]) == {1: 1, 3: 2}
    assert line_map(text, [Edit(3, 3, "x;\n")]) == {1: 1, 2: 3, 3: 4}


def test_words_in_strings_and_of_directives_are_not_renamed() -> None:
    text = 'void f(int task) {\n#pragma omp task\n  g("load", task);\n  int load = 1;\n}\n'
    made = restyle(text, "c", 1, only=["rename-variables"]).text
    assert "#pragma omp task\n" in made
    assert 'g("load"' in made


def test_what_a_pointer_leads_to_is_stepped_and_not_the_pointer() -> None:
    text = "void f(int *p) {\n  ++*p;\n}\n"
    for seed in range(8):
        program = ParsedProgram(text, "c")
        edits = tuple(CHANGES["increment-forms"].edits(program, random.Random(seed)))
        assert apply_edits(text, edits).split("\n")[1] in ("  (*p)++;", "  (*p) += 1;")


def test_the_operator_form_of_a_directive_keeps_its_statement() -> None:
    text = (
        "static int a[9];\nvoid f(int n) {\n  for (int i = 0; i < n; i++)\n"
        '    _Pragma("omp task firstprivate(i)")\n    {\n      a[i] = n;\n    }\n}\n'
    )
    for change in ("bodies-in-braces", "outline"):
        assert applied(CHANGES[change], text) == text
