"""What the model answers of a program: the file, its objects, and the lines that traces cite."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from model_export.hindsight.reading import last_name
from reviewbot.code.analyse import analyse
from reviewbot.model.features import relation_tokens
from reviewbot.pipeline import Predictor
from reviewbot.records import Link, Prediction, Slice

Row = Mapping[str, Any]
Text = tuple[str, str]  # language, source
VERDICT = 0.5  # "racy" from here on
CHUNK = 16  # programs whose slices are asked together


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """The answer for one object, for which its most probable access pair speaks."""

    object: str  # its last name, as effects are declared
    probability: float
    links: tuple[tuple[Link, float], ...]
    lines: tuple[int, int]  # of the two accesses, ascending
    cited: frozenset[int]  # by the trace: the accesses, and the evidence of each link
    facts: frozenset[str]

    @property
    def weakest(self) -> Link:
        """The link that the trace says is broken, if one is."""
        return min(self.links, key=lambda item: item[1])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer for one file; the most probable opinion first."""

    probability: float
    opinions: tuple[Opinion, ...]

    @property
    def racy(self) -> bool:
        """The verdict on the file."""
        return self.probability >= VERDICT

    def of(self, name: str) -> Opinion | None:
        """The opinion of an object, by its last name; None: the front end sees no such object."""
        return next((item for item in self.opinions if item.object == name), None)

    def probability_of(self, name: str) -> float:
        """Of the object; 0.0 where no two threads are seen at it."""
        found = self.of(name)
        return found.probability if found else 0.0


@dataclass(slots=True)
class Asker:
    """Asks the bundle about programs and remembers what it answered."""

    predictor: Predictor
    known: dict[Text, Answer] = field(default_factory=dict)

    def answer(self, language: str, source: str) -> Answer:
        """The answer for one program."""
        return self.answers([(language, source)])[0]

    def answers(self, texts: Sequence[Text]) -> list[Answer]:
        """The answers for many, asked in batches; each program is read once."""
        new = list(dict.fromkeys(text for text in texts if text not in self.known))
        for start in range(0, len(new), CHUNK):
            part = new[start : start + CHUNK]
            self.known.update(zip(part, self._ask(part), strict=True))
        return [self.known[text] for text in texts]

    def _ask(self, texts: Sequence[Text]) -> list[Answer]:
        read = [slices_of(*text) for text in texts]
        owner = {id(item): at for at, items in enumerate(read) for item in items}
        told: list[list[Prediction]] = [[] for _ in texts]
        for prediction in self.predictor.predict(tuple(chain.from_iterable(read))):
            told[owner[id(prediction.slice)]].append(prediction)
        return [Answer(probability=self._file(items), opinions=opinions(items)) for items in told]

    def _file(self, predictions: Sequence[Prediction]) -> float:
        return self.predictor.file_probability(predictions)


def slices_of(language: str, source: str) -> tuple[Slice, ...]:
    """The slices of one program."""
    path = "program.c" if language == "c" else "program.cpp"
    return analyse(path, source.encode()).slices


def opinions(predictions: Sequence[Prediction]) -> tuple[Opinion, ...]:
    """One opinion an object, the most probable first; of equals, the one that stands first."""
    by_object: defaultdict[str, list[Prediction]] = defaultdict(list)
    for prediction in predictions:
        by_object[last_name(prediction.slice)].append(prediction)
    found = [_opinion(name, items) for name, items in by_object.items()]
    return tuple(sorted(found, key=lambda item: (-item.probability, item.lines, item.object)))


def _opinion(name: str, predictions: Sequence[Prediction]) -> Opinion:
    lead = max(predictions, key=lambda item: item.probability)
    a, b = lead.pair.first.line, lead.pair.second.line
    return Opinion(
        object=name,
        probability=lead.probability,
        links=lead.links,
        lines=(min(a, b), max(a, b)),
        cited=frozenset({a, b, *(line for _, line in lead.evidence)}),
        facts=frozenset(relation_tokens(lead.pair)),
    )
