"""Other people's tools asked about our own little files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from model_export.suites import tools
from model_export.suites.case import Case
from model_export.suites.measure import Absent, Opinion
from tests.model_export.suites.toy_suite import LOCKED, UNLOCKED

NULL = "void f(void) {\n  int *p = 0;\n  *p = 1;\n}\n"
ASSIGNS = "int f(int a) {\n  if (a = 3) return 1;\n  return 0;\n}\n"
FINE = "int f(int a) {\n  return a + 1;\n}\n"


def case(name: str, source: str, *, racy: bool = False) -> Case:
    return Case(name=name, suffix=".c", source=source, racy=racy, group="g", kind="pthreads")


def opinion(judged: Opinion | Absent) -> Opinion:
    assert isinstance(judged, Opinion), judged
    return judged


needs_cppcheck = pytest.mark.skipif(not shutil.which("cppcheck"), reason="cppcheck is not here")
needs_tidy = pytest.mark.skipif(not shutil.which("clang-tidy-19"), reason="no clang-tidy here")


@needs_cppcheck
def test_cppcheck_warns_at_a_line_and_is_silent_elsewhere() -> None:
    said = opinion(tools.cppcheck([case("bad", NULL), case("good", FINE)], ()))
    assert said.files == {"bad": 1.0, "good": 0.0}
    assert said.lines == {"bad": {3: 1.0}, "good": {}}
    assert not said.graded


@needs_tidy
def test_clang_tidy_warns_at_a_line_and_is_silent_elsewhere() -> None:
    said = opinion(tools.clang_tidy([case("bad", ASSIGNS), case("good", FINE)], ()))
    assert said.files == {"bad": 1.0, "good": 0.0}
    assert said.lines == {"bad": {2: 1.0}, "good": {}}


@needs_tidy
def test_what_does_not_compile_claims_no_race(tmp_path: Path) -> None:
    asks = case("asks", '#include "till.h"\n' + FINE)
    said = opinion(tools.clang_tidy([asks], ()))
    assert (said.files, said.note[:7]) == ({"asks": 0.0}, "1 files")
    (tmp_path / "till.h").write_text("int till;\n")
    found = opinion(tools.clang_tidy([asks], (tmp_path,)))
    assert (found.files, found.note[:7]) == ({"asks": 0.0}, "0 files")


def test_a_tool_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for judged in (
        tools.cppcheck([case("x", FINE)], ()),
        tools.clang_tidy([case("x", FINE)], ()),
        tools.thread_sanitizer([case("x", FINE)], 1),
    ):
        assert isinstance(judged, Absent)
        assert "is not on the PATH" in judged.reason


def test_no_program_runs_where_its_inputs_are_missing_or_no_run_is_wanted() -> None:
    needs = tools.thread_sanitizer([case("x", FINE)], 9, arguments={"x": None})
    assert isinstance(needs, Absent)
    assert "inputs" in needs.reason
    assert isinstance(tools.thread_sanitizer([case("x", FINE)], 0), Absent)


@pytest.mark.clang
def test_programs_run_with_their_headers_and_arguments(tmp_path: Path) -> None:
    (tmp_path / "toll.h").write_text("#define LOCKED_BY(n) ((n) == 3)\n")
    bare = UNLOCKED.replace("int main(void) {", "int main(int n, char **v) { if (n != 3) return 0;")
    asks = case("asks", '#include "toll.h"\n' + bare)
    cases = [asks, case("idle", '#include "toll.h"\n' + bare)]
    given: dict[str, tuple[str, ...] | None] = {"asks": ("a", "b"), "idle": ()}
    said = opinion(tools.thread_sanitizer(cases, 2, (tmp_path,), given))
    assert said.files == {"asks": 1.0, "idle": 0.0}


@pytest.mark.clang
def test_thread_sanitizer_reports_lines_of_the_first_files() -> None:
    cases = [
        case("racy", UNLOCKED, racy=True),
        case("clean", LOCKED),
        case("broken", "int main(void) { return nobody; }\n"),
        case("beyond", UNLOCKED),
    ]
    said = opinion(tools.thread_sanitizer(cases, 3))
    assert said.files == {"racy": 1.0, "clean": 0.0}
    assert said.lines == {"racy": {6: 1.0, 14: 1.0}, "clean": {}}
    assert said.note == "run on 3 of 4 files; left out: 1 compile-error"
