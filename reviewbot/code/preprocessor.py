"""The preprocessor's part of reading: comments, conditionals, macros and pragmas.

Nothing is thrown away that could matter: both branches of `#if` stay, macros defined in the file
are expanded in place, and every character of the result knows the place it came from.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from reviewbot.code.blanking import blank, blank_comments, blank_spans
from reviewbot.code.builds import CONDITION, Builds
from reviewbot.code.directive_macros import named_directives
from reviewbot.code.words import IDENTIFIER

MAX_EXPANSIONS = 4000  # a file that expands more is generated; the rest stays unexpanded
MAX_GROWTH = 1 << 18  # characters that expansion may add, so that hostile macros stay bounded
MAX_DEPTH = 6
MAX_UNCLOSED = 40  # uses whose parenthesis never closes; each is searched far
MAX_FALLBACK = 2000  # characters of an `#if` that chooses how one thing is done
MAX_BRANCHES = 1 << 16  # characters of an `#if` whose branches are compared

# Each way to begin is one plain character: the others are then passed over at once.
_DIRECTIVE = re.compile(r"\n[ \t]*#[ \t]*(\w+)?((?:[^\n\\]+|\\\r?\n|\\.)*)")
_PRAGMA_OPERATOR = re.compile(r'\b_Pragma\s*\(\s*"((?:\\.|[^"\\])*)"\s*\)')
_BRACKET = re.compile(r'"(?:\\.|[^"\\\n])*"|[(){}\[\],;]')
_ORDERS = re.compile(r"(?i)lock|mutex|atomic|barrier|fence|wait|signal|sync|thread|omp|join|cond")
_ATOMIC = re.compile(r"\b(?:__sync_|__atomic_|atomic_|std::atomic|_?Interlocked)\w*\s*[(<]")
_OMP_NUMBER = re.compile(r"\bomp_get_thread_num\s*\(")
_OMP_PRAGMA = re.compile(r"(?m)^[ \t]*#[ \t]*pragma[ \t]+omp\b")
_OTHER_THREADS = re.compile(r"\bpthread_create\b|\bthrd_create\b|\bstd::j?thread\b|\bstd::async\b")
# Words without which the pattern does not fit; to look for them first is cheaper.
_OF_OTHERS = ("pthread_create", "thrd_create", "std::thread", "std::jthread", "std::async")
_ASKED_OF_BUILD = re.compile(r"(?m)^[ \t]*#[ \t]*(?:el)?if([^\n]*)")
_DEFINED_HERE = re.compile(r"(?m)^[ \t]*#[ \t]*define[ \t]+(\w+)")
_WORD = re.compile(r"\w+")
_PADDING = re.compile(r"[ \t]{2,}")  # that lines up the ends of lines
# A project's own name for a build with OpenMP: `LIB_OPENMP`, `USE_OMP`.
_FOR_OMP = re.compile(
    r"(?i)(?!\w*(?:no|not|disabled?|without)_?(?:use_)?(?:openmp|omp))"
    r"\w*(?:openmp|\bomp|_omp)(?:_(?:support(?:ed)?|enabled|found|available))?"
)
# Bodies of no value: what stands for a keyword is read as that keyword.
_KEYWORD = re.compile(
    r"(?:\b(?:(?:__)?(?:inline|static|extern|const|constexpr|volatile|try|else|do|virtual|explicit"
    r"|restrict|thread_local)(?:__)?|_Thread_local|__thread|__declspec\(\s*thread\s*\))(?!\w)\s*)+"
)
# Nor is what has another name for a function or type of the thread libraries.
_OTHER_NAME = re.compile(r"(?:pthread|mtx|cnd|thrd|sem|omp|atomic|__atomic|__sync)_\w+")
_TAKES_LOCKS = re.compile(
    r"(?i:(?:^|_)(?:un)?lock(?:_|$)|mutex)|(?:^|[a-z])(?:Un)?[Ll]ock(?:$|[A-Z])"
)
_IDLE = frozenset({"do", "while", "void", "if", "else", "int", "sizeof", "true", "false", "bool"})
_PLAIN_BODY = re.compile(r'[-+()\s]*(?:[\w.]+|"[^"]*"|\'[^\']*\')[\s)]*$')


@dataclass(frozen=True, slots=True)
class Pragma:
    """An OpenMP directive: its place in the expanded text and in the file, and its words."""

    offset: int
    origin: int
    text: str  # without "#pragma omp"


@dataclass(frozen=True, slots=True)
class Macro:
    """A `#define` of this file; `parameters` is None for an object-like macro."""

    name: str
    parameters: tuple[str, ...] | None
    body: str


@dataclass(slots=True)
class Translation:
    """A file after preprocessing: plain code, its pragmas, and the way back to the source."""

    text: str
    source: str
    pragmas: list[Pragma]
    macros: dict[str, Macro]
    notes: list[tuple[int, str]]  # (source offset, what could not be resolved)
    own: int = 1 << 62  # where the file's own text ends and that of its headers begins
    _starts: list[int] = field(default_factory=list)
    _origins: list[tuple[int, bool]] = field(default_factory=list)  # (source offset, verbatim)
    _lines: list[int] = field(default_factory=list)

    def origin(self, offset: int) -> int:
        """The source offset of a character of the expanded text."""
        if not self._starts:
            return offset
        at = bisect_right(self._starts, offset) - 1
        source, verbatim = self._origins[at]
        return source + offset - self._starts[at] if verbatim else source

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) in the source, both 1-based, of a source offset."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def line(self, offset: int) -> int:
        """Source line of an offset of the expanded text; 0 for what a header says."""
        if offset >= self.own:
            return 0
        return bisect_right(self._lines, self.origin(offset) if self._starts else offset)


def decode(data: bytes) -> str:
    """UTF-8 where it is valid, else Latin-1, which accepts any byte."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def translate(source: str, known: Mapping[str, Macro] | None = None) -> Translation:
    """Preprocess one file; never raises, and takes time linear in its length.

    `known` are macros that its headers define; the file's own go before them.
    """
    notes: list[tuple[int, str]] = []
    text = blank_comments(_ascii(source), notes)
    text, pragmas, macros = _take_directives(text, notes)
    macros = {**known, **macros} if known else macros
    expander = _Expander(macros)
    expanded, starts, origins = expander.expand(text)
    if expander.exhausted:
        notes.append((0, "macro expansion cut"))
    result = Translation(expanded, source, [], macros, notes)
    result._starts, result._origins, result._lines = starts, origins, _line_starts(source)
    result.text, result.pragmas = _place_pragmas(result, pragmas)
    return result


