"""Writes vector lanes, teams and offload as threads, which the runtime sees.

Iterations of a `simd` loop may run at the same time in lanes: they become a parallel loop that
deals them out one by one. `safelen(k)` keeps iterations k or more apart in order: a doacross loop,
whose iteration waits for those from k to 2k - 1 before it (and so for all before these). A
worksharing loop with lanes of limited length is judged twice, once for its threads and once for its
lanes. `target` runs on the host as it stands; leagues get four teams, as many are allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model_export.mutations.pragmas import Clause, Pragma, read_pragmas

LONGEST = 64  # lanes; a longer safelen limits no vector
LANES_ONLY = frozenset(("safelen", "simdlen", "aligned", "nontemporal", "order", "inbranch"))
NOT_REWRITTEN = re.compile(r"\bomp\s+(?:begin\s+)?(?:metadirective|declare\s+variant|dispatch)\b")
HIDDEN = re.compile(r"_Pragma\s*\(\s*\"omp[^\"]*\b(?:simd|teams|loop)\b")
_DECLARED = re.compile(r"for\s*\(\s*(?:[\w:]+[\s*&]+)+(\w+)\s*[={(]")
_ASSIGNED = re.compile(r"for\s*\(\s*(\w+)\s*=")
_STEP = re.compile(
    r"^\s*(?:\+\+\s*(\w+)|(\w+)\s*\+\+|(\w+)\s*\+=\s*(\w+)|"
    r"(?P<down>--\s*\w+|\w+\s*--|\w+\s*-=\s*(?P<by>\w+)))\s*$"
)


class NotRewritable(Exception):
    """What cannot be said with threads; carries why."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace the text from start to end."""

    start: int
    end: int
    text: str


def rewrite(source: str) -> tuple[str, ...]:
    """The texts that stand for the program, of which none may race; raises NotRewritable.

    A program without lanes and teams stands for itself. Lines keep their numbers.
    """
    if NOT_REWRITTEN.search(source) or HIDDEN.search(source):
        raise NotRewritable(reason="it chooses directives by metadirective, variant or _Pragma")
    pragmas = read_pragmas(source)
    texts = [_apply(source, _edits(source, pragmas, lanes=True))]
    if any(_limited(pragma) and _shares(pragma) for pragma in pragmas):
        texts.append(_apply(source, _edits(source, pragmas, lanes=False)))
    return tuple(texts)


def _apply(source: str, edits: Sequence[Edit]) -> str:
    for edit in sorted(edits, key=lambda item: item.start, reverse=True):
        source = source[: edit.start] + edit.text + source[edit.end :]
    return source


def _edits(source: str, pragmas: Sequence[Pragma], *, lanes: bool) -> list[Edit]:
    edits: list[Edit] = []
    for index, pragma in enumerate(pragmas):
        words = pragma.name.split()
        if words[:1] == ["declare"] or not words:
            continue
        if pragma.name == "ordered simd":
            edits.append(_directive(source, pragma, "ordered", []))
        elif "loop" in words:
            edits.append(_directive(source, pragma, _bound(pragma), _kept(source, pragma)))
        elif "simd" in words:
            edits.extend(_lanes(source, pragma, pragmas[index + 1 :], lanes=lanes))
        elif "teams" in words or "distribute" in words:
            edits.append(_directive(source, pragma, pragma.name, _kept(source, pragma)))
    return edits


def _limited(pragma: Pragma) -> bool:
    clause = pragma.clause("safelen")
    return clause is not None and "simd" in pragma.name.split()


def _shares(pragma: Pragma) -> bool:
    return bool({"for", "taskloop", "distribute"} & set(pragma.name.split()))


def _directive(source: str, pragma: Pragma, name: str, clauses: Sequence[str]) -> Edit:
    """The directive anew, over as many lines as before."""
    lines = source.count("\n", pragma.start, pragma.end)
    text = " ".join(["#pragma omp", name, "\\\n" * lines, *_league(name, clauses)])
    return Edit(start=pragma.start, end=pragma.end, text=text.rstrip())


def _league(name: str, clauses: Sequence[str]) -> Iterator[str]:
    """The clauses, and those without which the host runs a single team."""
    given = {clause.split("(")[0] for clause in clauses}
    yield from clauses
    words = name.split()
    if "teams" in words and "num_teams" not in given:
        yield "num_teams(4)"
    if "teams" in words and "thread_limit" not in given:
        yield "thread_limit(4)"
    if "distribute" in words and "dist_schedule" not in given:
        yield "dist_schedule(static, 1)"


def _kept(source: str, pragma: Pragma) -> list[str]:
    """The clauses that a loop of threads knows, too."""
    dropped = LANES_ONLY | ({"bind"} if "loop" in pragma.name.split() else set())
    return [_text(source, clause) for clause in pragma.clauses if clause.name not in dropped]


