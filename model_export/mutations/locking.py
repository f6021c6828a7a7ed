"""Finds what locks and unlocks: call pairs in one block, and guards of C++."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from model_export.mutations.program import ParsedProgram

_CALL = re.compile(r"^([A-Za-z_][\w:]*)\s*\(\s*(.*?)\s*\)\s*;$", re.DOTALL)
_METHOD = re.compile(r"^(.+?)(?:\.|->)(\w+)\s*\(\s*\)\s*;$", re.DOTALL)
_GUARD = re.compile(
    r"^((?:const\s+)?(?:std::)?(lock_guard|scoped_lock|unique_lock|shared_lock)\s*(<.*?>)?)"
    r"\s+(\w+)\s*[({]\s*(.*?)\s*[)}]\s*;$",
    re.DOTALL,
)
_OPENS = re.compile(
    r"^(?:\w+_)?(?:(?P<verb>lock|set_lock|set_nest_lock|wrlock|rdlock|lock_shared|acquire|enter))$"
)


@dataclass(frozen=True, slots=True, eq=False)
class LockPair:
    """A lock and its unlock in one block, with the statements between them."""

    opening: Node
    closing: Node
    lock: str  # the text that names the lock: `&m`, `mutex_`
    call: str  # the function or method that locks
    between: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """A C++ guard object and what follows it in its block."""

    declaration: Node
    type: str
    kind: str  # "lock_guard" …
    name: str
    lock: str
    rest: tuple[Node, ...]


def lock_pairs(program: ParsedProgram) -> Iterator[LockPair]:
    """Every lock with the first unlock of the same lock later in its block."""
    for block in program.of("compound_statement"):
        statements = [node for node in block.named_children if node.type != "comment"]
        for index, node in enumerate(statements):
            call = _locking(program, node)
            if call is None or program.pragmas_of(node):
                continue
            for later in range(index + 1, len(statements)):
                if _closes(program, statements[later], call):
                    between = tuple(statements[index + 1 : later])
                    yield LockPair(node, statements[later], call[1], call[0], between)
                    break


def _locking(program: ParsedProgram, node: Node) -> tuple[str, str] | None:
    """(function or method, lock) of a statement that takes a lock."""
    call = _called(program, node)
    return call if call and _OPENS.match(call[0].rsplit("::", 1)[-1]) else None


def _called(program: ParsedProgram, node: Node) -> tuple[str, str] | None:
    if node.type != "expression_statement":
        return None
    text = program.source(node)
    if found := _METHOD.match(text):
        return found[2], found[1]
    if (found := _CALL.match(text)) and "," not in found[2]:
        return found[1], found[2]
    return None


def _closes(program: ParsedProgram, node: Node, opened: tuple[str, str]) -> bool:
    call = _called(program, node)
    return call is not None and call[1] == opened[1] and call[0] == unlocking(opened[0])


def unlocking(call: str) -> str:
    """The name of the call that undoes a locking call."""
    if call.endswith("lock_shared"):
        return call.replace("lock_shared", "unlock_shared")
    for old, new in (("set_", "unset_"), ("acquire", "release"), ("enter", "leave")):
        if re.search(rf"(?:^|_){old}", call):
            return call.replace(old, new)
    return re.sub(r"(?:wr|rd)?lock$", "unlock", call)


def guards(program: ParsedProgram) -> Iterator[Guard]:
    """Every guard object, but those that are told not to lock or to have locked."""
    for node in program.of("declaration"):
        found = _GUARD.match(program.source(node))
        if not found or re.search(r"\b(?:defer|adopt|try_to)_lock\b", found[5]):
            continue
        block = node.parent
        if block is not None and block.type == "compound_statement":
            later = [n for n in block.named_children if n.start_byte >= node.end_byte]
            rest = tuple(n for n in later if n.type != "comment")
            yield Guard(node, found[1], found[2], found[4], found[5], rest)


def lock_of(text: str) -> str:
    """The bare name of a lock: of `&pool->locks[i]` it is locks."""
    names = re.findall(r"[A-Za-z_]\w*", re.sub(r"\[.*?\]", "", text))
    return names[-1] if names else ""


def written_in(program: ParsedProgram, nodes: tuple[Node, ...]) -> str | None:
    """What some statements write first, preferring what is shared."""
    if not nodes:
        return None
    start, end = nodes[0].start_byte, nodes[-1].end_byte
    hits = [u for u in program.updates if start <= u.statement.start_byte < end]
    shared = [u for u in hits if program.shared(u.target)]
    return (shared or hits)[0].object if hits else _called_on(program, nodes)


def _called_on(program: ParsedProgram, nodes: tuple[Node, ...]) -> str | None:
    """The object of the first method call: `queue_` of `queue_.push_back(x)`."""
    text = program.text[nodes[0].start_byte : nodes[-1].end_byte]
    found = re.search(
        r"(\w+)(?:\.|->)(?:push|pop|emplace|insert|erase|clear|append|assign|resize)\w*\s*\(", text
    )
    return found[1] if found else None


def declares(nodes: tuple[Node, ...]) -> bool:
    """Whether a statement among these declares something that a later one may need."""
    return any(node.type == "declaration" for node in nodes)


def jumps(nodes: tuple[Node, ...], program: ParsedProgram) -> bool:
    """Whether these statements leave their block or unlock within a branch."""
    text = " ".join(program.source(node) for node in nodes)
    return re.search(r"\b(?:return|break|continue|goto|wait|unlock\w*)\b", text) is not None
