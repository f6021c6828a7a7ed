from __future__ import annotations

import json
from pathlib import Path

import factory
import jsonschema
import pytest

import reviewbot.report
from reviewbot.errors import BadInput
from reviewbot.records import Action, Review
from reviewbot.report.json_report import render_json
from reviewbot.report.schema import find_finding, json_schema, read_review_json, schema_text

PUBLISHED = Path(reviewbot.report.__file__).parent / "schema" / "review.schema.json"


def test_the_published_schema_is_current() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text(), (
        f"write reviewbot.report.schema.schema_text() to {PUBLISHED}"
    )
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("review", [factory.empty(), factory.review(), factory.full()])
def test_every_report_fits_the_published_schema(review: Review) -> None:
    report = json.loads(render_json(review))
    jsonschema.validate(report, json.loads(PUBLISHED.read_text(encoding="utf-8")))


def test_a_report_with_an_impossible_probability_does_not_fit() -> None:
    report = json.loads(render_json(factory.full()))
    report["findings"][0]["probability"] = 1.5
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, json_schema())
    with pytest.raises(BadInput, match=r"findings\.0\.probability"):
        read_review_json(json.dumps(report))


def test_the_keys_are_those_of_the_contract() -> None:
    report = json.loads(render_json(factory.full()))
    assert list(report) == ["schema_version", "tool", "files", "findings", "skipped"]
    assert list(report["tool"]) == ["name", "version", "bundle"]
    assert list(report["tool"]["bundle"]) == ["name", "version", "sha256"]
    assert list(report["files"][0]) == ["path", "race_probability", "skipped", "constructs"]
    construct = report["files"][0]["constructs"][0]
    assert construct == {
        "line": 7,
        "end_line": 13,
        "kind": "parallel for",
        "function": "tally",
        "work_balance": {"4": 0.96, "16": 0.81},
        "bottleneck": {"contention": 0.7, "none": 0.3},
        "hot_lines": [{"line": 10, "share": 0.8}],
    }
    finding = report["findings"][0]
    assert list(finding) == [
        *("fingerprint", "kind", "status", "path", "line", "end_line", "function", "object"),
        *("probability", "confidence", "severity", "accesses", "trace", "fix", "advice"),
        *("evidence", "decision"),
    ]
    assert finding["accesses"][1] == {
        "path": "src/tally.c",
        "line": 12,
        "column": 29,
        "mode": "read",
        "atomic": False,
    }
    assert list(finding["trace"][0]) == ["link", "claim", "path", "line", "probability"]
    assert finding["fix"]["probability_after"] == 0.03
    assert finding["decision"] == {"action": "block", "reason": "above-block-threshold"}
    assert report["files"][1]["skipped"] == "larger than 1 MiB"
    assert report["skipped"] == [
        {"path": "src/tally.c", "line": 40, "reason": "macro-generated function"}
    ]


def test_absence_is_null() -> None:
    report = json.loads(render_json(factory.review(factory.decide(factory.race()), bundle=None)))
    assert report["tool"]["bundle"] is None
    assert report["findings"][0]["fix"] is None
    assert report["findings"][0]["evidence"] is None


def test_undecodable_paths_and_control_characters_survive_as_ascii() -> None:
    shown = render_json(factory.review(factory.decide(factory.race(path="a\udcff\x9b\u202e.c"))))
    assert shown.isascii() and shown.replace("\n", "").isprintable()
    assert json.loads(shown)["findings"][0]["path"] == "a\ufffd\x9b\u202e.c"


def test_read_back_and_found_by_a_prefix() -> None:
    report = read_review_json(render_json(factory.full()))
    assert find_finding(report, "6d1f").object == "counter"
    assert find_finding(report, "old").decision.action is Action.NOTE


@pytest.mark.parametrize(("identity", "says"), [("zzz", "No finding"), ("", "No finding")])
def test_an_unknown_identity_is_told(identity: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        find_finding(read_review_json(render_json(factory.full())), identity)


def test_an_ambiguous_identity_asks_for_more() -> None:
    twins = factory.review(
        factory.decide(factory.race(fingerprint="ab1")),
        factory.decide(factory.race(fingerprint="ab2")),
    )
    with pytest.raises(BadInput, match="2 findings start with 'ab'"):
        find_finding(read_review_json(render_json(twins)), "ab")


@pytest.mark.parametrize("text", ["", "[]", '{"schema_version": 2}', "{"])
def test_other_json_is_refused_with_a_way_out(text: str) -> None:
    with pytest.raises(BadInput, match="reviewbot review --format json"):
        read_review_json(text)
