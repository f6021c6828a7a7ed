"""A planted tell is found and named; twins that differ in what matters tell nothing by names."""

from __future__ import annotations

import argparse

import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("sklearn")

from model_export.execute.corpus import write_part
from model_export.quality import tells
from model_export.quality.tells import TESTS, TooFewPrograms, measure, samples, tell
from tests.model_export.quality.quality_toys import BARE, LOCKED, row

NAMES, COUNTS = range(2)


def corpus(racy, clean, families=40):
    """Twins of many families, each with a name of its own."""
    return [
        row(f"static int own{n};\n{source}", label, family=f"family {n}", twin_group=f"twins {n}")
        for n in range(families)
        for source, label in ((racy, "racy"), (clean, "clean"))
    ]


def test_a_name_that_only_racy_programs_have_is_found():
    found = measure(corpus(BARE.replace("total", "unsafe_total"), BARE))[NAMES]
    assert found.area > 0.95
    assert not found.holds
    assert "unsafe" in dict(found.racy)
    assert "total" in found.text()
    assert "does NOT hold" in found.text()


def test_a_comment_that_only_clean_programs_have_is_found():
    found = measure(corpus(BARE, "// guarded below\n" + BARE))[NAMES]
    assert not found.holds
    assert found.clean[0][0].startswith("comment:")


def test_twins_with_the_same_names_tell_nothing():
    same = measure(corpus(BARE, BARE.replace("i < 100", "i < 400")))
    assert [found.holds for found in same] == [True, True]
    assert same[NAMES].area == pytest.approx(0.5, abs=0.05)


def test_locks_that_only_clean_programs_take_are_found_by_their_count():
    found = measure(corpus(BARE, LOCKED))[COUNTS]
    assert not found.holds
    assert "pthread_mutex_lock" in dict(found.clean)


def test_what_one_family_alone_says_is_no_tell():
    rows = corpus(BARE, BARE.replace("i < 100", "i < 400"))
    rows[0] = row(rows[0]["source"].replace("total", "racing"), "racy", family="family 0")
    words = [word for side in ("racy", "clean") for word, _ in getattr(_names(rows), side)]
    assert "racing" not in words


def _names(rows):
    return tell(TESTS[NAMES], [samples(r)[NAMES] for r in rows])


def test_the_same_rows_give_the_same_figures():
    rows = corpus(BARE, LOCKED)
    assert measure(rows) == measure(rows)


@pytest.mark.parametrize("rows", [corpus(BARE, LOCKED, 1), corpus(BARE, LOCKED)[::2]])
def test_one_family_or_one_outcome_is_too_little(rows):
    with pytest.raises(TooFewPrograms, match="explore more families"):
        measure(rows)


def test_the_command_fails_where_something_tells(tmp_path, capsys):
    write_part(tmp_path, corpus(BARE, LOCKED))
    arguments = argparse.Namespace(corpus=tmp_path, folds=5, all=True, jobs=1)
    assert tells.run(arguments) == 1
    assert "counts of synchronisation words: AUROC 1.000" in capsys.readouterr().out


def test_the_command_reads_the_chosen_programs_unless_told_otherwise(tmp_path):
    write_part(tmp_path, corpus(BARE, LOCKED))
    # Without names of their own the families are duplicates of each other: two are left.
    arguments = argparse.Namespace(corpus=tmp_path, folds=5, all=False, jobs=1)
    with pytest.raises(TooFewPrograms, match=r"^2 programs"):
        tells.run(arguments)
