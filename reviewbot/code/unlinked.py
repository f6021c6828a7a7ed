"""What is taken out of a list or container under a lock belongs to who took it.

`lock(); n = head; head = n->next; unlock(); use(n);` and `j = jobs.front(); jobs.pop();`: no
other thread is given the same one until it is put back.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right

from tree_sitter import Node

from reviewbot.code.containers import Containers
from reviewbot.code.parse import text_of
from reviewbot.code.values import WHO_TOOK, Element, Form, Path, opaque

_PLACE = r"(?<![\w.>\]])((?:[A-Za-z_]\w*(?:->|\.)){0,4}[A-Za-z_]\w*)"
_ASSIGNED = re.compile(_PLACE + r"\s*=(?!=)\s*([^;=]{1,60});")
_DROPPED = re.compile(_PLACE + r"(?:\.|->)(pop|pop_front|pop_back)\s*\(")
# In small letters; a pattern that begins with one word is looked for many times faster.
_RELEASED = [re.compile(word + r"\w{0,30}\s{0,3}\(") for word in ("unlock", "release", "leave")]
_NOTHING = re.compile(r"\(*(?:NULL|nullptr|0|\(\s*\w[\w\s]*\*\s*\)\s*0)\)*")
_LEAVES = {"front": ("pop", "pop_front"), "back": ("pop_back",), "top": ("pop",)}
_FUNCTIONS = frozenset({"function_definition", "lambda_expression"})
MAX_AROUND = 8_000  # characters of a function that are looked through
_AROUND = frozenset({"cast_expression", "parenthesized_expression", "argument_list"})
_MOVES = frozenset({"std::move", "move"})
TAKEN = frozenset({"ticket"})  # of one thread at a time, as a number that is counted up is

Changes = dict[str, list[tuple[int, str]]]


class Unlinking(Containers):
    """Knows which pointers are read only to be taken out of where they were."""

    whole: Path | None = None  # what was taken last, with all that it leads to

    @functools.cached_property
    def _replaced(self) -> Changes:
        """Where each place of the file is assigned, and what."""
        return _found(_ASSIGNED, self.text)

    @functools.cached_property
    def _dropped(self) -> Changes:
        """Where an element of each container is dropped, and by which method."""
        return _found(_DROPPED, self.text)

    @functools.cached_property
    def _releases(self) -> list[int]:
        text = self.text.lower()
        return sorted(match.start() for way in _RELEASED for match in way.finditer(text))

    def taken(self, node: Node, target: Path) -> Path:
        """What a pointer that is read leads to: its own, where it is unlinked under the lock."""
        name = _taker(node) if self._is_alone() else ""
        if not name:
            return target
        text = "".join(text_of(node).split())
        new = self._next(self._replaced.get(text, ()), node)
        if not new:
            return target
        whole = _NOTHING.fullmatch(new) or self._is_replaced(node, name, text, new)
        onwards = any(new.startswith(at + mark) for at in (name, text) for mark in ("->", "."))
        taken = own(target) if onwards or whole else target
        if whole or taken == self.whole:
            self.whole = taken if whole else None
        return taken

    def _is_replaced(self, node: Node, name: str, text: str, new: str) -> bool:
        """Whether a local takes the place of what is read, and does not lead to it.

        `n->next = head; head = n;` puts something before what `head` led to.
        """
        symbol = self.lookup(new) if new.isidentifier() and new != name else None
        if symbol is None or not symbol.pointer or symbol.storage not in ("auto", "param"):
            return False
        if node.start_byte not in self._replacing:
            self._replacing[node.start_byte] = _is_put_instead(node, name, text, new)
        return self._replacing[node.start_byte]

    @functools.cached_property
    def _replacing(self) -> dict[int, bool]:
        """Of places that are read, by where, whether a local is put there instead."""
        return {}

    def taken_first(self, method: str, node: Node, index: Form) -> Form:
        """The index of an end of a container, where that element is dropped under the lock."""
        ways = _LEAVES.get(method, ())
        if not ways or not self._is_alone() or not _taker(node):
            return index
        owner = "".join(text_of(node).split()).partition(f".{method}(")[0]
        gone = self._next(self._dropped.get(owner, ()), node)
        return opaque(f"{owner}.{method}", TAKEN) if gone in ways else index

    def _is_alone(self) -> bool:
        held = self.flow.locks.values() if self.scope is not None else ()
        return any(lock.certain and lock.kind != "shared" for lock in held)

    def _next(self, changes: tuple[()] | list[tuple[int, str]], node: Node) -> str:
        """The first change after a place, before a lock is given back and the function ends."""
        at = bisect_right(changes, (node.end_byte, "\uffff"))
        if at >= len(changes):
            return ""
        place, new = changes[at]
        return new if self.is_held_until(node, place) else ""

    def is_held_until(self, node: Node, place: int) -> bool:
        """Whether a place comes before a lock is given back, and before the function ends."""
        before = bisect_right(self._releases, node.end_byte)
        until = self._releases[before] if before < len(self._releases) else len(self.text)
        # a guard lets go where its block ends
        return place < until and place < self.ends[-1 if self.parsed.cpp else 0]


def _found(pattern: re.Pattern[str], text: str) -> Changes:
    changes: Changes = {}
    for match in pattern.finditer(text):
        changes.setdefault(match[1], []).append((match.start(), "".join(match[2].split())))
    return changes


def _is_put_instead(node: Node, name: str, text: str, new: str) -> bool:
    """Whether a function names a new pointer and an old one together only to replace that."""
    around = _function_around(node)
    if around is None or around.end_byte - around.start_byte > MAX_AROUND:
        return False
    old, link = (rf"\b(?:{name}\b|{re.escape(text)}(?!\w))", rf"\b{new}\b")
    parts = ["".join(part.split()) for part in re.split(r"[;{}]", text_of(around))]
    both = [p for p in parts if re.search(link, p) and re.search(old, p)]
    return all(part == f"{text}={new}" for part in both)


def _function_around(node: Node) -> Node | None:
    """The function or lambda that a node is in."""
    around: Node | None = node
    while around is not None and around.type not in _FUNCTIONS:
        around = around.parent
    return around


def _taker(node: Node) -> str:
    """The local that a pointer is read into: `n = head`, `node *n = (node *)head`."""
    outer = node.parent
    while outer is not None and (outer.type in _AROUND or _is_move(outer)):
        outer = outer.parent
    kind = outer.type if outer is not None else ""
    field = {"init_declarator": "declarator", "assignment_expression": "left"}.get(kind)
    left = outer.child_by_field_name(field) if outer is not None and field else None
    while left is not None and left.type in ("pointer_declarator", "reference_declarator"):
        left = left.child_by_field_name("declarator") or left.named_children[-1]
    return text_of(left) if left is not None and left.type == "identifier" else ""


def _is_move(node: Node) -> bool:
    function = node.child_by_field_name("function") if node.type == "call_expression" else None
    return function is not None and text_of(function) in _MOVES


def own(target: Path, name: str = WHO_TOOK) -> Path:
    """The path with the number of its last element replaced by the taker's own."""
    for count in range(len(target.elements) - 1, -1, -1):
        if not target.elements[count].field:
            last = target.elements[count]
            form = opaque(name, TAKEN)
            new = Element("", form, last.kind)
            return Path(target.root, (*target.elements[:count], new, *target.elements[count + 1 :]))
    return target
