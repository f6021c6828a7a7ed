"""What the commands say of their own doing, and where they look for a policy."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewbot import commands
from reviewbot.cli import main
from tests.repositories import TemporaryRepository, isolated_environment
from tests.toy_model import ToyPredictor, analyse

LOOP = "#pragma omp parallel for\n"
RACY = LOOP + "hits++;\n"
SERIAL = "int twice(int a) { return 2 * a; }\n"
BLOCKING = "version: 1\nrace: {comment: 0.5, block: 0.8}\n"
UNREAD = "a.c: UTF-16 text: save it as UTF-8"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("GIT_", "PRE_COMMIT", "REVIEWBOT_")):
            monkeypatch.delenv(name)
    for name, value in isolated_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(commands, "_analyse", analyse)
    monkeypatch.setattr(commands, "_load_predictor", lambda _: ToyPredictor())


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*argv: str) -> tuple[int, str, str]:
        code = main(argv)
        return code, *capfd.readouterr()

    return call


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TemporaryRepository:
    repository = TemporaryRepository(tmp_path / "work")
    monkeypatch.chdir(repository.path)
    return repository


class TestThePolicyOfTheRoot:
    @pytest.fixture(autouse=True)
    def _in_a_subfolder(self, made: TemporaryRepository, monkeypatch: pytest.MonkeyPatch) -> None:
        made.commit({".reviewbot.yaml": BLOCKING, "src/deep/a.c": SERIAL})
        made.branch("topic")
        made.commit({"src/deep/a.c": RACY})
        made.write("src/deep/a.c", RACY + "misses++;\n")
        made.stage()
        monkeypatch.chdir(made.path / "src" / "deep")

    def test_is_checked(self, made: TemporaryRepository, run: Run) -> None:
        file = made.path / ".reviewbot.yaml"
        assert run("policy", "check") == (0, f"{file} is a valid policy.\n", "")
        made.write(".reviewbot.yaml", "races: {}\n")
        assert f"{file}:1: races: unknown key" in run("policy", "check")[2]
        file.unlink()
        code, _, err = run("policy", "check")
        assert (code, f"{file}: there is no such policy file" in err) == (2, True)

    @pytest.mark.parametrize(
        "words",
        [("scan", "a.c"), ("review",), ("review", "--staged"), ("hook", "pre-commit")],
        ids=" ".join,
    )
    def test_holds(self, words: tuple[str, ...], made: TemporaryRepository, run: Run) -> None:
        assert run(*words)[0] == 1
        made.write("src/deep/.reviewbot.yaml", "version: 1\n")  # one of a subfolder is not read
        assert run(*words)[0] == 1

    def test_holds_for_files_that_are_scanned_from_elsewhere(
        self, made: TemporaryRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
    ) -> None:
        known = str(tmp_path / "known.json")
        run("scan", "a.c", "--write-baseline", known)
        monkeypatch.chdir(tmp_path)
        for path in ("work/src", "work/src/deep/a.c"):
            assert run("scan", path)[0] == 1
            assert run("scan", path, "--baseline", known)[0] == 0
        (tmp_path / "alone.c").write_text(RACY)
        assert run("scan", "alone.c")[0] == 0

    def test_a_shipped_policy_can_be_checked_by_its_name(self, run: Run) -> None:
        assert run("policy", "check", "strict") == (0, "strict is a valid policy.\n", "")
        assert run("policy", "check", "no-such")[0] == 2


class TestTheBaseline:
    def test_says_what_it_wrote(self, made: TemporaryRepository, run: Run) -> None:
        made.write("a.c", RACY)
        _, out, err = run("scan", "a.c", "--write-baseline", "known.json")
        assert "hits" in out
        assert err.startswith("reviewbot: baseline of 1 finding written to known.json; give ")
        made.write("a.c", SERIAL)
        assert "of 0 findings" in run("scan", "a.c", "--write-baseline", "known.json")[2]


class TestUtf16:
    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
    def test_is_named_where_it_may_be_parallel(
        self, made: TemporaryRepository, run: Run, encoding: str
    ) -> None:
        def write(text: str) -> None:
            mark = "\ufeff" if encoding == "utf-16-be" else ""
            made.write("a.c", (mark + text).encode(encoding))
            made.stage()

        made.commit({"b.c": SERIAL})
        write(RACY)
        for words in (("scan", "."), ("review", "--staged"), ("hook", "pre-commit")):
            code, out, _ = run(*words)
            assert (code, UNREAD in out) == (0, True), words
        write(SERIAL)
        assert UNREAD not in run("scan", ".")[1]
        assert run("hook", "pre-commit") == (0, "", "")


def test_a_pipe_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.c")
    (tmp_path / "a.c").write_text(RACY)
    for words in (("scan", "."), ("scan", "a.c", "pipe.c")):
        code, out, _ = run(*words)
        assert (code, "pipe.c: not a regular file" in out, "hits" in out) == (0, True, True)


def test_a_review_of_no_change_says_so(made: TemporaryRepository, run: Run) -> None:
    made.commit({"a.c": SERIAL})
    made.write("a.c", RACY)
    code, out, err = run("review")
    assert (code, "Nothing parallel to review" in out) == (0, True)
    assert (
        "no change to review; what is not committed is read by `reviewbot review --staged`" in err
    )
    made.branch("topic")
    made.commit({"a.c": RACY})
    assert run("review")[2] == ""
