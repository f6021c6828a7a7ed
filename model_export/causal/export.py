"""A fine-tuned language model as a bundle of kind `causal`, its parity proven before it is written.

python -m model_export causal export --model DIR [--adapter DIR] --out DIR [--precision fp32]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path

from onnxruntime.quantization import QuantType, quantize_dynamic

from model_export.calibrate import PENALTIES
from model_export.causal.checkpoint import (
    Checkpoint,
    load_checkpoint,
    state_tokens,
    verdict_tokens,
)
from model_export.causal.graph import LARGEST_MESSAGE, WEIGHTS_FILE, shape_of, to_onnx, weight_bytes
from model_export.causal.parity import Figures, check_parity
from reviewbot.causal.bundle import KIND, TOKENIZER, CacheShape, CausalManifest, hash_of
from reviewbot.causal.decoding import Shape
from reviewbot.causal.prompt import PROMPT_VERSION
from reviewbot.model.bundle import MANIFEST, MODEL, seal_of

NEW_TOKENS = 512  # of one trace: the longest of 91 that were looked at has 707 characters
SECONDS = 600.0  # for all the traces of one change; what is not told by then is escalated


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the step."""
    add_model(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the bundle")
    parser.add_argument("--precision", choices=("int8", "fp32"), default="int8")
    parser.add_argument("--name", default="causal")
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--new-tokens", type=int, default=NEW_TOKENS, help="of one trace")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for a change's traces")
    parser.add_argument("--data", type=Path, help="what it was fine-tuned on, for its hash")


def add_model(parser: argparse.ArgumentParser) -> None:
    """Which model: shared by all steps that read one."""
    parser.add_argument(
        "--model", type=Path, required=True, metavar="DIR", help="a Hugging Face model, or adapter"
    )
    parser.add_argument("--adapter", type=Path, metavar="DIR", help="LoRA weights to merge into it")


def run(args: argparse.Namespace) -> int:
    """Load, trace, quantise, compare, write."""
    checkpoint = load_checkpoint(args.model, args.adapter)
    with tempfile.TemporaryDirectory() as folder:
        shape = shape_of(checkpoint.model)
        paths, figures = export_and_compare(checkpoint, shape, Path(folder), args.precision)
        for name, of_one in figures.items():
            print(f"{name}: {of_one.text()}")
        write_bundle(args, checkpoint, shape, paths[args.precision])
    print(f"{args.out} holds the bundle: reviewbot review --bundle {args.out}")
    return 0


def run_parity(args: argparse.Namespace) -> int:
    """Export into a throw-away folder and print how near each precision is to torch."""
    checkpoint = load_checkpoint(args.model, args.adapter)
    with tempfile.TemporaryDirectory() as folder:
        shape = shape_of(checkpoint.model)
        _, figures = export_and_compare(checkpoint, shape, Path(folder), "int8")
    for name, of_one in figures.items():
        print(f"{name}: {of_one.text()}")
    return 0


def export_and_compare(
    checkpoint: Checkpoint, shape: Shape, folder: Path, precision: str
) -> tuple[dict[str, Path], dict[str, Figures]]:
    """Model files by precision, each in a folder of its own, and their parity with torch."""
    paths = {"fp32": folder / "fp32" / MODEL}
    paths["fp32"].parent.mkdir()
    to_onnx(checkpoint.model, shape, paths["fp32"])
    large = weight_bytes(checkpoint.model) > LARGEST_MESSAGE
    if large:
        gather_weights(paths["fp32"])
    if precision == "int8":
        paths["int8"] = folder / "int8" / MODEL
        paths["int8"].parent.mkdir()
        quantise(paths["fp32"], paths["int8"], large=large)
    return paths, check_parity(checkpoint.model, shape, verdict_tokens(checkpoint.tokenizer), paths)


def quantise(full: Path, small: Path, *, large: bool = False) -> None:
    """int8 weights in every product, a scale a column: one for all loses outlying columns."""
    quantize_dynamic(
        full,
        small,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        use_external_data_format=large,
    )


def gather_weights(path: Path) -> None:
    """Put the weights that torch wrote as a file each into one beside the model."""
    # Imported here: only models beyond one message need it.
    import onnx

    model = onnx.load(str(path))
    for other in path.parent.iterdir():
        if other != path:
            other.unlink()
    onnx.save_model(
        model,
        str(path),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=WEIGHTS_FILE,
    )


def write_bundle(
    args: argparse.Namespace, checkpoint: Checkpoint, shape: Shape, model: Path
) -> None:
    """The model with whatever lies beside it, the tokenizer and the manifest."""
    args.out.mkdir(parents=True, exist_ok=True)
    files = {part.name: args.out / part.name for part in sorted(model.parent.iterdir())}
    for name, path in files.items():
        path.write_bytes((model.parent / name).read_bytes())
    files[TOKENIZER] = args.out / TOKENIZER
    checkpoint.tokenizer.save(str(files[TOKENIZER]))
    hashes = {name: hash_of(path) for name, path in files.items()}
    manifest = manifest_of(args, checkpoint, shape, hashes)
    sealed = manifest.model_copy(update={"seal": seal_of(manifest.model_dump_json().encode())})
    (args.out / MANIFEST).write_text(sealed.model_dump_json(indent=1) + "\n", encoding="utf-8")


def manifest_of(
    args: argparse.Namespace, checkpoint: Checkpoint, shape: Shape, hashes: Mapping[str, str]
) -> CausalManifest:
    """Everything the runtime needs to know of the model."""
    return CausalManifest(
        kind=KIND,
        name=args.name,
        version=args.version,
        prompt_version=PROMPT_VERSION,
        precision=args.precision,
        cache=CacheShape(
            layers=shape.layers,
            heads=shape.heads,
            key_width=shape.key_width,
            value_width=shape.value_width,
        ),
        context=checkpoint.context,
        ends=checkpoint.ends,
        verdict=verdict_tokens(checkpoint.tokenizer),
        state=state_tokens(checkpoint.tokenizer),
        new_tokens=args.new_tokens,
        seconds=args.seconds,
        penalties={name: value for name, value in PENALTIES.items() if name != "unknown-fact"},
        data_sha256=hash_of(args.data) if args.data else "",
        files=dict(hashes),
    )
