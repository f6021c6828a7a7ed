"""Names: what one looks like, and lists of them written as text."""

from __future__ import annotations

import re

IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
PER_THREAD = frozenset({"errno", "h_errno"})  # variables of the system's headers, one each


def words(text: str) -> tuple[str, ...]:
    """The words of a text: tables of names read better without quotes and commas."""
    return tuple(text.split())
