"""Numbers taken from a shared counter: whoever steps it has what it was for itself."""

from __future__ import annotations

import functools
from collections import defaultdict
from dataclasses import replace

from reviewbot.code.events import Event
from reviewbot.code.symbols import Symbol, is_atomic
from reviewbot.code.values import (
    BY_THREAD,
    NO_MARKS,
    Form,
    Monomial,
    Path,
    Value,
    form_text,
    opaque,
)
from reviewbot.code.warmed import Warmed

# What makes a variable the thread's own, or its copy.
OWN = frozenset(
    {"", "own-stack", "private", "firstprivate", "lastprivate", "reduction", "linear"}
    | {"loop-variable", "threadprivate", "task-firstprivate", "task-reduction"}
)
TICKET, COUNTER = frozenset({"ticket"}), frozenset({"counter"})
_LATELY = 12  # accesses back, at most, to where a number that is stepped now was read
Terms = tuple[tuple[Monomial, int], ...]


class Tickets(Warmed):
    """Knows which locals hold a number that was taken from a counter."""

    @functools.cached_property
    def _last_given(self) -> dict[int, Terms]:
        """Of locals that several places assign, by serial, the number that was assigned last."""
        return {}

    @functools.cached_property
    def _holders(self) -> dict[Terms, dict[int, Symbol]]:
        """Likewise the locals, by that number: a step asks for those of one among thousands."""
        return defaultdict(dict)

    def note_made_in(self, symbol: Symbol, value: Value) -> None:
        """A variable is given memory that is allocated here, or a number."""
        super().note_made_in(symbol, value)
        if value.form is not None and not (symbol.once or symbol.pointer):
            serial, terms = symbol.serial, value.form.terms
            if serial in self._last_given:
                del self._holders[self._last_given[serial]][serial]
            self._last_given[serial], self._holders[terms][serial] = terms, symbol

    def dealt(self, place: Path) -> frozenset[str]:
        """The mark of a number that is taken from this place as it is stepped."""
        if self.scope is None or self.sharing(place) in OWN:
            return NO_MARKS
        kind, pointer, array = self.shape(place)
        atomic = is_atomic(kind) and not pointer and not array
        if atomic or self._alone():
            return TICKET
        return NO_MARKS if (place.marks | place.root.derived) & BY_THREAD else COUNTER

    def _alone(self) -> bool:
        """Whether a lock or an atomic construct keeps the other threads out."""
        if self.frames and self.frames[-1].kind == "atomic":
            return True
        return any(h.certain and h.kind in ("mutex", "critical") for h in self.flow.locks.values())

    def stepped(self, place: Path) -> frozenset[str]:
        """A number in memory is stepped: locals that hold what it was are taken from it."""
        entry = self.scope is None and any(not e.field for e in place.elements)
        if (
            entry and (key := self.key(place)) in self.fills
        ):  # its number is no longer the formula's
            self.fills[key] = None
        mark = self.dealt(place)
        if not mark:
            return mark
        terms = self.loaded(place).terms
        for scope in self.scopes[1:]:
            for symbol in scope.values():
                value = symbol.value
                if value is None or value.form is None or value.form.terms != terms:
                    continue
                if mark is TICKET and not self._read_just_now(self.key(place)):
                    mark = COUNTER
                form = replace(value.form, marks=value.form.marks | mark)
                symbol.value = replace(value, form=form, marks=value.marks | mark)
                symbol.derived |= mark
        return self._step_holders(terms, place, mark)

    def _step_holders(self, terms: Terms, place: Path, mark: frozenset[str]) -> frozenset[str]:
        """Likewise those that are stepped themselves later on: `at = used++; out[at++] = x`."""
        for symbol in self._holders.get(terms, {}).values():
            mark = mark if mark is COUNTER or self._read_just_now(self.key(place)) else COUNTER
            symbol.derived |= mark
        return mark

    def loaded(self, place: Path) -> Form:
        """The number that a read of this place gives, without its marks."""
        if place.elements:
            return opaque(f"{self.key(place)}{form_text(place)}")
        return opaque(f"{place.root.name}@{place.root.offset}")

    def _read_just_now(self, key: str) -> bool:
        """Whether the last read of that object was under the very lock that is held here."""
        events = self.scope.events[-_LATELY:] if self.scope is not None else []
        read = next((e for e in reversed(events) if e.key == key and e.mode == "read"), None)
        return read is not None and (self._same_turn(read) or self._same_construct(read))

    def _same_turn(self, event: Event) -> bool:
        held = self.flow.locks.values()
        return any(h is lock and h.certain for h in held for lock in event.locks)

    def _same_construct(self, event: Event) -> bool:
        last = self.frames[-1] if self.frames else None
        return last is not None and last.kind == "atomic" and last in event.frames
