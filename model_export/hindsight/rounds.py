"""Traces of many programs at once: their counterfactuals are executed together, round by round."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from model_export.hindsight.build import Case, cases, tell
from model_export.hindsight.prose import to_prose
from model_export.hindsight.reading import Reading, Row, read
from model_export.hindsight.trace import Trace, digest, to_json
from model_export.hindsight.twins import Twin
from model_export.hindsight.validate import Rejection, validate
from model_export.programs.sample import Program

# A detector misses some races: so many edits are executed before the trace is given up.
TRIES = 3
UNRUN = 3  # an edit may be so many lines larger if it was run already

Execute = Callable[[Sequence[Program]], Sequence[Row]]
Outcomes = Mapping[str, Row]  # other programs of the corpus by their ids: siblings that were run
Near = Mapping[str, Sequence[str]]  # of a program's id those of its neighbours among them
# What another counterfactual may mend.
MAY_BE_MENDED = frozenset(
    {
        *(Rejection.NOT_TRIED, Rejection.NOT_RUN, Rejection.SAME, Rejection.ELSEWHERE),
        *(Rejection.OTHER_LINK, Rejection.MANY),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A trace with the verdict on it, or the reason why there is none."""

    case: Case | None
    trace: Trace | None
    reason: Rejection | None
    twin: Program | None = None
    outcome: str = ""  # of the twin's execution
    construct: str = ""  # that makes the object's accesses parallel
    ran: bool = False  # whether the twin was run for this trace


@dataclass(slots=True)
class _Open:
    """A case whose trace is not yet found valid."""

    case: Case
    telling: Telling
    waiting: list[Twin] = field(default_factory=list)


@dataclass(slots=True)
class Runs:
    """Programs that were run, and how many more may be; counts what it runs."""

    execute: Execute
    known: dict[str, Row]
    left: int | None  # None: without a limit
    fresh: set[str] = field(default_factory=set)  # ids of those run here

    def fetch(self, programs: Mapping[str, Program]) -> None:
        """Run what is not known, as far as the limit goes."""
        missing = [program for key, program in programs.items() if key not in self.known]
        missing = missing[: self.left]
        if not missing:
            return
        for program, row in zip(missing, self.execute(missing), strict=True):
            self.known[program.id] = row
            self.fresh.add(program.id)
        if self.left is not None:
            self.left -= len(missing)


def tellings(
    row: Row, execute: Execute, known: Outcomes, *, counterfactual: bool = True
) -> list[Telling]:
    """The traces of one program; at least one telling, if only with a reason."""
    runs = Runs(execute, dict(known), None)
    return tellings_of([row], runs, counterfactual=counterfactual)[0]


def tellings_of(
    rows: Sequence[Row], runs: Runs, near: Near | None = None, *, counterfactual: bool = True
) -> list[list[Telling]]:
    """The traces of each program, by neighbours that were run and, for the rest, by new runs.

    `near` says which of the known programs are neighbours of which; without it, all may be.
    """
    known = dict(runs.known)

    def told(some: Sequence[Row], *, made: bool) -> list[list[Telling]]:
        relatives = [_relatives(row, known, near) for row in some]
        found = [
            cases(row, others, counterfactual=counterfactual, made=made)
            for row, others in zip(some, relatives, strict=True)
        ]
        return _all_told(found, runs, counterfactual=counterfactual)

    found = told(rows, made=False)
    if counterfactual:
        again = [n for n, items in enumerate(found) if _may_be_mended(items)][: runs.left]
        for n, items in zip(again, told([rows[n] for n in again], made=True), strict=True):
            found[n] = _more_valid(found[n], items)
    nothing = [Telling(case=None, trace=None, reason=Rejection.NO_PAIR)]
    return [items or nothing for items in found]


def _relatives(row: Row, known: Outcomes, near: Near | None) -> list[Row]:
    return list(known.values()) if near is None else [known[key] for key in near[row["id"]]]


def _may_be_mended(items: Sequence[Telling]) -> bool:
    return bool(items) and all(item.reason in MAY_BE_MENDED for item in items)


def _more_valid(old: list[Telling], new: list[Telling]) -> list[Telling]:
    """The new tellings, unless they prove nothing and know less."""
    proven = any(item.reason is None for item in new)
    return new if proven or sum(t.trace is not None for t in new) >= len(old) else old


