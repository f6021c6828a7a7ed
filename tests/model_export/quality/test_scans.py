"""A text is read once: later runs take what an earlier one saw, unless the code has changed."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pyarrow")

from model_export.execute.corpus import write_part
from model_export.quality import scans, subjects
from model_export.quality.scans import FILE, keep, kept, scan, scan_all
from model_export.quality.subjects import read_subjects
from tests.model_export.quality.quality_toys import BARE, LOCKED, row


def alike(one, other):
    return (
        one.constructs == other.constructs
        and (one.sketch.exact, one.sketch.skeleton) == (other.sketch.exact, other.sketch.skeleton)
        and one.sketch.bands == other.sketch.bands
        and np.array_equal(one.sketch.shingles, other.sketch.shingles)
    )


def test_what_is_kept_comes_back_as_it_was(tmp_path):
    made = scan_all({"bare": BARE, "locked": LOCKED, "nothing": ""})
    keep(tmp_path, made)
    found = kept(tmp_path)
    assert found.keys() == made.keys()
    assert all(alike(found[name], made[name]) for name in made)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_scans_of_other_code_are_not_taken(tmp_path, monkeypatch):
    keep(tmp_path, {"bare": scan(BARE)})
    monkeypatch.setattr(scans, "_code", lambda: b"another")
    assert kept(tmp_path) == {}


def test_a_damaged_file_is_as_none(tmp_path):
    (tmp_path / FILE).write_bytes(b"PAR1 and no more")
    assert kept(tmp_path) == {}


def test_where_nothing_may_be_written_nothing_is_lost(tmp_path):
    keep(tmp_path / "missing", {"bare": scan(BARE)})
    assert kept(tmp_path / "missing") == {}


def test_two_processes_see_what_one_does():
    sources = {str(n): BARE.replace("100", str(n)) + "int x;" * n for n in range(70)}
    one, two = scan_all(sources, 1), scan_all(sources, 2)
    assert list(one) == list(two)
    assert all(alike(one[name], two[name]) for name in one)


def test_only_new_programs_are_read(tmp_path, monkeypatch):
    read: list[list[str]] = []

    def recorded(sources, jobs=1):
        read.append(sorted(sources.values()))
        return scan_all(sources, jobs)

    monkeypatch.setattr(subjects, "scan_all", recorded)
    monkeypatch.setattr(subjects, "WORTH_KEEPING", 1)
    write_part(tmp_path, [row(BARE, "racy")])
    first = read_subjects(tmp_path)
    write_part(tmp_path, [row(LOCKED)])
    second = read_subjects(tmp_path)
    read_subjects(tmp_path)
    assert read == [[BARE], [LOCKED]]
    assert len(second) == 2
    assert any(alike(s, first[0]) for s in second)


def test_a_small_corpus_keeps_to_its_parts(tmp_path):
    write_part(tmp_path, [row(BARE, "racy")])
    read_subjects(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["parts"]
