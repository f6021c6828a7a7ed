"""Runs a program under the OMPT tool: who was busy, who waited, by construct and number of threads.

Work balance = busy time / (threads x busiest thread), over all instances of a construct. Busy time
is thread CPU time, so threads may outnumber cores: a static schedule gives the same balance again
and again. A dynamic one depends on who gets a core first; `spread` over the repeats tells.
"""

from __future__ import annotations

import json
import shutil
import signal
import statistics
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from model_export.execute.compiler import compile_
from model_export.execute.run import SOURCE, STANDARD, Toolchain
from model_export.execute.symbolize import Symbolizer
from reviewbot.errors import ReviewbotError

TOOL = Path(__file__).parent / "native" / "profile_ompt.c"
SECONDS = 60
THREADS = (4, 16)  # those of the model's two balance outputs
REPEATS = 3
# An optimised program, as people run it; the lines are for the report.
FLAGS = ("-O2", "-gline-tables-only", "-gcolumn-info", "-fopenmp", "-pthread", "-w")
# Numbers of ompt_work_t, and the tool's own for a parallel region.
_KINDS = {
    1: "for",
    2: "sections",
    3: "single",
    5: "workshare",
    6: "distribute",
    7: "taskloop",
    8: "scope",
    10: "for static",
    11: "for dynamic",
    12: "for guided",
    13: "for",
    100: "parallel",
}


_COUNTED = ("instances", "span", "chunks", "waited", "locked", "wall")


class NotProfiled(ReviewbotError):
    """A program gave no profile: it failed, took too long, or used no OpenMP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Construct:
    """One construct over all its instances in a run; times in seconds."""

    line: int
    kind: str  # "parallel" | "for static" | "for dynamic" | "sections" | "single" | ...
    threads: int
    instances: int
    busy: tuple[float, ...]  # CPU time of each thread
    balance: float  # 0..1; 1: all threads equally busy
    chunks: int
    barrier_wait: float  # wall time, summed over the threads; of a parallel region only
    lock_wait: float
    wall: float
    spread: float = 0.0  # of the balance, over the repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One program with one number of threads."""

    threads: int
    wall: float
    serial: float  # CPU time of the first thread outside of parallel regions
    constructs: tuple[Construct, ...]


@dataclass(slots=True)
class Profiler:
    """Compiles programs and runs them under the tool in a directory of its own."""

    tools: Toolchain
    work: Path
    symbolizer: Symbolizer
    tool: Path
    variables: Mapping[str, str] = field(default_factory=dict)  # for the programs, beside ours

    @classmethod
    def over(cls, tools: Toolchain, work: Path) -> Profiler:
        """Build the tool; raises CompileFailed if libomp's headers are not there."""
        made = work / "profile_ompt.so"
        if not made.exists():
            compile_([tools.clang, "-O2", "-shared", "-fPIC", str(TOOL), "-o", str(made)])
        return cls(tools, work, Symbolizer(tools.symbolizer), made)

    def profile(
        self,
        source: str,
        language: str,
        *,
        threads: Sequence[int] = THREADS,
        repeats: int = REPEATS,
    ) -> tuple[Profile, ...]:
        """A profile for each number of threads, the median run by balance of the repeats.

        Raises CompileFailed or NotProfiled.
        """
        with tempfile.TemporaryDirectory(dir=self.work) as name:
            folder = Path(name)
            binary = self.build(source, language, folder)
            return tuple(
                middle_of([self.run(binary, folder, count) for _ in range(repeats)])
                for count in threads
            )

    def build(self, source: str, language: str, folder: Path) -> Path:
        """Compile a program as people run it; raises CompileFailed."""
        path, binary = folder / SOURCE[language], folder / "program"
        path.write_text(source, encoding="utf-8")
        compiler = self.tools.clang if language == "c" else self.tools.clangxx
        compile_([compiler, STANDARD[language], *FLAGS, str(path), "-o", str(binary), "-lm"])
        return binary

    def run(self, binary: Path, folder: Path, threads: int) -> Profile:
        """One run with so many threads; raises NotProfiled."""
        output = folder / "profile.json"
        output.unlink(missing_ok=True)
        variables = {
            "OMP_TOOL_LIBRARIES": str(self.tool),
            "PROFILE_OUTPUT": str(output),
            "OMP_NUM_THREADS": str(threads),
            "OMP_DYNAMIC": "false",
            # A waiting thread must not take the core of one that works.
            "OMP_WAIT_POLICY": "passive",
            **self.variables,
        }
        _start(binary, folder, variables)
        if not output.exists():
            raise NotProfiled("the program never entered OpenMP: there is nothing to profile")
        return self._read(json.loads(output.read_text(encoding="utf-8")), threads, binary)

    def _read(self, found: Mapping[str, Any], threads: int, binary: Path) -> Profile:
        own = [c for c in found["constructs"] if Path(c["module"]).name == binary.name]
        places = self.symbolizer.places(str(binary), [c["offset"] for c in own])
        constructs = _by_line(own, [line for _, line in places])
        return Profile(
            threads=threads,
            wall=found["wall"] / 1e9,
            serial=found["serial"] / 1e9,
            constructs=tuple(constructs),
        )


