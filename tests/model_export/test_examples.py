"""Rows as numbers: the same as serving makes of the same slice; vocabularies; batches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("torch")

import torch

from model_export.dataset import rows_of
from model_export.examples import (
    MOST,
    NO_PAIR,
    Vocabularies,
    batches,
    example,
    examples,
    load,
    tensors,
    vocabularies,
)
from reviewbot.code.analyse import analyse
from reviewbot.model.features import LINE, MAX_PAIRS, MAX_RELATIONS, RESERVED, UNKNOWN, encode
from reviewbot.records import Slice
from tests.model.toy_corpus import JSON_COLUMNS, labelled, write_data
from tests.model.toys import LOGITS, VOCABULARY, pair, part

FACTS = {token: index for index, token in enumerate((*RESERVED, *LOGITS))}
TOYS = Vocabularies(VOCABULARY, FACTS)
SOURCES = {
    "c": """#include <pthread.h>
static long total; static pthread_mutex_t m; static int seen[64];
void *work(void *a) {
    int *mine = a;
    for (int i = 0; i < 10; i++) { total += *mine; seen[i % 64]++; }
    pthread_mutex_lock(&m); total--; pthread_mutex_unlock(&m);
    return 0;
}
int main(void) {
    pthread_t t[2]; int x = 1;
    for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, work, &x);
    for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
    return (int)total + seen[3];
}
""",
    "cpp": """#include <vector>
