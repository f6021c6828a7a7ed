"""Executed programs one edit apart: siblings by one slot, and mutants with their parents."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from model_export.dataset import split_of
from model_export.execute.corpus import read_rows
from model_export.hindsight.edits import changes, size
from model_export.hindsight.trace import RACY, Change
from model_export.proof.ask import Row

LARGEST = 16  # lines; a larger edit changes more than one thing
NEAR = 1  # an edit this near a cited line is about it: a pragma above a loop, a lock around
SLOT, MUTATION = "slot", "mutation"
COLUMNS = (
    *("id", "family", "domain", "language", "source", "choices", "effects", "expected"),
    *("label", "reports", "usable", "disagrees"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One edit between two executed programs, and what it does to each declared object."""

    before: Row
    after: Row
    how: str  # "slot" or "mutation"

    @property
    def edits(self) -> tuple[Change, ...]:
        """The edits, line by line."""
        return changes(self.before["source"], self.after["source"])

    @property
    def flips(self) -> bool:
        """Whether the execution had another outcome."""
        return bool(self.before["label"] != self.after["label"])


def held_out(corpus: Path) -> list[Row]:
    """The usable programs of the held-out families, as far as author and tools agree."""
    return [
        row
        for row in read_rows(corpus, COLUMNS)
        if split_of(str(row["family"])) == "test" and row["usable"] and not row["disagrees"]
    ]


def drawn(rows: Sequence[Row], limit: int | None, seed: int) -> list[Row]:
    """So many programs, taken from the families in turn; a larger limit extends a smaller one."""
    families: defaultdict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: _order(seed, row["id"])):
        families[row["family"]].append(row)
    named = sorted(families, key=lambda name: _order(seed, name))
    rounds = zip_longest(*(families[name] for name in named))
    return [row for turn in rounds for row in turn if row is not None][:limit]


def _order(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}/{name}".encode()).hexdigest()


def steps(rows: Iterable[Row], among: Iterable[Row]) -> Iterator[Step]:
    """Every small edit from one of `rows` to one of `among`, the smallest first for each row."""
    near = _neighbours(among)
    for row in rows:
        found = {o["id"]: (o, how) for key, how in _keys(row) for o in near.get(key, ())}
        made = [
            Step(before=row, after=other, how=how)
            for other, how in found.values()
            if other["id"] != row["id"] and not (is_mutant(row) and is_mutant(other))
        ]
        yield from (step for _, _, step in sorted(_sized(made), key=lambda item: item[:2]))


def _sized(made: Iterable[Step]) -> Iterator[tuple[int, str, Step]]:
    for step in made:
        lines = size(step.edits)
        if 0 < lines <= LARGEST:
            yield lines, step.after["id"], step


def _neighbours(rows: Iterable[Row]) -> Mapping[str, list[Row]]:
    near: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for key, _ in _keys(row):
            near[key].append(row)
    return near


def _keys(row: Row) -> Iterator[tuple[str, str]]:
    """(key, kind): programs with a key in common are one slot apart, or parent and mutant."""
    choices = json.loads(row["choices"])
    if is_mutant(row):
        yield f"mutants of {choices['parent']}", MUTATION
        return
    yield f"mutants of {row['id']}", MUTATION
    for name in choices:
        rest = {key: value for key, value in choices.items() if key != name}
        yield json.dumps([row["family"], row["language"], name, rest], sort_keys=True), SLOT


def is_mutant(row: Row) -> bool:
    """Whether the program is a mutant of another of the corpus."""
    return '"parent": ' in row["choices"]


def touches(edits: Iterable[Change], lines: Iterable[int]) -> bool:
    """Whether an edit stands at one of the lines, or beside it."""
    cited = tuple(lines)
    return any(
        edit.first - NEAR <= line <= max(edit.last, edit.first) + NEAR
        for edit in edits
        for line in cited
    )


def effects(row: Row) -> Mapping[str, str]:
    """Object to declared effect."""
    found: Mapping[str, str] = json.loads(row["effects"])
    return found


def racy(row: Row) -> bool:
    """Whether a detector reported a race."""
    return bool(row["label"] == RACY)
