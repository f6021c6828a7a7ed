"""A source file to edit: its text as written, its tree, and the way from one to the other."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from tree_sitter import Node

from reviewbot.code.openmp import Directive
from reviewbot.code.parse import parse
from reviewbot.code.preprocessor import decode
from reviewbot.code.words import words
from reviewbot.findings import normalise
from reviewbot.records import Access

_BOM = b"\xef\xbb\xbf"
_STATEMENTS = frozenset(
    words(
        """expression_statement declaration return_statement if_statement while_statement
        for_statement do_statement switch_statement for_range_loop"""
    )
)
_FUNCTIONS = frozenset({"function_definition", "lambda_expression"})
_LOOPS = frozenset({"for_statement", "for_range_loop", "while_statement", "do_statement"})
_LONGEST = 20_000  # characters of one construct; none that people write is longer


class SourceFile:
    """One file as it is read; offsets are characters of `text` unless they are a node's own."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.text = decode(data)
        self.encoding = _encoding(data)
        self.parsed = parse(path, data)
        self.newline = "\r\n" if "\r\n" in self.text else "\n"
        self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]

    def encode(self, text: str) -> bytes:
        """The bytes of a text in the file's own encoding."""
        return text.encode(self.encoding)

    @cached_property
    def errors(self) -> int:
        """How many nodes of the tree do not parse, or had to be made up."""
        if not self.parsed.root.has_error:
            return 0
        return sum(node.is_error or node.is_missing for node in walk(self.parsed.root, all_of=True))

    @cached_property
    def functions(self) -> dict[str, list[Node]]:
        """The functions of the file by the last part of their names."""
        found: dict[str, list[Node]] = {}
        for node in walk(self.parsed.root):
            if node.type == "function_definition":
                found.setdefault(self.name_of(node), []).append(node)
        return found

    @cached_property
    def calls(self) -> dict[str, list[Node]]:
        """The calls of the file by the last part of what they name."""
        found: dict[str, list[Node]] = {}
        for node in walk(self.parsed.root):
            if node.type == "call_expression":
                found.setdefault(called(node), []).append(node)
        return found

    def name_of(self, home: Node) -> str:
        """The last part of a function's name; empty for a lambda."""
        declarator = home.child_by_field_name("declarator")
        while declarator is not None and declarator.type != "function_declarator":
            declarator = declarator.child_by_field_name("declarator")
        inner = declarator.child_by_field_name("declarator") if declarator is not None else None
        return self.short(inner).rsplit("::", 1)[-1] if inner is not None else ""

    # --- places ----------------------------------------------------------------------------------

    def offset(self, line: int, column: int) -> int | None:
        """Where a line and column, both 1-based, lie in the text; None if they do not."""
        if not 1 <= line <= len(self._starts):
            return None
        return min(self._starts[line - 1] + column - 1, len(self.text))

    def node(self, access: Access) -> Node | None:
        """The smallest node at an access; None if a macro or broken code stands there."""
        wanted = self.offset(access.line, access.column)
        if wanted is None:
            return None
        translation = self.parsed.translation
        at = bisect_left(range(len(translation.text)), wanted, key=translation.origin)
        found = self.parsed.root.descendant_for_byte_range(at, at)
        return found if found is not None and self.span(found) is not None else None

    def span(self, node: Node) -> tuple[int, int] | None:
        """Where a node stands as written; None if part of it is a macro's or does not parse."""
        start, end = node.start_byte, node.end_byte
        if node.has_error or not 0 < end - start <= _LONGEST:
            return None
        origin = self.parsed.translation.origin
        first = origin(start)
        plain = all(origin(at) - first == at - start for at in range(start, end))
        return (first, first + end - start) if plain else None

    def code(self, node: Node) -> str:
        """A node as written; of a macro's expansion, its expansion."""
        span = self.span(node)
        return self.text[slice(*span)] if span else (node.text or b"").decode("ascii")

    def short(self, node: Node) -> str:
        """A node with white space only where it parts two words."""
        return normalise((node.text or b"").decode("ascii"))

    # --- lines -----------------------------------------------------------------------------------

    def line_start(self, offset: int) -> int:
        """The first character of the line."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Just before the line's end, be it LF or CRLF."""
        end = self.text.find("\n", offset)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > offset and self.text[end - 1] == "\r" else end

    def indent(self, offset: int) -> str:
        """The white space that begins the line."""
        match = re.compile(r"[ \t]*").match(self.text, self.line_start(offset))
        return match.group() if match else ""

    @cached_property
    def unit(self) -> str:
        """One step of indentation: a tab, or the usual number of spaces."""
        if re.search(r"^\t", self.text, re.MULTILINE):
            return "\t"
        pairs = re.findall(r"^( *)[^\s].*\{[ \t]*\r?\n( +)[^\s#]", self.text, re.MULTILINE)
        steps = Counter(len(inner) - len(outer) for outer, inner in pairs)
        usual = max(steps, key=steps.__getitem__, default=4)
        return " " * (usual if 0 < usual <= 8 else 4)

    # --- constructs ------------------------------------------------------------------------------

    @cached_property
    def constructs(self) -> tuple[tuple[Directive, Node], ...]:
        """Each directive with the statement that it governs."""
        found = ((d, self._governed(d)) for d in self.parsed.directives if not d.standalone)
        return tuple((directive, node) for directive, node in found if node is not None)

    def around(self, node: Node) -> list[tuple[Directive, Node]]:
        """The constructs that govern a node, innermost first."""
        inside = [pair for pair in self.constructs if contains(pair[1], node)]
        return sorted(inside, key=lambda pair: (-pair[0].offset, pair[1].end_byte))

    def _governed(self, directive: Directive) -> Node | None:
        at = directive.offset
        holder = self.parsed.root.descendant_for_byte_range(at, at)
        while holder is not None:
            for child in holder.named_children:
                if child.start_byte >= at:
                    return child
            holder = holder.parent if holder.end_byte <= at else None
        return None

    def pragma(self, directive: Directive) -> tuple[int, int] | None:
        """A directive as written, up to its last word; None if a macro or `_Pragma` wrote it."""
        start = directive.origin
        if self.text[start : start + 1] != "#":
            return None
        match = re.compile(r"(?:\\\r?\n|[^\n])*").match(self.text, start)
        written = match.group() if match else ""
        comment = re.search(r"//|/\*", written)
        if comment:
            if "\n" in written:
                return None
            written = written[: comment.start()]
        return start, start + len(written.rstrip())


