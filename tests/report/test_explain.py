from __future__ import annotations

import factory
import pytest

from reviewbot.errors import BadInput
from reviewbot.records import Action, Evidence, Link, Review
from reviewbot.report.explain import explain_concept, render_explain
from reviewbot.report.json_report import render_json
from reviewbot.report.render import FORMATS, render
from reviewbot.report.schema import FindingModel, read_review_json


def read_back(review: Review) -> FindingModel:
    return read_review_json(render_json(review)).findings[0]


def test_every_link_is_explained_with_its_line_and_what_breaks_it() -> None:
    shown = render_explain(read_back(factory.full()))
    assert "5. unprotected, 93 % — src/tally.c:10" in shown
    assert "here:      no lock, atomic or reduction covers either access" in shown
    assert shown.count("broken by: ") == 5
    assert "// reviewbot: ignore[race] " in shown
    assert "confirmed, ThreadSanitizer" in shown
    assert "+    #pragma omp parallel for reduction(+ : counter)" in shown
    assert max(len(line) for line in shown.split("\n")) <= 100


def test_without_fix_and_evidence_their_sections_are_absent() -> None:
    shown = render_explain(read_back(factory.review(factory.decide(factory.race()))))
    assert "Suggested fix" not in shown
    assert "\nEvidence" not in shown


def test_a_run_that_showed_nothing_refutes_nothing() -> None:
    quiet = Evidence(verdict="not reproduced", tool="ThreadSanitizer", report="")
    shown = render_explain(read_back(factory.review(factory.decide(factory.race(evidence=quiet)))))
    assert "does not refute" in shown


def test_a_hotspot_is_told_as_lost_time_not_as_a_race() -> None:
    review = factory.review(factory.decide(factory.hotspot(), Action.COMMENT))
    shown = render_explain(read_back(review))
    assert "ignore[hotspot]" in shown
    assert "profiler" in shown
    assert "race detector" not in shown


def test_control_characters_of_a_report_do_not_reach_the_terminal() -> None:
    evil = "x\x1b[2J\u202e"
    finding = factory.race(object=evil, path=evil, function=evil, fingerprint=evil)
    shown = render_explain(read_back(factory.review(factory.decide(finding))))
    assert shown.replace("\n", "").isprintable()
    assert "\x1b[1m" in render_explain(read_back(factory.full()), color=True)


@pytest.mark.parametrize(
    "name", ["race", "hotspot", *(link.value for link in Link), "Same Location"]
)
def test_concepts_have_a_meaning_and_what_breaks_them(name: str) -> None:
    shown = explain_concept(name)
    assert "Meaning\n" in shown
    assert shown.count("\n  - ") >= 2


def test_an_unknown_concept_names_the_known_ones() -> None:
    with pytest.raises(BadInput, match="race, concurrent, same-location"):
        explain_concept("deadlock")


@pytest.mark.parametrize(
    ("name", "start"),
    [("text", "── blocks"), ("json", "{"), ("sarif", '{\n  "$schema"'), ("markdown", "### ")],
)
def test_render_chooses_the_format(name: str, start: str) -> None:
    assert name in FORMATS
    assert render(factory.full(), name, color=False, width=100).startswith(start)


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(BadInput, match="text, json, sarif, markdown"):
        render(factory.full(), "xml")
