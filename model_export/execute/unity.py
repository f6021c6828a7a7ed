"""Writes many programs into one source file, so that one compilation and one link serve all.

Each program keeps its lines and columns (`#line`), and its names are kept apart from the others':
C++ by a namespace, C by macros, which leave columns as they are. Headers come first, once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from model_export.execute.names import Outline, outline
from model_export.execute.run import SOURCE, uses_openmp
from model_export.programs.sample import Program

PREFIX = "kernel{}__"
_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include\b[^\n]*", re.MULTILINE)
_CONDITION = re.compile(r"^[ \t]*#[ \t]*if", re.MULTILINE)
_FEATURE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(_\w+[^\n]*)", re.MULTILINE)
_PREFIXED = re.compile(r"kernel\d+__(?:::)?")
_MAIN = re.compile(r"^main\([^)]*\)(?: \((\.[^)]*)\))?")
_BLAMED = re.compile(r"^/(\d+)/program\.c(?:pp)?:\d+:\d+: (?:fatal )?error:", re.MULTILINE)
# A macro of such a name would change what a directive says.
_OPENMP = """
affinity aligned allocate ancestor any atomic auto barrier bind cancel cancellation capture
chunk close collapse compare concurrent copyin copyprivate critical data declare default
defaultmap depend depobj detach device dist_schedule distribute doacross dynamic enter exit
fail filter final firstprivate flush for from grainsize guided hint if in in_reduction inout
inoutset is_device_ptr iterator lastprivate linear loop map masked master mergeable monotonic
mutexinoutset nogroup nontemporal nonmonotonic none nowait num_tasks num_teams num_threads
order ordered out parallel partial present priority private proc_bind read reduction relaxed
release acquire acq_rel seq_cst runtime safelen scan exclusive inclusive schedule section
sections shared simd simdlen single sink source spread static target task task_reduction
taskgroup taskloop taskwait taskyield teams thread_limit threadprivate threads tile to tofrom
unroll untied update uniform notinbranch inbranch use_device_ptr when workshare write omp
pragma once full strict scope error assume nothing requires
"""
_DIRECTIVE_WORDS = frozenset(_OPENMP.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Programs of one key may share a file."""

    language: str
    openmp: bool  # ThreadSanitizer's options differ
    features: tuple[str, ...]  # feature macros, which headers read


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharer:
    """A program that can share a file."""

    program: Program
    key: Key
    headers: frozenset[str]
    outline: Outline


def sharer(program: Program) -> Sharer | None:
    """What a program needs of its file; None if it must be compiled alone."""
    source = program.source
    read = outline(source, program.language)
    if read is None or _includes_on_condition(source):
        return None
    if program.language == "c" and _DIRECTIVE_WORDS.intersection(read.names, _pragmas(source)):
        return None
    key = Key(
        language=program.language,
        openmp=uses_openmp(source),
        features=tuple(sorted(set(_FEATURE.findall(source)))),
    )
    headers = frozenset(line.strip() for line in _INCLUDE.findall(source))
    return Sharer(program=program, key=key, headers=headers, outline=read)


def _includes_on_condition(source: str) -> bool:
    """An include after an #if cannot be told from one that is meant to be absent."""
    first = _CONDITION.search(source)
    return first is not None and bool(_INCLUDE.search(source, first.start()))


def _pragmas(source: str) -> set[str]:
    """The words of all directives, written as lines or as _Pragma."""
    lines = source.replace("\\\n", " ").splitlines()
    return {word for line in lines if "ragma" in line for word in re.findall(r"\w+", line)}


def unify(key: Key, sharers: Sequence[Sharer]) -> str:
    """One file of all programs, with the table `programs` that the driver reads."""
    headers: frozenset[str] = frozenset()
    write = _in_namespace if key.language == "c++" else _with_macros
    calls = ",".join(f"(program){_entry(i, key.language)}" for i in range(len(sharers)))
    linkage = 'extern "C" ' if key.language == "c++" else ""
    return "\n".join(
        [
            *(f"#define {feature}" for feature in key.features),
            *sorted(headers.union(*(item.headers for item in sharers))),
            *(write(index, item, key.language) for index, item in enumerate(sharers)),
            "typedef int (*program)(int, char **);",
            f"{linkage}const int program_count;" if linkage else "",
            f"{linkage}const program programs[{len(sharers)}];" if linkage else "",
            f"{linkage}const program programs[] = {{{calls}}};".replace('extern "C" ', ""),
            f"const int program_count = {len(sharers)};",
            "",
        ]
    )


def _entry(index: int, language: str) -> str:
    return PREFIX.format(index) + ("::main" if language == "c++" else "main")


def _in_namespace(index: int, item: Sharer, language: str) -> str:
    return "\n".join(
        [
            f"namespace {PREFIX.format(index)} {{",
            *_body(index, item, language),
            "}",
            *(f"#undef {name}" for name in item.outline.macros),
        ]
    )


def _with_macros(index: int, item: Sharer, language: str) -> str:
    names = set(item.outline.names) - set(item.outline.macros)
    return "\n".join(
        [
            *(f"#define {name} {PREFIX.format(index)}{name}" for name in sorted(names)),
            *_body(index, item, language),
            *(f"#undef {name}" for name in sorted(names.union(item.outline.macros))),
        ]
    )


def _body(index: int, item: Sharer, language: str) -> list[str]:
    source = item.program.source.encode()
    # Only the real main returns 0 by itself. Said there, it moves no column that a report names.
    text = (source[: item.outline.end] + b" return 0;" + source[item.outline.end :]).decode()
    return [f'#line 1 "/{index}/{SOURCE[language]}"', _INCLUDE.sub("", text)]


def blamed(errors: str) -> set[int]:
    """The programs that a compiler's errors name: they cannot share this file."""
    return {int(number) for number in _BLAMED.findall(errors)}


def plain_name(name: str) -> str:
    """A function's or object's name as the program itself has it."""
    short = _PREFIXED.sub("", name)
    return _MAIN.sub(r"main\1", short) if short != name else name
