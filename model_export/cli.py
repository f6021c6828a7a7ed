"""The maker's commands: from problem families to a model bundle."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol, cast

from reviewbot.errors import EXIT_INTERRUPTED, ReviewbotError

# One row per command: a module with `add_arguments(parser)` and `run(args) -> int`, imported only
# when it is called, since some of them bring in torch or Dask; and its line in --help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "check": (
        "model_export.programs.check",
        "run variants of families and compare with their effects",
    ),
    "mutate": ("model_export.mutations.command", "change a program as a slip or a fix would"),
    "explore": ("model_export.explore", "sample and execute programs into labelled Parquet files"),
    "trace": ("model_export.hindsight.command", "tell why each program races or not, and test it"),
    "crosscheck": ("model_export.execute.crosscheck", "ask gcc's ThreadSanitizer as well"),
    "corpus": ("model_export.corpus", "build it all: execute, choose, slice, describe; resumes"),
    "select": ("model_export.quality.select", "show which programs are distinct and balanced"),
    "tells": ("model_export.quality.tells", "ask whether names or counts give outcomes away"),
    "leaks": ("model_export.quality.leaks", "check that no two splits share a lesson"),
    "datasheet": ("model_export.quality.datasheet", "describe a corpus: counts, balance, tells"),
    "harvest": ("model_export.harvest.command", "make programs of functions of public projects"),
    "oracle": ("model_export.oracle.command", "say by exact analysis whether programs race"),
    "dataset": ("model_export.dataset", "turn executed programs into training data"),
    "train": ("model_export.train", "train the world model"),
    "export": ("model_export.export", "write a trained model as a bundle"),
    "settle": ("model_export.settle", "calibrate a file's probability on small programs too"),
    "selective": ("model_export.selective.command", "fit and test thresholds with guarantees"),
    "hotspots": ("model_export.hotspots.command", "measure and learn balance and bottlenecks"),
    "causal": ("model_export.causal.command", "fine-tune and export language models on traces"),
    "evaluate": ("model_export.evaluate", "measure a bundle on held-out families or suites"),
    "implant": ("model_export.suites.implant", "put races into files of projects: are they seen?"),
    "ordinary": ("model_export.suites.ordinary", "review ordinary commits of projects: noise?"),
    "proof": ("model_export.proof.command", "prove a bundle faithful, invariant, right on twins"),
}

EXAMPLES = """\
examples:
  python -m model_export check model_export/programs/families/statistics/running_mean.c
  python -m model_export explore --out data/programs --per-family 60 --seed 1
  python -m model_export explore --out data/programs --per-family 120 --scheduler tcp://host:8786
"""


class Command(Protocol):
    """What a command's module offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""

    def run(self, args: argparse.Namespace) -> int:
        """Do the work; the exit status."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    args = build_parser(words).parse_args(words)
    try:
        return int(args.command.run(args))
    except ReviewbotError as exc:
        print(f"model_export: {exc}", file=sys.stderr)
        return exc.exit_code
    except KeyboardInterrupt:
        print("model_export: interrupted; what was finished is kept", file=sys.stderr)
        return EXIT_INTERRUPTED


def build_parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; only the command that is named is imported and gets its options."""
    parser = argparse.ArgumentParser(
        prog="python -m model_export",
        description="Makes the world model: samples programs, executes them, trains, exports.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (module, summary) in COMMANDS.items():
        if importlib.util.find_spec(module) is None:
            continue  # not part of this installation
        sub = commands.add_parser(name, help=summary, description=summary)
        if name in words[:1]:
            command = cast(Command, importlib.import_module(module))
            command.add_arguments(sub)
            sub.set_defaults(command=command)
    return parser
