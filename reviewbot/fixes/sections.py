"""Stretches of statements that a fix puts under a pragma, between two calls, or in a block."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tree_sitter import Node

from reviewbot.code.words import words
from reviewbot.fixes.case import Place
from reviewbot.fixes.edits import Edit
from reviewbot.fixes.source import SourceFile, contains, statement, uses, walk

MAX_SECTIONS = 4  # a fix that touches more places is a rewrite, which people should do
MAX_APART = 10  # lines between two accesses that are still put under one lock
_JUMPS = frozenset(words("return_statement break_statement continue_statement goto_statement"))
_JUMPS |= {"throw_statement", "co_return_statement", "co_await_expression", "labeled_statement"}
_BLOCKS = frozenset({"compound_statement", "case_statement"})


@dataclass(frozen=True, slots=True)
class Section:
    """Statements of one block that stand side by side, from the first to the last."""

    first: Node
    last: Node

    @property
    def statements(self) -> list[Node]:
        """Each statement of the section."""
        parent = self.first.parent
        children = parent.named_children if parent is not None else []
        wanted = (self.first.start_byte, self.last.end_byte)
        return [c for c in children if wanted[0] <= c.start_byte and c.end_byte <= wanted[1]]

    @property
    def in_block(self) -> bool:
        """Whether the section stands in a block, and is not the only statement of an `if`."""
        return self.first.parent is not None and self.first.parent.type in _BLOCKS

    def jumps(self) -> bool:
        """Whether control may leave the section in its middle."""
        return any(n.type in _JUMPS for one in self.statements for n in walk(one))

    def declares(self) -> bool:
        """Whether a name that the section declares is used after it."""
        home = self.first.parent
        names = [
            (name.text or b"").decode("ascii")
            for one in self.statements
            if one.type == "declaration"
            for name in walk(one)
            if name.type == "identifier"
        ]
        end = self.last.end_byte
        return home is not None and any(
            one.start_byte >= end for name in names for one in uses(home, name)
        )


def sections(places: Iterable[Place], *, join: bool) -> list[Section] | None:
    """The statements that hold the accesses; with `join`, near ones of a block become one section.

    None if there are too many, or an access stands where nothing can be put around it.
    """
    found: list[Section] = []
    for place in places:
        one = statement(place.node)
        if one is None or one.type in ("while_statement", "do_statement", "for_range_loop"):
            return None
        if one.type == "for_statement":
            return None
        found = _added(found, Section(one, one), join)
    return found if len(found) <= MAX_SECTIONS else None


def _added(found: list[Section], new: Section, join: bool) -> list[Section]:
    for index, old in enumerate(found):
        if contains(old.first, new.first) or contains(old.last, new.first):
            return found
        if contains(new.first, old.first):
            return _added([*found[:index], *found[index + 1 :]], new, join)
        if join and old.first.parent == new.first.parent and _near(old, new):
            return [*found[:index], Section(old.first, new.last), *found[index + 1 :]]
    return [*found, new]


def _near(old: Section, new: Section) -> bool:
    apart = new.first.start_point[0] - old.last.end_point[0]
    return old.in_block and 0 <= apart <= MAX_APART


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a section stands in the text, and how its lines look."""

    file: SourceFile
    start: int
    end: int  # behind the last statement
    after: int  # behind a comment that ends the last statement's line
    indent: str
    own_lines: bool  # nothing else stands on the first and the last line

    @classmethod
    def of(cls, file: SourceFile, section: Section) -> Layout | None:
        """The layout of a section; None where a macro or broken code is part of it."""
        spans = [file.span(one) for one in section.statements or [section.first]]
        known = [span for span in spans if span is not None]
        if len(known) != len(spans):
            return None
        start, end = known[0][0], known[-1][1]
        line_end = file.line_end(end)
        rest = file.text[end:line_end].strip()
        alone = not file.text[file.line_start(start) : start].strip()
        closed = re.fullmatch(r"(?:/\*[^*]*\*/)?\s*(?://.*[^\\])?", rest) is not None
        return cls(file, start, end, line_end, file.indent(start), alone and closed)

    @property
    def line(self) -> int:
        """Where the first line starts."""
        return self.file.line_start(self.start)


