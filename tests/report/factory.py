"""Realistic reviews for the tests of every renderer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reviewbot.records import (
    Access,
    Action,
    BundleName,
    Construct,
    Decision,
    Evidence,
    FileResult,
    Finding,
    FindingKind,
    Fix,
    Link,
    Mode,
    Reason,
    Review,
    Severity,
    Skipped,
    Status,
    TraceStep,
)

SOURCE = """\
#include <stdio.h>

static long counter;

void tally(const int *seen, int n)
{
    #pragma omp parallel for
    for (int i = 0; i < n; i++) {
        if (seen[i] > 0)
            counter += seen[i];
        if (i % 1000 == 0)
            printf("%ld\\n", counter);
    }
}
"""
PATCH = """\
--- a/src/tally.c
+++ b/src/tally.c
@@ -7,1 +7,1 @@
-    #pragma omp parallel for
+    #pragma omp parallel for reduction(+ : counter)
"""
CLAIMS = (
    (
        Link.CONCURRENT,
        "every thread of the team of `parallel for` runs iterations of this loop",
        7,
        0.99,
    ),
    (Link.SAME_LOCATION, "`counter` is one global object, shared by all threads", 3, 0.98),
    (Link.CONFLICTING, "`counter += seen[i]` writes what `printf` reads", 10, 0.97),
    (Link.UNORDERED, "no barrier stands between the two within the loop", 8, 0.95),
    (Link.UNPROTECTED, "no lock, atomic or reduction covers either access", 10, 0.93),
)


def access(path: str = "src/tally.c", **changes: Any) -> Access:
    written = Access(
        path=path,
        line=10,
        column=13,
        end_column=20,
        mode=Mode.WRITE,
        atomic=False,
        text="counter",
        function="tally",
    )
    return replace(written, **changes)


def steps(path: str = "src/tally.c") -> tuple[TraceStep, ...]:
    return tuple(
        TraceStep(link=link, claim=claim, path=path, line=line, probability=probability)
        for link, claim, line, probability in CLAIMS
    )


def race(**changes: Any) -> Finding:
    found = Finding(
        fingerprint="6d1f0c2a9be47735d0c8",
        kind=FindingKind.RACE,
        status=Status.INTRODUCED,
        path="src/tally.c",
        line=10,
        end_line=12,
        function="tally",
        object="counter",
        probability=0.87,
        confidence=0.91,
        severity=Severity.HIGH,
        accesses=(access(), access(line=12, column=29, end_column=36, mode=Mode.READ)),
        trace=steps(),
    )
    return replace(found, **changes)


def hotspot(**changes: Any) -> Finding:
    found = race(
        fingerprint="aa00bb11cc22dd33",
        kind=FindingKind.HOTSPOT,
        line=7,
        end_line=13,
        object="parallel for",
        probability=0.72,
        severity=Severity.LOW,
        accesses=(),
        trace=(),
    )
    return replace(found, **changes)


def decide(finding: Finding, action: Action = Action.BLOCK, **changes: Any) -> Decision:
    reason = {
        Action.BLOCK: Reason.ABOVE_BLOCK_THRESHOLD,
        Action.COMMENT: Reason.ABOVE_COMMENT_THRESHOLD,
        Action.NOTE: Reason.PRE_EXISTING,
        Action.DROP: Reason.BELOW_COMMENT_THRESHOLD,
        Action.ESCALATE: Reason.LOW_CONFIDENCE,
    }[action]
    return replace(Decision(action=action, reason=reason, finding=finding), **changes)


def file_result(path: str = "src/tally.c", **changes: Any) -> FileResult:
    construct = Construct(
        line=7,
        end_line=13,
        kind="parallel for",
        function="tally",
        work_balance=((4, 0.96), (16, 0.81)),
        bottleneck=(("contention", 0.7), ("none", 0.3)),
        hot_lines=((10, 0.8),),
    )
    return replace(FileResult(path=path, race_probability=0.9, constructs=(construct,)), **changes)


def review(*decisions: Decision, **changes: Any) -> Review:
    whole = Review(
        bundle=BundleName(name="tiny", version="1.0", sha256="ab" * 32),
        files=(file_result(),),
        decisions=decisions,
        sources=(("src/tally.c", SOURCE),),
        seconds=0.21,
    )
    return replace(whole, **changes)


def empty() -> Review:
    return Review(bundle=None)


def full() -> Review:
    """A review in which every section of a report has something to say."""
    fixable = race(
        fix=Fix(kind="reduction", patch=PATCH, probability_after=0.03),
        evidence=Evidence(
            verdict="confirmed",
            tool="ThreadSanitizer",
            report="WARNING: ThreadSanitizer: data race\n  Write of size 8 at tally.c:10",
        ),
    )
    unsure = race(
        fingerprint="0123456789abcdef0123",
        probability=0.55,
        confidence=0.6,
        object="seen[]",
        unresolved=("call:normalise", "truncated"),
        status=Status.UNKNOWN,
    )
    return review(
        decide(fixable),
        decide(hotspot(), Action.COMMENT),
        decide(unsure, Action.ESCALATE),
        decide(race(fingerprint="old", object="total", status=Status.PRE_EXISTING), Action.NOTE),
        decide(race(fingerprint="gone", status=Status.FIXED), Action.NOTE, reason=Reason.FIXED),
        decide(race(fingerprint="low", probability=0.2), Action.DROP),
        decide(
            race(fingerprint="waived"),
            Action.DROP,
            reason=Reason.SUPPRESSED,
            detail="statistics may be lossy",
        ),
        decide(race(fingerprint="based"), Action.DROP, reason=Reason.IN_BASELINE),
        files=(
            file_result(),
            FileResult(path="src/huge.c", race_probability=0.5, skipped="larger than 1 MiB"),
        ),
        skipped=(Skipped(path="src/tally.c", line=40, reason="macro-generated function"),),
    )
