"""The economy of escalation as two panels: time against accuracy, coverage against risk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks import economy_curves as curves
from benchmarks.economy_curves import ORACLE, PLAIN, PLAN, Economy
from benchmarks.economy_picture import Line, Panel, picture
from benchmarks.economy_report import BAR, sides

_GRID = np.linspace(0.0, 1.0, curves.GRID)


def draw(economy: Economy, title: str, feet: Sequence[str], rounds: int = 300) -> str:
    """Both panels as SVG."""
    return picture(title, [_budget_panel(economy, rounds), _risk_panel(economy)], feet)


def _budget_panel(economy: Economy, rounds: int) -> Panel:
    shares = [float(share) for share in _GRID]
    value, bar = economy.values[PLAN], float(economy.sanitizer.mean())
    figures = [
        curves.bootstrap(
            economy,
            lambda counts, s=s: curves.accuracy_at(economy, value, s, counts),  # type: ignore[misc]
            rounds=rounds,
        )
        for s in shares[::4]
    ]
    band = tuple([(s, f[end]) for s, f in zip(shares[::4], figures, strict=True)] for end in (1, 2))
    best = [(s, curves.accuracy_at(economy, economy.values[ORACLE], s)) for s in shares]
    plain = [(s, curves.accuracy_at(economy, economy.values[PLAIN], s)) for s in shares]
    chance = [(s, curves.random_accuracy_at(economy, s)) for s in shares[::5]]
    lowest = min(f[1] for f in figures)
    return Panel(
        title="What a share of the sanitizer's time buys",
        x="share of the sanitizer's time",
        y="accuracy on whole programs",
        lines=[
            Line(
                name=f"escalated by {PLAN}, 95 %",
                points=[(s, curves.accuracy_at(economy, value, s)) for s in shares],
                colour="#1c64d1",
                wide=True,
                band=(band[0], band[1]),
            ),
            Line(
                name="sanitizer on everything",
                points=[(0.0, bar), (1.0, bar)],
                colour="#b3261e",
                dash="7 4",
            ),
            Line(
                name="best possible order, knows the outcome",
                points=best,
                colour="#2a7f4f",
                dash="2 3",
            ),
            Line(name=f"escalated by {PLAIN}", points=plain, colour="#7aa7ea"),
            Line(name="escalated at random", points=chance, colour="#8a929a"),
        ],
        range_y=(min(float(np.floor(lowest * 20) / 20), 0.95), 1.0),
        step_y=0.05,
        marks=(BAR,),
    )


def _risk_panel(economy: Economy) -> Panel:
    colours = ("#8a929a", "#7aa7ea", "#1c64d1", "#123f85", "#b3261e")
    lines = []
    for (name, likely), colour in zip(sides(economy).items(), colours, strict=True):
        risk = curves.generalised_risk(economy.racy, likely)
        points = [((k + 1) / len(risk), float(r)) for k, r in enumerate(risk)]
        lines.append(
            Line(
                name=f"{name}: AUGRC {curves.augrc_of(economy, likely):.4f}",
                points=[(0.0, 0.0), *points[:: max(len(points) // 300, 1)], points[-1]],
                colour=colour,
                dash="7 4" if colour == "#b3261e" else "",
                wide=colour == "#1c64d1",
            )
        )
    top = max(line.points[-1][1] for line in lines)
    return Panel(
        title="Risk and coverage: the most confident answers first",
        x="coverage: share of the programs that are answered",
        y="wrong answers, as a share of all",
        lines=lines,
        range_y=(0.0, max(np.ceil(top * 50) / 50, 0.02)),
        step_y=0.02 if top <= 0.16 else 0.05,
        legend_top=True,
    )
