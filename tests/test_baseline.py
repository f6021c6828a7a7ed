"""The baseline file: round trips, small diffs, and clear words for a damaged one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reviewbot.baseline import parse_baseline, read_baseline, render_baseline, write_baseline
from reviewbot.errors import BadBaseline
from reviewbot.records import Finding, FindingKind, Severity, Status

FINDING = Finding(
    fingerprint="00000000000000aa",
    kind=FindingKind.RACE,
    status=Status.UNKNOWN,
    path="b.c",
    line=3,
    end_line=3,
    function="f",
    object="größe",
    probability=0.9,
    confidence=0.9,
    severity=Severity.HIGH,
    accesses=(),
    trace=(),
)
OTHER = replace(FINDING, fingerprint="00000000000000bb", path="a.c")
FIXED = replace(FINDING, fingerprint="00000000000000cc", status=Status.FIXED)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [FINDING, OTHER, FIXED])
    assert read_baseline(path) == {FINDING.fingerprint, OTHER.fingerprint}
    write_baseline(path, [])
    assert read_baseline(path) == frozenset()
    assert [one.name for one in tmp_path.iterdir()] == ["baseline.json"]


def test_the_text_is_for_people_and_stable() -> None:
    text = render_baseline([FINDING, OTHER, FINDING])
    assert text == render_baseline([OTHER, FINDING])
    entries = json.loads(text)["findings"]
    assert [(one["path"], one["object"]) for one in entries] == [("a.c", "größe"), ("b.c", "größe")]
    assert "größe" in text
    assert '"line"' not in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a list"),
        ("{}", "schema_version is None"),
        ('{"schema_version": 2, "findings": []}', "schema_version is 2"),
        ('{"schema_version": true, "findings": []}', "schema_version is True"),
        ('{"schema_version": 1}', "findings must be a list, not a null"),
        ('{"schema_version": 1, "findings": [{}]}', "findings[0].fingerprint"),
        ('{"schema_version": 1, "findings": [3]}', "findings[0].fingerprint"),
        ('{"schema_version": 1, "findings": [{"fingerprint": "xyz"}]}', "found 'xyz'"),
    ],
)
def test_a_damaged_baseline_is_explained(text: str, said: str) -> None:
    with pytest.raises(BadBaseline) as caught:
        parse_baseline(text, name="base.json")
    assert str(caught.value).startswith("base.json: ")
    assert said in str(caught.value)


def test_files_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    with pytest.raises(BadBaseline, match="no such baseline"):
        read_baseline(tmp_path / "none.json")
    with pytest.raises(BadBaseline, match="cannot be read"):
        read_baseline(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(BadBaseline, match="cannot be read"):
        read_baseline(tmp_path / "binary")
    with pytest.raises(BadBaseline, match="cannot be written"):
        write_baseline(tmp_path / "no" / "folder.json", [FINDING])
