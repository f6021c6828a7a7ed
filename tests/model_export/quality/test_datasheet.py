"""The sheet says what is in the corpus; each figure is counted, none is written down."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("sklearn")

from model_export import cli
from model_export.quality.balance import Share
from model_export.quality.census import outcome_table, take
from model_export.quality.pictures import intervals, mixture
from model_export.quality.slice_counts import count_slices
from model_export.quality.tells import Tell
from tests.model_export.quality.quality_toys import BARE, LOCKED, row

SAMPLE = Path(__file__).parent / "sample"
COMMITTED = Path(cli.__file__).parent


def slice_row(**more):
    return {
        "program": "p",
        "kind": "thread",
        "lines": [[7, ["<object>", "++"]], [9, ["join"]]],
        "facts": [["share=global"]],
        "places": [[7, 9]],
        "race": [1],
        "slice_race": 1,
    } | more


def test_the_same_slice_further_down_is_the_same():
    moved = slice_row(lines=[[70, ["<object>", "++"]], [71, ["join"]]], places=[[70, 71]])
    counts = count_slices([slice_row(), moved])
    assert (counts.slices, len(counts.canonical), len(counts.contexts)) == (2, 1, 1)


@pytest.mark.parametrize(
    ("change", "canonical", "contexts", "relations"),
    [
        ({"lines": [[7, ["<object>", "--"]], [9, ["join"]]]}, 2, 2, 1),
        ({"lines": [[7, ["<object>", "++"]], [8, ["x"]], [9, ["join"]]]}, 2, 1, 1),
        ({"facts": [["share=private"]]}, 2, 2, 2),
        ({"program": "q", "kind": "task"}, 1, 1, 1),
    ],
)
def test_what_a_model_reads_makes_the_difference(change, canonical, contexts, relations):
    counts = count_slices([slice_row(), slice_row(**change)])
    found = len(counts.canonical), len(counts.contexts), len(counts.relations)
    assert found == (canonical, contexts, relations)


def test_outcomes_are_told_apart():
    rows = [slice_row(), slice_row(race=[0], slice_race=0), slice_row(facts=[["x"]], race=[-1])]
    counts = count_slices(rows)
    assert (counts.contexts.seen(0, 1), counts.contexts.seen(1), counts.contexts.seen()) == (
        1,
        0,
        1,
    )
    assert (counts.racy_pairs, counts.clean_pairs, counts.pairs) == (1, 1, 3)


def test_the_census_counts_what_did_not_run_too():
    runs = json.dumps([{"outcome": "clean"}, {"outcome": "racy"}])
    rows = [
        row(BARE, "racy", runs=runs, expected="clean"),
        row(LOCKED, "clean", expected="racy", usable=False),
        row("x", "", outcome="crash", usable=False, mutation="drop-lock", family="a_composed_1"),
    ]
    census = take(rows)
    assert (census.programs, census.usable, census.runs) == (3, 1, 4)
    assert (census.silent, census.contradicted, census.unsteady) == (1, 1, 1)
    assert outcome_table(census.sources).splitlines() == [
        "| | racy | clean | crash | all |",
        "|---|---:|---:|---:|---:|",
        "| authored, c | 1 | 1 | 0 | 2 |",
        "| mutants of composed, c | 0 | 0 | 1 | 1 |",
    ]


def test_pictures_are_well_formed_and_to_scale():
    shares = [
        Share("construct", "a < b", (0.3, 0.7), 30, 10),
        Share("construct", "c", (0.3, 0.7), 1, 1),
    ]
    root = ElementTree.fromstring(mixture(shares, "By construct"))
    widths = [
        float(r.get("width")) for r in list(root.iter("{http://www.w3.org/2000/svg}rect"))[1:]
    ]
    assert widths == pytest.approx([315, 105, 210, 210], abs=0.1)
    assert "a < b" in "".join(root.itertext())


def test_the_interval_s_picture_shows_the_area():
    tell = Tell(name="names", bar=0.55, area=0.6, low=0.58, high=0.62, racy=(), clean=())
    root = ElementTree.fromstring(intervals([tell]))
    assert "0.600" in "".join(root.itertext())
    (dot,) = root.iter("{http://www.w3.org/2000/svg}circle")
    assert float(dot.get("cx")) == pytest.approx(170 + 420 / 2)


def test_the_command_describes_the_sample(tmp_path, capsys):
    out = tmp_path / "docs" / "DATASHEET.md"
    words = ["datasheet", "--corpus", str(SAMPLE), "--out", str(out), "--jobs", "1"]
    assert cli.main(words) == 0
    sheet = out.read_text()
    assert "61 executed programs" in sheet
    assert "| programs executed and labelled | ≥ 60000 | 60 | **missed** |" in sheet
    assert "| leaks between splits | 0 | 0 | holds |" in sheet
    for title in ("What it holds", "Balance", "What tells, and what leaks", "What is lacking"):
        assert f"\n## {title}\n" in sheet
    chosen = json.loads((out.parent / "corpus.json").read_text())["chosen"]
    assert chosen["sha256"] in sheet
    for picture in ("constructs", "sources", "tells"):
        ElementTree.parse(out.parent / f"datasheet-{picture}.svg")
        assert f"(datasheet-{picture}.svg)" in sheet
    assert "programs chosen" in capsys.readouterr().out
    assert "- Too few programs to judge a construct's balance: C11 " in sheet
    check = ["leaks", "--corpus", str(SAMPLE), "--fingerprint", str(out.parent / "corpus.json")]
    assert cli.main([*check, "--jobs", "1"]) == 0


@pytest.mark.skipif(
    not (COMMITTED / "corpus.json").exists(), reason="no corpus was described for this version"
)
def test_the_committed_sheet_and_fingerprint_are_of_one_corpus():
    identity = json.loads((COMMITTED / "corpus.json").read_text())
    sheet = (COMMITTED / "DATASHEET.md").read_text()
    for part in ("executed", "chosen"):
        assert identity[part]["sha256"] in sheet
        assert str(identity[part]["programs"]) in sheet
    for picture in ("constructs", "sources", "tells"):
        ElementTree.parse(COMMITTED / f"datasheet-{picture}.svg")
