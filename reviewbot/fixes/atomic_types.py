"""Candidates that make a variable atomic by its type: `std::atomic<T>` in C++, `_Atomic T` in C."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from reviewbot.code.words import words
from reviewbot.fixes.case import Case
from reviewbot.fixes.edits import Candidate, Edit
from reviewbot.fixes.source import (
    SourceFile,
    ancestors,
    called,
    contains,
    function,
    statement,
    walk,
)
from reviewbot.fixes.updates import field, short, unwrapped, update
from reviewbot.fixes.variables import Declared, find, is_number, member

_OPERATORS = frozenset({"", "+", "-", "&", "|", "^"})  # what atomic integers know
_FRACTIONS = re.compile(r"\b(?:float|double)\b")
# A class that holds one of these cannot be copied anyway, so an atomic member changes nothing.
_FIXED = re.compile(r"\b(?:mutex|shared_mutex|atomic|condition_variable|j?thread)\b")
_READERS = frozenset({"binary_expression", "return_statement", "condition_clause"})
_BY_VALUE = frozenset(words("printf fprintf snprintf max min to_string abs"))
_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include\b[^\n]*", re.MULTILINE)


def atomic_type(case: Case) -> Iterator[Candidate]:
    """An integer whose every use in the file is as good with an atomic type."""
    names = {place.last_name for place in case.bare}
    name = names.pop() if len(names) == 1 and not case.openmp else ""
    declared = _declaration(case, name) if name else None
    if declared is None or not _is_simple(case.file, declared):
        return
    uses = [one for one in _named(case.file, name) if not contains(declared.node, one)]
    if all(_fits(case.file, one) for one in uses) and not any(_is_undone(u, uses) for u in uses):
        edits = _edits(case.file, declared)
        loads = [case.file.span(one) for one in uses if case.file.parsed.cpp and _is_argument(one)]
        if edits and None not in loads:
            read = (Edit(span[1], span[1], ".load()") for span in loads if span)
            yield Candidate("atomic type", (*edits, *read))


def _declaration(case: Case, name: str) -> Declared | None:
    """The only declaration of that name in the file."""
    path = any(re.search(r"\.|->", place.access.text) for place in case.bare)
    found = None if path else find(case.file, name, case.bare[0].node)
    found = found or member(case.file, name)
    others = [one for one in walk(case.file.parsed.root) if _declares(one, name)]
    return found if found is not None and len(others) == 1 else None


def _declares(node: Node, name: str) -> bool:
    declarators = node.children_by_field_name("declarator") if "declaration" in node.type else []
    return any(short(one).partition("=")[0] == name for one in declarators)


def _is_simple(file: SourceFile, declared: Declared) -> bool:
    """Whether the variable is one integer, and nothing copies what it is a part of."""
    if not (declared.plain and declared.alone) or declared.parameter:
        return False
    holder = next((a for a in ancestors(declared.node) if a.type.endswith("_specifier")), None)
    free = holder is None or not file.parsed.cpp or _is_fixed(holder)
    written = declared.type.split()
    fixed = {"const", "volatile", "extern", "constexpr", "register"} & set(written)
    return (
        free and not fixed and is_number(file, declared.type) and not _is_fraction(file, declared)
    )


def _is_fixed(holder: Node) -> bool:
    fields = (one for one in walk(holder) if one.type == "field_declaration")
    return any(_FIXED.search(short(field(one, "type"))) for one in fields)


def _is_fraction(file: SourceFile, declared: Declared) -> bool:
    alias = re.search(rf"\b(?:typedef|using)\b[^;]*\b{re.escape(declared.type)}\b[^;]*;", file.text)
    return _FRACTIONS.search(declared.type + (alias[0] if alias else "")) is not None


def _named(file: SourceFile, name: str) -> list[Node]:
    """Every variable or member of that name, the whole path to it included."""
    kinds = ("identifier", "field_identifier")
    found = [n for n in walk(file.parsed.root) if n.type in kinds and n.text == name.encode()]
    return [_path(one) for one in found]


def _path(node: Node) -> Node:
    parent = node.parent
    is_field = parent is not None and parent.type == "field_expression"
    return parent if is_field and parent is not None and field(parent, "field") == node else node


def _is_argument(use: Node) -> bool:
    return use.parent is not None and use.parent.type == "argument_list"


def _fits(file: SourceFile, use: Node) -> bool:
    """Whether the use means the same for an atomic: an update, a store, or its value."""
    parent = use.parent
    if parent is None:
        return False
    change = update(parent)
    if change is not None and change.target == use:
        top = statement(use)
        lone = top is not None and top.named_children[:1] == [parent]
        return change.direct and change.op in _OPERATORS and lone
    if _is_argument(use):  # in C by value; in C++ only where no reference can be wanted
        return not file.parsed.cpp or (
            parent.parent is not None and called(parent.parent) in _BY_VALUE
        )
    if parent.type in _READERS or unwrapped(parent) == use:
        return True
    return parent.type == "assignment_expression" and short(field(parent, "operator")) == "="


def _is_undone(use: Node, uses: list[Node]) -> bool:
    """Whether a plain store follows from a value that the same function read before."""
    change = update(use.parent)
    if change is None or change.op or change.target != use:
        return False
    home = function(use)
    return any(function(one) == home and one.start_byte < use.start_byte for one in uses)


def _edits(file: SourceFile, declared: Declared) -> tuple[Edit, ...]:
    own = field(declared.node, "type")
    span = file.span(own) if own is not None else None
    if span is None or own is None:
        return ()
    if not file.parsed.cpp:
        return (Edit(span[0], span[0], "_Atomic "),)
    edits = [Edit(*span, f"std::atomic<{file.code(own)}>")]
    value = field(declared.node, "default_value") or field(declared.declarator, "value")
    written = file.span(value) if value is not None and value.type != "initializer_list" else None
    if written is not None:
        equals = file.text.rfind("=", 0, written[0])
        gap = len(file.text[:equals]) - len(file.text[:equals].rstrip())
        edits.append(Edit(equals - gap, written[1], f"{{{file.text[slice(*written)]}}}"))
    return (*edits, *_include(file))


def _include(file: SourceFile) -> Iterator[Edit]:
    """The header, below the others; C++ headers bring it along more often than not."""
    found = list(_INCLUDE.finditer(file.text))
    if not any("<atomic>" in one[0] for one in found):
        at = file.line_end(found[-1].start()) if found else 0
        text = f"{file.newline}#include <atomic>" if found else f"#include <atomic>{file.newline}"
        yield Edit(at, at, text)
