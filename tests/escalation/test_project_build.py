"""Targets in the project's own build: real CMake, real Make, real sanitizers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from reviewbot.escalation.records import Outcome, ReportKind, Sanitizer, Verdict, Way
from reviewbot.escalation.settings import SanitizerSettings
from reviewbot.escalation.tools import Compiler, Toolbox
from tests.escalation.building import (
    CLEAN,
    FINGERPRINT,
    MAKE,
    SANDBOX,
    needs_bubblewrap,
    project,
    sources,
    target,
)

pytestmark = [needs_bubblewrap, pytest.mark.clang]
needs_cmake = pytest.mark.skipif(shutil.which("cmake") is None, reason="cmake is not installed")
needs_valgrind = pytest.mark.skipif(shutil.which("valgrind") is None, reason="no valgrind")

CMAKE = SanitizerSettings(
    configure=("cmake -S . -B build",),
    build=("cmake --build build",),
    test=("ctest --test-dir build",),
    threads=(2,),
)


def check_confirmed(outcome: Outcome) -> None:
    assert (outcome.verdict, outcome.runs) == (Verdict.CONFIRMED, 1), outcome.reason
    report = outcome.reports[0]
    assert report.kind is ReportKind.RACE
    assert {one.stack[0].line for one in report.accesses} == {7}
    assert all(one.stack[0].path.endswith("src/tally.c") for one in report.accesses)


@needs_cmake
class TestCMake:
    """ctest keeps what a test prints to itself: reports must not depend on it."""

    def test_a_race_is_confirmed(self) -> None:
        with project(sources(), CMAKE) as made:
            (outcome,) = made.run(target())
        check_confirmed(outcome)

    def test_clean_code_is_not_reproduced(self) -> None:
        with project(sources(CLEAN), CMAKE) as made:
            (outcome,) = made.run(target())
        assert outcome.verdict is Verdict.NOT_REPRODUCED, outcome.reason
        assert outcome.reason == "not seen in 1 run with 2 threads"
        assert outcome.reports == ()


class TestMake:
    def test_a_race_is_confirmed_and_the_working_tree_stays_as_it_was(self) -> None:
        with project(sources(), MAKE) as made:
            made.repository.write("main.c", "this is not C, and not committed")
            before = made.repository.git("status", "--porcelain")
            (outcome,) = made.run(target())
            assert made.repository.git("status", "--porcelain") == before
            assert not Path(made.repository.path, "main").exists()
        check_confirmed(outcome)
        assert outcome.target.fingerprints == (FINGERPRINT,)

    def test_one_build_serves_every_target_and_each_gets_its_own_verdict(self) -> None:
        with project(sources(), MAKE) as made:
            at_fault, elsewhere = made.run(target(), target(line=17, function="tally"))
        assert at_fault.verdict is Verdict.CONFIRMED
        assert elsewhere.verdict is Verdict.NOT_REPRODUCED
        assert len(elsewhere.elsewhere) == 1  # the race is there, and kept apart
        assert elsewhere.seconds < at_fault.seconds / 3

    def test_every_number_of_threads_and_repeat_is_run(self) -> None:
        settings = replace(MAKE, threads=(2, 4), repeats=2)
        with project(sources(CLEAN), settings) as made:
            (outcome,) = made.run(target())
        assert (outcome.runs, outcome.threads) == (4, (2, 4))
        assert outcome.reason == "not seen in 4 runs with 2, 4 threads"

    def test_the_projects_suppressions_hold(self) -> None:
        files = {**sources(), "tsan.supp": "race:add\n"}
        with project(files, replace(MAKE, suppressions="tsan.supp")) as made:
            (outcome,) = made.run(target())
        assert outcome.verdict is Verdict.NOT_REPRODUCED

    def test_a_silence_is_confirmed_by_a_race_in_its_file(self) -> None:
        with project(sources(), MAKE) as made:
            (outcome,) = made.run(target(silent=True))
        check_confirmed(outcome)
        assert outcome.target.fingerprints == ()


@needs_valgrind
@pytest.mark.parametrize("tool", [Sanitizer.HELGRIND, Sanitizer.DRD])
def test_without_compiler_support_valgrind_sees_it(tool: Sanitizer) -> None:
    settings = replace(MAKE, test=("./main",))
    with project(sources(), settings) as made:
        (outcome,) = made.run(target(sanitizer=tool))
    assert outcome.verdict is Verdict.CONFIRMED, outcome.reason
    assert tool.value in outcome.tool


class _WithoutClang(Toolbox):
    def compilers(self) -> Iterator[Compiler]:
        return (one for one in super().compilers() if not one.is_clang)


class TestWithGccAlone:
    @pytest.mark.parametrize("way", list(Way))
    def test_a_race_of_threads_is_confirmed(self, way: Way) -> None:
        with project(sources(), MAKE, _WithoutClang(SANDBOX)) as made:
            (outcome,) = made.run(target(function="tally", way=way))
        assert outcome.verdict is Verdict.CONFIRMED, outcome.reason
        assert outcome.tool.startswith("ThreadSanitizer (gcc ")

    def test_openmp_is_not_run_because_its_order_would_not_be_seen(self) -> None:
        with project(sources(), MAKE, _WithoutClang(SANDBOX)) as made:
            (outcome,) = made.run(target(sanitizer=Sanitizer.TSAN_ARCHER))
        assert outcome.verdict is Verdict.NOT_RUN
        assert outcome.reason.startswith("OpenMP needs clang")


class TestOpenMP:
    LOOP = """\
