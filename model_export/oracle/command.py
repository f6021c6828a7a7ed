"""Says whether programs can race, labels a corpus, or compares the oracle with the sanitizer."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from model_export.execute.run import find_tools
from model_export.oracle.agree import Comparison, compare, describe, keep, stratified, table
from model_export.oracle.labelling import label_corpus
from model_export.oracle.labels import WHYS
from model_export.oracle.oracle import Oracle
from model_export.programs.family import LANGUAGES
from reviewbot.errors import BadInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE", help="a program to judge")
    parser.add_argument(
        "--agree", action="store_true", help="compare with the sanitizer's verdicts in a corpus"
    )
    parser.add_argument(
        "--label",
        action="store_true",
        help="judge a corpus' programs whose label is weak, to --out",
    )
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="of executed programs")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="Parquet file that --label adds to"
    )
    parser.add_argument(
        "--why",
        nargs="+",
        choices=WHYS,
        default=list(WHYS),
        help="of --label: only programs whose label is weak for these reasons",
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes of --label")
    parser.add_argument("--limit", type=int, default=300, metavar="N", help="how many programs")
    parser.add_argument("--seed", type=int, default=1, help="which programs")
    parser.add_argument(
        "--keep",
        type=Path,
        default=Path("disagreements"),
        metavar="DIR",
        help="where each disagreement is written",
    )


def run(args: argparse.Namespace) -> int:
    """Print verdicts, or the table of agreement."""
    if args.agree and args.corpus is None:
        raise BadInput("--agree needs --corpus DIR, a folder that `explore` wrote")
    if args.label:
        return _label(args)
    if not args.agree and not args.files:
        raise BadInput("name a program to judge, or give --agree or --label and --corpus DIR")
    with tempfile.TemporaryDirectory(prefix="oracle-") as work:
        oracle = Oracle.over(find_tools(), Path(work))
        if args.agree:
            _agree(oracle, args)
        else:
            _judge(oracle, args.files)
    return 0


def _label(args: argparse.Namespace) -> int:
    if args.corpus is None or args.out is None:
        raise BadInput("--label needs --corpus DIR, which `explore` wrote, and --out FILE")
    print(label_corpus(args.corpus, args.out, limit=args.limit, jobs=args.jobs, whys=args.why))
    return 0


def _judge(oracle: Oracle, files: Sequence[Path]) -> None:
    for path in files:
        if path.suffix not in LANGUAGES:
            raise BadInput(f"{path}: give a program that ends in .c or .cpp")
        try:
            source = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise BadInput(f"{path} cannot be read as UTF-8 text: {exc}") from exc
        verdict = oracle.judge_source(source, LANGUAGES[path.suffix])
        print(" ".join([f"{path}: {verdict.outcome}", verdict.reason]).strip())
        for race in verdict.races:
            print(f"  {describe(race)}")


def _agree(oracle: Oracle, args: argparse.Namespace) -> None:
    done: list[Comparison] = []
    for item in compare(oracle, stratified(args.corpus, args.limit, args.seed)):
        done.append(item)
        if not item.cell.startswith("both"):
            print(f"{item.cell}: {keep(item, args.keep)} {item.verdict.reason}", flush=True)
    print(table(done))
    found = [sum(counts) for counts in zip(*(item.pairs for item in done), strict=True)]
    if found:
        print(f"{found[0]} of the sanitizer's {found[1]} pairs of lines are the oracle's, too")
