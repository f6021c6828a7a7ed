"""Slices in parts are those of `dataset`; what was made before a kill is not made again."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")

import pyarrow.parquet as pq

from model_export import dataset
from model_export.execute.corpus import read_ids, write_part
from model_export.oracle.labels import OracleLabel
from model_export.quality import slicing
from model_export.quality.slicing import write_slices
from tests.model_export.quality.quality_toys import BARE, LOCKED, row

SOURCES = [BARE, LOCKED, BARE.replace("total", "sum"), LOCKED.replace("total", "sum")]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    rows = [row(s, "racy" if "mutex_lock" not in s else "clean") for s in SOURCES]
    write_part(tmp_path / "corpus", rows)
    return tmp_path / "corpus"


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(slicing, "AT_ONCE", 1)


def test_they_are_the_slices_of_the_command_dataset(corpus, tmp_path):
    write_slices(corpus, read_ids(corpus), tmp_path / "mine.parquet")
    parser = argparse.ArgumentParser()
    dataset.add_arguments(parser)
    words = ["--corpus", str(corpus), "--out", str(tmp_path / "whole.parquet"), "--all"]
    dataset.run(parser.parse_args([*words, "--jobs", "1"]))
    mine, theirs = (pq.read_table(tmp_path / f"{n}.parquet") for n in ("mine", "whole"))
    assert mine.to_pylist() == theirs.to_pylist()
    assert mine.num_rows > len(SOURCES)
    assert not (tmp_path / "mine.parts").exists()


def test_only_the_chosen_programs_are_read(corpus, tmp_path):
    chosen = sorted(read_ids(corpus))[:2]
    write_slices(corpus, chosen, tmp_path / "some.parquet")
    read = pq.read_table(tmp_path / "some.parquet", columns=["program"])["program"].to_pylist()
    assert set(read) == set(chosen)


def test_a_program_that_only_the_oracle_labels_is_read_too(corpus, tmp_path):
    silent = BARE.replace("total", "silent")
    write_part(corpus, [row(silent, "clean", usable=False, expected="racy")])
    name = row(silent)["id"]
    found = OracleLabel(id=name, why="silent", verdict="racy", races=((13, 13),))
    programs = []
    for told in ({}, {name: found}):
        write_slices(corpus, [], tmp_path / "slices.parquet", told=told)
        programs.append(pq.read_table(tmp_path / "slices.parquet")["program"].to_pylist())
    assert programs[0] == []
    assert set(programs[1]) == {name}


def test_killed_after_two_parts_it_makes_the_other_two(corpus, tmp_path, monkeypatch):
    out = tmp_path / "slices.parquet"
    made: list[Path] = []
    write_part_ = slicing._write_part

    def until(limit):
        def writing(path, asked, pool):
            new = not path.exists()
            if new and len(made) == limit:
                raise KeyboardInterrupt
            write_part_(path, asked, pool)
            made.extend([path] * new)

        return writing

    monkeypatch.setattr(slicing, "_write_part", until(2))
    with pytest.raises(KeyboardInterrupt):
        write_slices(corpus, read_ids(corpus), out)
    assert not out.exists()
    monkeypatch.setattr(slicing, "_write_part", until(99))
    write_slices(corpus, read_ids(corpus), out)
    assert len(made) == len(set(made)) == 4
    programs = pq.read_table(out, columns=["program"])["program"].to_pylist()
    assert set(programs) == read_ids(corpus)


def test_a_finished_file_is_left_alone_until_something_changes(corpus, tmp_path):
    out = tmp_path / "slices.parquet"
    write_slices(corpus, read_ids(corpus), out)
    first = out.stat().st_mtime_ns
    write_slices(corpus, read_ids(corpus), out)
    assert out.stat().st_mtime_ns == first
    write_slices(corpus, sorted(read_ids(corpus))[:3], out)
    assert len(set(pq.read_table(out)["program"].to_pylist())) == 3


def test_another_code_makes_them_anew(corpus, tmp_path, monkeypatch):
    out = tmp_path / "slices.parquet"
    write_slices(corpus, read_ids(corpus), out)
    first = out.stat().st_mtime_ns
    monkeypatch.setattr(slicing, "_code", lambda: b"another")
    write_slices(corpus, read_ids(corpus), out)
    assert out.stat().st_mtime_ns > first
