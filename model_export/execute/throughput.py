"""Measures programs a second and core, in batches against one process a program.

python -m model_export.execute.throughput --families 'counters/*' --per-family 32

Both ways run in turns on the same programs, so that whatever else the machine does slows both.
CPU time is of the compilers and programs too; it holds on a busy machine, wall time does not.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from model_export.candidates import of_families
from model_export.execute.batch import BatchRunner
from model_export.execute.run import Run, Runner, find_tools
from model_export.explore import FAMILIES, batches
from model_export.programs.sample import Program

# Of each batch, every so many programs run one by one too: that way takes several times as long.
EVERY = 6

Batch = Sequence[Program]
Runs = Sequence[tuple[Run, ...]]


@dataclass(slots=True)
class Spent:
    """Programs run in one way, and what they took in seconds."""

    programs: int = 0
    wall: float = 0.0
    cpu: float = 0.0

    def measure(self, execute: Callable[[Batch], Runs], some: Batch) -> Runs:
        """Run programs and add what they took."""
        wall, cpu = time.monotonic(), _cpu()
        runs = execute(some)
        self.wall += time.monotonic() - wall
        self.cpu += _cpu() - cpu
        self.programs += len(some)
        return runs

    def text(self) -> str:
        """For example `192 programs, 61 ms CPU each: 16.4 a second and core`."""
        each = self.cpu / self.programs
        rate = f"{1 / each:.1f} a second and core"
        return f"{self.programs} programs, {each * 1000:.0f} ms CPU each: {rate}"


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(item.ru_utime + item.ru_stime for item in used)


def compare(programs: Sequence[Program], runner: Runner) -> tuple[Spent, Spent, list[Program]]:
    """What batches took, what one by one took, and the programs whose outcomes differ."""
    batch_runner = BatchRunner.over(runner)
    shared, alone = Spent(), Spent()
    differ: list[Program] = []
    for batch in batches(programs):
        found = shared.measure(batch_runner.execute, batch)
        some = range(0, len(batch), EVERY)
        expected = alone.measure(
            lambda chosen: [runner.execute(program) for program in chosen],
            [batch[index] for index in some],
        )
        pairs = zip(some, expected, strict=True)
        differ += [batch[i] for i, runs in pairs if runs[-1].outcome != found[i][-1].outcome]
    return shared, alone, differ


def main() -> int:
    """Print both ways and their ratio; 1 if outcomes differ."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--families", default="counters/*", metavar="GLOB")
    parser.add_argument("--per-family", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    programs = of_families(FAMILIES, args.families, args.per_family, args.seed)
    with tempfile.TemporaryDirectory(prefix="throughput-") as folder:
        shared, alone, differ = compare(programs, Runner(tools=find_tools(), work=Path(folder)))
    cpu = (alone.cpu / alone.programs) / (shared.cpu / shared.programs)
    wall = (alone.wall / alone.programs) / (shared.wall / shared.programs)
    print(f"in batches: {shared.text()}\none by one: {alone.text()}")
    print(f"batches are {cpu:.1f} times as fast by CPU time, {wall:.1f} times by wall time")
    for program in differ:
        print(f"outcome differs: {program.family} {program.id}")
    return 1 if differ else 0


if __name__ == "__main__":
    raise SystemExit(main())
