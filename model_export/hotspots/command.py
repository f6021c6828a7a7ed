"""python -m model_export hotspots make|train|evaluate: the model of performance."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from model_export.hotspots import corpus
from reviewbot.errors import BadInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The steps and their options."""
    steps = parser.add_subparsers(metavar="STEP", required=True)
    make = steps.add_parser("make", help="draw, run and measure performance programs")
    make.add_argument("--out", type=Path, required=True, help="folder of the corpus")
    make.add_argument("--seeds", type=int, default=14, help="programs a family, before twins")
    make.add_argument("--first", type=int, default=1, help="the first seed, to share the work out")
    make.add_argument("--workers", type=int, default=2)
    make.add_argument("--light", action="store_true", help="short programs, only counted")
    make.set_defaults(step=_make)
    train = steps.add_parser("train", help="cross-fit over families, then train on all")
    train.add_argument("--corpus", type=Path, required=True)
    train.add_argument("--out", type=Path, required=True, help="folder for the model")
    train.add_argument("--bundle", type=Path, help="bundle that the model is put into")
    train.add_argument("--seed", type=int, default=1)
    train.set_defaults(step=_train)
    evaluate = steps.add_parser("evaluate", help="figures on families that the model never saw")
    evaluate.add_argument("--corpus", type=Path, required=True)
    evaluate.add_argument("--run", type=Path, required=True, help="folder written by train")
    evaluate.set_defaults(step=_evaluate)


def run(args: argparse.Namespace) -> int:
    """Do the step."""
    return int(args.step(args))


def _make(args: argparse.Namespace) -> int:
    began, total = time.monotonic(), sum(1 for _ in corpus.jobs(args.seeds, args.first))
    parts = corpus.make(args.out, args.seeds, args.workers, args.first, light=args.light)
    for number, path in enumerate(parts, start=1):
        if number % 20 == 0:
            rate = number / (time.monotonic() - began)
            print(f"{number} of at most {total}, {rate:.2f} a second: {path.stem}", flush=True)
    print(f"{len(corpus.read(args.out))} programs in {args.out}")
    return 0


def _rows(folder: Path) -> list[corpus.Row]:
    rows = corpus.read(folder)
    if not rows:
        raise BadInput(f"{folder} holds no measured programs: make some with `hotspots make`")
    return rows


def _train(args: argparse.Namespace) -> int:
    # Lazy: making programs needs no torch.
    from model_export.hotspots.learn import learn

    for line in learn(_rows(args.corpus), args.out, args.bundle, args.seed):
        print(line, flush=True)
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    from model_export.hotspots.learn import figures

    print("\n".join(figures(_rows(args.corpus), args.run)))
    return 0
