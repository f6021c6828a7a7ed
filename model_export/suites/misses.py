"""The error analysis: every wrong file and line, what the model saw there, and whose fault it is.

Attribution is automatic and coarse; people correct it, and they alone can say `label`:

    parse   the file was skipped, or the code there does not parse
    slice   no pair at the racy line, or only pairs that structure itself shows to be in order
    model   a pair is there, and its probability is on the wrong side
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from tree_sitter import Node

from model_export.matching import broken_links
from model_export.suites import rules
from model_export.suites.case import Case
from model_export.suites.measure import Opinion, Seen, marked
from reviewbot.code.parse import parse
from reviewbot.records import Prediction

NEAR = 3  # lines: code that does not parse also spoils its neighbours


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """One wrong verdict; `line` is 0 where the file as a whole is meant."""

    suite: str
    name: str
    line: int
    wrong: str  # missed | false alarm
    probability: float
    attribution: str  # parse | slice | model
    why: str
    pairs: int  # at the line, or in the file
    object: str = ""  # of the likeliest pair there
    construct: str = ""
    accesses: str = ""
    links: str = ""
    relations: str = ""
    unresolved: str = ""
    others: str = ""  # verdicts of the other judges on the file
    kind: str = ""
    group: str = ""
    people: str = ""  # to be filled in: is the label right, and what is really wrong?


def misses(suite: str, seen: Sequence[Seen], opinions: Sequence[Opinion]) -> list[Miss]:
    """Wrong files first, then wrong lines, each in the order of names."""
    ordered = sorted(seen, key=lambda s: s.case.name)
    wrong = [_file(suite, s, opinions) for s in ordered if (s.probability >= 0.5) != s.case.racy]
    return wrong + [miss for s in ordered for miss in _lines(suite, s, opinions)]


def write(path: Path, found: Sequence[Miss]) -> None:
    """As CSV, a row a miss."""
    with path.open("w", newline="", encoding="utf-8") as out:
        table = csv.DictWriter(out, [field.name for field in fields(Miss)])
        table.writeheader()
        table.writerows(asdict(miss) for miss in found)


def summary(found: Sequence[Miss]) -> str:
    """How many misses of each sort, the largest class first, as Markdown."""
    counts = Counter(
        ("line" if miss.line else "file", miss.wrong, miss.attribution, miss.why) for miss in found
    )
    lines = ["### Where the errors come from", "", "| of | wrong | attribution | why | count |"]
    lines += ["|---|---|---|---|---|"]
    lines += [f"| {' | '.join(key)} | {n} |" for key, n in counts.most_common()]
    return "\n".join(lines) + "\n"


def _file(suite: str, seen: Seen, opinions: Sequence[Opinion]) -> Miss:
    known = [p for line in sorted(seen.case.racy_lines) for p in seen.at(line)]
    there = known if seen.case.racy_lines else list(seen.predictions)
    return _miss(
        seen,
        there,
        suite=suite,
        line=0,
        probability=seen.probability,
        others=_others(seen, opinions),
    )


def _lines(suite: str, seen: Seen, opinions: Sequence[Opinion]) -> Iterator[Miss]:
    others = _others(seen, opinions)
    for racy, line in marked(seen.case):
        there = list(seen.at(line))
        probability = there[0].probability if there else 0.0
        if (probability >= 0.5) != racy:
            yield _miss(seen, there, suite=suite, line=line, probability=probability, others=others)


def _miss(
    seen: Seen,
    there: Sequence[Prediction],
    *,
    suite: str,
    line: int,
    probability: float,
    others: str,
) -> Miss:
    """A wrong verdict below one half missed a race, any other is a false alarm."""
    racy = probability < 0.5
    best = max(there, key=lambda p: p.probability, default=None)
    places = [line] if line else sorted(seen.case.racy_lines)
    attribution, why = _missed(seen, places, there) if racy else _alarmed(best)
    return Miss(
        suite=suite,
        name=seen.case.name,
        line=line,
        wrong="missed" if racy else "false alarm",
        probability=round(probability, 4),
        attribution=attribution,
        why=why,
        pairs=len(there),
        others=others,
        kind=seen.case.kind,
        group=seen.case.group,
        **_told(best),
    )


def _missed(seen: Seen, places: Sequence[int], there: Sequence[Prediction]) -> tuple[str, str]:
    if not there:
        if unread := _unread(seen, places):
            return "parse", unread
        return "slice", "no pair there" if seen.predictions else "no pair in the file"
    if all(broken_links(p.pair) for p in there):
        return "slice", "only pairs that structure shows to be in order"
    cleared = all(rules.reason(p.pair) for p in there)
    return "model", "low probability, though no fact clears it" if not cleared else (
        "low probability, and facts clear every pair"
    )


def _alarmed(best: Prediction | None) -> tuple[str, str]:
    """A false alarm always has a pair; what the parser could not state is the slice's fault."""
    if best is None:  # a bundle that speaks of files without pairs
        return "model", "no pair at all"
    if {note.split(":")[0] for note in best.slice.unresolved} & {"parse-error", "truncated"}:
        return "parse", "code around the pair was not read"
    cleared = rules.reason(best.pair)
    return "model", f"high probability, though {cleared}" if cleared else (
        "high probability, and no fact clears it"
    )


def _unread(seen: Seen, places: Sequence[int]) -> str:
    """Why the code at these lines was not read; "" if it was."""
    if seen.analysis.skipped:
        return f"file skipped, {seen.analysis.skipped}"
    for note in seen.analysis.unresolved:
        # "rest of f" spoils what follows; without lines of truth any note may be the reason.
        if not places or any((note.line or 0) - NEAR <= line for line in places):
            return note.reason.split(":")[0]
    broken = _broken_lines(seen.case)
    hit = any(abs(line - at) <= NEAR for line in places for at in broken)
    return "code that does not parse" if hit or (broken and not places) else ""


def _broken_lines(case: Case) -> set[int]:
    """Lines with an error node of the parser."""
    parsed = parse(case.path, case.source.encode())
    return {parsed.translation.line(node.start_byte) for node in _errors(parsed.root)}


def _errors(node: Node) -> Iterator[Node]:
    if node.type == "ERROR" or node.is_missing:
        yield node
    elif node.has_error:
        for child in node.children:
            yield from _errors(child)


def _others(seen: Seen, opinions: Sequence[Opinion]) -> str:
    said = [(o.judge.split(",")[0], o.files.get(seen.case.name)) for o in opinions[1:]]
    return "; ".join(f"{judge} {value:.2f}" for judge, value in said if value is not None)


def _told(best: Prediction | None) -> Mapping[str, str]:
    """What the model read of a pair and answered, as text."""
    if best is None:
        return {}
    sides = (best.pair.first, best.pair.second)
    return {
        "object": best.slice.object,
        "construct": f"{best.slice.construct_kind} at {best.slice.construct_line}",
        "accesses": " / ".join(f"{s.mode.value} {s.text} at {s.line}" for s in sides),
        "links": " ".join(f"{link.value}={value:.2f}" for link, value in best.links),
        "relations": " ".join(f"{slot}={value}" for slot, value in best.pair.relations),
        "unresolved": " ".join(best.slice.unresolved),
    }
