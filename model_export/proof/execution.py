"""New edits of held-out programs, executed: neutral slots, mutations, other styles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from model_export.explore import batches, connect, execute_batch
from model_export.hindsight.twins import siblings
from model_export.mutations.core import Effect
from model_export.mutations.engine import mutate
from model_export.programs.sample import Program
from model_export.proof.ask import Row
from model_export.proof.pairs import effects, is_mutant
from model_export.proof.variants import Variant

MUTANTS = 4  # a program: half of them meant as fixes or slips, half to keep its outcome
SIBLINGS = 3  # of those that differ in a choice that decides about no object


def new_programs(row: Row, seed: int) -> Iterator[Program]:
    """Edits of a program that the corpus may lack."""
    if is_mutant(row):
        return
    same = (item for item in siblings(row) if dict(item.effects) == dict(effects(row)))
    yield from list(same)[:SIBLINGS]
    turning = (Effect.FIXES,) if row["label"] == "racy" else (Effect.MAY_RACE,)
    for kinds in (turning, (Effect.KEEPS_CLEAN, Effect.PERFORMANCE)):
        for made in mutate(
            row["source"], row["language"], seed, wanted=MUTANTS // 2, effects=kinds
        ):
            yield _program(row, made.text, {"mutation": made.mutation, "parent": row["id"]})


def restyled(variant: Variant) -> Program:
    """A program in another style, to be executed."""
    return _program(
        variant.row, variant.text, {"style": variant.style, "parent": variant.row["id"]}
    )


def _program(row: Row, text: str, choices: dict[str, str]) -> Program:
    return Program(
        id=hashlib.sha256(text.encode()).hexdigest()[:16],
        family=row["family"],
        domain=row["domain"],
        language=row["language"],
        source=text,
        choices=choices,
        effects={},
        slot_lines={},
        expected="",
        twin_group=row["id"],
    )


def execute(programs: Iterable[Program], known: Sequence[str], jobs: int) -> list[Row]:
    """The corpus rows of the programs that are not known yet, as far as they could be run."""
    waiting = list(batches(programs, known))
    if not waiting:
        return []
    with connect(None, jobs) as client:
        futures = [client.submit(execute_batch, batch, pure=False) for batch in waiting]
        rows: list[Row] = [row for future in futures for row in future.result()]
    return [row for row in rows if row["usable"] and not row["disagrees"]]
