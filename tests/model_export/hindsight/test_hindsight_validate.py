"""The validator: a valid trace is accepted, and for each reason one is rejected."""

from dataclasses import replace
from typing import Any

import pytest
from hindsight_toys import altered, line_of, told

from model_export.hindsight.reading import Reading
from model_export.hindsight.trace import Change, Trace
from model_export.hindsight.validate import Rejection, validate
from model_export.matching import Side
from reviewbot.records import Link


def with_step(trace: Trace, link: Link, **changes: Any) -> Trace:
    steps = (replace(s, **changes) if s.link is link else s for s in trace.steps)
    return replace(trace, steps=tuple(steps))


def racy() -> tuple[Trace, Reading, Reading]:
    return told("bare", "locked")


def clean() -> tuple[Trace, Reading, Reading]:
    return told("locked", "bare")


@pytest.mark.parametrize("names", [("bare", "locked"), ("bare", "atomic"), ("locked", "bare")])
def test_true_traces_are_accepted(names: tuple[str, str]) -> None:
    trace, sample, other = told(*names)
    assert validate(trace, sample, other) is None
    assert validate(trace, sample, None, counterfactual=False) is None


@pytest.mark.parametrize("line", [0, 999])
def test_a_line_that_is_not_there(line: int) -> None:
    trace, sample, other = racy()
    assert validate(with_step(trace, Link.UNORDERED, lines=(line,)), sample, other) is (
        Rejection.LINE
    )


def test_a_line_that_holds_no_code() -> None:
    trace, sample, other = racy()
    line = line_of(sample.source, "return arg")
    cited = with_step(trace, Link.UNORDERED, lines=(line,))
    assert validate(cited, sample, other) is None
    hollow = altered(sample, source=sample.source.replace("return arg;", "// nothing"))
    assert validate(cited, hollow, other) is Rejection.LINE


def test_a_link_without_evidence() -> None:
    trace, sample, other = racy()
    assert validate(with_step(trace, Link.UNORDERED, lines=()), sample, other) is Rejection.LINE


def test_a_name_that_is_not_in_the_source() -> None:
    trace, sample, other = racy()
    invented = with_step(trace, Link.UNPROTECTED, claim="no `hits_lock` is held")
    assert validate(invented, sample, other) is Rejection.NAME
    assert validate(replace(trace, object="table->misses"), sample, other) is Rejection.NAME


def test_a_name_that_is_elsewhere_in_the_source() -> None:
    trace, sample, other = racy()
    elsewhere = with_step(trace, Link.UNPROTECTED, claim="`pthread_join` is no lock")
    assert validate(elsewhere, sample, other) is Rejection.PLACE


def test_a_racy_program_with_a_broken_link_and_a_clean_one_without() -> None:
    trace, sample, other = racy()
    assert validate(with_step(trace, Link.UNORDERED, holds=False), sample, other) is (
        Rejection.OUTCOME
    )
    trace, sample, other = clean()
    assert validate(with_step(trace, Link.UNPROTECTED, holds=True), sample, other) is (
        Rejection.OUTCOME
    )


def test_accesses_that_do_not_conflict() -> None:
    trace, sample, other = racy()
    reads = tuple(replace(touch, mode="read") for touch in trace.accesses)
    assert validate(replace(trace, accesses=reads), sample, other) is Rejection.ACCESSES


def test_other_accesses_than_the_detector_saw() -> None:
    trace, sample, other = racy()
    line = line_of(sample.source, "return hits")
    moved = (trace.accesses[0], replace(trace.accesses[1], line=line))
    assert validate(replace(trace, accesses=moved), sample, other) is Rejection.REPORT


def test_another_broken_link_than_declared() -> None:
    trace, sample, other = clean()
    trace = with_step(with_step(trace, Link.UNPROTECTED, holds=True), Link.UNORDERED, holds=False)
    assert validate(trace, sample, other) is Rejection.DECLARATION


def test_prose_that_cannot_be_read_back() -> None:
    trace, sample, other = racy()
    broken = with_step(trace, Link.UNORDERED, claim="first\nsecond")
    assert validate(broken, sample, other) is Rejection.PROSE


def test_no_counterfactual_or_one_that_did_not_run() -> None:
    trace, sample, other = racy()
    assert validate(trace, sample, None) is Rejection.NOT_TRIED
    assert validate(replace(trace, what_if=None), sample, other) is Rejection.NOT_TRIED
    assert validate(trace, sample, altered(other, label="")) is Rejection.NOT_RUN


def test_an_edit_that_gives_another_program() -> None:
    trace, sample, other = racy()
    assert trace.what_if is not None
    edit = replace(trace.what_if, changes=(Change(first=1, last=0, text=("",)),))
    assert validate(replace(trace, what_if=edit), sample, other) is Rejection.OTHER_EDIT


def test_a_fix_that_mends_nothing_and_a_slip_that_breaks_nothing() -> None:
    trace, sample, other = racy()
    assert validate(trace, sample, altered(other, label="racy")) is Rejection.SAME
    trace, sample, other = clean()
    assert validate(trace, sample, altered(other, label="clean")) is Rejection.SAME


def test_a_counterfactual_against_a_link_that_is_not_broken() -> None:
    trace, sample, other = clean()
    assert trace.what_if is not None
    against = replace(trace.what_if, link=Link.CONCURRENT)
    assert validate(replace(trace, what_if=against), sample, other) is Rejection.OTHER_LINK


def test_a_counterfactual_that_flips_two_links() -> None:
    trace, sample, other = clean()
    line = line_of(sample.source, "pthread_join(")
    twice = with_step(trace, Link.UNORDERED, holds=False, claim="joined", lines=(line,))
    assert validate(twice, sample, other) is Rejection.MANY
    lock = line_of(sample.source, "mutex_lock(")
    clause = with_step(trace, Link.UNORDERED, holds=False, claim="one clause", lines=(lock,))
    assert validate(clause, sample, other) is None


def test_a_counterfactual_that_races_elsewhere() -> None:
    trace, sample, other = clean()
    line = line_of(other.source, "return hits")
    report = replace(other.truth.reports[0], sides=(Side(line), Side(line)))
    elsewhere = altered(other, truth=replace(other.truth, reports=(report,)))
    assert validate(trace, sample, elsewhere) is Rejection.ELSEWHERE
