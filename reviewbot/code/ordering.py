"""What orders two accesses besides joins: barriers, flags, conditions, locks given on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewbot.code.beats import meets_in_phase
from reviewbot.code.carriers import signals_of_carriers, takes_all, tells_of
from reviewbot.code.credits import fills_all, runs_ahead
from reviewbot.code.divided import rests
from reviewbot.code.events import MADE, POLLED, Event, Frame, Party, Scope, Sync
from reviewbot.code.gates import behind_gate
from reviewbot.code.semaphores import MANY
from reviewbot.code.told_flags import not_yet
from reviewbot.code.values import is_taken

_CHOSEN = frozenset({"single", "master", "section", "task"})
_SEVERAL = frozenset({"for", "taskloop", "nested", "lanes"})
_REMEMBERED = 100  # accesses, or pairs, whose signals are known: an object has 40 sites at most


def ordering(scope: Scope, first: Event, second: Event) -> str:
    """A wait of one side that matches a signal which the other gives after its access."""
    waits = bool(first.waits or second.waits)
    if waits and (found := _awaited(scope, first, second) or _awaited(scope, second, first)):
        return found
    if scope.gated and (behind_gate(scope, first, second) or behind_gate(scope, second, first)):
        return "latch"
    if waits and (_after_once(first, second) or _after_once(second, first)):
        return "once"
    if _after_lock(first, second) or _after_lock(second, first):
        return "after-lock"
    if _since_taken(first, second) or _since_taken(second, first):
        return "after-lock"
    others = waits and any(w.kind != MADE for w in (*first.waits, *second.waits))
    return "waits-unmatched" if others else "none"


def phase(scope: Scope, first: Event, second: Event) -> str:
    """Whether a barrier lies between two accesses; who does not come to it is not kept back."""
    if scope.kind == "threads":
        if not scope.barriers:
            return "-"
        if not {first.party, second.party} <= scope.meeting:
            return "same"
    return "same" if meets_in_phase(scope, first, second) else "differ"


def handed(scope: Scope, first: Event, second: Event) -> str:
    """How one side may find the new memory of the other, "" if nobody stored a pointer to it.

    lock: it has held a lock under which the pointer was stored; bare: it finds it without one.
    """
    if first.fresh == second.fresh or scope.kind != "threads":
        return ""
    maker, finder = (first, second) if first.fresh else (second, first)
    under = scope.published.get(maker.path.root.serial)
    if under is None:
        return ""
    been = finder.passed.union(h.key for h in finder.locks)
    return "bare" if under.isdisjoint(been) else "lock"


def before_creation(scope: Scope, first: Event, second: Event) -> bool:
    """Whether one access precedes the creation of the task that makes the other."""
    if len(first.frames) == len(second.frames):
        return False  # one of them is outside the task
    return _precedes(scope, first, second) or _precedes(scope, second, first)


def _precedes(scope: Scope, before: Event, task: Event) -> bool:
    """Whether the one thread that creates a task makes the access first, in each turn again."""
    count = len(before.frames)
    made = next((f for f in task.frames[count:] if f.kind != "taskgroup"), None)
    if made is None or not made.made or before.order > made.made:
        return False
    if task.frames[:count] != before.frames or not _is_alone(before.frames):
        return False
    around = [loop.line for loop in before.loops[scope.outside :]]
    within = {loop.line for loop in task.loops[scope.outside :]}
    return all(rests(scope, line, task) for line in around if line in within)


def _is_alone(frames: Sequence[Frame]) -> bool:
    """Whether one thread, or one instance of a task, comes through all of these constructs."""
    decides = [f for f in frames if f.kind in _CHOSEN or f.kind in _SEVERAL]
    last = decides[-1] if decides else None
    if last is None or last.kind in _SEVERAL:
        return False
    return not any(f.looped or f.kind in _SEVERAL for f in decides)


def mutual(scope: Scope, first: Event, second: Event) -> bool:
    """Whether each side waits for the other, as those do who use one place by turns."""
    if first.order == second.order or not (first.waits and second.waits):
        return False
    one, two = _first_sure(scope, first, second), _first_sure(scope, second, first)
    if one is None or two is None:
        return False
    return not fills_all(scope, first, second, one, two)


def patience(scope: Scope, waiter: Event, giver: Event) -> str:
    """How one side waits for a flag that the other gives after its access, "" if it does not.

    loop: it goes on once it has seen it; guard: only where it has; look: whatever it has seen.
    """
    flags = [w for w in _matching(scope, waiter, giver) if w.kind in ("flag", POLLED)]
    if any(w.stays for w in flags):
        return "loop"
    guards = {key for guard in waiter.guards for key in guard.keys}
    if any(w.key in guards for w in flags):
        return "guard"
    return "look" if flags else ""


def of_element(scope: Scope, waiter: Event, giver: Event) -> tuple[str, str]:
    """How the flags that both sides use are numbered, against the elements that they access.

    same: the element's own; shift: a neighbour's; other: not told; all, part: one after another.
    """
    waits = [w for w in _matching(scope, waiter, giver) if w.kind == "flag"]
    keys = {w.key for w in waits}
    signals = scope.parties[giver.party].signals
    gives = [s for s in signals if s.kind == "flag" and s.key in keys and s.order > giver.order]
    return _numbered(waits, waiter), _numbered(gives, giver)


def _numbered(flags: Sequence[Sync], event: Event) -> str:
    """The closest bond of some flag's number with one of the element's indices."""
    indices = [(e.form.terms, e.form.constant) for e in event.path.elements if not e.field]
    found = set()
    for flag in flags if indices else ():
        if flag.form is None:
            continue
        terms, own = flag.form.terms, (flag.form.terms, flag.form.constant)
        near = terms and any(terms == index for index, _ in indices)
        found.add(flag.span or ("same" if own in indices else "shift" if near else "other"))
    return next((word for word in ("same", "all", "shift", "part", "other") if word in found), "")


def _awaited(scope: Scope, waiter: Event, giver: Event) -> str:
    """The kind of the wait that sees what the giver did before."""
    found = _first_sure(scope, waiter, giver)
    return "" if found is None else "flag" if found.kind == POLLED else found.kind


def _first_sure(scope: Scope, waiter: Event, giver: Event) -> Sync | None:
    """The first wait of one side that nothing but the other's signal ends."""
    for wait in _matching(scope, waiter, giver):
        own = _met_by_its_own(scope, wait, waiter) or runs_ahead(scope, wait, waiter, giver)
        if not own:
            return wait
    return None


