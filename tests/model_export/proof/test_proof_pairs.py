"""Which programs are one edit apart, and which are drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pyarrow")

from model_export.execute.corpus import write_part
from model_export.hindsight.edits import changes
from model_export.proof.command import chosen
from model_export.proof.pairs import MUTATION, SLOT, drawn, held_out, steps, touches
from tests.model.toy_corpus import families
from tests.model_export.proof.proof_toys import HELD_OUT, mutant, names, toy


class TestSteps:
    def test_siblings_by_one_choice_both_ways(self) -> None:
        bare, locked = toy("bare"), toy("locked")
        made = steps([bare, locked], [bare, locked])
        found = [(s.before["id"], s.after["id"], s.how, s.flips) for s in made]
        assert found == [
            (bare["id"], locked["id"], SLOT, True),
            (locked["id"], bare["id"], SLOT, True),
        ]

    def test_not_those_two_choices_apart(self) -> None:
        assert not list(steps([toy("bare")], [toy("locked", miss="bare")]))

    def test_not_those_of_another_family(self) -> None:
        assert not list(steps([toy("bare")], [{**toy("locked"), "family": "other"}]))

    def test_a_mutant_and_its_parent(self) -> None:
        parent = toy("bare")
        child = mutant(parent, "hits++", "hits--", "hits--")
        assert [s.how for s in steps([parent], [child])] == [MUTATION]
        assert [s.after["id"] for s in steps([child], [parent])] == [parent["id"]]

    def test_not_two_mutants_of_one_parent(self) -> None:
        parent = toy("bare")
        one = mutant(parent, "hits++", "hits--", "hits--")
        assert not list(steps([one], [mutant(parent, "return arg", "return 0", "hits++")]))

    def test_the_smallest_edit_first(self) -> None:
        found = steps([toy("bare")], [toy("locked"), toy("atomic")])
        assert [s.after["id"] for s in found] == names([toy("atomic"), toy("locked")])

    def test_not_an_edit_of_many_lines(self) -> None:
        parent = toy("bare")
        assert not list(steps([parent], [mutant(parent, "  return 0;", "  ;\n" * 17, "hits++")]))


class TestTouches:
    def test_a_line_or_its_neighbour(self) -> None:
        edits = changes("a\nb\nc\nd\ne", "a\nb\nC\nd\ne")
        assert [line for line in range(1, 6) if touches(edits, [line])] == [2, 3, 4]

    def test_an_insertion_lies_beside_the_lines_around_it(self) -> None:
        edits = changes("a\nb\nc\nd\ne\n", "a\nb\nnew\nc\nd\ne\n")
        assert [line for line in range(1, 6) if touches(edits, [line])] == [2, 3, 4]

    def test_nothing_is_touched_where_nothing_is_cited(self) -> None:
        assert not touches(changes("a", "b"), [])


class TestDrawn:
    def test_families_in_turn(self) -> None:
        rows = [{"id": f"{family}{n}", "family": family} for family in "ab" for n in range(5)]
        found = [row["family"] for row in drawn(rows, 6, 1)]
        assert sorted(found[:2]) == sorted(found[2:4]) == ["a", "b"]

    def test_a_larger_limit_extends_a_smaller_one(self) -> None:
        rows = [{"id": f"{family}{n}", "family": family} for family in "abc" for n in range(5)]
        assert drawn(rows, 9, 2)[:4] == drawn(rows, 4, 2)
        assert drawn(rows, 4, 2) != drawn(rows, 4, 3)

    def test_half_are_composed_where_there_are_enough(self) -> None:
        authored = [{"id": f"a{n}", "family": "queue"} for n in range(9)]
        composed = [{"id": f"c{n}", "family": f"omp_composed_{n}"} for n in range(9)]
        found = [row["family"].startswith("omp") for row in chosen([*authored, *composed], 8, 1)]
        assert found.count(True) == 4
        assert len(chosen([*authored, *composed[:1]], 8, 1)) == 8
        assert len(chosen([*authored[:1], *composed], 8, 1)) == 8


class TestHeldOut:
    def test_usable_programs_of_test_families(self, tmp_path: Path) -> None:
        rows = [
            toy("bare"),
            {**toy("locked"), "usable": False},
            {**toy("atomic"), "disagrees": True},
            {**toy("bare", rounds="400"), "family": families("train", 1)[0]},
        ]
        write_part(tmp_path, rows)
        found = held_out(tmp_path)
        assert names(found) == [toy("bare")["id"]] and found[0]["family"] == HELD_OUT
