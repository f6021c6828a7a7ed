"""Slices that the sanitizer cannot label: without labels before, with the oracle's after."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow")

from model_export import dataset
from model_export.dataset import read_slices, rows_of
from model_export.execute.corpus import write_part
from model_export.matching import UNKNOWN
from model_export.oracle.labels import OracleLabel, write_labels

LANES = """\
void step(double *a, int n) {
#pragma omp simd
  for (int i = 1; i < n; i++)
    a[i] = a[i - 1] * 0.5;
}
"""
TEAM = """\
static long total;
void add(const int *v, int n) {
#pragma omp parallel for
  for (int i = 0; i < n; i++)
    total += v[i];
}
"""
DOACROSS = """\
static int a[64];
void scan(void) {
#pragma omp parallel for ordered(1)
  for (int i = 1; i < 64; i++) {
#pragma omp ordered depend(sink : i - 1)
    a[i] = a[i - 1] + 1;
#pragma omp ordered depend(source)
  }
}
"""


def corpus_row(source: str, label: str = "clean", **more: Any) -> dict[str, Any]:
    row = dict.fromkeys(("domain", "twin_group", "mutation"), "") | {"id": "p1", "family": "toy"}
    row |= {"language": "c", "source": source, "effects": "{}", "expected": label}
    return row | {"label": label, "reports": "[]", "usable": True} | more


def told(reason: str, verdict: str, *races: tuple[int, int]) -> OracleLabel:
    return OracleLabel(id="p1", why=reason, verdict=verdict, races=races)


def of(rows: Iterable[dict[str, Any]], name: str) -> tuple[set[int], int]:
    """(the labels of the object's pairs, the slice's)."""
    (found,) = [row for row in rows if row["object"].startswith(name)]
    assert found["race"]
    return set(found["race"]), found["slice_race"]


@pytest.mark.parametrize(
    ("label", "pairs", "whole"),
    [
        (None, {UNKNOWN}, UNKNOWN),
        (told("lanes", "unknown"), {UNKNOWN}, UNKNOWN),
        (told("lanes", "clean"), {0}, 0),
        (told("lanes", "racy", (4, 4)), {1}, 1),
    ],
)
def test_lanes_are_labelled_by_the_oracle_alone(
    label: OracleLabel | None, pairs: set[int], whole: int
) -> None:
    raced, slice_race = of(rows_of(corpus_row(LANES), label), "a")
    assert (raced, slice_race) == (pairs, whole)


def test_lines_that_threads_race_on_say_nothing_of_lanes() -> None:
    report = {"a": {"line": 4}, "b": {"line": 4}, "location": ""}
    row = corpus_row(LANES, "racy", reports=json.dumps([report]))
    raced, whole = of(rows_of(row, told("lanes", "racy", (4, 4))), "a")
    assert 1 not in raced
    assert whole == UNKNOWN


def test_a_lane_race_does_not_label_the_threads() -> None:
    both = LANES + TEAM
    after = rows_of(corpus_row(both), told("lanes", "racy", (4, 4), (10, 10)))
    assert of(after, "total") == of(rows_of(corpus_row(both)), "total") == ({0}, 0)


def test_a_silent_race_is_left_out_until_the_oracle_tells_it() -> None:
    silent = corpus_row(TEAM, usable=False, expected="racy", effects='{"total": "racy"}')
    assert rows_of(silent) == []
    assert rows_of(silent, told("silent", "clean")) == []
    after = rows_of(silent, told("silent", "racy", (5, 5)))
    raced, whole = of(after, "total")
    assert (1 in raced, whole) == (True, 1)
    assert {row["label"] for row in after} == {"racy"}


def test_a_doacross_loop_that_the_sanitizer_misread_is_clean() -> None:
    report = {"a": {"line": 6}, "b": {"line": 6}, "location": "global a"}
    row = corpus_row(DOACROSS, "racy", reports=json.dumps([report]))
    assert of(rows_of(row), "a")[1] == 1
    assert of(rows_of(row, told("doacross", "clean")), "a") == ({0}, 0)


def test_the_command_takes_the_labels(tmp_path: Path) -> None:
    silent = corpus_row(TEAM, usable=False, expected="racy", effects='{"total": "racy"}')
    write_part(tmp_path, [corpus_row(LANES, id="lanes"), silent])
    labels = tmp_path / "labels.parquet"
    known = OracleLabel(id="lanes", why="lanes", verdict="clean")
    write_labels(labels, [known, told("silent", "racy", (5, 5))])
    parser = argparse.ArgumentParser()
    dataset.add_arguments(parser)
    out = tmp_path / "slices.parquet"
    options = ["--corpus", str(tmp_path), "--out", str(out), "--all", "--jobs", "1"]
    dataset.run(parser.parse_args(options))
    assert {row["slice_race"] for row in read_slices(out)} == {UNKNOWN}
    dataset.run(parser.parse_args([*options, "--oracle", str(labels)]))
    found = {(row["program"], row["object"]): row["slice_race"] for row in read_slices(out)}
    assert found["p1", "total"] == 1
    assert {value for (program, _), value in found.items() if program == "lanes"} == {0}
