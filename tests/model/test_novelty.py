"""Slices unlike the training data: told by the company of their facts, and escalated."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("onnx")

from reviewbot.errors import BundleDamaged
from reviewbot.model.bundle import MANIFEST, NOVELTY, load_bundle
from reviewbot.model.features import MAX_PAIRS, MAX_RELATIONS, RESERVED, UNKNOWN
from reviewbot.model.novelty import Novelty, pack, unpack
from reviewbot.model.predict import load_predictor
from tests.model.toys import LOGITS, pair, part, write_bundle

FACTS = len(RESERVED) + len(LOGITS)
# common=none, common=mutex, phase=differ; readings, which meet with all, come after.
NONE, MUTEX, PHASE, READINGS = range(len(RESERVED), len(RESERVED) + 4)


def novelty(*together: tuple[int, int], unlike_from: float = 1.0) -> Novelty:
    """A table in which only these facts have met."""
    seen: NDArray[np.bool_] = np.zeros((FACTS, FACTS), np.bool_)
    for a, b in together:
        seen[a, b] = seen[b, a] = True
    seen[READINGS:, len(RESERVED) :] = seen[len(RESERVED) :, READINGS:] = True
    np.fill_diagonal(seen, np.arange(FACTS) >= len(RESERVED))
    return Novelty(seen, unlike_from)


def add(folder: Path, content: bytes) -> Path:
    """Put a table into a bundle under its right hash."""
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"][NOVELTY] = hashlib.sha256(content).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest))
    (folder / NOVELTY).write_bytes(content)
    return folder


def bundle(folder: Path, table: Novelty | None) -> Path:
    written = write_bundle(folder, penalties={"unlike": 0.4})
    return written if table is None else add(written, pack(table))


def test_facts_that_never_met_are_counted_once_for_each_two() -> None:
    table = novelty((NONE, PHASE))
    assert table.strangeness([(NONE, PHASE)]) == 0
    assert table.strangeness([(NONE, PHASE, MUTEX)]) == 2
    assert table.strangeness([(NONE,), (MUTEX,)]) == 0  # one in each pair is no company


def test_the_strangest_pair_speaks_for_the_slice() -> None:
    table = novelty((NONE, PHASE), unlike_from=1)
    assert table.strangeness([(NONE, PHASE), (MUTEX, PHASE)]) == 1
    assert table.unlike([(NONE, PHASE), (MUTEX, PHASE)])
    assert not table.unlike([(NONE, PHASE)])
    assert not table.unlike([])


def test_an_unknown_fact_has_met_no_other() -> None:
    table = novelty((NONE, PHASE))
    assert table.strangeness([(NONE, PHASE, UNKNOWN)]) == 2
    assert table.strangeness([(NONE, UNKNOWN, UNKNOWN)]) == 3
    assert table.strangeness([(UNKNOWN,)]) == 0


def test_a_fact_never_seen_makes_a_slice_unlike_whatever_the_bar() -> None:
    table = novelty((NONE, PHASE), unlike_from=1000)
    assert table.unlike([(NONE, PHASE), (NONE, UNKNOWN)])
    assert not table.unlike([(NONE, MUTEX, PHASE)])


def test_a_table_is_read_as_it_was_written() -> None:
    table = novelty((NONE, PHASE), (MUTEX, PHASE), unlike_from=7)
    again = unpack(pack(table), FACTS)
    assert (again.seen == table.seen).all()
    assert again.unlike_from == 7


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"facts": 6, "seen": "AA==", "unlike_from": "x"}', b"\xff"]
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        unpack(content, FACTS)


def test_a_table_of_another_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match="another vocabulary"):
        unpack(pack(novelty()), FACTS + 1)


def test_an_unlike_slice_keeps_its_probability_and_loses_confidence(tmp_path: Path) -> None:
    strange, usual = part(pair("common=none", "phase=differ")), part(pair("common=none"))
    without = load_predictor(bundle(tmp_path / "old", None), threads=1)
    warned = load_predictor(bundle(tmp_path / "new", novelty()), threads=1)
    before, after = (one.predict([strange, usual]) for one in (without, warned))
    assert [p.probability for p in before] == [p.probability for p in after]
    assert after[0].confidence == pytest.approx(0.5 + 0.4 * (before[0].confidence - 0.5))
    assert after[0].confidence <= 0.7  # within the default policy's band
    assert after[1].confidence == before[1].confidence


def test_a_bundle_without_a_table_loads_and_finds_nothing_unlike(tmp_path: Path) -> None:
    loaded = load_bundle(bundle(tmp_path, None))
    assert loaded.novelty is None
    assert loaded.manifest.selective is None


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    folder = bundle(tmp_path, novelty())
    (folder / NOVELTY).write_bytes((folder / NOVELTY).read_bytes() + b" ")
    with pytest.raises(BundleDamaged, match=f"{NOVELTY} is damaged"):
        load_bundle(folder)


def test_a_wrong_table_under_its_right_hash_is_named(tmp_path: Path) -> None:
    folder = add(bundle(tmp_path, None), b"{}")
    with pytest.raises(BundleDamaged, match=f"{NOVELTY} is wrong"):
        load_bundle(folder)


def test_the_longest_slice_costs_less_than_a_millisecond_of_processor_time() -> None:
    rng = np.random.default_rng(0)
    seen = rng.random((400, 400)) < 0.5
    table = Novelty(seen | seen.T, 25.0)
    rows = [tuple(int(i) for i in rng.integers(0, 400, MAX_RELATIONS)) for _ in range(MAX_PAIRS)]
    best = min(_seconds(table, rows) for _ in range(20))
    assert best < 1e-3


def _seconds(table: Novelty, rows: list[tuple[int, ...]]) -> float:
    start = time.process_time()
    table.unlike(rows)
    return time.process_time() - start
