"""Risk–coverage curves, the areas under them, and their picture."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from model_export.selective.bounds import Array

COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#7f7f7f")
WIDTH, HEIGHT, EDGE = 640, 400, 60


def risk_coverage(wrong: Array, confidence: Array) -> tuple[Array, Array]:
    """(coverages, risks): the error among the most confident n of N, for n = 1..N.

    Of equal confidence no item goes before another: each counts as their mean.
    """
    order = np.argsort(-confidence, kind="stable")
    _, index, counts = np.unique(-confidence[order], return_inverse=True, return_counts=True)
    means = (np.bincount(index, weights=wrong[order]) / counts)[index]
    number = np.arange(1, len(wrong) + 1)
    return number / max(len(wrong), 1), np.cumsum(means) / number


def aurc(wrong: Array, confidence: Array) -> float:
    """Area under the risk–coverage curve (Geifman and El-Yaniv 2017): mean error over coverages."""
    _, risks = risk_coverage(wrong, confidence)
    return float(risks.mean()) if len(risks) else float("nan")


def augrc(wrong: Array, confidence: Array) -> float:
    """Area under the generalised curve (Traub et al. 2024): mean of coverage × error."""
    coverages, risks = risk_coverage(wrong, confidence)
    return float((coverages * risks).mean()) if len(risks) else float("nan")


def best_aurc(wrong: Array) -> float:
    """The area that a confidence would reach that knew every error."""
    return aurc(wrong, -wrong)


def picture(title: str, curves: Mapping[str, tuple[Array, Array]], points: int = 200) -> str:
    """Curves (coverages, risks) as SVG, without any library."""
    top = max((float(risks.max()) for _, risks in curves.values() if len(risks)), default=0.0)
    top = max(np.ceil(top * 20) / 20, 0.05)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{WIDTH / 2}" y="24" text-anchor="middle" font-size="14">{_safe(title)}</text>',
        *_axes(float(top)),
    ]
    for number, (name, (coverages, risks)) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        kept = np.unique(np.linspace(0, len(risks) - 1, min(points, len(risks))).astype(int))
        path = " ".join(_place(coverages[i], risks[i], float(top)) for i in kept)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        y = EDGE + 16 * number
        lines.append(f'<text x="{EDGE + 12}" y="{y}" fill="{colour}">{_safe(name)}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def _place(coverage: float, risk: float, top: float) -> str:
    x = EDGE + coverage * (WIDTH - 2 * EDGE)
    y = HEIGHT - EDGE - risk / top * (HEIGHT - 2 * EDGE)
    return f"{x:.1f},{y:.1f}"


def _axes(top: float) -> list[str]:
    low, right = HEIGHT - EDGE, WIDTH - EDGE
    lines = [
        f'<path d="M{EDGE} {EDGE}V{low}H{right}" fill="none" stroke="black"/>',
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 16}" text-anchor="middle">coverage</text>',
        f'<text x="16" y="{HEIGHT / 2}" transform="rotate(-90 16 {HEIGHT / 2})" '
        'text-anchor="middle">error among the covered</text>',
    ]
    for step in range(6):
        x = EDGE + step / 5 * (WIDTH - 2 * EDGE)
        y = low - step / 5 * (HEIGHT - 2 * EDGE)
        lines.append(f'<text x="{x:.0f}" y="{low + 18}" text-anchor="middle">{step / 5:.1f}</text>')
        lines.append(
            f'<text x="{EDGE - 6}" y="{y + 4:.0f}" text-anchor="end">{top * step / 5:.3f}</text>'
        )
    return lines


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
