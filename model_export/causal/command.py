"""Causal language models: `prompts`, `train`, `export`, `parity`, `evaluate`, `recipe`."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Mapping
from pathlib import Path

RECIPE = Path(__file__).with_name("RECIPE.md")

# step → (module, function, its line in --help); modules are imported when their step is called,
# as most of them bring in torch and transformers.
STEPS: Mapping[str, tuple[str, str]] = {
    "prompts": ("prompts", "write traces out as prompt and completion"),
    "train": ("learn", "fine-tune a model on them, with LoRA or whole"),
    "export": ("export", "write a fine-tuned model as a bundle with a key-value cache"),
    "parity": ("export", "compare torch, ONNX fp32 and ONNX int8 over a sweep"),
    "evaluate": ("assess", "measure a bundle on examples it never saw"),
    "recipe": ("", "print the training recipe"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the steps; their own options are declared when one is chosen."""
    parser.add_argument("step", choices=list(STEPS), help=_summaries())
    parser.add_argument("options", nargs=argparse.REMAINDER, help="of the step; try --help")


def run(args: argparse.Namespace) -> int:
    """Run one step; its exit status."""
    if args.step == "recipe":
        print(RECIPE.read_text(encoding="utf-8"))
        return 0
    name, summary = STEPS[args.step]
    module = importlib.import_module(f"model_export.causal.{name}")
    parser = argparse.ArgumentParser(
        prog=f"python -m model_export causal {args.step}", description=summary
    )
    if args.step == "parity":
        module.add_model(parser)
        return int(module.run_parity(parser.parse_args(args.options)))
    module.add_arguments(parser)
    return int(module.run(parser.parse_args(args.options)))


def _summaries() -> str:
    return "; ".join(f"{step}: {summary}" for step, (_, summary) in STEPS.items())
