"""Counts of everything that was executed, the unusable too: what became of it and where from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from model_export.dataset import is_composed

COLUMNS = (
    "id",
    "family",
    "domain",
    "language",
    "label",
    "outcome",
    "expected",
    "runs",
    "usable",
    "mutation",
)
HARVESTED = "real_"  # how families of harvested functions begin


@dataclass(slots=True)
class Census:
    """The corpus as it was executed."""

    programs: int = 0
    usable: int = 0
    runs: int = 0
    families: set[str] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    domains: Counter[tuple[str, str]] = field(default_factory=Counter)  # (domain, outcome)
    sources: Counter[tuple[str, str]] = field(default_factory=Counter)  # (source, outcome)
    silent: int = 0  # declared racy, never reported: left out
    contradicted: int = 0  # declared clean, yet reported: the report is believed
    unsteady: int = 0  # reported in some runs and not in others

    def add(self, row: Mapping[str, Any]) -> None:
        """Count one row of the corpus."""
        outcome = str(row["outcome"])
        runs = [run["outcome"] for run in json.loads(row["runs"] or "[]")]
        self.programs += 1
        self.usable += bool(row["usable"])
        self.runs += len(runs)
        self.families.add(str(row["family"]))
        self.outcomes[outcome] += 1
        self.domains[str(row["domain"]) or "none given", outcome] += 1
        self.sources[source_of(row), outcome] += 1
        self.silent += row["expected"] == "racy" and outcome == "clean"
        self.contradicted += row["expected"] == "clean" and outcome == "racy"
        self.unsteady += {"racy", "clean"} <= set(runs)


def source_of(row: Mapping[str, Any]) -> str:
    """Where a program comes from, and its language."""
    family = str(row["family"])
    kind = "composed" if is_composed(family) else "authored"
    kind = "harvested" if family.startswith(HARVESTED) else kind
    return f"{'mutants of ' if row['mutation'] else ''}{kind}, {row['language']}"


def take(rows: Iterable[Mapping[str, Any]]) -> Census:
    """Count every row."""
    census = Census()
    for row in rows:
        census.add(row)
    return census


def outcome_table(found: Mapping[tuple[str, str], int]) -> str:
    """Markdown: a row a name, a column an outcome, the largest first."""
    outcomes = sorted({outcome for _, outcome in found}, key=_column)
    totals: Counter[str] = Counter()
    for (name, _), count in found.items():
        totals[name] += count
    lines = [
        "| | " + " | ".join([*outcomes, "all"]) + " |",
        "|---|" + "---:|" * (len(outcomes) + 1),
    ]
    for name, total in sorted(totals.items(), key=lambda item: (-item[1], item[0])):
        cells = [str(found.get((name, outcome), 0)) for outcome in outcomes]
        lines.append("| " + " | ".join([name, *cells, str(total)]) + " |")
    return "\n".join(lines)


def _column(outcome: str) -> tuple[int, str]:
    return {"racy": 0, "clean": 1}.get(outcome, 2), outcome
