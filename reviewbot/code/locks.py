"""Walking locks, atomics and what hands data over: barriers, waits, signals, once."""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code import threads as api
from reviewbot.code.choices import given_either, strays
from reviewbot.code.claims import (
    ACQUIRES,
    RELEASES,
    Change,
    asked,
    change,
    given_on,
    gives_back,
    holder,
    is_dropped,
)
from reviewbot.code.events import IDLE, MADE, Held, Sync, sides
from reviewbot.code.lockclasses import LockClasses
from reviewbot.code.semaphores import field_of, permits, starts
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import BY_THREAD, UNKNOWN, ZERO, Element, Form, Path, Value, opaque

_TAGS = re.compile(r"\b(?:adopt_lock|defer_lock|try_to_lock)\b")
_LIMITED = re.compile(  # `unique_lock<timed_mutex> l(m, 5ms)` may not get the lock
    r"\btry_to_lock\b|\bchrono::|\b(?:milli|micro|nano)?seconds\s*[({]|\b\d+(?:ms|us|ns|s)\b"
)
_ATOMIC_TYPE = re.compile(r"(?i)(?:^|_)atomic|[a-z_]Atomic")
_NAMED = frozenset({"identifier", "field_expression"})
_ANSWERS = re.compile(r"(?P<zero>sem_trywait)|[\w.>\[\]-]{1,80}(?:\.|->)try_acquire\b")
SERIAL = frozenset({"serial"})  # of a barrier's answer: one thread gets another than the rest


