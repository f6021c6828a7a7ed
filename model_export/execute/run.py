"""Compiles a program and runs it under ThreadSanitizer, with Archer for OpenMP."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from model_export.execute.artefacts import dismiss_artefacts
from model_export.execute.compiler import (
    CompileFailed,
    compile_,
    leading_includes,
    make_header,
)
from model_export.execute.tsan_report import Report, parse_reports
from model_export.programs.sample import Program
from reviewbot.errors import ReviewbotError

RUN_SECONDS = 20
# A race can hang a program; once it was reported, the rest of the time would be waited for nothing.
RACY_SECONDS = 4
# A runaway program may write this much; a program with many reports stays under 200 kB.
OUTPUT_BYTES = 8 << 20
# Precompiled headers weigh some 20 MB each; families come one after another, so few are enough.
PRECOMPILED_KEPT = 6
TSAN_EXIT = 66
# Line tables are all that a report needs, and link faster than full debug information.
DEBUG = ("-gline-tables-only", "-gcolumn-info")
SUPPRESSIONS = Path(__file__).with_name("archer.supp")
SANITIZE = (
    *("-fsanitize=thread", "-fopenmp", "-pthread"),
    # lld links ThreadSanitizer's runtime in a third of the time that ld needs.
    *(("-fuse-ld=lld",) if shutil.which("ld.lld-19") else ()),
)
SOURCE = {"c": "program.c", "c++": "program.cpp"}
# gnu11 rather than c11: strict C hides POSIX types such as pthread_rwlock_t.
STANDARD = {"c": "-std=gnu11", "c++": "-std=c++20"}

ARCHER_SAYS = "Archer detected OpenMP application with TSan"  # with ARCHER_OPTIONS=verbose=1
ARCHER_PROBE = """
int main(void) {
  int n = 0;
#pragma omp parallel for reduction(+ : n)
  for (int i = 0; i < 64; i++) n += i;
  return n != 2016;
}
"""


class ToolsMissing(ReviewbotError):
    """The compiler, ThreadSanitizer or Archer is not there or does not work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """Where the tools are."""

    clang: str
    clangxx: str
    symbolizer: str
    archer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How one run is made."""

    level: str  # "-O1"
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run showed."""

    setting: Setting
    outcome: str  # "racy" | "clean" | "timeout" | "crash" | "compile-error"
    reports: tuple[Report, ...] = ()
    artefacts: int = 0  # reports dismissed as being about the runtime's own memory
    detail: str = ""  # the compiler's words, or how the program ended
    stopped: bool = False  # its time ran out


@dataclass(slots=True)
class Runner:
    """Runs programs one after another in a directory of its own; use one per process."""

    tools: Toolchain
    work: Path
    includes: tuple[Path, ...] = ()  # folders with headers of the programs' own
    precompiled: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def headers(
        self, compiler: str, flags: Sequence[str], source: str, language: str
    ) -> tuple[str, ...]:
        """Flags that bring in a C++ file's first headers ready-made (halves the compile time)."""
        prelude = leading_includes(source) if language == "c++" else ()
        if not prelude:
            return ()
        key = hashlib.sha256("\n".join([*flags, *prelude]).encode()).hexdigest()[:16]
        if key not in self.precompiled:
            self._forget_oldest()
            self.precompiled[key] = make_header(self.work, [compiler, *flags], prelude, key)
        return self.precompiled[key]

    def _forget_oldest(self) -> None:
        if len(self.precompiled) >= PRECOMPILED_KEPT:
            oldest = next(iter(self.precompiled))
            del self.precompiled[oldest]
            (self.work / f"{oldest}.pch").unlink(missing_ok=True)

    def execute(self, program: Program, arguments: Sequence[str] = ()) -> tuple[Run, ...]:
        """Run with these arguments until the outcome is plain, or all SETTINGS were tried."""
        runs: list[Run] = []
        pending = SETTINGS[program.expected]
        with tempfile.TemporaryDirectory(dir=self.work) as folder:
            build = _Build(
                self, program.language, program.source, Path(folder), arguments=tuple(arguments)
            )
            while pending:
                runs.append(build.run(pending[0]))
                pending = still_to_run(pending, runs[-1])
        return tuple(runs)


def _settings(*runs: tuple[str, int]) -> tuple[Setting, ...]:
    return tuple(Setting(level=level, threads=threads) for level, threads in runs)


