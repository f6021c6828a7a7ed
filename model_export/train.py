"""Train the world model on labelled slices; resumable at any epoch, deterministic by seed.

python -m model_export train --data data/slices.parquet --out data/run
python -m model_export train --data data/slices.parquet --out data/base --size base --minutes 9
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from model_export import metrics
from model_export.dataset import fold_of, split_of
from model_export.examples import (
    Example,
    Vocabularies,
    batches,
    examples,
    load,
    tensors,
    vocabularies,
)
from model_export.network import SIZES, Config, WorldModel, log_race, loss_of
from reviewbot.errors import BadInput

BATCH = 48
# Cross-validated over families, rates from 0.8e-3 to 2.5e-3 with 7 to 3 epochs came out alike: the
# choice is not critical. The folds held all families, those of the test split too.
RATE = 1.5e-3  # AdamW
DECAY = 0.05
HIDE = 0.15  # share of facts and words hidden in training, so that no single one is trusted
# Of 84 000 programs, one run each: after two, AUROC 0.973 and 0.903 of Indigo3's files; after four
# 0.972 and 0.881, but more twins of problem families (0.810 to 0.777).
EPOCHS = 5  # of a small corpus
LAST = "last.pt"  # the newest checkpoint of a network
MEMBER = "member"  # folders of the second network and those after it, in the run's own
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
SCORED = 8000  # slices of the calibration part that a curve's point is measured on


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--data", type=Path, required=True, help="Parquet file of labelled slices")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and curves")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--fold", help="K/N: hold out fold K of N (cross-validation) instead of the test split"
    )
    parser.add_argument(
        "--cross",
        type=int,
        default=5,
        help="folds of cross-fitting for calibration; 0 holds out fixed families (default: 5)",
    )
    parser.add_argument(
        "--members",
        type=int,
        default=1,
        help="networks that differ by their seed alone, whose links are averaged (default: 1)",
    )
    parser.add_argument(
        "--inputs",
        choices=["relations", "slice", "both"],
        help="what the network reads (default: relations; both for the size base)",
    )
    parser.add_argument(
        "--size",
        choices=sorted(SIZES),
        default="small",
        help="small: minutes on two cores; base: for an accelerator, in bf16 (default: small)",
    )
    parser.add_argument(
        "--minutes",
        type=float,
        default=math.inf,
        help="stop after the epoch that passes this; the same command goes on (default: never)",
    )
    parser.add_argument(
        "--fraction", type=float, default=1.0, help="share of the training families to use"
    )


class OutOfTime(Exception):
    """The minutes are over; what was trained is in the checkpoint."""


def run(arguments: argparse.Namespace) -> int:
    """Train, or go on from the newest checkpoint in the output folder."""
    if arguments.members < 1:
        raise BadInput("--members takes the number of networks: 1 or more.")
    torch.set_num_threads(arguments.threads)
    arguments.until = time.monotonic() + 60 * arguments.minutes
    try:
        return _run(arguments)
    except OutOfTime:
        print("stopped after a whole epoch: the same command goes on from there", flush=True)
        return 0


def _run(arguments: argparse.Namespace) -> int:
    rows = load(arguments.data)
    part = splitter(arguments.fold)
    if arguments.cross and not arguments.fold:
        _cross_fit(arguments, rows)
        part = _joined(part)
    for number in range(arguments.members):
        out = arguments.out / f"{MEMBER}{number}" if number else arguments.out
        _train_one(arguments, rows, part, out, seed=arguments.seed + number)
    return 0


def _cross_fit(arguments: argparse.Namespace, rows: list[dict[str, Any]]) -> None:
    """Write calibrate.json: each family outside the test split, as a model sees it that never did.

    The final model may then learn from all of these families, and calibration has all of them too.
    """
    predictions: list[Any] = []
    for number in range(arguments.cross):
        out = arguments.out / f"cross{number}"
        _train_one(arguments, rows, _crossed(number, arguments.cross), out, seed=arguments.seed)
        predictions += json.loads((out / "calibrate.json").read_text())
    (arguments.out / "calibrate.json").write_text(json.dumps(predictions))


def _crossed(number: int, folds: int) -> Callable[[str], str]:
    def part(family: str) -> str:
        if split_of(family) == "test":
            return "test"
        return "calibrate" if fold_of(family, folds) == number else "train"

    return part


def _joined(part: Callable[[str], str]) -> Callable[[str], str]:
    return lambda family: "test" if part(family) == "test" else "train"


def _train_one(
    arguments: argparse.Namespace,
    rows: list[dict[str, Any]],
    part: Callable[[str], str],
    out: Path,
    *,
    seed: int,
) -> None:
    """One model on the `train` part; its predictions for the other parts are written beside it."""
    train_rows = [r for r in rows if part(r["family"]) == "train" and not r["repeated"]]
    train_rows = _fraction(train_rows, arguments.fraction)
    vocabulary = vocabularies(train_rows)
    held = [row for row in rows if part(row["family"]) != "train"]
    parts = {"train": examples(train_rows, vocabulary)}
    for name in ("calibrate", "test"):
        parts[name] = examples([row for row in held if part(row["family"]) == name], vocabulary)
    print(
        {name: len(items) for name, items in parts.items()},
        len(vocabulary.words),
        len(vocabulary.facts),
        flush=True,
    )
    out.mkdir(parents=True, exist_ok=True)
    model = fit(
        parts,
        config_of(arguments, vocabulary),
        vocabulary,
        out,
        epochs=arguments.epochs,
        seed=seed,
        until=arguments.until,
    )
    for name in ("calibrate", "test"):
        if parts[name]:
            write_predictions(model, parts[name], out / f"{name}.json")


def config_of(arguments: argparse.Namespace, vocabulary: Vocabularies) -> Config:
    """The network's sizes, and what it reads if that was asked for."""
    sizes = dict(SIZES[arguments.size])
    if arguments.inputs:
        sizes["use_slice"] = arguments.inputs != "relations"
        sizes["use_relations"] = arguments.inputs != "slice"
    return Config(len(vocabulary.words), len(vocabulary.facts), **sizes)  # type: ignore[arg-type]


