"""Asking the world model: one batched ONNX Runtime call for all slices of a change."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewbot.errors import RuntimeMissing
from reviewbot.lazy import Lazy
from reviewbot.model.bundle import DEFAULT, Bundle, FileScaling, Platt, load_bundle
from reviewbot.model.features import Batch, Encoded, Ids, Numbers, collate, encode
from reviewbot.model.novelty import NOTE as UNLIKE
from reviewbot.records import AccessPair, BundleName, Link, Prediction, Slice

SMALL_MODEL = 2 << 20  # bytes; below, a second thread waits longer than it computes
MOST_THREADS = 4  # of a larger one: slices are short, more threads bring nothing
CHUNK = 48  # slices a call: more does not run faster on two cores and costs memory
SMALLEST = 1e-6  # probability; nearer to 0 and 1 no logit is taken
PAIRS = 256  # of a model that reads facts alone, in one call
_LINKS = tuple(Link)
_PROVIDERS = {
    "auto": ["CUDAExecutionProvider", "CPUExecutionProvider"],
    "cpu": ["CPUExecutionProvider"],
    "cuda": ["CUDAExecutionProvider", "CPUExecutionProvider"],
}


class OnnxPredictor:
    """The world model behind one method; safe to use from one thread."""

    def __init__(self, bundle: Bundle, session: Any) -> None:
        self._bundle = bundle
        self._session = session
        self._inputs = frozenset(item.name for item in session.get_inputs())
        self._facts = Numbers(bundle.facts)
        self._words = bundle.words if "tokens" in self._inputs else None  # None: never read

    @property
    def bundle(self) -> BundleName:
        """Identity of the bundle that speaks."""
        return self._bundle.identity

    def predict(self, slices: Sequence[Slice]) -> tuple[Prediction, ...]:
        """One prediction for every access pair of every slice, in order."""
        encoded = [encode(item, self._words, self._facts) for item in slices]
        return tuple(
            prediction
            for item, numbers, links in zip(slices, encoded, self._links(encoded), strict=True)
            for prediction in self._predictions(item, numbers, links)
        )

    def file_probability(self, predictions: Sequence[Prediction]) -> float:
        """Probability that a race detector reports a race somewhere in the file."""
        return of_file(likeliest(predictions), self._bundle.manifest.file_calibration)

    def _links(self, encoded: Sequence[Encoded]) -> list[NDArray[np.float64]]:
        """Link probabilities (pairs, 5) of each slice; slices of like length share a call."""
        if self._inputs == {"relations"}:
            return self._links_of_facts(encoded)
        result: list[NDArray[np.float64]] = [np.zeros((0, len(Link)))] * len(encoded)
        order = sorted(range(len(encoded)), key=lambda i: len(encoded[i].tokens))
        for chunk in (order[i : i + CHUNK] for i in range(0, len(order), CHUNK)):
            batch = collate([encoded[i] for i in chunk])
            logits = self.logits(batch)
            for row, index in enumerate(chunk):
                result[index] = 1 / (1 + np.exp(-logits[row, : len(encoded[index].relations)]))
        return result

    def _links_of_facts(self, encoded: Sequence[Encoded]) -> list[NDArray[np.float64]]:
        """The same where facts are all that the model reads: each pair stands alone."""
        if not encoded:
            return []
        rows = [row for item in encoded for row in item.relations]
        links = [np.zeros((0, len(Link)))]
        for start in range(0, len(rows), PAIRS):
            part = rows[start : start + PAIRS]
            relations: Ids = np.zeros((len(part), 1, max(map(len, part))), np.int64)
            for number, row in enumerate(part):
                relations[number, 0, : len(row)] = row
            answer = self._session.run(["links"], {"relations": relations})[0]
            links.append(1 / (1 + np.exp(-answer[:, 0].astype(np.float64))))
        ends = np.cumsum([len(item.relations) for item in encoded])[:-1]
        return np.split(np.concatenate(links), ends)

    def logits(self, batch: Batch) -> NDArray[np.float64]:
        """Link logits (B, P, 5) of one batch."""
        answer = self._session.run(["links"], batch.feed(self._inputs))[0]
        return answer.astype(np.float64)

    def _predictions(
        self, item: Slice, numbers: Encoded, links: NDArray[np.float64]
    ) -> Iterator[Prediction]:
        factor = self._trust(item, numbers)
        for pair, row in zip(item.pairs, links, strict=False):
            values = row.tolist()
            score = math.prod(values)
            probability = calibrated(score, self._bundle.manifest.calibration)
            chain = tuple(zip(_LINKS, values, strict=True))
            yield Prediction(
                slice=item,
                pair=pair,
                score=score,
                probability=probability,
                confidence=0.5 + (max(probability, 1 - probability) - 0.5) * factor,
                links=chain,
                evidence=Lazy(partial(_evidence, pair, chain)),
            )

    def _trust(self, item: Slice, numbers: Encoded) -> float:
        """The factor by which what could not be seen lowers confidence."""
        penalties = self._bundle.manifest.penalties
        factor = penalties.get("unknown-fact", 1.0) if numbers.unknown else 1.0
        for note in {note.split(":")[0] for note in item.unresolved}:
            factor *= penalties.get(note, 1.0)
        novelty = self._bundle.novelty
        if novelty is not None and novelty.unlike(numbers.relations):
            factor *= penalties.get(UNLIKE, 1.0)
        return factor


def _evidence(pair: AccessPair, chain: Sequence[tuple[Link, float]]) -> Iterator[tuple[Link, int]]:
    lines = dict(pair.evidence)
    for link, _ in chain:
        yield link, (lines.get(link) or (pair.first.line,))[0]


def calibrated(score: float, platt: Platt) -> float:
    """Platt scaling of a probability."""
    clipped = min(max(score, SMALLEST), 1 - SMALLEST)
    return 1 / (1 + math.exp(-(platt.scale * _logit(clipped) + platt.bias)))


def likeliest(predictions: Iterable[Prediction]) -> tuple[float, ...]:
    """The probability of each object's likeliest pair."""
    best: dict[int, float] = {}
    for prediction in predictions:
        key = id(prediction.slice)
        best[key] = max(best.get(key, 0.0), prediction.probability)
    return tuple(best.values())


