"""Lays out the lines of a small program: how far they stand to the right, where braces are."""

from __future__ import annotations

import re

from model_export.programs.compose.parts import Lines
from model_export.programs.compose.small_style import SmallStyle

_HEAD = re.compile(r"(?:for|if|while|else)\b(?!.*[;{]$)")
_OPENED = re.compile(r"\{ (std::.*)")


def tidied(lines: Lines, style: SmallStyle) -> Lines:
    """The lines by the depth of their braces, in the style of the program."""
    made: Lines = []
    blocks: list[tuple[int, int]] = []  # of those that are open: steps, and heads before them
    steps = waiting = 0  # waiting: heads whose one statement is still to come
    for text in [part for line in lines for part in _split(line.strip())]:
        if text.startswith("}"):
            steps, waiting = blocks.pop()
        ahead = 0 if text == "{" else waiting
        pad = " " * (style.width * (steps + ahead))
        if text.startswith("#") and (style.flush or not text.startswith("#pragma omp")):
            pad = ""
        made += _placed(text, pad, style)
        if text.endswith("{"):
            blocks.append((steps, ahead))
            steps, waiting = steps + ahead + 1, 0
        elif text and not text.startswith("#"):
            waiting = waiting + 1 if _HEAD.match(text) else 0
    return made


def _split(line: str) -> Lines:
    match = _OPENED.fullmatch(line)
    return ["{", match[1]] if match else [line]


def _placed(line: str, pad: str, style: SmallStyle) -> Lines:
    if style.own_line and line.endswith(" {") and not line.startswith(("}", "enum")):
        return [pad + line[:-2], pad + "{"]
    return [pad + line if line else ""]
