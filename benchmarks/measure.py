"""Runs programs and says what they cost; the sides of a comparison take turns."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run of a program took."""

    seconds: float
    peak_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One budget: what was measured against what is allowed, both in `unit`."""

    name: str
    measured: float
    budget: float
    unit: str
    at_least: bool = False  # True: the budget is a floor
    detail: str = ""
    skipped: str = ""

    @property
    def kept(self) -> bool:
        """Whether the budget is kept."""
        return self.measured >= self.budget if self.at_least else self.measured <= self.budget

    @property
    def share(self) -> float:
        """How much of the budget is used; 1.0 is all of it, whether it is a floor or a ceiling."""
        if self.at_least:
            return self.budget / self.measured if self.measured else float("inf")
        return self.measured / self.budget


def skipped(name: str, reason: str) -> Result:
    """A budget that could not be measured here."""
    return Result(name=name, measured=0.0, budget=0.0, unit="", skipped=reason)


def spend(argv: Sequence[str], cwd: Path, allowed: Sequence[int] = (0, 1)) -> Cost:
    """Run a program and wait for it; SystemExit with its words if it ends with another status."""
    with tempfile.TemporaryFile() as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(
            argv, cwd=cwd, env=environment(), stdout=subprocess.DEVNULL, stderr=stderr
        )
        # Unlike getrusage(RUSAGE_CHILDREN), wait4 speaks of this child alone. Its peak is at least
        # that of this small process, from which it was forked.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in allowed:
            stderr.seek(0)
            told = stderr.read().decode(errors="replace")
            raise SystemExit(f"{' '.join(argv)} ended with {process.returncode}:\n{told}")
    return Cost(seconds=seconds, peak_mib=usage.ru_maxrss / 1024)  # KiB on Linux


def environment() -> dict[str, str]:
    """The environment without the user's git settings and without a surrounding repository."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    person = {"NAME": "benchmark", "EMAIL": "benchmark@example.invalid"}
    return {
        **kept,
        **{f"GIT_AUTHOR_{key}": value for key, value in person.items()},
        **{f"GIT_COMMITTER_{key}": value for key, value in person.items()},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }


def interleaved(
    sides: Mapping[str, Callable[[], Cost]], repeats: int
) -> dict[str, tuple[Cost, ...]]:
    """Each side `repeats` times, in turns, so that a busy spell hits all of them alike."""
    costs: dict[str, list[Cost]] = {name: [] for name in sides}
    for side in sides.values():
        side()  # not counted: the first run writes bytecode and fills the file cache
    for _ in range(repeats):
        for name, side in sides.items():
            costs[name].append(side())
    return {name: tuple(found) for name, found in costs.items()}


def seconds(costs: Sequence[Cost]) -> float:
    """The median time."""
    return median(cost.seconds for cost in costs)


def peak(costs: Sequence[Cost]) -> float:
    """The highest peak, in MiB."""
    return max(cost.peak_mib for cost in costs)


def use_two_cores() -> None:
    """The budgets are for two cores; the children inherit the choice."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
