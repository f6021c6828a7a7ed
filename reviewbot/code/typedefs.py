"""What typedefs stand for: the type behind a name, and the pointers and dimensions it hides."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # symbols.py builds on this
    from reviewbot.code.declarators import Member
    from reviewbot.code.symbols import Symbol


@dataclass(slots=True)
class Typedefs:
    """The typedefs of a file, `using` included."""

    types: dict[str, str] = field(default_factory=dict)  # typedef → the type's name
    # (pointer depth, dimensions) that a name hides: `typedef struct job *job_t;`
    shapes: dict[str, tuple[int, int]] = field(default_factory=dict)

    def hide(self, name: str, pointer: int, array: int, structs: Container[str]) -> None:
        """Remember what a typedef's name hides, unless it names a struct too."""
        if name not in structs:
            self.shapes[name] = (pointer, array)

    def alias(self, name: str, base: str) -> None:
        """A name for another type, which may hide something itself, or end in its stars."""
        plain = base.rstrip("* ")
        pointer, array = self.shapes.get(name, (0, 0))
        pointer += base.count("*", len(plain))
        if plain in self.shapes:
            inner = self.shapes[plain]
            pointer, array = pointer + inner[0], array + inner[1]
            plain = self.types.get(plain, plain)
        self.types[name] = plain
        if pointer or array:
            self.shapes[name] = (pointer, array)

    def resolve(self, symbol: Symbol) -> None:
        """Follow the typedef of a variable: its type, and what the name hides."""
        kind = self.types.get(symbol.type)
        if kind is None:
            return
        pointer, array = self.shapes.get(symbol.type, (0, 0))
        symbol.pointer, symbol.array = symbol.pointer + pointer, symbol.array + array
        symbol.type = kind

    def unfold(self, fields: dict[str, Member]) -> None:
        """The fields of a struct as if no typedef hid their pointers and dimensions."""
        for name, member in fields.items():
            if member.type not in self.shapes:
                continue
            pointer, array = self.shapes[member.type]
            pointer, array = member.pointer + pointer, member.array + array
            kind = self.types.get(member.type, member.type)
            fields[name] = replace(member, type=kind, pointer=pointer, array=array)
