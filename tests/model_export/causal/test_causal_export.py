"""From a language model's folder to a bundle: parity, cache, refusals; nothing is downloaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")
pytest.importorskip("sklearn")

import onnx
import torch
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForCausalLM

from model_export.causal import parity
from model_export.causal.checkpoint import (
    context_of,
    load_checkpoint,
    state_tokens,
    verdict_tokens,
)
from model_export.causal.errors import CannotUseModel, CannotUseTokenizer, CausalParityLost
from model_export.causal.export import gather_weights
from model_export.causal.graph import WEIGHTS_FILE, shape_of, to_onnx
from model_export.causal.tiny import END, tiny_model
from model_export.cli import main
from reviewbot.causal.bundle import TOKENIZER, is_causal, load_causal_bundle
from reviewbot.causal.decoding import Cache, Shape
from reviewbot.errors import BundleDamaged
from reviewbot.model.bundle import MANIFEST, MODEL, seal_of
from reviewbot.model.load import load_any
from reviewbot.model.predict import OnnxPredictor, open_session
from tests.model.toys import write_bundle
from tests.model_export.causal.causal_toys import CLEAN_PAIR, RACY_PAIR, letters

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


def model_folder(folder: Path, name: str, **changes: Any) -> Path:
    """A random model with a tokenizer of letters, as `save_pretrained` writes it."""
    torch.set_num_threads(1)
    changes = {"hidden_size": 16, "intermediate_size": 24, "initializer_range": 0.3} | changes
    tiny_model(name, letters(), **changes).save_pretrained(folder)
    letters().save(str(folder / TOKENIZER))
    return folder


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A Qwen2-shaped model, and the int8 bundle that the command made of it."""
    root = tmp_path_factory.mktemp("qwen")
    model = model_folder(root / "model", "tiny")
    options = ["--model", str(model), "--out", str(root / "bundle"), "--new-tokens", "24"]
    assert main(["causal", "export", *options]) == 0
    return model, root / "bundle"


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Shape, Path]:
    """A Llama-shaped model with tied embeddings, the shape of its cache, its fp32 graph."""
    root = tmp_path_factory.mktemp("llama")
    folder = model_folder(root / "model", "tiny-llama", tie_word_embeddings=True)
    model = load_checkpoint(folder).model
    shape = shape_of(model)
    to_onnx(model, shape, root / MODEL)
    return model, shape, root / MODEL


def test_the_bundle_names_everything_the_runtime_needs(qwen: tuple[Path, Path]) -> None:
    manifest = load_causal_bundle(qwen[1]).manifest
    tokenizer = letters()
    assert manifest.cache.model_dump() == {
        "layers": 2,
        "heads": 2,
        "key_width": 4,
        "value_width": 4,
    }
    assert (manifest.precision, manifest.context, manifest.new_tokens) == ("int8", 2048, 24)
    assert manifest.ends == (tokenizer.token_to_id(END),)
    assert manifest.verdict.model_dump() == {
        "yes": tokenizer.token_to_id("r"),
        "no": tokenizer.token_to_id("c"),
    }
    assert set(manifest.files) == {MODEL, TOKENIZER}
    weights = onnx.load(str(qwen[1] / MODEL)).graph.initializer
    products = [
        w.dims for w in weights if w.data_type == onnx.TensorProto.INT8 and len(w.dims) == 2
    ]
    assert len(products) == 2 * 7 + 1  # seven projections a layer, and the words


def test_an_untrained_model_is_unresolved_everywhere(qwen: tuple[Path, Path]) -> None:
    made = load_any(qwen[1], threads=1)
    told = made.predict([RACY_PAIR, CLEAN_PAIR])
    assert [p.slice.unresolved[0].split(":")[0] for p in told] == ["trace", "trace"]
    assert [p.confidence for p in told] == [0.5, 0.5]
    assert made.file_probability(told) == 0.5
    assert (made.bundle.name, len(made.bundle.sha256)) == ("causal", 64)


