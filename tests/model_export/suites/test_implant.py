"""Races that are put into files of projects."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_export.cli import main
from model_export.suites.implant import Implant, compare, look, table
from reviewbot.model.bundle import DEFAULT
from reviewbot.model.predict import OnnxPredictor, load_predictor
from reviewbot.trees import DiskTree

LOCK, UNLOCK = "pthread_mutex_lock(&s->m);", "pthread_mutex_unlock(&s->m);"
STORE = """#include <pthread.h>
struct store { pthread_mutex_t m; int used; int spare; };
void put(struct store *s, int n) { %s s->used += n; %s }
int look(struct store *s) { pthread_mutex_lock(&s->m); int n = s->used; %s return n; }
"""
CLEAN = STORE % (LOCK, UNLOCK, UNLOCK)
RACY = STORE % ("", "", UNLOCK)


@pytest.fixture(scope="module")
def predictor() -> OnnxPredictor:
    return load_predictor(DEFAULT)


def test_a_slip_that_changes_an_object_is_told(predictor: OnnxPredictor) -> None:
    before, after = (look("a.c", text, predictor, {}) for text in (CLEAN, RACY))
    slip = compare(before, after, "remove-lock", "here")
    assert slip.changed
    assert slip.after > slip.before + 0.2
    nothing = compare(before, before, "remove-lock", "here")
    assert (nothing.changed, nothing.before, nothing.after) == (False, 0.0, 0.0)


def test_the_old_side_keeps_an_object_without_locks_in_sight(predictor: OnnxPredictor) -> None:
    lone = CLEAN[: CLEAN.index("int look")]
    bare = lone.replace(LOCK, "").replace(UNLOCK, "")
    before = look("a.c", lone, predictor, {})
    assert not compare(before, look("a.c", bare, predictor, {}), "", "").changed
    known = look("a.c", bare, predictor, before.analysis.guarded)
    assert compare(before, known, "", "").changed


def test_the_headers_of_the_project_are_read(predictor: OnnxPredictor, tmp_path: Path) -> None:
    first, _, rest = CLEAN.partition("\n")
    struct, _, functions = rest.partition("\n")
    (tmp_path / "store.h").write_text(struct.replace("int used", "_Atomic int used") + "\n")
    text = f'{first}\n#include "store.h"\n{functions}'
    blind, seeing = (
        look("src/a.c", text, predictor, {}, tree) for tree in (None, DiskTree(tmp_path))
    )
    assert blind.facts != seeing.facts


def slip(
    rule: str,
    *,
    changed: bool = True,
    before: float = 0.1,
    after: float = 0.9,
    openmp: bool = False,
) -> Implant:
    return Implant(
        rule=rule, project="one", changed=changed, before=before, after=after, openmp=openmp
    )


def test_the_table_counts_what_moved() -> None:
    slips = [
        slip("a"),
        slip("a", changed=False, before=0.0, after=0.0),
        slip("b", before=0.6, openmp=True),
    ]
    made = table([("one", 0.2), ("two", 0.7)], slips)
    assert "of their 2 objects as they are 50% are told" in made.title
    shares = {row[0]: [cell.split()[0] for cell in row[1:4]] for row in made.rows}
    assert shares == {
        "all": ["3", "0.667", "0.333"],
        "of files with OpenMP": ["1", "1.000", "0.000"],
        "of files with threads alone": ["2", "0.500", "0.500"],
        "a": ["2", "0.500", "0.500"],
        "b": ["1", "1.000", "0.000"],
    }
    assert made.rows[0][4].startswith("1.000")  # both that changed, above both that are clean


def test_the_command_reads_folders_of_projects(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for project in ("one", "two"):
        (tmp_path / project).mkdir()
        (tmp_path / project / "store.c").write_text(CLEAN)
        (tmp_path / project / "plain.c").write_text("int twice(int a) { return 2 * a; }\n")
    assert main(["implant", "--root", str(tmp_path), "--old-side"]) == 0
    told = capsys.readouterr()
    assert "races put into files of 2 projects" in told.out
    assert "| remove-lock |" in told.out
    assert "4/4 files" in told.err


def test_a_folder_without_sources_says_what_to_give(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["implant", "--root", str(tmp_path)]) == 2
    assert "give a folder of checkouts" in capsys.readouterr().err
