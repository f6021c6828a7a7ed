"""Running and labelling with the real compiler, sanitizer and Archer."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from model_export.execute import run as run_module
from model_export.execute.label import label, row
from model_export.execute.run import (
    Run,
    Runner,
    Setting,
    Toolchain,
    ToolsMissing,
    find_tools,
    uses_openmp,
)
from model_export.programs.sample import Program

pytestmark = pytest.mark.clang

HISTOGRAM = """\
#include <stdio.h>
static int hist[64];
int main(void) {
#pragma omp parallel for
  for (int i = 0; i < 4000; i++) {
#pragma omp atomic
    hist[i & 63]++;
  }
  printf("%d\\n", hist[3]);
  return 0;
}
"""
RACY_HISTOGRAM = HISTOGRAM.replace("#pragma omp atomic\n", "")
LOCKED = """\
#include <mutex>
#include <thread>
struct Count {
  std::mutex lock;
  int n = 0;
  void add() { std::lock_guard<std::mutex> guard(lock); n++; }
};
int main() {
  Count count;
  auto work = [&] { for (int i = 0; i < 300; i++) count.add(); };
  std::thread a(work), b(work);
  a.join();
  b.join();
  return count.n != 600;
}
"""
UNLOCKED = LOCKED.replace("std::lock_guard<std::mutex> guard(lock); ", "")


@pytest.fixture(scope="module")
def tools() -> Toolchain:
    return find_tools()


@pytest.fixture
def runner(tools: Toolchain, tmp_path: Path) -> Iterator[Runner]:
    yield Runner(tools=tools, work=tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def program(source: str, expected: str, language: str = "c") -> Program:
    return Program(
        id="0" * 16,
        family="f",
        domain="d",
        language=language,
        source=source,
        choices={"add": "bare"},
        effects={"hist": "racy"},
        slot_lines={},
        expected=expected,
        twin_group="g",
    )


def test_openmp_race_is_seen_at_its_line(runner: Runner) -> None:
    made = program(RACY_HISTOGRAM, "racy")
    runs = runner.execute(made)
    verdict = label(made, runs)
    # Seen at once, and run once more for the pairs that luck hid.
    assert [(run.setting.level, run.setting.threads) for run in runs] == [("-O0", 4), ("-O0", 8)]
    assert (verdict.label, verdict.agrees, verdict.usable) == ("racy", True, True)
    pairs = json.loads(str(row(made, runs)["reports"]))
    assert pairs
    for pair in pairs:
        assert pair["location"] == "global hist"
        assert {pair["a"]["line"], pair["b"]["line"]} == {6}
        assert pair["b"]["mode"] == "write" or pair["a"]["mode"] == "write"
        assert not pair["a"]["atomic"]


def test_openmp_atomic_is_clean_thanks_to_archer(runner: Runner) -> None:
    made = program(HISTOGRAM, "clean")
    runs = runner.execute(made)
    verdict = label(made, runs)
    settings = [(r.setting.level, r.setting.threads) for r in runs]
    assert settings == [("-O0", 4), ("-O0", 8), ("-O1", 2), ("-O1", 4)]
    assert (verdict.label, verdict.usable, row(made, runs)["reports"]) == ("clean", True, "[]")


def test_declared_clean_but_reported_is_believed_racy(runner: Runner) -> None:
    made = program(RACY_HISTOGRAM, "clean")
    verdict = label(made, runner.execute(made))
    assert (verdict.label, verdict.disagrees, verdict.usable) == ("racy", True, True)


def test_declared_racy_but_silent_is_unusable_after_six_looks(runner: Runner) -> None:
    made = program("int main(void) { return 0; }\n", "racy")
    runs = runner.execute(made)
    verdict = label(made, runs)
    assert len(runs) == 6
    assert (verdict.outcome, verdict.agrees, verdict.usable) == ("clean", False, False)


def test_cpp_before_and_after_with_precompiled_headers(runner: Runner) -> None:
    racy, clean = program(UNLOCKED, "racy", "c++"), program(LOCKED, "clean", "c++")
    assert label(racy, runner.execute(racy)).label == "racy"
    assert label(clean, runner.execute(clean)).label == "clean"
    assert len(runner.precompiled) == 2  # one per optimisation level
    assert all(flags[0] == "-include-pch" for flags in runner.precompiled.values())


@pytest.mark.parametrize(
    ("source", "outcome", "detail"),
    [
        ("int main(void) { return undeclared; }\n", "compile-error", "undeclared"),
        ("int main(void) { return 3; }\n", "crash", "exit status 3"),
        ("int main(void) { volatile int *p = 0; return *p; }\n", "crash", "SEGV"),
    ],
)
def test_failures_are_values_and_unusable(
    runner: Runner, source: str, outcome: str, detail: str
) -> None:
    made = program(source, "clean")
    runs = runner.execute(made)
    verdict = label(made, runs)
    assert (verdict.outcome, verdict.label, verdict.usable) == (outcome, "", False)
    assert detail in verdict.detail


def test_endless_program_is_stopped(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "RUN_SECONDS", 0.4)
    monkeypatch.setattr(run_module, "RACY_SECONDS", 0.2)
    made = program("#include <unistd.h>\nint main(void) { for (;;) pause(); }\n", "clean")
    (only,) = runner.execute(made)
    assert only.outcome == "timeout"
    assert not label(made, (only,)).usable


def test_race_before_a_hang_still_counts(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "RACY_SECONDS", 1.5)
    hang = RACY_HISTOGRAM.replace("  return 0;", "  for (;;) pause();")
    made = program("#include <unistd.h>\n" + hang, "racy")
    (only,) = runner.execute(made)
    assert only.outcome == "racy"


def test_thread_leak_alone_is_no_race(runner: Runner) -> None:
    source = """\
