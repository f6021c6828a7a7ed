"""Shares with intervals, and the rows of the tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("pyarrow")

from model_export.proof import tables
from model_export.proof.faithful import BREAKING, OTHER_OBJECT, UNNAMED, Trial
from model_export.proof.invariance import Restyling
from model_export.proof.pairs import SLOT
from model_export.proof.twins import Couple

TRIAL = Trial(
    group=BREAKING,
    kind=SLOT,
    link="unprotected",
    family="queue",
    program="p",
    other="q",
    object="hits",
    before=0.9,
    after=0.1,
    file_before=0.9,
    file_after=0.1,
)
STAYS = replace(TRIAL, group=UNNAMED, kind=OTHER_OBJECT, link="", after=0.8, file_after=0.2)
STYLE = Restyling(
    style="indent", family="queue", program="p", before=0.9, after=0.9, findings=False, cause=""
)


class TestShare:
    def test_with_an_interval_over_families(self) -> None:
        value, low, high = tables.share([1, 0, 1, 1], ["a", "b", "c", "d"])
        assert value == 0.75 and 0 <= low < 0.75 < high <= 1

    def test_none_at_all_is_no_proof_of_never(self) -> None:
        # Clopper and Pearson: (1 - p) ** 10 = 0.025
        value, low, high = tables.share([0.0] * 20, [f"f{n % 10}" for n in range(20)])
        assert (value, low) == (0, 0) and (1 - high) ** 10 == pytest.approx(0.025)

    def test_nor_are_all_of_always(self) -> None:
        value, low, high = tables.share([1.0] * 3, ["a", "b", "c"])
        assert (value, high) == (1, 1) and low**3 == pytest.approx(0.025)

    def test_nothing_is_no_number(self) -> None:
        assert tables.share([], [])[0] != tables.share([], [])[0]


class TestFaithfulness:
    def test_named_and_unnamed_edits(self) -> None:
        table, links = tables.faithfulness([TRIAL, replace(TRIAL, after=0.8), STAYS])
        cells = {row[0]: row for row in table.rows}
        slot = cells["ends the race: the object's slot, one choice"]
        assert slot[1:3] == ("2", "1") and slot[3].startswith("0.500")
        assert cells["**breaks what the trace of a race names** (bar: ≥ 0.90)"][1] == "2"
        other = cells["none: the slot of another object"]
        assert other[3].startswith("0.000") and other[4] == "–"
        assert [row[:2] for row in links.rows] == [("unprotected", "2")]

    def test_authored_and_composed_apart(self) -> None:
        found = tables.faithfulness([TRIAL, replace(TRIAL, family="omp_composed_3")])
        assert len(found) == 4
        assert not tables.faithfulness([])


class TestInvariance:
    def test_the_worst_style_first(self) -> None:
        bad = replace(STYLE, style="outline", after=0.2, findings=None)
        (table,) = tables.invariance([STYLE, bad, replace(bad, after=0.9)])
        assert [row[0] for row in table.rows] == ["outline", "indent", "**all**"]
        assert table.rows[0][3].startswith("0.500") and table.rows[0][4] == "–"
        assert table.rows[0][5].startswith("0.700")
        assert table.rows[1][3].startswith("0.000")


class TestTwins:
    def test_both_and_ranked(self) -> None:
        couple = Couple(
            family="queue",
            racy="p",
            clean="q",
            racy_probability=0.4,
            clean_probability=0.1,
            both_right=False,
            ranked_right=True,
        )
        (row,) = tables.twins([couple]).rows
        assert row[:3] == ("authored families", "1", "1")
        assert row[3].startswith("0.000") and row[4].startswith("1.000")
        assert not tables.twins([]).rows
