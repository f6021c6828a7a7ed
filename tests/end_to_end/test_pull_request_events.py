"""Events and artifacts: what a job is about is said by its event, never by the file it is given."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.pull_request import NAMES, Life, source

Change = Callable[[dict[str, Any]], None]


def rewrite(life: Life, change: Change) -> None:
    document = json.loads(life.review_file.read_text())
    change(document)
    life.review_file.write_text(json.dumps(document))


def setting(**fields: Any) -> Change:
    return lambda document: document.update(fields)


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


class TestForks:
    def open(self, life: Life) -> None:
        life.open({"a.c": source("alpha")}, head_repository="stranger/rocket")

    def reviewed(self, life: Life) -> None:
        """The first workflow has run, and the second begins."""
        self.open(life)
        life.pull_event()
        life.review()
        self.run_event(life)

    def run_event(self, life: Life, **changes: Any) -> None:
        run = {
            "event": "pull_request",
            "head_sha": life.pull.head_sha,
            "head_branch": "topic",
            "head_repository": {"full_name": "stranger/rocket", "owner": {"login": "stranger"}},
            "pull_requests": [],
        }
        life.event("workflow_run", {"action": "completed", "workflow_run": {**run, **changes}})

    def test_the_second_job_finds_the_pull_request_by_its_head(self, life: Life) -> None:
        self.reviewed(life)
        assert life.publish().code == 0
        assert life.visible == ["race alpha"]

    def test_several_pull_requests_from_one_branch(self, life: Life) -> None:
        self.open(life)
        life.repo.branch("old-main", "main")
        life.github.open(9, "old-main", "topic", head_repository="stranger/rocket")
        life.pull_event()
        life.review()
        self.run_event(life)
        life.publish()
        assert {comment.pull for comment in life.github.state.comments.values()} <= {7}

    def test_an_artifact_that_names_another_pull_request(self, life: Life) -> None:
        self.open(life)
        life.repo.branch("other")
        life.repo.commit({"a.c": source("beta")})
        life.github.open(8, "main", "other")
        life.repo.switch("topic")
        life.pull_event()
        life.review()
        rewrite(life, setting(pull_request=8))
        self.run_event(life)
        assert life.publish().code == 2
        assert life.github.writes == []

    def test_the_same_commit_in_another_fork_of_the_same_owner(self, life: Life) -> None:
        self.open(life)
        life.github.open(8, "main", "topic", head_repository="stranger/rocket-two")
        life.pull_event()
        life.review()
        rewrite(life, setting(pull_request=8))
        self.run_event(life)
        assert life.publish().code == 2
        assert life.github.writes == []

    def test_a_fork_that_pushed_meanwhile(self, life: Life) -> None:
        self.reviewed(life)
        life.push({"a.c": source("beta")})
        life.publish()
        assert life.visible == []

    def test_a_closed_pull_request_is_none(self, life: Life) -> None:
        self.reviewed(life)
        life.pull.state = "closed"
        life.publish()
        assert life.visible == []


class TestEventsWithoutPullRequest:
    @pytest.mark.parametrize(
        ("name", "payload"),
        [
            ("push", lambda sha: {"after": sha, "before": "0" * 40, "ref": "refs/heads/topic"}),
            ("merge_group", lambda sha: {"merge_group": {"head_sha": sha, "base_sha": sha}}),
            ("workflow_dispatch", lambda sha: {"inputs": {}, "ref": "refs/heads/topic"}),
        ],
    )
    def test_a_check_run_and_a_summary_and_no_comment(
        self, life: Life, name: str, payload: Callable[[str], dict[str, Any]]
    ) -> None:
        life.open({"a.c": source("alpha")})
        sha = life.pull.head_sha
        life.event(name, payload(sha), sha)
        life.review()
        run = life.publish()
        assert run.code == 0
        assert life.visible == [] and life.reviews == []
        assert "alpha" in run.summary
        assert [check.head_sha for check in life.github.state.check_runs.values()] == [sha]

    def test_pull_request_target_is_as_pull_request(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event("pull_request_target")
        life.review()
        life.publish()
        assert life.visible == ["race alpha"]

    @pytest.mark.parametrize("payload", [{}, {"pull_request": {"number": "seven"}}])
    def test_a_payload_that_makes_no_sense(self, life: Life, payload: dict[str, Any]) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event()
        life.review()
        life.event("pull_request", payload)
        assert life.publish().code == 2
        assert life.github.writes == []


class TestPolicies:
    LOUD = "version: 1\nrace:\n  block: 0.8\n"
    MUTE = "version: 1\nrace:\n  enabled: false\n"

    def test_a_change_of_the_policy_is_judged_by_the_old_one(self, life: Life) -> None:
        life.repo.commit({".reviewbot.yaml": self.LOUD})
        life.open({"a.c": source("alpha"), ".reviewbot.yaml": self.MUTE})
        run = life.run()
        assert run.code == 1
        assert life.visible == ["race alpha"]
        assert "policy" in run.summary

    def test_a_policy_that_comes_with_the_change_does_not_count_yet(self, life: Life) -> None:
        life.open({"a.c": source("alpha"), ".reviewbot.yaml": self.MUTE})
        life.run()
        assert life.visible == ["race alpha"]

    def test_it_counts_once_it_is_in_the_base(self, life: Life) -> None:
        life.repo.commit({".reviewbot.yaml": self.MUTE})
        life.open({"a.c": source("alpha")})
        life.run()
        assert life.visible == []

    def test_a_named_policy_is_read_from_the_base_as_well(self, life: Life) -> None:
        life.repo.commit({"policies/team.yaml": self.LOUD})
        life.open({"a.c": source("alpha"), "policies/team.yaml": self.MUTE})
        life.pull_event()
        life.review("--policy", "policies/team.yaml")
        run = life.publish()
        assert run.code == 1
        assert life.visible == ["race alpha"]
        assert "policy" in run.summary

    @pytest.mark.parametrize(
        ("policy", "fail_on", "code"),
        [("", "comment", 1), ("", "block", 0), (LOUD, "block", 1), (LOUD, "never", 0)],
    )
    def test_what_fails_the_job(self, life: Life, policy: str, fail_on: str, code: int) -> None:
        life.repo.commit({".reviewbot.yaml": policy or "version: 1\n"})
        life.open({"a.c": source("alpha")})
        life.pull_event()
        assert life.review("--fail-on", fail_on) == code
        assert life.publish().code == code
        (check,) = life.github.state.check_runs.values()
        assert check.fields["conclusion"] == ("failure" if code else "neutral")

    def test_paths_are_the_root_s_from_any_directory(self, life: Life) -> None:
        life.open({"src/deep/a.c": source("alpha")})
        os.chdir(life.repo.path / "src")  # the fixture's monkeypatch leads back
        life.run()
        assert [place.split(":")[0] for place in life.places] == ["src/deep/a.c"]


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


class TestEnterprise:
    @pytest.fixture
    def ghes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> Iterator[Life]:
        made = Life(tmp_path, monkeypatch, capsys, enterprise=True)
        with made.github:
            yield made
        made.check()

    def test_github_api_url_leads_to_another_server(self, ghes: Life) -> None:
        ghes.open({"a.c": source("alpha", "beta")})
        assert ghes.github.api_url.endswith("/api/v3")
        ghes.run()
        ghes.resolve("beta")
        before = ghes.comment("beta").body
        ghes.push({"a.c": source(safe=("alpha", "beta"))})
        ghes.run()
        assert ghes.visible == ["fixed alpha", "race beta"]
        assert ghes.comment("beta").body == before  # known from GraphQL, under /api/graphql
        assert ghes.github.web_url in before