def _met_by_its_own(scope: Scope, wait: Sync, waiter: Event) -> bool:
    """Whether a semaphore may be had without the other: of many permits, or from one's own post.

    One who posts after the wait passes on what another gave, if the semaphore began without any.
    """
    if wait.kind != "sem" or not wait.root:
        return False
    signals = scope.parties[waiter.party].signals
    own = [s.order for s in signals if s.root == wait.root and s.key == wait.key]
    before = any(order < wait.order for order in own) and wait.permits != 1
    return before or (bool(own) and wait.permits == MANY)


def _matching(scope: Scope, waiter: Event, giver: Event) -> Sequence[Sync]:
    """The waits of one side that see what the other did before; several facts are made of them."""
    if not waiter.waits:
        return ()
    pair = waiter.order, giver.order
    known = scope.matched.get(pair)
    if known is None:
        if len(scope.matched) > _REMEMBERED:
            scope.matched.clear()
        known = scope.matched[pair] = tuple(_met(scope, waiter, giver))
    return known


def _met(scope: Scope, waiter: Event, giver: Event) -> Iterator[Sync]:
    party = scope.parties[giver.party]
    after = _given_after(scope, party, giver, waiter)
    made = party.created_at if party.creator == waiter.party else 0
    for wait in waiter.waits:
        if wait.order < made:
            continue  # it was over before the other thread was made
        known = (wait.kind, wait.key) in after
        known = known or (wait.kind == "wait" and any(k == wait.key for _, k in after))
        known = known and tells_of(scope, wait, giver) and takes_all(scope, wait, waiter, giver)
        known = known and not not_yet(scope, wait, waiter, giver)
        if known or (wait.kind == POLLED and _given_under_lock(scope, wait.key, giver)):
            yield wait


