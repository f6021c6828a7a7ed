"""A harness as a value, and the recipe by which it can be made again with one thing changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reviewbot.escalation.harness_repository import Repository
from reviewbot.escalation.harness_source import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a harness is made of, so that it can be made again with one thing changed."""

    text: str
    path: str
    function: str
    include_dirs: tuple[Path, ...]
    defines: tuple[str, ...] = ()
    dropped: frozenset[Item] = frozenset()
    dropped_lines: frozenset[str] = frozenset()  # of the driver
    empty: tuple[str, ...] = ()  # headers that are nowhere
    stubs: tuple[str, ...] = ()
    repository: Repository | None = None  # where files that define what is called are looked for
    companions: tuple[Path, ...] = ()  # those files
    refused: frozenset[Path] = frozenset()  # and those that did not compile
    spelled: bool = False  # parameter types as written rather than deduced


@dataclass(frozen=True, slots=True, kw_only=True)
class Harness:
    """A complete program; `files` (name, text) belong beside it, and it is built where it lies."""

    source: str
    language: str  # "c" | "c++"
    flags: tuple[str, ...]
    threads: tuple[int, ...]
    note: str  # what weakens a verdict: stubs, missing headers, parts left out
    recipe: Recipe
    function: str  # what the driver calls: the creator of a thread rather than its body
    files: tuple[tuple[str, str], ...] = ()
    companions: tuple[Path, ...] = ()  # files of the project that `flags` names too
