"""Faithfulness on toys: what counts as a trial, and what the answers to it were."""

from __future__ import annotations

from collections import Counter

import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("onnx")

from model_export.proof.ask import Asker
from model_export.proof.faithful import (
    BREAKING,
    ELSEWHERE,
    MENDING,
    NEUTRAL,
    OTHER_OBJECT,
    UNNAMED,
    Trial,
    trials,
)
from model_export.proof.pairs import MUTATION, SLOT, steps
from model_export.proof.twins import couples
from reviewbot.model.predict import load_predictor
from tests.model.toys import write_bundle
from tests.model_export.proof.proof_toys import Row, line_of, mutant, toy


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Asker:
    """Says racy where no lock is held and no atomic seen to be one: it looks at locks alone."""
    return Asker(load_predictor(write_bundle(tmp_path_factory.mktemp("proof") / "toy")))


def tried(
    asker: Asker, row: Row, *others: Row
) -> tuple[dict[tuple[str, str], Trial], Counter[str]]:
    found, left_out = trials(steps([row], [row, *others]), asker)
    return {(trial.group, trial.kind): trial for trial in found}, left_out


class TestAsker:
    def test_an_object_without_a_lock_is_called_racy(self, asker: Asker) -> None:
        row = toy("bare")
        answer = asker.answer("c", row["source"])
        hits = answer.of("hits")
        assert answer.racy and hits is not None and hits.probability > 0.5
        assert line_of(row["source"], "hits++") in hits.cited

    def test_one_with_a_lock_is_not_and_the_trace_says_why(self, asker: Asker) -> None:
        row = toy("locked")
        answer = asker.answer("c", row["source"])
        hits = answer.of("hits")
        assert not answer.racy and hits is not None
        assert hits.weakest.value == "unprotected"
        assert line_of(row["source"], "mutex_lock(&lock)") in hits.cited

    def test_a_program_without_threads_has_no_opinions(self, asker: Asker) -> None:
        answer = asker.answer("c", "int main(void) { return 0; }\n")
        assert answer.probability == 0.0 and not answer.opinions
        assert answer.probability_of("hits") == 0.0

    def test_answers_come_in_the_order_of_the_programs(self, asker: Asker) -> None:
        texts = [("c", toy(name)["source"]) for name in ("locked", "bare", "locked")]
        assert [answer.racy for answer in asker.answers(texts)] == [False, True, False]


class TestNamed:
    def test_a_fix_of_the_object_turns_its_verdict(self, asker: Asker) -> None:
        found, _ = tried(asker, toy("bare"), toy("locked"))
        trial = found[BREAKING, SLOT]
        assert (trial.object, trial.link) == ("hits", "unprotected")
        assert trial.object_turns and trial.file_turns and trial.shift > 0.4

    def test_a_fix_that_the_model_does_not_understand_does_not(self, asker: Asker) -> None:
        found, _ = tried(asker, toy("bare"), toy("atomic"))
        trial = found[BREAKING, SLOT]
        assert trial.link == "conflicting"
        assert not trial.object_turns and trial.shift == pytest.approx(0)

    def test_of_several_fixes_the_smallest_counts(self, asker: Asker) -> None:
        found, left_out = trials(steps([toy("bare")], [toy("locked"), toy("atomic")]), asker)
        links = [trial.link for trial in found if trial.group == BREAKING]
        assert links == ["conflicting"] and not left_out

    def test_a_slip_mends_the_link_that_the_trace_calls_broken(self, asker: Asker) -> None:
        found, _ = tried(asker, toy("locked"), toy("bare"))
        trial = found[MENDING, SLOT]
        assert trial.link == "unprotected" and trial.object_turns and trial.shift > 0.4

    def test_a_race_that_was_not_seen_has_no_trace_to_break(self, asker: Asker) -> None:
        unseen = {**toy("locked"), "label": "racy", "effects": '{"hits": "racy"}'}
        clean = {**toy("locked", rounds="400"), "choices": unseen["choices"].replace("locked", "x")}
        found, left_out = tried(asker, unseen, clean)
        assert not found and not left_out  # not one choice apart
        clean["choices"] = unseen["choices"].replace('"add": "locked"', '"add": "atomic"')
        found, left_out = tried(asker, unseen, clean)
        assert not found and left_out == {"race not seen before the edit": 1}

    def test_a_mutation_of_a_cited_line_ends_the_race(self, asker: Asker) -> None:
        row = toy("bare")
        lock = "pthread_mutex_lock(&lock); hits++; pthread_mutex_unlock(&lock);"
        found, _ = tried(asker, row, mutant(row, "hits++;", lock))
        trial = found[BREAKING, MUTATION]
        assert trial.object == "hits" and trial.object_turns

    def test_one_that_ends_it_from_afar_does_not_count(self, asker: Asker) -> None:
        row = toy("bare")
        other = mutant(row, "return 0;", "return 1;")
        found, left_out = tried(asker, row, other)
        assert not found
        assert left_out == {"edit ends the race elsewhere than on lines that the trace cites": 1}


class TestUnnamed:
    def test_the_slot_of_another_object_leaves_this_one(self, asker: Asker) -> None:
        found, _ = tried(asker, toy("bare"), toy("bare", miss="bare"))
        trial = found[UNNAMED, OTHER_OBJECT]
        assert trial.object == "hits" and not trial.object_turns

    def test_a_neutral_choice_leaves_the_verdict(self, asker: Asker) -> None:
        row = mutant(toy("bare"), "  return arg;", "\n\n\n  return arg;", "hits++")
        assert (UNNAMED, NEUTRAL) not in tried(asker, row, toy("bare"))[0]  # that is a mutant
        miss = toy("locked", miss="bare")
        found, _ = tried(asker, miss, toy("locked", miss="bare", rounds="400"))
        trial = found[UNNAMED, NEUTRAL]
        assert trial.object == "misses" and not trial.object_turns and not trial.file_turns

    def test_a_mutation_elsewhere_leaves_the_verdict(self, asker: Asker) -> None:
        row = toy("bare")
        found, _ = tried(asker, row, mutant(row, "i < 99", "i < 98", "hits++"))
        trial = found[UNNAMED, ELSEWHERE]
        assert trial.object == "hits" and not trial.object_turns and trial.shift == 0

    def test_one_that_turns_the_verdict_is_seen(self, asker: Asker) -> None:
        row = toy("locked")
        found, _ = tried(asker, row, mutant(row, "pthread_mutex_lock(&gate);", ""))
        trial = found[UNNAMED, ELSEWHERE]
        assert trial.object == "hits" and not trial.object_turns and trial.file_turns

    def test_one_of_a_cited_line_does_not_count(self, asker: Asker) -> None:
        row = toy("bare")
        found, left_out = tried(asker, row, mutant(row, "hits++;", "hits += 1;", "hits += 1"))
        assert not found
        assert left_out == {"edit touches what the trace cites, and the outcome stays": 1}


class TestTwins:
    def test_both_right(self, asker: Asker) -> None:
        made = couples(steps([toy("bare")], [toy("locked")]), asker)
        assert [(c.both_right, c.ranked_right) for c in made] == [(True, True)]

    def test_a_fix_that_is_not_understood_is_wrong(self, asker: Asker) -> None:
        made = couples(steps([toy("bare")], [toy("locked"), toy("atomic")]), asker)
        assert [(c.both_right, c.ranked_right) for c in made] == [(False, False)]

    def test_a_clean_program_leads_no_couple(self, asker: Asker) -> None:
        assert not couples(steps([toy("locked")], [toy("bare")]), asker)