def of_file(objects: Sequence[float], scaling: FileScaling) -> float:
    """The probability of a file with objects of these probabilities; 0 if there are none."""
    if not objects:
        return 0.0
    first, any_ = file_terms(objects)
    told = scaling.scale * first + scaling.several * any_
    return 1 / (1 + math.exp(-(told + scaling.bias)))


def file_terms(objects: Sequence[float]) -> tuple[float, float]:
    """What a file's probability is made of: (logit of the likeliest, logit of any), of one or more.

    How many there are is left out: it tells a little in the corpus, where small programs are as
    often racy as large ones, and hides races of larger code.
    """
    clipped = [min(max(p, SMALLEST), 1 - SMALLEST) for p in objects]
    none = max(math.exp(sum(math.log1p(-p) for p in clipped)), SMALLEST)
    return _logit(max(clipped)), _logit(1 - none)


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def load_predictor(
    bundle: Path | None = None, *, threads: int = 0, device: str = "cpu"
) -> OnnxPredictor:
    """The predictor of a bundle, 0 threads: by its size; raises RuntimeMissing, BundleDamaged."""
    _runtime()  # its absence is told before anything is read
    loaded = load_bundle(bundle or DEFAULT)
    threads = threads or _threads_for(loaded.model)
    return OnnxPredictor(loaded, open_session(loaded.model, threads=threads, device=device))


def open_session(model: bytes | str, *, threads: int = 0, device: str = "cpu") -> Any:
    """A session for a model's bytes or file; raises RuntimeMissing."""
    runtime = _runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads or min(usable_cores(), MOST_THREADS)
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    wanted = _PROVIDERS.get(device, _PROVIDERS["cpu"])
    there = runtime.get_available_providers()
    if device == "cuda" and "CUDAExecutionProvider" not in there:
        raise RuntimeMissing(
            f"The ONNX runtime that is installed has no CUDA: run `{_pip('uninstall')} "
            f"onnxruntime` and `{_pip('install')} onnxruntime-gpu`, or leave the device at cpu."
        )
    return runtime.InferenceSession(
        model, options, providers=[name for name in wanted if name in there]
    )


def _threads_for(model: bytes) -> int:
    return 1 if len(model) < SMALL_MODEL else min(usable_cores(), MOST_THREADS)


def usable_cores() -> int:
    """Cores this process may use: in a container that is often fewer than the machine has."""
    # Compared by platform and not by hasattr, so that type checkers follow.
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def _runtime() -> Any:
    try:
        # Imported here so that a missing runtime is a sentence and not a traceback.
        import onnxruntime
    except ImportError as exc:
        raise RuntimeMissing(
            f"No ONNX runtime is installed: run `{_pip('install')} onnxruntime`, "
            "or the same with onnxruntime-gpu for CUDA."
        ) from exc
    return onnxruntime


def _pip(verb: str) -> str:
    # By the interpreter: the one that runs need not be that of the `pip` on the path. By the
    # runtime's own name: reviewbot was installed from a checkout, whose place is not known.
    return f"{sys.executable} -m pip {verb}"
