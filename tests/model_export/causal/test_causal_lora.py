"""Adapters: merged they answer as they did beside the model; what does not fit is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("safetensors")

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from model_export.causal.errors import CannotUseAdapter
from model_export.causal.lora import CONFIG, WEIGHTS, add_adapters, merge_adapter, save_adapter


def network(*, tied: bool = False) -> nn.Sequential:
    """Two layers; the named one gets adapters."""
    torch.manual_seed(1)
    model = nn.Sequential()
    model.add_module("q_proj", nn.Linear(4, 6))
    model.add_module("head", nn.Linear(6, 4))
    if tied:
        model.add_module("again", nn.Linear(4, 6))
        model.again.weight = model.q_proj.weight
    return model


def trained(folder: Path, rank: int = 2, alpha: float = 8.0) -> nn.Sequential:
    """A network with an adapter that is no longer nothing, saved in `folder`."""
    model = network()
    assert add_adapters(model, rank, alpha) == 1
    nn.init.normal_(model.q_proj.lora_B.weight)
    save_adapter(model, folder, rank, alpha, "base")
    return model


def edited(folder: Path, **changes: object) -> Path:
    """The adapter with other settings."""
    config = json.loads((folder / CONFIG).read_text()) | changes
    (folder / CONFIG).write_text(json.dumps(config))
    return folder


def test_a_fresh_adapter_changes_nothing_and_only_it_learns() -> None:
    model, x = network(), torch.randn(3, 4)
    before = model(x)
    add_adapters(model, 2, 8.0)
    assert torch.equal(model(x), before)
    assert [name for name, p in model.named_parameters() if p.requires_grad] == [
        "q_proj.lora_A.weight",
        "q_proj.lora_B.weight",
    ]


def test_merged_it_answers_as_beside_the_model(tmp_path: Path) -> None:
    model, merged, x = trained(tmp_path), network(), torch.randn(3, 4)
    assert not torch.allclose(merged(x), model(x), atol=1e-2)
    assert merge_adapter(merged, tmp_path) == 1
    assert torch.allclose(merged(x), model(x), atol=1e-5)


def test_the_factor_is_alpha_by_rank_or_by_its_root(tmp_path: Path) -> None:
    trained(tmp_path, rank=4, alpha=8.0)
    tensors = load_file(tmp_path / WEIGHTS)
    down = tensors["base_model.model.q_proj.lora_A.weight"]
    up = tensors["base_model.model.q_proj.lora_B.weight"]
    for settings, factor in (
        ({}, 2.0),
        ({"use_rslora": True}, 4.0),
        ({"use_rslora": False, "alpha_pattern": {"q_proj": 2.0}}, 0.5),
        ({"alpha_pattern": {"other": 2.0}}, 2.0),
    ):
        merged, base = network(), network()
        merge_adapter(merged, edited(tmp_path, **settings))
        change = merged.q_proj.weight - base.q_proj.weight
        assert torch.allclose(change, factor * up @ down, atol=1e-5), settings


def test_whole_tensors_replace_those_of_the_base(tmp_path: Path) -> None:
    trained(tmp_path)
    head = torch.ones(4, 6)
    tensors = load_file(tmp_path / WEIGHTS) | {"base_model.model.head.weight": head}
    save_file(tensors, tmp_path / WEIGHTS)
    merged = network()
    assert merge_adapter(merged, tmp_path) == 2
    assert torch.equal(merged.head.weight, head)


@pytest.mark.parametrize("settings", [{"peft_type": "IA3"}, {"use_dora": True}])
def test_other_kinds_of_adapters_are_refused(tmp_path: Path, settings: dict[str, object]) -> None:
    trained(tmp_path)
    with pytest.raises(CannotUseAdapter, match="merge_and_unload"):
        merge_adapter(network(), edited(tmp_path, **settings))


@pytest.mark.parametrize(
    ("renamed", "message"),
    [
        ("base_model.model.v_proj.lora_A.weight", "only a part"),
        ("base_model.model.q_proj.lora_embedding_A", "only a part"),
    ],
)
def test_half_an_adapter_is_refused(tmp_path: Path, renamed: str, message: str) -> None:
    trained(tmp_path)
    tensors = load_file(tmp_path / WEIGHTS)
    tensors[renamed] = tensors.pop("base_model.model.q_proj.lora_A.weight")
    save_file(tensors, tmp_path / WEIGHTS)
    with pytest.raises(CannotUseAdapter, match=message):
        merge_adapter(network(), tmp_path)


def test_another_base_is_refused(tmp_path: Path) -> None:
    trained(tmp_path)
    with pytest.raises(CannotUseAdapter, match="does not have"):
        merge_adapter(nn.Sequential(), tmp_path)
    other = nn.Sequential()
    other.add_module("q_proj", nn.Linear(5, 6))
    with pytest.raises(CannotUseAdapter, match="of shape"):
        merge_adapter(other, tmp_path)


def test_a_weight_with_two_uses_is_refused(tmp_path: Path) -> None:
    trained(tmp_path)
    with pytest.raises(CannotUseAdapter, match="two places"):
        merge_adapter(network(tied=True), tmp_path)


def test_a_folder_without_an_adapter_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(CannotUseAdapter, match=r"adapter_config\.json"):
        merge_adapter(network(), tmp_path)
