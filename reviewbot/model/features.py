"""Slices to numbers: the only implementation, imported by training and by serving alike.

Changing anything here changes what a trained model was told: raise FEATURE_VERSION, train again.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from reviewbot.model.readings import readings
from reviewbot.records import AccessPair, Slice, SliceLine

FEATURE_VERSION = 4
MAX_TOKENS = 160  # of one slice; longer ones lose their last lines
MAX_PAIRS = 16  # as many as the front end hands over
MAX_RELATIONS = 80  # facts of one pair; the longest of the corpus has 48
READING, NO_READING = "reading", "none"  # the slot of conjunctions, and its value without any
PAD, UNKNOWN, LINE = 0, 1, 2  # the ids that every vocabulary begins with
RESERVED = ("<pad>", "<unknown>", "<line>")

Ids: TypeAlias = NDArray[np.int64]
Vocabulary: TypeAlias = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Batch:
    """What the network reads of B slices with at most L tokens, P pairs and R relations."""

    tokens: Ids  # (B, L), 0 where padded
    relations: Ids  # (B, P, R), 0 where padded
    places: Ids  # (B, P, 2): where the lines of both accesses begin in `tokens`; 0 if cut

    def feed(self, names: Collection[str]) -> dict[str, Ids]:
        """The arrays by the names of the model's inputs; a model of relations alone wants one."""
        arrays = {"tokens": self.tokens, "relations": self.relations, "places": self.places}
        return {name: array for name, array in arrays.items() if name in names}


@dataclass(frozen=True, slots=True)
class Encoded:
    """One slice as numbers."""

    tokens: tuple[int, ...]
    relations: tuple[tuple[int, ...], ...]
    places: tuple[tuple[int, int], ...]
    unknown: int  # tokens and relations that the vocabularies do not hold


def relation_tokens(pair: AccessPair) -> tuple[str, ...]:
    """The pair's relations as `slot=value` words: what the parser states."""
    return tuple(starmap(_fact, pair.relations))


def fact_tokens(pair: AccessPair) -> tuple[str, ...]:
    """All that the network reads of a pair: the readings of its relations, and each relation."""
    together = [_fact(READING, name) for name in readings(pair) or (NO_READING,)]
    return (*together, *relation_tokens(pair))[:MAX_RELATIONS]


@functools.lru_cache(maxsize=4096)  # both come from closed vocabularies
def _fact(slot: str, value: str) -> str:
    return f"{slot}={value}"


class Numbers(dict[tuple[str, str], int]):
    """The id of each (slot, value) that a vocabulary of facts holds, found once."""

    def __init__(self, facts: Vocabulary) -> None:
        self._facts = facts

    def __missing__(self, relation: tuple[str, str]) -> int:
        number = self._facts.get(_fact(*relation), UNKNOWN)
        if number != UNKNOWN:  # only what is known is kept, so that it never outgrows the facts
            self[relation] = number
        return number

    def of(self, pair: AccessPair) -> tuple[int, ...]:
        """The ids of the pair's `fact_tokens`."""
        together = [(READING, name) for name in readings(pair) or (NO_READING,)]
        return tuple(map(self.__getitem__, (*together, *pair.relations)[:MAX_RELATIONS]))


def encode(item: Slice, words: Vocabulary | None, facts: Vocabulary | Numbers) -> Encoded:
    """One slice as ids; the line of every access keeps its place. No words: relations alone."""
    numbers = facts if isinstance(facts, Numbers) else Numbers(facts)
    ids, starts = ([], {}) if words is None else _encode_lines(item.lines, words)
    pairs = item.pairs[:MAX_PAIRS]
    relations = tuple(map(numbers.of, pairs))
    places = tuple((starts.get(p.first.line, 0), starts.get(p.second.line, 0)) for p in pairs)
    unknown = sum(row.count(UNKNOWN) for row in relations)
    return Encoded(tuple(ids) or (LINE,), relations, places, unknown)


def _encode_lines(
    lines: Sequence[SliceLine], words: Vocabulary
) -> tuple[list[int], dict[int, int]]:
    """The ids of as many lines as fit, and where each line begins among them."""
    ids: list[int] = []
    starts: dict[int, int] = {}
    for line in lines:
        if len(ids) + 1 + len(line.tokens) > MAX_TOKENS:
            break
        starts[line.line] = len(ids)
        ids.append(LINE)
        ids += [words.get(token, UNKNOWN) for token in line.tokens]
    return ids, starts


def collate(items: Sequence[Encoded]) -> Batch:
    """Encoded slices as one padded batch."""
    length = max(len(item.tokens) for item in items)
    pairs = max(len(item.relations) for item in items)
    width = max((len(row) for item in items for row in item.relations), default=1)
    tokens: Ids = np.zeros((len(items), length), np.int64)
    relations: Ids = np.zeros((len(items), pairs, width), np.int64)
    places: Ids = np.zeros((len(items), pairs, 2), np.int64)
    for b, item in enumerate(items):
        tokens[b, : len(item.tokens)] = item.tokens
        for p, row in enumerate(item.relations):
            relations[b, p, : len(row)] = row
            places[b, p] = item.places[p]
    return Batch(tokens, relations, places)
