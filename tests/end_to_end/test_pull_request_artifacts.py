"""Review files and evidence: forged ones change nothing, and good ones are shown where they fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.pull_request import NAMES, Change, Life, rewrite, setting, source


def dirty_path(document: dict[str, Any]) -> None:
    document["report"]["findings"][0]["path"] = "../../etc/passwd"


class TestWrongArtifacts:
    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(setting(pull_request=8), id="another pull request"),
            pytest.param(setting(pull_request=None), id="no pull request"),
            pytest.param(setting(repository="acme/other"), id="another repository"),
            pytest.param(setting(repository=None), id="no repository"),
            pytest.param(setting(head_sha="1" * 40), id="another commit"),
            pytest.param(setting(head_sha="HEAD"), id="no commit"),
            pytest.param(setting(schema_version=2), id="another version"),
            pytest.param(setting(token="ghs_x"), id="an unknown field"),
            pytest.param(setting(report={}), id="no report"),
            pytest.param(dirty_path, id="a path outside"),
        ],
    )
    def test_zero_writes_and_a_sentence(self, life: Life, change: Change) -> None:
        life.open({"a.c": source("alpha")})
        life.repo.branch("other")
        life.github.open(8, "main", "other")
        life.repo.switch("topic")
        life.pull_event()
        life.review()
        rewrite(life, change)
        run = life.publish()
        assert run.code == 2
        assert life.github.writes == []
        assert "reviewbot: error: " in run.output and "Traceback" not in run.output

    @pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '{"a": NaN}', "\udcff"])
    def test_what_is_no_review_at_all(self, life: Life, text: str) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event()
        life.review_file.write_bytes(text.encode("utf-8", "surrogateescape"))
        assert life.publish().code == 2
        assert life.github.writes == []

    def test_a_file_that_is_too_large(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event()
        life.review()
        rewrite(life, setting(excerpts={f"{n}.c": {"1": "x" * 390} for n in range(4900)}))
        padded = life.review_file.read_text() + " " * 5_000_000
        life.review_file.write_text(padded)
        assert life.publish().code == 2
        assert life.github.writes == []

    def test_a_good_one_is_taken(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event()
        life.review()
        rewrite(life, setting())
        assert life.publish().code == 0
        assert life.visible == ["race alpha"]

    def test_a_dry_run_writes_nothing(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        run = life.run("--dry-run")
        assert life.github.writes == []
        assert "alpha" in run.output + run.summary


class TestAnchors:
    def test_a_line_that_the_diff_does_not_show_is_in_the_summary(self, life: Life) -> None:
        quiet = source("gamma", safe=("alpha", "beta"))
        life.repo.commit({"a.c": source(safe=("alpha", "beta"))})
        life.open({"a.c": "#define NO_ATOMICS\n" + quiet})
        run = life.run()
        assert life.visible == ["race gamma"]
        assert all(name in run.summary for name in NAMES)
        assert any("alpha" in text and "beta" in text for text in life.reviews)

    def test_only_such_lines_drop_no_review(self, life: Life) -> None:
        life.repo.commit({"a.c": source(safe=("beta",))})
        life.open({"a.c": "#define NO_ATOMICS\n" + source(safe=("beta",))})
        run = life.run()
        assert run.code == 0 and "beta" in run.summary

    @pytest.mark.parametrize(("last", "is_range"), [(0, False), (2, True), (25, False)])
    def test_a_finding_of_several_lines_is_a_range(
        self, life: Life, last: int, is_range: bool
    ) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event()
        life.review()

        def longer(document: dict[str, Any]) -> None:
            finding = document["report"]["findings"][0]
            finding["end_line"] = finding["line"] + last

        rewrite(life, longer)
        assert life.publish().code == 0
        comment = life.comment("alpha")
        line = source("alpha").split("\n").index("alpha++;") + 1
        assert (comment.start_line, comment.line) == (
            (line, line + last) if is_range else (None, line)
        )

    def test_forged_anchors_harm_nobody(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event()
        life.review()
        rewrite(life, setting(anchors={"a.c": [[1, 10_000]]}))

        def far(document: dict[str, Any]) -> None:
            finding = document["report"]["findings"][0]
            finding["line"] = finding["end_line"] = 9_000

        rewrite(life, far)
        run = life.publish()
        assert run.code == 0
        assert "alpha" in run.summary

    def test_more_than_three_hundred_files(self, life: Life) -> None:
        many = {f"many/{number:03}.h": f"int n{number};\n" for number in range(301)}
        life.open({**many, "zz.c": source("alpha")})  # what a cut listing would lose
        life.run()
        assert life.visible == ["race alpha"]
        assert [line for r in life.github.log if (line := r.line).endswith("/files")] == []


class TestEvidence:
    def test_a_sanitizer_s_word_goes_into_the_comment_that_stands(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        life.run()
        first = life.comment("alpha").id
        evidence = self.file(life, "alpha")
        run = life.publish("--evidence", str(evidence))
        assert life.visible == ["race alpha", "race beta"]
        assert life.comment("alpha").id == first
        assert "WARNING: data race" in life.comment("alpha").body
        assert "WARNING: data race" not in life.comment("beta").body
        assert "confirmed" in run.summary

    def test_evidence_of_another_commit_writes_nothing(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event()
        life.review()
        evidence = self.file(life, "alpha", head_sha="1" * 40)
        assert life.publish("--evidence", str(evidence)).code == 2
        assert life.github.writes == []

    def file(self, life: Life, name: str, **changes: Any) -> Path:
        findings = json.loads(life.review_file.read_text())["report"]["findings"]
        (about,) = (one["fingerprint"] for one in findings if one["object"] == name)
        outcome = {
            "target": "a.c",
            "fingerprints": [about],
            "verdict": "confirmed",
            "reason": "",
            "tool": "ThreadSanitizer",
            "runs": 3,
            "threads": [2, 4, 8],
            "seconds": 2.5,
            "report": "WARNING: data race\n  Write of size 4",
        }
        whole = {"schema_version": 1, "repository": "acme/rocket", "outcomes": [outcome]}
        made = life.folder / "evidence.json"
        made.write_text(json.dumps({**whole, "head_sha": life.pull.head_sha, **changes}))
        return made
