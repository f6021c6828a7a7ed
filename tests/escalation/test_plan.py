"""The plan: what is worth a run, in which order, with which tool, for how many seconds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reviewbot.errors import BadPlan
from reviewbot.escalation.artifact import matrix, plan_json, read_plan
from reviewbot.escalation.plan import HARM, choose, plan, uncertainty
from reviewbot.escalation.records import Sanitizer, Target, Way
from reviewbot.escalation.settings import SanitizerSettings
from reviewbot.policy import NO_BAND, Policy, Thresholds
from reviewbot.policy_file import parse_policy
from reviewbot.records import (
    Action,
    Construct,
    Decision,
    FileResult,
    Finding,
    FindingKind,
    Mode,
    Reason,
    Review,
    Severity,
    Skipped,
    Status,
)
from tests.escalation.building import access

HEAD = "a" * 40
SETTINGS = SanitizerSettings(test=("make check",), threads=(3,), suppressions="tsan.supp")
POLICY = Policy(sanitizer=SanitizerSettings(threads=(4,)))
TESTED = replace(POLICY, sanitizer=SanitizerSettings(test=("make check",)))


def finding(
    name: str = "total",
    *,
    path: str = "a.c",
    function: str = "add",
    confidence: float = 0.6,
    severity: Severity = Severity.HIGH,
    kind: FindingKind = FindingKind.RACE,
) -> Finding:
    return Finding(
        fingerprint=f"{abs(hash((name, path, function))) % 16**16:016x}",
        kind=kind,
        status=Status.INTRODUCED,
        path=path,
        line=7,
        end_line=8,
        function=function,
        object=name,
        probability=confidence,
        confidence=confidence,
        severity=severity,
        accesses=(access(path, 7, function=function), access(path, 8, Mode.READ, function)),
        trace=(),
    )


def escalated(*findings: Finding, action: Action = Action.ESCALATE) -> Review:
    return Review(
        bundle=None,
        decisions=tuple(
            Decision(action=action, reason=Reason.LOW_CONFIDENCE, finding=one) for one in findings
        ),
    )


def silent(probability: float, *functions: str, skipped: str | None = None) -> Review:
    constructs = tuple(
        Construct(line=10 * n, end_line=10 * n + 5, kind="parallel for", function=name)
        for n, name in enumerate(functions, 1)
    )
    file = FileResult(
        path="a.c", race_probability=probability, skipped=skipped, constructs=constructs
    )
    return Review(bundle=None, files=(file,))


class TestWhatIsWorthIt:
    def test_a_finding_of_the_band(self) -> None:
        (target,) = plan(escalated(finding()), POLICY)
        assert (target.path, target.line, target.function) == ("a.c", 7, "add")
        assert target.fingerprints == (finding().fingerprint,)
        assert target.suspects[0].accesses == finding().accesses
        assert "60% sure" in target.why

    @pytest.mark.parametrize("action", [a for a in Action if a is not Action.ESCALATE])
    def test_no_finding_that_is_decided(self, action: Action) -> None:
        assert plan(escalated(finding(), action=action), POLICY) == ()

    def test_no_hotspot(self) -> None:
        assert plan(escalated(finding(kind=FindingKind.HOTSPOT)), POLICY) == ()

    @pytest.mark.parametrize("probability", [0.35, 0.5, 0.65])
    def test_a_silence_of_the_band(self, probability: float) -> None:
        (target,) = plan(silent(probability, "step"), POLICY)
        assert (target.function, target.line, target.fingerprints) == ("step", 10, ())
        assert "nothing is told" in target.why

    @pytest.mark.parametrize("probability", [0.0, 0.2, 0.8, 1.0])
    def test_no_silence_that_is_sure(self, probability: float) -> None:
        assert plan(silent(probability, "step"), POLICY) == ()

    def test_no_silence_where_the_policy_escalates_nothing(self) -> None:
        policy = replace(POLICY, race=Thresholds(comment=0.6, escalate=NO_BAND))
        assert plan(silent(0.5, "step"), policy) == ()

    def test_no_silence_of_a_file_that_is_asked_about_anyway(self) -> None:
        review = replace(silent(0.5, "step"), decisions=escalated(finding()).decisions)
        assert [one.function for one in plan(review, POLICY)] == ["add"]

    def test_a_file_that_could_not_be_read(self) -> None:
        (target,) = plan(silent(0.0, skipped="internal error: KeyError"), POLICY)
        assert "could not be read: internal error" in target.why

    @pytest.mark.parametrize("reason", ["binary", "symlink", "submodule"])
    def test_no_file_that_holds_no_code(self, reason: str) -> None:
        assert plan(silent(0.0, skipped=reason), POLICY) == ()

    def test_a_function_that_could_not_be_read_but_no_waiver_that_is_ill_written(self) -> None:
        parts = (
            Skipped(path="a.c", reason="unknown construct: rest of step", line=30),
            Skipped(path="a.c", reason="the suppression gives no reason", line=3),
        )
        (target,) = plan(Review(bundle=None, skipped=parts), POLICY)
        assert (target.function, target.line) == ("step", 30)

    def test_nothing_for_nothing(self) -> None:
        assert plan(Review(bundle=None), POLICY) == ()


class TestOrderAndBudget:
    def test_uncertainty_is_highest_for_a_coins_toss(self) -> None:
        assert uncertainty(0.5) == 1.0
        assert uncertainty(0.5) > uncertainty(0.6) > uncertainty(0.9) > uncertainty(1.0) == 0.0

    def test_value_is_uncertainty_times_severity(self) -> None:
        review = escalated(
            finding("sure", function="sure", confidence=0.7),
            finding("harmless", function="harmless", confidence=0.5, severity=Severity.LOW),
            finding("grave", function="grave", confidence=0.55),
        )
        targets = plan(review, POLICY)
        assert [one.function for one in targets] == ["grave", "sure", "harmless"]
        assert targets[2].value == pytest.approx(HARM[Severity.LOW])

    def test_findings_of_one_function_share_a_target_that_is_worth_more(self) -> None:
        one, other = finding("one"), finding("other")
        (both,) = plan(escalated(one, other), POLICY)
        (alone,) = plan(escalated(one), POLICY)
        assert set(both.fingerprints) == {one.fingerprint, other.fingerprint}
        assert 1.0 >= both.value > alone.value

    def test_a_budget_takes_the_best(self) -> None:
        review = escalated(
            finding("low", function="low", confidence=0.7),
            finding("high", function="high", confidence=0.5),
        )
        (target,) = plan(review, POLICY, budget_seconds=2)
        assert target.function == "high"
        assert plan(review, POLICY, budget_seconds=0) == ()

    def test_the_policys_budget_holds_where_none_is_given(self) -> None:
        policy = replace(POLICY, sanitizer=SanitizerSettings(budget_seconds=0))
        assert plan(escalated(finding()), policy) == ()

    def test_one_project_build_serves_several_targets(self) -> None:
        review = escalated(finding("one", function="one"), finding("two", function="two"))
        targets = plan(review, TESTED, budget_seconds=25)
        assert [one.way for one in targets] == [Way.PROJECT, Way.PROJECT]
        assert sum(one.seconds for one in targets) > 25


class TestTheTool:
    @pytest.mark.parametrize(
        ("path", "text", "tool"),
        [
            ("a.c", "#pragma omp parallel for\n", Sanitizer.TSAN_ARCHER),
            ("a.c", "  #  pragma  omp task\n", Sanitizer.TSAN_ARCHER),
            ("a.c", '_Pragma("omp parallel")', Sanitizer.TSAN_ARCHER),
            ("a.cpp", "std::thread t(f);", Sanitizer.TSAN),
            ("a.c", "// omp parallel\n", Sanitizer.TSAN),
            ("a.cu", "__global__ void f() {}", Sanitizer.RACECHECK),
            ("a.cuh", "#pragma omp parallel\n", Sanitizer.RACECHECK),
        ],
    )
    def test_is_the_one_that_can_see_it(self, path: str, text: str, tool: Sanitizer) -> None:
        assert choose(path, text)[0] is tool

    @pytest.mark.parametrize("tool", [Sanitizer.HELGRIND, Sanitizer.DRD])
    def test_is_the_policys_choice_but_for_devices(self, tool: Sanitizer) -> None:
        assert choose("a.c", "#pragma omp parallel\n", tool.value)[0] is tool
        assert choose("a.cu", "", tool.value)[0] is Sanitizer.RACECHECK

    def test_comes_with_its_reason(self) -> None:
        review = replace(escalated(finding()), sources=(("a.c", "#pragma omp parallel\n"),))
        (target,) = plan(review, POLICY)
        assert target.sanitizer is Sanitizer.TSAN_ARCHER
        assert "Archer" in target.why


class TestThePlanFile:
    def targets(self) -> tuple[Target, ...]:
        return plan(escalated(finding(), finding(path="dir/ü.cpp")), POLICY)

    def written(self, tmp_path: Path, targets: tuple[Target, ...]) -> Path:
        path = tmp_path / "plan.json"
        text = plan_json(targets, SETTINGS, head_sha=HEAD, budget_seconds=300, repository=None)
        path.write_text(text)
        return path

    def test_is_read_back_as_it_was(self, tmp_path: Path) -> None:
        targets = self.targets()
        assert len(targets) == 2
        read = read_plan(self.written(tmp_path, targets))
        assert read.records() == targets
        assert read.head_sha == HEAD
        assert read.sanitizer.settings() == SETTINGS

    def test_is_a_job_matrix(self) -> None:
        found = json.loads(matrix(self.targets()))
        assert [set(one) for one in found["include"]] == [{"id", "path", "sanitizer"}] * 2
        assert len({one["id"] for one in found["include"]}) == 2

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (HEAD, "main"),
            ('"schema_version": 1', '"schema_version": 2'),
            ('"budget_seconds": 300', '"budget_seconds": -1'),
            ('"id": "add', '"id": "../add'),
            ('"way"', '"weigh"'),
            ('"value": 0.', '"value": 10.'),
        ],
    )
    def test_that_was_tampered_with_is_refused(self, tmp_path: Path, old: str, new: str) -> None:
        path = self.written(tmp_path, self.targets())
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
        with pytest.raises(BadPlan, match="is not an escalation plan of schema version 1"):
            read_plan(path)

    def test_that_is_missing_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(BadPlan, match="review --plan FILE"):
            read_plan(tmp_path / "none.json")


class TestThePolicysSection:
    def test_is_read(self) -> None:
        text = """
