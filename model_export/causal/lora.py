"""Low-rank adapters (Hu et al. 2022): trained, written as `peft` writes them, merged into a base.

A layer with weight W (out, in) answers x Wᵀ + (alpha / r) (x Aᵀ) Bᵀ with A (r, in) and B (out, r);
merged it is W + (alpha / r) B A, and costs nothing more.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from model_export.causal.errors import CannotUseAdapter

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
PREFIX = "base_model.model."
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
_UNMERGEABLE = ("use_dora", "lora_bias", "use_qalora", "megatron_config", "layer_replication")


class LoraLinear(nn.Module):  # type: ignore[misc]
    """A frozen linear layer with a low-rank addition that is learned."""

    def __init__(self, base: nn.Linear, rank: int, alpha: float, dropout: float) -> None:
        super().__init__()
        self.base = base.requires_grad_(requires_grad=False)
        self.lora_A = nn.Linear(base.in_features, rank, bias=False)
        self.lora_B = nn.Linear(rank, base.out_features, bias=False)
        nn.init.kaiming_uniform_(self.lora_A.weight, a=math.sqrt(5))
        nn.init.zeros_(self.lora_B.weight)  # an adapter begins as no change at all
        self.dropout = nn.Dropout(dropout)
        self.scale = alpha / rank

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(..., in) → (..., out)."""
        return self.base(x) + self.lora_B(self.lora_A(self.dropout(x))) * self.scale


def add_adapters(
    model: nn.Module,
    rank: int,
    alpha: float,
    *,
    dropout: float = 0.0,
    targets: Sequence[str] = TARGETS,
) -> int:
    """Freeze the model and put adapters on the named layers, in place; how many there are."""
    model.requires_grad_(requires_grad=False)
    found = [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and name.rsplit(".", 1)[-1] in targets
    ]
    for name in found:
        parent, _, last = name.rpartition(".")
        base = model.get_submodule(name)
        setattr(model.get_submodule(parent), last, LoraLinear(base, rank, alpha, dropout))
    return len(found)


def save_adapter(model: nn.Module, out: Path, rank: int, alpha: float, base: str) -> None:
    """Write the adapters of `add_adapters` as a folder that `peft` reads as well."""
    layers = {n: m for n, m in model.named_modules() if isinstance(m, LoraLinear)}
    tensors = {
        f"{PREFIX}{name}.{part}.weight": getattr(layer, part).weight.detach().cpu().contiguous()
        for name, layer in layers.items()
        for part in ("lora_A", "lora_B")
    }
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": rank,
        "lora_alpha": alpha,
        "target_modules": sorted({name.rsplit(".", 1)[-1] for name in layers}),
        "bias": "none",
        "fan_in_fan_out": False,
        "use_rslora": False,
        "use_dora": False,
        "inference_mode": True,
    }
    out.mkdir(parents=True, exist_ok=True)
    save_file(tensors, out / WEIGHTS)
    (out / CONFIG).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def merge_adapter(model: nn.Module, folder: Path) -> int:
    """Add an adapter's change to the model's weights; how many tensors changed.

    Raises CannotUseAdapter where a part of the adapter would be lost.
    """
    config, tensors = _read(folder)
    weights = dict(model.named_parameters(remove_duplicate=False))
    pairs, whole = _parted(tensors)
    with torch.no_grad():
        for name, (down, up) in pairs.items():
            target = _target(weights, f"{name}.weight", folder)
            change = _scale(config, name, down.shape[0]) * (up.float() @ down.float())
            change = change.T if config.get("fan_in_fan_out") else change
            _fits(target, change, name, folder)
            target.copy_((target.float() + change.to(target.device)).to(target.dtype))
        for name, tensor in whole.items():
            target = _target(weights, name, folder)
            _fits(target, tensor, name, folder)
            target.copy_(tensor.to(target.dtype))
    return len(pairs) + len(whole)


def _read(folder: Path) -> tuple[Mapping[str, Any], Mapping[str, torch.Tensor]]:
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        tensors = load_file(folder / WEIGHTS)
    except (OSError, ValueError, SafetensorError) as exc:
        raise CannotUseAdapter(
            f"{folder} holds no adapter that can be read ({exc}): it needs {CONFIG} and {WEIGHTS}, "
            "as `peft` saves them."
        ) from exc
    odd = [name for name in _UNMERGEABLE if config.get(name)]
    if config.get("peft_type") != "LORA" or odd:
        kind = ", ".join(odd) or str(config.get("peft_type"))
        raise CannotUseAdapter(
            f"{folder} is an adapter of a kind that cannot be merged here ({kind}): merge it with "
            "`peft` (merge_and_unload), save the model, and export that."
        )
    if not tensors:
        raise CannotUseAdapter(f"{folder / WEIGHTS} is empty: train the adapter again.")
    return config, tensors


def _parted(
    tensors: Mapping[str, torch.Tensor],
) -> tuple[dict[str, tuple[torch.Tensor, torch.Tensor]], dict[str, torch.Tensor]]:
    """Pairs (A, B) by the layer's name, and tensors that replace one of the base."""
    names = {key: key.removeprefix(PREFIX).replace(".default.", ".") for key in tensors}
    layers = sorted({n.split(".lora_")[0] for n in names.values() if ".lora_" in n})
    by_name = {name: tensors[key] for key, name in names.items()}
    pairs = {}
    for layer in layers:
        down = by_name.pop(f"{layer}.lora_A.weight", None)
        up = by_name.pop(f"{layer}.lora_B.weight", None)
        if down is None or up is None:
            raise CannotUseAdapter(
                f"The adapter has only a part of {layer}, or one on an embedding: merge it with "
                "`peft` (merge_and_unload), save the model, and export that."
            )
        pairs[layer] = (down, up)
    return pairs, {name.replace(".base_layer.", "."): t for name, t in by_name.items()}


def _scale(config: Mapping[str, Any], name: str, rank: int) -> float:
    """The factor alpha / r, or alpha / √r of a rank-stabilised adapter (Kalajdzievski 2023)."""
    alpha = _pattern(config.get("alpha_pattern") or {}, name, config.get("lora_alpha", rank))
    return float(alpha) / (math.sqrt(rank) if config.get("use_rslora") else rank)


def _pattern(patterns: Mapping[str, float], name: str, otherwise: float) -> float:
    found = (value for key, value in patterns.items() if re.match(rf"(.*\.)?({key})$", name))
    return next(found, otherwise)


def _target(weights: Mapping[str, torch.Tensor], name: str, folder: Path) -> torch.Tensor:
    target = weights.get(name)
    if target is None:
        raise CannotUseAdapter(
            f"{folder} changes {name}, which the model does not have: give the base that the "
            "adapter was trained on."
        )
    if _sharers(weights.values(), target) > 1:
        raise CannotUseAdapter(
            f"{folder} changes {name}, which the model uses in two places (tied embeddings): "
            "untie them (tie_word_embeddings=false) before training, or merge with `peft`."
        )
    return target


def _sharers(weights: Iterable[torch.Tensor], target: torch.Tensor) -> int:
    return sum(weight.data_ptr() == target.data_ptr() for weight in weights)


def _fits(target: torch.Tensor, change: torch.Tensor, name: str, folder: Path) -> None:
    if target.shape != change.shape:
        raise CannotUseAdapter(
            f"{folder} has {name} of shape {tuple(change.shape)}, the model {tuple(target.shape)}: "
            "give the base that the adapter was trained on."
        )
