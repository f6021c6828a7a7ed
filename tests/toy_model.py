"""A front end and a predictor small enough to be seen through, for tests of what lies around them.

To the toy, each `name++;` in a file is an access of `name` by two threads; it is likely to race
unless the line above is `#pragma omp atomic`. A line `boom` makes the front end fail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reviewbot.code.includes import Read
from reviewbot.records import (
    Access,
    AccessPair,
    Analysis,
    BundleName,
    Link,
    Mode,
    Prediction,
    Region,
    Skipped,
    Slice,
)

_UPDATE = re.compile(r"\b(\w+)\+\+;")


def analyse(
    path: str,
    data: bytes,
    tree: Read | None = None,
    before: Mapping[str, int] | None = None,
) -> Analysis:
    """One slice for each update; neither headers nor what was guarded before tell it anything."""
    lines = data.decode().split("\n")
    if "boom" in lines:
        raise RuntimeError("the toy's front end went boom")
    slices = [
        _slice(path, number, match, protected="atomic" in lines[number - 2])
        for number, line in enumerate(lines, start=1)
        if (match := _UPDATE.search(line))
    ]
    regions = [
        Region(path=path, line=number, end_line=number + 1, kind="parallel for", function="f")
        for number, line in enumerate(lines, start=1)
        if "parallel" in line
    ]
    unread = [Skipped(path=path, reason="macro", line=1)] if "MACRO" in lines else []
    return Analysis(
        path=path, regions=tuple(regions), slices=tuple(slices), unresolved=tuple(unread)
    )


def _slice(path: str, number: int, match: re.Match[str], *, protected: bool) -> Slice:
    access = Access(
        path=path,
        line=number,
        column=match.start() + 1,
        end_column=match.end(),
        mode=Mode.WRITE,
        atomic=protected,
        text=match[1],
        function="f",
    )
    return Slice(
        path=path,
        object=match[1],
        function="f",
        construct_line=1,
        construct_end_line=number,
        construct_kind="parallel for",
        lines=(),
        pairs=(AccessPair(first=access, second=access, relations=()),),
    )


class ToyPredictor:
    """0.9 for an update that nothing protects, 0.1 for the others."""

    bundle = BundleName(name="toy", version="1", sha256="0" * 64)

    def __init__(self) -> None:
        self.batches: list[int] = []  # slices in each call

    def predict(self, slices: Sequence[Slice]) -> tuple[Prediction, ...]:
        """One prediction for each pair."""
        self.batches.append(len(slices))
        return tuple(self._one(part, pair) for part in slices for pair in part.pairs)

    def _one(self, part: Slice, pair: AccessPair) -> Prediction:
        probability = 0.1 if pair.first.atomic else 0.9
        return Prediction(
            slice=part,
            pair=pair,
            score=probability,
            probability=probability,
            confidence=0.95,
            links=tuple((link, probability) for link in Link),
            evidence=tuple((link, pair.first.line) for link in Link),
        )

    def file_probability(self, predictions: Sequence[Prediction]) -> float:
        """The most likely pair's."""
        return max(prediction.probability for prediction in predictions)


def forbidden() -> ToyPredictor:
    """Stands where no model may be loaded."""
    raise AssertionError("a model was loaded although there is nothing to predict")
