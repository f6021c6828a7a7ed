"""How many functions of public projects a synthesised harness compiles and runs, and what it finds.

    python -m benchmarks.harness --repos ~/src/a ~/src/b --limit 15

Takes local checkouts, finds functions with parallel code by the front end, and for each one makes
a harness, builds it with clang and ThreadSanitizer and runs it once inside bubblewrap.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from model_export.execute.run import SUPPRESSIONS
from reviewbot.code.analyse import analyse
from reviewbot.code.prefilter import is_c_family, may_be_parallel
from reviewbot.escalation.compile_commands import read_compile_commands
from reviewbot.escalation.harness import Harness, settle, synthesise
from reviewbot.escalation.harness_repository import Repository, read_repository
from reviewbot.escalation.harness_source import read
from reviewbot.escalation.harness_which import find
from reviewbot.escalation.reach import COVERAGE, parse_lcov, through_line_directives
from reviewbot.process import run
from reviewbot.records import Region, Skipped

BUILD_SECONDS, RUN_SECONDS = 40.0, 25.0
# What is not the project's own, or is for another system than this one.
_SKIP = re.compile(
    r"(?:^|/)(?:tests?|third_?party|3rdparty|extern(?:al)?s?|deps|bench(?:marks?)?)/|(?i:win32|opencl)"
    r"|_test\."
)
_END = "reviewbot: the driver came to its end"
_REPORT = re.compile(r"WARNING: ThreadSanitizer: data race.*?={18}", re.DOTALL)
HALF = 0.5  # of the construct's lines: less is a function that gave up early
_ARCHER = "/usr/lib/llvm-19/lib/libarcher.so"
# Counters that are no atomics race themselves where the compiler merges them.
FLAGS = (
    "-g",
    "-O1",
    "-fno-omit-frame-pointer",
    "-fsanitize=thread",
    *COVERAGE,
    "-fprofile-update=atomic",
)
STAGES = ("seen", "synthesised", "compiled", "ran to the end")
COLUMNS = (*STAGES, "parallel code ran", "with a report")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What became of one function."""

    project: str
    path: str
    function: str
    stage: str  # the last one reached
    reason: str
    reports: int = 0  # whose stacks pass through the file
    report: str = ""  # the first of them
    reached: float = 0.0  # share of the parallel construct's lines that ran, of those with code
    note: str = ""
    seconds: float = 0.0


def main(argv: Sequence[str] | None = None) -> int:
    """Try every project, print the table, and write every trial if asked to."""
    parser = argparse.ArgumentParser(prog="benchmarks.harness", description=__doc__)
    parser.add_argument("--repos", nargs="+", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=15, help="functions a project")
    parser.add_argument("--only", default="", help="only functions whose path:name holds this")
    parser.add_argument("--output", type=Path, help="every trial as JSON")
    parser.add_argument("--keep", type=Path, help="a folder for the last program")
    options = parser.parse_args(argv)
    if shutil.which("bwrap") is None:
        sys.exit("bubblewrap is not installed: code of strangers is not run outside it")
    trials: list[Trial] = []
    for root in options.repos:
        for trial in _project(root.resolve(), options.limit, options.only, options.keep):
            trials.append(trial)
            what = f"{trial.stage}; {trial.reason}; {trial.reached:.0%}; {trial.reports} reports"
            print(f"{trial.project} {trial.path}:{trial.function}: {what}", flush=True)
    print(table(trials))
    if options.output is not None:
        options.output.write_text(json.dumps([asdict(t) for t in trials], indent=1))
    return 0


def _project(root: Path, limit: int, only: str, keep: Path | None) -> Iterator[Trial]:
    repository = read_repository(root)
    for path, region in list(_functions(root, only))[:limit]:
        with tempfile.TemporaryDirectory(prefix="harness-") as folder:
            yield _try(repository, path, region, keep or Path(folder))


def _functions(root: Path, only: str) -> Iterator[tuple[Path, Region]]:
    """Functions with parallel code, at most four of a file, so that one file is not the project."""
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if not is_c_family(name) or _SKIP.search(name) or not path.is_file():
            continue
        data = path.read_bytes()
        if not may_be_parallel(data):
            continue
        found = analyse(name, data)
        first = {r.function: r for r in reversed(found.regions) if r.function}
        for region in sorted(first.values(), key=lambda r: r.line)[:4]:
            if only in f"{name}:{region.function}":
                yield path, region


def _try(repository: Repository, path: Path, region: Region, folder: Path) -> Trial:
    started, function = time.monotonic(), region.function
    name = str(path.relative_to(repository.root))
    text = path.read_text(encoding="utf-8", errors="replace")
    database = read_compile_commands(repository.root)
    known = database.near(name) if database else None
    dirs = (*(known.include_dirs if known else ()), *repository.include_dirs(text, path))
    defines = [f.removeprefix("-D") for f in known.flags if f.startswith("-D")] if known else []
    first = synthesise(text, str(path), function, dirs, defines, repository)

    def trial(stage: str, reason: str, **more: object) -> Trial:
        spent = round(time.monotonic() - started, 2)
        known = {"project": repository.root.name, "path": name, "function": function}
        return Trial(**known, stage=stage, reason=reason, seconds=spent, **more)  # type: ignore[arg-type]

    if isinstance(first, Skipped):
        return trial("seen", first.reason)
    built = settle(first, lambda harness: build(harness, folder))
    if isinstance(built, Skipped):
        return trial("synthesised", built.reason)
    reason, output = execute(built, folder)
    reports = [r for r in _REPORT.findall(output) if name in r]
    return trial(
        "ran to the end" if reason == "ended" else "compiled",
        reason,
        reports=len(reports),
        report=reports[0] if reports else "",
        reached=_reached(built, folder, str(path), region),
        note=built.note,
    )


