"""The parallel functions of a clone, in an order that does not favour one of its files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from model_export.harvest.licences import licence_of
from reviewbot.code.analyse import analyse
from reviewbot.code.prefilter import is_c_family, may_be_parallel
from reviewbot.errors import BadInput
from reviewbot.escalation.harness_repository import Repository, read_repository
from reviewbot.escalation.harness_source import read
from reviewbot.escalation.harness_which import find
from reviewbot.model.features import fact_tokens
from reviewbot.process import run
from reviewbot.records import Analysis, Slice

PER_FILE = 12  # functions of one file at most, so that one file is not the project
MAX_FILE = 1 << 20  # bytes; a larger one is generated
# What is not the project's own, is no code that ships, or is for another system than this one.
_SKIP = re.compile(
    r"(?:^|/)(?:tests?|third_?party|3rdparty|vendor|extern(?:al)?s?|deps|bench(?:marks?)?|docs?|examples?)/"
    r"|(?i:win32|opencl|cuda|mips|riscv|loongarch|vulkan)|_test\.|\.cuh?$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A clone, what it is called and at which commit it stands."""

    root: Path
    name: str
    commit: str
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A parallel function in a project."""

    project: str
    path: str  # relative to the clone
    function: str
    line: int
    end_line: int
    kind: str  # of its first region


def read_project(root: Path) -> Project:
    """A clone as it stands; raises BadInput if the folder holds no git clone."""
    done = run(["git", "-C", str(root), "rev-parse", "HEAD"], timeout=20)
    if not root.is_dir() or done.returncode != 0:
        raise BadInput(f"{root} is no clone with a commit: the manifest must name one")
    return Project(
        root=root,
        name=root.name,
        commit=done.stdout.decode().strip(),
        licence=licence_of(root),
    )


@lru_cache(maxsize=64)
def repository_of(root: Path) -> Repository:
    """The files of a clone by name, read once: files of all projects are harvested in turn."""
    return read_repository(root)


def parallel_files(root: Path) -> Iterator[str]:
    """Files that may hold parallel code; in the order of a hash, so that a limit samples."""
    names = (str(path.relative_to(root)) for path in root.rglob("*"))
    own = [name for name in names if is_c_family(name) and not _SKIP.search(name)]
    for name in sorted(own, key=lambda name: hashlib.sha256(name.encode()).hexdigest()):
        path = root / name
        fitting = path.is_file() and path.stat().st_size <= MAX_FILE
        if fitting and may_be_parallel(path.read_bytes()):
            yield name


def functions_of(project: str, root: Path, path: str) -> list[Place]:
    """The functions of a file in which its regions lie, at most PER_FILE of them."""
    found = _analysed(path, (root / path).read_bytes())
    first = {r.function: r for r in reversed(found.regions) if r.function}
    chosen = sorted(first.values(), key=lambda region: region.line)[:PER_FILE]
    return [
        Place(
            project=project,
            path=path,
            function=r.function,
            line=r.line,
            end_line=r.end_line,
            kind=r.kind,
        )
        for r in chosen
    ]


@lru_cache(maxsize=2)  # the functions of a file come one after another, a long one takes a second
def _analysed(path: str, data: bytes) -> Analysis:
    return analyse(path, data)


def unlabelled(place: Place, root: Path) -> dict[str, Any]:
    """A function's text and the slices that the model would read of it, without any label."""
    data = (root / place.path).read_bytes()
    text = data.decode("utf-8", "replace")
    parsed, symbols = read(place.path, text)
    function = find(parsed, symbols, place.function)
    lines = text.split("\n")
    line = parsed.translation.line
    first, last = place.line, place.end_line
    if function is not None:
        first, last = line(function.node.start_byte), line(function.node.end_byte - 1)
    slices = [s for s in _analysed(place.path, data).slices if s.function == place.function]
    return {
        "project": place.project,
        "path": place.path,
        "function": place.function,
        "language": "c++" if parsed.cpp else "c",
        "line": first,
        "text": "\n".join(lines[first - 1 : last]),
        "slices": [_plain(item) for item in slices],
    }


def _plain(item: Slice) -> dict[str, Any]:
    return {
        "object": item.object,
        "kind": item.construct_kind,
        "lines": [[line.line, list(line.tokens)] for line in item.lines],
        "facts": [list(fact_tokens(pair)) for pair in item.pairs],
        "unresolved": list(item.unresolved),
    }


def family_of(project: str, function: str) -> str:
    """The family of a function's programs: `real_<project>_<function>`, a word without colons.

    >>> family_of("my-lib_2", "a::f")
    'real_mylib2_a_f'
    """
    short = re.sub(r"[^A-Za-z0-9]", "", project)
    return f"real_{short}_{re.sub(r'[^A-Za-z0-9]+', '_', function).strip('_')}"


def json_line(row: dict[str, Any]) -> str:
    """A row as one line."""
    return json.dumps(row, ensure_ascii=False) + "\n"


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file; a last line that was cut off is left out."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            yield row
