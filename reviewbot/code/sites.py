"""Where an access is told: where it stands in the file, or at the call that leads into a header."""

from __future__ import annotations

import functools

from tree_sitter import Node

from reviewbot.code.parse import Parsed
from reviewbot.code.symbols import Function, Symbol
from reviewbot.code.values import Element, Path


class Sited:
    """Maps what a walk meets to places in the file; a report never points into another file."""

    parsed: Parsed
    reached: set[int]  # start bytes of functions walked
    own: int  # where the file's own text ends and that of its headers begins
    site: tuple[int, int] = (0, 0)  # the call in the file through which the walk is in a header
    overhears: bool = (
        False  # whether the walk is in a header by itself, for what it tells of others
    )

    def span(self, node: Node) -> tuple[int, int]:
        """Offsets of a node, or of the call in the file that led to it."""
        here = node.start_byte < self.own or self.overhears
        return (node.start_byte, node.end_byte) if here else self.site

    def line(self, node: Node) -> int:
        """The source line of a node, or of the call in the file that led to it."""
        offset = node.start_byte
        here = offset < self.own or self.overhears
        return self.parsed.translation.line(offset if here else self.site[0])

    def line_at(self, offset: int) -> int:
        """The source line of an offset of the expanded text, or of the call that led to it."""
        here = offset < self.own or self.overhears
        return self.parsed.translation.line(offset if here else self.site[0])

    def lines_of(self, function: Node, node: Node) -> tuple[int, int]:
        """First and last line of a function; of a header's, the line of the node that names it."""
        if self.is_own(function):
            return self.line(function), self.line_at(function.end_byte - 1)
        return self.line(node), self.line(node)

    def is_own(self, node: Node) -> bool:
        """Whether a node stands in the file itself."""
        return node.start_byte < self.own

    def is_nowhere(self, node: Node) -> bool:
        """Whether nothing in the file led to this node of a header."""
        return not (self.is_own(node) or self.site[1] or self.overhears)

    def enters_header(self, function: Node, call: Node | None) -> bool:
        """Whether a function is a header's; what it does is told at the call from here on."""
        if self.is_own(function):
            return False
        # A block that ends, or the whole file, is no place: see `stand_at`.
        if call is not None and self.is_own(call) and not _is_block(call):
            self.site = self.span(call)
        return True

    def has_walked(self, function: Function) -> bool:
        """Whether a function was walked, or starts threads, which only the file's own calls do."""
        return function.node.start_byte in self.reached or self.makes_threads(function.name)

    def makes_threads(self, name: str) -> bool:
        """Whether the function, or one it calls, creates or joins threads (see analyse.py)."""
        raise NotImplementedError

    def stand_at(self, symbol: Symbol) -> None:
        """What an object's constructor and destructor do is told where it is declared."""
        if 0 <= symbol.offset < self.own:
            self.site = (symbol.offset, symbol.offset + len(symbol.name))

    def may_mean(self, function: Function, owner: str) -> bool:
        """Whether a call on an object of class `owner`, or on none, may mean this function.

        The file's own are taken by their name, since few share one; of those of headers, which
        are many, only what is of that very class, or of none.
        """
        return self.is_own(function.node) or function.owner in ("", owner)

    @functools.cached_property
    def given(self) -> dict[int, set[tuple[int, tuple[Element, ...]]]]:
        """Objects that a thread has let others find: (who, path) by the root of the path."""
        return {}

    def given_away(self, who: int, path: Path) -> bool:
        """Whether a thread has let others find what this path leads to."""
        given = self.given.get(path.root.serial, ())
        return any(w == who and path.elements[: len(to)] == to for w, to in given)


def _is_block(node: Node) -> bool:
    return node.parent is None or node.type.endswith("_statement")
