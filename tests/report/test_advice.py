"""Where no fix is offered, every report says what kind of change is needed; beside a fix, none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reviewbot.github.comment import comment_body
from reviewbot.records import Decision, Review
from reviewbot.report.explain import render_explain
from reviewbot.report.render import render
from reviewbot.report.schema import read_review_json
from tests.github.standing import SITE
from tests.report import factory

NEED = "no lock mends this; `a*b*` is read from a copy"


def advised() -> Review:
    done = factory.full()
    return replace(done, decisions=tuple(map(_advised, done.decisions)))


def _advised(decision: Decision) -> Decision:
    return replace(decision, finding=replace(decision.finding, fix=None, advice=NEED))


@pytest.mark.parametrize("name", ["text", "json", "sarif", "markdown"])
def test_a_report_tells_it(name: str) -> None:
    assert "no lock mends this" in render(advised(), name)
    assert "no lock mends this" not in render(factory.full(), name)


def test_a_comment_and_an_explanation_tell_it() -> None:
    decision = advised().decisions[0]
    assert "Needed: no lock mends this; \\`a\\*b\\*\\` is" in comment_body(decision, {}, SITE)
    found = read_review_json(render(advised(), "json")).findings[0]
    assert f"What is needed\n{NEED}" in render_explain(found)
