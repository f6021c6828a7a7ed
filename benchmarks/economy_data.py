"""What the economy of escalation is measured on: programs with their truth and what each side says.

The truth of a program is what its author declares and a run of some tool confirmed. A race that was
declared and that the sanitizer never saw is left out, and counted, unless the exact oracle sees it.
"""

from __future__ import annotations

import json
import math
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.economy_rerun import ORDINARY, Ordinary
from model_export.calibrate import calibrate, read_predictions
from model_export.dataset import split_of
from model_export.execute.corpus import read_rows
from model_export.execute.run import find_tools
from model_export.oracle.agree import program_of
from model_export.oracle.batch import judge_all
from model_export.oracle.oracle import Oracle
from reviewbot.code.analyse import analyse
from reviewbot.escalation.plan import HARM, plan, uncertainty
from reviewbot.escalation.verdicts import CONFIRMED, after_silence, missed
from reviewbot.model.bundle import Platt
from reviewbot.model.predict import calibrated
from reviewbot.pipeline import Collaborators, Predictor, Source, review
from reviewbot.policy import Policy
from reviewbot.records import Finding, Review, Severity

COLUMNS = ("id", "family", "language", "source", "expected", "label", "outcome", "runs", "usable")
RAN = ("racy", "clean")
NO_WORD = 0.49  # a run that failed reports nothing, and so says "clean", if barely
# As plan.py weighs a silence: it names no object, so its harm is not known.
UNKNOWN_HARM = HARM[Severity.MEDIUM]
PARTS: Mapping[str, tuple[str, ...]] = {
    "test": ("test",),
    "calibrate": ("calibrate",),
    "all-but-train": ("test", "calibrate"),
    "all": ("test", "calibrate", "train"),
}


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the model says of a program, and what a look at reality would be worth."""

    probability: float  # of a race somewhere in the file
    value: float  # uncertainty x severity of the file
    planned: float  # that one of the targets of its plan is worth it; 0 where nothing is planned


@dataclass(frozen=True, slots=True)
class Case:
    """One program: the truth, the sanitizer's word, the model's, and the price of asking."""

    program: str
    family: str
    racy: bool
    sanitizer: str  # what one ordinary run told: "racy", "clean", or how it failed
    seconds: float  # of that run and its build; 1.0 where nobody measured
    opinion: Opinion

    @property
    def settled(self) -> float:
        """The probability of a race after the sanitizer ran."""
        likely = self.opinion.probability
        if self.sanitizer == "racy":
            return max(likely, CONFIRMED)
        return after_silence(likely, missed(1)) if self.sanitizer == "clean" else likely

    @property
    def unaided(self) -> float:
        """The probability of a race to one who knows nothing but the sanitizer's word."""
        if self.sanitizer == "racy":
            return CONFIRMED
        return after_silence(0.5, missed(1)) if self.sanitizer == "clean" else NO_WORD


@dataclass(frozen=True, slots=True)
class Corpus:
    """The programs to look at, and how many were left out for want of a witness or a run."""

    rows: tuple[Mapping[str, Any], ...]
    silent: tuple[Mapping[str, Any], ...]  # declared racy, never reported
    failed: int  # never built or never ran to an end


def read_corpora(folders: Sequence[Path], families: Callable[[str], bool]) -> Corpus:
    """The programs of the chosen families, each once, in an order that tells nothing."""
    found = {
        str(row["id"]): row
        for folder in folders
        for row in read_rows(folder, COLUMNS)
        if families(str(row["family"]))
    }
    rows = mixed([row for row in found.values() if row["usable"]])
    lost = [row for row in found.values() if not row["usable"]]
    silent = [row for row in lost if row["outcome"] in RAN and row["expected"] == "racy"]
    return Corpus(tuple(rows), tuple(silent), len(lost) - len(silent))