def _line_starts(source: str) -> list[int]:
    return [0, *accumulate(map((1).__add__, map(len, source.split("\n")[:-1])))]


def _ascii(text: str) -> str:
    # One character a byte: offsets in the syntax tree are then offsets in the text.
    return re.sub(r"[^\x01-\x7f]", "_", text) if not text.isascii() or "\0" in text else text


@dataclass(slots=True)
class _Group:
    """One `#if` … `#endif`: the (start, end) of each branch's body, and whether it is dead."""

    branches: list[list[int]]
    dead: list[bool]
    taken: bool = False  # whether an earlier branch is surely the one

    def branch(self, start: int, end: int, holds: bool | None) -> None:
        """The next branch, whose condition holds, does not, or cannot be told."""
        self.branches.append([start, end])
        self.dead.append(self.taken or holds is False)
        self.taken = self.taken or (holds is True and all(self.dead[:-1]))


def _take_directives(
    text: str, notes: list[tuple[int, str]]
) -> tuple[str, list[tuple[int, str]], dict[str, Macro]]:
    pragmas: list[tuple[int, str]] = []
    macros: dict[str, Macro] = {}
    settled = _given(text)  # what a macro is whatever the build says
    stack: list[_Group] = []
    builds = Builds(text)
    lines: list[tuple[int, int]] = []
    dropped: list[tuple[int, int]] = []
    for match in _DIRECTIVE.finditer("\n" + text):  # offsets of ends are one too high
        start, end = match.start(), match.end() - 1
        word, rest = (
            match.group(1) or "",
            match.group(2).replace("\\\r\n", " ").replace("\\\n", " "),
        )
        lines.append((start, end))
        if word == "pragma":
            words = rest.split(None, 1)
            if words and words[0] == "omp":
                offset = text.index("#", start)
                builds.parallel(offset)
                pragmas.append((offset, words[1] if len(words) > 1 else ""))
        elif word == "define" and not any(group.dead[-1] for group in stack):
            name = _define(rest, macros)
            if name and not stack:
                settled[name] = macros[name].body
        elif word == "undef":
            settled.pop(rest.strip(), None)
        elif word in ("if", "ifdef", "ifndef"):
            stack.append(_Group([], []))
            holds = _holds(word, rest, settled)
            holds = builds.holds(word, rest, start) if holds is None else holds
            builds.branch(word, rest)
            stack[-1].branch(end, len(text), holds)
        elif word in ("elif", "else", "elifdef", "elifndef") and stack:
            stack[-1].branches[-1][1] = start
            builds.branch(word, rest)
            holds = True if word == "else" else _holds(word, rest, settled)
            stack[-1].branch(end, len(text), holds)
        elif word == "endif" and stack:
            group = stack.pop()
            builds.end()
            group.branches[-1][1] = start
            dropped += _branches_to_drop(text, group, notes)
    return blank_spans(text, lines + dropped), _left(pragmas, sorted(dropped)), macros


