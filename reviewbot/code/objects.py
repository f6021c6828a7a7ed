"""Walking what happens to objects of the file's classes: made, ended, assigned, swapped."""

from __future__ import annotations

import functools
import re

from tree_sitter import Node

from reviewbot.code.declarators import LISTS
from reviewbot.code.endings import Endings
from reviewbot.code.functions import initialisers, start_of
from reviewbot.code.parse import text_of
from reviewbot.code.symbols import Function, Symbol, is_smart
from reviewbot.code.threads import is_guard
from reviewbot.code.values import UNKNOWN, Element, Path, Value
from reviewbot.code.words import IDENTIFIER

_GIVES_BACK = re.compile(
    r"(?i)unlock\w*\s*\(|unset_(?:nest_)?lock\s*\(|\brelease\s*\(|\bleave\w*\s*\("
)
_CALLABLE = re.compile(r"\b(?:move_only_)?function\s*<")
_SHOWS_ITSELF = re.compile(r"\bthis\s*[,)]")
_LVALUES = frozenset({"identifier", "field_expression", "subscript_expression"})
_STARRED = "operator*"
_TIES = frozenset({"std::tie", "tie"})


class Objects(Endings):
    """Constructors, destructors and assignment operators are calls that nobody writes."""

    def construct_object(self, symbol: Symbol, start: Node | None) -> None:
        """Walk a constructor that starts threads, and plan the destructor."""
        name = self.symbols.struct(symbol.type)
        if self.scope is None:
            return
        nodes = _listed(start)
        self.stand_at(symbol)
        made = start is not None and start.type == "call_expression"  # by another function
        before = set(self.flow.locks)
        self.construct_bases(name, start or self.parsed.root, Path(symbol))
        if name in self.symbols.functions and self.worth_making(name) and not made:
            self.call_defined(
                name,
                self.given_to(name, nodes),
                start or self.parsed.root,
                this=Path(symbol),
            )
        # Members end after the destructor's body, which still holds what they hold.
        self.keep_holdings(symbol, [key for key in self.flow.locks if key not in before])
        self.plan_end(symbol)

    def made_from(self, symbol: Symbol, start: Node) -> Value:
        """An initialiser's value; what a constructor is given by reference is not read by that."""
        alone = start.type == "identifier" and not symbol.reference
        nodes = _listed(start) if (start.type in LISTS or alone) and not symbol.pointer else []
        name = self.symbols.struct(symbol.type) if nodes else ""
        if not nodes or not any(self._bound_by(name, nodes)):
            leads = symbol.pointer or symbol.type == "auto" or is_smart(symbol.type)
            return self.copied(start) if leads and not symbol.reference else self.expr(start)
        self.read_given(name, nodes)
        return UNKNOWN

    def read_given(self, name: str, nodes: list[Node]) -> list[Value]:
        """The arguments of a constructor, read if they are not bound to references."""
        bound = self._bound_by(name, nodes) or [False] * len(nodes)
        return [UNKNOWN if b else self.expr(n) for n, b in zip(nodes, bound, strict=True)]

    def _bound_by(self, name: str, nodes: list[Node]) -> list[bool]:
        """Which arguments every constructor that takes so many binds to a reference."""
        makers = [f for f in self.symbols.functions.get(name, ()) if f.constructs]
        makers = [f for f in makers if len(f.parameters) == len(nodes)]
        if not makers or not nodes:
            return []
        named = self.lookup(self._text(nodes[0])) if len(nodes) == 1 else None
        if named is not None and not named.pointer and self.symbols.struct(named.type) == name:
            # A copy reads all of it, but where the class says what that reads.
            return [True] if any(_copies(f) for f in makers) else []
        makers = [f for f in makers if not _copies(f)]
        if not makers:
            return []
        return [
            node.type in _LVALUES and all(_refers(f.parameters[index]) for f in makers)
            for index, node in enumerate(nodes)
        ]

    def made_by_copy(self, symbol: Symbol, value: Value) -> None:
        """An object that is given by value is made by its copy constructor, where it has one."""
        target = value.target
        if target is None or symbol.pointer or symbol.reference or self.scope is None:
            return
        name = self.symbols.struct(symbol.type)
        makers = self.symbols.functions.get(name, [])
        if not any(f.constructs and _copies(f) for f in makers):
            return
        if self.shape(target)[1:] == (0, 0) and self.worth_making(name):
            at, before = makers[0].node, len(self.scope.events)
            self.call_defined(name, [Value(target=target)], at, this=Path(symbol))
            begins = self.party is not None and self.party.kind == "thread"
            if begins and all(runner != self.runner() for _, runner in self.active):
                del self.scope.events[before:]  # a thread's copy is made by who makes the thread
            symbol.value = None
            self.plan_end(symbol)

    def overloads(self, versions: list[Function], values: list[Value]) -> list[Function]:
        """Those of some functions of one name that these arguments fit best."""
        if len(versions) == 1:
            return versions
        fitting = [f for f in versions if len(f.parameters) >= len(values)] or versions
        fitting = [f for f in fitting if len(f.parameters) == len(values)] or fitting
        if len(values) != 1 or len(fitting) < 2 or not fitting[0].constructs:
            return fitting
        target = values[0].target
        shape = self.shape(target) if target is not None else ("", 0, 0)
        same = shape[1:] == (0, 0) and self.symbols.struct(shape[0]) == fitting[0].owner
        return [f for f in fitting if _copies(f) == same] or fitting

    def overriding(self, versions: list[Function], this: Path | None) -> list[Function]:
        """Which of some methods an object has: that of its own class goes before its bases'."""
        if this is None or not self.symbols.bases or not versions or not versions[0].owner:
            return []
        for name in self.symbols.lineage(self.symbols.struct(self.shape(this)[0])):
            found = [f for f in versions if f.owner == name]
            if found:
                return found
        return []

    def plan_end(self, symbol: Symbol) -> None:
        """Let the destructor of an object run when its scope ends."""
        name = self.symbols.struct(symbol.type)
        kept = self._locks(name) or self._hands_back(name) or self._counts("~" + name)
        kept = kept or (self.scope is not None and self.scope.kind == "threads")
        if kept and self.ends_in_code(name):
            self.cleanups[-1].append(("destroy", symbol.name))

    def worth_making(self, name: str) -> bool:
        """Whether a constructor locks, starts threads, or reaches what is not the object's own.

        A copy's reaches the object that it copies.
        """
        known = self._worth.get(name)
        if known is None:
            bases = (b for b in self.symbols.lineage(name)[1:] if b in self.symbols.functions)
            known = self._locks(name) or self.makes_threads(name) or self._counts(name)
            known = known or self._refers(name) or any(self._counts(base) for base in bases)
            known = known or any(map(_copies, self.symbols.functions.get(name, ())))
            self._worth[name] = known
        return known

    @functools.cached_property
    def _worth(self) -> dict[str, bool]:
        return {}

    def make_object(self, name: str, nodes: list[Node], node: Node) -> Value:
        """`Handle(pool, c)` as an expression: an object without a name, which others may get."""
        made = Symbol(name, name, "auto", node.start_byte, owner=self._own_serial())
        made.region, before = self.region, set(self.flow.locks)
        self.construct_bases(name, node, Path(made))
        if name in self.symbols.functions:
            self.call_defined(name, self.given_to(name, nodes), node, this=Path(made))
        names = tuple([key for key in self.flow.locks if key not in before])
        self.temporaries += names
        return Value(target=Path(made), holds=names, whole=True)

    def _compound_literal_expression(self, node: Node) -> Value:
        """`Token{bus, id}` makes an object as `Token(bus, id)` does."""
        kind, listed = node.child_by_field_name("type"), node.child_by_field_name("value")
        text = self._text(kind) if kind is not None and self.parsed.cpp else ""
        text = self.symbols.types.get(text, text)
        nodes = [c for c in listed.named_children if c.type != "comment"] if listed else []
        if is_guard(text) and nodes:
            return self.guard_made(text, nodes)
        name = self.symbols.struct(text)
        made = any(f.constructs for f in self.symbols.functions.get(name, []))
        if made and text and self.scope is not None:
            return self.make_object(name, nodes, node)
        return super()._compound_literal_expression(node)

    def _refers(self, name: str) -> bool:
        """Whether objects of a class point to others, or hold guards, from their making on."""
        members = self.symbols.structs.get(name, {}).values()
        makers = self.symbols.functions.get(name, [])
        if any(_SHOWS_ITSELF.search(self._text(f.body)) for f in makers if f.constructs):
            return True
        kept = [m for m in members if not m.static]
        if makers and any(_CALLABLE.search(self.symbols.types.get(m.type, m.type)) for m in kept):
            return True  # what they are given to call runs wherever they call it
        return any(m.reference or m.pointer or is_guard(m.type) for m in kept) and any(
            initialisers(f) for f in self.symbols.functions.get(name, [])
        )

    def construct_bases(self, name: str, at: Node, this: Path) -> None:
        """The constructors of bases that keep count of all objects, which no one names."""
        for base in self.symbols.lineage(name)[1:] if name in self.symbols.bases else ():
            if base in self.symbols.functions and self._counts(base):
                self.call_defined(base, [], at, this=this)

    def _hands_back(self, name: str) -> bool:
        """Whether the destructor of a class leaves something in what a reference names."""
        members = self.symbols.structs.get(name, {}).values()
        named = {member.name for member in members if member.reference}
        ends = self.symbols.functions.get("~" + name, []) if named else []
        return any(not named.isdisjoint(IDENTIFIER.findall(self._text(f.body))) for f in ends)

    def _locks(self, name: str) -> bool:
        """Whether objects of a class hold a lock as long as they live."""
        ends = self.symbols.functions.get("~" + name, [])
        return any(_GIVES_BACK.search(self._text(f.body)) for f in ends)

    def given_to(self, name: str, nodes: list[Node]) -> list[Value]:
        """A constructor's arguments; `Guard g(m);` reads as a function with a type `m`."""
        if not any(node.type == "parameter_declaration" for node in nodes):
            return self._arguments(name, nodes)
        places = [self._guard_place(node) for node in nodes]
        return [self._at(place) if place is not None else UNKNOWN for place in places]

    def _at(self, place: Path) -> Value:
        """An object handed over: a pointer's or an array's elements, else the object itself."""
        bound = place.root.value if not place.elements else None
        if bound is not None and (bound.closure is not None or bound.function):
            return bound
        _, pointer, array = self.shape(place)
        return Value(target=place.step(Element()) if (pointer or array) else place)

    def _arguments(self, name: str, nodes: list[Node]) -> list[Value]:
        """The arguments of a call into this file (see calls.py)."""
        raise NotImplementedError

    def _counts(self, name: str) -> bool:
        """Whether a constructor or destructor reaches what all objects of the program share."""
        owner = name.lstrip("~")
        members = self.symbols.structs.get(owner, {}).values()
        shared = {member.name for member in members if member.static} | set(self.symbols.globals)
        return any(
            not shared.isdisjoint(IDENTIFIER.findall(self.text[start_of(f) : f.body.end_byte]))
            for f in self.symbols.functions.get(name, [])
        )

    def assign_object(self, left: Node | None, right: Node | None, node: Node) -> bool:
        """Walk the assignment operator that a class defines; False if it has none."""
        if left is None or right is None:
            return False
        name = "operator" + self.text[left.end_byte : right.start_byte].strip()
        if name not in self.symbols.functions:
            return False
        own = self._text(left) == "operator"  # `operator+=(1)` within a class is a call
        place = self.this if own else self.place(left)
        kinds = self.symbols.lineage(self.symbols.struct(self.shape(place)[0])) if place else ()
        if place is None or not any(f.owner in kinds for f in self.symbols.functions[name]):
            return False
        self.call_defined(name, [self.argument(right)], node, this=place)
        return True

    def followed(self, node: Node) -> Path | None:
        """Where `node->` leads: through the operator that its class defines, if it does."""
        if self.scope is None or "operator->" not in self.symbols.functions:
            return super().followed(node)
        if node.type == "call_expression":  # it is made once, whatever it gives
            value = self._call_expression(node)
            found = self._by_operator(value.target, node)
            plain = self._read_through(value, node) if value.refers else value
            return found if found is not None else plain.target
        place = self.place(node) if node.type in ("identifier", "field_expression") else None
        found = self._by_operator(place, node)
        return found if found is not None else super().followed(node)

    def _by_operator(self, place: Path | None, node: Node, name: str = "operator->") -> Path | None:
        """What `operator->` of an object gives, if its class has one here; or `operator*`."""
        kind, pointer, array = self.shape(place) if place is not None else ("", 1, 0)
        owners = self.symbols.lineage(self.symbols.struct(kind)) if not pointer + array else ()
        known = [f for f in self.symbols.functions[name] if not f.parameters]
        if not any(f.owner in owners for f in known):
            return None
        return self.call_defined(name, [], node, this=place).target

    def _place(self, node: Node) -> Path | None:
        """`*access` of an object whose class says what that is."""
        starred = node.type == "pointer_expression" and _STARRED in self.symbols.functions
        inner = node.child_by_field_name("argument") if starred and self.scope else None
        if inner is None or self.text[node.start_byte] != "*":
            return super()._place(node)
        if inner.type not in ("identifier", "field_expression", "call_expression"):
            return super()._place(node)
        called = inner.type == "call_expression"
        value = self._call_expression(inner) if called else Value(target=self.place(inner))
        found = self._by_operator(value.target, node, _STARRED)
        if found is not None or not called:
            return found if found is not None else super()._place(node)
        return (self._read_through(value, inner) if value.refers else value).target

    def _assignment_expression(self, node: Node) -> Value:
        """`std::tie(a, b) = f()` assigns what it ties."""
        left = node.child_by_field_name("left") if self.parsed.cpp else None
        ties = left is not None and left.type == "call_expression"
        called = left.child_by_field_name("function") if left is not None and ties else None
        if called is None or self._text(called) not in _TIES:
            return super()._assignment_expression(node)
        value = self.expr(node.child_by_field_name("right"))
        arguments = left.child_by_field_name("arguments") if left is not None else None
        for target in arguments.named_children if arguments is not None else ():
            place = self.place(target) if self._text(target) != "std::ignore" else None
            if place is not None:
                self.record(place, "write", target)
                if not place.elements:
                    self.assign(place.root, Value(marks=value.sources | {"call"}))
        return value

    def changed(self, node: Node) -> None:
        """An object that a function of the library is given to change, by reference."""
        place = self.place(node)
        if place is not None:
            self.record(place, "update", node)

    def has_method(self, kind: str, method: str) -> bool:
        """Whether a method of this file may be meant: one of the type's own, or of an unknown's."""
        struct = self.symbols.struct(kind)
        owners = {f.owner for f in self._versions(method, struct) if f.owner}
        unknown = not kind or kind == "auto" or struct in self.symbols.structs
        return bool(owners) and (struct in owners or unknown)

    def makes_threads(self, name: str) -> bool:
        """Whether the function, or one it calls, creates or joins threads (see analyse.py)."""
        raise NotImplementedError

    def _versions(self, name: str, owner: str | None = None) -> list[Function]:
        """Functions that a call may mean (see calls.py)."""
        raise NotImplementedError


def _listed(start: Node | None) -> list[Node]:
    """The arguments of a constructor: `T t(a, b)`, `T t{a, b}`, `T t = a`."""
    if start is None:
        return []
    listed = start.named_children if start.type.endswith("_list") else [start]
    return [child for child in listed if child.type != "comment"]


def _refers(parameter: Node) -> bool:
    declarator = parameter.child_by_field_name("declarator")
    return declarator is not None and declarator.type == "reference_declarator"


def _copies(function: Function) -> bool:
    """Whether a constructor takes an object of its own class by reference, to copy it."""
    if len(function.parameters) != 1:
        return False
    kind = function.parameters[0].child_by_field_name("type")
    named = text_of(kind).partition("<")[0] if kind is not None else ""
    text = text_of(function.parameters[0])
    return named == function.owner and "&" in text and "&&" not in text
