from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import factory
import jsonschema
import pytest

from reviewbot.records import Action, Reason, Review, Status
from reviewbot.report.sarif import render_sarif

SCHEMA = json.loads(
    (Path(__file__).parent / "data" / "sarif-2.1.0.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.validators.validator_for(SCHEMA)(SCHEMA)


def run(review: Review) -> dict[str, Any]:
    log = json.loads(render_sarif(review))
    VALIDATOR.validate(log)
    return log["runs"][0]  # type: ignore[no-any-return]


def result(**changes: Any) -> dict[str, Any]:
    finding = factory.race(**changes)
    return run(factory.review(factory.decide(finding)))["results"][0]  # type: ignore[no-any-return]


def test_the_validator_refuses_what_is_not_sarif() -> None:
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate({"version": "2.1.0", "runs": [{"results": []}]})


def test_an_empty_review_is_a_valid_run_without_results() -> None:
    told = run(factory.empty())
    assert told["results"] == []
    assert [rule["id"] for rule in told["tool"]["driver"]["rules"]] == ["race", "hotspot"]
    assert told["invocations"][0]["executionSuccessful"] is True


def test_levels_follow_the_action_and_dropped_ones_are_absent() -> None:
    results = run(factory.full())["results"]
    assert [r["level"] for r in results] == [
        *("error", "warning", "note", "note", "note", "note", "note"),
    ]
    fingerprints = [r["partialFingerprints"]["reviewbot/v1"] for r in results]
    assert "low" not in fingerprints
    assert fingerprints[0] == "6d1f0c2a9be47735d0c8"


def test_regions_carry_columns_and_the_second_access_is_related() -> None:
    told = result()
    assert told["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 10,
        "startColumn": 13,
        "endLine": 10,
        "endColumn": 20,
    }
    (related,) = told["relatedLocations"]
    assert related["physicalLocation"]["region"]["startLine"] == 12
    assert related["message"]["text"] == (
        "'counter': read here, without a lock or atomic in common"
    )
    assert told["rank"] == 87.0
    assert told["properties"]["confidence"] == 0.91


def test_the_chain_is_a_code_flow_with_a_thread_for_each_side() -> None:
    (flow,) = result()["codeFlows"]
    one, other = flow["threadFlows"]
    lines = [
        step["location"]["physicalLocation"]["region"]["startLine"] for step in one["locations"]
    ]
    assert lines == [7, 3, 10, 8, 10, 10]
    assert one["locations"][4]["location"]["message"]["text"].startswith("unprotected (93 %): no")
    assert one["locations"][0]["importance"] == "essential"
    assert other["locations"][-1]["location"]["physicalLocation"]["region"]["startLine"] == 12


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (Status.INTRODUCED, "new"),
        (Status.PRE_EXISTING, "unchanged"),
        (Status.FIXED, "absent"),
        (Status.UNKNOWN, None),
    ],
)
def test_the_baseline_state_is_the_status(status: Status, state: str | None) -> None:
    assert result(status=status).get("baselineState") == state


def test_waived_findings_carry_their_suppression() -> None:
    results = run(factory.full())["results"]
    waivers = {r["partialFingerprints"]["reviewbot/v1"]: r.get("suppressions") for r in results}
    assert waivers["waived"] == [
        {"kind": "inSource", "status": "accepted", "justification": "statistics may be lossy"}
    ]
    assert waivers["based"][0]["kind"] == "external"
    assert waivers["old"] is None


def test_what_was_not_analysed_is_a_notification() -> None:
    whole, part = run(factory.full())["invocations"][0]["toolExecutionNotifications"]
    assert whole["message"]["text"] == "larger than 1 MiB"
    assert part["locations"][0]["physicalLocation"]["region"] == {"startLine": 40}


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("src/a b#1%.c", "src/a%20b%231%25.c"),
        ("src/zähler.c", "src/z%C3%A4hler.c"),
        ("c:odd.c", "c%3Aodd.c"),
        ("raw\udcff.c", "raw%FF.c"),
    ],
)
def test_paths_are_percent_encoded(path: str, uri: str) -> None:
    artifact = result(path=path)["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": uri, "uriBaseId": "SRCROOT"}


def test_an_absolute_path_is_a_file_uri_without_base() -> None:
    artifact = result(path="/tmp/a.c")["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///tmp/a.c"}


def test_messages_hold_no_link_and_no_control_character() -> None:
    text = result(object="[click](http://e.x)\u202e{0}")["message"]["text"]
    assert "\\[click\\](http" in text
    assert "{{0}}" in text
    assert text.isprintable()
    assert "'grid[i]'" in result(object="grid[i]")["message"]["text"]


def test_a_hotspot_without_accesses_is_valid_and_points_to_its_lines() -> None:
    review = factory.review(
        factory.decide(factory.hotspot(), Action.NOTE, reason=Reason.OVER_COMMENT_CAP)
    )
    told = run(review)["results"][0]
    assert told["ruleId"] == "hotspot"
    assert told["ruleIndex"] == 1
    assert told["locations"][0]["physicalLocation"]["region"] == {"startLine": 7, "endLine": 13}
    assert "codeFlows" not in told
