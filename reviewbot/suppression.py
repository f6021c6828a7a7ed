"""Waivers written in the source: `// reviewbot: ignore[race] reason`, and the text that is code."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reviewbot.records import Finding, FindingKind, Skipped

# A waiver for a whole file must be met by whoever opens the file: it stands near the top.
FILE_WAIVER_LINES = 30

_RULES = {kind.value: kind for kind in FindingKind}

# Order matters: a raw string before the identifier that its prefix looks like, and numbers before
# character literals, because 1'000'000 holds quotes that open nothing.
_TOKEN = re.compile(
    r"""
      (?P<comment> //(?:\\\r?\n|[^\n])* | /\*.*?(?:\*/|\Z) )
    | (?P<literal> (?:u8|u|U|L)?R"(?P<mark>[^()\\\s"]{0,16})\(.*?(?:\)(?P=mark)"|\Z)
                 | "(?:\\\r?\n|\\.|[^"\\\n])*(?:"|$)
                 | '(?:\\\r?\n|\\.|[^'\\\n])*(?:'|$) )
    | \.?\d(?:'?[\w.])*
    | [A-Za-z_]\w*
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
# The same where no raw literal and no digit separator is about.
# Each way to begin is one plain character, so that all others are passed over at once.
_PLAIN_TOKEN = re.compile(
    r"""
      / (?P<comment> /(?:\\\r?\n|[^\n\\]+|\\)* | \*.*?(?:\*/|\Z) )
    | " (?P<literal> (?:\\\r?\n|\\.|[^"\\\n])*(?:"|$) )
    | ' (?P<character> (?:\\\r?\n|\\.|[^'\\\n])*(?:'|$) )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_SEPARATED = re.compile(r"[0-9a-fA-F]'")
_WAIVER = re.compile(r"reviewbot\s*:\s*ignore(?P<file>-file)?(?![\w-])\s*(?P<rest>.*)", re.DOTALL)
_RULE_LIST = re.compile(r"\[(?P<rules>[^\]]*)\](?P<reason>.*)", re.DOTALL)
_DECORATION = re.compile(r"^[\s*/!<]+|\s*\*+/\s*$|[\s*]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where a comment or a literal stands: character offsets, the end exclusive."""

    start: int
    end: int
    is_comment: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One waiver that is honoured."""

    kinds: frozenset[FindingKind]
    reason: str
    line: int  # where the waiver itself stands
    lines: frozenset[int]  # the lines it covers; empty if it covers the whole file
    whole_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressions:
    """The waivers of one file, and those that are not honoured with the reason why."""

    path: str
    entries: tuple[Suppression, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def covering(self, kind: FindingKind, line: int) -> Suppression | None:
        """The waiver that covers a claim of this kind on this line; None if there is none."""
        for entry in self.entries:
            if kind in entry.kinds and (entry.whole_file or line in entry.lines):
                return entry
        return None


def find_suppression(
    finding: Finding, suppressions: Mapping[str, Suppressions]
) -> Suppression | None:
    """The waiver that covers the finding: on either access, on its own line, or on its file."""
    places = [(access.path, access.line) for access in finding.accesses]
    for path, line in [*places, (finding.path, finding.line)]:
        waivers = suppressions.get(path)
        entry = waivers.covering(finding.kind, line) if waivers else None
        if entry:
            return entry
    return None


def spans(text: str) -> Iterator[Span]:
    """The comments and the string and character literals of C or C++ text, in order."""
    plain = 'R"' not in text and not ("'" in text and _SEPARATED.search(text))
    for match in (_PLAIN_TOKEN if plain else _TOKEN).finditer(text):
        kind = match.lastgroup  # of groups within each other the outer one is the last
        if kind is not None:
            yield Span(start=match.start(), end=match.end(), is_comment=kind == "comment")


def blank(text: str, stretches: Iterable[Span]) -> str:
    """The text with the stretches turned into spaces; line breaks and every offset stay."""
    parts, done = [], 0
    for span in stretches:
        gone = text[span.start : span.end]
        parts.append(text[done : span.start])
        parts.append(re.sub(r"[^\n]", " ", gone) if "\n" in gone else " " * len(gone))
        done = span.end
    return "".join([*parts, text[done:]])


def parse_suppressions(path: str, text: str) -> Suppressions:
    """Every waiver of the file; one without a reason or with an unknown rule is said, not obeyed.

    `/* reviewbot: ignore[race, hotspot] reason */` covers its own line, or the next line of code
    if no code stands beside it; `ignore-file[race] reason` covers the file.
    """
    if "reviewbot" not in text:  # nearly every file: no need to look for comments
        return Suppressions(path=path)
    comments = [span for span in spans(text) if span.is_comment]
    layout = _Layout.of(text, comments)
    read = [
        _read(path, line, waiver, layout.covered(span))
        for span in comments
        for line, waiver in _waivers(text, span, layout)
    ]
    return Suppressions(
        path=path,
        entries=tuple(entry for entry, _ in read if entry),
        skipped=tuple(problem for _, problems in read for problem in problems),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Which lines of a file hold code, which hold comments alone, and which are empty."""

    starts: tuple[int, ...]
    code: tuple[bool, ...]
    empty: tuple[bool, ...]

    @classmethod
    def of(cls, text: str, comments: list[Span]) -> _Layout:
        lines = text.split("\n")
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        code = tuple(bool(line.strip()) for line in blank(text, comments).split("\n"))
        empty = tuple(not line.strip() for line in lines)
        return cls(starts=tuple(starts), code=code, empty=empty)

    def line_of(self, offset: int) -> int:
        return bisect_right(self.starts, offset)

    def covered(self, span: Span) -> frozenset[int]:
        """The lines of code beside the comment, or else the first one directly below it."""
        first, last = self.line_of(span.start), self.line_of(span.end - 1)
        beside = frozenset(line for line in range(first, last + 1) if self.code[line - 1])
        return beside or self._below(last)

    def _below(self, last: int) -> frozenset[int]:
        for line in range(last + 1, len(self.code) + 1):  # further comments may stand between
            if self.empty[line - 1]:
                break
            if self.code[line - 1]:
                return frozenset({line})
        return frozenset()


def _waivers(text: str, span: Span, layout: _Layout) -> list[tuple[int, re.Match[str]]]:
    """The waivers that open a line of the comment; the lines after one belong to its reason."""
    first = layout.line_of(span.start)
    bodies: list[tuple[int, str]] = []
    for number, raw in enumerate(text[span.start : span.end].split("\n"), start=first):
        body = _DECORATION.sub("", raw)
        if bodies and not _WAIVER.match(body):
            bodies[-1] = (bodies[-1][0], f"{bodies[-1][1]} {body}")
        elif _WAIVER.match(body):
            bodies.append((number, body))
    return [(line, match) for line, body in bodies if (match := _WAIVER.match(body))]


def _read(
    path: str, line: int, waiver: re.Match[str], covered: frozenset[int]
) -> tuple[Suppression | None, list[Skipped]]:
    """The waiver, if it is honoured, and what is wrong with it."""
    whole_file = waiver["file"] is not None
    kinds, reason, problems = _terms(waiver["rest"])
    if whole_file and line > FILE_WAIVER_LINES:
        problems.append(
            f"suppression of a whole file below line {FILE_WAIVER_LINES}: move it to the top"
        )
        kinds = frozenset()
    skipped = [Skipped(path=path, reason=problem, line=line) for problem in problems]
    if not kinds or not reason:
        return None, skipped
    lines = frozenset[int]() if whole_file else covered
    entry = Suppression(kinds=kinds, reason=reason, line=line, lines=lines, whole_file=whole_file)
    return entry, skipped


def _terms(rest: str) -> tuple[frozenset[FindingKind], str, list[str]]:
    """The known rules, the reason and the problems of `[race, hotspot] reason`."""
    match = _RULE_LIST.match(rest)
    names = [name.strip() for name in match["rules"].split(",")] if match else []
    names = [name for name in names if name]
    allowed = ", ".join(_RULES)
    if match is None or not names:
        return frozenset(), "", [f"suppression without a rule: write ignore[rule] ({allowed})"]
    problems = [
        f"suppression of the unknown rule {name!r}: allowed are {allowed}"
        for name in names
        if name not in _RULES
    ]
    reason = " ".join(match["reason"].split()).lstrip(":-–— ")
    if not re.search(r"\w", reason):
        problems.append("suppression without a reason: write why after the closing bracket")
    kinds = frozenset(_RULES[name] for name in names if name in _RULES)
    return kinds, reason if re.search(r"\w", reason) else "", problems
