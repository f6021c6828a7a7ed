"""From the events of a scope to objects with their access pairs."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from reviewbot.code.beats import stretch
from reviewbot.code.constructions import is_beyond, is_guarded, often_made
from reviewbot.code.contended import mark_contended
from reviewbot.code.events import Event, Held, Party, Scope
from reviewbot.code.lifetimes import mark_lives
from reviewbot.code.nested import is_foreign
from reviewbot.code.relations import Relations, relate
from reviewbot.code.symbols import is_smart
from reviewbot.code.values import Element

MAX_SITES = 40  # distinct accesses of one object that are paired; 800 pairs at most
MAX_PAIRS = 16  # pairs of one object that the model reads, one for each distinct set of relations
_EXCLUDE = frozenset({"mutex", "critical", "own", "rw", "once", "striped"})
_SERIAL = re.compile(r"#\d+")  # of a variable, by which the walk tells it from others of its name
_UNNAMED = re.compile(r"@\d+")  # `T:@120.field`
_APART = frozenset({"before", "after", "apart"})


@dataclass(slots=True, eq=False)  # never changed, as those of events.py
class Candidate:
    """A pair of accesses with its relations, before it becomes a record."""

    first: Event
    second: Event
    relations: Relations


@dataclass(frozen=True, slots=True)
class Shared:
    """An object that two parties may touch, with its pairs and all its accesses."""

    key: str
    pairs: tuple[Candidate, ...]
    events: tuple[Event, ...]


def shared_objects(scope: Scope, own: int = 1 << 62) -> Iterator[Shared]:
    """Objects with at least one pair of accesses, one a write, that two threads may make.

    What stands at `own` or behind, in a header, says how the object is used and is in no pair.
    """
    groups: dict[str, list[Event]] = defaultdict(list)
    for event in scope.events:
        groups[event.key].append(event)
    for event in scope.events:
        for key in event.inner:
            met = groups.get(key, ())
            if any(is_foreign(e.path.root) for e in met) if is_foreign(event.path.root) else met:
                groups[key].append(event)
    last = {party.serial: _last_signals(party) for party in scope.parties.values()}
    for key, events in groups.items():
        if all(e.mode == "read" for e in events):
            continue
        sites = _sites(scope, events, last)
        if scope.kind == "threads" and not _worth_pairing(scope, sites):
            continue
        known = known_by(key, sites)
        often = often_made(scope, known, sites) if scope.kind == "threads" else frozenset()
        mark_contended(scope, known, sites, often)
        if scope.lock_lives:
            mark_lives(scope.lock_lives, key, sites)
        candidates = list(_candidates(scope, key, sites, often, own))
        if candidates:
            yield Shared(key, tuple(_distinct(candidates)), tuple(sites))


def _last_signals(party: Party) -> list[int]:
    """Where a thread gives each of its signals for the last time: who waits sees what is before."""
    return sorted({(s.kind, s.key): s.order for s in party.signals if s.kind != "lock"}.values())


def _sites(scope: Scope, events: list[Event], last: dict[int, list[int]]) -> list[Event]:
    """One event for each distinguishable access; writes first where there are too many.

    Where a lock is a gate for some thread, it matters which holding of it an access is under.
    """
    seen: dict[object, Event] = {}
    for event in events:
        signature = (
            event.offset,
            event.mode,
            _indices(event),
            tuple([(h.key, h.certain, h.form.terms, _whose(h, event)) for h in event.locks]),
            event.phase,
            stretch(scope, event) if scope.turns else None,
            event.party,
            tuple([f.serial for f in event.frames]),
            event.group,
            event.live,
            event.ended,
            bisect_left(last[event.party], event.order),
            (event.passed, tuple(h.taken for h in event.locks)) if scope.gated else None,
        )
        seen.setdefault(signature, event)
    sites = list(seen.values())
    if len(sites) > MAX_SITES:
        sites.sort(key=lambda e: bool(e.locks or e.atomic))  # the bare ones are kept
        writes = [e for e in sites if e.mode != "read"][: MAX_SITES - 8]
        sites = writes + [e for e in sites if e.mode == "read"][: MAX_SITES - len(writes)]
    return sites


def _whose(lock: Held, event: Event) -> int:
    """The variable that a lock belongs to, 0 for a lock of the object's own, -1 for any other's."""
    if lock.root == event.path.root.serial:
        return 0
    return lock.root if lock.lasting else -1


def _indices(event: Event) -> tuple[object, ...]:
    """The elements that an access goes to: one function may be called for several."""
    return tuple([(e.form.terms, e.form.constant) for e in event.path.elements if not e.field])


def _worth_pairing(scope: Scope, sites: list[Event]) -> bool:
    """Where threads are out of sight, only objects that somebody protects or hands over.

    Or protected in the version before: a change that takes its last lock away hides it no more.
    """
    kinds = {scope.parties[e.party].kind for e in sites}
    if kinds <= {"main"} or all(e.share == "own-stack" for e in sites):
        return False
    if "caller" in kinds:
        told = "thread" in kinds or any(e.locks or e.atomic for e in sites)
        return told or known_by(sites[0].key, sites) in scope.before
    return True


def known_by(key: str, sites: list[Event]) -> str:
    """What an object is known by in another version: of a local its name and where it is used.

    A type without a name is told by the place where it stands, which any change may move.
    """
    key = _UNNAMED.sub("@", key)
    if "#" not in key:
        return key
    first = min(sites, key=lambda e: e.offset)
    return _SERIAL.sub(f"@{first.function}", key, count=1)


def _profile(scope: Scope, key: str, sites: list[Event]) -> dict[str, str]:
    """Facts of the object as a whole: how often it is accessed under a lock or atomically.

    Places that were guarded before and are no more still say that it is meant to be.
    """
    active = [e for e in sites if not e.fresh]
    guarded = sum(map(is_guarded, active))
    known = known_by(key, sites) if scope.kind == "threads" else key
    if guarded and scope.kind == "threads":
        scope.guarded[known] = max(guarded, scope.guarded.get(known, 0))
    lost = max(scope.before.get(known, 0) - guarded, 0) if guarded < len(active) else 0
    share = (guarded + lost) / (len(active) + lost) if active else 0.0
    guarded += lost
    word = (
        "none" if not guarded else ("all" if share == 1 else ("most" if share >= 0.6 else "some"))
    )
    writes = sum(1 for e in sites if e.mode != "read")
    return {"guarded": word, "writes": "1" if writes == 1 else ("2" if writes == 2 else "3+")}


def _candidates(
    scope: Scope, key: str, sites: list[Event], often: frozenset[int], own: int
) -> Iterator[Candidate]:
    profile = _profile(scope, key, sites)
    sites = [event for event in sites if event.offset < own]
    for index, first in enumerate(sites):
        for second in sites[index:]:
            if first.mode == second.mode == "read" or not _may_meet(scope, first, second, often):
                continue
            if _named_apart(first, second) or _own_arrays(scope.text, first, second):
                continue
            if first.key != second.key and not _by_pointers(first, second):
                continue
            if key not in (first.key, second.key):
                continue  # as seen from within; from without they are a pair of their own
            if first.via == second.via == "whole":
                continue  # two copies of the whole are a pair of the whole
            a, b = _ordered(first, second)
            yield Candidate(a, b, relate(scope, a, b, profile))


def _ordered(first: Event, second: Event) -> tuple[Event, Event]:
    """The write first; of two writes the earlier in the text."""
    if (first.mode == "read") != (second.mode == "read"):
        return (second, first) if first.mode == "read" else (first, second)
    return (first, second) if first.offset <= second.offset else (second, first)


def _may_meet(scope: Scope, first: Event, second: Event, often: frozenset[int]) -> bool:
    """Never for a single thread with itself: that much is structure."""
    a, b = scope.parties[first.party], scope.parties[second.party]
    if a.serial in often and a.serial == b.serial:
        return is_beyond(first) and is_beyond(second)
    if a.serial == b.serial:
        return a.many and a.kind != "main" and not (_alone(first) or _alone(second))
    return not (a.kind == b.kind == "main")


def _alone(event: Event) -> bool:
    """Whether a condition tells that the team has this thread alone."""
    if "alone" not in [guard.kind for guard in event.guards]:
        return False
    return "nested" not in [frame.kind for frame in event.frames]  # which has threads of its own


def _by_pointers(first: Event, second: Event) -> bool:
    """Whether one may be what the other's pointer leads to, or lie within that.

    Both are reached by what unread functions returned, or one is a local that others may find.
    """
    foreign = is_foreign(first.path.root), is_foreign(second.path.root)
    led = second if first.inner else first
    return all(foreign) or (not any(foreign) and bool(led.path.root.pointer))


def _named_apart(first: Event, second: Event) -> bool:
    """Never for two variables, each named itself: only pointers make one object of two names.

    Nor do pointers of which each has memory that was made for it.
    """
    one, two = first.path.root, second.path.root
    if one.made is not None and two.made is not None and one is not two:
        return _stays(first, one.made) and _stays(second, two.made)
    if one is two or one.pointer or two.pointer or one.reference or two.reference:
        return False
    lasting = ("global", "static")
    if one.name == two.name or one.storage not in lasting or two.storage not in lasting:
        return False
    return not (_leaves(first) or _leaves(second))


def _stays(event: Event, leading: frozenset[str]) -> bool:
    """Whether a path stays within the memory that its pointer has."""
    fields = {element.field for element in event.path.elements}
    return len(event.path.elements) > 0 and leading.isdisjoint(fields)


def _own_arrays(text: str, first: Event, second: Event) -> bool:
    """Whether a region takes elements of two arrays of records that have two names.

    `out[i].x = in[i + 1].x`: as of arrays of numbers, nothing says that they are one.
    """
    one, two = first.path.root, second.path.root
    if _own_member_arrays(first, second):
        return True
    if one.name == two.name or not (first.share.startswith("shared") and one.pointer == 1):
        return False
    if not (second.share.startswith("shared") and two.pointer == 1):
        return False
    varying = any(e.path.elements[:1] and e.path.elements[0].form.marks for e in (first, second))
    return varying and _is_subscripted(text, first) and _is_subscripted(text, second)


def _own_member_arrays(first: Event, second: Event) -> bool:
    """Whether a region takes elements of an array that each of two objects has as a member.

    `out->cells[i] = in->cells[j]`: as of two arrays, nothing says that they are one.
    """
    if first.path.root.name == second.path.root.name:
        return False
    elements = [_of_member_array(event) for event in (first, second)]
    return all(elements) and any(e.form.marks for found in elements for e in found)


def _of_member_array(event: Event) -> tuple[Element, ...]:
    """The subscripts behind the one member of an object that a region reaches by its name."""
    elements, root = event.path.elements, event.path.root
    at = next((i for i, e in enumerate(elements) if e.field), -1)
    # Of two plain pointers to records nobody knows: they are set to one another.
    shared = event.share.startswith("shared") and (not root.pointer or is_smart(root.type))
    named = event.share == "this" or shared
    behind = elements[at + 1 :] if named and 0 <= at <= 1 else ()
    return () if any(e.field for e in behind) else behind


def _is_subscripted(text: str, event: Event) -> bool:
    """Whether an access is written as that of an element: `a[i].x`, not `p->x`."""
    name = event.path.root.name
    return text[event.offset : event.end].replace(" ", "").startswith(f"{name}[")


def _leaves(event: Event) -> bool:
    """Whether a path goes on from a pointer that is a member: its key forgets what was before."""
    return event.key.count(".") < sum(bool(e.field) for e in event.path.elements)


def _distinct(candidates: list[Candidate]) -> list[Candidate]:
    """One pair a distinct set of relations and pair of places, writes before reads.

    Where there are too many, those go first that a common lock or the order keeps apart.
    """
    by_relations: dict[Relations, Candidate] = {}
    seen: set[tuple[int, int, int]] = set()
    rest = []
    for candidate in candidates:
        known = by_relations.setdefault(candidate.relations, candidate)
        place = (id(known), candidate.first.offset, candidate.second.offset)
        if place not in seen and known is not candidate:
            rest.append(candidate)
        seen.add(place)
    room = max(MAX_PAIRS - len(by_relations), 0)
    return sorted(_few(list(by_relations.values())), key=_place) + rest[:room]


def _few(candidates: list[Candidate]) -> list[Candidate]:
    """As many as the model reads: of too many those that nothing keeps apart before the others."""
    if len(candidates) <= MAX_PAIRS:
        return candidates
    return sorted(candidates, key=lambda c: (_kept_apart(c), *_place(c)))[:MAX_PAIRS]


def _place(candidate: Candidate) -> tuple[bool, int]:
    return candidate.second.mode == "read", candidate.first.offset


def _kept_apart(candidate: Candidate) -> bool:
    """Whether a lock, time, atomicity or the object's newness is said to keep a pair in order."""
    facts = dict(candidate.relations)
    if facts.get("common") in _EXCLUDE or facts.get("live") in _APART:
        return True
    if facts.get("phase") == "differ" or "life" in _sides(facts):
        return True
    return "fresh" in _sides(facts) or all(
        facts.get(side) not in ("-", "volatile") for side in ("atomicA", "atomicB")
    )


def _sides(facts: dict[str, str]) -> set[str]:
    """The slots that either side has, without its letter."""
    return {slot[:-1] for slot in facts if slot[-1] in "AB"}
