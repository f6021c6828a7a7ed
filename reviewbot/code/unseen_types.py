"""What a file shows of types that only headers define: tags beside their typedefs, members' types.

`struct scene *s` and `scene_t *s` are one type by C's habit (`typedef struct scene scene_t;`), and
`struct view_state *state = view->state;` tells what the member of an unseen `struct view` is.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict

from reviewbot.code.declarators import Member
from reviewbot.code.typedefs import Typedefs

Guesses = dict[str, dict[str, Member]]  # by record, then by member
_TAG = re.compile(r"struct(?<!\wstruct)\s+([A-Za-z_]\w*)")  # its letters first: that is quicker
_ALIAS = re.compile(r"_t(?!\w)")
_TAG_REVERSED = re.compile(r"\w*[A-Za-z_](?!\w)")  # read backwards from there
_DECLARED = re.compile(
    r"\b([A-Za-z_]\w*)(?:\s+const)?\s*\*\s*(?:const\s+|restrict\s+)?([A-Za-z_]\w*)\s*[,;=)]"
)
_READ = re.compile(r"([A-Za-z_]\w*)\s*->\s*([A-Za-z_]\w*)\s*;")
_NO_RECORDS = frozenset({"void", "char", "int", "long", "short", "float", "double", "unsigned"})
MAX_GUESSES = 500  # members of one file that are learned so


def tagged(text: str) -> dict[str, str]:
    """The names `tag_t` of a text in which `struct tag` is named as well, with their tags."""
    if "struct" not in text or "_t" not in text:
        return {}
    tags = set(_TAG.findall(text))
    backwards, size = text[::-1], len(text)
    ends = (_TAG_REVERSED.match(backwards, size - m.start()) for m in _ALIAS.finditer(text))
    return {f"{tag}_t": tag for tag in tags.intersection(m[0][::-1] for m in ends if m)}


def members_read(text: str, types: Typedefs) -> Guesses:
    """The members that are pointers to one record wherever a local is made of them."""
    declared: dict[str, list[tuple[int, str]]] = defaultdict(list)
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for match in _DECLARED.finditer(text):
        kind = types.types.get(match[1], match[1])
        if kind in _NO_RECORDS or kind in types.shapes:
            continue
        made = text[match.end() - 1] == "="
        read = _READ.match(text, _word(text, match.end())) if made else None
        owner = _declared_before(declared.get(read[1], ()), match.start()) if read else ""
        if read and owner and len(found) < MAX_GUESSES:
            found[owner, read[2]].add(kind)
        declared[match[2]].append((match.start(), kind))
    guesses: Guesses = defaultdict(dict)
    for (owner, name), kinds in found.items():
        if len(kinds) == 1:
            guesses[owner][name] = Member(name, next(iter(kinds)), 1, 0, False, -1, False)
    return guesses


def _word(text: str, at: int) -> int:
    """Where the next word begins."""
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _declared_before(places: tuple[()] | list[tuple[int, str]], at: int) -> str:
    """The type with which a pointer was declared last before a place."""
    found = bisect_left(places, (at, ""))
    return places[found - 1][1] if found else ""
