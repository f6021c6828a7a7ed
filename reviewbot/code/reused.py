"""One cell for all the threads that a loop creates: what it held in a turn, another turn changes.

`job.id = i; pthread_create(&t[i], 0, work, &job);` gives no thread a number of its own, unlike
`jobs[i].id = i`: who reads the cell finds what the last turn so far has left there.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviewbot.code.divided import names_in
from reviewbot.code.events import Party, Quotients
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Element, Form, Path, opaque

_OF_SOME_TURN = frozenset({"mem"})


def changes_by_turn(
    party: Party | None,
    home: Symbol,
    made: Sequence[Form],
    kept: Sequence[Form],
    quotients: Quotients,
) -> str:
    """The creating loop's variable, of which numbers are `made` that all turns keep in one place.

    "" if there is none: each turn has a place of its own, or each thread.
    """
    if party is None or not party.many or not party.loop_name:
        return ""
    if home.owner == party.serial or home.storage == "tls":
        return ""  # of each thread its own
    name = party.loop_name
    if not any(name in names_in(form, quotients) for form in made):
        return ""
    return "" if any(name in names_in(form, quotients) for form in kept) else name


def at_some_turn(target: Path, name: str) -> Path:
    """A location that was named by a loop's variable, for whatever value that had."""
    some = opaque(f"{name}?", _OF_SOME_TURN)

    def moved(element: Element) -> Element:
        if name not in element.form.names:
            return element
        return Element(element.field, element.form.replaced((name,), some), element.kind)

    return Path(target.root, tuple([moved(e) for e in target.elements]), target.by)
