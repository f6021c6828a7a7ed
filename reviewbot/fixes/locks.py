"""Candidates that take a lock which the file already uses for such accesses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from reviewbot.fixes.case import Case, Place
from reviewbot.fixes.deadlocks import may_deadlock
from reviewbot.fixes.edits import Candidate, Edit
from reviewbot.fixes.lock_uses import LockUse, held_at, lock_call, taken_in
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
from reviewbot.fixes.source import SourceFile, ancestors, function
from reviewbot.fixes.updates import field, short
from reviewbot.fixes.variables import find

KIND = "existing lock"
_ROOT = re.compile(r"(?<![\w.>])[A-Za-z_]\w*")  # names, those of fields left out
_TRIED = 2  # locks that are tried for one finding: those of the same object come first


def existing_lock(case: Case) -> Iterator[Candidate]:
    """The bare accesses under the lock that others of the object, or the code near, hold."""
    if not case.bare:
        return
    yield from _critical_of_others(case)
    for use, place in _locks(case)[:_TRIED]:
        candidate = _under(case, use, place)
        if candidate is not None:
            yield candidate


def neighbour_lock(case: Case) -> Iterator[Candidate]:
    """The lock of the object's class, though so far it guards other members."""
    owner = _owner(case.bare[0].node) if case.bare else ""
    homes = (home for several in case.file.functions.values() for home in several)
    mates = [home for home in homes if owner and _owner(home.children[-1]) == owner]
    taken = {use.lock: use for home in mates for use in taken_in(case.file, home)}
    if len(taken) == 1:  # of several, who knows which
        candidate = _under(case, next(iter(taken.values())), None)
        yield from [candidate] if candidate is not None else []


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


def _under(case: Case, use: LockUse, near: Place | None) -> Candidate | None:
    """The bare accesses under a lock; None where its name means nothing or control may leave."""
    found = sections(case.bare, join=True)
    edits: list[Edit] = []
    for section in found or ():
        renamed = _renamed(case, use, near, section)
        if renamed is None or (renamed.give and section.jumps()):
            return None
        if may_deadlock(case.file, section, renamed):
            return None
        if _is_const(section.first) and not _is_mutable(case.file, renamed.lock, section.first):
            return None
        new = _extended(case.file, section, renamed) or _locked(case.file, section, renamed)
        if new is None:
            return None
        edits += new
    return Candidate(KIND, tuple(edits)) if edits else None


def _is_const(node: Node) -> bool:
    """Whether the code stands in a member function that may not change its object."""
    declarator = field(function(node), "declarator")
    return declarator is not None and any(
        child.type == "type_qualifier" and short(child) == "const" for child in declarator.children
    )


def _is_mutable(file: SourceFile, lock: str, at: Node) -> bool:
    """Whether a constant object's lock can be taken: no member, or one that says so."""
    name = _ROOT.search(lock)
    declared = find(file, name[0], at) if name else None
    if declared is None or name is None:
        return name is not None and f"mutable std::mutex {name[0]}" in file.text
    return declared.node.type != "field_declaration" or "mutable" in declared.type.split()


def _locked(file: SourceFile, section: Section, use: LockUse) -> list[Edit] | None:
    if use.give is not None:
        return between(file, section, use.take, use.give)
    layout = Layout.of(file, section)
    last = section.in_block and following(section.last) is None
    if layout is not None and last and not layout.own_lines:
        return [Edit(layout.start, layout.start, f"{use.take} ")]
    if layout is None or not layout.own_lines:
        return None
    if last:  # held to the end of the block
        line = f"{layout.indent}{use.take}{file.newline}"
        return [Edit(layout.line, layout.line, line)]
    return in_braces(file, section, use.take)


def _extended(file: SourceFile, section: Section, use: LockUse) -> list[Edit] | None:
    """The release of the lock just before the section moved behind it, if there is one."""
    before = previous(section.first) if section.in_block else None
    call = lock_call(before) if before is not None else None
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
    for name in dict.fromkeys(_ROOT.findall(use.lock)):
        there = find(case.file, name, use.place)
        if there is not None and there.local:
            here = find(case.file, name, section.first)
            if here is not None and here.node == there.node:
                continue
            other = _other_name(case, near, section, name)
            if other is None:
                return None
            use = _exchanged(use, name, other)
        elif not _is_seen(case, name, section, use.place):
            return None
    return use


def _other_name(case: Case, near: Place | None, section: Section, name: str) -> str | None:
    """What the section's function calls that through which the locked access goes."""
    home = function(section.first)
    bare = next((place for place in case.bare if function(place.node) == home), None)
    if near is None or bare is None:
        return None
    return _counterpart(near.access.text, bare.access.text, name)


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


def _exchanged(use: LockUse, name: str, other: str) -> LockUse:
    def exchange(text: str) -> str:
        return re.sub(rf"(?<![\w.>]){re.escape(name)}\b", other, text)

    give = exchange(use.give) if use.give is not None else None
    return LockUse(exchange(use.lock), exchange(use.take), give, use.place)
