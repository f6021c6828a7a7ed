"""The report for people at a terminal; on the hook's path, so nothing heavy is imported."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator

from reviewbot.records import Action, Decision, Finding, Fix, Review, TraceStep
from reviewbot.report.escape import cut, plain, plain_lines
from reviewbot.report.excerpt import Row, excerpt
from reviewbot.report.wording import (
    GROUPS,
    REASONS,
    by_action,
    column,
    evidence_words,
    not_analysed,
    percent,
    short_id,
    status_words,
    subject,
    summary,
    unseen_words,
    verdict,
    why,
)

_SGR = {"bold": "1", "dim": "2", "red": "1;31", "green": "32", "yellow": "1;33", "blue": "1;34"}
_SGR |= {"cyan": "1;36", "removed": "31"}
_HUES = {
    Action.BLOCK: "red",
    Action.COMMENT: "yellow",
    Action.ESCALATE: "cyan",
    Action.NOTE: "bold",
}
_PATCH_LINES = 24  # a fix is a few lines; a longer one is read in the JSON report
_REPORT_LINES = 8  # the head of a sanitizer's report names both stacks' tops
_CLAIM_ROOM = 32  # below this a claim goes on a line of its own

Paint = Callable[[str, str], str]


def render_text(review: Review, *, color: bool, width: int = 100) -> str:
    """The whole review in lines of about `width` columns, ending in a newline."""
    paint: Paint = _painted if color else _unpainted
    sources = dict(review.sources)
    lines: list[str] = []
    for action in (Action.BLOCK, Action.COMMENT, Action.ESCALATE):
        lines.extend(_group(by_action(review, action), action, sources, width, paint))
    lines.extend(_notes(review, paint))
    lines.extend(_dropped(review, paint))
    lines.extend(_not_analysed(review, paint))
    lines.append(paint("bold", summary(review)))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _painted(style: str, text: str) -> str:
    return f"\x1b[{_SGR[style]}m{text}\x1b[0m" if text else ""


def _unpainted(_style: str, text: str) -> str:
    return text


def _group(
    decisions: list[Decision], action: Action, sources: dict[str, str], width: int, paint: Paint
) -> Iterator[str]:
    if not decisions:
        return
    yield paint(_HUES[action], f"── {GROUPS[action]} ({len(decisions)}) ──")
    yield ""
    for decision in decisions:
        yield from _finding(decision, sources, width, paint)
        yield ""


def _finding(
    decision: Decision, sources: dict[str, str], width: int, paint: Paint
) -> Iterator[str]:
    finding = decision.finding
    yield _header(decision, paint)
    yield from _code(finding, sources, width, paint)
    yield from _chain(finding.trace, width, paint)
    if finding.unresolved:
        yield from _wrapped(
            "could not see: ", plain(unseen_words(finding.unresolved)), width, paint
        )
    if finding.evidence is not None:
        yield from _wrapped("evidence: ", plain(evidence_words(finding.evidence)), width, paint)
        yield from _quoted(finding.evidence.report, width, paint)
    if finding.fix is not None:
        yield from _fix(finding, finding.fix, width, paint)
    elif finding.advice:
        yield from _wrapped("needed: ", plain(finding.advice), width, paint)
    identity = plain(short_id(finding.fingerprint))
    yield paint("dim", f"  more: reviewbot explain {identity}")


def _header(decision: Decision, paint: Paint) -> str:
    finding = decision.finding
    place = paint("bold", f"{plain(finding.path)}:{finding.line}:{column(finding)}")
    facts = [paint(_HUES[decision.action], verdict(decision)), status_words(finding.status)]
    facts.append(f"{finding.severity.value} severity")
    return f"{place}: {' · '.join([_claim(finding, paint), *facts])}"


def _claim(finding: Finding, paint: Paint) -> str:
    words = [
        f"{ours} {paint('bold', f'`{cut(plain(name), 60)}`')}" if name else ours
        for ours, name in subject(finding)
    ]
    return " ".join(words)


def _code(finding: Finding, sources: dict[str, str], width: int, paint: Paint) -> Iterator[str]:
    numbers = [a.line for a in finding.accesses] or [finding.end_line]
    gutter = max(3, len(str(max(numbers))) + 1)
    rows = excerpt(finding, sources, max(width - gutter - 5, 20))
    if rows:
        bar = paint("blue", "│")
        yield f"{' ' * (gutter + 1)}{bar}"
        for row in rows:
            yield _row(row, gutter, bar, paint)
        yield f"{' ' * (gutter + 1)}{bar}"


def _row(row: Row, gutter: int, bar: str, paint: Paint) -> str:
    blank = " " * (gutter + 1)
    if row.path:
        return f"{blank}{paint('blue', '╎')} in {paint('bold', plain(row.path))}"
    if row.number is not None:
        return f"{paint('blue', str(row.number).rjust(gutter))} {bar} {row.text}"
    if row.marks:
        indent = row.marks[: len(row.marks) - len(row.marks.lstrip())]
        return f"{blank}{bar} {indent}{paint('red', f'{row.marks.strip()} {row.label}')}"
    return f"{blank}{paint('blue', '╎')} {row.text}"


def _chain(trace: tuple[TraceStep, ...], width: int, paint: Paint) -> Iterator[str]:
    names = max((len(step.link.value) for step in trace), default=0)
    places = [f"{plain(step.path)}:{step.line}" for step in trace]
    room = max((len(place) for place in places), default=0)
    for number, (step, place) in enumerate(zip(trace, places, strict=True), start=1):
        head = f"  {number}. {step.link.value.replace('-', ' ').ljust(names)} "
        tail = f"{percent(step.probability).rjust(4)}  {place.ljust(room)}  "
        claim = cut(plain(step.claim), 400)
        indent = len(head) + len(tail)
        if width - indent < _CLAIM_ROOM:
            yield paint("cyan", head) + tail.rstrip()
            yield from (f"     {line}" for line in textwrap.wrap(claim, max(width - 5, 20)))
            continue
        lines = textwrap.wrap(claim, width - indent) or [""]
        yield paint("cyan", head) + tail + lines[0]
        yield from (" " * indent + line for line in lines[1:])


def _wrapped(head: str, text: str, width: int, paint: Paint) -> Iterator[str]:
    lines = textwrap.wrap(text, max(width - len(head) - 2, 20)) or [""]
    yield f"  {paint('cyan', head.rstrip())} {lines[0]}"
    yield from (f"  {' ' * len(head)}{line}" for line in lines[1:])


def _quoted(text: str, width: int, paint: Paint) -> Iterator[str]:
    lines = [line for line in plain_lines(text) if line.strip()]
    for line in lines[:_REPORT_LINES]:
        yield f"    {paint('dim', cut(line, max(width - 4, 20)))}"
    if len(lines) > _REPORT_LINES:
        yield f"    {paint('dim', f'… {len(lines) - _REPORT_LINES} more lines')}"


def _fix(finding: Finding, fix: Fix, width: int, paint: Paint) -> Iterator[str]:
    change = f"{percent(finding.probability)} → {percent(fix.probability_after)}"
    yield f"  {paint('cyan', 'fix:')} {plain(fix.kind)}, {change}"
    lines = [line for line in plain_lines(fix.patch) if line and not _is_file_header(line)]
    for line in lines[:_PATCH_LINES]:
        style = {"+": "green", "-": "removed"}.get(line[0], "dim")
        yield f"    {paint(style, cut(line, max(width - 4, 20)))}"
    if len(lines) > _PATCH_LINES:
        yield f"    {paint('dim', f'… {len(lines) - _PATCH_LINES} more lines')}"


def _is_file_header(line: str) -> bool:
    return line.startswith(("--- ", "+++ ", "diff ", "index "))


def _notes(review: Review, paint: Paint) -> Iterator[str]:
    decisions = by_action(review, Action.NOTE)
    if not decisions:
        return
    yield paint("bold", f"{GROUPS[Action.NOTE]}:")
    for decision in decisions:
        finding = decision.finding
        place = f"{plain(finding.path)}:{finding.line}"
        words = f"{_claim(finding, paint)} · {percent(finding.probability)}"
        yield f"  {place}  {words} · {cut(plain(why(decision)), 200)}"
    yield ""


def _dropped(review: Review, paint: Paint) -> Iterator[str]:
    reasons = Counter(d.reason for d in review.decisions if d.action is Action.DROP)
    if reasons:
        counts = ", ".join(f"{count} {REASONS[reason]}" for reason, count in reasons.most_common())
        yield paint("dim", f"not shown: {counts}")
        yield ""


def _not_analysed(review: Review, paint: Paint) -> Iterator[str]:
    parts = not_analysed(review)
    if not parts:
        return
    yield paint("yellow", "not analysed:")
    for part in parts:
        place = plain(part.path) + (f":{part.line}" if part.line is not None else "")
        yield f"  {place}: {cut(plain(part.reason), 200)}"
    yield ""
