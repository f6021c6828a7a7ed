"""Builds and runs harnesses of small functions with the real compiler and ThreadSanitizer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from model_export.execute.run import SUPPRESSIONS
from reviewbot.escalation.harness import Harness, settle, synthesise
from reviewbot.escalation.harness_repository import read_repository
from reviewbot.process import run
from reviewbot.records import Skipped

needs_clang = pytest.mark.skipif(shutil.which("clang-19") is None, reason="no clang-19")
_SANITIZE = ("-g", "-O1", "-fsanitize=thread", "-fno-omit-frame-pointer")
_ARCHER = "/usr/lib/llvm-19/lib/libarcher.so"


def harness_of(text: str, function: str, path: str = "code.c") -> Harness | Skipped:
    """The harness of a function of a file that needs no headers of its own."""
    return synthesise(text, path, function, ())


def reason_of(text: str, function: str, path: str = "code.c") -> str:
    """Why no harness can be made."""
    made = harness_of(text, function, path)
    assert isinstance(made, Skipped), "a harness was made"
    return made.reason


def compile_in(folder: Path, harness: Harness) -> str:
    """Build in the folder; "" or what the compiler said."""
    for name, text in harness.files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    cpp = harness.language == "c++"
    source = folder / ("program.cpp" if cpp else "program.c")
    source.write_text(harness.source)
    compiler = "clang++-19" if cpp else "clang-19"
    command = [compiler, *_SANITIZE, source.name, *harness.flags, "-o", "program"]
    done = run(command, cwd=folder)
    return "" if done.returncode == 0 else done.stderr.decode() or "failed"


def built(
    folder: Path,
    files: dict[str, str],
    function: str,
    *,
    path: str,
    include: Sequence[str] = (),
) -> Harness | Skipped:
    """The harness of a function of a small project, mended until it builds."""
    root = folder / "project"
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    dirs = [root / name for name in include]
    repository = read_repository(root)
    made = synthesise(files[path], str(root / path), function, dirs, (), repository)
    if isinstance(made, Skipped):
        return made
    return settle(made, lambda harness: compile_in(folder, harness))


def run_in(folder: Path, harness: Harness) -> str:
    """What a built harness writes when it runs, with Archer where there is OpenMP."""
    env = {
        "PATH": os.environ["PATH"],
        "OMP_NUM_THREADS": "4",
        "OMP_TOOL_LIBRARIES": _ARCHER,
        "TSAN_OPTIONS": f"suppressions={SUPPRESSIONS}"
        ":external_symbolizer_path=/usr/bin/llvm-symbolizer-19",
    }
    done = run(["setarch", "-R", "./program"], cwd=folder, env=env, timeout=60)
    return (done.stdout + done.stderr).decode(errors="replace")


def shows(folder: Path, text: str, function: str, path: str = "code.c", **files: str) -> str:
    """Harness, build and run one function of one file; what the run wrote."""
    made = built(folder, {path: text, **files}, function, path=path)
    assert isinstance(made, Harness), made.reason
    return run_in(folder, made)


def check_finds(folder: Path, text: str, function: str, *, line: int, path: str = "code.c") -> None:
    """The harness makes ThreadSanitizer report a race at this line of the file."""
    wrote = shows(folder, text, function, path)
    assert "WARNING: ThreadSanitizer: data race" in wrote, wrote
    assert f"{path}:{line}" in wrote, wrote


def check_silent(folder: Path, text: str, function: str, path: str = "code.c") -> None:
    """The harness comes to its end and ThreadSanitizer has nothing to say."""
    wrote = shows(folder, text, function, path)
    assert "ThreadSanitizer" not in wrote, wrote
    assert "reviewbot: the driver came to its end" in wrote, wrote
