"""The datasheet's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_export.quality.balance import table
from model_export.quality.census import HARVESTED, outcome_table
from model_export.quality.duplicates import ALIKE

if TYPE_CHECKING:
    from model_export.quality.datasheet import Findings

# What makes a corpus worth learning from: families and distinct contexts count, not files.
PROGRAMS, SLICES = 60_000, 50_000
FEW = 100  # programs: a construct with fewer is learnt from its neighbours rather than from itself

_MOTIVATION = """\
The programs teach the world model what a race detector reports. Each is a complete parallel C or
C++ program that was executed; its label is what ThreadSanitizer (with Archer for OpenMP) said, not
what its author meant. They come from problem families with choice points, from patterns composed
into programs of chance structure, from mutations of both, and from functions of public projects
where such were harvested."""

_COLLECTION = """\
Each program runs under ThreadSanitizer at -O0 and -O1 with several numbers of threads until a race
is reported or the runs are used up. One report makes it racy; silence in every run makes it clean,
unless its author declared a race: then it is left out. Crashes, hangs and programs that do not
compile are outcomes of their own and teach nothing about races."""

_LICENCES = """\
What the generators make is part of this project and under its licence. Of harvested functions the
sources are not distributed: a manifest names repository, commit, path, function and licence of
each, and the harvester cuts them out of local clones again."""


def written(found: Findings) -> str:
    """The whole sheet as Markdown."""
    sections = {
        "Why it was made": _MOTIVATION,
        "Bars": _bars(found),
        "What it holds": _composition(found),
        "How it was collected": _COLLECTION,
        "What was left out": _preparation(found),
        "Balance": _balance(found),
        "Slices": _slices(found),
        "What tells, and what leaks": _tells(found),
        "Licences": _LICENCES,
        "How to make it again": _again(found),
        "What is lacking": _lacking(found),
    }
    parts = [f"## {title}\n\n{text.strip()}\n" for title, text in sections.items()]
    return "\n".join(["# Datasheet of the executed programs\n", *parts])


def _bars(found: Findings) -> str:
    """What the corpus is asked for, and what it is."""
    rows = [("programs executed and labelled", f"≥ {PROGRAMS}", found.census.usable, PROGRAMS)]
    if found.slices is not None:
        rows += [("distinct slices", f"≥ {SLICES}", len(found.slices.canonical), SLICES)]
    lines = ["| | bar | found | |", "|---|---|---:|---|"]
    lines += [f"| {what} | {bar} | {n} | {_verdict(n >= least)} |" for what, bar, n, least in rows]
    for kind, name in (("overall", "all programs"), ("construct", ""), ("mutation", "")):
        shares = [share for share in found.selection.after if share.kind == kind]
        within = sum(share.holds for share in shares)
        bar = "–".join(f"{end:.0%}" for end in shares[0].bar) if shares else ""
        told = f"{shares[0].racy_share:.1%}" if name and shares else f"{within} of {len(shares)}"
        what = f"racy, {name or f'{kind}s of enough programs'}"
        lines.append(f"| {what} | {bar} | {told} | {_verdict(within == len(shares))} |")
    for tell in found.tells:
        area = f"≤ {tell.bar:.2f} | {tell.area:.3f}"
        lines.append(f"| AUROC of {tell.name} | {area} | {_verdict(tell.holds)} |")
    leaks = sum(len(leak.found) for leak in found.leaks)
    return "\n".join([*lines, f"| leaks between splits | 0 | {leaks} | {_verdict(not leaks)} |"])


def _verdict(holds: bool) -> str:
    return "holds" if holds else "**missed**"


def _composition(found: Findings) -> str:
    census = found.census
    domains = len({name for name, _ in census.domains})
    outcomes = ", ".join(f"{n} {name}" for name, n in sorted(census.outcomes.items()))
    return f"""\
{census.programs} executed programs ({outcomes}) of {len(census.families)} families in {domains}
domains, in {census.runs} runs; {census.usable} are usable and {len(found.selection.programs)}
chosen. {census.silent} were declared racy and never reported, {census.contradicted} were declared
clean and reported (the report is believed), {census.unsteady} raced in some runs and not in others.

{outcome_table(census.sources)}

### By domain

{outcome_table(census.domains)}"""


def _preparation(found: Findings) -> str:
    return f"""\
