"""What takes too long in a harvest is given up, and said so; what was fast stays fast."""

import math
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from model_export.harvest import harvester, trial
from model_export.harvest.assemble import Assembled
from model_export.harvest.harvester import Job, harvest_file
from model_export.harvest.limit import within
from model_export.harvest.projects import Project
from model_export.harvest.table import counts
from reviewbot.escalation.sandbox import Sandbox
from reviewbot.process import Completed, run


def spin() -> str:
    while True:
        pass


def test_work_within_its_limit_gives_its_result_and_leaves_no_alarm() -> None:
    before = signal.getsignal(signal.SIGALRM)
    assert within(5.0, lambda: "done", "late") == "done"
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert signal.getsignal(signal.SIGALRM) is before


def test_work_beyond_its_limit_is_ended() -> None:
    started = time.monotonic()
    assert within(0.1, spin, "late") == "late"
    assert time.monotonic() - started < 3


def test_of_time_on_the_processor_waiting_takes_none() -> None:
    assert within(0.1, lambda: time.sleep(0.4) or "slept", "late", cpu=True) == "slept"
    assert within(0.1, spin, "late", cpu=True) == "late"
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0


def test_a_handler_of_failures_does_not_swallow_the_limit() -> None:
    def stubborn() -> str:
        while True:
            try:
                spin()
            except Exception:  # what code on the way may do
                continue

    assert within(0.1, stubborn, "late") == "late"


def test_a_child_is_ended_with_the_work() -> None:
    started = time.monotonic()
    assert within(0.2, lambda: run(["sleep", "30"]).returncode, -1) == -1
    assert time.monotonic() - started < 5


def test_an_error_of_the_work_is_its_own() -> None:
    with pytest.raises(ZeroDivisionError):
        within(5.0, lambda: 1 // 0, 0)
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


SOURCE = "void f(int *a) {\n#pragma omp parallel for\n  for (int i = 0; i < 9; i++) a[i] = i;\n}\n"


class Slow:
    """An assembler that never comes to an end."""

    def __init__(self, *_: object) -> None:
        self.folder = Path()

    def assemble(self, _: object) -> str:
        return spin()


def job(root: Path, until: float = math.inf) -> Job:
    (root / "a.c").write_text(SOURCE)
    project = Project(root=root, name="p", commit="1", licence="MIT")
    return Job(
        project=project,
        path="a.c",
        done=frozenset(),
        mutants=0,
        seed=1,
        limit=9,
        seconds=0.3,
        until=until,
    )


def test_a_function_that_takes_too_long_is_told_of_and_kept_unlabelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harvester, "Assembler", Slow)
    work = tmp_path / "work"
    work.mkdir()
    crop = harvest_file(job(tmp_path), None, Sandbox(unsafe=True), work)  # type: ignore[arg-type]
    (found,) = crop.found
    assert found.entry["reason"] == "takes longer than its limit to be cut out"
    assert found.unlabelled is not None and found.programs == ()
    assert counts([found.entry])["own threads"] == 1
    assert crop.seconds >= 0.3


def test_a_file_that_takes_too_long_to_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = replace(job(tmp_path), seconds=0.1)
    monkeypatch.setattr(harvester, "functions_of", lambda *_: spin())
    crop = harvest_file(short, None, Sandbox(unsafe=True), tmp_path)  # type: ignore[arg-type]
    assert (crop.endless, crop.found, crop.functions) == ("a.c", (), 0)
    monkeypatch.setattr(harvester, "functions_of", lambda *_: [])
    crop = harvest_file(short, None, Sandbox(unsafe=True), tmp_path)  # type: ignore[arg-type]
    assert crop.endless == ""


def test_after_the_last_minute_no_function_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harvester, "Assembler", Slow)
    work = tmp_path / "work"
    work.mkdir()
    late = job(tmp_path, until=time.time() - 1)
    crop = harvest_file(late, None, Sandbox(unsafe=True), work)  # type: ignore[arg-type]
    assert crop.found == ()


def test_regions_are_looked_for_once_a_program_and_not_once_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = SOURCE + "int main(void) { static int a[9]; f(a); return 0; }\n" + "\n" * 500
    made = Assembled(text=text, trial=text, language="c", target="f", paths=())
    lcov = "SF:program.c\n" + "".join(f"DA:{n},7\n" for n in range(1, 400)) + "end_of_record\n"
    asked: list[Assembled] = []

    def once(program: Assembled) -> frozenset[int]:
        asked.append(program)
        return frozenset({2, 3})

    monkeypatch.setattr(trial, "parallel_lines", once)
    monkeypatch.setattr(trial, "_call", lambda *_: "")
    monkeypatch.setattr(trial, "run", lambda *_, **__: Completed(0, lcov.encode(), b""))

    class Tools:
        symbolizer = "/usr/bin/true"

    assert trial._reached(made, Tools(), tmp_path) == (1.0, 7)  # type: ignore[arg-type]
    assert len(asked) == 1
