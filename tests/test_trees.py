"""Files of a project by path: from a revision, the index and the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewbot.git import open_repository
from reviewbot.trees import MAX_FILE, DiskTree, GitTree
from tests.repositories import TemporaryRepository

OLD, NEW = "int old;\n", "int new;\n"


@pytest.fixture
def made(tmp_path: Path) -> TemporaryRepository:
    repository = TemporaryRepository(tmp_path / "work")
    repository.commit({"inc/a.h": OLD})
    repository.write("inc/a.h", NEW)
    return repository


class TestGit:
    def test_a_revision_is_read_whatever_the_disk_holds(self, made: TemporaryRepository) -> None:
        opened = open_repository(made.path)
        tree = GitTree(opened, opened.resolve("HEAD"))
        assert tree(("inc/a.h", "b.h", "../x.h")) == {
            "inc/a.h": OLD.encode(),
            "b.h": None,
            "../x.h": None,
        }

    def test_the_index_is_read_as_it_is_staged(self, made: TemporaryRepository) -> None:
        made.stage("inc/a.h")
        made.write("inc/a.h", "int later;\n")
        assert GitTree(open_repository(made.path), None)(("inc/a.h",)) == {"inc/a.h": NEW.encode()}

    def test_links_and_large_files_are_not_there(self, made: TemporaryRepository) -> None:
        made.entry("120000", "link.h", b"inc/a.h")
        made.entry("100644", "large.h", b"x" * (MAX_FILE + 1))
        tree = GitTree(open_repository(made.path), None)
        assert tree(("link.h", "large.h")) == {"link.h": None, "large.h": None}

    def test_each_path_is_asked_for_once(self, made: TemporaryRepository) -> None:
        opened = open_repository(made.path)
        tree = GitTree(opened, opened.resolve("HEAD"))
        tree(("inc/a.h", "b.h"))
        made.path.joinpath(".git").rename(made.path / "gone")
        assert tree(("b.h", "inc/a.h"))["inc/a.h"] == OLD.encode()

    def test_a_git_that_fails_has_no_headers(self, made: TemporaryRepository) -> None:
        opened = open_repository(made.path)
        tree = GitTree(opened, "0" * 39 + "1")  # no such tree
        assert tree(("inc/a.h",)) == {"inc/a.h": None}


class TestDisk:
    def test_what_the_disk_holds(self, made: TemporaryRepository) -> None:
        tree = DiskTree(made.path)
        assert tree(("inc/a.h", "b.h", "inc")) == {
            "inc/a.h": NEW.encode(),
            "b.h": None,
            "inc": None,
        }

    def test_no_way_out(self, made: TemporaryRepository, tmp_path: Path) -> None:
        secret = tmp_path / "secret.h"
        secret.write_text("int secret;\n")
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside/b.h").write_text("int b;\n")
        made.path.joinpath("link.h").symlink_to(secret)
        made.path.joinpath("folder").symlink_to(tmp_path / "outside")
        paths = ("link.h", "folder/b.h", "../secret.h", str(secret), "inc/../../secret.h", "a\0.h")
        assert set(DiskTree(made.path)(paths).values()) == {None}

    def test_a_root_that_is_reached_by_a_link(self, made: TemporaryRepository) -> None:
        made.path.parent.joinpath("alias").symlink_to(made.path)
        tree = DiskTree(made.path.parent / "alias")
        assert tree(("inc/a.h",)) == {"inc/a.h": NEW.encode()}

    def test_a_large_file(self, made: TemporaryRepository) -> None:
        made.write("large.h", b"x" * (MAX_FILE + 1))
        assert DiskTree(made.path)(("large.h",)) == {"large.h": None}


class TestElsewhere:
    @pytest.fixture(params=["git", "index", "disk"])
    def tree(self, request: pytest.FixtureRequest, tmp_path: Path) -> GitTree | DiskTree:
        made = TemporaryRepository(tmp_path / "work")
        made.commit({"a/list.h": OLD, "b/twice.h": OLD, "c/twice.h": NEW, "c/deep/only.h": NEW})
        if request.param == "disk":
            return DiskTree(made.path)
        opened = open_repository(made.path)
        return GitTree(opened, opened.resolve("HEAD") if request.param == "git" else None)

    def test_one_that_alone_has_the_name_is_meant(self, tree: GitTree | DiskTree) -> None:
        assert tree(("*/list.h", "*/deep/only.h", "*/c/twice.h")) == {
            "*/list.h": OLD.encode(),
            "*/deep/only.h": NEW.encode(),
            "*/c/twice.h": NEW.encode(),
        }

    def test_none_is_meant_where_several_or_none_fit(self, tree: GitTree | DiskTree) -> None:
        paths = ("*/twice.h", "*/none.h", "*/eep/only.h", "*/../list.h", "*/", "*/*.h")
        assert tree(paths) == dict.fromkeys(paths)
