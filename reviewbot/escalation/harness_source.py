"""The file under test as part of a program: its items, and its text without some of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tree_sitter import Node

from reviewbot.code.parse import Parsed, parse
from reviewbot.code.symbols import FileSymbols, collect

_INSIDE = frozenset(
    (
        "translation_unit",
        "namespace_definition",
        "declaration_list",
        "linkage_specification",
        "ERROR",
    )
)


@dataclass(frozen=True, slots=True)
class Item:
    """A declaration or definition at file or namespace level; offsets lie in the source."""

    start: int
    end: int
    first: int  # lines, 1-based
    last: int
    kind: str


@functools.lru_cache(maxsize=16)
def read(path: str, text: str) -> tuple[Parsed, FileSymbols]:
    """Parse a file once, however often its harness is mended."""
    parsed = parse(path, text.encode())
    return parsed, collect(parsed)


def items(parsed: Parsed) -> tuple[Item, ...]:
    """Everything that can be left out of the file by itself."""
    return tuple(_items(parsed.root, parsed))


def _items(node: Node, parsed: Parsed) -> Iterator[Item]:
    for child in node.named_children:
        if child.type in _INSIDE:
            yield from _items(child, parsed)
        elif child.end_byte > child.start_byte:
            yield _item(child, parsed)


def _item(node: Node, parsed: Parsed) -> Item:
    translation = parsed.translation
    start, last = translation.origin(node.start_byte), translation.origin(node.end_byte - 1)
    end = last + 1
    # A struct's node ends before its semicolon; one left alone is harmless in C++ and C alike.
    first_line = translation.position(start)[0]
    return Item(start, end, first_line, translation.position(last)[0], node.type)


def without(text: str, dropped: Collection[Item]) -> str:
    """The text with these items blanked; lines and directives stay, so that nothing moves."""
    parts, at = [], 0
    for item in sorted(dropped, key=lambda i: i.start):
        if item.start < at:
            continue
        parts += [text[at : item.start], _blank(text[item.start : item.end])]
        at = item.end
    return "".join([*parts, text[at:]])


def _blank(text: str) -> str:
    lines, directive = [], False
    for line in text.split("\n"):
        directive = directive or re.match(r"\s*#\s*(?!pragma)", line) is not None
        lines.append(line if directive else "")
        directive = directive and line.endswith("\\")
    return "\n".join(lines)
