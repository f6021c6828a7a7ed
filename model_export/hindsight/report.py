"""What became of the traces of a corpus: by reason, construct, link, and by who ran the twin."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from model_export.hindsight.store import tally

Row = Mapping[str, Any]
FOR_REPORT = (
    *("id", "program", "family", "label", "reason", "link", "construct"),
    *("counterfactual", "counterfactual_from"),
)
_KEYS: tuple[tuple[str, Callable[[Row], str]], ...] = (
    ("source", lambda row: _source(str(row["family"]))),
    ("construct", lambda row: str(row["construct"])),
    ("link", lambda row: str(row["link"])),
    ("counterfactual", lambda row: str(row["counterfactual_from"])),
)


def _source(family: str) -> str:
    return "composed" if "_composed_" in family else "real" if family.startswith("real_") else "own"


def shares(rows: Iterable[Row], key: Callable[[Row], str]) -> list[tuple[str, int, int]]:
    """(value, traces, valid ones) of each value of the key, the most frequent first."""
    counts: Counter[str] = Counter()
    valid: Counter[str] = Counter()
    for row in rows:
        name = key(row) or "none"
        counts[name] += 1
        valid[name] += not row["reason"]
    return [(name, number, valid[name]) for name, number in counts.most_common()]


def programs_told(rows: Iterable[Row]) -> tuple[int, int]:
    """(programs, programs with at least one valid trace)."""
    found: dict[str, bool] = {}
    for row in rows:
        found[row["program"]] = found.get(row["program"], False) or not row["reason"]
    return len(found), sum(found.values())


def markdown(rows: Sequence[Row]) -> str:
    """Every table for people."""
    programs, valid = programs_told(rows)
    lines = [tally(rows), f"{valid} of {programs} programs have a valid trace"]
    for title, key in _KEYS:
        lines += ["", f"| {title} | traces | valid | share |", "|---|---:|---:|---:|"]
        lines += [
            f"| {name} | {number} | {good} | {good / number:.1%} |"
            for name, number, good in shares(rows, key)
        ]
    return "\n".join(lines)


def write_report(out: Path, rows: Sequence[Row]) -> None:
    """Write DIR/report.md and DIR/report.json."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.md").write_text(markdown(rows) + "\n", encoding="utf-8")
    programs, valid = programs_told(rows)
    content: dict[str, Any] = {"programs": programs, "programs_valid": valid, "traces": len(rows)}
    content["reasons"] = dict(Counter(str(row["reason"]) or "valid" for row in rows).most_common())
    for title, key in _KEYS:
        content[title] = {name: [n, good] for name, n, good in shares(rows, key)}
    (out / "report.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
