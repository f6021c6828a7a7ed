"""A file's probability, settled on whole programs of two kinds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from model_export.settle import PROBES, read_probes, settled, write
from reviewbot.errors import BadInput
from reviewbot.model.bundle import FileScaling, load_bundle
from reviewbot.model.predict import of_file
from tests.model.toys import write_bundle

LIKE = [(p,) for p in [0.9, 0.8, 0.7, 0.3, 0.2, 0.1] * 50]  # racy from 0.5, as told
OUTCOMES = np.array([1, 1, 1, 0, 0, 0] * 50, float)
EACH = np.ones(300)


def test_what_small_programs_say_too_low_is_raised() -> None:
    small, racy = [(0.45,), (0.4,), (0.05,), (0.04,)] * 3, np.array([1, 1, 0, 0] * 3, float)
    alone = settled(OUTCOMES, LIKE, OUTCOMES, LIKE, EACH)
    both = settled(OUTCOMES, LIKE, racy, small, EACH)
    assert of_file([0.45], both) > of_file([0.45], alone)
    assert of_file([0.9], both) > 0.5 > of_file([0.1], both)


def test_a_few_small_programs_weigh_as_much_as_the_many() -> None:
    few = settled(OUTCOMES, LIKE, np.array([1, 0.0]), [(0.2,), (0.8,)], EACH)
    without = settled(OUTCOMES, LIKE, OUTCOMES, LIKE, EACH)
    assert steepness(few) < steepness(without)  # they speak against it
    assert settled(OUTCOMES, LIKE, np.ones(2), [(0.2,), (0.2,)], EACH).bias > few.bias


def test_what_several_objects_say_is_told_from_what_one_says() -> None:
    several = [(p, 0.4, 0.4, 0.4) for (p,) in LIKE]
    racy = np.ones(len(several))  # where several may race, one does
    files = settled(
        np.concatenate([OUTCOMES, racy]), [*LIKE, *several], OUTCOMES, LIKE, np.ones(600)
    )
    assert of_file([0.4], files) < 0.5 < of_file([0.4, 0.4, 0.4, 0.4], files)


def steepness(files: FileScaling) -> float:
    """By how much the logit rises with that of a lone object."""
    return files.scale + files.several


def test_the_bundle_stays_sealed(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    files = FileScaling(scale=2.0, bias=0.25, several=0.5)
    write(folder, files)
    assert load_bundle(folder).manifest.file_calibration == files


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
