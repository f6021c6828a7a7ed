"""Candidates that take a lock for writing where it was taken for reading."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from reviewbot.fixes.case import Case
from reviewbot.fixes.edits import Candidate, Edit
from reviewbot.fixes.lock_uses import lock_call
from reviewbot.fixes.source import SourceFile, ancestors, function, walk
from reviewbot.fixes.updates import field, short
from reviewbot.records import Mode

_EXCLUSIVE = {
    "pthread_rwlock_rdlock": "pthread_rwlock_wrlock",
    "read_lock": "write_lock",
    "read_unlock": "write_unlock",
    "lock_shared": "lock",
    "unlock_shared": "unlock",
    "ReaderLock": "Lock",
    "ReaderUnlock": "Unlock",
    "AcquireSRWLockShared": "AcquireSRWLockExclusive",
    "ReleaseSRWLockShared": "ReleaseSRWLockExclusive",
}


def exclusive_lock(case: Case) -> Iterator[Candidate]:
    """The lock that a write holds for reading only, held for writing."""
    edits: dict[tuple[int, int], Edit] = {}
    for place in case.held:
        taken = _shared_at(case.file, place.node) if place.access.mode is Mode.WRITE else None
        for edit in _edits(case.file, taken) if taken is not None else ():
            edits[edit.start, edit.end] = edit
    if edits:
        yield Candidate("exclusive lock", tuple(edits.values()))


def _shared_at(file: SourceFile, node: Node) -> Node | None:
    """The nearest statement before a node that takes a shared lock and does not give it back."""
    child = node
    for parent in ancestors(node):
        if parent.type in ("function_definition", "lambda_expression"):
            return None
        before = [c for c in parent.named_children if c.end_byte <= child.start_byte]
        for one in reversed(before if parent.type == "compound_statement" else []):
            call = lock_call(one)
            if call is not None and call[1].effect == "release":
                return None
            if file.span(one) and (_is_shared_guard(one) or (call is not None and call[1].shared)):
                return one
        child = parent
    return None


def _is_shared_guard(node: Node) -> bool:
    return node.type == "declaration" and "shared_lock" in short(field(node, "type"))


def _edits(file: SourceFile, taken: Node) -> Iterator[Edit]:
    """The other name for the statement, and for those that give the lock back."""
    if taken.type == "declaration":
        yield from _renamed(file, taken, "shared_lock", "unique_lock")
        return
    call, home = lock_call(taken), function(taken)
    for one in walk(home) if home is not None and call is not None else ():
        other = lock_call(one) if one.start_byte > taken.start_byte else None
        if call is None or other is None or other[2] != call[2]:
            continue
        if other[1].effect != "release":  # the lock is taken anew: what follows belongs to that
            break
        if other[0] in _EXCLUSIVE:
            yield from _renamed(file, one, other[0], _EXCLUSIVE[other[0]])
    if call is not None and call[0] in _EXCLUSIVE:
        yield from _renamed(file, taken, call[0], _EXCLUSIVE[call[0]])


def _renamed(file: SourceFile, node: Node, name: str, other: str) -> Iterator[Edit]:
    span = file.span(node)
    match = re.compile(rf"\b{name}\b").search(file.text, *span) if span else None
    if match:
        yield Edit(match.start(), match.end(), other)
