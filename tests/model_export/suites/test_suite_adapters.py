"""Suites' files become cases: labels from marks and names, and nothing that tells them."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_export.suites import dracc, goblint, indigo3
from model_export.suites.case import Case
from reviewbot.code.analyse import analyse
from tests.model_export.suites.toy_suite import LOCKED, UNLOCKED, write_suite

PROGRAM = "int total; /* racy */\nvoid add(void) {\n  total++; // this races\n}\n"


def only(cases: list[Case]) -> Case:
    (case,) = cases
    return case


def test_goblint_marks_are_lines(tmp_path: Path) -> None:
    write_suite(tmp_path, {"31-shop/01-till_rc.c": UNLOCKED, "31-shop/02-till_nr.c": LOCKED})
    racy, clean = goblint.cases(tmp_path)
    assert (racy.name, racy.group, racy.kind) == ("31-shop/01-till_rc.c", "31-shop", "pthreads")
    assert (racy.racy, racy.racy_lines, racy.clean_lines) == (True, {6, 14}, frozenset())
    assert (clean.racy, clean.racy_lines, clean.clean_lines) == (False, frozenset(), {6, 14})


def test_goblint_marks_that_are_unsettled_or_prose_are_left_out(tmp_path: Path) -> None:
    text = (
        "int a, b, c;\n// RACE of two\nvoid f(void) {\n  a++; // RACE? TODO\n  b++; // NORACE\n}\n"
    )
    write_suite(tmp_path, {"x/1.c": text, "x/2.c": text.replace("NORACE", "fine")})
    case = only(list(goblint.cases(tmp_path)))
    assert (case.name, case.racy, case.racy_lines, case.clean_lines) == (
        "x/1.c",
        False,
        frozenset(),
        {5},
    )


def test_comments_are_blank_and_lines_stay(tmp_path: Path) -> None:
    write_suite(tmp_path, {"x/1_rc.c": UNLOCKED})
    case = only(list(goblint.cases(tmp_path)))
    assert "RACE" not in case.source
    assert case.source.splitlines()[5].rstrip() == "  served++;"
    assert len(case.source.splitlines()) == len(UNLOCKED.splitlines())
    assert "rc" not in case.path and "1" not in case.path


def test_strings_are_no_comments(tmp_path: Path) -> None:
    text = 'const char *url = "http://x"; int a;\nvoid f(void) { a++; } // RACE\n'
    write_suite(tmp_path, {"x/1.c": text})
    assert '"http://x"' in only(list(goblint.cases(tmp_path))).source


@pytest.mark.parametrize(
    ("name", "racy", "kind"),
    [
        ("SUM_OMP_Int_RaceBug.c", True, "OpenMP"),
        ("SUM_OMP_Int_NoRaceBug.c", False, "OpenMP"),
        ("SUM_C_Int_RaceBug_NoBoundsBug.c", True, "C11 threads"),
        ("SUM_CPP_Int_NoRaceBug.cpp", False, "C++ threads"),
    ],
)
def test_indigo_names_are_labels(tmp_path: Path, name: str, racy: bool, kind: str) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / name).write_text(PROGRAM)
    case = only(list(indigo3.cases(tmp_path)))
    assert (case.racy, case.kind, case.group) == (racy, kind, "SUM")
    assert "rac" not in case.source
    assert case.suffix == Path(name).suffix


@pytest.mark.parametrize(
    "name", ["SUM_OMP_RaceBug_BoundsBug.c", "SUM_OMP_BoundsBug.c", "SUM_OMP_Int.c", "helper.c"]
)
def test_indigo_files_with_other_bugs_or_none_named_are_left_out(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(PROGRAM)
    assert list(indigo3.cases(tmp_path)) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("BFS_OMP_NoRaceBug.c", ("1", "0")),
        ("TC_OMP_NoRaceBug.c", ("1",)),
        ("SSSP_CPP_RaceBug.cpp", ("1", "0", "4")),
        ("PR_C_RaceBug.c", ("1", "4")),
    ],
)
def test_indigo_programs_are_run_on_a_graph_of_some_hundred_vertices(
    tmp_path: Path, name: str, expected: tuple[str, ...]
) -> None:
    (tmp_path / name).write_text(PROGRAM)
    case = only(list(indigo3.cases(tmp_path)))
    assert indigo3.arguments(case, tmp_path / "elsewhere") is None
    (tmp_path / "inputs").mkdir()
    for size in (100, 9_000, 200_000):
        (tmp_path / "inputs" / f"{size}.egr").write_bytes(bytes(size))
    given = indigo3.arguments(case, tmp_path)
    assert given is not None
    assert (Path(given[0]).name, given[1:]) == ("9000.egr", expected)


COUNTED = """#include "types.h"
#include <thread>
static counted hits;
static void work() { hits++; }
int main() {
  std::thread a(work), b(work);
  a.join();
  b.join();
}
"""


@pytest.mark.parametrize("held", ["int", "std::atomic<int>"])
def test_indigo_files_are_read_with_the_suites_headers_less_their_comments(
    tmp_path: Path, held: str
) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "types.h").write_text(f"// no race here\ntypedef {held} counted;\n")
    (tmp_path / "SUM_CPP_Int_NoRaceBug.cpp").write_text(COUNTED)
    case = only(list(indigo3.cases(tmp_path)))
    assert case.read is not None
    told = case.read(["include/types.h", "other.h"])
    assert told["other.h"] is None
    assert b"race" not in (told["include/types.h"] or b"race")
    slices = analyse(case.path, case.source.encode(), case.read).slices
    atomic = [pair.first.atomic for item in slices for pair in item.pairs]
    assert atomic and set(atomic) == {held != "int"}


def test_indigo_trees_generated_twice_give_a_file_once(tmp_path: Path) -> None:
    for tree in ("clean", "buggy"):
        (tmp_path / tree).mkdir()
        (tmp_path / tree / "SUM_OMP_NoRaceBug.c").write_text(PROGRAM)
    assert not only(list(indigo3.cases(tmp_path))).racy


def test_dracc_names_are_labels_and_other_errors_no_races(tmp_path: Path) -> None:
    for name in ("001_Counter_bare_yes", "002_Counter_locked_no", "003_MxV_Missing_Copy_yes"):
        (tmp_path / f"DRACC_OMP_{name}.c").write_text(PROGRAM)
    racy, clean = dracc.cases(tmp_path)
    assert (racy.racy, racy.group, clean.racy, clean.group) == (True, "Counter", False, "Counter")
    assert "rac" not in racy.source
