"""Candidates that protect or order accesses by a directive of OpenMP."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from tree_sitter import Node

from reviewbot.code.openmp import Directive
from reviewbot.fixes.case import Case, Place
from reviewbot.fixes.deadlocks import blocks, reached
from reviewbot.fixes.edits import Candidate, Edit
from reviewbot.fixes.sections import Section, pragma_block, sections, under_pragma
from reviewbot.fixes.source import ancestors, contains, function
from reviewbot.fixes.updates import expression, is_atomic, short, update
from reviewbot.fixes.variables import holds_numbers

Between = Callable[[Case, Place, Place], Iterator[Candidate]]


def atomic(case: Case) -> Iterator[Candidate]:
    """`#pragma omp atomic` above each simple statement that updates, reads or writes the object."""
    found = sections(case.bare, join=False) if case.openmp else None
    forms = [_atomic_form(case, section) for section in found or ()]
    stores = not set(forms) <= {"update"}  # C has no operators of classes, but it copies structs
    if not found or not all(_is_number(case, place, stores) for place in case.bare):
        return
    # A read and a store apart, both atomic, still lose what another thread stored in between.
    if None in forms or {"read", "write"} <= set(forms):
        return
    edits: list[Edit] = []
    for section, form in zip(found, forms, strict=True):
        words = "atomic" if form == "update" else f"atomic {form}"
        new = under_pragma(case.file, section, words)
        if new is None:
            return
        edits += new
    yield Candidate("atomic", tuple(edits))


def critical(case: Case) -> Iterator[Candidate]:
    """`#pragma omp critical` around the statements; near ones of a block go into one section."""
    yield from critical_named(case, "") if case.openmp else ()


def critical_named(case: Case, name: str) -> Iterator[Candidate]:
    """The same with the name of a critical section that the file has."""
    found = sections(case.bare, join=True)
    if not found or any(section.jumps() or _is_closed(case, section) for section in found):
        return
    edits: list[Edit] = []
    for section in found:
        new = pragma_block(case.file, section, f"critical({name})" if name else "critical")
        if new is None:
            return
        edits += new
    yield Candidate("critical section", tuple(edits))


def one_critical(case: Case) -> Iterator[Candidate]:
    """Both accesses stand in critical sections, but of two names: the second takes the first's."""
    yield from _first(case, _one_critical)


def _one_critical(case: Case, first: Place, second: Place) -> Iterator[Candidate]:
    found = [_critical_around(case, place) for place in (first, second)]
    if found[0] is None or found[1] is None or found[0].argument == found[1].argument:
        return
    span = case.file.pragma(found[1])
    match = (
        re.compile(r"\bcritical\b(\s*\([^()]*\))?").search(case.file.text, *span) if span else None
    )
    if match:
        name = f"critical({found[0].argument})" if found[0].argument else "critical"
        yield Candidate("one critical section", (Edit(match.start(), match.end(), name),))


def _critical_around(case: Case, place: Place) -> Directive | None:
    around = (directive for directive, _ in case.file.around(place.node))
    return next((directive for directive in around if directive.has("critical")), None)


def no_nowait(case: Case) -> Iterator[Candidate]:
    """The `nowait` of the construct that holds one access and not the other is taken away."""
    yield from _first(case, _no_nowait)


def taskwait(case: Case) -> Iterator[Candidate]:
    """`#pragma omp taskwait` before the statement that uses what an earlier task touches."""
    yield from _first(case, _taskwait)


def barrier(case: Case) -> Iterator[Candidate]:
    """`#pragma omp barrier` between two statements that every thread of the team runs."""
    yield from _first(case, _barrier)


def _first(case: Case, between: Between) -> Iterator[Candidate]:
    """What can stand between the accesses of the first pair that leaves room for it."""
    found = (candidate for pair in case.pairs for candidate in between(case, *pair))
    yield from islice(found, 1)


def _no_nowait(case: Case, first: Place, second: Place) -> Iterator[Candidate]:
    for directive, governed in case.file.around(first.node):
        if directive.clause("nowait") is None or contains(governed, second.node):
            continue
        span = case.file.pragma(directive)
        match = re.compile(r"[ \t,]*\bnowait\b").search(case.file.text, *span) if span else None
        if match:
            yield Candidate("nowait removed", (Edit(match.start(), match.end(), ""),))
        return


def _taskwait(case: Case, first: Place, second: Place) -> Iterator[Candidate]:
    tasks = [node for directive, node in case.file.around(first.node) if directive.has("task")]
    if tasks and not contains(tasks[0], second.node):
        yield from _standing(case, second, "taskwait", _block_with(tasks[0], second.node))


def _barrier(case: Case, first: Place, second: Place) -> Iterator[Candidate]:
    block = _block_with(first.node, second.node)
    around = case.file.around(block) if block is not None else []
    # Of stacked directives the innermost counts: `parallel` and `single` above one block, say.
    if around and around[0][1] == block and around[0][0].names == ("parallel",):
        yield from _standing(case, second, "barrier", block)


def _standing(case: Case, place: Place, word: str, block: Node | None) -> Iterator[Candidate]:
    """A directive of its own above the block's statement that holds the access."""
    top = next((one for one in (place.node, *ancestors(place.node)) if one.parent == block), None)
    if block is None or top is None:
        return
    above = [d.origin for d, node in case.file.constructs if node == top]
    span = case.file.span(top)
    start = min(above) if above else (span[0] if span else None)
    if start is None:
        return
    line, indent = case.file.line_start(start), case.file.indent(start)
    if not case.file.text[line:start].strip():
        edit = Edit(line, line, f"{indent}#pragma omp {word}{case.file.newline}")
        yield Candidate(f"{word} added", (edit,))


def _block_with(first: Node, second: Node) -> Node | None:
    """The innermost block around both, if the second lies after the first."""
    if first.start_byte >= second.start_byte or function(first) != function(second):
        return None
    blocks = (one for one in ancestors(second) if one.type == "compound_statement")
    return next((one for one in blocks if contains(one, first)), None)


def _atomic_form(case: Case, section: Section) -> str | None:
    """update, read or write; None if `omp atomic` does not know the statement."""
    inner = expression(section.first)
    change = update(inner)
    inside = [p for p in case.bare if contains(section.first, p.node)]
    if inner is None or change is None or not inside:
        return None
    target = short(change.target)
    on_target = [_accessed(place) == target for place in inside]
    if all(on_target):
        if change.op:
            return "update" if is_atomic(change) else None
        return "write"
    right = inner.child_by_field_name("right")
    alone = right is not None and short(right) == _accessed(inside[0])
    return "read" if alone and not change.op and not any(on_target) else None


def _accessed(place: Place) -> str:
    """What is accessed, with white space only where it parts two words."""
    return re.sub(r"\s+", "", place.access.text)


def _is_number(case: Case, place: Place, stores: bool) -> bool:
    if not (stores or case.file.parsed.cpp):
        return True
    return holds_numbers(case.file, place.last_name, place.node)


def _is_closed(case: Case, section: Section) -> bool:
    """Whether no critical section may be put here: for simd lanes, directives, locks and waits."""
    around = [d for d, _ in case.file.around(section.first)]
    above = [d for d, node in case.file.constructs if node == section.first]
    if any(d.has("simd", "critical") for d in around) or any(not d.has("parallel") for d in above):
        return True
    inside = section.statements or [section.first]
    spans = [(one.start_byte, one.end_byte) for one in reached(case.file, inside)]
    offsets = [directive.offset for directive in case.file.parsed.directives]
    return blocks(case.file, inside) or any(a <= at < b for at in offsets for a, b in spans)
