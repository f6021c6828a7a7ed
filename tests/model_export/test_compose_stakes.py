"""Patterns of which number a lock has and which its element, and of what leaving ways joined."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_export.programs.compose.more_compose import FOLDERS, more_program
from model_export.programs.compose.small_text import patterns
from model_export.programs.sample import Program
from model_export.suites import rules
from reviewbot.code.analyse import analyse
from tests.model_export.executed import outcomes

PATTERNS = patterns(FOLDERS["stake"])


def made(name: str, variant: str, form: int = 5) -> Program:
    return more_program("stake", PATTERNS[name], variant, form, form)


def reasons(program: Program) -> list[str]:
    """Why each pair of the object is in order, "" where nothing says so."""
    path = "x.c" if program.language == "c" else "x.cpp"
    slices = analyse(path, program.source.encode()).slices
    return [rules.reason(pair) for item in slices for pair in item.pairs]


@pytest.mark.parametrize(
    ("name", "racy", "clean"),
    [
        ("seat-drawn-by-lot", "drawn-again", "one-draw"),
        ("seat-drawn-by-lot", "drawn-after", "one-draw"),
        ("orders-of-a-lane", "lane-after", "its-lane"),
        ("shelf-walked-by-two", "shelf-below", "same-shelf"),
        ("second-key-given-back", "common-given-back", "own-given-back"),
        ("aliases-taken-at-once", "neighbours-key", "own-key"),
        ("limit-told-late", "told-after", "told-before"),
        ("ended-when-it-failed", "ended-if-it-failed", "ended-on-both-ways"),
        ("set-under-a-key-once", "key-of-other", "own-key"),
        ("asked-twice-for-it", "next-one", "asked-once"),
        ("one-with-each-key", "keys-crossed", "both-own"),
        ("shelf-filled-as-it-is-counted", "key-of-next", "shelf-s-key"),
        ("rows-walked-with-their-keys", "key-by-turn", "key-of-row"),
        ("made-on-either-way", "both-at-once", "on-one-of-two"),
    ],
)
def test_the_facts_tell_the_twins_apart(name: str, racy: str, clean: str) -> None:
    for form in (5, 6, 7):
        assert "" in reasons(made(name, racy, form))
        assert "" not in reasons(made(name, clean, form))


@pytest.mark.clang
def test_numbers_of_locks_and_leaving_ways_are_seen(tmp_path: Path) -> None:
    chosen = [
        *(("seat-drawn-by-lot", "drawn-again"), ("seat-drawn-by-lot", "one-draw")),
        *(("shelf-walked-by-two", "shelf-below"), ("shelf-walked-by-two", "same-shelf")),
        *(("second-key-given-back", "common-given-back"),),
        *(("second-key-given-back", "own-given-back"),),
        *(("given-up-half-way", "given-up-at-once"), ("given-up-half-way", "the-spare-one")),
        *(("limit-told-late", "told-after"), ("limit-told-late", "told-before")),
    ]
    programs = [made(*names) for names in chosen]
    assert outcomes(programs, tmp_path) == ["racy", "clean"] * 5
