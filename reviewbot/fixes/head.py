"""What a review knows of one file when it comes to fixes; light, as every review loads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from reviewbot.code.includes import Read
from reviewbot.records import Analysis, Decision, Prediction, Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head side of a reviewed file."""

    data: bytes
    analysis: Analysis
    predictions: tuple[Prediction, ...]
    tree: Read | None = None  # the project's files beside it, for its headers
    before: Mapping[str, int] = field(default_factory=dict)  # what the change took guards from


# (path, data, the project's files, what its old version guarded) → what the front end says of it
Analyse = Callable[[str, bytes, Read | None, Mapping[str, int]], Analysis]

Predict = Callable[[Sequence[Slice]], Sequence[Prediction]]
# (decisions, heads by path, the model) → the same decisions, some of their findings with a fix
Suggest = Callable[[Sequence[Decision], Mapping[str, Head], Predict], tuple[Decision, ...]]
