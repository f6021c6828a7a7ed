"""The summary of a review for a job and for a pull request, and the body of the review itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reviewbot.github.comment import ICONS, Site, title
from reviewbot.github.cutting import fitted
from reviewbot.github.markers import SUMMARY, ReviewMark, review_lines
from reviewbot.github.reading import Reviewed
from reviewbot.github.review import TOLD, Place
from reviewbot.records import Action, Decision, Reason, Severity, Status
from reviewbot.report.escape import code_span, markdown_text
from reviewbot.report.wording import (
    by_action,
    evidence_words,
    not_analysed,
    percent,
    plural,
    verdict,
    why,
)

JOB_LIMIT = 300_000  # characters of up to three bytes; GitHub drops a summary of over 1 MiB
_MOST_ROWS = 200
_SEVERITIES = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)
_WHERE = {
    Place.NEW: "commented on",
    Place.STANDING: "commented on",
    Place.DISMISSED: "dismissed on the pull request, not repeated",
    Place.OUTSIDE: "outside the lines that the diff shows",
    Place.OVER_CAP: "over the number of comments",
    Place.REFUSED: "GitHub took no comment there",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of the publishing: where each finding is to be read, and what went amiss."""

    places: Mapping[str, Place] = field(default_factory=dict)
    notes: Sequence[str] = ()  # our own sentences, Markdown that is safe already


def summary_body(reviewed: Reviewed, told: Told, site: Site, *, sticky: bool = False) -> str:
    """The whole summary; `sticky` makes it the pull request's, marked and without what varies."""
    review = reviewed.review
    shown = [one for one in review.decisions if one.action in TOLD]
    parts = [
        "### reviewbot",
        "",
        f"{headline(reviewed)}, at {code_span(reviewed.head[:10])}.",
        "",
        *_notes(reviewed, told),
        *_findings(shown, told, site),
        *_escalated(reviewed, site),
        *_others(reviewed, site),
        *_unread(reviewed),
        *_cost(reviewed, site, sticky=sticky),
    ]
    body = "\n".join(parts)
    return fitted(body, SUMMARY) if sticky else fitted(body, limit=JOB_LIMIT)


def review_body(reviewed: Reviewed, told: Told, site: Site, posted: Mapping[str, str]) -> str:
    """The body of a posted review: what its comments do not say."""
    shown = [one for one in reviewed.review.decisions if one.action in TOLD]
    outside = [one for one in shown if told.places.get(_name(one)) is Place.OUTSIDE]
    over = sum(told.places.get(_name(one)) is Place.OVER_CAP for one in shown)
    parts = [f"**reviewbot**: {headline(reviewed)}.", "", *_notes(reviewed, told)]
    if outside:
        parts += ["Outside the lines that the diff shows:", "", *_rows(outside, site), ""]
    if over:
        parts += [f"{plural(over, 'more finding')} in {site.summary()}.", ""]
    ran = "sanitizers were asked where it says so" if reviewed.outcomes else "nothing was run"
    parts.append(f"Predicted from the source; {ran}. Resolve a thread to dismiss its finding.")
    return fitted("\n".join(parts), review_lines(ReviewMark(head=reviewed.head, posted=posted)))


def superseded_body(head: str) -> str:
    """What a review says whose comments another run had posted at the same moment."""
    words = "**reviewbot**: another run reviewed this commit at the same time; see its review."
    return fitted(words, review_lines(ReviewMark(head=head, posted={})))


def _name(decision: Decision) -> str:
    return decision.finding.fingerprint


def headline(reviewed: Reviewed) -> str:
    """The counts in a few words, without markup: 2 findings, 1 not sure."""
    shown = [one for one in reviewed.review.decisions if one.action in TOLD]
    counts = [
        (sum(one.action is Action.BLOCK for one in shown), "blocking finding"),
        (sum(one.action is Action.COMMENT for one in shown), "finding"),
    ]
    words = " and ".join(plural(count, noun) for count, noun in counts if count)
    unsure = len(by_action(reviewed.review, Action.ESCALATE))
    later = f", {unsure} not sure" if unsure else ""
    return f"{words or 'nothing to report; a prediction, not a proof'}{later}"


def _notes(reviewed: Reviewed, told: Told) -> Iterator[str]:
    notes = list(told.notes)
    if reviewed.file.policy_changed:
        notes.append(
            "This change edits the review policy. It was judged by the policy of its base, as it "
            "was before; the new one holds once it is merged."
        )
    if reviewed.file.left_out:
        notes.append(f"{plural(reviewed.file.left_out, 'further finding')} left out of this.")
    for note in notes:
        yield f"> {note}"
        yield ""


def _findings(shown: Sequence[Decision], told: Told, site: Site) -> Iterator[str]:
    for severity in _SEVERITIES:
        group = [one for one in shown if one.finding.severity is severity]
        if group:
            yield f"**{severity.value.capitalize()} severity**"
            yield ""
            yield from _rows(group, site, told.places)
            yield ""


