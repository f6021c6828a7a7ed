"""Which lines the runs came to: a silence about code that never ran says nothing.

clang counts how often each region of code ran (source-based coverage), beside ThreadSanitizer,
which leaves the counters alone. https://clang.llvm.org/docs/SourceBasedCodeCoverage.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reviewbot.escalation.sandbox import Limits, Sandbox
from reviewbot.records import Access

# Not `-fprofile-update=atomic`: it takes the line from accesses nearby. Reports on the counters
# themselves are left out when reports are read.
COVERAGE = ("-fprofile-instr-generate", "-fcoverage-mapping")
PROFILES = "*.profraw"
_LIMITS = Limits(seconds=60.0, output=64 << 20)
_MOST_PROFILES = 500
_LINE = re.compile(r'^\s*#\s*line\s+(\d+)(?:\s+"([^"]*)")?')

Counts = Mapping[str, Mapping[int, int]]  # path, line → how often it ran; lines without code lack


@dataclass(frozen=True, slots=True)
class CoverageTools:
    """The two programs that read counters; of the compiler's own version."""

    profdata: str
    cov: str


def counts(
    tools: CoverageTools, sandbox: Sandbox, folder: Path, logs: Path, binaries: Sequence[Path]
) -> Counts | None:
    """How often each line ran in the runs that left counters in `logs`; None if none did.

    `folder` is where the binaries lie. A run that was killed leaves no counters.
    """
    profiles = sorted(map(str, logs.rglob(PROFILES)))[:_MOST_PROFILES]
    if not profiles or not binaries:
        return None
    merged = str(folder / "reviewbot.profdata")
    box = Sandbox(unsafe=sandbox.unsafe, path=sandbox.path, readable=(str(logs),))

    def run(argv: list[str]) -> str | None:
        done = box.run(argv, root=folder, writable=[folder], limits=_LIMITS)
        fine = done.returncode == 0 and not done.stopped
        return done.stdout.decode("utf-8", "replace") if fine else None

    # A counter file that was cut must not cost the others.
    merge = [tools.profdata, "merge", "-sparse", "--failure-mode=all", *profiles, "-o", merged]
    if run(merge) is None:
        return None
    first, *rest = map(str, binaries)
    more = [f"-object={one}" for one in rest]
    told = run([tools.cov, "export", "-format=lcov", f"-instr-profile={merged}", first, *more])
    return None if told is None else parse_lcov(told)


def parse_lcov(text: str) -> Counts:
    """The line counts of an lcov trace."""
    found: dict[str, dict[int, int]] = {}
    lines: dict[int, int] = {}
    for row in text.splitlines():
        if row.startswith("SF:"):
            lines = found.setdefault(row[3:], {})
        elif row.startswith("DA:"):
            number, _, count = row[3:].partition(",")
            lines[int(number)] = max(lines.get(int(number), 0), int(float(count.split(",")[0])))
    return found


def through_line_directives(text: str, counted: Mapping[int, int]) -> Counts:
    """The counts of a generated file by the paths and lines that its #line directives name."""
    found: dict[str, dict[int, int]] = {}
    for number, path, line in _origins(text):
        if number in counted:
            found.setdefault(path, {})[line] = counted[number]
    return found


def unreached(counted: Counts, accesses: Iterable[Access], prefixes: Sequence[str]) -> int | None:
    """The line of the first access that never ran, or None; a line that is not counted may have."""
    for access in accesses:
        for prefix in prefixes:
            lines = counted.get(f"{prefix}/{access.path}", {})
            if lines.get(access.line) == 0:
                return access.line
    return None


def knows(counted: Counts, accesses: Iterable[Access], prefixes: Sequence[str]) -> bool:
    """Whether every access lies on a line that was counted and ran."""
    return all(
        any(counted.get(f"{prefix}/{one.path}", {}).get(one.line, 0) > 0 for prefix in prefixes)
        for one in accesses
    )


def _origins(text: str) -> Iterator[tuple[int, str, int]]:
    """(line of the text, path it stands for, line there)."""
    path, line = "", 0
    for number, row in enumerate(text.splitlines(), 1):
        if match := _LINE.match(row):
            path, line = match[2] or path, int(match[1])
            continue
        if path:
            yield number, path, line
            line += 1
