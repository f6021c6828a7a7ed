"""Writes traces out as prompt and completion: JSON lines, one file for each split of families.

python -m model_export causal prompts --corpus data/programs --traces data/traces --out data/prose

{"id": …, "family": …, "outcome": "racy", "prompt": "Two accesses meet: …", "completion": "1. …"}
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from model_export.dataset import split_of
from model_export.execute.corpus import read_rows
from model_export.hindsight.prose import to_prose
from model_export.hindsight.trace import Step, Touch, Trace, from_json
from reviewbot.causal.prompt import prompt_of, shown_lines
from reviewbot.code.analyse import analyse
from reviewbot.errors import BadInput
from reviewbot.records import Access, AccessPair, Slice

HEADER = 3  # lines of prose that the prompt tells: the object and both accesses
UNSHOWN = "`...`"  # stands for code that the prompt does not show
_QUOTED = re.compile(r"`[^`]*`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One text to learn from."""

    id: str
    family: str
    outcome: str
    prompt: str
    completion: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the step."""
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="from explore")
    parser.add_argument("--traces", type=Path, required=True, metavar="DIR", help="from trace")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="of the JSON lines")
    parser.add_argument(
        "--what-if", action="store_true", help="teach to write the counterfactual as well"
    )


def run(args: argparse.Namespace) -> int:
    """Write train.jsonl, calibrate.jsonl and test.jsonl."""
    args.out.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for example in examples(args.corpus, args.traces, what_if=args.what_if):
        split = split_of(example.family)
        counts[f"{split} {example.outcome}"] += 1
        lines[split].append(to_line(example))
    if not lines:
        raise BadInput(
            f"{args.traces} holds no valid trace of a program of {args.corpus}: run "
            "`python -m model_export trace` first, with the same corpus."
        )
    for split in ("train", "calibrate", "test"):
        (args.out / f"{split}.jsonl").write_text("".join(lines[split]), encoding="utf-8")
    print(", ".join(f"{name}: {count}" for name, count in sorted(counts.items())))
    return 0


def to_line(example: Example) -> str:
    """One JSON line."""
    fields = ("id", "family", "outcome", "prompt", "completion")
    return json.dumps({name: getattr(example, name) for name in fields}) + "\n"


def examples(corpus: Path, traces: Path, *, what_if: bool = False) -> Iterator[Example]:
    """An example for every valid trace whose pair the front end still finds."""
    told: defaultdict[str, list[Mapping[str, object]]] = defaultdict(list)
    for row in read_rows(traces, ("id", "program", "trace", "valid", "family")):
        if row["valid"]:
            told[str(row["program"])].append(row)
    for program in read_rows(corpus, ("id", "language", "source")):
        if program["id"] in told:
            slices = analyse(
                "program.c" if program["language"] == "c" else "program.cpp",
                str(program["source"]).encode(),
            ).slices
            for trace in told[str(program["id"])]:
                yield from _examples(trace, slices, what_if=what_if)


def _examples(
    row: Mapping[str, object], slices: Sequence[Slice], *, what_if: bool
) -> Iterator[Example]:
    trace = from_json(str(row["trace"]))
    found = pair_of(trace, slices)
    if found is not None:
        item, pair = found
        prompt = prompt_of(item, pair)
        yield Example(
            id=str(row["id"]),
            family=str(row["family"]),
            outcome=trace.outcome,
            prompt=prompt,
            completion=completion_of(trace, item, pair, what_if=what_if),
        )


def pair_of(trace: Trace, slices: Sequence[Slice]) -> tuple[Slice, AccessPair] | None:
    """The slice and pair that a trace is about, if the front end has them."""
    for item in slices:
        if item.object == trace.object:
            for pair in item.pairs:
                if all(map(_is, (pair.first, pair.second), trace.accesses)):
                    return item, pair
    return None


def _is(access: Access, touch: Touch) -> bool:
    return (access.line, access.column, access.mode.value) == (touch.line, touch.column, touch.mode)


def completion_of(trace: Trace, item: Slice, pair: AccessPair, *, what_if: bool = False) -> str:
    """The trace from its first link on; it quotes and cites what the prompt shows, nothing else."""
    shown = shown_lines(item, pair)
    known = {item.object, pair.first.text, pair.second.text}
    steps = tuple(_shown(step, shown, known, pair.first.line) for step in trace.steps)
    kept = replace(trace, steps=steps, what_if=trace.what_if if what_if else None)
    return "\n".join(to_prose(kept).split("\n")[HEADER:])


def _shown(step: Step, shown: frozenset[int], known: set[str], otherwise: int) -> Step:
    """The step without code and lines that the model cannot know of."""
    claim = _QUOTED.sub(lambda m: m[0] if m[0].strip("`") in known else UNSHOWN, step.claim)
    lines = tuple(line for line in step.lines if line in shown)
    return replace(step, claim=claim, lines=lines or (otherwise,))
