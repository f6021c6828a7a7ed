"""What a name means: a variable, a member, a member of a class, a macro's number."""

from __future__ import annotations

import functools
import re
from functools import cached_property

from tree_sitter import Node

from reviewbot.code.declarators import Member
from reviewbot.code.enumerators import Numbers, enumerators, known_as
from reviewbot.code.hidden import Hidden
from reviewbot.code.parse import text_of
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Element, Form, Path, Value, arithmetic, as_one, number, opaque

_WHOLE = re.compile(r"\(*\s*(\w+)\s*\)*\s*(?:([-+*/])\s*\(*\s*(\w+)\s*\)*)?\s*")
_TID = frozenset({"tid"})
_AROUND = frozenset({"qualified_identifier", "template_function", "template_method"})
MAX_SCOPES = 20  # names within names
_ARGUMENTS = re.compile(r"<[^<>]*>")  # of a template
MAX_MACROS = 6  # macros of macros
_OUTERMOST = frozenset({"global", "tls"})
# What begins with `_` is no global of a program's ([lex.name]: reserved), so it is a member.
_MEMBER_HABIT = re.compile(r"^m_\w|\w_$|^_[a-z]")
_BARE = re.compile(r"(?<![\w.>])[A-Za-z_]\w*")
_GLOBAL_HABIT = re.compile(r"^(?:g_|s_|FLAGS_|g[A-Z])|^(?:std(?:in|out|err)|environ|opt\w+|errno)$")


def bare_name(node: Node) -> str:
    """The last part of a name, without template arguments: of `ns::run<int>` it is `run`."""
    for _ in range(MAX_SCOPES):
        inner = node.child_by_field_name("name") if node.type in _AROUND else None
        if inner is None:
            break
        node = inner
    return text_of(node).rsplit("::", 1)[-1]


