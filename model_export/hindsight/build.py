"""Writes the trace of a sample: which pair, why each link holds or not, and what would flip it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from model_export.hindsight.breaking import breaks
from model_export.hindsight.edits import changes
from model_export.hindsight.holding import hold
from model_export.hindsight.mutants import mutated_twins
from model_export.hindsight.reading import (
    Reading,
    Row,
    View,
    carried,
    declared,
    guessed,
    is_brought,
    last_name,
    moved,
    read,
    reported,
)
from model_export.hindsight.scene import Scene, Told, in_order
from model_export.hindsight.trace import CLEAN, RACY, Change, Step, Touch, Trace, WhatIf
from model_export.hindsight.twins import Twin, twins
from model_export.matching import broken_links
from reviewbot.records import Access, Link

_LINKS = {link.value: link for link in Link}
# One thing by two names: an atomic protects, a private copy too, one thread alone is in order.
_KIN = (
    {Link.UNPROTECTED, Link.CONFLICTING},
    {Link.UNPROTECTED, Link.SAME_LOCATION},
    {Link.CONCURRENT, Link.UNORDERED},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One trace to be written: a racing object, or the one of a clean program that nearly races."""

    row: Row
    reading: Reading
    name: str  # of the object; "" where the counterfactual decides which it is
    view: View | None  # of a clean program only a guess: its racy twin shows the pair
    twins: tuple[Twin, ...]


def cases(
    row: Row, relatives: Iterable[Row] = (), *, counterfactual: bool, made: bool = True
) -> list[Case]:
    """The traces that a row of the corpus calls for; none if no pair fits what was observed.

    Without `made` the counterfactuals are those of `relatives` that were run already.
    """
    reading = read(row)
    known = twins(row, relatives, made=made) if counterfactual else []
    if reading.label == RACY:
        found = [_racy(row, reading, view, known) for view in reported(reading).values()]
        declared_racy = [case for case in found if _is_declared(case)]
        found = declared_racy or found[:1]
    else:
        found = _clean(row, reading, known)
    if not (counterfactual and made):
        return found
    return [case if case.twins else _mutated(case) for case in found]


def _is_declared(case: Case) -> bool:
    return case.view is not None and declared(case.view, case.reading) == RACY


def _racy(row: Row, reading: Reading, view: View, known: Sequence[Twin]) -> Case:
    own = tuple(twin for twin in known if twin.object == view.name or _is_of_any(twin))
    # Of a race on an undeclared object any fix of the program may be the fix.
    fitting = own or (() if declared(view, reading) == RACY else tuple(known))
    return Case(row=row, reading=reading, name=view.name, view=view, twins=fitting)


def _is_of_any(twin: Twin) -> bool:
    """Whether it is a mutation that speaks of no object, as one of a barrier."""
    return twin.link is None and not twin.object


def _clean(row: Row, reading: Reading, known: Sequence[Twin]) -> list[Case]:
    if known:
        return [Case(row=row, reading=reading, name="", view=None, twins=tuple(known))]
    names = [name for name, link in json.loads(row["effects"]).items() if link in _LINKS]
    names = names or list(dict.fromkeys(last_name(item) for item in reading.slices))
    views = [guessed(reading, name, _declared_link(row, name)) for name in names]
    there = [view for view in views if view is not None and _worth(view, reading)]
    best = min(there, key=lambda view: len(broken_links(view.pair)), default=None)
    if best is None:
        return []
    return [Case(row=row, reading=reading, name=best.name, view=best, twins=())]


def _worth(view: View, reading: Reading) -> bool:
    """Whether it is known which link of the view is broken."""
    return declared(view, reading) in _LINKS or bool(broken_links(view.pair))


def _declared_link(row: Row, name: str) -> Link | None:
    return _LINKS.get(json.loads(row["effects"]).get(name, ""))


def _mutated(case: Case) -> Case:
    if case.view is None:
        return case
    trace = tell(case, None, None)
    cited = {n for step in trace.steps for n in step.lines} if trace else set()
    found = tuple(mutated_twins(case.row, case.view, cited))
    return Case(row=case.row, reading=case.reading, name=case.name, view=case.view, twins=found)


