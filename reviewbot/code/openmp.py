"""OpenMP directives as values: their names, clauses and list items (OpenMP 5.2, chapters 3–17)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewbot.code.words import words

_NAMES = frozenset(
    words(
        """
    parallel for do sections section single master masked critical atomic barrier flush ordered
    task taskloop taskwait taskgroup taskyield simd target teams distribute threadprivate
    declare loop scan scope cancel cancellation point data enter exit update requires depobj
    metadirective reduction variant mapper workshare tile unroll nothing error interop allocate
    begin end assume assumes"""
    )
)
# After the first word these are clauses, not part of the directive's name.
_CLAUSE_AFTER = frozenset({"ordered", "update", "reduction", "allocate", "mapper", "nothing"})
_STANDALONE = frozenset(
    words(
        """
    barrier taskwait taskyield flush threadprivate declare cancel cancellation requires depobj
    scan nothing error interop allocate assumes begin end section_end"""
    )
)
_TOKEN = re.compile(r"\s*([A-Za-z_]\w*)\s*")
_NEXT = re.compile(r"[\s,]*([A-Za-z_]\w*)\s*")


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: `reduction(+: a, b)` has the modifier `+` and the items `a` and `b`."""

    name: str
    modifier: str
    items: tuple[str, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """The base identifiers of the list items: `a` of `a[0:n]`, `this->x` gives `x`."""
        return tuple(base for base in map(base_identifier, self.items) if base)


@dataclass(frozen=True, slots=True)
class Directive:
    """A parsed directive; `offset` lies in the expanded text, `origin` in the source."""

    names: tuple[str, ...]
    clauses: tuple[Clause, ...]
    argument: str  # critical's name; the list of flush and threadprivate
    offset: int
    origin: int

    @property
    def kind(self) -> str:
        """The name as written: `parallel for`."""
        return " ".join(self.names)

    def has(self, *names: str) -> bool:
        """Whether any of these words is part of the directive's name."""
        return any(map(self.names.__contains__, names))

    def clause(self, name: str) -> Clause | None:
        """The first clause of that name."""
        return next((clause for clause in self.clauses if clause.name == name), None)

    def all(self, name: str) -> tuple[Clause, ...]:
        """Every clause of that name."""
        return tuple(clause for clause in self.clauses if clause.name == name)

    @property
    def standalone(self) -> bool:
        """Whether it governs no statement."""
        first = self.names[0] if self.names else ""
        if first == "ordered":
            return any(c.name in ("depend", "doacross") for c in self.clauses)
        if first == "target":
            return self.names[1:2] in (("update",), ("enter",), ("exit",))
        return first in _STANDALONE or not self.names

    @property
    def forks(self) -> bool:
        """Whether a team of threads runs what it governs."""
        return self.has("parallel", "teams")

    @property
    def shares_loop(self) -> bool:
        """Whether the iterations of its loop are divided among threads, teams or tasks."""
        bound = self.clause("bind") if self.kind == "loop" else None
        if bound is not None and "thread" in bound.items:
            return False  # each thread makes all of them (OpenMP 5.2, 11.7.1)
        return self.has("for", "do", "taskloop", "distribute", "loop")


def base_identifier(item: str) -> str:
    """The variable that a list item names: `p` of `p->x[2]`; of `this->x` it is `x`."""
    match = re.match(r"\s*(?:this\s*->\s*)?[(*&\s]*([A-Za-z_]\w*)", item)
    return match.group(1) if match else ""


def parse_directive(text: str, offset: int, origin: int) -> Directive:
    """Parse what follows `#pragma omp`; what makes no sense is kept as a clause, never an error."""
    names: list[str] = []
    argument, at = "", 0
    while (match := _TOKEN.match(text, at)) and match.group(1) in _NAMES:
        word = match.group(1)
        if names and word in _CLAUSE_AFTER and names[-1] not in ("declare", "target"):
            break
        names.append(word)
        at = match.end()
        if text[at : at + 1] == "(":
            argument, at = _parenthesised(text, at)
            break
    return Directive(tuple(names), tuple(_clauses(text, at)), argument, offset, origin)


def _clauses(text: str, at: int) -> list[Clause]:
    clauses: list[Clause] = []
    while at < len(text) and len(clauses) < 100:
        match = _NEXT.match(text, at)
        if match is None:
            break
        at = match.end()
        inside = ""
        if text[at : at + 1] == "(":
            inside, at = _parenthesised(text, at)
        clauses.append(_clause(match.group(1), inside))
    return clauses


def _clause(name: str, inside: str) -> Clause:
    parts = _split(inside, ":")
    modifier, body = "", inside
    if len(parts) > 1 and name not in ("linear", "aligned", "num_threads", "schedule"):
        modifier, body = parts[0].strip(), ":".join(parts[1:])
    elif len(parts) > 1 and name == "linear":
        body = parts[0]
    return Clause(name, modifier, tuple(i.strip() for i in _split(body, ",") if i.strip()))


def _parenthesised(text: str, at: int) -> tuple[str, int]:
    """(the inside, offset behind) of the parenthesis that opens at `at`; unclosed: to the end."""
    end = text.find(")", at)
    if end >= 0 and text.find("(", at + 1, end) < 0:  # nothing within: nearly always
        return text[at + 1 : end].strip(), end + 1
    depth = 0
    for index in range(at, len(text)):
        depth += (text[index] == "(") - (text[index] == ")")
        if depth == 0:
            return text[at + 1 : index].strip(), index + 1
    return text[at + 1 :].strip(), len(text)


def _split(text: str, separator: str) -> list[str]:
    """Split at separators outside brackets; `::` is never a separator."""
    if separator not in text:
        return [text]
    parts, depth, start, index = [], 0, 0, 0
    while index < len(text):
        char = text[index]
        depth += (char in "([{") - (char in ")]}")
        if char == ":" and text[index : index + 2] == "::":
            index += 2
            continue
        if char == separator and depth == 0:
            parts.append(text[start:index])
            start = index + 1
        index += 1
    return [*parts, text[start:]]


def atomic_target(text: str, clauses: set[str]) -> str:
    """The text of the object that an atomic statement is about; "" where it is not plain to see."""
    flat = re.sub(r"\s+", "", text).lstrip("{").rstrip("};")
    if "read" in clauses:
        return flat.partition("=")[2].split(";")[0]
    if "compare" in clauses:
        return ""
    if "capture" in clauses:
        stepped = re.search(r"(?:\+\+|--)([^;=]+)$|=([^;=+-]+(?:->[^;=+-]+)*)(?:\+\+|--)$", flat)
        return (stepped.group(1) or stepped.group(2)) if stepped and ";" not in flat else ""
    stepped = re.match(r"(?:\+\+|--)?(.+?)(?:\+\+|--|(?:[-+*/&|^]|<<|>>)?=(?!=)|$)", flat)
    return stepped.group(1) if stepped else ""


def one_thread(directive: Directive) -> bool:
    """Whether the clauses say that the team has a single thread."""
    threads, condition = directive.clause("num_threads"), directive.clause("if")
    if threads is not None and threads.items[:1] == ("1",):
        return True
    return condition is not None and condition.items[:1] in (("0",), ("false",))


def unusual(directive: Directive) -> set[str]:
    """What a construct has that no executed program can show: offload, teams."""
    return {"offload"} if directive.has("target", "teams") else set()
