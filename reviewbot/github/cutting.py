"""Markdown cut to GitHub's sizes with every fence and every <details> closed again."""

from __future__ import annotations

import re

LIMIT = 65_536  # characters of a comment, a review's body and a check run's summary
_FENCE = re.compile(r" {0,3}(`{3,})")
_NOTICE = "… cut here: the rest is in the review file."


def size(text: str) -> int:
    """Length in UTF-16 units, the largest of the ways in which a server may count characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fitted(body: str, tail: str = "", limit: int = LIMIT) -> str:
    """The body and, after an empty line, its tail (a mark that must survive), within `limit`."""
    ending = f"\n\n{tail}" if tail else "\n"
    whole = body.rstrip("\n") + ending
    if size(whole) <= limit:
        return whole
    return _cut(body, limit - size(ending)) + ending


def _cut(body: str, room: int) -> str:
    """As many whole lines as fit together with what closes them and the notice."""
    kept: list[str] = []
    state = _Open()
    closing = state.closing()
    used = 0
    for line in body.split("\n"):
        used += size(line) + 1
        state.feed(line)
        if used + size(state.closing()) > room:
            break
        kept.append(line)
        closing = state.closing()
    return "\n".join([*kept, closing])


class _Open:
    """What is open after the lines fed so far."""

    def __init__(self) -> None:
        self._fence = ""
        self._details = 0

    def feed(self, line: str) -> None:
        match = _FENCE.match(line)
        if self._fence:
            # Only a bare run of at least as many backticks closes a fence.
            closes = match and len(match[1]) >= len(self._fence) and line.strip() == match[1]
            self._fence = "" if closes else self._fence
            return
        if match:
            self._fence = match[1]
            return
        # Only at a line's start: elsewhere it is text within a code span.
        self._details += line.startswith("<details") - line.startswith("</details>")

    def closing(self) -> str:
        """The lines that close everything, the notice outside of it all."""
        fence = [self._fence] if self._fence else []
        details = ["", "</details>"] * max(self._details, 0)
        return "\n".join([*fence, *details, "", _NOTICE])
