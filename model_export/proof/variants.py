"""The same program in other words: each change of style, and comments that claim an outcome."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from model_export.mutations.program import ParsedProgram
from model_export.mutations.style import restyle
from model_export.mutations.style_changes import CHANGES
from model_export.proof.ask import Row

SEVERAL = "four changes at once"
COMMENTS = {
    "comment: no race here": "no race here, checked",
    "comment: race here": "FIXME data race here",
}
STYLES = (*CHANGES, *COMMENTS, SEVERAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A program in another style."""

    row: Row
    style: str
    text: str
    lines: Mapping[int, int]  # line before -> line after, for lines that are still there


def variants(
    row: Row, seed: int, commented: Sequence[int], only: Sequence[str] = ()
) -> Iterator[Variant]:
    """The program in every style that finds a place; comments go to the lines `commented`."""
    source, language = row["source"], row["language"]
    for style in only or STYLES:
        if style in COMMENTS:
            text, lines = with_comment(source, COMMENTS[style], commented)
        else:
            several = style == SEVERAL
            made = restyle(
                source, language, seed, steps=4 if several else 1, only=() if several else (style,)
            )
            text, lines = made.text, dict(made.lines)
        fits = ParsedProgram(text, language).errors <= ParsedProgram(source, language).errors
        if text != source and fits:
            yield Variant(row=row, style=style, text=text, lines=lines)


def with_comment(source: str, comment: str, at: Sequence[int]) -> tuple[str, Mapping[int, int]]:
    """The comment above the first of the lines and behind each; where each line went."""
    old = source.split("\n")
    places = sorted({line for line in at if _is_free(old, line)})
    if not places:
        return source, {number: number for number in range(1, len(old) + 1)}
    new = [f"{text}  // {comment}" if n in places else text for n, text in enumerate(old, 1)]
    first = places[0] - 1
    blank = re.match(r"\s*", old[first])
    new.insert(first, f"{blank[0] if blank else ''}// {comment}")
    return "\n".join(new), {n: n + (n > first) for n in range(1, len(old) + 1)}


def _is_free(lines: Sequence[str], line: int) -> bool:
    """Whether a comment may stand above and behind the line: it goes on nowhere and has none."""
    here, above = lines[line - 1], lines[line - 2] if line > 1 else ""
    comment = re.search(r"//|/\*|\*/", here + above)
    return bool(here.strip()) and not comment and not here.endswith("\\") and above[-1:] != "\\"
