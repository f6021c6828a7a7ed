"""Counterfactuals that a corpus holds already: siblings, mutants and what they were made of."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hindsight_toys import executed, line_of, toy_rows, variant

from model_export.hindsight.neighbours import Neighbours
from model_export.hindsight.rounds import Runs, Telling, tellings, tellings_of
from model_export.hindsight.rule_links import link_of_rule
from model_export.hindsight.twins import twins
from model_export.hindsight.validate import Rejection
from model_export.mutations.core import Effect
from model_export.mutations.registry import MUTATIONS
from model_export.programs.sample import Program
from reviewbot.records import Link


def parent() -> dict[str, Any]:
    """The toy with its lock."""
    return toy_rows()["locked"] | {"parent": ""}


def mutant(rule: str = "remove-lock", label: str = "racy", name: str = "hits") -> dict[str, Any]:
    """The parent without its lock."""
    kept = [line for line in parent()["source"].split("\n") if "mutex_lock" not in line]
    source = "\n".join(line for line in kept if "mutex_unlock" not in line)
    line = line_of(source, "hits++")
    made = executed(variant("locked"), label, (line, line) if label == "racy" else ())
    choices = {"mutation": rule, "parent": parent()["id"], "object": name}
    return made | {
        "id": f"mutant of {rule}",
        "source": source,
        "choices": json.dumps(choices),
        "effects": "{}",
        "expected": "",
        "parent": parent()["id"],
    }


def nothing(programs: Sequence[Program]) -> list[dict[str, Any]]:
    raise AssertionError(f"{len(programs)} programs were run that the corpus has")


def detached() -> dict[str, Any]:
    """The parent with its threads let go, as if that had brought the race."""
    source = parent()["source"].replace("pthread_join(team[i], NULL)", "pthread_detach(team[i])")
    line = line_of(source, "hits++")
    about = {"mutation": "join-to-detach", "parent": parent()["id"], "object": "team"}
    made = mutant() | {"id": "detached", "source": source, "choices": json.dumps(about)}
    return made | {"reports": executed(variant("locked"), "racy", (line, line))["reports"]}


def told(row: dict[str, Any], *others: dict[str, Any]) -> Telling:
    """The only telling of a row, by programs that were run alone."""
    runs = Runs(nothing, {other["id"]: other for other in others}, 0)
    ((telling,),) = tellings_of([row], runs, {row["id"]: [other["id"] for other in others]})
    return telling


def test_neighbours_differ_by_one_choice_or_one_mutation_and_in_outcome() -> None:
    rows = [row | {"parent": ""} for row in toy_rows().values()]
    bare, locked, atomic = (row["id"] for row in rows)
    racy, clean = mutant(), mutant("delay", "clean")
    index = Neighbours([*rows, racy, clean])
    assert index.of(rows[0]) == sorted([locked, atomic])
    assert index.of(rows[1]) == sorted([bare, racy["id"]])
    assert index.of(racy) == [locked]
    assert index.of(clean) == []  # as clean as its parent, and no sibling of anyone


def test_another_family_or_two_choices_make_no_neighbour() -> None:
    bare = toy_rows()["bare"] | {"parent": ""}
    locked = toy_rows()["locked"] | {"parent": ""}
    stranger = locked | {"family": "other"}
    further = locked | {"choices": json.dumps({"add": "locked", "N": "2"})}
    assert Neighbours([bare, locked]).of(bare) == [locked["id"]]
    assert Neighbours([bare, stranger]).of(bare) == []
    assert Neighbours([bare, further]).of(bare) == []


def test_with_a_second_race_a_racy_sibling_counts_too() -> None:
    two = toy_rows()["bare"] | {"parent": "", "effects": '{"hits": "racy", "other": "racy"}'}
    one = two | {"id": "one", "choices": '{"add": "locked"}', "effects": '{"other": "racy"}'}
    assert Neighbours([two, one]).of(two) == ["one"]
    assert Neighbours([two, one]).of(one) == []


def test_a_racy_mutant_is_told_by_the_program_it_was_made_of() -> None:
    telling = told(mutant(), parent())
    assert telling.reason is None and not telling.ran
    assert telling.trace is not None and telling.trace.what_if is not None
    assert telling.trace.what_if.link is Link.UNPROTECTED
    assert telling.twin is not None and telling.twin.id == parent()["id"]
    assert all(step.holds for step in telling.trace.steps)


def test_a_clean_program_is_told_by_its_racy_mutant() -> None:
    telling = told(parent(), mutant())
    assert telling.reason is None and telling.construct == "thread"
    assert telling.trace is not None
    assert [s.link for s in telling.trace.steps if not s.holds] == [Link.UNPROTECTED]


def test_a_slip_that_breaks_another_link_than_the_declared_one_proves_nothing() -> None:
    assert told(parent(), detached()).reason is Rejection.MANY


def test_a_link_of_another_name_than_the_declared_one_is_told_by_the_declared() -> None:
    atomic = toy_rows()["atomic"] | {"parent": ""}
    plain = toy_rows()["bare"]
    about = {"mutation": "remove-critical", "parent": atomic["id"], "object": "hits"}
    made = plain | {"effects": "{}", "choices": json.dumps(about), "expected": "", "id": "plain"}
    telling = told(atomic, made | {"parent": atomic["id"]})
    assert telling.reason is None
    assert telling.trace is not None and telling.trace.what_if is not None
    assert telling.trace.what_if.link is Link.CONFLICTING


@pytest.mark.parametrize("rule", ["delay", "add-padding", "no-such-rule"])
def test_a_mutation_that_was_not_made_to_turn_the_outcome_is_no_twin(rule: str) -> None:
    assert twins(parent(), [mutant(rule)], made=False) == []
    assert [twin.rule for twin in twins(parent(), [mutant()], made=False)] == [Link.UNPROTECTED]


def test_a_mutant_as_clean_as_its_parent_is_no_twin() -> None:
    assert twins(parent(), [mutant(label="clean")], made=False) == []


def test_every_rule_that_may_turn_the_outcome_speaks_of_a_link() -> None:
    turning = {n for n, r in MUTATIONS.items() if r.expects in (Effect.MAY_RACE, Effect.FIXES)}
    assert {name for name in turning if link_of_rule(name) is None} == {"drop-reserve"}
    assert all(link_of_rule(name) is None for name in set(MUTATIONS) - turning)
    assert link_of_rule("add-nowait") is Link.UNORDERED
    assert link_of_rule("remove-atomic") is Link.CONFLICTING
    assert link_of_rule("remove-single") is Link.CONCURRENT


def test_the_budget_bounds_what_is_run() -> None:
    ran: list[str] = []

    def run(programs: Sequence[Program]) -> list[dict[str, Any]]:
        ran.extend(program.id for program in programs)
        return [executed(program, "clean") for program in programs]

    rows = [toy_rows()["bare"], toy_rows()["bare"] | {"id": "again"}]
    near: dict[str, list[str]] = {row["id"]: [] for row in rows}
    none = tellings_of(rows, Runs(run, {}, 0), near)
    assert ran == [] and {t.reason for items in none for t in items} == {Rejection.NOT_TRIED}
    some = Runs(run, {}, 1)
    first, second = tellings_of(rows, some, near)
    assert len(ran) == 1 and some.left == 0
    assert [t.reason for t in second] == [Rejection.NOT_TRIED]
    assert first[0].reason is None and first[0].ran


def test_what_no_counterfactual_can_mend_takes_nothing_of_the_budget() -> None:
    bare = variant("bare")
    line = line_of(bare.source, "#include")
    lost = executed(bare, "racy", (line, line))
    ((telling,),) = tellings_of([lost], Runs(nothing, {}, 9), {lost["id"]: []})
    assert telling.reason is Rejection.NO_PAIR


def test_the_corpus_is_asked_before_anything_is_run() -> None:
    (telling,) = tellings(mutant(), nothing, {parent()["id"]: parent()})
    assert telling.reason is None
