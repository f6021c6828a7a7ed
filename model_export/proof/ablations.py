"""What the model is without one of its parts: trained again, measured on the same families.

Each run keeps its folder: one that is complete is not trained again, one that was cut short goes on
from its last epoch. All calibrate on the fixed calibration families (`train --cross 0`), so that
they compare with each other rather than with what ships.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from model_export import train
from model_export.calibrate import calibrate, read_predictions
from model_export.card import Table
from model_export.dataset import SCHEMA, is_composed, split_of
from model_export.evaluate import SHOWN, slices
from reviewbot.errors import BadInput
from reviewbot.model.features import READING

Rows = list[dict[str, Any]]
# Slices a second and epoch on two idle cores; the first finished run of a kind corrects it.
RATES = {"relations": 4400.0, "slice": 320.0, "both": 310.0}
AUTHORED, COMPOSED = "authored families", "composed structures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One way to train: what the network reads, how much of the data, and which of it."""

    name: str  # of its folder
    title: str
    inputs: str = "relations"
    fraction: float = 1.0
    change: Callable[[Rows], Rows] | None = None  # of the data set


def _without_links(rows: Rows) -> Rows:
    return [{**row, "links": [-1] * len(row["links"])} for row in rows]


def _only(composed: bool) -> Callable[[Rows], Rows]:
    def kept(rows: Rows) -> Rows:
        return [
            row
            for row in rows
            if is_composed(row["family"]) is composed or split_of(row["family"]) != "train"
        ]

    return kept


def _without_readings(rows: Rows) -> Rows:
    """No reading of the relations together, neither in training nor in the test."""
    return [{**row, "facts": json.dumps(_plain(json.loads(row["facts"])))} for row in rows]


def _plain(pairs: list[list[str]]) -> list[list[str]]:
    return [[fact for fact in pair if not fact.startswith(f"{READING}=")] for pair in pairs]


def _without_mutants(rows: Rows) -> Rows:
    return [row for row in rows if not row["mutation"] or split_of(row["family"]) != "train"]


SETTINGS = (
    Setting(name="full", title="relations, links, whole corpus"),
    Setting(name="plain", title="without readings (rows of the table)", change=_without_readings),
    Setting(name="unmutated", title="without mutants", change=_without_mutants),
    Setting(name="slice", title="slice only (without structure facts)", inputs="slice"),
    Setting(name="both", title="relations and slice", inputs="both"),
    Setting(name="outcome", title="without links: the outcome only", change=_without_links),
    Setting(name="half", title="1/2 of the families", fraction=0.5),
    Setting(name="quarter", title="1/4 of the families", fraction=0.25),
    Setting(name="eighth", title="1/8 of the families", fraction=0.125),
    Setting(name="composed", title="composed structures only", change=_only(True)),
    Setting(name="authored", title="authored families only", change=_only(False)),
)


def run(args: argparse.Namespace) -> int:
    """Train what is missing and print the table; with --plan say only how long it will take."""
    if args.data is None or args.out is None:
        raise BadInput("proof --ablations needs --data FILE (labelled slices) and --out DIR.")
    settings = chosen(args.settings)
    families = pq.read_table(args.data, columns=["family"]).column("family").to_pylist()
    kinds = [is_composed(name) for name in families if split_of(name) == "train"]
    print(plan(settings, kinds, args.out, args.epochs or train.EPOCHS), file=sys.stderr)
    for setting in () if args.plan else settings:
        trained(setting, size_of(setting, kinds), args)
    done = [setting for setting in settings if is_done(args.out / setting.name)]
    for title, composed in ((AUTHORED, False), (COMPOSED, True)):
        found = table(title, done, args.out, composed=composed)
        print(found.markdown() if found.rows else f"no run of {title} is there yet")
    return 0


def chosen(names: Sequence[str]) -> tuple[Setting, ...]:
    """The settings of these names, or all; raises BadInput on an unknown name."""
    known = {setting.name: setting for setting in SETTINGS}
    if unknown := sorted(set(names) - set(known)):
        raise BadInput(f"no ablation is named {', '.join(unknown)}; known: {', '.join(known)}")
    return tuple(known[name] for name in names or known)


