"""How the locks that two accesses hold meet, and what a lock's number says of an element's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reviewbot.code.events import LENT, Event, Held, Quotients, Scope
from reviewbot.code.values import OPAQUE, Form

_UNDECLARED = "@-1"
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")
# What stripe() answers, the closest bond first.
STRIPES = ("same", "of-index", "follows", "apart")


def how_held(locks: Sequence[Held]) -> str:
    """How many locks are held, and whether for certain and alone."""
    if not locks:
        return "0"
    if not any(h.certain for h in locks):
        return "maybe"
    kinds = {h.kind for h in locks if h.certain}
    if kinds == {"shared"}:
        return "shared"
    taken = {h.line if h.strays else -place for place, h in enumerate(locks)}  # of several, one
    return "1" if len(taken) == 1 else "2+"


def stripe(lock: Form, event: Event, quotients: Quotients) -> str:
    """How the element follows from the number of its lock.

    same: one number; of-index: the lock's is a remainder or quotient of the element's, so that one
    element has one lock; follows: both derive from one number; apart: they do not.
    """
    indices = [e.form for e in event.path.elements if not e.field and e.form.terms]
    indices += event.path.by or event.path.root.origins
    if any(index.terms == lock.terms for index in indices):
        return "same"
    made = _dividends(lock, quotients)
    if any(index.terms == dividend.terms for index in indices for dividend in made):
        return "of-index"
    both = [_remainders(lock, index, quotients) for index in indices]
    if word := next((word for word in ("of-index", "apart") if word in both), ""):
        return word
    sources = lock.names.union(*(dividend.names for dividend in made))
    derived = [form for index in indices for form in (index, *_dividends(index, quotients))]
    if any(form.names & sources for form in derived):
        return "follows"
    root = event.path.root
    walked = [x.low for x in event.loops if x.variable == root.serial and x.low is not None]
    texts = [name for form in walked for name in form.names]
    found = any(source in text for source in sources for text in texts)
    return "follows" if found else "apart"


def _dividends(form: Form, quotients: Quotients) -> list[Form]:
    """What a form's quotients and remainders are made of, theirs too."""
    found: list[Form] = []
    waiting = [form]
    while waiting and len(found) < 8:
        made = [quotients[name][0] for name in waiting.pop().names if name in quotients]
        found += made
        waiting += made
    return found


def _parts(form: Form, quotients: Quotients) -> tuple[Form, Form, str]:
    """(dividend, divisor, / or %) of a form that is nothing else; no operator if it is not."""
    alone = len(form.terms) == 1 and form.terms[0][1] == 1 and len(form.terms[0][0]) == 1
    found = quotients.get(form.terms[0][0][0]) if alone else None
    return found if found is not None else (form, Form(), "")


def _remainders(lock: Form, index: Form, quotients: Quotients) -> str:
    """Whether `index` tells `lock`, two remainders by known numbers: "" if they are not that.

    h % 16 tells h % 4, but neither h % 6 nor (h >> 8) % 4, nor another number's remainder.
    """
    (one, n, by), (two, m, over) = (_parts(form, quotients) for form in (lock, index))
    known = n.is_constant and m.is_constant and n.constant > 0 and m.constant > 0
    if by != "%" or over != "%" or not known:
        return ""
    size = n.constant
    if one.terms != two.terms:
        one, scale, cut = _parts(one, quotients)
        size *= scale.constant if cut == "/" and scale.is_constant else 0
    told = size > 0 and one.terms == two.terms and m.constant % size == 0
    return "of-index" if told else "apart"


def _rule(lock: Form, event: Event, quotients: Quotients) -> tuple[object, ...]:
    """How the lock's number is computed from the element's: one rule, one lock for an element."""
    dividend, divisor, operator = _parts(lock, quotients)
    made = divisor.terms, divisor.constant, operator
    for place, index in _numbers(event):
        if "update" in index.marks - lock.marks:
            continue  # the number has moved on since it chose the lock
        if index.terms and index.terms == lock.terms:
            return (place, lock.constant - index.constant)
        if index.terms and index.terms == dividend.terms:
            return (place, *made, dividend.constant - index.constant, lock.constant)
        one, _, cut = _parts(index, quotients)
        told = cut and not index.constant and one.terms == dividend.terms
        if told and _remainders(lock, index, quotients) == "of-index":
            return (place, *made, dividend.constant - one.constant, lock.constant)
    return ()


def _numbers(event: Event) -> list[tuple[int, Form]]:
    """The element's numbers with their places; those of the way to it are as good as its first."""
    own = [e.form for e in event.path.elements if not e.field]
    return [*enumerate(own), *[(0, form) for form in event.path.by or event.path.root.origins]]


def _is_numbered(event: Event) -> bool:
    """Whether the element accessed has a number that is more than a constant."""
    return any(form.terms for _, form in _numbers(event))


def _each_its_own(lock: Form, scope: Scope, first: Event, second: Event) -> bool:
    """Whether a lock's number is the thread's own, so that two threads never take the same one."""
    party = scope.parties[first.party]
    alone = len(lock.terms) == 1 and len(lock.names) == 1 and not lock.marks & OPAQUE
    if not alone or first.party != second.party or not party.many:
        return False
    divided = [loop.name for loop in first.loops if loop.shared and loop in second.loops]
    numbers = {"tid"} if party.kind == "team" else {party.loop_name} - {""}
    return not lock.names.isdisjoint(numbers if len(divided) != 1 else {*numbers, divided[0]})


