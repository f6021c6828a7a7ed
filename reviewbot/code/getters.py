"""Pointers that unseen methods give into objects that a thread has made for itself alone."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left

from tree_sitter import Node

from reviewbot.code.assigned import assignments
from reviewbot.code.block_ends import block_end
from reviewbot.code.outputs import Outputs, is_number
from reviewbot.code.symbols import Symbol, is_container
from reviewbot.code.values import BY_THREAD, Element, Form, Path, Value, opaque
from reviewbot.code.words import words

_COUNT = r"(?:n|nnz|num\w*|n_\w+|max_\w+|dim\w*|rows?|cols?|size|length|count|width|height|depth)"
_COUNTED = re.compile(rf"\b[A-Za-z_]\w*(?:(?:\.|->)\w+)*(?:\.|->){_COUNT}\(\)")
_CONTENTS = re.compile(  # what methods are called that give what an object holds
    r"(?i)data|ptr|pointer|buf|raw|row|col|begin|array|values|elem|memory|pixel|scanline|coeff"
)
# What they are called that give one of an object's parts by its number, as a pointer.
_PARTS = re.compile(r"(?i)channel|plane|slice|depth|layer|band|tile|page|^(?:at|item|slot|cell)$")
# An object that is given another's contents holds what others have.
_GIVEN_MORE = (
    r"\b{name}\s?(?:\.|->)\s?(?:swap|reset|attach|set|assign|wrap|share|map|adopt|insert|emplace\b)"
    r"|\bswap\s?\([^;()]*\b{name}\b"
)
_WORD = re.compile(r"[A-Za-z_]\w*")
_PLAIN = re.compile(r"[\w\s+*/%().,-]*")  # no `&`, no member, no string: numbers alone
_KIND = r"[\w:]+(?:<[\w:<>,* ]{0,80}>)?"
_MAKER = rf"(?:new\s+{_KIND}|(?:std::)?make_(?:shared|unique)\s?<\s?{_KIND}\s?>|{_KIND})"
_MADE = re.compile(rf"\s*(?:=\s*{_MAKER}\s*)?[({{](?P<given>[^;{{}}]{{1,120}})[)}}]\s*;")
_MADE_ANEW = re.compile(
    r"\s*(?:std::)?(?:make_(?:shared|unique)\s?<[^;()]{1,80}>|new\s+[\w:]+)"
    r"\s?\((?P<given>[^;{}]{0,120})\)\s*\)?;"
)
# A function of a library or class that says it makes one: `torch::empty(n)`, `Matrix::Zero(n, n)`.
_MADE_BY_NAME = re.compile(
    r"\s*=\s*(?:\w+::){1,4}(?i:(?:new|create|make|empty|alloc|zeros?|ones|full)(?:_?like)?)"
    r"\s*\((?P<given>[^;{}]{0,200})\)\s*;"
)
_HELD = frozenset({"identifier", "subscript_expression"})
# What hands a pointer on: `float *row = wide ? m.row(y) : m.plane(0).row(y);`
_AROUND = frozenset(
    words("conditional_expression parenthesized_expression cast_expression field_expression")
)
MAX_PUTS = 12  # places in it where an element of one container is made


class Getters(Outputs):
    """An object that was made of numbers alone leads to nothing that was there before it."""

    @functools.cached_property
    def _of_numbers(self) -> dict[int, bool]:
        """Of locals, by where they are declared: whether each was made of numbers alone."""
        return {}

    def got_through(self, method: str, node: Node, owner: Node) -> Value | None:
        """Likewise of what a smart pointer by an unknown name leads to: `made[i]->data()`."""
        wanted = owner.type in _HELD and _CONTENTS.search(method) and _takes_pointer(node)
        place = self.place(owner) if wanted else None
        return self.got_from(method, node, place, []) if place is not None else None

    def got_from(self, method: str, node: Node, place: Path, given: list[Value]) -> Value | None:
        """What an unseen method gives of an object: memory of that object, by its numbers.

        None where the method may lead to anything else.
        """
        part = bool(given) and _PARTS.search(method) is not None
        if self.scope is None or not (_CONTENTS.search(method) or part):
            return None
        if not _takes_pointer(node, named=not _CONTENTS.search(method)):
            return None
        marks = frozenset([m for v in given for m in v.sources]) | place.marks | {"call"}
        form = opaque(self._text(node)[:60], marks)
        if self._leads_nowhere(place) and not self._fresh(place):
            return Value(form=form, fresh=True)
        numbers = [v.form for v in given if v.form is not None and v.target is None]
        alone = self._fresh(place) and self._leads_nowhere(place)
        if not (alone or (place.marks | marks) & BY_THREAD or self._is_turns(place, numbers)):
            return None
        within = place.step(Element(f"{method}()"))
        for number in numbers:
            within = within.step(Element("", number))
        return Value(target=within.step(Element()), form=form, marks=place.marks)

    def _is_turns(self, place: Path, numbers: list[Form]) -> bool:
        """Whether each turn of a loop takes its own part of an object from outside the region."""
        loops = {loop.name for loop in self.loops}
        own = place.root.region == self.region and place.root.storage == "auto"
        return not own and any(loops & number.names for number in numbers)

    def _leads_nowhere(self, place: Path) -> bool:
        """Whether an object of the thread's own leads to nothing that others may have."""
        root, party = place.root, self.party
        own = party is not None and root.region == self.region and root.owner == party.serial
        if not own or root.storage != "auto" or root.reference or root.rule or root.array:
            return False
        if self._fresh(place) != bool(root.pointer or place.elements) and not root.container:
            return False
        if root.offset not in self._of_numbers:
            self._of_numbers[root.offset] = self._made_alone(root)
        return self._of_numbers[root.offset]

    def _made_alone(self, root: Symbol) -> bool:
        start = root.offset + len(root.name)
        made = _MADE.match(self.text, start)
        if made is None or not self._are_numbers(made["given"]):
            made = _MADE_BY_NAME.match(self.text, start) if self.parsed.cpp else None
        if made is None:
            return False
        end = block_end(self.text, start)
        more = re.compile(_GIVEN_MORE.format(name=root.name))
        initialised = made[0].lstrip().startswith("=")
        if self.gets(root, end) > initialised or more.search(self.text, start, end):
            return False
        return not is_container(root.type) or self._filled_alone(root.name, made.end(), end)

    def gets(self, root: Symbol, end: int) -> int:
        """How often a local is assigned up to a place, its initialiser included."""
        places = assignments(self.text).get(root.name, [])
        return bisect_left(places, end) - bisect_left(places, root.offset)

    def _filled_alone(self, name: str, start: int, end: int) -> bool:
        """Whether each element that a container is given here is a new one, made of numbers."""
        put = re.compile(rf"\b{name}\s?(?:\[[^\]=;]{{1,60}}\]\s?=(?!=)|\.\w+_back\s?\()")
        puts = list(put.finditer(self.text, start, end))
        made = [_MADE_ANEW.match(self.text, match.end()) for match in puts[: MAX_PUTS + 1]]
        if not made or len(made) > MAX_PUTS:
            return False
        return all(m is not None and self._are_numbers(m["given"]) for m in made)

    def _are_numbers(self, text: str) -> bool:
        """Whether arguments are numbers: no pointer and no object that could be kept."""
        text = _COUNTED.sub("0", text)
        if _PLAIN.fullmatch(text) is None:
            return False
        named = [self.lookup(name) for name in _WORD.findall(text)]
        return all(s is not None and is_number(s, self.symbols.types) for s in named)


def _is_asked(node: Node, inner: Node | None) -> bool:
    """Whether a call is of a method of what `inner`, its function, is a member of."""
    return node.type == "call_expression" and inner is not None and inner.type == "field_expression"


def _takes_pointer(node: Node, *, named: bool = False) -> bool:
    """Whether what a call gives is used as a pointer, or may be: `T *p = f();`, `f()[i]`.

    `named`: a variable that is made of it has to be declared as a pointer.
    """
    around = node.parent
    inner: Node | None = node
    while around is not None and (around.type in _AROUND or _is_asked(around, inner)):
        inner, around = around, around.parent
    if around is None or around.type != "init_declarator":
        return around is not None and around.type in (
            "assignment_expression",
            "subscript_expression",
        )
    declarator, declaration = around.child_by_field_name("declarator"), around.parent
    if declarator is not None and declarator.type == "pointer_declarator":
        return True
    if named or declaration is None:
        return False
    kind = declaration.child_by_field_name("type")
    return kind is not None and kind.type == "placeholder_type_specifier"
