"""What must not be put under a lock: the model judges races, and no one judges deadlocks for us."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tree_sitter import Node

from reviewbot.code import threads as api
from reviewbot.fixes.lock_uses import LockUse, held_at, is_guard, of_call
from reviewbot.fixes.sections import Section
from reviewbot.fixes.source import SourceFile, called, function, walk

_WAITS = {*api.WAIT_CALLS, *api.JOIN_CALLS, *api.BARRIER_CALLS, *api.ONCE_CALLS}
_WAITS |= {*api.WAIT_METHODS, *api.BARRIER_METHODS, "join"}
_LAST = re.compile(r"([A-Za-z_]\w*)\W*$")


def may_deadlock(file: SourceFile, section: Section, use: LockUse) -> bool:
    """Whether a thread could wait for ever if the section ran under the lock."""
    return (
        blocks(file, section.statements or [section.first])
        or any(_same(one, use) for one in held_at(file, section.first))
        or _is_left_locked(section, use)
        or _is_called_locked(file, section, use)
    )


def blocks(file: SourceFile, nodes: Sequence[Node]) -> bool:
    """Whether the code, or a function of the file that it calls, takes a lock or waits."""
    return any(_blocks(one) for part in reached(file, nodes) for one in walk(part))


def reached(file: SourceFile, nodes: Sequence[Node]) -> Iterator[Node]:
    """These nodes, then the functions of the file that they call, directly or not."""
    waiting, seen = list(nodes), {one.start_byte for one in nodes}
    while waiting:
        node = waiting.pop()
        yield node
        for call in walk(node):
            for home in file.functions.get(called(call), ()):
                if home.start_byte not in seen:
                    seen.add(home.start_byte)
                    waiting.append(home)


def _blocks(node: Node) -> bool:
    call = of_call(node)
    takes = call is not None and call[1].effect != "release"
    return takes or is_guard(node) or called(node) in _WAITS


def _same(one: LockUse, other: LockUse) -> bool:
    """Whether two locks may be one: `&a->lock` and `&b->lock` may."""
    names = [_LAST.search(use.lock) for use in (one, other)]
    return one.lock == other.lock or bool(names[0] and names[1] and names[0][1] == names[1][1])


def _is_left_locked(section: Section, use: LockUse) -> bool:
    """Whether the function takes the lock above and may not have given it back: `if (x) lock()`."""
    home, depth = function(section.first), 0
    for one in walk(home) if home is not None else ():
        call = of_call(one) if one.start_byte < section.first.start_byte else None
        if call is not None and call[2] == use.lock:
            depth = 0 if call[1].effect == "release" else depth + 1
    return depth > 0


def _is_called_locked(file: SourceFile, section: Section, use: LockUse) -> bool:
    """Whether a caller of the section's function may hold the lock already."""
    home = function(section.first)
    name = file.name_of(home) if home is not None else ""
    calls = file.calls.get(name, ()) if name else ()
    return any(_same(held, use) for call in calls for held in held_at(file, call))
