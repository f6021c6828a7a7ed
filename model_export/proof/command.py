"""Proves on held-out families that the bundle is a world model and not a lookup.

python -m model_export proof --bundle reviewbot/bundles/small --corpus data/programs --limit 400
python -m model_export proof --ablations --data data/slices.parquet --out data/ablations --plan

The first form asks four things of executed programs: does an edit of what a trace names change the
answer, and an edit of other things not (faithfulness); does another style leave it (invariance);
are a racy program and its nearest clean sibling both right (twins). The second trains the model
again without one of its parts at a time; what was trained is kept and not trained again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from model_export.card import Table
from model_export.dataset import is_composed
from model_export.progress import Progress
from model_export.proof import tables
from model_export.proof.ask import Asker, Row
from model_export.proof.faithful import Trial, trials
from model_export.proof.invariance import Breakage, Restyling, breakages, restylings
from model_export.proof.pairs import drawn, held_out, steps
from model_export.proof.twins import Couple, couples
from model_export.proof.variants import STYLES, Variant
from reviewbot.errors import BadInput
from reviewbot.model.predict import load_predictor

PROGRAMS = 300  # by default: about two minutes on an idle core
EXAMPLES = 20  # breakages that are written out


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Everything that was measured."""

    trials: Sequence[Trial]
    left_out: Counter[str]
    restylings: Sequence[Restyling]
    breakages: Sequence[Breakage]
    couples: Sequence[Couple]

    def tables(self) -> list[Table]:
        """As tables of the model card."""
        found = [*tables.faithfulness(self.trials), *tables.invariance(self.restylings)]
        return [table for table in [*found, tables.twins(self.couples)] if table.rows]

    def markdown(self) -> str:
        """As a section of the model card."""
        told = [table.markdown() for table in self.tables()]
        return "\n".join([*told, tables.left_out_text(self.left_out)])

    def as_json(self) -> dict[str, object]:
        """Tables and every single trial."""
        return {
            "tables": [
                {"title": t.title, "columns": t.columns, "rows": t.rows} for t in self.tables()
            ],
            "left_out": dict(self.left_out),
            "edits": [
                asdict(item) | {"object_turns": item.object_turns, "file_turns": item.file_turns}
                for item in self.trials
            ],
            "styles": [asdict(item) | {"turns": item.turns} for item in self.restylings],
            "twins": [asdict(item) for item in self.couples],
            "breakages": [
                {
                    "style": item.style,
                    "cause": item.cause,
                    "count": item.count,
                    "program": item.example.row["id"],
                }
                for item in self.breakages
            ],
        }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="default: the one that ships")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="folder written by explore")
    parser.add_argument(
        "--limit", type=int, default=PROGRAMS, metavar="N", help=f"programs (default: {PROGRAMS})"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--execute", action="store_true", help="execute new edits and the other styles too"
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes that execute")
    parser.add_argument("--only", nargs="*", default=[], metavar="STYLE", help="of the styles")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument(
        "--examples", type=Path, metavar="DIR", help="write what styles break there, both versions"
    )
    parser.add_argument(
        "--ablations", action="store_true", help="train without one part at a time instead"
    )
    parser.add_argument("--data", type=Path, help="for ablations: the labelled slices")
    parser.add_argument("--out", type=Path, help="for ablations: a folder for each run; may exist")
    parser.add_argument(
        "--settings", nargs="*", default=[], metavar="NAME", help="of the ablations (default: all)"
    )
    parser.add_argument("--epochs", type=int, help="for ablations: as in train")
    parser.add_argument(
        "--plan", action="store_true", help="for ablations: say only what would be trained"
    )


def run(args: argparse.Namespace) -> int:
    """Measure and print the tables."""
    if args.ablations:
        # Loaded here, since it brings in torch.
        from model_export.proof.ablations import run as run_ablations

        return run_ablations(args)
    if args.corpus is None:
        raise BadInput("proof needs --corpus DIR, a folder written by explore, or --ablations.")
    if unknown := sorted(set(args.only) - set(STYLES)):
        raise BadInput(f"no style is named {', '.join(unknown)}; known: {', '.join(STYLES)}")
    proof = prove(args)
    print(proof.markdown())
    print(tables.breakage_text(proof.breakages))
    _write(proof, args)
    return 0


def prove(args: argparse.Namespace) -> Proof:
    """Measure on the held-out programs of the corpus."""
    corpus = held_out(args.corpus)
    rows = chosen(corpus, args.limit, args.seed)
    if not rows:
        raise BadInput(f"{args.corpus} holds no usable program of a held-out family: explore more.")
    asker = Asker(load_predictor(args.bundle))
    told = _restylings(rows, asker, args)
    if args.execute:
        corpus = [*corpus, *_executed(rows, corpus, args)]
        told = _confirmed(told, corpus, args)
    edits = list(steps(rows, corpus))
    found, left_out = trials(edits, asker)
    return Proof(
        trials=found,
        left_out=left_out,
        restylings=[item for _, item in told],
        breakages=breakages(told),
        couples=couples(edits, asker),
    )


def chosen(rows: Sequence[Row], limit: int, seed: int) -> list[Row]:
    """So many programs: half of authored families as far as they go, the rest composed."""
    authored = drawn([row for row in rows if not is_composed(row["family"])], None, seed)
    composed = drawn([row for row in rows if is_composed(row["family"])], None, seed)
    most = max(limit // 2, limit - len(composed))
    return [*authored[:most], *composed[: limit - min(most, len(authored))]]


def _restylings(
    rows: Sequence[Row], asker: Asker, args: argparse.Namespace
) -> list[tuple[Variant, Restyling]]:
    progress = Progress(total=len(rows), stream=sys.stderr)
    told = []
    for row in rows:
        told += list(restylings([row], asker, args.seed, args.only))
        progress.advance(1)
    progress.finish()
    return told


def _executed(rows: Sequence[Row], corpus: Sequence[Row], args: argparse.Namespace) -> list[Row]:
    """New edits of the programs, executed."""
    # Loaded here, since it brings in Dask.
    from model_export.proof.execution import execute, new_programs

    new = (program for row in rows for program in new_programs(row, args.seed))
    return execute(new, [row["id"] for row in corpus], args.jobs)


def _confirmed(
    told: Sequence[tuple[Variant, Restyling]], corpus: Sequence[Row], args: argparse.Namespace
) -> list[tuple[Variant, Restyling]]:
    """Those whose other style was executed with the same outcome."""
    from model_export.proof.execution import execute, restyled

    programs = [restyled(variant) for variant, _ in told]
    known = {row["id"]: row["label"] for row in corpus}
    known |= {row["id"]: row["label"] for row in execute(programs, list(known), args.jobs)}
    return [
        item
        for item, program in zip(told, programs, strict=True)
        if known.get(program.id) == item[0].row["label"]
    ]


def _write(proof: Proof, args: argparse.Namespace) -> None:
    if args.json:
        args.json.write_text(json.dumps(proof.as_json(), indent=1) + "\n", encoding="utf-8")
    if args.examples:
        args.examples.mkdir(parents=True, exist_ok=True)
        for number, item in enumerate(proof.breakages[:EXAMPLES], 1):
            _write_example(args.examples, number, item)


def _write_example(folder: Path, number: int, item: Breakage) -> None:
    suffix = "c" if item.example.row["language"] == "c" else "cpp"
    style = item.style.replace(" ", "-").replace(":", "")
    for side, text in (("before", item.example.row["source"]), ("after", item.example.text)):
        path = folder / f"{number:02}-{style}.{side}.{suffix}"
        path.write_text(text, encoding="utf-8")
