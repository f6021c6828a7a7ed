"""Asking a causal language model: it writes the trace of each access pair, and is read back."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reviewbot.causal.bundle import CausalBundle, load_causal_bundle
from reviewbot.causal.decoding import Budget, Cache, Shape, Stop, Written, write
from reviewbot.causal.prompt import prompt_of, shown_lines
from reviewbot.causal.reading import (
    BEFORE_STATE,
    BEFORE_VERDICT,
    CLEAN,
    RACY,
    Told,
    Unresolved,
    read_told,
)
from reviewbot.model.predict import calibrated, likeliest, of_file, open_session
from reviewbot.records import AccessPair, BundleName, Link, Prediction, Slice

BATCH = 8  # texts written side by side: more cost memory and wait for the longest
NOTE = "trace"  # what `Slice.unresolved` says of a trace that cannot be trusted begins with this
_UNKNOWN = 0.5  # the probability of what could not be judged; its confidence is the lowest there is


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the model wrote of one pair, as numbers; `told` says it if that was no trace."""

    told: Told | Unresolved
    racy: float = _UNKNOWN
    links: Mapping[Link, float]
    text: str = ""


class CausalPredictor:
    """A causal language model behind the interface of the world model."""

    def __init__(
        self,
        bundle: CausalBundle,
        session: Any,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bundle = bundle
        self._manifest = bundle.manifest
        self._tokenizer = bundle.tokenizer
        self._session = session
        self._clock = clock
        verdict, state = self._manifest.verdict, self._manifest.state
        self._watched = (verdict.yes, verdict.no, state.yes, state.no)
        self._shape = Shape(**self._manifest.cache.model_dump())

    @property
    def bundle(self) -> BundleName:
        """Identity of the bundle that speaks."""
        return self._bundle.identity

    def predict(self, slices: Sequence[Slice]) -> tuple[Prediction, ...]:
        """One prediction for every access pair of every slice, in order."""
        asked = [(item, pair) for item in slices for pair in item.pairs]
        answers = self.ask([prompt_of(item, pair) for item, pair in asked])
        return tuple(
            self._prediction(item, pair, answer)
            for (item, pair), answer in zip(asked, answers, strict=True)
        )

    def file_probability(self, predictions: Sequence[Prediction]) -> float:
        """Probability that a race detector reports a race somewhere in the file."""
        return of_file(likeliest(predictions), self._manifest.file_calibration)

    # --- asking -------------------------------------------------------------------------------

    def ask(self, prompts: Sequence[str]) -> list[Answer]:
        """What the model writes after each prompt; prompts of like length share a batch."""
        encoded = [list(item.ids) for item in self._tokenizer.encode_batch(list(prompts))]
        deadline = self._clock() + self._manifest.seconds
        answers = [_too_long()] * len(prompts)
        fitting = [n for n, ids in enumerate(encoded) if self._room(ids) > 0]
        fitting.sort(key=lambda n: len(encoded[n]))
        for start in range(0, len(fitting), BATCH):
            chunk = fitting[start : start + BATCH]
            for n, written in zip(
                chunk, self._write([encoded[n] for n in chunk], deadline), strict=True
            ):
                answers[n] = self._answer(written)
        return answers

    def _room(self, prompt: Sequence[int]) -> int:
        """How many tokens a trace may have after this prompt."""
        if not prompt:
            return 0
        return min(self._manifest.new_tokens, self._manifest.context - len(prompt))

    def _write(self, prompts: Sequence[Sequence[int]], deadline: float) -> list[Written]:
        tokens = min(map(self._room, prompts))
        cache = Cache(self._session, self._shape, prompts)
        budget = Budget(tokens=tokens, deadline=deadline)
        return write(cache, budget, self._watched, self._finished, clock=self._clock)

    def _finished(self, tokens: Sequence[int]) -> bool:
        if tokens[-1] in self._manifest.ends:
            return True
        verdict = self._manifest.verdict
        return tokens[-1] in (verdict.yes, verdict.no) and bool(
            BEFORE_VERDICT.search(self._text(tokens[:-1]))
        )

    def _text(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))

    # --- reading ------------------------------------------------------------------------------

    def _answer(self, written: Written) -> Answer:
        """The chain and the odds that were written; a cut or garbled text is unresolved."""
        text, racy = self._verdict(written)
        links = dict(self._links(written))
        told = read_told(text)
        if written.stop is not Stop.DONE:
            told = Unresolved(reason=written.stop.value)
        if isinstance(told, Told) and (racy is None or len(links) < len(Link)):
            told = Unresolved(reason="the trace is not written in the tokens that were learned")
        if isinstance(told, Unresolved) or racy is None:
            return Answer(told=told, links=dict.fromkeys(Link, _UNKNOWN), text=text)
        return Answer(told=told, racy=racy, links=links, text=text)

    def _verdict(self, written: Written) -> tuple[str, float | None]:
        """The text with its verdict's word made whole, and the odds of that word."""
        ids, last = self._manifest.verdict, written.tokens[-1:]
        before = self._text(written.tokens[:-1])
        if last and last[0] in (ids.yes, ids.no) and BEFORE_VERDICT.search(before):
            word = RACY if last[0] == ids.yes else CLEAN
            return f"{before.rstrip(' ')} {word}", _odds(written, len(written.tokens) - 1, 0)
        return self._text(written.tokens), None

    def _links(self, written: Written) -> Iterator[tuple[Link, float]]:
        """How likely each link holds, where the text says whether it does."""
        state = self._manifest.state
        for place, token in enumerate(written.tokens):
            if token in (state.yes, state.no):
                found = BEFORE_STATE.search(self._text(written.tokens[:place]))
                if found:
                    yield Link(found[1]), _odds(written, place, 2)

    # --- predictions --------------------------------------------------------------------------

    def _prediction(self, item: Slice, pair: AccessPair, answer: Answer) -> Prediction:
        note = _doubt(answer)
        # What cannot be trusted is not passed as clean either: it stands in the midst and is told.
        probability = _UNKNOWN if note else calibrated(answer.racy, self._manifest.calibration)
        noted = replace(item, unresolved=(*item.unresolved, f"{NOTE}:{note}")) if note else item
        factor = 0.0 if note else self._trust(item)
        return Prediction(
            slice=noted,
            pair=pair,
            score=answer.racy,
            probability=probability,
            confidence=0.5 + (max(probability, 1 - probability) - 0.5) * factor,
            links=tuple((link, answer.links[link]) for link in Link),
            evidence=tuple(_evidence(item, pair, answer.told)),
        )

    def _trust(self, item: Slice) -> float:
        """The factor by which what could not be seen lowers confidence."""
        notes = {note.split(":")[0] for note in item.unresolved}
        return math.prod(self._manifest.penalties.get(note, 1.0) for note in sorted(notes))


