"""Where the block ends in which a place of a text lies."""

from __future__ import annotations

import re

_BRACE = re.compile(r"[{}]")
MAX_SIZE = 20_000  # characters of a block that is looked through


def block_end(text: str, start: int) -> int:
    """Where the block ends in which a place lies; of a long one, where its first part does."""
    depth, limit = 0, min(start + MAX_SIZE, len(text))
    for brace in _BRACE.finditer(text, start, limit):
        depth += 1 if brace[0] == "{" else -1
        if depth < 0:
            return brace.start()
    return limit
