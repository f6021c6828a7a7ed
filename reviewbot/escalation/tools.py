"""The compilers and sanitizers of this machine, each asked to show that it works."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from reviewbot.escalation.folders import open_folder
from reviewbot.escalation.reach import COVERAGE, CoverageTools
from reviewbot.escalation.records import Sanitizer
from reviewbot.escalation.sandbox import Confined, Limits, Sandbox

# Newest first; clang before gcc, because Archer needs it and its stacks keep columns.
CLANGS = (*(f"clang-{version}" for version in range(22, 13, -1)), "clang")
GCCS = (*(f"gcc-{version}" for version in range(16, 9, -1)), "gcc")
# What every build under test is compiled with: line numbers, whole stacks, and code that is
# optimised enough to be fast and little enough to keep its lines.
DEBUG = ("-g", "-O1", "-fno-omit-frame-pointer")
THREAD = "-fsanitize=thread"
# For tools that see what the optimiser left: nothing may be moved or merged, or lines are others'.
PLAIN = ("-g", "-gdwarf-4", "-O0", "-fno-omit-frame-pointer")
MAPPING = b"unexpected memory mapping"  # too much address randomisation for TSan's shadow
_ARCHER_LOADED = b"Archer detected OpenMP application with TSan"
_PROBE = Limits(seconds=30, output=1 << 16)

_RACE = """
#include <pthread.h>
static int shared;
static void *touch(void *unused) { shared++; return unused; }
int main(void) {
  pthread_t other;
  pthread_create(&other, 0, touch, 0);
  shared++;
  return pthread_join(other, 0);
}
"""
_ORDERED = """
int main(void) {
  int n = 0;
#pragma omp parallel for reduction(+ : n)
  for (int i = 0; i < 64; i++) n += i;
  return n != 2016;
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiler:
    """A C and a C++ compiler of one version."""

    cc: str
    cxx: str
    version: str  # "clang 19.1.7"

    @property
    def is_clang(self) -> bool:
        """Whether it is clang, which Archer needs."""
        return self.version.startswith("clang")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """A sanitizer ready for use: how to compile for it and how to start what was compiled."""

    sanitizer: Sanitizer
    compiler: Compiler
    name: str  # for people: "ThreadSanitizer (clang 19.1.7)"
    flags: tuple[str, ...]  # for compiling and for linking
    archer: str | None = None  # path of libarcher.so
    symbolizer: str | None = None
    coverage: CoverageTools | None = None  # None: nobody can say which lines ran
    fixed_addresses: bool = False  # programs must be started under setarch -R

    @property
    def link_flags(self) -> tuple[str, ...]:
        """Those of the flags that the linker needs as well."""
        return tuple(flag for flag in self.flags if flag.startswith(("-fsanitize", "-fprofile")))


Unready = str  # why a sanitizer cannot be used here


class Toolbox:
    """Finds tools on the sandbox's path and remembers what was found."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._kits: dict[Sanitizer, Kit | Unready] = {}

    def kit(self, sanitizer: Sanitizer) -> Kit | Unready:
        """The kit for a sanitizer, or why there is none."""
        if sanitizer not in self._kits:
            self._kits[sanitizer] = self._make(sanitizer)
        return self._kits[sanitizer]

    def compilers(self) -> Iterator[Compiler]:
        """The compilers on the path, clang first, newest first."""
        for name in (*CLANGS, *GCCS):
            cc, cxx = self._which(name), self._which(_cxx(name))
            if cc and cxx and (version := self._version(cc, name)):
                yield Compiler(cc=cc, cxx=cxx, version=version)

    def _make(self, sanitizer: Sanitizer) -> Kit | Unready:
        if sanitizer is Sanitizer.RACECHECK:
            return "no device: racecheck needs an NVIDIA GPU and compute-sanitizer"
        compilers = tuple(self.compilers())
        if not compilers:
            return "no compiler was found: install clang (clang-19 is known to work) or gcc"
        # gcc first: valgrind reads its debug information best.
        plain = next((one for one in compilers if not one.is_clang), compilers[0])
        if sanitizer in (Sanitizer.HELGRIND, Sanitizer.DRD):
            return self._valgrind(sanitizer, plain)
        if sanitizer is Sanitizer.TSAN_ARCHER:
            return self._archer([one for one in compilers if one.is_clang])
        kit = self._tsan(list(compilers))
        if isinstance(kit, Kit):
            return kit
        fallback = self._valgrind(Sanitizer.HELGRIND, plain)  # no compiler support
        return fallback if isinstance(fallback, Kit) else f"{kit}; {fallback}"

    def _tsan(self, compilers: list[Compiler]) -> Kit | Unready:
        problem = "no compiler has ThreadSanitizer"
        for compiler in compilers:
            kit = Kit(
                sanitizer=Sanitizer.TSAN,
                compiler=compiler,
                name=f"ThreadSanitizer ({compiler.version})",
                # gcc instruments what it has optimised: accesses are merged and lines lost.
                flags=(*(DEBUG if compiler.is_clang else PLAIN), THREAD),
                symbolizer=self._companion(compiler, "llvm-symbolizer"),
            )
            for one in (*self._counting(kit), kit):
                built, ready, done = self._probe(one, _RACE, ("-pthread",), {})
                if built and b"WARNING: ThreadSanitizer: data race" in done.stderr:
                    return ready
            problem = f"ThreadSanitizer of {compiler.version} does not work: {_first(done)}"
        return problem

    def _archer(self, compilers: list[Compiler]) -> Kit | Unready:
        """Archer that does not load is silent, and every OpenMP program then looks racy."""
        problem = "OpenMP needs clang, whose runtime Archer can watch: install clang-19"
        for compiler in compilers:
            kit = self._tsan([compiler])
            if isinstance(kit, str):
                problem = kit
                continue
            if (library := self._library(compiler)) is None:
                problem = f"{compiler.version} has no libarcher.so: install its libomp-dev package"
                continue
            kit = replace(
                kit,
                sanitizer=Sanitizer.TSAN_ARCHER,
                name=f"ThreadSanitizer with Archer ({compiler.version})",
                archer=library,
            )
            env = {"OMP_TOOL_LIBRARIES": library, "ARCHER_OPTIONS": "verbose=1"}
            built, kit, done = self._probe(kit, _ORDERED, ("-fopenmp",), env)
            if built and _ARCHER_LOADED in done.stdout + done.stderr:
                return kit
            problem = f"Archer does not load with {compiler.version}: {_first(done)}"
        return problem

    def _valgrind(self, sanitizer: Sanitizer, compiler: Compiler) -> Kit | Unready:
        if self._which("valgrind") is None:
            return f"{sanitizer.value} is not installed: install valgrind"
        version = self._said([self._which("valgrind") or "", "--version"])
        name = f"{sanitizer.value} ({version or 'valgrind'})"
        return Kit(sanitizer=sanitizer, compiler=compiler, name=name, flags=PLAIN)

    def _probe(
        self, kit: Kit, source: str, extra: tuple[str, ...], env: Mapping[str, str]
    ) -> tuple[bool, Kit, Confined]:
        """(whether it compiled, the kit as it must be used, how the program or compiler ended)."""
        with open_folder() as folder:
            (folder / "probe.c").write_text(source, encoding="utf-8")
            command = [kit.compiler.cc, "-w", *kit.flags, *extra, "probe.c", "-o", "probe"]
            done = self._run(command, folder, {})
            if done.returncode != 0:
                return False, kit, done
            done = self._run(["./probe"], folder, env)
            if MAPPING in done.stderr:
                kit = replace(kit, fixed_addresses=True)
                done = self._run(["setarch", "-R", "./probe"], folder, env)
            return True, kit, done

    def _run(self, argv: list[str], folder: Path, env: Mapping[str, str]) -> Confined:
        return self._sandbox.run(argv, root=folder, writable=[folder], limits=_PROBE, env=env)

    def _said(self, argv: list[str]) -> str:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            done = self._run(argv, Path(folder), {})
        return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""

    def _version(self, cc: str, name: str) -> str | None:
        said = self._said([cc, "--version"]).splitlines()
        number = re.search(r"\d+\.\d+(?:\.\d+)?", said[0]) if said else None
        return f"{name.partition('-')[0]} {number[0]}" if number else None

    def _counting(self, kit: Kit) -> Iterator[Kit]:
        """The kit with coverage, where the compiler's version has what reads it."""
        profdata = self._companion(kit.compiler, "llvm-profdata", exact=True)
        cov = self._companion(kit.compiler, "llvm-cov", exact=True)
        if kit.compiler.is_clang and profdata and cov:
            tools = CoverageTools(profdata, cov)
            yield replace(kit, flags=(*kit.flags, *COVERAGE), coverage=tools)

    def _companion(self, compiler: Compiler, name: str, *, exact: bool = False) -> str | None:
        """A program of LLVM, of the compiler's version, else of any if that will do."""
        suffix = Path(compiler.cc).name.partition("-")[2]
        own = self._which(f"{name}-{suffix}" if suffix else name)
        return own if own or exact else self._which(name)

    def _library(self, compiler: Compiler) -> str | None:
        said = self._said([compiler.cc, "-print-file-name=libarcher.so"])
        major = compiler.version.split()[-1].split(".")[0]
        places = (said, f"/usr/lib/llvm-{major}/lib/libarcher.so")
        return next((one for one in places if one.startswith("/") and Path(one).is_file()), None)

    def _which(self, name: str) -> str | None:
        return shutil.which(name, path=self._sandbox.search_path)


def _cxx(name: str) -> str:
    return name.replace("clang", "clang++").replace("gcc", "g++")


def _first(done: Confined) -> str:
    lines = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
    return done.stopped or (lines[0][:200] if lines else f"exit status {done.returncode}")
