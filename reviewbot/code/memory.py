"""What is known of memory: the pointers and numbers stored in it, and who may know of it."""

from __future__ import annotations

from dataclasses import replace

from reviewbot.code.state import MAX_TABLE, State
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import CLAMPED, OPAQUE, Form, Path, Value, form_text, opaque, remark

_NULLS = frozenset({"NULL", "null", "nullptr"})


class Memory(State):
    """Remembers what was stored, while one thing alone was."""

    def store(self, place: Path, value: Value) -> None:
        """Remember what a pointer in memory points to, while only one thing is stored there."""
        key = self.key(place) if value.target is not None or value.function else ""
        if value.function:
            known_functions = self.tables.get(key, ())
            self.tables[key] = tuple(dict.fromkeys((*known_functions, value.function)))[:MAX_TABLE]
        if value.target is not None:
            known = self.stores.get(key, value)
            self.stores[key] = value if known == value else None

    def fill(self, place: Path, value: Value) -> None:
        """Remember which number an array's element was given, while one formula gives them all."""
        if value.target is not None or value.function:
            return
        key = self.key(place)
        form = value.form or opaque("?", value.marks | {"call"})
        made = (tuple(e.form for e in place.elements if not e.field), form)
        self.fills[key] = made if self.fills.get(key, made) == made else None

    def filled(self, place: Path) -> Form | None:
        """The number that an element was given, where the fill's index can be replaced by ours."""
        made = self.fills.get(self.key(place))
        if made is None:
            return None
        indices, form = made
        ours = tuple(e.form for e in place.elements if not e.field)
        if len(indices) != len(ours):
            return None
        for index, own in zip(indices, ours, strict=True):
            if index == own:
                continue
            if len(index.terms) != 1 or index.constant or index.terms[0][1] != 1:
                return None
            form = form.replaced(index.terms[0][0], own)
        cloud = form.marks & OPAQUE - {CLAMPED}
        return (
            opaque(f"{self.key(place)}{form_text(place)}", place.marks | cloud | {"mem"})
            if (cloud)
            else form
        )

    def stored(self, place: Path) -> Value | None:
        """What a pointer in memory points to, as the thread sees it that was handed it."""
        stored = self.stores.get(self.key(place)) if self.stores else None
        if stored is None:
            return None
        many = self.party is not None and self.party.kind == "thread" and self.party.many
        return remark(stored, frozenset({"seq"}), "targ") if many else stored

    def publish(self, target: Path, place: Path) -> None:
        """A pointer is stored: what it points to may be no longer the thread's own."""
        root = target.root
        if root.value is None or not root.value.fresh:
            return
        share = self.sharing(place)
        if share and share != "own-stack" and not self._fresh(place):
            self.shown(root)

    def shown(self, root: Symbol) -> None:
        """Others know from here on what this thread allocated."""
        if root.value is not None and root.value.fresh:
            root.value = replace(root.value, fresh=False)

    def keep_pointer(self, symbol: Symbol, value: Value) -> None:
        """Remember what a global pointer points to, while only one thing is assigned to it."""
        if value.target is not None or value.function:
            self.store(Path(symbol), value)
        elif value.form is None or (not value.form.is_constant and not value.form.names <= _NULLS):
            self.stores[symbol.name] = None
