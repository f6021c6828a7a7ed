"""What is written on a pull request, case by case of its life."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reviewbot.findings import moved
from reviewbot.github.markers import State, read_mark
from reviewbot.github.review import Edit, Place
from reviewbot.github.state import Thread, normal
from reviewbot.records import Action, Reason, Severity, Skipped, Status
from tests.github.standing import (
    HEAD,
    A,
    B,
    C,
    body_of,
    found,
    ours,
    planned,
    posted,
    reviewed,
    told,
)


def the_edit(edits: tuple[Edit, ...]) -> str:
    (edit,) = edits
    return edit.body


class TestFirstReview:
    def test_each_finding_that_is_told_gets_a_comment(self) -> None:
        plan = planned(reviewed(told(found(A)), told(found(B), Action.BLOCK)))
        assert {new.fingerprint for new in plan.create} == {A, B}
        assert not plan.edit
        assert not plan.delete

    @pytest.mark.parametrize("action", [Action.NOTE, Action.DROP, Action.ESCALATE])
    def test_what_is_not_told_gets_none(self, action: Action) -> None:
        plan = planned(reviewed(told(found(A), action)))
        assert plan.quiet
        assert plan.places == {}

    def test_nothing_found_nothing_written(self) -> None:
        assert planned(reviewed()).quiet

    def test_what_the_diff_does_not_show_is_kept_for_the_summary(self) -> None:
        plan = planned(reviewed(told(found(A))), ranges={"src/other.c": [(1, 100)]})
        assert plan.quiet
        assert plan.places == {A: Place.OUTSIDE}

    def test_one_far_away_does_not_take_the_other_with_it(self) -> None:
        far = found(B, path="far.c", accesses=(), trace=())
        plan = planned(reviewed(told(found(A)), told(far)))
        assert [new.fingerprint for new in plan.create] == [A]
        assert plan.places[B] is Place.OUTSIDE


class TestSameFinding:
    def test_the_same_head_again_writes_nothing(self) -> None:
        plan = planned(reviewed(told(found(A))), ours(found(A)))
        assert plan.quiet
        assert plan.places == {A: Place.STANDING}

    def test_lines_that_moved_write_nothing(self) -> None:
        before = found(A)
        after = replace(
            before,
            line=60,
            end_line=62,
            accesses=tuple(replace(a, line=a.line + 50) for a in before.accesses),
            trace=tuple(replace(t, line=t.line + 50) for t in before.trace),
        )
        assert body_of(told(after)) != body_of(told(before))
        assert planned(reviewed(told(after)), ours(before)).quiet

    def test_a_claim_that_changed_is_edited_in_place(self) -> None:
        surer = found(A, probability=0.97)
        plan = planned(reviewed(told(surer)), ours(found(A)))
        assert not plan.create
        assert "very likely (97 %)" in the_edit(plan.edit)

    def test_line_ends_of_a_browser_are_no_change(self) -> None:
        crlf = normal(body_of(told(found(A))).replace("\n", "\r\n"))
        assert planned(reviewed(told(found(A))), ours(found(A), body=crlf)).quiet

    def test_a_renamed_file_keeps_its_comment(self) -> None:
        name = moved(A, "src/tally.c", "src/renamed.c")
        after = found(name, path="src/renamed.c")
        plan = planned(reviewed(told(after)), ours(found(A)), ranges={"src/renamed.c": [(1, 100)]})
        assert not plan.create
        mark = read_mark(normal(the_edit(plan.edit)), "src/tally.c")
        assert mark is not None
        assert (mark.fingerprint, mark.path) == (name, "src/renamed.c")
        assert plan.places == {name: Place.STANDING}

    def test_a_comment_of_the_new_name_is_not_taken_over(self) -> None:
        name = moved(A, "src/tally.c", "src/renamed.c")
        after = found(name, path="src/renamed.c")
        plan = planned(reviewed(told(after)), ours(found(A), 1), ours(after, 2))
        assert [edit.id for edit in plan.edit] == [1]
        assert "Fixed in" in plan.edit[0].body

    def test_another_finding_in_a_new_file_is_no_rename(self) -> None:
        after = found(B, path="src/renamed.c")
        plan = planned(reviewed(told(after)), ours(found(A)), ranges={"src/tally.c": [(1, 100)]})
        assert "Fixed in" in the_edit(plan.edit)
        assert plan.places == {B: Place.NEW}

    def test_a_copied_file_is_news(self) -> None:
        name = moved(A, "src/tally.c", "src/copy.c")
        both = reviewed(told(found(A)), told(found(name, path="src/copy.c")))
        plan = planned(both, ours(found(A)))
        assert plan.places == {A: Place.STANDING, name: Place.NEW}


class TestGone:
    def test_a_finding_that_is_gone_is_said_to_be_fixed(self) -> None:
        plan = planned(reviewed(), ours(found(A)))
        body = the_edit(plan.edit)
        assert body.startswith(f"✅ **Fixed in {HEAD[:10]}**")
        assert "counter_a1" in body
        mark = read_mark(body, "")
        assert mark is not None
        assert mark.state is State.FIXED
        assert mark.fingerprint == A

    def test_once_fixed_nothing_more_is_said(self) -> None:
        (edit,) = planned(reviewed(), ours(found(A))).edit
        again = ours(found(A), state=State.FIXED, body=normal(edit.body))
        assert planned(reviewed(), again, head="b" * 40).quiet

    def test_one_of_three_is_fixed_and_the_others_stand(self) -> None:
        before = [ours(found(name), n) for n, name in enumerate((A, B, C), start=1)]
        plan = planned(reviewed(told(found(B)), told(found(C))), *before)
        assert [edit.id for edit in plan.edit] == [1]
        assert plan.places == {B: Place.STANDING, C: Place.STANDING}

    def test_a_fix_that_is_taken_back_opens_the_same_comment(self) -> None:
        (edit,) = planned(reviewed(), ours(found(A))).edit
        fixed = ours(found(A), state=State.FIXED, body=normal(edit.body))
        plan = planned(reviewed(told(found(A))), fixed)
        assert not plan.create
        assert "Fixed in" not in the_edit(plan.edit)
        assert the_edit(plan.edit) == body_of(told(found(A)))

    def test_what_comes_back_as_a_note_is_no_longer_called_fixed(self) -> None:
        (edit,) = planned(reviewed(), ours(found(A))).edit
        fixed = ours(found(A), state=State.FIXED, body=normal(edit.body))
        noted = told(found(A), Action.NOTE, reason=Reason.LOW_CONFIDENCE)
        plan = planned(reviewed(noted), fixed)
        assert "Fixed in" not in the_edit(plan.edit)
        assert not plan.create

    def test_a_status_of_fixed_counts_as_gone(self) -> None:
        gone = told(found(A, status=Status.FIXED), Action.NOTE, reason=Reason.FIXED)
        assert "Fixed in" in the_edit(planned(reviewed(gone), ours(found(A))).edit)

    def test_what_became_improbable_counts_as_gone(self) -> None:
        mended = told(found(A, probability=0.2), Action.DROP, reason=Reason.BELOW_COMMENT_THRESHOLD)
        assert "Fixed in" in the_edit(planned(reviewed(mended), ours(found(A))).edit)

    def test_a_file_that_could_not_be_read_proves_no_fix(self) -> None:
        assert planned(reviewed(skipped=("src/tally.c",)), ours(found(A))).quiet

    def test_a_file_that_was_read_in_part_proves_little(self) -> None:
        partly = replace(reviewed(), skipped=(Skipped(path="src/tally.c", reason="a macro"),))
        body = the_edit(planned(partly, ours(found(A))).edit)
        assert "may still stand" in body
        assert "Fixed" not in body
        elsewhere = replace(reviewed(), skipped=(Skipped(path="src/other.c", reason="a macro"),))
        assert "Fixed in" in the_edit(planned(elsewhere, ours(found(A))).edit)

    def test_a_report_that_leaves_findings_out_proves_no_fix(self) -> None:
        assert planned(reviewed(), ours(found(A)), complete=False).quiet

    def test_a_waiver_in_the_source_is_no_fix(self) -> None:
        waived = told(found(A), Action.DROP, reason=Reason.SUPPRESSED, detail="one @thread only")
        body = the_edit(planned(reviewed(waived), ours(found(A))).edit)
        assert "Not reported since" in body
        assert "Fixed" not in body
        again = ours(found(A), state=State.WITHDRAWN, body=normal(body))
        assert planned(reviewed(waived), again).quiet

    @pytest.mark.parametrize("action", [Action.NOTE, Action.ESCALATE])
    def test_what_became_less_sure_is_left_as_it_is(self, action: Action) -> None:
        assert planned(reviewed(told(found(A, probability=0.55), action)), ours(found(A))).quiet


class TestPeople:
    def test_a_thread_with_a_reply_is_never_touched(self) -> None:
        answered = ours(found(A), answered=True)
        assert planned(reviewed(), answered).quiet
        assert planned(reviewed(told(found(A, probability=0.97))), answered).quiet
        assert planned(reviewed(), answered, resolve_threads=True).quiet

    def test_a_dismissed_finding_is_only_listed(self) -> None:
        plan = planned(reviewed(told(found(A))), ours(found(A), dismissed=True))
        assert plan.quiet
        assert plan.places == {A: Place.DISMISSED}

    def test_a_dismissed_finding_that_is_gone_is_left(self) -> None:
        assert planned(reviewed(), ours(found(A), dismissed=True)).quiet

    def test_a_deleted_comment_does_not_come_back(self) -> None:
        plan = planned(reviewed(told(found(A)), told(found(B))), posted=(posted(A),))
        assert [new.fingerprint for new in plan.create] == [B]
        assert plan.places[A] is Place.DISMISSED

    def test_nor_does_it_in_a_renamed_file(self) -> None:
        name = moved(A, "src/tally.c", "src/new.c")
        after = reviewed(told(found(name, path="src/new.c")))
        everywhere = {"src/new.c": [(1, 100)]}
        assert planned(after, ranges=everywhere, posted=(posted(A),)).places == {
            name: Place.DISMISSED
        }
        another = reviewed(told(found(B, path="src/new.c")))
        assert planned(another, ranges=everywhere, posted=(posted(A),)).places == {B: Place.NEW}

    def test_its_copy_in_another_file_is_news(self) -> None:
        copy = moved(A, "src/tally.c", "src/copy.c")
        both = reviewed(told(found(A)), told(found(copy, path="src/copy.c")))
        ranges = {"src/tally.c": [(1, 100)], "src/copy.c": [(1, 100)]}
        plan = planned(both, ranges=ranges, posted=(posted(A),))
        assert plan.places == {A: Place.DISMISSED, copy: Place.NEW}

    def test_where_a_comment_moved_along_another_copy_is_news(self) -> None:
        one, two = (moved(A, "src/tally.c", f"src/{name}.c") for name in ("one", "two"))
        both = reviewed(told(found(one, path="src/one.c")), told(found(two, path="src/two.c")))
        ranges = {"src/one.c": [(1, 100)], "src/two.c": [(1, 100)]}
        plan = planned(both, ours(found(A)), ranges=ranges, posted=(posted(A),))
        assert plan.places == {one: Place.STANDING, two: Place.NEW}

    def test_a_comment_that_stands_is_not_taken_for_deleted(self) -> None:
        plan = planned(reviewed(told(found(A))), ours(found(A)), posted=(posted(A),))
        assert plan.places == {A: Place.STANDING}


class TestThreads:
    def resolved(self, resolved: bool) -> Thread:
        return Thread(id="T1", first=1, resolved=resolved, resolved_by="github-actions")

    def test_threads_are_resolved_only_if_wished(self) -> None:
        assert planned(reviewed(), ours(found(A))).resolve == ()
        assert planned(reviewed(), ours(found(A)), resolve_threads=True).resolve == ("T1",)

    def test_a_thread_that_is_resolved_is_not_resolved_again(self) -> None:
        thread = self.resolved(True)
        done = ours(found(A), thread=thread, resolved_by_us=True)
        assert planned(reviewed(), done, resolve_threads=True).resolve == ()

    def test_our_own_resolution_is_no_dismissal(self) -> None:
        body = planned(reviewed(), ours(found(A))).edit[0].body
        thread = self.resolved(True)
        closed = ours(
            found(A), thread=thread, resolved_by_us=True, state=State.FIXED, body=normal(body)
        )
        plan = planned(reviewed(told(found(A))), closed, resolve_threads=True)
        assert plan.reopen == ("T1",)
        assert len(plan.edit) == 1
        assert plan.places == {A: Place.STANDING}

    def test_without_graphql_all_goes_on(self) -> None:
        plan = planned(reviewed(), ours(found(A), thread=None), resolve_threads=True)
        assert plan.resolve == ()
        assert len(plan.edit) == 1


class TestTwice:
    def test_of_two_comments_on_a_finding_the_lower_review_stays(self) -> None:
        plan = planned(reviewed(told(found(A))), ours(found(A), 2), ours(found(A), 1))
        assert plan.delete == (2,)
        assert not plan.create

    def test_one_that_was_answered_stays_in_any_case(self) -> None:
        later = ours(found(A), 2, answered=True)
        assert planned(reviewed(told(found(A))), ours(found(A), 1), later).delete == ()

    def test_comments_on_two_findings_are_no_duplicates(self) -> None:
        both = reviewed(told(found(A)), told(found(B)))
        assert planned(both, ours(found(A), 1), ours(found(B), 2)).quiet


class TestCap:
    def test_the_gravest_stay(self) -> None:
        mild = found(B, severity=Severity.LOW, probability=0.95)
        plan = planned(reviewed(told(mild), told(found(A, probability=0.7))), cap=1)
        assert [new.fingerprint for new in plan.create] == [A]
        assert plan.places[B] is Place.OVER_CAP

    def test_comments_that_stand_count(self) -> None:
        both = reviewed(told(found(A)), told(found(B)))
        assert planned(both, ours(found(A)), cap=1).places[B] is Place.OVER_CAP
        assert planned(both, ours(found(A)), cap=2).places[B] is Place.NEW

    def test_what_blocks_is_always_told(self) -> None:
        plan = planned(reviewed(told(found(A), Action.BLOCK), told(found(B))), cap=0)
        assert plan.places == {A: Place.NEW, B: Place.OVER_CAP}

    def test_the_number_in_one_review_is_bounded(self) -> None:
        many = [told(found(f"{n:016x}"), Action.BLOCK) for n in range(100)]
        plan = planned(reviewed(*many), cap=100)
        assert len(plan.create) == 60
        assert sum(place is Place.OVER_CAP for place in plan.places.values()) == 40
