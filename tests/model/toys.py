"""Slices by hand, and a bundle whose network is small enough to be worked out on paper.

The toy network looks up five logits for each fact of a pair and adds them: two layers of real ONNX.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from reviewbot.model.bundle import FACTS, MANIFEST, MODEL, WORDS
from reviewbot.model.features import FEATURE_VERSION, RESERVED
from reviewbot.records import Access, AccessPair, Link, Mode, Slice, SliceLine

NAMES = ("tokens", "relations", "places")
LOGITS: dict[str, tuple[float, ...]] = {
    "common=none": (2.0, 2.0, 2.0, 2.0, 2.0),
    "common=mutex": (2.0, 2.0, 2.0, 2.0, -3.0),
    "phase=differ": (0.0, 0.0, 0.0, -4.0, 0.0),
    **dict.fromkeys(  # the toy gives readings no say
        ("reading=none", "reading=common lock", "reading=a barrier between"),
        (0.0, 0.0, 0.0, 0.0, 0.0),
    ),
}
VOCABULARY = {token: index for index, token in enumerate((*RESERVED, "OBJ", "++", ";"))}


def access(line: int = 1, text: str = "counter++", *, atomic: bool = False) -> Access:
    """A write of `counter`."""
    return Access(
        path="a.c",
        line=line,
        column=1,
        end_column=1 + len(text),
        mode=Mode.WRITE,
        atomic=atomic,
        text=text,
        function="f",
    )


def pair(
    *facts: str,
    lines: tuple[int, int] = (1, 1),
    evidence: tuple[tuple[Link, tuple[int, ...]], ...] = (),
) -> AccessPair:
    """A pair of writes with `slot=value` facts."""
    relations = tuple((fact.split("=")[0], fact.split("=")[1]) for fact in facts)
    first, second = (access(line) for line in lines)
    return AccessPair(first=first, second=second, relations=relations, evidence=evidence)


def part(
    *pairs: AccessPair,
    lines: Sequence[tuple[int, str]] = ((1, "OBJ ++ ;"),),
    unresolved: tuple[str, ...] = (),
    name: str = "counter",
    kind: str = "parallel for",
) -> Slice:
    """A slice of numbered lines, their tokens parted by blanks."""
    return Slice(
        path="a.c",
        object=name,
        function="f",
        construct_line=1,
        construct_end_line=9,
        construct_kind=kind,
        lines=tuple(SliceLine(line=n, tokens=tuple(text.split())) for n, text in lines),
        pairs=pairs,
        unresolved=unresolved,
    )


def write_bundle(
    folder: Path,
    *,
    calibration: tuple[float, float] = (1.0, 0.0),
    file_calibration: tuple[float, float] = (1.0, 0.0),
    penalties: Mapping[str, float] | None = None,
) -> Path:
    """A bundle of the toy network, its hashes right."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = {token: index for index, token in enumerate((*RESERVED, *LOGITS))}
    contents = {
        MODEL: _network(),
        WORDS: json.dumps({"model": {"vocab": VOCABULARY}}).encode(),
        FACTS: json.dumps(facts).encode(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    manifest = {
        "name": "toy",
        "version": "1",
        "feature_version": FEATURE_VERSION,
        "links": [link.value for link in Link],
        "calibration": dict(zip(("scale", "bias"), calibration, strict=True)),
        "file_calibration": dict(zip(("scale", "bias"), file_calibration, strict=True)),
        "penalties": dict(penalties or {}),
        "data_sha256": "0" * 64,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return folder


def _network() -> bytes:
    # Imported here so that slices by hand can be had without the maker's packages.
    from onnx import TensorProto, helper, numpy_helper

    table = np.zeros((len(RESERVED) + len(LOGITS), len(Link)), np.float32)
    table[len(RESERVED) :] = list(LOGITS.values())
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, [None] * rank)
        for name, rank in zip(NAMES, (2, 3, 3), strict=True)
    ]
    output = helper.make_tensor_value_info("links", TensorProto.FLOAT, [None, None, len(Link)])
    nodes = [
        helper.make_node("Gather", ["table", "relations"], ["each"]),
        helper.make_node("ReduceSum", ["each", "axis"], ["links"], keepdims=0),
    ]
    weights = [
        numpy_helper.from_array(table, "table"),
        numpy_helper.from_array(np.array([2], np.int64), "axis"),
    ]
    graph = helper.make_graph(nodes, "toy", inputs, [output], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())
