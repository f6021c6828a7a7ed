"""Cost by line under callgrind: instructions of a line itself, and of what it calls."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from reviewbot.errors import ReviewbotError

SECONDS = 120
# What the runtime does in between is not the program's work, and what it calls is counted where it
# stands; whatever else is called (sin, malloc) is the caller's.
_RUNTIME = re.compile(r"libi?omp|libgomp|ld-linux|vgpreload")
_OUTLINED = re.compile(r"\.omp_|_omp_outlined|omp_task_entry|\.omp\.")


class NotCounted(ReviewbotError):
    """Callgrind is not there or did not count a program."""


@dataclass(frozen=True, slots=True)
class LineCosts:
    """Instructions by line: its own with the library's, and those of functions of the file."""

    own: dict[int, int]
    calls: tuple[tuple[int, int], ...]  # (line of the call, instructions)

    def within(self, first: int, last: int) -> int:
        """Instructions that the lines from first to last come to, calls included."""
        own = sum(cost for line, cost in self.own.items() if first <= line <= last)
        return own + sum(cost for line, cost in self.calls if first <= line <= last)


def count(binary: Path, source: str, folder: Path, variables: dict[str, str]) -> LineCosts:
    """Run a program with one thread under callgrind; `source` is the file's base name."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise NotCounted("valgrind is not on the PATH: install it to count costs by line")
    out = folder / "callgrind.out"
    options = ["--tool=callgrind", f"--callgrind-out-file={out}", "--compress-strings=no"]
    command = [valgrind, *options, "--compress-pos=no", str(binary)]
    try:
        subprocess.run(
            command,
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "OMP_NUM_THREADS": "1", **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise NotCounted(f"the program took more than {SECONDS} s under callgrind") from exc
    if not out.exists():
        raise NotCounted("callgrind wrote nothing: run the program alone under valgrind to see why")
    return read(out.read_text(encoding="utf-8", errors="replace").splitlines(), source)


@dataclass(slots=True)
class _Reader:
    """Where the reader of callgrind's format is, and what it has seen."""

    source: str
    file: str = ""
    called: str = ""
    called_object: str = ""
    called_file: str = ""
    after_call: bool = False  # whether the next line is what a call came to
    own: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    calls: list[tuple[int, int]] = field(default_factory=list)

    def head(self, key: str, value: str) -> None:
        """A line that says where the next ones are."""
        if key in ("fl", "fi", "fe"):
            self.file = value
        elif key == "cfn":
            self.called = value
        elif key == "cob":
            self.called_object = value
        elif key in ("cfi", "cfl"):
            self.called_file = value
        self.after_call = key == "calls"

    def cost(self, line: int, cost: int) -> None:
        """A line of costs, of the place itself or of a call."""
        if self.file.endswith(self.source):
            self._count(line, cost)
        if self.after_call:
            self.called = self.called_object = self.called_file = ""
        self.after_call = False

    def _count(self, line: int, cost: int) -> None:
        if not self.after_call:
            self.own[line] += cost
        elif _RUNTIME.search(self.called_object) or _OUTLINED.search(self.called):
            return
        elif not self.called_object and (self.called_file or self.file).endswith(self.source):
            self.calls.append((line, cost))
        else:
            self.own[line] += cost


def read(lines: Iterable[str], source: str) -> LineCosts:
    """Parse a profile that was written without compression."""
    reader = _Reader(source)
    for line in lines:
        key, equals, value = line.partition("=")
        parts = line.split()
        if equals and not line[:1].isdigit():
            reader.head(key, value)
        elif len(parts) > 1 and parts[0].isdigit() and parts[1].isdigit():
            reader.cost(int(parts[0]), int(parts[1]))
    return LineCosts(dict(reader.own), tuple(reader.calls))
