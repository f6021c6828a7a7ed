"""The yield of a harvest: how many functions came how far, and what stopped the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

STAGES = ("seen", "own threads", "compiled", "ran", "reached")
COLUMNS = (
    *STAGES,
    "usable",
    "racy",
    "clean",
    "unstable",
    "programs",
)
Row = Mapping[str, Any]


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """How many of these functions came at least to each stage, and with which outcome."""
    at = [STAGES.index(row["stage"]) for row in rows]
    found = {stage: sum(a >= number for a in at) for number, stage in enumerate(STAGES)}
    usable = [row for row in rows if row["stage"] == "reached" and not row["reason"]]
    found["usable"] = len(usable)
    for outcome in ("racy", "clean"):
        found[outcome] = sum(row["outcome"] == outcome for row in usable)
    found["unstable"] = sum(row["outcome"] == "unstable" for row in rows)
    found["programs"] = sum(row["programs"] for row in rows)
    return found


def losses(rows: Sequence[Row]) -> list[tuple[str, int]]:
    """Why functions were lost, most frequent first; names are left out so that reasons add up."""
    reasons = (_general(row["reason"]) for row in rows if row["reason"])
    return Counter(reasons).most_common()


def _general(reason: str) -> str:
    reason = re.sub(r"^needs \S+, which", "needs a name which", reason)
    return re.sub(r"[':].*", "", reason).strip()


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Everything a report needs, as JSON."""
    projects = sorted({row["project"] for row in rows})
    return {
        "total": counts(rows),
        "projects": {p: counts([r for r in rows if r["project"] == p]) for p in projects},
        "licences": {row["project"]: row["licence"] for row in rows},
        "losses": dict(losses(rows)),
    }


def markdown(rows: Sequence[Row]) -> str:
    """The yield as a table for people: a line a project, the sum, and the losses."""
    told = summary(rows)
    head = f"| project | licence | {' | '.join(COLUMNS)} |"
    lines = [head, "|---|---|" + "---:|" * len(COLUMNS)]
    for name, found in told["projects"].items():
        lines.append(_line(name, told["licences"][name], found))
    lines += [_line("**all**", "", told["total"]), "", "| lost because | functions |", "|---|---:|"]
    lines += [f"| {reason} | {number} |" for reason, number in told["losses"].items()]
    return "\n".join(lines) + "\n"


def _line(name: str, licence: str, found: Mapping[str, int]) -> str:
    return f"| {name} | {licence} | {' | '.join(str(found[c]) for c in COLUMNS)} |"
