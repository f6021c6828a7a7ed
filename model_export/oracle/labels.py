"""What the oracle says of programs whose other label is weak, on disk and in a data set.

A label file is Parquet, a row a program: `id`, `why` it was asked (WHYS), `verdict` (racy, clean,
unknown), `reason` if unknown, and `races`: JSON pairs of lines, the lower line first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from model_export.mutations.pragmas import Pragma, read_pragmas
from model_export.oracle.verdict import OracleVerdict
from reviewbot.errors import BadInput

# Why a program's label is weak, in the order in which they are judged: the sanitizer sees no lanes
# and misreads doacross loops; a declared race stayed silent; a race was reported where its author
# had declared none; the runs of a racy mutant, of which nothing is declared, end with one race; and
# those of a racy program that people wrote may as well, of whose other objects little is declared.
WHYS = ("lanes", "doacross", "silent", "disputed", "mutant", "racy")
SCHEMA = pa.schema([(n, pa.string()) for n in ("id", "why", "verdict", "reason", "races")])


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleLabel:
    """The oracle's word on one program."""

    id: str
    why: str
    verdict: str  # "racy" | "clean" | "unknown"
    reason: str = ""
    races: tuple[tuple[int, int], ...] = ()  # lines, ascending

    @property
    def told(self) -> bool:
        """Whether it can label: known, and a race has lines."""
        return self.verdict == "clean" or (self.verdict == "racy" and bool(self.races))

    @property
    def final(self) -> bool:
        """Whether asking again is no use; who ran out of time may have it on a calmer machine."""
        return not self.reason.endswith("timeout")


def why(row: Mapping[str, Any]) -> str:
    """Why the program's label is weak; "" if it is not."""
    source, outcome, expected = str(row["source"]), row["outcome"], row["expected"]
    pragmas = read_pragmas(source) if "simd" in source or "ordered" in source else []
    if outcome not in ("racy", "clean"):
        return ""
    if any(_in_lanes(pragma) for pragma in pragmas):
        return "lanes"
    if any(_crosses(pragma) for pragma in pragmas):
        return "doacross"
    if expected == "racy" and outcome == "clean":
        return "silent"
    if expected == "clean" and outcome == "racy":
        return "disputed"
    if outcome != "racy":
        return ""
    if row["mutation"]:
        return "mutant"
    return "" if "_composed_" in str(row["family"]) else "racy"


def _in_lanes(pragma: Pragma) -> bool:
    """Whether lanes decide: iterations that threads share as well, threads show."""
    words = set(pragma.name.split())
    shared = words & {"for", "taskloop"} and not pragma.clause("safelen")
    return "simd" in words and "declare" not in words and not shared


def _crosses(pragma: Pragma) -> bool:
    return pragma.name == "ordered" and bool(pragma.clause("depend") or pragma.clause("doacross"))


def label_of(id_: str, reason: str, verdict: OracleVerdict) -> OracleLabel:
    """A verdict as a label; a lifetime's end is no access that a slice could hold."""
    lines = {
        (min(race.a.line, race.b.line), max(race.a.line, race.b.line))
        for race in verdict.races
        if "end" not in (race.a.mode, race.b.mode)
    }
    return OracleLabel(
        id=id_,
        why=reason,
        verdict=verdict.outcome,
        reason=verdict.reason,
        races=tuple(sorted(lines)),
    )


def read_labels(path: Path) -> dict[str, OracleLabel]:
    """The labels by program; none if there is no file; raises BadInput."""
    if not path.exists():
        return {}
    try:
        rows = pq.read_table(path, columns=SCHEMA.names).to_pylist()
        found = [OracleLabel(**row | {"races": _races(row["races"])}) for row in rows]
    except (OSError, pa.ArrowException, ValueError, TypeError) as exc:
        raise BadInput(f"{path} is not a file of `oracle --label`: delete it. {exc}") from exc
    return {label.id: label for label in found}


def _races(text: str) -> tuple[tuple[int, int], ...]:
    return tuple((int(a), int(b)) for a, b in json.loads(text))


def write_labels(path: Path, labels: Iterable[OracleLabel]) -> None:
    """Write all labels; the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(pa.Table.from_pylist(list(_rows(labels)), schema=SCHEMA), unfinished)
    unfinished.replace(path)


def _rows(labels: Iterable[OracleLabel]) -> Iterator[dict[str, str]]:
    for label in labels:
        yield asdict(label) | {"races": json.dumps(label.races)}


def corrected(row: Mapping[str, Any], label: OracleLabel | None) -> Mapping[str, Any] | None:
    """The corpus row with the label that its slices of threads get; None leaves it out.

    Lanes are labelled apart (`as_told`), since the oracle runs them as threads. Of two against
    one in a dispute nobody is believed.
    """
    kept = row if row["usable"] else None
    if label is None or not label.told:
        return kept
    if label.why == "lanes":
        # A silent program's other slices keep the sanitizer's word, but for what is declared racy.
        return {**row, "label": "racy"} if label.verdict == "racy" else kept
    if label.why == "doacross":
        return as_told(row, label)
    if label.why in ("mutant", "racy"):
        return _completed(row, label) if kept else None
    if label.verdict == "clean":
        return None
    return as_told(row, label) if label.why == "silent" else row


def _completed(row: Mapping[str, Any], label: OracleLabel) -> Mapping[str, Any]:
    """A racy program whose objects all have a word, if the oracle saw what the sanitizer saw."""
    reports = json.loads(row["reports"])
    seen = {tuple(sorted((report["a"]["line"], report["b"]["line"]))) for report in reports}
    if not seen <= set(label.races):
        return row
    more = json.loads(as_told(row, label)["reports"])
    return {**row, "reports": json.dumps([*reports, *more]), "expected": "racy"}


def as_told(row: Mapping[str, Any], label: OracleLabel) -> Mapping[str, Any]:
    """The row with the oracle's races in place of the sanitizer's reports."""
    reports = [{"a": {"line": a}, "b": {"line": b}, "location": ""} for a, b in label.races]
    return {**row, "label": label.verdict, "reports": json.dumps(reports), "usable": True}
