"""What is known of memory: the pointers and numbers stored in it, and who may know of it."""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.assigned import gains
from reviewbot.code.coupling import Coupled
from reviewbot.code.declarators import may_be_record
from reviewbot.code.meanwhile import Meanwhile
from reviewbot.code.state import MAX_TABLE
from reviewbot.code.symbols import Symbol
from reviewbot.code.tickets import Tickets
from reviewbot.code.values import (
    BY_THREAD,
    CLAMPED,
    LOAD,
    NULLS,
    OPAQUE,
    UNKNOWN,
    Closure,
    Element,
    Form,
    Path,
    Value,
    arithmetic,
    division,
    form_text,
    loaded_marks,
    opaque,
    remark,
    shifted,
)
from reviewbot.code.words import IDENTIFIER

_REACHED = re.compile(r"\*([A-Za-z_]\w*)|([A-Za-z_]\w*)(?:->|\[).*")
_ASKS = frozenset({"==", "!=", "<", "<=", ">", ">=", "&&", "||"})
_MASKS = frozenset({"^", "&"})
_UNTYPED = frozenset({"", "void"})
_ANY = frozenset({"mem"})
Forms = tuple[Form, ...]
Elements = tuple[Element, ...]
MAX_GIVEN = 8  # objects of one variable that are known to be given to others
MAX_ALIKE = 40  # variables of a block among which a pointer is looked for
MAX_TARGETS = 4  # variables that one pointer is known to point to


