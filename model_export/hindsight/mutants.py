"""Counterfactuals of programs without siblings: mutations of the lines that a link cites."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator

from model_export.hindsight.edits import changes, size
from model_export.hindsight.reading import Row, View, last_name
from model_export.hindsight.rule_links import link_of_rule
from model_export.hindsight.trace import RACY, Change
from model_export.hindsight.twins import LARGEST, Twin
from model_export.mutations.core import Effect
from model_export.mutations.engine import Mutant, every_mutant
from model_export.mutations.registry import MUTATIONS
from model_export.programs.sample import Program

# An edit this near a cited line is about it: a pragma above a loop, a lock around a statement.
NEAR = 1


def mutated_twins(row: Row, view: View, cited: Collection[int]) -> list[Twin]:
    """Fixes of a racy program, slips in a clean one, that touch a cited line; smallest first."""
    found = [
        Twin(
            program=_program(row, mutant),
            object=last_name(view.slice),
            link=None,
            size=n,
            rule=link_of_rule(mutant.mutation),
        )
        for mutant, n in _fitting(row, view, cited)
    ]
    return sorted(found, key=lambda twin: (_elsewhere(row, view, twin), twin.size, twin.program.id))


def _elsewhere(row: Row, view: View, twin: Twin) -> bool:
    """Whether the edit stays away from both accesses: another type mends much, and tells little."""
    return not _touches(changes(row["source"], twin.program.source), view.lines)


def _fitting(row: Row, view: View, cited: Collection[int]) -> Iterator[tuple[Mutant, int]]:
    wanted = Effect.FIXES if row["label"] == RACY else Effect.MAY_RACE
    rules = [name for name, rule in MUTATIONS.items() if rule.expects is wanted]
    names = set(view.slice.object.replace("[]", "").replace("->", ".").split("."))
    for mutant in every_mutant(row["source"], row["language"], rules):
        edits = changes(row["source"], mutant.text)
        about = mutant.object is None or mutant.object in names
        if about and size(edits) <= LARGEST and _touches(edits, cited):
            yield mutant, size(edits)


def _touches(edits: Collection[Change], cited: Collection[int]) -> bool:
    near = range(-NEAR, NEAR + 1)
    return any(
        edit.first <= line + shift <= max(edit.last, edit.first)
        for edit in edits
        for line in cited
        for shift in near
    )


def _program(row: Row, mutant: Mutant) -> Program:
    return Program(
        id=hashlib.sha256(mutant.text.encode()).hexdigest()[:16],
        family=row["family"],
        domain=row["domain"],
        language=row["language"],
        source=mutant.text,
        choices={"mutation": mutant.mutation, "parent": row["id"]},
        effects={},
        slot_lines={},
        expected="",
        twin_group=row["id"],
    )
