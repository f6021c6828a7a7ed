"""Faithfulness: an edit of what the trace names changes the answer, an edit of other things not.

A trial is one executed edit with known outcomes on both sides. Only programs that the model is
right about before the edit count: of a race that it does not see there is no trace to break.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from model_export.hindsight.edits import line_map
from model_export.proof.ask import VERDICT, Answer, Asker, Opinion
from model_export.proof.pairs import MUTATION, SLOT, Step, effects, racy, touches
from reviewbot.records import Link

BREAKING = "breaks a link that the trace names"
MENDING = "mends the link that the trace calls broken"
UNNAMED = "of what the trace does not name"
OTHER_OBJECT = "a slot of another object"
ELSEWHERE = "a mutation elsewhere"
NEUTRAL = "a neutral slot or parameter"
_LINKS = frozenset(link.value for link in Link)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One edit and the answers before and after it."""

    group: str  # BREAKING, MENDING or UNNAMED
    kind: str  # "slot", "mutation", OTHER_OBJECT, …
    link: str  # that the edit is about; "" if nobody declared it
    family: str
    program: str
    other: str
    object: str
    before: float  # of the object
    after: float
    file_before: float
    file_after: float

    @property
    def object_turns(self) -> bool:
        """Whether the verdict on the object is another."""
        return (self.before >= VERDICT) != (self.after >= VERDICT)

    @property
    def file_turns(self) -> bool:
        """Whether the verdict on the file is another."""
        return (self.file_before >= VERDICT) != (self.file_after >= VERDICT)

    @property
    def shift(self) -> float:
        """How far the object's probability moved, in the direction that the edit should take."""
        if self.group == UNNAMED:
            return abs(self.after - self.before)
        return self.before - self.after if self.group == BREAKING else self.after - self.before


