"""Which programs the oracle is asked about, what it says of them, and how a row changes by it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model_export.execute.corpus import write_part
from model_export.execute.run import ToolsMissing, find_tools
from model_export.oracle.labelling import judge_portion, label_corpus, oracle_label, weak
from model_export.oracle.labels import (
    OracleLabel,
    corrected,
    label_of,
    read_labels,
    why,
    write_labels,
)
from model_export.oracle.oracle import Oracle
from model_export.oracle.verdict import OracleVerdict, Place, Race, unknown
from reviewbot.errors import BadInput

LOOP = """\
static int a[64];
int main(void) {
  PRAGMA
  for (int i = 1; i < 64; i++)
    a[i] = a[i - 1] + 1;
  return 0;
}
"""
LANES = LOOP.replace("PRAGMA", "#pragma omp simd")
SHARED_LANES = LOOP.replace("PRAGMA", "#pragma omp parallel for simd")
THREADS = LOOP.replace("PRAGMA", "#pragma omp parallel for")
DOACROSS = """\
static int a[64];
int main(void) {
#pragma omp parallel for ordered(1) num_threads(4)
  for (int i = 1; i < 64; i++) {
WAIT
    a[i] = a[i - 1] + 1;
#pragma omp ordered depend(source)
  }
  return 0;
}
"""
WAITS = DOACROSS.replace("WAIT", "#pragma omp ordered depend(sink : i - 1)")
TOO_FAR = DOACROSS.replace("WAIT", "#pragma omp ordered depend(sink : i - 2)")


def corpus_row(source: str, outcome: str = "clean", expected: str = "clean", **more: Any) -> Any:
    row = {"id": f"{len(source)}{outcome}{expected}", "family": "f", "language": "c"}
    row |= {"source": source, "outcome": outcome, "expected": expected, "mutation": ""}
    return row | {"label": outcome, "reports": "[]", "usable": expected == outcome} | more


def told(reason: str, verdict: str, *races: tuple[int, int]) -> OracleLabel:
    return OracleLabel(id="p", why=reason, verdict=verdict, races=races)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (corpus_row(LANES), "lanes"),
        (corpus_row(SHARED_LANES), ""),  # threads share the iterations, too
        (corpus_row(SHARED_LANES.replace("simd", "simd safelen(4)")), "lanes"),
        (corpus_row(WAITS), "doacross"),
        (corpus_row(THREADS.replace("for (", "for ordered (")), ""),
        (corpus_row(THREADS, "clean", "racy"), "silent"),
        (corpus_row(THREADS, "racy", "clean"), "disputed"),
        (corpus_row(THREADS, "racy", "racy"), "racy"),
        (corpus_row(THREADS, "racy", "racy", family="omp_composed_3"), ""),
        (corpus_row(THREADS, "racy", "", mutation="drop"), "mutant"),
        (corpus_row(THREADS, "clean", "", mutation="drop"), ""),
        (corpus_row(LANES, "compile-error", "racy"), ""),
    ],
)
def test_asks_where_a_label_is_weak(row: Any, reason: str) -> None:
    assert why(row) == reason


def race(first: int, second: int, mode: str = "write") -> Race:
    sides = [
        Place(line=line, column=1, mode=mode, atomic=False, function="f")
        for line in (first, second)
    ]
    return Race(a=sides[0], b=sides[1])


def test_a_label_has_each_pair_of_lines_once_and_no_lifetimes() -> None:
    verdict = OracleVerdict(
        outcome="racy", races=(race(9, 4), race(4, 9), race(2, 2), race(7, 7, "end"))
    )
    assert label_of("p", "silent", verdict).races == ((2, 2), (4, 9))
    only_end = label_of("p", "silent", OracleVerdict(outcome="racy", races=(race(7, 7, "end"),)))
    assert not only_end.told
    assert not label_of("p", "silent", unknown("it hangs")).told
    assert label_of("p", "silent", OracleVerdict(outcome="clean")).told


def test_labels_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "labels.parquet"
    assert read_labels(path) == {}
    labels = [told("lanes", "racy", (3, 5)), OracleLabel(id="q", why="silent", verdict="unknown")]
    write_labels(path, labels)
    assert list(read_labels(path).values()) == labels


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.parquet"
    path.write_text("no Parquet", encoding="utf-8")
    with pytest.raises(BadInput, match="is not a file of"):
        read_labels(path)


def lines_of(row: Any) -> list[tuple[int, int]]:
    return [(report["a"]["line"], report["b"]["line"]) for report in json.loads(row["reports"])]


def test_a_race_that_stayed_silent_is_told() -> None:
    silent = corpus_row(THREADS, "clean", "racy")
    assert corrected(silent, None) is None
    assert corrected(silent, told("silent", "unknown")) is None
    assert corrected(silent, told("silent", "clean")) is None
    row: Any = corrected(silent, told("silent", "racy", (5, 5)))
    assert (row["label"], lines_of(row)) == ("racy", [(5, 5)])


def test_a_doacross_loop_is_what_the_oracle_says() -> None:
    row: Any = corrected(corpus_row(WAITS, "racy", "clean"), told("doacross", "clean"))
    assert (row["label"], lines_of(row)) == ("clean", [])


def test_a_dispute_is_settled_against_nobody() -> None:
    disputed = corpus_row(THREADS, "racy", "clean", usable=True)
    assert corrected(disputed, None) == disputed
    assert corrected(disputed, told("disputed", "racy", (5, 5))) == disputed
    assert corrected(disputed, told("disputed", "clean")) is None


@pytest.mark.parametrize("reason", ["mutant", "racy"])
def test_it_is_complete_only_if_the_oracle_saw_the_same(reason: str) -> None:
    report = {"a": {"line": 5}, "b": {"line": 5}, "location": "global a"}
    mutant = corpus_row(THREADS, "racy", "", reports=json.dumps([report]), usable=True)
    assert corrected(mutant, told(reason, "racy", (4, 4))) == mutant
    row: Any = corrected(mutant, told(reason, "racy", (4, 4), (5, 5)))
    assert row["expected"] == "racy"
    assert lines_of(row) == [(5, 5), (4, 4), (5, 5)]


def test_weakest_first_and_nothing_twice(tmp_path: Path) -> None:
    rows = [
        corpus_row(THREADS, "clean", "racy", id="silent"),
        corpus_row(THREADS, "racy", "racy", id="sure", family="omp_composed_3"),
        corpus_row(THREADS, "racy", "racy", id="racy"),
        corpus_row(LANES, id="lanes"),
    ]
    write_part(tmp_path, rows)
    assert [row["id"] for _, row in weak(tmp_path, ())] == ["lanes", "silent", "racy"]
    assert [row["id"] for _, row in weak(tmp_path, ["lanes"])] == ["silent", "racy"]
    assert [row["id"] for _, row in weak(tmp_path, (), ["lanes"])] == ["lanes"]


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    try:
        return Oracle.over(find_tools(), tmp_path_factory.mktemp("labels"))
    except ToolsMissing as exc:
        pytest.skip(str(exc))


@pytest.mark.clang
@pytest.mark.parametrize(
    ("source", "races"),
    [
        (LANES, {(5, 5)}),
        (LANES.replace("a[i - 1]", "a[i]"), set()),
        (TOO_FAR, {(6, 6)}),
        (WAITS, set()),
    ],
)
def test_lanes_and_doacross_loops(oracle: Oracle, source: str, races: set[Any]) -> None:
    found = oracle_label(oracle, corpus_row(source))
    assert found is not None
    assert {(pair.a.line, pair.b.line) for pair in found} == races


@pytest.mark.clang
def test_a_text_that_does_not_compile_has_no_label(oracle: Oracle) -> None:
    assert oracle_label(oracle, corpus_row("int main(void) { return missing; }\n")) is None


@pytest.mark.clang
def test_programs_whose_places_have_no_names_are_asked_again(
    oracle: Oracle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tools = replace(oracle.builder.tools, symbolizer=str(tmp_path / "missing"))
    nameless = Oracle.over(tools, tmp_path)
    row = corpus_row(TOO_FAR)
    assert judge_portion(nameless, [("doacross", row)]) == []
    assert "1 programs are left" in capsys.readouterr().err
    (label,) = judge_portion(oracle, [("doacross", row)])
    assert label.races == ((6, 6),)


@pytest.mark.clang
def test_the_command_goes_on_where_it_stopped(
    oracle: Oracle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_part(tmp_path, [corpus_row(LANES, id="one"), corpus_row(WAITS, id="two")])
    out = tmp_path / "labels.parquet"
    assert label_corpus(tmp_path, out, limit=1, jobs=1) == "lanes racy: 1"
    first = read_labels(out)
    assert list(first) == ["one"]
    assert label_corpus(tmp_path, out, limit=9, jobs=1) == "doacross clean: 1\nlanes racy: 1"
    assert read_labels(out)["one"] == first["one"]
    late = replace(first["one"], verdict="unknown", reason="a run with 4 threads: timeout")
    write_labels(out, [late])
    label_corpus(tmp_path, out, limit=9, jobs=1)
    assert read_labels(out)["one"] == first["one"]  # asked again
    capsys.readouterr()
    label_corpus(tmp_path, out, limit=9, jobs=1)
    assert "programs" not in capsys.readouterr().err  # nothing is left to judge
