"""Whether torch, ONNX fp32 and ONNX int8 say the same over batch × prompt × written tokens.

Torch reads each text whole and anew for every token, with its own mask and without padding: what
is compared with it is the export, the cache, the padding and the positions all at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from model_export.causal.errors import CausalParityLost
from reviewbot.causal.bundle import Watched
from reviewbot.causal.decoding import Cache, Shape
from reviewbot.model.predict import open_session

BATCHES, PROMPTS, NEW_TOKENS = (1, 3), (1, 7, 33), (1, 6)
# Largest difference of any token's probability. fp32 runtimes agree to rounding, which grows with
# depth; int8 weights carry a relative error of 1/256 each, which the verdicts must survive.
FP32_TOLERANCE = 1e-3
INT8_TOLERANCE = 0.15
CLEAR = 0.05  # a verdict that is nearer to one half than this may fall on either side
SAME_VERDICTS = 0.995


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a sweep found of one precision."""

    steps: int
    largest: float  # difference of any token's probability
    same_verdicts: float  # share among verdicts that torch is clear about
    same_tokens: float  # share of steps whose most likely token is the same

    def text(self) -> str:
        """For people."""
        return (
            f"{self.steps} steps, largest difference of a probability {self.largest:.2e}, same "
            f"verdict {self.same_verdicts:.4f}, same next token {self.same_tokens:.4f}"
        )


def check_parity(
    model: Any, shape: Shape, verdict: Watched, paths: Mapping[str, Path]
) -> dict[str, Figures]:
    """The figures of each precision in `paths`; raises CausalParityLost."""
    sessions = {name: open_session(str(path), threads=1) for name, path in paths.items()}
    found = {name: _Tally(verdict) for name in sessions}
    for prompts, new in sweep(model.config.vocab_size):
        expected, chosen = _torch_texts(model, prompts, new)
        for name, session in sessions.items():
            found[name].add(expected, _onnx_texts(session, shape, prompts, chosen))
    figures = {name: tally.figures() for name, tally in found.items()}
    for name, of_one in figures.items():
        _judge(name, of_one)
    return figures


def sweep(words: int) -> Iterator[tuple[list[list[int]], int]]:
    """(prompts, new tokens); within a batch each prompt is shorter than the one before."""
    for batch in BATCHES:
        for length in PROMPTS:
            for new in NEW_TOKENS:
                rng = np.random.default_rng([batch, length, new])
                lengths = [max(length - 3 * row, 1) for row in range(batch)]
                yield [rng.integers(0, words, n).tolist() for n in lengths], new


def _torch_texts(
    model: Any, prompts: Sequence[Sequence[int]], new: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Probabilities (new, B, V) of each next token and the most likely ones (new, B)."""
    rows = []
    for prompt in prompts:
        ids, steps = list(prompt), []
        for _ in range(new):
            with torch.no_grad():
                logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1]
            steps.append(torch.softmax(logits.double(), -1).numpy())
            ids.append(int(steps[-1].argmax()))
        rows.append(np.stack(steps))
    probabilities = np.stack(rows, 1)
    return probabilities, probabilities.argmax(-1).astype(np.int64)


def _onnx_texts(
    session: Any, shape: Shape, prompts: Sequence[Sequence[int]], chosen: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Probabilities (new, B, V) by the runtime's own cache, going on with torch's tokens."""
    cache, steps = Cache(session, shape, prompts), []
    for tokens in chosen:
        logits = cache.logits().astype(np.float64)
        weights = np.exp(logits - logits.max(-1, keepdims=True))
        steps.append(weights / weights.sum(-1, keepdims=True))
        cache.append(tokens)
    return np.stack(steps)


class _Tally:
    """Adds up what the sweep finds of one precision."""

    def __init__(self, verdict: Watched) -> None:
        self._ids = [verdict.yes, verdict.no]
        self._largest = 0.0
        self._tokens: list[bool] = []
        self._verdicts: list[bool] = []

    def add(self, expected: NDArray[np.float64], got: NDArray[np.float64]) -> None:
        """Compare (new, B, V) probabilities."""
        self._largest = max(self._largest, float(np.abs(expected - got).max()))
        self._tokens += (expected.argmax(-1) == got.argmax(-1)).ravel().tolist()
        sure, other = self._racy(expected), self._racy(got)
        clear = np.abs(sure - 0.5) > CLEAR
        self._verdicts += ((sure > 0.5) == (other > 0.5))[clear].tolist()

    def _racy(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        yes, no = np.moveaxis(probabilities[..., self._ids], -1, 0)
        return np.asarray(yes / (yes + no + 1e-300))

    def figures(self) -> Figures:
        """What was found."""
        return Figures(
            steps=len(self._tokens),
            largest=self._largest,
            same_verdicts=float(np.mean(self._verdicts)) if self._verdicts else 1.0,
            same_tokens=float(np.mean(self._tokens)),
        )


def _judge(name: str, figures: Figures) -> None:
    tolerance = FP32_TOLERANCE if name == "fp32" else INT8_TOLERANCE
    # `not <=` and not `>`: what is not a number is no parity either.
    if not figures.largest <= tolerance or figures.same_verdicts < SAME_VERDICTS:
        raise CausalParityLost(
            f"The {name} export answers differently ({figures.text()}; allowed are {tolerance} "
            f"and {SAME_VERDICTS}): do not ship it. Try --precision fp32 where int8 is too coarse."
        )
