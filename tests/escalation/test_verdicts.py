"""What becomes of a finding once a tool has spoken, and what a silence is worth."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reviewbot.escalation.compile_commands import read_compile_commands
from reviewbot.escalation.reach import knows, parse_lcov, through_line_directives, unreached
from reviewbot.escalation.records import (
    Frame,
    Outcome,
    ReportKind,
    ToolAccess,
    ToolReport,
    Verdict,
)
from reviewbot.escalation.verdicts import (
    MISSED,
    after_silence,
    attach,
    evidence,
    missed,
    raised,
    settle,
)
from reviewbot.policy import NEVER, Policy, Thresholds
from reviewbot.records import Action, Decision, Finding, Mode, Reason, Review, Severity
from tests.escalation.building import access, target
from tests.escalation.test_plan import escalated, finding

POLICY = Policy()
STRICT = Policy(race=Thresholds(comment=0.5, block=0.8, escalate=POLICY.race.escalate))


def report(line: int = 7, path: str = "/copy/a.c") -> ToolReport:
    def side(mode: Mode, thread: str) -> ToolAccess:
        return ToolAccess(mode, False, 4, thread, (Frame("add", path, line, 3),), ())

    return ToolReport(
        kind=ReportKind.RACE,
        tool="tsan",
        accesses=(side(Mode.WRITE, "T1"), side(Mode.READ, "T2")),
        location="global 'total' of size 4",
        location_stack=(),
        created=(),
        text="WARNING: ThreadSanitizer: data race",
        truncated=False,
    )


def outcome(verdict: Verdict, of: Finding | None = None, **changes: object) -> Outcome:
    prints = (of.fingerprint,) if of else ()
    one = Outcome(
        target=replace(target("a.c"), fingerprints=prints),
        verdict=verdict,
        reason="seen in 1 run with 4 threads",
        tool="ThreadSanitizer (clang 19.1.7)",
        runs=1,
        threads=(4,),
        seconds=1.0,
        reports=(report(),) if verdict is Verdict.CONFIRMED else (),
        reached=True,
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def after(verdict: Verdict, policy: Policy = POLICY, **changes: object) -> Decision:
    one = finding()
    review = attach(escalated(one), [outcome(verdict, one, **changes)], policy)
    (decision,) = review.decisions
    return decision


class TestConfirmed:
    def test_raises_severity_and_is_told(self) -> None:
        one = finding(severity=Severity.LOW)
        (decision,) = attach(escalated(one), [outcome(Verdict.CONFIRMED, one)], POLICY).decisions
        assert (decision.action, decision.reason) == (Action.COMMENT, Reason.CONFIRMED)
        assert decision.finding.severity is Severity.MEDIUM
        assert decision.finding.probability > 0.99
        assert decision.finding.evidence is not None
        assert "WARNING: ThreadSanitizer: data race" in decision.finding.evidence.report

    def test_blocks_where_the_policy_blocks_at_all(self) -> None:
        assert after(Verdict.CONFIRMED, STRICT).action is Action.BLOCK
        assert after(Verdict.CONFIRMED).action is Action.COMMENT
        assert POLICY.race.block == NEVER

    def test_severity_has_a_top(self) -> None:
        assert [raised(one) for one in (Severity.LOW, Severity.MEDIUM, Severity.HIGH)] == [
            Severity.MEDIUM,
            Severity.HIGH,
            Severity.HIGH,
        ]


class TestNotReproduced:
    def test_is_never_told_as_refuted(self) -> None:
        decision = after(Verdict.NOT_REPRODUCED)
        assert decision.action is Action.NOTE
        assert 0.0 < decision.finding.probability < finding().probability
        assert decision.finding.severity is finding().severity

    def test_runs_that_resemble_each_other_are_credited_as_measured(self) -> None:
        assert missed(0) == 1.0
        assert missed(1) == pytest.approx(MISSED[0]) == pytest.approx(163 / 3925)
        assert missed(1) > missed(2) > missed(3) == missed(100)

    def test_lines_that_nobody_saw_run_count_half(self) -> None:
        seen, unseen = (
            after(Verdict.NOT_REPRODUCED, reached=reached).finding for reached in (True, False)
        )
        assert seen.probability < 0.1 < unseen.probability < finding().probability

    def test_follows_bayes(self) -> None:
        # Of 100 suspects 60 are races; a tool that misses 5 % of them is silent on 3 + 40.
        assert after_silence(0.6, 0.05) == pytest.approx(3 / 43)
        assert after_silence(0.6, 1.0) == pytest.approx(0.6)
        assert after_silence(0.0, 0.5) == 0.0
        assert after_silence(1.0, 0.5) == 1.0
        assert after_silence(1.0, 0.0) == 1.0

    def test_keeps_the_doubt_about_code_that_could_not_be_seen(self) -> None:
        clear = finding(confidence=0.7)
        unclear = replace(clear, confidence=0.6)
        for_clear, for_unclear = (
            settle(one, outcome(Verdict.NOT_REPRODUCED, one)) for one in (clear, unclear)
        )
        assert for_clear.probability == for_unclear.probability
        assert 0.5 < for_unclear.confidence < for_clear.confidence


class TestNoAnswer:
    @pytest.mark.parametrize("verdict", [Verdict.NOT_RUN, Verdict.TOOL_FAILED])
    def test_leaves_the_models_word_and_says_why(self, verdict: Verdict) -> None:
        told = after(verdict, reason="no compiler was found").finding
        assert told.probability == finding().probability
        assert told.confidence == finding().confidence
        assert told.evidence is not None
        assert told.evidence.verdict == verdict.value
        assert told.evidence.report == "no compiler was found"

    def test_is_not_escalated_again(self) -> None:
        assert after(Verdict.NOT_RUN).action is Action.COMMENT


class TestAttach:
    def test_leaves_other_findings_as_they_are(self) -> None:
        one, other = finding("one"), finding("other")
        review = attach(escalated(one, other), [outcome(Verdict.CONFIRMED, one)], POLICY)
        assert review.decisions[1].finding is other

    @pytest.mark.parametrize("action", [Action.DROP, Action.NOTE])
    def test_does_not_wake_what_a_person_waived(self, action: Action) -> None:
        one = finding()
        review = escalated(one, action=action)
        assert attach(review, [outcome(Verdict.CONFIRMED, one)], POLICY) == review

    def test_a_silence_that_was_wrong_becomes_a_finding(self) -> None:
        race = replace(report(), accesses=report().accesses)
        review = attach(
            Review(bundle=None),
            [outcome(Verdict.CONFIRMED, reports=(race,), target=target("a.c", silent=True))],
            POLICY,
        )
        (decision,) = review.decisions
        assert (decision.action, decision.reason) == (Action.COMMENT, Reason.CONFIRMED)
        assert (decision.finding.path, decision.finding.line) == ("a.c", 7)
        assert decision.finding.object == "global 'total' of size 4"
        assert len(decision.finding.accesses) == 2

    def test_a_silence_that_was_right_adds_nothing(self) -> None:
        silent = target("a.c", silent=True)
        review = Review(bundle=None)
        assert attach(review, [outcome(Verdict.NOT_REPRODUCED, target=silent)], POLICY) == review

    def test_the_cap_on_comments_holds(self) -> None:
        findings = [finding(str(n)) for n in range(5)]
        outcomes = [outcome(Verdict.CONFIRMED, one) for one in findings]
        review = attach(escalated(*findings), outcomes, replace(POLICY, max_comments=2))
        actions = [decision.action for decision in review.decisions]
        assert actions.count(Action.COMMENT) == 2
        assert actions.count(Action.NOTE) == 3


def test_evidence_holds_the_reason_first() -> None:
    told = evidence(outcome(Verdict.CONFIRMED, finding()))
    assert told.verdict == "confirmed"
    assert told.report.startswith("seen in 1 run with 4 threads\n\nWARNING: ")


class TestReach:
    LCOV = "SF:/copy/a.c\nFN:1,f\nDA:7,3\nDA:8,0\nend_of_record\n"

    def test_a_line_that_never_ran_is_named(self) -> None:
        counted = parse_lcov(self.LCOV)
        assert unreached(counted, [access("a.c", 7), access("a.c", 8)], ["/copy"]) == 8
        assert not knows(counted, [access("a.c", 8)], ["/copy"])

    def test_a_line_that_ran_is_known_and_one_without_code_is_not(self) -> None:
        counted = parse_lcov(self.LCOV)
        assert unreached(counted, [access("a.c", 7), access("a.c", 9)], ["/copy"]) is None
        assert knows(counted, [access("a.c", 7)], ["/copy"])
        assert not knows(counted, [access("a.c", 7), access("a.c", 9)], ["/copy"])

    def test_a_generated_files_lines_are_those_that_it_names(self) -> None:
        text = 'int own;\n#line 6 "/copy/a.c"\nsix;\nseven;\n#line 1 "driver"\none;\n'
        counted = through_line_directives(text, {3: 5, 4: 0, 6: 1})
        assert counted == {"/copy/a.c": {6: 5, 7: 0}, "driver": {1: 1}}


class TestCompileCommands:
    def test_gives_folders_and_flags_without_the_sanitizers(self, tmp_path: Path) -> None:
        (tmp_path / "build").mkdir()
        first = {
            "directory": f"{tmp_path}/build",
            "file": "../src/a.c",
            "command": "cc -I../inc -isystem /usr/x -DN='3 4' -D M -std=c11 -fsanitize=thread "
            "-fopenmp -O2 -c ../src/a.c",
        }
        second = {"directory": str(tmp_path), "file": "b.c", "arguments": ["cc", "-Ib", "b.c"]}
        database = tmp_path / "build/compile_commands.json"
        database.write_text(json.dumps([first, second]))
        found = read_compile_commands(tmp_path)
        assert found is not None
        assert len(found) == 2
        entry = found.of("src/a.c")
        assert entry is not None
        assert entry.include_dirs == (tmp_path / "inc", Path("/usr/x"))
        assert entry.flags == ("-DN=3 4", "-DM", "-std=c11", "-fopenmp")
        assert found.of("src/other.c") is None
        assert found.near("src/other.h") == entry

    @pytest.mark.parametrize("text", ["", "{}", "[1, {}]", "[", '[{"file": 1}]', "null"])
    def test_nonsense_is_no_database(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "compile_commands.json").write_text(text)
        found = read_compile_commands(tmp_path)
        assert found is None or len(found) == 0

    def test_a_link_out_of_the_copy_is_not_followed(self, tmp_path: Path) -> None:
        outside, copy = tmp_path / "outside", tmp_path / "copy"
        copy.mkdir()
        entry = {"directory": str(copy), "file": "a.c", "command": "cc"}
        outside.write_text(json.dumps([entry]))
        (copy / "compile_commands.json").symlink_to(outside)
        assert read_compile_commands(copy) is None