def test_the_runtime_needs_neither_torch_nor_transformers(qwen: tuple[Path, Path]) -> None:
    script = (
        "import sys; from pathlib import Path; from reviewbot.model.load import load_any;"
        f"load_any(Path({str(qwen[1])!r}), threads=1);"
        "sys.exit(bool({'torch', 'transformers', 'model_export'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, timeout=120)
    assert done.returncode == 0


def test_other_bundles_are_loaded_as_before(tmp_path: Path) -> None:
    assert isinstance(load_any(write_bundle(tmp_path), threads=1), OnnxPredictor)
    assert not is_causal(tmp_path)
    assert not is_causal(tmp_path / "absent")


def test_a_second_shape_with_tied_embeddings_agrees(llama: tuple[Any, Shape, Path]) -> None:
    model, shape, path = llama
    figures = parity.check_parity(model, shape, verdict_tokens(letters()), {"fp32": path})
    assert figures["fp32"].largest < 1e-4
    assert figures["fp32"].same_tokens == 1.0
    texts = sum(parity.BATCHES) * len(parity.PROMPTS)
    assert figures["fp32"].steps == texts * sum(parity.NEW_TOKENS)


def test_parity_finds_other_weights_and_says_not_to_ship(llama: tuple[Any, Shape, Path]) -> None:
    _, shape, path = llama
    other = tiny_model("tiny-llama", letters(), 9, hidden_size=16, initializer_range=0.3)
    with pytest.raises(CausalParityLost, match="do not ship"):
        parity.check_parity(other, shape, verdict_tokens(letters()), {"fp32": path})


def test_the_cache_grows_by_what_is_read_and_company_changes_nothing(
    llama: tuple[Any, Shape, Path],
) -> None:
    _, shape, path = llama
    session = open_session(str(path), threads=1)
    alone, together = (
        Cache(session, shape, prompts) for prompts in ([[5, 6, 7]], [[5, 6, 7], list(range(9, 20))])
    )
    for token in (3, 4):
        one, both = alone.logits(), together.logits()
        assert np.allclose(one[0], both[0], atol=1e-5)
        alone.append(np.array([token]))
        together.append(np.array([token, token]))
    whole = Cache(session, shape, [[5, 6, 7, 3, 4]])
    assert np.allclose(alone.logits()[0], whole.logits()[0], atol=1e-5)


def test_weights_beside_the_graph_are_one_file(
    llama: tuple[Any, Shape, Path], tmp_path: Path
) -> None:
    model, shape, path = llama
    (tmp_path / MODEL).write_bytes(path.read_bytes())
    gather_weights(tmp_path / MODEL)
    assert {part.name for part in tmp_path.iterdir()} == {MODEL, WEIGHTS_FILE}
    verdict = verdict_tokens(letters())
    assert parity.check_parity(model, shape, verdict, {"fp32": tmp_path / MODEL})["fp32"].steps > 0


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
def test_a_damaged_file_is_named(qwen: tuple[Path, Path], tmp_path: Path, name: str) -> None:
    for part in qwen[1].iterdir():
        (tmp_path / part.name).write_bytes(part.read_bytes())
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BundleDamaged, match=name):
        load_any(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"new_tokens": 25}, "seal"),
        ({"seal": None, "prompt_version": 0}, "other prompts"),
        ({"seal": None, "context": "many"}, "context is wrong"),
        ({"seal": None, "files": {}}, "does not list"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    qwen: tuple[Path, Path], tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    manifest = json.loads((qwen[1] / MANIFEST).read_text())
    assert manifest["seal"] == seal_of((qwen[1] / MANIFEST).read_bytes())
    (tmp_path / MANIFEST).write_text(json.dumps(manifest | changes))
    with pytest.raises(BundleDamaged, match=message):
        load_any(tmp_path)


def test_a_folder_that_is_no_model_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(CannotUseModel, match=r"config\.json"):
        load_checkpoint(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "never heard of"}')
    with pytest.raises(CannotUseModel, match="cannot be loaded"):
        load_checkpoint(tmp_path)


def test_a_model_without_explicit_positions_is_refused() -> None:
    config = AutoConfig.for_model("bloom", vocab_size=20, hidden_size=8, n_layer=1, n_head=2)
    model = AutoModelForCausalLM.from_config(config).eval()
    with pytest.raises(CannotUseModel, match="position_ids"):
        shape_of(model)


def test_the_context_ends_where_a_sliding_window_does(llama: tuple[Any, Shape, Path]) -> None:
    model = llama[0]
    assert context_of(model) == 2048
    config = AutoConfig.for_model("mistral", sliding_window=64, max_position_embeddings=512)
    assert context_of(type("Model", (), {"config": config})) == 64
    config = AutoConfig.for_model("mistral", sliding_window=None, max_position_embeddings=512)
    assert context_of(type("Model", (), {"config": config})) == 512


def test_a_tokenizer_that_swallows_the_answer_is_refused() -> None:
    from tokenizers import models, pre_tokenizers

    words = {"<unk>": 0, "Verdict:": 1}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    with pytest.raises(CannotUseTokenizer, match="does not part"):
        verdict_tokens(tokenizer)
    with pytest.raises(CannotUseTokenizer, match="does not part"):
        state_tokens(tokenizer)
