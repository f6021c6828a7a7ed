"""The numbers that enumerators stand for."""

from __future__ import annotations

import re

from reviewbot.code.conditions import settled

_ENUM = re.compile(
    r"enum(?<!\wenum)\b\s*(?P<scoped>(?:class|struct)\s+)?"
    r"(?:(?P<name>\w{1,80})\s*)?(?::\s*[\w: ]{1,80})?"
    r"\{(?P<list>[^{}]*)\}"
)
_ONE = re.compile(r"\s*(?:\[\[[^]]*\]\]\s*)?([A-Za-z_]\w*)\s*(?:=(.*))?", re.DOTALL)
_DECIMAL = re.compile(r"0|[1-9]\d{0,8}")
MAX_ENUMERATORS = 20_000  # of one file with its headers

Numbers = dict[str, int | None]


def enumerators(text: str) -> Numbers:
    """The number of each enumerator; None where it is not told, or is not the same in all enums.

    Those of `enum class E` are `E::A`.

    >>> enumerators("enum { A, B = 4, C, D = f(), E };")
    {'A': 0, 'B': 4, 'C': 5, 'D': None, 'E': None}
    """
    found: Numbers = {}
    for match in _ENUM.finditer(text) if "enum" in text else ():
        if len(found) > MAX_ENUMERATORS:
            break
        within = f"{match['name']}::" if match["scoped"] else ""
        for own, value in _listed(match["list"], found).items():
            name = within + own
            found[name] = value if found.get(name, value) == value else None
    return found


def _listed(body: str, known: Numbers) -> Numbers:
    """The enumerators of one list; those before may be used by those after."""
    mine: Numbers = {}
    following: int | None = 0
    for item in body.split(","):
        match = _ONE.fullmatch(item)
        if match is None:
            continue
        if match[2] is not None:
            value = match[2].strip()
            plain = _DECIMAL.fullmatch(value)  # most of them, and soonest read
            following = int(value) if plain else settled(value, lambda n: mine.get(n, known.get(n)))
        mine[match[1]] = following
        following = following + 1 if following is not None else None
    return mine


def known_as(name: str, numbers: Numbers) -> str:
    """The enumerator that a name means: `lib::Kind::A` is `Kind::A`, or A of no scope; "" if none.

    >>> known_as("lib::Kind::A", {"Kind::A": 0})
    'Kind::A'
    """
    parts = name.split("::")
    return next((key for key in ("::".join(parts[-2:]), parts[-1]) if key in numbers), "")
