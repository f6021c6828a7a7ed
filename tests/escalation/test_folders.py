"""What code under test left behind is read without following it anywhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reviewbot.escalation.checkout import check_out
from reviewbot.escalation.folders import (
    MAX_LOG,
    files_below,
    open_folder,
    read_logs,
    read_regular,
    remove,
)
from reviewbot.git import open_repository
from tests.repositories import TemporaryRepository


class TestReadRegular:
    def test_reads_a_file_up_to_the_limit(self, tmp_path: Path) -> None:
        (tmp_path / "log").write_bytes(b"x" * 100)
        assert read_regular(tmp_path / "log", tmp_path) == b"x" * 100
        assert read_regular(tmp_path / "log", tmp_path, 10) == b"x" * 10

    def test_follows_no_link_to_a_file(self, tmp_path: Path) -> None:
        inside = tmp_path / "inside"
        inside.mkdir()
        (tmp_path / "secret").write_text("mine")
        (inside / "log").symlink_to(tmp_path / "secret")
        assert read_regular(inside / "log", inside) == b""

    def test_follows_no_link_to_a_folder_or_upwards(self, tmp_path: Path) -> None:
        inside = tmp_path / "inside"
        inside.mkdir()
        (tmp_path / "secret").write_text("mine")
        (inside / "folder").symlink_to(tmp_path)
        assert read_regular(inside / "folder/secret", inside) == b""
        assert read_regular(inside / "../secret", inside) == b""

    def test_waits_for_no_pipe(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "log")
        assert read_regular(tmp_path / "log", tmp_path) == b""
        assert read_logs(tmp_path).strip() == ""

    def test_a_folder_or_nothing_is_empty(self, tmp_path: Path) -> None:
        assert read_regular(tmp_path, tmp_path.parent) == b""
        assert read_regular(tmp_path / "none", tmp_path) == b""


class TestLogs:
    def test_are_read_in_order_without_counters(self, tmp_path: Path) -> None:
        (tmp_path / "report.2").write_text("second")
        (tmp_path / "report.1").write_text("first")
        (tmp_path / "1-2.profraw").write_text("counters")
        assert read_logs(tmp_path) == "first\nsecond"

    def test_that_flood_are_cut(self, tmp_path: Path) -> None:
        with (tmp_path / "report.1").open("wb") as file:
            file.truncate(MAX_LOG * 3)  # a hole: it takes no room
        (tmp_path / "report.2").write_text("second")
        text = read_logs(tmp_path)
        assert len(text) < MAX_LOG + 10
        assert text.endswith("second")


def test_a_folder_is_removed_whatever_rights_were_left_in_it() -> None:
    with open_folder() as folder:
        (folder / "locked").mkdir()
        (folder / "locked/file").write_text("")
        (folder / "locked").chmod(0)
    assert not folder.exists()
    remove(folder)  # a second time is no fault


def test_files_below_do_not_leave_the_folder(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "outside.c").write_text("")
    (inside / "up").symlink_to(tmp_path)
    (inside / "a.c").write_text("")
    names = {file.name for file in files_below(inside)}
    assert "a.c" in names
    assert "outside.c" not in names


class TestCheckOut:
    def test_is_the_commit_and_not_the_working_tree(self, tmp_path: Path) -> None:
        made = TemporaryRepository(tmp_path / "r")
        commit = made.commit({"dir/ü name.c": "committed", ".gitattributes": "* export-ignore\n"})
        made.write("dir/ü name.c", "not committed")
        folder = tmp_path / "copy"
        folder.mkdir()
        check_out(open_repository(made.path), commit, folder)
        assert (folder / "dir/ü name.c").read_text() == "committed"
        assert not (folder / ".git").exists()
        assert made.git("status", "--porcelain", "-z").startswith(" M dir/")

    def test_runs_no_hook(self, tmp_path: Path) -> None:
        made = TemporaryRepository(tmp_path / "r")
        commit = made.commit({"a.c": "int a;"})
        hook = made.path / ".git/hooks/post-index-change"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
        hook.chmod(0o755)
        folder = tmp_path / "copy"
        folder.mkdir()
        check_out(open_repository(made.path), commit, folder)
        assert (folder / "a.c").exists()
        assert not (tmp_path / "hooked").exists()

    @pytest.mark.parametrize("name", ["a.c", "sub/b.c"])
    def test_works_from_a_linked_worktree(self, tmp_path: Path, name: str) -> None:
        made = TemporaryRepository(tmp_path / "r")
        commit = made.commit({name: "int a;"})
        made.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
        folder = tmp_path / "copy"
        folder.mkdir()
        check_out(open_repository(tmp_path / "linked"), commit, folder)
        assert (folder / name).read_text() == "int a;"
