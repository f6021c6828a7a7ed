"""The executed programs on disk: Parquet parts, their ids, their summary and fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from reviewbot.errors import BadInput

_TEXT = (
    "id",
    "family",
    "domain",
    "language",
    "source",
    "choices",
    "effects",
    "slot_lines",
    "expected",
    "twin_group",
    "label",
    "outcome",
    "detail",
    "runs",
    "reports",
    "other_reports",
    "mutation",  # the rule that made a mutant; "" for a program of a family
    "parent",  # the id of the program that was mutated
)
_FLAGS = ("agrees", "disagrees", "usable")
SCHEMA = pa.schema(
    [(name, pa.string()) for name in _TEXT] + [(name, pa.bool_()) for name in _FLAGS]
)


@dataclass(slots=True)
class Counts:
    """What became of the programs of one family."""

    executed: int = 0
    racy: int = 0
    clean: int = 0
    disagreements: int = 0  # declared clean, yet reported
    unusable: int = 0

    def add(self, row: Mapping[str, object]) -> None:
        """Count one row."""
        self.executed += 1
        self.racy += bool(row["usable"]) and row["label"] == "racy"
        self.clean += bool(row["usable"]) and row["label"] == "clean"
        self.disagreements += bool(row["disagrees"])
        self.unusable += not row["usable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The corpus at a glance."""

    families: Mapping[str, Counts]
    outcomes: Mapping[str, int]
    fingerprint: str  # sha256 over the sorted ids and labels
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def total(self) -> Counts:
        """The sum over the families."""
        total = Counts()
        for counts in self.families.values():
            for name, value in asdict(counts).items():
                setattr(total, name, getattr(total, name) + value)
        return total

    def text(self) -> str:
        """A table for people."""
        columns = list(asdict(Counts()))
        width = max([len(name) for name in self.families] + [6])
        lines = [" ".join([f"{'family':<{width}}", *columns])]
        for name, counts in [*self.families.items(), ("total", self.total)]:
            cells = (f"{value:>{len(key)}}" for key, value in asdict(counts).items())
            lines.append(" ".join([f"{name:<{width}}", *cells]))
        return "\n".join([*lines, f"corpus {self.fingerprint}"])


def parts(out: Path) -> list[Path]:
    """The finished parts, in a stable order."""
    return sorted((out / "parts").glob("part-*.parquet"))


def read_ids(out: Path) -> set[str]:
    """The ids of the programs that the corpus has."""
    return {str(row["id"]) for row in read_rows(out, ("id",))}


def read_rows(out: Path, columns: Sequence[str]) -> Iterator[dict[str, object]]:
    """Every row, only the columns asked for; raises BadInput for a part that cannot be read.

    A column that came after the part was written is "" there.
    """
    for path in parts(out):
        try:
            part = pq.ParquetFile(path)
            missing = dict.fromkeys(set(columns).difference(part.schema_arrow.names), "")
            table = part.read(columns=[name for name in columns if name not in missing])
        except (OSError, pa.ArrowException) as exc:
            raise BadInput(
                f"{path} cannot be read: delete it, its programs run again. {exc}"
            ) from exc
        yield from (row | missing for row in table.to_pylist())


def write_part(out: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write rows as one part, named by their ids; it appears whole or not at all."""
    digest = hashlib.sha256(" ".join(sorted(str(row["id"]) for row in rows)).encode()).hexdigest()
    path = out / "parts" / f"part-{digest[:16]}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(pa.Table.from_pylist(list(rows), schema=SCHEMA), unfinished)
    unfinished.replace(path)
    return path


def summarise(out: Path, settings: Mapping[str, object]) -> Summary:
    """Count the corpus by family."""
    families: dict[str, Counts] = {}
    outcomes: dict[str, int] = {}
    labels: list[str] = []
    columns = ("id", "family", "label", "outcome", "disagrees", "usable")
    for row in read_rows(out, columns):
        families.setdefault(str(row["family"]), Counts()).add(row)
        outcome = str(row["outcome"])
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        labels.append(f"{row['id']} {row['label']}\n")
    return Summary(
        families=dict(sorted(families.items())),
        outcomes=dict(sorted(outcomes.items())),
        fingerprint=hashlib.sha256("".join(sorted(labels)).encode()).hexdigest(),
        settings=settings,
    )


def write_summary(out: Path, summary: Summary) -> None:
    """Write DIR/summary.json."""
    content = {
        "fingerprint": summary.fingerprint,
        "settings": summary.settings,
        "total": asdict(summary.total),
        "outcomes": summary.outcomes,
        "families": {name: asdict(counts) for name, counts in summary.families.items()},
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "summary.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
