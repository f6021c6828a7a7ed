"""What is offered, and what is not: the toy model as the judge of real edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from reviewbot.code.analyse import analyse
from reviewbot.code.includes import Read
from reviewbot.fixes import suggest as module
from reviewbot.fixes.head import Head
from reviewbot.fixes.suggest import Suggester
from reviewbot.pipeline import Collaborators, Source, review
from reviewbot.policy import Policy, Thresholds
from reviewbot.records import Action, Analysis, Decision, Fix, Prediction, Review, Slice
from tests.fixes.checks import suspicions
from tests.toy_model import ToyPredictor

SUM = """\
long total(const int *a, int n) {
    long sum = 0;
    #pragma omp parallel for
    for (int i = 0; i < n; i++)
        sum += a[i];
    return sum;
}
"""
TWO = SUM + SUM.replace("total", "again")
POLICY = Policy()


FACTS = {"reduction": "reduction'", "atomic": "'omp'), ('shareA'", "critical": "'critical'"}


class Judge(ToyPredictor):
    """0.9 for every pair, or what it is told to believe of a protection or of an object."""

    def __init__(self, objects: Mapping[str, float] | None = None, **protected: float) -> None:
        super().__init__()
        self.objects = objects or {}
        self.protected = {FACTS[name]: probability for name, probability in protected.items()}

    def predict(self, slices: Sequence[Slice]) -> tuple[Prediction, ...]:
        self.batches.append(len(slices))
        return tuple(
            replace(self._one(part, pair), probability=self._of(part, str(pair.relations)))
            for part in slices
            for pair in part.pairs
        )

    def _of(self, part: Slice, relations: str) -> float:
        protected = [p for fact, p in self.protected.items() if fact in relations]
        return self.objects.get(part.object, protected[0] if protected else 0.9)


def outcome(text: str, judge: Judge, policy: Policy = POLICY, path: str = "a.c") -> Review:
    made = Collaborators(
        analyse=analyse,
        load_predictor=lambda: judge,
        policy=policy,
        suggest=Suggester(analyse, policy.comment_level),
        strict_errors=True,
    )
    return review([Source(path=path, head=text.encode())], made)


def fixes(done: Review) -> list[Fix]:
    return [d.finding.fix for d in done.decisions if d.finding.fix is not None]


GUARDED = """#include <pthread.h>
static int total; static pthread_mutex_t m;
void add(int n) {
  pthread_mutex_lock(&m);
  total += n;
  pthread_mutex_unlock(&m);
}
"""
BARE = "static int total;\nvoid add(int n) {\n  total += n;\n}\n"


class TestOffered:
    def test_an_object_whose_lock_the_change_took_away_stays_in_sight_of_fixes(self) -> None:
        judge = Judge()  # believes in no fix, and may not be told that the object is gone
        made = Collaborators(
            analyse=analyse,
            load_predictor=lambda: judge,
            suggest=Suggester(analyse, POLICY.comment_level),
            strict_errors=True,
        )
        done = review([Source(path="a.c", head=BARE.encode(), base=GUARDED.encode())], made)
        assert [d.finding.object for d in done.decisions] == ["total"]
        assert len(judge.batches) > 2  # both sides of the change, and candidates
        assert fixes(done) == []

    def test_the_least_intrusive_that_the_model_believes_in(self) -> None:
        [fix] = fixes(outcome(SUM, Judge(reduction=0.05)))
        assert fix.kind == "reduction clause"
        assert fix.probability_after == 0.05
        assert "+    #pragma omp parallel for reduction(+:sum)\n" in fix.patch
        assert fix.patch.startswith("--- a/a.c\n+++ b/a.c\n@@ ")

    def test_the_next_where_the_model_does_not_believe_in_the_first(self) -> None:
        [fix] = fixes(outcome(SUM, Judge(reduction=0.5, atomic=0.05)))
        assert fix.kind == "atomic"

    def test_for_each_finding_of_a_file_in_common_batches(self) -> None:
        judge = Judge(reduction=0.05)
        assert len(fixes(outcome(TWO, judge))) == 2
        assert len(judge.batches) == 2  # the review, and the first candidates of both

    def test_the_decision_stays_as_it_was(self) -> None:
        plain = outcome(SUM, Judge())
        mended = outcome(SUM, Judge(reduction=0.05))
        assert [(d.action, d.reason) for d in mended.decisions] == [
            (d.action, d.reason) for d in plain.decisions
        ]
        assert [replace(d.finding, fix=None) for d in mended.decisions] == [
            d.finding for d in plain.decisions
        ]


class TestNotOffered:
    @pytest.mark.parametrize("left", [0.31, 0.59, 0.9])
    def test_what_leaves_a_third_of_the_probability(self, left: float) -> None:
        judge = Judge(reduction=left, atomic=left, critical=left)
        assert fixes(outcome(SUM, judge)) == []
        assert len(judge.batches) == 4  # each of the three was asked about

    def test_what_would_still_be_told(self) -> None:
        low = Policy(race=Thresholds(comment=0.2))
        assert fixes(outcome(SUM, Judge(reduction=0.25), low)) == []
        assert fixes(outcome(SUM, Judge(reduction=0.25))) != []

    def test_for_what_is_not_told(self) -> None:
        judge = Judge(reduction=0.01)
        high = Policy(race=Thresholds(comment=0.95))
        done = outcome(SUM, judge, high)
        assert [d.action for d in done.decisions] == [Action.DROP]
        assert fixes(done) == []
        assert len(judge.batches) == 1

    def test_for_a_file_that_is_too_long(self) -> None:
        padded = SUM + "// and so on\n" * (module.MAX_BYTES // 10)
        assert fixes(outcome(padded, Judge(reduction=0.05))) == []

    def test_beyond_the_room_of_a_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MAX_READ", len(TWO) // 2)
        assert len(fixes(outcome(TWO, Judge(reduction=0.05)))) == 1


class TestOthers:
    """An edit that mends one pair and harms another is no fix."""

    def suggested(self, now: float, then: float) -> list[Fix]:
        """The fixes if another pair of the file is believed in with these probabilities."""
        text = SUM.replace("sum += a[i];", "{ sum += a[i]; b[0] = 1; }")
        before = Judge({"b[]": now})
        after = Judge({"b[]": then}, reduction=0.05)
        done = outcome(text, before)
        analysis = analyse("a.c", text.encode())
        head = Head(
            data=text.encode(),
            analysis=analysis,
            predictions=before.predict(analysis.slices),
        )
        suggester = Suggester(analyse, POLICY.comment_level)
        decisions = suggester(done.decisions, {"a.c": head}, after.predict)
        return [d.finding.fix for d in decisions if d.finding.fix]

    def test_fix_where_the_other_stays(self) -> None:
        assert [fix.kind for fix in self.suggested(0.3, 0.33)] == ["reduction clause"]

    def test_none_where_the_other_rises(self) -> None:
        assert self.suggested(0.3, 0.4) == []


class TestFaults:
    def test_an_edit_that_blinds_the_front_end_is_none(self) -> None:
        def blind(path: str, data: bytes, tree: Read | None, before: Mapping[str, int]) -> Analysis:
            skipped = "no idea" if b"reduction" in data or b"atomic" in data else None
            done = analyse(path, data, tree)
            empty = Analysis(path=path, skipped=skipped)
            return empty if skipped or b"critical" in data else done

        decisions = outcome(SUM, Judge()).decisions
        head = Head(
            data=SUM.encode(),
            analysis=analyse("a.c", SUM.encode()),
            predictions=suspicions("a.c", SUM.encode()),
        )
        seen = Suggester(blind, POLICY.comment_level)(decisions, {"a.c": head}, Judge().predict)
        # Only the critical section was read, and nothing was left to suspect in there.
        assert [d.finding.fix.kind for d in seen if d.finding.fix] == ["critical section"]

    def test_a_fault_costs_the_fixes_alone(self) -> None:
        def broken(*_: object) -> tuple[Decision, ...]:
            raise RuntimeError("a rule went wrong")

        made = Collaborators(analyse=analyse, load_predictor=Judge, suggest=broken)
        done = review([Source(path="a.c", head=SUM.encode())], made)
        assert [d.action for d in done.decisions] == [Action.COMMENT]
        with pytest.raises(RuntimeError, match="went wrong"):
            review([Source(path="a.c", head=SUM.encode())], replace(made, strict_errors=True))
