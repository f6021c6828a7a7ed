"""From rows to traces: which counterfactual is tried, when it is run, and what is said of it."""

from collections.abc import Sequence
from typing import Any

import pytest
from hindsight_toys import executed, line_of, toy_rows, variant

from model_export.explore import FAMILIES
from model_export.hindsight import mutants
from model_export.hindsight.edits import applied, changes, line_map, touched
from model_export.hindsight.rounds import row_of, tellings
from model_export.hindsight.store import tally
from model_export.hindsight.trace import Change
from model_export.hindsight.twins import siblings, twins
from model_export.hindsight.validate import Rejection
from model_export.programs.compose.omp_compose import compose_openmp
from model_export.programs.compose.thread_compose import compose_threads
from model_export.programs.family import read_family
from model_export.programs.sample import Program, sample
from reviewbot.records import Link


def nothing(programs: Sequence[Program]) -> list[dict[str, Any]]:
    raise AssertionError(f"{len(programs)} programs were run that the corpus has")


def known(*names: str) -> dict[str, dict[str, Any]]:
    rows = toy_rows()
    return {rows[name]["id"]: rows[name] for name in names}


def test_a_racy_program_is_told_by_its_fixed_sibling() -> None:
    (telling,) = tellings(toy_rows()["bare"], nothing, known("locked", "atomic"))
    trace = telling.trace
    assert telling.reason is None
    assert trace is not None
    assert trace.what_if is not None
    assert (trace.outcome, trace.object, trace.what_if.outcome) == ("racy", "hits", "clean")
    assert all(step.holds for step in trace.steps)
    assert "pthread_create" in trace.step(Link.CONCURRENT).claim
    assert "neither access holds a lock" in trace.step(Link.UNPROTECTED).claim


def test_a_clean_program_is_told_by_its_racy_sibling() -> None:
    (telling,) = tellings(toy_rows()["locked"], nothing, known("bare"))
    trace = telling.trace
    assert telling.reason is None
    assert trace is not None
    step = trace.step(Link.UNPROTECTED)
    assert [s.link for s in trace.steps if not s.holds] == [Link.UNPROTECTED]
    assert "pthread_mutex_lock(&lock);" in step.claim
    assert line_of(toy_rows()["locked"]["source"], "mutex_lock(") in step.lines


def test_the_smallest_edit_comes_first() -> None:
    found = twins(toy_rows()["bare"], toy_rows().values())
    assert [(twin.program.id, twin.link) for twin in found] == [
        (variant("atomic").id, Link.CONFLICTING),
        (variant("locked").id, Link.UNPROTECTED),
    ]


def test_a_sibling_that_flips_nothing_gives_way_to_the_next() -> None:
    rows = known("locked", "atomic")
    atomic = variant("atomic")
    line = line_of(atomic.source, "__sync")
    rows[atomic.id] = executed(atomic, "racy", (line, line))
    (telling,) = tellings(toy_rows()["bare"], nothing, rows)
    assert telling.reason is None
    assert telling.twin is not None
    assert telling.twin.id == variant("locked").id


def test_only_what_the_corpus_lacks_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Program] = []

    def run(programs: Sequence[Program]) -> list[dict[str, Any]]:
        ran.extend(programs)
        return [executed(program, "clean") for program in programs]

    monkeypatch.setattr(mutants, "LARGEST", 4)
    (telling,) = tellings(toy_rows()["bare"], run, {})
    assert 0 < len(ran) <= 3
    assert telling.twin in ran
    assert telling.reason is None
    ran.clear()
    tellings(toy_rows()["bare"], run, known("atomic"))
    assert not ran


def test_without_counterfactuals_nothing_is_run() -> None:
    (telling,) = tellings(toy_rows()["locked"], nothing, {}, counterfactual=False)
    assert telling.reason is None
    assert telling.trace is not None
    assert telling.trace.what_if is None
    assert not telling.trace.step(Link.UNPROTECTED).holds


def test_a_race_that_the_front_end_has_no_pair_for() -> None:
    bare = variant("bare")
    line = line_of(bare.source, "#include")
    (telling,) = tellings(executed(bare, "racy", (line, line)), nothing, {})
    assert telling.reason is Rejection.NO_PAIR
    row = row_of(toy_rows()["bare"], 0, telling)
    assert (row["valid"], row["trace"]) == (False, "")


def test_rows_say_what_was_run_and_are_tallied() -> None:
    (telling,) = tellings(toy_rows()["bare"], nothing, known("locked"))
    row = row_of(toy_rows()["bare"], 0, telling)
    assert (row["counterfactual"], row["counterfactual_outcome"]) == (variant("locked").id, "clean")
    assert (row["valid"], row["link"], row["reason"]) == (True, "unprotected", "")
    text = tally([row, row | {"label": "clean", "reason": Rejection.SAME.value}])
    assert "1 of 2 traces are valid (50.0%)" in text
    assert any(line.split()[-2:] == ["0", "1"] for line in text.splitlines())


def first_of_a_family() -> Program:
    path = min(FAMILIES.glob("*/*.c"))
    return sample(read_family(path), 1, 1)[0]


@pytest.mark.parametrize(
    "program", [compose_threads(12, 2)[0], compose_openmp(12, 2)[0], first_of_a_family()]
)
def test_siblings_differ_in_one_choice(program: Program) -> None:
    others = list(siblings(executed(program, program.expected)))
    assert others
    for other in others:
        assert other.choices.keys() == program.choices.keys()
        assert sum(other.choices[k] != v for k, v in program.choices.items()) == 1


def test_a_program_that_nothing_makes_any_more_has_no_siblings() -> None:
    program = compose_threads(12, 2)[0]
    changed = executed(program, program.expected) | {"id": "0", "family": "threads_composed_12"}
    assert list(siblings(changed)) == []
    assert list(siblings(toy_rows()["bare"])) == []  # no file among the families is named so


def test_edits_are_applied_mapped_and_named() -> None:
    before, after = "a\nlock();\nb += 1;\n\nc", "a\nb += 2;\n\nc\nd"
    edits = changes(before, after)
    assert applied(before, edits) == after
    assert touched(before, edits) == (2, 3)
    assert line_map(before, after) == {1: 1, 3: 2, 4: 3, 5: 4}
    assert changes(before, before) == ()
    assert applied("x", (Change(first=1, last=0, text=("y",)),)) == "y\nx"
