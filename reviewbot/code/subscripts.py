"""Whether two subscripts can name one element for two different threads: exact where it is linear.

The classical dependence tests (greatest common divisor, Banerjee's bounds, delinearisation by
symbolic strides; Allen and Kennedy 2001, chapters 3 and 4) over index forms. A *divided* variable
is one of which two threads never hold the same value: the variable of a loop whose iterations are
shared out, the thread's number, or that of a loop over the thread's own range. The question is
which differences of the divided variables let both subscripts be equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reviewbot.code.blocks import met_in_blocks
from reviewbot.code.congruence import contradicted
from reviewbot.code.dependence import NEVER, ONE, OTHER, dimension
from reviewbot.code.differences import Where, agreement, unrolled
from reviewbot.code.divided import (
    known_side,
    names_in,
    next_number,
)
from reviewbot.code.events import (
    Event,
    Party,
    Quotients,
    Scope,
    Side,
)
from reviewbot.code.owners import by_owner, goes_by_owner
from reviewbot.code.partners import are_parted
from reviewbot.code.points import in_own_range
from reviewbot.code.rows import beyond_strides, stepped_apart
from reviewbot.code.selections import worth
from reviewbot.code.splits import split
from reviewbot.code.steps import turns_in_common
from reviewbot.code.tables import by_table, has_entry
from reviewbot.code.team_turns import met_in_team
from reviewbot.code.thread_turns import met_by_threads
from reviewbot.code.values import BY_THREAD, OPAQUE, RANGE, Form
from reviewbot.code.wraps import off_colour, unwrapped

_SHARES = frozenset({"for", "sections", "section", "single", "master", "task", "taskloop"})
# Marks of a number that two threads may read differently from what has one name.
_OF_ITS_OWN = frozenset({"mem", "local", "update", "ticket", "counter"})

_APART = (contradicted, are_parted, off_colour)  # what may say that subscripts never agree


@dataclass(slots=True, kw_only=True)  # never changed, as those of events.py
class Meeting:
    """How two subscripts meet.

    `kind`: never | same (only where the divided variables agree: one thread) | other (two threads
    can meet) | free (no divided variable matters) | unknown. `distance` is that of the divided
    variable where it is a number. `by` says what divides: pv | task | tid | targ | own | cyclic,
    or split: two ranges, and no number; or table: a number's entries there.
    """

    kind: str
    by: str = "-"
    distance: int | None = None


def meeting(scope: Scope, first: Event, second: Event) -> Meeting | None:
    """How the subscripts of two accesses meet; None if there is none, or nothing divides them.

    Loops around the construct that makes the threads give one value to all.
    """
    pairs = subscripts(first, second)
    if pairs is None:
        return None
    return _meeting(scope, pairs, first, second, turns_in_common(scope, first, second))


def by_rows(scope: Scope, first: Event, second: Event) -> str:
    """How two subscripts meet if no column is one of another row; "" if that tells nothing."""
    pairs = subscripts(first, second) or []
    common = turns_in_common(scope, first, second)
    one, two = scope.parties[first.party], scope.parties[second.party]
    a = known_side(first, one, two, scope, common, tiles=True)
    b = known_side(second, two, one, scope, common, tiles=True)
    rows = [new for pair in pairs for new in unrolled(pair, (first, a), (second, b))]
    found = _by_range(scope, rows, first, second, common) if len(rows) > len(pairs) else None
    return found.kind if found is not None and found.kind in ("never", "same", "other") else ""


def one_turn(scope: Scope, first: Event, second: Event) -> bool:
    """Whether conditions leave both accesses to the one thread that has a number: `i == n - 1`."""
    if first.party != second.party or not (first.guards and second.guards):
        return False
    if scope.kind != "threads" and not scope.turns:  # of a team others tell it, see shortcuts.py
        return False
    forms = ((f for g in e.guards for f in g.nought) for e in (first, second))
    ours, theirs = ([f for f in of if _is_alike(f, scope.quotients)][-3:] for of in forms)
    pairs = ((a, b) for a in ours for b in theirs)
    common = turns_in_common(scope, first, second)
    found = (
        _meeting(scope, [p], first, second, common | _unnamed(p, first, second, scope.quotients))
        for p in pairs
    )
    return any(met is not None and met.kind in ("same", "never") for met in found)


def _unnamed(
    pair: tuple[Form, Form], first: Event, second: Event, quotients: Quotients
) -> frozenset[str]:
    """The variables of loops that neither form is made of: whatever their turn, it is so."""
    named = names_in(pair[0], quotients) | names_in(pair[1], quotients)
    return frozenset([loop.name for loop in (*first.loops, *second.loops)]) - named


def _is_alike(form: Form, quotients: Quotients) -> bool:
    """Whether all that is no number of a turn in it has one value for all threads."""
    return form.marks.isdisjoint(_OF_ITS_OWN) and not has_entry(form, quotients)


def _meeting(
    scope: Scope,
    pairs: Sequence[tuple[Form, Form]],
    first: Event,
    second: Event,
    common: frozenset[str],
) -> Meeting | None:
    found = _by_range(scope, pairs, first, second, common)
    if found is not None and found.kind != "unknown":
        return found
    told = met_by_threads(scope, pairs, first, second)
    if told is None:
        return found
    many = any(scope.parties[event.party].many for event in (first, second))
    by = found.by if found is not None else ("targ" if many else "split")
    return Meeting(kind=told.kind, by=by)


def _by_range(
    scope: Scope,
    pairs: Sequence[tuple[Form, Form]],
    first: Event,
    second: Event,
    common: frozenset[str],
) -> Meeting | None:
    """How the ranges of the variables let two subscripts meet."""
    one, two = scope.parties[first.party], scope.parties[second.party]
    a = known_side(first, one, two, scope, common, tiles=True)
    b = known_side(second, two, one, scope, common, tiles=True)
    if a.by != b.by or not _tells(pairs, a, b, scope):
        a = known_side(first, one, two, scope, common, tiles=False)
        b = known_side(second, two, one, scope, common, tiles=False)
    found = _by_arithmetic(scope, pairs, (first, a), (second, b))
    if found is not None and found.kind in ("never", "same"):
        return found
    if (owned := _by_owner(scope, pairs, (first, a), (second, b))) is not None:
        return owned
    return _by_trial(scope, pairs, first, second, found)


def _by_owner(
    scope: Scope, pairs: Sequence[tuple[Form, Form]], first: Where, second: Where
) -> Meeting | None:
    """How they meet where each thread acts on what it owns; None if that does not tell."""
    sides = by_owner(scope, pairs, first, second)
    if sides is None:
        return None
    if goes_by_owner(pairs, *sides):
        return Meeting(kind="same", by="own")
    found = _by_arithmetic(scope, pairs, (first[0], sides[0]), (second[0], sides[1]))
    return found if found is not None and found.kind != "unknown" else None


def _by_arithmetic(
    scope: Scope, pairs: Sequence[tuple[Form, Form]], first: Where, second: Where
) -> Meeting | None:
    """How they meet as far as the laws of linear forms and of ranges tell."""
    a, b = first[1], second[1]
    one, two = (scope.parties[event.party] for event, _ in (first, second))
    if not a.divided or not b.divided or a.by != b.by:
        return _of_two(scope, pairs, first, second) or _of_one_team(scope, pairs, first, second)
    if _in_other_turns(first[0], one, two) or _in_other_turns(second[0], two, one):
        return Meeting(kind="unknown", by=a.by)
    pairs = unwrapped(pairs, first, second, scope.quotients)
    found = _agreed(pairs, a, b, scope.quotients)
    if found.kind in ("never", "same"):
        return found
    if found.by == "tid" and (told := _of_two(scope, pairs, first, second)) is not None:
        return told
    if any(tells(pairs, first, second, scope.quotients) for tells in _APART):
        return replace(found, kind="never", distance=None)
    if found.kind in ("unknown", "other") and (word := _bounded(scope, pairs, first, second)):
        return replace(found, kind=word, distance=None)
    listed = _listed(scope, pairs, a, b) if found.kind == "unknown" else ""
    return Meeting(kind=listed, by="table") if listed else found


def _bounded(scope: Scope, pairs: Sequence[tuple[Form, Form]], first: Where, second: Where) -> str:
    """What the bounds of variables by one another say: never | same | ""."""
    around = turns_in_common(scope, first[0], second[0])
    around |= {loop.name for loop in first[0].loops[: scope.outside] if loop.name}
    told = agreement(pairs, first, second, around, scope.quotients)
    return "" if told == "same" and (first[1].overlap or second[1].overlap) else told


def _of_one_team(
    scope: Scope, pairs: Sequence[tuple[Form, Form]], first: Where, second: Where
) -> Meeting | None:
    """Whether accesses of one team are apart that two constructs divide, each in its own way."""
    one, two = (scope.parties[event.party] for event, _ in (first, second))
    if one.serial != two.serial or one.kind != "team":
        return None
    if told := in_own_range(pairs, first, second, scope.quotients):
        return Meeting(kind=told, by="own")
    a, b = (Side(loops=side.loops) for _, side in (first, second))
    apart = any(dimension(*pair, a, b, scope.quotients)[0] is NEVER for pair in pairs)
    apart = apart or _bounded(scope, pairs, first, second) == "never"
    return Meeting(kind="never", by="split") if apart else None


def _by_trial(
    scope: Scope,
    pairs: Sequence[tuple[Form, Form]],
    first: Event,
    second: Event,
    found: Meeting | None,
) -> Meeting | None:
    """What the turns say that were tried, where the forms differ from thread to thread."""
    one, two = scope.parties[first.party], scope.parties[second.party]
    pairs = [(worth(left), worth(right)) for left, right in pairs]
    varies = any(not BY_THREAD.isdisjoint(form.marks) for pair in pairs for form in pair)
    if scope.kind == "threads" or not varies or (one.kind, two.kind) != ("team", "team"):
        return found
    common = turns_in_common(scope, first, second)
    sides = [
        (event, known_side(event, party, other, scope, common, tiles=False))
        for event, party, other in ((first, one, two), (second, two, one))
    ]
    told = met_in_team(scope, pairs, *sides)
    if told is None or (found is not None and told.kind == found.kind):
        return found
    by = found.by if found is not None else ("tid" if told.kind == "same" else "split")
    return Meeting(kind=told.kind, by=by if told.exact else "tried")


def _tells(pairs: Sequence[tuple[Form, Form]], a: Side, b: Side, scope: Scope) -> bool:
    """Whether the side that was tried first says enough: rows by number may be divided by turns."""
    if a.by != "tid" or len(pairs) < 2 or not a.divided or not b.divided:
        return True
    return _agreed(pairs, a, b, scope.quotients).kind in ("never", "same")


def _in_other_turns(event: Event, creator: Party, party: Party) -> bool:
    """Whether the creator of threads uses the variable that numbers them in a loop of its own."""
    if party.creator != creator.serial or not party.many or not party.loop_name:
        return False
    lines = [loop.line for loop in event.loops if loop.name == party.loop_name]
    return bool(lines) and party.loop_line not in lines


def _listed(scope: Scope, pairs: Sequence[tuple[Form, Form]], a: Side, b: Side) -> str:
    """How ranges meet that begin and end at the entries of a table, by the divided number."""
    if len(a.divided) != 1 or a.divided != b.divided:
        return ""
    ((number, rank),) = a.divided.items()
    loop = a.range_of(rank)
    step = loop.stride if loop is not None and loop.stride is not None else ONE

    def after(form: Form) -> Form:
        return next_number(form, number, scope.quotients, step)

    return by_table(pairs, a, b, after, scope.quotients)


def _of_two(
    scope: Scope,
    pairs: Sequence[tuple[Form, Form]],
    first: Where,
    second: Where,
) -> Meeting | None:
    """How the ranges of two threads, or of two sections or tasks, meet that nothing numbers."""
    one, two = (scope.parties[event.party] for event, _ in (first, second))
    if one.serial == two.serial:
        blocks = [_block(event) for event, _ in (first, second)]
        if not all(blocks) or blocks[0] == blocks[1]:
            return None
    elif one.many or two.many:
        return None
    kind = split(pairs, first[1], second[1])
    if kind != "never" and one.serial == two.serial:
        kind = met_in_blocks(scope, pairs, first[0], second[0]) or kind
    return Meeting(kind=kind, by="split") if kind != "unknown" else None


def _block(event: Event) -> int:
    """The section, or the task of no loop, that makes an access; 0 if there is none."""
    frame = next((f for f in reversed(event.frames) if f.kind in _SHARES), None)
    alone = frame is not None and frame.kind in ("section", "task") and not frame.looped
    return frame.serial if frame is not None and alone else 0


def _agreed(pairs: Sequence[tuple[Form, Form]], a: Side, b: Side, quotients: Quotients) -> Meeting:
    """How the forms alone meet, whatever decides whether the accesses are made."""
    found: dict[str, int] = {}
    unknown, others = False, 0
    for left, right in pairs:
        forced, complete = dimension(left, right, a, b, quotients)
        if not complete and not any(forced.values()):
            found_more = beyond_strides(left, right, a, b, quotients)
            forced, complete = found_more or (forced, complete)
        elif not forced and stepped_apart(left, right, a, b):
            return Meeting(kind="never", by=a.by)
        unknown = unknown or not complete
        if forced is NEVER:
            return Meeting(kind="never", by=a.by)
        if forced is OTHER:
            others += 1
            continue
        for rank, distance in forced.items():
            if found.setdefault(rank, distance) != distance:
                return Meeting(kind="never", by=a.by)
    if others:
        sure = not unknown and not any(found.values()) and others + len(found) <= len(pairs)
        return Meeting(kind="other" if sure and not found else "unknown", by=a.by)
    if not found and any(
        _begins_anywhere(form, side)
        for pair in pairs
        for form, side in zip(pair, (a, b), strict=True)
    ):
        return Meeting(kind="unknown", by=a.by)
    return _judged(found, unknown, a, b)


def _begins_anywhere(form: Form, side: Side) -> bool:
    """Whether a loop in it begins where its turn says in a way that is not understood."""
    lows = [side.loops[name].low for name in form.names if name in side.loops]
    return any(low is not None and low.marks & BY_THREAD and low.marks & OPAQUE for low in lows)


def _judged(found: Mapping[str, int], unknown: bool, a: Side, b: Side) -> Meeting:
    ranks = set(a.divided.values()) | set(b.divided.values())
    cycle = a.cycle if a.cycle == b.cycle else 0
    near = a.gap if a.range == b.range else 0
    far = [d for d in found.values() if abs(d) > near and not (cycle and d % cycle == 0)]
    if any(not _reachable(rank, d, a) for rank, d in found.items()):
        return Meeting(kind="never", by=a.by)
    distance = far[0] if len(far) == 1 else None
    if not far and set(found) >= ranks:
        return Meeting(kind="other" if a.overlap or b.overlap else "same", by=a.by)
    if unknown:
        return Meeting(kind="unknown", by=a.by, distance=distance)
    return Meeting(kind="other" if found else "free", by=a.by, distance=distance)


def subscripts(first: Event, second: Event) -> list[tuple[Form, Form]] | None:
    """The subscripts of both accesses side by side; None if these are not of one kind."""
    a = [e.form for e in first.path.elements if not e.field]
    b = [e.form for e in second.path.elements if not e.field]
    one, two = first.path.root, second.path.root
    same = one.serial == two.serial or (one.name, one.offset) == (two.name, two.offset)
    if not a or len(a) != len(b) or not same:
        return None
    return [pair for pair in zip(a, b, strict=True) if not (_covers(pair[0]) or _covers(pair[1]))]


def _covers(form: Form) -> bool:
    """Whether it stands for elements of which only the first is known, the same for all threads."""
    return RANGE in form.marks and BY_THREAD.isdisjoint(form.marks)


def _reachable(rank: str, distance: int, side: Side) -> bool:
    """Whether the loop's range and stride let its variable differ by so much."""
    loop = side.range_of(rank)
    if loop is None or not distance:
        return True
    stride = loop.stride.constant if loop.stride is not None and loop.stride.is_constant else 1
    if stride and distance % stride:
        return False
    if loop.low is None or loop.high is None:
        return True
    trips = loop.high.plus(loop.low, -1)
    return not trips.is_constant or abs(distance) < trips.constant


def words(found: Meeting | None) -> Iterable[tuple[str, str]]:
    """The meeting as relations."""
    if found is None:
        return (("meet", "-"),)
    told = [("meet", found.kind), ("meet-by", f"{found.by}-{found.kind}")]
    if found.distance is not None and found.kind in ("other", "unknown"):
        size = abs(found.distance)
        word = "1" if size == 1 else ("few" if size < 8 else "many")
        told.append(("distance", f"{'-' if found.distance < 0 else '+'}{word}"))
    return told