_THOROUGH = _settings(("-O0", 4), ("-O0", 8), ("-O0", 2), ("-O1", 4), ("-O1", 8), ("-O1", 2))
# By what was declared; "" if nothing was. `still_to_run` says when they end. -O0 first: it keeps
# the accesses that the optimiser merges or drops, and gives their exact lines. 4 threads show most
# races, 8 those that need more of them, 2 another split of the work.
SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    "racy": _THOROUGH,
    "": _THOROUGH,
    "clean": _settings(("-O0", 4), ("-O0", 8), ("-O1", 2), ("-O1", 4)),
}


def still_to_run(pending: Sequence[Setting], run: Run) -> tuple[Setting, ...]:
    """The settings that are left after `run`, which was made at the first of `pending`.

    A racy program runs once more if that takes no other binary: which of several racing pairs are
    reported is luck, and each more that is seen is a label. Other failures end at once.
    """
    rest = tuple(pending[1:])
    if run.outcome == "clean":
        return rest
    if run.outcome == "racy" and not run.stopped:
        return tuple(item for item in rest if item.level == run.setting.level)[:1]
    return ()


def find_tools() -> Toolchain:
    """Find clang 19 and check that Archer loads; raises ToolsMissing."""
    tools = Toolchain(
        clang=_which("clang-19"),
        clangxx=_which("clang++-19"),
        symbolizer=_which("llvm-symbolizer-19"),
        archer=_find_archer(),
    )
    _check_archer(tools)
    return tools


