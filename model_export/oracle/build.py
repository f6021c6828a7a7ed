"""Compiles the oracle's runtime once, and programs with instrumentation that calls it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from model_export.execute.compiler import CompileFailed, leading_includes, make_header
from model_export.execute.driver import SOURCE as DRIVER
from model_export.execute.run import SOURCE, STANDARD, Toolchain, uses_openmp
from reviewbot.errors import ReviewbotError

NATIVE = Path(__file__).with_name("native")
RUNTIME = (
    *("-std=c++20", "-O1", "-fno-builtin", "-fno-omit-frame-pointer", "-fopenmp", "-w"),
    "-fno-threadsafe-statics",  # they are made under the runtime's lock, and the guard is ours
)
# The instrumentation drops the read of `x++` because its write will be checked; we look at reads
# under locks, so we need it. The frame pointer tells the runtime where a frame that dies begins.
INSTRUMENT = (
    *("-O0", "-gline-tables-only", "-gcolumn-info", "-fno-omit-frame-pointer"),
    *("-w", "-ferror-limit=0"),
    *("-fsanitize=thread", "-mllvm", "-tsan-instrument-read-before-write"),
    *("-fopenmp", "-pthread"),
)
LINKER = ("-fuse-ld=lld",) if shutil.which("ld.lld-19") else ()
HEADERS_KEPT = 6
# Two dozen C++ programs take some ten seconds; where many runs share a core, ten times that.
COMPILE_SECONDS = 300


class RuntimeRefused(ReviewbotError):
    """The oracle's own runtime does not compile here."""


def cache_folder() -> Path:
    """Where the compiled runtime is kept between processes."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "reviewbot" / "oracle"


@dataclass(slots=True)
class Builder:
    """Makes binaries in `work`; use one per process."""

    tools: Toolchain
    work: Path
    cache: Path = field(default_factory=cache_folder)
    headers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    objects: tuple[str, ...] = ()

    def runtime(self) -> tuple[str, ...]:
        """The compiled runtime, made if it is not there; raises RuntimeRefused."""
        if not self.objects:
            self.cache.mkdir(parents=True, exist_ok=True)
            self.objects = tuple(self._object(path) for path in sorted(NATIVE.glob("*.cpp")))
        return self.objects

    def _object(self, source: Path) -> str:
        made = self.cache / f"{source.stem}-{_digest(self.tools.clangxx, source)}.o"
        if made.exists():
            return str(made)
        unfinished = made.with_suffix(f".{os.getpid()}")
        try:
            compile_([self.tools.clangxx, *RUNTIME, "-c", str(source), "-o", str(unfinished)])
        except CompileFailed as exc:
            raise RuntimeRefused(
                f"{source} does not compile; it needs clang-19, libomp-19-dev, x86-64: {exc}"
            ) from exc
        unfinished.replace(made)
        return str(made)

    def binary(
        self, source: str, language: str, folder: Path, objects: Sequence[Path] = ()
    ) -> Path:
        """Compile a program in `folder` and link it, with more objects; raises CompileFailed."""
        path = folder / SOURCE[language]
        path.write_text(source, encoding="utf-8")
        compiler = self.tools.clang if language == "c" else self.tools.clangxx
        command = [compiler, STANDARD[language], *INSTRUMENT]
        ready = self._headers(command, source) if language == "c++" and not objects else ()
        compile_([*command, *ready, "-c", str(path), "-o", str(folder / "program.o")])
        binary = folder / "program"
        inputs = [str(folder / "program.o"), *map(str, objects), *self.runtime()]
        openmp = ("-fopenmp",) if uses_openmp(source) else ()
        options = [*LINKER, "-rdynamic", *openmp, "-pthread", "-lm", "-ldl"]
        compile_([self.tools.clangxx, *inputs, *options, "-o", str(binary)])
        return binary

    def driver(self) -> Path:
        """The compiled driver, which runs the programs of one binary in forked children."""
        made = self.work / "driver.o"
        if not made.exists():
            compile_([self.tools.clang, "-O1", "-c", str(DRIVER), "-o", str(made)])
        return made

    def _headers(self, command: Sequence[str], source: str) -> tuple[str, ...]:
        """A C++ file's first headers, ready-made: they cost more than the program."""
        prelude = leading_includes(source)
        key = hashlib.sha256("\n".join(prelude).encode()).hexdigest()[:16]
        if prelude and key not in self.headers:
            if len(self.headers) >= HEADERS_KEPT:
                oldest = next(iter(self.headers))
                del self.headers[oldest]
                (self.work / f"{oldest}.pch").unlink(missing_ok=True)
            self.headers[key] = make_header(self.work, command, prelude, key)
        return self.headers.get(key, ())


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


def _digest(compiler: str, source: Path) -> str:
    """Changes with the source and the headers, the way it is compiled, and the compiler."""
    found = hashlib.sha256(repr((compiler, RUNTIME)).encode())
    for path in [source, *sorted(NATIVE.glob("*.h"))]:
        found.update(path.name.encode() + b"\n" + path.read_bytes())
    return found.hexdigest()[:16]