def _left(pragmas: list[tuple[int, str]], dropped: list[tuple[int, int]]) -> list[tuple[int, str]]:
    """The directives that lie in none of the spans dropped, which may lie within one another."""
    ends = [0, *accumulate([end for _, end in dropped], max)]
    starts = [start for start, _ in dropped]
    return [p for p in pragmas if ends[bisect_right(starts, p[0])] <= p[0]]


def _given(text: str) -> dict[str, str]:
    """What the compiler defines where it heeds the directives here (OpenMP 5.2, 3.3).

    Not where threads of another kind may stand in another branch: that is a build of its own.
    """
    # A header may wrap the number of the thread.
    if "omp" not in text or not (_OMP_PRAGMA.search(text) or _OMP_NUMBER.search(text)):
        return {}
    others = any(map(text.__contains__, _OF_OTHERS)) and _OTHER_THREADS.search(text) is not None
    return {"_OPENMP": "202111", **dict.fromkeys(_omp_builds(text), "1")} if not others else {}


def _omp_builds(text: str) -> set[str]:
    """Names that only a build can define, by which a project asks whether it has OpenMP.

    A header's guard, or what the file decides itself, is none.
    """
    if text.count("omp") + text.count("OMP") + text.count("OpenMP") == text.count("#pragma omp"):
        return set()
    asked = {name for line in _ASKED_OF_BUILD.findall(text) for name in _WORD.findall(line)}
    asked = {name for name in asked if _FOR_OMP.fullmatch(name)}
    return asked - set(_DEFINED_HERE.findall(text)) if asked else asked


def _holds(word: str, condition: str, settled: Mapping[str, str]) -> bool | None:
    """Whether a condition holds by what the file itself defines; None where a build may decide."""
    match = CONDITION.fullmatch(condition)
    if match is None:
        return None
    negated, name = match[1] == "!", match[2] or match[3]
    if word in ("ifdef", "ifndef", "elifdef", "elifndef") or match[2]:
        known = True if name in settled else None
    else:
        text = settled.get(name, name).strip("() ")
        known = bool(int(text)) if text.isdigit() else None
    return known if known is None else known != (negated or word in ("ifndef", "elifndef"))


def _branches_to_drop(
    text: str, group: _Group, notes: list[tuple[int, str]]
) -> list[tuple[int, int]]:
    """Dead branches, and all but the first live one where keeping both would break the braces."""
    spans = [(start, end) for start, end in group.branches]
    drop = [span for span, dead in zip(spans, group.dead, strict=True) if dead]
    live = [span for span, dead in zip(spans, group.dead, strict=True) if not dead]
    short = sum(end - start for start, end in live) <= MAX_BRANCHES
    if len(live) > 1 and not (short and all(_balanced(text[start:end]) for start, end in live)):
        notes.append((live[1][0], "conditional branches with unbalanced braces: first one read"))
        drop += live[1:]
    elif len(live) > 1 and sum(end - start for start, end in live) <= MAX_FALLBACK:
        drop += _fallbacks(text, live)
    return drop