def _which(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise ToolsMissing(
            f"{name} is not on the PATH: install clang-19, llvm-19 and libomp-19-dev"
        )
    return path


def _find_archer() -> str:
    folders = ["/usr/lib/llvm-19/lib"]
    if config := shutil.which("llvm-config-19"):
        asked = subprocess.run([config, "--libdir"], capture_output=True, text=True, check=False)
        folders.insert(0, asked.stdout.strip())
    for folder in folders:
        if (path := Path(folder) / "libarcher.so").is_file():
            return str(path)
    raise ToolsMissing(f"libarcher.so is in none of {', '.join(folders)}: install libomp-19-dev")


def _check_archer(tools: Toolchain) -> None:
    """Archer that does not load is silent, and every OpenMP program then looks racy."""
    with tempfile.TemporaryDirectory(prefix="archer-") as folder:
        build = _Build(Runner(tools=tools, work=Path(folder)), "c", ARCHER_PROBE, Path(folder))
        try:
            binary = build.binary("-O1")
        except CompileFailed as exc:
            raise ToolsMissing(f"clang-19 cannot build with ThreadSanitizer: {exc}") from exc
        status, text = build.start(binary, threads=2, extra={"ARCHER_OPTIONS": "verbose=1"})
        text += (Path(folder) / "stdout.txt").read_text(encoding="utf-8", errors="replace")
    if status != 0 or ARCHER_SAYS not in text:
        told = f"{tools.archer} does not load into a ThreadSanitizer program (exit {status})"
        raise ToolsMissing(f"{told}: install libomp-19-dev of the same version as clang-19. {text}")


@dataclass(slots=True)
class _Build:
    """One program in its folder, with a binary per optimisation level."""

    runner: Runner
    language: str
    source: str
    folder: Path
    binaries: dict[str, Path] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()  # of the program's command line

    def run(self, setting: Setting) -> Run:
        try:
            binary = self.binary(setting.level)
        except CompileFailed as exc:
            return Run(setting=setting, outcome="compile-error", detail=str(exc))
        status, text = self.start(binary, threads=setting.threads)
        return judge(setting, status, text, source=self.source, language=self.language)

    def binary(self, level: str) -> Path:
        if level not in self.binaries:
            self.binaries[level] = self._compile(level)
        return self.binaries[level]

    def _compile(self, level: str) -> Path:
        source = self.folder / SOURCE[self.language]
        source.write_text(self.source, encoding="utf-8")
        binary = self.folder / f"program{level}"
        compiler = self.runner.tools.clang if self.language == "c" else self.runner.tools.clangxx
        flags = [STANDARD[self.language], *DEBUG, level, *SANITIZE]
        headers = self.runner.headers(compiler, flags, self.source, self.language)
        # -w: warnings are no outcome; what the compiler refuses is.
        folders = [f"-I{folder.resolve()}" for folder in self.runner.includes]
        inputs = [*folders, *headers, str(source)]
        command = [compiler, *flags, "-w", *inputs, "-o", str(binary), "-lm"]
        compile_(command)
        return binary

    def start(
        self, binary: Path, *, threads: int, extra: Mapping[str, str] | None = None
    ) -> tuple[int | None, str]:
        """(exit status or None if the time ran out, what it wrote to stderr)."""
        env = environment(self.runner.tools, threads) | dict(extra or {})
        command = [*LIMITS, str(binary), *self.arguments]
        status, text = guarded(command, env, self.folder)
        if "unexpected memory mapping" in text:
            # Too much address randomisation for TSan's shadow; setarch -R switches it off.
            status, text = guarded(["setarch", "-R", *command], env, self.folder)
        return status, text


_OPENMP = re.compile(r"\bomp(?:_|\b)")  # the word alone, so that macros of directives count too


def uses_openmp(source: str) -> bool:
    """Whether a program needs OpenMP; `compute` and `compare_exchange` do not."""
    return _OPENMP.search(source) is not None


# No limit on the address space: TSan's shadow takes terabytes of it.
LIMITS = (
    "prlimit",
    f"--cpu={RUN_SECONDS * 2}",
    f"--fsize={OUTPUT_BYTES}",
    "--nproc=4096",
    "--core=0",
)


def environment(
    tools: Toolchain, threads: int, *, options: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Variables for a run under ThreadSanitizer, with `options` of its own, and under Archer."""
    flags = {
        "exitcode": str(TSAN_EXIT),
        # The longest history, so that the earlier access keeps its stack.
        "history_size": "7",
        "external_symbolizer_path": tools.symbolizer,
        "suppressions": f'"{SUPPRESSIONS}"',
        **(options or {}),
    }
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C",
        "OMP_TOOL_LIBRARIES": tools.archer,
        "OMP_NUM_THREADS": str(threads),
        "OMP_DYNAMIC": "false",
        # Idle threads sleep rather than spin: cores are shared with other runs.
        "OMP_WAIT_POLICY": "passive",
        "TSAN_OPTIONS": " ".join(f"{key}={value}" for key, value in flags.items()),
    }


def guarded(command: Sequence[str], env: Mapping[str, str], folder: Path) -> tuple[int | None, str]:
    """Run in a process group of its own, which does not outlive the call."""
    log = folder / "stderr.txt"
    with log.open("wb") as stderr, (folder / "stdout.txt").open("wb") as stdout:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=dict(env),
            cwd=folder,
            start_new_session=True,
        )
        try:
            status = _wait(process, log)
        finally:
            end_group(process)
    return status, log.read_bytes().decode("utf-8", "replace")


def _wait(process: subprocess.Popen[bytes], log: Path) -> int | None:
    """The exit status, or None if the time ran out."""
    try:
        return process.wait(timeout=RACY_SECONDS)
    except subprocess.TimeoutExpired:
        if b"ThreadSanitizer: data race" in log.read_bytes():
            return None
    try:
        return process.wait(timeout=RUN_SECONDS - RACY_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the group: the program and the symbolizer that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        process.wait()


def judge(setting: Setting, status: int | None, text: str, *, source: str, language: str) -> Run:
    """What a run showed, from its exit status (None: out of time) and what it wrote to stderr."""
    found = parse_reports(text)
    reports = dismiss_artefacts(found, source, SOURCE[language])
    outcome = _outcome(status, reports, dismissed=len(found) > len(reports))
    return Run(
        setting=setting,
        outcome=outcome,
        reports=reports,
        artefacts=len(found) - len(reports),
        detail=_ending(status, text) if outcome in ("crash", "timeout") else "",
        stopped=status is None,
    )


def _outcome(status: int | None, reports: Sequence[Report], *, dismissed: bool) -> str:
    """A race that was seen stands, however the program ended."""
    if any(report.is_race for report in reports):
        return "racy"
    if status is None:
        return "timeout"
    if status != 0 and not (status == TSAN_EXIT and (reports or dismissed)):
        return "crash"
    return "clean"


def _ending(status: int | None, text: str) -> str:
    if status is None:
        return f"still running after {RUN_SECONDS} s, or asleep for good"
    how = f"signal {-status}" if status < 0 else f"exit status {status}"
    lines = [line for line in text.splitlines() if line.strip("= ")]
    return ": ".join([how, *lines[:2]])