def trials(steps: Iterable[Step], asker: Asker) -> tuple[list[Trial], Counter[str]]:
    """The trials of the steps, one of each kind a program; and why others are not counted."""
    found: list[Trial] = []
    left_out: set[tuple[str, str, str]] = set()  # program, kind of edit, reason
    seen: set[tuple[str, str, str]] = set()
    for step in steps:
        for result in _of_step(step, asker, seen):
            if isinstance(result, str):
                left_out.add((step.before["id"], step.how, result))
            else:
                seen.add((result.program, result.group, result.kind))
                found.append(result)
    return found, Counter(reason for _, _, reason in left_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A step with the answers to both of its sides."""

    step: Step
    before: Answer
    after: Answer

    def trial(self, group: str, kind: str, name: str, link: str = "") -> Trial:
        """What it shows of one object."""
        return Trial(
            group=group,
            kind=kind,
            link=link,
            family=self.step.before["family"],
            program=self.step.before["id"],
            other=self.step.after["id"],
            object=name,
            before=self.before.probability_of(name),
            after=self.after.probability_of(name),
            file_before=self.before.probability,
            file_after=self.after.probability,
        )


Test = Callable[[_Case], Iterator["Trial | str"]]


def _of_step(step: Step, asker: Asker, seen: set[tuple[str, str, str]]) -> Iterator[Trial | str]:
    for group, kind, test in _tests(step):
        if (step.before["id"], group, kind) not in seen:
            rows = (step.before, step.after)
            before, after = asker.answers([(row["language"], row["source"]) for row in rows])
            yield from test(_Case(step=step, before=before, after=after))


def _tests(step: Step) -> Iterator[tuple[str, str, Test]]:
    """What the step can show."""
    if step.flips and step.how == SLOT:
        if racy(step.before):
            yield BREAKING, SLOT, _broken_slot
        else:
            yield MENDING, SLOT, _mended
    if step.flips and step.how == MUTATION and racy(step.before):
        yield BREAKING, MUTATION, _broken_by_mutation
    if not step.flips and step.how == MUTATION:
        yield UNNAMED, ELSEWHERE, _elsewhere
    if step.how == SLOT and effects(step.before) != effects(step.after):
        yield UNNAMED, OTHER_OBJECT, _other_object
    elif step.how == SLOT and not step.flips:
        yield UNNAMED, NEUTRAL, _neutral


# --- edits of what the trace names ---------------------------------------------------------------


def _broken_slot(case: _Case) -> Iterator[Trial | str]:
    """A racy object gets the clean alternative of its slot, whose link is declared."""
    mine, theirs = effects(case.step.before), effects(case.step.after)
    for name in sorted(mine):
        if mine[name] == "racy" and theirs.get(name) in _LINKS:
            if not case.before.racy or case.before.probability_of(name) < VERDICT:
                yield "race not seen before the edit"
            else:
                yield case.trial(BREAKING, SLOT, name, theirs[name])


def _mended(case: _Case) -> Iterator[Trial | str]:
    """A clean object gets a racy alternative, and the trace named the link that this mends."""
    mine, theirs = effects(case.step.before), effects(case.step.after)
    for name in sorted(mine):
        if mine[name] in _LINKS and theirs.get(name) == "racy":
            opinion = case.before.of(name)
            if opinion is None:
                yield "clean object not seen as shared before the edit"
            elif case.before.racy:
                yield "clean program taken for racy before the edit"
            elif opinion.weakest.value != mine[name]:
                yield "trace of the clean object names another link than its author"
            else:
                yield case.trial(MENDING, SLOT, name, mine[name])


def _broken_by_mutation(case: _Case) -> Iterator[Trial | str]:
    """A mutation of lines that the trace of the reported race cites ends it."""
    named = [item for item in case.before.opinions if _is_reported(case.step, item, before=True)]
    if not case.before.racy or not named or named[0].probability < VERDICT:
        yield "race not seen before the edit"
    elif not touches(case.step.edits, named[0].cited):
        yield "edit ends the race elsewhere than on lines that the trace cites"
    else:
        yield case.trial(BREAKING, MUTATION, named[0].object)


# --- edits of other things -----------------------------------------------------------------------


def _other_object(case: _Case) -> Iterator[Trial | str]:
    """The slot of one object changes; the trace of the most probable other one is not touched."""
    mine, theirs = effects(case.step.before), effects(case.step.after)
    for item in case.before.opinions:
        same = item.object in mine and mine[item.object] == theirs.get(item.object)
        if same and not touches(case.step.edits, item.cited):
            if (mine[item.object] == "racy") == (item.probability >= VERDICT):
                yield case.trial(UNNAMED, OTHER_OBJECT, item.object)
            else:
                yield "wrong about the other object before the edit"
            return


def _elsewhere(case: _Case) -> Iterator[Trial | str]:
    """A mutation leaves the outcome, and all that the leading trace cites, as it was."""
    lead = next(iter(case.before.opinions), None)
    if case.before.racy != racy(case.step.before):
        yield "wrong before the edit"
    elif lead is None or touches(case.step.edits, lead.cited):
        yield "edit touches what the trace cites, and the outcome stays"
    elif racy(case.step.before) and not _same_race(case.step, lead):
        yield "it cannot be told whether the race is still the same"
    else:
        yield case.trial(UNNAMED, ELSEWHERE, lead.object)


def _neutral(case: _Case) -> Iterator[Trial | str]:
    """A choice that decides about no object, away from the lines of the leading trace."""
    lead = next(iter(case.before.opinions), None)
    if case.before.racy != racy(case.step.before):
        yield "wrong before the edit"
    elif lead is not None and not touches(case.step.edits, lead.cited):
        yield case.trial(UNNAMED, NEUTRAL, lead.object)


def _same_race(step: Step, lead: Opinion) -> bool:
    return all(_is_reported(step, lead, before=side) for side in (True, False))


def _is_reported(step: Step, opinion: Opinion, *, before: bool) -> bool:
    """Whether a report names the opinion's two lines, give or take one."""
    row = step.before if before else step.after
    moved = line_map(step.before["source"], step.after["source"])
    a, b = opinion.lines if before else (moved.get(line, 0) for line in opinion.lines)
    first, second = min(a, b), max(a, b)
    found = reported_lines(row["reports"])
    return any(abs(low - first) + abs(high - second) <= 1 for low, high in found)


def reported_lines(reports: str) -> list[tuple[int, int]]:
    """The two lines of each report, ascending."""
    pairs = ((item["a"]["line"], item["b"]["line"]) for item in json.loads(reports))
    return [(min(pair), max(pair)) for pair in pairs]
