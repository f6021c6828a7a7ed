"""One ordinary sanitizer run of a program, as a team would make it: its verdict and its seconds.

The recorded runs of a corpus stop at the first report and start at -O0, so that few racy programs
have a run at -O1. These are made here, for a sample, and kept in a file: they take seconds each.
"""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model_export.execute.compiler import CompileFailed, compile_
from model_export.execute.run import (
    SOURCE,
    STANDARD,
    Setting,
    Toolchain,
    end_group,
    environment,
    find_tools,
    judge,
)

ORDINARY = Setting(level="-O1", threads=4)
# As the sanitizer's manual asks, with the default linker; no precompiled headers.
FLAGS = ("-g", "-fsanitize=thread", "-fno-omit-frame-pointer", "-fopenmp", "-pthread", "-w")
RUN_SECONDS = 20
OUTPUT_BYTES = 8 << 20  # of a runaway program
SAVE_EVERY = 5


@dataclass(frozen=True, slots=True)
class Ordinary:
    """What one run told, and what it cost."""

    outcome: str  # "racy" | "clean" | "timeout" | "crash" | "compile-error"
    build: float  # processor seconds: the build waits for nothing, and others share the cores
    run: float  # seconds on the clock: threads that sleep are waited for

    @property
    def seconds(self) -> float:
        """Build and run together."""
        return self.build + self.run


def key_of(source: str, language: str) -> str:
    """The name of a program's run in the file: it changes with whatever decides about the run."""
    told = json.dumps([source, language, ORDINARY.level, ORDINARY.threads, FLAGS])
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def read_cache(path: Path) -> dict[str, Ordinary]:
    """The runs made so far, by key; none where there is no file."""
    if not path.is_file():
        return {}
    return {key: Ordinary(**row) for key, row in json.loads(path.read_text()).items()}


def write_cache(path: Path, runs: Mapping[str, Ordinary]) -> None:
    """Write all runs; the file is replaced whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps({key: asdict(run) for key, run in runs.items()}, indent=0))
    unfinished.replace(path)


def spread(rows: Iterable[Mapping[str, Any]], count: int) -> list[Mapping[str, Any]]:
    """`count` rows, one of each family in turn; a larger count extends a smaller one."""
    turns: dict[str, int] = {}
    placed = []
    for row in sorted(rows, key=lambda row: _digest(row["id"])):
        turn = turns[row["family"]] = turns.get(row["family"], -1) + 1
        placed.append((turn, _digest(row["family"]), row))
    return [row for _, _, row in sorted(placed, key=lambda one: one[:2])[:count]]


def rerun(rows: Sequence[Mapping[str, Any]], cache: Path) -> dict[str, Ordinary]:
    """The run of each row by its id; those that the file lacks are made now, and kept."""
    known = read_cache(cache)
    keys = {row["id"]: key_of(row["source"], row["language"]) for row in rows}
    missing = [row for row in rows if keys[row["id"]] not in known]
    if missing:
        tools = find_tools()
        for done, row in enumerate(missing, 1):
            known[keys[row["id"]]] = ordinary_run(row["source"], row["language"], tools)
            if done % SAVE_EVERY == 0 or done == len(missing):
                write_cache(cache, known)
                print(f"rerun {done}/{len(missing)}", file=sys.stderr, flush=True)
    return {name: known[key] for name, key in keys.items()}


def ordinary_run(source: str, language: str, tools: Toolchain) -> Ordinary:
    """Build a program and run it once."""
    with tempfile.TemporaryDirectory(prefix="economy-") as name:
        folder = Path(name)
        began = _children_seconds()
        try:
            binary = _build(source, language, tools, folder)
        except CompileFailed:
            return Ordinary("compile-error", _children_seconds() - began, 0.0)
        build = _children_seconds() - began
        started = time.perf_counter()
        env = environment(tools, ORDINARY.threads)
        status, text = _start([str(binary)], env, folder)
        if "unexpected memory mapping" in text:  # too much address randomisation for its shadow
            status, text = _start(["setarch", "-R", str(binary)], env, folder)
        taken = time.perf_counter() - started
    told = judge(ORDINARY, status, text, source=source, language=language)
    return Ordinary(told.outcome, build, taken)


def _build(source: str, language: str, tools: Toolchain, folder: Path) -> Path:
    file, binary = folder / SOURCE[language], folder / "program"
    file.write_text(source, encoding="utf-8")
    compiler = tools.clang if language == "c" else tools.clangxx
    command = [compiler, STANDARD[language], *FLAGS, ORDINARY.level, str(file)]
    compile_([*command, "-o", str(binary), "-lm"])
    return binary


def _start(argv: Sequence[str], env: Mapping[str, str], folder: Path) -> tuple[int | None, str]:
    """(exit status or None if its time ran out, what it wrote to stderr); nothing outlives it."""
    log = folder / "stderr.txt"
    limits = ("prlimit", f"--cpu={RUN_SECONDS * 2}", f"--fsize={OUTPUT_BYTES}", "--core=0")
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [*limits, *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env=dict(env),
            cwd=folder,
            start_new_session=True,
        )
        try:
            status: int | None = process.wait(timeout=RUN_SECONDS)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            end_group(process)
    return status, log.read_bytes().decode("utf-8", "replace")


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
