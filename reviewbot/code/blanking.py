"""Blanks for what is no code: comments, and code that the build leaves out; offsets stay."""

from __future__ import annotations

import re

_LEX = re.compile(
    r"""/(?:(?P<line>/(?:\\\r?\n|[^\n\\]+|\\)*)|(?P<block>\*.*?\*/)|(?P<open>\*.*))"""
    r"""|R(?P<raw>(?<!\wR)"(?P<delim>[^()\\\s"]{0,16})\((?:.*?\)(?P=delim)"|.*))"""
    r"""|"(?P<string>(?:\\.|[^"\\\n])*")"""
    r"""|'(?P<char>(?<![0-9a-fA-F]')(?:\\.|[^'\\\n])*')""",
    re.DOTALL,
)


def blank(text: str) -> str:
    """As much room, with the ends of lines in it."""
    if "\n" not in text:
        return " " * len(text)
    return "\n".join([" " * len(line) for line in text.split("\n")])


def blank_comments(text: str, notes: list[tuple[int, str]]) -> str:
    """The text without comments and without what strings say; notes what does not end."""
    unterminated = -1

    def replace(match: re.Match[str]) -> str:
        nonlocal unterminated
        kind = match.lastgroup
        if kind in ("string", "char"):
            return match.group()
        if kind == "open" and unterminated < 0:
            unterminated = match.start()
        if kind in ("line", "block", "open"):
            return blank(match.group())
        if kind == "delim" or match.group("raw"):
            return '"' + re.sub(r"[^\n]", "_", match.group()[1:-1]) + '"'
        return match.group()

    text = _LEX.sub(replace, text)
    if unterminated >= 0:
        notes.append((unterminated, "unterminated comment"))
    return text


def blank_spans(text: str, spans: list[tuple[int, int]]) -> str:
    """The text without what lies within these (start, end)."""
    parts, at = [], 0
    for start, end in sorted(spans):
        if end > at:
            begin = max(start, at)
            parts += [text[at:begin], blank(text[begin:end])]
            at = end
    return "".join([*parts, text[at:]])
