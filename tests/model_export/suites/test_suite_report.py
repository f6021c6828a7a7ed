"""The whole command on a toy suite with a toy model, and whose fault each miss is."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import pytest

pytest.importorskip("sklearn")

from model_export.card import Table
from model_export.suites import command, misses
from model_export.suites.baselines import always_yes
from model_export.suites.measure import Absent, Opinion, Seen, look, of_model, of_rules, read_cases
from model_export.suites.report import Measured, notes, tables
from reviewbot.errors import BadInput
from tests.model_export.suites.toy_suite import LOCKED, UNLOCKED, LockReader, write_suite

# What the toy cannot know: main takes another lock than the thread.
_HEAD, _TAIL = LOCKED.replace("NORACE", "RACE!").split("int main")
TWO_LOCKS = f"{_HEAD}static pthread_mutex_t door; int main{_TAIL.replace('&gate', '&door')}"
WRONGLY_CLEAN = UNLOCKED.replace("RACE!", "NORACE")
WRONGLY_RACY = LOCKED.replace("NORACE", "RACE!")
OTHER_LINE = UNLOCKED.replace("  pthread_t other;", "  pthread_t other; // RACE!")
NO_THREADS = "static int x;\nvoid f(void) {\n  x++; // RACE!\n}\n"
BROKEN = "static int x;\nvoid f(void) {\n  if (((;\n  x++; // RACE!\n}\n"


def looked(root: Path, programs: dict[str, str]) -> list[Seen]:
    return look(read_cases("goblint", write_suite(root, programs)), LockReader())


def measured(root: Path, *more: Opinion, absent: tuple[Absent, ...] = ()) -> Measured:
    programs = {f"{g}/locked{n}.c": LOCKED for g in "ab" for n in range(2)}
    programs |= {f"{g}/unlocked{n}.c": UNLOCKED for g in "ab" for n in range(2)}
    seen = looked(root, programs)
    return Measured(
        suite="toys",
        cases=[s.case for s in seen],
        seen=seen,
        opinions=[of_model(seen, "toy"), of_rules(seen), *more],
        absent=absent,
    )


def rows(table: Table) -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for row in table.rows}


def test_every_judge_on_files_and_lines(tmp_path: Path) -> None:
    files, lines, kinds, constructs = tables(measured(tmp_path), rounds=20)
    assert files.title == "toys: files, 50% racy"
    assert rows(files)["toy"][:2] == ("8", "1.000 (1.000–1.000)")
    assert rows(files)["rules only"][:2] == ("8", "1.000 (1.000–1.000)")
    assert rows(files)["rules only"][-1] == "–"
    assert rows(files)["toy"][-1] == "0.000 (0.000–0.000)"
    assert (lines.title, rows(lines)["toy"][0]) == ("toys: marked lines, 50% racy", "16")
    assert [row[:4] for row in kinds.rows] == [
        ("pthreads", "8", "toy", "0.50"),
        ("pthreads", "8", "rules only", "0.50"),
    ]
    assert [row[0] for row in constructs.rows] == ["thread", "thread"]


def test_groups_with_enough_files_stand_by_themselves(tmp_path: Path) -> None:
    programs = {f"big/{n}.c": LOCKED if n % 2 else UNLOCKED for n in range(8)}
    seen = looked(tmp_path, {**programs, "small/1.c": LOCKED})
    cases = [s.case for s in seen]
    opinions = [of_model(seen, "toy"), always_yes(cases)]
    made = tables(Measured(suite="t", cases=cases, seen=seen, opinions=opinions), rounds=20)
    (only,) = (table.rows for table in made if "group" in table.title)
    assert [row[:4] for row in only] == [("big", "8", "toy", "0.50")]


def test_where_programs_ran_every_judge_is_held_against_what_they_showed(tmp_path: Path) -> None:
    names = {
        f"{g}/{kind}{n}.c": kind for g in "ab" for kind in ("locked", "unlocked") for n in "01"
    }
    saw = {name: float(kind == "unlocked") for name, kind in names.items()}
    runs = Opinion(judge="runs", files={**saw, "a/locked0.c": 1.0}, graded=False, executed=True)
    made = {table.title: rows(table) for table in tables(measured(tmp_path, runs), rounds=20)}
    (title,) = (title for title in made if "what runs saw" in title)
    assert title == "toys: files by what runs saw, 1 of them labelled otherwise, 62% racy"
    assert made[title]["toy"][1][:5] == "0.875"
    assert made[title]["runs"][1][:5] == "1.000"


def test_a_judge_of_some_files_meets_the_others_on_those(tmp_path: Path) -> None:
    half = Opinion(judge="half", files={"a/locked0.c": 1.0, "a/unlocked0.c": 1.0}, graded=False)
    made = {table.title: rows(table) for table in tables(measured(tmp_path, half), rounds=20)}
    assert "half" not in made["toys: files, 50% racy"]
    part = made["toys: files that half ran, 50% racy"]
    assert {name: row[0] for name, row in part.items()} == dict.fromkeys(
        ("toy", "rules only", "half"), "2"
    )
    assert part["half"][1].startswith("0.500")
    assert part["toy"][1].startswith("1.000")


def test_who_was_not_asked_is_said(tmp_path: Path) -> None:
    told = notes(measured(tmp_path, absent=(Absent(judge="oracle", reason="it sleeps"),)))
    assert told == ["oracle: not asked, it sleeps."]


@pytest.mark.parametrize(
    ("program", "line", "wrong", "attribution", "why"),
    [
        (TWO_LOCKS, 6, "missed", "model", "low probability, though no fact clears it"),
        (WRONGLY_RACY, 6, "missed", "slice", "only pairs that structure shows to be in order"),
        (WRONGLY_CLEAN, 6, "false alarm", "model", "high probability, and no fact clears it"),
        (OTHER_LINE, 11, "missed", "slice", "no pair there"),
        (NO_THREADS, 3, "missed", "slice", "no pair in the file"),
        (BROKEN, 4, "missed", "parse", "code that does not parse"),
    ],
)
def test_whose_fault(
    tmp_path: Path, program: str, line: int, wrong: str, attribution: str, why: str
) -> None:
    found = misses.misses("toys", looked(tmp_path, {"a/1.c": program}), ())
    miss = next(m for m in found if m.line == line)
    assert (miss.wrong, miss.attribution, miss.why, miss.people) == (wrong, attribution, why, "")


def test_right_verdicts_are_no_misses(tmp_path: Path) -> None:
    seen = looked(tmp_path, {"a/1.c": LOCKED, "a/2.c": UNLOCKED})
    assert misses.misses("toys", seen, ()) == []


def test_a_miss_tells_what_the_model_saw(tmp_path: Path) -> None:
    seen = looked(tmp_path, {"a/1.c": TWO_LOCKS})
    found = misses.misses("toys", seen, [of_model(seen, "toy"), of_rules(seen)])
    whole, first, second = found
    assert (whole.line, first.line, second.line) == (0, 6, 14)
    assert (first.object, first.probability, first.others) == ("served", 0.2, "rules only 1.00")
    assert first.accesses.startswith("write served") and " at 6" in first.accesses
    assert "common=differ" in first.relations
    assert "concurrent=0.20" in first.links
    misses.write(tmp_path / "errors.csv", found)
    with (tmp_path / "errors.csv").open(newline="") as text:
        read = list(csv.DictReader(text))
    assert [row["line"] for row in read] == ["0", "6", "14"]
    assert "| line | missed | model | low probability, though no fact clears it | 2 |" in (
        misses.summary(found)
    )


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bundle", type=Path)
    command.add_arguments(parser)
    return parser.parse_args(words)


def test_the_command_prints_tables_and_writes_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_suite(tmp_path, {"a/1.c": LOCKED, "b/2.c": TWO_LOCKS})
    monkeypatch.setattr(command, "load_predictor", lambda bundle, threads: LockReader())
    monkeypatch.setenv("PATH", str(tmp_path))  # no tool is there
    errors = tmp_path / "errors.csv"
    words = ["--suite", "goblint", "--root", str(root), "--errors", str(errors)]
    assert command.run(arguments(*words), None) == 0
    told = capsys.readouterr().out
    assert "### goblint: files, 50% racy" in told
    assert "| world model toy 1 | 2 | 0.500" in told
    assert "| rules only | 2 | 1.000" in told
    for judge in ("cppcheck", "clang-tidy", "ThreadSanitizer", "linear"):
        assert f"* {judge}" in told
    assert len(errors.read_text().splitlines()) == 4


def test_a_suite_without_its_root_is_said() -> None:
    with pytest.raises(BadInput, match="--root"):
        command.run(arguments("--suite", "goblint"), None)
