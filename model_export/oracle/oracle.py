"""Judges programs: build, run under several schedules, name the places."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from model_export.execute.compiler import CompileFailed
from model_export.execute.run import SOURCE, Toolchain
from model_export.oracle.build import Builder
from model_export.oracle.places import Places, own_frame, places
from model_export.oracle.rewrite import NotRewritable, rewrite
from model_export.oracle.runs import SCHEDULES, SECONDS, Schedule, run
from model_export.oracle.verdict import (
    OracleRun,
    OracleVerdict,
    Race,
    Sighting,
    combined,
    race,
    races_of,
    unknown,
)
from model_export.programs.sample import Program

RACY_RUNS = 2  # which of several pairs a run shows is luck: one more is made after the first


@dataclass(slots=True)
class Oracle:
    """Judges programs one after another; use one per process."""

    builder: Builder
    schedules: Sequence[Schedule] = SCHEDULES
    racy_runs: int = RACY_RUNS
    seconds: float = SECONDS  # for each run

    @classmethod
    def over(cls, tools: Toolchain, work: Path) -> Oracle:
        """An oracle that keeps its files in `work`."""
        return cls(Builder(tools, work))

    def judge(self, program: Program) -> OracleVerdict:
        """Whether the program races under some schedule that was tried."""
        return self.judge_source(program.source, program.language)

    def judge_source(self, source: str, language: str) -> OracleVerdict:
        """The same for a text; one that stands for several races if one of them does."""
        try:
            texts = rewrite(source)
        except NotRewritable as exc:
            return unknown(exc.reason)
        return combined([self.judge_text(text, language) for text in texts])

    def judge_text(self, source: str, language: str) -> OracleVerdict:
        """The verdict on a text as it stands, without its lanes and teams."""
        with tempfile.TemporaryDirectory(dir=self.builder.work) as folder:
            try:
                binary = self.builder.binary(source, language, Path(folder))
            except CompileFailed as exc:
                return unknown(f"it does not compile: {str(exc)[:400]}")
            runs = made_until_plain(lambda schedule: run(binary, schedule, self.seconds), self)
            known = named(self.builder.tools.symbolizer, binary, [runs])
        return verdict(runs, known, SOURCE[language])


def made_until_plain(
    make: Callable[[Schedule], OracleRun], oracle: Oracle
) -> tuple[OracleRun, ...]:
    """Runs by one schedule after the other until races were seen often enough, or one failed."""
    runs: list[OracleRun] = []
    racy = 0
    for schedule in oracle.schedules:
        runs.append(make(schedule))
        racy += any(not sighting.same for sighting in runs[-1].sightings)
        if racy >= oracle.racy_runs or runs[-1].outcome != "ended":
            break
    return tuple(runs)


def named(tool: str, binary: Path, many: Iterable[Sequence[OracleRun]]) -> Places:
    """The places of all offsets that the runs of a binary mention."""
    sightings = (item for runs in many for made in runs for item in made.sightings)
    return places(tool, binary, {at for item in sightings for stack in item.stacks for at in stack})


def verdict(runs: tuple[OracleRun, ...], known: Places, source: str) -> OracleVerdict:
    """What the runs of one program say; a race that was seen stands, however one ended."""
    found: list[tuple[Sighting, Race]] = []
    for item in (sighting for made in runs for sighting in made.sightings):
        first, second = (own_frame(stack, known, source) for stack in item.stacks)
        pair = race(item, (first, second))
        if pair is not None:
            found.append((item, pair))
    if races := races_of(found):
        return OracleVerdict(outcome="racy", races=races, runs=runs)
    failed = next((made for made in runs if made.outcome != "ended"), None)
    if failed is not None:
        return unknown(f"a run with {failed.threads} threads: {failed.outcome}", runs)
    return OracleVerdict(outcome="clean", runs=runs)
