"""Pointers that come from elsewhere: results of unseen functions, records around their members."""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.atomic_refs import AtomicRefs
from reviewbot.code.declarators import clean_type, may_be_record
from reviewbot.code.library import may_find
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import BY_THREAD, ZERO, Element, Path, Value
from reviewbot.code.words import words

_OFFSET = re.compile(r"offsetof|\)\s*(?:0|NULL)\s*\)\s*->")
_MEMBER = re.compile(r"(?:->|,)\s*([A-Za-z_][\w.]*)\W*$")
# Macros of the kernel and of those who borrowed them: (pointer, type, member)
CONTAINER_CALLS = frozenset(
    words("container_of list_entry hlist_entry rb_entry llist_entry __containerof CONTAINER_OF")
)
# They answer with a buffer that all callers share (POSIX calls them not thread-safe).
SHARED_BUFFERS = frozenset(
    words(
        """strtok localtime gmtime asctime ctime getpwnam getpwuid getgrnam getgrgid gethostbyname
    gethostbyaddr inet_ntoa ttyname tmpnam crypt ecvt fcvt getlogin getservbyname l64a ptsname"""
    )
)
# What FFTW plans with is one for all threads; only to execute a plan is safe (its manual, 5.4).
_PLANS = re.compile(r"(fftw[flq]?)_(?:plan_\w+|destroy_plan|cleanup|\w+_wisdom\w*)\Z")
_DIFFERS = BY_THREAD | {"seq", "mem", "local", "update", "ticket", "counter"}
_MAKES = re.compile(
    r"(?i)(?:^|_)(?:new|creat\w*|\w{0,4}alloc\w*|\w{0,8}dup|clone|make|build|copy|init|open|acquire|str\w*)(?:_|$)|New|Create|Alloc"
)

# Calls that answer with an error, and give the memory by a pointer: `pool_calloc(n, &p)`.
_GIVES_NEW = re.compile(r"(?i)(?:^|_)(?:new0?|create|\w{0,4}alloc\w*|\w{0,8}dup|memalign)(?:_|$)")
_GIVEN = re.compile(r"(?:\(\s*void\s*\*\s*\*\s*\)\s*)?&\s*([A-Za-z_]\w*)")
# Of numbers alone: a record of one thread may be found by others, `errno` may not.
_OBJECTS = frozenset({"identifier", "field_expression"})
_PER_THREAD = re.compile(r"(?i)errno|thread_?local|(?:^|_)tls_|_tls(?:_|\()")


