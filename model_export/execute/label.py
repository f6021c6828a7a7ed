"""Turns what the runs showed and what the author declared into one labelled row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model_export.execute.run import SOURCE, Run
from model_export.execute.tsan_report import Report, Side
from model_export.programs.sample import Program

_FAILURES = ("compile-error", "crash", "timeout")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The verdict on one program; `usable` says whether it may teach a model."""

    label: str  # "racy" | "clean" | "" if the program could not be run
    outcome: str  # "racy" | "clean" | "timeout" | "crash" | "compile-error"
    agrees: bool  # the tool saw what the author declared
    disagrees: bool  # declared clean, yet reported: the report is believed
    usable: bool
    detail: str


def label(program: Program, runs: Sequence[Run]) -> Label:
    """Combine the runs: racy if any reports a data race."""
    outcome = _combined([run.outcome for run in runs])
    ran = outcome in ("racy", "clean")
    silent = program.expected == "racy" and outcome == "clean"
    return Label(
        label=outcome if ran else "",
        outcome=outcome,
        agrees=outcome == program.expected,
        disagrees=program.expected == "clean" and outcome == "racy",
        usable=ran and not silent,
        detail=next((run.detail for run in runs if run.detail), ""),
    )


def _combined(outcomes: Sequence[str]) -> str:
    for found in ("racy", *_FAILURES):
        if found in outcomes:
            return found
    return "clean"


def row(program: Program, runs: Sequence[Run]) -> dict[str, object]:
    """One flat row for Parquet; nested values are JSON texts."""
    verdict = label(program, runs)
    return {
        "id": program.id,
        "family": program.family,
        "domain": program.domain,
        "language": program.language,
        "source": program.source,
        "choices": json.dumps(program.choices, sort_keys=True),
        "effects": json.dumps(program.effects, sort_keys=True),
        "slot_lines": json.dumps(program.slot_lines, sort_keys=True),
        "expected": program.expected,
        "twin_group": program.twin_group,
        "label": verdict.label,
        "outcome": verdict.outcome,
        "agrees": verdict.agrees,
        "disagrees": verdict.disagrees,
        "usable": verdict.usable,
        "detail": verdict.detail[:2000],
        "runs": json.dumps([_run(run) for run in runs]),
        "reports": json.dumps(reported_pairs(program, runs)),
        "other_reports": json.dumps(_other_kinds(runs)),
        "mutation": program.choices.get("mutation", ""),
        "parent": program.choices.get("parent", ""),
    }


def _run(run: Run) -> dict[str, object]:
    return {
        "level": run.setting.level,
        "threads": run.setting.threads,
        "outcome": run.outcome,
        "artefacts": run.artefacts,
    }


def _other_kinds(runs: Sequence[Run]) -> list[str]:
    return sorted({r.kind for run in runs for r in run.reports if not r.is_race})


def reported_pairs(program: Program, runs: Sequence[Run]) -> list[dict[str, object]]:
    """Each racing pair of places once, whichever side was seen first."""
    found: dict[str, dict[str, object]] = {}
    for report in _races(runs):
        sides = [_place(side, SOURCE[program.language]) for side in report.sides]
        if len(sides) == 2 and all(sides):
            sides.sort(key=_order)
            pair: dict[str, object] = {
                "a": sides[0],
                "b": sides[1],
                "location": str(report.location),
            }
            found.setdefault(json.dumps([sides[0], sides[1]], sort_keys=True), pair)
    return list(found.values())


def _races(runs: Sequence[Run]) -> Iterator[Report]:
    return (report for run in runs for report in run.reports if report.is_race)


def _place(side: Side, source: str) -> dict[str, object]:
    frame = side.own_frame(source)
    if frame is None:
        return {}
    return {
        "line": frame.line,
        "column": frame.column,
        "mode": side.mode,
        "atomic": side.atomic,
        "function": frame.function,
        "mutexes": len(side.mutexes),
    }


def _order(place: dict[str, object]) -> str:
    return f"{place['line']:>6} {place['column']:>6} {place['mode']} {place['function']}"