def _reached(harness: Harness, folder: Path, path: str, region: Region) -> float:
    """The share of the construct's lines that ran; 0 where the run left no counters."""
    merge = ["llvm-profdata-19", "merge", "run.profraw", "-o", "run.profdata"]
    export = ["llvm-cov-19", "export", "-format=lcov", "-instr-profile=run.profdata", "program"]
    if run(merge, cwd=folder).returncode != 0:
        return 0.0
    found = parse_lcov(run(export, cwd=folder).stdout.decode(errors="replace"))
    own = next((lines for at, lines in found.items() if Path(at).stem == "program"), {})
    lines = {**found, **through_line_directives(harness.source, own)}.get(path, {})
    first, last = _lines(harness, region)
    inside = [n for at, n in lines.items() if first <= at <= last]
    return sum(1 for n in inside if n) / len(inside) if inside else 0.0


def _lines(harness: Harness, region: Region) -> tuple[int, int]:
    """The construct's lines; where threads come from outside, those of the function called."""
    parsed, symbols = read(harness.recipe.path, harness.recipe.text)
    function = find(parsed, symbols, region.function)
    if region.kind != "unknown caller" or function is None:
        return region.line, region.end_line
    node, line = function.node, parsed.translation.line
    return line(node.start_byte), line(node.end_byte - 1)


def build(harness: Harness, folder: Path) -> str:
    """Compile in the folder; "" or what the compiler and linker said."""
    for name, text in harness.files:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    cpp = harness.language == "c++"
    source = folder / ("program.cpp" if cpp else "program.c")
    source.write_text(harness.source, encoding="utf-8", errors="replace")
    compiler = "clang++-19" if cpp else "clang-19"
    own = {str(path) for path in harness.companions}
    flags = [*FLAGS, *(flag for flag in harness.flags if flag not in own)]
    objects, said = [], ""
    for path in harness.companions:  # compiled once, however often the harness is mended
        made = folder / (hashlib.sha256(" ".join([*flags, str(path)]).encode()).hexdigest() + ".o")
        if not made.exists():
            said += _call([compiler, "-c", str(path), *flags, "-o", made.name], folder)
        objects.append(made.name)
    return said or _call([compiler, source.name, *objects, *flags, "-o", "program"], folder)


def _call(command: Sequence[str], folder: Path) -> str:
    done = run(command, cwd=folder, timeout=BUILD_SECONDS)
    if done.timed_out:
        return "reviewbot: the compiler took too long"
    return "" if done.returncode == 0 else done.stderr.decode(errors="replace") or "failed"


def execute(harness: Harness, folder: Path) -> tuple[str, str]:
    """Run inside bubblewrap: no network, nothing writable but its own folder; (how, output)."""
    env = {
        "PATH": os.environ["PATH"],
        "OMP_NUM_THREADS": str(harness.threads[0]),
        "TSAN_OPTIONS": "halt_on_error=0:exitcode=66:history_size=4:allocator_may_return_null=1"
        f":external_symbolizer_path=/usr/bin/llvm-symbolizer-19:suppressions={SUPPRESSIONS}",
        "OMP_TOOL_LIBRARIES": _ARCHER,
        "LLVM_PROFILE_FILE": "/tmp/here/run.profraw",
    }
    box = ["bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--dev", "/dev"]
    box += ["--proc", "/proc", "--tmpfs", "/tmp", "--bind", str(folder), "/tmp/here"]
    box += ["--chdir", "/tmp/here", "setarch", "-R", "./program"]
    done = run(box, timeout=RUN_SECONDS, env=env, max_output=4 << 20)
    output = (done.stdout + b"\n" + done.stderr).decode(errors="replace")
    return _how(done.returncode, done.timed_out, output), output


def _how(returncode: int, timed_out: bool, output: str) -> str:
    if _END in output:
        return "ended"
    if timed_out:
        return "time limit"
    if returncode == 75 or "stopped a call" in output:
        return "a call does not return"
    if "Assertion" in output:
        return "an assertion of the project failed"
    if "DEADLYSIGNAL" in output or returncode < 0 or returncode >= 128:
        where = re.search(r"#\d+ (\S+) [^\n]*", output[output.find("DEADLYSIGNAL") :])
        return f"crashed in {where.group(1) if where else '?'}"
    return f"ended early with status {returncode}"


def table(trials: Sequence[Trial]) -> str:
    """A line for each project: how many functions came how far; then why the others did not."""
    lines = [f"{'project':20}" + "".join(f"{c:>18}" for c in COLUMNS)]
    for project in dict.fromkeys(t.project for t in trials):
        lines.append(_row(project, [t for t in trials if t.project == project]))
    lines.append(_row("all", trials))
    lost = Counter(
        (t.stage, re.sub(r"[':].*", "", t.reason)) for t in trials if t.reason != "ended"
    )
    lines += ["", "reached, and why no further:"]
    lines += [f"{n:4} {stage}: {reason}" for (stage, reason), n in lost.most_common(30)]
    return "\n".join(lines)


def _row(name: str, trials: Sequence[Trial]) -> str:
    reached = [STAGES.index(t.stage) for t in trials]
    counts = [sum(at >= stage for at in reached) for stage in range(len(STAGES))]
    counts += [sum(t.reached >= HALF for t in trials), sum(t.reports > 0 for t in trials)]
    return f"{name:20}" + "".join(f"{count:18}" for count in counts)


if __name__ == "__main__":
    sys.exit(main())
