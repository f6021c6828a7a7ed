"""Records that pointers reach of which the way is out of sight, and records within records.

What `get_outer()` and `get_inner()` return may be a record and one that lies within it. Where the
address of a local is stored for others to find, `queue->first = &mine`, a pointer to its type may
lead to it.
"""

from __future__ import annotations

from collections.abc import Callable

from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Element, Path

Shape = tuple[str, int, int]  # base type, pointer depth, array dimensions


def is_foreign(root: Symbol) -> bool:
    """Whether a variable stands for what an unread function returned (see foreign.py)."""
    return root.name[-1:] == ")"


def inner_keys(
    path: Path, shape: Callable[[Path], Shape], key: Callable[[Path], str], start: int = 1
) -> tuple[str, ...]:
    """The keys by which pointers to the records within a record would reach the same member.

    With `start` 0 pointers to the record itself are among them.
    """
    found = []
    for index in [i for i, e in enumerate(path.elements) if e.field][start:]:
        kind, pointer, array = shape(Path(path.root, path.elements[:index]))
        if kind and not pointer and not array:
            root = Symbol(path.root.name, kind, "global", pointer=1, serial=path.root.serial)
            found.append(key(Path(root, (Element(), *path.elements[index:]))))
    return tuple(found)
