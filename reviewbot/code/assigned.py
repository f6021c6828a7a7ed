"""Where a file assigns its variables, and which assignments only cut a range short."""

from __future__ import annotations

import functools
import re

# Few characters begin an assignment, so these are looked for and names are read backwards.
_STEPS = re.compile(r"=(?<![=!<>]=)(?!=)|<<=|>>=|\+\+|--")
_THROUGH = re.compile(r"\s*\*[\s*]*(?:[;{}()]|esle\b)")  # `; *p = …`, read backwards
_STEPPED = re.compile(r"\s*([A-Za-z_]\w*)(?!\w|\s*(?:->|\.|\[))")
_NAME_REVERSED = re.compile(r"\s*(\w*[A-Za-z_])(?![.>\w])")
_LEFT_REVERSED = re.compile(r"[-+*/%&|^]?\s*(\w*[A-Za-z_])(?![.>\w])")


# `if (end > n) end = n;` and `if (id == last) end = n;`
_CLAMP = re.compile(
    r"if(?<!\wif)\s*\((?:[^;{}()]*==[^;{}()]*|\s*(?P<name>[A-Za-z_]\w*)\s*[<>]=?\s*(?P<limit>[^;{}=]+?)|"
    r"\s*(?P<bound>[^;{}=()]+?)\s*[<>]=?\s*(?P<other>[A-Za-z_]\w*)\s*)\)\s*\{?\s*"
    r"(?P<target>[A-Za-z_]\w*)\s*=(?!=)\s*(?P<value>[^;{}=]+?)\s*;"
)


@functools.lru_cache(maxsize=4)
def clamps(text: str) -> tuple[tuple[str, int], ...]:
    """(name, offset) of the assignments that only keep a range's end within another."""
    found = []
    for match in _CLAMP.finditer(text) if "if" in text else ():
        parts = match.groupdict()
        pair = (parts["name"] or parts["other"], parts["limit"] or parts["bound"])
        plain = pair in ((None, None), (parts["target"], parts["value"]))
        if plain and _only_ends(parts["target"], text, match.end()):
            found.append((parts["target"], match.start("target")))
    return tuple(found)


def _only_ends(name: str, text: str, start: int) -> bool:
    """Whether a variable is, from there on, what loops run to, and no subscript."""
    end = text.find("\n}", start)
    after = text[start : end if end >= 0 else len(text)]
    return re.search(rf"<=?\s*{name}\b", after) is not None and f"[{name}" not in after


@functools.lru_cache(maxsize=4)  # a file's text, walked for its regions and for its threads
def assignments(text: str) -> dict[str, list[int]]:
    """Where each name is assigned or stepped, initialisers included, in order."""
    kept = {offset for _, offset in clamps(text)}
    found: dict[str, list[int]] = {}
    backwards = text[::-1]
    for match in _STEPS.finditer(text):
        plain = match[0] == "="
        reverse = _LEFT_REVERSED if plain else _NAME_REVERSED
        before = reverse.match(backwards, len(text) - match.start())
        if before is not None:
            name, start = before[1][::-1], len(text) - before.end(1)
            if match[0] not in ("++", "--") and _THROUGH.match(backwards, before.end(1)):
                continue  # `*p = …` leaves p alone
        elif match[0] in ("++", "--") and (after := _STEPPED.match(text, match.end())):
            name, start = after[1], after.start(1)
        else:
            continue
        if start not in kept:
            found.setdefault(name, []).append(start)
    return found
