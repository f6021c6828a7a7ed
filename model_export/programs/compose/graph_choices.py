"""Draws the choices of a graph kernel: a clean program, and each slip that can be made of it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from model_export.programs.compose.graph_sites import SCHEDULES, SLOTS
from model_export.programs.compose.graph_tables import (
    BUILTIN,
    HELD,
    OPERATIONS,
    PLAIN,
    PRAGMA,
    TYPED,
)
from model_export.programs.compose.graph_text import Kernel, Site

_LOOPS = ("block", "block", "named", "cyclic", "cyclic", "rest", "down", "ceiling", "filter")
_PAIRED = ("other", "builtin", "peek")  # slips that need a second site of the same state
Choices = dict[str, str]


@dataclass(frozen=True, slots=True)
class Slip:
    """One choice that makes a program racy, and about which object."""

    key: str
    form: str
    about: str


def clean(kernel: Kernel, rng: random.Random, *, omp: bool) -> Choices:
    """A program without a slip."""
    choices: Choices = {
        "locks": rng.choice(("one", "one", "own")),
        "critical": rng.choice(("bare", "named", "call")) if omp else "",
        "start": "" if omp else rng.choice(("", "", "together")),
    }
    for name, (_, size) in kernel.states.items():
        choices[name] = rng.choice(_modes(size=size, omp=omp))
    before: Site | None = None
    for site in kernel.sites:
        choices[site.key] = _form(site, choices, rng, before, omp=omp)
        before = site if site.kind == "each" else before
    return choices


def other_form(kernel: Kernel, choices: Choices, rng: random.Random, *, omp: bool) -> Choices:
    """The program with another clean form of one site or another protection of one state."""
    drawn = clean(kernel, rng, omp=omp)
    keys = [key for key in choices if drawn[key] != choices[key]]
    keys = [key for key in keys if not key.startswith(("each", "phase", "start"))]
    if not keys:
        return choices
    key = rng.choice(keys)
    made = choices | {key: drawn[key]}
    if key in kernel.states:
        made |= {site.key: drawn[site.key] for site in kernel.sites if site.state == key}
    return made


def slips(kernel: Kernel, choices: Mapping[str, str]) -> list[Slip]:
    """Every slip that can be made of a clean program."""
    found: list[Slip] = []
    for site in kernel.sites:
        if site.kind == "each":
            found += _of_loop(kernel, site, choices)
        elif site.kind == "phase":
            found.append(Slip(site.key, "none", kernel.about))
        elif site.kind == "slot":
            found += [Slip(site.key, name, kernel.about) for name in SLOTS if name != "id"]
        else:
            found += _of_site(kernel, site, choices)
    typed = [name for name in kernel.states if choices[name] == TYPED]
    return found + [Slip(name, PLAIN, name) for name in typed]


def _modes(*, size: str, omp: bool) -> tuple[str, ...]:
    striped = ("striped",) if size else ()
    if omp:
        return (PRAGMA, PRAGMA, HELD, HELD, *striped, BUILTIN, TYPED)
    return (TYPED, TYPED, HELD, HELD, *striped, BUILTIN)


def _form(
    site: Site, choices: Mapping[str, str], rng: random.Random, before: Site | None, *, omp: bool
) -> str:
    if site.kind == "each":
        return _loop(site, rng, omp=omp)
    if site.kind == "slot":
        return "id"
    if site.kind == "phase":
        implied = omp and before is not None and choices[before.key].startswith("for")
        return rng.choice(("barrier", "implied")) if implied else "barrier"
    return rng.choice(sorted(_spelling(site, choices)[0]))


def _loop(site: Site, rng: random.Random, *, omp: bool) -> str:
    if omp and rng.random() < 0.6:
        return f"for:{rng.randrange(len(SCHEDULES))}"
    if site.words or rng.random() < 0.75:
        return rng.choice(_LOOPS)
    return f"drawn:{rng.choice((PRAGMA, HELD) if omp else (TYPED, HELD, BUILTIN))}"


def _spelling(site: Site, choices: Mapping[str, str]) -> tuple[list[str], list[str]]:
    mode = HELD if choices[site.state] == "striped" else choices[site.state]
    spelling = OPERATIONS[site.kind][mode]
    return list(spelling.clean), list(spelling.racy)


def _of_site(kernel: Kernel, site: Site, choices: Mapping[str, str]) -> list[Slip]:
    paired = sum(other.state == site.state for other in kernel.sites) > 1
    names = [name for name in _spelling(site, choices)[1] if paired or name not in _PAIRED]
    names += ["stripe"] if choices[site.state] == "striped" else []
    return [Slip(site.key, name, site.state) for name in names]


def _of_loop(kernel: Kernel, site: Site, choices: Mapping[str, str]) -> list[Slip]:
    form = choices[site.key]
    if form.startswith("drawn"):
        mode = form.split(":")[1]
        if mode == TYPED:
            return []
        names = list(OPERATIONS["take"][mode].racy)
        names = [name for name in names if name not in _PAIRED] + ["tested"]
        return [Slip(site.key, f"{form}:{name}", f"cursor of {site.key}") for name in names]
    if "own" not in site.words or form.startswith("for"):
        return []
    names = {"cyclic": ["stride"], "filter": ["wide"]}.get(form, ["border", "overlap"])
    return [Slip(site.key, f"{form}:{name}", kernel.about) for name in names]
