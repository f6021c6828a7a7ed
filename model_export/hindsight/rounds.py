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


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A trace with the verdict on it, or the reason why there is none."""

    case: Case | None
    trace: Trace | None
    reason: Rejection | None
    twin: Program | None = None
    outcome: str = ""  # of the twin's execution


@dataclass(slots=True)
class _Open:
    """A case whose trace is not yet found valid."""

    case: Case
    telling: Telling
    waiting: list[Twin] = field(default_factory=list)


def tellings(
    row: Row, execute: Execute, known: Outcomes, *, counterfactual: bool = True
) -> list[Telling]:
    """The traces of one program; at least one telling, if only with a reason."""
    return tellings_of([row], execute, known, counterfactual=counterfactual)[0]


def tellings_of(
    rows: Sequence[Row], execute: Execute, known: Outcomes, *, counterfactual: bool = True
) -> list[list[Telling]]:
    """The traces of each program. `execute` gives one corpus row a program, in their order."""
    opened = [
        [_open(case, known) for case in cases(row, known.values(), counterfactual=counterfactual)]
        for row in rows
    ]
    everything = [item for items in opened for item in items]
    if counterfactual:
        _try_all(everything, execute, dict(known))
    else:
        for item in everything:
            item.telling = _plain(item.case)
    nothing = [Telling(case=None, trace=None, reason=Rejection.NO_PAIR)]
    return [[item.telling for item in items] or nothing for items in opened]


def _open(case: Case, known: Outcomes) -> _Open:
    none = Telling(case=case, trace=None, reason=Rejection.NOT_TRIED)
    ranked = sorted(case.twins, key=lambda twin: twin.size + UNRUN * (twin.program.id not in known))
    return _Open(case, none, ranked[:TRIES])


def _plain(case: Case) -> Telling:
    trace = tell(case, None, None)
    if trace is None:
        return Telling(case=case, trace=None, reason=Rejection.NO_PAIR)
    reason = validate(trace, case.reading, None, counterfactual=False)
    return Telling(case=case, trace=trace, reason=reason)


def _try_all(items: Sequence[_Open], execute: Execute, known: dict[str, Row]) -> None:
    """One edit of each case a round, until its trace is valid or no edit is left."""
    for item in items:
        if not item.waiting:
            item.telling = _untried(item.case)
    while left := [item for item in items if item.waiting and item.telling.reason is not None]:
        wanted = {item.waiting[0].program.id: item.waiting[0].program for item in left}
        missing = [program for key, program in wanted.items() if key not in known]
        for program, row in zip(missing, execute(missing) if missing else [], strict=True):
            known[program.id] = row
        for item in left:
            twin = item.waiting.pop(0)
            item.telling = _better(item.telling, _told(item.case, twin, known[twin.program.id]))


def _untried(case: Case) -> Telling:
    trace = tell(case, None, None)
    reason = validate(trace, case.reading, None) if trace else Rejection.NO_PAIR
    return Telling(case=case, trace=trace, reason=reason)


def _told(case: Case, twin: Twin, row: Row) -> Telling:
    program = twin.program
    other = _read(program, row)
    trace = tell(case, twin, other)
    reason = validate(trace, case.reading, other) if trace else Rejection.NO_PAIR
    return Telling(case=case, trace=trace, reason=reason, twin=program, outcome=row["label"])


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
        "hash": digest(trace) if trace else "",
    }
