"""The figures of the proof as Markdown tables for the model card, with their bars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from model_export import metrics
from model_export.card import Interval, Table
from model_export.dataset import is_composed
from model_export.proof.faithful import (
    BREAKING,
    ELSEWHERE,
    MENDING,
    NEUTRAL,
    OTHER_OBJECT,
    UNNAMED,
    Trial,
)
from model_export.proof.invariance import Breakage, Restyling
from model_export.proof.pairs import MUTATION, SLOT
from model_export.proof.twins import Couple

T = TypeVar("T")
NONE: Interval = (float("nan"),) * 3
_FAITHFUL = ("edit", "edits", "families", "object's verdict turns", "file's", "mean shift")
_STYLES = ("style", "programs", "families", "verdict turns", "finding comes or goes", "worst shift")
_KINDS = (
    (BREAKING, SLOT, "ends the race: the object's slot, one choice"),
    (BREAKING, MUTATION, "ends the race: a mutation of lines that the trace cites"),
    (MENDING, SLOT, "brings the race: the link that the trace calls broken"),
    (UNNAMED, OTHER_OBJECT, "none: the slot of another object"),
    (UNNAMED, ELSEWHERE, "none: a mutation of lines that the trace does not cite"),
    (UNNAMED, NEUTRAL, "none: a neutral slot or parameter"),
)
_BARS = (
    ("**breaks what the trace of a race names** (bar: ≥ 0.90)", (BREAKING,), True),
    ("**breaks or mends what a trace names**", (BREAKING, MENDING), True),
    ("**changes what no trace names** (bar: ≤ 0.05)", (UNNAMED,), False),
)


def share(values: Sequence[float], families: Sequence[str]) -> Interval:
    """The mean with its interval by bootstrap over families.

    Where all values are alike a bootstrap says nothing: the bound is then that of Clopper and
    Pearson for as many trials as there are families.
    """
    if not values:
        return NONE
    array = np.array(values, float)
    if array.min() == array.max() and array[0] in (0, 1):
        wide = 1 - 0.025 ** (1 / len(set(families)))
        return (0.0, 0.0, wide) if array[0] == 0 else (1.0, 1 - wide, 1.0)
    return metrics.interval(_mean, array, np.zeros(len(array)), families)


def _mean(values: metrics.Array, _: metrics.Array) -> float:
    return float(np.mean(values))


def faithfulness(trials: Sequence[Trial]) -> list[Table]:
    """Authored and composed programs apart."""
    return [
        table
        for name, part in parts(trials, lambda trial: trial.family)
        for table in (_edits(name, part), _links(name, part))
    ]


def _edits(name: str, trials: Sequence[Trial]) -> Table:
    table = Table(f"Faithfulness to the trace, {name} (executed edits)", _FAITHFUL)
    for group, kind, title in _KINDS:
        some = [trial for trial in trials if (trial.group, trial.kind) == (group, kind)]
        _add_trials(table, title, some, with_file=kind != OTHER_OBJECT)
    for title, groups, with_file in _BARS:
        some = [trial for trial in trials if trial.group in groups]
        _add_trials(table, title, some, with_file=with_file)
    return table


def _links(name: str, trials: Sequence[Trial]) -> Table:
    table = Table(f"Faithfulness by the link that the slot is about, {name}", _FAITHFUL)
    for link in dict.fromkeys(sorted(trial.link for trial in trials if trial.link)):
        _add_trials(table, link, [trial for trial in trials if trial.link == link])
    return table


def _add_trials(
    table: Table, title: str, trials: Sequence[Trial], *, with_file: bool = True
) -> None:
    """One row; an edit of another object may rightly turn the file's verdict."""
    families = [trial.family for trial in trials]
    figures = {
        "object's verdict turns": share([float(t.object_turns) for t in trials], families),
        "file's": share([float(t.file_turns) for t in trials], families) if with_file else NONE,
        "mean shift": share([t.shift for t in trials], families),
    }
    if trials:
        table.add(title, len(trials), figures, extra=str(len(set(families))))


def invariance(told: Sequence[Restyling]) -> list[Table]:
    """One row a style, authored and composed programs apart."""
    return [_styles(name, part) for name, part in parts(told, lambda item: item.family)]


def _styles(name: str, told: Sequence[Restyling]) -> Table:
    table = Table(f"Invariance under changes of style, {name} (bar: ≤ 0.01)", _STYLES)
    by_style: dict[str, list[Restyling]] = {}
    for item in told:
        by_style.setdefault(item.style, []).append(item)
    for style in sorted(by_style, key=lambda name: (-_turned(by_style[name]), name)):
        _add_style(table, style, by_style[style])
    _add_style(table, "**all**", told)
    return table


def _turned(told: Sequence[Restyling]) -> float:
    return sum(item.turns for item in told) / len(told)


def _add_style(table: Table, style: str, told: Sequence[Restyling]) -> None:
    families = [item.family for item in told]
    mapped = [item for item in told if item.findings is not None]
    worst = max(item.shift for item in told)
    figures = {
        "verdict turns": share([float(item.turns) for item in told], families),
        "finding comes or goes": share(
            [float(bool(item.findings)) for item in mapped], [item.family for item in mapped]
        ),
        "worst shift": (worst, worst, worst),
    }
    table.add(style, len(told), figures, extra=str(len(set(families))))


def twins(couples: Sequence[Couple]) -> Table:
    """Both right, and ranked right."""
    columns = ("programs", "twins", "families", "both right", "ranked right")
    table = Table("Twins at the smallest executed edit (bar for both right: ≥ 0.85)", columns)
    for name, part in parts(couples, lambda couple: couple.family):
        families = [couple.family for couple in part]
        figures = {
            "both right": share([float(c.both_right) for c in part], families),
            "ranked right": share([float(c.ranked_right) for c in part], families),
        }
        table.add(name, len(part), figures, extra=str(len(set(families))))
    return table


def parts(items: Sequence[T], family: Callable[[T], str]) -> Iterable[tuple[str, list[T]]]:
    """The items of authored families and those of composed structures, where there are any."""
    for name, composed in (("authored families", False), ("composed structures", True)):
        some = [item for item in items if is_composed(family(item)) is composed]
        if some:
            yield name, some


def breakage_text(found: Sequence[Breakage], most: int = 10) -> str:
    """The commonest causes for which a style changes a verdict."""
    lines = [
        f"{item.count}× {item.style}, e.g. {item.example.row['id']} of "
        f"{item.example.row['family']}: {item.before:.2f} → {item.after:.2f}\n"
        f"    {item.cause or 'no fact of the leading object differs'}"
        for item in found[:most]
    ]
    return "\n".join(["Verdicts that a style changes, by cause:", *lines]) if lines else ""


def left_out_text(reasons: Mapping[str, int]) -> str:
    """Why edits were not counted."""
    lines = [f"* {count:,}: {reason}" for reason, count in sorted(reasons.items())]
    return "\n".join(["Edits that do not count:", "", *lines]) + "\n" if lines else ""
