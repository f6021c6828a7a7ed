"""Cuts a function out of its project: the units that it needs, in order, as one file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from model_export.harvest.flatten import Flat
from model_export.harvest.units import Unit, identifiers, is_always_kept

MAX_LINES = 2500  # of one program: a person could still read it


class TooLarge(Exception):
    """A function needs more of its project than one program shall hold."""


@dataclass(frozen=True, slots=True)
class Part:
    """A flattened file with its units."""

    flat: Flat
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """A self-contained text and the files whose units are in it."""

    text: str
    includes: tuple[str, ...]
    paths: tuple[str, ...]


def cut(parts: Sequence[Part], wanted: Collection[str], without: Collection[str] = ()) -> Cut:
    """What `wanted` names need of the parts; a later part serves the earlier ones and goes first.

    `without`: names that are not followed. Raises TooLarge.
    """
    kept = _closure(parts, frozenset(wanted), frozenset(without))
    seen: set[tuple[tuple[str, ...], str]] = set()
    chosen: list[Unit] = []
    for number in reversed(range(len(parts))):
        for unit in parts[number].units:
            key = (unit.spaces, re.sub(r"\s+", " ", unit.text))
            if (number, unit.start, unit.end) in kept and (key not in seen or unit.kind == "macro"):
                seen.add(key)
                chosen.append(unit)
    includes = dict.fromkeys(name for part in parts for name in part.flat.system)
    ordered = _declared_first(chosen) if len(parts) > 1 and _is_plain_c(chosen) else chosen
    body = "\n".join(_written(ordered))
    paths = dict.fromkeys(unit.path for unit in chosen)
    return Cut(body, tuple(includes), tuple(paths))


def program(includes: Sequence[str], body: str) -> str:
    """The text as a file, with its includes before everything else."""
    first = ["#define _GNU_SOURCE"] if "_GNU_SOURCE" in body or "pthread.h" in includes else []
    kept = "\n".join(line for line in body.split("\n") if "define _GNU_SOURCE" not in line)
    lines = [*first, *(f"#include <{name}>" for name in includes), "", kept.strip(), ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _closure(
    parts: Sequence[Part], wanted: frozenset[str], without: frozenset[str]
) -> set[tuple[int, int, int]]:
    """The units that are reached by name; a member is reached once its class is, too."""
    index: dict[str, list[tuple[int, Unit]]] = defaultdict(list)
    members: dict[str, list[tuple[int, Unit]]] = defaultdict(list)
    kept: set[tuple[int, int, int]] = set()
    names, todo, lines = set(wanted), sorted(wanted), 0
    reached: set[str] = set()  # members by name: followed where their class is there
    for number, part in enumerate(parts):
        for unit in part.units:
            if is_always_kept(unit):
                kept.add((number, unit.start, unit.end))
            for name in unit.names:
                index[name].append((number, unit))
            if unit.owner:
                members[unit.owner].append((number, unit))
    while todo:
        name = todo.pop()
        if name in without:
            continue
        for number, unit in [*index[name], *_reached(members[name], name, names | reached)]:
            key = (number, unit.start, unit.end)
            if key in kept or (unit.owner and unit.owner not in names and _is_class(index, unit)):
                continue
            kept.add(key)
            lines += unit.lines
            if lines > MAX_LINES:
                raise TooLarge(f"it needs more than {MAX_LINES} lines of its project")
            if unit.kind != "pragma":
                todo += sorted(unit.uses - names)
                names |= unit.uses
                reached |= unit.members
    return kept


def _is_plain_c(units: Sequence[Unit]) -> bool:
    marks = ("class_specifier", "template_declaration", "alias_declaration")
    return not any(unit.spaces or unit.owner or unit.kind in marks for unit in units)


def _declared_first(units: Sequence[Unit]) -> list[Unit]:
    """The units with every function declared before the first body: files may call each other."""
    functions = [u for u in units if u.kind == "function_definition"]
    names = frozenset(name for unit in functions for name in unit.names)
    late = [u for u in units if u.kind == "function_definition" or _holds(u, names)]
    early = [unit for unit in units if unit not in late]
    heads = [replace(u, text=_head(u.text), kind="") for u in functions]
    return [*early, *heads, *late]


def _head(text: str) -> str:
    """A function's declaration: all before its body, comments left out."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL).split("{")[0].rstrip() + ";"


def _holds(unit: Unit, names: frozenset[str]) -> bool:
    """Whether a declaration is a table of functions, which must come behind them."""
    return unit.kind == "declaration" and "=" in unit.text and bool(unit.uses & names)


def _is_class(index: dict[str, list[tuple[int, Unit]]], unit: Unit) -> bool:
    return any(other is not unit and not other.owner for _, other in index[unit.owner])


def _reached(
    members: Sequence[tuple[int, Unit]], owner: str, names: set[str]
) -> Iterator[tuple[int, Unit]]:
    """Members of a class that has just been reached: its destructor, and those already named."""
    for number, unit in members:
        if unit.names & names or f"~{owner}" in unit.names:
            yield number, unit


def _written(units: Sequence[Unit]) -> Iterator[str]:
    """The units' texts, inside their namespaces."""
    spaces: tuple[str, ...] = ()
    previous = ""
    for unit in units:
        target = spaces if unit.kind == "macro" else unit.spaces
        if target != spaces:
            yield "}" * len(spaces) + "".join(f"\n{space} {{" for space in target)
            spaces = target
        if unit.kind != previous or unit.kind == "function_definition":
            yield ""
        previous = unit.kind
        yield unit.text
    yield "}" * len(spaces)


def functions_used(text: str) -> frozenset[str]:
    """Names that may be functions of other files: identifiers before a parenthesis."""
    return frozenset(re.findall(r"\b([A-Za-z_]\w*)\s*\(", text)) & identifiers(text)
