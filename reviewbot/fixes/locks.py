"""Candidates that take a lock which the file already uses for such accesses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from reviewbot.code import threads as api
from reviewbot.fixes.case import Case, Place
from reviewbot.fixes.edits import Candidate, Edit
from reviewbot.fixes.pragmas import critical_named
from reviewbot.fixes.sections import (
    Layout,
    Section,
    between,
    following,
    in_braces,
    previous,
    sections,
)
from reviewbot.fixes.source import SourceFile, ancestors, function, walk
from reviewbot.fixes.updates import field, short
from reviewbot.fixes.variables import find

KIND = "existing lock"
_TRIED = 2  # locks that are tried for one finding: those of the same object come first


@dataclass(frozen=True, slots=True)
class LockUse:
    """A lock as the file takes it: two statements, or one declaration that gives it back itself."""

    lock: str  # the lock's own expression: &queue->lock
    take: str
    give: str | None  # None: the declaration's end of scope
    place: Node  # the statement that takes it


def existing_lock(case: Case) -> Iterator[Candidate]:
    """The bare accesses under the lock that others of the object, or the code near, hold."""
    yield from _critical_of_others(case)
    for use, place in _locks(case)[:_TRIED]:
        candidate = _under(case, use, place)
        if candidate is not None:
            yield candidate


def _critical_of_others(case: Case) -> Iterator[Candidate]:
    for place in case.held:
        for directive, _ in case.file.around(place.node):
            if directive.has("critical"):
                for found in critical_named(case, directive.argument.strip()):
                    yield Candidate("existing critical section", found.edits)
                return


def _locks(case: Case) -> list[tuple[LockUse, Place | None]]:
    """Locks that accesses of the object hold, with the access; then those of the same function."""
    found: list[tuple[LockUse, Place | None]] = []
    for place in case.held:
        found += [(use, place) for use in held_at(case.file, place.node)]
    home = function(case.bare[0].node)
    if home is not None:
        found += [(use, None) for use in taken_in(case.file, home)]
    names: dict[str, tuple[LockUse, Place | None]] = {}
    for use, near in found:
        names.setdefault(use.lock, (use, near))
    return list(names.values())


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
        call = _call(one)
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
    call = _call(node)
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
            call = _call(one)
            if call is not None and call[1].effect == "release" and call[2] == lock:
                return file.code(one)
    return None


def _call(statement: Node) -> tuple[str, api.LockCall, str] | None:
    """(name, effect, lock) of a statement that is one call on a lock."""
    inner = statement.named_children[0] if statement.named_children else None
    if statement.type != "expression_statement" or inner is None or inner.type != "call_expression":
        return None
    called, values = field(inner, "function"), field(inner, "arguments")
    arguments = values.named_children if values is not None else []
    if called is None:
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


def _under(case: Case, use: LockUse, near: Place | None) -> Candidate | None:
    """The bare accesses under a lock; None where its name means nothing or control may leave."""
    found = sections(case.bare, join=True)
    edits: list[Edit] = []
    for section in found or ():
        renamed = _renamed(case, use, near, section)
        if renamed is None or (renamed.give and section.jumps()):
            return None
        new = _extended(case.file, section, renamed) or _locked(case.file, section, renamed)
        if new is None:
            return None
        edits += new
    return Candidate(KIND, tuple(edits)) if edits else None


def _locked(file: SourceFile, section: Section, use: LockUse) -> list[Edit] | None:
    if use.give is not None:
        return between(file, section, use.take, use.give)
    layout = Layout.of(file, section)
    if layout is None or not layout.own_lines:
        return None
    if section.in_block and following(section.last) is None:  # held to the end of the block
        line = f"{layout.indent}{use.take}{file.newline}"
        return [Edit(layout.line, layout.line, line)]
    return in_braces(file, section, use.take)


def _extended(file: SourceFile, section: Section, use: LockUse) -> list[Edit] | None:
    """The release of the lock just before the section moved behind it, if there is one."""
    before = previous(section.first) if section.in_block else None
    call = _call(before) if before is not None else None
    layout = Layout.of(file, section)
    if before is None or call is None or layout is None or not layout.own_lines:
        return None
    if call[1].effect != "release" or call[2] != use.lock:
        return None
    gone = Layout.of(file, Section(before, before))
    if gone is None or not gone.own_lines or gone.after + len(file.newline) != layout.line:
        return None
    line = file.text[gone.line : gone.after]
    return [
        Edit(gone.line, layout.line, ""),
        Edit(layout.after, layout.after, f"{file.newline}{line}"),
    ]


def _renamed(case: Case, use: LockUse, near: Place | None, section: Section) -> LockUse | None:
    """The lock as the section would name it; None if it is out of sight there."""
    base = re.search(r"[A-Za-z_]\w*", use.lock)
    there, here = function(use.place), function(section.first)
    if base is None or there == here:
        return use
    declared = find(case.file, base[0], use.place)
    if declared is None or not declared.local:
        return use if _is_seen(case, base[0], section, use.place) else None
    if near is None:
        return None
    bare = next((p for p in case.bare if function(p.node) == here), None)
    other = _counterpart(near.access.text, bare.access.text, base[0]) if bare else None
    if other is None:
        return None
    take, give = (_exchanged(text, base[0], other) for text in (use.take, use.give or ""))
    return LockUse(_exchanged(use.lock, base[0], other), take, give or None, use.place)


def _is_seen(case: Case, name: str, section: Section, taken: Node) -> bool:
    """Whether a global or member that one function locks is the same thing in the section."""
    here, there = find(case.file, name, section.first), find(case.file, name, taken)
    if name == "this" or (here is None and there is None):
        return _owner(section.first) == _owner(taken)
    return here is not None and there is not None and here.node == there.node


def _owner(node: Node) -> str:
    """The class of the member function around a node; empty outside of classes."""
    for one in ancestors(node):
        if one.type in ("class_specifier", "struct_specifier"):
            return short(field(one, "name"))
        if one.type == "function_definition":
            named = short(field(field(one, "declarator"), "declarator"))
            if "::" in named:
                return named.rsplit("::", 1)[0]
    return ""


def _counterpart(theirs: str, ours: str, base: str) -> str | None:
    """What stands in our access where theirs has `base`: `q->n` and `self->n` give `self`."""
    match = re.match(rf"{re.escape(base)}\b(?P<rest>\s*(?:->|\.).*)$", theirs, re.DOTALL)
    if match is None or not ours.endswith(match["rest"]):
        return None
    mine = ours[: len(ours) - len(match["rest"])]
    return mine if re.fullmatch(r"[A-Za-z_]\w*", mine) else None


def _exchanged(text: str, name: str, other: str) -> str:
    return re.sub(rf"(?<![\w.>]){re.escape(name)}\b", other, text)
