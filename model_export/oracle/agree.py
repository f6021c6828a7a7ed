"""Compares the oracle with the sanitizer's verdicts in a corpus of executed programs."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from model_export.execute.corpus import read_rows
from model_export.oracle.batch import judge_all
from model_export.oracle.constructs import constructs
from model_export.oracle.oracle import Oracle
from model_export.oracle.verdict import OracleVerdict, Race
from model_export.programs.sample import Program

COLUMNS = ("id", "family", "language", "source", "label", "expected", "mutation", "reports")
DRAWN = 15  # rows that are looked at for each that is wanted
TOGETHER = 60  # programs judged at a time: those that can share a binary are among them
CELLS = ("both racy", "both clean", "only oracle", "only sanitizer", "unknown")
Z = 1.96  # of a 95 % interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One program under both."""

    row: Mapping[str, str]
    constructs: frozenset[str]
    verdict: OracleVerdict

    @property
    def cell(self) -> str:
        """Where it is counted."""
        sanitizer, oracle = self.row["label"], self.verdict.outcome
        if oracle == "unknown":
            return "unknown"
        if sanitizer == oracle:
            return f"both {oracle}"
        return "only oracle" if oracle == "racy" else "only sanitizer"

    @property
    def pairs(self) -> tuple[int, int]:
        """(how many of the sanitizer's pairs of lines the oracle has, how many there are)."""
        mine = {_lines(race) for race in self.verdict.races}
        theirs = {
            (min(pair), max(pair))
            for pair in ((r["a"]["line"], r["b"]["line"]) for r in json.loads(self.row["reports"]))
        }
        return len(mine & theirs), len(theirs)


def _lines(race: Race) -> tuple[int, int]:
    return min(race.a.line, race.b.line), max(race.a.line, race.b.line)


def stratified(corpus: Path, limit: int, seed: int) -> list[Mapping[str, str]]:
    """Rows that ran, round and round over their rarest constructs."""
    rows = [
        {key: str(value) for key, value in row.items()}
        for row in read_rows(corpus, COLUMNS)
        if row["label"]
    ]
    random.Random(seed).shuffle(rows)  # noqa: S311 - no secret
    rows = rows[: DRAWN * limit]
    used = [constructs(row["source"]) for row in rows]
    common = Counter(name for names in used for name in names)
    strata: dict[str, list[Mapping[str, str]]] = {}
    for row, names in zip(rows, used, strict=True):
        rarest = min(names, key=lambda name: (common[name], name), default="none")
        strata.setdefault(rarest, []).append(row)
    return list(_in_turn([strata[name] for name in sorted(strata)], limit))


def _in_turn(strata: Sequence[list[Mapping[str, str]]], limit: int) -> Iterator[Mapping[str, str]]:
    given = 0
    for depth in range(max((len(stratum) for stratum in strata), default=0)):
        for stratum in strata:
            if depth < len(stratum) and given < limit:
                given += 1
                yield stratum[depth]


def compare(oracle: Oracle, rows: Sequence[Mapping[str, str]]) -> Iterator[Comparison]:
    """Judge each row's program; in portions, so that what is done can be shown."""
    for start in range(0, len(rows), TOGETHER):
        part = rows[start : start + TOGETHER]
        verdicts = judge_all(oracle, [program_of(row) for row in part])
        for row, verdict in zip(part, verdicts, strict=True):
            yield Comparison(row=row, constructs=constructs(row["source"]), verdict=verdict)


def program_of(row: Mapping[str, str]) -> Program:
    """A corpus row as a program to judge."""
    return Program(
        id=row["id"],
        family=row["family"],
        domain="",
        language=row["language"],
        source=row["source"],
        choices={},
        effects={},
        slot_lines={},
        expected=row["expected"],
        twin_group="",
    )


def table(comparisons: Sequence[Comparison]) -> str:
    """A Markdown table: a row a construct, with the agreement on what both could judge."""
    names = sorted({name for item in comparisons for name in item.constructs})
    head = ["construct", *CELLS, "agreement", "95 % interval"]
    lines = [_markdown(head), _markdown(["---"] * len(head))]
    for name in names:
        lines.append(_row(name, [item for item in comparisons if name in item.constructs]))
    lines.append(_row("all", comparisons))
    return "\n".join(lines)


def _row(name: str, items: Sequence[Comparison]) -> str:
    counts = Counter(item.cell for item in items)
    same = counts["both racy"] + counts["both clean"]
    known = same + counts["only oracle"] + counts["only sanitizer"]
    low, high = wilson(same, known)
    share = f"{same / known:.1%}" if known else "–"
    cells = [str(counts[cell]) for cell in CELLS]
    return _markdown([name, *cells, share, f"{low:.1%} … {high:.1%}"])


def _markdown(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def wilson(same: int, known: int) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927); (0, 1) of nothing."""
    if not known:
        return 0.0, 1.0
    share, weight = same / known, Z * Z / known
    middle = (share + weight / 2) / (1 + weight)
    half = math.sqrt(share * (1 - share) * weight + weight * weight / 4) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def keep(comparison: Comparison, folder: Path) -> Path:
    """Write a disagreement for reading: the program, and below it what each side said."""
    folder.mkdir(parents=True, exist_ok=True)
    row, verdict = comparison.row, comparison.verdict
    suffix = ".c" if row["language"] == "c" else ".cpp"
    path = folder / f"{comparison.cell.replace(' ', '-')}-{row['id'][:16]}{suffix}"
    told = [
        f"{row['family']} {row['mutation']}, declared {row['expected']}, {comparison.cell}",
        verdict.reason,
        *(f"oracle: {describe(race)}" for race in verdict.races),
        *(
            f"sanitizer: line {pair['a']['line']} {pair['a']['mode']} and line "
            f"{pair['b']['line']} {pair['b']['mode']}, {pair['location']}"
            for pair in json.loads(row["reports"])
        ),
    ]
    notes = "".join(f"// {line}\n" for line in told if line)
    path.write_text(f"{row['source'].rstrip()}\n{notes}", encoding="utf-8")
    return path


def describe(race: Race) -> str:
    """The race in words."""
    sides = [
        f"{'atomic ' if side.atomic else ''}{side.mode} at {side.line}:{side.column}"
        f" in {side.function}"
        for side in (race.a, race.b)
    ]
    return " and ".join(sides)
