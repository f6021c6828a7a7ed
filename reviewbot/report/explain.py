"""The long form of one finding read back from the JSON report, and of the words it uses."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from reviewbot.records import FindingKind
from reviewbot.report.concepts import CONCEPTS, LINKS, Concept, concept
from reviewbot.report.escape import plain, plain_lines
from reviewbot.report.schema import FindingModel, TraceModel
from reviewbot.report.wording import GROUPS, REASONS, SUPPRESS_HINT, percent, status_words

_HEADS = {True: "\x1b[1m{}\x1b[0m", False: "{}"}


def render_explain(finding: FindingModel, *, color: bool = False, width: int = 100) -> str:
    """Everything known of one finding, in sentences, ending in a newline."""
    width = max(width, 40)
    sections = [
        ("", _claim(finding, width)),
        ("The two accesses", _accesses(finding)),
        ("Why: the causal chain", _chain(finding, width)),
        ("What the numbers mean", _numbers(finding, width)),
        ("Evidence", _evidence(finding, width)),
        ("Suggested fix", _fix(finding)),
        ("What is needed", _filled(plain(finding.advice), width)),
        ("What would mend it", _bullets(_mends(finding), width)),
        ("If it is meant to be so", _suppress(finding, width)),
    ]
    return _assembled(sections, color)


def explain_concept(name: str, *, color: bool = False, width: int = 100) -> str:
    """What a word of the reports means (race, hotspot, a link); raises BadInput if unknown."""
    found = concept(name)
    width = max(width, 40)
    sections = [
        ("", [f"{found.name}: {found.question}"]),
        ("Meaning", _filled(found.meaning, width)),
        (_breaks_title(found), _bullets(found.breaks, width)),
    ]
    if found.name == FindingKind.RACE.value:
        sections.append(("The links of the chain", list(_link_list(width))))
    return _assembled(sections, color)


def _assembled(sections: list[tuple[str, list[str]]], color: bool) -> str:
    blocks = []
    for title, lines in sections:
        if lines:
            head = [_HEADS[color].format(title)] if title else []
            blocks.append("\n".join([*head, *(line.rstrip() for line in lines)]))
    return "\n\n".join(blocks) + "\n"


def _breaks_title(found: Concept) -> str:
    return "What helps" if found.name == FindingKind.HOTSPOT.value else "What breaks it"


def _link_list(width: int) -> Iterator[str]:
    for number, link in enumerate(LINKS.values(), start=1):
        yield from _filled(link.question, width, first=f"  {number}. {link.name}: ")


def _claim(finding: FindingModel, width: int) -> list[str]:
    where = f"{plain(finding.path)}:{finding.line}"
    on = f" on `{plain(finding.object)}`" if finding.object else ""
    inside = f" in `{plain(finding.function)}`" if finding.function else ""
    action = GROUPS.get(finding.decision.action, "not shown")
    facts = [
        f"{percent(finding.probability)} probable",
        status_words(finding.status),
        f"{finding.severity.value} severity",
        f"{action} ({REASONS[finding.decision.reason]})",
    ]
    text = f"{where}: {finding.kind.value}{on}{inside} · {' · '.join(facts)}"
    return [*_filled(text, width), f"fingerprint {plain(finding.fingerprint)}"]


def _accesses(finding: FindingModel) -> list[str]:
    return [
        f"  {'atomic ' if access.atomic else ''}{access.mode.value.ljust(5)} "
        f"{plain(access.path)}:{access.line}:{access.column}"
        for access in finding.accesses
    ]


def _chain(finding: FindingModel, width: int) -> list[str]:
    lines: list[str] = []
    for number, step in enumerate(finding.trace, start=1):
        lines.extend(_step(number, step, width))
    if lines:
        lines += _filled(
            "A race needs every link at once; the weakest link is the best place to doubt it.",
            width,
        )
    return lines


def _step(number: int, step: TraceModel, width: int) -> Iterator[str]:
    known = LINKS[step.link]
    yield f"  {number}. {known.name}, {percent(step.probability)} — {plain(step.path)}:{step.line}"
    yield from _filled(plain(step.claim), width, first="     here:      ")
    yield from _filled(known.question, width, first="     asks:      ")
    yield from _filled(known.meaning, width, first="     meaning:   ")
    yield from _filled("; or ".join(known.breaks), width, first="     broken by: ")


def _numbers(finding: FindingModel, width: int) -> list[str]:
    tool = "race detector" if finding.kind is FindingKind.RACE else "profiler"
    text = (
        f"{percent(finding.probability)}: of a hundred findings with this number, about that many "
        f"would be reported by a {tool} that ran the code. It is a calibrated prediction from the "
        f"source alone, not a measurement. Confidence {percent(finding.confidence)}: how often "
        "the verdict, race or no race, is right at this level; it falls where the code calls "
        "what could not be seen."
    )
    if finding.kind is FindingKind.HOTSPOT:
        text = text.replace("race or no race", "hotspot or not")
    return _filled(text, width)


def _evidence(finding: FindingModel, width: int) -> list[str]:
    evidence = finding.evidence
    if evidence is None:
        return []
    head = f"{plain(evidence.verdict)}, {plain(evidence.tool)}"
    if evidence.verdict == "not reproduced":
        head += ": that run did not show it, which does not refute it"
    return [
        *_filled(head, width),
        *(f"    {line}" for line in plain_lines(evidence.report.rstrip("\n"))),
    ]


def _fix(finding: FindingModel) -> list[str]:
    fix = finding.fix
    if fix is None:
        return []
    change = f"{percent(finding.probability)} → {percent(fix.probability_after)}"
    return [
        f"{plain(fix.kind)}; the model, asked again about the changed code: {change}",
        *(f"    {line}" for line in plain_lines(fix.patch.rstrip("\n"))),
    ]


def _mends(finding: FindingModel) -> tuple[str, ...]:
    return CONCEPTS[finding.kind.value].breaks


def _suppress(finding: FindingModel, width: int) -> list[str]:
    comment = SUPPRESS_HINT.format(kind=finding.kind.value)
    text = "Say so in the source, with the reason, on the line of the access or the line above it:"
    return [*_filled(text, width), f"    {comment}"]


def _bullets(items: tuple[str, ...], width: int) -> list[str]:
    return [line for item in items for line in _filled(item, width, first="  - ")]


def _filled(text: str, width: int, first: str = "") -> list[str]:
    rest = " " * len(first)
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest)
