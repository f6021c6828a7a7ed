"""From a function of a project to one program that compiles, mended by what the compiler says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from model_export.execute.run import SOURCE, STANDARD, Toolchain
from model_export.harvest.cut import Cut, Part, TooLarge, cut, program
from model_export.harvest.driver import Target, driver_text, target_of
from model_export.harvest.flatten import CannotFlatten, flatten, switches
from model_export.harvest.units import units_of
from reviewbot.code.parse import is_cpp
from reviewbot.escalation.harness_errors import Complaint, complaints, missing_headers, undefined
from reviewbot.escalation.harness_fill import OPTIONAL
from reviewbot.escalation.harness_repository import Repository
from reviewbot.escalation.harness_stubs import plain
from reviewbot.escalation.reach import COVERAGE
from reviewbot.process import run
from reviewbot.records import Skipped

_HEADER, _SOURCE = re.compile(r"\.(?:h|hh|hpp|inl|inc)$"), re.compile(r"\.(?:c|cc|cpp|cxx)$")
REPAIRS = 10
COMPILE_SECONDS = 40.0
MAX_PARTS = 6  # files of the project that one program is made of
_HEADERS = 40  # that are nowhere and taken for empty
_UNKNOWN = re.compile(
    r"(?:undeclared (?:identifier|function|library function)|unknown type name|no type named"
    r"|no member named|no template named|incomplete type|forward declaration of"
    r"|call to undeclared function) '(?:struct |class )?([A-Za-z_]\w*)'"
)
# What leaves the program's own memory; explore runs harvested programs among others.
_OUTSIDE = re.compile(
    r"\b(system|popen|fork|exec[lv]p?e?|unlink|remove|rmdir|mkdir|rename|kill|socket|connect|bind"
    r"|listen|shm_open|dlopen|chmod|setuid|ptrace|freopen|truncate)\s*\("
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A parallel function of a project."""

    project: str
    path: Path
    name: str
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A program that compiles: as it is given away, and as its trial runs it."""

    text: str
    trial: str
    language: str
    target: str  # the function that is called
    paths: tuple[str, ...]  # the project's files that it holds parts of


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What an attempt is made of, so that it can be made again with one thing changed."""

    parts: tuple[Part, ...]
    dropped: frozenset[str] = frozenset()  # lines of the driver
    asked: frozenset[str] = frozenset()  # names that were looked for
    sources: tuple[Path, ...] = ()


