"""Containers of the library: which of them move their elements, or keep many in one word."""

from __future__ import annotations

import functools
import re
import zlib
from collections.abc import Callable

from tree_sitter import Node

from reviewbot.code.naming import Naming
from reviewbot.code.symbols import Symbol, is_container, is_growing, is_smart
from reviewbot.code.values import ZERO, Form, Path, Value, arithmetic, element_type, opaque

_GROWS = re.compile(
    r"(?:\.|->)\s*(?:push|emplace|insert|erase|resize|clear|pop|assign|append|swap|splice|merge)"
)
# Of a container of nodes only these end elements; one that is put in moves no other.
_DROPS = re.compile(r"(?:\.|->)\s*(?:erase|clear|pop|swap|extract|splice|merge|remove|unique)")
_BITS = re.compile(r"\bvector\s*<\s*bool\b|\bbitset\b")
# Containers whose elements lie one after another, and methods that lead to the first of them.
_ROWS = re.compile(
    r"(?:const\s+)?(?:std::)?(?:vector|array|(?:basic_)?string|span|deque|valarray)\b"
)
_BY_KEY = re.compile(r"^(?:const |volatile |\w+::)*\w*(?:map|set)\s*<")
_FIRST = ("begin", "cbegin", "data", "front")
_NUMBER = re.compile(
    r"^(?:const |volatile |std::)*(?:unsigned|signed|int|long|short|char|float|double|bool|size_t"
    r"|u?int\d+_t)(?: (?:int|long|short|char|double))*$"
)
# Of nodes: where such a container ends lies in itself, wherever its nodes are.
_OF_NODES = re.compile(r"(?:const\s+)?(?:std::)?(?:(?:unordered_)?(?:multi)?(?:map|set)|list)\b")
_KEYS = 0xFFFFFF  # texts are told apart by so many numbers, small enough to reckon with
BITS = 64  # neighbours of `vector<bool>` that lie in one word


def is_known_end(method: str, kind: str) -> bool:
    """Whether a method of a container asks for its end, which no change of it moves."""
    return method in ("end", "cend") and _OF_NODES.match(kind) is not None


def by_key(method: str, kind: str) -> bool:
    """Whether a method leads to the element of the key, or number, that it is given."""
    return method == "at" or (method == "find" and _BY_KEY.search(kind) is not None)


def text_key(node: Node | None, text: Callable[[Node], str]) -> Form | None:
    """The number that stands for a key written as text, `hits["/jobs"]`: another for each text."""
    while node is not None and node.type == "subscript_argument_list":
        node = node.named_children[0] if node.named_child_count == 1 else None
    if node is None or node.type != "string_literal":
        return None
    return Form((), zlib.crc32(text(node).encode()) & _KEYS)


class Containers(Naming):
    """What to know of a container when one of its elements is reached."""

    @functools.cached_property
    def _grown(self) -> bool:
        """Whether containers here are changed as wholes: elements added, taken away, moved."""
        return self.parsed.cpp and _GROWS.search(self.text) is not None

    def leading(self, symbol: Symbol) -> frozenset[str] | None:
        """Of a pointer to memory that was made for it: fields that lead out of that memory."""
        if symbol.array or is_container(symbol.type):
            return None
        kind = symbol.type if symbol.pointer else element_type(symbol.type)
        alone = symbol.pointer == 1 or (not symbol.pointer and is_smart(symbol.type))
        return self._leading if alone and self._is_plain(kind) else None

    def _is_plain(self, kind: str) -> bool:
        """Whether a type is a number's, or a class of which the fields are known."""
        return _NUMBER.search(kind) is not None or self.symbols.struct(kind) in self.symbols.structs

    @functools.cached_property
    def _leading(self) -> frozenset[str]:
        members = [m for fields in self.symbols.structs.values() for m in fields.values()]
        led = [m for m in members if m.pointer or m.reference or not self._is_plain(m.type)]
        return frozenset(m.name for m in led)

    @functools.cached_property
    def taken_under(self) -> dict[int, frozenset[str]]:
        """The locks that were held as a reference was taken to an element, by its serial."""
        return {}

    def take_under(self, symbol: Symbol, value: Value) -> None:
        """A reference is bound: to an element that others may move, while a lock is held."""
        if self.flow.locks and value.target is not None and self._container_of(value.target):
            self.taken_under[symbol.serial] = frozenset(self.flow.locks)

    def outlived(self, node: Node, place: Path) -> None:
        """A reference is used after its lock was given back: others may move the elements."""
        symbol = self.lookup(self._text(node))
        names = self.taken_under.get(symbol.serial) if symbol is not None else None
        container = self._container_of(place) if names is not None else None
        if container is not None and names is not None and not names <= self.flow.locks.keys():
            self.record(container, "read", node, via="method")

    def compared_with(self, container: Path) -> None:
        """A condition names a container and reads nothing of it: `it == seen.end()`."""
        share = self.sharing(container) if self.scope is not None and self.party else ""
        if self.scope is not None and share not in ("", "own-stack") and not self.flow.dead:
            self.scope.touched.append(self.key(container))

    def _container_of(self, place: Path) -> Path | None:
        """The container whose element a place is in, if it moves its elements or drops them."""
        for count, element in enumerate(place.elements if self._grown else ()):
            around = Path(place.root, place.elements[:count])
            kind, pointer, array = ("", 1, 0) if element.field else self.shape(around)
            if not pointer and not array and is_growing(kind):
                return around if self._dropped_from or not _OF_NODES.match(kind) else None
        return None

    @functools.cached_property
    def _dropped_from(self) -> bool:
        """Whether elements of containers here may end while others stay."""
        return _DROPS.search(self.text) is not None

    @functools.cached_property
    def _packed(self) -> bool:
        """Whether there are containers here that keep many elements in one word."""
        text = self.text
        may_be = self.parsed.cpp and ("bitset" in text or ("bool" in text and "vector" in text))
        return may_be and _BITS.search(text) is not None

    def end_of(self, method: str, kind: str, text: str) -> Form:
        """The index of the element to which a method leads: 0, or the size for the end."""
        if _ROWS.match(kind) is None or method not in (*_FIRST, "end", "cend"):
            return opaque(method)
        sized = re.sub(r"c?end\(\)$", "size()", text)[:60]
        return ZERO if method in _FIRST else opaque(sized, frozenset({"call"}))

    def _is_packed(self, element: Path) -> bool:
        kind, pointer, _ = self.shape(Path(element.root, element.elements[:-1]))
        return not pointer and _BITS.search(kind) is not None

    def _quotient_of(self, dividend: Form, divisor: Form) -> Form:
        form = arithmetic("/", dividend, divisor)
        if form.terms and form.terms[0][0][0].startswith("("):
            self.quotients[form.terms[0][0][0]] = (dividend, divisor, "/")
        return form