class Locks(LockClasses):
    """What synchronising calls do to the state of the walk."""

    def argument(self, node: Node) -> Value:
        """An argument's value (see calls.py)."""
        raise NotImplementedError

    def call_defined(
        self, name: str, values: list[Value], node: Node, this: Path | None = None
    ) -> Value:
        """Walk a function of the file (see calls.py)."""
        raise NotImplementedError

    # --- locks -----------------------------------------------------------------------------------

    def _lock_call(self, effect: api.LockCall, name: str, node: Node, nodes: list[Node]) -> Value:
        if name == "lock" and len(nodes) > 1 and self.parsed.cpp:
            return self._lock_all(nodes, node)
        place: Path | None = None
        lock = (
            effect.argument if name in api.LOCK_CALLS else self.lock_given(effect.argument, nodes)
        )
        for index, argument in enumerate(nodes):
            if index == lock:
                place = self._lock_argument(argument)
            else:
                self.expr(argument)
        if place is None:
            stem = (
                f"lock:{api.lock_stem(name)}"
                if effect.argument < 0 or not nodes
                else f"lock:{self._text(nodes[0])}"
            )
            place = Path(self.named_lock(stem))
        self._lock(effect, place, node)
        return Value(form=opaque(name))

    def _lock_all(self, nodes: list[Node], node: Node) -> Value:
        """`std::lock(a, b)` takes all of them, each a lock or a guard that has not taken it yet."""
        for argument in nodes:
            place = self._lock_argument(argument)
            if place is None:
                continue
            name = self.hold(self.held(place, node))
            guard = self.lookup(self._text(argument)) if argument.type == "identifier" else None
            if guard is not None and guard.serial in self.keeps:
                self.renamed(guard, name)
        self.sync("lock", node)
        return UNKNOWN

    def _lock_argument(self, node: Node) -> Path | None:
        inner = node
        if node.type == "conditional_expression":
            return self.chosen_lock(node)
        if node.type == "pointer_expression" and self._text(node).startswith("&"):
            found = node.child_by_field_name("argument")
            return self.place(found)
        place = self.place(inner)  # of a call too: `lock_for(key)` gives a reference
        if place is None or inner.type == "call_expression":
            return place
        _, pointer, _ = self.shape(place)
        bound = place.root.value if not place.elements else None
        if bound is not None and bound.target is not None:
            return bound.target
        kept = self.stored(place) if pointer and place.elements else None
        if kept is not None and kept.target is not None:
            return kept.target
        return place.step(Element()) if pointer else place

    def _lock_place(self, place: Path) -> Path:
        """The mutex behind a `unique_lock` variable, or the object itself."""
        value = self.stored(place) if place.elements else place.root.value
        return value.target if value is not None and value.target is not None else place

    def held(self, place: Path, node: Node, *, kind: str = "mutex", certain: bool = True) -> Held:
        """The record of a lock on that place."""
        certain = certain and not self._orders_nothing(place)
        if self.locks_nothing(place):
            kind = IDLE
        forms = [e.form for e in place.elements if not e.field]
        self.order += 1
        held = Held(
            self.lock_key(place),
            "local" if self._own_lock(place.root) and not self._dereferences(place) else kind,
            next((f for f in reversed(forms) if f.terms), forms[-1] if forms else ZERO),
            place.root.serial,
            certain,
            self.line(node),
            taken=0 if self.loops else self.order,
            either=place.root.value.either if place.root.value is not None else (),
            strays=strays(place) or self.choosing,
            way=place.way,
            lasting=place.root.storage in ("global", "static"),
            named=place.is_member,
        )
        return self.keep_picked(held, place, node) if held.either else held

    def _orders_nothing(self, place: Path) -> bool:
        """Whether a lock is of a class here that takes it, or gives it back, by relaxed atomics."""
        return any(api.is_relaxed(self._text(f.body)) for f in self.lock_methods(place))

    def _own_lock(self, root: Symbol) -> bool:
        """Whether the lock is a local of the code that takes it: each thread then has its own."""
        if root.storage == "tls":
            return True
        copied = root.storage == "param" and self.symbols.struct(root.type) in self.symbols.structs
        if root.storage != "auto" and not copied:
            return False
        if root.reference or root.pointer or self.party is None:
            return False
        if self.scope is not None and self.scope.kind != "threads":
            return bool(self.region) and root.region == self.region
        return self.party.kind != "main" and root.owner == self.party.serial

    def _lock(self, effect: api.LockCall, place: Path, node: Node) -> None:
        if places := given_either(place):
            return self.each_of(places, lambda one: self._lock(effect, one, node))
        if effect.effect == "held":
            return self._assume_held(place, node)
        held = self.held(
            place, node, kind="shared" if effect.shared else "mutex", certain=effect.effect != "try"
        )
        answer = self._answer(node) if effect.effect != "release" else ""
        if answer:
            held = replace(held, when=answer, claimed=answer.startswith("claim:"))
        self.sync("unlock" if effect.effect == "release" else "lock", node)
        if effect.effect == "release" and held.kind != IDLE:
            if held.key not in self.flow.locks and self._anyones(place):
                for key, lock in self.flow.locks.items():
                    self.flow.locks[key] = replace(lock, certain=False)
            self.release(held)
            self._signal("lock", held.key, node, quiet=True)
        elif effect.effect != "release":
            self.hold(held)
            self._both_held(held, place, node)
        return None

    def _assume_held(self, place: Path, node: Node) -> None:
        """The code says that a lock was taken before: by a caller out of sight, if not in sight."""
        if self.lock_key(place) not in self.flow.locks:
            self.cleanups[:2][-1].append(("lock", self.hold(self.held(place, node))))

    def _both_held(self, held: Held, place: Path, node: Node) -> None:
        """Who locks `first`, then `second`, each picked from the same two objects, holds both's."""
        if not held.either:
            return
        for name, other in list(self.flow.locks.items()):
            if set(other.either) == set(held.either) and other.root != held.root:
                self.flow.locks.pop(name)
                self.release(held)
                for target in held.either:
                    path = Path(target.root, (*target.elements, *place.elements[1:]))
                    self.hold(self.held(path, node))
                return

    def _anyones(self, place: Path) -> bool:
        """Whether a lock is named by a pointer that may point to any: no lock is certain then."""
        return place.root.storage == "auto" and bool(place.root.pointer) and not place.root.value

    def _answer(self, node: Node) -> str:
        """The variable that takes a try's answer, and which answer means that it succeeded."""
        name = holder(node)
        zero = re.match(r"pthread_|mtx_", self._text(node)) is not None
        if name is None:
            return given_on(node, Change(success=not zero), self._text)
        return f"{self.told_by(name)}={0 if zero else 1}"

    def guard_made(self, kind: str, nodes: list[Node]) -> Value:
        """`std::unique_lock(m)` as an expression: held until its statement ends, or longer."""
        if any("defer_lock" in self._text(n) for n in nodes):
            return Value(target=self._lock_argument(nodes[0]))
        certain = not any("try_to_lock" in self._text(n) for n in nodes)
        nodes = [n for n in nodes if not _TAGS.search(self._text(n))]
        places = [place for n in nodes if (place := self._lock_argument(n)) is not None]
        shared = "shared" if api.RAII_SHARED.search(kind) else "mutex"
        held = [self.held(p, nodes[0], kind=shared, certain=certain) for p in places]
        names = tuple([self.hold(lock) for lock in held])
        self.temporaries += names
        return Value(target=places[0] if places else None, holds=names)

    def _guard_given(self, symbol: Symbol, start: Node | None) -> bool:
        """A guard that is made by a call, or moved from another guard."""
        inner = start
        while inner is not None and inner.type.endswith("_list") and inner.named_child_count == 1:
            inner = inner.named_children[0]
        if inner is None or inner.type not in ("call_expression", "compound_literal_expression"):
            return False
        value = self.expr(inner)
        if not value.holds:
            return inner is start
        symbol.value, symbol.once = Value(target=value.target), True
        self.keep_holdings(symbol, value.holds)
        return True

    def guard_object(self, symbol: Symbol, start: Node | None) -> None:
        """An RAII lock: held until its block ends, unless deferred; `unlock()` on it works too."""
        if self._guard_given(symbol, start):
            return
        nodes = (
            [c for c in start.named_children if c.type != "comment"] if start is not None else []
        )
        text = self._text(start) if start is not None else ""
        shared = api.RAII_SHARED.search(symbol.type) is not None
        for argument in nodes:
            if "defer_lock" in self._text(argument) or "adopt_lock" in self._text(argument):
                continue
            place = self._guard_place(argument)
            if place is None:
                continue
            symbol.value = Value(target=place)
            symbol.once = True
            held = self.held(
                place,
                argument,
                kind="shared" if shared else "mutex",
                certain=not _LIMITED.search(text),
            )
            if not held.certain:
                held = replace(held, when=f"{symbol.name}=1")
            deferred = "defer_lock" in text
            self.keep_holdings(symbol, [held.key if deferred else self.hold(held)])
            if not deferred:
                self.sync("lock", argument)

    def _guard_place(self, node: Node) -> Path | None:
        if node.type == "parameter_declaration":  # `lock_guard<mutex> g(m);` reads as a function
            inner = node.child_by_field_name("type")
            name = self._text(inner if inner is not None else node)
            symbol = self.lookup(name.rsplit("::", 1)[-1])
            listed = node.child_by_field_name("declarator")
            if symbol is not None and listed is not None:  # `Guard g(cells[i]);`
                index = self.expr(listed.child_by_field_name("size")).number
                return Path(symbol).step(Element("", index))
            if symbol is not None:
                return symbol.value.target if symbol.value and symbol.value.target else Path(symbol)
            if self.this is not None:
                return self.this.step(Element(name))
            return Path(self.imply(name)) if name.isidentifier() else None
        return self._lock_argument(node)

    # --- atomics ---------------------------------------------------------------------------------

    def _atomic(self, mode: str, node: Node, nodes: list[Node]) -> Value:
        target = self.expr(nodes[0]).target
        values = [self.expr(n) for n in nodes[1:]]
        marks = frozenset(m for value in values for m in value.number.marks)
        named = api.memory_order(self._text(node)[: nodes[0].start_byte - node.start_byte])
        order = api.memory_order(self.spelt(nodes[1:]), named)
        if target is not None:
            self._touch_atomic(target, mode, order, node)
            self.put_in(target, values if mode != "read" else [])
        return Value(
            form=opaque(
                self._text(node)[:60], marks | ({"ticket"} if mode == "update" else {"mem"})
            )
        )

    def own_atomic(self, name: str, nodes: list[Node]) -> str | None:
        """How a project's own atomic function touches the object that it is given."""
        mode = api.atomic_habit(name) if nodes else None
        if mode is None or self._text(nodes[0]).startswith("&"):
            return mode
        place = self.place(nodes[0]) if nodes[0].type in _NAMED else None
        return mode if place is not None and _ATOMIC_TYPE.search(self.shape(place)[0]) else None

    def _touch_atomic(self, target: Path, mode: str, order: str, node: Node) -> None:
        if places := given_either(target):
            touch = functools.partial(self._touch_atomic, mode=mode, order=order, node=node)
            return self.each_of(places, touch)
        key = self.record(target, mode, node, atomic=order)
        self.order_atomic(key or self.key(target), mode, order, node)
        return None

    def order_atomic(self, key: str, mode: str, order: str, node: Node) -> None:
        """An atomic read that acquires waits for the atomic writes of the object that release."""
        if mode != "read":
            self._claims(key, mode, order, node)
        if mode != "write" and order in ACQUIRES and not is_dropped(node):
            self._wait("flag", key, node, self._number_of(key))
        if mode != "read" and order in ("release", "acq_rel", "seq_cst"):
            self._signal("flag", key, node, form=self._number_of(key))

    def _number_of(self, key: str) -> Form | None:
        """The index with which the last access went to a word in an array of words."""
        events = self.scope.events if self.scope is not None else []
        if not events or events[-1].key != key:
            return None
        forms = [e.form for e in events[-1].path.elements if not e.field]
        return next((f for f in reversed(forms) if f.terms), forms[-1] if forms else None)

    def _claims(self, key: str, mode: str, order: str, node: Node) -> None:
        """A change that lets one thread through is a lock until that thread writes the word."""
        events = self.scope.events if self.scope is not None else []
        if not events or events[-1].key != key:
            return
        found = change(node, self._text) if mode == "update" and order in ACQUIRES else None
        when = asked(node, found, self._text) if found is not None else ""
        held = self.held(events[-1].path, node, certain=False)
        if when:
            self.flow.locks[held.key] = replace(held, when=when, claimed=True)
        elif self.flow.locks.get(held.key, held).claimed and gives_back(node, mode, self._text):
            self.release(held)
            if order not in RELEASES and self.scope is not None:
                self.scope.loosened.add(key)

    def stop(self, method: str, node: Node) -> Value:
        """To see a stop that was requested is to see what was done before ([stoptoken.general])."""
        if method == "request_stop":
            self._signal("flag", "std::stop", node)
        else:
            self._wait("flag", "std::stop", node)
        return Value(form=opaque(method))

    def fence(self, order: str, node: Node) -> None:
        """A fence orders all that is before it with what follows a later fence elsewhere."""
        if order in ("acquire", "acq_rel", "seq_cst"):
            self._wait("fence", "", node)
        if order in ("release", "acq_rel", "seq_cst"):
            self._signal("fence", "", node)

    def _atomic_method(self, method: str, place: Path, node: Node, nodes: list[Node]) -> Value:
        mode = api.ATOMIC_METHODS[method]
        values = [self.expr(argument) for argument in nodes]
        order = api.memory_order(self.spelt(nodes))
        if method in ("lock", "unlock"):
            order = "seq_cst"
        self._touch_atomic(place, mode, order, node)
        self.put_in(place, values if mode != "read" else [])
        marks = place.marks | ({"ticket"} if mode == "update" else frozenset({"mem"}))
        return Value(form=opaque(self._text(node)[:60], marks), marks=marks)

    # --- ordering --------------------------------------------------------------------------------

    def _synchronise(self, name: str, node: Node, nodes: list[Node]) -> Value:
        place = self._lock_argument(nodes[0])
        key = self.key(place) if place is not None else self._text(nodes[0])
        if name.startswith("sem_") and self.as_lock(place, node):
            return UNKNOWN
        if name in api.BARRIER_CALLS:
            self._barrier(node)
            return Value(form=opaque("serial", SERIAL), marks=SERIAL)
        if self.runs_once(name, nodes):
            self._once(key, node, nodes, place)
        elif name == "sem_trywait" and not asked(node, Change(success=False), self._text):
            self.sync("wait", node)  # whether there was something is not known
        elif name in api.WAIT_CALLS:
            self._wait(api.WAIT_CALLS[name][0], key, node, place=place)
        else:
            self._signal(api.SIGNAL_CALLS[name][0], key, node, place=place)
        return UNKNOWN

    def runs_once(self, name: str, nodes: list[Node]) -> bool:
        """Whether a call is one of `pthread_once` and its like."""
        second = self._text(nodes[1]) if len(nodes) > 1 else ""
        return api.is_once(name, second, self.symbols.functions)

    def _waited(self, sync: Sync, place: Path | None) -> Sync:
        """A wait as it is kept; how many signals it takes is told in counts.py."""
        return self._semaphore(sync, place)

    def _semaphore(self, sync: Sync, place: Path | None) -> Sync:
        """A wait for a semaphore or its post, with what is known of the semaphore itself."""
        if sync.kind != "sem" or place is None:
            return sync
        one = all(e.field or not e.form.terms for e in place.elements)
        permits = self._starts.get(field_of(place), -1)
        return replace(sync, root=place.root.serial if one else 0, permits=permits)

    @functools.cached_property
    def _starts(self) -> dict[str, int]:
        return starts(self.text)

    @functools.cached_property
    def _permits(self) -> dict[str, int]:
        if "semaphore" not in self.text and "sem_init" not in self.text:
            return {}
        return permits(self.text, [self._text(f.body) for f in self.symbols.all_functions()])

    def as_lock(self, place: Path | None, node: Node) -> bool:
        """Whether a semaphore is one that is taken and given back; of one permit it is a lock."""
        count = self._permits.get(field_of(place)) if place is not None else None
        if count is None or place is None:
            return False
        answer = _ANSWERS.match(self._text(node))
        if answer is not None:
            self._permit_tried(place, node, Change(success=answer["zero"] is None), count)
        elif count == 1:
            gives = re.search(r"sem_post|release", self._text(node)) is not None
            self._lock(api.LockCall("release" if gives else "acquire"), place, node)
        return True

    def _permit_tried(self, place: Path, node: Node, answer: Change, count: int) -> None:
        """A permit that may not be had: who does not ask whether it was has none."""
        when = asked(node, answer, self._text)
        if when and count == 1:
            held = replace(self.held(place, node, certain=False), when=when, claimed=True)
            self.flow.locks[held.key] = held

    def _once(self, key: str, node: Node, nodes: list[Node], own: Path | None) -> None:
        certain = own is not None and self.is_one(own)
        each = own is not None and (self._own_lock(own.root) or own.marks & BY_THREAD)
        kind = "local" if each else "once"  # a control of each thread's own lets each one in
        held = Held(f"once:{key}", kind, ZERO, 0, certain, self.line(node))
        values = [self.argument(n) for n in nodes[1:]]  # which each caller reads, once or not
        self.flow.locks[held.key] = held
        if values and values[0].closure is not None:
            self.call_closure(values[0].closure, values[1:], node)
        elif values and values[0].function:
            self.call_defined(values[0].function, values[1:], node)
        self.flow.locks.pop(held.key, None)
        if certain and kind == "once":
            self._wait("once", key, node)
        self.sync("once", node)

    def _barrier(self, node: Node) -> None:
        self.phase = sides(self.phase)[-1] + (self.phase >= 0)
        if self.scope is not None:
            self.scope.barriers.append(self.line(node))
            self.scope.asked[self.phase] = len(self.guards)
            self.scope.meeting.add(self.party.serial if self.party is not None else 0)
        self.sync("barrier", node)

    def _wait(
        self,
        kind: str,
        key: str,
        node: Node,
        form: Form | None = None,
        *,
        place: Path | None = None,
        asks: frozenset[str] = frozenset(),
    ) -> None:
        self.order += 1
        sync = Sync(kind, key, self.line(node), self.order, form=form, asks=asks)
        wait = self._waited(sync, place)
        self.flow.waits = (*self.flow.waits, wait)[-12:]
        if kind in ("cond", "wait"):  # the wait gives the lock back and takes it again
            self.flow.locks = {k: replace(h, taken=0) for k, h in self.flow.locks.items()}
        if kind not in ("flag", MADE):
            self.sync("wait", node)

    def _signal(
        self,
        kind: str,
        key: str,
        node: Node,
        *,
        quiet: bool = False,
        form: Form | None = None,
        place: Path | None = None,
    ) -> None:
        self.order += 1
        if self.party is not None and len(self.party.signals) < 200:
            loops, line = frozenset([loop.line for loop in self.loops]), self.line(node)
            sync = Sync(kind, key, line, self.order, form=form, loops=loops, locked=self.locked)
            self.party.signals.append(self._semaphore(sync, place))
        if kind != "flag" and not quiet:
            self.sync("signal", node)
