"""Programs kept as lines of JSON become cases, and tell nothing of their label."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from model_export.candidates import of_sketches
from model_export.dataset import split_of
from model_export.explore import SKETCHES
from model_export.suites import lines
from reviewbot.errors import BadInput


def test_a_line_becomes_a_case(tmp_path: Path) -> None:
    text = "// racy\n#pragma omp parallel\n{ }\n"
    line = {"family": "a", "variant": "racy", "language": "c++", "text": text}
    (tmp_path / "own.jsonl").write_text(f"{json.dumps(line)}\n" * 2, encoding="utf-8")
    first, second = lines.cases(tmp_path)
    assert (first.name, second.name, first.group) == ("own/a/1", "own/a/2", "a")
    assert (first.racy, first.kind, first.suffix) == (True, "OpenMP", ".cpp")
    assert "racy" not in first.source and first.source.count("\n") == text.count("\n")


def test_a_line_that_is_no_program_is_told_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "own.jsonl").write_text('{"family": "a"}\n', encoding="utf-8")
    with pytest.raises(BadInput, match=r"own\.jsonl:1"):
        list(lines.cases(tmp_path))


def test_the_blind_programs_are_balanced_and_were_never_learned_from() -> None:
    cases = list(lines.cases(lines.BLIND))
    assert len(cases) > 300
    assert Counter(case.racy for case in cases).most_common(1)[0][1] < 0.6 * len(cases)
    learned = {"".join(p.source.split()) for p in of_sketches(SKETCHES, "*")}
    told = (lines.BLIND / "blind.jsonl").read_text(encoding="utf-8").splitlines()
    assert learned.isdisjoint("".join(json.loads(line)["text"].split()) for line in told)


def test_held_out_sketches_are_whole_pairs_of_the_test_split() -> None:
    held = list(lines.held_out(SKETCHES))
    assert len(held) > 500
    assert {split_of(case.group) for case in held} == {"test"}
    assert set(Counter(case.group for case in held).values()) == {2}
    assert len(held) < 0.5 * len(list(lines.cases(SKETCHES)))
