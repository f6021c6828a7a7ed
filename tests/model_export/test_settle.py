"""A file's probability, settled on whole programs of two kinds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from model_export.settle import PROBES, read_probes, settled, write
from reviewbot.errors import BadInput
from reviewbot.model.bundle import Platt, load_bundle
from reviewbot.model.predict import calibrated
from tests.model.toys import write_bundle

LIKE = np.array([0.9, 0.8, 0.7, 0.3, 0.2, 0.1] * 50)  # racy from 0.5, as told
OUTCOMES = np.array([1, 1, 1, 0, 0, 0] * 50, float)


def test_what_small_programs_say_too_low_is_raised() -> None:
    small, racy = np.array([0.45, 0.4, 0.05, 0.04] * 3), np.array([1, 1, 0, 0] * 3, float)
    alone = settled(OUTCOMES, LIKE, OUTCOMES, LIKE)
    both = settled(OUTCOMES, LIKE, racy, small)
    assert calibrated(0.45, both) > calibrated(0.45, alone)
    assert calibrated(0.9, both) > 0.5 > calibrated(0.1, both)


def test_a_few_small_programs_weigh_as_much_as_the_many() -> None:
    racy = np.ones(2)
    few = settled(OUTCOMES, LIKE, np.array([1, 0.0]), np.array([0.2, 0.8]))
    assert few.scale < settled(OUTCOMES, LIKE, OUTCOMES, LIKE).scale  # they speak against it
    assert settled(OUTCOMES, LIKE, racy, np.array([0.2, 0.2])).bias > few.bias


def test_the_bundle_stays_sealed(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    write(folder, Platt(scale=2.0, bias=0.25))
    assert load_bundle(folder).manifest.file_calibration == Platt(scale=2.0, bias=0.25)


def test_the_probes_are_pairs_of_both_kinds() -> None:
    rows = read_probes(PROBES)
    kinds = {(row["family"], row["variant"]) for row in rows}
    assert len(rows) == len(kinds) == 2 * len({row["family"] for row in rows}) > 200
    seen = [row["variant"] == row["outcome"] for row in rows]
    assert sum(seen) / len(seen) > 0.9  # the sanitizer saw what their author says


@pytest.mark.parametrize("line", ["", "[1]", '{"variant": "maybe", "language": "c", "text": ""}'])
def test_a_file_that_holds_no_probes_is_told(tmp_path: Path, line: str) -> None:
    (tmp_path / "p.jsonl").write_text(line)
    with pytest.raises(BadInput, match=r"variant|no file"):
        read_probes(tmp_path / "p.jsonl")
