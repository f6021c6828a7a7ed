"""The policy's table, row by row; its globs; and what goes before and after it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from reviewbot.policy import (
    NEVER,
    NO_BAND,
    Band,
    Override,
    Partial,
    Policy,
    Thresholds,
    decide,
    decide_all,
    matches,
)
from reviewbot.records import (
    Access,
    Evidence,
    Finding,
    FindingKind,
    Mode,
    Severity,
    Status,
)
from reviewbot.suppression import parse_suppressions

POLICY = Policy(race=Thresholds(comment=0.5, block=0.8, escalate=Band(low=0.55, high=0.7)))
ADVISORY = Policy(race=Thresholds(comment=0.5, block=NEVER))


def finding(
    probability: float = 0.9,
    confidence: float = 0.9,
    status: str = "introduced",
    verdict: str = "",
    *,
    severity: Severity = Severity.HIGH,
    name: str = "x",
    path: str = "a.c",
) -> Finding:
    side = Access(
        path=path,
        line=2,
        column=1,
        end_column=2,
        mode=Mode.WRITE,
        atomic=False,
        text="x",
        function="f",
    )
    return Finding(
        fingerprint=f"{name:0>16}",
        kind=FindingKind.RACE,
        status=Status(status),
        path=path,
        line=2,
        end_line=2,
        function="f",
        object=name,
        probability=probability,
        confidence=confidence,
        severity=severity,
        accesses=(side, side),
        trace=(),
        evidence=Evidence(verdict=verdict, tool="tsan", report="") if verdict else None,
    )


@pytest.mark.parametrize(
    ("probability", "confidence", "status", "verdict", "action", "reason"),
    [
        # sure
        (0.80, 0.9, "introduced", "", "block", "above-block-threshold"),
        (0.79, 0.9, "introduced", "", "comment", "above-comment-threshold"),
        (0.50, 0.9, "introduced", "", "comment", "above-comment-threshold"),
        (0.49, 0.9, "introduced", "", "drop", "below-comment-threshold"),
        (0.90, 0.71, "introduced", "", "block", "above-block-threshold"),
        # an unknown status is not a clean one
        (0.80, 0.9, "unknown", "", "block", "above-block-threshold"),
        (0.50, 0.9, "unknown", "", "comment", "above-comment-threshold"),
        # within the band, ends included
        (0.90, 0.70, "introduced", "", "escalate", "low-confidence"),
        (0.10, 0.55, "introduced", "", "escalate", "low-confidence"),
        (0.60, 0.60, "unknown", "", "escalate", "low-confidence"),
        # under the band: unsure, and too vague for a run
        (0.90, 0.54, "introduced", "", "comment", "low-confidence"),
        (0.60, 0.54, "introduced", "", "comment", "above-comment-threshold"),
        (0.10, 0.54, "introduced", "", "note", "low-confidence"),
        # a run that saw nothing refutes nothing, nor does one that never was
        (0.90, 0.60, "introduced", "not reproduced", "comment", "low-confidence"),
        (0.60, 0.60, "introduced", "not run", "comment", "above-comment-threshold"),
        (0.10, 0.60, "introduced", "not reproduced", "note", "low-confidence"),
        (0.90, 0.90, "introduced", "not reproduced", "block", "above-block-threshold"),
        # a run that saw it
        (0.10, 0.60, "introduced", "confirmed", "block", "confirmed-by-sanitizer"),
        (0.90, 0.90, "unknown", "confirmed", "block", "confirmed-by-sanitizer"),
        # old findings
        (0.90, 0.9, "pre-existing", "", "note", "pre-existing"),
        (0.90, 0.6, "pre-existing", "", "note", "pre-existing"),
        (0.40, 0.9, "pre-existing", "", "drop", "below-comment-threshold"),
        (0.40, 0.9, "pre-existing", "confirmed", "note", "pre-existing"),
        (0.90, 0.9, "fixed", "", "note", "fixed"),
        (0.10, 0.6, "fixed", "", "note", "fixed"),
    ],
)
def test_the_table(
    probability: float, confidence: float, status: str, verdict: str, action: str, reason: str
) -> None:
    opinion = finding(probability, confidence, status, verdict)
    decision = decide(opinion, POLICY)
    assert (decision.action.value, decision.reason.value) == (action, reason)
    assert decision.finding is opinion


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("verdict", ["", "not run", "not reproduced", "confirmed"])
@pytest.mark.parametrize("probability", [0.1, 0.6, 0.9])
@pytest.mark.parametrize("confidence", [0.5, 0.6, 0.9])
def test_an_advisory_policy_never_blocks(
    status: Status, verdict: str, probability: float, confidence: float
) -> None:
    opinion = finding(probability, confidence, status.value, verdict)
    for policy in (ADVISORY, Policy(), replace(Policy(), report_pre_existing=True)):
        assert decide(opinion, policy).action.value != "block"


def test_a_confirmed_finding_is_told_even_by_an_advisory_policy() -> None:
    decision = decide(finding(0.1, verdict="confirmed"), ADVISORY)
    assert (decision.action.value, decision.reason.value) == ("comment", "confirmed-by-sanitizer")


def test_old_findings_are_told_if_the_policy_says_so_but_do_not_block() -> None:
    policy = replace(POLICY, report_pre_existing=True)
    decision = decide(finding(0.99, status="pre-existing"), policy)
    assert (decision.action.value, decision.reason.value) == ("comment", "pre-existing")
    assert decide(finding(0.4, status="pre-existing"), policy).action.value == "drop"


@pytest.mark.parametrize(
    ("probability", "action"), [(0.9, "comment"), (0.6, "comment"), (0.1, "note")]
)
def test_where_nothing_can_be_escalated_unsure_findings_are_told(
    probability: float, action: str
) -> None:
    unsure = finding(probability, 0.6)
    assert decide(unsure, POLICY).action.value == "escalate"
    assert decide(unsure, POLICY, can_escalate=False).action.value == action


def test_without_a_band_every_verdict_is_taken() -> None:
    assert ADVISORY.race.escalate == NO_BAND
    assert decide(finding(0.4, 0.5), ADVISORY).action.value == "drop"


def test_a_kind_can_be_turned_off() -> None:
    policy = replace(POLICY, race=replace(POLICY.race, enabled=False))
    assert decide(finding(), policy).reason.value == "disabled"
    hotspot = replace(finding(), kind=FindingKind.HOTSPOT)
    assert decide(hotspot, policy).reason.value == "above-comment-threshold"


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("src/*.c", "src/a.c", "src/x/a.c"),
        ("src/**", "src/x/y/a.c", "lib/src/a.c"),
        ("src/**/a.c", "src/a.c", "src/xa.c"),
        ("src/**/a.c", "src/x/y/a.c", "src/x/b.c"),
        ("**/test/**", "test/a.c", "tests/a.c"),
        ("**/test/**", "x/test/y/a.c", "x/atest/a.c"),
        ("**/**/**/a.c", "a.c", "b.c"),
        ("*.h", "deep/down/a.h", "a.hpp"),
        ("a?.c", "x/ab.c", "x/a/.c"),
        ("/main.c", "main.c", "src/main.c"),
        ("third_party/", "third_party/x/a.c", "src/third_party/a.c"),
        ("src/[ab].c", "src/a.c", "src/c.c"),
        ("src/[!ab].c", "src/c.c", "src/a.c"),
        ("src/[a-c]/*", "src/b/x.c", "src/d/x.c"),
        ("a+(b).c", "a+(b).c", "aab.c"),
        ("src/[^a].c", "src/^.c", "src/b.c"),
        ("src/[.c", "src/[.c", "src/a.c"),
        ("**", "any/thing.c", ""),
    ],
)
def test_globs(glob: str, yes: str, no: str) -> None:
    assert matches(glob, yes)
    assert not no or not matches(glob, no)


def test_a_long_glob_is_matched_in_no_time() -> None:
    assert not matches("**/" * 60 + "x", "a/" * 200 + "b")
    assert not matches("**/a/" * 30 + "x", "a/" * 60 + "b")
    assert not matches("*a" * 90 + "b", "a" * 200)
    assert matches("*a" * 90 + "*", "a" * 90)


def test_the_last_override_that_matches_holds_alone() -> None:
    policy = replace(
        POLICY,
        overrides=(
            Override(glob="src/**", race=Partial(comment=0.9, block=0.95)),
            Override(glob="*.h", race=Partial(enabled=False)),
            Override(glob="src/hot/**", race=Partial(comment=0.2)),
        ),
    )
    assert policy.thresholds(FindingKind.RACE, "lib/a.c") == POLICY.race
    assert policy.thresholds(FindingKind.RACE, "src/a.c").block == 0.95
    assert policy.thresholds(FindingKind.RACE, "src/hot/a.h") == replace(POLICY.race, comment=0.2)
    assert policy.thresholds(FindingKind.HOTSPOT, "src/a.c") == POLICY.hotspot
    assert policy.comment_level(finding(path="src/hot/a.c")) == 0.2
    off = decide(finding(path="src/a.h"), policy)
    assert (off.reason.value, off.detail) == ("disabled", "override *.h")
    assert decide(finding(path="lib/a.c"), policy).detail == ""


WAIVER = {"a.c": parse_suppressions("a.c", "\nx++; // reviewbot: ignore[race] a statistic\n")}


def outcome(one: Finding, policy: Policy = POLICY, **given: object) -> tuple[str, str, str]:
    waivers, baseline = given.get("waivers", {}), given.get("baseline", frozenset())
    (decision,) = decide_all([one], policy, waivers, baseline)  # type: ignore[arg-type]
    return decision.action.value, decision.reason.value, decision.detail


def test_a_waiver_goes_before_the_baseline_and_both_before_the_table() -> None:
    one = finding()
    listed = frozenset({one.fingerprint})
    assert outcome(one) == ("block", "above-block-threshold", "")
    assert outcome(one, baseline=listed) == ("drop", "in-baseline", "")
    said = ("drop", "suppressed", "a statistic")
    assert outcome(one, waivers=WAIVER) == said
    assert outcome(one, waivers=WAIVER, baseline=listed) == said
    assert outcome(replace(one, former="0ld"), baseline=frozenset({"0ld"}))[1] == "in-baseline"
    off = replace(POLICY, race=replace(POLICY.race, enabled=False))
    assert outcome(one, off, waivers=WAIVER) == said


def test_a_waiver_on_either_access_counts_and_one_elsewhere_does_not() -> None:
    one = finding()
    far = replace(one.accesses[0], line=9)
    near = replace(one, line=9, accesses=(far, one.accesses[1]))
    assert outcome(near, waivers=WAIVER)[1] == "suppressed"
    away = replace(one, line=9, accesses=(far, far))
    assert outcome(away, waivers=WAIVER)[1] == "above-block-threshold"
    assert outcome(finding(path="b.c"), waivers=WAIVER)[1] == "above-block-threshold"


def test_a_waiver_holds_against_a_sanitizer() -> None:
    assert outcome(finding(verdict="confirmed"), waivers=WAIVER)[1] == "suppressed"


def test_a_fixed_finding_is_told_whatever_the_head_waives() -> None:
    one = finding(status="fixed")
    told = outcome(one, waivers=WAIVER, baseline=frozenset({one.fingerprint}))
    assert told == ("note", "fixed", "")


def capped(limit: int, *findings: Finding) -> list[tuple[str, str]]:
    decisions = decide_all(findings, replace(POLICY, max_comments=limit), {}, frozenset())
    return [(one.finding.object, one.action.value) for one in decisions]


def test_the_cap_keeps_the_gravest_comments_in_their_order() -> None:
    likely = finding(0.70, name="likely")
    harmless = finding(0.79, severity=Severity.LOW, name="harmless")
    medium = finding(0.75, severity=Severity.MEDIUM, name="medium")
    told = capped(2, harmless, medium, likely)
    assert told == [("harmless", "note"), ("medium", "comment"), ("likely", "comment")]
    assert capped(3, harmless, medium, likely)[0] == ("harmless", "comment")
    over = decide_all([likely], replace(POLICY, max_comments=0), {}, frozenset())
    assert [one.reason.value for one in over] == ["over-comment-cap"]


def test_what_blocks_is_always_told_and_takes_its_place() -> None:
    block = finding(0.9, name="block")
    comment = finding(0.7, name="comment")
    assert capped(1, comment, block) == [("comment", "note"), ("block", "block")]
    assert capped(0, block) == [("block", "block")]
    assert capped(2, comment, block) == [("comment", "comment"), ("block", "block")]


def test_of_equal_comments_the_first_stays() -> None:
    same = [finding(0.7, name=name) for name in "abc"]
    assert capped(2, *same) == [("a", "comment"), ("b", "comment"), ("c", "note")]


def test_deciding_imports_nothing_heavy() -> None:
    code = (
        "import sys, reviewbot.policy; "
        "print(sorted({'pydantic', 'yaml', 'numpy', 'typing_extensions'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.strip() == "[]"
