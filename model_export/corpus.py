"""Builds the whole data set: programs, their outcomes, the choice, the slices, the datasheet.

python -m model_export corpus --out data/programs

Each step keeps what it finished: killed anywhere, the same command goes on. Below DIR lie `parts`
(executed programs), `chosen.txt` (the ids that are learnt from), `slices.parquet`, `DATASHEET.md`
with its pictures, and `corpus.json`, the fingerprint.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from model_export import explore
from model_export.oracle.labels import read_labels
from model_export.quality.datasheet import examine, write
from model_export.quality.select import read_selection, write_chosen
from model_export.quality.slicing import write_slices

# Some 75 000 programs of 250 families, their mutants and composed ones: hours on two cores.
FULL = {"per_family": 40, "mutants": 2, "structures": 2600}
# Some 1500: minutes, enough to see every step and every kind of program.
QUICK = {"per_family": 2, "mutants": 1, "structures": 12}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command: explore's, and which steps."""
    explore.add_arguments(parser)
    parser.set_defaults(**FULL)
    parser.add_argument(
        "--quick", action="store_true", help="a small corpus for trying, in some minutes"
    )
    parser.add_argument(
        "--oracle", type=Path, metavar="FILE", help="labels that `oracle --label` wrote"
    )
    parser.add_argument(
        "--executed", action="store_true", help="execute nothing: build on what DIR holds"
    )


def run(args: argparse.Namespace) -> int:
    """Do what is left to do; 1 if programs were lost on the way."""
    for name, value in QUICK.items() if args.quick else ():
        setattr(args, name, value)
    if not args.executed:
        _tell(1, "execute programs")
        if status := explore.run(args):
            return status
    _tell(2, "choose distinct and balanced programs")
    selection = read_selection(args.out, args.jobs)
    write_chosen(args.out / "chosen.txt", selection)
    _tell(3, "read the chosen programs into slices")
    slices = args.out / "slices.parquet"
    told = read_labels(args.oracle) if args.oracle else {}
    write_slices(args.out, selection.ids, slices, args.jobs, told)
    _tell(4, "describe what there is")
    findings = examine(args.out, slices, args.jobs, selection)
    write(findings, args.out / "DATASHEET.md")
    print(findings.text(), args.out / "DATASHEET.md", sep="\n")
    return 0


def _tell(step: int, what: str) -> None:
    print(f"step {step} of 4: {what}", file=sys.stderr)
