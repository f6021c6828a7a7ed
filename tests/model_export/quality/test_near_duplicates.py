"""Of programs that teach the same one is kept; twins of opposite outcome always are."""

from __future__ import annotations

import pytest

pytest.importorskip("pyarrow")

from model_export.dataset import split_of
from model_export.quality.duplicates import distinct
from tests.model_export.quality.quality_toys import BARE, LOCKED, program

RENAMED = BARE.replace("total", "balance").replace("i < 100", "i < 700")
LONGER = BARE.replace("  total +=", "  seen[id]++;\n  total +=")


def kept(*programs):
    return {subject.id for subject in distinct(programs).kept}


def test_a_program_under_other_names_and_of_another_size_goes():
    one, other = program(BARE, "racy"), program(RENAMED, "racy")
    found = distinct([one, other])
    assert len(found.kept) == 1
    assert found.exact == 1
    assert "2 programs, 1 equal to another and 0 near-duplicates (50.0%; 0 of" in found.text()


def test_the_same_text_of_the_other_outcome_stays():
    one, other = program(BARE, "racy"), program(RENAMED, "clean")
    assert kept(one, other) == {one.id, other.id}


def test_twins_stay():
    racy, clean = program(BARE, "racy"), program(LOCKED, "clean")
    assert kept(racy, clean) == {racy.id, clean.id}


def test_another_lock_discipline_of_the_same_outcome_stays():
    late = (
        LOCKED.replace("  pthread_mutex_lock(&lock);\n  total", "  total")
        .replace("  pthread_mutex_unlock(&lock);", "")
        .replace(
            "pthread_t first, second;", "pthread_t first, second;\n  pthread_mutex_lock(&lock);"
        )
    )
    one, other = program(BARE, "racy"), program(late, "racy")
    assert kept(one, other) == {one.id, other.id}


def test_a_statement_more_that_orders_nothing_goes():
    one, other = program(BARE, "racy"), program(LONGER, "racy")
    found = distinct([one, other])
    assert (len(found.kept), found.exact) == (1, 0)


def test_the_same_statement_more_stays_where_its_family_chose_it():
    one = program(BARE, "racy", choices='{"kept": "once"}')
    other = program(LONGER, "racy", choices='{"kept": "twice"}')
    assert kept(one, other) == {one.id, other.id}


def test_an_authored_family_s_sizes_are_no_lesson():
    more = {"slot_lines": '{"kept": [3]}'}
    one = program(BARE, "racy", choices='{"N": "9", "kept": "once"}', **more)
    other = program(LONGER, "racy", choices='{"N": "7", "kept": "once"}', **more)
    assert len(kept(one, other)) == 1


def test_a_mutant_s_rule_is_its_lesson():
    one = program(BARE, "racy", mutation="drop-lock", choices='{"object": "total"}')
    other = program(LONGER, "racy", mutation="shift-index", choices='{"object": "total"}')
    assert kept(one, other) == {one.id, other.id}
    same = program(LONGER, "racy", mutation="drop-lock", choices='{"object": "total"}')
    assert len(kept(one, same)) == 1


def test_of_two_the_one_with_a_twin_stays():
    alone = program(BARE, "racy", twin_group="alone")
    paired, twin = program(RENAMED, "racy", twin_group="pair"), program(LOCKED, twin_group="pair")
    for order in ([alone, paired, twin], [twin, paired, alone]):
        assert kept(*order) == {paired.id, twin.id}


def test_of_two_families_the_held_out_one_keeps_its_copy():
    train = next(f"f{n}" for n in range(99) if split_of(f"f{n}") == "train")
    test = next(f"f{n}" for n in range(99) if split_of(f"f{n}") == "test")
    found = distinct([program(BARE, "racy", family=train), program(RENAMED, "racy", family=test)])
    assert [subject.family for subject in found.kept] == [test]
    assert found.across == 1


def test_nothing_is_lost():
    programs = [program(source, "racy") for source in (BARE, RENAMED, LONGER, LOCKED)]
    found = distinct(programs)
    left = [s.id for s in found.kept] + [d.dropped.id for d in found.duplicates]
    assert sorted(left) == sorted(p.id for p in programs)
