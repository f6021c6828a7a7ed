"""One function from its project to programs: assembled, tried, mutated; or kept unlabelled."""

from __future__ import annotations

import hashlib
import math
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model_export.execute.run import Toolchain
from model_export.harvest.assemble import Assembled, Assembler, Wanted
from model_export.harvest.limit import within
from model_export.harvest.projects import (
    Place,
    Project,
    family_of,
    functions_of,
    repository_of,
    unlabelled,
)
from model_export.harvest.store import Harvested, Key
from model_export.harvest.trial import Verdict, try_out
from model_export.mutations.core import Effect
from model_export.mutations.engine import mutate
from reviewbot.escalation.sandbox import Sandbox
from reviewbot.records import Skipped

SETUP = (
    "#define SETUP_N "  # where the driver begins: what is changed behind it is no code of theirs
)
_OVERSHOOT = 3  # mutants drawn for one that is wanted
FUNCTION_SECONDS = 60.0  # one that compiles takes four on an idle core, one in twenty more than 30
_TOO_LONG = "takes longer than its limit to be"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A file of a project, and which of its functions are done already."""

    project: Project
    path: str
    done: frozenset[Key]
    mutants: int
    seed: int
    limit: int  # functions of this file
    seconds: float = FUNCTION_SECONDS  # that a function may take to be cut out, tried or mutated
    until: float = math.inf  # no function is begun after this time, as time.time() tells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """What came of one file: its functions, those done before with them, and the new ones."""

    project: str
    functions: int
    found: tuple[Harvested, ...]
    seconds: float = 0.0
    endless: str = ""  # the file, if it could not be read within its limit


def harvest_file(job: Job, tools: Toolchain, box: Sandbox, work: Path) -> Crop:
    """Harvest the functions of one file."""
    started = time.monotonic()
    project = job.project
    every = within(
        job.seconds,
        lambda: functions_of(project.name, project.root, job.path),
        None,
        cpu=True,
    )
    places = (every or [])[: job.limit]
    new = [p for p in places if (p.project, p.path, p.function) not in job.done]
    found = tuple(_harvest(job, new, tools, box, work)) if new else ()
    seconds = time.monotonic() - started
    endless = job.path if every is None else ""
    return Crop(
        project=project.name,
        functions=len(places),
        found=found,
        seconds=seconds,
        endless=endless,
    )


def _harvest(
    job: Job, places: list[Place], tools: Toolchain, box: Sandbox, work: Path
) -> Iterator[Harvested]:
    work.chmod(0o755)  # who the sandbox runs programs as must be able to enter
    with tempfile.TemporaryDirectory(dir=work) as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "empty").mkdir()
        assembler = Assembler(repository_of(job.project.root), tools, folder)
        for place in places:
            if time.time() > job.until:
                return
            yield _function(job, place, assembler, box)


def _function(job: Job, place: Place, assembler: Assembler, box: Sandbox) -> Harvested:
    started = time.monotonic()
    wanted = Wanted(
        project=place.project,
        path=job.project.root / place.path,
        name=place.path,
        function=place.function,
    )
    endless: Assembled | Skipped = Skipped(path=place.path, reason=f"{_TOO_LONG} cut out")
    made = within(job.seconds, lambda: assembler.assemble(wanted), endless)
    verdict = _verdict(job, made, assembler, box)
    usable = not isinstance(made, Skipped) and not verdict.reason
    programs = _programs(job, made, verdict, place) if usable else ()
    more = {"seconds": round(time.monotonic() - started, 1), "programs": len(programs)}
    paths = made.paths if isinstance(made, Assembled) else ()
    return Harvested(
        entry=_entry(job.project, place, verdict) | more | _drawn_from(paths, job.project.root),
        programs=programs,
        unlabelled=None if usable else _unlabelled(job, place),
    )


def _verdict(job: Job, made: Assembled | Skipped, assembler: Assembler, box: Sandbox) -> Verdict:
    if isinstance(made, Skipped):
        return Verdict(stage=_stage(made.reason), reason=made.reason)
    endless = Verdict(stage="compiled", reason=f"{_TOO_LONG} tried")
    return within(
        job.seconds, lambda: try_out(made, assembler.tools, box, assembler.folder), endless
    )


def _programs(
    job: Job, made: Assembled | Skipped, verdict: Verdict, place: Place
) -> tuple[dict[str, Any], ...]:
    nothing: tuple[dict[str, Any], ...] = ()
    return within(
        job.seconds,
        lambda: tuple(programs_of(made, verdict.outcome, place, job)),
        nothing,
        cpu=True,
    )


def _unlabelled(job: Job, place: Place) -> dict[str, Any] | None:
    return within(job.seconds, lambda: unlabelled(place, job.project.root), None, cpu=True)


def _stage(reason: str) -> str:
    """How far a function came that no program was made of."""
    apart = ("its threads come", "nothing in it", "a whole program", "no body", "a lambda")
    return "seen" if reason.startswith(apart) else "own threads"


def _entry(project: Project, place: Place, verdict: Verdict) -> dict[str, Any]:
    told = asdict(verdict)
    told["reports"] = list(verdict.reports)[:6]
    told["reached"] = round(verdict.reached, 3)
    return asdict(place) | {"commit": project.commit, "licence": project.licence} | told


def _drawn_from(paths: tuple[str, ...], root: Path) -> dict[str, Any]:
    own = [str(Path(p).relative_to(root)) for p in paths if Path(p).is_relative_to(root)]
    return {"files": own}


def programs_of(
    made: Assembled | Skipped, outcome: str, place: Place, job: Job
) -> Iterator[dict[str, Any]]:
    """The function's program and its mutants, as rows for `explore --programs`.

    Of one that races only fixes are drawn: another schedule leaves its race there, and a detector
    that misses it by luck would have it pass for clean.
    """
    if isinstance(made, Skipped):
        return
    family = family_of(place.project, place.function)
    about = {
        "family": family,
        "domain": "real",
        "language": made.language,
        "group": hashlib.sha256(f"{place.path}:{place.function}".encode()).hexdigest()[:12],
        "project": place.project,
        "path": place.path,
        "function": place.function,
    }
    yield about | {"variant": "original", "text": made.text, "mutation": ""}
    last = made.text[: made.text.rindex(SETUP)].count("\n")
    wanted = job.mutants * _OVERSHOOT
    effects = (Effect.FIXES,) if outcome == "racy" else ()
    drawn = mutate(made.text, made.language, job.seed, wanted=wanted, effects=effects)
    own = [mutant for mutant in drawn if mutant.line <= last]
    for number, mutant in enumerate(own[: job.mutants]):
        variant = f"mutant{number}-{mutant.mutation}"
        made_by = {"mutation": mutant.mutation, "expects": mutant.expects.value}
        yield about | {"variant": variant, "text": mutant.text} | made_by