int best;
void f(std::vector<int> &v, int n) {
    int sum = 0;
    #pragma omp parallel for reduction(+ : sum)
    for (int i = 0; i < n; i++) {
        sum += v[i];
        if (v[i] > best) best = v[i];
        v[i + 1] = sum;
    }
    best = sum;
}
""",
}


def decoded(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{name: json.loads(row[name]) for name in JSON_COLUMNS}}


def rows_and_slices(language: str) -> list[tuple[dict[str, Any], Slice]]:
    """What training and what serving get of the same source."""
    source = SOURCES[language]
    about = {"id": "p", "family": "f", "domain": "d", "language": language, "twin_group": "t"}
    told = {"source": source, "label": "clean", "reports": "[]", "effects": "{}"}
    row = {**about, **told, "mutation": "", "usable": True}
    rows = [decoded(made) for made in rows_of(row) if made["view"] == "program"]
    slices = analyse("program.c" if language == "c" else "program.cpp", source.encode()).slices
    return list(zip(rows, slices, strict=True))


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_training_and_serving_read_the_same_numbers(language: str) -> None:
    found = rows_and_slices(language)
    assert len(found) >= 2
    own = {word for _, item in found for line in item.lines for word in line.tokens}
    half = sorted(own)[::2]  # the others are unknown words
    said = {fact for row, _ in found for facts in row["facts"] for fact in facts}
    words = {token: index for index, token in enumerate((*RESERVED, *half))}
    facts = {token: index for index, token in enumerate((*RESERVED, *sorted(said)[::2]))}
    for row, item in found:
        trained = example(row, Vocabularies(words, facts), 1.0).encoded
        assert trained == encode(item, words, facts)
        assert trained.unknown > 0
        assert len(set(trained.tokens)) > 5


def test_training_and_serving_cut_alike() -> None:
    lines = [(n, "OBJ ++ ;") for n in range(1, 60)]
    long = pair(*["common=none"] * (MAX_RELATIONS + 9), lines=(2, 59))
    item = part(*[long] * (MAX_PAIRS + 3), lines=lines)
    row = labelled(
        1,
        "f",
        racy=False,
        facts=[["reading=none"] + ["common=none"] * (MAX_RELATIONS + 9)] * (MAX_PAIRS + 3),
        lines=[[n, text.split()] for n, text in lines],
        places=[[2, 59]] * (MAX_PAIRS + 3),
    )
    made = example(row, TOYS, 1.0)
    assert made.encoded == encode(item, VOCABULARY, FACTS)
    assert len(made.race) == len(made.encoded.relations) == MAX_PAIRS
    assert len(made.links) == 5 * MAX_PAIRS


def test_an_empty_slice_is_one_line_mark_on_both_sides() -> None:
    told = [["reading=none", "common=none"]]
    made = example(labelled(1, "f", racy=True, lines=[], facts=told), TOYS, 1.0).encoded
    assert made == encode(part(pair("common=none"), lines=()), VOCABULARY, FACTS)
    assert made.tokens == (LINE,)


def test_words_and_facts_of_a_single_family_are_dropped() -> None:
    def row(family: str, word: str, fact: str) -> dict[str, Any]:
        return labelled(1, family, racy=False, facts=[[fact]], lines=[[1, ["OBJ", word]]])

    rows = [
        row("a", "own", "mine=yes"),
        row("a", "own", "mine=yes"),  # twice in one family is still one family
        row("a", "both", "shared=yes"),
        row("b", "both", "shared=yes"),
    ]
    made = vocabularies(rows)
    assert made.words == {"<pad>": 0, "<unknown>": 1, "<line>": 2, "OBJ": 3, "both": 4}
    assert made.facts == {"<pad>": 0, "<unknown>": 1, "<line>": 2, "shared=yes": 3}
    assert list(vocabularies(rows[::-1]).words) == list(made.words)  # whatever the order of rows


def test_a_slice_that_the_family_had_before_is_marked(tmp_path: Path) -> None:
    rows = [
        labelled(1, "a", racy=True, key="same"),
        labelled(2, "a", racy=True, key="same"),
        labelled(3, "a", racy=True, key="other"),
        labelled(4, "b", racy=True, key="same"),
        labelled(5, "b", racy=True, key="same", view="library"),
    ]
    read = load(write_data(tmp_path / "data.parquet", rows))
    assert [row["program"] for row in read if row["repeated"]] == ["a-2"]
    assert read[0] == {**rows[0], "repeated": False}
    assert [item.repeated for item in examples(read, TOYS)] == [row["repeated"] for row in read]


def test_families_weigh_by_the_root_of_their_size() -> None:
    rows = [labelled(n, "big", racy=True) for n in range(9)] + [labelled(1, "small", racy=True)]
    weights = {item.family: item.weight for item in examples(rows, TOYS)}
    assert weights["small"] / weights["big"] == pytest.approx(3.0)
    assert weights["big"] == pytest.approx((3 + 1) / 2 / 3)


def test_the_few_authored_families_weigh_as_much_as_the_many_composed() -> None:
    families = ("queue", "omp_composed_7", "omp_composed_8", "omp_composed_9")
    rows = [labelled(n, family, racy=True) for family in families for n in range(4)]
    weights = {item.family: item.weight for item in examples(rows, TOYS)}
    assert weights["queue"] == pytest.approx(3 * weights["omp_composed_7"])


def test_an_authored_family_weighs_only_so_much_more() -> None:
    families = ["queue", *(f"omp_composed_{n}" for n in range(40))]
    rows = [labelled(1, family, racy=True) for family in families]
    weights = {item.family: item.weight for item in examples(rows, TOYS)}
    assert weights["queue"] == pytest.approx(MOST * weights["omp_composed_7"])


def test_no_rows_no_examples() -> None:
    assert examples([], TOYS) == []


def test_batches_have_every_index_once_in_order_of_length() -> None:
    items = examples([labelled(n, "f", racy=True) for n in range(11)], TOYS)
    chunks = list(batches(items, 4, rng=None))
    assert [len(chunk) for chunk in chunks] == [4, 4, 3]
    flat = [index for chunk in chunks for index in chunk]
    assert sorted(flat) == list(range(11))
    lengths = [len(items[index].encoded.tokens) for index in flat]
    assert lengths == sorted(lengths)


def test_shuffled_batches_have_every_index_once_and_depend_on_the_seed_alone() -> None:
    items = examples([labelled(n, "f", racy=True) for n in range(30)], TOYS)

    def shuffled(seed: int) -> list[list[int]]:
        return list(batches(items, 4, rng=np.random.default_rng(seed)))

    assert sorted(index for chunk in shuffled(1) for index in chunk) == list(range(30))
    assert shuffled(1) == shuffled(1)
    assert shuffled(1) != shuffled(2)


def test_tensors_pad_labels_apart_from_unknown_ones() -> None:
    rows = [
        labelled(0, "f", racy=True),
        labelled(3, "f", racy=True, facts=[["common=none"], ["common=none"]], race=[1, -1]),
        labelled(1, "f", racy=False),
    ]
    made = tensors(examples(rows, TOYS))
    assert made.race.tolist() == [[1, NO_PAIR], [1, -1], [0, NO_PAIR]]
    assert made.links.tolist() == [
        [[1] * 5, [-1] * 5],
        [[1] * 5, [-1] * 5],
        [[-1, -1, -1, -1, 0], [-1] * 5],
    ]
    assert made.tokens.shape == (3, 16)
    assert made.weights.dtype == torch.float32


def test_only_racy_slices_whose_racing_pair_is_unknown_are_asked_as_a_whole() -> None:
    rows = [
        labelled(0, "f", racy=True),
        labelled(1, "f", racy=True, race=[-1]),
        labelled(2, "f", racy=False),
        labelled(3, "f", racy=False, race=[-1], slice_race=-1),
    ]
    assert tensors(examples(rows, TOYS)).slices.tolist() == [-1, 1, -1, -1]


def test_hiding_hides_that_share_and_neither_padding_nor_line_marks() -> None:
    items = examples(
        [labelled(n, "f", racy=True, facts=[["common=none"] * 50]) for n in range(40)], TOYS
    )
    whole = tensors(items)
    holed = tensors(items, rng=np.random.default_rng(1), drop=0.5)
    words = whole.tokens > LINE
    assert torch.equal(holed.tokens[~words], whole.tokens[~words])
    hidden = (holed.tokens[words] == UNKNOWN).float().mean().item()
    assert hidden == pytest.approx(0.5, abs=0.1)
    assert (holed.relations == 0).float().mean().item() == pytest.approx(0.5, abs=0.1)
    kept = holed.relations != 0
    assert torch.equal(holed.relations[kept], whole.relations[kept])
    assert torch.equal(holed.race, whole.race)
