"""What leaks from one split to another is found; the fixed sample, and what is chosen, is clean."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model_export.dataset import fold_of, split_of
from model_export.execute.corpus import read_rows, write_part
from model_export.quality import leaks
from model_export.quality.leaks import (
    OtherCorpus,
    check_fingerprint,
    families_in_two,
    find_leaks,
    fingerprint,
    slice_leaks,
)
from model_export.quality.select import read_selection
from model_export.quality.subjects import read_subjects
from tests.model_export.quality.quality_toys import BARE, LOCKED, program, row

SAMPLE = Path(__file__).parent / "sample"  # programs that were made and executed by `explore`
TRAIN = next(f"f{n}" for n in range(99) if split_of(f"f{n}") == "train")
TEST = next(f"f{n}" for n in range(99) if split_of(f"f{n}") == "test")
RENAMED = BARE.replace("total", "balance")


def found(*programs):
    return {leak.what for leak in find_leaks(programs) if leak.found}


def test_a_program_of_a_held_out_family_under_other_names_leaks():
    pair = program(BARE, "racy", family=TRAIN), program(RENAMED, "racy", family=TEST)
    assert "programs alike to one of another split" in found(*pair)


def test_one_statement_more_leaks_too():
    longer = BARE.replace("  total +=", "  seen[id]++;\n  total +=")
    one = program(BARE, "racy", family=TRAIN, twin_group="a")
    other = program(longer, "racy", family=TEST, twin_group="b")
    assert found(one, other) == {"programs alike to one of another split"}


def test_within_a_split_it_does_not():
    one = program(BARE, "racy", family=TRAIN)
    longer = program(BARE.replace("  total +=", "  seen[id]++;\n  total +="), "racy", family=TRAIN)
    assert found(one, longer) == set()


def test_the_twin_of_the_other_outcome_does_not_leak():
    one = program(BARE, "racy", family=TRAIN, twin_group="a")
    assert found(one, program(LOCKED, "clean", family=TEST, twin_group="b")) == set()


def test_twins_over_two_splits_are_found():
    one = program(BARE, "racy", family=TRAIN)
    assert found(one, program(LOCKED, "clean", family=TEST)) == {"twin groups over two splits"}


def test_a_mutant_away_from_its_parent_is_found():
    parent = program(BARE, "racy", family=TRAIN)
    stray = program(LOCKED, family=TEST, twin_group="x", parent=parent.id, mutation="add-lock")
    assert found(parent, stray) == {"mutants in another split than their parents"}
    near = program(LOCKED, family=TRAIN, twin_group="x", parent=parent.id, mutation="add-lock")
    assert found(parent, near) == set()


def test_a_program_that_is_there_twice_is_found():
    pair = program(BARE, "racy", family=TRAIN), program(RENAMED, "racy", family=TRAIN)
    assert found(*pair) == {"programs that are there twice"}


def test_a_family_in_two_splits_is_found():
    assert families_in_two([("a", "train"), ("a", "test"), ("b", "test")]) == ("a",)
    assert families_in_two([("a", "train"), ("a", "train"), ("b", "test")]) == ()


def test_slices_of_programs_that_were_not_chosen_are_found(tmp_path):
    chosen = program(BARE, family=TRAIN)
    rows = [{"program": chosen.id, "family": TEST}, {"program": "other", "family": TRAIN}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "slices.parquet")
    strangers, moved = slice_leaks(tmp_path / "slices.parquet", [chosen])
    assert strangers.found == ("other",)
    assert moved.found == (chosen.id,)


def test_the_sample_has_no_leak_in_any_split():
    subjects = read_selection(SAMPLE).programs
    assert len(subjects) > 40
    assert {leak.text() for leak in find_leaks(subjects)} == {
        "0 programs that are there twice",
        "0 families in two splits",
        "0 twin groups over two splits",
        "0 mutants in another split than their parents",
        "0 programs alike to one of another split",
    }
    assert families_in_two((s.family, str(fold_of(s.family, 5))) for s in subjects) == ()
    assert len({split_of(s.family) for s in subjects}) == 3


def test_the_sample_s_ids_are_its_sources_digests():
    rows = list(read_rows(SAMPLE, ("id", "source")))
    assert rows
    for found_row in rows:
        digest = hashlib.sha256(str(found_row["source"]).encode()).hexdigest()
        assert found_row["id"] == digest[:16]


def test_the_sample_holds_twins_of_both_outcomes_and_mutants():
    subjects = read_subjects(SAMPLE)
    outcomes = {}
    for subject in subjects:
        outcomes.setdefault(subject.twin_group, set()).add(subject.racy)
    assert sum(len(both) == 2 for both in outcomes.values()) > 15
    assert len({subject.mutation for subject in subjects if subject.mutation}) > 5


def test_the_fingerprint_knows_ids_and_outcomes_but_no_order(tmp_path):
    one, other = program(BARE, "racy"), program(LOCKED)
    assert fingerprint([one, other]) == fingerprint([other, one])
    assert fingerprint([program(BARE, "clean"), other]) != fingerprint([one, other])
    path = tmp_path / "corpus.json"
    path.write_text(json.dumps({"chosen": fingerprint([one, other])}))
    check_fingerprint(path, [other, one])
    with pytest.raises(OtherCorpus, match="speaks of 2 programs"):
        check_fingerprint(path, [one])


def test_the_command_says_what_it_looked_for(tmp_path, capsys):
    write_part(tmp_path, [row(BARE, "racy", family=TRAIN), row(LOCKED, family=TEST)])
    arguments = argparse.Namespace(corpus=tmp_path, data=None, fingerprint=None, jobs=1)
    assert leaks.run(arguments) == 1
    assert "1 twin groups over two splits: sums/1" in capsys.readouterr().out


def test_the_command_is_content_with_the_sample(capsys):
    arguments = argparse.Namespace(corpus=SAMPLE, data=None, fingerprint=None, jobs=1)
    assert leaks.run(arguments) == 0
    assert "0 families in two splits" in capsys.readouterr().out
