"""How the locks that two accesses hold meet, and what a lock's number says of an element's."""

from __future__ import annotations

from reviewbot.code.events import LENT, Event, Held, Quotients
from reviewbot.code.values import Form

# What stripe() answers, the closest bond first.
STRIPES = ("same", "of-index", "follows", "apart")


def stripe(lock: Form, event: Event, quotients: Quotients) -> str:
    """How the element follows from the number of its lock.

    same: one number; of-index: the lock's is a remainder or quotient of the element's, so that one
    element has one lock; follows: both derive from one number; apart: they do not.
    """
    indices = [e.form for e in event.path.elements if not e.field and e.form.terms]
    indices += event.path.root.origins
    if any(index.terms == lock.terms for index in indices):
        return "same"
    made = _dividends(lock, quotients)
    if any(index.terms == dividend.terms for index in indices for dividend in made):
        return "of-index"
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


def common_lock(first: Event, second: Event) -> str:
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
                best = max(best, found, key=rank.index)
    return best


def _meeting(a: Held, b: Held, first: Event, second: Event) -> str:
    if a.kind == "local" or (LENT in (a.when, b.when) and a.line == b.line):
        return "differ"  # each has its own, or one thread holds it for both
    if not (a.certain and b.certain):
        return "maybe"
    if a.kind == b.kind == "shared":
        return "both-shared"
    if "shared" in (a.kind, b.kind):
        return "rw"
    if a.kind in ("critical", "once"):
        return a.kind
    if a.form.terms or b.form.terms or a.form != b.form:
        if a.form == b.form:
            return "striped"
        return "own" if _embedded(a, first) and _embedded(b, second) else "striped-differ"
    if a.root == b.root:
        return "mutex"
    own = a.root == first.path.root.serial and b.root == second.path.root.serial
    return "own" if own else "type"


def _embedded(lock: Held, event: Event) -> bool:
    """Whether the lock is a field of the very array element that is accessed."""
    inside = "." in lock.key.rpartition("[]")[2] and lock.root == event.path.root.serial
    return inside and any(lock.form == e.form for e in event.path.elements if not e.field)
