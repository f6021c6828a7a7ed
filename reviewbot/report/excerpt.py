"""Code excerpts with a gutter and carets; shared by the terminal and the Markdown report."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from reviewbot.records import Access, Finding
from reviewbot.report.escape import visible
from reviewbot.report.wording import label

TAB = 4
_MOST = 6  # accesses shown of one finding; the JSON report has all


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of an excerpt: a source line (number set), a caret row (marks set) or a gap."""

    number: int | None = None
    text: str = ""
    marks: str = ""  # spaces and carets
    label: str = ""
    path: str = ""  # set on a row that opens another file


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """A source line as display cells: what each character looks like and how wide it is."""

    glyphs: tuple[str, ...]
    widths: tuple[int, ...]

    def offset(self, column: int) -> int:
        """Display offset of a 1-based character column, clamped to the line's end."""
        return sum(self.widths[: max(column - 1, 0)])


def excerpt(finding: Finding, sources: dict[str, str], width: int) -> list[Row]:
    """Rows that show each access of a finding, in order of place, with a caret row under each."""
    rows: list[Row] = []
    seen: tuple[str, int] = (finding.path, 0)
    chosen = _in_order(finding)
    for access in chosen[:_MOST]:
        lines = _lines(sources.get(access.path, ""))
        if access.path != seen[0]:
            rows.append(Row(path=access.path))
            seen = (access.path, 0)
        elif seen[1] and access.line > seen[1] + 1:
            rows.extend(_between(lines, seen[1], access.line, width))
        shown, marks = _marked(_line(lines, access), access, width)
        if access.line != seen[1]:
            rows.append(Row(number=access.line, text=shown))
        rows.append(Row(marks=marks, label=label(access, finding)))
        seen = (access.path, access.line)
    if len(chosen) > _MOST:
        rows.append(Row(text=f"… {len(chosen) - _MOST} more accesses"))
    return rows or _span(finding, _lines(sources.get(finding.path, "")), width)


def display_width(text: str) -> int:
    """Terminal columns of a text."""
    return sum(_char_width(char) for char in text)


def _in_order(finding: Finding) -> list[Access]:
    unique = dict.fromkeys(finding.accesses)
    return sorted(unique, key=lambda a: (a.path != finding.path, a.path, a.line, a.column))


def _between(lines: list[str], before: int, after: int, width: int) -> list[Row]:
    # One hidden line costs as much room as the gap that would stand for it: show it.
    if after == before + 2 and before < len(lines):
        return [Row(number=before + 1, text=_plain_line(lines[before], width))]
    return [Row(text="…")]


def _span(finding: Finding, lines: list[str], width: int) -> list[Row]:
    last = min(finding.end_line, finding.line + 2, len(lines))
    return [
        Row(number=number, text=_plain_line(lines[number - 1], width))
        for number in range(max(finding.line, 1), last + 1)
    ]


def _lines(source: str) -> list[str]:
    # Not splitlines(): a form feed or U+2028 ends no line for a compiler, and numbers would drift.
    return [line.rstrip("\r") for line in source.split("\n")] if source else []


def _line(lines: list[str], access: Access) -> str:
    if 0 < access.line <= len(lines):
        return lines[access.line - 1]
    return " " * (access.column - 1) + access.text  # the file's text was not kept


def _plain_line(line: str, width: int) -> str:
    cells = _cells(line)
    return _window(cells, 0, 1, width)[0]


def _marked(line: str, access: Access, width: int) -> tuple[str, str]:
    cells = _cells(line)
    start = cells.offset(access.column)
    end = max(cells.offset(access.end_column), start + 1)
    shown, shift = _window(cells, start, end, width)
    start, end = (
        max(start + shift, 0),
        min(end + shift, max(display_width(shown), start + shift + 1)),
    )
    return shown, " " * start + "^" * max(end - start, 1)


def _window(cells: _Cells, start: int, end: int, width: int) -> tuple[str, int]:
    """The part of a line that fits the width and holds the caret, and how far the caret moves."""
    total = sum(cells.widths)
    if total <= width:
        return "".join(cells.glyphs).rstrip(), 0
    room = width - 2  # an ellipsis at either end
    first = min(max(0, start - max(room - (end - start), 0) // 2), max(total - room, 0))
    first = 0 if first <= 1 else first
    kept, begin = _take(cells, first, room)
    head = "…" if begin else ""
    tail = "…" if begin + display_width(kept) < total else ""
    return head + kept + tail, len(head) - begin


def _take(cells: _Cells, first: int, room: int) -> tuple[str, int]:
    """The glyphs from display offset `first` on within `room` columns, and where they begin."""
    kept: list[str] = []
    begin: int | None = None
    offset = 0
    for glyph, width in zip(cells.glyphs, cells.widths, strict=True):
        if offset >= first:
            begin = offset if begin is None else begin
            if offset + width - begin > room:
                break
            kept.append(glyph)
        offset += width
    return "".join(kept), begin or 0


def _cells(line: str) -> _Cells:
    glyphs: list[str] = []
    offset = 0
    for char in line:
        glyph = " " * (TAB - offset % TAB) if char == "\t" else visible(char)
        glyphs.append(glyph)
        offset += display_width(glyph)
    return _Cells(glyphs=tuple(glyphs), widths=tuple(display_width(glyph) for glyph in glyphs))


def _char_width(char: str) -> int:
    if char.isascii():
        return 1
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
