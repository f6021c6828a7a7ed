"""What a build and a run under a sanitizer find in their environment."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from reviewbot.escalation.records import Sanitizer
from reviewbot.escalation.tools import Kit

# Archer takes a lock of its own at every event, and ThreadSanitizer sees it: two criticals of
# different names would look ordered by that lock. The runtime's own locks look like races. What
# these two call is not looked at; to ignore all modules that are not instrumented instead would
# hide what the program does by memcpy, snprintf and the like.
_OF_RUNTIMES = "called_from_lib:libarcher.so\ncalled_from_lib:libomp.so\n"
RACE_STATUS = 66  # how a program with reports ends; TSan's own default, set to be sure
# The longest there is, so that the earlier access keeps its stack.
_HISTORY = 7
_VALGRIND = {Sanitizer.HELGRIND: "helgrind", Sanitizer.DRD: "drd"}


def build_environment(kit: Kit, jobs: int) -> dict[str, str]:
    """Variables that CMake, Meson, autotools and `make -e` take a compiler and its flags from."""
    flags, link = shlex.join(kit.flags), shlex.join(kit.link_flags)
    return {
        "CC": kit.compiler.cc,
        "CXX": kit.compiler.cxx,
        "CFLAGS": flags,
        "CXXFLAGS": flags,
        "LDFLAGS": link,
        "CMAKE_EXPORT_COMPILE_COMMANDS": "ON",
        "CMAKE_BUILD_PARALLEL_LEVEL": str(jobs),
        "MAKEFLAGS": f"-j{jobs}",
    }


def run_environment(
    kit: Kit, threads: int, logs: Path, suppressions: Path | None
) -> dict[str, str]:
    """Variables for one run; reports go to `logs`, as test runners swallow what is printed."""
    options = {
        "exitcode": str(RACE_STATUS),
        "halt_on_error": "0",
        "history_size": str(_HISTORY),
        "log_path": str(logs / "report"),
        **({"external_symbolizer_path": kit.symbolizer} if kit.symbolizer else {}),
        **({"suppressions": str(suppressions)} if suppressions else {}),
    }
    return {
        "TSAN_OPTIONS": ":".join(f"{key}='{value}'" for key, value in options.items()),
        "OMP_NUM_THREADS": str(threads),
        "REVIEWBOT_THREADS": str(threads),
        "OMP_DYNAMIC": "false",
        # Idle threads sleep rather than spin: cores are shared with other runs.
        "OMP_WAIT_POLICY": "passive",
        **({"LLVM_PROFILE_FILE": f"{logs}/%p-%m.profraw"} if kit.coverage else {}),
        **(_archer(kit.archer, logs) if kit.archer else {}),
    }


def _archer(library: str, logs: Path) -> Mapping[str, str]:
    return {
        "OMP_TOOL": "enabled",
        "OMP_TOOL_LIBRARIES": library,
        # A file that tells whether the tool was loaded, whatever becomes of the program's output.
        "OMP_TOOL_VERBOSE_INIT": str(logs / "tool"),
    }


def wrapper(kit: Kit, logs: Path) -> list[str]:
    """What stands before a command so that its programs run under the tool."""
    if kit.sanitizer in _VALGRIND:
        return [
            *("valgrind", f"--tool={_VALGRIND[kit.sanitizer]}", "--trace-children=yes"),
            *(f"--log-file={logs}/report.%p", f"--error-exitcode={RACE_STATUS}"),
        ]
    return ["setarch", "-R"] if kit.fixed_addresses else []


def suppression_text(kit: Kit, project: str) -> str:
    """The project's suppressions and what OpenMP under Archer needs."""
    return (_OF_RUNTIMES if kit.archer else "") + project