class Memory(Tickets, Coupled, Meanwhile):
    """Remembers what was stored, while one thing alone was."""

    def store(self, place: Path, value: Value) -> None:
        """Remember what a pointer in memory points to, while only one thing is stored there."""
        key = self.key(place) if value.target is not None or value.function else ""
        if value.function:
            known_functions = self.tables.get(key, ())
            self.tables[key] = tuple(dict.fromkeys((*known_functions, value.function)))[:MAX_TABLE]
        if value.closure is not None:
            self.keep_closure(place, value.closure, value.closure.node)
        if value.target is not None:
            known = self.stores.get(key, value)
            self.stores[key] = value if known == value else None
            self.stored_at[key] = place
            self.note_stored(key, value)
        elif value.fresh:  # memory of its own: a second thing
            self.stores[self.key(place)] = None

    def keep_closure(self, place: Path, closure: Closure, node: Node, kind: str = "") -> None:
        """A lambda is stored in memory (see kept.py)."""
        raise NotImplementedError

    def filled(self, place: Path) -> Form | None:
        """The number that an element was given, where the fill's index can be replaced by ours."""
        key = self.key(place)
        made = self.fills[key] if key in self.fills else self.listed(place, key)
        if made is None:
            return None
        indices, form = made
        dividend, divisor, operator = self.quotient(form)
        ours = _indices(place)
        if len(indices) != len(ours) or self.changed_meanwhile(place.root, form, ours):
            return None
        if self.changed_by_turn(place.root, (form,), (*indices, *ours)):
            return self.entry(place, place.marks | _ANY)
        for index, own in zip(indices, ours, strict=True):
            if index == own or (index.is_constant and self.made_in_turn(place.root, index, own)):
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
        return self.entry(place, place.marks | cloud | {"mem"}) if (cloud) else form

    def entry(self, place: Path, marks: frozenset[str]) -> Form:
        """The number read from a place; of a table it is remembered by which index."""
        key = self.key(place)
        form = opaque(f"{key}{form_text(place)}", marks)
        indices = [e.form for e in place.elements if not e.field]
        if len(indices) == 1 and indices[0].terms:
            self.quotients[form.terms[0][0][0]] = (indices[0], opaque(key), LOAD)
        return form

    def listed_entry(self, place: Path) -> Form | None:
        """The entry of a list by its place; None of what no initialiser lists."""
        known = self.scope is not None and self.key(place) in self.scope.lists
        return self.entry(place, loaded_marks(place)) if known else None

    def note_made(self, name: str, operator: str, left: Form, right: Form) -> None:
        """Remember what a quotient, a remainder or a comparison is made of."""
        made = (right, operator) if operator in _ASKS else division(operator, right)
        made = (right, operator) if made is None and operator in _MASKS else made
        if made is not None and name.startswith("("):
            self.quotients[name] = (left, *made)
        elif name.startswith("("):
            self.formulas[name] = (left, right, operator)

    def stored(self, place: Path) -> Value | None:
        """What a pointer in memory points to, as the thread sees it that was handed it."""
        stored = self.stores.get(self.key(place)) if self.stores else None
        if stored is None:
            return None
        many = self.party is not None and self.party.kind == "thread" and self.party.many
        value = remark(stored, frozenset({"seq"}), "targ") if many else stored
        return self._from_here(value, self.stored_at.get(self.key(place)), place)

    def _from_here(self, value: Value, there: Path | None, place: Path) -> Value:
        """A pointer as it was stored, for our index: of `w[i].at = &cells[i]` `w[k].at`."""
        target = value.target
        if target is None or there is None:
            return value
        here, alike = _indices(place), there.root.serial == place.root.serial
        for number, index in enumerate(_indices(there)):
            name = _symbol(index)
            if not name or (alike and number < len(here) and here[number] == index):
                continue
            own = here[number] if alike and number < len(here) else opaque(f"{name}?", _ANY)
            target = Path(target.root, _put(target.elements, name, own))
        kept, made = (*here, *_indices(there)), [e.form for e in target.elements]
        if name := self.changed_by_turn(there.root, made, kept):
            some = opaque(f"{name}?", _ANY)  # for whatever value the variable had
            target = Path(target.root, _put(target.elements, name, some), target.by)
        if (by := place.origins) and self._is_of_many(target, there):
            target = Path(target.root, target.elements, by)
        return value if target is value.target else replace(value, target=target)

    def _is_of_many(self, target: Path, there: Path) -> bool:
        """Whether the pointers of many objects lead to one each: not to a named one, or a common.

        `there` is the place in which the pointer was stored.
        """
        chosen = any(form.terms and "seq" not in form.marks for form in _indices(there))
        root = target.root  # what is not made in a loop is one for all its turns
        each = chosen or bool(self.made_in.get(root.serial, True))
        numbered = any(form.terms for form in _indices(target))  # `&nodes[i]`
        return bool(root.pointer or root.reference or numbered) and each

    def publish(self, target: Path, place: Path) -> None:
        """A pointer is stored: what it points to may be no longer the thread's own."""
        share = self.sharing(place)
        root = target.root
        if share == "own-stack" or (share and self._fresh(place)):
            if root.value is not None and root.value.fresh and root is not place.root:
                self.within.setdefault(place.root.serial, []).append(root)
        elif share:
            self._escape(root)
            self._give(target)
            held = frozenset(h.key for h in self.flow.locks.values() if h.certain)
            if root.pointer and root.value is not None and root.value.fresh:
                root.origins = root.origins or place.origins  # what bucket[h] holds belongs to h
            self.shown(root, held)

    def _escape(self, root: Symbol) -> None:
        """A local is no longer known by its own name alone."""
        if root.storage in ("auto", "tls") and not root.pointer and not root.reference:
            self.escaped.add(root.serial)

    def keep_in(self, place: Path, value: Value) -> None:
        """A member is given a pointer: who finds the object finds what it points to."""
        if value.target is not None:
            self.publish(value.target, place)
        self.store(place, value)

    def put_in(self, place: Path, values: list[Value]) -> None:
        """Pointers are put into a container, or into an atomic."""
        for value in values:
            if value.target is not None and value.target.elements:
                self.publish(value.target, place)
            elif value.target is not None and self.sharing(place) != "own-stack":
                self._escape(value.target.root)

    def _give(self, target: Path) -> None:
        """Where threads run, this one has let others find an object."""
        party = self.party
        if party is None or (party.kind == "main" and not self.live):
            return
        if self.scope is not None and self.scope.kind == "threads" and target.elements:
            given = self.given.setdefault(target.root.serial, set())
            if len(given) < MAX_GIVEN:
                given.add((party.serial, target.elements))

    def _known_next_turn(self, root: Symbol) -> None:
        """Who shows in each turn what was made before the loop has it alone in no turn."""
        around = self.loops[len(self.made_in.get(root.serial, self.loops)) :]
        for event in reversed(self.scope.events) if around and self.scope is not None else ():
            if around[0] not in event.loops:
                return
            if event.path.root is root:
                event.fresh = False

    @functools.cached_property
    def within(self) -> dict[int, list[Symbol]]:
        """New objects to which a variable leads: who is shown the variable knows them."""
        return {}

    def shown(self, root: Symbol, held: frozenset[str] | None = None) -> None:
        """Others know from here on what this thread allocated: by a pointer stored under locks."""
        if root.value is not None and root.value.fresh:
            if held is not None and self.scope is not None:
                self.scope.published[root.serial] = held
            root.value = replace(root.value, fresh=False)
            self._known_next_turn(root)
        for inner in self.within.pop(root.serial, ()):
            self.shown(inner, held)

    def keep_pointer(self, symbol: Symbol, value: Value) -> None:
        """Remember what a global pointer points to, while only one thing is assigned to it."""
        if value.target is not None or value.function:
            self.store(Path(symbol), value)
        elif value.form is None or (not value.form.is_constant and not value.form.names <= NULLS):
            self.stores[symbol.name] = None

    def as_declared(self, value: Value, kind: str) -> Value:
        """What a pointer to a record is given, as that record where it may be no other."""
        target = value.target
        if target is None or not target.elements or target.elements[-1].field:
            return value
        held, pointer, array = self.shape(target)
        record = self.symbols.struct(kind)
        if pointer or array or (held not in _UNTYPED and not self.symbols.lies_over(record, held)):
            return value
        if record not in self.symbols.structs and not may_be_record(record):
            return value
        last = replace(target.elements[-1], kind=record)
        return replace(value, target=Path(target.root, (*target.elements[:-1], last)))

    # --- pointers to one of several variables ----------------------------------------------------

    def points(self, pointer: Symbol, value: Value) -> None:
        """Remember the variables and fields that a local pointer is given in turn."""
        target = value.target
        if target is None or target.root is pointer or pointer.storage not in ("auto", "param"):
            return
        self.begun[pointer.serial] = value
        self._lives_until.setdefault(pointer.serial, self.ends[-1])
        if target.elements and not target.elements[-1].field:
            target = self._stepped_over(pointer, target)
        known = self.several.get(pointer.serial, ())
        if target not in known and len(known) < MAX_TARGETS:
            self.several[pointer.serial] = (*known, target)

    def _stepped_over(self, pointer: Symbol, target: Path) -> Path:
        """Somewhere in the array that a pointer is stepped over, from where it began.

        Where another thread may have set the pointer since, in any row of it.
        """
        if self.is_shared(pointer) and target.marks & BY_THREAD:
            anywhere = opaque(f"{pointer.name}@{pointer.offset}", _ANY)
            steps = tuple([e if e.field else replace(e, form=anywhere) for e in target.elements])
            return Path(target.root, steps, target.by)
        last = target.elements[-1]
        form = opaque(f"{pointer.name}@{pointer.offset}", last.form.marks | {"update"})
        return Path(target.root, (*target.elements[:-1], Element("", form, last.kind)), target.by)

    def meant(self, path: Path) -> list[Path]:
        """What a path names, and the variables that its pointer was given, if several.

        A pointer that is given one of two places once names these and nothing else.
        """
        if not path.elements or path.elements[0].field:
            return [path]
        key, value = self.key(path), path.root.value
        named = self.several.get(path.root.serial, ())
        places = [Path(t.root, (*t.elements, *path.elements[1:]), t.by) for t in named]
        others = [place for place in places if self.key(place) != key]
        chosen = value is not None and value.either
        return others if others and (chosen or self.is_walked(path.root)) else [path, *others]

    @functools.cached_property
    def _lives_until(self) -> dict[int, int]:
        """Where the block ends in which a pointer was given its first place."""
        return {}

    def is_walked(self, pointer: Symbol) -> bool:
        """Whether a local pointer is given one place alone, from which it is stepped."""
        end = self._lives_until.get(pointer.serial, len(self.text))
        given = gains(self.text, pointer.name, pointer.offset, end)
        own = pointer.rule in ("", "private") and not self.is_shared(pointer)
        return own and given == (pointer.storage == "auto")

    def is_shared(self, pointer: Symbol) -> bool:
        """Whether a local is one for all threads of the team that runs the code."""
        team = self.scope is not None and self.scope.kind != "threads"
        return team and not pointer.rule and pointer.region != self.region

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

    def copied_from(self, item: str) -> str:
        """A depend item that is reached through a copy of a pointer, through that pointer itself.

        `*q` is `*p` after `T *q = p;`; `q` itself is another variable.
        """
        match = _REACHED.fullmatch(item)
        name = (match[1] or match[2]) if match is not None else ""
        symbol = self.lookup(name) if name else None
        if symbol is None or not symbol.once or symbol.value is None or not symbol.pointer:
            return item
        target, last = symbol.value.target, list(self.scopes[-1].values())[-MAX_ALIKE:]
        for scope in reversed(self.scopes[1:-1]):
            last += list(scope.values())[-MAX_ALIKE:]
        alike = [
            s
            for s in last
            if s.once and s.pointer and s.value is not None and s.value.target == target
        ]
        first = min(alike, key=lambda s: s.offset, default=symbol) if target else symbol
        return re.sub(rf"\b{name}\b", first.name, item)

    def moved(self, pointer: Symbol, value: Value = UNKNOWN) -> None:
        """A pointer points elsewhere: what was reached through it is another object's."""
        self.given.pop(pointer.serial, None)
        was = self.left_behind(pointer)
        if self.flow.locks:
            self.moved_from(pointer, value.target, was)

    @functools.cached_property
    def induced(self) -> dict[int, Form]:
        """By how much the loops around move variables on each turn (see inductions.py)."""
        return {}

    def advance(self, symbol: Symbol) -> bool:
        """Move a variable on as its loop does each turn; whether it is such a one."""
        step = self.induced.get(symbol.serial)
        if step is None or symbol.value is None:
            return False
        symbol.value = shifted(symbol.value, step)
        return True

    def of_maker(self, symbol: Symbol) -> bool:
        """Whether it is a local, outside of loops, of the thread that makes the others.

        Those that capture it know its value by its name.
        """
        made = self.scope is not None and self.scope.kind == "threads" and not self.loops
        maker = made and self.party is not None and self.party.kind == "main"
        return maker and symbol.storage == "auto"

    def step_once(self, symbol: Symbol) -> None:
        """Nothing is known of a variable's value that was stepped somewhere."""
        symbol.derived |= {"update"}
        symbol.value = None
        if symbol.pointer:
            self.moved(symbol)
        if symbol.pointer and symbol.storage == "global":
            self.keep_pointer(symbol, UNKNOWN)

    def counts_turns(self, symbol: Symbol) -> bool:
        """Whether a variable is that of a loop around."""
        return any(loop.variable == symbol.serial for loop in self.loops)

    def turn_of(self, place: Path, number: Form) -> Value:
        """What `i++` gives of a loop's variable: the step comes after."""
        value = place.root.value
        if value is not None and value.target is not None:
            return value
        target = place.step(Element()) if place.root.pointer else None
        return Value(target=target, form=number, marks=place.root.derived)


def _indices(place: Path) -> Forms:
    return tuple([e.form for e in place.elements if not e.field])


def _symbol(index: Form) -> str:
    """The one symbol that an index is, "" if it is anything else."""
    plain = len(index.terms) == 1 and not index.constant and index.terms[0][1] == 1
    return index.terms[0][0][0] if plain and len(index.terms[0][0]) == 1 else ""


def _put(elements: Elements, name: str, own: Form) -> Elements:
    """The elements with a number in place of a loop's variable that names them."""
    named = [(e, name in e.form.names) for e in elements]
    return tuple([replace(e, form=e.form.replaced((name,), own)) if of else e for e, of in named])


def _counts(value: Value | None) -> bool:
    """Whether a variable stands for a number that differs from turn to turn."""
    return value is not None and value.target is None and bool(value.number.marks)
