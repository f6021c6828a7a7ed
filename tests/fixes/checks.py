"""Before/after checks of one rule: the real front end, and a model that suspects every pair."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reviewbot.code.analyse import analyse
from reviewbot.findings import merge
from reviewbot.fixes.case import Case, case_of
from reviewbot.fixes.edits import Candidate, Edited
from reviewbot.fixes.source import SourceFile
from reviewbot.records import Link, Prediction

Rule = Callable[[Case], Iterator[Candidate]]


def suspicions(path: str, data: bytes, probability: float = 0.9) -> tuple[Prediction, ...]:
    """The same probability for every access pair of a file."""
    return tuple(
        Prediction(
            slice=part,
            pair=pair,
            score=probability,
            probability=probability,
            confidence=0.9,
            links=tuple((link, probability) for link in Link),
            evidence=tuple((link, pair.first.line) for link in Link),
        )
        for part in analyse(path, data).slices
        for pair in part.pairs
    )


def case(text: str, name: str, path: str) -> Case | None:
    """The case of the first finding on an object."""
    data = text.encode()
    predictions = suspicions(path, data)
    findings = [f for f in merge(predictions, {path: data}) if f.object == name]
    assert findings, f"the front end sees no pair on {name}"
    return case_of(SourceFile(path, data), findings[0], predictions, 0.6)


def offered(rule: Rule, text: str, name: str, path: str = "a.c") -> list[str]:
    """The file after each candidate of the rule."""
    found = case(text, name, path)
    candidates = list(rule(found)) if found is not None else []
    edited = [Edited.of(text, candidate.edits) for candidate in candidates]
    assert None not in edited
    return [one.text for one in edited if one is not None]


def check_fix(rule: Rule, before: str, after: str, name: str, path: str = "a.c") -> None:
    """The rule's first candidate makes this of the file, which parses as well as before."""
    found = offered(rule, before, name, path)
    assert found[:1] == [after], "\n".join(found) or "no candidate"
    errors = [SourceFile(path, text.encode()).errors for text in (before, after)]
    assert errors[1] <= errors[0]


def check_none(rule: Rule, text: str, name: str, path: str = "a.c") -> None:
    """The rule has nothing to offer."""
    assert offered(rule, text, name, path) == []
