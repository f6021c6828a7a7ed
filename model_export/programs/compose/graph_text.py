"""Reads graph kernels: work on shared state in which every touch and every loop is a choice.

A file under `kernels/` holds kernels, each after a line `== name`:

    about dist                  the object of a clean program
    state dist int $n           what several threads touch: its type and how many there are
    -- data | start | work | done   declarations, what main does first, the threads, the end

In `-- work`: `~each v $n` opens a loop whose turns threads share (`own`: each turn writes what is
its own; `again`: within rounds), `~phase` is where all must have come, `~get int $d dist[$v]`
reads, `~min dist[$v] = $d` and `~set ~add ~sub ~max` write, `~claim $w p = e` opens the block of
whoever takes what is 0, `~take $p tail` counts up; `~slot $me` is the number under which a
thread keeps what is its own; `~end` closes a block.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from model_export.programs.compose.graph_tables import OPERATIONS
from reviewbot.errors import BadInput

FOLDER = Path(__file__).parent / "kernels"
SECTIONS = ("data", "start", "work", "done")
_EACH = re.compile(r"~each (\w+) (\S+)((?: own| again)*)")
_GET = re.compile(r"~get (\w+) (\$\w+) (.+)")
_NAMED = re.compile(r"~(claim|take) (\$\w+) (\w+(?:\[.*\])?)(?: = (.+))?")
_PUT = re.compile(r"~(\w+) (\w+(?:\[.*\])?) = (.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place of the work that is a choice."""

    key: str  # "min2": what it does, and its number among all sites
    kind: str  # each | phase | an operation
    state: str = ""
    place: str = ""
    value: str = ""
    name: str = ""  # of the variable that it declares
    base: str = "int"
    bound: str = ""  # of a loop
    words: frozenset[str] = frozenset()  # own, again


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """One kernel: what it shares, and its work as lines and sites."""

    name: str
    about: str
    states: Mapping[str, tuple[str, str]]  # name → its type, its number or ""
    sections: Mapping[str, tuple[str, ...]]
    work: tuple[str | Site, ...]  # "~end" stays a line

    @property
    def sites(self) -> tuple[Site, ...]:
        """The sites in their order."""
        return tuple(item for item in self.work if isinstance(item, Site))


@dataclass(slots=True)
class _Open:
    name: str
    about: str = ""
    states: dict[str, tuple[str, str]] = field(default_factory=dict)
    sections: dict[str, list[str]] = field(default_factory=dict)


@cache
def kernels() -> Mapping[str, Kernel]:
    """Every kernel by name; raises BadInput with the file and what is wrong."""
    found: dict[str, Kernel] = {}
    for path in sorted(FOLDER.glob("*.txt")):
        for kernel in read(path.read_text(encoding="utf-8"), path.name):
            if kernel.name in found:
                raise BadInput(f"{path.name}: a second kernel '{kernel.name}'; rename one")
            found[kernel.name] = kernel
    return found


def read(text: str, place: str = "<text>") -> list[Kernel]:
    """The kernels of one file."""
    made: list[_Open] = []
    section: list[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("== "):
            made.append(_Open(line[3:].strip()))
            section = None
        elif line.startswith("-- "):
            section = made[-1].sections.setdefault(line[3:].strip(), [])
        elif not line.strip():
            continue
        elif section is not None:
            section.append(line.rstrip())
        else:
            _header(made[-1], line.split(), f"{place}:{number}")
    return [_closed(item, place) for item in made]


def _header(item: _Open, words: list[str], place: str) -> None:
    match words:
        case ["about", name]:
            item.about = name
        case ["state", name, base, *size]:
            item.states[name] = (base, " ".join(size))
        case _:
            raise BadInput(f"{place}: '{' '.join(words)}' is no header; write about or state")


def _closed(item: _Open, place: str) -> Kernel:
    if not item.about or set(item.sections) != set(SECTIONS):
        raise BadInput(f"{place}: '{item.name}' needs about and {', '.join(SECTIONS)}")
    lines = item.sections["work"]
    where = f"{place}: '{item.name}'"
    work = tuple(_read(line, at, item.states, where) for at, line in enumerate(lines))
    sections = {name: tuple(item.sections[name]) for name in SECTIONS}
    return Kernel(
        name=item.name, about=item.about, states=item.states, sections=sections, work=work
    )


def _read(line: str, at: int, states: Mapping[str, tuple[str, str]], place: str) -> str | Site:
    text = line.strip()
    if not text.startswith("~") or text == "~end":
        return text
    if text == "~phase":
        return Site(key=f"phase{at}", kind="phase")
    if text.startswith("~slot $"):
        return Site(key=f"slot{at}", kind="slot", name=text.split()[1])
    if match := _EACH.fullmatch(text):
        words = frozenset(match[3].split())
        return Site(key=f"each{at}", kind="each", name=match[1], bound=match[2], words=words)
    site = _operation(text, at)
    if site is None or site.state not in states or site.kind not in OPERATIONS:
        raise BadInput(f"{place}: cannot read '{text}'; name an operation and a state")
    return site


def _operation(text: str, at: int) -> Site | None:
    if match := _GET.fullmatch(text):
        return _site("get", at, match[3], name=match[2], base=match[1])
    if match := _NAMED.fullmatch(text):
        return _site(match[1], at, match[3], name=match[2], value=match[4] or "")
    if match := _PUT.fullmatch(text):
        return _site(match[1], at, match[2], value=match[3])
    return None


def _site(
    kind: str, at: int, place: str, *, name: str = "", base: str = "", value: str = ""
) -> Site:
    return Site(
        key=f"{kind}{at}",
        kind=kind,
        state=place.partition("[")[0],
        place=f"${place}",
        value=value,
        name=name,
        base=base,
    )
