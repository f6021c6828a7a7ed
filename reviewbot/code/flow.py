"""What holds at a point of a walk, and where ways through the code meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reviewbot.code.events import Held, Sync


@dataclass(slots=True)
class Flow:
    """What branches and joins of control flow must keep apart."""

    locks: dict[str, Held] = field(default_factory=dict)
    waits: tuple[Sync, ...] = ()
    dead: bool = False
    passed: frozenset[str] = frozenset()  # keys of locks that were held on every way, and are not

    def copy(self) -> Flow:
        """An independent copy."""
        return Flow(dict(self.locks), self.waits, self.dead, self.passed)


def _differ(held: Sequence[Held], live: Sequence[Flow]) -> bool:
    """Whether the ways hold different locks of one kind: `if (east) lock(&e.m) else lock(&w.m)`."""
    if all((h.root, h.form, h.way) == (held[0].root, held[0].form, held[0].way) for h in held):
        return False
    sets = [
        {(h.root, h.form, h.way) for h in f.locks.values() if h.key == held[0].key} for f in live
    ]
    return any(found != sets[0] for found in sets)


def merge_flows(flows: Sequence[Flow]) -> Flow:
    """What holds after branches meet: a lock is certain only if every live branch holds it."""
    live = [flow for flow in flows if not flow.dead]
    if not live:
        return Flow(dead=True)
    if len(live) == 1:
        return live[0].copy()
    locks: dict[str, Held] = {}
    # A set's order changes from run to run, and with it the line that a trace would name.
    for key in dict.fromkeys(key for flow in live for key in flow.locks):
        held = [flow.locks[key] for flow in live if key in flow.locks]
        certain = len(held) == len(live) and all(h.certain for h in held)
        first = held[0]
        if first.claimed and not certain and not first.when.partition("=")[2]:
            continue  # what one way claimed is over, as far as anybody asks again
        if first.certain != certain:
            first = Held(first.key, first.kind, first.form, first.root, certain, first.line)
        elif certain and any(h is not first for h in held):
            first = replace(first, taken=0)  # given back and taken again on one of the ways
            if _differ(held, live):
                first = replace(first, strays=True, when="", ways=())
        locks[key] = first
    common = [w for w in live[0].waits if all(w in flow.waits for flow in live[1:])]
    passed = live[0].passed
    for flow in live[1:]:
        passed &= flow.passed
    return Flow(locks, tuple(common), passed=passed)
