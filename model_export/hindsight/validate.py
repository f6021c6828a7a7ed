"""Puts a trace to the test: against the source, the outcome and its executed counterfactual."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from model_export.hindsight.edits import applied, is_code, line_map
from model_export.hindsight.prose import UnreadableProse, parse_prose, to_prose
from model_export.hindsight.reading import Reading, carried_lines, distance, reported
from model_export.hindsight.trace import CLEAN, RACY, Step, Trace, WhatIf, quoted_names
from reviewbot.code.words import IDENTIFIER
from reviewbot.records import Link

NEAR = 1  # a statement over two lines is reported at either of them


class Rejection(str, Enum):
    """Why a trace is not to be learned from."""

    NO_PAIR = "no access pair fits what was observed"
    LINE = "cites a line that is not there or holds no code"
    NAME = "cites a name that is not in the source"
    PLACE = "cites a name that is not on the lines it cites"
    OUTCOME = "contradicts the outcome"
    ACCESSES = "contradicts its own accesses"
    REPORT = "names other accesses than the detector"
    DECLARATION = "contradicts what the author declared"
    PROSE = "cannot be read back from its prose"
    NOT_TRIED = "has no counterfactual"
    NOT_RUN = "its counterfactual could not be run"
    OTHER_EDIT = "its edit does not give the program that was run"
    OTHER_LINK = "its counterfactual flips a link that it does not call broken"
    MANY = "its counterfactual flips more than one link"
    SAME = "its counterfactual does not flip the outcome"
    ELSEWHERE = "its counterfactual races elsewhere"


def validate(
    trace: Trace, sample: Reading, other: Reading | None, *, counterfactual: bool = True
) -> Rejection | None:
    """The first reason to reject the trace of `sample`, or None; `other` is its executed twin."""
    found = [*_of_source(trace, sample), *_of_outcome(trace, sample), *_of_prose(trace)]
    if counterfactual and not found:
        found = [*_of_counterfactual(trace, sample, other)]
    return next(iter(found), None)


# --- source --------------------------------------------------------------------------------------


def _of_source(trace: Trace, sample: Reading) -> Iterator[Rejection]:
    lines = sample.source.split("\n")
    places = {touch.line for touch in trace.accesses}
    cited = places.union(*(step.lines for step in trace.steps))
    if not all(0 < n <= len(lines) and is_code(lines[n - 1]) for n in cited):
        yield Rejection.LINE
        return
    if not all(step.lines for step in trace.steps):
        yield Rejection.LINE
    if not _names(trace) <= set(IDENTIFIER.findall(sample.source)):
        yield Rejection.NAME
    if not all(_stands_there(step, lines, places) for step in trace.steps):
        yield Rejection.PLACE


def _names(trace: Trace) -> set[str]:
    told = {name for step in trace.steps for name in step.names}
    told |= set(quoted_names(f"`{trace.object.removeprefix('this->')}`"))
    return told.union(*(IDENTIFIER.findall(touch.text) for touch in trace.accesses))


def _stands_there(step: Step, lines: list[str], places: set[int]) -> bool:
    """Whether every name that the step quotes is on its lines or on those of the accesses."""
    near = {n for line in {*step.lines, *places} for n in (line, line + NEAR) if n <= len(lines)}
    there = {name for n in near for name in IDENTIFIER.findall(lines[n - 1])}
    return set(step.names) <= there


# --- outcome -------------------------------------------------------------------------------------


def _of_outcome(trace: Trace, sample: Reading) -> Iterator[Rejection]:
    holds = [step.holds for step in trace.steps]
    if trace.outcome != sample.label or (trace.outcome == RACY) != all(holds):
        yield Rejection.OUTCOME
    if trace.step(Link.CONFLICTING).holds and not _conflict(trace):
        yield Rejection.ACCESSES
    if trace.outcome == RACY and not _is_reported(trace, sample):
        yield Rejection.REPORT
    declared = sample.truth.effects.get(_last_name(trace.object), "")
    if declared and _contradicts(trace, declared):
        yield Rejection.DECLARATION


def _conflict(trace: Trace) -> bool:
    modes = {touch.mode for touch in trace.accesses}
    return "write" in modes and not all(touch.atomic for touch in trace.accesses)


def _is_reported(trace: Trace, sample: Reading) -> bool:
    mine = sorted(touch.line for touch in trace.accesses)
    return any(distance(mine, report.lines) <= NEAR for report in sample.truth.reports)


def _last_name(name: str) -> str:
    return re.split(r"[.>]", name.replace("[]", "").replace("->", "."))[-1]


def _contradicts(trace: Trace, declared: str) -> bool:
    if RACY in (declared, trace.outcome):
        return declared != trace.outcome
    return trace.step(Link(declared)).holds


# --- prose ---------------------------------------------------------------------------------------


def _of_prose(trace: Trace) -> Iterator[Rejection]:
    try:
        same = parse_prose(to_prose(trace)) == trace
    except UnreadableProse:
        same = False
    if not same:
        yield Rejection.PROSE


# --- counterfactual ------------------------------------------------------------------------------


def _of_counterfactual(trace: Trace, sample: Reading, other: Reading | None) -> Iterator[Rejection]:
    if other is None:
        yield Rejection.NOT_TRIED
    elif not other.label:
        yield Rejection.NOT_RUN
    elif trace.what_if is None:
        yield Rejection.NOT_TRIED
    elif applied(sample.source, trace.what_if.changes) != other.source:
        yield Rejection.OTHER_EDIT
    elif trace.outcome == RACY:
        yield from _of_fix(trace, trace.what_if, sample, other)
    else:
        yield from _of_slip(trace, trace.what_if, sample, other)


def _of_fix(trace: Trace, what_if: WhatIf, sample: Reading, other: Reading) -> Iterator[Rejection]:
    """The edit must end the race; where the program had two, that on this object."""
    several = list(sample.truth.effects.values()).count(RACY) > 1
    races = other.label == RACY and (not several or _still_races(trace, sample, other))
    if what_if.outcome != CLEAN or races:
        yield Rejection.SAME


def _still_races(trace: Trace, sample: Reading, other: Reading) -> bool:
    moved = line_map(sample.source, other.source)
    mine = sorted(moved.get(touch.line, 0) for touch in trace.accesses)
    same = any(mine == sorted(report.lines) for report in other.truth.reports)
    return same or _last_name(trace.object) in reported(other)


def _of_slip(trace: Trace, what_if: WhatIf, sample: Reading, other: Reading) -> Iterator[Rejection]:
    """The edit must bring a race, at the accesses of the trace or in what it brought."""
    if trace.step(what_if.link).holds:
        yield Rejection.OTHER_LINK
    elif not _by_one_thing(trace):
        yield Rejection.MANY
    elif what_if.outcome != RACY or other.label != RACY:
        yield Rejection.SAME
    elif not _races_here(trace, sample, other):
        yield Rejection.ELSEWHERE


def _by_one_thing(trace: Trace) -> bool:
    """Whether what is broken is so by one line, as by a clause that both copies and protects."""
    broken = [set(step.lines) for step in trace.steps if not step.holds]
    places = {touch.line for touch in trace.accesses}
    return len(broken) == 1 or bool(set.intersection(*broken) - places)


def _races_here(trace: Trace, sample: Reading, other: Reading) -> bool:
    """Whether the twin races at the trace's accesses, or at one of them and at what is new."""
    mine = sorted(touch.line for touch in trace.accesses)
    ends = carried_lines(sample, other, _last_name(trace.object))
    whole = [sorted(pair) for pair in ends if all(pair)]
    if whole:
        return mine in whole
    if any(set(mine) & set(pair) for pair in ends):
        return True
    return _last_name(trace.object) in reported(other)  # all of it in new lines
