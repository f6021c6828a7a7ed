"""What is known of memory: the pointers and numbers stored in it, and who may know of it."""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from reviewbot.code.events import BESIDE, Event, Held
from reviewbot.code.state import MAX_TABLE, State
from reviewbot.code.symbols import Symbol, is_atomic
from reviewbot.code.values import (
    BY_THREAD,
    CLAMPED,
    NO_MARKS,
    OPAQUE,
    UNKNOWN,
    ZERO,
    Element,
    Form,
    Path,
    Value,
    arithmetic,
    form_text,
    opaque,
    remark,
)
from reviewbot.code.words import IDENTIFIER

_NULLS = frozenset({"NULL", "null", "nullptr"})
TICKET, COUNTER = frozenset({"ticket"}), frozenset({"counter"})
# What makes a variable the thread's own, or its copy.
_OWN = frozenset(
    {"", "own-stack", "private", "firstprivate", "lastprivate", "reduction", "linear"}
    | {"loop-variable", "threadprivate", "task-firstprivate", "task-reduction"}
)
_REENTRANT = re.compile(r"(?i)recursive|nest_lock|CRITICAL_SECTION")
_UNTYPED = frozenset({"", "void"})
MAX_TARGETS = 4  # variables that one pointer is known to point to
_LATELY = 12  # accesses back, at most, to where a number that is stepped now was read


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
        dividend, divisor, operator = self._quotient(form)
        ours = tuple(e.form for e in place.elements if not e.field)
        if len(indices) != len(ours):
            return None
        for index, own in zip(indices, ours, strict=True):
            if index == own:
                continue
            if len(index.terms) != 1 or index.constant or index.terms[0][1] != 1:
                return None
            form = form.replaced(index.terms[0][0], own)
            if operator:
                dividend = dividend.replaced(index.terms[0][0], own)
        if operator and not dividend.marks & OPAQUE:
            form = arithmetic(operator, dividend, divisor)
            form = Form(form.terms, form.constant, form.marks | place.marks | {"mem"})
            if form.terms:
                self.quotients[form.terms[0][0][0]] = (dividend, divisor, operator)
            return form
        cloud = form.marks & OPAQUE - {CLAMPED}
        return (
            opaque(f"{self.key(place)}{form_text(place)}", place.marks | cloud | {"mem"})
            if (cloud)
            else form
        )

    def _quotient(self, form: Form) -> tuple[Form, Form, str]:
        """(dividend, divisor, / or %) of a form that is nothing else; no operator if it is not."""
        if len(form.terms) == 1 and not form.constant and form.terms[0][1] == 1:
            made = self.quotients.get(form.terms[0][0][0])
            if made is not None and made[1].is_constant and made[1].constant > 1:
                return made
        return ZERO, ZERO, ""

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

    def as_declared(self, value: Value, kind: str) -> Value:
        """What a pointer to a record is given, as that record where the memory has no type."""
        target, record = value.target, self.symbols.struct(kind)
        if target is None or not target.elements or target.elements[-1].field:
            return value
        held, pointer, array = self.shape(target)
        if held not in _UNTYPED or pointer or array or record not in self.symbols.structs:
            return value
        last = replace(target.elements[-1], kind=record)
        return replace(value, target=Path(target.root, (*target.elements[:-1], last)))

    # --- pointers to one of several variables ----------------------------------------------------

    def points(self, pointer: Symbol, value: Value) -> None:
        """Remember the variables and fields that a local pointer is given in turn."""
        target = value.target
        if target is None or target.root is pointer or pointer.storage not in ("auto", "param"):
            return
        if target.elements and not target.elements[-1].field:
            target = self._stepped_over(pointer, target)
        known = self.several.get(pointer.serial, ())
        if target not in known and len(known) < MAX_TARGETS:
            self.several[pointer.serial] = (*known, target)

    def _stepped_over(self, pointer: Symbol, target: Path) -> Path:
        """Somewhere in the array that a pointer is stepped over, from where it began."""
        last = target.elements[-1]
        form = opaque(f"{pointer.name}@{pointer.offset}", last.form.marks | {"update"})
        return Path(target.root, (*target.elements[:-1], Element("", form, last.kind)))

    def others(self, path: Path) -> list[Path]:
        """The variables that are meant where a pointer is followed that was given several."""
        if not path.elements or path.elements[0].field:
            return []
        key = self.key(path)
        named = self.several.get(path.root.serial, ())
        places = [Path(t.root, (*t.elements, *path.elements[1:])) for t in named]
        return [place for place in places if self.key(place) != key]

    # --- locks -----------------------------------------------------------------------------------

    def hold(self, held: Held) -> str:
        """Note a lock as held, beside others of its kind; the name by which to give it back."""
        name, before = held.key, self.flow.locks.get(held.key)
        if before is not None and before.certain and held.certain:
            other = (before.root, before.form) != (held.root, held.form)
            if other or self._reentrant:
                name = f"{held.key}{BESIDE}{len(self.flow.locks)}"
        self.flow.locks[name] = held
        return name

    def release(self, held: Held) -> None:
        """A lock is given back: its own last holding, or if none is its own, any of that key."""
        locks = self.flow.locks
        if len(locks) < 2:
            return self.given_back(
                next((n for n, h in locks.items() if h.key == held.key), held.key)
            )
        like = [n for n, h in reversed(locks.items()) if h.key == held.key]
        own = [n for n in like if (locks[n].root, locks[n].form) == (held.root, held.form)]
        name = (own or like or [held.key])[0]
        sure = bool(own) and locks[name].certain
        self.given_back(name)
        for other in own or like:  # nobody knows which of the holdings is over
            if other != name:
                kept = locks[other]
                locks[other] = replace(kept, certain=kept.certain and sure, taken=0)
        return None

    def is_one(self, place: Path) -> bool:
        """Whether what is reached here through a global pointer may be one thing alone."""
        root = place.root
        several = root.storage == "global" and self.stores.get(root.name, UNKNOWN) is None
        return not (several and root.pointer and place.elements)

    def varies(self, item: str) -> bool:
        """Whether a depend item is another object for another turn of the loop around."""
        found = [self.lookup(name) for name in IDENTIFIER.findall(item)] if self.loops else []
        own = [s for s in found if s is not None and s.storage in ("auto", "param")]
        return any(not s.array and (not s.once or s.derived or _counts(s.value)) for s in own)

    def given_back(self, name: str) -> None:
        """A lock is held no longer; who had it before us is known to have been there."""
        held = self.flow.locks.pop(name, None)
        if held is not None and held.certain:
            self.flow.passed |= {held.key}

    @functools.cached_property
    def _reentrant(self) -> bool:
        """Whether there are locks here that their holder may take again."""
        return _REENTRANT.search(self.text) is not None

    def moved(self, pointer: Symbol) -> None:
        """A pointer points elsewhere: a lock that was reached through it is another object's."""
        for name, held in self.flow.locks.items() if self.flow.locks else ():
            if held.root == pointer.serial:
                self.flow.locks[name] = replace(held, root=-self.fresh_serial())

    # --- numbers taken from a shared counter -----------------------------------------------------

    def dealt(self, place: Path) -> frozenset[str]:
        """The mark of a number that is taken from this place as it is stepped."""
        if self.scope is None or self.sharing(place) in _OWN:
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


def _counts(value: Value | None) -> bool:
    """Whether a variable stands for a number that differs from turn to turn."""
    return value is not None and value.target is None and bool(value.number.marks)
