"""The model card: what was trained on what, every figure with its interval, how to redo it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_export.dataset import split_of
from reviewbot.errors import BadInput
from reviewbot.model.bundle import Bundle

Interval = tuple[float, float, float]


@dataclass(slots=True)
class Table:
    """A table of figures with intervals."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(
        self, name: str, items: int, figures: Mapping[str, Interval], *, extra: str | None = None
    ) -> None:
        """One row; figures are (value, low, high)."""
        cells = [name, f"{items:,}"] + ([extra] if extra is not None else [])
        cells += [_cell(figures[column]) for column in self.columns[len(cells) :]]
        self.rows.append(tuple(cells))

    def markdown(self) -> str:
        """As a Markdown section."""
        lines = [
            f"### {self.title}",
            "",
            "| " + " | ".join(self.columns) + " |",
            "|" + "---|" * len(self.columns),
        ]
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join(lines) + "\n"


def _cell(value: Interval) -> str:
    if value[0] != value[0]:
        return "–"
    return f"{value[0]:.3f} ({value[1]:.3f}–{value[2]:.3f})"


_TEXT = """# Model card: {name} {version}

A small network that reads the *relations* of each access pair (facts that the parser states) and
their *readings* (which rows of a fixed table of conjunctions hold, such as "each thread has
elements of its own"; a fact like the others, whose worth is learned). It answers with the
probabilities of the five links of a race's causal chain; their product, calibrated, is the
probability that a race detector reports the pair. {parameters:,} bytes as int8 ONNX. It needs numpy
and ONNX Runtime, nothing else. The network can read the *slice* too (the lines that decide about
one object): `train --inputs both`, and `evaluate --compare` sets such a run beside this one. What
`make train` makes is three such networks that differ by their seed alone (`train --members 3`): the
links told are the means of theirs, so that no figure hangs on one seed.

## Trained on

{programs} distinct labelled slices of {executed} executed programs from {families} problem families
({train} to train and, by cross-fitting, to calibrate; {test} to test; always by family:
a family is calibrated on only as a model sees it that was not trained on it, and families that
people wrote count as much as composed ones, which are easier than code; the probability of a whole
file is settled on 226 small programs too, which nobody generated: `settle`). Labels come from
clang-19 ThreadSanitizer with Archer, at -O0 and -O1, with 2 to 8 threads. Programs whose declared
race no run showed, that crashed or did not end were left out. Thread programs are read twice, the
second time without `main`, as code whose threads are created elsewhere.
{corpus}

A report labels the pair whose accesses stand on its lines and did what its sides did: of
`a[i] = a[i - 1]` the write and the read, not the write with itself. In a program without its `main`
a bare access of an object that is guarded elsewhere is not labelled clean if no thread was there
while it ran: who calls it in a library, the run cannot tell.

Links of racy pairs all hold. Of clean pairs the broken link is labelled where the parser states it
(a common lock, a private copy, a join before the access) or the family declares it; else only the
product is trained. The evidence lines of a trace are chosen by the parser, not by the network.

## Figures

95 % intervals by bootstrap over families. A verdict is "racy" at probability 0.5 or above.

No weight and no calibration saw the test families. The front end did profit from them: its errors
there were read and mended, and the training rate was chosen by folds that held them too. Take the
figures as what the model knows of families like these, not as a sealed exam.

{tables}
## Make it again

    make corpus && make train

The same sources give the same programs. A corpus with another fingerprint, such as one made after a
family was edited, gives a model like this one and not the same.

## What it cannot do

* It has seen only the families above: generated programs of 40 to 200 lines. Real files are longer,
  and their threads are often created elsewhere.
* simd lanes and doacross waits were never labelled, since the sanitizer is wrong about them;
  offload ran on the host alone, where a league is one team. Offload and unread code lower the
  confidence.
* Work balance and bottlenecks of OpenMP constructs come from a second, smaller model beside it
  (`hotspots.onnx`, where the bundle has it); none of the figures above is about that one.
* Two pointers of one type are taken for possibly the same object; the model learned how often that
  matters from the families, which is not how often it matters in your code.
"""


_AGAIN = "## Measured again, with a later front end\n"
_AGAIN_TEXT = """
The weights are those of above. What the front end states has been mended since, so the same
programs have other facts now. {slices:,} distinct labelled slices of {programs:,} programs of the
test families, composed and executed anew; nothing was learned from them. Tables of ablations
are of small runs on the training families of the same corpus, and compare with each other alone.

"""


def measure_again(
    path: Path, test: Sequence[Mapping[str, Any]], tables: Sequence[Table], also: Sequence[Path]
) -> None:
    """Write the card's last section anew: figures of the same weights; raises BadInput."""
    try:
        before = path.read_text(encoding="utf-8").partition(_AGAIN)[0]
    except (OSError, UnicodeDecodeError) as exc:
        raise BadInput(f"{path} cannot be read: {exc}; --again takes a model card") from exc
    said = _AGAIN_TEXT.format(
        slices=sum(not row.get("repeated") for row in test),
        programs=len({row["program"] for row in test}),
    )
    parts = [*(table.markdown() for table in tables), *map(printed, also)]
    path.write_text(f"{before.rstrip()}\n\n{_AGAIN}{said}" + "\n".join(parts))


def printed(path: Path) -> str:
    """The Markdown that a command printed, from its first table on; raises BadInput."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise BadInput(
            f"{path} cannot be read: {exc}; --also takes what a command printed"
        ) from exc
    _, mark, rest = ("\n" + text).partition("\n### ")
    if not mark:
        raise BadInput(f"{path} holds no table: --also takes what a command printed.")
    return f"### {rest.strip()}\n"


def write_card(
    path: Path,
    bundle: Bundle,
    rows: Sequence[Mapping[str, Any]],
    tables: Sequence[Table],
    *,
    summary: Path | None,
    also: Sequence[Path] = (),
) -> None:
    """Write MODEL_CARD.md; `also`: files with tables that other commands printed."""
    families = {row["family"] for row in rows}
    split = Counter(split_of(family) for family in families)
    corpus = ""
    if summary is not None and summary.is_file():
        told = json.loads(summary.read_text())
        total = told.get("total", {})
        corpus = (
            f"\nExecuted in all: {total.get('executed', 0):,} programs, "
            f"{total.get('racy', 0):,} racy, "
            f"{total.get('clean', 0):,} clean, {total.get('unusable', 0):,} left out.\n"
            f"Corpus fingerprint (sha256 over ids and labels): `{told.get('fingerprint', '')}`."
        )
    path.write_text(
        _TEXT.format(
            name=bundle.manifest.name,
            version=bundle.manifest.version,
            parameters=len(bundle.model),
            programs=f"{sum(not row['repeated'] for row in rows):,}",
            executed=f"{len({row['program'] for row in rows}):,}",
            families=len(families),
            train=split["train"] + split["calibrate"],
            test=split["test"],
            corpus=corpus,
            tables="\n".join([*(table.markdown() for table in tables), *map(printed, also)]),
        )
    )
