"""The recipe from end to end: a model learns two traces, is exported, and tells them again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")
pytest.importorskip("sklearn")

import torch

from model_export.causal.checkpoint import load_checkpoint
from model_export.causal.errors import CannotUseModel, NothingToLearn
from model_export.causal.learn import IGNORED, Text, collate, encode, rate_at, read_texts
from model_export.cli import main
from reviewbot.causal.prompt import prompt_of
from reviewbot.errors import BadInput
from reviewbot.model.load import load_any
from reviewbot.records import Link
from tests.model_export.causal.causal_toys import CLEAN_PAIR, RACY_PAIR, letters, trace

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
STEPS = 80


def write_data(path: Path) -> Path:
    """Two examples: the same access, bare and under a lock."""
    told = ((RACY_PAIR, trace(), "racy"), (CLEAN_PAIR, trace(Link.UNPROTECTED), "clean"))
    rows = [
        {
            "id": outcome,
            "family": "f",
            "outcome": outcome,
            "prompt": prompt_of(item, item.pairs[0]),
            "completion": text,
        }
        for item, text, outcome in told
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def train(*options: str) -> int:
    return main(["causal", "train", *options, "--batch", "2", "--accumulate", "1"])


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data and a model that has learned it, in two runs of one command."""
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("learned")
    data, out = write_data(root / "data.jsonl"), root / "model"
    options = ["--config", "tiny", "--data", str(data), "--out", str(out), "--rate", "1e-2"]
    assert train(*options, "--steps", str(STEPS), "--minutes", "0.0001") == 0
    assert train(*options, "--steps", str(STEPS)) == 0
    return root


def test_the_loss_falls_and_no_step_is_done_twice(learned: Path) -> None:
    log = [json.loads(line) for line in (learned / "model" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in log] == list(range(1, STEPS + 1))
    assert log[0]["loss"] > 5.0
    assert log[-1]["loss"] < 0.1


def test_what_was_learned_is_told_by_the_exported_bundle(
    learned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--model", str(learned / "model"), "--out", str(tmp_path)]
    assert main(["causal", "export", *options, "--data", str(learned / "data.jsonl")]) == 0
    racy, clean = load_any(tmp_path, threads=1).predict([RACY_PAIR, CLEAN_PAIR])
    assert racy.probability > 0.9
    assert clean.probability < 0.1
    assert (racy.slice.unresolved, clean.slice.unresolved) == ((), ())
    assert min(value for _, value in racy.links) > 0.9
    assert dict(clean.links)[Link.UNPROTECTED] < 0.1
    capsys.readouterr()
    data = str(learned / "data.jsonl")
    assert main(["causal", "evaluate", "--bundle", str(tmp_path), "--data", data]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["accuracy"], figures["read"], figures["links"]) == (1.0, 1.0, 1.0)


def test_an_adapter_is_trained_saved_and_merged_into_its_base(
    learned: Path, tmp_path: Path
) -> None:
    base, out = str(learned / "model"), str(tmp_path / "adapter")
    options = ["--model", base, "--data", str(learned / "data.jsonl"), "--out", out]
    assert train(*options, "--rank", "2", "--steps", "2", "--rate", "0.1") == 0
    plain, merged = load_checkpoint(learned / "model"), load_checkpoint(tmp_path / "adapter")
    named = load_checkpoint(learned / "model", tmp_path / "adapter")
    changed = {
        name
        for name, weight in merged.model.state_dict().items()
        if not torch.equal(weight, plain.model.state_dict()[name])
    }
    assert {name.split(".")[-2] for name in changed} == {
        *("q_proj", "k_proj", "v_proj", "o_proj"),
        *("gate_proj", "up_proj", "down_proj"),
    }
    for name, weight in named.model.state_dict().items():
        assert torch.equal(weight, merged.model.state_dict()[name])


def test_an_adapter_whose_base_is_elsewhere_asks_for_it(tmp_path: Path) -> None:
    config = {"peft_type": "LORA", "base_model_name_or_path": "somebody/some-model"}
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(CannotUseModel, match="give the base"):
        load_checkpoint(tmp_path)


def test_only_completions_are_learned_and_padding_never() -> None:
    ids, labels = collate(
        [Text(ids=(5, 6, 7, 8), learned_from=2), Text(ids=(5, 9), learned_from=1)]
    )
    assert ids.tolist() == [[5, 6, 7, 8], [5, 9, 0, 0]]
    assert labels.tolist() == [[IGNORED, IGNORED, 7, 8], [IGNORED, 9, IGNORED, IGNORED]]


def test_texts_beyond_the_context_are_left_out() -> None:
    tokenizer = letters()
    short, long = ("ab", "c\n"), ("ab", "c" * 50)
    (text,) = encode([short, long], tokenizer, (0,), 10)
    assert tokenizer.decode(list(text.ids[text.learned_from : -1])) == "c\n"
    assert text.ids[-1] == 0
    with pytest.raises(NothingToLearn, match="raise --context"):
        encode([long], tokenizer, (0,), 10)


def test_data_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("")
    with pytest.raises(NothingToLearn):
        read_texts(path)
    path.write_text('{"prompt": "a"}\n')
    with pytest.raises(BadInput, match="causal prompts"):
        read_texts(path)


def test_the_rate_warms_up_and_falls_to_a_tenth() -> None:
    rates = [rate_at(n, 100) for n in range(101)]
    assert rates[0] < rates[1] < rates[2] == 1.0
    assert rates[3:] == sorted(rates[3:], reverse=True)
    assert rates[-1] == pytest.approx(0.1)


def test_the_recipe_names_every_step_and_only_options_that_exist(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["causal", "recipe"]) == 0
    recipe = capsys.readouterr().out
    used = re.findall(r"python -m model_export causal (\w+)([^\n`]*(?:\\\n[^\n`]*)*)", recipe)
    assert {step for step, _ in used} >= {"prompts", "train", "export", "parity", "evaluate"}
    for step, options in used:
        with pytest.raises(SystemExit):
            main(["causal", step, "--help"])
        known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
        assert set(re.findall(r"--[a-z-]+", options)) <= known, step