#include "tally.h"
int tally(void) {{
  int total = 0;
#pragma omp parallel for {clause}
  for (int i = 0; i < 1000; i++) {{
    total += i;
  }}
  return total;
}}
"""
    FILES: ClassVar = {
        **sources(),
        "Makefile": "all:\n\t$(CC) $(CFLAGS) -fopenmp -Iinclude main.c src/tally.c -o main\n"
        "check:\n\t./main\n",
    }
    TARGET = target(line=6, function="tally", sanitizer=Sanitizer.TSAN_ARCHER)

    def run(self, clause: str, makefile: str | None = None) -> Outcome:
        files = {**self.FILES, "src/tally.c": self.LOOP.format(clause=clause)}
        if makefile:
            files["Makefile"] = makefile
        with project(files, MAKE) as made:
            (outcome,) = made.run(self.TARGET)
        return outcome

    def test_a_race_is_confirmed(self) -> None:
        outcome = self.run("")
        assert outcome.verdict is Verdict.CONFIRMED, outcome.reason
        assert "Archer" in outcome.tool

    def test_a_reduction_is_silent(self) -> None:
        outcome = self.run("reduction(+ : total)")
        assert outcome.verdict is Verdict.NOT_REPRODUCED, outcome.reason

    def test_a_build_without_openmp_says_so(self) -> None:
        plain = str(self.FILES["Makefile"]).replace("-fopenmp", "")
        outcome = self.run("", plain)
        assert outcome.verdict is Verdict.NOT_RUN
        assert "no OpenMP region" in outcome.reason


class TestNotInTheBuild:
    def test_a_file_that_is_not_built_gets_a_harness_instead(self) -> None:
        files = {**sources(CLEAN), "src/other.c": sources()["src/tally.c"]}
        with project(files, MAKE) as made:
            (outcome,) = made.run(target("src/other.c"))
        assert outcome.target.way is Way.HARNESS
        assert "does not contain src/other.c" in outcome.reason
        assert outcome.verdict is Verdict.CONFIRMED, outcome.reason

    def test_a_build_that_drops_the_flags_is_told(self) -> None:
        files = {
            **sources(),
            "Makefile": "all:\n\tcc -Iinclude -pthread main.c src/tally.c -o main\n",
        }
        settings = replace(MAKE, test=("./main",))
        with project(files, settings) as made:
            (outcome,) = made.run(target())
        assert outcome.verdict is Verdict.TOOL_FAILED
        assert "$CFLAGS" in outcome.reason
