"""What a function takes, as a driver must declare it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from reviewbot.code.parse import text_of
from reviewbot.code.symbols import FileSymbols, Function


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as the driver must declare it; `levels` counts pointers and arrays."""

    name: str
    type: str  # as written, with `struct` but without qualifiers
    levels: int
    dimensions: int
    reference: bool
    function: bool  # a pointer to a function
    spelled: str  # the whole type as written, without the name

    @property
    def pointer(self) -> bool:
        """Whether it points to data."""
        return self.levels > 0 and not self.function


def parameters(function: Function) -> Iterator[Parameter]:
    """The parameters of a function in order; `void` alone is none, a pack may be empty."""
    for index, node in enumerate(_taken(function)):
        kind = node.child_by_field_name("type")
        type_text = " ".join(text_of(kind).split()) if kind is not None else "int"
        found = next(FileSymbols().declared(node, "param"), None)
        whole = text_of(node)
        if found is None:
            levels = whole.count("*") + whole.count("[")
            if type_text == "void" and levels == 0:
                continue
            unnamed = _without_default(whole)
            yield Parameter(
                f"rb_{index}", type_text, levels, 0, "&" in whole, "(*" in whole, unnamed
            )
            continue
        symbol, _ = found
        pointed = "(*" in whole.replace(" ", "") and "function" in _kinds(node)
        levels = symbol.pointer + symbol.array
        at = symbol.offset - node.start_byte
        spelled = _without_default(whole[:at] + whole[at + len(symbol.name) :])
        yield Parameter(
            symbol.name, type_text, levels, symbol.array, symbol.reference, pointed, spelled
        )


def _taken(function: Function) -> list[Node]:
    """The parameters that a call must give: a pack may be empty."""
    return [n for n in function.parameters if "parameter" in n.type and "variadic" not in n.type]


def _without_default(text: str) -> str:
    return " ".join(re.sub(r"\[[^\]]*\]", "*", text.split("=", maxsplit=1)[0]).split())


def _kinds(node: Node, depth: int = 0) -> str:
    """The kinds of declarators below a parameter, as one string."""
    inner = [c for c in node.named_children if c.type.endswith("declarator")]
    return node.type + "".join(_kinds(c, depth + 1) for c in inner if depth < 20)
