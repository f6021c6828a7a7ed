"""A source file with the headers of its own project in place and its conditionals decided.

The preprocessor follows includes and `#if` but leaves macros as they are written: what comes out
reads like the file itself, compiles without the project's folders, and has no two branches.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reviewbot.errors import ReviewbotError
from reviewbot.escalation.harness_headers import includes
from reviewbot.process import run

SECONDS = 30.0
OPENMP = "201511"  # as clang defines _OPENMP; -fopenmp itself would swallow the directives
MAX_TEXT = 1_500_000  # characters; more is a table or a whole library in one file
# A project's own switch for its parallel code: `#if defined(LIBSAIS_OPENMP)`.
_SWITCH = re.compile(
    r"^[ \t]*#[ \t]*(?:if|ifdef|elif)\b[^\n]*?"
    r"\b((?:[A-Z]\w*)?(?:OPENMP|USE_THREADS|HAVE_PTHREAD)\w*)",
    re.M,
)
_OFF = re.compile(r"(?:^|_)(?:NO|DISABLE|WITHOUT|DISABLED)(?:_|$)")
# Macros that stand for nothing, or for attributes: no grammar knows where they may be.
_MARK = re.compile(
    r"^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]*"
    r"(?:(?:__attribute__[ \t]*\(\([^\n]*\)\)|__declspec\([^\n)]*\)|__forceinline)[ \t]*)?"
    r"(?:/[/*][^\n]*)?$",
    re.M,
)
_MARKER = re.compile(r'^# (\d+) "((?:[^"\\]|\\.)*)"((?: \d)*)$')
_SYSTEM = re.compile(r"^(?:/usr/(?:local/)?include|/usr/lib)/")
_SYSTEM_FOLDER = re.compile(
    r"^/usr/(?:lib/gcc/[^/]+/\d+/include(?:-fixed)?|(?:local/)?include"
    r"(?:/(?:x86_64|aarch64)-linux-gnu)?(?:/c\+\+/\d+(?:/backward)?)?)/"
)


class NoPreprocessor(ReviewbotError):
    """gcc, whose preprocessor leaves macros unexpanded, is not installed."""


class CannotFlatten(Exception):
    """The preprocessor gave up; carries what it said."""


@dataclass(frozen=True, slots=True)
class Flat:
    """A flattened file; each line of `text` with the file that it came from."""

    text: str
    origins: tuple[str, ...]
    system: tuple[str, ...]  # system headers, as an include writes them


def flatten(
    path: Path, include_dirs: Sequence[Path], empty: Path, macros: Sequence[str] = (), *, cpp: bool
) -> Flat:
    """Flatten a file; `empty` holds stand-ins for headers that are nowhere, and is tried last.

    Raises CannotFlatten with what the preprocessor said, NoPreprocessor if there is none.
    """
    dirs = [f"-I{folder}" for folder in include_dirs]
    standard = "-std=gnu++20" if cpp else "-std=gnu11"
    language = "c++" if cpp else "c"
    command = ["gcc", "-E", "-fdirectives-only", "-x", language, standard, "-w"]
    command += [
        f"-D_OPENMP={OPENMP}",
        *(f"-D{m}" for m in macros),
        *dirs,
        "-idirafter",
        str(empty),
        str(path),
    ]
    try:
        done = run(command, timeout=SECONDS, max_output=32 << 20)
    except FileNotFoundError as exc:
        raise NoPreprocessor("gcc is not on the PATH: install it to harvest functions") from exc
    if done.returncode != 0:
        raise CannotFlatten(done.stderr.decode("utf-8", "replace"))
    flat = read_markers(done.stdout.decode("utf-8", "replace"))
    return replace(flat, system=_named(flat))


def switches(text: str) -> tuple[str, ...]:
    r"""Macros of the project that turn its parallel code on.

    >>> switches("#ifdef LIB_OPENMP\n#endif")
    ('LIB_OPENMP',)
    """
    names = dict.fromkeys(_SWITCH.findall(text))
    return tuple(name for name in names if not name.startswith("_") and not _OFF.search(name))


def without_marks(text: str) -> str:
    r"""The text without uses of macros that stand for nothing; its lines stay.

    >>> without_marks("#define API\nAPI int f(void);")
    '#define API\n int f(void);'
    """
    names = frozenset(_MARK.findall(text))
    if not names:
        return text
    use = re.compile(r"(?<![\w#])([A-Za-z_]\w*)\b")
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if not line.lstrip().startswith("#") and any(name in names for name in use.findall(line)):
            lines[index] = use.sub(lambda m: "" if m[1] in names else m[1], line)
    return "\n".join(lines)


def read_markers(output: str) -> Flat:
    """The project's own lines of a preprocessor's output, and every system header it met."""
    lines: list[str] = []
    origins: list[str] = []
    entered: dict[str, None] = {}  # the system's headers
    here, inside = "", False  # the file, and whether it is the system's
    for line in output.split("\n"):
        match = _MARKER.match(line)
        if match is None:
            if not inside and here and (line.strip() or (lines and lines[-1].strip())):
                lines.append(line.rstrip())
                origins.append(here)
            continue
        name = match[2]
        inside = name.startswith("<") or _SYSTEM.match(name) is not None
        if inside and not name.startswith("<"):
            entered[_SYSTEM_FOLDER.sub("", name)] = None
        here = name
    text = without_marks("\n".join(lines))
    if len(text) > MAX_TEXT:
        raise CannotFlatten("it is too long with its headers")
    return Flat(text, tuple(origins), tuple(entered))


def _named(flat: Flat) -> tuple[str, ...]:
    """Of the system's headers those that the project's files themselves include."""
    texts = (
        Path(name).read_text(encoding="utf-8", errors="replace")
        for name in dict.fromkeys(flat.origins)
    )
    asked = dict.fromkeys(name for text in texts for name, _ in includes(text))
    return tuple(name for name in asked if name in flat.system)
