"""From a checkpoint to a bundle: parity is proven, damage is found."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("sklearn")

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from model_export import export, train
from model_export.calibrate import PENALTIES, calibrate, read_predictions, sigmoid_product
from model_export.dataset import split_of
from model_export.examples import examples, vocabularies
from model_export.export import ParityLost, parity, sample, to_onnx
from model_export.network import Config, Together, WorldModel
from reviewbot.errors import BadInput, BundleDamaged
from reviewbot.model.bundle import FACTS, MANIFEST, MODEL, WORDS, load_bundle
from reviewbot.model.features import FEATURE_VERSION, encode
from reviewbot.model.predict import load_predictor
from reviewbot.records import Link
from tests.model.toy_corpus import data_set, write_data
from tests.model.toys import pair, part

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
SIZES = {"width": 16, "heads": 2, "layers": 1, "hidden": 16, "relation_width": 8}


def network(seed: int = 0, words: int = 20, facts: int = 12) -> WorldModel:
    """A small network whose every weight has been drawn."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    model = WorldModel(Config(words, facts, **SIZES))  # type: ignore[arg-type]
    with torch.no_grad():
        model.wide.weight[1:].normal_(std=0.3)
    return model.eval()  # type: ignore[no-any-return]


def written(model: WorldModel | Together, folder: Path) -> tuple[Path, Path]:
    """The network as fp32 and int8 ONNX."""
    folder.mkdir(exist_ok=True)
    full, small = folder / "full.onnx", folder / "int8.onnx"
    to_onnx(model, full)
    quantize_dynamic(full, small, weight_type=QuantType.QInt8)
    return full, small


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return written(network(), tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return written(network(seed=9), tmp_path_factory.mktemp("other"))


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What training for no epoch but one step leaves, and its data beside it."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("run")
    rows = data_set()
    write_data(folder / "slices.parquet", rows)
    vocabulary = vocabularies(row for row in rows if split_of(row["family"]) == "train")
    parts = {
        name: examples([row for row in rows if split_of(row["family"]) == name], vocabulary)
        for name in ("train", "calibrate", "test")
    }
    config = Config(len(vocabulary.words), len(vocabulary.facts), **SIZES)  # type: ignore[arg-type]
    model = train.fit(parts, config, vocabulary, folder, epochs=1, seed=1)
    for name in ("calibrate", "test"):
        train.write_predictions(model, parts[name], folder / f"{name}.json")
    return folder


@pytest.fixture(scope="module")
def bundle_folder(run_folder: Path) -> Path:
    out = run_folder / "bundles" / "tiny"
    words = ["--run", str(run_folder), "--data", str(run_folder / "slices.parquet")]
    parser = argparse.ArgumentParser()
    export.add_arguments(parser)
    arguments = parser.parse_args([*words, "--out", str(out), "--name", "tiny", "--version", "7"])
    assert export.run(arguments) == 0
    return out


def test_the_exported_network_answers_as_the_trained_one(good: tuple[Path, Path]) -> None:
    figures = parity(network(), *good)
    assert 0 < figures["largest difference fp32"] < export.FP32_TOLERANCE
    assert figures["largest difference int8"] < export.INT8_TOLERANCE
    assert figures["same verdicts"] >= export.SAME_VERDICTS


def test_int8_that_answers_otherwise_is_not_shipped(
    good: tuple[Path, Path], other: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "SAME_VERDICTS", 0.0)  # the difference alone is enough
    with pytest.raises(ParityLost, match="Do not ship it"):
        parity(network(), good[0], other[1])


def test_int8_that_judges_otherwise_is_not_shipped(
    good: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "SAME_VERDICTS", 1.01)  # more than any network can do
    with pytest.raises(ParityLost, match="same verdicts"):
        parity(network(), *good)


def test_fp32_that_answers_otherwise_is_not_shipped(
    good: tuple[Path, Path], other: tuple[Path, Path]
) -> None:
    with pytest.raises(ParityLost, match="largest difference fp32"):
        parity(network(), other[0], good[1])


def test_samples_are_padded_and_within_the_vocabularies() -> None:
    tokens, facts, places = sample(network(), 4, 30, 3, relations=8)
    assert (tokens.shape, facts.shape, places.shape) == ((4, 30), (4, 3, 8), (4, 3, 2))
    assert (tokens[0] > 0).all()
    assert tokens.max() < 20
    assert facts.max() < 12
    assert places.max() < 30
    assert (tokens[1:] == 0).any()


def test_the_bundle_loads_and_says_what_it_is(bundle_folder: Path, run_folder: Path) -> None:
    bundle = load_bundle(bundle_folder)
    manifest = bundle.manifest
    state = torch.load(run_folder / "last.pt", weights_only=True)
    assert (bundle.words, bundle.facts) == (state["words"], state["facts"])
    assert (manifest.name, manifest.version) == ("tiny", "7")
    assert manifest.feature_version == FEATURE_VERSION
    assert manifest.links == tuple(link.value for link in Link)
    assert manifest.penalties == PENALTIES
    data = (run_folder / "slices.parquet").read_bytes()
    assert manifest.data_sha256 == hashlib.sha256(data).hexdigest()
    expected = calibrate(read_predictions(run_folder / "calibrate.json"))
    assert (manifest.calibration, manifest.file_calibration) == expected


def test_the_bundle_answers_as_the_trained_network_does(
    bundle_folder: Path, run_folder: Path
) -> None:
    bundle = load_bundle(bundle_folder)
    state = torch.load(run_folder / "last.pt", weights_only=True)
    model = WorldModel(Config(**state["config"]))
    model.load_state_dict(state["model"])
    item = part(
        pair("common=none"), pair("common=mutex", lines=(1, 2)), lines=[(1, "OBJ ++"), (2, ";")]
    )
    numbers = encode(item, bundle.words, bundle.facts)
    inputs = (np.array([numbers.tokens]), np.array([numbers.relations]), np.array([numbers.places]))
    with torch.no_grad():
        links = model.eval()(*(torch.from_numpy(array) for array in inputs))[0].numpy()
    told = load_predictor(bundle_folder, threads=1).predict([item])
    assert [p.score for p in told] == pytest.approx(sigmoid_product(links).tolist(), abs=0.03)


def test_several_networks_answer_with_the_mean_of_their_links(tmp_path: Path) -> None:
    one, two = network(seed=1), network(seed=2)
    both = Together([one, two]).eval()
    inputs = sample(one, 2, 9, 3, relations=5)
    with torch.no_grad():
        assert torch.allclose(both(*inputs), (one(*inputs) + two(*inputs)) / 2, atol=1e-6)
        assert not torch.allclose(both(*inputs), one(*inputs), atol=1e-2)
    figures = parity(both, *written(both, tmp_path / "both"))
    assert figures["same verdicts"] >= export.SAME_VERDICTS


def test_members_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    data = write_data(tmp_path / "slices.parquet", data_set(each=6))
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    words = ["--data", str(data), "--out", str(tmp_path / "run"), "--epochs", "1", "--threads", "1"]
    assert train.run(parser.parse_args([*words, "--cross", "0", "--members", "2"])) == 0
    model = export.network_of(export.read_states(tmp_path / "run"))
    assert isinstance(model, Together)
    one, two = (member.state_dict() for member in model.members)
    assert not all(torch.equal(one[name], two[name]) for name in one)
    late = tmp_path / "run" / "member1" / train.LAST
    torch.save({**torch.load(late, weights_only=True), "epoch": 7}, late)
    with pytest.raises(BadInput, match="call train again"):
        export.read_states(tmp_path / "run")


@pytest.mark.parametrize("name", [MODEL, WORDS, FACTS, MANIFEST])
def test_one_flipped_byte_of_a_real_bundle_is_found(
    bundle_folder: Path, tmp_path: Path, name: str
) -> None:
    for path in bundle_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    load_bundle(tmp_path)  # whole, so far
    data = bytearray((tmp_path / name).read_bytes())
    data[0 if name == MANIFEST else len(data) // 2] ^= 1
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BundleDamaged, match=name):
        load_bundle(tmp_path)


def test_the_words_are_a_tokenizer_that_the_library_reads(bundle_folder: Path) -> None:
    tokenizer = pytest.importorskip("tokenizers").Tokenizer.from_file(str(bundle_folder / WORDS))
    words = json.loads((bundle_folder / WORDS).read_text())["model"]["vocab"]
    assert tokenizer.encode("OBJ ++ mystery").ids == [words["OBJ"], words["++"], words["<unknown>"]]


def test_nothing_is_written_if_parity_is_lost(
    run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "FP32_TOLERANCE", 0.0)
    arguments = argparse.Namespace(
        run=run_folder,
        data=run_folder / "slices.parquet",
        out=tmp_path / "out",
        name="n",
        version="1",
    )
    with pytest.raises(ParityLost):
        export.run(arguments)
    assert not (tmp_path / "out").exists()
