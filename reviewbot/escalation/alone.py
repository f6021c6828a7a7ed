"""Runs one function by a harness: a program written around it, compiled alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reviewbot.escalation.compile_commands import Compiled, read_compile_commands
from reviewbot.escalation.environment import suppression_text
from reviewbot.escalation.folders import read_regular
from reviewbot.escalation.harness import Harness, settle, synthesise
from reviewbot.escalation.harness_repository import read_repository
from reviewbot.escalation.reach import Counts, counts, through_line_directives
from reviewbot.escalation.records import Sanitizer, Target, Verdict
from reviewbot.escalation.runs import Ran, Setting, run_all
from reviewbot.git import MAX_BLOB
from reviewbot.records import Skipped

_BINARY = "harness"
_CLANG_ONLY = ("-ferror-limit=", "-Wno-error=")  # gcc refuses the names of clang's warnings
_COMPILE_SECONDS = 60.0  # for one compilation; a header-only library takes some twenty
_USUAL = ("", "include", "src", "inc", "lib")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """What came of a harness, and what weakens what it shows."""

    ran: Ran
    note: str = ""
    counted: Counts | None = None  # how often lines ran, if that is known


def run_alone(
    target: Target, root: Path, work: Path, logs: Path, setting: Setting, *, named: str | None
) -> Alone:
    """Write, compile and run a harness for the target's function; `root` is a clean copy."""
    if not target.function:
        return _not_run("there is no function to call in it")
    file = root / target.path
    if not (text := read_regular(file, root, MAX_BLOB).decode("utf-8", "replace")):
        return _not_run(f"{target.path} is no file of the commit, or empty")
    built = _as_built(root, target.path, named)
    made = synthesise(
        text,
        str(file),
        target.function,
        include_dirs(root, target.path, built),
        [flag.removeprefix("-D") for flag in built.flags if flag.startswith("-D")] if built else (),
        read_repository(root),
    )
    if isinstance(made, Harness):
        made = settle(made, lambda one: _compile(one, root, work, setting))
    if isinstance(made, Skipped):
        return _not_run(f"no harness: {made.reason}")
    ran = _run(made, work, logs, setting)
    return Alone(ran=ran, note=made.note, counted=_counted(made, work, logs, setting))


def _counted(harness: Harness, work: Path, logs: Path, setting: Setting) -> Counts | None:
    tools = setting.kit.coverage
    found = tools and counts(tools, setting.sandbox, work, logs, [work / _BINARY])
    if not found:
        return None
    # The counters name the lines of the harness, whatever its #line directives say.
    own = next((lines for path, lines in found.items() if path.endswith(_source(harness))), {})
    return {**found, **through_line_directives(harness.source, own)}


def _source(harness: Harness) -> str:
    return f"/{_BINARY}.{'c' if harness.language == 'c' else 'cpp'}"


def include_dirs(root: Path, path: str, built: Compiled | None) -> tuple[Path, ...]:
    """Where the file's headers are: as its build says, and in the usual places."""
    usual = [root / name for name in _USUAL if (root / name).is_dir()]
    found = [*(built.include_dirs if built else ()), (root / path).parent, *usual]
    return tuple(dict.fromkeys(found))


def _as_built(root: Path, path: str, named: str | None) -> Compiled | None:
    """How the project's own build compiles the file or a neighbour, if the copy was configured."""
    database = read_compile_commands(root, named)
    return database.near(path) if database else None


def _compile(harness: Harness, root: Path, work: Path, setting: Setting) -> str:
    """Compile in the work folder; "" or what compiler and linker said."""
    source = _source(harness).lstrip("/")
    for name, text in ((source, harness.source), *harness.files):
        place = (work / name).resolve()
        if not place.is_relative_to(work.resolve()):  # includes are named by the change itself
            return f"error: {name} leads out of the folder in which it is built"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", errors="surrogateescape")
    left = setting.deadline - time.monotonic()
    limits = replace(setting.limits, seconds=max(1.0, min(_COMPILE_SECONDS, left)))
    command = _command(harness, source, setting)
    box = replace(setting.sandbox, readable=(*setting.sandbox.readable, str(root)))
    done = box.run(command, root=work, writable=[work], limits=limits)
    if done.returncode == 0 and not done.stopped:
        return ""
    said = done.stderr.decode("utf-8", "replace")
    return f"{said}\nerror: {done.stopped}" if done.stopped else said or "error: it gave no reason"


def _command(harness: Harness, source: str, setting: Setting) -> list[str]:
    kit = setting.kit
    compiler = kit.compiler.cc if harness.language == "c" else kit.compiler.cxx
    flags = [f for f in harness.flags if kit.compiler.is_clang or not f.startswith(_CLANG_ONLY)]
    openmp = ["-fopenmp"] if kit.sanitizer is Sanitizer.TSAN_ARCHER else []
    return [compiler, *kit.flags, *openmp, source, *flags, "-o", _BINARY]


def _run(harness: Harness, work: Path, logs: Path, setting: Setting) -> Ran:
    threads: Sequence[int] = setting.threads or harness.threads
    file = logs / "suppressions"
    file.write_text(suppression_text(setting.kit, ""), encoding="utf-8")
    own = replace(setting, threads=tuple(threads), suppressions=file)
    return run_all([[f"./{_BINARY}"]], work, logs, own)


def _not_run(reason: str) -> Alone:
    return Alone(ran=Ran(verdict=Verdict.NOT_RUN, problem=reason))
