"""A race whose object has another name now is the old race."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reviewbot.records import Finding
from reviewbot.renames import Names, is_renamed, names, spelling
from reviewbot.triage import triage
from tests.report.factory import access, race

BASE = "long hits; // sum\nvoid count() { hits++; }\n"


def told(name: str, function: str = "count", **changes: float) -> Finding:
    return race(
        fingerprint=f"{abs(hash((name, function))):016x}"[:16],
        path="a.c",
        object=f"this->{name}",
        function=function,
        accesses=(access(path="a.c", line=2, text=name),),
        **changes,
    )


def test_names_are_those_of_one_side_alone() -> None:
    made = names(BASE.encode(), BASE.replace("hits", "sum").encode())
    assert made == Names(gone=frozenset({"hits"}), new=frozenset({"sum"}))  # no comment counts


@pytest.mark.parametrize(
    ("gone", "new", "renamed"),
    [
        ({"hits"}, {"seen"}, True),
        ({"hits", "other"}, {"seen", "more"}, True),
        (set(), {"seen"}, False),  # the old name is still there
        ({"hits"}, set(), False),  # the new one was there before
    ],
)
def test_a_rename_takes_the_old_name_away_and_brings_the_new(
    gone: set[str], new: set[str], renamed: bool
) -> None:
    words = Names(gone=frozenset(gone), new=frozenset(new))
    assert is_renamed(spelling(told("hits")), spelling(told("seen")), words) is renamed


def test_two_names_do_not_become_one() -> None:
    words = Names(gone=frozenset({"hits", "count"}), new=frozenset({"seen"}))
    merged = told("seen", function="seen")
    assert not is_renamed(spelling(told("hits")), spelling(merged), words)
    both = replace(words, new=frozenset({"seen", "tally"}))
    assert is_renamed(spelling(told("hits")), spelling(told("seen", function="tally")), both)


def test_what_says_the_same_is_no_rename() -> None:
    words = Names(gone=frozenset({"hits"}), new=frozenset({"seen"}))
    assert not is_renamed(spelling(told("hits")), spelling(told("hits")), words)


def statuses(base: Finding, head: Finding, words: Names) -> list[str]:
    found = triage([head], [base], [], comment_level=lambda _: 0.5, renames=lambda _: words)
    return [one.status.value for one in found]


def test_triage_takes_a_renamed_race_for_the_old_one() -> None:
    words = Names(gone=frozenset({"hits"}), new=frozenset({"seen"}))
    assert statuses(told("hits"), told("seen"), words) == ["pre-existing"]
    nothing = Names(gone=frozenset(), new=frozenset({"seen"}))
    assert statuses(told("hits"), told("seen"), nothing) == ["introduced", "fixed"]
    # What the rename made worse is new, whatever its name.
    assert statuses(told("hits", probability=0.2), told("seen"), words) == ["introduced"]


def test_each_old_race_stands_for_one_new_one() -> None:
    words = Names(gone=frozenset({"hits"}), new=frozenset({"seen"}))
    heads = [told("seen"), told("seen")]
    found = triage(heads, [told("hits")], [], comment_level=lambda _: 0.5, renames=lambda _: words)
    assert [one.status.value for one in found] == ["pre-existing", "introduced"]
