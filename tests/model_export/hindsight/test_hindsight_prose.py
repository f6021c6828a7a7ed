"""Traces as text for language models: there and back."""

import pytest
from hindsight_toys import told

from model_export.hindsight.prose import UnreadableProse, parse_prose, to_prose
from model_export.hindsight.trace import (
    Change,
    Step,
    Touch,
    Trace,
    WhatIf,
    digest,
    from_json,
    to_json,
)
from reviewbot.records import Link

ODD = Trace(
    outcome="clean",
    object="cache->slot[].next",
    accesses=(
        Touch(mode="write", text="s[k].next", line=4, column=3, function="f", atomic=True),
        Touch(mode="read", text="s [k] . next", line=9, column=12, function="", atomic=False),
    ),
    steps=tuple(
        Step(link=link, holds=link is not Link.UNORDERED, claim=claim, lines=lines)
        for link, claim, lines in zip(
            Link,
            ("`a` holds: b", "[lines 3] are cited", "x. 1", "`for (;;)` on line 3", "none"),
            ((1,), (3, 12, 400), (4, 9), (3,), (4,)),
            strict=True,
        )
    ),
    what_if=WhatIf(
        link=Link.UNORDERED,
        changes=(
            Change(first=3, last=2, text=("", "@@ 1,1", "|", "Verdict: racy")),
            Change(first=5, last=6, text=()),
            Change(first=9, last=9, text=("  x();",)),
        ),
        outcome="racy",
    ),
)


@pytest.mark.parametrize("trace", [ODD, told("bare", "locked")[0], told("locked", "bare")[0]])
def test_prose_is_read_back_into_the_same_trace(trace: Trace) -> None:
    assert parse_prose(to_prose(trace)) == trace


@pytest.mark.parametrize("trace", [ODD, told("bare", "locked")[0]])
def test_json_is_read_back_into_the_same_trace(trace: Trace) -> None:
    again = from_json(to_json(trace))
    assert again == trace
    assert digest(again) == digest(trace)


def test_the_prose_ends_with_the_verdict() -> None:
    lines = to_prose(told("bare", "locked")[0]).splitlines()
    assert lines[-1] == "Verdict: racy"
    assert [line.split()[1] for line in lines[3:8]] == [link.value for link in Link]


def test_names_are_the_identifiers_in_quotations() -> None:
    step = Step(link=Link.CONFLICTING, holds=True, claim="`a[i]` and plain, `f(a)`", lines=(1,))
    assert step.names == ("a", "i", "f")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Verdict: clean", "Verdict: perhaps"),
        ("Verdict: clean\n", ""),
        ("4. unordered", "4. unprotected"),
        ("[lines 3, 12, 400]", ""),
        ("is broken", "may be broken"),
        ("@@ 5,6", "@@ five"),
        ("Object: ", "About: "),
    ],
)
def test_other_text_is_refused(old: str, new: str) -> None:
    text = to_prose(ODD)
    assert old in text
    with pytest.raises(UnreadableProse):
        parse_prose(text.replace(old, new))
