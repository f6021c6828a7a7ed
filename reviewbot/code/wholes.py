"""What is written with a whole: the fields of a record, the elements of an array or container.

`s = other` writes `s.count` and `s.cells[3]`, and `rows[i] = row` each `rows[i][k]`.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from reviewbot.code.symbols import FileSymbols
from reviewbot.code.values import Element, Path

MAX_PARTS = 8  # of what is copied whole
_DEEP = 3
_SHORT = 6  # steps of a path to which no step of a part is lost
_MOST = 60  # looked at
_INNER = re.compile(r"(?:\.|->)(\w+)\.([A-Za-z_]\w*)(?!\w|\s*\()")
_GOT = re.compile(r"\bget\s*<\s*([\w:]{1,60})\s*>\s*\(")
_TUPLE = re.compile(r"(?:const\s+)?(?:std::)?(?:tuple|variant)$")
# Those whose elements are reached by number; a text's seldom are.
INDEXED = re.compile(r"\b(?:array|vector|deque|valarray|QVector)$")
_TEXT = re.compile(r"\b(?:w|u8|u16|u32|basic_)?string$")
_NUMBERED = re.compile(r"\b(\w{1,60})\[(?=[\w+(-])")


@dataclass(frozen=True)
class Wholes:
    """Tells the parts of places; `shape` is (type, pointers, dimensions) of one."""

    symbols: FileSymbols
    shape: Callable[[Path], tuple[str, int, int]]
    named: Collection[str]  # fields that the file names
    text: str  # of the file

    def parts(self, path: Path, *, written: bool) -> list[Path]:
        """The fields of a struct that the file names elsewhere, all elements, and what is in these.

        Of a container that is only read nobody knows whether its elements are: it may be handed
        on by reference. What has a name of its own comes first.
        """
        length = len(path.elements)
        # It tells the fields of what has no type, and which text's letters are numbered.
        last = path.elements[-1].field if length else path.root.name
        asked = (self.shape(path), last, written, len(self.symbols.structs))
        known = self._known.get(asked)
        if known is not None and length <= _SHORT:
            return [Path(path.root, path.elements + steps, path.by) for steps in known]
        found = self._within(path, 0, written=written)
        found = sorted(found, key=lambda part: sum(not e.field for e in part.elements))[:MAX_PARTS]
        if length <= _SHORT:
            self._known[asked] = [part.elements[length:] for part in found]
        return found

    @functools.cached_property
    def _known(self) -> dict[object, list[tuple[Element, ...]]]:
        """The steps to the parts, by all that they depend on: a type is asked for thousandfold."""
        return {}

    def _within(self, path: Path, depth: int, *, written: bool) -> list[Path]:
        kind, pointer, array = self.shape(path)
        if pointer or depth > _DEEP or (array and not depth):
            return []
        whole = array or (written and self._is_numbered(path, kind.partition("<")[0].rstrip()))
        names = () if whole else self._fields(path, kind)
        parts: list[Path] = []
        for element in [Element(name) for name in names] if not whole else [Element()]:
            part = path.step(element).onwards()
            parts += [part] if self._is_told(part) else []
            parts += self._within(part, depth + 1, written=written)
            if len(parts) > _MOST:
                break
        return parts

    def _is_numbered(self, path: Path, kind: str) -> bool:
        """Whether a container's elements are reached by number: of a text, if the file does so."""
        if _TEXT.search(kind) is None:
            return INDEXED.search(kind) is not None
        name = path.elements[-1].field if path.elements else path.root.name
        return name in self._numbered

    @functools.cached_property
    def _numbered(self) -> Collection[str]:
        return frozenset(_NUMBERED.findall(self.text))

    def _fields(self, path: Path, kind: str) -> Collection[str]:
        """The fields of a struct; of one out of sight those that the file names."""
        known = self.symbols.structs.get(self.symbols.struct(kind)) if kind else None
        if not known and _TUPLE.match(kind.partition("<")[0].rstrip()):
            return self._got
        if known or kind or not path.elements:
            return known or ()
        return self.named_within.get(path.elements[-1].field, ())

    @functools.cached_property
    def _got(self) -> Collection[str]:
        """The parts of tuples and variants that the file asks for, see tuples.py."""
        found = dict.fromkeys(["value", *[f"get{which}" for which in _GOT.findall(self.text)]])
        return tuple(found)[:MAX_PARTS] if len(found) > 1 else ()

    @functools.cached_property
    def named_within(self) -> Mapping[str, Collection[str]]:
        """By a field, the fields that the file names within it."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for name, inner in _INNER.findall(self.text):
            if len(found[name]) < MAX_PARTS:
                found[name][inner] = None
        return found

    def _is_told(self, part: Path) -> bool:
        """Whether somebody may name the part itself: of an array that is a field, its elements."""
        field = part.elements[-1].field
        told = field in self.named or field in self._got
        return not field or (told and not self.shape(part)[2])