def is_done(folder: Path) -> bool:
    """Whether a run was trained to its end."""
    return (folder / "test.json").is_file() and (folder / "calibrate.json").is_file()


def plan(settings: Sequence[Setting], kinds: Sequence[bool], out: Path, epochs: int) -> str:
    """How long each missing run will take; `kinds`: is each slice to train on composed."""
    lines = []
    for setting in settings:
        if is_done(out / setting.name):
            lines.append(f"{setting.name}: trained")
        else:
            minutes = size_of(setting, kinds) * epochs / _rate(setting.inputs, out) / 60
            lines.append(f"{setting.name}: about {minutes:.1f} min")
    return "\n".join(lines)


def size_of(setting: Setting, kinds: Sequence[bool]) -> float:
    """How many slices the setting trains on, at most: those that repeat others are left out."""
    size: float = len(kinds)
    if setting.name in ("composed", "authored"):
        size = sum(kind == (setting.name == "composed") for kind in kinds)
    return size * setting.fraction


def _rate(inputs: str, out: Path) -> float:
    """Slices a second: of a run of the same inputs that is there, or as measured once."""
    for setting in SETTINGS:
        written = out / setting.name / "rate.json"
        if setting.inputs == inputs and written.is_file():
            return float(json.loads(written.read_text())["slices_a_second"])
    return RATES[inputs]


def trained(setting: Setting, size: float, args: argparse.Namespace) -> None:
    """Train the setting on so many slices unless its folder holds the whole run."""
    folder = args.out / setting.name
    if is_done(folder):
        return
    print(f"training {setting.name}: {setting.title}", file=sys.stderr, flush=True)
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    words = ["--data", str(_data(setting, args)), "--out", str(folder), "--cross", "0"]
    words += ["--inputs", setting.inputs, "--fraction", str(setting.fraction)]
    words += ["--seed", str(args.seed), "--epochs", str(args.epochs or train.EPOCHS)]
    train.run(parser.parse_args(words))
    _note_rate(folder, size)


def _note_rate(folder: Path, size: float) -> None:
    seconds = [epoch["seconds"] for epoch in json.loads((folder / "curves.json").read_text())]
    rate = size * len(seconds) / max(sum(seconds), 1e-9)
    (folder / "rate.json").write_text(json.dumps({"slices_a_second": rate}))


def _data(setting: Setting, args: argparse.Namespace) -> Path:
    """The data set as the setting wants it; changed ones are written once, beside the runs."""
    data: Path = args.data
    if setting.change is None:
        return data
    path: Path = args.out / f"{setting.name}.parquet"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        changed(data, path, setting.change)
    return path


def changed(data: Path, path: Path, change: Callable[[Rows], Rows]) -> None:
    """Write the data set after the change, batch by batch; it appears whole or not at all."""
    unfinished = path.with_suffix(".unfinished")
    with pq.ParquetWriter(unfinished, SCHEMA) as writer:
        for batch in pq.ParquetFile(data).iter_batches(2000):
            rows = change(batch.to_pylist())
            if rows:
                writer.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))
    unfinished.replace(path)


def table(title: str, settings: Sequence[Setting], out: Path, *, composed: bool) -> Table:
    """The figures of each run on slices of held-out programs, program view."""
    result = Table(f"Ablations, {title}, slices, program view", ("trained on", "items", *SHOWN))
    for setting in settings:
        platt, _ = calibrate(read_predictions(out / setting.name / "calibrate.json"))
        rows = read_predictions(out / setting.name / "test.json")
        scored = slices([row for row in rows if _kind(row) is composed], platt, "program")
        if len(scored.labels):
            result.add(setting.title, len(scored.labels), scored.row())
    return result


def _kind(row: Mapping[str, Any]) -> bool:
    return is_composed(row["family"])
