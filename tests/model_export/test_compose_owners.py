"""Patterns of which lock belongs to which object: stripes, twins, buckets, locks of one type."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from model_export.programs.compose.more_compose import FOLDERS, more_program
from model_export.programs.compose.small_text import patterns
from model_export.programs.sample import Program
from reviewbot.code.analyse import analyse
from tests.model_export.executed import outcomes

OWNERS = patterns(FOLDERS["owner"])
# The fact that the front end states of two accesses whose lock decides, clean and racy.
BOTH_LABELS = (
    ("type", "lower-of-two", "lower-by-both", "lower-and-higher"),
    ("type", "gate-looked-up", "same-answer", "other-answer"),
    ("striped-differ", "lock-by-hash", "hash-both", "plain-index"),
    ("striped-differ", "constant-slots", "five-and-five", "three-under-five"),
    ("striped", "two-numbers", "computed-alike", "with-the-thread"),
    ("differ", "one-or-two-blocks", "rows-apart", "one-block"),
    ("one-sided", "first-and-any", "from-one", "from-zero"),
)
SEEN = (
    *BOTH_LABELS,
    ("", "pairs-with-main", "paired", "next-lock"),
    ("", "moved-to-another-bucket", "both-held", "giver-held"),
    ("", "taken-off-then-used", "off-its-bucket", "left-in-place"),
)


def made(name: str, variant: str, form: int = 5) -> Program:
    return more_program("owner", OWNERS[name], variant, form, form)


def test_there_are_many_and_each_has_both_sorts() -> None:
    assert len(OWNERS) >= 40


def test_main_takes_part_in_half_of_them() -> None:
    texts = ["\n".join(item.sections["main"]) for item in OWNERS.values()]
    beside = re.compile(r"@spawn go\n(?s:.*)for \(int (?s:.*)@join")
    assert sum(bool(beside.search(text)) for text in texts) >= len(texts) / 2


@pytest.mark.parametrize(("fact", "name", "clean", "racy"), BOTH_LABELS)
def test_a_fact_is_stated_of_clean_and_of_racy(fact: str, name: str, clean: str, racy: str) -> None:
    for variant in (clean, racy):
        stated = {found for form in range(12) for found in meetings(made(name, variant, form))}
        assert fact in stated, (variant, stated)


def meetings(program: Program) -> set[str]:
    """How the locks of accesses meet that may run beside one another."""
    name = "x.c" if program.language == "c" else "x.cpp"
    facts = [
        dict(pair.relations)
        for item in analyse(name, program.source.encode()).slices
        for pair in item.pairs
    ]
    return {one["common"] for one in facts if one.get("live") not in ("before", "after")}


def test_twins_differ_where_the_lock_is_named() -> None:
    racy = made("pairs-with-main", "next-lock").source.splitlines()
    clean = made("pairs-with-main", "paired").source.splitlines()
    assert len(racy) == len(clean)
    assert 1 <= sum(a != b for a, b in zip(racy, clean, strict=True)) <= 2


def test_locks_are_of_every_api() -> None:
    texts = [made("taken-by-number", "crossed", form).source for form in range(30)]
    kinds = ("pthread_mutex_t", "mtx_t", "std::mutex")
    found = Counter(kind for text in texts for kind in kinds if f"{kind} " in text)
    assert set(found) == set(kinds)


@pytest.mark.clang
def test_what_is_declared_is_seen(tmp_path: Path) -> None:
    programs = [made(name, variant) for _, name, *two in SEEN for variant in two]
    assert outcomes(programs, tmp_path) == ["clean", "racy"] * len(SEEN)
