"""Patterns of which lock belongs to which object: stripes, twins, buckets, locks of one type."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from model_export.execute.batch import BatchRunner
from model_export.execute.label import label
from model_export.execute.run import Runner, find_tools
from model_export.programs.compose.more_compose import FOLDERS, compose_more, more_program
from model_export.programs.compose.small_text import patterns
from model_export.programs.sample import Program
from reviewbot.code.analyse import analyse

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
    for name, item in OWNERS.items():
        assert 2 <= len(item.clean) <= 4, name
        assert 2 <= len(item.racy) <= 4, name


def test_main_takes_part_in_half_of_them() -> None:
    texts = ["\n".join(item.sections["main"]) for item in OWNERS.values()]
    beside = re.compile(r"@spawn go\n(?s:.*)for \(int (?s:.*)@join")
    assert sum(bool(beside.search(text)) for text in texts) >= len(texts) / 2


@pytest.mark.parametrize("name", sorted(OWNERS))
def test_every_variant_is_its_own_program(name: str) -> None:
    item = OWNERS[name]
    for form in (1, 2, 3):
        sources = [made(name, variant, form).source for variant in (*item.clean, *item.racy)]
        assert len(set(sources)) == len(sources)
        for source in sources:
            assert source.count("{") == source.count("}")
            assert source.count("(") == source.count(")")


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


def test_the_same_seed_gives_the_same_programs() -> None:
    first, second = compose_more("owner", 3, 6), compose_more("owner", 3, 6)
    assert [p.source for p in first] == [p.source for p in second]
    assert {p.expected for p in first} == {"racy", "clean"}


@pytest.mark.clang
def test_what_is_declared_is_seen(tmp_path: Path) -> None:
    programs = [made(name, variant) for _, name, *two in SEEN for variant in two]
    runs = BatchRunner.over(Runner(tools=find_tools(), work=tmp_path)).execute(programs)
    outcomes = [label(p, r).outcome for p, r in zip(programs, runs, strict=True)]
    assert outcomes == ["clean", "racy"] * len(SEEN)
