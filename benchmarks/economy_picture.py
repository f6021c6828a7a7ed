"""The economy of escalation as a picture: an SVG of two panels, written by hand to stay light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]

WIDTH, HEIGHT = 1120, 520
INK, QUIET, GRID = "#1f2933", "#5f6b76", "#e4e8ec"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A curve with its name in the legend; `band` holds the lower and the upper end."""

    name: str
    points: Sequence[Point]
    colour: str
    dash: str = ""
    wide: bool = False
    band: tuple[Sequence[Point], Sequence[Point]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A pair of axes and what is drawn between them."""

    title: str
    x: str
    y: str
    lines: Sequence[Line]
    range_y: tuple[float, float]
    step_y: float
    marks: Sequence[float] = ()  # vertical lines, in x
    notes: Sequence[str] = field(default=())
    legend_top: bool = False  # in the upper left rather than the lower right


def picture(title: str, panels: Sequence[Panel], feet: Sequence[str] = ()) -> str:
    """The SVG text, with lines of small print; both axes of a panel are shares, x from 0 to 1."""
    wide = WIDTH // len(panels)
    drawn = [
        _Frame(panel, index * wide + 70, 84, wide - 100, 326).draw()
        for index, panel in enumerate(panels)
    ]
    head = f'<text x="24" y="34" font-size="18" font-weight="600">{escape(title)}</text>'
    above = HEIGHT - 14 - 17 * (len(feet) - 1)
    end = [_text(24, above + 17 * n, foot, 12, fill=QUIET) for n, foot in enumerate(feet)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" fill="{INK}" '
        'font-family="system-ui, Segoe UI, Helvetica, Arial, sans-serif">\n'
        + "\n".join(
            [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>', head, *drawn, *end]
        )
        + "\n</svg>\n"
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """A panel at its place, in pixels."""

    panel: Panel
    left: float
    top: float
    width: float
    height: float

    def draw(self) -> str:
        parts = [self._words(), *self._grid(), *self._marks()]
        parts += [self._band(line) for line in self.panel.lines if line.band]
        parts += [self._line(line) for line in self.panel.lines]
        return "\n".join([*parts, self._legend()])

    def _x(self, x: float) -> float:
        return round(self.left + x * self.width, 1)

    def _y(self, y: float) -> float:
        low, high = self.panel.range_y
        inside = min(max(y, low), high)
        return round(self.top + (high - inside) / (high - low) * self.height, 1)

    def _words(self) -> str:
        middle, below = self.left + self.width / 2, self.top + self.height + 42
        aside, half = self.left - 50, self.top + self.height / 2
        return "\n".join(
            [
                _text(self.left, self.top - 16, self.panel.title, 14, weight="600"),
                _text(middle, below, self.panel.x, 12, anchor="middle"),
                f'<g transform="rotate(-90 {aside} {half})">'
                f"{_text(aside, half, self.panel.y, 12, anchor='middle')}</g>",
            ]
        )

    def _grid(self) -> list[str]:
        (low, high), parts = self.panel.range_y, []
        for n in range(round((high - low) / self.panel.step_y) + 1):
            y = low + n * self.panel.step_y
            parts.append(_rule(self._x(0), self._y(y), self._x(1), self._y(y), GRID))
            parts.append(_text(self._x(0) - 8, self._y(y) + 4, _percent(y), 11, anchor="end"))
        for n in range(6):
            text = _percent(n / 5)
            parts.append(
                _text(self._x(n / 5), self.top + self.height + 20, text, 11, anchor="middle")
            )
        return parts

    def _marks(self) -> list[str]:
        end = self.top + self.height
        return [
            _rule(self._x(at), self.top, self._x(at), end, QUIET, dash="2 4")
            for at in self.panel.marks
        ]

    def _line(self, line: Line) -> str:
        dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        return (
            f'<polyline points="{self._points(line.points)}" fill="none" stroke="{line.colour}" '
            f'stroke-width="{2.6 if line.wide else 1.6}" stroke-linejoin="round"{dash}/>'
        )

    def _band(self, line: Line) -> str:
        lower, upper = line.band or ((), ())
        around = self._points([*lower, *reversed(upper)])
        return f'<polygon points="{around}" fill="{line.colour}" fill-opacity="0.13"/>'

    def _points(self, points: Sequence[Point]) -> str:
        return " ".join(f"{self._x(x)},{self._y(y)}" for x, y in points)

    def _legend(self) -> str:
        lines, notes, row = self.panel.lines, self.panel.notes, 19
        tall = row * (len(lines) + len(notes)) + 10
        left = self._x(0) + 12 if self.panel.legend_top else self._x(1) - 332
        top = self.top + 8 if self.panel.legend_top else self.top + self.height - tall - 10
        parts = [
            f'<rect x="{left}" y="{top}" width="320" height="{tall}" rx="4" fill="#ffffff" '
            f'fill-opacity="0.9" stroke="{GRID}"/>'
        ]
        for n, line in enumerate(lines):
            y = top + 18 + n * row
            width = 2.6 if line.wide else 1.6
            parts.append(
                _rule(left + 10, y - 4, left + 38, y - 4, line.colour, width=width, dash=line.dash)
            )
            parts.append(_text(left + 46, y, line.name, 12))
        for n, note in enumerate(notes, len(lines)):
            parts.append(_text(left + 10, top + 18 + n * row, note, 12, fill=QUIET))
        return "\n".join(parts)


def _text(
    x: float,
    y: float,
    text: str,
    size: int,
    *,
    anchor: str = "start",
    weight: str = "400",
    fill: str = INK,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'font-weight="{weight}" fill="{fill}">{escape(text)}</text>'
    )


def _rule(
    x1: float, y1: float, x2: float, y2: float, colour: str, *, width: float = 1.0, dash: str = ""
) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width}"{dashed}/>'
    )


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"
