"""The summary of a job and of a pull request, and the review's own body."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reviewbot.github.artifact import EvidenceFile, read_review_file
from reviewbot.github.cutting import LIMIT, size
from reviewbot.github.markers import SUMMARY, read_review_mark
from reviewbot.github.reading import Reviewed, reviewed
from reviewbot.github.review import Place
from reviewbot.github.summary import (
    JOB_LIMIT,
    Told,
    headline,
    review_body,
    summary_body,
    superseded_body,
)
from reviewbot.records import Action, Decision, Reason, Severity, Status
from tests.github.review_files import document, written
from tests.github.standing import HEAD, SITE, A, B, found, told
from tests.github.test_review_file import evidence

UNSURE = told(found(B), Action.ESCALATE, reason=Reason.LOW_CONFIDENCE)


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def make(*decisions: Decision, said: dict[str, Any] | None = None, **changes: Any) -> Reviewed:
        whole = {**document(*decisions), **changes}
        file = read_review_file(written(tmp_path, whole))
        return reviewed(file, [EvidenceFile.model_validate(said)] if said else [])

    return make


def summary(outcome: Reviewed, *notes: str, sticky: bool = False, **places: Place) -> str:
    return summary_body(outcome, Told(places=places, notes=notes), SITE, sticky=sticky)


class TestSummary:
    def test_findings_are_grouped_by_severity_and_linked(self, read: Any) -> None:
        text = summary(read(told(found(A)), told(found(B, severity=Severity.LOW))))
        assert text.index("**High severity**") < text.index("**Low severity**")
        assert f"(https://github.com/acme/rocket/blob/{HEAD}/src/tally.c#L10)" in text
        assert "**Medium severity**" not in text

    @pytest.mark.parametrize(
        ("place", "words"),
        [
            (Place.DISMISSED, "dismissed on the pull request"),
            (Place.OUTSIDE, "outside the lines that the diff shows"),
            (Place.OVER_CAP, "over the number of comments"),
        ],
    )
    def test_it_says_where_each_is_to_be_read(self, read: Any, place: Place, words: str) -> None:
        outcome = read(told(found(A)))
        assert words in summary_body(outcome, Told(places={A: place}), SITE)

    def test_what_was_escalated_and_its_verdict(self, read: Any) -> None:
        assert "no sanitizer has run yet" in summary(read(UNSURE)).split("Put to a sanitizer")[1]
        said = evidence(fingerprints=[B], verdict="not reproduced", reason="3 runs")
        text = summary(read(UNSURE, said=said))
        assert "not reproduced by tsan" in text
        assert "(3 runs)" in text
        assert "sanitizers ran for 12 s" in text

    def test_nothing_escalated_nothing_said(self, read: Any) -> None:
        assert "Put to a sanitizer" not in summary(read(told(found(A))))

    def test_what_was_not_analysed_and_why(self, read: Any) -> None:
        whole = document(told(found(A)))["report"]
        whole["files"][0]["skipped"] = "generated"
        whole["skipped"] = [{"path": "src/b.c", "line": 4, "reason": "a macro"}]
        text = summary(read(report=whole))
        assert "<details><summary>Not analysed (2)</summary>" in text
        assert "- `src/tally.c`: generated" in text
        assert "- `src/b.c:4`: a macro" in text

    def test_time_and_cost(self, read: Any) -> None:
        assert "in 1 file, read in 1.2 s" in summary(read(told(found(A))))

    def test_a_change_of_the_policy_is_said(self, read: Any) -> None:
        assert "judged by the policy of its base" in summary(read(policy_changed=True))
        assert "policy of its base" not in summary(read())

    def test_what_was_left_out_is_counted(self, read: Any) -> None:
        assert "3 further findings left out" in summary(read(left_out=3))

    def test_notes_stand_in_it(self, read: Any) -> None:
        assert "> Only reading." in summary(read(), "Only reading.")

    def test_fixed_findings_have_no_link_into_the_head(self, read: Any) -> None:
        gone = told(found(A, status=Status.FIXED), Action.NOTE, reason=Reason.FIXED)
        text = summary(read(gone))
        assert "`src/tally.c:10`: fixed by this change" in text
        assert "/blob/" not in text

    def test_no_findings(self, read: Any) -> None:
        text = summary(read(told(found(A), Action.DROP, reason=Reason.BELOW_COMMENT_THRESHOLD)))
        assert "nothing to report; a prediction, not a proof" in text

    def test_the_sticky_one_is_marked_and_does_not_vary(self, read: Any) -> None:
        quick, slow = read(seconds=1.0), read(seconds=9.0)
        assert summary(quick, sticky=True) == summary(slow, sticky=True)
        assert summary(quick) != summary(slow)
        assert summary(quick, sticky=True).endswith(SUMMARY)
        assert SUMMARY not in summary(quick)

    def test_it_fits_with_a_thousand_findings(self, read: Any) -> None:
        long = [
            told(found(f"{n:016x}", object="o🧵" * 190, function="f" * 400, accesses=(), trace=()))
            for n in range(1_000)
        ]
        outcome = read(*long)
        assert size(summary(outcome)) <= JOB_LIMIT
        sticky = summary(outcome, sticky=True)
        assert size(sticky) <= LIMIT
        assert sticky.endswith(SUMMARY)

    def test_a_job_s_summary_stays_under_a_mebibyte(self, read: Any) -> None:
        deep = "/".join(["線" * 60] * 50)
        many = [
            told(found(f"{n:016x}", path=f"{deep}/{n}.c", accesses=(), trace=()))
            for n in range(150)
        ]
        text = summary(read(*many))
        assert len(text.encode()) < 1 << 20
        assert "cut here" in text


class TestReviewBody:
    def test_is_marked_with_its_commit_and_findings(self, read: Any) -> None:
        body = review_body(read(told(found(A))), Told(), SITE, {A: B})
        mark = read_review_mark(body)
        assert mark is not None
        assert (mark.head, mark.posted) == (HEAD, {A: B})

    def test_findings_outside_the_diff_are_not_lost(self, read: Any) -> None:
        told_ = Told(places={A: Place.NEW, B: Place.OUTSIDE})
        body = review_body(read(told(found(A)), told(found(B))), told_, SITE, {A: B})
        assert "counter_b2" in body
        assert "counter_a1" not in body

    def test_what_is_over_the_cap_is_counted_with_the_way_to_it(self, read: Any) -> None:
        outcome, told_ = read(told(found(A))), Told(places={A: Place.OVER_CAP})
        plain = review_body(outcome, told_, SITE, {})
        assert "1 more finding in the job's summary." in plain
        linked = review_body(outcome, told_, replace(SITE, run="42"), {})
        assert "(https://github.com/acme/rocket/actions/runs/42)" in linked

    def test_a_superseded_one_posted_nothing(self) -> None:
        mark = read_review_mark(superseded_body(HEAD))
        assert mark is not None
        assert mark.posted == {}


class TestHeadline:
    def test_counts(self, read: Any) -> None:
        blocking = told(found("d4" * 8), Action.BLOCK)
        outcome = read(blocking, told(found(A)), told(found("e5" * 8)), UNSURE)
        assert headline(outcome) == "1 blocking finding and 2 findings, 1 not sure"