def tell(case: Case, twin: Twin | None, other: Reading | None) -> Trace | None:
    """The trace in the light of the executed twin; None if no pair can be named."""
    view = _view(case, twin, other)
    if view is None:
        return None
    edits = changes(case.reading.source, other.source) if other else ()
    link = _flipped(case, view, twin, other)
    clean = case.reading.label == CLEAN
    scene = Scene(
        source=case.reading.source,
        slice=view.slice,
        pair=view.pair,
        report=view.report,
        link=link,
        declared=twin is not None and twin.link is not None,
        edits=edits,
        brought=clean and other is not None and is_brought(case.reading, other, view),
    )
    broken = set(scene.broken())
    if clean and link:
        broken.add(link)
    return Trace(
        outcome=case.reading.label,
        object=view.slice.object,
        accesses=(_touch(scene.accesses[0]), _touch(scene.accesses[1])),
        steps=tuple(_step(item, scene, holds=item not in broken) for item in Link),
        what_if=_what_if(case, view, link, edits, other),
    )


def _view(case: Case, twin: Twin | None, other: Reading | None) -> View | None:
    """The pair; of a clean program the one that races in the twin."""
    if case.reading.label == RACY or twin is None or other is None:
        return case.view
    seen = carried(case.reading, other, twin.object)
    by_whom = twin.link or twin.rule
    if seen is not None and by_whom is None and seen.name != twin.object:
        seen = None  # nobody declared that the mutation is about that object too
    return seen or case.view or guessed(case.reading, twin.object, twin.link)


def _flipped(case: Case, view: View, twin: Twin | None, other: Reading | None) -> Link | None:
    """The link that the edit flips: as declared, as its rule is meant, or as the parser sees it.

    A slip whose rule is about quite another link than the declared one is told by its rule, and
    then found to contradict the declaration or to flip several.
    """
    if twin is not None and twin.link is not None:
        return twin.link
    rule = twin.rule if twin is not None else None
    if case.reading.label == CLEAN:
        effect = _LINKS.get(declared(view, case.reading))
        if effect is not None and (rule is None or {rule, effect} in _KIN):
            return effect
        return rule or _one_of(broken_links(view.pair), None)
    after = moved(case.reading, view, other) if other else None
    return _one_of(broken_links(after.pair) - broken_links(view.pair) if after else set(), rule)


def _one_of(broken: set[Link], rule: Link | None) -> Link | None:
    """Of the links that the structure shows broken that of the rule, or else the first."""
    return rule if rule in broken else min(broken, key=list(Link).index, default=rule)


def _touch(access: Access) -> Touch:
    return Touch(
        mode=access.mode.value,
        text=access.text.replace("`", "'"),
        line=access.line,
        column=access.column,
        function=access.function,
        atomic=access.atomic,
    )


def _step(link: Link, scene: Scene, *, holds: bool) -> Step:
    claim, lines = hold(link, scene) if holds else breaks(link, scene)
    if link is scene.link and not scene.brought:
        claim, lines = _with_edit(scene, claim, lines, holds=holds)
    return Step(link=link, holds=holds, claim=claim, lines=tuple(sorted(set(lines))))


def _with_edit(scene: Scene, claim: str, lines: tuple[int, ...], *, holds: bool) -> Told:
    """The claim with the lines on which it hangs: those that the counterfactual changes."""
    decisive, gap, swap = scene.touched[:6], scene.gap, scene.swap if holds else None
    title = "the fault" if holds and scene.declared else "it hangs on"
    if swap is not None:
        return f"{claim}; {title}: {in_order(scene, swap)}", (*lines, *swap)
    news = [n for n in decisive[:2] if scene.code(n) not in claim]
    shown = set(lines) - set(scene.places) if not holds else set()
    told = [n for n in decisive if any(abs(n - line) <= 1 for line in shown)]
    if told:  # the rest of the edit says nothing that the claim does not
        return claim, (*lines, *told)
    if news:
        claim = f"{claim}; {title}: {scene.words(news)}"
    elif not decisive and gap and holds:
        claim = f"{claim}; something is missing before line {gap[0]}"
    return claim, (*lines, *decisive, *gap)


def _what_if(
    case: Case, view: View, link: Link | None, edits: tuple[Change, ...], other: Reading | None
) -> WhatIf | None:
    if link is None or other is None or not other.label:
        return None
    outcome = other.label
    if outcome == case.reading.label == RACY and _is_one_of_several(case):
        outcome = RACY if view.name in reported(other) else CLEAN
    return WhatIf(link=link, changes=edits, outcome=outcome)


def _is_one_of_several(case: Case) -> bool:
    """Whether the program races on other objects too, which the edit leaves as they are."""
    return list(case.reading.truth.effects.values()).count(RACY) > 1
