"""A causal language model as an ONNX graph that reads and returns its key–value cache.

inputs   input_ids (B, T), attention_mask (B, P + T), position_ids (B, T),
         past_key_values.N.key|value (B, heads, P, width)
outputs  logits (B, V) of the token after the last, present.N.key|value (B, heads, P + T, width)
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import DynamicCache

from model_export.causal.errors import CannotUseModel
from reviewbot.causal.decoding import Shape

OPSET = 17
INPUTS = ("input_ids", "attention_mask", "position_ids")
LARGEST_MESSAGE = 1_800_000_000  # bytes of weights; a protobuf message ends at 2 GiB
WEIGHTS_FILE = "model.onnx.data"  # beside a model whose weights are larger
Pair = tuple[torch.Tensor, torch.Tensor]


class PlainCache(DynamicCache):  # type: ignore[misc]
    """A cache of plain tensors, which tracing can follow from input to output."""

    def __init__(self, past: Sequence[Pair]) -> None:
        super().__init__()
        self.pairs: dict[int, Pair] = dict(enumerate(past))

    def update(
        self, key: torch.Tensor, value: torch.Tensor, layer: int, *_: Any, **__: Any
    ) -> Pair:
        """The layer's keys and values with the new ones behind."""
        if layer in self.pairs:
            old_key, old_value = self.pairs[layer]
            key, value = torch.cat([old_key, key], 2), torch.cat([old_value, value], 2)
        self.pairs[layer] = (key, value)
        return key, value

    def get_seq_length(self, layer_idx: int = 0, *_: Any) -> int:
        """How many tokens are in the cache."""
        return self.pairs[layer_idx][0].shape[2] if layer_idx in self.pairs else 0


class Step(nn.Module):  # type: ignore[misc]
    """One reading step with explicit cache, mask and positions."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        ids: torch.Tensor,
        mask: torch.Tensor,
        positions: torch.Tensor,
        *past: torch.Tensor,
    ) -> tuple[torch.Tensor, ...]:
        """(logits, key, value, key, value, …)."""
        cache = PlainCache(list(zip(past[::2], past[1::2], strict=True)))
        out = self.model(
            input_ids=ids,
            attention_mask=_additive(mask, ids.shape[1]),
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return (out.logits[:, -1], *(t for n in sorted(cache.pairs) for t in cache.pairs[n]))


def _additive(mask: torch.Tensor, new: int) -> torch.Tensor:
    """(B, P + T) of zeros and ones → (B, 1, T, P + T): 0 where a token may look, else lowest."""
    total = mask.shape[1]
    rows = torch.arange(total - new, total, device=mask.device)[:, None]  # (T, 1)
    columns = torch.arange(total, device=mask.device)[None]  # (1, P + T)
    seen = (columns <= rows)[None, None] & (mask[:, None, None, :] > 0)
    return torch.where(seen, 0.0, torch.finfo(torch.float32).min)


def shape_of(model: Any) -> Shape:
    """The shape of the model's cache, found by asking it; raises CannotUseModel."""
    needed = {"position_ids", "past_key_values", "logits_to_keep"}
    lacking = needed - set(inspect.signature(model.forward).parameters)
    if lacking:
        raise CannotUseModel(
            f"{type(model).__name__} takes no {', '.join(sorted(lacking))}: only decoders with "
            "rotary positions and a key–value cache can be exported (Llama, Qwen2, Mistral …)."
        )
    cache = PlainCache([])
    with torch.no_grad():
        model(
            input_ids=torch.zeros((1, 2), dtype=torch.long), past_key_values=cache, use_cache=True
        )
    shapes = {(*key.shape, *value.shape[1:]) for key, value in cache.pairs.values()}
    if len(shapes) != 1:
        raise CannotUseModel(
            f"{type(model).__name__} has no cache of one shape in all layers (found "
            f"{len(shapes)}): models with recurrent or unlike layers cannot be exported."
        )
    _, heads, _, key_width, _, _, value_width = shapes.pop()
    layers = len(cache.pairs)
    return Shape(layers=layers, heads=heads, key_width=key_width, value_width=value_width)


def to_onnx(model: Any, shape: Shape, path: Path) -> None:
    """fp32 ONNX with dynamic batch, prompt and cache; weights beside it where they are large."""
    past = [f"past_key_values.{name}" for name in shape.names]
    present = [f"present.{name}" for name in shape.names]
    with torch.no_grad():
        torch.onnx.export(
            Step(model).eval(),
            tuple(_sample(model, shape)),
            str(path),
            input_names=[*INPUTS, *past],
            output_names=["logits", *present],
            dynamic_axes=_axes(past, present),
            opset_version=OPSET,
            dynamo=False,
        )


def weight_bytes(model: Any) -> int:
    """Bytes of the model's weights in fp32, shared ones counted once."""
    return sum(4 * weight.numel() for weight in model.parameters())


def _axes(past: Sequence[str], present: Sequence[str]) -> dict[str, dict[int, str]]:
    return {
        "input_ids": {0: "batch", 1: "new"},
        "attention_mask": {0: "batch", 1: "total"},
        "position_ids": {0: "batch", 1: "new"},
        "logits": {0: "batch"},
        **{name: {0: "batch", 2: "past"} for name in past},
        **{name: {0: "batch", 2: "total"} for name in present},
    }


def _sample(model: Any, shape: Shape) -> Iterator[torch.Tensor]:
    """Inputs of a step in the midst of a text: no axis is 1 or as long as another."""
    batch, new, past = 2, 3, 5
    yield torch.arange(batch * new).reshape(batch, new) % model.config.vocab_size
    yield torch.ones((batch, past + new), dtype=torch.long)
    yield torch.arange(past, past + new)[None].repeat(batch, 1)
    for _ in range(shape.layers):
        for width in (shape.key_width, shape.value_width):
            yield torch.zeros((batch, shape.heads, past, width))