def _encoding(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig" if data.startswith(_BOM) else "utf-8"


def contains(outer: Node, inner: Node) -> bool:
    """Whether a node lies within another, or is it."""
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def ancestors(node: Node) -> Iterator[Node]:
    """The node's parents, nearest first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def statement(node: Node) -> Node | None:
    """The statement around a node; the initialiser of a loop belongs to the loop."""
    for one in (node, *ancestors(node)):
        if one.type in _FUNCTIONS:
            return None
        header = one.parent is not None and one.parent.type in ("for_statement", "condition_clause")
        if one.type in _STATEMENTS and not (header and _in_header(one)):
            return one
    return None


def _in_header(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.child_by_field_name("body") != node


def function(node: Node) -> Node | None:
    """The function or lambda around a node."""
    return next((one for one in ancestors(node) if one.type in _FUNCTIONS), None)


def loops(node: Node) -> list[Node]:
    """The loops of the function around a node, innermost first."""
    found = []
    for one in ancestors(node):
        if one.type in _FUNCTIONS:
            break
        if one.type in _LOOPS:
            found.append(one)
    return found


def walk(node: Node, *, all_of: bool = False) -> Iterator[Node]:
    """The named nodes below and including this one, in the order of the text; or all of them."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(one.children if all_of else one.named_children))


def called(node: Node) -> str:
    """The last name of what a call names; empty for everything else."""
    function = node.child_by_field_name("function") if node.type == "call_expression" else None
    words = re.findall(rb"[A-Za-z_]\w*", function.text or b"") if function is not None else []
    return words[-1].decode("ascii") if words else ""


def uses(node: Node, name: str) -> list[Node]:
    """Every place below a node where an identifier of that name stands, fields left out."""
    raw = name.encode()
    return [one for one in walk(node) if one.type == "identifier" and one.text == raw]


def position(node: Node) -> tuple[int, int]:
    """What tells a node from the others of its tree."""
    return node.start_byte, node.end_byte
