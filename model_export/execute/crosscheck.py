"""Runs thread programs under gcc's ThreadSanitizer too, and tells how far it agrees with clang's.

python -m model_export crosscheck --corpus data/programs --limit 200

Programs with OpenMP are left out: gcc's libgomp is not instrumented and Archer needs clang's
runtime, so that a third of the clean ones would be reported. Every result is a JSON line of --out;
what stands there with a verdict is not run again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Any

from model_export.execute.compiler import CompileFailed, compile_
from model_export.execute.corpus import read_rows
from model_export.execute.run import (
    LIMITS,
    SOURCE,
    STANDARD,
    TSAN_EXIT,
    Run,
    Setting,
    ToolsMissing,
    guarded,
    judge,
)
from model_export.oracle.agree import wilson
from model_export.progress import Progress
from reviewbot.errors import BadInput

COLUMNS = ("id", "family", "language", "source", "label", "usable", "reports", "mutation")
# As with clang: -O0 keeps accesses that the optimiser merges, -O1 has other timing. Threads are the
# program's own, so a repeat is one more throw of the dice and nothing else.
LEVELS = ("-O0", "-O0", "-O0", "-O1", "-O1")
_ENV = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C",
    "TSAN_OPTIONS": f"exitcode={TSAN_EXIT} history_size=7",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What both compilers' sanitizers said of one program."""

    id: str
    family: str
    language: str
    clang: str  # "racy" | "clean"
    gcc: str  # or "timeout" | "crash" | "compile-error"
    same_lines: bool | None  # whether they name a pair of lines in common; None unless both race
    detail: str = ""

    @property
    def ran(self) -> bool:
        """Whether gcc came to a verdict."""
        return self.gcc in ("racy", "clean")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--corpus", type=Path, required=True, help="folder written by explore")
    parser.add_argument("--limit", type=int, default=200, metavar="N", help="programs drawn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, metavar="FILE", help="results, a JSON line a program")
    parser.add_argument("--jobs", type=int, default=2)


def run(args: argparse.Namespace) -> int:
    """Run what is missing and print the tables."""
    if shutil.which("gcc") is None or shutil.which("g++") is None:
        raise ToolsMissing("gcc and g++ are not both on the PATH: install g++ with its libtsan")
    rows = drawn(read_rows(args.corpus, COLUMNS), args.limit, args.seed)
    if not rows:
        raise BadInput(f"{args.corpus} has no usable thread program: run explore --out first")
    earlier = _known(args.out) if args.out else ()
    # A busy machine's time limits are no verdict: such programs run again.
    found = {checked.id: checked for checked in earlier if checked.ran}
    missing = [row for row in rows if row["id"] not in found]
    for checked in _checked(missing, args.jobs):
        found[checked.id] = checked
        if args.out:
            _append(args.out, checked)
    print(told([found[str(row["id"])] for row in rows]))
    return 0


def drawn(
    rows: Iterator[dict[str, object]] | Sequence[Mapping[str, Any]], limit: int, seed: int
) -> list[Mapping[str, Any]]:
    """So many usable thread programs, drawn by the seed: a larger limit adds to a smaller one."""
    threads = [row for row in rows if row["usable"] and "omp" not in str(row["source"])]
    order = {id(row): hashlib.sha256(f"{seed} {row['id']}".encode()).digest() for row in threads}
    return sorted(threads, key=lambda row: order[id(row)])[:limit]


def _checked(rows: Sequence[Mapping[str, Any]], jobs: int) -> Iterator[Checked]:
    if not rows:
        return
    progress = Progress(total=len(rows), stream=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="crosscheck-") as work, Pool(jobs) as pool:
        for checked in pool.imap_unordered(partial(check, work=Path(work)), rows):
            progress.advance(1)
            yield checked
    progress.finish()


def check(row: Mapping[str, Any], work: Path) -> Checked:
    """Run one program under gcc's sanitizer until it races or the runs are used up."""
    runs: list[Run] = []
    with tempfile.TemporaryDirectory(dir=work) as folder:
        for level in LEVELS:
            runs.append(_run(row, level, Path(folder)))
            if runs[-1].outcome != "clean":
                break
    both = row["label"] == runs[-1].outcome == "racy"
    seen = _lines(runs, str(row["language"]))
    return Checked(
        id=str(row["id"]),
        family=str(row["family"]),
        language=str(row["language"]),
        clang=str(row["label"]),
        gcc=runs[-1].outcome,
        same_lines=bool(set(seen) & set(_reported(row))) if both else None,
        detail=runs[-1].detail[:300],
    )


def _run(row: Mapping[str, Any], level: str, folder: Path) -> Run:
    language, setting = str(row["language"]), Setting(level=level, threads=0)
    binary = folder / f"program{level}"
    try:
        if not binary.exists():
            _build(str(row["source"]), language, binary)
    except CompileFailed as exc:
        return Run(setting=setting, outcome="compile-error", detail=str(exc))
    command = [*LIMITS, str(binary)]
    status, text = guarded(command, _ENV, folder)
    if "unexpected memory mapping" in text:
        # As in `run`: too much address randomisation for the sanitizer's shadow.
        status, text = guarded(["setarch", "-R", *command], _ENV, folder)
    return judge(setting, status, text, source=str(row["source"]), language=language)


def _build(source: str, language: str, binary: Path) -> None:
    path = binary.parent / SOURCE[language]
    path.write_text(source, encoding="utf-8")
    compiler = "gcc" if language == "c" else "g++"
    level = binary.name.removeprefix("program")
    flags = [STANDARD[language], "-g1", level, "-fsanitize=thread", "-pthread", "-w"]
    compile_([compiler, *flags, str(path), "-o", str(binary), "-lm"])


def _lines(runs: Sequence[Run], language: str) -> Iterator[tuple[int, int]]:
    """The pairs of lines in the program itself that the runs' races name."""
    for report in (r for run in runs for r in run.reports if r.is_race):
        frames = [side.own_frame(SOURCE[language]) for side in report.sides]
        lines = sorted(frame.line for frame in frames if frame)
        if len(lines) == 2:
            yield lines[0], lines[1]


def _reported(row: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Those that clang's named."""
    for pair in json.loads(str(row["reports"]) or "[]"):
        a, b = sorted((pair["a"]["line"], pair["b"]["line"]))
        yield a, b


def told(found: Sequence[Checked]) -> str:
    """Markdown: how often both say the same, by language; and every program where they differ."""
    lines = [
        "| thread programs | both racy | both clean | only clang | only gcc | no verdict of gcc "
        "| agreement | 95 % interval |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for language in sorted({checked.language for checked in found}):
        lines.append(_row(language, [c for c in found if c.language == language]))
    lines.append(_row("all", found))
    both = [checked for checked in found if checked.same_lines is not None]
    common = sum(bool(checked.same_lines) for checked in both)
    low, high = wilson(common, len(both))
    lines += [
        "",
        f"Of {len(both)} programs that race in both, {common} ({low:.1%} … {high:.1%}) have a "
        "reported pair of lines in common.",
    ]
    different = [c for c in found if c.clang != c.gcc]
    lines += [f"- {c.family} {c.id}: clang {c.clang}, gcc {c.gcc} {c.detail}" for c in different]
    return "\n".join(line.rstrip() for line in lines)


def _row(name: str, found: Sequence[Checked]) -> str:
    cells = Counter((checked.clang, checked.gcc) for checked in found if checked.ran)
    same, known = cells["racy", "racy"] + cells["clean", "clean"], sum(cells.values())
    low, high = wilson(same, known)
    counts = [cells[pair] for pair in (("racy", "racy"), ("clean", "clean"))]
    counts += [cells["racy", "clean"], cells["clean", "racy"], len(found) - known]
    share = f"{same / known:.1%}" if known else "–"
    return f"| {name} | {' | '.join(map(str, counts))} | {share} | {low:.1%} … {high:.1%} |"


def _known(path: Path) -> Iterator[Checked]:
    """The results of earlier runs; a line that was cut off is not there."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for line in lines:
        try:
            yield Checked(**json.loads(line))
        except (ValueError, TypeError):
            continue


def _append(path: Path, checked: Checked) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        # The line before may have been cut off by a kill.
        file.write(f"\n{json.dumps(asdict(checked))}\n")
