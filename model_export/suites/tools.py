"""Judges that are programs of others, asked about the same files: ThreadSanitizer and checkers."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from model_export.execute.run import SOURCE, Run, Runner, ToolsMissing, find_tools
from model_export.programs.sample import Program
from model_export.suites.case import Case
from model_export.suites.measure import Absent, Lines, Opinion

TIDY_CHECKS = "-*,concurrency-*,bugprone-*,openmp-*"
CHUNK = 40  # files a call: starting a checker costs more than reading a small file
CHUNK_SECONDS = 900
# file, line, check: cppcheck is told to write so, clang-tidy writes the name at the line's end.
_CPPCHECK = re.compile(r"^(?P<file>[^:]+):(?P<line>\d+):(?P<check>.*)$")
_TIDY = re.compile(
    r"^(?P<file>[^:\n]+):(?P<line>\d+):\d+: (?:warning|error): .*\[(?P<check>[^\]]+)\]$"
)
# What says that the file could not be read; no claim about the code.
_UNREADABLE = re.compile(r"^(clang-diagnostic-error|syntaxError|preprocessorErrorDirective)$")
_NO_CLAIM = re.compile(r"^(clang-diagnostic-.*|missingInclude.*|checkersReport|toomanyconfigs)$")


def thread_sanitizer(
    cases: Sequence[Case],
    limit: int,
    includes: Sequence[Path] = (),
    arguments: Mapping[str, tuple[str, ...] | None] = MappingProxyType({}),
) -> Opinion | Absent:
    """ThreadSanitizer with Archer on the first `limit` cases, run with their arguments.

    Those that do not build, or show no race and crash or do not end, are left out.
    """
    name = "ThreadSanitizer + Archer"
    if not limit:
        return Absent(judge=name, reason="--tsan-limit is 0")
    if any(arguments.get(case.name, ()) is None for case in cases):
        return Absent(judge=name, reason="the suite's inputs do not lie under --root")
    try:
        tools = find_tools()
    except ToolsMissing as exc:
        return Absent(judge=name, reason=str(exc))
    with tempfile.TemporaryDirectory(prefix="suite-") as folder:
        runner = Runner(tools=tools, work=Path(folder), includes=tuple(includes))
        runs = {
            case.name: runner.execute(_program(case), arguments.get(case.name) or ())
            for case in cases[:limit]
        }
    return _ran(name, runs, len(cases))


def _program(case: Case) -> Program:
    """The case as the runner takes it; every case is run alike, whatever its label."""
    return Program(
        id=case.name,
        family="suite",
        domain="suite",
        language="c" if case.suffix == ".c" else "c++",
        source=case.source,
        choices={},
        effects={},
        slot_lines={},
        expected="clean",  # four runs, at two levels of optimisation
        twin_group="",
    )


def _ran(name: str, runs: Mapping[str, Sequence[Run]], cases: int) -> Opinion | Absent:
    endings = {case: _ending(own) for case, own in runs.items()}
    counts = Counter(endings.values())
    read = {case: end for case, end in endings.items() if end in ("racy", "clean")}
    left = ", ".join(f"{n} {end}" for end, n in sorted(counts.items()) if end not in read.values())
    note = f"run on {len(runs)} of {cases} files" + (f"; left out: {left}" if left else "")
    if not read:
        return Absent(judge=name, reason=note)
    return Opinion(
        judge=name,
        files={case: float(end == "racy") for case, end in read.items()},
        lines={case: _reported(runs[case]) for case in read},
        graded=False,
        note=note,
        executed=True,
    )


def _ending(runs: Sequence[Run]) -> str:
    """`racy` once a race was reported, else how the last run ended."""
    return "racy" if any(run.outcome == "racy" for run in runs) else runs[-1].outcome


def _reported(runs: Iterable[Run]) -> Lines:
    sides = (side for run in runs for r in run.reports if r.is_race for side in r.sides)
    frames = (side.own_frame(source) for side in sides for source in SOURCE.values())
    return {frame.line: 1.0 for frame in frames if frame is not None}


def cppcheck(cases: Sequence[Case], includes: Sequence[Path]) -> Opinion | Absent:
    """Warnings of cppcheck with its thread safety addon; what it warns of counts as racy."""
    command = ["cppcheck", "--quiet", "--addon=threadsafety", "--enable=warning,portability"]
    command += ["--template={file}:{line}:{id}", *(f"-I{folder}" for folder in includes)]
    return _check("cppcheck, any warning", command, (), _CPPCHECK, cases)


def clang_tidy(cases: Sequence[Case], includes: Sequence[Path]) -> Opinion | Absent:
    """Warnings of clang-tidy's checks of concurrency, likely bugs and OpenMP, counted alike."""
    flags = ["--", "-fopenmp", *(f"-I{folder}" for folder in includes)]
    command = ["clang-tidy-19", "--quiet", f"--checks={TIDY_CHECKS}"]
    return _check("clang-tidy, any warning", command, flags, _TIDY, cases)


def _check(
    name: str,
    command: Sequence[str],
    flags: Sequence[str],
    pattern: re.Pattern[str],
    cases: Sequence[Case],
) -> Opinion | Absent:
    if shutil.which(command[0]) is None:
        return Absent(judge=name, reason=f"{command[0]} is not on the PATH: install it")
    lines: dict[str, dict[int, float]] = {case.name: {} for case in cases}
    unread: set[str] = set()
    for chunk in (cases[i : i + CHUNK] for i in range(0, len(cases), CHUNK)):
        for case, line, check in _warnings(command, flags, pattern, chunk):
            if _UNREADABLE.match(check):
                unread.add(case)
            elif not _NO_CLAIM.match(check):
                lines[case][line] = 1.0
    return Opinion(
        judge=name,
        files={case: float(bool(own)) for case, own in lines.items()},
        lines=lines,
        graded=False,
        note=f"{len(unread)} files have errors to it, a header that is missing mostly",
    )


def _warnings(
    command: Sequence[str], flags: Sequence[str], pattern: re.Pattern[str], cases: Sequence[Case]
) -> Iterator[tuple[str, int, str]]:
    """(case, line, check) of each warning in the cases' own files."""
    with tempfile.TemporaryDirectory(prefix="suite-") as folder:
        names: dict[str, str] = {}
        for number, case in enumerate(cases):
            file = Path(folder) / f"program{number}{case.suffix}"
            file.write_text(case.source, encoding="utf-8")
            names[file.name] = case.name
        done = subprocess.run(
            [*command, *sorted(names), *flags],
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=CHUNK_SECONDS,
            check=False,  # both exit with a status of their own where they warn
        )
    for line in (done.stdout + "\n" + done.stderr).splitlines():
        found = pattern.match(line)
        if found and Path(found["file"]).name in names:
            yield names[Path(found["file"]).name], int(found["line"]), found["check"]
