"""Walking locks, atomics and what hands data over: barriers, waits, signals, once."""

from __future__ import annotations

import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code import threads as api
from reviewbot.code.events import Held, Sync
from reviewbot.code.functions import Functions
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import UNKNOWN, ZERO, Element, Path, Value, opaque

SERIAL = frozenset({"serial"})  # of a barrier's answer: one thread gets another than the rest


class Locks(Functions):
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
        place: Path | None = None
        for index, argument in enumerate(nodes):
            if index == effect.argument:
                place = self._lock_argument(argument)
            else:
                self.expr(argument)
        if place is None:
            stem = (
                f"lock:{api.lock_stem(name)}"
                if effect.argument < 0 or not nodes
                else f"lock:{self._text(nodes[0])}"
            )
            place = Path(Symbol(stem, "mutex", "global"))
        self._lock(effect, place, node)
        return Value(form=opaque(name))

    def _lock_argument(self, node: Node) -> Path | None:
        inner = node
        if node.type == "pointer_expression" and self._text(node).startswith("&"):
            found = node.child_by_field_name("argument")
            return self.place(found)
        place = self.place(inner) if inner.type != "call_expression" else None
        if place is None:
            return self.expr(inner).target
        _, pointer, _ = self.shape(place)
        bound = place.root.value if not place.elements else None
        if bound is not None and bound.target is not None:
            return bound.target
        return place.step(Element()) if pointer else place

    def _lock_place(self, place: Path) -> Path:
        """The mutex behind a `unique_lock` variable, or the object itself."""
        value = place.root.value
        if not place.elements and value is not None and value.target is not None:
            return value.target
        return place

    def held(self, place: Path, node: Node, *, kind: str = "mutex", certain: bool = True) -> Held:
        """The record of a lock on that place."""
        forms = [e.form for e in place.elements if not e.field]
        self.order += 1
        return Held(
            self.key(place),
            "local" if self._own_lock(place.root) else kind,
            next((f for f in reversed(forms) if f.terms), forms[-1] if forms else ZERO),
            place.root.serial,
            certain,
            self.line(node),
            taken=0 if self.loops else self.order,
            either=place.root.value.either if place.root.value is not None else (),
        )

    def _own_lock(self, root: Symbol) -> bool:
        """Whether the lock is a local of the code that takes it: each thread then has its own."""
        if root.storage == "tls":
            return True
        if root.storage != "auto" or root.reference or root.pointer or self.party is None:
            return False
        if self.scope is not None and self.scope.kind != "threads":
            return bool(self.region) and root.region == self.region
        return self.party.kind != "main" and root.owner == self.party.serial

    def _lock(self, effect: api.LockCall, place: Path, node: Node) -> None:
        held = self.held(
            place, node, kind="shared" if effect.shared else "mutex", certain=effect.effect != "try"
        )
        answer = self._answer(node) if effect.effect != "release" else ""
        if answer:
            held = replace(held, when=answer)
        self.sync("unlock" if effect.effect == "release" else "lock", node)
        if effect.effect == "release":
            if held.key not in self.flow.locks and self._anyones(place):
                for key, lock in self.flow.locks.items():
                    self.flow.locks[key] = replace(lock, certain=False)
            self.release(held)
            self._signal("lock", held.key, node, quiet=True)
        else:
            self.hold(held)
            self._both_held(held, place, node)

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
        parent, name = node.parent, None
        if parent is not None and parent.type == "init_declarator":
            name = parent.child_by_field_name("declarator")
        elif parent is not None and parent.type == "assignment_expression":
            name = parent.child_by_field_name("left")
        if name is None:
            return ""
        zero = re.match(r"pthread_|mtx_", self._text(node)) is not None
        return f"{self._text(name)}={0 if zero else 1}"

    def guard_object(self, symbol: Symbol, start: Node | None) -> None:
        """An RAII lock: held until its block ends, unless deferred; `unlock()` on it works too."""
        from reviewbot.code.threads import RAII_SHARED

        nodes = (
            [c for c in start.named_children if c.type != "comment"] if start is not None else []
        )
        text = self._text(start) if start is not None else ""
        shared = RAII_SHARED.search(symbol.type) is not None
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
                certain="try_to_lock" not in text,
            )
            if not held.certain:
                held = replace(held, when=f"{symbol.name}=1")
            deferred = "defer_lock" in text
            self.cleanups[-1].append(("lock", held.key if deferred else self.hold(held)))
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
        marks = frozenset(m for n in nodes[1:] for m in self._value_marks(n))
        order = "seq_cst"
        if len(nodes) > 1:
            order = api.memory_order(" ".join(self._text(n) for n in nodes[1:]))
        if target is not None:
            self._touch_atomic(target, mode, order, node)
        return Value(
            form=opaque(
                self._text(node)[:60], marks | ({"ticket"} if mode == "update" else {"mem"})
            )
        )

    def _value_marks(self, node: Node) -> frozenset[str]:
        value = self.expr(node)
        return value.number.marks

    def _touch_atomic(self, target: Path, mode: str, order: str, node: Node) -> None:
        key = self.record(target, mode, node, atomic=order)
        self.order_atomic(key or self.key(target), mode, order, node)

    def order_atomic(self, key: str, mode: str, order: str, node: Node) -> None:
        """An atomic read that acquires waits for the atomic writes of the object that release."""
        if mode != "write" and order in ("acquire", "acq_rel", "seq_cst"):
            self._wait("flag", key, node)
        if mode != "read" and order in ("release", "acq_rel", "seq_cst"):
            self._signal("flag", key, node)

    def fence(self, order: str, node: Node) -> None:
        """A fence orders all that is before it with what follows a later fence elsewhere."""
        if order in ("acquire", "acq_rel", "seq_cst"):
            self._wait("fence", "", node)
        if order in ("release", "acq_rel", "seq_cst"):
            self._signal("fence", "", node)

    def _atomic_method(self, method: str, place: Path, node: Node, nodes: list[Node]) -> Value:
        mode = api.ATOMIC_METHODS[method]
        for argument in nodes:
            self.expr(argument)
        order = api.memory_order(" ".join(self._text(n) for n in nodes))
        if method in ("lock", "unlock"):
            order = "seq_cst"
        self._touch_atomic(place, mode, order, node)
        marks = place.marks | ({"ticket"} if mode == "update" else frozenset({"mem"}))
        return Value(form=opaque(self._text(node)[:60], marks), marks=marks)

    # --- ordering --------------------------------------------------------------------------------

    def _synchronise(self, name: str, node: Node, nodes: list[Node]) -> Value:
        place = self._lock_argument(nodes[0])
        key = self.key(place) if place is not None else self._text(nodes[0])
        if name in api.BARRIER_CALLS:
            self._barrier(node)
            return Value(form=opaque("serial", SERIAL), marks=SERIAL)
        if name in api.ONCE_CALLS:
            self._once(key, node, nodes, certain=place is not None and self.is_one(place))
        elif name in api.WAIT_CALLS:
            self._wait(api.WAIT_CALLS[name][0], key, node)
        else:
            self._signal(api.SIGNAL_CALLS[name][0], key, node)
        return UNKNOWN

    def _once(self, key: str, node: Node, nodes: list[Node], *, certain: bool = True) -> None:
        held = Held(f"once:{key}", "once", ZERO, 0, certain, self.line(node))
        self.flow.locks[held.key] = held
        values = [self.argument(n) for n in nodes[1:]]
        if values and values[0].closure is not None:
            self.call_closure(values[0].closure, values[1:], node)
        elif values and values[0].function:
            self.call_defined(values[0].function, values[1:], node)
        self.flow.locks.pop(held.key, None)
        if certain:
            self._wait("once", key, node)
        self.sync("once", node)

    def _barrier(self, node: Node) -> None:
        self.phase += 1
        if self.scope is not None:
            self.scope.barriers.append(self.line(node))
        self.sync("barrier", node)

    def _wait(self, kind: str, key: str, node: Node) -> None:
        self.order += 1
        self.flow.waits = (*self.flow.waits, Sync(kind, key, self.line(node), self.order))[-12:]
        if kind in ("cond", "wait"):  # the wait gives the lock back and takes it again
            self.flow.locks = {k: replace(h, taken=0) for k, h in self.flow.locks.items()}
        if kind != "flag":
            self.sync("wait", node)

    def _signal(self, kind: str, key: str, node: Node, *, quiet: bool = False) -> None:
        self.order += 1
        if self.party is not None and len(self.party.signals) < 200:
            self.party.signals.append(Sync(kind, key, self.line(node), self.order))
        if kind != "flag" and not quiet:
            self.sync("signal", node)
