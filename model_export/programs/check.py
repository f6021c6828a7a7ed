"""Runs variants of families and prints where the outcome differs from the declared effects."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import local

from model_export.execute.label import label, reported_pairs
from model_export.execute.run import Run, Runner, Toolchain, find_tools
from model_export.programs.family import BadFamily, Family, read_family
from model_export.programs.sample import Program, sample

# Words that would tell a reader of the source what the label is.
_TELLTALE = re.compile(
    r"(?<![a-z])(bugs?|buggy|rac[ey]s?|racing|missing|unsafe|safe|safely|fixed|fixme|broken|correct|wrong"
    r"|forgot(?:ten)?|oops)(?![a-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One executed variant."""

    program: Program
    runs: tuple[Run, ...]
    outcome: str
    agrees: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="family files")
    parser.add_argument("--max-variants", type=int, default=24, metavar="N", help="per family")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="programs run at once")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write differing programs there")
    parser.add_argument("--parse-only", action="store_true", help="check the format, run nothing")


def run(args: argparse.Namespace) -> int:
    """Check every file; 1 if any variant differs or any file is not a family."""
    tools = None if args.parse_only else find_tools()
    bad = 0
    for path in args.files:
        try:
            family = read_family(path)
        except BadFamily as exc:
            print(exc)
            bad += 1
            continue
        bad += not _check_family(path, family, tools, args)
    if len(args.files) > 1:
        print(f"{len(args.files)} families, {bad} to look at")
    return 1 if bad else 0


def _check_family(
    path: Path, family: Family, tools: Toolchain | None, args: argparse.Namespace
) -> bool:
    _print_notes(path, family)
    if tools is None:
        print(f"{family.name}: format ok, {family.variants} variants")
        return True
    checked = execute(sample(family, args.max_variants, args.seed), tools, args.jobs)
    differing = [item for item in checked if not item.agrees]
    for item in differing:
        _print_difference(item)
        if args.keep:
            _keep(item, args.keep)
    _print_elsewhere(checked)
    _print_counts(family, checked)
    return not differing


def execute(programs: Iterable[Program], tools: Toolchain, jobs: int) -> list[Checked]:
    """Run the programs, `jobs` at once; in the order given."""
    own = local()  # a runner is not shared between threads
    with tempfile.TemporaryDirectory(prefix="check-") as folder:

        def one(program: Program) -> Checked:
            if not hasattr(own, "runner"):
                own.runner = Runner(tools=tools, work=Path(tempfile.mkdtemp(dir=folder)))
            runs = own.runner.execute(program)
            verdict = label(program, runs)
            return Checked(
                program=program, runs=runs, outcome=verdict.outcome, agrees=verdict.agrees
            )

        with ThreadPoolExecutor(max_workers=jobs) as pool:
            return list(pool.map(one, programs))


def _print_notes(path: Path, family: Family) -> None:
    if path.parent.name != family.domain:
        print(f"{path}: note: domain '{family.domain}' differs from its folder, {path.parent.name}")
    if not any(slot.racy for slot in family.slots):
        print(f"{path}: note: no alternative is racy")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.lstrip().startswith("//@") and (found := _TELLTALE.search(line)):
            print(f"{path}:{number}: note: the word '{found[0]}' may tell the label")


def _print_difference(item: Checked) -> None:
    program = item.program
    chosen = " ".join(f"{name}={value}" for name, value in program.choices.items())
    print(f"{program.family}: declared {program.expected}, observed {item.outcome}: {chosen}")
    if program.effects:
        print("    effects: " + ", ".join(f"{k} {v}" for k, v in program.effects.items()))
    lines = program.source.splitlines()
    for pair in reported_pairs(program, item.runs):
        for place in (pair["a"], pair["b"]):
            assert isinstance(place, dict)  # noqa: S101 - for the type checker
            text = lines[place["line"] - 1].strip()
            print(f"    {place['mode']} in {place['function']}: {text}   [{pair['location']}]")
    if item.outcome not in ("racy", "clean"):
        for line in _details(item.runs):
            print(f"    {line}")


def _details(runs: Sequence[Run]) -> list[str]:
    lines = [line for run in runs for line in run.detail.splitlines()]
    errors = [line for line in lines if "error" in line]
    return (errors or lines)[:6]


def _keep(item: Checked, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    suffix = ".c" if item.program.language == "c" else ".cpp"
    name = f"{item.program.family}-{item.program.id}{suffix}"
    (folder / name).write_text(item.program.source, encoding="utf-8")


def _print_elsewhere(checked: Sequence[Checked]) -> None:
    """Races on lines that name no object declared racy; an alias explains them, or a mistake."""
    told: set[str] = set()
    for item in checked:
        racy = [name for name, effect in item.program.effects.items() if effect == "racy"]
        if not (item.agrees and racy):
            continue
        lines = item.program.source.splitlines()
        for pair in reported_pairs(item.program, item.runs):
            texts = [lines[place["line"] - 1].strip() for place in (pair["a"], pair["b"])]  # type: ignore[index]
            words = set(re.findall(r"\w+", " ".join([*texts, str(pair["location"])])))
            if not words & set(racy):
                told.add(f"{texts[0]}  /  {texts[1]}   [{pair['location']}], racy is {racy}")
    for line in sorted(told)[:8]:
        print(f"    note: reported away from the declared object: {line}")


def _print_counts(family: Family, checked: Sequence[Checked]) -> None:
    expected = [item.program.expected for item in checked]
    counts = f"{expected.count('racy')} racy, {expected.count('clean')} clean declared"
    differ = sum(not item.agrees for item in checked)
    print(
        f"{family.name}: {family.variants} variants, {len(checked)} run, {counts}, {differ} differ"
    )
    if dismissed := sum(run.artefacts for item in checked for run in item.runs):
        print(f"    {dismissed} reports about the OpenMP runtime's own memory were dismissed")
    for slot in family.slots:
        shown = [_score(slot.name, name, effect, checked) for name, effect in slot.effects.items()]
        if slot.objects:
            print(f"    {slot.name} on {', '.join(slot.objects)}: " + ", ".join(shown))
    sys.stdout.flush()


def _score(slot: str, name: str, effect: str, checked: Sequence[Checked]) -> str:
    mine = [item for item in checked if item.program.choices[slot] == name]
    return f"{name} ({effect}) {sum(item.agrees for item in mine)}/{len(mine)}"
