"""`evaluate --suite`: the model and its rivals on a suite of other people's programs.

python -m model_export evaluate --suite goblint --root DIR [--bundle DIR] [--errors FILE]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from model_export.suites import baselines, misses, tools
from model_export.suites.measure import (
    SUITES,
    Absent,
    Opinion,
    Seen,
    Suite,
    look,
    of_model,
    of_rules,
    read_cases,
)
from model_export.suites.report import Measured, notes, tables
from reviewbot.errors import BadInput
from reviewbot.model.predict import load_predictor

TSAN_LIMIT = 120  # files: a run takes seconds, and so many give an interval of ±0.09


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that make `evaluate` measure a suite."""
    group = parser.add_argument_group("a suite of other people's programs")
    group.add_argument("--suite", choices=sorted(SUITES), help="measure on this suite instead")
    group.add_argument("--root", type=Path, help="the suite's checkout")
    group.add_argument("--errors", type=Path, metavar="FILE", help="write wrong verdicts as CSV")
    group.add_argument(
        "--tsan-limit",
        type=int,
        default=TSAN_LIMIT,
        metavar="N",
        help=f"run ThreadSanitizer on N files, 0 for none (default: {TSAN_LIMIT})",
    )
    group.add_argument("--seed", type=int, default=0, help="which files those are")


def run(arguments: argparse.Namespace, rows: Sequence[Mapping[str, Any]] | None) -> int:
    """Print the suite's tables; `rows` are labelled slices to train the linear control on."""
    if arguments.root is None or not arguments.root.is_dir():
        raise BadInput("--suite needs --root: the folder where the suite lies.")
    suite = SUITES[arguments.suite]
    cases = read_cases(arguments.suite, arguments.root, seed=arguments.seed)
    predictor = load_predictor(arguments.bundle, threads=1)
    _say(f"{len(cases)} files, front end and model")
    seen = look(cases, predictor)
    model = of_model(seen, f"world model {predictor.bundle.name} {predictor.bundle.version}")
    judges = [model, *_rivals(arguments, suite, seen, rows)]
    measured = Measured(
        suite=arguments.suite,
        cases=cases,
        seen=seen,
        opinions=[judge for judge in judges if isinstance(judge, Opinion)],
        absent=[judge for judge in judges if isinstance(judge, Absent)],
    )
    _print(measured, arguments.errors)
    return 0


def _rivals(
    arguments: argparse.Namespace,
    suite: Suite,
    seen: Sequence[Seen],
    rows: Sequence[Mapping[str, Any]] | None,
) -> list[Opinion | Absent]:
    cases = [s.case for s in seen]
    includes = [arguments.root / folder for folder in suite.includes]
    judges: list[Opinion | Absent] = [of_rules(seen)]
    _say("bag of words, linear model")
    judges += [baselines.linear_relations(seen, rows), baselines.bag_of_words(cases)]
    judges += [baselines.always_yes(cases)]
    _say("cppcheck, clang-tidy")
    judges += [tools.cppcheck(cases, includes), tools.clang_tidy(cases, includes)]
    _say("ThreadSanitizer")
    given = {case.name: suite.arguments(case, arguments.root) for case in cases}
    return [*judges, tools.thread_sanitizer(cases, arguments.tsan_limit, includes, given)]


def _print(measured: Measured, errors: Path | None) -> None:
    for table in tables(measured):
        print(table.markdown())
    for note in notes(measured):
        print(f"* {note}")
    if errors is not None:
        found = misses.misses(measured.suite, measured.seen, measured.opinions)
        misses.write(errors, found)
        print("\n" + misses.summary(found))


def _say(what: str) -> None:
    print(f"evaluate: {what}", file=sys.stderr, flush=True)
