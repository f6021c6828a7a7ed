"""Patterns of what creation, joins, locks and flags order: also conditions and futures."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from model_export.execute.batch import BatchRunner
from model_export.execute.label import label
from model_export.execute.run import Runner, find_tools
from model_export.programs.compose.more_compose import FOLDERS, compose_more, more_program
from model_export.programs.compose.small_text import Small, patterns
from model_export.programs.sample import Program

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
    for name, item in GATES.items():
        assert 1 <= len(item.clean) <= 4, name
        assert 2 <= len(item.racy) <= 4, name
    assert sum(map(of_main, GATES.values())) >= len(GATES) / 2


@pytest.mark.parametrize("name", sorted(GATES))
def test_every_variant_is_its_own_program_in_every_api(name: str) -> None:
    item = GATES[name]
    for form in (1, 2, 3):
        sources = [made(name, variant, form).source for variant in (*item.clean, *item.racy)]
        assert len(set(sources)) == len(sources)
        for source in sources:
            assert not re.search(r"[$‹›«»@]", source), source
            assert source.count("{") == source.count("}")


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


def test_the_same_seed_gives_the_same_programs() -> None:
    first, second = compose_more("gate", 3, 6), compose_more("gate", 3, 6)
    assert [p.source for p in first] == [p.source for p in second]
    assert {p.expected for p in first} == {"racy", "clean"}
    assert compose_more("gate", 4, 6)[0].source != first[0].source


@pytest.mark.clang
def test_what_is_declared_is_seen(tmp_path: Path) -> None:
    chosen = [
        *(("gate-down-a-chain", "outer-late"), ("gate-down-a-chain", "outer-first")),
        *(("one-of-two-kept", "the-given"), ("one-of-two-kept", "the-kept")),
        *(("pool-put-away", "one-not-joined"), ("pool-put-away", "all-joined")),
        *(("record-for-each", "right-after"), ("record-for-each", "in-turn")),
        *(("told-when-made", "told-then-made"), ("told-when-made", "made-then-told")),
        *(("result-of-a-call", "got-the-other"), ("result-of-a-call", "got-first")),
        *(("rounds-with-main", "while-they-read"), ("rounds-with-main", "between-rounds")),
    ]
    programs = [made(*names) for names in chosen]
    runs = BatchRunner.over(Runner(tools=find_tools(), work=tmp_path)).execute(programs)
    outcomes = [label(p, r).outcome for p, r in zip(programs, runs, strict=True)]
    assert outcomes == ["racy", "clean"] * 7
