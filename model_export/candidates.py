"""Where programs to execute come from: families, mutants of them, and files of other programs."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from model_export.mutations.engine import mutate
from model_export.programs.compose.contexts import compose_contexts
from model_export.programs.compose.graph_compose import compose_graphs
from model_export.programs.compose.more_compose import FOLDERS, compose_more
from model_export.programs.compose.omp_compose import compose_openmp
from model_export.programs.compose.thread_compose import compose_threads
from model_export.programs.family import BadFamily, read_family
from model_export.programs.sample import Program, sample
from reviewbot.errors import BadInput

PER_STRUCTURE = 6  # enough for twins of each pattern; another structure teaches more than a seventh
STRUCTURES = 100_000  # of one seed at most
_LANGUAGES = ("c", "c++")
_FIELDS = ("family", "variant", "language", "text")


def of_families(root: Path, pattern: str, per_family: int, seed: int) -> list[Program]:
    """The programs to have, family by family; raises BadInput or BadFamily."""
    paths = sorted(path for path in root.glob(pattern) if path.suffix in (".c", ".cpp"))
    if not paths:
        raise BadInput(f"no family file matches '{pattern}' below {root}; try --families '*/*'")
    names: dict[str, Path] = {}
    programs: list[Program] = []
    for path in paths:
        family = read_family(path)
        if family.name in names:
            raise BadFamily(f"{path}: {names[family.name]} has the same name; rename one")
        names[family.name] = path
        programs.extend(sample(family, per_family, seed))
    return programs


def of_patterns(
    structures: int, seed: int, kinds: Collection[str] = (), each: int = PER_STRUCTURE
) -> Iterator[Program]:
    """Programs composed from patterns: so many structures of each kind that there is.

    `kinds`: of these folders of patterns alone, such as "manner"; the programs are the same.
    `each`: programs of a structure; a larger number extends a smaller one.
    """
    first = (seed - 1) * STRUCTURES  # no two seeds share a structure
    for number in range(first, first + min(structures, STRUCTURES)):
        if not kinds:
            yield from compose_threads(number, each)
            yield from compose_openmp(number, each)
            yield from compose_contexts(number, each)
            yield from compose_graphs(number, each)
        for kind in kinds or FOLDERS:
            yield from compose_more(kind, number, each)


def with_mutants(
    programs: Iterable[Program], seed: int, wanted: int, without: Collection[str] = ()
) -> Iterator[Program]:
    """Each program, followed by up to `wanted` mutants of it; nothing twice, none of `without`.

    A larger number extends a smaller one. Nothing is declared of a mutant: the tools decide.
    """
    seen = set(without)
    for program in programs:
        mutants = _mutants(program, seed, wanted) if wanted else ()
        for candidate in (program, *mutants):
            if candidate.id not in seen:
                seen.add(candidate.id)
                yield candidate


def _mutants(program: Program, seed: int, wanted: int) -> Iterator[Program]:
    for mutant in mutate(program.source, program.language, seed, wanted=wanted):
        choices = {
            "mutation": mutant.mutation,
            "parent": program.id,
            "line": str(mutant.line),
            "object": mutant.object or "",
            "expects": mutant.expects.value,
        }
        yield _undeclared(
            family=program.family,
            domain=program.domain,
            language=program.language,
            source=mutant.text,
            choices=choices,
            group=program.id,
        )


def of_file(path: Path) -> Iterator[Program]:
    """Programs from JSON lines: {"family", "variant", "language", "text", "mutation"?, "domain"?}.

    Raises BadInput with the number of the line that is wrong.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as exc:
        raise BadInput(f"{path} cannot be read: {exc}; --programs takes JSON lines") from exc
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _from_line(line, f"{path}:{number}")


def _from_line(line: str, place: str) -> Program:
    try:
        given = json.loads(line)
        family, variant, language, text = (str(given[name]) for name in _FIELDS)
    except (ValueError, KeyError, TypeError) as exc:
        raise BadInput(f"{place}: {exc}; each line is an object with {', '.join(_FIELDS)}") from exc
    if language not in _LANGUAGES:
        raise BadInput(f"{place}: language is '{language}'; write one of {', '.join(_LANGUAGES)}")
    return _undeclared(
        family=family,
        domain=str(given.get("domain", "")),
        language=language,
        source=text,
        choices={"mutation": str(given.get("mutation", "")), "variant": variant},
        group=f"{family}/{given.get('group', variant)}",
    )


def of_sketches(root: Path, pattern: str) -> list[Program]:
    """Programs that no generator made: pairs of siblings, racy and clean, each pair a family.

    Each line: {"family", "variant", "language", "object", "mechanism", "text"}; `object` is what
    the racy sibling races for. Raises BadInput with the number of the line that is wrong.
    """
    found: list[Program] = []
    for path in sorted(root.glob(f"{pattern}.jsonl")) if pattern else ():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found.append(_sketch(_from_line(line, f"{path}:{number}"), json.loads(line)))
    return found


def _sketch(program: Program, given: dict[str, str]) -> Program:
    """What its author declares: which object races, and that both siblings differ in that alone."""
    racy = given["variant"] == "racy"
    name = re.split(r"[.>\[(]", given.get("object", "").rstrip("[]()"))[-1]
    return replace(
        program,
        expected=given["variant"],
        effects={name: "racy"} if racy and name else {},
        twin_group=hashlib.sha256(program.family.encode()).hexdigest()[:16],
    )


def _undeclared(
    *, family: str, domain: str, language: str, source: str, choices: dict[str, str], group: str
) -> Program:
    return Program(
        id=hashlib.sha256(source.encode()).hexdigest()[:16],
        family=family,
        domain=domain,
        language=language,
        source=source,
        choices=choices,
        effects={},
        slot_lines={},
        expected="",
        twin_group=hashlib.sha256(group.encode()).hexdigest()[:16],
    )