Of programs that are equal but for names, layout, comments and sizes one is kept, and of those with
one outcome, the same synchronisation and {ALIKE:.0%} of their shingles of tokens in common too. A
program is never dropped for one of the other outcome: the smallest edit that flips it is the
lesson. Then programs go whose outcome is too frequent in a group, those without a twin first.

```
{found.selection.text()}
```"""


def _balance(found: Findings) -> str:
    after = found.selection.after
    parts = [
        "![Racy and clean programs by source](datasheet-sources.svg)",
        table(after, "overall", "source"),
        "### By construct\n\n![Racy and clean programs by construct](datasheet-constructs.svg)",
        table(after, "construct"),
        "### By composed pattern",
        table(after, "pattern"),
    ]
    if any(share.kind == "mutation" for share in after):
        parts += ["### By mutation: its mutants and what they were made of"]
        parts += [table(after, "mutation")]
    return "\n\n".join(parts)


def _slices(found: Findings) -> str:
    counts = found.slices
    if counts is None:
        return "No slices were given to the command."
    rows = [
        ("slices as a model reads them, roles in place of names", counts.canonical),
        ("contexts of a pair: its relations and its two lines", counts.contexts),
        ("sets of relations", counts.relations),
    ]
    lines = [
        "| distinct | all | racy only | clean only | both | unlabelled |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, things in rows:
        cells = [len(things), *(things.seen(*o) for o in ((1,), (0,), (0, 1), ()))]
        lines.append(f"| {name} | " + " | ".join(map(str, cells)) + " |")
    kinds = [
        f"| {kind} | {number} | {counts.racy_kinds[kind] / number:.0%} |"
        for kind, number in counts.kinds.most_common()
        if number
    ]
    told = f"""\
{counts.slices} slices of {len(counts.programs)} programs with {counts.pairs} access pairs, of which
{counts.racy_pairs} race, {counts.clean_pairs} do not, and the rest is unknown."""
    table_ = ["| slices by construct | labelled | racy |", "|---|---:|---:|", *kinds]
    return "\n\n".join([told, "\n".join(lines), "\n".join(table_)])


def _tells(found: Findings) -> str:
    few = "These programs are too few, or of too few families, to ask."
    tells = "\n".join(tell.text() for tell in found.tells) or few
    leaks = "\n".join(leak.text() for leak in found.leaks)
    return f"""\
A linear classifier that sees only names and comments, and one that sees only how often each word
of synchronisation occurs, are asked about families that they never saw.

![Areas under the curve with their intervals](datasheet-tells.svg)

```
{tells}
```

Between the splits by family there are

```
{leaks}
```"""


def _again(found: Findings) -> str:
    asked = " ".join(
        f"--{name.replace('_', '-')} {value}" for name, value in sorted(found.settings.items())
    )
    return f"""\
```
python -m model_export corpus --out data/programs {asked}
```

A run that was killed resumes. The same seed gives the same programs byte for byte; outcomes that
need luck may differ. Fingerprints over sorted ids and outcomes: of all that was executed
`{found.executed["sha256"]}`, of the chosen programs
`{found.fingerprint["sha256"]}` (`corpus.json`)."""


def _lacking(found: Findings) -> str:
    programs = found.selection.programs
    counts: dict[str, int] = {}
    for subject in programs:
        for name in subject.constructs:
            counts[name] = counts.get(name, 0) + 1
    scarce = sorted((n, name) for name, n in counts.items() if n < FEW)
    told = ", ".join(f"{name} ({n})" for n, name in scarce) or "none"
    lines = [f"- Constructs in fewer than {FEW} programs: {told}."]
    lines += [f"- Out of balance: {found.selection.why(s)}." for s in found.selection.missed]
    for kind in ("construct", "mutation"):
        few = [s for s in found.selection.scarce if s.kind == kind]
        named = ", ".join(f"{s.name} ({s.racy} racy, {s.clean} clean)" for s in few)
        lines += [f"- Too few programs to judge a {kind}'s balance: {named}."] if few else []
    if not any(subject.family.startswith(HARVESTED) for subject in programs):
        lines.append("- No functions of public projects are among them.")
    if not any(subject.mutation for subject in programs):
        lines.append("- No mutants are among them.")
    lines.append(
        "- A detector of threads does not see lanes of simd, a device's memory, or an order that "
        "no run took: such races are labelled clean, or left out where their author declared them."
    )
    return "\n".join(lines)
