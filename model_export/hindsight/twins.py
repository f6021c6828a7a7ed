"""The smallest edits that flip one link: siblings of a program that differ in one choice."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path

from model_export.explore import FAMILIES
from model_export.hindsight.edits import applied, changes, size
from model_export.hindsight.reading import Row
from model_export.hindsight.rule_links import link_of_rule
from model_export.hindsight.scene import tells
from model_export.hindsight.trace import Change
from model_export.programs.compose.omp_compose import compose_openmp, program_of
from model_export.programs.compose.omp_patterns import PATTERNS
from model_export.programs.compose.thread_compose import compose_threads
from model_export.programs.family import LANGUAGES, RACY, Family, read_family
from model_export.programs.sample import Program, realise
from reviewbot.code.words import IDENTIFIER
from reviewbot.records import Link

# Of a composed structure: enough rounds to meet most variants of each of its patterns.
VARIANTS = 24
# A larger edit changes more than one link, or hides which one.
LARGEST = 16
Compose = Callable[[int, int], tuple[Program, ...]]

_COMPOSED = re.compile(r"^(omp|threads)_composed_(\d+)$")
_LINKS = frozenset(link.value for link in Link)


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A program that may be the counterfactual of another: the object and link it is about."""

    program: Program
    object: str  # by its last name; "" if nobody declared it
    link: Link | None  # that the edit flips; None: to be read from the structure
    size: int  # lines that differ
    rule: Link | None = None  # that the rule of a mutation is about: believed after the structure


def twins(row: Row, relatives: Iterable[Row] = (), *, made: bool = True) -> list[Twin]:
    """Siblings in which an object goes from racy to clean or back, the smallest edit first.

    `relatives` are rows of the same family: a corpus may be older than what makes programs, and
    holds mutants. Without `made` they are all: nothing is found that would have to be run.
    """
    near = list(relatives)
    fresh = siblings(row) if made else ()
    others = {other.id: other for other in chain(fresh, _executed(row, near))}
    found = [twin for other in others.values() for twin in _flips(row, other)]
    found += [twin for other in near for twin in _mutation(row, other)]
    if made:
        found += [lean for twin in found if (lean := _lean(row, twin)) is not None]
    found = [twin for twin in found if twin.size <= LARGEST]
    return sorted(found, key=lambda twin: (twin.size, twin.program.id, twin.object))


def _lean(row: Row, twin: Twin) -> Twin | None:
    """The twin without those of its edits that speak neither of the object nor of threads."""
    edits = changes(row["source"], twin.program.source)
    lines = row["source"].split("\n")
    kept = [
        edit
        for edit in edits
        if any(
            tells(line, twin.object) for line in (*lines[edit.first - 1 : edit.last], *edit.text)
        )
    ]
    if not 0 < len(kept) < len(edits) or _need(row, kept, set(edits) - set(kept)):
        return None
    source = applied(row["source"], kept)
    name = hashlib.sha256(source.encode()).hexdigest()[:16]
    return replace(twin, program=replace(twin.program, id=name, source=source), size=size(kept))


def _need(row: Row, kept: Iterable[Change], dropped: Iterable[Change]) -> bool:
    """Whether what is kept uses a name that comes with what is dropped."""
    brought = {name for edit in dropped for name in IDENTIFIER.findall("\n".join(edit.text))}
    used = {name for edit in kept for name in IDENTIFIER.findall("\n".join(edit.text))}
    return bool(used & brought - set(IDENTIFIER.findall(row["source"])))


def is_sibling(row: Row, other: Row) -> bool:
    """Whether two rows of the corpus are the same but for one choice."""
    same = row["family"] == other["family"] and row["language"] == other["language"]
    return same and _distance(json.loads(row["choices"]), json.loads(other["choices"])) == 1


def _executed(row: Row, relatives: Iterable[Row]) -> Iterator[Program]:
    return (program_of_row(other) for other in relatives if is_sibling(row, other))


def program_of_row(row: Row) -> Program:
    """The program that a row of the corpus holds."""
    return Program(
        id=row["id"],
        family=row["family"],
        domain=row["domain"],
        language=row["language"],
        source=row["source"],
        choices=json.loads(row["choices"]),
        effects=json.loads(row["effects"]),
        slot_lines={},
        expected=row["expected"],
        twin_group="",
    )


