"""Questions to git, put to real repositories with every awkward state they can be in."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from reviewbot.errors import (
    CannotFindMergeBase,
    CannotReadRevision,
    GitFailed,
    NotARepository,
)
from reviewbot.git import MAX_BLOB, Repository, TooLarge, open_repository
from tests.repositories import TemporaryRepository, isolated_environment

ODD_PATHS = (
    "with space.c",
    "caf\u00e9.c",
    'quote".c',
    "back\\slash.c",
    "tab\there.c",
    "new\nline.c",
    "-x.c",
    "*.c",
    ":(top)x.c",
    "broken\udcff.c",
    "sub dir/deep.c",
)


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in isolated_environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def made(tmp_path: Path) -> TemporaryRepository:
    return TemporaryRepository(tmp_path / "work")


def opened(made: TemporaryRepository) -> Repository:
    return open_repository(made.path)


class TestOpening:
    def test_finds_the_root_from_a_subdirectory(self, made: TemporaryRepository) -> None:
        made.write("a/b/x.c", "")
        repository = open_repository(made.path / "a" / "b")
        assert repository.root == made.path.resolve()
        assert repository.git_dir == made.path.resolve() / ".git"

    def test_outside_of_any_repository(self, tmp_path: Path) -> None:
        with pytest.raises(NotARepository, match="lies in no git repository"):
            open_repository(tmp_path)

    def test_a_directory_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(NotARepository, match="is not a directory"):
            open_repository(tmp_path / "nowhere")

    def test_git_is_not_installed(
        self, made: TemporaryRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(GitFailed, match="install git"):
            open_repository(made.path)

    def test_a_bare_repository(self, tmp_path: Path) -> None:
        bare = TemporaryRepository(tmp_path / "bare.git", "--bare")
        assert open_repository(bare.path).root == bare.path.resolve()

    def test_a_root_with_a_newline_in_its_name(self, tmp_path: Path) -> None:
        odd = TemporaryRepository(tmp_path / "two\nlines")
        odd.commit({"x.c": "int a;\n"})
        repository = open_repository(odd.path)
        assert repository.root == odd.path.resolve()
        assert repository.read("HEAD", "x.c") == b"int a;\n"

    @pytest.mark.parametrize("kind", ["sha1", "sha256"])
    def test_the_empty_tree_is_the_one_that_git_computes(self, tmp_path: Path, kind: str) -> None:
        made = TemporaryRepository(tmp_path / kind, f"--object-format={kind}")
        expected = made.git("hash-object", "-t", "tree", "--stdin", input=b"")
        assert opened(made).empty_tree == expected
        head = made.commit({"x.c": "int a;\n"})
        assert b"+int a;" in opened(made).diff(opened(made).empty_tree, head)


class TestResolving:
    def test_branches_tags_and_short_names_become_commits(self, made: TemporaryRepository) -> None:
        head = made.commit({"x.c": "int a;\n"})
        made.git("tag", "-a", "v1", "-m", "one")
        repository = opened(made)
        assert {repository.resolve(ref) for ref in ("main", "v1", "HEAD", head[:10])} == {head}

    def test_an_unknown_ref_says_how_to_get_it(self, made: TemporaryRepository) -> None:
        made.commit()
        with pytest.raises(CannotReadRevision, match="git fetch origin topic"):
            opened(made).resolve("topic")

    def test_a_branch_that_only_the_remote_has(
        self, made: TemporaryRepository, tmp_path: Path
    ) -> None:
        made.commit()
        made.git("branch", "topic")
        clone = TemporaryRepository(tmp_path / "clone")
        clone.git("remote", "add", "origin", str(made.path))
        clone.git("fetch", "--quiet", "origin")
        with pytest.raises(CannotReadRevision, match="'origin/topic' exists"):
            opened(clone).resolve("topic")

    def test_a_commit_that_is_not_here(self, made: TemporaryRepository) -> None:
        made.commit()
        with pytest.raises(CannotReadRevision, match="no revision"):
            opened(made).resolve("ab" * 20)

    def test_the_zero_commit_of_a_first_push(self, made: TemporaryRepository) -> None:
        made.commit()
        with pytest.raises(CannotReadRevision, match="all zeros"):
            opened(made).resolve("0" * 40)

    @pytest.mark.parametrize(
        "ref",
        ["--output=x", "-p", "--all", "^HEAD", ":/change", ":x.c", "", " ", "HEAD\n", "a\0b"],
    )
    def test_refs_that_would_mean_something_else(self, made: TemporaryRepository, ref: str) -> None:
        made.commit({"x.c": "int a;\n"})
        with pytest.raises(CannotReadRevision):
            opened(made).resolve(ref)
        with pytest.raises(CannotReadRevision):
            opened(made).diff("HEAD", ref)
        assert not (made.path / "x").exists()

    @pytest.mark.parametrize("ref", ["HEAD:x.c", "HEAD..HEAD", "HEAD^{tree}"])
    def test_what_git_knows_but_is_no_commit(self, made: TemporaryRepository, ref: str) -> None:
        made.commit({"x.c": "int a;\n"})
        with pytest.raises(CannotReadRevision):
            opened(made).resolve(ref)


class TestMergeBase:
    def test_is_where_the_branch_left(self, made: TemporaryRepository) -> None:
        start = made.commit({"x.c": "1\n"})
        made.branch("topic")
        made.commit({"y.c": "2\n"})
        made.switch("main")
        made.commit({"z.c": "3\n"})
        assert opened(made).merge_base("main", "topic") == start

    def test_a_shallow_clone_without_it_says_how_to_deepen(
        self, made: TemporaryRepository, tmp_path: Path
    ) -> None:
        made.commit({"x.c": "1\n"})
        made.branch("topic")
        made.commit({"y.c": "2\n"})
        made.switch("main")
        made.commit({"z.c": "3\n"})
        source = made.path.as_uri()
        made.git("clone", "-q", "--depth=1", "--no-single-branch", source, str(tmp_path / "c"))
        clone = open_repository(tmp_path / "c")
        assert clone.is_shallow()
        with pytest.raises(CannotFindMergeBase, match=r"unshallow.*fetch-depth: 0"):
            clone.merge_base("origin/main", "origin/topic")
        with pytest.raises(CannotReadRevision, match="shallow"):
            clone.resolve("HEAD~1")

    def test_histories_that_share_nothing(self, made: TemporaryRepository) -> None:
        made.commit({"x.c": "1\n"})
        made.git("checkout", "--quiet", "--orphan", "other")
        made.commit({"y.c": "2\n"})
        with pytest.raises(CannotFindMergeBase, match="share no commit"):
            opened(made).merge_base("main", "other")


class TestDiff:
    def test_of_equal_commits_is_empty(self, made: TemporaryRepository) -> None:
        made.commit({"x.c": "1\n"})
        assert opened(made).diff("HEAD", "HEAD") == b""

    def test_shows_the_change_and_detects_the_rename(self, made: TemporaryRepository) -> None:
        base = made.commit({"old.c": "int a;\n" * 20})
        made.git("mv", "old.c", "new.c")
        made.write("new.c", "int a;\n" * 20 + "int b;\n")
        made.stage()
        diff = opened(made).diff(base, made.commit())
        assert b"rename from old.c\nrename to new.c\n" in diff
        assert b"+int b;\n" in diff

    def test_user_settings_do_not_bend_it(self, made: TemporaryRepository, tmp_path: Path) -> None:
        base = made.commit({"caf\u00e9.c": "int a;\n\nint b;\n", ".gitattributes": "*.c diff=x\n"})
        head = made.commit({"caf\u00e9.c": "int a;\n\nint c;\n"})
        plain = opened(made).diff(base, head)
        for setting in (
            "diff.noprefix=true",
            "diff.mnemonicPrefix=true",
            "diff.context=0",
            "diff.external=false",
            "diff.x.textconv=rev",
            "diff.x.command=false",
            "diff.suppressBlankEmpty=true",
            "diff.algorithm=patience",
            "diff.orderFile=/dev/null",
            "color.ui=always",
            "color.diff=always",
            "core.quotepath=true",
            "core.pager=false",
            "diff.renames=false",
        ):
            made.git("config", *setting.split("=", 1))
        assert opened(made).diff(base, head) == plain
        assert b"--- a/caf\xc3\xa9.c\n+++ b/caf\xc3\xa9.c\n" in plain

    def test_changed_paths_are_those_with_new_content(self, made: TemporaryRepository) -> None:
        base = made.commit({"keep.c": "1\n", "gone.c": "2\n", "edit.c": "3\n", "a.c": "4\n"})
        made.git("rm", "-q", "gone.c")
        made.git("mv", "a.c", "b c.c")
        head = made.commit({"edit.c": "3\n4\n", "new.c": "5\n"})
        assert opened(made).changed_paths(base, head) == ("b c.c", "edit.c", "new.c")


class TestStaged:
    def test_before_the_first_commit(self, made: TemporaryRepository) -> None:
        made.write("x.c", "int a;\n")
        made.stage()
        repository = opened(made)
        assert repository.staged_paths() == ("x.c",)
        assert b"new file mode 100644" in repository.diff_staged()
        assert repository.read_index("x.c") == b"int a;\n"

    def test_nothing_at_all(self, made: TemporaryRepository) -> None:
        assert opened(made).staged_paths() == ()
        assert opened(made).diff_staged() == b""

    def test_partial_staging_shows_the_index_and_not_the_working_tree(
        self, made: TemporaryRepository
    ) -> None:
        made.commit({"x.c": "one\n"})
        made.write("x.c", "one\ntwo\n")
        made.stage()
        made.write("x.c", "one\ntwo\nthree\n")
        made.write("untracked.c", "four\n")
        repository = opened(made)
        assert repository.staged_paths() == ("x.c",)
        assert b"+two" in repository.diff_staged()
        assert b"three" not in repository.diff_staged()
        assert repository.read_index("x.c") == b"one\ntwo\n"
        assert repository.read("HEAD", "x.c") == b"one\n"

    def test_deleted_files_are_no_staged_paths_but_renamed_ones_are(
        self, made: TemporaryRepository
    ) -> None:
        made.commit({"gone.c": "1\n", "old.c": "2\n"})
        made.git("rm", "-q", "gone.c")
        made.git("mv", "old.c", "new.c")
        assert opened(made).staged_paths() == ("new.c",)

    def test_an_intent_to_add_is_not_staged(self, made: TemporaryRepository) -> None:
        made.commit({"x.c": "1\n"})
        made.write("later.c", "2\n")
        made.git("add", "--intent-to-add", "later.c")
        assert opened(made).staged_paths() == ()

    @pytest.mark.parametrize("relative", [True, False])
    def test_the_temporary_index_of_a_hook_is_honoured(
        self, made: TemporaryRepository, monkeypatch: pytest.MonkeyPatch, relative: bool
    ) -> None:
        made.commit({"x.c": "1\n"})
        made.write("x.c", "2\n")
        index = ".git/next-index" if relative else str(made.path / ".git" / "next-index")
        made.git("read-tree", "HEAD", GIT_INDEX_FILE=index)
        made.git("add", "x.c", GIT_INDEX_FILE=index)
        assert opened(made).staged_paths() == ()
        monkeypatch.chdir(made.path)
        monkeypatch.setenv("GIT_INDEX_FILE", index)
        repository = open_repository(Path())
        assert repository.staged_paths() == ("x.c",)
        assert repository.read_index("x.c") == b"2\n"

    def test_inside_a_real_hook_of_commit_all(self, made: TemporaryRepository) -> None:
        made.commit({"x.c": "1\n"})
        hook = made.write(
            ".git/hooks/pre-commit",
            f"#!/bin/sh\nexec {sys.executable} - <<'EOF' > seen\n"
            "from pathlib import Path\n"
            "from reviewbot.git import open_repository\n"
            "r = open_repository(Path.cwd())\n"
            "print(r.staged_paths(), r.read_index('x.c'))\n"
            "EOF\n",
        )
        hook.chmod(0o755)
        made.write("x.c", "2\n")
        root = str(Path(__file__).parent.parent)
        made.git("commit", "-q", "-a", "-m", "all", PYTHONPATH=root)
        assert (made.path / "seen").read_text() == "('x.c',) b'2\\n'\n"

    def test_git_dir_of_the_environment_is_honoured(
        self, made: TemporaryRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        made.write("x.c", "1\n")
        made.stage()
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        monkeypatch.setenv("GIT_DIR", str(made.path / ".git"))
        monkeypatch.setenv("GIT_WORK_TREE", str(elsewhere))
        repository = open_repository(elsewhere)
        assert repository.root == elsewhere.resolve()
        assert repository.read_index("x.c") == b"1\n"

    def test_a_damaged_index_is_a_clear_error(self, made: TemporaryRepository) -> None:
        made.commit({"x.c": "1\n"})
        made.write(".git/index", b"no index")
        with pytest.raises(GitFailed, match=r"diff-index.*failed: .+"):
            opened(made).staged_paths()


class TestReading:
    @pytest.mark.parametrize("path", ODD_PATHS)
    def test_odd_paths_are_taken_literally(self, made: TemporaryRepository, path: str) -> None:
        made.commit({"x.c": "not this\n", path: f"{len(path)} this\n"})
        repository = opened(made)
        wanted = f"{len(path)} this\n".encode()
        assert repository.read("HEAD", path) == wanted
        assert repository.read_index(path) == wanted
        assert path in repository.changed_paths(repository.empty_tree, "HEAD")

    def test_many_at_once_with_absent_ones(self, made: TemporaryRepository) -> None:
        made.commit({path: str(at) for at, path in enumerate(ODD_PATHS)})
        wanted = {path: str(at).encode() for at, path in enumerate(ODD_PATHS)}
        absent = dict.fromkeys(
            ("none.c", "sub dir", "../x.c", "/x.c", "", "a\0b", "a//b", "\ud800")
        )
        paths = [*wanted, *absent]
        assert opened(made).read_many("HEAD", paths) == {**wanted, **absent}
        assert opened(made).read_many(None, paths) == {**wanted, **absent}

    def test_contents_come_back_byte_by_byte(self, made: TemporaryRepository) -> None:
        contents: dict[str, str | bytes] = {
            "empty.c": b"",
            "crlf.c": b"a\r\nb\r\n",
            "latin.c": b"\xe9\xff\n",
            "like-a-header.c": b"0" * 40 + b" blob 3\nabc\n",
            "no-newline.c": b"x",
            "nul.c": b"\0\n\0",
        }
        made.commit(contents)
        assert opened(made).read_many("HEAD", contents) == contents

    def test_the_same_content_twice_is_given_twice(self, made: TemporaryRepository) -> None:
        made.commit({"a.c": "same\n", "b.c": "same\n"})
        both = opened(made).read_many("HEAD", ("a.c", "b.c", "a.c"))
        assert both == {"a.c": b"same\n", "b.c": b"same\n"}

    def test_symlinks_and_submodules_have_no_content(self, made: TemporaryRepository) -> None:
        commit = made.commit({"real.c": "1\n"})
        made.entry("120000", "link.c", b"real.c")
        made.entry("160000", "module", name=commit)
        made.commit()
        paths = ("real.c", "link.c", "module")
        expected = {"real.c": b"1\n", "link.c": None, "module": None}
        assert opened(made).read_many("HEAD", paths) == expected
        assert opened(made).read_many(None, paths) == expected

    def test_a_huge_blob_is_named_and_the_others_are_read(self, made: TemporaryRepository) -> None:
        made.commit({"big.c": bytes(MAX_BLOB + 1), "small.c": "1\n"})
        both = opened(made).read_many("HEAD", ("big.c", "small.c"))
        assert both == {"big.c": TooLarge(MAX_BLOB + 1), "small.c": b"1\n"}

    def test_more_paths_than_one_command_line_takes(self, made: TemporaryRepository) -> None:
        tree = made.tree({f"{at}.c": b"x" for at in (0, 499, 500, 1200)})
        paths = [f"{at}.c" for at in range(1201)]
        found = opened(made).read_many(tree, paths)
        assert len(found) == 1201
        assert [path for path, content in found.items() if content == b"x"] == [
            "0.c", "499.c", "500.c", "1200.c",
        ]  # fmt: skip

    def test_an_unmerged_path_has_no_staged_content(self, made: TemporaryRepository) -> None:
        made.commit({"x.c": "1\n"})
        made.branch("topic")
        made.commit({"x.c": "2\n"})
        made.switch("main")
        made.commit({"x.c": "3\n"})
        with pytest.raises(AssertionError, match="merge"):
            made.git("merge", "topic")
        assert opened(made).read_index("x.c") is None


class TestBases:
    def test_guesses_what_the_remote_calls_its_head(
        self, made: TemporaryRepository, tmp_path: Path
    ) -> None:
        made.commit()
        made.git("branch", "-m", "trunk")
        made.git("clone", "-q", str(made.path), str(tmp_path / "clone"))
        assert open_repository(tmp_path / "clone").default_branch_guess() == "origin/trunk"

    def test_guesses_a_local_branch_without_a_remote(self, made: TemporaryRepository) -> None:
        assert opened(made).default_branch_guess() is None
        made.commit()
        assert opened(made).default_branch_guess() == "main"

    def test_first_push_compares_with_any_branch_of_the_remote(
        self, made: TemporaryRepository, tmp_path: Path
    ) -> None:
        made.commit({"x.c": "1\n"})
        made.branch("release")
        newest = made.commit({"x.c": "2\n"})
        made.switch("main")
        made.git("clone", "-q", str(made.path), str(tmp_path / "clone"))
        clone = TemporaryRepository(tmp_path / "clone")
        clone.branch("topic", "origin/release")
        clone.commit({"y.c": "3\n"})
        assert opened(clone).remote_tracking_base("topic") == newest

    def test_first_push_to_an_empty_remote_has_no_base(self, made: TemporaryRepository) -> None:
        made.commit()
        assert opened(made).remote_tracking_base("HEAD") is None
