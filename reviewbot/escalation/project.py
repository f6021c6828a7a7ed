"""Builds a clean copy of a project for a sanitizer as the policy says, and runs its tests."""

from __future__ import annotations

import mmap
import os
import time
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path, PurePosixPath

from reviewbot.escalation.environment import build_environment, suppression_text
from reviewbot.escalation.folders import files_below, read_regular
from reviewbot.escalation.reach import Counts, counts
from reviewbot.escalation.records import Verdict
from reviewbot.escalation.runs import Ran, Setting, run_all
from reviewbot.escalation.settings import Command, SanitizerSettings
from reviewbot.escalation.tools import THREAD

_BINARIES = (b"\x7fELF", b"!<arch>\n")
_LARGEST = 1 << 30
_MOST_BINARIES = 20  # with one file in them; more are tests that all link the same library
_NO_SPACE = b"No space left on device"


@dataclass(frozen=True, slots=True)
class BuildFailed:
    """Why there is nothing to run."""

    verdict: Verdict
    reason: str


def build(root: Path, settings: SanitizerSettings, setting: Setting) -> BuildFailed | None:
    """Configure and build in the copy; None if that went well."""
    env = build_environment(setting.kit, os.cpu_count() or 1)
    for verb, commands in (("configure", settings.configure), ("build", settings.build)):
        for command in commands:
            if failed := _step(verb, command, root, setting, env):
                return failed
    return None


def test(root: Path, logs: Path, settings: SanitizerSettings, setting: Setting) -> Ran:
    """Run the test commands at every number of threads."""
    text = _suppressions(root, settings)
    if isinstance(text, BuildFailed):
        return Ran(verdict=text.verdict, problem=text.reason)
    file = logs / "suppressions"
    file.write_text(suppression_text(setting.kit, text), encoding="utf-8")
    commands = [argv(command) for command in settings.test]
    return run_all(commands, root, logs, replace(setting, suppressions=file))


def argv(command: Command) -> list[str]:
    """A command of the policy as a program and its arguments."""
    return ["sh", "-c", command] if isinstance(command, str) else list(command)


def missing(root: Path, path: str, setting: Setting) -> BuildFailed | None:
    """Why the build cannot show a race in this file; None if it is in there and instrumented.

    A test run of code that is not built, or built without the sanitizer, is silent for no reason.
    """
    instrumented, found = THREAD not in setting.kit.flags, False
    name = PurePosixPath(path).name.encode("utf-8", "surrogateescape")
    for file in files_below(root):
        marks = _marks(file, root, (b"__tsan_", name))
        if not marks:
            continue
        if instrumented := instrumented or marks[0]:
            found = found or marks[1]
            if found:
                return None
    if not instrumented:
        told = "nothing that was built is instrumented: let the build use $CFLAGS and $LDFLAGS"
        return BuildFailed(Verdict.TOOL_FAILED, told)
    return BuildFailed(Verdict.NOT_RUN, f"the build does not contain {path}")


def counted(root: Path, logs: Path, path: str, setting: Setting) -> Counts | None:
    """How often lines ran in the tests, by the programs and libraries that hold the file."""
    name = PurePosixPath(path).name.encode("utf-8", "surrogateescape")
    holding = (
        f for f in files_below(root) if _is_linked(f, root) and any(_marks(f, root, (name,)))
    )
    binaries = list(islice(holding, _MOST_BINARIES))
    tools = setting.kit.coverage
    return counts(tools, setting.sandbox, root, logs, binaries) if tools else None


def _is_linked(file: Path, root: Path) -> bool:
    """Whether it is a program or a shared library; objects and archives are parts of those."""
    header = read_regular(file, root, 18)
    return header[:4] == _BINARIES[0] and header[16:17] in (b"\x02", b"\x03")  # ET_EXEC, ET_DYN


def _step(
    verb: str, command: Command, root: Path, setting: Setting, env: dict[str, str]
) -> BuildFailed | None:
    left = setting.deadline - time.monotonic()
    if left <= 0:
        return BuildFailed(Verdict.TOOL_FAILED, f"{verb}: there was no time left")
    limits = replace(setting.limits, seconds=left)
    done = setting.sandbox.run(argv(command), root=root, writable=[root], limits=limits, env=env)
    if done.returncode == 0 and not done.stopped:
        return None
    output = done.stderr.strip() or done.stdout.strip()
    said = output.decode("utf-8", "replace").splitlines()
    telling = next((line for line in said if "error" in line.lower()), said[-1] if said else "")
    why = done.stopped or f"status {done.returncode}" + (f": {telling[:300]}" if telling else "")
    if _NO_SPACE in output:
        why = "the disk is full (No space left on device)"
    if done.returncode == 127:  # the shell's word for a program that is not there
        why += "; is the program installed below /usr?"
    return BuildFailed(Verdict.TOOL_FAILED, f"{verb} failed: {why}")


def _suppressions(root: Path, settings: SanitizerSettings) -> str | BuildFailed:
    if settings.suppressions is None:
        return ""
    data = read_regular(root / settings.suppressions, root)
    if not data:
        told = f"the suppression file {settings.suppressions} is not in the repository or empty"
        return BuildFailed(Verdict.NOT_RUN, told)
    return data.decode("utf-8", "replace")


def _marks(file: Path, root: Path, words: tuple[bytes, ...]) -> tuple[bool, ...]:
    """Whether each word occurs in a binary; () for anything else."""
    if read_regular(file, root, 8)[:8].startswith(_BINARIES) is False:
        return ()
    try:
        with file.open("rb") as opened:
            if os.fstat(opened.fileno()).st_size > _LARGEST:
                return ()
            with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return tuple(data.find(word) >= 0 for word in words)
    except (OSError, ValueError):
        return ()
