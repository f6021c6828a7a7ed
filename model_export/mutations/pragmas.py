"""OpenMP directives of a program with the exact places of their clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PRAGMA = re.compile(r"^[ \t]*#[ \t]*pragma[ \t]+omp\b((?:[^\n\\]|\\\n|\\[^\n])*)", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")
_ARGUMENTS = re.compile(r"[\s\\]*\(")
_DIRECTIVE_WORDS = frozenset(
    [
        "parallel",
        "for",
        "sections",
        "section",
        "single",
        "master",
        "masked",
        "critical",
        "atomic",
        "barrier",
        "taskwait",
        "task",
        "taskloop",
        "taskgroup",
        "taskyield",
        "flush",
        "ordered",
        "target",
        "teams",
        "distribute",
        "simd",
        "threadprivate",
        "declare",
        "reduction",
        "cancel",
        "cancellation",
        "point",
        "scan",
        "loop",
        "data",
        "enter",
        "exit",
        "update",
        "end",
        "scope",
        "workshare",
    ]
)
# Words that open a directive, yet are clauses once one is open: `for ordered`, `target update`.
_ONLY_FIRST = frozenset(("ordered", "critical", "atomic", "task", "section", "flush"))
STANDALONE = frozenset(
    ("barrier", "taskwait", "taskyield", "flush", "threadprivate", "cancel", "cancellation point")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One clause; `start` to `end` covers its name and its parentheses."""

    name: str
    arguments: str  # what stands between the parentheses, "" without any
    start: int
    end: int

    @property
    def items(self) -> tuple[str, ...]:
        """The list items, without the modifier that stands before a colon."""
        text = re.sub(r"\\\n", " ", self.arguments)
        if self.modifier:
            text = text.split(":", 1)[1]
        return tuple(part.strip() for part in split_commas(text) if part.strip())

    @property
    def modifier(self) -> str:
        """What stands before the colon: the operator of a reduction, the kind of a depend."""
        if self.name not in _WITH_MODIFIER or ":" not in self.arguments:
            return ""
        return self.arguments.split(":", 1)[0].strip()


_WITH_MODIFIER = frozenset(
    ("reduction", "in_reduction", "task_reduction", "depend", "map", "linear", "lastprivate")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pragma:
    """One `#pragma omp` line; `start` is its `#`, `end` lies before the newline."""

    name: str  # "parallel for", "critical", "atomic"
    clauses: tuple[Clause, ...]
    start: int
    name_end: int
    end: int

    def clause(self, name: str) -> Clause | None:
        """The first clause of that name."""
        return next((clause for clause in self.clauses if clause.name == name), None)

    def has(self, *words: str) -> bool:
        """Whether the directive's name holds every word."""
        return set(words) <= set(self.name.split())

    def names(self, *clauses: str) -> frozenset[str]:
        """Every variable listed in clauses of these names (any clause if none is named)."""
        return frozenset(
            re.split(r"\W", item)[0]
            for clause in self.clauses
            if not clauses or clause.name in clauses
            for item in clause.items
        )


def read_pragmas(text: str) -> tuple[Pragma, ...]:
    """Every OpenMP directive in the order of the text."""
    return tuple(_read(text, match) for match in _PRAGMA.finditer(text))


def blanked(text: str, pragmas: tuple[Pragma, ...]) -> str:
    """The text with spaces instead of directives, every offset kept."""
    chars = list(text)
    for pragma in pragmas:
        for index in range(pragma.start, pragma.end):
            if chars[index] != "\n":
                chars[index] = " "
    return "".join(chars)


def split_commas(text: str) -> Iterator[str]:
    """Parts between commas that stand in no bracket."""
    depth, part = 0, ""
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            yield part
            part = ""
        else:
            part += char
    yield part


def _read(text: str, match: re.Match[str]) -> Pragma:
    start = text.index("#", match.start())
    end = _without_comment(text, match.start(1), match.end())
    words: list[str] = []
    clauses: list[Clause] = []
    place = name_end = match.start(1)
    while word := _WORD.search(text, place, end):
        place = word.end()
        if not clauses and _opens(word[0], words):
            words.append(word[0])
            name_end = place
            # `critical(name)` keeps its name as an unnamed clause.
            if word[0] not in ("critical", "threadprivate", "flush"):
                continue
            clause = _clause(text, "", place, end)
            if not clause.arguments:
                continue
        else:
            clause = _clause(text, word[0], word.start(), end)
        clauses.append(clause)
        place = clause.end
    return Pragma(
        name=" ".join(words), clauses=tuple(clauses), start=start, name_end=name_end, end=end
    )


def _opens(word: str, words: list[str]) -> bool:
    if word == "reduction":
        return words == ["declare"]
    return word in _DIRECTIVE_WORDS and not (words and word in _ONLY_FIRST)


def _clause(text: str, name: str, start: int, end: int) -> Clause:
    after = start + len(name)
    opened = _ARGUMENTS.match(text, after, end)
    if not opened:
        return Clause(name=name, arguments="", start=start, end=after)
    depth, index = 1, opened.end()
    while index < end and depth:
        depth += (text[index] == "(") - (text[index] == ")")
        index += 1
    return Clause(name=name, arguments=text[opened.end() : index - 1], start=start, end=index)


def _without_comment(text: str, start: int, end: int) -> int:
    cut = text.find("//", start, end)
    return len(text[: cut if cut >= 0 else end].rstrip())
