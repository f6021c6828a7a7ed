"""Every mutation does to its own example what it says, and nothing where it should not."""

from __future__ import annotations

import pytest

from model_export.mutations.core import Mutation
from model_export.mutations.program import ParsedProgram
from model_export.mutations.registry import MUTATIONS

RULES = list(MUTATIONS.values())


def name(rule: Mutation) -> str:
    return rule.name


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_does_what_its_example_shows(rule: Mutation) -> None:
    program = ParsedProgram(rule.before, rule.language)
    made = [rule.apply(program, site) for site in rule.sites(program)]
    assert rule.after in made, "\n--- or\n".join(made) or "no site found"


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_finds_nothing_in_its_silent_example(rule: Mutation) -> None:
    program = ParsedProgram(rule.silent, rule.language)
    assert [rule.apply(program, site) for site in rule.sites(program)] == []


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_its_examples_parse(rule: Mutation) -> None:
    for text in (rule.before, rule.after, rule.silent):
        assert ParsedProgram(text, rule.language).errors == 0, text
    assert rule.before != rule.after