def _odds(written: Written, place: int, column: int) -> float:
    """Softmax over the two watched logits of a question, of its `yes`."""
    yes, no = written.watched[place, column : column + 2]
    return float(1 / (1 + math.exp(min(max(no - yes, -60.0), 60.0))))


def _too_long() -> Answer:
    told = Unresolved(reason="the prompt is longer than the model can read")
    return Answer(told=told, links=dict.fromkeys(Link, _UNKNOWN))


def _doubt(answer: Answer) -> str:
    """Why an answer is not to be trusted; "" if it is."""
    if isinstance(answer.told, Unresolved):
        return answer.told.reason
    return "" if answer.told.consistent else "the verdict contradicts the chain"


def _evidence(item: Slice, pair: AccessPair, told: Told | Unresolved) -> Iterator[tuple[Link, int]]:
    """The first line that the model cites and that it was shown, or else the parser's."""
    shown, parsed = shown_lines(item, pair), dict(pair.evidence)
    cited = {step.link: step.lines for step in told.steps} if isinstance(told, Told) else {}
    for link in Link:
        lines = [line for line in cited.get(link, ()) if line in shown]
        yield link, (*lines, *parsed.get(link, ()), pair.first.line)[0]


def load_causal(folder: Path, *, threads: int = 0, device: str = "cpu") -> CausalPredictor:
    """The predictor of a causal bundle; raises RuntimeMissing, BundleDamaged."""
    bundle = load_causal_bundle(folder)
    return CausalPredictor(bundle, open_session(str(bundle.model), threads=threads, device=device))