def _fallbacks(text: str, live: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Branches for systems without atomics or locks, where another branch is for those with."""
    bare = [span for span in live if not _ORDERS.search(text, *span)]
    atomic = any(_ATOMIC.search(text, *span) for span in live)
    return bare if atomic else []


def _balanced(text: str) -> bool:
    depth = 0
    for char in re.findall(
        r"[{}()]", re.sub(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', "", text)
    ):
        depth += 1 if char in "{(" else -1
        if depth < 0:
            return False
    return depth == 0


def _define(rest: str, macros: dict[str, Macro]) -> str:
    """Takes in a definition; the name that it defines."""
    match = re.match(r"\s+([A-Za-z_]\w*)(\(([^)]*)\))?(.*)", rest, re.DOTALL)
    if match is None:
        return ""
    name, call, parameters, body = match.groups()
    names = tuple(p.strip() for p in parameters.split(",") if p.strip()) if call else None
    body = body if '"' in body else _PADDING.sub(" ", body)
    new = Macro(name, names, body.strip())
    macros[name] = _likelier(macros[name], new) if name in macros else new
    return name


def _likelier(known: Macro, new: Macro) -> Macro:
    """Of two definitions (each a branch of #if) the longer says most.

    An empty LOCK() is the single-threaded build; but what counts or traces is mostly switched off
    where it may be empty.
    """
    longer = max(known, new, key=lambda macro: len(macro.body))
    if (known.body and new.body) or longer.parameters is None or _ORDERS.search(longer.body):
        return longer
    return Macro(longer.name, longer.parameters, "")


class _Expander:
    """Expands the file's own macros and keeps the map back to the source."""

    def __init__(self, macros: dict[str, Macro]) -> None:
        self._macros = {name: macro for name, macro in macros.items() if _worth(macro)}
        self._count = 0
        self._growth = 0
        self._unclosed = 0
        self.exhausted = False

    def expand(self, text: str) -> tuple[str, list[int], list[tuple[int, bool]]]:
        """The text, the starts of its pieces, and each piece's (source offset, verbatim)."""
        if not self._macros:
            return text, [], []  # every offset is what it was
        parts: list[str] = []
        starts: list[int] = []
        origins: list[tuple[int, bool]] = []
        length = at = 0

        def add(piece: str, origin: int, verbatim: bool) -> None:
            nonlocal length
            if piece:
                parts.append(piece)
                starts.append(length)
                origins.append((origin, verbatim))
                length += len(piece)

        for name, start, end, body in self._uses(text):
            if start < at:
                continue
            add(text[at:start], at, True)
            add(body, start, False)
            at = end
            self._growth += len(body) - len(name)
        add(text[at:], at, True)
        return "".join(parts), starts or [0], origins or [(0, True)]

    def _uses(self, text: str) -> list[tuple[str, int, int, str]]:
        uses, skip_to = [], 0
        for match in re.finditer(r'"(?:\\.|[^"\\\n])*"|[A-Za-z_]\w*', text):
            name = match.group()
            if name not in self._macros or match.start() < skip_to:
                continue
            found = self._one(text, match.start(), name, 0, frozenset())
            if found is not None:
                uses.append((name, match.start(), found[0], found[1]))
                skip_to = found[0]
        return uses

    def _one(
        self, text: str, start: int, name: str, depth: int, active: frozenset[str]
    ) -> tuple[int, str] | None:
        """(end of the use, its expansion), or None where it is no use or the limit is reached."""
        macro = self._macros[name]
        end = start + len(name)
        if self._count >= MAX_EXPANSIONS or self._growth > MAX_GROWTH or depth > MAX_DEPTH:
            self.exhausted = True
            return None
        arguments: list[str] = []
        if macro.parameters is not None:
            if self._unclosed > MAX_UNCLOSED:
                self.exhausted = True
                return None
            parsed = _arguments(text, end)
            if parsed is None:
                self._unclosed += text[end : end + 1] == "("
                return None
            end, arguments = parsed
        self._count += 1
        body = _substitute(macro, arguments)
        body = self._nested(body, depth + 1, active | {name})
        self._growth += len(body)
        return end, body.replace("\n", " ")

    def _nested(self, body: str, depth: int, active: frozenset[str]) -> str:
        parts, at = [], 0
        for match in IDENTIFIER.finditer(body):
            name = match.group()
            if match.start() < at or name in active or name not in self._macros:
                continue
            found = self._one(body, match.start(), name, depth, active)
            if found is not None:
                parts += [body[at : match.start()], found[1]]
                at = found[0]
        return "".join([*parts, body[at:]])


def _worth(macro: Macro) -> bool:
    """Plain constants stay names: `N` tells the reader more than 4096."""
    if len(macro.body) > 2000:
        return False
    if macro.parameters is not None:
        return True
    if _KEYWORD.fullmatch(macro.body) or _OTHER_NAME.fullmatch(macro.body):
        return True
    return bool(macro.body) and not _PLAIN_BODY.match(macro.body)


def makes_nothing_of_locks(macro: Macro) -> bool:
    """Whether a lock is only counted or passed over: in a build that has no threads."""
    if not _TAKES_LOCKS.search(macro.name):
        return False
    return set(IDENTIFIER.findall(macro.body)) <= _IDLE.union(macro.parameters or ())


def _arguments(text: str, at: int) -> tuple[int, list[str]] | None:
    """(offset behind the closing parenthesis, arguments) of a macro call that opens at `at`."""
    while at < len(text) and text[at] in " \t\n":
        at += 1
    if at >= len(text) or text[at] != "(":
        return None
    arguments: list[str] = []
    depth, start = 0, at + 1
    for match in _BRACKET.finditer(text, at):
        char = match.group()
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                return match.end(), [*arguments, text[start : match.start()].strip()]
        elif char == "," and depth == 1:
            arguments.append(text[start : match.start()].strip())
            start = match.end()
        if match.end() - at > 8000:
            return None
    return None


def _substitute(macro: Macro, arguments: list[str]) -> str:
    parameters = macro.parameters
    if not parameters:
        return macro.body
    values = dict(zip(parameters, arguments, strict=False))
    if parameters[-1] == "...":
        values["__VA_ARGS__"] = ", ".join(arguments[len(parameters) - 1 :])
    body = re.sub(
        r"(?<!#)#\s*([A-Za-z_]\w*)",
        lambda m: '"' + values.get(m.group(1), m.group(1)).replace('"', '\\"') + '"',
        macro.body,
    )
    body = IDENTIFIER.sub(lambda m: values.get(m.group(), m.group()), body)
    return re.sub(r"\s*##\s*", "", body)


def _place_pragmas(
    translation: Translation, found: list[tuple[int, str]]
) -> tuple[str, list[Pragma]]:
    """Blank `_Pragma` operators and put all pragmas in the order of the expanded text."""
    pragmas: list[Pragma] = []
    pieces = list(zip(translation._starts, translation._origins, strict=True))
    verbatim = [(origin, start) for start, (origin, plain) in pieces if plain]
    sources = [origin for origin, _ in verbatim]
    for offset, words in found:
        at = max(bisect_right(sources, offset) - 1, 0)
        origin, start = verbatim[at] if verbatim else (0, 0)
        pragmas.append(Pragma(start + offset - origin, offset, words))

    def take(match: re.Match[str]) -> str:
        words = match.group(1).replace('\\"', '"').split(None, 1)
        if words and words[0] == "omp":
            origin = translation.origin(match.start())
            pragmas.append(Pragma(match.start(), origin, words[1] if len(words) > 1 else ""))
        return blank(match.group())

    text = translation.text
    if "_Pragma" in text:
        text = _PRAGMA_OPERATOR.sub(take, text)
    named = list(named_directives(text)) if pragmas else []
    pragmas += [Pragma(start, translation.origin(start), words) for start, _, words in named]
    text = blank_spans(text, [(start, end) for start, end, _ in named]) if named else text
    return text, sorted(pragmas, key=lambda pragma: pragma.offset)
