"""Locks as a file takes them: by two calls, or by an object that gives them back itself."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from reviewbot.code import threads as api
from reviewbot.fixes.source import SourceFile, ancestors, function, walk
from reviewbot.fixes.updates import field, short


@dataclass(frozen=True, slots=True)
class LockUse:
    """A lock as the file takes it: two statements, or one declaration that gives it back itself."""

    lock: str  # the lock's own expression: &queue->lock
    take: str
    give: str | None  # None: the declaration's end of scope
    place: Node  # the statement that takes it


def held_at(file: SourceFile, node: Node) -> list[LockUse]:
    """The locks that the statements before a node, in the blocks around it, take and keep."""
    found: list[LockUse] = []
    child = node
    for parent in ancestors(node):
        if parent.type in ("function_definition", "lambda_expression"):
            break
        if parent.type == "compound_statement":
            found += _kept(
                file, [c for c in parent.named_children if c.end_byte <= child.start_byte]
            )
        child = parent
    return found


def taken_in(file: SourceFile, home: Node) -> list[LockUse]:
    """Every lock that a function takes."""
    kinds = ("expression_statement", "declaration")
    found = (_use(file, one) for one in walk(home) if one.type in kinds)
    return [use for use in found if use is not None]


def _kept(file: SourceFile, before: list[Node]) -> list[LockUse]:
    given: set[str] = set()
    found: list[LockUse] = []
    for one in reversed(before):
        call = lock_call(one)
        if call is not None and call[1].effect == "release":
            given.add(call[2])
        use = _use(file, one)
        if use is not None and use.lock not in given:
            found.append(use)
    return found


def _use(file: SourceFile, node: Node) -> LockUse | None:
    """The lock that a statement takes for good; None for tries, shared locks and all else."""
    if file.span(node) is None:
        return None
    if node.type == "declaration":
        return _guard(file, node)
    call = lock_call(node)
    if call is None or call[1].effect != "acquire" or call[1].shared:
        return None
    give = _release(file, node, call[2])
    return LockUse(call[2], file.code(node), give, node) if give else None


def _guard(file: SourceFile, node: Node) -> LockUse | None:
    own, declarator = field(node, "type"), field(node, "declarator")
    value = field(declarator, "value")
    arguments = value.named_children if value is not None else []
    if own is None or len(arguments) != 1 or not api.RAII_EXCLUSIVE.search(short(own)):
        return None
    return LockUse(short(arguments[0]), file.code(node), None, node)


def _release(file: SourceFile, taken: Node, lock: str) -> str | None:
    """The statement that gives the lock back, as the same function writes it."""
    home = function(taken)
    for one in walk(home) if home is not None else ():
        if one.start_byte > taken.start_byte and one.type == "expression_statement":
            call = lock_call(one)
            if call is not None and call[1].effect == "release" and call[2] == lock:
                return file.code(one) if file.span(one) else None
    return None


def lock_call(statement: Node) -> tuple[str, api.LockCall, str] | None:
    """(name, effect, lock) of a statement that is one call on a lock."""
    inner = statement.named_children[0] if statement.named_children else None
    return of_call(inner) if statement.type == "expression_statement" and inner else None


def of_call(call: Node) -> tuple[str, api.LockCall, str] | None:
    """(name, effect, lock) of a call on a lock; None for every other expression."""
    called, values = field(call, "function"), field(call, "arguments")
    arguments = values.named_children if values is not None else []
    if call.type != "call_expression" or called is None:
        return None
    if called.type == "field_expression":
        method = short(field(called, "field"))
        effect = api.LOCK_METHODS.get(method) if not arguments else None
        return (method, effect, short(field(called, "argument"))) if effect else None
    effect = api.lock_call(short(called), len(arguments))
    if effect is None:
        return None
    lock = short(arguments[effect.argument]) if 0 <= effect.argument < len(arguments) else ""
    return short(called), effect, lock


def is_guard(node: Node) -> bool:
    """Whether a declaration takes a lock, exclusive or shared, until its scope ends."""
    written = short(field(node, "type")) if node.type == "declaration" else ""
    return bool(api.RAII_EXCLUSIVE.search(written) or api.RAII_SHARED.search(written))
