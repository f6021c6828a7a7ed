"""What the oracle says of a program: its races as pairs of places, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from model_export.oracle.places import Frame


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """One access in the program's own file."""

    line: int
    column: int
    mode: str  # "read" | "write" | "end": its memory is given back, which counts as a write
    atomic: bool
    function: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Race:
    """Two accesses that nothing orders and no lock keeps apart; `a` is the earlier place."""

    a: Place
    b: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A conflicting pair as one run saw it, innermost frames first."""

    same: bool  # by tasks that one operating-system thread ran in turn
    modes: tuple[str, str]
    atomic: tuple[bool, bool]
    stacks: tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleRun:
    """One run with one schedule."""

    threads: int
    seed: int
    outcome: str  # "ended" | "timeout" | "crash"
    sightings: tuple[Sighting, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleVerdict:
    """Whether the program races."""

    outcome: str  # "racy" | "clean" | "unknown"
    races: tuple[Race, ...] = ()
    reason: str = ""  # why it is unknown
    runs: tuple[OracleRun, ...] = ()


def unknown(reason: str, runs: Sequence[OracleRun] = ()) -> OracleVerdict:
    """The verdict on a program that the oracle cannot judge."""
    return OracleVerdict(outcome="unknown", reason=reason, runs=tuple(runs))


def combined(verdicts: Sequence[OracleVerdict]) -> OracleVerdict:
    """The verdict on a program that stands for several; the worst one counts."""
    if len(verdicts) == 1:
        return verdicts[0]
    worst = next(
        (kind for kind in ("racy", "unknown") if any(item.outcome == kind for item in verdicts)),
        "clean",
    )
    return OracleVerdict(
        outcome=worst,
        races=tuple(sorted({found for item in verdicts for found in item.races})),
        reason=next((item.reason for item in verdicts if item.reason), ""),
        runs=tuple(made for item in verdicts for made in item.runs),
    )


def races_of(sightings: Iterable[tuple[Sighting, Race]]) -> tuple[Race, ...]:
    """The pairs that count.

    Two tasks on one thread may share what belongs to that thread (a buffer for each thread, say):
    such a pair counts only if the same places were seen on two threads as well.
    """
    return tuple(sorted({race for sighting, race in sightings if not sighting.same}))


def race(sighting: Sighting, frames: tuple[Frame | None, Frame | None]) -> Race | None:
    """The sighting as places in the program's own file; None if a side lies elsewhere."""
    first, second = frames
    if first is None or second is None:
        return None
    sides = [
        Place(
            line=frame.line,
            column=frame.column,
            mode=sighting.modes[index],
            atomic=sighting.atomic[index],
            function=frame.function,
        )
        for index, frame in enumerate((first, second))
    ]
    return Race(a=min(sides), b=max(sides))