def under_pragma(file: SourceFile, section: Section, words: str) -> list[Edit] | None:
    """`#pragma omp …` above one statement."""
    layout = Layout.of(file, section)
    if layout is None:
        return None
    if layout.own_lines:
        return [Edit(layout.line, layout.line, f"{layout.indent}#pragma omp {words}{file.newline}")]
    before = file.text[layout.line : layout.start]
    if file.text[layout.end : layout.after].strip() or section.in_block:
        return None
    deeper = layout.indent + file.unit
    lines = f"{file.newline}{deeper}#pragma omp {words}{file.newline}{deeper}"
    return [Edit(layout.line + len(before.rstrip()), layout.start, lines)]


def in_braces(file: SourceFile, section: Section, head: str) -> list[Edit] | None:
    """The section as a block of its own that begins with the lines of `head`, one step deeper."""
    layout = Layout.of(file, section)
    if layout is None or not layout.own_lines or section.declares():
        return None
    deeper, end = layout.indent + file.unit, file.newline
    opened = f"{layout.indent}{{{end}" + (f"{deeper}{head}{end}" if head else "")
    edits = [Edit(layout.line, layout.line, opened)]
    edits += _deeper(file, layout)
    return [*edits, Edit(layout.after, layout.after, f"{end}{layout.indent}}}")]


def pragma_block(file: SourceFile, section: Section, words: str) -> list[Edit] | None:
    """`#pragma omp …` above a block that holds the section, or above its only statement."""
    if section.first == section.last and section.first.type != "declaration":
        return under_pragma(file, section, words)
    layout, block = Layout.of(file, section), in_braces(file, section, "")
    if layout is None or block is None:
        return None
    pragma = f"{layout.indent}#pragma omp {words}{file.newline}"
    return [Edit(block[0].start, block[0].end, pragma + block[0].text), *block[1:]]


def between(file: SourceFile, section: Section, before: str, after: str) -> list[Edit] | None:
    """The section between two statements; in braces where it is the only statement of an `if`."""
    layout = Layout.of(file, section)
    if layout is None:
        return None
    if not section.in_block:
        return _braced_between(layout, before, after)
    if not layout.own_lines:
        return [
            Edit(layout.start, layout.start, f"{before} "),
            Edit(layout.end, layout.end, f" {after}"),
        ]
    end = file.newline
    return [
        Edit(layout.line, layout.line, f"{layout.indent}{before}{end}"),
        Edit(layout.after, layout.after, f"{end}{layout.indent}{after}"),
    ]


def _braced_between(layout: Layout, before: str, after: str) -> list[Edit] | None:
    """`if (…)⏎ x;` → `if (…) {⏎ before⏎ x;⏎ after⏎ }`, and the same for one that is on one line."""
    file = layout.file
    if not layout.own_lines:
        opened = Edit(layout.start, layout.start, f"{{ {before} ")
        return [opened, Edit(layout.end, layout.end, f" {after} }}")]
    head_end = len(file.text[: layout.start].rstrip())
    head = file.text[file.line_start(head_end - 1) : head_end]
    if "//" in head or "/*" in head or head.lstrip().startswith("#"):
        return None
    end, outer = file.newline, file.indent(head_end - 1)
    return [
        Edit(head_end, head_end, " {"),
        Edit(layout.line, layout.line, f"{layout.indent}{before}{end}"),
        Edit(layout.after, layout.after, f"{end}{layout.indent}{after}{end}{outer}}}"),
    ]


def _deeper(file: SourceFile, layout: Layout) -> list[Edit]:
    """One more step of indentation for each line; a directive's line keeps its place."""
    edits, at = [], layout.line
    while at <= layout.end:
        if file.text[at : file.line_end(at)].strip():
            edits.append(Edit(at, at, file.unit))
        at = file.line_end(at) + len(file.newline)
    return edits


def previous(node: Node) -> Node | None:
    """The statement before, in the same block."""
    parent = node.parent
    before = [c for c in parent.named_children if c.end_byte <= node.start_byte] if parent else []
    return before[-1] if before else None


def following(node: Node) -> Node | None:
    """The statement after, in the same block."""
    parent = node.parent
    after = [c for c in parent.named_children if c.start_byte >= node.end_byte] if parent else []
    return after[0] if after else None
