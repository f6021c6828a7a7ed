"""Composes what was added to the small patterns: habits of threads, and further OpenMP."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from pathlib import Path

from model_export.programs.compose.parts import RACY
from model_export.programs.compose.shape_speller import NAMES
from model_export.programs.compose.shapes import layout
from model_export.programs.compose.small_text import Small, patterns
from model_export.programs.compose.small_write import write
from model_export.programs.sample import Program

HERE = Path(__file__).parent
# "habit" is of threads, in every shape; "further" is of OpenMP.
FOLDERS: Mapping[str, Path] = {"habit": HERE / "habits", "further": HERE / "further"}
FORMS = 1000
PATIENCE = 8


def compose_more(kind: str, seed: int, count: int) -> tuple[Program, ...]:
    """`count` distinct programs of one pattern of a kind, clean and racy by turns."""
    rng = random.Random(f"{kind} structure/{seed}")  # noqa: S311 - no secret
    known = patterns(FOLDERS[kind])
    pattern = known[rng.choice(sorted(known))]
    made: dict[str, Program] = {}
    for _ in range(count * PATIENCE):
        form = rng.randrange(FORMS)
        for variant in (rng.choice(sorted(pattern.clean)), rng.choice(pattern.racy)):
            program = more_program(kind, pattern, variant, seed, form)
            made.setdefault(program.id, program)
            if len(made) == count:
                return tuple(made.values())
    return tuple(made.values())


def more_program(kind: str, pattern: Small, variant: str, seed: int, form: int) -> Program:
    """The program of one variant; twins have the same seed and form."""
    shaped = kind == "habit"
    given = _with_names(pattern) if shaped else pattern
    written = write(given, variant, f"{kind}/{seed}/{form}", layout() if shaped else None)
    effect = RACY if variant in pattern.racy else pattern.clean[variant]
    return Program(
        id=_digest(written.source),
        family=f"{'threads' if shaped else 'omp'}_composed_{kind}_{seed}",
        domain="composed",
        language=written.language,
        source=written.source,
        choices={f"{kind}-{pattern.name}": variant, "form": str(form)},
        effects={written.about: effect},
        slot_lines={},
        expected=RACY if effect == RACY else "clean",
        twin_group=_digest(json.dumps([seed, kind, pattern.name, form])),
    )


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


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
