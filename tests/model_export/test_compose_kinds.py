"""What holds of the patterns of every kind that was added for rare facts."""

from __future__ import annotations

import re

import pytest

from model_export.programs.compose.more_compose import (
    FOLDERS,
    THREADS,
    compose_more,
    more_program,
)
from model_export.programs.compose.small_text import patterns

KINDS = ("gate", "owner", "duty", "tenure", "loan", "lease", "stake", "clause", "edge", "mark")
EVERY = [(kind, name) for kind in KINDS for name in sorted(patterns(FOLDERS[kind]))]


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_every_variant_is_its_own_program(kind: str, name: str) -> None:
    item = patterns(FOLDERS[kind])[name]
    variants = (*item.clean, *item.racy)
    assert 1 <= len(item.clean) <= 5
    assert 1 <= len(item.racy) <= 4
    for form in (1, 2, 3):
        sources = [more_program(kind, item, v, form, form).source for v in variants]
        assert len(set(sources)) == len(sources)
        for source in sources:
            assert not re.search(r"[$‹›«»‖¦@]", source), source
            assert source.count("{") == source.count("}")
            assert source.count("(") == source.count(")")
            assert ("#pragma omp" in source) == (kind not in THREADS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_programs(kind: str) -> None:
    first, second = compose_more(kind, 3, 6), compose_more(kind, 3, 6)
    assert [p.source for p in first] == [p.source for p in second]
    assert {p.expected for p in first} == {"racy", "clean"}
    runtime = "threads" if kind in THREADS else "omp"
    assert {p.family for p in first} == {f"{runtime}_composed_{kind}_3"}
    assert compose_more(kind, 4, 6)[0].source != first[0].source
