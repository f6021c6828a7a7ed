"""The words that all reports share: verdicts, groups, reasons and the one summary line."""

from __future__ import annotations

import re

from reviewbot.records import (
    Access,
    Action,
    Decision,
    Evidence,
    Finding,
    FindingKind,
    Link,
    Mode,
    Reason,
    Review,
    Skipped,
    Status,
)

REASONS = {
    Reason.ABOVE_BLOCK_THRESHOLD: "above the policy's blocking threshold",
    Reason.ABOVE_COMMENT_THRESHOLD: "above the policy's comment threshold",
    Reason.BELOW_COMMENT_THRESHOLD: "below the comment threshold",
    Reason.LOW_CONFIDENCE: "the model is not sure",
    Reason.PRE_EXISTING: "was there before this change",
    Reason.FIXED: "fixed by this change",
    Reason.SUPPRESSED: "suppressed in the source",
    Reason.IN_BASELINE: "recorded in the baseline",
    Reason.OVER_COMMENT_CAP: "over the policy's number of comments",
    Reason.DISABLED: "switched off by the policy",
    Reason.CONFIRMED: "confirmed by a sanitizer",
}

GROUPS = {
    Action.BLOCK: "blocks the change",
    Action.COMMENT: "worth a comment",
    Action.ESCALATE: "not sure: worth a sanitizer run",
    Action.NOTE: "noted",
}

SUPPRESS_HINT = "// reviewbot: ignore[{kind}] why this is safe"


_MORE = re.compile(r"^call:(?=and \d+ more$)")  # what was left out is no call of that name


def percent(probability: float) -> str:
    """A probability for people; never 0 % or 100 %, which no prediction deserves."""
    return f"{min(99, max(1, round(probability * 100)))} %"


def verdict(decision: Decision) -> str:
    """The claim's strength in a word and a number: likely (87 %)."""
    finding = decision.finding
    if finding.evidence is not None and finding.evidence.verdict == "confirmed":
        word = "confirmed"
    elif finding.probability >= 0.9:
        word = "very likely"
    else:
        word = "likely" if finding.probability >= 0.5 else "possible"
    doubt = ", but not sure" if _is_doubted(decision) else ""
    return f"{word}{doubt} ({percent(finding.probability)})"


def _is_doubted(decision: Decision) -> bool:
    # Without the word no one knows why a number that reaches the policy's `block` does not block.
    held_back = decision.action is Action.COMMENT and decision.reason is Reason.LOW_CONFIDENCE
    return held_back or decision.action is Action.ESCALATE


def status_words(status: Status) -> str:
    """Where a finding stands between base and head, for people."""
    return "new or old: unknown" if status is Status.UNKNOWN else status.value


def subject(finding: Finding) -> tuple[tuple[str, str], ...]:
    """The claim's parts as (our word, their name): (("race on", "counter"), ("in", "worker"))."""
    preposition = "on" if finding.kind is FindingKind.RACE else "at"
    parts = [(f"{finding.kind.value} {preposition}", finding.object)] if finding.object else []
    parts = parts or [(finding.kind.value, "")]
    return (*parts, ("in", finding.function)) if finding.function else tuple(parts)


def column(finding: Finding) -> int:
    """The column of the access that stands on the finding's line; 1 if none does."""
    on_line = [
        a.column for a in finding.accesses if (a.path, a.line) == (finding.path, finding.line)
    ]
    return on_line[0] if on_line else 1


def label(access: Access, finding: Finding) -> str:
    """What an access does, and for the last one what is missing there: read here, without …."""
    mode = "write" if access.mode is Mode.WRITE else "read"
    text = f"atomic {mode} here" if access.atomic else f"{mode} here"
    if finding.kind is FindingKind.HOTSPOT:
        return text
    if len(set(finding.accesses)) == 1:
        return f"{text} by more than one thread" + _missing(access, finding)
    return text + (_missing(access, finding) if access == finding.accesses[-1] else "")


def _missing(access: Access, finding: Finding) -> str:
    absent = {step.link for step in finding.trace if step.probability >= 0.5}
    if access.atomic:
        return ""
    if Link.UNPROTECTED in absent:
        mixed = any(other.atomic for other in finding.accesses)
        return ", without an atomic" if mixed else ", without a lock or atomic in common"
    return ", without an order between the two" if Link.UNORDERED in absent else ""


def evidence_words(evidence: Evidence) -> str:
    """The sanitizer's verdict; silence of a run is never told as a refutation."""
    tool = evidence.tool or "a sanitizer"
    if evidence.verdict == "confirmed":
        return f"confirmed by {tool}"
    if evidence.verdict == "not reproduced":
        return f"not reproduced by {tool} (that run did not show it; this does not refute it)"
    return f"{evidence.verdict} ({tool})" if evidence.tool else evidence.verdict


def unseen_words(unresolved: tuple[str, ...]) -> str:
    """What the front end could not see, for people: call foo, truncated."""
    return ", ".join(_MORE.sub("", item).replace(":", " ", 1) for item in unresolved)


def why(decision: Decision) -> str:
    """The decision's reason in words, with its detail."""
    words = REASONS[decision.reason]
    return f"{words}: {decision.detail}" if decision.detail else words


def short_id(fingerprint: str) -> str:
    """Enough of a fingerprint to name it on a command line."""
    return fingerprint if len(fingerprint) <= 16 else fingerprint[:12]


def by_action(review: Review, action: Action) -> list[Decision]:
    """The decisions with one action, most probable first."""
    chosen = [decision for decision in review.decisions if decision.action is action]
    return sorted(
        chosen,
        key=lambda d: (-d.finding.probability, d.finding.path, d.finding.line, d.finding.object),
    )


def not_analysed(review: Review) -> list[Skipped]:
    """Whole files, then parts of files, that could not be analysed."""
    files = [Skipped(path=f.path, reason=f.skipped) for f in review.files if f.skipped is not None]
    return [*files, *review.skipped]


def plural(count: int, noun: str) -> str:
    """A count with its noun: 1 file, 2 files."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def summary(review: Review) -> str:
    """The one line that ends a report; it never claims that code is free of races."""
    read = _read(review)
    found = _found(review)
    if found:
        return f"{found} · {read}"
    parts = len(not_analysed(review))
    if parts:
        left = f"{plural(parts, 'part')} not analysed"
        return f"Nothing to report in what could be read; {left} · {read}"
    if not any(result.constructs for result in review.files):
        return f"Nothing parallel to review · {read}"
    return f"Nothing to report; a prediction, not a proof · {read}"


def _found(review: Review) -> str:
    shown = [d for d in review.decisions if d.action in (Action.BLOCK, Action.COMMENT)]
    races = sum(d.finding.kind is FindingKind.RACE for d in shown)
    noted = [d for d in review.decisions if d.action is Action.NOTE]
    fixed = sum(d.finding.status is Status.FIXED for d in noted)
    counts = [
        (races, f"{plural(races, 'race')} likely"),
        (len(shown) - races, plural(len(shown) - races, "hotspot")),
        (unsure := len(by_action(review, Action.ESCALATE)), f"{unsure} unsure"),
        (len(noted) - fixed, f"{len(noted) - fixed} noted"),
        (fixed, f"{fixed} fixed"),
    ]
    return ", ".join(words for count, words in counts if count)


def _read(review: Review) -> str:
    files = sum(result.skipped is None for result in review.files)
    constructs = sum(len(result.constructs) for result in review.files)
    amount = plural(files, "file")
    if constructs:
        amount = f"{plural(constructs, 'construct')} in {amount}"
    return f"{amount} read in {review.seconds:.2f} s"