def splitter(fold: str | None) -> Callable[[str], str]:
    """A family's part (train, calibrate, test): by the fixed split, or by a fold of several."""
    if fold is None:
        return split_of
    number, folds = (int(word) for word in fold.split("/"))

    def part(family: str) -> str:
        own = fold_of(family, folds)
        if own == number:
            return "test"
        return "calibrate" if own == (number + 1) % folds else "train"

    return part


def _fraction(rows: Sequence[dict[str, Any]], share: float) -> list[dict[str, Any]]:
    families = sorted({row["family"] for row in rows}, key=lambda f: fold_of(f, 997))
    kept = set(families[: max(int(len(families) * share), 1)])
    return [row for row in rows if row["family"] in kept]


def fit(
    parts: dict[str, list[Example]],
    config: Config,
    vocabulary: Vocabularies,
    out: Path,
    *,
    epochs: int,
    seed: int,
    until: float = math.inf,
) -> WorldModel:
    """Train for so many epochs in all, from the last checkpoint if there is one.

    Raises OutOfTime after the epoch in which the monotonic clock passes `until`, if more are due.
    """
    torch.manual_seed(seed)
    model = WorldModel(config)
    model.to(DEVICE)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    start, curves = _resume(out / LAST, model, optimizer)
    steps = math.ceil(len(parts["train"]) / BATCH)
    for epoch in range(start, epochs):
        rng = np.random.default_rng([seed, epoch])
        torch.manual_seed(seed * 1000 + epoch)
        began = time.monotonic()
        loss = _epoch(
            model, optimizer, parts["train"], rng, step=epoch * steps, total=epochs * steps
        )
        curves.append(
            {
                "epoch": epoch,
                "loss": loss,
                "seconds": time.monotonic() - began,
                **_scores(model, parts["calibrate"][:: max(len(parts["calibrate"]) // SCORED, 1)]),
            }
        )
        print(json.dumps(curves[-1]), flush=True)
        _save(out, model, optimizer, vocabulary, epoch=epoch + 1, curves=curves)
        if time.monotonic() > until and epoch + 1 < epochs:
            raise OutOfTime
    return model


def _resume(
    path: Path, model: WorldModel, optimizer: torch.optim.Optimizer
) -> tuple[int, list[dict[str, Any]]]:
    if not path.is_file():
        return 0, []
    state = torch.load(path, weights_only=True, map_location=DEVICE)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return state["epoch"], state["curves"]


def _save(
    out: Path,
    model: WorldModel,
    optimizer: torch.optim.Optimizer,
    vocabulary: Vocabularies,
    *,
    epoch: int,
    curves: list[dict[str, Any]],
) -> None:
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "epoch": epoch,
        "curves": curves,
        "config": model.config.as_dict(),
        "words": dict(vocabulary.words),
        "facts": dict(vocabulary.facts),
    }
    torch.save(state, out / "last.unfinished")
    (out / "last.unfinished").replace(out / LAST)
    (out / "curves.json").write_text(json.dumps(curves, indent=1))


def _epoch(
    model: WorldModel,
    optimizer: torch.optim.Optimizer,
    items: Sequence[Example],
    rng: np.random.Generator,
    *,
    step: int,
    total: int,
) -> float:
    model.train()
    losses = []
    for chunk in batches(items, BATCH, rng=rng):
        batch = tensors([items[i] for i in chunk], rng=rng, drop=HIDE).to(DEVICE)
        for group in optimizer.param_groups:
            group["lr"] = _rate(step, total)
        # bf16 keeps fp32's range, so that no loss scaling is needed; a CPU gains nothing by it.
        with torch.autocast(DEVICE.type, dtype=torch.bfloat16, enabled=DEVICE.type == "cuda"):
            links = model(batch.tokens, batch.relations, batch.places)
        loss = loss_of(links.float(), batch.race, batch.links, batch.slices, batch.weights)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(float(loss.detach()))
        step += 1
    return float(np.mean(losses))


def _rate(step: int, total: int) -> float:
    """Linear warm-up over the first twentieth, then a cosine to a twentieth."""
    warm = max(total // 20, 1)
    if step < warm:
        return RATE * (step + 1) / warm
    return RATE * (
        0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(total - warm, 1)))
    )


def predict(model: WorldModel, items: Sequence[Example]) -> list[NDArray[np.float64]]:
    """Link logits (pairs, 5) of each example."""
    model.eval()
    result: list[NDArray[np.float64]] = [np.zeros((0, 5))] * len(items)
    with torch.no_grad():
        for chunk in batches(items, 64, rng=None):
            batch = tensors([items[i] for i in chunk]).to(DEVICE)
            links = model(batch.tokens, batch.relations, batch.places).cpu()
            for row, index in enumerate(chunk):
                result[index] = links[row, : len(items[index].race)].double().numpy()
    return result


def race_scores(links: NDArray[np.float64]) -> NDArray[np.float64]:
    """Race probability of each pair from its link logits."""
    return log_race(torch.from_numpy(links)).exp().numpy()


def slice_table(
    items: Sequence[Example], links: Sequence[NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
    """(labels, scores, families) of the slices that have a label."""
    kept = [
        (i.slice_race, float(race_scores(chain).max()), i.family)
        for i, chain in zip(items, links, strict=True)
        if i.slice_race >= 0 and len(chain) and not i.repeated
    ]
    return (
        np.array([k[0] for k in kept], float),
        np.array([k[1] for k in kept]),
        [k[2] for k in kept],
    )


def _scores(model: WorldModel, items: Sequence[Example]) -> dict[str, float]:
    if not items:
        return {}
    labels, scores, _ = slice_table(items, predict(model, items))
    return {
        "AUROC": metrics.auroc(labels, scores),
        "F1": metrics.f1(labels, scores),
        "ECE": metrics.ece(labels, scores),
    }


def write_predictions(model: WorldModel, items: Sequence[Example], path: Path) -> None:
    """Link logits with labels and origin, for calibration and for tables."""
    rows = [
        {
            "family": i.family,
            "program": i.program,
            "twin_group": i.twin_group,
            "view": i.view,
            "kind": i.kind,
            "label": i.label,
            "slice_race": i.slice_race,
            "race": list(i.race),
            "links": np.round(chain, 4).tolist(),
            "unknown": i.encoded.unknown,
            "unresolved": list(i.unresolved),
            "repeated": i.repeated,
        }
        for i, chain in zip(items, predict(model, items), strict=True)
    ]
    path.write_text(json.dumps(rows))
