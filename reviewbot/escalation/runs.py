"""Runs of one program or test command at several numbers of threads, and what they amount to."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reviewbot.escalation.environment import RACE_STATUS, run_environment, wrapper
from reviewbot.escalation.folders import read_logs
from reviewbot.escalation.records import Sanitizer, ToolReport, Verdict
from reviewbot.escalation.sandbox import Confined, Limits, Sandbox
from reviewbot.escalation.tools import MAPPING, Kit
from reviewbot.escalation.tsan_text import parse_tsan
from reviewbot.escalation.valgrind_text import parse_valgrind

_LEAST = 2.0  # seconds for a run, however little is left: less would be lost for nothing
_TOOL_STARTED = "Tool was started"
_NO_SPACE = "No space left on device"
# Where clang counts how often lines ran. ThreadSanitizer leaves the counters alone, but for those
# that the optimiser moved out of a loop.
_COUNTER = re.compile(r"__llvm_prf_|__prof[cd]_")
# The tool's own end, and crashes of the program, which it catches and ends with its usual status.
_FATAL = re.compile(r"FATAL: ThreadSanitizer.*|ERROR: ThreadSanitizer: (?:SEGV|[A-Z]{3,})\b.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a kit's programs are run."""

    kit: Kit
    sandbox: Sandbox
    threads: tuple[int, ...]
    repeats: int
    limits: Limits
    deadline: float  # of time.monotonic()
    suppressions: Path | None = None
    enough: Callable[[Sequence[ToolReport]], bool] = lambda _: False  # stop early on these reports


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of the runs: reports, and how many runs ended well enough to say something."""

    reports: tuple[ToolReport, ...] = ()
    runs: int = 0
    threads: tuple[int, ...] = ()
    problem: str | None = None  # what went wrong in the first run that said nothing
    verdict: Verdict | None = None  # set if nothing can be said at all, with the problem


def run_all(command: Sequence[Sequence[str]], root: Path, logs: Path, setting: Setting) -> Ran:
    """Run the commands, one after another, once per number of threads and repeat."""
    total = Ran()
    plan = [count for _ in range(setting.repeats) for count in setting.threads]
    for index, threads in enumerate(plan):
        left = setting.deadline - time.monotonic()
        if left <= 0 or (total.reports and setting.enough(total.reports)):
            break
        # Each run gets its share, so that one that hangs leaves time for the others.
        share = max(_LEAST, left / (len(plan) - index))
        limits = replace(setting.limits, seconds=share)
        folder = logs / f"run-{index}"
        folder.mkdir()
        one = _once(command, root, folder, threads, replace(setting, limits=limits))
        total = _sum(total, one, threads)
        if one.verdict is not None and not one.reports:
            break  # it will not be otherwise with other numbers of threads
    return _judged(total)


def _once(
    commands: Sequence[Sequence[str]], root: Path, logs: Path, threads: int, setting: Setting
) -> Ran:
    ends: list[Confined] = []
    for number, command in enumerate(commands):
        into = logs / str(number)
        into.mkdir()
        ends.append(_start(command, root, into, threads, setting))
        if ends[-1].stopped:
            break
    text = "\n".join([*(read_logs(logs / str(n)) for n in range(len(ends))), *map(_printed, ends)])
    reports = _parse(text, setting.kit)
    problem = next((p for p in (_problem(end, text) for end in ends) if p), None)
    if setting.kit.archer and not _tool_started(logs, len(ends)):
        return _without_archer(reports, problem)
    return Ran(reports=reports, runs=int(problem is None or bool(reports)), problem=problem)


def _start(
    command: Sequence[str], root: Path, logs: Path, threads: int, setting: Setting
) -> Confined:
    done = _confined([*wrapper(setting.kit, logs), *command], root, logs, threads, setting)
    if MAPPING in done.stderr + done.stdout or MAPPING.decode() in read_logs(logs):
        # Too much address randomisation for TSan's shadow; setarch -R switches it off.
        done = _confined(["setarch", "-R", *command], root, logs, threads, setting)
    return done


def _confined(
    command: Sequence[str], root: Path, logs: Path, threads: int, setting: Setting
) -> Confined:
    seen = (str(setting.suppressions),) if setting.suppressions else ()
    box = replace(setting.sandbox, readable=(*setting.sandbox.readable, *seen))
    return box.run(
        command,
        root=root,
        writable=[root, logs],
        limits=setting.limits,
        env=run_environment(setting.kit, threads, logs, setting.suppressions),
    )


def _parse(text: str, kit: Kit) -> tuple[ToolReport, ...]:
    if kit.sanitizer in (Sanitizer.HELGRIND, Sanitizer.DRD):
        return parse_valgrind(text, kit.sanitizer.value)
    reports = parse_tsan(text, kit.sanitizer.value)
    return tuple(one for one in reports if not _COUNTER.search(one.location))


def _printed(done: Confined) -> str:
    return (done.stderr + b"\n" + done.stdout).decode("utf-8", "replace")


def _tool_started(logs: Path, count: int) -> bool:
    return any(_TOOL_STARTED in read_logs(logs / str(n)) for n in range(count))


def _without_archer(reports: tuple[ToolReport, ...], problem: str | None) -> Ran:
    """Without Archer every barrier looks like a race: what was reported is not believed."""
    if reports:
        return Ran(
            problem="Archer was not loaded, and reports without it are not believed: "
            "link with clang's OpenMP runtime",
            verdict=Verdict.TOOL_FAILED,
        )
    if problem:
        return Ran(problem=problem)
    return Ran(problem="no OpenMP region of clang's runtime was run", verdict=Verdict.NOT_RUN)


def _problem(done: Confined, text: str) -> str | None:
    """Why a run says nothing; None for one that ended by itself, with reports or without."""
    if done.stopped:
        return done.stopped
    if _NO_SPACE in text:
        return "the disk is full (No space left on device)"
    if fatal := _FATAL.search(text):
        return fatal[0][:200]
    if done.returncode in (0, RACE_STATUS):
        return None
    number = done.returncode - 128 if done.returncode > 128 else -done.returncode
    if number in signal.valid_signals():
        return f"it was ended by {signal.Signals(number).name}"
    return f"it ended with status {done.returncode}{_said(done)}"


def _said(done: Confined) -> str:
    lines = [line for line in _printed(done).strip().splitlines() if line.strip("= ")]
    return f": {lines[-1][:200]}" if lines else ""


def _sum(total: Ran, one: Ran, threads: int) -> Ran:
    used = (*total.threads, threads) if one.runs and threads not in total.threads else total.threads
    return replace(
        total,
        reports=_distinct((*total.reports, *one.reports)),
        runs=total.runs + one.runs,
        threads=used,
        problem=total.problem or one.problem,
        verdict=total.verdict or one.verdict,
    )


def _distinct(reports: Iterable[ToolReport]) -> tuple[ToolReport, ...]:
    """The same race is reported in every run: addresses and threads differ, stacks do not."""
    return tuple(
        {(one.kind, tuple(a.stack for a in one.accesses)): one for one in reports}.values()
    )


def _judged(total: Ran) -> Ran:
    if total.runs or total.verdict:
        return total
    return replace(
        total,
        verdict=Verdict.TOOL_FAILED,
        problem=f"no run got to its end: {total.problem or 'there was no time left'}",
    )
