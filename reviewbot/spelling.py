"""What two spellings of one statement have in common: no heads before it, one way to count by one.

`if (hit) n += 1;` and `if (hit) { ++n; }` do the same to `n`, and a formatter or a tidy colleague
turns one into the other; a finding must be known again after that.
"""

from __future__ import annotations

import re

LONGEST = 4000  # characters; a longer statement is a table that no one respells, and stays as it is

_PARENTHESIS = re.compile(r"[()]")
_WORD_BEFORE = re.compile(r"\s*(?:else|do)\b")
_HEAD = re.compile(r"\s*(?:if(?:\s+constexpr)?|for|while|switch)\s*\(")
_SUBSCRIPT = r"\[(?:[^][]|\[[^][]*\])*\]"
_PATH = rf"[A-Za-z_]\w*(?:(?:->|\.|::)[A-Za-z_]\w*|{_SUBSCRIPT})*"
_PLACE = rf"\(\*+{_PATH}\)|{_PATH}|\*+{_PATH}"
_BEFORE = re.compile(rf"(?P<sign>\+\+|--)(?P<place>{_PLACE})")
_BY_ONE = re.compile(rf"(?P<place>{_PLACE})(?P<sign>[-+])=1")
_WHOLE = re.compile(rf"(?P<place>{_PLACE})=(?P=place)(?P<sign>[-+])1")


def own_part(mask: str, start: int, end: int, offset: int) -> tuple[int, int]:
    """The part of `mask[start:end]` that is the statement, or the head, in which `offset` stands.

    `mask` has nothing in its parentheses that is not code; a `for` was cut at its semicolons.
    """
    if end - start > LONGEST:
        return start, end
    closing, pairs = _parentheses(mask, start, end)
    before = [at for at in closing if at < offset]
    start = before[-1] + 1 if before else start
    end = next((at for at in closing if at >= offset), end)
    return _without_heads(mask, start, end, offset, pairs)


def _without_heads(
    mask: str, start: int, end: int, offset: int, pairs: dict[int, int]
) -> tuple[int, int]:
    while True:
        word, head = _WORD_BEFORE.match(mask, start, end), _HEAD.match(mask, start, end)
        if word:
            if word.end() > offset:
                return start, end
            start = word.end()
        elif head and (closed := pairs.get(head.end() - 1, end)) < end:
            if offset <= closed:
                return start, closed + 1
            start = closed + 1
        else:
            return start, end


def _parentheses(mask: str, start: int, end: int) -> tuple[list[int], dict[int, int]]:
    """Where parentheses close that open before the stretch; and for each other one its end."""
    alone, pairs, waiting = list[int](), dict[int, int](), list[int]()
    for match in _PARENTHESIS.finditer(mask, start, end):
        if match[0] == "(":
            waiting.append(match.start())
        elif waiting:
            pairs[waiting.pop()] = match.start()
        else:
            alone.append(match.start())
    return alone, pairs


def counted(statement: str) -> str:
    """`++n`, `n+=1` and `n=n+1` as `n++`; any other normalised statement as it is."""
    if len(statement) > LONGEST:
        return statement
    found = (way.fullmatch(statement) for way in (_BEFORE, _BY_ONE, _WHOLE))
    match = next((one for one in found if one), None)
    if match is None:
        return statement
    place = f"({match['place']})" if match["place"].startswith("*") else match["place"]
    return f"{place}{match['sign'][0] * 2}"
