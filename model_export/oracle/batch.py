"""Judges many programs from one binary: compiling is what judging costs most."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from model_export.execute.compiler import CompileFailed
from model_export.execute.driver import Driver, DriverFailed
from model_export.execute.run import SOURCE
from model_export.execute.unity import Key, Sharer, blamed, sharer, unify
from model_export.oracle.oracle import Oracle, made_until_plain, named, verdict
from model_export.oracle.rewrite import NotRewritable, rewrite
from model_export.oracle.runs import Schedule, environment, read_run
from model_export.oracle.verdict import OracleRun, OracleVerdict, combined, unknown
from model_export.programs.sample import Program

SHARED = 24  # programs of one binary
ATTEMPTS = 3


@dataclass(slots=True)
class _Job:
    """One text on its way to a verdict."""

    program: Program
    shared: Sharer | None
    verdict: OracleVerdict | None = None


@dataclass(slots=True)
class _Case:
    """A program, with the texts that stand for it."""

    jobs: list[_Job] = field(default_factory=list)
    refused: str = ""


def judge_all(oracle: Oracle, programs: Sequence[Program]) -> list[OracleVerdict]:
    """The verdict on each program, in order; the same as `oracle.judge` gives, for less time."""
    cases = [_case(program) for program in programs]
    for key, group in _groups([job for case in cases for job in case.jobs]):
        _judge_group(oracle, key, group)
    return [_finished(oracle, case) for case in cases]


def _case(program: Program) -> _Case:
    try:
        texts = rewrite(program.source)
    except NotRewritable as exc:
        return _Case(refused=exc.reason)
    made = [replace(program, source=text) for text in texts]
    return _Case(jobs=[_Job(item, sharer(item)) for item in made])


def _finished(oracle: Oracle, case: _Case) -> OracleVerdict:
    """The case's verdict; who could not share a binary is judged alone."""
    if case.refused:
        return unknown(case.refused)
    return combined(
        [
            job.verdict or oracle.judge_text(job.program.source, job.program.language)
            for job in case.jobs
        ]
    )


def _groups(jobs: Sequence[_Job]) -> Iterator[tuple[Key, list[_Job]]]:
    found: dict[Key, list[_Job]] = {}
    for job in jobs:
        if job.shared is not None:
            found.setdefault(job.shared.key, []).append(job)
    for key, group in found.items():
        for start in range(0, len(group), SHARED):
            yield key, group[start : start + SHARED]


def _judge_group(oracle: Oracle, key: Key, jobs: list[_Job]) -> None:
    with tempfile.TemporaryDirectory(dir=oracle.builder.work) as name:
        folder = Path(name)
        built = _build(oracle, key, jobs, folder)
        if built is None:
            return
        binary, kept = built
        try:
            with Driver(binary, environment(), folder) as driver:
                runs = [_runs(oracle, driver, index) for index in range(len(kept))]
        except DriverFailed:
            return
        known = named(oracle.builder.tools.symbolizer, binary, runs)
    for job, made in zip(kept, runs, strict=True):
        job.verdict = verdict(made, known, SOURCE[key.language])


def _build(
    oracle: Oracle, key: Key, jobs: list[_Job], folder: Path
) -> tuple[Path, list[_Job]] | None:
    """A binary, and the jobs in it; those that the compiler blames are set apart."""
    kept = jobs
    for _ in range(ATTEMPTS):
        text = unify(key, [job.shared for job in kept if job.shared is not None])
        try:
            driver = oracle.builder.driver()
            return oracle.builder.binary(text, key.language, folder, [driver]), kept
        except CompileFailed as exc:
            names = blamed(str(exc))
            kept = [job for index, job in enumerate(kept) if index not in names]
            if not names or not kept:
                return None
    return None


def _runs(oracle: Oracle, driver: Driver, index: int) -> tuple[OracleRun, ...]:
    def make(schedule: Schedule) -> OracleRun:
        # The runtime reads its seed from the end of the folder's name.
        folder = driver.folder / f"run-{index}-{schedule.threads}-{schedule.seed}"
        status, _ = driver.run(index, schedule.threads, folder)
        return read_run(schedule, status, folder / "seen.jsonl")

    return made_until_plain(make, oracle)
