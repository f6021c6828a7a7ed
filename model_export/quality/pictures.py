"""Small pictures for the datasheet, as SVG text without any library."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from model_export.quality.balance import Share
from model_export.quality.tells import Tell

ROW, NAMES, WIDTH, EDGE = 18, 170, 420, 70  # pixels
_RACY, _CLEAN, _INK, _LINE = "#c4572b", "#4a7fa5", "#333333", "#bbbbbb"


def mixture(found: Sequence[Share], title: str) -> str:
    """A bar a group, racy and clean side by side; lines show the bar that the share must meet."""
    rows = sorted(found, key=lambda share: (-share.total, share.name))
    parts = [_text(0, 14, title, weight="bold")]
    for number, share in enumerate(rows):
        y = 26 + number * ROW
        split = NAMES + WIDTH * share.racy_share
        parts += [
            _text(NAMES - 6, y + 12, share.name, anchor="end"),
            _box(NAMES, y, split - NAMES, _RACY),
            _box(split, y, NAMES + WIDTH - split, _CLEAN),
            _text(NAMES + WIDTH + 6, y + 12, str(share.total)),
            *(_upright(NAMES + WIDTH * end, y) for end in share.bar),
        ]
    foot = 26 + len(rows) * ROW + 16
    parts.append(_text(NAMES, foot, "racy", fill=_RACY))
    parts.append(_text(NAMES + WIDTH, foot, "clean", fill=_CLEAN, anchor="end"))
    return _svg(parts, foot + 8)


def intervals(tells: Sequence[Tell]) -> str:
    """A dot with its interval for each test, from chance (0.5) on, and the bar it must not pass."""
    parts = [_text(0, 14, "What tells the outcome of unseen families (AUROC)", weight="bold")]
    for number, tell in enumerate(tells):
        y = 30 + number * (ROW + 8)
        parts += [
            _text(NAMES - 6, y + 12, tell.name.removeprefix("counts of "), anchor="end"),
            _stroke(NAMES, NAMES + WIDTH, y + 8, _LINE, 1),
            _stroke(_place(tell.low), _place(tell.high), y + 8, _CLEAN, 5),
            f'<circle cx="{_place(tell.area):.1f}" cy="{y + 8}" r="4" fill="{_INK}"/>',
            _upright(_place(tell.bar), y),
            _text(NAMES + WIDTH + 6, y + 12, f"{tell.area:.3f}"),
        ]
    foot = 30 + len(tells) * (ROW + 8) + 14
    parts += [_text(_place(tick), foot, f"{tick:.1f}", anchor="middle") for tick in _TICKS]
    return _svg(parts, foot + 8)


_TICKS = (0.4, 0.5, 0.6, 0.7, 0.8)


def _place(area: float) -> float:
    low, high = _TICKS[0], _TICKS[-1]
    return NAMES + WIDTH * (min(max(area, low), high) - low) / (high - low)


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", fill: str = _INK, weight: str = ""
) -> str:
    bold = f' font-weight="{weight}"' if weight else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} fill="{fill}"{bold}>{escape(text)}</text>'


def _box(x: float, y: float, width: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 4}" fill="{fill}"/>'


def _upright(x: float, y: float) -> str:
    return f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 1}" y2="{y + ROW - 3}" stroke="{_INK}"/>'


def _stroke(start: float, end: float, y: float, colour: str, width: int) -> str:
    ends = f'x1="{start:.1f}" x2="{end:.1f}" y1="{y}" y2="{y}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"/>'


def _svg(parts: Sequence[str], height: float) -> str:
    size = f'width="{NAMES + WIDTH + EDGE}" height="{height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif"'
    ground = '<rect width="100%" height="100%" fill="white"/>'
    return "\n".join([f'{head} font-size="11">', ground, *parts, "</svg>"]) + "\n"