#include <pthread.h>
#include <unistd.h>
static void *work(void *arg) { return arg; }
int main(void) {
  pthread_t t;
  pthread_create(&t, 0, work, 0);
  usleep(50000);
  return 0;
}
"""
    made = program(source, "clean")
    runs = runner.execute(made)
    assert label(made, runs).label == "clean"
    assert row(made, runs)["other_reports"] == '["thread leak"]'


def test_archer_that_does_not_load_is_told(tools: Toolchain) -> None:
    run_module._check_archer(tools)
    with pytest.raises(ToolsMissing, match="does not load"):
        run_module._check_archer(replace(tools, archer="/nowhere/libarcher.so"))


@pytest.mark.parametrize(
    ("outcome", "stopped", "at", "left"),
    [
        ("clean", False, 0, [("-O0", 8), ("-O1", 2), ("-O1", 4)]),
        ("racy", False, 0, [("-O0", 8)]),
        ("racy", False, 1, []),  # what is left needs another binary
        ("racy", True, 0, []),
        ("crash", False, 0, []),
    ],
)
def test_what_is_still_to_run(
    outcome: str, stopped: bool, at: int, left: list[tuple[str, int]]
) -> None:
    pending = run_module.SETTINGS["clean"][at:]
    run = Run(setting=pending[0], outcome=outcome, stopped=stopped)
    found = run_module.still_to_run(pending, run)
    assert [(item.level, item.threads) for item in found] == left


def test_label_prefers_a_race_over_a_later_failure() -> None:
    setting = Setting(level="-O1", threads=4)
    runs = [Run(setting=setting, outcome="racy"), Run(setting=setting, outcome="crash")]
    assert label(program("", "racy"), runs).label == "racy"
    assert label(program("", "racy"), runs[1:]).outcome == "crash"


@pytest.mark.parametrize(
    ("source", "needs"),
    [
        ("#pragma omp parallel\n", True),
        ("#include <omp.h>\n", True),
        ("DO(omp parallel for)\n", True),
        ("int n = omp_get_max_threads();", True),
        ("int compute(void); int component;", False),
        ("x.compare_exchange_strong(a, b); bool completed;", False),
    ],
)
def test_a_word_that_holds_the_letters_is_no_openmp(source: str, needs: bool) -> None:
    assert uses_openmp(source) is needs
