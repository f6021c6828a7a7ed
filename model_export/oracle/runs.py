"""Runs a program under the oracle's runtime and reads what it saw."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model_export.execute.run import end_group
from model_export.oracle.verdict import OracleRun, Sighting
from model_export.oracle.watch import ends

SECONDS = 20
OUR_FAILURES = (97, 98)  # the runtime cannot write; or nobody gives its lock back
# Of CPU and of files; memory is limited, too, since the runtime's own can grow with the program's.
LIMITS = ("prlimit", "--cpu=20", "--fsize=8388608", "--nproc=4096", "--core=0", "--as=8589934592")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How one run is made: the team's size and what shakes the order of its threads."""

    threads: int
    seed: int


# Four threads show most; three and two split work at other places; eight need more of them.
SCHEDULES = (
    Schedule(threads=4, seed=1),
    Schedule(threads=3, seed=2),
    Schedule(threads=2, seed=3),
    Schedule(threads=8, seed=4),
    Schedule(threads=4, seed=5),
    Schedule(threads=3, seed=6),
)


def run(binary: Path, schedule: Schedule, seconds: float = SECONDS) -> OracleRun:
    """Run once in the binary's folder."""
    out = binary.with_name(f"seen-{schedule.threads}-{schedule.seed}.jsonl")
    own = {
        "OMP_NUM_THREADS": str(schedule.threads),
        "ORACLE_SEED": str(schedule.seed),
        "ORACLE_OUT": str(out),
    }
    return read_run(schedule, _guarded(binary, environment() | own, seconds), out)


def read_run(schedule: Schedule, status: int | None, out: Path) -> OracleRun:
    """What a run wrote and how it ended; status is None if it did not."""
    crashed = status is not None and (status < 0 or status in OUR_FAILURES)
    outcome = "timeout" if status is None else "crash" if crashed else "ended"
    return OracleRun(
        threads=schedule.threads,
        seed=schedule.seed,
        outcome=outcome,
        sightings=tuple(_sightings(out)),
        detail="" if outcome == "ended" else f"exit status {status}",
    )


def environment() -> dict[str, str]:
    """Variables that all runs share."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C",
        "OMP_DYNAMIC": "false",
        "OMP_MAX_ACTIVE_LEVELS": "4",
        # Idle threads look for tasks for two milliseconds, then sleep: cores are shared.
        "KMP_BLOCKTIME": "2",
    }


def _guarded(binary: Path, env: dict[str, str], seconds: float) -> int | None:
    """The exit status, None if it does not end; its process group does not outlive the call."""
    process = subprocess.Popen(
        [*LIMITS, str(binary)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=env,
        cwd=binary.parent,
        start_new_session=True,
    )
    try:
        return ends(process, seconds)
    finally:
        end_group(process)


def _sightings(out: Path) -> Iterator[Sighting]:
    if not out.exists():
        return
    for line in out.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            found = json.loads(line)
        except json.JSONDecodeError:
            continue  # cut off when the time ran out
        sides = found["a"], found["b"]
        yield Sighting(
            same=found["same"],
            modes=(sides[0]["mode"], sides[1]["mode"]),
            atomic=(sides[0]["atomic"], sides[1]["atomic"]),
            stacks=(tuple(sides[0]["pcs"]), tuple(sides[1]["pcs"])),
        )
