"""Depend items that name what a task accesses: the element, its row, the head of its tile.

Where both tasks name it alike, they name one item whenever they access one element.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviewbot.code.events import Event, Frame, Loop
from reviewbot.code.values import Element, Form, Path

Bond = tuple[object, ...]  # how an item follows from the element that is accessed


def named_alike(first: Event, second: Event, a: Frame, b: Frame) -> set[tuple[str, str]]:
    """The kinds of items by which both tasks name what they access, each in one way."""
    if not a.items or not b.items:
        return set()
    ours, theirs = (
        [(kind, bond) for kind, place in f.items if (bond := _bond(place, e)) is not None]
        for e, f in ((first, a), (second, b))
    )
    return {(x, y) for x, one in ours for y, two in theirs if one == two}


def _bond(item: Path, event: Event) -> Bond | None:
    """How an item is told by the element of an access; None if it is not.

    As far as both have the same numbers it is the very same; behind, it has fixed ones of its own.
    """
    root, path = item.root, event.path
    same = root.serial == path.root.serial
    if not same and (root.name, root.offset) != (path.root.name, path.root.offset):
        return None
    found: list[object] = []
    for n, element in enumerate(item.elements):
        other = path.elements[n] if n < len(path.elements) else None
        how = _step(element, other, event.loops) if other is not None else None
        if how is None:
            return (*found, *_fixed(item.elements[n:])) if _numbered(found) else None
        found.append(how)
    return tuple(found) if _numbered(found) else None


def _numbered(found: Sequence[object]) -> bool:
    """Whether at least one step went to an element that a number names."""
    return any(how == "same" or isinstance(how, int) for how in found)


def _step(one: Element, other: Element, loops: Sequence[Loop]) -> object:
    """How a step of the item follows from the access's; None if it does not."""
    if one.field or other.field:
        return one.field if one.field == other.field else None
    if (one.form.terms, one.form.constant) == (other.form.terms, other.form.constant):
        return "same"
    return _tile(one.form, other.form, loops)


def _tile(head: Form, form: Form, loops: Sequence[Loop]) -> int | None:
    """The size of the tile that an index goes over, of which the item is the head."""
    plain = head.terms and len(form.terms) == 1 and form.terms[0][1] == 1 and not form.constant
    name = form.terms[0][0] if plain else ()
    loop = next((loop for loop in reversed(loops) if (loop.name,) == name), None)
    if loop is None or loop.low is None or loop.high is None:
        return None
    size, begin = loop.high.plus(head, -1), _begin(loop.low, head, loops)
    if not (size.is_constant and begin.is_constant and 0 <= begin.constant < size.constant):
        return None
    numbers = [head.constant, *[factor for _, factor in head.terms]]
    return size.constant if not any(n % size.constant for n in numbers) else None


def _begin(form: Form, head: Form, loops: Sequence[Loop]) -> Form:
    """How far behind the head an index begins at least: `j = i + 1` where i begins there."""
    for loop in reversed(loops):
        if form.plus(head, -1).is_constant:
            break
        if loop.low is not None and form.names == {loop.name} and form.terms[0][1] > 0:
            form = form.replaced((loop.name,), loop.low)
    return form.plus(head, -1)


def _fixed(elements: Sequence[Element]) -> Bond:
    """Steps behind those that follow from the access, alike for every task if they are fixed."""
    fixed = all(e.field or e.form.is_constant for e in elements)
    return ("head", *[e.field or e.form.constant for e in elements]) if fixed else (object(),)
