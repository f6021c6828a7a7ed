"""Where a file assigns its variables, and which assignments only cut a range short."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left, insort

# Few characters begin an assignment, so these are looked for and names are read backwards.
_STEPS = re.compile(r"=(?<![=!<>]=)(?!=)|<<=|>>=|\+\+|--")
_STEPPED = re.compile(r"\s*([A-Za-z_]\w*)(?!\w|\s*(?:->|\.|\[))")
_NAME_REVERSED = re.compile(r"\s*(\w*[A-Za-z_])(?![.>\w])")
_LEFT_REVERSED = re.compile(r"[-+*/%&|^]?\s*(\w*[A-Za-z_])(?![.>\w])")
# `; *p = …`, `; *(int *)p = …`
_THROUGH = re.compile(r"\s*(?:\)[\w\s*]{1,60}\(\s*)?\*[\s*]*(?:[=;{}()]|esle\b)")
# `[&count, part = std::move(part)]` makes another variable; after the name, `[` of no subscript
_CAPTURED = re.compile(
    r"\s*(?:&\s*)?(?=[,\[])[\w\s,&*=.:<>()]{0,99}?\[\s*(?:(?![\w\])])|(?:nruter)\b)"
)
_TESTED = re.compile(r"\s*(?:\{\s*)?\)([^;{}]{1,80}?)\(\s*fi\b")  # `if (…) x = …`
_STAR = re.compile(r"\s*\*(?=\s*\{?\s*\))")
_NOTHING = re.compile(r"\s*(?:NULL|nullptr|0)\s*[;,)]")
_VALUE = re.compile(r"\s*([^;{}=]+?)\s*;")
_ORDER = re.compile(r"[<>]=?")
_SWAPPED = re.compile(r"\bswap\s*\(\s*(\w+)\s*,\s*(\w+)\s*\)")  # `std::swap(now, next)`

MAX_FUNCTION = 4000  # characters before an assignment that are looked through for parameters

Places = dict[str, list[int]]


def assignments(text: str) -> Places:
    """Where each name is assigned or stepped, initialisers included, in order."""
    return _scan(text)[0]


def nullings(text: str, name: str, start: int, end: int) -> int:
    """How often a name is assigned `NULL` or 0 from a place to another: a pointer gets nothing."""
    places = _scan(text)[2].get(name)
    return bisect_left(places, end) - bisect_left(places, start) if places else 0


def gains(text: str, name: str, start: int, end: int) -> int:
    """How often a name is given something new from a place to another, not stepped from there."""
    places = _scan(text)[3].get(name)
    return bisect_left(places, end) - bisect_left(places, start) if places else 0


def clamps(text: str) -> frozenset[int]:
    """Where a variable is assigned as in `if (end > n) end = n` or `if (id == last) end = n`."""
    return _scan(text)[1]


@functools.lru_cache(maxsize=4)  # a file's text, walked for its regions and for its threads
def _scan(text: str) -> tuple[Places, frozenset[int], Places, Places]:
    found: Places = {}
    nothing: Places = {}
    new: Places = {}
    cut: set[int] = set()
    backwards = text[::-1]
    for match in _STEPS.finditer(text):
        plain = match[0] == "="
        reverse = _LEFT_REVERSED if plain else _NAME_REVERSED
        before = reverse.match(backwards, len(text) - match.start())
        if before is not None:
            name, start = before[1][::-1], len(text) - before.end(1)
            if plain and (cut_at := _cut_through(text, backwards, name, start, match.end())):
                cut.add(cut_at)
                continue
            if match[0] not in ("++", "--") and _THROUGH.match(backwards, before.end(1)):
                continue  # `*p = …` leaves p alone
            if plain and _CAPTURED.match(backwards, before.end(1)):
                continue
            if plain and _cuts(text, name, match.end(), _TESTED.match(backwards, before.end(1))):
                cut.add(start)
                continue
        elif match[0] in ("++", "--") and (after := _STEPPED.match(text, match.end())):
            name, start = after[1], after.start(1)
        else:
            continue
        found.setdefault(name, []).append(start)
        if plain and text[match.start() - 1] not in "+-":
            new.setdefault(name, []).append(start)
        if plain and _NOTHING.match(text, match.end()):
            nothing.setdefault(name, []).append(start)
    for match in _SWAPPED.finditer(text):
        for side in (1, 2):
            insort(found.setdefault(match[side], []), match.start(side))
    return found, frozenset(cut), nothing, new


def _cut_through(text: str, backwards: str, name: str, start: int, end: int) -> int:
    """Where `if (*end > n) *end = n;` begins to assign, 0 if it does not: callers get the end."""
    star = _STAR.match(backwards, len(text) - start)
    tested = _TESTED.match(backwards, star.end()) if star is not None else None
    cuts = star is not None and _cuts(text, f"*{name}", end, tested)
    return len(text) - star.end() if star is not None and cuts else 0


def _cuts(text: str, name: str, end: int, tested: re.Match[str] | None) -> bool:
    """Whether an assignment under a condition keeps the end of a range within another."""
    value = _VALUE.match(text, end) if tested else None
    if tested is None or value is None:
        return False
    test = tested[1][::-1]
    sides = {part.strip() for part in _ORDER.split(test)}
    return ("==" in test or sides == {name, value[1]}) and _only_ends(name, text, end)


def _only_ends(name: str, text: str, start: int) -> bool:
    """Whether a variable is, from there on, what loops run to or callers get, and no subscript."""
    end = text.find("\n}", start)
    after = text[start : end if end >= 0 else len(text)]
    if f"[{name}" in after:
        return False
    if name.startswith("*"):
        return True
    given = rf"<=?\s*{name}\b|\breturn\s+{name}\s*;|[*.>]\s*\w+\s*=\s*{name}\s*;"
    return re.search(given, after) is not None or _is_reference(name, text, start)


def _is_reference(name: str, text: str, before: int) -> bool:
    """Whether the function around has a parameter `int &name`, by which its caller gets it."""
    begin = max(text.rfind("\n}", 0, before), before - MAX_FUNCTION, 0)
    return re.search(rf"\w\s?&\s?{name}\s*[,)]", text[begin:before]) is not None