def common_lock(scope: Scope, first: Event, second: Event) -> str:
    """How the lock sets of both sides meet; the strongest meeting counts."""
    best = "none" if not (first.locks or second.locks) else "one-sided"
    if first.locks and second.locks:
        best = "differ"
    rank = [
        "none",
        "one-sided",
        "differ",
        "type",
        "striped-differ",
        "maybe",
        "both-shared",
        "rw",
        "own",
        "striped",
        "once",
        "critical",
        "mutex",
    ]
    for a in first.locks:
        for b in second.locks:
            if a.key == b.key:
                found = _meeting(a, b, first, second)
                found = "maybe" if a.key in scope.loosened else found
                if found.startswith("striped"):
                    found = _by_number(scope, (a, first), (b, second), found)
                best = max(best, found, key=rank.index)
    return best


def _by_number(scope: Scope, one: tuple[Held, Event], two: tuple[Held, Event], found: str) -> str:
    """How two locks of an array meet: by what their numbers are made of."""
    (a, first), (b, second) = one, two
    rules = [_rule(lock.form, event, scope.quotients) for lock, event in (one, two)]
    if _is_one(first) and _is_one(second):
        return "differ"  # an object that has no number has no lock of its own among many
    if found == "striped-differ":
        return "striped" if a.root == b.root and rules[0] and rules[0] == rules[1] else found
    if rules[0] != rules[1] and _is_numbered(first) and _is_numbered(second):
        return "striped-differ"  # one side locks its own element, the other a neighbour's
    return "differ" if not rules[0] and _each_its_own(a.form, scope, first, second) else found


def _is_one(event: Event) -> bool:
    """Whether an access is to an object itself, or to its field: to none of several."""
    root = event.path.root
    plain = root.storage in ("global", "static", "this") and not root.reference
    alone = plain and (root.storage == "this" or not root.pointer)
    return alone and not any(e.form.terms for e in event.path.elements if not e.field)


def _meeting(a: Held, b: Held, first: Event, second: Event) -> str:
    if a.kind == "local" or (LENT in (a.when, b.when) and a.line == b.line):
        return "differ"  # each has its own, or one thread holds it for both
    if not (a.certain and b.certain):
        return "maybe"
    if a.kind == b.kind == "shared":
        return "both-shared"
    if "shared" in (a.kind, b.kind):
        found = _places(a, b, first, second)
        return found if found in ("type", "striped-differ") else "rw"
    if a.kind in ("critical", "once"):
        return a.kind
    return _places(a, b, first, second)


def _places(a: Held, b: Held, first: Event, second: Event) -> str:
    """Whether two locks of one key are one: by where they are, in an array or an object."""
    if (a.every or b.every) and a.root == b.root:
        return "mutex"  # it is among those that the other side has
    fixed = a.form == b.form and is_fixed(a.form)
    if not fixed and (a.form.terms or b.form.terms or a.form != b.form):
        if a.form == b.form:
            return "striped"
        return "own" if _embedded(a, first) and _embedded(b, second) else "striped-differ"
    if a.root == b.root and a.way == b.way and not (a.strays or b.strays):
        return "mutex"
    whose = {_whose(a, first), _whose(b, second)}
    if whose == {"own", "apart"}:
        return "differ"  # where both sides meet, one holds its object's lock and one another's
    return "own" if whose == {"own"} else "type"


def whose_lock(event: Event) -> str:
    """Of which object the locks are that an access holds.

    own: one is of the very object accessed; leader: of one that leads to it; apart: all are of
    other ones; open: nobody knows.
    """
    found = {_whose(lock, event) for lock in event.locks}
    return next((word for word in ("own", "open", "leader") if word in found), "apart")


def _whose(lock: Held, event: Event) -> str:
    """The same of one lock."""
    if _own(lock, event) and _is_within(lock, event):
        return "own"
    if lock.root == event.path.root.serial:
        return "leader"
    return "apart" if lock.named and event.path.is_member else "open"


def _is_within(lock: Held, event: Event) -> bool:
    """Whether a lock is a member of the record of which the object is, not of one that leads to it.

    Of what a member points to the keys tell: `T:File.lock` is not that of `T:Folder.size`.
    """
    mine, other = lock.key.partition(".")[0], event.key.partition(".")[0]
    return mine == other or not (mine.startswith("T:") and other.startswith("T:"))


def _own(lock: Held, event: Event) -> bool:
    """Whether a lock is that of the object accessed, not of another one on the way to it."""
    if lock.root != event.path.root.serial:
        return False
    way = event.path.way
    if way and event.key.endswith("]"):
        way = way[:-1]  # its last member leads to its elements alone
    alike = lock.key.rpartition(".")[0] == event.key.rpartition(".")[0]
    return not alike or lock.way == way


def is_fixed(form: Form) -> bool:
    """Whether a lock's number is one number: an enumerator, or what nothing here declares."""
    return all(name.endswith(_UNDECLARED) or _CONSTANT.fullmatch(name) for name in form.names)


def _embedded(lock: Held, event: Event) -> bool:
    """Whether the lock is a field of the very array element that is accessed."""
    inside = "." in lock.key.rpartition("[]")[2] and lock.root == event.path.root.serial
    return inside and any(lock.form == e.form for e in event.path.elements if not e.field)
