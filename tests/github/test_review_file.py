"""The review file: what is written is read, and what is hostile is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reviewbot.errors import BadReviewFile, CannotWriteReport, WrongReviewFile
from reviewbot.github.artifact import (
    MOST_BYTES,
    MOST_FINDINGS,
    EvidenceFile,
    read_evidence_file,
    read_review_file,
)
from reviewbot.github.build import review_file_text, touches_policy
from reviewbot.github.reading import reviewed
from reviewbot.policy import Policy, Thresholds
from reviewbot.records import Action, Change, FileDiff, Reason, Severity
from tests.github.review_files import (
    BASE,
    DIFF,
    ORIGIN,
    REPOSITORY,
    bent,
    document,
    review_of,
    written,
)
from tests.github.standing import HEAD, A, B, found, told

OUTCOME = {
    "target": "t1",
    "fingerprints": [A],
    "verdict": "confirmed",
    "reason": "",
    "tool": "tsan",
    "runs": 3,
    "threads": [2, 4],
    "seconds": 12.5,
    "report": "WARNING: ThreadSanitizer: data race",
}


def evidence(**changes: Any) -> dict[str, Any]:
    outcome = {**OUTCOME, **changes}
    return {
        "schema_version": 1,
        "repository": REPOSITORY,
        "head_sha": HEAD,
        "outcomes": [outcome],
    }


class TestWritten:
    def test_is_read_back(self, tmp_path: Path) -> None:
        file = read_review_file(written(tmp_path, document()))
        assert (file.repository, file.pull_request, file.head_sha) == (REPOSITORY, 7, HEAD)
        assert file.anchors == {"src/tally.c": [(6, 14)]}
        assert file.excerpts["src/tally.c"]["10"] == "            counter += seen[i];"
        assert file.seconds == 1.25
        assert file.cap == 10

    def test_records_come_back_as_they_were(self, tmp_path: Path) -> None:
        decision = told(found())
        file = read_review_file(written(tmp_path, document(decision)))
        (back,) = reviewed(file).review.decisions
        assert back.action is decision.action
        assert back.finding.trace == decision.finding.trace
        before, after = decision.finding.accesses[0], back.finding.accesses[0]
        assert (after.path, after.line, after.mode) == (before.path, before.line, before.mode)

    def test_only_files_with_findings_are_anchored(self) -> None:
        other = replace(DIFF, path="src/other.c", old_path="src/other.c")
        review = review_of(told(found()))
        whole = json.loads(review_file_text(review, [DIFF, other], ORIGIN, Policy()))
        assert set(whole["anchors"]) == {"src/tally.c"}

    def test_the_gravest_stay_when_there_are_too_many(self, tmp_path: Path) -> None:
        bare = found(accesses=(), trace=())
        dropped = [
            told(replace(bare, fingerprint=f"{n:016x}"), Action.DROP) for n in range(MOST_FINDINGS)
        ]
        whole = document(*dropped, told(found(A), Action.BLOCK))
        file = read_review_file(written(tmp_path, whole))
        assert file.left_out == 1
        assert any(one.fingerprint == A for one in file.report.findings)

    def test_a_file_that_no_reader_takes_is_not_written(self) -> None:
        claim = replace(found().trace[0], claim="x" * 5_000)
        large = [told(found(f"{n:016x}", trace=(claim,) * 20)) for n in range(150)]
        with pytest.raises(CannotWriteReport, match="split the change"):
            document(*large)

    def test_undecodable_paths_do_not_break_it(self, tmp_path: Path) -> None:
        odd = found(path="src/caf\udce9.c", accesses=(), trace=())
        file = read_review_file(written(tmp_path, document(told(odd))))
        assert file.report.findings[0].path == "src/caf\ufffd.c"


class TestPolicyChanged:
    def diff(self, path: str, old: str | None = None) -> FileDiff:
        return FileDiff(path=path, old_path=old or path, change=Change.MODIFIED)

    @pytest.mark.parametrize(
        ("path", "old"),
        [
            (".reviewbot.yaml", None),
            ("policies/strict.yaml", None),
            ("ci/own.yaml", None),
            ("x.yaml", ".reviewbot.yaml"),
        ],
    )
    def test_finds(self, path: str, old: str | None) -> None:
        names = frozenset({".reviewbot.yaml", "ci/own.yaml"})
        assert touches_policy([self.diff(path, old)], names)

    @pytest.mark.parametrize("path", ["src/a.c", "src/policies/a.c", "sub/.reviewbot.yaml"])
    def test_silent(self, path: str) -> None:
        assert not touches_policy([self.diff(path)], frozenset({".reviewbot.yaml"}))


class TestRefused:
    def refused(self, folder: Path, whole: Any, why: str) -> None:
        with pytest.raises(BadReviewFile, match=why):
            read_review_file(written(folder, whole))

    @pytest.mark.parametrize(
        ("keys", "value"),
        [
            (("schema_version",), 2),
            (("repository",), "acme/rocket/../other"),
            (("repository",), "acme"),
            (("head_sha",), "main"),
            (("head_sha",), HEAD + "\n"),
            (("head_sha",), HEAD.upper()),
            (("pull_request",), 0),
            (("pull_request",), "7"),
            (("pull_request",), 7.5),
            (("policy_changed",), "no"),
            (("cap",), 101),
            (("cap",), -1),
            (("fail_on",), "always"),
            (("seconds",), -1),
            (("anchors",), {"src/tally.c": [[1, 2, 3]]}),
            (("anchors",), {"src/tally.c": [[0, 2]]}),
            (("anchors",), {"/etc/passwd": [[1, 2]]}),
            (("anchors",), {"../x": [[1, 2]]}),
            (("excerpts",), {"src/tally.c": {"1": "x" * 401}}),
            (("left_out",), -1),
            (("surprise",), 1),
            (("report", "surprise"), 1),
            (("report", "findings", 0, "surprise"), 1),
            (("report", "findings", 0, "probability"), 2.0),
            (("report", "findings", 0, "line"), 0),
            (("report", "findings", 0, "path"), "/etc/passwd"),
            (("report", "findings", 0, "path"), "a/../../x"),
            (("report", "findings", 0, "path"), ""),
            (("report", "findings", 0, "accesses", 0, "path"), "a\0b"),
            (("report", "findings", 0, "fingerprint"), "x --> y"),
            (("report", "findings", 0, "decision", "action"), "approve"),
            (("report", "findings", 0, "object"), "x" * 20_001),
            (("report", "tool", "name"), "other"),
            (("settled",), {"zz": {"confirmed": "block", "otherwise": "note"}}),
        ],
    )
    def test_a_value_that_review_never_writes(
        self, tmp_path: Path, keys: tuple[str | int, ...], value: object
    ) -> None:
        self.refused(tmp_path, bent(document(), *keys, to=value), "review.json")

    @pytest.mark.parametrize("key", ["head_sha", "report", "repository", "merge_base"])
    def test_a_missing_key(self, tmp_path: Path, key: str) -> None:
        whole = document()
        del whole[key]
        self.refused(tmp_path, whole, key)

    @pytest.mark.parametrize(
        "text", ["", "null", "[]", "{", "NaN", '{"a": 1} {}', "[" * 100_000, '{"a":' * 5_000]
    )
    def test_what_is_no_review_at_all(self, tmp_path: Path, text: str) -> None:
        self.refused(tmp_path, text, "review.json")

    def test_infinity_is_no_number(self, tmp_path: Path) -> None:
        text = json.dumps(document()).replace('"seconds": 1.25', '"seconds": Infinity')
        assert "Infinity" in text
        self.refused(tmp_path, text, "review.json")

    def test_deep_nesting(self, tmp_path: Path) -> None:
        deep: Any = 1
        for _ in range(50):
            deep = {"a": deep}
        self.refused(tmp_path, bent(document(), "surprise", to=deep), "nested deeper")

    def test_more_findings_than_any_review(self, tmp_path: Path) -> None:
        whole = document()
        many = whole["report"]["findings"] * (MOST_FINDINGS + 1)
        for finding in many:
            finding["accesses"], finding["trace"] = [], []
        self.refused(tmp_path, bent(whole, "report", "findings", to=many), "more than 1000")

    def test_a_file_over_the_limit_is_not_even_parsed(self, tmp_path: Path) -> None:
        self.refused(tmp_path, " " * (MOST_BYTES + 1), "larger than")

    def test_bytes_that_are_no_text(self, tmp_path: Path) -> None:
        path = tmp_path / "review.json"
        path.write_bytes(b"\xff\xfe{}")
        with pytest.raises(BadReviewFile, match="not UTF-8"):
            read_review_file(path)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(BadReviewFile, match="--review-file"):
            read_review_file(tmp_path / "none.json")

    def test_the_message_does_not_echo_the_value(self, tmp_path: Path) -> None:
        whole = bent(document(), "head_sha", to="::set-output name=x::y")
        with pytest.raises(BadReviewFile) as caught:
            read_review_file(written(tmp_path, whole))
        assert "set-output" not in str(caught.value)


class TestEvidence:
    def attached(self, folder: Path, *decisions: Any, **changes: Any) -> Any:
        policy = Policy(race=Thresholds(comment=0.6, block=0.9))
        file = read_review_file(written(folder, document(*decisions, policy=policy)))
        said = read_evidence_file(written(folder, evidence(**changes), "evidence.json"))
        return reviewed(file, [said])

    def unsure(self) -> Any:
        return told(found(probability=0.55), Action.ESCALATE, reason=Reason.LOW_CONFIDENCE)

    def test_a_confirmed_finding_is_told_as_the_policy_says(self, tmp_path: Path) -> None:
        (decision,) = self.attached(tmp_path, self.unsure()).review.decisions
        assert (decision.action, decision.reason) == (Action.BLOCK, Reason.CONFIRMED)
        assert decision.finding.evidence.verdict == "confirmed"
        assert "ThreadSanitizer" in decision.finding.evidence.report

    @pytest.mark.parametrize("verdict", ["not reproduced", "not run", "tool failed"])
    def test_silence_refutes_nothing_and_blocks_nothing(self, tmp_path: Path, verdict: str) -> None:
        outcome = self.attached(tmp_path, self.unsure(), verdict=verdict)
        (decision,) = outcome.review.decisions
        assert decision.action not in (Action.BLOCK, Action.ESCALATE)
        assert decision.finding.evidence.verdict == verdict

    def test_other_findings_are_untouched(self, tmp_path: Path) -> None:
        outcome = self.attached(tmp_path, told(found(B)))
        (decision,) = outcome.review.decisions
        assert decision.finding.evidence is None
        assert outcome.escalated() == []

    def test_a_waived_finding_stays_waived(self, tmp_path: Path) -> None:
        waived = told(found(), Action.DROP, reason=Reason.SUPPRESSED)
        (decision,) = self.attached(tmp_path, waived).review.decisions
        assert (decision.action, decision.reason) == (Action.DROP, Reason.SUPPRESSED)

    def test_the_strongest_of_several_counts(self, tmp_path: Path) -> None:
        file = read_review_file(written(tmp_path, document(self.unsure())))
        files = [
            EvidenceFile.model_validate(evidence(verdict=verdict))
            for verdict in ("confirmed", "not reproduced", "tool failed")
        ]
        assert reviewed(file, files).outcomes[A].verdict == "confirmed"

    @pytest.mark.parametrize("changes", [{"head_sha": BASE}, {"repository": "acme/other"}])
    def test_of_another_commit_or_repository_is_refused(
        self, tmp_path: Path, changes: dict[str, str]
    ) -> None:
        file = read_review_file(written(tmp_path, document()))
        other = EvidenceFile.model_validate({**evidence(), **changes})
        with pytest.raises(WrongReviewFile, match="nothing was written"):
            reviewed(file, [other])

    @pytest.mark.parametrize(
        "changes",
        [
            {"verdict": "refuted"},
            {"report": "x" * 20_001},
            {"fingerprints": ["../x"]},
            {"surprise": 1},
        ],
    )
    def test_what_sanitize_never_writes_is_refused(
        self, tmp_path: Path, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(BadReviewFile, match=r"evidence\.json"):
            read_evidence_file(written(tmp_path, evidence(**changes), "evidence.json"))


def test_severity_words_are_the_reports_own(tmp_path: Path) -> None:
    file = read_review_file(written(tmp_path, document(told(found(severity=Severity.LOW)))))
    assert reviewed(file).review.decisions[0].finding.severity is Severity.LOW


def test_no_key_of_theirs_begins_a_line_of_ours(tmp_path: Path) -> None:
    # The runner reads commands at the start of every line that a step prints.
    for keys in (("\n::error::x",), ("report", "\n::error::x")):
        with pytest.raises(BadReviewFile) as caught:
            read_review_file(written(tmp_path, bent(document(), *keys, to=1)))
        assert "\n" not in str(caught.value)