class Foreign(AtomicRefs):
    """Gives places to pointers whose making is out of sight."""

    def result_of(self, name: str, called: Value, nodes: list[Node]) -> Value | None:
        """What an unseen function returned, by its declaration; `called` is the call as a number.

        A call returns the same each time, unless it is given what differs from thread to thread.
        What marks new memory gives it back: `note_place(pool_alloc(n), "here")`.
        """
        shape = self.symbols.returns.get(name)
        if shape is None:
            return None
        makes = _MAKES.search(name) is not None and not may_find(name)
        if makes or (shape == ("void", 1) and self._is_made(nodes)):
            return Value(fresh=True)
        which = called.number if called.number.marks & _DIFFERS else ZERO
        return Value(target=Path(self._foreign(f"{name}()", *shape), (Element("", which),)))

    def given_new(self, name: str, nodes: list[Node]) -> None:
        """What an unseen function makes for the local pointers whose addresses it is given."""
        if not _gives_new(name):
            return
        for match in filter(None, (_GIVEN.fullmatch(self._text(node)) for node in nodes)):
            symbol = self.lookup(match[1])
            if symbol is not None and symbol.pointer == 1 and symbol.storage == "auto":
                self.assign(symbol, Value(fresh=True))

    def _is_made(self, nodes: list[Node]) -> bool:
        """Whether the first argument is a call that makes something."""
        called = nodes[0].child_by_field_name("function") if nodes else None
        return called is not None and _MAKES.search(self._text(called)) is not None

    def keeps_plans(self, name: str, node: Node) -> None:
        """A call that changes what a library keeps for all threads, and gives none of it away."""
        planner = _PLANS.match(name)
        if planner is not None and not self._plans_safely:
            target = Path(self._foreign(f"{planner[1]}_plan()", "", 1), (Element(),))
            self.record(target, "update", node, via="call")

    @functools.cached_property
    def _plans_safely(self) -> bool:
        return "make_planner_thread_safe" in self.text

    def shared_buffer(self, name: str, node: Node) -> Value:
        """A call that writes the library's own buffer and returns it."""
        target = Path(self._foreign(f"{name}()", "", 1), (Element(),))
        self.record(target, "write", node, via="call")
        return Value(target=target)

    def for_all(self, names: tuple[str, ...]) -> None:
        """Pointers that every thread gets the same value of: what they point to is everyone's."""
        for name in names:
            symbol = self.lookup(name)
            if symbol is None or symbol.pointer != 1:
                continue
            known = symbol.value
            if known is None or known.target is None:
                block = Symbol(name, symbol.type, "static", symbol.offset, 1)
                block = self.implicit.setdefault(f"*{name}@{symbol.offset}", block)
                symbol.value = Value(target=Path(block, (Element(),)))

    def _foreign(self, name: str, kind: str, pointer: int) -> Symbol:
        symbol = self.implicit.get(name)
        if symbol is None:
            own = _PER_THREAD.search(name) and self.symbols.struct(kind) not in self.symbols.structs
            symbol = Symbol(name, kind, "global", pointer=pointer)
            if own and pointer == 1:
                symbol = Symbol(name, kind, "tls", array=1)
            self.implicit[name] = symbol
        return symbol

    # --- the record around a member --------------------------------------------------------------

    def _cast_expression(self, node: Node) -> Value:
        inner, kind = node.child_by_field_name("value"), node.child_by_field_name("type")
        while inner is not None and inner.type == "parenthesized_expression":
            inner = next(iter(inner.named_children), None)
        if inner is None or inner.type != "binary_expression":
            text = self._text(kind) if kind is not None else ""
            value = self.cast_to(self.expr(node.child_by_field_name("value")), text)
            return self._converted(value, inner, text) if self.parsed.cpp else value
        left, right = inner.child_by_field_name("left"), inner.child_by_field_name("right")
        text = self._text(right) if right is not None else ""
        member = _MEMBER.search(text) if _OFFSET.search(text) else None
        if member is None or kind is None:
            return self.expr(node.child_by_field_name("value"))
        return self._container(self.expr(left), self._text(kind), member[1])

    def cast_to(self, value: Value, kind: str) -> Value:
        """What a cast makes of a pointer: `(struct job *)p`, `static_cast<job *>(p)`."""
        known = value.target is not None and kind.count("*") == 1
        return self.as_declared(value, _record(kind)) if known else value

    def _converted(self, value: Value, node: Node | None, kind: str) -> Value:
        """`(float *)image`: a class out of sight that gives a pointer to what it holds."""
        known = value.target is not None or kind.count("*") != 1
        if known or node is None or node.type not in _OBJECTS:
            return value
        place = self.place(node)
        if place is None:
            return value
        held, pointer, array = self.shape(place)
        seen = self.symbols.struct(held) in self.symbols.structs
        plain = not (pointer or array or seen or held == "auto")
        if not plain or not may_be_record(held.partition("<")[0].rpartition("::")[2]):
            return value
        return Value(target=place.step(Element()), marks=place.marks)

    def container_call(self, nodes: list[Node]) -> Value:
        """`container_of(pointer, type, member)` where its macro is not of this file."""
        first, last = nodes[0], nodes[-1]
        kind = self.text[first.end_byte : last.start_byte].strip(" ,\n\t")
        return self._container(self.expr(first), kind, self._text(last))

    def _container(self, pointer: Value, kind: str, member: str) -> Value:
        place = pointer.target
        if place is None:
            return Value(target=Path(self._foreign(f"({kind})", _record(kind), 1), (Element(),)))
        steps, fields = list(place.elements), member.split(".")
        if [e.field for e in steps[-len(fields) :]] == fields:
            return replace(pointer, target=Path(place.root, tuple(steps[: -len(fields)])))
        around = Path(self._around(place.root, kind), (Element(),), place.origins)
        return replace(pointer, target=around)

    def _around(self, root: Symbol, kind: str) -> Symbol:
        """The record around what a pointer points to, reached as the pointer is."""
        name = f"{root.name}@{root.serial}:{kind}"
        known = self.implicit.get(name)
        if known is None:
            known = Symbol(root.name, _record(kind), root.storage, root.offset, 1)
            known.owner, known.region, known.derived = root.owner, root.region, root.derived
            self.implicit[name] = known
        return known

    def _compound_statement(self, node: Node) -> Value:
        """GNU's `({ …; value; })`: the value of its last statement."""
        self.push_scope(node)
        children = [c for c in node.named_children if c.type != "comment"]
        for child in children[:-1]:
            self.statement(child)
        last = children[-1] if children else None
        whole = last is not None and last.type == "expression_statement" and last.named_child_count
        value = self.expr(last.named_children[0] if last is not None and whole else last)
        self.pop_scope(node)
        return value


def _record(kind: str) -> str:
    return clean_type(kind.replace("*", " "))


@functools.lru_cache(maxsize=4096)
def _gives_new(name: str) -> bool:
    return _GIVES_NEW.search(name) is not None and not may_find(name)
