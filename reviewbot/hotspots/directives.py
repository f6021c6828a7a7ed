"""What directives say of how work is dealt out, and which loop they are about."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reviewbot.code.openmp import Directive
from reviewbot.hotspots.expressions import Value
from reviewbot.hotspots.steps import Construct, Loop, Seq, Step


def first(step: Step) -> Step:
    """The loop that a construct shares, through constructs and blocks that hold nothing else."""
    while isinstance(step, (Construct, Seq)):
        if isinstance(step, Construct):
            step = step.body
            continue
        inner = [item for item in step.items if isinstance(item, (Loop, Construct))]
        if len(inner) != 1:
            return step
        step = inner[0]
    return step


def tasks(step: Step) -> bool:
    """Whether a task is made in it, not below another loop."""
    if isinstance(step, Construct):
        return step.directive.has("task") and not step.directive.has("taskloop")
    return isinstance(step, Seq) and any(tasks(item) for item in step.items)


def contains_dealt(step: Step) -> bool:
    """Whether a loop of tasks lies in it, whose rounds are dealt out one by one."""
    if isinstance(step, Construct):
        return step.directive.has("taskloop") or contains_dealt(step.body)
    if isinstance(step, Loop):
        return tasks(step.body) or contains_dealt(step.body)
    return isinstance(step, Seq) and any(contains_dealt(item) for item in step.items)


def scheduled(directive: Directive, known: Mapping[str, Value | None]) -> tuple[str, float | None]:
    """(static, dynamic or guided; the chunk) of a loop's clauses."""
    clause = directive.clause("schedule") or directive.clause("dist_schedule")
    grain = directive.clause("grainsize")
    if grain is not None and grain.items:
        return "dynamic", _value(grain.items[0], known)
    if clause is None or not clause.items:
        return "static", None
    kind = clause.items[0].split(":")[-1].strip().lower()
    chunk = _value(clause.items[1], known) or 1.0 if len(clause.items) > 1 else None
    return (kind if kind in ("dynamic", "guided") else "static"), chunk


def number(text: str) -> float | None:
    """The number that a clause gives, None if it gives a name or an expression."""
    return float(text) if text.strip().isdigit() else None


def _value(text: str, known: Mapping[str, Value | None]) -> float | None:
    told = number(text)
    found = known.get(text.strip()) if told is None else told
    return None if found is None else float(np.mean(found))
