"""Twins: a racy program and the clean sibling that the smallest edit makes of it, both right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from model_export.proof.ask import Answer, Asker
from model_export.proof.pairs import SLOT, Step, racy


@dataclass(frozen=True, slots=True, kw_only=True)
class Couple:
    """A racy program, its clean twin, and the probabilities of both files."""

    family: str
    racy: str
    clean: str
    racy_probability: float
    clean_probability: float
    both_right: bool
    ranked_right: bool


def couples(steps: Iterable[Step], asker: Asker) -> list[Couple]:
    """One couple for each racy program that has a clean sibling; steps come smallest first."""
    nearest: dict[str, Step] = {}
    for step in steps:
        if step.how == SLOT and step.flips and racy(step.before):
            nearest.setdefault(step.before["id"], step)
    return [_couple(step, *_asked(step, asker)) for step in nearest.values()]


def _asked(step: Step, asker: Asker) -> list[Answer]:
    return asker.answers([(row["language"], row["source"]) for row in (step.before, step.after)])


def _couple(step: Step, racy_one: Answer, clean_one: Answer) -> Couple:
    return Couple(
        family=step.before["family"],
        racy=step.before["id"],
        clean=step.after["id"],
        racy_probability=racy_one.probability,
        clean_probability=clean_one.probability,
        both_right=racy_one.racy and not clean_one.racy,
        ranked_right=racy_one.probability > clean_one.probability,
    )
