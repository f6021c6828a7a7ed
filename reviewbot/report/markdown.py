"""The report for a pull request or a job's summary: GitHub-flavoured Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from reviewbot.code.prefilter import CPP_SUFFIXES
from reviewbot.records import Action, Decision, Finding, Review, TraceStep
from reviewbot.report.escape import (
    cell_span,
    code_span,
    cut,
    fenced,
    markdown_prose,
    markdown_text,
    plain_lines,
)
from reviewbot.report.excerpt import Row, excerpt
from reviewbot.report.wording import (
    GROUPS,
    by_action,
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

# GitHub refuses a comment of more than 65 536 characters; the rest is room for a caller's marker.
LIMIT = 64_000
_SHOWN = (Action.BLOCK, Action.COMMENT, Action.ESCALATE)
_ICONS = {Action.BLOCK: "🛑", Action.COMMENT: "⚠️", Action.ESCALATE: "❔", Action.NOTE: "📝"}
_CODE_WIDTH = 120
_PATCH_LINES = 60
_LIST_ROOM = 8_000  # characters for the list of what was not analysed
_TABLE_ROOM = 20_000


def render_markdown(review: Review, *, limit: int = LIMIT) -> str:
    """The review as at most `limit` characters of Markdown; cut between blocks, never within."""
    decisions = [d for action in (*_SHOWN, Action.NOTE) for d in by_action(review, action)]
    head = f"### reviewbot\n\n{summary(review)}\n"
    tail = _not_analysed(review, min(_LIST_ROOM, limit // 6))
    table = _table(decisions, min(_TABLE_ROOM, limit // 3))
    sources = dict(review.sources)
    blocks = [_block(d, sources) for d in decisions if d.action in _SHOWN]
    room = limit - len(head) - len(table) - len(tail) - 100  # 100: the line that tells of the cut
    return "\n".join(part for part in (head, table, _fitting(blocks, room), tail) if part)


def _fitting(blocks: list[str], room: int) -> str:
    kept: list[str] = []
    for block in blocks:
        room -= len(block) + 1
        if room < 0:
            break
        kept.append(block)
    left = len(blocks) - len(kept)
    if left:
        kept.append(f"… and {left} more in detail: see the JSON or SARIF report.\n")
    return "\n".join(kept)


def _table(decisions: list[Decision], room: int) -> str:
    if not decisions:
        return ""
    head = ["| | Where | What | Probability | Status |", "|---|---|---|---|---|"]
    rows = [_row(decision) for decision in decisions]
    kept: list[str] = []
    for row in rows:
        room -= len(row) + 1
        if room < 0:
            break
        kept.append(row)
    left = len(rows) - len(kept)
    more = [f"| … | {left} more | | | |"] if left else []
    return "\n".join([*head, *kept, *more, ""])


def _row(decision: Decision) -> str:
    finding = decision.finding
    cells = [
        f"{_ICONS[decision.action]} {GROUPS[decision.action]}",
        cell_span(f"{finding.path}:{finding.line}"),
        " ".join(f"{ours} {cell_span(name)}" if name else ours for ours, name in subject(finding)),
        percent(finding.probability),
        status_words(finding.status),
    ]
    return f"| {' | '.join(cells)} |"


def _block(decision: Decision, sources: dict[str, str]) -> str:
    finding = decision.finding
    title = " ".join(
        f"{ours} {code_span(name)}" if name else ours for ours, name in subject(finding)
    )
    place = code_span(f"{finding.path}:{finding.line}")
    facts = [verdict(decision), status_words(finding.status), f"{finding.severity.value} severity"]
    lines = [f"#### {_ICONS[decision.action]} {title}", "", f"{place} · {' · '.join(facts)}", ""]
    lines += _code(finding, sources)
    lines += _details(decision)
    return "\n".join(lines)


def _code(finding: Finding, sources: dict[str, str]) -> list[str]:
    rows = excerpt(finding, sources, _CODE_WIDTH)
    language = "cpp" if finding.path.endswith(CPP_SUFFIXES) else "c"
    return [fenced([_code_line(row) for row in rows], language), ""] if rows else []


def _code_line(row: Row) -> str:
    if row.path:
        return f"     // in {cut(row.path, _CODE_WIDTH)}"
    if row.number is not None:
        return f"{row.number:>4} {row.text}"
    return f"     {row.marks} {row.label}" if row.marks else f"     {row.text}"


def _details(decision: Decision) -> list[str]:
    finding = decision.finding
    body = [
        *_chain(finding.trace),
        *_facts(decision),
        *_fix(finding),
    ]
    return ["<details><summary>Why</summary>", "", *body, "</details>", ""]


def _chain(trace: tuple[TraceStep, ...]) -> Iterator[str]:
    for number, step in enumerate(trace, start=1):
        link = step.link.value.replace("-", " ")
        place = code_span(f"{step.path}:{step.line}")
        claim = markdown_prose(step.claim)
        yield f"{number}. **{link}**, {percent(step.probability)}, {place}: {claim}"
    if trace:
        yield ""


def _facts(decision: Decision) -> Iterator[str]:
    finding = decision.finding
    yield f"Decision: {markdown_text(why(decision), 300)}."
    yield ""
    if finding.unresolved:
        yield f"Could not see: {markdown_text(unseen_words(finding.unresolved))}."
        yield ""
    if finding.evidence is not None:
        yield f"Evidence: {markdown_text(evidence_words(finding.evidence))}."
        yield ""
    identity = short_id(finding.fingerprint)
    yield f"{code_span(f'reviewbot explain {identity}')}"
    yield ""


def _fix(finding: Finding) -> Iterator[str]:
    fix = finding.fix
    if fix is None:
        if finding.advice:
            yield f"Needed: {markdown_text(finding.advice)}."
            yield ""
        return
    change = f"{percent(finding.probability)} → {percent(fix.probability_after)}"
    lines = [cut(line, _CODE_WIDTH) for line in plain_lines(fix.patch.rstrip("\n"))]
    if len(lines) > _PATCH_LINES:
        lines = [*lines[:_PATCH_LINES], f"… {len(lines) - _PATCH_LINES} more lines"]
    yield f"Suggested fix: {markdown_text(fix.kind, 80)}, {change}"
    yield ""
    yield fenced(lines, "diff")
    yield ""


def _not_analysed(review: Review, room: int) -> str:
    parts = not_analysed(review)
    if not parts:
        return ""
    lines = ["**Not analysed**", ""]
    for done, part in enumerate(parts):
        place = f"{part.path}:{part.line}" if part.line is not None else part.path
        line = f"- {code_span(place)}: {markdown_text(part.reason, 200)}"
        room -= len(line) + 1
        if room < 0:
            lines.append(f"- … and {len(parts) - done} more")
            break
        lines.append(line)
    return "\n".join([*lines, ""])
