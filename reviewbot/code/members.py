"""Walking constructors' beginnings: bases and members come to be in the order of declaration."""

from __future__ import annotations

from tree_sitter import Node

from reviewbot.code.answers import Answers
from reviewbot.code.declarators import Member
from reviewbot.code.functions import initialisers
from reviewbot.code.symbols import Function
from reviewbot.code.threads import THREAD_TYPES, is_guard
from reviewbot.code.values import Element, Path, Value


class Members(Answers):
    """What a constructor does before its body, listed or not."""

    def initialise(self, function: Function) -> None:
        """Make the bases, then the members in the order in which the class declares them.

        What is made after a thread was started that has the object is written beside that thread.
        """
        if self.this is None:
            return
        listed = {_name(child): child for child in initialisers(function)}
        members = self.symbols.structs.get(function.owner, {})
        self._make_bases(function, listed, members)
        before = set(self.live)
        for name, member in members.items():
            child = listed.get(name) or self._by_default(member, started=self.live != before)
            if child is None or member.static:
                continue
            started = self.live != before
            place = self.this.step(Element(self.member_name(function.owner, name)))
            self._make_member(place, member, child)
            if started and not self.held_type(member.type) and not member.reference:
                self.record(place, "write", child)

    def _make_bases(
        self, function: Function, listed: dict[str, Node], members: dict[str, Member]
    ) -> None:
        """Constructors of bases, or that of the class itself to which this one leaves the work."""
        named = [name for name in listed if name not in members]
        others = [b for b in self.symbols.bases.get(function.owner, ()) if b not in named]
        for name in [*named, *others]:
            if name in self.symbols.functions and self.worth_making(name):
                nodes = _arguments(listed[name]) if name in listed else []
                values = self.given_to(name, nodes)
                self.call_defined(name, values, listed.get(name, function.node), this=self.this)

    def _by_default(self, member: Member, *, started: bool) -> Node | None:
        """What a class says that a member begins with; of no interest before there are threads."""
        threads = THREAD_TYPES.search(member.type) is not None
        if not (started or threads) or member.offset >= self.own:
            return None
        found = self.parsed.root.descendant_for_byte_range(member.offset, member.offset + 1)
        while found is not None and found.type != "field_declaration":
            found = found.parent
        value = found.child_by_field_name("default_value") if found is not None else None
        return found if value is not None else None

    def _make_member(self, place: Path, member: Member, child: Node) -> None:
        """A member as an initialiser makes it: guard, thread, pointer, object, number."""
        listed = _arguments(child)
        if is_guard(member.type) and not member.pointer and not member.reference:
            self.store(place, Value(target=self.guard_made(member.type, listed).target))
            return
        if len(listed) == 1 and member.reference:
            self.keep_in(place, Value(target=self.place(listed[0])))
            return
        if THREAD_TYPES.search(member.type) and not member.pointer:
            self.start_thread(place, child.named_children[-1])
            return
        name = self.symbols.struct(member.type)
        if name in self.symbols.functions and not member.pointer and self.worth_making(name):
            self.call_defined(name, self.given_to(name, listed), child, this=place)
            return
        values = [self.expr(node) for node in listed]
        if len(values) == 1:
            self.keep_in(place, values[0])

    def worth_making(self, name: str) -> bool:
        """Whether a constructor does anything that concerns others (see objects.py)."""
        raise NotImplementedError

    def given_to(self, name: str, nodes: list[Node]) -> list[Value]:
        """The arguments of a constructor (see objects.py)."""
        raise NotImplementedError

    def guard_made(self, kind: str, nodes: list[Node]) -> Value:
        """A guard without a name takes its lock (see locks.py)."""
        raise NotImplementedError

    def call_defined(
        self, name: str, values: list[Value], node: Node, this: Path | None = None
    ) -> Value:
        """Walk a function of the file (see calls.py)."""
        raise NotImplementedError


def _name(child: Node) -> str:
    """The member or base that an initialiser names, without template arguments."""
    first = child.named_children[0] if child.named_children else None
    text = first.text.decode("ascii") if first is not None and first.text else ""
    return text.partition("<")[0].rpartition("::")[2].strip()


def _arguments(child: Node) -> list[Node]:
    if child.type == "field_declaration":
        value = child.child_by_field_name("default_value")
        return [value] if value is not None else []
    parts = child.named_children
    return [c for c in parts[-1].named_children if c.type != "comment"] if len(parts) > 1 else []
