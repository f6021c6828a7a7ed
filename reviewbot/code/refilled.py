"""Handles that are filled again: their threads are over by then, or nobody can join them."""

from __future__ import annotations

import functools
import re

from tree_sitter import Node

from reviewbot.code.events import Party
from reviewbot.code.reach import same_number
from reviewbot.code.spawns import Spawns
from reviewbot.code.values import Form, Path, Value, opaque

# Words for a thread that may not be there yet; without one there is nothing to wait for.
ASKS = re.compile(r"(?i)joinable|valid|start|running|active|has_value")
_HARMLESS = re.compile(r"(?:join|detach|kill|cancel|equal)\w*\s*\($")


class Refilled(Spawns):
    """Knows which handle of an array a thread has, and who had a handle before."""

    @functools.cached_property
    def _filled(self) -> dict[str, Path]:
        """The place that each handle's key was asked for last."""
        return {}

    def _handle(self, place: Path) -> str:
        handle = super()._handle(place)
        self._filled[handle] = place
        return handle

    def _next_handle(self, key: str) -> str:
        self._filled.pop(key + "[]", None)
        return super()._next_handle(key)

    def _spawn_value(
        self, entry: Value, values: list[Value], node: Node, *, handle: str, many: bool
    ) -> None:
        place, parties = self._filled.get(handle), self.scope.parties if self.scope else {}
        known = len(parties)
        super()._spawn_value(entry, values, node, handle=handle, many=many)
        made = next((p for p in list(parties.values())[known:] if p.handle == handle), None)
        if made is not None:
            made.slot = _number(place) if place is not None else opaque("back")

    def _create(self, name: str, node: Node, nodes: list[Node]) -> Value:
        """A handle of a C library that is filled again has lost the thread that it stood for."""
        before = list(self.scope.parties.values()) if self.scope is not None else []
        value = super()._create(name, node, nodes)
        made = list(self.scope.parties.values())[len(before) :] if self.scope is not None else []
        handle = made[0].handle if made else ""
        for former in before if handle else ():
            if former.handle == handle and self._loses(former, made[0]):
                former.handle = "" if self._is_one(self._filled[handle]) else handle
        return value

    @functools.cached_property
    def _choice(self) -> dict[int, int]:
        """One of the threads that a creation chooses between, for each of them."""
        return {}

    def _spawn_listed(
        self, names: tuple[str, ...], values: list[Value], node: Node, handle: str
    ) -> Value:
        """Of the functions of a table each turn of a loop runs one."""
        before = len(self.scope.parties) if self.scope is not None else 0
        value = super()._spawn_listed(names, values, node, handle)
        made = list(self.scope.parties.values())[before:] if self.scope is not None else []
        self._choice.update((p.serial, made[0].serial) for p in made if p.handle == handle)
        return value

    def _part(self, party: Party) -> None:
        """Threads that a loop chooses between, and waits for in each turn, do not meet."""
        others = self.scope.parties.values() if self.scope is not None else ()
        for other in others if party.serial in self._choice else ():
            if self._choice.get(other.serial) == self._choice[party.serial]:
                party.created_live -= {other.serial}
                other.created_live -= {party.serial}

    def _is_one(self, place: Path) -> bool:
        """Whether a place is one handle wherever it is named, and nobody keeps what is in it."""
        if place.root.pointer or not all(e.field or e.form.is_constant for e in place.elements):
            return False
        last = next((e.field for e in reversed(place.elements) if e.field), place.root.name)
        return not _is_kept(self.text, last)

    def _loses(self, former: Party, made: Party) -> bool:
        """Whether a thread still runs unjoined wherever the other one gets its handle."""
        return (
            former.serial in self.live
            and former.creator == made.creator
            and former.loop is None
            and made.loop is None
            and set(made.guards) <= set(former.guards)
        )

    def _in_its_turn(self, party: Party, place: Path | None) -> bool:
        """Whether a join is of the very handle of many that this turn of the loop filled."""
        its = super()._in_its_turn(party, place) or self._is_filled_now(party, place)
        if its:
            self._part(party)
        return its

    def _is_filled_now(self, party: Party, place: Path | None) -> bool:
        around = self.loops[-1] if self.loops else None
        number = _number(place) if place is not None else None
        if party.loop is None or around is not party.loop or number is None or party.slot is None:
            return False
        alike = same_number(number, party.slot) and self._stays(number)
        own = set(party.guards)
        sure = all(g in own or ASKS.search(g.text) for g in self.guards)
        return alike and sure and not self._filled_since(party)

    def _stays(self, number: Form) -> bool:
        """Whether a handle's number is one through all of a loop's turn."""
        return number.names <= {loop.name for loop in self.loops} | {"back"}

    def _filled_since(self, party: Party) -> bool:
        """Whether another thread that still runs has got the same handle after this one."""
        others = self.scope.parties.values() if self.scope is not None else ()
        return any(
            other.handle == party.handle
            and other.created_at > party.created_at
            and other.serial in self.live
            and self._choice.get(other.serial) != self._choice.get(party.serial, -1)
            for other in others
        )


def _number(place: Path) -> Form | None:
    last = place.elements[-1] if place.elements else None
    return last.form if last is not None and not last.field else None


@functools.lru_cache(maxsize=8)
def _is_kept(text: str, name: str) -> bool:
    """Whether a handle of that name is copied, or given to what neither joins nor asks it."""
    own = rf"(?:\w+(?:\.|->)){{0,4}}{re.escape(name)}(?:\[\w+\])?\s*"
    copied = re.compile(rf"[=(]\s*{own}[;,)]|,\s*{own}\)")
    return any(
        _HARMLESS.search(text, max(0, match.start() - 40), match.start() + 1) is None
        for match in copied.finditer(text)
    )
