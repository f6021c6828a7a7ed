"""What unseen functions and macros set: numbers of the thread's own that they are given."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from tree_sitter import Node

from reviewbot.code.callbacks import Callbacks
from reviewbot.code.effects import done_to, effects_of
from reviewbot.code.prototypes import Changes, changes_by_reference, is_changed
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Form, Value, opaque

# By its last word: `unsigned long`, `std::size_t`, `my_idx_t`, `GrB_Index`
_NUMBER = re.compile(
    r"(?i)(?:\bu?int|long|short|char|float|double|unsigned|signed|_t|index|idx|size_type)$"
)
# What is done to a list, by the name of the macro that does it.
_OF_LISTS = re.compile(
    r"(?i)(?:^|_)(?:push|pop|insert|append|prepend|erase|remove|add|clear|free|resize|reserve)(?:_|$)"
)
_NEAR = 4000  # characters from a declaration to the first use that sets what it declares
_GIVEN = frozenset({"identifier", "pointer_expression"})


class Outputs(Callbacks):
    """Knows that `split(n, id, &first, &last)` answers with two numbers."""

    @functools.cached_property
    def _changes(self) -> Changes:
        return changes_by_reference(self.text)

    def changes(self, name: str, index: int, nodes: list[Node]) -> bool:
        """Whether a function that is declared alone takes an argument by plain reference.

        In C only a macro does: `da_push_back(pool->items, &item)` is given a record by its name.
        """
        if not self.parsed.cpp:
            listed = _is_of_lists(name) and index == self._record_given(nodes)
            return listed or (name.isupper() and self._is_first_given(name, index, nodes))
        if name in self._changes:
            return is_changed(self._changes, name, index, len(nodes))
        return self._is_first_given(name, index, nodes)

    def _is_first_given(self, name: str, index: int, nodes: list[Node]) -> bool:
        """Whether a number of the whole team is given away before anything else has set it.

        It has no value that anyone could want: a macro sets it, or a function by reference.
        """
        symbol = self.lookup(self._text(nodes[index])) if self.region else None
        if symbol is None or symbol.value is not None or nodes[index].type != "identifier":
            return False
        own = symbol.storage == "auto" and symbol.region == self.region
        if own or symbol.rule or symbol.storage not in ("auto", "static") or symbol.reference:
            return False
        start, end = symbol.offset + len(symbol.name), nodes[index].start_byte
        if not 0 < end - start < _NEAR or not is_number(symbol, self.symbols.types):
            return False
        if self.assigned(symbol) or effects_of(name, nodes, cpp=self.parsed.cpp) is not None:
            return False
        return re.search(rf"\b{symbol.name}\b", self.text[start:end]) is None

    def _record_given(self, nodes: list[Node]) -> int:
        """Which argument is the first that is a member with members that the file names."""
        for index, node in enumerate(nodes):
            field = node.child_by_field_name("field") if node.type == "field_expression" else None
            if field is not None and self._text(field) in self.wholes.named_within:
                return index
        return -1

    def set_by_call(self, name: str, nodes: list[Node], effects: str | None, answer: Form) -> None:
        """Of the arguments of an unseen function, the local numbers that it sets are its answers.

        Each is another one than the function's own, and derives from the same.
        """
        for index, node in enumerate(nodes):
            if node.type not in _GIVEN:
                continue
            written = done_to(node, index, effects) == "write" or self.changes(name, index, nodes)
            symbol = self._own_given(node)
            if symbol is not None and self._is_set(symbol, node, written=written):
                self._now_holds(symbol, opaque(f"{answer.spelt}&{index}", answer.marks))

    def _own_given(self, node: Node) -> Symbol | None:
        """The variable that is given, or its address, if the thread here has it for itself."""
        given = node.child_by_field_name("argument") if node.type != "identifier" else node
        if given is None or given.type != "identifier":
            return None
        symbol = self.lookup(self._text(given))
        if symbol is None or symbol.storage != "auto" or symbol.pointer or symbol.reference:
            return None
        if self.party is None or self.party.kind == "main" or self.counts_turns(symbol):
            return None
        own = symbol.region == self.region and symbol.owner == self.party.serial
        return symbol if own or symbol.rule == "private" else None

    def _is_set(self, symbol: Symbol, node: Node, *, written: bool) -> bool:
        """Whether a call sets a variable: by its address, or because nothing else could have.

        What is read and never assigned is set by a macro, or through a reference.
        """
        if node.type == "pointer_expression":
            return written and self.text[node.start_byte] == "&"
        if symbol.array:
            return not self.assigned(symbol)
        return written or (symbol.value is None and not self.assigned(symbol))

    def _now_holds(self, symbol: Symbol, form: Form) -> None:
        if is_number(symbol, self.symbols.types):
            self.assign(symbol, Value(form=form, marks=form.marks))
        else:  # what is read from it derives from what the call was given
            symbol.derived |= form.marks


def is_number(symbol: Symbol, types: Mapping[str, str]) -> bool:
    """Whether a variable is a plain number, by its type's name."""
    kind = types.get(symbol.type, symbol.type)
    return not (symbol.pointer or symbol.array) and _NUMBER.search(kind) is not None


@functools.lru_cache(maxsize=4096)
def _is_of_lists(name: str) -> bool:
    return _OF_LISTS.search(name) is not None
