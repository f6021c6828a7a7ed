"""Writes the program of a small pattern: its names, its layout, what its operations are called."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from model_export.programs.compose.parts import Lines
from model_export.programs.compose.small_objects import Objects
from model_export.programs.compose.small_spell import Speller
from model_export.programs.compose.small_style import SmallStyle
from model_export.programs.compose.small_text import Small, of_variant
from model_export.programs.compose.small_tidy import tidied

_CHOICE = re.compile(r"«([^«»]*)»")
_DIRECTIVE = re.compile(r"(\s*)@(\w+) ?(.*)")
_DECLARATION = re.compile(r"@(?:array|global|grid|scalar|shared) (\w+)")
_HEADERS = (  # what a program must say to have it: C's header, that of C++
    (r"\b(?:v|sn)?printf\(", "stdio.h", "cstdio"),
    (r"\b(?:malloc|calloc|realloc|free|atoi|abs|rand_r)\(", "stdlib.h", "cstdlib"),
    (r"\b(?:mem(?:set|cpy)|strlen)\(", "string.h", "cstring"),
    (r"\b(?:sqrt|fabs|sin|frexp)\(", "math.h", "cmath"),
    (r"\bomp_", "omp.h", "omp.h"),
    (r"\bintptr_t\b", "stdint.h", "cstdint"),
    (r"\bpthread_", "pthread.h", "pthread.h"),
    (r"\b(?:thrd_t|mtx_t)\b", "threads.h", ""),
    (r"\b(?:_Atomic|atomic_\w+)\b", "stdatomic.h", ""),
    (r"std::atomic", "", "atomic"),
    (r"std::(?:mutex|lock_guard|scoped_lock|unique_lock|call_once)", "", "mutex"),
    (r"std::thread", "", "thread"),
    (r"std::vector", "", "vector"),
    (r"std::barrier", "", "barrier"),
    (r"std::string", "", "string"),
    (r"std::unique_ptr", "", "memory"),
    (r"std::deque", "", "deque"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A program as text, and the object that its variant decides about."""

    source: str
    language: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Another way to spell a program and to put its parts together."""

    speller: Callable[[SmallStyle, bool], Speller]
    program: Callable[[dict[str, Lines], Objects, Speller], Lines]


def write(pattern: Small, variant: str, seed: str, layout: Layout | None = None) -> Written:
    """The program of a variant; the same seed draws everything else the same."""
    key = f"{pattern.name}/{seed}"
    style = SmallStyle.drawn(random.Random(f"style/{key}"), pattern)  # noqa: S311 - no secret
    layout = layout or _SMALL
    speller = layout.speller(style, any("@start" in line for line in pattern.sections["main"]))
    objects = Objects(style)
    sections = {
        name: _chosen(of_variant(lines, variant), f"{key}/{name}")
        for name, lines in pattern.sections.items()
    }
    used = [line for lines in sections.values() for line in lines]
    bodies = {
        name: _body([line for line in lines if _is_needed(line, used)], objects, speller)
        for name, lines in sections.items()
    }
    lines = tidied(layout.program(bodies, objects, speller), style)
    text = "\n".join(_without_double_blanks(lines)) + "\n"
    source = style.named(_with_headers(text, style, speller))
    return Written(source=source, language=style.language, about=style.name(pattern.about))


def _chosen(lines: Lines, key: str) -> Lines:
    """One of each choice; the draw depends on its text alone, so that twins draw the same."""
    seen: dict[str, int] = {}

    def draw(hole: re.Match[str]) -> str:
        number = seen[hole[1]] = seen.get(hole[1], 0) + 1
        rng = random.Random(f"{key}/{hole[1]}/{number}")  # noqa: S311 - no secret
        options: Lines = hole[1].split("¦")
        return rng.choice(options)

    made: Lines = []
    for line in lines:
        text = line
        while _CHOICE.search(text):
            text = _CHOICE.sub(draw, text)
        made.append(text)
    return [line for line in made if line.strip() or not line]


def _is_needed(line: str, used: Lines) -> bool:
    """Whether it is no declaration of what this variant leaves alone: that would tell it."""
    match = _DECLARATION.match(line.lstrip())
    if match is None:
        return True
    name = re.compile(rf"\${match[1]}\b")
    return any(name.search(other) for other in used if other is not line)


def _body(lines: Lines, objects: Objects, speller: Speller) -> Lines:
    body: Lines = []
    for line in lines:
        match = _DIRECTIVE.fullmatch(line)
        if match is None:
            body += speller.spelled(line)
            continue
        made = objects.declared(match[2], match[3])
        if made is None:
            made = speller.directive(match[2], match[3])
        body += [match[1] + one if one else one for line in made for one in speller.spelled(line)]
    return body


def _program(bodies: dict[str, Lines], objects: Objects, speller: Speller) -> Lines:
    style = objects.style
    functions: Lines = []
    for name, lines in bodies.items():
        if name.startswith("worker "):
            functions += [*speller.worker(name.split()[1], lines), ""]
    main = list(bodies["main"])
    top = [*objects.macros, "", *objects.top, "", *bodies.get("top", []), ""]
    return [*top, *functions, *style.framed(main, objects.sizes), *speller.footer()]


_SMALL = Layout(speller=lambda style, single: Speller(style, single=single), program=_program)


def _with_headers(text: str, style: SmallStyle, speller: Speller) -> str:
    found = [(cpp if style.cpp else c) for word, c, cpp in _HEADERS if re.search(word, text)]
    names = [name for name in dict.fromkeys(found) if name]
    style.order.shuffle(names)
    lines = [*(f"#include <{name}>" for name in names), *speller.redirected()]
    return "\n".join([*lines, "", text.lstrip("\n")])


def _without_double_blanks(lines: Lines) -> Lines:
    return [
        line
        for at, line in enumerate(lines)
        if line.strip() or (at and lines[at - 1].strip() and at + 1 < len(lines))
    ]
