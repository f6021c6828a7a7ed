"""Measures every budget of the project and prints a table; ends with 1 if one is not kept.

Times are medians of several runs in which the sides of a comparison take turns. A fresh process is
started for each, so that nothing but the system's file cache is warm.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import inputs
from benchmarks.measure import Result, interleaved, peak, seconds, skipped, spend, use_two_cores
from reviewbot.pipeline import Predictor

_PACKAGE = Path(inputs.__file__).resolve().parents[1] / "reviewbot"
_NO_BUNDLE = "there is no model bundle: set REVIEWBOT_BUNDLE, or make one with `make train`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a measurement needs to know."""

    reviewbot: tuple[str, ...]  # the program to measure
    work: Path  # an empty directory
    quick: bool

    def repeats(self, usual: int) -> int:
        """How often to run; a quick look is satisfied with three times."""
        return min(usual, 3) if self.quick else usual


def quiet_hook(bench: Bench) -> list[Result]:
    """A commit without parallel code against a Python interpreter that imports argparse."""
    root = inputs.staged_change(bench.work / "quiet", "int x;\n", inputs.SERIAL)
    bare = (sys.executable, "-c", "import argparse")
    costs = interleaved(
        {
            "hook": lambda: spend((*bench.reviewbot, "hook", "pre-commit"), root),
            "bare": lambda: spend(bare, root),
        },
        bench.repeats(31),
    )
    hook, start = seconds(costs["hook"]), seconds(costs["bare"])
    told = f"{hook * 1000:.0f} ms against {start * 1000:.0f} ms"
    return [
        Result(
            name="hook, no parallel code", measured=hook / start, budget=3.0, unit="x", detail=told
        )
    ]


def loud_hook(bench: Bench) -> list[Result]:
    """A commit that makes five functions parallel."""
    root = inputs.staged_change(bench.work / "loud", inputs.FIVE_BEFORE, inputs.FIVE_PARALLEL)
    sides = {"hook": lambda: spend((*bench.reviewbot, "hook", "pre-commit"), root)}
    costs = interleaved(sides, bench.repeats(11))["hook"]
    name = "hook, five parallel functions"
    return [
        Result(name=f"{name}: time", measured=seconds(costs), budget=1.0, unit="s"),
        Result(name=f"{name}: memory", measured=peak(costs), budget=400.0, unit="MiB"),
    ]


def scan_serial(bench: Bench) -> list[Result]:
    """A scan of code without any parallel construct, the start of the process included."""
    tree = bench.work / "serial"
    lines = inputs.serial_tree(tree, 100_000 if bench.quick else 1_000_000)
    sides = {"scan": lambda: spend((*bench.reviewbot, "scan", str(tree)), bench.work)}
    taken = seconds(interleaved(sides, bench.repeats(5))["scan"])
    return [_rate("scan, no parallel code", lines / taken, 200_000, f"{lines} lines, with start")]


def scan_parallel(bench: Bench) -> list[Result]:
    """A scan of nothing but parallel programs, less the time that a single one takes."""
    one, all_of_them = bench.work / "one", bench.work / "parallel"
    chosen = inputs.programs(3, most=30 if bench.quick else None)
    few = inputs.parallel_tree(one, chosen[:1])
    many = inputs.parallel_tree(all_of_them, chosen)
    costs = interleaved(
        {
            "one": lambda: spend((*bench.reviewbot, "scan", str(one)), bench.work),
            "all": lambda: spend((*bench.reviewbot, "scan", str(all_of_them)), bench.work),
        },
        bench.repeats(3),
    )
    start, whole = seconds(costs["one"]), seconds(costs["all"])
    told = f"{many} lines; a scan of one file takes {start:.2f} s"
    return [_rate("scan, parallel code", (many - few) / (whole - start), 2_000, told)]


def _rate(name: str, measured: float, budget: float, detail: str) -> Result:
    return Result(
        name=name, measured=measured, budget=budget, unit="lines/s", at_least=True, detail=detail
    )


def size(bench: Bench) -> list[Result]:
    """The base install."""
    from benchmarks.size import install_size

    return [install_size(bench.work)]


def sanitizer(bench: Bench) -> list[Result]:
    """A review against a sanitizer run; the process is started once, as for a change of many files.

    What the start costs is measured as well: a hook on one staged file.
    """
    # Lazy: brings in the parser and the runtime, which would raise the peaks measured before.
    from benchmarks.sanitizer import against_sanitizer

    root = inputs.staged_change(bench.work / "start", inputs.FIVE_BEFORE, inputs.FIVE_PARALLEL)
    argv = (*bench.reviewbot, "hook", "pre-commit")
    start = seconds(interleaved({"hook": lambda: spend(argv, root)}, bench.repeats(5))["hook"])
    return [against_sanitizer(bench.work, _predictor(), start, bench.quick)]


def _predictor() -> Predictor:
    from reviewbot.model.predict import load_predictor
    from reviewbot.settings import settings_from

    settings = settings_from({}, os.environ)
    return load_predictor(settings.bundle, threads=settings.threads, device="cpu")


# `sanitizer` comes last, as it makes this process grow.
BUDGETS: Mapping[str, Callable[[Bench], list[Result]]] = {
    "quiet-hook": quiet_hook,
    "loud-hook": loud_hook,
    "scan-serial": scan_serial,
    "scan-parallel": scan_parallel,
    "size": size,
    "sanitizer": sanitizer,
}
NEED_MODEL = ("loud-hook", "scan-parallel", "sanitizer")


def has_bundle() -> bool:
    """Whether the model can be asked."""
    given = os.environ.get("REVIEWBOT_BUNDLE")
    return bool(given) or any((_PACKAGE / "bundles").glob("**/bundle.json"))


def measure(names: Sequence[str], options: argparse.Namespace) -> list[Result]:
    """The chosen budgets, one after another, each in a directory of its own."""
    results: list[Result] = []
    for name in names:
        if name in NEED_MODEL and not options.reviewbot and not has_bundle():
            results.append(skipped(name, _NO_BUNDLE))
            continue
        print(f"measuring {name} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="reviewbot-bench-") as folder:
            results += BUDGETS[name](
                Bench(reviewbot=_program(options), work=Path(folder), quick=options.quick)
            )
    return results


def _program(options: argparse.Namespace) -> tuple[str, ...]:
    if options.reviewbot:
        return tuple(shlex.split(options.reviewbot))
    return (str(Path(sys.executable).with_name("reviewbot")),)


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table."""
    lines = [
        "| budget | measured | allowed | used | |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for result in results:
        if result.skipped:
            lines.append(f"| {result.name} | not measured | | | {result.skipped} |")
            continue
        sign = "≥" if result.at_least else "≤"
        cells = (
            f"{_number(result.measured)} {result.unit}",
            f"{sign} {_number(result.budget)} {result.unit}",
            f"{result.share:.0%}",
            "; ".join(filter(None, ("" if result.kept else "**over budget**", result.detail))),
        )
        lines.append(f"| {result.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ") if value >= 100 else f"{value:.3g}"


def main() -> int:
    """Measure, print, and say by the exit status whether every budget is kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=tuple(BUDGETS), help="may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    parser.add_argument("--quick", action="store_true", help="smaller inputs, fewer runs: rough")
    parser.add_argument("--reviewbot", metavar="COMMAND", help="another program to measure")
    options = parser.parse_args()
    use_two_cores()
    results = measure(options.only or tuple(BUDGETS), options)
    print(table(results))
    if options.json:
        rows = [{**asdict(one), "kept": one.kept, "share": one.share} for one in results]
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0 if all(one.kept or one.skipped for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
