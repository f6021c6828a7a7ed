"""Guards that have no name yet, or change hands: what each holds, and until when."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from tree_sitter import Node

from reviewbot.code.memory import Memory
from reviewbot.code.parse import text_of
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Element, Path, Value

MAX_COPIED = 16  # fields of an object that is copied or moved


class Holdings(Memory):
    """Knows which locks a guard gives back, whether it is a variable, moved, or a temporary."""

    @functools.cached_property
    def temporaries(self) -> list[str]:
        """Names of locks that guards without a name hold, until their statement ends."""
        return []

    @functools.cached_property
    def keeps(self) -> dict[int, tuple[str, ...]]:
        """Names of the locks that each guard variable holds, by its serial."""
        return {}

    def keep_holdings(self, symbol: Symbol, names: Iterable[str]) -> None:
        """A variable holds these locks from now on, until its scope ends."""
        known = tuple(names)
        self.keeps[symbol.serial] = (*self.keeps.get(symbol.serial, ()), *known)
        self.cleanups[-1] += [("lock", name) for name in known]
        self.temporaries[:] = [name for name in self.temporaries if name not in known]

    def regain(self, symbol: Symbol, value: Value) -> None:
        """A guard variable is assigned another guard: it gives back its locks and has the other's.

        It ends where it ended before, in whichever block it is declared.
        """
        before = {("lock", name) for name in self.keeps.pop(symbol.serial, ())}
        declared = next((i for i, s in enumerate(self.scopes) if symbol in s.values()), -1)
        for ends in self.cleanups:
            ends[:] = [end for end in ends if end not in before]
        for _, name in before:
            self.given_back(name)
        self.keeps[symbol.serial] = value.holds
        at = declared - len(self.scopes) + len(self.cleanups) if declared >= 0 else -1
        self.cleanups[at] += [("lock", name) for name in value.holds]
        self.temporaries[:] = [name for name in self.temporaries if name not in value.holds]
        symbol.value, symbol.once = Value(target=value.target), True

    def renamed(self, symbol: Symbol, name: str) -> None:
        """The lock of a guard that was made without it is held by this name, and given back so."""
        for old in self.keeps.get(symbol.serial, ()):
            ends = next((e for e in reversed(self.cleanups) if ("lock", old) in e), [])
            place = next((i for i in reversed(range(len(ends))) if ends[i] == ("lock", old)), -1)
            ends[place : place + 1] = [("lock", name)] if ends else []
        self.keeps[symbol.serial] = (name,)

    def drop_temporaries(self, first: int) -> None:
        """A statement ends: guards that it made and nobody keeps give their locks back."""
        for name in self.temporaries[first:]:
            self.given_back(name)
        del self.temporaries[first:]

    def moved_guard(self, symbol: Symbol) -> Value:
        """A guard, or an object with one, that is returned or moved.

        Its own end gives back nothing then, as the lock is no longer known by that name.
        """
        target = symbol.value.target if symbol.value is not None else None
        own = self.symbols.struct(symbol.type) in self.symbols.structs
        names = self.keeps.get(symbol.serial, ())
        return Value(target=Path(symbol) if own else target, holds=names, whole=own)

    def copy_fields(self, source: Path, place: Path) -> None:
        """An object that is copied or moved has the numbers and the pointers of the other."""
        members = self.symbols.structs.get(self.symbols.struct(self.shape(place)[0]), {})
        for name in list(members)[:MAX_COPIED]:
            leads = members[name].pointer or "shared_ptr" in members[name].type
            if not (leads or self.stores or self.fills):
                continue
            own, member = place.step(Element(name)), source.step(Element(name))
            known, number = self.stored(member), self.filled(member)
            if known is not None:
                self.store(own, known)
            elif number is not None:
                self.fill(own, Value(form=number))
            elif leads and self._leads_alike(member, own):
                self.store(own, Value(target=member.step(Element())))

    def _leads_alike(self, member: Path, own: Path) -> bool:
        """Whether a copy's pointer leads where that of the one object leads which it is made of."""
        if self.scope is None or self.scope.kind != "threads":
            return False  # clauses say what a team's copies share
        alone = member.root.storage in ("auto", "global", "static") and not member.root.pointer
        whole = len(member.elements) == 1 and self.key(member) not in self.stores
        return alone and whole and self.copies_pointers(own.step(Element()))

    def leads_on(self, node: Node) -> bool:
        """Whether an argument is an object that is copied with pointers to what it shares.

        The object whose method a thread runs is a copy too, of which nothing more is known.
        """
        symbol = self.lookup(text_of(node)) if node.type == "identifier" else None
        before = node.prev_named_sibling
        if symbol is None or not self.parsed.cpp or symbol.pointer or before is None:
            return False
        members = self.symbols.structs.get(self.symbols.struct(symbol.type), {}).values()
        method = text_of(before).startswith("&") and "::" in text_of(before)[:200]
        return not method and any(m.pointer or "shared_ptr" in m.type for m in members)
