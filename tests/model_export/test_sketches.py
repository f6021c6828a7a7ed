"""Sketches: pairs of small programs that no generator made."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from model_export.candidates import of_sketches
from model_export.explore import SKETCHES
from model_export.programs.sample import Program
from reviewbot.errors import BadInput

# A word that would tell the label, in a comment or a name.
_TELLS = re.compile(r"(?i)\bracy\b|\bdata.?race|\bbug\b|\bfixed\b|\bunsafe\b|\bcorrect(?:ly)?\b")


@pytest.fixture(scope="module")
def programs() -> list[Program]:
    return of_sketches(SKETCHES, "*")


def test_each_family_is_a_pair_of_siblings(programs: list[Program]) -> None:
    families = defaultdict(list)
    for program in programs:
        families[program.family].append(program)
    assert len(families) > 1000
    for name, siblings in families.items():
        assert {p.expected for p in siblings} == {"racy", "clean"}, name
        assert len(siblings) == 2 and len({p.twin_group for p in siblings}) == 1, name
        assert len({p.language for p in siblings}) == 1, name


def test_no_two_programs_are_one(programs: list[Program]) -> None:
    assert len({"".join(p.source.split()) for p in programs}) == len(programs)


def test_no_text_tells_its_label(programs: list[Program]) -> None:
    telling = [p.family for p in programs if _TELLS.search(_comments(p.source))]
    assert telling == []


def _comments(source: str) -> str:
    return "\n".join(re.findall(r"//[^\n]*|/\*.*?\*/", source, re.DOTALL))


def test_what_its_author_declares_names_what_races(tmp_path: Path) -> None:
    line = {"family": "sketch_a", "language": "c", "mechanism": "", "text": "int x;"}
    lines = [
        {**line, "variant": "racy", "object": "box[i].count", "text": "int x; "},
        {**line, "variant": "clean", "object": "box[i].count"},
    ]
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    racy, clean = of_sketches(tmp_path, "own")
    assert (racy.effects, racy.expected) == ({"count": "racy"}, "racy")
    assert (clean.effects, clean.expected) == ({}, "clean")
    assert racy.id != clean.id and racy.twin_group == clean.twin_group


def test_none_are_read_where_none_are_wanted(tmp_path: Path) -> None:
    assert of_sketches(SKETCHES, "") == []
    assert of_sketches(tmp_path, "*") == []


def test_a_line_that_is_no_program_is_told_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"family": "sketch_a"}\n', encoding="utf-8")
    with pytest.raises(BadInput, match=r"bad\.jsonl:1"):
        of_sketches(tmp_path, "*")
