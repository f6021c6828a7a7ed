"""The diff's reader, held against real git: every odd file state, and exact line numbers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reviewbot.diff import parse_diff
from reviewbot.git import Repository, open_repository
from reviewbot.records import Change, FileDiff, Skipped
from tests.repositories import TemporaryRepository, isolated_environment

Files = dict[str, bytes]
DIFF_XY = b"diff --git a/x.c b/x.c\nindex 1..2 100644\n--- a/x.c\n+++ b/x.c\n"
GOOD = b"diff --git a/y.c b/y.c\nindex 1..2 100644\n--- a/y.c\n+++ b/y.c\n@@ -0,0 +1 @@\n+int y;\n"


@pytest.fixture(scope="module", autouse=True)
def _isolated() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            patch.delenv(name)
        for name, value in isolated_environment().items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> TemporaryRepository:
    return TemporaryRepository(tmp_path_factory.mktemp("diff"))


@pytest.fixture(scope="module")
def repository(made: TemporaryRepository) -> Repository:
    return open_repository(made.path)


@pytest.fixture
def change(
    made: TemporaryRepository, repository: Repository
) -> Callable[[Files, Files], tuple[FileDiff | Skipped, ...]]:
    """Parse the real diff between two flat trees."""

    def parse(base: Files, head: Files) -> tuple[FileDiff | Skipped, ...]:
        return parse_diff(repository.diff(made.tree(base), made.tree(head)))

    return parse


@pytest.fixture
def staged(tmp_path: Path) -> TemporaryRepository:
    return TemporaryRepository(tmp_path / "staged")


def of_staged(made: TemporaryRepository) -> tuple[FileDiff | Skipped, ...]:
    return parse_diff(open_repository(made.path).diff_staged())


def only(files: tuple[FileDiff | Skipped, ...]) -> FileDiff:
    (file,) = files
    assert isinstance(file, FileDiff)
    return file


class TestChanges:
    def test_no_change_is_no_file(self, change) -> None:
        assert change({"x.c": b"1\n"}, {"x.c": b"1\n"}) == ()

    def test_modified_with_exact_lines(self, change) -> None:
        base = b"".join(b"%d\n" % at for at in range(1, 31))
        head = base.replace(b"\n5\n", b"\nfive\nand\n").replace(b"\n20\n", b"\n")
        file = only(change({"x.c": base}, {"x.c": head}))
        assert (file.path, file.old_path, file.change) == ("x.c", "x.c", Change.MODIFIED)
        first, second = file.hunks
        assert (first.added, first.removed) == ((5, 6), (5,))
        assert (first.old_start, first.old_length) == (2, 7)
        assert (first.new_start, first.new_length) == (2, 8)
        assert (second.added, second.removed) == ((), (20,))
        assert file.added_lines == {5, 6}

    def test_added_and_deleted(self, change) -> None:
        added = only(change({}, {"x.c": b"1\n2\n"}))
        assert (added.change, added.path, added.old_path) == (Change.ADDED, "x.c", None)
        assert added.added_lines == {1, 2}
        deleted = only(change({"x.c": b"1\n2\n"}, {}))
        assert (deleted.change, deleted.path, deleted.old_path) == (Change.DELETED, "x.c", "x.c")
        assert deleted.hunks[0].removed == (1, 2)
        assert deleted.added_lines == frozenset()

    def test_empty_files(self, change) -> None:
        added = only(change({}, {"a b.c": b""}))
        assert (added.change, added.path, added.hunks) == (Change.ADDED, "a b.c", ())
        deleted = only(change({"a b.c": b""}, {}))
        assert (deleted.change, deleted.path, deleted.hunks) == (Change.DELETED, "a b.c", ())

    def test_renamed_without_and_with_an_edit(self, change) -> None:
        text = b"".join(b"line %d\n" % at for at in range(20))
        plain = only(change({"old name.c": text}, {"new.c": text}))
        assert (plain.change, plain.old_path, plain.path) == (
            Change.RENAMED, "old name.c", "new.c",
        )  # fmt: skip
        assert plain.hunks == ()
        edited = only(change({"old.c": text}, {"caf\u00e9 new.c": text + b"more\n"}))
        assert (edited.change, edited.path) == (Change.RENAMED, "caf\u00e9 new.c")
        assert edited.added_lines == {21}

    def test_copied(self, made: TemporaryRepository) -> None:
        text = b"".join(b"line %d\n" % at for at in range(20))
        base, head = made.tree({"x.c": text}), made.tree({"x.c": text, "y.c": text + b"z\n"})
        diff = made.git("diff-tree", "-p", "-C", "--find-copies-harder", base, head)
        file = only(parse_diff(diff.encode()))
        assert (file.change, file.old_path, file.path) == (Change.COPIED, "x.c", "y.c")
        assert file.added_lines == {21}

    def test_mode_only(self, staged: TemporaryRepository) -> None:
        staged.commit({"run me.sh": "1\n"})
        staged.git("update-index", "--chmod=+x", "run me.sh")
        file = only(of_staged(staged))
        assert (file.path, file.change, file.hunks) == ("run me.sh", Change.MODIFIED, ())

    def test_binary(self, change) -> None:
        file = only(change({"x y.bin": b"\0a\n"}, {"x y.bin": b"\0b\n"}))
        assert (file.path, file.binary, file.hunks) == ("x y.bin", True, ())

    def test_text_beside_a_binary_file_is_read(self, change) -> None:
        binary, text = change({}, {"a.bin": b"\0\1\n", "b.c": b"1\n"})
        assert (binary.binary, text.binary, text.added_lines) == (True, False, {1})

    def test_binary_patch_in_git_form(self, made: TemporaryRepository) -> None:
        trees = made.tree({"x.bin": b"\0a\n"}), made.tree({"x.bin": b"\0b\n"})
        file = only(parse_diff(made.git("diff-tree", "-p", "--binary", *trees).encode()))
        assert (file.path, file.binary, file.hunks) == ("x.bin", True, ())

    def test_submodule(self, staged: TemporaryRepository) -> None:
        first = staged.commit()
        second = staged.commit()
        staged.entry("160000", "module", name=first)
        added = only(of_staged(staged))
        assert (added.submodule, added.change, added.hunks) == (True, Change.ADDED, ())
        staged.commit()
        staged.entry("160000", "module", name=second)
        moved = only(of_staged(staged))
        assert (moved.submodule, moved.path, moved.change) == (True, "module", Change.MODIFIED)

    def test_symlink(self, staged: TemporaryRepository) -> None:
        staged.entry("120000", "link.c", b"target.c")
        file = only(of_staged(staged))
        assert (file.symlink, file.path, file.hunks) == (True, "link.c", ())

    def test_a_symlink_that_becomes_a_file_and_the_reverse(
        self, staged: TemporaryRepository
    ) -> None:
        staged.entry("120000", "a.c", b"target.c")
        staged.entry("100644", "b.c", b"1\n2\n")
        staged.commit()
        staged.entry("100644", "a.c", b"1\n2\n")
        staged.entry("120000", "b.c", b"target.c")
        file, link = of_staged(staged)
        assert (file.path, file.change, file.symlink) == ("a.c", Change.TYPE_CHANGED, False)
        assert file.added_lines == {1, 2}
        assert (link.path, link.change, link.symlink) == ("b.c", Change.TYPE_CHANGED, True)
        assert link.hunks == ()


class TestContent:
    @pytest.mark.parametrize(
        "line",
        [
            b"crlf\r",
            b"lone\rreturn",
            b"form\x0cfeed",
            b"vertical\x0btab\x1c\x1d\x1e",
            "next\u0085line".encode(),
            "line\u2028separator\u2029".encode(),
            b"latin-1 \xe9\xa0",
            b"broken \xc3\x28 \xff\xfe",
            b"",
            b"\r",
            b"\t",
            b"++ b/x.c",
            b"-- a/x.c",
            b"@@ -1 +1 @@",
            b"diff --git a/q b/q",
            b"\\ No newline at end of file",
        ],
    )
    def test_one_added_line_is_one_line(self, change, line: bytes) -> None:
        file = only(change({"x.c": b"1\n2\n"}, {"x.c": b"1\n" + line + b"\n2\nend\n"}))
        assert file.added_lines == {2, 4}
        (hunk,) = file.hunks
        assert (hunk.new_length, hunk.removed) == (4, ())

    def test_line_endings_changed_throughout(self, change) -> None:
        file = only(change({"x.c": b"a\nb\n"}, {"x.c": b"a\r\nb\r\n"}))
        assert (file.hunks[0].added, file.hunks[0].removed) == ((1, 2), (1, 2))

    @pytest.mark.parametrize(
        ("base", "head", "added"),
        [(b"a\nb", b"a\nb\n", {2}), (b"a\nb\n", b"a\nb", {2}), (b"a\nb", b"a\nc", {2})],
    )
    def test_no_newline_at_the_end(self, change, base: bytes, head: bytes, added: set) -> None:
        file = only(change({"x.c": base}, {"x.c": head}))
        assert file.added_lines == added
        assert file.hunks[0].removed == (2,)


class TestPaths:
    @pytest.mark.parametrize(
        "path",
        [
            "with space.c",
            " both ",
            "caf\u00e9.c",
            'quote".c',
            "back\\slash.c",
            "tab\there.c",
            "new\nline.c",
            "return\r.c",
            "bell\a\b\v\f.c",
            "broken\udcff.c",
            "a b",
            "x b b",
            "-x.c",
            "\x7f\x01.c",
        ],
    )
    def test_every_kind_of_change_names_the_file(self, change, path: str) -> None:
        one, two = {path: b"1\n"}, {path: b"1\n2\n"}
        for base, head in ((one, two), ({}, one), (one, {}), ({}, {path: b""}), ({path: b""}, {})):
            assert only(change(base, head)).path == path
        for base, head in (({path: b"\0"}, {path: b"\0\1"}), ({}, {path: b"\0"})):
            file = only(change(base, head))
            assert (file.path, file.binary) == (path, True)

    def test_octal_escapes_of_a_diff_made_with_quotepath(self) -> None:
        old, new = b'"a/caf\\303\\251.c"', b'"b/caf\\303\\251.c"'
        diff = b"diff --git %b %b\nold mode 100644\nnew mode 100755\n" % (old, new)
        assert only(parse_diff(diff)).path == "caf\u00e9.c"


class TestDamage:
    @pytest.mark.parametrize(
        ("damaged", "reason"),
        [
            (DIFF_XY + b"@@ -1,2 +1,2 @@\n a\n+b\n", "announce"),  # cut off
            (DIFF_XY + b"@@ -1 +1 @@\n-a\n+b\n+c\n", "announce"),  # a line too many
            (DIFF_XY + b"@@ -1 +1 @@\n-a\n+b\n--- a/z\n+++ b/z\n@@ -1 +1 @@\n-a\n+b\n", "announce"),
            (DIFF_XY + b"@@ nonsense @@\n+b\n", "header"),
            (DIFF_XY + b"@@ -1 +" + b"9" * 9000 + b" @@\n+b\n", "header"),
            (DIFF_XY + b"@@ -0,0 +1 @@\n+b\nBinary files " + b"x and " * 20_000 + b"\n", "line"),
            (b"diff --git a/x.c b/z.c\nold mode 100644\n", "name"),
            (b"diff --git x.c x.c\n", "name"),
            (b'diff --git "a/\\999" "b/\\999"\n', "quoted"),
            (b"diff --git \n", "name"),
            (b"diff --cc x.c\nindex 1,2..3\n@@@ -1 -1 +1 @@@\n++x\n", "more than one base"),
            (b"* Unmerged path x.c\n", "conflict"),
            (b"warning: something else\n", "not part of a git diff"),
        ],
    )
    def test_is_said_and_does_not_lose_the_other_files(self, damaged: bytes, reason: str) -> None:
        bad, good = parse_diff(damaged + GOOD)
        assert isinstance(bad, Skipped)
        assert reason in bad.reason
        assert isinstance(good, FileDiff)
        assert (good.path, good.added_lines) == ("y.c", {1})

    def test_names_the_file_where_the_header_could_be_read(self) -> None:
        (bad,) = parse_diff(DIFF_XY + b"@@ -1 +1,9 @@\n+b\n")
        assert bad.path == "x.c"

    def test_the_undamaged_twin_is_read(self) -> None:
        assert only(parse_diff(DIFF_XY + b"@@ -1 +1 @@\n-a\n+b\n")).added_lines == {1}

    def test_an_unsolved_merge_is_said(self, staged: TemporaryRepository) -> None:
        staged.commit({"x.c": "1\n"})
        staged.branch("topic")
        staged.commit({"x.c": "2\n"})
        staged.switch("main")
        staged.commit({"x.c": "3\n"})
        with pytest.raises(AssertionError, match="merge"):
            staged.git("merge", "topic")
        (file,) = of_staged(staged)
        assert (file.path, isinstance(file, Skipped)) == ("x.c", True)

    def test_a_hundred_thousand_lines_take_seconds_at_most(self) -> None:
        many = 100_000
        start = time.monotonic()
        file = only(parse_diff(DIFF_XY + b"@@ -0,0 +1,%d @@\n" % many + b"+int a;\n" * many))
        assert len(file.added_lines) == many
        assert time.monotonic() - start < 10


PIECES = st.sampled_from(
    [
        DIFF_XY,
        GOOD,
        b"@@ -1 +1 @@\n",
        b"@@ -1,2 +3,4 @@ f()\n",
        b"+a\n",
        b"-b\n",
        b" c\n",
        b"\n",
        b"\\ No newline at end of file\n",
        b"--- a/x\n",
        b"+++ b/x\n",
        b"rename from q\n",
        b"\r\n",
        b"Binary files a/x and b/x differ\n",
        b"GIT binary patch\n",
        b'diff --git "a/',
        b"\xff",
        b"deleted file mode 120000\n",
        b"new file mode 100644\n",
        b"diff --git a/x b/x\n",
        b'rename to "\\',
        b"index 1..2 160000\n",
        b"@@ -0,0 +0,0 @@\n",
        b"diff --cc \n",
        b"@@ \n",
    ]
)


@given(st.binary(max_size=300) | st.lists(PIECES, max_size=25).map(b"".join))
@example(b"diff --cc")
@example(b"diff --git ")
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_answered_with_values(data: bytes) -> None:
    files = parse_diff(data)
    assert all(isinstance(file, FileDiff | Skipped) for file in files)
    for file in files:
        for hunk in file.hunks if isinstance(file, FileDiff) else ():
            ends = hunk.new_start + hunk.new_length, hunk.old_start + hunk.old_length
            assert all(hunk.new_start <= line < ends[0] for line in hunk.added)
            assert all(hunk.old_start <= line < ends[1] for line in hunk.removed)
            kept = hunk.new_length - len(hunk.added), hunk.old_length - len(hunk.removed)
            assert kept[0] == kept[1]


LINES = st.lists(
    st.sampled_from(
        [
            b"a",
            b"b",
            b"c",
            b"",
            b" ",
            b"x\r",
            b"\r",
            b"p\x0cq",
            b"\xe9",
            b"\xc3\x28",
            b"++ x",
            b"-- a/x",
            b"@@ -1 +1 @@",
            b"diff --git a/x b/x",
            b"\\ No newline at end of file",
            "u\u2028v\u0085w".encode(),
        ]
    ),
    max_size=40,
)


def git_lines(text: bytes) -> list[bytes]:
    """Lines as git sees them: ended by a newline alone, the last one perhaps not ended."""
    *ended, last = text.split(b"\n")
    return [line + b"\n" for line in ended] + ([last] if last else [])


def without(lines: list[bytes], numbers: tuple[int, ...]) -> list[bytes]:
    gone = set(numbers)
    return [line for at, line in enumerate(lines, 1) if at not in gone]


@given(base=LINES, head=LINES, common=LINES, ends=st.tuples(st.booleans(), st.booleans()))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_base_without_removed_is_head_without_added(
    made: TemporaryRepository,
    repository: Repository,
    base: list[bytes],
    head: list[bytes],
    common: list[bytes],
    ends: tuple[bool, bool],
) -> None:
    """What git keeps is the same text on both sides, and git's own count of lines agrees."""
    # Text that ends without a newline differs in its last line from text that ends with one.
    texts = [
        b"\n".join([*own, *common, *own[:3]]) + (b"\n" if end else b"")
        for own, end in zip((base, head), ends, strict=True)
    ]
    trees = [made.tree({"x.c": text}) for text in texts]
    files = parse_diff(repository.diff(*trees))
    if texts[0] == texts[1]:
        assert files == ()
        return
    file = only(files)
    assert not file.binary
    added = tuple(line for hunk in file.hunks for line in hunk.added)
    removed = tuple(line for hunk in file.hunks for line in hunk.removed)
    old, new = map(git_lines, texts)
    assert without(old, removed) == without(new, added)
    counts = made.git("diff-tree", "--numstat", *trees).split("\t")[:2]
    assert counts == [str(len(added)), str(len(removed))]
    assert list(added) == sorted(set(added))
    assert list(removed) == sorted(set(removed))