class Naming(Hidden):
    """Looks names up that no scope declares as well."""

    def _text(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte]

    def by_atomic_ref(self, node: Node) -> bool:
        """Whether a place is named by a `std::atomic_ref`, made here or before."""
        if not self._has_atomic_refs:
            return False
        text = self._text(node)[:80]
        found = _BARE.match(text)
        symbol = self.lookup(found[0]) if found is not None else None
        return "atomic_ref" in (symbol.type if symbol is not None else text[:24])

    @cached_property
    def _has_atomic_refs(self) -> bool:
        return "atomic_ref" in self.text

    def _named(self, node: Node) -> Path | None:
        name = self.text[node.start_byte : node.end_byte]
        symbol = self.lookup(name)
        if symbol is None and "::" in name:
            owner, _, short = name.rpartition("::")
            member = self.symbols.member(owner, short)
            if member is not None and member.static:
                return self._of_class(owner, member)
            symbol = self.lookup(short)
        if symbol is None or (symbol.storage in _OUTERMOST and self._hides(name)):
            return self._unknown(name)
        if symbol.reference and symbol.value is not None and symbol.value.target is not None:
            known = as_one(symbol.value, _TID) if self.is_before(symbol) else symbol.value
            return known.target
        return Path(symbol)

    def _hides(self, name: str) -> bool:
        """Whether a method's class has a member of a global variable's name."""
        owner = self.this_class if self.this is not None else ""
        return bool(owner) and self.symbols.member(owner, name) is not None

    def is_before(self, symbol: Symbol) -> bool:
        """Whether a variable was made before the region, by the one thread that meets it."""
        scope = self.scope
        return scope is not None and scope.kind == "omp" and symbol.region != self.region

    def _unknown(self, name: str) -> Path | None:
        member = self.symbols.member(self.this_class, name) if self.this is not None else None
        if member is not None and member.static:
            return self._of_class(self.this_class, member)
        if member is not None and self.this is not None:
            place = self.this.step(Element(self.member_name(self.this_class, name)))
            known = self.stored(place) if member.reference else None
            return known.target if known is not None and known.target is not None else place
        if self.this is not None and _MEMBER_HABIT.search(name):
            return self.this.step(Element(name))  # a member that a header declares
        if self.parsed.cpp and name == "operator":
            return None
        if name.isupper() or name in self.symbols.functions or name.startswith(("std::", "k")):
            return None
        if self.enumerators and known_as(name, self.enumerators):
            return None
        if not name.isidentifier():
            return None
        if self.this is not None and self._is_out_of_sight and self._is_of_methods(name):
            return self.this.step(Element(name))
        return Path(self.imply(name))

    def _is_of_methods(self, name: str) -> bool:
        """Whether methods alone use a name that nothing declares: no function without a class."""
        return name not in self._names_of_functions and not _GLOBAL_HABIT.search(name)

    @cached_property
    def _names_of_functions(self) -> frozenset[str]:
        free = (f for f in self.symbols.all_functions() if not f.owner)
        return frozenset(
            name
            for f in free
            for name in _BARE.findall(self.text, f.body.start_byte, f.body.end_byte)
        )

    @property
    def _is_out_of_sight(self) -> bool:
        """Whether a method's class is one that no text here tells the members of."""
        known = self._unseen.get(self.this_class)
        if known is None:
            owner, symbols = self.this_class, self.symbols
            space = rf"\bnamespace\s+(?:\w+::)*{re.escape(owner)}\b"
            unseen = not any(symbols.structs.get(c) for c in symbols.lineage(symbols.struct(owner)))
            known = self._unseen[owner] = unseen and re.search(space, self.text) is None
        return known

    @cached_property
    def _unseen(self) -> dict[str, bool]:
        return {}

    def _of_class(self, owner: str, member: Member) -> Path:
        """A static member: one object for the whole program, or one for each thread."""
        lineage = self.symbols.lineage(self.symbols.struct(owner))
        own = (c for c in lineage if member.name in self.symbols.structs.get(c, {}))
        name = f"{next(own, self.symbols.struct(owner))}::{member.name}"  # a base's is the same
        known = self.implicit.get(name)
        if known is None:
            storage = "tls" if member.per_thread else "global"
            known = Symbol(name, member.type, storage, member.offset, member.pointer, member.array)
            self.implicit[name] = known
        return Path(known)

    def _constant(self, node: Node) -> Value:
        name = self._text(node)
        known = self.macro_number(name)
        if known is not None:
            return Value(form=known)
        short = bare_name(node)
        return Value(form=opaque(name), function=short if short in self.symbols.functions else "")

    _template_function = _constant  # `std::thread t(work<int>, n)`

    def macro_number(self, name: str, depth: int = 0) -> Form | None:
        """The whole number that an object-like macro, or an enumerator, stands for."""
        macro = self.parsed.translation.macros.get(name)
        if macro is None:
            listed = self.enumerators
            value = listed.get(known_as(name, listed)) if listed else None
            return number(str(value)) if value is not None and value >= 0 else None
        if macro.parameters is not None or depth > MAX_MACROS:
            return None
        match = _WHOLE.fullmatch(macro.body)
        if match is None:
            return None
        left = self._operand(match[1], depth)
        if left is None or match[2] is None:
            return left
        right = self._operand(match[3], depth)
        return arithmetic(match[2], left, right) if right is not None else None

    @cached_property
    def enumerators(self) -> Numbers:
        """What the enumerators of this file and its headers stand for."""
        return enumerators(self.text)

    def spelt(self, nodes: list[Node]) -> str:
        """The text of arguments, where a name alone may be a macro that stands for another."""
        texts, macros = [self._text(node) for node in nodes], self.parsed.translation.macros
        return " ".join(macros[t].body[:80] if t in macros else t for t in texts)

    def _operand(self, text: str, depth: int) -> Form | None:
        if not text[0].isdigit():
            return self.macro_number(text, depth + 1)
        form = number(text)
        return form if form.is_constant else None


@functools.lru_cache(maxsize=4096)
def untemplated(name: str) -> str:
    """A function's name without the template arguments in it: `Sum<int>::add` is `Sum::add`."""
    for _ in range(4 if "<" in name else 0):
        name = _ARGUMENTS.sub("", name)
    return name.partition("<")[0]


def class_of(name: str) -> str | None:
    """What a qualified name has before its last part; None if it is not qualified."""
    return name.split("::")[-2] if "::" in name else None
