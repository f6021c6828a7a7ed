"""The text of an inline comment: the verdict, the causal chain in short steps, the rest folded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reviewbot.code.prefilter import CPP_SUFFIXES
from reviewbot.github.cutting import fitted
from reviewbot.github.markers import Mark, State, mark_lines, without_mark
from reviewbot.records import Access, Action, Decision, Evidence, Finding, FindingKind, TraceStep
from reviewbot.report.escape import (
    code_span,
    cut,
    fenced,
    markdown_prose,
    markdown_text,
    plain_lines,
    uri,
)
from reviewbot.report.wording import (
    SUPPRESS_HINT,
    evidence_words,
    label,
    percent,
    short_id,
    subject,
    unseen_words,
    verdict,
    why,
)

ICONS = {Action.BLOCK: "🛑", Action.COMMENT: "⚠️", Action.ESCALATE: "❔", Action.NOTE: "📝"}
_CODE_WIDTH = 120
_MOST_ACCESSES = 6
_PATCH_LINES = 60
_REPORT_LINES = 120
_CERTAIN = 0.9  # below it a step says how sure it is
# Line numbers in links and before code, and the commit in links.
_PLACES = re.compile(
    r"/blob/[0-9a-f]{40}(?=/)"
    r"|(?<=#L)\d+(?=\))|(?<=\[line )\d+(?=\])|(?<=:)\d+(?=`+\])"
    r"|^ *\d+ (?=.*← )",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Place links lead: the server's name, the repository and the commit of the head."""

    server: str
    repository: str
    head: str
    run: str | None = None  # the number of the job's run, where its summary is

    def link(self, path: str, line: int, text: str) -> str:
        """A link to a line of the head; `text` is Markdown that is safe already."""
        target = f"{self.server}/{self.repository}/blob/{self.head}/{uri(path)}#L{line}"
        return f"[{text}]({target})"

    def summary(self) -> str:
        """The words for the job's summary, as a link where there is one."""
        if self.run is None:
            return "the job's summary"
        return f"[the job's summary]({self.server}/{self.repository}/actions/runs/{self.run})"


Excerpts = Mapping[str, Mapping[str, str]]  # path → line number → the line


def comment_body(decision: Decision, excerpts: Excerpts, site: Site) -> str:
    """The whole body of an inline comment, its mark included."""
    finding = decision.finding
    parts = [
        f"{ICONS[decision.action]} **{title(finding)}** · {verdict(decision)}",
        "",
        *_code(finding, excerpts),
        *_chain(finding, site),
        *_evidence(finding.evidence),
        *_fix(finding),
        *_details(decision),
    ]
    mark = Mark(fingerprint=finding.fingerprint, path=finding.path, state=State.OPEN)
    return fitted("\n".join(parts), mark_lines(mark))


def closed_body(body: str, mark: Mark, words: str) -> str:
    """A body of ours once its finding is gone: the words first, what it said before folded."""
    parts = [words, "", "<details><summary>What it was</summary>", "", without_mark(body), ""]
    return fitted("\n".join([*parts, "</details>"]), mark_lines(mark))


def says_the_same(one: str, other: str) -> bool:
    """Whether two bodies differ in nothing but line numbers and the commit that they link to.

    A body that a push made old in these alone is left: it names the commit at which it is right.
    """
    return _PLACES.sub("", one).split() == _PLACES.sub("", other).split()


def fixed_words(head: str, *, certain: bool = True) -> str:
    """What is said of a finding that the model no longer makes."""
    if certain:
        return f"✅ **Fixed in {head[:10]}**: reviewbot no longer finds this there."
    return (
        f"☑️ **Not found in {head[:10]}**: but parts of the file could not be read there, so this "
        "may still stand."
    )


def withdrawn_words(decision: Decision, head: str) -> str:
    """What is said of a finding that is still made and that the policy no longer tells."""
    return f"☑️ **Not reported since {head[:10]}**: {markdown_text(why(decision), 300)}."


def title(finding: Finding) -> str:
    """The claim as Markdown: Race on `counter` in `worker`."""
    parts = [f"{ours} {code_span(name, 80)}" if name else ours for ours, name in subject(finding)]
    return sentence(" ".join(parts))


def sentence(words: str) -> str:
    """The words with a capital at their start."""
    return words[:1].upper() + words[1:]


