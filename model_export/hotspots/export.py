"""Puts the hotspot model into a bundle: ONNX, its calibration, and their hashes in the manifest."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch

from model_export.export import ParityLost
from model_export.hotspots.network import HotspotModel, Shipped
from reviewbot.hotspots.answers import Calibration
from reviewbot.hotspots.features import HOTSPOT_FEATURES, LOOP_NAMES, REGION_NAMES
from reviewbot.model.bundle import HOTSPOTS, HOTSPOTS_FACTS, MANIFEST, seal_of

TOLERANCE = 1e-3  # of a logit: the runtimes differ by rounding alone
OUTPUTS = ("balance", "bottleneck", "cost", "time")


def to_onnx(model: HotspotModel, path: Path) -> None:
    """fp32 ONNX with any number of regions and loops; the network is small as it is."""
    model.eval()
    inputs = (torch.zeros(2, len(REGION_NAMES)), torch.zeros(3, len(LOOP_NAMES)))
    axes = {"regions": {0: "R"}, "loops": {0: "L"}, "balance": {0: "R"}, "bottleneck": {0: "R"}}
    torch.onnx.export(
        Shipped(model),
        inputs,
        str(path),
        input_names=["regions", "loops"],
        output_names=list(OUTPUTS),
        dynamic_axes={**axes, "cost": {0: "L"}, "time": {0: "L"}},
        opset_version=17,
        dynamo=False,
    )


def parity(model: HotspotModel, path: Path) -> float:
    """Largest difference of any output between torch and ONNX; raises ParityLost."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rng, worst = np.random.default_rng(0), 0.0
    for regions, loops in ((1, 1), (5, 0), (2, 17)):
        feed = {
            "regions": rng.normal(1, 2, (regions, len(REGION_NAMES))).astype(np.float32),
            "loops": rng.normal(1, 2, (loops, len(LOOP_NAMES))).astype(np.float32),
        }
        with torch.no_grad():
            expected = Shipped(model)(torch.tensor(feed["regions"]), torch.tensor(feed["loops"]))
        for got, wanted in zip(session.run(list(OUTPUTS), feed), expected, strict=True):
            if got.size:
                worst = max(worst, float(np.abs(got - wanted.numpy()).max()))
    if worst > TOLERANCE:
        raise ParityLost(f"ONNX differs from torch by {worst}: do not ship it.")
    return worst


def add_to_bundle(
    bundle: Path, model: HotspotModel, calibration: Calibration, about: dict[str, Any]
) -> float:
    """Write both files and enter their hashes; the rest of the bundle stays. The parity found."""
    path = bundle / HOTSPOTS
    to_onnx(model, path)
    worst = parity(model, path)
    facts = {"features": HOTSPOT_FEATURES, "calibration": calibration.model_dump(), **about}
    (bundle / HOTSPOTS_FACTS).write_text(json.dumps(facts, indent=1) + "\n")
    manifest = json.loads((bundle / MANIFEST).read_text())
    for name in (HOTSPOTS, HOTSPOTS_FACTS):
        manifest["files"][name] = hashlib.sha256((bundle / name).read_bytes()).hexdigest()
    if manifest.get("seal") is not None:
        manifest["seal"] = seal_of(json.dumps(manifest).encode())
    (bundle / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
    return worst