def _mutation(row: Row, other: Row) -> Iterator[Twin]:
    """A mutant and the program that it was made of, if the mutation turned the outcome."""
    mutant = next((m for m, p in ((row, other), (other, row)) if _is_made_of(m, p)), None)
    if mutant is None or row["label"] == other["label"]:
        return
    choices = json.loads(mutant["choices"])
    rule = link_of_rule(choices.get("mutation", ""))
    if rule is None:
        return  # it was not made to turn the outcome: which link it flips, nobody can say
    yield Twin(
        program=program_of_row(other),
        object=re.split(r"[.>]", choices.get("object", ""))[-1],
        link=None,
        size=size(changes(row["source"], other["source"])),
        rule=rule,
    )


def _is_made_of(mutant: Row, parent: Row) -> bool:
    return bool(mutant.get("parent")) and mutant["parent"] == parent["id"]


def _flips(row: Row, other: Program) -> Iterator[Twin]:
    """What the sibling says of each object that it decides otherwise."""
    mine = json.loads(row["effects"])
    differ = {name for name in mine if (mine[name] == RACY) != (other.effects.get(name) == RACY)}
    if any((mine[name] == RACY) != (row["label"] == RACY) for name in differ):
        return  # one object gains a race and another loses its own, or none was seen
    for name in sorted(differ):
        link = other.effects.get(name, "") if mine[name] == RACY else mine[name]
        if link in _LINKS:
            edit = size(changes(row["source"], other.source))
            yield Twin(program=other, object=name, link=Link(link), size=edit)


def siblings(row: Row) -> Iterator[Program]:
    """Programs that differ from the row's in one choice; none if it can no longer be made."""
    choices = json.loads(row["choices"])
    composed = _COMPOSED.match(row["family"])
    if composed is None:
        yield from _of_family(row, choices)
    elif composed[1] == "omp":
        yield from _of_regions(row, choices, int(composed[2]))
        yield from _of_structure(row, choices, compose_openmp, int(composed[2]))
    else:
        yield from _of_structure(row, choices, compose_threads, int(composed[2]))


def _of_family(row: Row, choices: Mapping[str, str]) -> Iterator[Program]:
    family = _family(row["family"])
    if family is None:
        return
    if set(choices) != {s.name for s in family.slots} | {p.name for p in family.params}:
        return
    if any(choices[slot.name] not in slot.effects for slot in family.slots):
        return
    if realise(family, choices).id == row["id"]:
        for slot in family.slots:
            for name in set(slot.effects) - {choices[slot.name]}:
                yield realise(family, {**choices, slot.name: name}, slot.name)


def _family(name: str) -> Family | None:
    path = _paths(FAMILIES).get(name)
    return None if path is None else _read(path)


@lru_cache(maxsize=64)
def _read(path: Path) -> Family:
    return read_family(path)


@lru_cache(maxsize=4)
def _paths(root: Path) -> Mapping[str, Path]:
    return {path.stem: path for path in root.glob("*/*") if path.suffix in LANGUAGES}


def _of_regions(row: Row, choices: Mapping[str, str], seed: int) -> Iterator[Program]:
    known = all(
        name == "form" or (name in PATTERNS and variant in _variants(name))
        for name, variant in choices.items()
    )
    if not known or program_of(seed, choices, "").id != row["id"]:
        return
    for name in set(choices) - {"form"}:
        for variant in set(_variants(name)) - {choices[name]}:
            yield program_of(seed, {**choices, name: variant}, name)


def _variants(name: str) -> tuple[str, ...]:
    return (*PATTERNS[name].clean, *PATTERNS[name].racy)


def _of_structure(
    row: Row, choices: Mapping[str, str], compose: Compose, seed: int
) -> Iterator[Program]:
    made = _structure(compose, seed)
    if row["id"] in {program.id for program in made}:
        for program in made:
            if _distance(choices, program.choices) == 1:
                yield program


@lru_cache(maxsize=16)
def _structure(compose: Compose, seed: int) -> tuple[Program, ...]:
    return compose(seed, VARIANTS)


def _distance(one: Mapping[str, str], other: Mapping[str, str]) -> int:
    if one.keys() != other.keys():
        return -1
    return sum(one[name] != other[name] for name in one)