def _start(binary: Path, folder: Path, variables: Mapping[str, str]) -> None:
    limits = ["prlimit", f"--cpu={SECONDS * 4}", f"--fsize={8 << 20}", "--nproc=4096", "--core=0"]
    command = [shutil.which("prlimit") or limits[0], *limits[1:], str(binary)]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as exc:
        raise NotProfiled(f"the program took more than {SECONDS} s; give it less work") from exc
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        raise NotProfiled(f"the program ended by {name}; run it alone to see why")


def _by_line(found: Sequence[Mapping[str, Any]], lines: Sequence[int]) -> list[Construct]:
    """The constructs by line; what the optimiser copied (an unrolled loop) is one again."""
    sums: dict[tuple[int, int, int], dict[str, Any]] = {}
    for item, line in zip(found, lines, strict=True):
        key = (line, item["kind"], item["threads"])
        known = sums.get(key)
        sums[key] = dict(item) if known is None else _sum(known, item)
    return [_construct(sums[key], key[0]) for key in sorted(sums)]


def _sum(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    added = {name: first[name] + second[name] for name in _COUNTED}
    busy = [a + b for a, b in zip(first["busy"], second["busy"], strict=True)]
    return {**first, **added, "busy": busy}


def _construct(found: Mapping[str, Any], line: int) -> Construct:
    busy = tuple(value / 1e9 for value in found["busy"])
    return Construct(
        line=line,
        kind=_KINDS.get(found["kind"], "other"),
        threads=found["threads"],
        instances=found["instances"],
        busy=busy,
        balance=sum(found["busy"]) / found["span"] if found["span"] else 1.0,
        chunks=found["chunks"],
        barrier_wait=found["waited"] / 1e9,
        lock_wait=found["locked"] / 1e9,
        wall=found["wall"] / 1e9,
    )


def _key(construct: Construct) -> tuple[int, str, int]:
    return construct.line, construct.kind, construct.threads


def middle_of(runs: Sequence[Profile]) -> Profile:
    """Each construct from the run where its balance is the median; one of the runs otherwise."""
    found: dict[tuple[int, str, int], list[Construct]] = {}
    for run in runs:
        for construct in run.constructs:
            found.setdefault(_key(construct), []).append(construct)
    middle = sorted(runs, key=lambda run: run.wall)[len(runs) // 2]
    return replace(middle, constructs=tuple(_median(found[key]) for key in sorted(found)))


def _median(seen: Sequence[Construct]) -> Construct:
    balances = [construct.balance for construct in seen]
    middle = statistics.median_low(balances)
    chosen = next(construct for construct in seen if construct.balance == middle)
    return replace(chosen, spread=max(balances) - min(balances))


def records(profiles: Iterable[Profile]) -> list[dict[str, Any]]:
    """Flat rows for Parquet or JSON: one a construct and number of threads."""
    return [
        {
            "threads": profile.threads,
            "line": construct.line,
            "kind": construct.kind,
            "team": construct.threads,
            "instances": construct.instances,
            "balance": construct.balance,
            "spread": construct.spread,
            "busy": list(construct.busy),
            "chunks": construct.chunks,
            "barrier_wait": construct.barrier_wait,
            "lock_wait": construct.lock_wait,
            "wall": construct.wall,
            "program_wall": profile.wall,
            "program_serial": profile.serial,
        }
        for profile in profiles
        for construct in profile.constructs
    ]