def _code(finding: Finding, excerpts: Excerpts) -> list[str]:
    """The accesses with what each does; one line that GitHub shows above is said in words."""
    unique = sorted(dict.fromkeys(finding.accesses), key=lambda a: _order(a, finding))
    if len({(access.path, access.line) for access in unique}) < 2:
        words = [
            label(access, finding).replace("write here", "written here", 1) for access in unique[:1]
        ]
        return [f"{sentence(one)}." for one in words] + [""] * bool(words)
    shown = unique[:_MOST_ACCESSES]
    lines = [line for part in _quoted(shown, excerpts) for line in _row(*part, finding)]
    if len(unique) > len(shown):
        lines.append(f"      … {len(unique) - len(shown)} more accesses")
    language = "cpp" if finding.path.endswith(CPP_SUFFIXES) else "c"
    return [fenced(lines, language), ""]


def _order(access: Access, finding: Finding) -> tuple[bool, str, int, int]:
    return (access.path != finding.path, access.path, access.line, access.column)


def _quoted(shown: Sequence[Access], excerpts: Excerpts) -> list[tuple[Access, str]]:
    """Each access with its source line, what all are indented by taken off."""
    lines = [excerpts.get(one.path, {}).get(str(one.line), "…").expandtabs(4) for one in shown]
    known = [len(line) - len(line.lstrip()) for line in lines if line.strip("… ")]
    indent = min(known, default=0)
    return [
        (one, line[indent:] if line.strip("… ") else line)
        for one, line in zip(shown, lines, strict=True)
    ]


def _row(access: Access, line: str, finding: Finding) -> Iterator[str]:
    if access.path != finding.path:
        yield f"      // in {cut(access.path, _CODE_WIDTH)}"
    code = cut(line.rstrip(), _CODE_WIDTH)
    yield f"{access.line:>5} {code}   // ← {label(access, finding)}"


def _chain(finding: Finding, site: Site) -> Iterator[str]:
    for number, step in enumerate(finding.trace, start=1):
        yield f"{number}. {_step(step, finding, site)}"
    if finding.trace:
        yield ""


def _step(step: TraceStep, finding: Finding, site: Site) -> str:
    where = f"line {step.line}"
    if step.path != finding.path:
        where = code_span(f"{step.path}:{step.line}", 80)
    sure = "" if step.probability >= _CERTAIN else f", {percent(step.probability)}"
    name = step.link.value.replace("-", " ")
    claim = markdown_prose(step.claim, 240)
    return f"**{name}**: {claim} ({site.link(step.path, step.line, where)}{sure})"


def _evidence(evidence: Evidence | None) -> list[str]:
    if evidence is None:
        return []
    words = f"{sentence(markdown_text(evidence_words(evidence), 300))}."
    lines = plain_lines(evidence.report.strip("\n"))
    if not any(line.strip() for line in lines):
        return [f"Evidence. {words}", ""]
    if len(lines) > _REPORT_LINES:
        lines = [*lines[:_REPORT_LINES], f"… {len(lines) - _REPORT_LINES} more lines"]
    shown = fenced([cut(line, 200) for line in lines], "text")
    return _folded("Evidence: what a sanitizer reported", [words, "", shown])


def _fix(finding: Finding) -> list[str]:
    fix = finding.fix
    if fix is None:
        return [f"Needed: {markdown_text(finding.advice)}.", ""] if finding.advice else []
    change = f"{percent(finding.probability)} → {percent(fix.probability_after)}"
    lines = [cut(line, _CODE_WIDTH) for line in plain_lines(fix.patch.rstrip("\n"))]
    if len(lines) > _PATCH_LINES:
        lines = [*lines[:_PATCH_LINES], f"… {len(lines) - _PATCH_LINES} more lines"]
    content = [f"Kind: {markdown_text(fix.kind, 80)}.", "", fenced(lines, "diff")]
    return _folded(f"Suggested fix, {change}", content)


def _details(decision: Decision) -> list[str]:
    finding = decision.finding
    kind = "race" if finding.kind is FindingKind.RACE else "hotspot"
    facts = [
        f"{finding.severity.value.capitalize()} severity; {markdown_text(why(decision), 300)}.",
        "A prediction from the source alone: nothing was compiled or run for it."
        if finding.evidence is None
        else "Predicted from the source alone, then given to a sanitizer.",
    ]
    if finding.unresolved:
        facts.append(f"Could not see: {markdown_text(unseen_words(finding.unresolved))}.")
    facts += [
        f"Not a {kind}? Say so where it stands: {code_span(SUPPRESS_HINT.format(kind=kind))}; "
        "or resolve this thread, and it will not come back.",
        f"The whole story: {code_span(f'reviewbot explain {short_id(finding.fingerprint)}')}",
    ]
    return _folded("More", [f"- {fact}" for fact in facts])


def _folded(summary: str, content: list[str]) -> list[str]:
    """`summary` is ours alone: within HTML no Markdown escape would hold."""
    return [f"<details><summary>{summary}</summary>", "", *content, "", "</details>", ""]
