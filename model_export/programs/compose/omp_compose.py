"""Composes OpenMP programs: a structure by seed, in variants that differ by one pattern."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping

from model_export.programs.compose.omp_layout import OmpLayout
from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import OmpParts
from model_export.programs.compose.omp_patterns import PATTERNS
from model_export.programs.compose.omp_style import PLACES, OmpNames, Style
from model_export.programs.compose.parts import RACY
from model_export.programs.compose.small_compose import compose_small, is_small
from model_export.programs.sample import Program

# Rounds may bring programs that were there before; so many are tried for each that is asked for.
ROUNDS = 4
DOUBLE_RACY = 0.2
FORMS = 1000  # of one structure: other sizes, storages, clauses and ways to write a loop


def compose_openmp(seed: int, count: int) -> tuple[Program, ...]:
    """`count` distinct programs of the structure that the seed draws, half of them racy."""
    if is_small("omp", seed):
        return compose_small("omp", seed, count)
    rng = random.Random(f"openmp/{seed}")  # noqa: S311 - no secret
    chosen = rng.sample(sorted(PATTERNS), rng.choice((1, 1, 2, 2, 2, 3, 4)))
    programs: dict[str, Program] = {}
    for _ in range(count * ROUNDS):
        for choices, varied in _round(rng, chosen):
            program = program_of(seed, choices, varied)
            programs.setdefault(program.id, program)
            if len(programs) == count:
                return tuple(programs.values())
    return tuple(programs.values())


def _round(rng: random.Random, chosen: list[str]) -> Iterator[tuple[dict[str, str], str]]:
    """Clean and racy by turns, in one form; the pattern in which they differ."""
    base = {name: rng.choice(sorted(PATTERNS[name].clean)) for name in chosen}
    base["form"] = str(rng.randrange(FORMS))
    varied = rng.choice(chosen)
    pattern = PATTERNS[varied]
    clean = [base[varied], *(name for name in sorted(pattern.clean) if name != base[varied])]
    for right, wrong in zip(clean[:2], rng.sample(pattern.racy, 2), strict=False):
        yield base | {varied: right}, varied
        racy = base | {varied: wrong}
        others = [name for name in chosen if name != varied]
        if others and rng.random() < DOUBLE_RACY:
            second = rng.choice(others)
            racy[second] = rng.choice(PATTERNS[second].racy)
        yield racy, varied


def program_of(seed: int, choices: Mapping[str, str], varied: str) -> Program:
    """The program that the choices make; `varied` is the pattern in which its twins differ."""
    # Everything but the variants is drawn anew from the same seed, so that twins are near-equal.
    rng = random.Random(f"openmp program/{seed}")  # noqa: S311 - no secret
    style = _style(rng)
    names = OmpNames(rng)
    make = OmpMaker(rng, names, style)
    layout = OmpLayout(make)
    parts = [_part(make, seed, choices, name) for name in choices if name != "form"]
    source = layout.text(parts)
    effects = {item: effect for part in parts for item, effect in part.effects.items()}
    rest = {name: value for name, value in choices.items() if name != varied}
    return Program(
        id=_digest(source),
        family=f"omp_composed_{seed}",
        domain="composed",
        language="c++" if style.cpp else "c",
        source=source,
        choices=dict(choices),
        effects=effects,
        slot_lines={},
        expected=RACY if RACY in effects.values() else "clean",
        twin_group=_digest(json.dumps([seed, varied, rest], sort_keys=True)),
    )


def _style(rng: random.Random) -> Style:
    place = rng.choice(PLACES)
    return Style(
        cpp=place == "class" or rng.random() < 0.35,
        place=place,
        size=rng.choice(("macro", "macro", "constant", "literal", "variable", "variable")),
        threads=rng.choice((0, 0, 0, 0, 4, 3)),
    )


def _part(make: OmpMaker, seed: int, choices: Mapping[str, str], name: str) -> OmpParts:
    # A generator for each pattern: one variant draws more than another and must not shift all.
    rng = random.Random(f"{seed}/{name}/{choices['form']}")  # noqa: S311 - no secret
    make.names.redraw(random.Random(f"{seed}/{name}"))  # noqa: S311 - no secret
    make.begin(rng)
    variant, pattern = choices[name], PATTERNS[name]
    parts = pattern.write(make, variant)
    parts.effects[parts.about] = RACY if variant in pattern.racy else pattern.clean[variant]
    return parts


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