@dataclass(slots=True)
class Assembler:
    """Assembles the functions of one project in a folder of its own."""

    repository: Repository
    tools: Toolchain
    folder: Path
    _parts: dict[Path, Part | str] = field(default_factory=dict)

    def assemble(self, wanted: Wanted) -> Assembled | Skipped:
        """A program that calls the function and compiles, or why there is none."""
        start = self._includer(wanted.path) or wanted.path
        part = self.part(start)
        if isinstance(part, str):
            return Skipped(path=str(wanted.path), reason=part)
        state: State | str = State(parts=(part,), sources=(start,))
        for _ in range(REPAIRS):
            if isinstance(state, str):
                break
            made = self._render(wanted, state)
            if isinstance(made, str):
                return Skipped(path=str(wanted.path), reason=made)
            said = self.compile(made.trial, made.language)
            if not said:
                return made
            state = self._repaired(wanted, state, made, said)
        reason = state if isinstance(state, str) else "does not compile, every repair made"
        return Skipped(path=str(wanted.path), reason=reason)

    def _includer(self, path: Path) -> Path | None:
        """A source file that includes this header: what stands before it there, it may need."""
        if not _HEADER.search(path.name):
            return None
        names = re.compile(rf'^[ \t]*#[ \t]*include[ \t]*"(?:[^"]*/)?{re.escape(path.name)}"', re.M)
        beside = sorted(p for p in path.parent.iterdir() if _SOURCE.search(p.name) and p.is_file())
        return next((p for p in beside if names.search(p.read_text(errors="replace"))), None)

    def part(self, path: Path) -> Part | str:
        """A file flattened and read, once."""
        if path not in self._parts:
            self._parts[path] = self._read(path)
        return self._parts[path]

    def _read(self, path: Path) -> Part | str:
        text = path.read_text(encoding="utf-8", errors="replace")
        cpp = is_cpp(path.name, text)
        dirs = self.repository.include_dirs(text, path)
        empty = self.folder / "empty"
        macros = [f"{name}=1" for name in switches(text)]
        for _ in range(_HEADERS):
            try:
                flat = flatten(path, dirs, empty, macros, cpp=cpp)
            except CannotFlatten as exc:
                if fresh := [m for m in _demanded(str(exc)) if m not in macros]:
                    macros += fresh
                elif not _taken_for_empty(empty, missing_headers(complaints(str(exc)))):
                    return f"the preprocessor gives up: {_first(str(exc))}"
                continue
            return Part(flat, units_of(path, flat))
        return "too many of its headers are missing"

    def _render(self, wanted: Wanted, state: State) -> Assembled | str:
        """The program of a state; the driver's own needs are cut out together with the rest."""
        name = wanted.function.rsplit("::", maxsplit=1)[-1]
        source = state.parts[0].flat.text
        suffix = state.sources[0].name
        if name.startswith("lambda@"):
            return "a lambda outside of any function"
        target = target_of(suffix, source, wanted.function)
        if isinstance(target, str):
            return target
        language = "c++" if target.cpp else "c"
        names = {target.name, *([target.subject.function.owner] if target.subject.owner else [])}
        try:
            own = cut(state.parts, names, without=("main",))
        except TooLarge as exc:
            return str(exc)
        if outside := _OUTSIDE.search(own.text):
            return f"reaches outside its memory: {outside.group(1)}"
        text = self._whole(own, target, state, language, trial=False)
        trial = self._whole(own, target, state, language, trial=True)
        if text is None or trial is None:
            return "no value can be made for what it takes"
        return Assembled(
            text=text, trial=trial, language=language, target=target.name, paths=own.paths
        )

    def _whole(
        self, own: Cut, target: Target, state: State, language: str, *, trial: bool
    ) -> str | None:
        """The cut with a driver of which only what `main` needs is left; None: no arguments."""
        driver = driver_text(target, state.dropped, trial=trial)
        if driver is None:
            return None
        path = self.folder / f"driver-{SOURCE[language]}"
        path.write_text(driver, encoding="utf-8")
        flat = flatten(path, (), self.folder / "empty", cpp=language == "c++")
        behind = cut([Part(flat, units_of(path, flat))], {"main"})
        openmp = ("omp.h",) if re.search(r"\bomp_\w+\s*\(", own.text) else ()
        includes = dict.fromkeys((*own.includes, *openmp, *behind.includes))
        text = program(tuple(includes), f"{own.text}\n\n{behind.text}")
        return text if trial else text.replace(OPTIONAL, "")

    def compile(self, text: str, language: str) -> str:
        """Compile and link `program` with counters of its lines; "" or what was complained of."""
        source = self.folder / SOURCE[language]
        source.write_text(text, encoding="utf-8", errors="replace")
        compiler = self.tools.clang if language == "c" else self.tools.clangxx
        flags = [STANDARD[language], "-O0", "-fopenmp", "-pthread", "-w", "-ferror-limit=0"]
        flags.append("-Wl,--no-demangle")
        command = [compiler, *flags, *COVERAGE, "-c", source.name, "-o", "counted.o"]
        said = self._call(command)
        # What other files define is found missing by the linker alone.
        link = [compiler, *flags, *COVERAGE, "counted.o", "-o", "counted", "-lm"]
        return said or self._call(link)

    def _call(self, command: Sequence[str]) -> str:
        done = run(command, cwd=self.folder, timeout=COMPILE_SECONDS, max_output=4 << 20)
        if done.timed_out:
            return "the compiler takes too long"
        return "" if done.returncode == 0 else done.stderr.decode("utf-8", "replace") or "failed"

    def _repaired(self, wanted: Wanted, state: State, made: Assembled, said: str) -> State | str:
        found = complaints(said)
        names = [n for c in found for n in _UNKNOWN.findall(c.text)] if found else []
        names += [plain(symbol) for symbol in undefined(said)] if not found else []
        lines = made.trial.split("\n")
        blamed = [lines[c.line - 1].strip() for c in found if c.line <= len(lines)]
        dropped = {line for line in blamed if line.endswith(OPTIONAL)}
        if dropped - state.dropped:
            return replace(state, dropped=state.dropped | dropped)
        fresh = [n for n in dict.fromkeys(names) if n not in state.asked]
        if fresh:
            return self._with_files(wanted, state, fresh, cpp=made.language == "c++")
        return _reason(found, names)

    def _with_files(
        self, wanted: Wanted, state: State, names: Sequence[str], *, cpp: bool
    ) -> State | str:
        """The state with the files that define these names; why not if none does."""
        parts, sources = list(state.parts), list(state.sources)
        for name in names:
            path = self.repository.definition(name, wanted.path, cpp=cpp)
            if path is None or path in sources or len(parts) >= MAX_PARTS:
                continue
            part = self.part(path)
            if not isinstance(part, str):
                parts.append(part)
                sources.append(path)
        asked = state.asked | set(names)
        if len(parts) == len(state.parts):
            return f"needs {names[0]}, which is nowhere in the project's sources"
        return replace(state, parts=tuple(parts), sources=tuple(sources), asked=asked)


def _demanded(said: str) -> list[str]:
    """Macros that a build must define, as an `#error` says; off, but for those of threads."""
    names = re.findall(r"#error\b.*?\bdefine\s+\W?([A-Z][A-Z0-9_]+)\b", said)
    return [f"{name}={int(bool(switches(f'#ifdef {name}')))}" for name in names]


def _taken_for_empty(empty: Path, names: Sequence[str]) -> bool:
    """Make an empty stand-in for headers that are nowhere, such as a build makes."""
    made = False
    for name in names:
        at = empty / name
        if ".." in name or name.startswith("/") or at.exists():
            continue
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text("")
        made = True
    return made


def _first(said: str) -> str:
    found = complaints(said)
    return found[0].text if found else (said.strip().splitlines() or ["without a word"])[0]


def _reason(found: Sequence[Complaint], names: Sequence[str]) -> str:
    if names:
        return f"needs {names[0]}, which is nowhere in the project's sources"
    if found:
        return f"does not compile by itself: {found[0].text}"
    return "the compiler or linker failed without a reason"
