"""Patterns of what creation, joins, locks and flags order: also conditions and futures."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from model_export.programs.compose.more_compose import FOLDERS, more_program
from model_export.programs.compose.small_text import Small, patterns
from model_export.programs.sample import Program
from tests.model_export.executed import outcomes

GATES = patterns(FOLDERS["gate"])
FORMS = range(30)


def made(name: str, variant: str, form: int = 5) -> Program:
    return more_program("gate", GATES[name], variant, form, form)


def of_main(pattern: Small) -> bool:
    """Whether main touches an object while threads run, in some variant."""
    body = "\n".join(pattern.sections["main"])
    return bool(re.search(r"\$\w+(?:\[[^\]]*\])?(?:\.\$\w+)? ?(?:[+-]?=|\+\+)|\$f\d\(", body))


def test_there_are_many_and_each_has_both_sorts() -> None:
    assert len(GATES) >= 40
    assert sum(map(of_main, GATES.values())) >= len(GATES) / 2


def test_a_wait_is_spelt_in_every_api() -> None:
    texts = [made("told-when-made", "made-then-told", form).source for form in FORMS]
    waits = ("pthread_cond_wait(&", "cnd_wait(&", ".wait(hold);", ".wait(hold, [&]")
    found = Counter(word for text in texts for word in waits if word in text)
    assert set(found) == set(waits)
    for text in texts:
        assert ("#pragma redefine_extname cnd_wait" in text) == ("cnd_wait(&" in text)
        assert ("#include <condition_variable>" in text) == ("std::condition_variable" in text)


def test_a_loop_around_the_wait_is_all_that_twins_differ_in() -> None:
    racy = made("asked-once-or-until", "once-only").source.splitlines()
    clean = made("asked-once-or-until", "until").source.splitlines()
    changed = [(a, b) for a, b in zip(racy, clean, strict=True) if a != b]
    assert len(changed) == 1
    assert changed[0][0].replace("if (", "while (") == changed[0][1]


def test_a_barrier_has_room_for_main() -> None:
    for form in FORMS:
        text = made("rounds-with-main", "between-rounds", form).source
        assert re.search(r"(?:NULL, |\()\w+ \+ 1\)", text), text


def test_parts_of_locals_that_no_tool_sees_are_members() -> None:
    for form in FORMS:
        text = made("one-of-two-kept", "swapped", form).source
        assert "[&" not in text, text


@pytest.mark.clang
def test_what_is_declared_is_seen(tmp_path: Path) -> None:
    chosen = [
        *(("gate-down-a-chain", "outer-late"), ("gate-down-a-chain", "outer-first")),
        *(("one-of-two-kept", "the-given"), ("one-of-two-kept", "the-kept")),
        *(("pool-put-away", "joined-too-late"), ("pool-put-away", "all-joined")),
        *(("record-for-each", "right-after"), ("record-for-each", "in-turn")),
        *(("told-when-made", "told-then-made"), ("told-when-made", "made-then-told")),
        *(("result-of-a-call", "got-the-other"), ("result-of-a-call", "got-first")),
        *(("rounds-with-main", "while-they-read"), ("rounds-with-main", "between-rounds")),
    ]
    programs = [made(*names) for names in chosen]
    assert outcomes(programs, tmp_path) == ["racy", "clean"] * 7
