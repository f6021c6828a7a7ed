"""Candidates that give each thread its own copy: `reduction`, `private`, a declaration inside."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from reviewbot.code.openmp import Directive
from reviewbot.code.words import words
from reviewbot.fixes.case import Case
from reviewbot.fixes.edits import Candidate, Edit
from reviewbot.fixes.source import (
    SourceFile,
    ancestors,
    contains,
    function,
    loops,
    position,
    statement,
    uses,
    walk,
)
from reviewbot.fixes.updates import Update, expression, extreme, field, update
from reviewbot.fixes.variables import Declared, find, is_number

_REDUCIBLE = frozenset(words("+ * & | ^ && || min max"))
_STRAIGHT = frozenset(
    words(
        """assignment_expression comma_expression expression_statement compound_statement
        for_statement for_range_loop"""
    )
)
_SHARING = ("reduction", "private", "firstprivate", "lastprivate", "linear")


def reduction(case: Case) -> Iterator[Candidate]:
    """`reduction(op : x)` where every use of x in the construct is `x op= …`."""
    name, found = case.name, _shared_by(case)
    if name is None or found is None:
        return
    directive, governed = found
    declared = find(case.file, name, case.bare[0].node)
    if declared is None or not _adds_up(case.file, declared):
        return
    op = operator(governed, name)
    if op is not None:
        yield from _with_clause(case, directive, "reduction", f"{op}:", name)


def private(case: Case) -> Iterator[Candidate]:
    """`private(x)` where x is written before it is read, each time, and not read afterwards."""
    name, found = _base(case), _shared_by(case)
    if name is None or found is None:
        return
    directive, governed = found
    declared = find(case.file, name, case.bare[0].node)
    if declared is None or not _can_be_copied(case.file, declared, governed):
        return
    if is_scratch(governed, name) and _is_dead_outside(governed, name, declared):
        yield from _with_clause(case, directive, "private", "", name)


def inside(case: Case) -> Iterator[Candidate]:
    """The declaration of x moved to where x is first written, within the code that threads run."""
    name = case.name
    body = _thread_code(case)
    declared = find(case.file, name, case.bare[0].node) if name and body is not None else None
    if name is None or body is None or declared is None or not declared.plain:
        return
    movable = declared.local and declared.alone and not declared.parameter
    if not movable or contains(body, declared.node) or "static" in declared.type.split():
        return
    home = next(ancestors(declared.node))
    elsewhere = [one for one in uses(home, name) if not contains(body, one)]
    if len(elsewhere) == 1 and is_scratch(body, name):
        yield from _moved(case.file, declared, uses(body, name)[0])


def operator(governed: Node, name: str) -> str | None:
    """The one operator by which the construct updates x; None if x is used in any other way."""
    found: list[tuple[Update, Node]] = []
    for node in walk(governed):
        inner = expression(node) if node.type == "expression_statement" else None
        change = extreme(node) if node.type == "if_statement" else update(inner)
        if change is not None and change.op and change.target.text == name.encode():
            found.append((change, node))
    known = {position(one) for _, node in found for one in uses(node, name)}
    ops = {"+" if change.op == "-" else change.op for change, _ in found}
    covered = all(position(one) in known for one in uses(governed, name))
    return ops.pop() if covered and len(ops) == 1 and ops <= _REDUCIBLE else None


def is_scratch(governed: Node, name: str) -> bool:
    """Whether each round of the construct writes x before it reads it."""
    body = _body(governed)
    places = uses(body, name)
    if not places:
        return False
    first = places[0]
    stored = _store(first)
    return stored is not None and _always_runs(stored, body)


def _body(governed: Node) -> Node:
    kinds = ("for_statement", "for_range_loop", "lambda_expression")
    return (field(governed, "body") or governed) if governed.type in kinds else governed


def _store(first: Node) -> Node | None:
    """The assignment whose target the use is, or belongs to as the array of an element."""
    target = first
    while target.parent is not None and target.parent.type == "subscript_expression":
        if field(target.parent, "argument") != target:
            return None
        target = target.parent
    node = target.parent
    plain = node is not None and node.type == "assignment_expression"
    if node is None or not plain or field(node, "left") != target:
        return None
    change = update(node)
    return node if change is not None and not change.op else None


def _always_runs(node: Node, body: Node) -> bool:
    """Whether nothing but blocks and counting loops stands between a node and the body."""
    for one in (node, *ancestors(node)):
        if one == body:
            return True
        in_header = one in (field(one.parent, "condition"), field(one.parent, "update"))
        if one.type not in _STRAIGHT or in_header:
            return False
    return False


def _is_dead_outside(governed: Node, name: str, declared: Declared) -> bool:
    """Whether no code outside the construct reads the value that x had in it."""
    home = function(governed)
    if home is None or not declared.local:
        return False
    rounds = [one for one in loops(governed) if contains(home, one)]
    later = [one for one in uses(home, name) if one.start_byte >= governed.end_byte]
    again = [
        next((one for one in uses(loop, name) if not contains(governed, one)), None)
        for loop in rounds
    ]
    return all(one is None or _store(one) is not None for one in (*later[:1], *again))


def _can_be_copied(file: SourceFile, declared: Declared, governed: Node) -> bool:
    taken = re.search(rf"&\s*{re.escape(_name_of(declared))}\b(?!\s*\[)", file.code(governed))
    outside = not contains(governed, declared.node) and "static" not in declared.type.split()
    simple = declared.plain or (declared.array and not declared.parameter)
    return declared.local and outside and simple and taken is None


def _name_of(declared: Declared) -> str:
    names = [one for one in walk(declared.declarator) if one.type == "identifier"]
    return (names[0].text or b"").decode("ascii") if names else ""


def _adds_up(file: SourceFile, declared: Declared) -> bool:
    """Whether a reduction knows the type: a number, held by the name or referred to by it."""
    shape = declared.plain or declared.declarator.type == "reference_declarator"
    return shape and declared.node.type != "field_declaration" and is_number(file, declared.type)


def _base(case: Case) -> str | None:
    """The variable, or the array whose elements are accessed."""
    names = {re.sub(r"\[.*", "", place.access.text) for place in case.bare}
    name = names.pop() if len(names) == 1 else ""
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else None


def _shared_by(case: Case) -> tuple[Directive, Node] | None:
    """The construct that all racing accesses have in common."""
    found = case.construct(case.bare[0].node) if case.bare else None
    if found is None or not all(contains(found[1], place.node) for place in case.bare):
        return None
    return found


def _thread_code(case: Case) -> Node | None:
    """The body that each thread, or each round of a shared loop, runs."""
    found = _shared_by(case)
    if found is not None:
        return found[1]
    home = function(case.bare[0].node) if case.bare else None
    inner = home is not None and home.type == "lambda_expression" and not case.openmp
    return home if inner and all(function(p.node) == home for p in case.bare) else None


def _with_clause(
    case: Case, directive: Directive, kind: str, head: str, name: str
) -> Iterator[Candidate]:
    """The variable joins a clause of the directive, or gets one; it leaves its `shared` clause."""
    span = case.file.pragma(directive)
    listed = {v for one in _SHARING for c in directive.all(one) for v in c.variables}
    if span is None or name in listed:
        return
    edits = [_joined(case.file.text, span, kind, head, name)]
    if any(name in clause.variables for clause in directive.all("shared")):
        left = _unshared(case.file.text, span, name)
        if left is None:
            return
        edits.append(left)
    yield Candidate(f"{kind} clause", tuple(edits))


def _joined(text: str, span: tuple[int, int], kind: str, head: str, name: str) -> Edit:
    words = r"\s*".join(map(re.escape, (kind, "(", *([head[:-1], ":"] if head else []))))
    match = re.compile(rf"\b{words}[^()]*(?=\))").search(text, *span)
    if match:
        return Edit(match.end(), match.end(), f", {name}")
    return Edit(span[1], span[1], f" {kind}({head}{name})")


def _unshared(text: str, span: tuple[int, int], name: str) -> Edit | None:
    match = re.compile(r"[ \t,]*\bshared\s*\(([^()]*)\)").search(text, *span)
    if match is None:
        return None
    items = [item.strip() for item in match[1].split(",")]
    left = [item for item in items if item != name]
    if left:
        return Edit(match.start(1), match.end(1), ", ".join(left))
    return Edit(match.start(), match.end(), "")


def _moved(file: SourceFile, declared: Declared, first: Node) -> Iterator[Candidate]:
    gone = _removal(file, declared)
    place, written = statement(first), file.span(first)
    if gone is None or place is None or written is None or declared.initialised:
        return
    init = place.type == "for_statement"
    whole = file.span(place)
    if not init and (whole is None or whole[0] != written[0]):
        return
    edit = Edit(written[0], written[0], f"{declared.type} ")
    yield Candidate("declaration moved inside", (gone, edit))


def _removal(file: SourceFile, declared: Declared) -> Edit | None:
    """The declaration's whole line; None if it shares the line with anything."""
    span = file.span(declared.node)
    if span is None:
        return None
    start, end = file.line_start(span[0]), file.line_end(span[1])
    if file.text[start : span[0]].strip() or file.text[span[1] : end].strip():
        return None
    end += len(file.newline) if file.text.startswith(file.newline, end) else 0
    return Edit(start, end, "")
