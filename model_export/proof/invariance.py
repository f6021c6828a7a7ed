"""Invariance: what is said of a program does not hang on how it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from model_export.proof.ask import VERDICT, Answer, Asker, Opinion, Row
from model_export.proof.variants import Variant, variants

UNSEEN = "no access pair of the object is seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restyling:
    """One program in one other style, and the answers to both."""

    style: str
    family: str
    program: str
    before: float  # of the file
    after: float
    findings: bool | None  # whether a finding came or went; None where its lines are gone
    cause: str  # facts of the object that moved most: "-a=b +a=c"; "" if none moved

    @property
    def turns(self) -> bool:
        """Whether the verdict is another."""
        return (self.before >= VERDICT) != (self.after >= VERDICT)

    @property
    def shift(self) -> float:
        """How far the probability moved."""
        return abs(self.after - self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakage:
    """A style that changes the verdict, with a cause that several programs share."""

    style: str
    cause: str
    count: int
    example: Variant
    before: float
    after: float


def restylings(
    rows: Iterable[Row], asker: Asker, seed: int, styles: Sequence[str] = ()
) -> Iterator[tuple[Variant, Restyling]]:
    """Each program in each style."""
    for row in rows:
        before = asker.answer(row["language"], row["source"])
        lead = next(iter(before.opinions), None)
        made = list(variants(row, seed, lead.lines if lead else (), styles))
        answers = asker.answers([(row["language"], item.text) for item in made])
        for variant, after in zip(made, answers, strict=True):
            yield variant, compared(variant, before, after)
            asker.known.pop((row["language"], variant.text), None)  # asked once: thousands of them


def compared(variant: Variant, before: Answer, after: Answer) -> Restyling:
    """What the other style does to the answer."""
    return Restyling(
        style=variant.style,
        family=variant.row["family"],
        program=variant.row["id"],
        before=before.probability,
        after=after.probability,
        findings=_findings_differ(variant, before, after),
        cause=_cause(variant, before, after),
    )


def _findings_differ(variant: Variant, before: Answer, after: Answer) -> bool | None:
    old = {item.lines for item in before.opinions if item.probability >= VERDICT}
    new = {item.lines for item in after.opinions if item.probability >= VERDICT}
    if not all(line in variant.lines for lines in old for line in lines):
        return None
    return {_moved(variant, lines) for lines in old} != new


def _moved(variant: Variant, lines: tuple[int, int]) -> tuple[int, int]:
    a, b = (variant.lines.get(line, 0) for line in lines)
    return (min(a, b), max(a, b))


def _cause(variant: Variant, before: Answer, after: Answer) -> str:
    """How the facts of the leading object of the side with more probability differ."""
    old, new = _leads(variant, before, after)
    if old is None or new is None:
        return "" if old is new else UNSEEN
    gone, come = sorted(old.facts - new.facts), sorted(new.facts - old.facts)
    return " ".join([*(f"-{fact}" for fact in gone), *(f"+{fact}" for fact in come)])


def _leads(
    variant: Variant, before: Answer, after: Answer
) -> tuple[Opinion | None, Opinion | None]:
    """The opinion before and the same object's after, by its lines or else by its name."""
    if before.probability >= after.probability:
        old = next(iter(before.opinions), None)
        return old, old and _at(after, _moved(variant, old.lines), old.object)
    new = next(iter(after.opinions), None)
    back = {there: here for here, there in variant.lines.items()}
    if new is None:
        return None, None
    lines = sorted(back.get(line, 0) for line in new.lines)
    return _at(before, (lines[0], lines[1]), new.object), new


def _at(answer: Answer, lines: tuple[int, int], name: str) -> Opinion | None:
    named = answer.of(name)
    if named is not None:
        return named
    return next((item for item in answer.opinions if item.lines == lines), None)


def breakages(told: Iterable[tuple[Variant, Restyling]]) -> list[Breakage]:
    """What changes verdicts, the commonest first; the shortest program is the example."""
    turned = [(variant, item) for variant, item in told if item.turns]
    counts = Counter((item.style, item.cause) for _, item in turned)
    return [
        _breakage(style, cause, count, turned) for (style, cause), count in counts.most_common()
    ]


def _breakage(
    style: str, cause: str, count: int, turned: Sequence[tuple[Variant, Restyling]]
) -> Breakage:
    same = [(v, item) for v, item in turned if (item.style, item.cause) == (style, cause)]
    variant, item = min(same, key=lambda pair: len(pair[0].row["source"]))
    return Breakage(
        style=style,
        cause=cause,
        count=count,
        example=variant,
        before=item.before,
        after=item.after,
    )
