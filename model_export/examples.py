"""Labelled slices as training examples: vocabularies, tensors, batches."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from model_export.dataset import is_composed, read_slices
from reviewbot.model.features import (
    LINE,
    MAX_PAIRS,
    MAX_RELATIONS,
    MAX_TOKENS,
    RESERVED,
    UNKNOWN,
    Encoded,
    collate,
)
from reviewbot.records import Link

LINKS = len(Link)
MOST = 6.0  # that an authored family may weigh more than a composed one: they are few
Bag: TypeAlias = tuple[int, ...]
NO_PAIR = -2  # label of the padding behind a slice's pairs; an unknown label is -1


@dataclass(frozen=True, slots=True)
class Example:
    """One slice with its labels and what it came from."""

    encoded: Encoded
    race: tuple[int, ...]  # a pair: 1 racy, 0 clean, -1 unknown
    links: tuple[int, ...]  # five a pair, likewise
    slice_race: int
    weight: float
    family: str
    program: str
    twin_group: str
    view: str
    kind: str
    label: str  # of the program
    unresolved: tuple[str, ...]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Vocabularies:
    """Token → id, of slices' words and of pairs' facts."""

    words: Mapping[str, int]
    facts: Mapping[str, int]


def load(path: Path) -> list[dict[str, Any]]:
    """The data set's rows; `repeated` says that the family had the same slice before.

    Training and figures of slices pass over repeated ones; a whole program needs all of its own.
    """
    seen: set[tuple[str, str]] = set()
    rows = []
    for row in read_slices(path):
        key = (row["family"], row["view"] + row["key"])
        rows.append({**row, "repeated": key in seen})
        seen.add(key)
    return rows


def vocabularies(rows: Iterable[Mapping[str, Any]]) -> Vocabularies:
    """Words and facts of at least two families: what one alone has would tell its name."""
    words: dict[str, set[str]] = defaultdict(set)
    facts: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for _, tokens in row["lines"]:
            for token in tokens:
                words[token].add(row["family"])
        for pair in row["facts"]:
            for fact in pair:
                facts[fact].add(row["family"])
    return Vocabularies(_ids(words), _ids(facts))


def _ids(seen: Mapping[str, set[str]]) -> dict[str, int]:
    kept = sorted(token for token, families in seen.items() if len(families) >= 2)
    return {token: index for index, token in enumerate([*RESERVED, *kept])}


def example(
    row: Mapping[str, Any],
    vocabulary: Vocabularies,
    weight: float,
    bags: dict[Bag, Bag] | None = None,
) -> Example:
    """A row as numbers, by the same rules as reviewbot.model.features.encode.

    `bags`: equal bags of facts become one object, since most occur many times.
    """
    ids: list[int] = []
    starts: dict[int, int] = {}
    for number, tokens in row["lines"]:
        if len(ids) + 1 + len(tokens) > MAX_TOKENS:
            break
        starts[number] = len(ids)
        ids.append(LINE)
        ids += [vocabulary.words.get(token, UNKNOWN) for token in tokens]
    facts = tuple(
        tuple(vocabulary.facts.get(f, UNKNOWN) for f in pair[:MAX_RELATIONS])
        for pair in row["facts"][:MAX_PAIRS]
    )
    if bags is not None:
        facts = tuple(bags.setdefault(bag, bag) for bag in facts)
    places = tuple((starts.get(a, 0), starts.get(b, 0)) for a, b in row["places"][:MAX_PAIRS])
    encoded = Encoded(tuple(ids) or (LINE,), facts, places, sum(f.count(UNKNOWN) for f in facts))
    pairs = len(facts)
    return Example(
        encoded,
        tuple(row["race"][:pairs]),
        tuple(row["links"][: pairs * LINKS]),
        row["slice_race"],
        weight,
        row["family"],
        row["program"],
        row["twin_group"],
        row["view"],
        row["kind"],
        row["label"],
        tuple(row["unresolved"]),
        bool(row.get("repeated")),
    )


def examples(rows: Sequence[Mapping[str, Any]], vocabulary: Vocabularies) -> list[Example]:
    """All rows; a family weighs by the square root of its size, so that none drowns the others.

    Composed families are many and small: the authored ones weigh as much as all of them together.
    """
    sizes = Counter(row["family"] for row in rows)
    mean = np.mean([size**0.5 for size in sizes.values()]) if sizes else 1.0
    composed = sum(n**0.5 for f, n in sizes.items() if is_composed(f))
    authored = sum(n**0.5 for f, n in sizes.items() if not is_composed(f))
    more = min(max(composed / authored, 1.0), MOST) if composed and authored else 1.0
    own = {f: (1.0 if is_composed(f) else more) * mean / n**0.5 for f, n in sizes.items()}
    bags: dict[Bag, Bag] = {}
    return [example(row, vocabulary, float(own[row["family"]]), bags) for row in rows]


@dataclass(frozen=True, slots=True)
class Tensors:
    """A batch for the network, with labels."""

    tokens: Tensor  # (B, L)
    relations: Tensor  # (B, P, R)
    places: Tensor  # (B, P, 2)
    race: Tensor  # (B, P), NO_PAIR where padded
    links: Tensor  # (B, P, 5)
    slices: Tensor  # (B,)
    weights: Tensor  # (B,)

    def to(self, device: torch.device) -> Tensors:
        """The same batch in a device's memory."""
        return Tensors(*(getattr(self, field.name).to(device) for field in fields(self)))


def batches(
    items: Sequence[Example], size: int, *, rng: np.random.Generator | None
) -> Iterator[list[int]]:
    """Indices of batches of like length; shuffled if a generator is given."""
    lengths = np.array([len(item.encoded.tokens) for item in items], float)
    if rng is not None:
        lengths = lengths + rng.uniform(0, 40, len(items))
    order = np.argsort(lengths, kind="stable")
    chunks = [order[i : i + size] for i in range(0, len(order), size)]
    if rng is not None:
        rng.shuffle(chunks)
    for chunk in chunks:
        yield [int(i) for i in chunk]


def tensors(
    items: Sequence[Example], *, rng: np.random.Generator | None = None, drop: float = 0.0
) -> Tensors:
    """One padded batch; with `drop`, that share of facts and words is hidden."""
    batch = collate([item.encoded for item in items])
    tokens, relations = batch.tokens, batch.relations
    if rng is not None and drop:
        tokens = np.where((tokens > LINE) & (rng.random(tokens.shape) < drop), UNKNOWN, tokens)
        relations = np.where((relations > 0) & (rng.random(relations.shape) < drop), 0, relations)
    pairs = relations.shape[1]
    race = np.full((len(items), pairs), NO_PAIR, np.int64)
    links = np.full((len(items), pairs, LINKS), -1, np.int64)
    for index, item in enumerate(items):
        race[index, : len(item.race)] = item.race
        links[index, : len(item.race)] = np.array(item.links, np.int64).reshape(-1, LINKS)
    whole = np.array([1 if i.slice_race == 1 and 1 not in i.race else -1 for i in items], np.int64)
    weights = np.array([item.weight for item in items], np.float32)
    return Tensors(
        *(
            torch.from_numpy(np.ascontiguousarray(a))
            for a in (tokens, relations, batch.places, race, links, whole, weights)
        )
    )