def _text(source: str, clause: Clause) -> str:
    text = " ".join(re.sub(r"\\\n", " ", source[clause.start : clause.end]).split())
    if clause.name == "if" and re.match(r"if\s*\(\s*simd\b", text):
        raise NotRewritable(reason="lanes under a condition")
    if "inscan" in text:
        raise NotRewritable(reason="a scan over lanes")
    return text


def _bound(pragma: Pragma) -> str:
    """The directive that a `loop` stands for."""
    name = re.sub(r"\bloop\b", "", pragma.name).strip()
    bind = pragma.clause("bind")
    if "teams" in name.split():
        return f"{name} distribute parallel for"
    if "parallel" in name.split() or (bind and bind.arguments.strip() == "parallel"):
        return f"{name} for".strip()
    if bind and bind.arguments.strip() == "thread":
        return "parallel for"
    if bind and bind.arguments.strip() == "teams":
        return "distribute parallel for"
    raise NotRewritable(reason="a loop construct that does not say what it binds to")


def _lanes(source: str, pragma: Pragma, later: Sequence[Pragma], *, lanes: bool) -> Iterator[Edit]:
    words = [word for word in pragma.name.split() if word != "simd"]
    clauses = _kept(source, pragma)
    limit = _limit(pragma)
    if limit is not None and not lanes and _shares(pragma):
        yield _directive(source, pragma, " ".join(words), clauses)
        return
    if "taskloop" in words:
        if limit is not None:
            raise NotRewritable(reason="tasks with lanes of limited length")
        clauses = [c for c in clauses if not c.startswith(("grainsize", "num_tasks"))]
        yield _directive(source, pragma, " ".join(words), [*clauses, "grainsize(1)"])
        return
    name = " ".join(words if "for" in words else [*words, "parallel for"])
    clauses = [clause for clause in clauses if not clause.startswith("schedule")]
    clauses += ["schedule(static, 1)", *_last(source, pragma)]
    if later and later[0].name == "ordered simd":
        clauses.append("ordered")
    if limit is not None:
        clauses.append("ordered(1)")
        yield from _distances(source, pragma, limit)
    yield _directive(source, pragma, name, clauses)


def _limit(pragma: Pragma) -> int | None:
    clause = pragma.clause("safelen")
    if clause is None:
        return None
    if not clause.arguments.strip().isdigit():
        raise NotRewritable(reason=f"safelen({clause.arguments.strip()}) is no number")
    length = int(clause.arguments)
    return length if length <= LONGEST else None


def _last(source: str, pragma: Pragma) -> list[str]:
    """A counter that is declared before the loop keeps its last value, as in a loop of lanes."""
    match = _ASSIGNED.match(source, _code(source, pragma.end))
    if not match or match[1] in pragma.names():
        return []
    return [f"lastprivate({match[1]})"]


def _code(source: str, start: int) -> int:
    match = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL).match(source, start)
    return match.end() if match else start


def _distances(source: str, pragma: Pragma, limit: int) -> Iterator[Edit]:
    """Waits at the begin of the body for the iterations that no vector holds with this one."""
    if pragma.clause("collapse"):
        raise NotRewritable(reason="collapsed loops with lanes of limited length")
    start = _code(source, pragma.end)
    opened, closed = _header(source, start)
    variable, sign, step = _walk(source[opened:closed])
    body = _code(source, closed)
    end = _closing(source, body) if source[body : body + 1] == "{" else -1
    if end < 0 or re.search(r"\bcontinue\b", source[body:end]):
        raise NotRewritable(reason="a body that safelen's order cannot be written into")
    by = "" if step == "1" else f" * {step}"
    sinks = " ".join(f"depend(sink: {variable} {sign} {d}{by})" for d in range(limit, 2 * limit))
    yield Edit(start=body + 1, end=body + 1, text=f' _Pragma("omp ordered {sinks}")')
    yield Edit(start=end, end=end, text=' ; _Pragma("omp ordered depend(source)") ')


def _header(source: str, start: int) -> tuple[int, int]:
    """Where a loop's parentheses open and where they have closed."""
    if not re.compile(r"for\s*\(").match(source, start):
        raise NotRewritable(reason="lanes over something that is not a plain loop")
    opened = source.index("(", start)
    return opened, _closing(source, opened) + 1


def _walk(header: str) -> tuple[str, str, str]:
    """The counter, the sign of where it came from, and its step."""
    text = f"for {header}"
    match = _DECLARED.match(text) or _ASSIGNED.match(text)
    parts = header[1:-1].split(";")
    step = _STEP.match(parts[2]) if len(parts) == 3 else None
    if not match or not step:
        raise NotRewritable(reason="a loop header that cannot be read")
    if step["down"]:
        return match[1], "+", step["by"] or "1"
    return match[1], "-", step[4] or "1"


def _closing(source: str, opened: int) -> int:
    """The offset of the bracket that closes the one at `opened`; -1 if none does."""
    pairs = {"(": ")", "{": "}"}
    own, depth = source[opened], 0
    for index in range(opened, len(source)):
        depth += (source[index] == own) - (source[index] == pairs[own])
        if not depth:
            return index
    return -1
