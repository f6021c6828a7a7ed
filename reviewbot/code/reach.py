"""How far a loop over handles reaches: which of them its turns name."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.events import Loop, Party
from reviewbot.code.parse import text_of
from reviewbot.code.values import ZERO, Form, Path

MAX_AROUND = 6  # blocks and statements between a join and its loop
_ONE = Form((), 1)
_LAST = re.compile(r"(\w+)(?:#\d+)?(?:\[\])*$")
_MEMBER = r"(?:\w+(?:->|\.)){1,4}"
_COUNTED = re.compile(rf"for\(({_MEMBER}(\w+))=0;\1(?:<|!=)[^;]{{1,60}};(?:\1\+\+|\+\+\1)\)")
_ENDS = re.compile(rf";\w+(?:<|!=){_MEMBER}(\w+);")
_DOWN = re.compile(rf"{_MEMBER}(\w+?)(--|)(?:>0|!=0|)")
Range = tuple[Form | None, Form | None]


def named_by(place: Path | None, loop: Loop) -> Range:
    """[low, high) of the numbers of the handles that the turns of a loop name.

    `t[i - 1]` over 1..n names those of 0..n-1; what is not numbered by the loop alone, all of it.
    """
    low, high = loop.low, loop.high
    index = _index(place)
    factor = dict(index.terms).get((loop.name,), 0) if index is not None else 0
    if index is None or low is None or high is None or factor not in (1, -1):
        return low, high
    rest = index.plus(Form((((loop.name,), 1),)), -factor)
    rest = Form(rest.terms, rest.constant)
    if factor > 0:
        return low.plus(rest), high.plus(rest)
    return rest.plus(high, -1).plus(_ONE), rest.plus(low, -1).plus(_ONE)


def is_size_of(high: Form | None, key: str) -> bool:
    """Whether a loop ends at the size of the container with that key, as the text names it."""
    if high is None or high.constant or len(high.names) != 1:
        return False
    container, dot, size = next(iter(high.names)).rpartition(".")
    own, asked = _LAST.search(key), _LAST.search(container)
    if own is None or asked is None or not dot:
        return False
    return size == "size()" and own[1] == asked[1]


def _index(place: Path | None) -> Form | None:
    last = place.elements[-1] if place is not None and place.elements else None
    return last.form if last is not None and not last.field else None


def same_handle(created: str, joined: str) -> bool:
    """Whether two keys name the same handle or the same array of handles."""
    if created == joined:
        return True
    (first, _, one), (second, _, two) = created.partition("%"), joined.partition("%")
    return first.rstrip("[]") == second.rstrip("[]") and not (one and two and one != two)


def covers(parts: list[tuple[Form, Form]], low: Form | None, high: Form | None) -> bool:
    """Whether ranges, one after the other, make up the whole from `low` to `high`, or more."""
    at, left = low, list(parts)
    while at is not None and high is not None and not _up_to(high, at):
        found = next((part for part in left if _up_to(part[0], at) and part[1] != at), None)
        if found is None:
            return False
        left.remove(found)
        at = found[1]
    return at is not None and high is not None


def _up_to(one: Form, other: Form) -> bool:
    """Whether the first is surely not above the second."""
    gap = other.plus(one, -1)
    return gap.is_constant and gap.constant >= 0


def same_number(one: Form, other: Form) -> bool:
    """Whether two forms are one number, whatever they derive from."""
    return (one.terms, one.constant) == (other.terms, other.constant)


def reaches(
    party: Party, loop: Loop | None, joined: tuple[str, str], place: Path | None, node: Node | None
) -> bool:
    """Whether a join, with those before it, has reached every thread of a creation.

    `joined` has the handle's key, and the bounds of the loop around the join.
    """
    key, bounds = joined
    low, high = named_by(place, loop) if loop is not None else (None, None)
    if not party.bounds:
        own = party.handle.partition("%")[2]
        if not own or low is None or high is None:
            return True
        told = low.is_constant and high.is_constant
        return not told or low.constant <= int(own) < high.constant
    if loop is not None and party.loop is not None and _goes_back(party, loop, place, node):
        return True
    if loop is not None and _by_member(party, loop, (low, high), node):
        return True
    alike = bounds == party.bounds and (loop is None or low == loop.low)
    if alike or party.loop is None:
        return alike
    if loop is not None and loop.stride != _ONE:
        low = None  # it leaves some out
    if low == ZERO and high is not None and not high.constant and high.names <= party.counters:
        return bool(high.names)
    if number := key.partition("%")[2]:
        low, high = Form((), int(number)), Form((), int(number) + 1)
    if low is not None and high is not None:
        party.parts.append((low, high))
    return covers(party.parts, party.loop.low, party.loop.high)


def _goes_back(party: Party, loop: Loop, place: Path | None, node: Node | None) -> bool:
    """Whether a loop goes back over the turns of the creating one, from where that has stopped.

    `for (i = 0; …; i++) create(&t[i]); while (i-- > 0) join(t[i]);`, and the other way round.
    """
    own, index = party.loop_name.partition("@")[0], _index(place)
    if not own or index is None or loop.high not in (None, party.loop.high if party.loop else None):
        return False
    names = {name.rstrip("+-") for name in index.names}
    asked, joined = _asked(node), text_of(node).replace(" ", "") if node is not None else ""
    if names != {party.loop_name} or party.loop is None:
        return False
    if party.loop.low == ZERO and party.bounds.endswith("++)"):
        within = f"--{own}]" in joined and asked in (own, f"{own}>0", f"{own}!=0")
        return within or asked in (f"{own}--", f"{own}-->0", f"{own}--!=0", f"--{own}>=0")
    forth = asked.startswith((f"++{own}<", f"++{own}!="))
    return forth and "--" in party.bounds and loop.high == party.loop.high


def _by_member(party: Party, loop: Loop, named: Range, node: Node | None) -> bool:
    """Whether a loop goes over the threads that a member of a record has counted.

    `for (s->n = 0; …; s->n++) create(&s->t[s->n]); while (s->n > 0) join(s->t[--s->n]);`
    """
    made = _COUNTED.match(party.bounds) if not party.loop_name else None
    if made is None:
        return False
    if named[0] == ZERO and loop.stride == _ONE:
        end = _ENDS.search("".join(loop.header.split()))
        return end is not None and end[1] == made[2]
    asked, joined = _DOWN.fullmatch(_asked(node)), "".join(text_of(node).split()) if node else ""
    if asked is None or asked[1] != made[2]:
        return False
    number = f"{made[2]}]" in joined
    return number and ("[--" in joined) != (asked[2] == "--")


def _asked(node: Node | None) -> str:
    """The condition of the `while` around a join, without blanks."""
    for _ in range(MAX_AROUND):
        if node is None or node.type in ("while_statement", "for_statement"):
            break
        node = node.parent
    if node is None or node.type != "while_statement":
        return ""
    condition = node.child_by_field_name("condition")
    text = "".join(text_of(condition).split()) if condition is not None else ""
    return text[1:-1] if text.startswith("(") else text
