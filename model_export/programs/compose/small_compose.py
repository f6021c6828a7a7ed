"""Composes small programs: one pattern by seed, a construct with next to nothing around it."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from functools import partial

from model_export.programs.compose.parts import RACY
from model_export.programs.compose.small_text import Small, patterns
from model_export.programs.compose.small_write import Written, write
from model_export.programs.sample import Program

SHARE = 1 / 3  # of the structures of a seed; the others put several patterns together
FORMS = 1000  # of one structure: other sizes, storages, loops and clauses
PATIENCE = 8
Group = tuple[int, str, str, int]  # seed, kind, pattern, form


def is_small(kind: str, seed: int) -> bool:
    """Whether the structure of this seed is a small program; kind is "omp" or "threads"."""
    return random.Random(f"{kind} small/{seed}").random() < SHARE  # noqa: S311 - no secret


def compose_small(kind: str, seed: int, count: int, *, hidden: bool = False) -> tuple[Program, ...]:
    """`count` distinct programs of one pattern, clean and racy by turns.

    `hidden`: of the patterns whose races no tool sees, which are never executed.
    """
    rng = random.Random(f"{kind} small structure/{seed}/{hidden}")  # noqa: S311 - no secret
    pattern = patterns()[rng.choice(names(kind, hidden=hidden))]
    return by_turns(rng, pattern, count, partial(small_program, kind, pattern, seed=seed))


def by_turns(
    rng: random.Random, pattern: Small, count: int, make: Callable[..., Program]
) -> tuple[Program, ...]:
    """At most `count` distinct programs, clean and racy by turns; `make` takes variant and form."""
    programs: dict[str, Program] = {}
    for _ in range(count * PATIENCE):
        form = rng.randrange(FORMS)
        for variant in (rng.choice(sorted(pattern.clean)), rng.choice(pattern.racy)):
            program = make(variant, form=form)
            programs.setdefault(program.id, program)
            if len(programs) == count:
                return tuple(programs.values())
    return tuple(programs.values())


def names(kind: str, *, hidden: bool = False) -> list[str]:
    """The patterns of a kind."""
    return [
        name
        for name, item in sorted(patterns().items())
        if item.threads == (kind == "threads") and item.observable != hidden
    ]


def small_program(kind: str, pattern: Small, variant: str, seed: int, form: int) -> Program:
    """The program of one variant; twins have the same seed and form."""
    written = write(pattern, variant, f"{seed}/{form}")
    family, group = f"{kind}_composed_{seed}", (seed, "small", pattern.name, form)
    return declared(pattern, variant, written, family=family, group=group)


def declared(
    pattern: Small, variant: str, written: Written, *, family: str, group: Group
) -> Program:
    """A variant's text as a program; `group` is alike for twins."""
    effect = RACY if variant in pattern.racy else pattern.clean[variant]
    _, kind, name, form = group
    return Program(
        id=_digest(written.source),
        family=family,
        domain="composed",
        language=written.language,
        source=written.source,
        choices={f"{kind}-{name}": variant, "form": str(form)},
        effects={written.about: effect},
        slot_lines={},
        expected=RACY if effect == RACY else "clean",
        twin_group=_digest(json.dumps(group)),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
