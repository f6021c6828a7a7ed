"""Neutralises text that comes from the repository before it reaches a terminal or Markdown."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

_ELLIPSIS = "…"
# What can open a Markdown construct in the middle of a line; all may be backslash-escaped:
# https://spec.commonmark.org/0.31.2/#backslash-escapes
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#!|~&$@:^])")
_AUTOLINKS = re.compile(r"(?i)(www(?=\.)|gh(?=-)|https?(?=\\:)|ftp(?=\\:))")
_SURROGATES = re.compile("[\ud800-\udfff]")
_NOT_BYTES = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # surrogates that stand for no byte
_INVISIBLE_BREAK = "\u200b"  # ours, never theirs: keeps GitHub from linking @names, #numbers, URLs


def _is_safe(char: str) -> bool:
    # isprintable() is false for controls, format characters (bidirectional overrides, zero-width
    # joints), surrogates, unassigned code points and separators; of these only spaces are harmless.
    return char.isprintable() or unicodedata.category(char) == "Zs"


def visible(char: str) -> str:
    r"""One character as it may be shown: itself, or its escape (\u202e) if it could deceive."""
    if _is_safe(char):
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def plain(text: str) -> str:
    """Text on one line with every control and bidirectional character made visible."""
    if text.isprintable():
        return text
    return "".join(" " if char in "\t\r\n" else visible(char) for char in text)


def plain_lines(text: str) -> list[str]:
    """The lines of a text, each made plain, tabs kept as four spaces."""
    return [plain(line.rstrip("\r").replace("\t", "    ")) for line in text.split("\n")]


def cut(text: str, limit: int) -> str:
    """The text, with an ellipsis in place of what exceeds `limit` characters."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + _ELLIPSIS


def well_formed(text: str) -> str:
    """The text with lone surrogates (undecodable bytes of a path) replaced, fit for UTF-8."""
    return _SURROGATES.sub("\ufffd", text)


def code_span(text: str, limit: int = 160) -> str:
    """A Markdown code span that holds the text whatever backticks it contains."""
    content = cut(plain(text), limit).strip() or " "
    ticks = "`" * (_longest_run(content) + 1)
    pad = " " if content.startswith("`") or content.endswith("`") else ""
    return f"{ticks}{pad}{content}{pad}{ticks}"


def cell_span(text: str, limit: int = 120) -> str:
    """A code span for a table's cell; a pipe would end the cell, so a look-alike stands for it."""
    return code_span(text.replace("|", "∣"), limit)


def markdown_text(text: str, limit: int = 400) -> str:
    """Prose as inert Markdown for the middle of a line.

    No mention, reference, link, image, HTML or emphasis of the text survives.
    """
    escaped = _MARKUP.sub(r"\\\1", cut(plain(text), limit))
    # The backslash does not stop GitHub's own filters, which look at the rendered text.
    escaped = re.sub(r"([@#$])", rf"\1{_INVISIBLE_BREAK}", escaped)
    return _AUTOLINKS.sub(rf"\1{_INVISIBLE_BREAK}", escaped)


def markdown_prose(text: str, limit: int = 400) -> str:
    """Prose whose `quoted` parts become code spans and whose rest is inert."""
    parts = cut(plain(text), limit).split("`")
    last = len(parts) - 1
    return "".join(
        code_span(part) if index % 2 and index < last and part.strip() else markdown_text(part)
        for index, part in enumerate(parts)
    )


def fenced(lines: list[str], language: str) -> str:
    """A fenced block that no line within can close; the lines are made plain here."""
    content = [line for raw in lines for line in plain_lines(raw)]
    longest = max((_longest_run(line) for line in content), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}{language}", *content, fence])


def uri(path: str) -> str:
    """A relative or file URI reference of a path, percent-encoded byte by byte."""
    encoded = quote(_NOT_BYTES.sub("\ufffd", path), safe="/", errors="surrogateescape")
    return f"file://{encoded}" if path.startswith("/") else encoded


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
