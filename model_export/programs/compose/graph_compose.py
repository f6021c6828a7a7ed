"""Composes graph and array kernels: each touch of what is shared, loop and phase is a choice."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping

from model_export.programs.compose.graph_choices import Choices, Slip, clean, other_form, slips
from model_export.programs.compose.graph_sites import Expander, link_of
from model_export.programs.compose.graph_text import Kernel, kernels
from model_export.programs.compose.parts import RACY, Lines
from model_export.programs.compose.shape_speller import NAMES
from model_export.programs.compose.shapes import layout
from model_export.programs.compose.small_text import Small
from model_export.programs.compose.small_write import write
from model_export.programs.sample import Program

PATIENCE = 6
# Words that only some variants have: all take part when names are drawn, so that twins share them.
_WORDS = (
    *NAMES,
    "$lock $lock2 $lock3 $lock8 $lock9 $locks $gate $was $cand $work $cursor $cursor2 $go $f1",
    *(f"$lo{k or ''} $hi{k or ''} $per{k or ''} $cursor{k or ''}" for k in range(9)),
)


def compose_graphs(seed: int, count: int) -> tuple[Program, ...]:
    """`count` distinct programs of one kernel: clean ones, and each with one slip."""
    rng = random.Random(f"graphs/{seed}")  # noqa: S311 - no secret
    kernel = kernels()[rng.choice(sorted(kernels()))]
    omp = rng.random() < 0.35
    made: dict[str, Program] = {}
    for choices, slip in _drawn(kernel, rng, omp=omp):
        program = graph_program(kernel, choices, slip, seed, omp=omp)
        made.setdefault(program.id, program)
        if len(made) == count:
            break
    return tuple(made.values())


def _drawn(
    kernel: Kernel, rng: random.Random, *, omp: bool
) -> Iterator[tuple[Choices, Slip | None]]:
    """A clean program, one slip of it, the next clean program, and so on."""
    for _ in range(PATIENCE):
        base = clean(kernel, rng, omp=omp)
        for _ in range(2):
            yield base, None
            found = slips(kernel, base)
            if found:
                yield base, rng.choice(found)
            base = other_form(kernel, base, rng, omp=omp)


def graph_program(
    kernel: Kernel, choices: Choices, slip: Slip | None, seed: int, *, omp: bool
) -> Program:
    """The program of these choices; what they leave open the seed draws."""
    taken = choices | ({slip.key: slip.form} if slip else {})
    pattern = _pattern(kernel, taken, slip, omp=omp)
    written = write(pattern, "it", f"{seed}/{omp}", layout(relaxed=True))
    kind = "omp" if omp else "threads"
    twins = json.dumps([seed, kernel.name, choices], sort_keys=True)
    return Program(
        id=_digest(written.source),
        family=f"{kind}_composed_graph_{seed}",
        domain="composed",
        language=written.language,
        source=written.source,
        choices={"graph": kernel.name, "slip": f"{slip.key} {slip.form}" if slip else "", **taken},
        effects={written.about: RACY if slip else _link(kernel, choices)},
        slot_lines={},
        expected=RACY if slip else "clean",
        twin_group=_digest(twins),
    )


def _link(kernel: Kernel, choices: Mapping[str, str]) -> str:
    if kernel.about in kernel.states:
        return link_of(choices[kernel.about])
    return "unordered" if any(site.kind == "phase" for site in kernel.sites) else "same-location"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _pattern(kernel: Kernel, choices: Choices, slip: Slip | None, *, omp: bool) -> Small:
    """The kernel as a small pattern of a single variant."""
    made = Expander(kernel, omp, choices).expanded()
    work = made.work if omp else [line.replace("$nt", "$t") for line in made.work]
    data = [line for line in kernel.sections["data"] if line.startswith("@size")]
    top = [line for line in kernel.sections["data"] if not line.startswith("@size")]
    main = [*made.ready, *kernel.sections["start"]]
    ending = list(kernel.sections["done"])
    if omp:
        parts = {"main": (*main, *_region(work), *ending)}
    else:
        parts = {"worker go": tuple(work), "main": (*main, "@spawn go", "@join", *ending)}
    return Small(
        name=kernel.name,
        about=_object(kernel, slip),
        clean={} if slip else {"it": "unprotected"},
        racy=("it",) if slip else (),
        observable=True,
        also=frozenset({"constant"}),
        sections={"top": (*data, *top, *made.top), **parts, "words": _words(kernel)},
    )


def _words(kernel: Kernel) -> tuple[str, ...]:
    sites = (f"${site.name.lstrip('$')}" for site in kernel.sites if site.name)
    lines = [line for line in kernel.work if isinstance(line, str)]
    return (*_WORDS, *lines, *sites, *(f"${name}" for name in kernel.states))


def _object(kernel: Kernel, slip: Slip | None) -> str:
    if slip is None:
        return kernel.about
    if slip.about.startswith("cursor of "):
        number = [site.key for site in kernel.sites].index(slip.key)
        return f"cursor{number or ''}"
    return slip.about


def _region(work: Lines) -> Lines:
    text = "\n".join(work)
    head = "#pragma omp parallel«¦ num_threads(4)¦ num_threads(3)¦ default(shared)»"
    known = ["int $id = omp_get_thread_num();"] if "$id" in text else []
    known += ["int $nt = omp_get_num_threads();"] if "$nt" in text else []
    return [head, "{", *known, *work, "}"]
