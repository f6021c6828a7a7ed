"""Lambdas that are kept: in members, in containers; and called later, by whoever calls them."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from tree_sitter import Node

from reviewbot.code.state import MAX_TABLE
from reviewbot.code.statics import Statics
from reviewbot.code.symbols import is_container
from reviewbot.code.values import Closure, Element, Path

WITHIN = re.compile(r"(?:\[\]|\.second)+$")  # the element of a container, the value of a map
_ADDS = re.compile(r"(?:push|emplace|insert|append|add|enqueue)")
_CONTEXT = ("party", "flow", "this", "this_class", "function", "calls", "live", "ended", "frames")
_ONCE = frozenset({"ticket"})
MAX_KEPT = 200  # of one file


@dataclass(slots=True)
class Kept:
    """A lambda in memory, with what held where it was put there."""

    closure: Closure
    kind: str  # the type of what it is kept in
    node: Node
    context: dict[str, object]
    turns: frozenset[int] = frozenset()  # the variables of the loops around
    called: bool = False


class Keeping(Statics):
    """Walks lambdas where they are called, not where they are stored."""

    @functools.cached_property
    def kept(self) -> dict[str, list[Kept]]:
        """By the key of the member or container."""
        return {}

    def keep_closure(self, place: Path, closure: Closure, node: Node, kind: str = "") -> None:
        """A lambda is stored: it runs when somebody calls what is there."""
        known = self.kept.setdefault(WITHIN.sub("", self.key(place)), [])
        if len(known) < MAX_TABLE and len(self.kept) < MAX_KEPT and not self.flow.dead:
            turns = frozenset([loop.variable for loop in self.loops])
            known.append(Kept(closure, kind, node, self._context(), turns))
            alike = self._of_type.setdefault(self._member_of(place), [])
            alike += known[-1:] if len(alike) < MAX_TABLE else []

    @functools.cached_property
    def _of_type(self) -> dict[str, list[Kept]]:
        """By class and member: an object behind a pointer may be any of its class."""
        return {}

    def _member_of(self, place: Path) -> str:
        """`Bus.handlers` of whichever object's member this is, or is an element of; "" of none."""
        elements = place.elements
        while elements and not elements[-1].field:
            elements = elements[:-1]
        around = Path(place.root, elements[:-1])
        owner = self.symbols.struct(self.shape(around)[0]) if elements else ""
        owner = owner or (self.this_class if elements and around == self.this else "")
        return f"{owner}.{elements[-1].field}" if owner else ""

    def _stored_at(self, place: Path) -> list[Kept]:
        """What was stored in a member, of one object or of any of its class."""
        key = WITHIN.sub("", self.key(place))
        found = self.kept.get(key, [])
        if found or not key.startswith("T:") or not place.elements:
            return found
        return self._of_type.get(self._member_of(place), [])

    def adds_closure(self, method: str, place: Path, closure: Closure, node: Node) -> bool:
        """`handlers.push_back(f)`: kept, where threads may call it later."""
        kind = self.shape(place)[0]
        threads = self.scope is not None and self.scope.kind == "threads"
        if not threads or not is_container(kind) or not _ADDS.match(method):
            return False
        self.keep_closure(place, closure, node, kind)
        return True

    def closures_at(self, place: Path | None) -> tuple[Closure, ...]:
        """The lambdas that a call through this place may run."""
        if place is None or not self.kept:
            return ()
        bound = place.root.value if not place.elements else None
        place = bound.target if bound is not None and bound.target is not None else place
        found = self._stored_at(place) or self._copied_from(place)
        for item in found:
            item.called = True
        return tuple({item.closure.node.start_byte: item.closure for item in found}.values())

    def _copied_from(self, place: Path) -> list[Kept]:
        """A local container of functions is a copy of one that is kept, of the same type."""
        kind, last = place.root.type, place.elements[-1:]
        if last and last[0].field not in ("", "second"):
            return []  # a method of it: `copy.at("sum")`
        if place.root.storage != "auto" or "function<" not in kind.replace(" ", ""):
            return []
        return [item for items in self.kept.values() for item in items if item.kind == kind][:8]

    def member_called(self, name: str) -> Path | None:
        """The member of that name, if lambdas were stored there: `on_done_(x)`."""
        if self.this is None or self.symbols.member(self.this_class, name) is None:
            return None
        place = self.this.step(Element(name))
        return place if self._stored_at(place) else None

    def _number_by_turn(self, item: Kept) -> None:
        """What each turn puts in a container is taken out once: its number is nobody else's."""
        captures = item.closure.node.child_by_field_name("captures")
        listed = self._text(captures).strip("[] ").split(",") if captures is not None else []
        named = {capture.strip() for capture in listed}
        for scope in item.closure.scopes[1:]:  # the first one is that of the globals
            for symbol in scope.values():
                copied = symbol.name in named or ("=" in named and f"&{symbol.name}" not in named)
                if symbol.serial in item.turns and copied:
                    symbol.derived |= _ONCE

    @functools.cached_property
    def _waiting(self) -> dict[str, list[tuple[dict[str, object], Node]]]:
        """Calls of what a container held before anything was put there, with what held there."""
        return {}

    def runs_later(self, place: Path | None, node: Node) -> None:
        """A thread calls what it took out of a container that others fill later on."""
        bound = place.root.value if place is not None and not place.elements else None
        if bound is None or bound.target is None or self.flow.dead:
            return
        known = self._waiting.setdefault(WITHIN.sub("", self.key(bound.target)), [])
        if len(known) < MAX_TABLE and len(self._waiting) < MAX_KEPT:
            known.append((self._context(), node))

    def _context(self) -> dict[str, object]:
        context = {**self.keep(_CONTEXT), "flow": self.flow.copy()}
        return context | {"live": set(self.live), "ended": set(self.ended)}

    def call_kept(self) -> None:
        """Lambdas that nobody called yet run in the threads that were seen to take such out.

        Where nobody was, they run where they were stored, for all we know.
        """
        for key, items in list(self.kept.items()):
            for item in [item for item in items if item.kind and not item.called]:
                if item.turns and key in self._waiting:
                    self._number_by_turn(item)
                for context, node in self._waiting.get(key) or [(item.context, item.node)]:
                    saved = self.keep(_CONTEXT)
                    self.restore(context)
                    self.flow, self.live = self.flow.copy(), set(self.live)
                    self.ended = set(self.ended)
                    self.call_closure(item.closure, [], node)
                    self.restore(saved)
