"""`float &t(cells[i].t);` as `float &t=cells[i].t ;`: the grammar would read a function's name."""

from __future__ import annotations

import re

# Almost no line has one: what is looked for first is a parenthesis, which is many times faster
# than the name before it, and something selected after it.
_SELECTS = re.compile(r"\((?<=[\w ]\()(?=(?:[&*]\s?)?[A-Za-z_]\w*\s?(?:\.|->|\[|\())")
_BEGINNING = re.compile(r"[^\n;{}()]*")
_NUMBER = (
    r"(?:unsigned|signed|int|long|short|char|float|double|bool|auto|(?:std::)?s?size_t"
    r"|(?:std::)?u?int\d{1,2}_t)"
)
_NO_TYPES = (
    r"(?!(?:return|else|throw|new|delete|do|goto|case|typedef|using|extern|friend|virtual|operator"
    r"|co_return|co_yield|co_await|not)\b)"
)
_DECLARES = re.compile(
    r"[ \t]*(?:(?:static|const|constexpr|typename)[ \t]+){0,3}"
    rf"(?:{_NUMBER}(?:[ \t]+{_NUMBER}){{0,2}}[ \t]+"
    r"|(?:std::)?atomic_ref(?:[ \t]?<[^;{}()]{0,100}>)?[ \t]+"
    rf"|{_NO_TYPES}[A-Za-z_][\w:]*(?:[ \t]?<[^;{{}}()]{{0,100}}>)?(?:::\w+)?(?:[ \t]+const)?"
    r"[ \t]{0,3}(?:&|\*)[ \t]{0,3}(?:const[ \t]+)?)"
    r"[A-Za-z_]\w*[ \t]?"
)
_FURTHER = re.compile(r"\s*,\s*[&*]?\s*[A-Za-z_]\w*\s?\(")
_END = re.compile(r"\s*;")
# What selects or calls is a value; `Row (*)(Row)`, `int[3]`, `decltype(x.y)` are types.
_VALUE = re.compile(
    r"[\w\])]\s?(?:\.(?!\.)|->)\s?\w|[A-Za-z_]\w*\[[\w:(]|^[A-Za-z_]\w*\((?!\s*[*&)])"
)
_TYPE = re.compile(rf"(?:{_NUMBER}|void|decltype)\b\s*[\[(&*]|[^()]*\(\s*[*&]\s*\w*\s*\)\s*\(")
MOST = 300  # characters of one initialiser
MAX_NAMES = 8  # of one declaration


def with_signs(text: str) -> str:
    """The text with `=` where a reference, a pointer or a number is made in parentheses."""
    chars: list[str] | None = None
    backwards, size = text[::-1], len(text)
    for match in _SELECTS.finditer(text):
        before = _BEGINNING.match(backwards, size - match.end() + 1)
        start = size - before.end() if before is not None else 0
        if start == match.start() or _DECLARES.fullmatch(text, start, match.end() - 1) is None:
            continue
        for opens, closes in _parentheses(text, match.end() - 1):
            chars = chars if chars is not None else list(text)
            chars[opens], chars[closes] = "=", " "
    return "".join(chars) if chars is not None else text


def _parentheses(text: str, start: int) -> list[tuple[int, int]]:
    """(where each opens, where it closes) of a declaration's initialisers; none if it is none."""
    found: list[tuple[int, int]] = []
    for _ in range(MAX_NAMES):
        end = _closing(text, start)
        if end < 0 or not _is_value(text[start + 1 : end]):
            break
        found.append((start, end))
        if _END.match(text, end + 1):
            return found
        further = _FURTHER.match(text, end + 1)
        if further is None:
            break
        start = further.end() - 1
    return []


def _is_value(text: str) -> bool:
    return _VALUE.search(text) is not None and _TYPE.match(text) is None


def _closing(text: str, start: int) -> int:
    """Where a parenthesis closes that has one value in it; -1 if it has several."""
    depth = 0
    for index in range(start, min(len(text), start + MOST)):
        char = text[index]
        depth += (char in "([{") - (char in ")]}")
        if depth == 0:
            return index
        if char == ";" or (char == "," and depth == 1):
            return -1
    return -1


# `tasks[i]();` would be read as `auto [i]();` is. Names in the parentheses alone let it be so.
_CALLED = re.compile(r"\]\([\w:, \t]{0,100}\)\s{0,3};")
_ELEMENT = re.compile(r"(?:[;{})]|\n)[ \t]*(?P<blank>[ \t])[A-Za-z_]\w*\[[A-Za-z_]\w*\Z")
_BEFORE = 160  # characters before such a call that may be its name, its number and its indent


def with_calls(text: str) -> str:
    """The text with `+` before statements that call an element: ` tasks[i]();`, `+tasks[i]();`."""
    chars: list[str] | None = None
    for match in _CALLED.finditer(text) if "](" in text else ():
        first = max(0, match.start() - _BEFORE)
        element = _ELEMENT.search(text[first : match.start()])
        if element is not None:
            chars = chars if chars is not None else list(text)
            chars[first + element.start("blank")] = "+"
    return "".join(chars) if chars is not None else text
