"""Composes what was added to the small patterns: habits of threads, and further OpenMP."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from model_export.programs.compose.gate_speller import GateSpeller
from model_export.programs.compose.manner_speller import manner_layout
from model_export.programs.compose.shape_speller import NAMES
from model_export.programs.compose.shapes import layout
from model_export.programs.compose.small_compose import by_turns, declared
from model_export.programs.compose.small_text import Small, patterns
from model_export.programs.compose.small_write import Layout, write
from model_export.programs.sample import Program

HERE = Path(__file__).parent
# "habit" is of threads, in every shape; "further" is of OpenMP.
# The facts that are rare among them: "manner" is of threads, "usage" of OpenMP; "hold" is of what
# a creator's lock means, of threads left running, and of objects of one type; "gate" is of what
# creation, joins, locks and flags order; "owner" of which lock belongs to which object; "duty" of
# OpenMP again: groups, dependences and numbers of rounds where they do not make code safe;
# "tenure" of threads: what is freed, emptied or set as a whole while others may still use it;
# "loan" of threads: what library calls are given, and several locks at once; "lease" of OpenMP:
# what library calls are given there, what one thread number does, columns of rows; "stake" of
# threads: which number a lock has and which its element, and what a way that leaves has joined;
# "clause" of OpenMP: directives and clauses that hardly any other kind has, lanes among them;
# "edge" of OpenMP and "mark" of threads: along the edges of a graph, what is written elsewhere
# under a test of what is shared.
FOLDERS: Mapping[str, Path] = {
    "habit": HERE / "habits",
    "further": HERE / "further",
    "manner": HERE / "manners",
    "usage": HERE / "usages",
    "hold": HERE / "holds",
    "gate": HERE / "gates",
    "owner": HERE / "owners",
    "duty": HERE / "duties",
    "tenure": HERE / "tenures",
    "loan": HERE / "loans",
    "lease": HERE / "leases",
    "stake": HERE / "stakes",
    "clause": HERE / "clauses",
    "edge": HERE / "edges",
    "mark": HERE / "marks",
}
THREADS = ("habit", "manner", "hold", "gate", "owner", "tenure", "loan", "stake", "mark")


def compose_more(kind: str, seed: int, count: int) -> tuple[Program, ...]:
    """`count` distinct programs of one pattern of a kind, clean and racy by turns."""
    rng = random.Random(f"{kind} structure/{seed}")  # noqa: S311 - no secret
    known = patterns(FOLDERS[kind])
    pattern = known[rng.choice(sorted(known))]
    return by_turns(rng, pattern, count, partial(more_program, kind, pattern, seed=seed))


def more_program(kind: str, pattern: Small, variant: str, seed: int, form: int) -> Program:
    """The program of one variant; twins have the same seed and form."""
    shaped = kind in THREADS
    given = _with_names(pattern) if shaped else pattern
    written = write(given, variant, f"{kind}/{seed}/{form}", _layout(kind, pattern))
    family = f"{'threads' if shaped else 'omp'}_composed_{kind}_{seed}"
    group = (seed, kind, pattern.name, form)
    return declared(pattern, variant, written, family=family, group=group)


def _layout(kind: str, pattern: Small) -> Layout | None:
    if kind in ("gate", "tenure"):
        return manner_layout(pattern, GateSpeller)
    if kind in ("manner", "hold", "owner", "loan", "stake", "mark"):
        return manner_layout(pattern)
    return layout() if kind in THREADS else None


def _with_names(pattern: Small) -> Small:
    """The pattern with the names that a shape may need."""
    return Small(
        name=pattern.name,
        about=pattern.about,
        clean=pattern.clean,
        racy=pattern.racy,
        observable=pattern.observable,
        also=pattern.also,
        sections={**pattern.sections, "words": NAMES},
    )
