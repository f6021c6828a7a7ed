"""Calls the compiler, and has it read C++ headers ahead."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

COMPILE_SECONDS = 60

_PRELUDE = re.compile(r"^\s*#\s*include\s*<[^>]+>\s*$")
_BLANK = re.compile(r"^\s*(//.*)?$")


class CompileFailed(Exception):
    """The compiler refused a program; carries what it said."""


def compile_(command: Sequence[str]) -> None:
    """Run the compiler; raises CompileFailed with what it said."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=COMPILE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise CompileFailed(f"the compiler took more than {COMPILE_SECONDS} s") from exc
    if done.returncode != 0:
        raise CompileFailed(done.stderr)


def make_header(
    work: Path, command: Sequence[str], prelude: Sequence[str], name: str
) -> tuple[str, ...]:
    """Precompile the lines of `prelude`; the compiler's flags to use them, none if it refuses."""
    header, made = work / f"{name}.hpp", work / f"{name}.pch"
    header.write_text("\n".join(prelude) + "\n", encoding="utf-8")
    try:
        compile_([*command, "-w", "-x", "c++-header", str(header), "-o", str(made)])
    except CompileFailed:
        return ()  # the program itself then says what is wrong
    return ("-include-pch", str(made))


def leading_includes(source: str) -> tuple[str, ...]:
    """Includes before anything else; a macro before them could change what they mean."""
    found: list[str] = []
    for line in source.splitlines():
        if _PRELUDE.match(line):
            found.append(line.strip())
        elif not _BLANK.match(line):
            break
    return tuple(found)