sanitizer:
  configure: [cmake -S . -B build]
  build: [[cmake, --build, build]]
  test: [ctest]
  threads: [3]
  repeats: 2
  suppressions: tests/tsan.supp
"""
        settings = parse_policy(text, name="p").sanitizer
        assert settings.configure == ("cmake -S . -B build",)
        assert settings.build == (("cmake", "--build", "build"),)
        assert (settings.threads, settings.repeats, settings.builds) == ((3,), 2, True)
        assert settings.budget_seconds == SanitizerSettings().budget_seconds
        assert settings.suppressions == "tests/tsan.supp"

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("test: make", "sanitizer.test: found 'make', allowed: a list"),
            ("test: [[make, 1]]", "each a line of shell or a list of words"),
            ("tests: [make]", "sanitizer.tests: unknown key; did you mean test?"),
            ("threads: [0]", "sanitizer.threads[0]: found 0"),
            ("memory_mb: 1", "sanitizer.memory_mb: found 1"),
            ("suppressions: ../x", "allowed: a path within the repository"),
            ("suppressions: /etc/passwd", "allowed: a path within the repository"),
            ("tool: magic", "sanitizer.tool: found 'magic', allowed: 'auto'"),
        ],
    )
    def test_that_is_wrong_is_told_with_its_place(self, text: str, told: str) -> None:
        with pytest.raises(Exception, match="is not a valid policy") as caught:
            parse_policy(f"sanitizer:\n  {text}\n", name="p.yaml")
        assert told in str(caught.value)
        assert "p.yaml:2" in str(caught.value)
