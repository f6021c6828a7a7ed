"""Commits and pushes through real git and the real pre-commit, with and without the framework."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from reviewbot.code.prefilter import C_SUFFIXES, CPP_SUFFIXES, is_c_family
from tests.integration.hooked import (
    BLOCKING,
    CLEAN,
    PROJECT,
    RACY,
    REAL,
    SERIAL,
    TOY,
    HookedRepository,
    bundle_is_there,
    with_framework,
    with_plain_hooks,
)
from tests.repositories import TemporaryRepository, isolated_environment

needs_bundle = pytest.mark.skipif(
    not bundle_is_there(), reason="no model bundle: set REVIEWBOT_BUNDLE"
)
ENTRIES = [pytest.param(TOY, id="toy"), pytest.param(REAL, id="real", marks=needs_bundle)]


@pytest.fixture(params=ENTRIES)
def entry(request: pytest.FixtureRequest) -> tuple[str, ...]:
    chosen: tuple[str, ...] = request.param
    return chosen


@pytest.fixture
def framed(tmp_path: Path, entry: tuple[str, ...]) -> HookedRepository:
    return with_framework(tmp_path / "work", entry, tmp_path / "home")


@pytest.fixture(params=[with_framework, with_plain_hooks])
def made(
    request: pytest.FixtureRequest, tmp_path: Path, entry: tuple[str, ...]
) -> HookedRepository:
    repository: HookedRepository = request.param(tmp_path / "work", entry, tmp_path / "extra")
    return repository


def check_finds(outcome: tuple[bool, str], *, passes: bool = True, path: str = "a.c") -> None:
    succeeded, printed = outcome
    assert "race on `hits`" in printed
    assert path in printed
    assert succeeded is passes, printed


def check_silent(outcome: tuple[bool, str]) -> None:
    succeeded, printed = outcome
    assert succeeded, printed
    assert "hits" not in printed
    assert "constructs in" not in printed  # of the summary, which would be something said
    assert "reviewbot:" not in printed


class TestCommit:
    def test_an_introduced_race_is_shown_and_the_commit_goes_on(
        self, made: HookedRepository
    ) -> None:
        made.write("a.c", RACY)
        made.stage()
        check_finds(made.attempt_commit())
        assert made.git("log", "-1", "--format=%s") == "change"

    def test_protected_code_is_silent(self, made: HookedRepository) -> None:
        made.write("a.c", CLEAN)
        made.stage()
        check_silent(made.attempt_commit())

    def test_serial_code_is_silent(self, made: HookedRepository) -> None:
        made.commit({"a.c": RACY})
        made.write("b.c", SERIAL)
        made.stage()
        check_silent(made.attempt_commit())

    def test_commit_a(self, made: HookedRepository) -> None:
        made.commit({"a.c": CLEAN})
        made.write("a.c", RACY)
        check_finds(made.attempt_commit("-a"))

    def test_commit_of_named_paths_alone(self, made: HookedRepository) -> None:
        made.commit({"a.c": CLEAN, "b.c": SERIAL})
        made.write("a.c", RACY)
        made.write("b.c", SERIAL * 2)
        check_silent(made.attempt_commit("b.c"))
        check_finds(made.attempt_commit("a.c"))

    def test_amend(self, made: HookedRepository) -> None:
        made.commit({"a.c": CLEAN})
        made.commit({"b.c": SERIAL})
        made.write("a.c", RACY)
        made.stage()
        check_finds(made.attempt_commit("--amend"))

    def test_rename_keeps_an_old_race_old(self, made: HookedRepository) -> None:
        made.commit({"a.c": RACY})
        made.git("mv", "a.c", "b.c")
        check_silent(made.attempt_commit())

    def test_rename_with_a_new_race(self, made: HookedRepository) -> None:
        made.commit({"a.c": CLEAN})
        made.git("mv", "a.c", "b.c")
        made.write("b.c", RACY)
        made.stage()
        check_finds(made.attempt_commit(), path="b.c")

    def test_delete(self, made: HookedRepository) -> None:
        made.commit({"a.c": RACY})
        made.git("rm", "--quiet", "a.c")
        check_silent(made.attempt_commit())

    @pytest.mark.parametrize("path", ["with space.c", "sub dir/caf\u00e9 \u7dda.c", "-x.c"])
    def test_odd_paths(self, framed: HookedRepository, path: str) -> None:
        framed.write(path, RACY)
        framed.stage()
        check_finds(framed.attempt_commit(), path=path)

    def test_a_blocking_policy_stops_the_commit(self, made: HookedRepository) -> None:
        made.commit({".reviewbot.yaml": BLOCKING})
        made.write("a.c", CLEAN)
        made.stage()
        check_silent(made.attempt_commit())
        made.write("a.c", RACY)
        made.stage()
        check_finds(made.attempt_commit(), passes=False)
        assert made.git("show", "HEAD:a.c") == CLEAN.removesuffix("\n")


class TestPartialStaging:
    def test_a_race_only_in_the_working_tree_is_silent(self, made: HookedRepository) -> None:
        made.commit({"a.c": CLEAN})
        made.write("a.c", f"{CLEAN}{SERIAL}")
        made.stage()
        made.write("a.c", RACY)
        check_silent(made.attempt_commit())

    def test_a_staged_race_is_found_although_repaired_in_the_working_tree(
        self, made: HookedRepository
    ) -> None:
        made.commit({"a.c": CLEAN})
        made.write("a.c", RACY)
        made.stage()
        made.write("a.c", CLEAN)
        check_finds(made.attempt_commit())


class TestMerge:
    def test_a_race_that_a_merge_brings(self, framed: HookedRepository) -> None:
        framed.commit({"a.c": CLEAN})
        framed.branch("topic")
        framed.commit({"a.c": RACY})
        framed.switch("main")
        framed.commit({"b.c": SERIAL})
        check_finds(framed.attempt("merge", "--no-ff", "-m", "merge", "topic"))

    def test_a_race_made_in_solving_a_conflict(self, made: HookedRepository) -> None:
        made.commit({"a.c": CLEAN})
        made.branch("topic")
        made.commit({"a.c": CLEAN.replace("seen[i] > 0", "seen[i] > 1")})
        made.switch("main")
        made.commit({"a.c": CLEAN.replace("seen[i] > 0", "seen[i] > 2")})
        assert not made.attempt("merge", "topic")[0]
        made.write("a.c", RACY)
        made.stage()
        check_finds(made.attempt_commit())

    def test_a_conflict_solved_well_is_silent(self, made: HookedRepository) -> None:
        made.commit({"a.c": CLEAN})
        made.branch("topic")
        made.commit({"a.c": CLEAN.replace("seen[i] > 0", "seen[i] > 1")})
        made.switch("main")
        made.commit({"a.c": CLEAN.replace("seen[i] > 0", "seen[i] > 2")})
        assert not made.attempt("merge", "topic")[0]
        made.write("a.c", CLEAN)
        made.stage()
        made.write("b.c", SERIAL)
        made.stage()
        check_silent(made.attempt_commit())


class TestPush:
    @pytest.fixture
    def remote(self, made: HookedRepository, tmp_path: Path) -> Path:
        path = tmp_path / "remote.git"
        made.git("init", "--quiet", "--bare", str(path))
        made.git("remote", "add", "origin", str(path))
        return path

    def test_a_first_push_brings_everything(self, made: HookedRepository, remote: Path) -> None:
        made.commit({"a.c": RACY})
        check_finds(made.attempt("push", "--quiet", "origin", "main"))
        assert made.git("--git-dir", str(remote), "show", "main:a.c")

    def test_a_first_push_of_clean_code_is_silent(
        self, made: HookedRepository, remote: Path
    ) -> None:
        made.commit({"a.c": CLEAN})
        check_silent(made.attempt("push", "--quiet", "origin", "main"))

    def test_only_what_is_new_to_the_remote(self, made: HookedRepository, remote: Path) -> None:
        made.commit({"a.c": RACY})
        made.git("push", "--quiet", "--no-verify", "origin", "main")
        made.commit({"b.c": SERIAL})
        check_silent(made.attempt("push", "--quiet", "origin", "main"))
        made.commit({"c.c": RACY})
        check_finds(made.attempt("push", "--quiet", "origin", "main"), path="c.c")

    def test_the_pushed_commit_counts_and_not_the_working_tree(
        self, made: HookedRepository, remote: Path
    ) -> None:
        made.commit({"a.c": CLEAN})
        made.git("push", "--quiet", "--no-verify", "origin", "main")
        made.branch("topic")
        made.commit({"a.c": RACY})
        made.write("a.c", CLEAN)
        check_finds(made.attempt("push", "--quiet", "origin", "topic"))

    def test_a_deleted_branch_is_silent(self, made: HookedRepository, remote: Path) -> None:
        made.commit({"a.c": RACY})
        made.git("push", "--quiet", "--no-verify", "origin", "main", "main:old")
        check_silent(made.attempt("push", "--quiet", "origin", ":old"))

    def test_a_blocking_policy_stops_the_push(self, made: HookedRepository, remote: Path) -> None:
        made.commit({"a.c": RACY, ".reviewbot.yaml": BLOCKING})
        check_finds(made.attempt("push", "--quiet", "origin", "main"), passes=False)
        assert made.git("ls-remote", "origin") == ""


class TestWithoutReviewbot:
    def test_the_plain_hook_says_what_is_missing(self, tmp_path: Path) -> None:
        made = with_plain_hooks(tmp_path / "work", TOY, tmp_path / "bin")
        git = shutil.which("git")
        assert git
        for name in ("git", "sh"):
            (tmp_path / "bin" / name).symlink_to(shutil.which(name) or "")
        (tmp_path / "bin" / "reviewbot").unlink()
        made.variables["PATH"] = str(tmp_path / "bin")
        made.write("a.c", RACY)
        made.stage()
        succeeded, printed = made.attempt_commit()
        assert succeeded
        assert "reviewbot is not on PATH: nothing was reviewed" in printed


class TestDefinition:
    """What .pre-commit-hooks.yaml promises to pre-commit."""

    HOOKS = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text())

    def test_its_files_are_those_that_are_reviewed(self) -> None:
        paths = [f"src/x{suffix}" for suffix in (*C_SUFFIXES, *CPP_SUFFIXES)]
        others = ["x.py", "x.cs", "x.cmake", "c", "x.c.orig", "x.hs"]
        for hook in self.HOOKS:
            matching = re.compile(hook["files"])
            assert [path for path in paths if not matching.search(path)] == []
            assert [path for path in others if matching.search(path)] == []
        assert [path for path in others if is_c_family(path)] == []

    def test_passing_hooks_are_heard(self) -> None:
        # pre-commit hides the output of a hook that passes unless it is verbose.
        assert [hook["verbose"] for hook in self.HOOKS] == [True, True]

    def test_installs_and_finds(self, tmp_path: Path) -> None:
        """The whole way of a user: pre-commit builds the environment and runs the hook in it."""
        if not _pip_has_an_index(tmp_path):
            pytest.skip("pip reaches no package index")
        source = _snapshot(tmp_path / "reviewbot")
        made = TemporaryRepository(tmp_path / "work")
        made.commit()
        made.write("b.c", SERIAL)
        made.write("a.c", RACY)
        made.stage(*(["a.c", "b.c"] if bundle_is_there() else ["b.c"]))
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", "try-repo", str(source), "reviewbot"],
            cwd=made.path,
            env={**isolated_environment(), "PRE_COMMIT_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert ("race on `hits`" in done.stdout) is bundle_is_there(), done.stdout


def _pip_has_an_index(folder: Path) -> bool:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "iniconfig"]
    try:
        done = subprocess.run(
            [*command, "--dest", str(folder / "probe")],
            timeout=30,
            check=False,
            capture_output=True,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _snapshot(path: Path) -> Path:
    """The project as it is now, as a repository of its own with one commit."""
    made = TemporaryRepository(path)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("reviewbot", "hooks", "policies"):
        shutil.copytree(PROJECT / name, path / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(PROJECT / name, path / name)
    made.stage()
    made.commit()
    return path
