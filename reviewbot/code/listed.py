"""Numbers that a brace initialiser lists: `int ids[] = {0, 1, 2};`, `struct part p[2] = {{0, 9}}`.

What is listed in equal steps is a formula of the index, as a loop's `ids[i] = i` is; of other lists
the numbers themselves are kept.
"""

from __future__ import annotations

import functools

from tree_sitter import Node

from reviewbot.code.checked import parts
from reviewbot.code.conditions import settled
from reviewbot.code.parse import text_of
from reviewbot.code.state import State
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import ZERO, Form, Path, Value, opaque

_TESTS = 4  # conditions around that are looked at
MAX_LISTED = 64  # entries of one list
INDEX = opaque("#")  # stands for the index of an entry
Formula = tuple[tuple[Form, ...], Form]
Columns = dict[str, tuple[int, ...]]
Entries = dict[str, int | None]


class Listed(State):
    """Knows the numbers with which elements were filled, or an array was initialised."""

    def fill(self, place: Path, value: Value) -> None:
        """Remember which number an array's element was given, while one formula gives them all."""
        if value.target is not None or value.function:
            return
        key = self.key(place)
        form = value.form or opaque("?", value.marks | {"call"})
        indices = tuple(e.form for e in place.elements if not e.field)
        made = (indices, form)
        alike = self.fills.get(key, made) == made and not self._is_tested(key)
        self.fills[key] = made if alike else None

    def _is_tested(self, key: str) -> bool:
        """Whether an element is given a number only where its old one is such and such."""
        for guard in self.guards[-_TESTS:]:
            names = parts(guard.form, self.quotients, self.formulas)
            if key in guard.keys or any(name.startswith(f"{key}(") for name in names):
                return True
        return False

    def quotient(self, form: Form) -> tuple[Form, Form, str]:
        """(dividend, divisor, / or %) of a form that is nothing else; no operator if it is not."""
        if len(form.terms) == 1 and not form.constant and form.terms[0][1] == 1:
            made = self.quotients.get(form.terms[0][0][0])
            if made is not None and made[1].is_constant and made[1].constant > 1:
                return made
        return ZERO, ZERO, ""

    def listed(self, place: Path, key: str) -> Formula | None:
        """The number of an entry as a formula of its index; others are noted under the key."""
        steps = place.elements
        if place.root.array != 1 or not 0 < len(steps) < 3 or steps[0].field:
            return None
        name = steps[1].field if len(steps) == 2 else ""
        numbers = self._columns(place.root).get(name) if len(steps) == 1 or name else None
        if not numbers:
            return None
        step = numbers[1] - numbers[0] if len(numbers) > 1 else 0
        equal_steps = [numbers[0] + step * place for place in range(len(numbers))]
        if len(numbers) > 1 and list(numbers) == equal_steps:
            return (INDEX,), INDEX.times(Form((), step)).plus(Form((), numbers[0]))
        if self.scope is not None:
            known = self.scope.lists.setdefault(key, numbers)
            self.scope.lists[key] = numbers if known == numbers else ()
        return None

    @functools.cached_property
    def _known_columns(self) -> dict[int, Columns]:
        return {}

    def _columns(self, symbol: Symbol) -> Columns:
        """The numbers listed, by field; of an array of plain numbers by ""."""
        known = self._known_columns.get(symbol.offset)
        if known is None:
            known = self._known_columns[symbol.offset] = self._read_columns(symbol)
        return known

    def _read_columns(self, symbol: Symbol) -> Columns:
        node = self.parsed.root.descendant_for_byte_range(symbol.offset, symbol.offset + 1)
        array = node.parent if node is not None else None
        declared = array.parent if array is not None else None
        if array is None or declared is None or declared.type != "init_declarator":
            return {}
        value, size = declared.child_by_field_name("value"), array.child_by_field_name("size")
        if array.type != "array_declarator" or value is None or value.type != "initializer_list":
            return {}
        return self._read(value, symbol, self._number(size) if size is not None else None)

    def _read(self, value: Node, symbol: Symbol, size: int | None) -> Columns:
        rows = [c for c in value.named_children if c.type != "comment"]
        if not 0 < len(rows) <= MAX_LISTED or (size is not None and size > MAX_LISTED):
            return {}
        fields = list(self.symbols.structs.get(self.symbols.struct(symbol.type), {}))
        entries = [self._entries(row, fields) for row in rows]
        rest: Entries = dict.fromkeys(fields or [""], 0)
        entries += [rest] * ((size or 0) - len(rows))
        found: Columns = {}
        for name in fields or [""]:
            column = [row.get(name, 0 if row else None) for row in entries]
            numbers = tuple([number for number in column if number is not None])
            if len(numbers) == len(column):
                found[name] = numbers
        return found

    def _entries(self, row: Node, fields: list[str]) -> Entries:
        """What one entry lists, by field; nothing where that is not understood."""
        if not fields:
            return {"": self._number(row)}
        if row.type != "initializer_list":
            return {}
        found: Entries = {}
        for place, child in enumerate(c for c in row.named_children if c.type != "comment"):
            designator = child.child_by_field_name("designator")
            inner = child.child_by_field_name("value") if designator is not None else child
            name = text_of(designator).lstrip(".") if designator is not None else ""
            name = name or (fields[place] if place < len(fields) else "")
            found[name] = self._number(inner) if inner is not None else None
        return found

    def _number(self, node: Node) -> int | None:
        return settled(text_of(node), self.number_of)

    def number_of(self, name: str) -> int | None:
        """The whole number that a name stands for (see teams.py)."""
        raise NotImplementedError
