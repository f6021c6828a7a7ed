"""Measures what escalation saves: accuracy of the model, of the sanitizer, and of both together.

python benchmarks/economy.py --corpus .work/corpus [--rerun 400] [--picture economy.svg]

Prints, on programs of families that the model never saw, the accuracy of the model alone, of one
ordinary sanitizer run of everything, and of the two together at shares of the sanitizer's time,
with 95 % intervals over families; and whether the bar is met: with a fifth of the time the
combination is at least as accurate as the sanitizer on everything.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import economy_curves as curves
from benchmarks import economy_data as data
from benchmarks.economy_curves import PLAIN, PLAN, Economy
from benchmarks.economy_panels import draw
from benchmarks.economy_report import about, bar_of, needed, risks, table
from benchmarks.economy_rerun import ORDINARY, rerun, spread
from reviewbot.errors import BadInput, ReviewbotError
from reviewbot.model.predict import load_predictor

_WORK = Path(__file__).resolve().parents[1] / ".work"


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, help="the model (default: the shipped one)")
    parser.add_argument(
        "--corpus", type=Path, action="append", help="executed programs; may be repeated"
    )
    parser.add_argument(
        "--split",
        choices=tuple(data.PARTS),
        default="test",
        help="families to look at; only `test` is new to a bundle made by `train` (default: test)",
    )
    parser.add_argument(
        "--folds",
        type=Path,
        nargs="+",
        default=[],
        metavar="RUN",
        help="folders of `train --fold K/N`, in place of a bundle: each family is held out once",
    )
    parser.add_argument(
        "--rerun",
        type=int,
        default=0,
        metavar="N",
        help="build and run N programs for real: measured seconds, the sanitizer's word at -O1",
    )
    parser.add_argument(
        "--cache", type=Path, default=_WORK / "economy" / "runs.json", help="where runs are kept"
    )
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="at most N programs")
    parser.add_argument(
        "--oracle",
        action="store_true",
        help="count declared races that the sanitizer never saw, where the exact oracle sees them",
    )
    parser.add_argument("--rounds", type=int, default=curves.ROUNDS, help="of the bootstrap")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="write an SVG there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write each program's answers")
    return parser.parse_args(argv)


def measure(options: argparse.Namespace) -> tuple[tuple[data.Case, ...], tuple[str, ...]]:
    """The cases, and how they came about in words."""
    families = data.of_split("all" if options.folds else options.split)
    corpus = data.read_corpora(options.corpus or [_WORK / "corpus"], families)
    proven = data.witnessed(corpus.silent) if options.oracle else []
    rows, cost = data.mixed([*corpus.rows, *proven]), ""
    if options.folds:
        opinions = data.from_folds(options.folds, rows)
        rows = [row for row in rows if row["id"] in opinions]
    if options.rerun or options.limit:
        rows = list(spread(rows, options.rerun or options.limit))
    if not options.folds:
        opinions, seconds = data.ask(rows, load_predictor(options.bundle))
        cost = f"; a review takes {1000 * seconds:.0f} ms a program, which is not counted"
    runs = rerun(rows, options.cache) if options.rerun else None
    cases = data.cases(rows, opinions, runs)
    part = (
        f"{len(options.folds)} folds" if options.folds else f"families of the part {options.split}"
    )
    never = len(corpus.silent) - len(proven)
    left = f"{never} declared racy and never reported, {corpus.failed} that did not run"
    if proven:
        left += f"; {len(proven)} never reported that the oracle finds racing may be drawn"
    return cases, (f"{part}; left out: {left}", _run_told(runs is not None) + cost)


def _run_told(measured: bool) -> str:
    run = f"{ORDINARY.level} with {ORDINARY.threads} threads"
    if measured:
        return f"sanitizer: one run at {run}, made for this; seconds of build and run measured"
    return f"sanitizer: the recorded run nearest to {run}; each program is taken to cost the same"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if the bar is not met, 2 if there is nothing to measure."""
    options = arguments(argv)
    try:
        cases, told = measure(options)
        if not cases:
            raise BadInput("There are no programs to measure: run `make corpus`, or name --corpus.")
    except ReviewbotError as exc:
        print(exc, file=sys.stderr)
        return 2
    economy = curves.economy(cases)
    bars = [bar_of(economy, order, options.rounds) for order in (PLAN, PLAIN)]
    print(f"{about(cases, economy)}\n{'. '.join(told)}.\n\n{table(economy, options.rounds)}\n")
    print(f"{risks(economy, options.rounds)}\n\n{bars[0].text()}\n{bars[1].text()}")
    print(needed(economy))
    _write(options, cases, economy, told)
    return 0 if bars[0].met else 1


def _write(
    options: argparse.Namespace, cases: Sequence[data.Case], economy: Economy, told: Sequence[str]
) -> None:
    if options.picture:
        title = "Escalation: a sanitizer only where the model is not sure"
        many = f"{len(cases)} programs of {len(set(economy.families))} families"
        feet = [f"{many}; {told[0]}", *told[1:]]
        options.picture.write_text(draw(economy, title, feet), encoding="utf-8")
    if options.json:
        rows = [data.as_json(case) for case in cases]
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
