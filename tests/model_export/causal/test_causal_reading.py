"""Written traces are read back; what is no trace says so."""

from __future__ import annotations

import pytest

from model_export.hindsight.prose import parse_prose, to_prose
from model_export.hindsight.trace import Change, Step, Touch, Trace, WhatIf
from reviewbot.causal.reading import Told, Unresolved, read_told
from reviewbot.records import Link
from tests.model_export.causal.causal_toys import trace


def prose(*broken: Link, what_if: bool) -> tuple[Trace, str]:
    """A whole trace of the maker's, and its prose from the first link on."""
    touch = Touch(mode="write", text="n", line=7, column=3, function="f", atomic=False)
    steps = tuple(
        Step(link=link, holds=link not in broken, claim="`n` [1]: so", lines=(7, 9))
        for link in Link
    )
    change = Change(first=7, last=6, text=("Verdict: racy", ""))
    told = Trace(
        outcome="clean" if broken else "racy",
        object="n",
        accesses=(touch, touch),
        steps=steps,
        what_if=WhatIf(link=Link.UNORDERED, changes=(change,), outcome="racy") if what_if else None,
    )
    return told, to_prose(told).split("\n", 3)[3]


@pytest.mark.parametrize("what_if", [False, True])
@pytest.mark.parametrize("broken", [(), (Link.UNPROTECTED,), (Link.CONCURRENT, Link.UNORDERED)])
def test_what_the_maker_writes_is_read_as_the_maker_reads_it(
    broken: tuple[Link, ...], what_if: bool
) -> None:
    full, text = prose(*broken, what_if=what_if)
    told, expected = read_told(text), parse_prose(to_prose(full))

    assert isinstance(told, Told)
    assert told.racy == (expected.outcome == "racy")
    mine = [(step.link, step.holds, step.claim, step.lines) for step in told.steps]
    assert mine == [(step.link, step.holds, step.claim, step.lines) for step in expected.steps]


def test_a_race_is_a_chain_without_a_broken_link() -> None:
    cases = {
        trace(): True,
        trace(Link.UNORDERED): True,
        trace(Link.UNORDERED, verdict="racy"): False,
        trace(verdict="clean"): False,
    }
    for text, consistent in cases.items():
        told = read_told(text)
        assert isinstance(told, Told)
        assert told.consistent is consistent


GOOD = trace().strip().split("\n")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "before its verdict"),
        ("\n".join(GOOD[:5]), "before its verdict"),
        ("\n".join([*GOOD[:5], "Verdict: perhaps"]), "no verdict"),
        ("\n".join([GOOD[1], GOOD[0], *GOOD[2:]]), "in their order"),
        ("\n".join([GOOD[0], GOOD[0], *GOOD[2:]]), "in their order"),
        (trace().replace(" [line 1]", "", 1), "in their order"),
        ("\n".join([*GOOD[:5], "well,", GOOD[5]]), "belong to no part"),
        ("\x00\ufffd" * 500, "before its verdict"),
    ],
)
def test_what_is_no_trace_is_a_value_that_says_so(text: str, reason: str) -> None:
    told = read_told(text)
    assert isinstance(told, Unresolved)
    assert reason in told.reason


def test_numbers_beyond_any_file_are_read_without_harm() -> None:
    told = read_told(trace().replace("line 1]", "line " + "9" * 10_000 + "]"))
    assert isinstance(told, Told)
    assert told.steps[0].lines == (999_999_999,)
