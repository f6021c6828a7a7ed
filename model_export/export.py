"""Write a trained model as a bundle: ONNX, int8, hashes, and parity proven before it is written.

python -m model_export export --run data/run --data data/slices.parquet
    --out reviewbot/bundles/small
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic

from model_export.calibrate import PENALTIES, calibrate, read_predictions
from model_export.network import Config, Together, WorldModel
from model_export.selective import fitting
from model_export.selective.items import read_known
from model_export.train import LAST, MEMBER
from reviewbot.errors import BadInput, ReviewbotError
from reviewbot.model.bundle import FACTS, MANIFEST, MODEL, NOVELTY, WORDS, Manifest, seal_of
from reviewbot.model.features import FEATURE_VERSION, MAX_TOKENS
from reviewbot.model.novelty import pack
from reviewbot.records import Link

# Largest difference of any link's probability: fp32 runtimes agree to rounding; int8 weights carry
# a relative error of 1/256 each, which the verdicts must survive.
INPUTS = ("tokens", "relations", "places")
FP32_TOLERANCE = 1e-4
INT8_TOLERANCE = 0.15
SAME_VERDICTS = 0.995
Network: TypeAlias = WorldModel | Together


class ParityLost(ReviewbotError):
    """The exported model does not answer as the trained one does."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--run", type=Path, required=True, help="folder written by train")
    parser.add_argument("--data", type=Path, required=True, help="the data set it was trained on")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--name", default="small")
    parser.add_argument("--version", default="0.1.0")


def run(arguments: argparse.Namespace) -> int:
    """Export, quantise, compare, calibrate, write."""
    states = read_states(arguments.run)
    model = network_of(states)
    with tempfile.TemporaryDirectory() as folder:
        full, small = Path(folder) / "full.onnx", Path(folder) / "int8.onnx"
        to_onnx(model, full)
        quantize_dynamic(full, small, weight_type=QuantType.QInt8)
        figures = parity(model, full, small)
        print(json.dumps(figures))
        _write(arguments, states[0], small.read_bytes())
    return 0


def read_states(run: Path) -> list[dict[str, Any]]:
    """The checkpoints of a run's networks; raises BadInput where they do not belong together."""
    paths = [run / LAST, *sorted(run.glob(f"{MEMBER}*/{LAST}"))]
    states = [torch.load(path, weights_only=True, map_location="cpu") for path in paths]
    for path, state in zip(paths, states, strict=True):
        if any(state[key] != states[0][key] for key in ("config", "words", "facts", "epoch")):
            raise BadInput(
                f"{path} was trained on other data or for other epochs than {paths[0]}: "
                "call train again as before, or remove that folder."
            )
    return states


def network_of(states: Sequence[Mapping[str, Any]]) -> Network:
    """The network of a checkpoint, or those of several together; ready to be asked."""
    members = []
    for state in states:
        members.append(WorldModel(Config(**state["config"])))
        members[-1].load_state_dict(state["model"])
    model: Network = members[0] if len(members) == 1 else Together(members)
    return model.eval()  # type: ignore[no-any-return]


def to_onnx(model: Network, path: Path) -> None:
    """fp32 ONNX with dynamic batch, length, pairs and relations."""
    inputs = sample(model, 2, 24, 3, relations=40)
    axes = {
        "tokens": {0: "batch", 1: "length"},
        "relations": {0: "batch", 1: "pairs", 2: "relations_"},
        "places": {0: "batch", 1: "pairs"},
        "links": {0: "batch", 1: "pairs"},
    }
    torch.onnx.export(
        model,
        inputs,
        str(path),
        input_names=["tokens", "relations", "places"],
        output_names=["links"],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )


def sample(
    model: Network, batch: int, length: int, pairs: int, *, relations: int, seed: int = 0
) -> tuple[torch.Tensor, ...]:
    """Random inputs with padding, of the model's shapes."""
    rng = np.random.default_rng([seed, batch, length, pairs])
    tokens = rng.integers(1, model.config.words, (batch, length))
    for row in range(1, batch):
        tokens[row, rng.integers(1, length + 1) :] = 0
    facts = rng.integers(0, model.config.facts, (batch, pairs, relations))
    places = rng.integers(0, length, (batch, pairs, 2))
    return tuple(torch.from_numpy(a.astype(np.int64)) for a in (tokens, facts, places))


def parity(model: Network, full: Path, small: Path) -> dict[str, float]:
    """Torch, ONNX fp32 and ONNX int8 over batch × length × pairs; raises ParityLost."""
    sessions = {name: _session(path) for name, path in (("fp32", full), ("int8", small))}
    worst = {"fp32": 0.0, "int8": 0.0}
    same, total = 0, 0
    for batch in (1, 3, 8):
        for length in (1, 17, MAX_TOKENS):
            for pairs in (1, 5, 16):
                inputs = sample(model, batch, length, pairs, relations=40, seed=1)
                with torch.no_grad():
                    expected = torch.sigmoid(model(*inputs)).double().numpy()
                for name, session in sessions.items():
                    got = _links(session, inputs)
                    worst[name] = max(worst[name], float(np.abs(got - expected).max()))
                    if name == "int8":
                        same += int(((got.prod(-1) >= 0.5) == (expected.prod(-1) >= 0.5)).sum())
                        total += batch * pairs
    figures = {
        **{f"largest difference {k}": v for k, v in worst.items()},
        "same verdicts": same / total,
    }
    if (
        worst["fp32"] > FP32_TOLERANCE
        or worst["int8"] > INT8_TOLERANCE
        or figures["same verdicts"] < SAME_VERDICTS
    ):
        raise ParityLost(f"The exported model answers differently: {figures}. Do not ship it.")
    return figures


def _session(path: Path) -> Any:
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def _links(session: Any, inputs: Sequence[torch.Tensor]) -> NDArray[np.float64]:
    wanted = {item.name for item in session.get_inputs()}
    feed = {n: t.numpy() for n, t in zip(INPUTS, inputs, strict=True) if n in wanted}
    logits = session.run(["links"], feed)[0]
    return 1 / (1 + np.exp(-logits.astype(np.float64)))


def _write(arguments: argparse.Namespace, state: dict[str, Any], model: bytes) -> None:
    slices, files = calibrate(read_predictions(arguments.run / "calibrate.json"))
    known = read_known(arguments.data)
    selective = fitting.fit(arguments.run, known, state["facts"], fitting.Risks())
    contents = {
        MODEL: model,
        WORDS: json.dumps(_tokenizer(state["words"]), indent=1).encode(),
        FACTS: json.dumps(state["facts"], indent=0).encode(),
        NOVELTY: pack(selective.novelty),
    }
    manifest = Manifest(
        name=arguments.name,
        version=arguments.version,
        feature_version=FEATURE_VERSION,
        links=tuple(link.value for link in Link),
        calibration=slices,
        file_calibration=files,
        penalties=PENALTIES,
        data_sha256=_sha256(arguments.data.read_bytes()),
        files={n: _sha256(c) for n, c in contents.items()},
        selective=fitting.entry(selective, slices),
    )
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (arguments.out / name).write_bytes(content)
    sealed = manifest.model_copy(update={"seal": seal_of(manifest.model_dump_json().encode())})
    (arguments.out / MANIFEST).write_text(sealed.model_dump_json(indent=1) + "\n")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _tokenizer(words: dict[str, int]) -> dict[str, Any]:
    """A word-level tokenizer in the format of the `tokenizers` library."""
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": words, "unk_token": "<unknown>"},
    }
