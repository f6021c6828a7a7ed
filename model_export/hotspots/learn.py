"""From a corpus to a model in a bundle, and to the figures that say what it is worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from model_export.hotspots.calibrate import calibrate
from model_export.hotspots.corpus import Row, fingerprint
from model_export.hotspots.evaluate import table
from model_export.hotspots.examples import Examples, examples
from model_export.hotspots.export import add_to_bundle
from model_export.hotspots.train import Answers, cross_fit, fit
from reviewbot.errors import BadInput

MODEL, ANSWERS = "hotspots.pt", "answers.npz"


def learn(rows: Sequence[Row], out: Path, bundle: Path | None, seed: int) -> Iterator[str]:
    """Cross-fit for calibration and figures, train on everything, put it into the bundle."""
    torch.set_num_threads(1)  # the network is so small that threads only wait for one another
    data = examples(rows)
    yield f"{data.programs} programs, {len(data.regions)} regions, {len(data.groups)} rankings"
    answers = cross_fit(data, seed=seed)
    out.mkdir(parents=True, exist_ok=True)
    _save(out / ANSWERS, answers, fingerprint(rows))
    yield from table(data, answers)
    model = fit(data.regions, data.groups, seed=seed)
    torch.save(model.state_dict(), out / MODEL)
    if bundle is not None:
        everything: NDArray[np.bool_] = np.ones(len(data.regions), dtype=bool)
        calibration = calibrate(data, answers, everything)
        about = {"programs": data.programs, "data_sha256": fingerprint(rows)}
        worst = add_to_bundle(bundle, model, calibration, about)
        yield f"in {bundle}; ONNX differs from torch by at most {worst:.1e}"


def figures(rows: Sequence[Row], run: Path) -> list[str]:
    """The table of a run's cross-fitted answers; raises BadInput if the corpus is another one."""
    if not (run / ANSWERS).exists():
        raise BadInput(f"{run} holds no answers: write them with `hotspots train`")
    data = examples(rows)
    return table(data, _load(run / ANSWERS, data, fingerprint(rows)))


def _save(path: Path, answers: Answers, corpus: str) -> None:
    sizes = np.array([len(scores) for scores in answers.groups])
    np.savez(
        path,
        balance=answers.balance,
        classes=answers.classes,
        scores=np.concatenate([*answers.groups, np.zeros(0)]),
        sizes=sizes,
        corpus=np.array(corpus),
    )


def _load(path: Path, data: Examples, corpus: str) -> Answers:
    kept = np.load(path)
    if str(kept["corpus"]) != corpus or len(kept["balance"]) != len(data.regions):
        raise BadInput(f"{path} was written for another corpus: train again on this one")
    parts = np.split(kept["scores"], np.cumsum(kept["sizes"])[:-1])
    return Answers(kept["balance"], kept["classes"], list(parts))
