"""Puts a program together in the shape that its speller drew."""

from __future__ import annotations

import re
from dataclasses import dataclass

from model_export.programs.compose.parts import Lines, indent
from model_export.programs.compose.shape_speller import CLASS, GLOBAL, LOCAL, RECORD, ShapeSpeller
from model_export.programs.compose.small_objects import Objects
from model_export.programs.compose.small_spell import Speller
from model_export.programs.compose.small_write import Layout

_SHARED = re.compile(
    r"(?:static )?((?:struct |unsigned )?\$?[\w:]+(?:<[^;=]*?>)?(?: (?!\$)[\w:*]+)* ?\*?)\s?"
    r"\$(\w+)((?:\[[^;=]*\])?)(\(.*\)| = .*)?;"
)
_APART = ("extern", "thread_local", "__thread", "_Thread_local", "typedef", "struct {")


@dataclass(frozen=True, slots=True)
class _Member:
    """A shared variable: `static int $count[4] = {1};` in its parts."""

    kind: str
    name: str
    size: str
    start: str  # " = 5", "(4)" or ""

    def declared(self, *, cpp: bool) -> str:
        """As a member, or as a local of C++."""
        start = self.start
        if cpp:
            start = "{" + start.strip("()") + "}" if start.startswith("(") else start or "{}"
            start = "" if "mutex" in self.kind else start
        space = "" if self.kind.endswith("*") else " "
        return f"{self.kind}{space}${self.name}{self.size}{start if cpp else ''};"


def program(bodies: dict[str, Lines], objects: Objects, speller: Speller) -> Lines:
    """The whole program: what is shared, the functions, `main`."""
    if not isinstance(speller, ShapeSpeller):
        raise TypeError("a shape is put together by its own speller")
    return _Program(bodies, objects, speller).lines()


class _Program:
    """One program on its way to lines."""

    def __init__(self, bodies: dict[str, Lines], objects: Objects, speller: ShapeSpeller) -> None:
        self.objects, self.speller, self.style = objects, speller, speller.style
        self.main = list(bodies["main"])
        self.functions = {k: v for k, v in bodies.items() if k.startswith(("function", "worker"))}
        self.helpers = [name.split()[1] for name in bodies if name.startswith("function")]
        self.members: list[_Member] = []
        self.apart: Lines = []
        for line in [*objects.top, *bodies.get("top", [])]:
            self._sorted(line)

    def _sorted(self, line: str) -> None:
        match = _SHARED.fullmatch(line)
        if self.speller.shape == GLOBAL or not match or any(word in line for word in _APART):
            self.apart.append(line)
        else:
            self.members.append(_Member(match[1].strip(), match[2], match[3], match[4] or ""))

    def lines(self) -> Lines:
        """In the shape of the speller."""
        head = [*self.objects.macros, "", *self.apart, ""]
        match self.speller.shape:
            case "record":
                body = self._record()
            case "class":
                body = self._class()
            case "local":
                body = self._local()
            case _:
                body = [*self.speller.launchers(), *self._written(), *self._framed(self.main)]
        return [*head, *body, *self.speller.footer()]

    def _framed(self, main: Lines) -> Lines:
        return self.style.framed(main, self.objects.sizes)

    def _written(self) -> Lines:
        made: Lines = []
        for name, lines in self.functions.items():
            made += [*self._one(name, lines), ""]
        return made

    def _one(self, name: str, lines: Lines) -> Lines:
        word, title, *rest = name.split()
        if word == "worker":
            return self.speller.worker(title, lines)
        return self.speller.function(
            title, rest[0].replace("_ptr", " *"), " ".join(rest[1:]), lines
        )

    # --- shapes ----------------------------------------

    def _record(self) -> Lines:
        word = "" if self.style.cpp else "struct "
        members = [item.declared(cpp=self.style.cpp) for item in self.members]
        record = ["struct $holder {", *indent(members), "};", ""]
        if self.style.api not in ("omp", "cxx"):
            record += ["struct $job {", "int $id;", "struct $holder *$ctx;", "};", ""]
        zero = "{}" if self.style.cpp else " = {0}"
        made = (
            f"static {word}$holder $pool;" if self.speller.static else f"{word}$holder $pool{zero};"
        )
        starts = [] if self.style.cpp else [item for item in self.members if item.start]
        given = [f"$pool.${x.name}{x.start};" for x in starts if "INITIALIZER" not in x.start]
        inner = self._within(self._written(), "$ctx->", "$ctx")
        main = self._within(self.main, "$pool.", "&$pool")
        if self.speller.static:
            return [*record, made, "", *inner, *self._framed([*given, *main])]
        return [*record, *inner, *self._framed([made, *given, *main])]

    def _within(self, lines: Lines, prefix: str, given: str) -> Lines:
        """The lines, which name members through the record and hand it on to helpers."""
        names = [item.name for item in self.members]
        made = lines
        if names:
            found = re.compile(rf"(?<![.>])\$({'|'.join(map(re.escape, names))})\b")
            made = [found.sub(lambda match: f"{prefix}${match[1]}", line) for line in made]
        if self.helpers:
            called = re.compile(rf"\$({'|'.join(self.helpers)})\((\)?)(?!(?:struct )?\$holder)")
            made = [
                called.sub(lambda m: f"${m[1]}({given}" + (")" if m[2] else ", "), line)
                for line in made
            ]
        return made

    def _class(self) -> Lines:
        members = [item.declared(cpp=True) for item in self.members]
        solve = ["void $solve() {", *indent(self.main), "}"]
        public = ["class $holder {", "public:", *indent(solve), "", "private:"]
        inner = indent([*self._written(), *members])
        if self.speller.static:  # data first
            inner = indent([*members, "", *self._written()])
        made = [*public, *inner, "};", ""]
        return [*made, *self._framed(["$holder $pool;", "$pool.$solve();"])]

    def _local(self) -> Lines:
        members = [item.declared(cpp=True) for item in self.members]
        inline = {k.split()[1]: v for k, v in self.functions.items() if k.startswith("worker")}
        placed = [line.split()[1] for line in self.main if line.lstrip().startswith("@inline")]
        for name in placed:
            self.functions.pop(f"worker {name}")
        main: Lines = []
        for line in self.main:
            word = line.lstrip()
            main += inline[word.split()[1]] if word.startswith("@inline") else [line]
        return self._framed([*members, *self._written(), *main])


def layout(*, relaxed: bool = False) -> Layout:
    """The layout that draws a shape; `relaxed` allows weak orders of atomics."""
    return Layout(
        speller=lambda style, single: ShapeSpeller(style, single=single, relaxed=relaxed),
        program=program,
    )


SHAPES = (GLOBAL, RECORD, CLASS, LOCAL)