def _rows(
    decisions: Sequence[Decision], site: Site, places: Mapping[str, Place] | None = None
) -> Iterator[str]:
    ranked = sorted(decisions, key=lambda d: (-d.finding.probability, d.finding.path))
    for one in ranked[:_MOST_ROWS]:
        where = _WHERE.get((places or {}).get(_name(one), Place.NEW), "") if places else ""
        yield _row(one, site, where)
    if len(ranked) > _MOST_ROWS:
        yield f"- … and {len(ranked) - _MOST_ROWS} more"


def _row(decision: Decision, site: Site, where: str = "") -> str:
    finding = decision.finding
    spot = code_span(f"{finding.path}:{finding.line}")
    evidence = finding.evidence
    confirmed = evidence is not None and evidence.verdict == "confirmed"
    facts = [] if confirmed else [verdict(decision)]
    facts += [markdown_text(evidence_words(evidence), 200)] if evidence is not None else []
    facts += [where] if where else []
    link = site.link(finding.path, finding.line, spot)
    return f"- {ICONS.get(decision.action, '')} {title(finding)}, {link}: {'; '.join(facts)}"


def _escalated(reviewed: Reviewed, site: Site) -> Iterator[str]:
    asked = reviewed.escalated()
    if not asked:
        return
    yield "**Put to a sanitizer**"
    yield ""
    for one in asked[:_MOST_ROWS]:
        finding = one.finding
        spot = site.link(finding.path, finding.line, code_span(f"{finding.path}:{finding.line}"))
        yield f"- {title(finding)}, {spot}, {percent(finding.probability)}: {_word(one, reviewed)}"
    if len(asked) > _MOST_ROWS:
        yield f"- … and {len(asked) - _MOST_ROWS} more"
    yield ""


def _word(decision: Decision, reviewed: Reviewed) -> str:
    outcome = reviewed.outcomes.get(decision.finding.fingerprint)
    if outcome is None or decision.finding.evidence is None:
        return "no sanitizer has run yet"
    words = markdown_text(evidence_words(decision.finding.evidence), 300)
    reason = f" ({markdown_text(outcome.reason, 300)})" if outcome.reason else ""
    return f"{words}{reason}"


def _others(reviewed: Reviewed, site: Site) -> Iterator[str]:
    """What is noted, and how much was dropped and why: silence is never unexplained."""
    noted = by_action(reviewed.review, Action.NOTE)
    if noted:
        yield f"<details><summary>Noted ({len(noted)})</summary>"
        yield ""
        for one in noted[:_MOST_ROWS]:
            fixed = one.finding.status is Status.FIXED
            spot = code_span(f"{one.finding.path}:{one.finding.line}")
            # A fixed finding's line is the base's: a link into the head would mislead.
            link = spot if fixed else site.link(one.finding.path, one.finding.line, spot)
            yield f"- {title(one.finding)}, {link}: {markdown_text(why(one), 200)}"
        if len(noted) > _MOST_ROWS:
            yield f"- … and {len(noted) - _MOST_ROWS} more"
        yield ""
        yield "</details>"
        yield ""
    waived = [one for one in reviewed.review.decisions if one.reason is Reason.SUPPRESSED]
    if waived:
        yield f"{plural(len(waived), 'finding')} suppressed in the source."
        yield ""


def _unread(reviewed: Reviewed) -> Iterator[str]:
    parts = not_analysed(reviewed.review)
    if not parts:
        return
    yield f"<details><summary>Not analysed ({len(parts)})</summary>"
    yield ""
    for part in parts[:_MOST_ROWS]:
        spot = f"{part.path}:{part.line}" if part.line is not None else part.path
        yield f"- {code_span(spot)}: {markdown_text(part.reason, 200)}"
    if len(parts) > _MOST_ROWS:
        yield f"- … and {len(parts) - _MOST_ROWS} more"
    yield ""
    yield "</details>"
    yield ""


def _cost(reviewed: Reviewed, site: Site, *, sticky: bool) -> Iterator[str]:
    """What the review read; the sticky one without times, which would change it for nothing."""
    files = plural(sum(f.skipped is None for f in reviewed.review.files), "file")
    constructs = sum(len(f.constructs) for f in reviewed.review.files)
    words = f"{plural(constructs, 'parallel construct')} in {files}"
    if not sticky:
        words += f", read in {reviewed.file.seconds:.1f} s"
        spent = sum({id(one): one.seconds for one in reviewed.outcomes.values()}.values())
        words += f"; sanitizers ran for {spent:.0f} s" if reviewed.outcomes else ""
    bundle = reviewed.review.bundle
    model = f"model {code_span(f'{bundle.name} {bundle.version}')}" if bundle else "no model needed"
    yield f"{words}; {model}; {code_span(site.head[:10])}."
    yield ""
