"""A whole harvest of a small project, with the real compiler, sanitizer and sandbox."""

import argparse
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from harvest_toys import clone

from model_export.candidates import of_file
from model_export.cli import main
from model_export.dataset import split_of
from model_export.harvest import command
from model_export.harvest.assemble import Assembled
from model_export.harvest.command import Queue
from model_export.harvest.harvester import Crop, Job, programs_of
from model_export.harvest.projects import Place, Project, family_of, read_lines, read_project
from model_export.harvest.store import finished, tidy
from model_export.harvest.table import counts, losses, markdown
from model_export.harvest.trial import together
from reviewbot.errors import BadInput

needs_tools = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")


@pytest.fixture(scope="module")
def harvest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy project, harvested with two mutants a function."""
    top = tmp_path_factory.mktemp("harvest")
    root = clone(top / "toy")
    words = ["harvest", "--clones", str(root), "--out", str(top / "out"), "--mutants", "2"]
    assert main([*words, "--jobs", "2"]) == 0
    return top


def by_function(harvest: Path) -> dict[str, dict[str, Any]]:
    return {row["function"]: row for row in read_lines(harvest / "out" / "manifest.jsonl")}


def programs(harvest: Path, function: str) -> list[dict[str, Any]]:
    rows = read_lines(harvest / "out" / "programs.jsonl")
    return [row for row in rows if row["function"] == function]


@pytest.mark.clang
@needs_tools
def test_functions_come_as_far_as_they_can_and_say_why_no_further(harvest: Path) -> None:
    found = by_function(harvest)
    ends = {name: (row["outcome"], row["reason"]) for name, row in found.items()}
    assert ends["smooth"] == ("clean", "")
    assert ends["total"] == ("racy", "")
    assert ends["gather"] == ("unstable", "whether it races depends on the arguments")
    assert ends["paint"] == ("", "needs colour_of, which is nowhere in the project's sources")
    assert ends["seldom"] == ("", "its parallel code is not reached")
    assert ends["wipe"] == ("", "reaches outside its memory: remove")
    assert "its threads come from elsewhere" in ends["strips"][1]
    assert found["total"]["widest"] == 4 and "on stack main" in found["total"]["reports"][0]


@pytest.mark.clang
@needs_tools
def test_a_program_holds_what_it_needs_of_other_files_and_no_source_is_in_the_manifest(
    harvest: Path,
) -> None:
    original = programs(harvest, "total")[0]
    assert "static double scale = 2;" in original["text"]  # of another file of the project
    assert "getenv" not in original["text"] and "may be left out" not in original["text"]
    assert "not_needed" not in original["text"]
    entry = by_function(harvest)["total"]
    assert entry["files"] == ["src/weight.c", "include/grid.h", "src/grid.c"] or set(
        entry["files"]
    ) >= {"src/grid.c", "src/weight.c"}
    assert entry["licence"] == "MIT" and len(entry["commit"]) == 40
    assert "sum +=" not in json.dumps(entry)


@pytest.mark.clang
@needs_tools
def test_mutants_change_the_function_and_never_its_driver(harvest: Path) -> None:
    original, *mutants = programs(harvest, "smooth")
    assert len(mutants) == 2
    driver = original["text"][original["text"].index("#define SETUP_N") :]
    for mutant in mutants:
        assert mutant["text"].endswith(driver) and mutant["text"] != original["text"]
        assert mutant["mutation"] and mutant["family"] == original["family"] == "real_toy_smooth"


@pytest.mark.clang
@needs_tools
def test_programs_are_ready_to_be_executed_and_others_serve_unlabelled(harvest: Path) -> None:
    ready = list(of_file(harvest / "out" / "programs.jsonl"))
    assert {program.expected for program in ready} == {""}  # nothing is declared
    others = {row["function"]: row for row in read_lines(harvest / "out" / "unlabelled.jsonl")}
    assert set(others) == {"gather", "paint", "strips", "wipe", "seldom"}
    assert others["gather"]["text"].startswith("void gather(")
    assert any(item["object"].startswith("out") for item in others["gather"]["slices"])


@pytest.mark.clang
@needs_tools
def test_a_second_run_does_nothing_and_a_killed_one_goes_on(
    harvest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = harvest / "out"
    before = {p.name: p.read_text() for p in out.glob("*.jsonl")}
    words = ["harvest", "--clones", str(harvest / "toy"), "--out", str(out), "--mutants", "2"]
    assert main(words) == 0
    assert {p.name: p.read_text() for p in out.glob("*.jsonl")} == before
    assert "7/7 programs" in capsys.readouterr().err
    kept = [row for row in read_lines(out / "manifest.jsonl") if row["function"] != "smooth"]
    (out / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kept) + '{"cut')
    tidy(out, finished(out, {}))
    assert not programs(harvest, "smooth") and programs(harvest, "total")
    assert main(words) == 0
    after = sorted((harvest / "out" / "programs.jsonl").read_text().splitlines())
    assert after == sorted(before["programs.jsonl"].splitlines())


def test_a_project_without_a_licence_is_left_out_unless_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = clone(tmp_path / "bare", licence=None)
    out = tmp_path / "out"
    assert read_project(root).licence == "unknown"
    assert main(["harvest", "--clones", str(root), "--out", str(out), "--limit", "0"]) == 1
    assert "bare: left out" in capsys.readouterr().err
    main(["harvest", "--clones", str(root), "--out", str(out), "--limit", "0", "--any-licence"])
    assert "left out" not in capsys.readouterr().err


def test_a_folder_that_is_no_clone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no clone with a commit"):
        read_project(tmp_path)


def test_another_commit_is_harvested_anew(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    row = {"project": "p", "path": "a.c", "function": "f", "commit": "1"}
    (out / "manifest.jsonl").write_text(json.dumps(row) + "\n")
    assert finished(out, {"p": "1"}) == {("p", "a.c", "f")}
    assert finished(out, {"p": "2"}) == set()
    assert finished(out, {"other": "2"}) == {("p", "a.c", "f")}


def test_files_of_all_projects_come_in_turn_until_each_limit_is_met(tmp_path: Path) -> None:
    projects = [read_project(clone(tmp_path / name)) for name in ("one", "two")]
    limits = {"function_seconds": 9.0, "project_seconds": 5.0, "minutes": 1.0}
    args = argparse.Namespace(limit=3, per_file=2, mutants=0, seed=1, **limits)
    queue = Queue(projects, args, frozenset())
    assert queue.most() == 6
    first, second = queue.next(), queue.next()
    assert first is not None and second is not None
    assert (first.project.name, second.project.name) == ("one", "two")
    assert first.path == "src/grid.c" and first.limit == 2  # weight.c has nothing parallel in it
    assert queue.next() is None

    again = Queue(projects, args, frozenset())
    again.count(Crop(project="one", functions=3, found=()))
    left = again.next()
    assert left is not None and left.project.name == "two"
    assert (left.seconds, again.most()) == (9.0, 3)

    slow = Queue(projects, args, frozenset())
    slow.count(Crop(project="one", functions=1, found=(), seconds=5.5))
    after = slow.next()
    assert after is not None and after.project.name == "two"
    args.minutes = 0
    assert Queue(projects, args, frozenset()).next() is None


def test_a_worker_that_dies_takes_its_file_with_it_and_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_work", dies_at_one)
    limits = {"function_seconds": 9.0, "project_seconds": 5.0, "minutes": 1.0}
    args = argparse.Namespace(limit=3, per_file=2, mutants=0, seed=1, **limits)
    projects = [read_project(clone(tmp_path / name)) for name in ("one", "two")]
    crops = list(command._run_all(Queue(projects, args, frozenset()), 1, False, tmp_path))
    assert [crop.project for crop in crops] == ["two"]
    assert "left out, since a worker ended with them: one/src/grid.c" in capsys.readouterr().err


def dies_at_one(job: Job, unsafe: bool, work: Path) -> Crop:
    if job.project.name == "one":
        os._exit(9)
    return Crop(project=job.project.name, functions=2, found=())


@pytest.mark.parametrize(
    ("plain", "numbers", "collide", "outcome"),
    [
        ("clean", "clean", "clean", "clean"),
        ("clean", "crash", "timeout", "clean"),
        ("racy", "racy", "clean", "racy"),
        ("clean", "clean", "racy", "unstable"),
        ("racy", "clean", "racy", "unstable"),
        ("racy", "crash", "racy", "unstable"),
        ("crash", "clean", "clean", "unstable"),
    ],
)
def test_what_depends_on_the_arguments_is_no_label(
    plain: str, numbers: str, collide: str, outcome: str
) -> None:
    found, reason = together({"plain": plain, "numbers": numbers, "collide": collide})
    assert found == outcome and bool(reason) == (outcome == "unstable")


def test_of_a_function_that_races_only_fixes_are_drawn() -> None:
    text = (
        "#include <stdio.h>\nint sum;\nvoid f(int n) {\n#pragma omp parallel for schedule(static)\n"
        "  for (int i = 0; i < n; i++) sum += i;\n}\n#define SETUP_N 9\n"
        "int main(void) {\n  f(SETUP_N);\n  return 0;\n}\n"
    )
    made = Assembled(text=text, trial=text, language="c", target="f", paths=())
    place = Place(project="p", path="a.c", function="f", line=3, end_line=6, kind="parallel for")
    project = Project(root=Path(), name="p", commit="1", licence="MIT")
    job = Job(project=project, path="a.c", done=frozenset(), mutants=8, seed=1, limit=1)
    racy, clean = (
        {row["expects"] for row in list(programs_of(made, outcome, place, job))[1:]}
        for outcome in ("racy", "clean")
    )
    assert racy == {"fixes"}
    assert {"may-race", "performance"} <= clean


def test_functions_of_a_project_stay_in_one_split() -> None:
    names = [family_of("my-lib", f"function_{number}") for number in range(60)]
    assert len({split_of(name) for name in names}) == 1
    authored = {split_of(f"function_{number}") for number in range(60)}
    assert authored == {"train", "calibrate", "test"}


def test_the_yield_counts_stages_and_names_the_losses() -> None:
    def row(stage: str, reason: str, outcome: str = "", made: int = 0) -> dict[str, Any]:
        told = {"project": "p", "licence": "MIT", "stage": stage, "reason": reason}
        return told | {"outcome": outcome, "programs": made}

    rows = [
        row("reached", "", "racy", 3),
        row("reached", "whether it races depends on the arguments", "unstable"),
        row("own threads", "needs a_1, which is nowhere in the project's sources"),
        row("own threads", "needs b_2, which is nowhere in the project's sources"),
    ]
    found = counts(rows)
    assert (found["seen"], found["compiled"], found["usable"], found["racy"]) == (4, 2, 1, 1)
    assert found["unstable"] == 1 and found["programs"] == 3
    assert losses(rows)[0] == ("needs a name which is nowhere in the project", 2)
    assert "| p | MIT | 4 | 4 | 2 | 2 | 2 | 1 | 1 | 0 | 1 | 3 |" in markdown(rows)
