"""Edits: applied, traced back, and shown as a patch that git takes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reviewbot.fixes.edits import Edit, Edited, unified

TEXT = "int a;\nint b;\nint c;\n"


class TestApplied:
    def test_in_the_order_of_the_text(self) -> None:
        edited = Edited.of(TEXT, [Edit(14, 14, "x\n"), Edit(4, 5, "long_name")])
        assert edited is not None
        assert edited.text == "int long_name;\nint b;\nx\nint c;\n"

    def test_two_at_one_place_keep_their_order(self) -> None:
        edited = Edited.of(TEXT, [Edit(0, 0, "1"), Edit(0, 0, "2")])
        assert edited is not None and edited.text.startswith("12int")

    @pytest.mark.parametrize(
        "edits", [[Edit(0, 5, ""), Edit(4, 6, "")], [Edit(0, 99, "")], [Edit(5, 4, "")]]
    )
    def test_not_where_they_overlap_or_lie_outside(self, edits: list[Edit]) -> None:
        assert Edited.of(TEXT, edits) is None


class TestTraced:
    def test_each_character_knows_where_it_stood(self) -> None:
        edited = Edited.of(TEXT, [Edit(7, 7, "// new\n"), Edit(4, 5, "xyz"), Edit(14, 21, "")])
        assert edited is not None
        for kept in ("int x", "int b"):
            assert kept in edited.text
        assert edited.before(edited.text.index("int b")) == TEXT.index("int b")
        assert edited.before(edited.text.index("new")) is None
        assert edited.before(edited.text.index("xyz")) is None
        assert edited.before(0) == 0
        assert edited.before(len(edited.text)) == len(TEXT)


def applied(folder: Path, name: str, before: str, after: str) -> str:
    """What `git apply` makes of the file with our patch."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(before.encode())
    patch = unified(name, before, after).encode()
    command = ["git", "apply", "--verbose", "-"]
    subprocess.run(command, cwd=folder, input=patch, check=True, capture_output=True)
    return path.read_bytes().decode()


class TestPatch:
    @pytest.mark.parametrize("name", ["a.c", "src/deep/a.c", "my file.c"])
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (TEXT, TEXT.replace("b", "bb")),
            (TEXT.replace("\n", "\r\n"), TEXT.replace("b", "bb").replace("\n", "\r\n")),
            (TEXT.rstrip(), TEXT.rstrip() + " // end"),
            (TEXT.rstrip(), TEXT),
            ("int a;\f\nint b;\u2028\n", "int a;\f\nint bb;\u2028\n"),
        ],
    )
    def test_is_applied_by_git(self, tmp_path: Path, name: str, before: str, after: str) -> None:
        assert applied(tmp_path, name, before, after) == after

    def test_shows_three_lines_around(self) -> None:
        before = "".join(f"line {n}\n" for n in range(20))
        patch = unified("a.c", before, before.replace("line 10", "changed"))
        assert patch.startswith("--- a/a.c\n+++ b/a.c\n@@ -8,7 +8,7 @@\n")
        assert patch.count("\n ") == 6

    def test_a_path_from_the_root_stays_within_the_patch(self) -> None:
        assert unified("/tmp/a.c", "x\n", "y\n").startswith("--- a/tmp/a.c\n")
