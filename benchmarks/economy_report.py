"""The economy of escalation in words: tables, the bar, and what is still missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import economy_curves as curves
from benchmarks.economy_curves import ORACLE, PLAN, RANDOM, Array, Economy, Figure
from benchmarks.economy_data import RAN, Case
from reviewbot.escalation.verdicts import missed

BUDGETS = (0.05, 0.10, 0.20, 0.40)
BAR = 0.20


@dataclass(frozen=True, slots=True)
class Bar:
    """Whether the combination at a fifth of the time keeps up with the sanitizer on everything."""

    order: str
    difference: Figure

    @property
    def met(self) -> bool:
        """At least as accurate."""
        return self.difference[0] >= -1e-12

    def text(self) -> str:
        """One sentence."""
        value, low, high = (100 * part for part in self.difference)
        told = f"{value:+.1f} points ({low:+.1f} to {high:+.1f})"
        sure = {True: ", over all of its interval", False: ""}[self.met and low >= 0.0]
        return (
            f"Bar: with {share_text(BAR, 0)} of the sanitizer's time at least as accurate as the "
            f"sanitizer on everything, escalated by {self.order}: "
            f"{'yes' if self.met else 'no'}{sure}; difference {told}."
        )


def bar_of(economy: Economy, order: str = PLAN, rounds: int = curves.ROUNDS) -> Bar:
    """The bar for an order and the interval of its difference, both sides drawn together."""

    def difference(counts: Array) -> float:
        both = curves.accuracy_at(economy, economy.values[order], BAR, counts)
        return both - float(np.average(economy.sanitizer, weights=counts))

    return Bar(order, curves.bootstrap(economy, difference, rounds=rounds))


def table(economy: Economy, rounds: int = curves.ROUNDS) -> str:
    """Accuracies as a Markdown table, with their intervals."""

    def of(right: Array) -> Figure:
        return curves.bootstrap(
            economy, lambda counts: float(np.average(right, weights=counts)), rounds=rounds
        )

    def at(name: str, share: float) -> Figure:
        value = economy.values[name]
        return curves.bootstrap(
            economy, lambda c: curves.accuracy_at(economy, value, share, c), rounds=rounds
        )

    lines = [
        f"| escalated by | {' | '.join(f'{share_text(b, 0)} of the time' for b in BUDGETS)} |",
        f"| --- |{' ---: |' * len(BUDGETS)}",
    ]
    for name in economy.values:
        lines.append(f"| {name} | {' | '.join(_figure(at(name, share)) for share in BUDGETS)} |")
    chance = [f"{curves.random_accuracy_at(economy, share):.3f}" for share in BUDGETS]
    lines.append(f"| {RANDOM} | {' | '.join(chance)} |")
    ends = [
        "| alone | accuracy |",
        "| --- | ---: |",
        f"| the model, nothing is run | {_figure(of(economy.alone))} |",
        f"| the sanitizer on everything | {_figure(of(economy.sanitizer))} |",
        f"| the model and the sanitizer on everything | {_figure(of(economy.settled))} |",
    ]
    return "\n".join([*ends, "", "Model and escalation together:", "", *lines])


def risks(economy: Economy, rounds: int = curves.ROUNDS) -> str:
    """AUGRC of the sides as a Markdown table."""
    lines = ["| answers of | AUGRC |", "| --- | ---: |"]
    for name, likely in sides(economy).items():
        figure = curves.bootstrap(
            economy,
            lambda counts, likely=likely: curves.augrc_of(economy, likely, counts),  # type: ignore[misc]
            rounds=rounds,
        )
        lines.append(f"| {name} | {_figure(figure, 4)} |")
    return "\n".join(lines)


def sides(economy: Economy) -> dict[str, Array]:
    """The probabilities of the model, of the combination and of the sanitizer."""
    value = economy.values[PLAN]
    return {
        "model alone": economy.model,
        **{
            f"with {share_text(b, 0)} of the time": curves.joined(economy, value, b)
            for b in (0.1, 0.2, 0.4)
        },
        "sanitizer on everything": economy.unaided,
    }


def needed(economy: Economy) -> str:
    """What stands between here and the bar."""
    value = economy.values[PLAN]
    rest = curves.error_of_the_rest(economy, value, BAR)
    allowed = curves.allowed_error_of_the_rest(economy, value, BAR)
    up = curves.catches_up(economy, value)
    best = curves.catches_up(economy, economy.values[ORACLE])
    return "\n".join(
        [
            f"Of the answers that are not escalated at {share_text(BAR, 0)}, {share_text(rest)} "
            f"are wrong; the bar allows {share_text(allowed)}.",
            f"The combination catches up at {share_text(up)} of the time; "
            f"an order that knew the outcome would at {share_text(best)}.",
        ]
    )


def share_text(value: float | None, digits: int = 1) -> str:
    """A share in per cent; None is none."""
    return "no share" if value is None else f"{100 * value:.{digits}f} %"


def _figure(figure: Figure, digits: int = 3) -> str:
    value, low, high = figure
    return f"{value:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def about(cases: Sequence[Case], economy: Economy) -> str:
    """The programs in figures."""
    racy = int(economy.racy.sum())
    silent = int(((economy.reported == 0) & (economy.racy == 1)).sum())
    failed = sum(case.sanitizer not in RAN for case in cases)
    mute = sum(case.opinion.probability == 0.0 for case in cases)
    hidden = sum(case.opinion.probability == 0.0 and case.racy for case in cases)
    return (
        f"{len(cases)} programs of {len(set(economy.families))} families, {racy} racy; of these "
        f"the sanitizer misses {silent} ({share_text(silent / max(racy, 1))}; escalation reckons "
        f"with {share_text(missed(1))}); {failed} runs failed; {mute} programs in which the front "
        f"end sees nothing to ask about, {hidden} of them racy; "
        f"{economy.seconds.sum():.0f} s in all."
    )
