"""Runs many programs from one binary; whoever cannot share one is run alone, as the reference.

Verdicts and reported lines are those of `Runner`, for a fraction of the time: one compilation, one
link and one symbolizer for a whole batch, and a forked child in place of a new process each.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from model_export.execute.compiler import CompileFailed, compile_, make_header
from model_export.execute.driver import SOURCE as DRIVER
from model_export.execute.driver import Driver, DriverFailed
from model_export.execute.names import Outline
from model_export.execute.run import (
    ARCHER_PROBE,
    ARCHER_SAYS,
    DEBUG,
    SANITIZE,
    SETTINGS,
    SOURCE,
    STANDARD,
    TSAN_EXIT,
    Run,
    Runner,
    Setting,
    ToolsMissing,
    environment,
    judge,
    still_to_run,
)
from model_export.execute.symbolize import RAW_FRAMES, Symbolizer
from model_export.execute.unity import Key, Sharer, blamed, sharer, unify
from model_export.programs.sample import Program

# Enough to share the cost of headers and linking, few enough to lose with a file that fails.
SHARED = 32
ATTEMPTS = 3  # a file is tried again without the programs that the compiler blames

_RACE = "WARNING: ThreadSanitizer: data race"


@dataclass(slots=True)
class _Job:
    """One program on its way: what it still has to run, and what it showed."""

    sharer: Sharer
    pending: tuple[Setting, ...]
    runs: list[Run] = field(default_factory=list)
    alone: bool = False

    def at(self, level: str) -> bool:
        return not self.alone and bool(self.pending) and self.pending[0].level == level


@dataclass(frozen=True, slots=True, kw_only=True)
class _Raw:
    """One run before its frames have names."""

    job: _Job
    setting: Setting
    status: int | None
    text: str


@dataclass(slots=True)
class BatchRunner:
    """Runs batches of programs in a directory of its own; use one per process."""

    runner: Runner
    symbolizer: Symbolizer
    driver: Path  # the compiled driver
    # C++ headers, precompiled: all that were met, so that they are seldom made again.
    headers: dict[tuple[Key, str], tuple[frozenset[str], tuple[str, ...]]] = field(
        default_factory=dict
    )

    @classmethod
    def over(cls, runner: Runner) -> BatchRunner:
        """A batch runner with the same tools and directory as the reference."""
        made = runner.work / "driver.o"
        if not made.exists():
            compile_([runner.tools.clang, "-O1", "-c", str(DRIVER), "-o", str(made)])
        return cls(runner, Symbolizer(runner.tools.symbolizer), made)

    def execute(self, programs: Sequence[Program]) -> list[tuple[Run, ...]]:
        """The runs of each program, in order; the settings are those of `Runner.execute`."""
        jobs = [_job(program) for program in programs]
        for key, group in _groups([job for job in jobs if job is not None]):
            self._run_group(key, group)
        return [
            tuple(job.runs) if job is not None and not job.alone else self.runner.execute(program)
            for program, job in zip(programs, jobs, strict=True)
        ]

    def _run_group(self, key: Key, jobs: Sequence[_Job]) -> None:
        for level in dict.fromkeys(s.level for job in jobs for s in job.pending):
            with tempfile.TemporaryDirectory(dir=self.runner.work) as folder:
                self._run_level(key, [job for job in jobs if job.at(level)], level, Path(folder))

    def _run_level(self, key: Key, jobs: Sequence[_Job], level: str, folder: Path) -> None:
        try:
            binary = self._build(key, jobs, level, folder)
            jobs = [job for job in jobs if not job.alone]
            if jobs:
                with Driver(binary, self._environment(), folder) as driver:
                    self._run_jobs(driver, jobs, level, key)
        except (CompileFailed, DriverFailed):
            for job in jobs:
                job.alone = True

    def _build(self, key: Key, jobs: Sequence[_Job], level: str, folder: Path) -> Path:
        """A binary of the jobs and the probe; those that the compiler blames are set apart."""
        for attempt in range(ATTEMPTS):
            kept = [job for job in jobs if not job.alone]
            try:
                return self._compile(key, [job.sharer for job in kept], level, folder)
            except CompileFailed as exc:
                names = blamed(str(exc))
                if not names or attempt == ATTEMPTS - 1:
                    raise
                for index in names.intersection(range(len(kept))):
                    kept[index].alone = True
        raise AssertionError("unreachable")

    def _compile(self, key: Key, sharers: Sequence[Sharer], level: str, folder: Path) -> Path:
        source, binary = folder / f"batch-{SOURCE[key.language]}", folder / "batch"
        source.write_text(unify(key, [*sharers, _probe(key)]), encoding="utf-8")
        tools = self.runner.tools
        compiler = tools.clang if key.language == "c" else tools.clangxx
        flags = [STANDARD[key.language], *DEBUG, level, *SANITIZE, "-w", "-ferror-limit=0"]
        ready = self._headers(key, level, [compiler, *flags], sharers)
        inputs = [*ready, str(source), str(self.driver)]
        compile_([compiler, *flags, *inputs, "-o", str(binary), "-lm"])
        return binary

    def _headers(
        self, key: Key, level: str, command: Sequence[str], sharers: Sequence[Sharer]
    ) -> tuple[str, ...]:
        if key.language == "c":
            return ()  # its headers are read in no time
        known, flags = self.headers.get((key, level), (frozenset(), ()))
        needed = known.union(*(item.headers for item in sharers))
        if needed != known:
            lines = [*(f"#define {feature}" for feature in key.features), *sorted(needed)]
            name = hashlib.sha256(repr((key, level)).encode()).hexdigest()[:16]
            flags = make_header(self.runner.work, command, lines, name)
            self.headers[key, level] = needed, flags
        return flags

    def _environment(self) -> dict[str, str]:
        found = environment(self.runner.tools, 4, options=RAW_FRAMES)
        return found | {"ARCHER_OPTIONS": "verbose=1"}

    def _run_jobs(self, driver: Driver, jobs: Sequence[_Job], level: str, key: Key) -> None:
        if key.openmp:
            _check_archer(driver, len(jobs))
        places = {id(job): index for index, job in enumerate(jobs)}
        while left := [job for job in jobs if job.at(level)]:
            raw = [r for job in left for r in _until_plain(driver, job, places[id(job)], level)]
            texts = self.symbolizer.readable([item.text for item in raw], driver.image)
            for item, text in zip(raw, texts, strict=True):
                _note(item, text)


def _job(program: Program) -> _Job | None:
    found = sharer(program)
    return None if found is None else _Job(found, SETTINGS[program.expected])


def _groups(jobs: Sequence[_Job]) -> Iterator[tuple[Key, list[_Job]]]:
    """Jobs that can share a file, as many as one file shall have."""
    found: dict[Key, list[_Job]] = {}
    for job in jobs:
        found.setdefault(job.sharer.key, []).append(job)
    for key, group in found.items():
        for start in range(0, len(group), SHARED):
            yield key, group[start : start + SHARED]


def _until_plain(driver: Driver, job: _Job, index: int, level: str) -> Iterator[_Raw]:
    """Run the job's settings of the level until one fails, or one after one with a race.

    That one is run in any case: again if it was a race, next if it was an artefact.
    """
    raced = False
    for setting in [item for item in job.pending if item.level == level]:
        folder = driver.folder / str(index)
        status, text = driver.run(index, setting.threads, folder)
        yield _Raw(job=job, setting=setting, status=status, text=text)
        if raced or status not in (0, TSAN_EXIT):
            return
        raced = _RACE in text


def _note(item: _Raw, text: str) -> None:
    """Judge a run, and what is left to run after it."""
    program = item.job.sharer.program
    run = judge(item.setting, item.status, text, source=program.source, language=program.language)
    item.job.runs.append(run)
    item.job.pending = still_to_run(item.job.pending, run)


def _probe(key: Key) -> Sharer:
    """A last program, which shows whether Archer is there."""
    program = Program(
        id="",
        family="",
        domain="",
        language=key.language,
        source=ARCHER_PROBE,
        choices={},
        effects={},
        slot_lines={},
        expected="clean",
        twin_group="",
    )
    return Sharer(
        program=program,
        key=key,
        headers=frozenset(),
        outline=Outline(names=("main",), macros=(), end=ARCHER_PROBE.rindex(";") + 1),
    )


def _check_archer(driver: Driver, index: int) -> None:
    """Archer that does not load is silent, and every OpenMP program then looks racy."""
    folder = driver.folder / str(index)
    status, _ = driver.run(index, 2, folder)
    said = (folder / "stdout.txt").read_text(encoding="utf-8", errors="replace")
    if status != 0 or ARCHER_SAYS not in said:
        raise ToolsMissing("Archer does not load into a batch: install libomp-19-dev")
