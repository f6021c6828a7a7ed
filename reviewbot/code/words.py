"""Names: what one looks like, and lists of them written as text."""

from __future__ import annotations

import re

IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
PER_THREAD = frozenset({"errno", "h_errno"})  # variables of the system's headers, one each
_TWO_WORDS = re.compile(r"\b([A-Za-z_]\w{0,40})[ \t*]{1,5}[A-Za-z_]\w{0,40}[ \t*]{1,5}\Z")


def words(text: str) -> tuple[str, ...]:
    """The words of a text: tables of names read better without quotes and commas."""
    return tuple(text.split())


def spelt_out(word: str) -> str:
    """The pattern of a whole word, its letters first: the search for them is many times faster."""
    return rf"{word}\b(?<!\w{word})"


def declares(text: str, offset: int) -> bool:
    """Whether two words stand before the name, as a type and an unknown qualifier do."""
    before = _TWO_WORDS.search(text, max(offset - 80, 0), offset)
    return before is not None and before.group(1) not in ("return", "extern", "else", "goto")
