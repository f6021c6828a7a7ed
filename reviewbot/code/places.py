"""What a path names: the type of the object, and the identity by which other paths meet it."""

from __future__ import annotations

import functools
import re

from reviewbot.code.nested import inner_keys, is_foreign
from reviewbot.code.symbols import FileSymbols, Symbol
from reviewbot.code.template_types import given_type
from reviewbot.code.values import Path, element_type, pointed_at

Shape = tuple[str, int, int]  # base type, pointer depth, array dimensions
_GETS = re.compile(r"\b([A-Za-z_]\w*)\.(?:get|release)\(\)")
_NOWHERE = Path(Symbol("", "", "auto", serial=0))


class Places:
    """Types and keys of paths; an access asks for those of its own path again and again."""

    text: str
    symbols: FileSymbols
    keyed: tuple[Path, str] = (_NOWHERE, "")  # the path that was asked for last, and its key
    shaped: tuple[Path, Shape] = (_NOWHERE, ("", 0, 0))  # likewise, and its shape

    def retype(self) -> None:
        """What is known of the last path is void: a variable is of another kind than it was."""
        self.keyed, self.shaped = (_NOWHERE, ""), (_NOWHERE, ("", 0, 0))

    def shape(self, path: Path) -> Shape:
        """(base type, pointer depth, array dimensions) of the object that a path names."""
        root = path.root
        if not path.elements:
            return root.type, root.pointer, root.array
        if path is not self.shaped[0]:
            self.shaped = path, self._shape(path)
        return self.shaped[1]

    def _shape(self, path: Path) -> Shape:
        kind, pointer, array = path.root.type, path.root.pointer, path.root.array
        for element in path.elements:
            if element.field:
                member = self.symbols.member(kind, element.field)
                within, kind, pointer, array = (
                    (kind, member.type, member.pointer, member.array) if member else ("", "", 0, 0)
                )
                if "<" in within and self.symbols.parameters:
                    names = self.symbols.parameters.get(self.symbols.struct(within), ())
                    kind, more = given_type(within, names, kind) if names else (kind, 0)
                    pointer += more
            elif element.kind:
                kind, pointer, array = element.kind, 0, 0
            elif array:
                array -= 1
            elif pointer:
                pointer -= 1
            else:
                kind, pointer = pointed_at(element_type(kind))
            kind = self.symbols.types.get(kind, kind)
        return kind, pointer, array

    def key(self, path: Path) -> str:
        """The identity of an object: what different paths to it have in common.

        A field reached through a pointer is named by its struct's type, since two pointers to one
        type may meet; a variable by itself.
        """
        if not path.elements:
            return _own_key(path.root)
        if path is not self.keyed[0]:
            self.keyed = path, self._key(path)
        return self.keyed[1]

    def _key(self, path: Path) -> str:
        root = path.root
        plain = root.storage in ("global", "this")
        parts = [_own_key(root)]
        kind, pointer, array = root.type, root.pointer, root.array
        by_type, away = plain or root.storage == "static", False  # `away`: out of its own memory
        for element in path.elements:
            if element.field:
                struct = self.symbols.struct(kind)
                if by_type and struct and not pointer and not array:
                    parts = [f"T:{struct}"]
                by_type = False
                member = self.symbols.member(kind, element.field)
                parts.append("." + ((member.word if member else "") or element.field))
                kind, pointer, array = (
                    (member.type, member.pointer, member.array) if member else ("", 0, 0)
                )
                continue
            if element.kind:
                kind, pointer, array, by_type = element.kind, 0, 0, True
            elif array:
                array -= 1
            elif pointer:
                pointer -= 1
                by_type = away = True
            else:
                by_type = by_type or away or root.storage != "auto" or "shared_ptr" in kind
                by_type = by_type or ("_ptr" in kind and root.name in self._asked_for)
                kind, pointer = pointed_at(element_type(kind))
            parts.append("[]")
        return "".join(parts)

    @functools.cached_property
    def escaped(self) -> set[int]:
        """The locals, by serial, whose addresses were stored where other threads find them."""
        return set()

    @functools.cached_property
    def also_known(self) -> dict[str, str]:
        """By a key of a part of such a local, the key by which a pointer reaches it."""
        return {}

    def by_pointers(self, path: Path) -> tuple[str, ...]:
        """The keys by which a pointer of which nobody knows where it leads may reach a member."""
        if is_foreign(path.root):
            return inner_keys(path, self.shape, self.key)
        if path.root.serial not in self.escaped:
            return ()
        keys = inner_keys(path, self.shape, self.key, 0)
        self.also_known.update({self.key(path): keys[0]} if keys else {})
        return keys

    @functools.cached_property
    def _asked_for(self) -> frozenset[str]:
        """Names of owners whose plain pointers are given to others: `job.get()`."""
        return frozenset(_GETS.findall(self.text))


def _own_key(root: Symbol) -> str:
    """The identity of a variable: what is of the whole program goes by its name."""
    return root.name if root.storage in ("global", "this") else f"{root.name}#{root.serial}"
