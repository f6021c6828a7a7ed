"""Whole performance programs: some kernels of one family, what is around them, and their twins."""

from __future__ import annotations

import random
from dataclasses import dataclass

from model_export.hotspots import (
    family_costs,
    family_loops,
    family_memory,
    family_shapes,
    family_teams,
)
from model_export.hotspots.draw import FAMILIES, Draw, Kernel

# which enter their families
MODULES = (family_loops, family_teams, family_memory, family_shapes, family_costs)
_HEAD = [
    "#include <math.h>",
    "#include <omp.h>",
    "#include <stdio.h>",
    "#include <stdlib.h>",
    "",
    "static unsigned long random_state = 88172645463325252ul;",
    "static unsigned long next_random(void) {",
    "  random_state ^= random_state << 13;",
    "  random_state ^= random_state >> 7;",
    "  random_state ^= random_state << 17;",
    "  return random_state >> 8;",
    "}",
    "",
]
_SEPARATE = ("_a", "_b", "_c", "_d")


@dataclass(frozen=True, slots=True)
class PerformanceProgram:
    """A program and what was meant with it; `functions`: each kernel's name and bottleneck."""

    family: str
    seed: int
    twin: int
    source: str
    functions: tuple[tuple[str, str], ...]


def program(family: str, seed: int, twin: int = 0, effort: float = 1.0) -> PerformanceProgram:
    """The program of a family and a seed; its twins differ in the first kernel's lever alone.

    `effort` is a factor on how long it runs: counting instructions needs less than a clock does.
    """
    rng = random.Random(f"{family}/{seed}")  # noqa: S311 - no secret
    count = rng.choice((2, 2, 3, 3, 4))
    suffixes = _SEPARATE[:count] if rng.random() < 0.5 else ("", "2", "3", "4")[:count]
    kernels, drawn = [], []
    for number, suffix in enumerate(suffixes):
        own = random.Random(f"{family}/{seed}/{number}")  # noqa: S311
        budget = own.choice((0.3, 0.6, 1.0, 1.0, 1.7)) * 1.6 * effort / count
        draw = Draw(own, suffix, twin=twin if number == 0 else 0, budget=budget)
        kernels.append(FAMILIES[family](draw))
        drawn.append(draw)
    source = "\n".join(_compose(rng, kernels, drawn)) + "\n"
    return PerformanceProgram(
        family, seed, twin, source, tuple((k.name, k.bottleneck) for k in kernels)
    )


def _compose(rng: random.Random, kernels: list[Kernel], drawn: list[Draw]) -> list[str]:
    lines = list(_HEAD)
    for draw in drawn:
        lines += draw.globals
    extra = _serial(rng) if rng.random() < 0.5 else None
    if extra:
        lines += extra[0]
    lines.append("")
    for kernel, draw in zip(kernels, drawn, strict=True):
        lines += [*kernel.helpers, *([""] if kernel.helpers else []), *_function(kernel, draw), ""]
    return [*lines, *_main(rng, kernels, drawn, extra[1] if extra else "")]


def _function(kernel: Kernel, draw: Draw) -> list[str]:
    parameters = ", ".join(f"int {name}" for name, _ in draw.parameters) or "void"
    head = f"static void {kernel.name}({parameters}) {{"
    indented = [line if line.startswith("#") else "  " + line for line in kernel.body]
    return [head, *indented, "}"]


def _serial(rng: random.Random) -> tuple[list[str], str]:
    """A function without parallel parts, which may be the hottest."""
    size, times = rng.choice((2000, 8000, 30000)), rng.choice((3, 20, 60, 150))
    name = rng.choice(("checksum", "tidy", "summarise", "verify"))
    more = rng.choice(("i", "round", "1.0"))
    code = [
        f"static double kept[{size}];",
        f"static void {name}(void) {{",
        f"  for (int round = 0; round < {times}; round++)",
        f"    for (int i = 1; i < {size}; i++) kept[i] = kept[i - 1] * 0.5 + {more};",
        "}",
    ]
    return code, f"{name}();"


def _main(rng: random.Random, kernels: list[Kernel], drawn: list[Draw], extra: str) -> list[str]:
    calls = []
    for kernel, draw in zip(kernels, drawn, strict=True):
        calls.append(f"{kernel.name}({', '.join(value for _, value in draw.parameters)});")
    if extra:
        calls.insert(rng.randrange(len(calls) + 1), extra)
    times = rng.choice((1, 1, 2, 3))
    if times > 1:
        calls = [f"for (int step = 0; step < {times}; step++) {{", *("  " + c for c in calls), "}"]
    shown = [f'printf("%g\\n", (double){kernel.result});' for kernel in kernels]
    prepare = [line for kernel in kernels for line in kernel.prepare]
    body = ["(void)argc, (void)argv;", *prepare, *calls, *shown, "return 0;"]
    return ["int main(int argc, char **argv) {", *("  " + line for line in body), "}"]
