"""Greedy writing with a key–value cache: numpy and an ONNX session, within a budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ids: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float32]


class Stop(str, Enum):
    """Why a text ends."""

    DONE = "done"
    TOKENS = "the trace is cut: its token budget is spent"
    TIME = "the trace is cut: its time budget is spent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The cache of a model: key and value are (batch, heads, length, width) in each layer."""

    layers: int
    heads: int
    key_width: int
    value_width: int

    @property
    def names(self) -> tuple[str, ...]:
        """What the cache's tensors are called, without `past_key_values.` or `present.`."""
        return tuple(f"{n}.{part}" for n in range(self.layers) for part in ("key", "value"))

    def empty(self, batch: int) -> dict[str, Floats]:
        """The cache of a model that has read nothing."""
        widths = (self.key_width, self.value_width) * self.layers
        return {
            f"past_key_values.{name}": np.zeros((batch, self.heads, 0, width), np.float32)
            for name, width in zip(self.names, widths, strict=True)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One text as ids, with the logits of the watched ids before each of its tokens."""

    tokens: tuple[int, ...]
    watched: NDArray[np.float64]  # (tokens, watched)
    stop: Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What writing may cost."""

    tokens: int  # of one text
    deadline: float  # of the clock `time.monotonic`, for all texts


Finished = Callable[[Sequence[int]], bool]


class Cache:
    """A batch of texts that the model has read: prompts padded on the left, one cache for all."""

    def __init__(self, session: Any, shape: Shape, prompts: Sequence[Sequence[int]]) -> None:
        self._session = session
        self._names = shape.names
        self.rows = len(prompts)
        self._past = shape.empty(len(prompts))
        self._ids, self._mask = padded(prompts)
        self._positions = np.clip(np.cumsum(self._mask, 1) - 1, 0, None)

    def logits(self) -> Floats:
        """Logits (B, V) of the next tokens; the cache grows by what was read."""
        feed = {
            "input_ids": self._ids,
            "attention_mask": self._mask,
            "position_ids": self._positions,
            **self._past,
        }
        outputs = ["logits", *(f"present.{name}" for name in self._names)]
        logits, *present = self._session.run(outputs, feed)
        self._past = {
            f"past_key_values.{name}": array
            for name, array in zip(self._names, present, strict=True)
        }
        return np.asarray(logits, np.float32)

    def append(self, tokens: Ids) -> None:
        """Go on with one token (B,) a text."""
        self._ids = tokens[:, None]
        self._mask = np.concatenate([self._mask, np.ones_like(self._ids)], 1)
        self._positions = self._positions[:, -1:] + 1


def padded(prompts: Sequence[Sequence[int]]) -> tuple[Ids, Ids]:
    """Ids and mask (B, L), padded on the left, so that all texts go on at the same place."""
    length = max(map(len, prompts))
    ids: Ids = np.zeros((len(prompts), length), np.int64)
    mask = np.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, length - len(prompt) :] = prompt
        mask[row, length - len(prompt) :] = 1
    return ids, mask


def write(
    cache: Cache,
    budget: Budget,
    watched: Sequence[int],
    finished: Finished,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> list[Written]:
    """Go on with every text, greedily, until each is finished or the budget is spent."""
    rows = cache.rows
    texts: list[list[int]] = [[] for _ in range(rows)]
    seen: list[list[NDArray[np.float64]]] = [[] for _ in range(rows)]
    stops: list[Stop | None] = [None] * rows
    for step in range(budget.tokens):
        if clock() > budget.deadline:
            return _ended(texts, seen, stops, Stop.TIME, len(watched))
        logits = cache.logits()
        best = logits.argmax(-1).astype(np.int64)
        for row in (row for row in range(rows) if stops[row] is None):
            texts[row].append(int(best[row]))
            seen[row].append(logits[row, list(watched)].astype(np.float64))
            if finished(texts[row]):
                stops[row] = Stop.DONE
        if all(stops):
            break
        if step + 1 < budget.tokens:
            cache.append(best)
    return _ended(texts, seen, stops, Stop.TOKENS, len(watched))


def _ended(
    texts: Sequence[Sequence[int]],
    seen: Sequence[Sequence[NDArray[np.float64]]],
    stops: Sequence[Stop | None],
    otherwise: Stop,
    width: int,
) -> list[Written]:
    return [
        Written(
            tokens=tuple(text),
            watched=np.array(rows, np.float64).reshape(-1, width),
            stop=stop or otherwise,
        )
        for text, rows, stop in zip(texts, seen, stops, strict=True)
    ]