def _given_after(scope: Scope, party: Party, giver: Event, waiter: Event) -> set[tuple[str, str]]:
    """What is signalled after an access, in time for who waits again in each turn of a loop."""
    asked = giver.order, bool(waiter.loops)
    known = scope.signalled.get(asked)
    if known is None:
        if len(scope.signalled) > _REMEMBERED:
            scope.signalled.clear()
        known = scope.signalled[asked] = _signalled(scope, party, giver, in_loop=asked[1])
    return known


def _signalled(scope: Scope, party: Party, giver: Event, *, in_loop: bool) -> set[tuple[str, str]]:
    """What is signalled after an access, in time for who waits in a loop, or not in one.

    Where a turn signals before the access, a signal after the loop comes too late for that turn.
    """
    later = [s for s in party.signals if s.order > giver.order and _seen_by_waiter(s, giver)]
    later += signals_of_carriers(scope, party)
    around = {loop.line for loop in giver.loops} if in_loop and later else set()
    turns: dict[tuple[str, str], frozenset[int]] = {}
    for s in party.signals if around else ():
        if s.order < giver.order and (shared := s.loops & around):
            turns[s.kind, s.key] = turns.get((s.kind, s.key), shared) | shared
    given = ((s.loops, (s.kind, s.key)) for s in later)
    return {what for loops, what in given if what not in turns or turns[what] & loops}


def _seen_by_waiter(signal: Sync, giver: Event) -> bool:
    """Whether who waits must see what was done before: for a condition, by its lock alone.

    It may find the condition true and never wait; then nothing but the lock has an order
    ([thread.condition], pthread_cond_wait).
    """
    return signal.kind != "cond" or bool(giver.locks) or signal.locked > giver.order


def _given_under_lock(scope: Scope, key: str, giver: Event) -> bool:
    """Whether the giver's thread writes that object under a lock after its access."""
    if scope.handed is None:  # read once all accesses are known
        writes = [e for e in scope.events if e.mode != "read" and e.locks]
        scope.handed = {(e.key, e.party): e.order for e in sorted(writes, key=lambda e: e.order)}
    return scope.handed.get((key, giver.party), -1) > giver.order


def _after_once(waiter: Event, inner: Event) -> bool:
    """Whether one access comes after the call that makes the other, once."""
    keys = {h.key for h in inner.locks if h.kind == "once" and h.certain}
    return bool(keys) and any(
        w.kind in ("once", MADE) and f"once:{w.key}" in keys for w in waiter.waits
    )


def _after_lock(writer: Event, bare: Event) -> bool:
    """Whether a bare access comes after its thread held the lock of a write under a condition.

    `lock(); if (!done) { x = make(); done = 1; } unlock(); use(x);` needs no lock for the use.
    """
    if writer.mode != "write" or bare.mode != "read" or bare.locks or not bare.passed:
        return False  # what is made once is not changed a step at a time, nor by who is done
    chosen = any(g.kind == "shared" for g in writer.guards)
    return chosen and any(h.certain and h.key in bare.passed for h in writer.locks)


def _since_taken(locked: Event, taker: Event) -> bool:
    """Whether one access is to what its thread took for itself under a lock that the other holds.

    The other found it while it was still there for all, and has given the lock back since.
    """
    if not locked.locks or not taker.passed or taker.given or not is_taken(taker.path):
        return False
    held = any(h.certain and h.key in taker.passed for h in locked.locks)
    return held and not is_taken(locked.path)
