"""Tables of a suite: every judge on the same files and lines, the model by kind and construct."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from model_export.card import Table
from model_export.suites.case import Case
from model_export.suites.measure import Absent, Opinion, Scored, Seen, by_file, by_line

SHOWN = (
    "accuracy",
    "precision",
    "recall",
    "F1",
    "AUROC",
    "ECE",
    "AUGRC",
    "error of the most confident 80 %",
)
PARTS = SHOWN[:5]  # of a kind or a construct, where there are few files
FEWEST = 8  # files of one kind or construct that are worth a row
ROUNDS = 500  # of the bootstrap over groups
GROUP = "group (intervals over files)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything that was asked about one suite."""

    suite: str
    cases: Sequence[Case]
    seen: Sequence[Seen]
    opinions: Sequence[Opinion]  # the world model's first
    absent: Sequence[Absent] = ()


def tables(measured: Measured, *, rounds: int = ROUNDS) -> list[Table]:
    """Files and lines by judge, the same where a judge read a part only; files by sort."""
    made = [
        _judges(measured, "files", measured.cases, by_file, rounds),
        _judges(measured, "marked lines", measured.cases, by_line, rounds),
        *_of_parts(measured, rounds),
        *_by_runs(measured, rounds),
        _split(measured, "kind", {s.case.name: frozenset({s.case.kind}) for s in measured.seen}),
        _split(measured, "construct", {s.case.name: s.constructs for s in measured.seen}),
        _split(measured, GROUP, {s.case.name: frozenset({s.case.group}) for s in measured.seen}),
    ]
    return [table for table in made if table.rows]


def notes(measured: Measured) -> list[str]:
    """What could not be asked or read, one sentence a judge."""
    said = [f"{o.judge}: {o.note}." for o in measured.opinions if o.note]
    return said + [f"{absent.judge}: not asked, {absent.reason}." for absent in measured.absent]


def _judges(
    measured: Measured,
    what: str,
    cases: Sequence[Case],
    view: Callable[[Iterable[Case], Opinion], Scored],
    rounds: int,
) -> Table:
    """All judges that read each of the cases, or `cases` are what one of them read."""
    title = f"{measured.suite}: {what}" + _share(view(cases, measured.opinions[0]))
    table = Table(title, ("judge", "items", *SHOWN))
    for opinion in measured.opinions:
        scored = view(cases, opinion)
        if len(scored.labels) and all(case.name in opinion.files for case in cases):
            figures = scored.row(SHOWN, graded=opinion.graded, rounds=rounds)
            table.add(opinion.judge, len(scored.labels), figures)
    return table


def _share(scored: Scored) -> str:
    return f", {scored.labels.mean():.0%} racy" if len(scored.labels) else ""


def _of_parts(measured: Measured, rounds: int) -> list[Table]:
    """Every judge on the files that one of them could read, where those are not all."""
    made = []
    for opinion in measured.opinions:
        cases = [case for case in measured.cases if case.name in opinion.files]
        if len(cases) < len(measured.cases):
            for what, view in (("files", by_file), ("marked lines", by_line)):
                title = f"{what} that {opinion.judge} ran"
                made.append(_judges(measured, title, cases, view, rounds))
    return made


def _by_runs(measured: Measured, rounds: int) -> list[Table]:
    """Every judge on the files that were executed, where what their runs showed is the label.

    A suite's label is what its authors meant: a planted bug need not race, a file without one may.
    """
    made = []
    for runs in (opinion for opinion in measured.opinions if opinion.executed):
        ran = [case for case in measured.cases if case.name in runs.files]
        cases = [replace(case, racy=runs.files[case.name] >= 0.5) for case in ran]
        other = sum(a.racy != b.racy for a, b in zip(ran, cases, strict=True))
        what = f"files by what {runs.judge} saw, {other} of them labelled otherwise"
        made.append(_judges(measured, what, cases, by_file, rounds))
    return made


def _split(measured: Measured, what: str, parts: Mapping[str, frozenset[str]]) -> Table:
    """The model and the rules on the files of each part; a file may be in several."""
    table = Table(
        f"{measured.suite}: files by {what}", (what, "items", "judge", "racy share", *PARTS)
    )
    for part in sorted(frozenset[str]().union(*parts.values())):
        cases = [case for case in measured.cases if part in parts[case.name]]
        for opinion in measured.opinions:
            if len(cases) >= FEWEST and opinion.judge in _shown(measured):
                scored = by_file(cases, opinion)
                if what == GROUP:  # one group is one unit to the bootstrap: its files are taken
                    scored = replace(scored, groups=[str(n) for n in range(len(cases))])
                _add_part(table, part, opinion, scored)
    return table


def _shown(measured: Measured) -> frozenset[str]:
    return frozenset({measured.opinions[0].judge, "rules only"})


def _add_part(table: Table, part: str, opinion: Opinion, scored: Scored) -> None:
    figures = scored.row(PARTS, graded=opinion.graded)
    cells = [f"{scored.labels.mean():.2f}", *(_cell(figures[name]) for name in PARTS)]
    table.rows.append((part, f"{len(scored.labels):,}", opinion.judge, *cells))


def _cell(value: tuple[float, float, float]) -> str:
    return "–" if value[0] != value[0] else f"{value[0]:.3f} ({value[1]:.3f}–{value[2]:.3f})"
