"""Predictions become findings: deduplicated claims with a fingerprint that outlives moved lines."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from reviewbot.records import (
    Access,
    AccessPair,
    Finding,
    FindingKind,
    Mode,
    Prediction,
    Severity,
    Status,
    TraceStep,
)
from reviewbot.spelling import counted, own_part
from reviewbot.suppression import blank, spans

# Below one in twenty the model is saying "clean". Kept well under any comment threshold, so that
# triage can still see an old pair rise and an unsure one can be escalated, yet silences stay out.
FLOOR = 0.05

Steps = Callable[[Prediction], tuple[TraceStep, ...]]

# Calls that change the shape of a container, and the fields that hold a linked structure together:
# a race on them corrupts memory, where a race on a plain value yields a wrong value.
_STRUCTURE_CALLS = re.compile(
    r"(?:\.|->)(?:push|pop|insert|emplace|erase|clear|resize|reserve|assign|swap|splice|merge"
    r"|rehash|extract|append|remove|shrink)(?:_\w+)?\("
)
_STRUCTURE_FIELDS = re.compile(r"(?:\.|->)(?:next|prev|head|tail|left|right|parent|link)\b")
_DIRECTIVE = re.compile(r"\n[ \t]*#(?:\\\r?\n|[^\n\\]+|\\)*")
_LITERAL = re.compile(r"[-+]?(?:0x)?[\da-fA-F.]+[uUlLfF]*|true|false|NULL|nullptr|'[^']*'")


@dataclass(frozen=True, slots=True)
class Code:
    """A source text without its comments, and the same with all that is not code masked."""

    text: str
    mask: str  # as long as text; literals are blank and a directive is a run of semicolons
    starts: tuple[int, ...]  # offset of each line

    @classmethod
    def of(cls, source: bytes) -> Code:
        """Reads a source file; bytes that are not UTF-8 become replacement characters."""
        raw = source.decode("utf-8", errors="replace")
        found = list(spans(raw))
        text = blank(raw, [span for span in found if span.is_comment])
        lines = "\n" + blank(raw, found)  # a line's end before each line is quick to find
        mask = _DIRECTIVE.sub(lambda match: "\n" + ";" * (len(match[0]) - 1), lines)[1:]
        starts = [0, *accumulate(map((1).__add__, map(len, raw.split("\n")[:-1])))]
        return cls(text, mask, tuple(starts))

    def statement(self, access: Access) -> str:
        """The statement around the access, comments gone, white space and counting normalised.

        A statement and not a line, so that a line broken by a formatter keeps its text, and
        without the heads before it, so that it keeps it in braces too; a directive counts as its
        own statement.
        """
        offset = self._offset(access)
        if offset is None or self._is_directive(offset):
            return self.stretch(access)
        start, end = own_part(self.mask, *self._between(offset), offset)
        return counted(normalise(self.text[start:end]))

    def stretch(self, access: Access) -> str:
        """All from a semicolon or brace to the next, as the first fingerprints were made of."""
        offset = self._offset(access)
        if offset is None:
            return normalise(access.text)
        if self._is_directive(offset):
            return normalise(self._line(access.line))
        return normalise(self.text[slice(*self._between(offset))])

    def _offset(self, access: Access) -> int | None:
        """Where the access stands; None if the text is not the one that was analysed."""
        if access.line > len(self.starts):
            return None
        return min(self.starts[access.line - 1] + access.column - 1, len(self.text))

    def _is_directive(self, offset: int) -> bool:
        return self.mask[offset : offset + 1] == ";"

    def _between(self, offset: int) -> tuple[int, int]:
        start = max(self.mask.rfind(mark, 0, offset) for mark in ";{}") + 1
        ends = [end for mark in ";{}" if (end := self.mask.find(mark, offset)) >= 0]
        return start, min(ends, default=len(self.text))

    def _line(self, line: int) -> str:
        end = self.starts[line] if line < len(self.starts) else len(self.text)
        return self.text[self.starts[line - 1] : end]


def normalise(code: str) -> str:
    """The code with white space only where it parts two words: `x = a [ i ]` → `x=a[i]`."""
    words = " ".join(code.replace("\\\n", " ").replace("\\\r\n", " ").split())
    return re.sub(r" (?=\W)|(?<=\W) ", "", words)


def fingerprint(
    kind: FindingKind, path: str, statements: Iterable[str], name: str, occurrence: int
) -> str:
    """16 hex digits that name a finding by its code and never by a line number.

    `statements` are normalised; their order does not matter. `occurrence` tells equal findings of
    one file apart. The path's hash is joined by exclusive or, so that `moved` can exchange it.
    """
    claim = json.dumps([kind.value, sorted(statements), name, occurrence])
    return f"{_hash64(claim) ^ _hash64(path):016x}"


def moved(print_: str, old_path: str, new_path: str) -> str:
    """The fingerprint that the same finding has after its file was renamed."""
    return f"{int(print_, 16) ^ _hash64(old_path) ^ _hash64(new_path):016x}"


def _hash64(text: str) -> int:
    return int(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16], 16)


def merge(
    predictions: Iterable[Prediction],
    sources: Mapping[str, bytes],
    *,
    steps: Steps | None = None,
) -> tuple[Finding, ...]:
    """One finding per racing object of a construct, led by its most probable pair.

    `sources` maps each path to its bytes; without them the access's own text names it. `steps`
    tells the trace of the leading prediction. Status is UNKNOWN until triage.
    """
    leaders = _distinct(_leaders(p for p in predictions if p.probability >= FLOOR))
    if not leaders:
        return ()
    codes = {path: Code.of(sources[path]) for path in _paths(leaders) if path in sources}
    tell = steps or _default_steps()
    names, former = _Names(), _Names()
    findings = []
    for leader in leaders:
        sides = _sides(leader.pair)
        statements = tuple(_statement(access, codes) for access in sides)
        stretches = tuple(_stretch(access, codes) for access in sides)
        prints = names.next(leader, statements), former.next(leader, stretches)
        findings.append(_finding(leader, statements, prints, tell(leader)))
    return tuple(findings)


class _Names:
    """The fingerprints of findings in the order of the source; equal ones are counted."""

    def __init__(self) -> None:
        self._seen: defaultdict[tuple[str, str, tuple[str, ...]], int] = defaultdict(int)

    def next(self, leader: Prediction, statements: tuple[str, ...]) -> str:
        """The fingerprint of the next finding."""
        path, name = leader.slice.path, leader.slice.object
        key = (path, name, tuple(sorted(statements)))
        self._seen[key] += 1
        return fingerprint(FindingKind.RACE, path, statements, name, self._seen[key] - 1)


def severity(pair: AccessPair, statements: tuple[str, str]) -> Severity:
    """Harm if the two accesses race, by a small table.

    HIGH    a container or linked structure is reshaped: memory is corrupted
    LOW     both sides store the same literal: whichever comes last, the value is the same
    HIGH    both sides write: an update is lost
    MEDIUM  one side reads: it may see an old or half-written value
    """
    sides = zip(_sides(pair), statements, strict=True)
    if any(_reshapes(access, statement) for access, statement in sides):
        return Severity.HIGH
    if pair.first.mode is Mode.READ or pair.second.mode is Mode.READ:
        return Severity.MEDIUM
    stored = {_stored(access, code) for access, code in zip(_sides(pair), statements, strict=True)}
    return Severity.LOW if len(stored) == 1 and None not in stored else Severity.HIGH


def _reshapes(access: Access, statement: str) -> bool:
    if access.mode is Mode.READ:
        return False
    target = normalise(access.text)
    return bool(
        any(_STRUCTURE_CALLS.match(statement, end) for end in _ends_of(target, statement))
        or _STRUCTURE_CALLS.search(target)
        or _STRUCTURE_FIELDS.search(access.text)
    )


def _ends_of(part: str, whole: str) -> Iterator[int]:
    """The offset after each place where the part stands; a pattern of it would be compiled anew."""
    at = whole.find(part)
    while at >= 0:
        yield at + len(part)
        at = whole.find(part, at + 1)


def _stored(access: Access, statement: str) -> str | None:
    """The literal that the statement stores in the access; None if it stores anything else."""
    ends = _ends_of(normalise(access.text) + "=", statement)
    matches = (_LITERAL.fullmatch(statement, end) for end in ends)
    return next((match[0] for match in matches if match), None)


def _leaders(predictions: Iterable[Prediction]) -> list[Prediction]:
    """The most probable prediction of each slice; of equals, the one that stands first."""
    best: dict[tuple[str, str, str, int, int, str], Prediction] = {}
    for prediction in predictions:
        part = prediction.slice
        key = (
            *(part.path, part.object, part.function),
            *(part.construct_line, part.construct_end_line, part.construct_kind),
        )
        if key not in best or _rank(prediction) < _rank(best[key]):
            best[key] = prediction
    return list(best.values())


def _distinct(leaders: list[Prediction]) -> list[Prediction]:
    """One leader per object and pair of places, in the order of the source."""
    best: dict[tuple[str, str, frozenset[tuple[str, int, int]]], Prediction] = {}
    for leader in sorted(leaders, key=_rank):
        places = frozenset(_place(access) for access in _sides(leader.pair))
        best.setdefault((leader.slice.path, leader.slice.object, places), leader)
    return sorted(best.values(), key=lambda p: (p.slice.path, _anchor(p).line, _rank(p)))


def _rank(prediction: Prediction) -> tuple[float, tuple[str, int, int], tuple[str, int, int], str]:
    """Most probable first; ties by place, so that the order of the input does not matter."""
    first, second = sorted(_place(access) for access in _sides(prediction.pair))
    return (-prediction.probability, first, second, prediction.slice.object)


def _place(access: Access) -> tuple[str, int, int]:
    return (access.path, access.line, access.column)


def _sides(pair: AccessPair) -> tuple[Access, Access]:
    return (pair.first, pair.second)


def _paths(leaders: list[Prediction]) -> set[str]:
    return {access.path for leader in leaders for access in _sides(leader.pair)}


def _statement(access: Access, codes: Mapping[str, Code]) -> str:
    code = codes.get(access.path)
    return code.statement(access) if code else normalise(access.text)


def _stretch(access: Access, codes: Mapping[str, Code]) -> str:
    code = codes.get(access.path)
    return code.stretch(access) if code else normalise(access.text)


def _anchor(leader: Prediction) -> Access:
    """The access that the finding points at: a write in the slice's own file, if there is one."""
    return min(
        _sides(leader.pair),
        key=lambda a: (a.path != leader.slice.path, a.mode is not Mode.WRITE, _place(a)),
    )


def _finding(
    leader: Prediction,
    statements: tuple[str, ...],
    prints: tuple[str, str],
    trace: tuple[TraceStep, ...],
) -> Finding:
    part, anchor, (first, second) = leader.slice, _anchor(leader), statements
    return Finding(
        fingerprint=prints[0],
        former=prints[1],
        kind=FindingKind.RACE,
        status=Status.UNKNOWN,
        path=part.path,
        line=anchor.line,
        end_line=anchor.line,
        function=part.function or anchor.function,
        object=part.object,
        probability=leader.probability,
        confidence=leader.confidence,
        severity=severity(leader.pair, (first, second)),
        accesses=_sides(leader.pair),
        trace=trace,
        unresolved=part.unresolved,
    )


def _default_steps() -> Steps:
    # Lazy: a change that is predicted clean, the usual case, never needs the trace's wording.
    from reviewbot.trace import steps

    return steps
