"""What is told of ordinary commits."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_export.cli import main
from model_export.suites.ordinary import OF_THE_EXAM, Commit, candidates, table
from reviewbot.git import open_repository
from tests.report.factory import race
from tests.repositories import TemporaryRepository

SUM = """double sum(const double *a, int n) {
  double s = 0;
#pragma omp parallel for%s
  for (int i = 0; i < n; i++) s += a[i];
  return s;
}
"""
CLEAN, RACY = SUM % " reduction(+ : s)", SUM % ""
PLAIN = "int twice(int a) { return 2 * a; }\n"


def history(path: Path) -> TemporaryRepository:
    """A first commit, one without parallel code, one that races, one that may be a fix."""
    made = TemporaryRepository(path)
    made.commit({"a.c": CLEAN, "plain.c": PLAIN, "notes.txt": "x"}, "Sum what there is")
    made.commit({"plain.c": PLAIN.replace("2", "3")}, "Thrice")
    made.commit({"notes.txt": "y"}, "Words")
    made.commit({"a.c": RACY}, "Shorter")
    made.commit({"a.c": CLEAN}, "Fix a data race")
    return made


def test_commits_that_speak_of_the_exam_and_those_of_other_files_are_left_out(
    tmp_path: Path,
) -> None:
    made = history(tmp_path / "one")
    names = candidates(open_repository(made.path))
    messages = [made.git("log", "-1", "--format=%s", name) for name in names]
    assert messages == ["Shorter", "Thrice", "Sum what there is"]


@pytest.mark.parametrize(
    "message", ["Fix DATA RACE", "Take the lock", "std::atomic", "thread-safe", 'Revert "x"']
)
def test_what_speaks_of_races_is_the_exams(message: str) -> None:
    assert OF_THE_EXAM.search(message)


def test_what_speaks_of_other_things_is_not() -> None:
    assert not OF_THE_EXAM.search("Read the sizes from the header once")


def test_the_table_counts_commits_and_comments() -> None:
    told = (race(),)
    commits = [
        Commit(project="one", name="a", openmp=True, told=told * 2, seconds=0.1),
        Commit(project="one", name="b", openmp=True, told=(), seconds=0.3),
        Commit(project="two", name="c", openmp=False, told=(), seconds=0.2),
    ]
    rows = {row[0]: [cell.split()[0] for cell in row[1:]] for row in table(commits).rows}
    assert rows == {
        "any": ["3", "0.333", "0.667", "0.200", "0.290"],
        "OpenMP": ["2", "0.500", "1.000", "0.200", "0.290"],
        "threads alone": ["1", "0.000", "0.000", "0.200", "0.200"],
    }


def test_the_command_reviews_each_clone_of_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history(tmp_path / "one")
    (tmp_path / "empty").mkdir()
    assert main(["ordinary", "--root", str(tmp_path)]) == 0
    told = capsys.readouterr()
    # "Shorter" races; the first commit has no parent to be compared with.
    assert "ordinary commits that touch parallel code, of 1 projects" in told.out
    assert "| OpenMP | 1 | 1.000" in told.out
    assert "a.c:4 s 0." in told.out
    assert "1/1 projects" in told.err


def test_a_folder_without_clones_says_what_to_give(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ordinary", "--root", str(tmp_path / "nowhere")]) == 2
    assert "give a folder of clones" in capsys.readouterr().err