def _all_told(
    found: Sequence[Sequence[Case]], runs: Runs, *, counterfactual: bool
) -> list[list[Telling]]:
    opened = [[_open(case, runs.known) for case in items] for items in found]
    everything = [item for items in opened for item in items]
    if counterfactual:
        _try_all(everything, runs)
    else:
        for item in everything:
            item.telling = _plain(item.case)
    return [[item.telling for item in items] for items in opened]


def _open(case: Case, known: Outcomes) -> _Open:
    none = Telling(case=case, trace=None, reason=Rejection.NOT_TRIED)
    ranked = sorted(case.twins, key=lambda twin: twin.size + UNRUN * (twin.program.id not in known))
    return _Open(case, none, ranked[:TRIES])


def _plain(case: Case) -> Telling:
    trace = tell(case, None, None)
    if trace is None:
        return Telling(case=case, trace=None, reason=Rejection.NO_PAIR)
    reason = validate(trace, case.reading, None, counterfactual=False)
    return Telling(case=case, trace=trace, reason=reason, construct=_construct(case, trace))


def _try_all(items: Sequence[_Open], runs: Runs) -> None:
    """One edit of each case a round, until its trace is valid or no edit is left."""
    for item in items:
        if not item.waiting:
            item.telling = _untried(item.case)
    while left := [item for item in items if item.waiting and item.telling.reason is not None]:
        runs.fetch({item.waiting[0].program.id: item.waiting[0].program for item in left})
        for item in left:
            twin = item.waiting.pop(0)
            if twin.program.id in runs.known:
                item.telling = _better(item.telling, _told(item.case, twin, runs))


def _untried(case: Case) -> Telling:
    trace = tell(case, None, None)
    if trace is None:
        return Telling(case=case, trace=None, reason=Rejection.NOT_TRIED)
    reason = validate(trace, case.reading, None)
    return Telling(case=case, trace=trace, reason=reason, construct=_construct(case, trace))


def _told(case: Case, twin: Twin, runs: Runs) -> Telling:
    program = twin.program
    row = runs.known[program.id]
    other = _read(program, row)
    trace = tell(case, twin, other)
    reason = validate(trace, case.reading, other) if trace else Rejection.NO_PAIR
    return Telling(
        case=case,
        trace=trace,
        reason=reason,
        twin=program,
        outcome=row["label"],
        construct=_construct(case, trace) if trace else "",
        ran=program.id in runs.fresh,
    )


def _construct(case: Case, trace: Trace) -> str:
    """The kind of construct that the traced object's slice stands in."""
    lines = {touch.line for touch in trace.accesses}
    for item in case.reading.slices:
        if item.object == trace.object and any(
            lines == {pair.first.line, pair.second.line} for pair in item.pairs
        ):
            return item.construct_kind
    return ""


def _read(program: Program, row: Row) -> Reading:
    """The twin as it was run."""
    return read(
        {
            "source": program.source,
            "language": program.language,
            "expected": program.expected,
            "effects": row["effects"],
            "label": row["label"],
            "reports": row["reports"],
        }
    )


def _better(old: Telling, new: Telling) -> Telling:
    """The later telling, unless it has no trace while the earlier has one."""
    return old if new.trace is None and old.trace is not None else new


def row_of(row: Row, number: int, telling: Telling) -> dict[str, object]:
    """One flat row for Parquet."""
    trace, twin = telling.trace, telling.twin
    return {
        "id": f"{row['id']}-{number}",
        "program": row["id"],
        "family": row["family"],
        "domain": row["domain"],
        "language": row["language"],
        "label": row["label"],
        "object": trace.object if trace else "",
        "link": trace.what_if.link.value if trace and trace.what_if else "",
        "trace": to_json(trace) if trace else "",
        "prose": to_prose(trace) if trace else "",
        "valid": telling.reason is None,
        "reason": telling.reason.value if telling.reason else "",
        "counterfactual": twin.id if twin else "",
        "counterfactual_outcome": telling.outcome,
        "counterfactual_from": ("run" if telling.ran else "corpus") if twin else "",
        "construct": telling.construct,
        "hash": digest(trace) if trace else "",
    }
