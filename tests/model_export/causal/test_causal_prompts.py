"""Traces become prompt and completion; the completion quotes nothing that the prompt hides."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")

from model_export.causal.prompts import UNSHOWN, completion_of, pair_of
from model_export.cli import main
from model_export.execute.corpus import write_part
from model_export.hindsight.prose import parse_prose, to_prose
from model_export.hindsight.store import write_traces
from model_export.hindsight.trace import Change, Step, Touch, Trace, WhatIf, to_json
from reviewbot.causal.reading import Told, read_told
from reviewbot.code.analyse import analyse
from reviewbot.records import Link, Mode

SOURCE = """\
#include <omp.h>
int hits;
int main(void) {
#pragma omp parallel for
    for (int i = 0; i < 9; i++) {
        hits += i;
    }
    return hits;
}
"""
WRITE = Touch(mode="write", text="hits", line=6, column=9, function="main", atomic=False)


def told(*, line: int = 6, outcome: str = "racy") -> Trace:
    """A trace of the program above, by hand."""
    claim = "`hits` is bumped while `#pragma omp parallel for` runs"
    lines = (4, line)
    steps = tuple(Step(link=link, holds=True, claim=claim, lines=lines) for link in Link)
    change = Change(first=6, last=5, text=("#pragma omp atomic",))
    return Trace(
        outcome=outcome,
        object="hits",
        accesses=(WRITE, WRITE),
        steps=steps,
        what_if=WhatIf(link=Link.UNPROTECTED, changes=(change,), outcome="clean"),
    )


def write_both(folder: Path, trace: Trace, *, valid: bool = True) -> list[str]:
    """A corpus of one program with one trace; the options that name both."""
    program = {"id": "p", "family": "hits", "language": "c", "source": SOURCE, "usable": True}
    write_part(folder / "corpus", [program])
    row = {"id": "p-0", "program": "p", "family": "hits", "trace": to_json(trace), "valid": valid}
    write_traces(folder / "traces", [row])
    return ["--corpus", str(folder / "corpus"), "--traces", str(folder / "traces")]


def test_the_command_writes_what_a_model_learns(tmp_path: Path) -> None:
    options = write_both(tmp_path, told())
    assert main(["causal", "prompts", *options, "--out", str(tmp_path / "out")]) == 0
    written = sorted((tmp_path / "out").glob("*.jsonl"))
    assert [path.name for path in written] == ["calibrate.jsonl", "test.jsonl", "train.jsonl"]
    (line,) = [line for path in written for line in path.read_text().splitlines()]
    row = json.loads(line)
    assert (row["id"], row["family"], row["outcome"]) == ("p-0", "hits", "racy")
    assert row["prompt"].startswith("Two accesses meet")
    header = row["prompt"].splitlines()[-3:]
    assert header == to_prose(told()).splitlines()[:3]
    whole = parse_prose("\n".join(header) + "\n" + row["completion"])
    assert (whole.object, whole.outcome, whole.what_if) == ("hits", "racy", None)
    assert isinstance(read_told(row["completion"]), Told)


def test_invalid_traces_are_not_learned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = write_both(tmp_path, told(), valid=False)
    assert main(["causal", "prompts", *options, "--out", str(tmp_path / "out")]) == 2
    assert "no valid trace" in capsys.readouterr().err


def test_quotes_and_lines_that_the_prompt_hides_are_left_out() -> None:
    slices = analyse("program.c", SOURCE.encode()).slices
    found = pair_of(told(), slices)
    assert found is not None
    item, pair = found
    assert (pair.first.line, pair.first.mode) == (6, Mode.WRITE)
    text = completion_of(told(line=900), item, pair)
    assert set(re.findall(r"`[^`]*`", text)) == {"`hits`", UNSHOWN}
    assert set(re.findall(r"\[.*?\]", text)) == {"[line 4]"}
    assert "What if" not in text
    assert "What if" in completion_of(told(), item, pair, what_if=True)


def test_a_trace_of_accesses_that_are_not_there_has_no_pair() -> None:
    slices = analyse("program.c", SOURCE.replace("hits += i", "hits  = i").encode()).slices
    assert pair_of(told(), slices) is not None
    moved = analyse("program.c", ("\n" + SOURCE).encode()).slices
    assert pair_of(told(), moved) is None