def mixed(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The programs in an order that tells nothing and is the same each time."""
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    random.Random(0).shuffle(ordered)
    return ordered


def witnessed(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of the programs that the exact oracle, which runs them too, finds racing."""
    with tempfile.TemporaryDirectory(prefix="economy-") as work:
        oracle = Oracle.over(find_tools(), Path(work))
        verdicts = judge_all(oracle, [program_of(row) for row in rows])
    pairs = zip(rows, verdicts, strict=True)
    return [row for row, verdict in pairs if verdict.outcome == "racy"]


def of_split(name: str) -> Callable[[str], bool]:
    """Whether a family is of a part of the fixed split."""
    return lambda family: split_of(family) in PARTS[name]


def recorded(row: Mapping[str, Any]) -> str:
    """The outcome of the recorded run that comes nearest to an ordinary one.

    -O1 with 4 threads, else -O1, else the first. A program that was reported at -O0 has no run at
    -O1: there the word of the first stands for it, which flatters the sanitizer where the optimiser
    would have removed the race. `--rerun` asks instead.
    """
    runs = json.loads(row["runs"])
    optimised = [run for run in runs if run["level"] == ORDINARY.level]
    exact = [run for run in optimised if run["threads"] == ORDINARY.threads]
    return str((exact or optimised or runs)[0]["outcome"])


def cases(
    rows: Iterable[Mapping[str, Any]],
    opinions: Mapping[str, Opinion],
    reruns: Mapping[str, Ordinary] | None = None,
) -> tuple[Case, ...]:
    """The cases of the programs on which there is an opinion; with reruns, of those alone."""
    return tuple(
        _case(row, opinions[row["id"]], reruns[row["id"]] if reruns is not None else None)
        for row in rows
        if row["id"] in opinions and (reruns is None or row["id"] in reruns)
    )


def _case(row: Mapping[str, Any], opinion: Opinion, run: Ordinary | None) -> Case:
    told = run.outcome if run else recorded(row)
    return Case(
        program=row["id"],
        family=row["family"],
        racy="racy" in (row["expected"], row["label"], told),
        sanitizer=told,
        seconds=run.seconds if run else 1.0,
        opinion=opinion,
    )


def ask(
    rows: Iterable[Mapping[str, Any]], predictor: Predictor
) -> tuple[dict[str, Opinion], float]:
    """The opinions of a model on whole programs, by id, and the seconds that a review took."""
    policy = Policy()
    asked = Collaborators(
        analyse=analyse, load_predictor=lambda: predictor, policy=policy, can_escalate=True
    )
    began, opinions = time.perf_counter(), {}
    for row in rows:
        path = "program.c" if row["language"] == "c" else "program.cpp"
        seen = review([Source(path=path, head=row["source"].encode())], asked)
        opinions[row["id"]] = _opinion(seen, policy)
    return opinions, (time.perf_counter() - began) / max(len(opinions), 1)


def _opinion(seen: Review, policy: Policy) -> Opinion:
    likely = seen.files[0].race_probability
    targets = plan(seen, policy, math.inf)
    return Opinion(
        probability=likely,
        value=_value(likely, [decision.finding for decision in seen.decisions]),
        planned=1.0 - math.prod(1.0 - target.value for target in targets),
    )


def _value(likely: float, findings: Sequence[Finding] = ()) -> float:
    """Uncertainty of the file's verdict x harm of what speaks for the file (plan.py's formula)."""
    leader = max(findings, key=lambda finding: finding.probability, default=None)
    harm = HARM[leader.severity] if leader else UNKNOWN_HARM
    return uncertainty(max(likely, 1.0 - likely)) * harm


def from_folds(folders: Sequence[Path], rows: Iterable[Mapping[str, Any]]) -> dict[str, Opinion]:
    """The opinions of cross-validation runs on the programs of the families they held out.

    Each fold is calibrated on its own calibration families. The runs say nothing of severity, so
    that the order is by uncertainty alone. A program without a slice has probability 0, as in a
    review.
    """
    scores: dict[str, float] = {}
    families: set[str] = set()
    for folder in folders:
        slices, files = calibrate(read_predictions(folder / "calibrate.json"))
        told = read_predictions(folder / "test.json")
        families.update(row["family"] for row in told)
        for name, score in _best(told, slices).items():
            scores[name] = calibrated(score, files)
    return {
        row["id"]: _alone(scores.get(row["id"], 0.0)) for row in rows if row["family"] in families
    }


def _best(rows: Iterable[Mapping[str, Any]], platt: Platt) -> dict[str, float]:
    """The probability of the most likely slice of each whole program: it speaks for the file."""
    best: defaultdict[str, float] = defaultdict(float)
    for row in rows:
        if row["view"] == "program":
            best[row["program"]] = max(best[row["program"]], calibrated(row["score"], platt))
    return best


def _alone(likely: float) -> Opinion:
    value = _value(likely)
    return Opinion(likely, value, value)


def as_json(case: Case) -> dict[str, object]:
    """A case for a file."""
    return asdict(case) | {"settled": case.settled}
