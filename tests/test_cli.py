"""Commands, exit codes and the error boundary; only the front end and the model are toys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewbot import commands
from reviewbot.cli import main
from tests.repositories import TemporaryRepository, isolated_environment
from tests.toy_model import ToyPredictor, analyse, forbidden

LOOP = "#pragma omp parallel for\n"
RACY = LOOP + "hits++;\n"
CLEAN = LOOP + "#pragma omp atomic\nhits++;\n"
SERIAL = "int twice(int a) { return 2 * a; }\n"
BLOCKING = "version: 1\nrace: {comment: 0.5, block: 0.8}\n"
# What the way of a hook without parallel code must not load; each costs more than it may take.
HEAVY = (
    *("pydantic", "rich", "numpy", "tree_sitter", "unidiff", "yaml", "onnxruntime", "json"),
    *("dataclasses", "inspect", "tempfile", "shutil", "reviewbot.records", "reviewbot.commands"),
)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("GIT_", "PRE_COMMIT", "REVIEWBOT_")):
            monkeypatch.delenv(name)
    for name, value in isolated_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(commands, "_analyse", analyse)
    monkeypatch.setattr(commands, "_load_predictor", lambda _: ToyPredictor())


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TemporaryRepository:
    repository = TemporaryRepository(tmp_path / "work")
    monkeypatch.chdir(repository.path)
    return repository


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*argv: str) -> tuple[int, str, str]:
        try:
            code = main(argv)
        except SystemExit as end:  # argparse's own
            code = int(end.code or 0)
        out, err = capfd.readouterr()
        return code, out, err

    return call


class TestReview:
    def test_shows_what_the_branch_brings(self, made: TemporaryRepository, run: Run) -> None:
        made.commit({"a.c": CLEAN})
        made.branch("topic")
        made.commit({"a.c": RACY})
        code, out, err = run("review")
        assert code == 0
        assert "hits" in out
        assert "a.c:2" in out
        assert err == ""

    def test_the_base_may_go_on(self, made: TemporaryRepository, run: Run) -> None:
        made.commit({"a.c": CLEAN})
        made.branch("topic")
        made.commit({"b.c": CLEAN})
        made.switch("main")
        made.commit({"a.c": RACY})
        code, out, _ = run("review", "--head", "topic", "--format", "json")
        assert code == 0
        assert [file["path"] for file in json.loads(out)["files"]] == ["b.c"]

    def test_says_so_if_nothing_is_parallel(self, made: TemporaryRepository, run: Run) -> None:
        made.commit({"a.c": RACY})
        made.branch("topic")
        made.commit({"b.c": SERIAL})
        code, out, _ = run("review", "--base", "main")
        assert (code, out.startswith("Nothing parallel to review")) == (0, True)

    def test_blocks_by_the_policy_of_the_repository(
        self, made: TemporaryRepository, run: Run
    ) -> None:
        made.commit({"a.c": CLEAN})
        made.branch("topic")
        made.commit({"a.c": RACY})
        made.write(".reviewbot.yaml", BLOCKING)
        assert run("review")[0] == 1
        assert run("review", "--policy", "advisory")[0] == 0

    def test_staged(self, made: TemporaryRepository, run: Run) -> None:
        made.commit({"a.c": CLEAN})
        made.write("a.c", RACY)
        assert "hits" not in run("review", "--staged")[1]
        made.stage()
        assert "hits" in run("review", "--staged")[1]
        code, _, err = run("review", "--staged", "--base", "main")
        assert (code, "leave out --base" in err) == (2, True)

    def test_no_base_to_be_guessed(self, made: TemporaryRepository, run: Run) -> None:
        made.commit({"a.c": CLEAN})
        made.git("branch", "-m", "trunk")
        code, out, err = run("review")
        assert (code, out) == (2, "")
        assert err.startswith("reviewbot: error: There is no main")
        assert "--base" in err

    def test_outside_of_a_repository(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
    ) -> None:
        monkeypatch.chdir(tmp_path)
        code, _, err = run("review")
        assert (code, "lies in no git repository" in err) == (2, True)


class TestScan:
    def test_writes_the_report_whole(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("a.c").write_text(RACY)
        code, out, err = run("scan", ".", "--format", "sarif", "--output", "report.sarif")
        assert (code, out) == (0, "")
        assert "1 race likely" in err
        assert json.loads(Path("report.sarif").read_text())["version"] == "2.1.0"
        assert {path.name for path in tmp_path.iterdir()} == {"a.c", "cache", "report.sarif"}

    def test_a_report_that_cannot_be_written(self, tmp_path: Path, run: Run) -> None:
        (tmp_path / "a.c").write_text(RACY)
        target = tmp_path / "no" / "where.json"
        code, _, err = run("scan", str(tmp_path), "--output", str(target))
        assert (code, "cannot be written" in err) == (2, True)

    def test_a_baseline_silences_what_it_knows(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("a.c").write_text(RACY)
        Path("block.yaml").write_text(BLOCKING)
        assert run("scan", "a.c", "--policy", "block.yaml")[0] == 1
        wrote = run("scan", "a.c", "--policy", "block.yaml", "--write-baseline", "known.json")
        assert wrote[0] == 0
        assert run("scan", "a.c", "--policy", "block.yaml", "--baseline", "known.json")[0] == 0
        Path("a.c").write_text(RACY + "misses++;\n")
        assert run("scan", "a.c", "--policy", "block.yaml", "--baseline", "known.json")[0] == 1

    def test_an_unlikely_finding_is_not_accepted_for_good(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("a.c").write_text(CLEAN)
        run("scan", "a.c", "--write-baseline", "known.json")
        assert json.loads(Path("known.json").read_text())["findings"] == []

    def test_a_fault_within_a_file_is_loud(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("bad.c").write_text(RACY + "boom\n")
        Path("good.c").write_text(RACY)
        code, out, err = run("scan", ".")
        assert code == 0
        assert "hits" in out
        assert "a fault in reviewbot kept it from reading 1 of 2 files, bad.c first" in err

    def test_a_fault_within_a_file_ends_a_strict_run(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("bad.c").write_text(RACY + "boom\n")
        code, out, err = run("scan", ".", "--strict-errors")
        assert (code, out) == (3, "")
        assert "this is a bug in reviewbot" in err
        [log] = (tmp_path / "state" / "reviewbot").glob("*.log")
        assert str(log) in err
        assert "the toy's front end went boom" in log.read_text()
        assert log.stat().st_mode & 0o077 == 0


class TestHook:
    def test_commit(self, made: TemporaryRepository, run: Run) -> None:
        made.commit({"a.c": CLEAN})
        made.write("a.c", RACY)
        assert run("hook", "pre-commit") == (0, "", "")
        made.stage()
        code, out, err = run("hook", "pre-commit", "a.c")
        assert (code, err) == (0, "")
        assert "hits" in out

    def test_commit_of_nothing_parallel_loads_no_model(
        self, made: TemporaryRepository, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(commands, "_load_predictor", lambda _: forbidden())
        made.commit({"a.c": RACY})
        made.write("b.c", SERIAL)
        made.write("notes.md", RACY)
        made.stage()
        assert run("hook", "pre-commit") == (0, "", "")

    def test_old_and_fixed_findings_are_no_news(self, made: TemporaryRepository, run: Run) -> None:
        far = "\n" * 10
        made.commit({"a.c": RACY + far, "b.c": RACY})
        made.write("a.c", RACY + far + SERIAL)
        made.write("b.c", CLEAN)
        made.stage()
        assert run("hook", "pre-commit") == (0, "", "")

    def test_blocks_only_by_policy(self, made: TemporaryRepository, run: Run) -> None:
        made.commit({"a.c": CLEAN})
        made.write("a.c", RACY)
        made.stage()
        assert run("hook", "pre-commit", "--policy", "advisory")[0] == 0
        made.write(".reviewbot.yaml", BLOCKING)
        assert run("hook", "pre-commit")[0] == 1

    def test_another_index_is_honoured(
        self, made: TemporaryRepository, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made.commit({"a.c": CLEAN})
        made.git("read-tree", "HEAD", GIT_INDEX_FILE=str(made.path / "other"))
        made.write("a.c", RACY)
        made.git("add", "a.c", GIT_INDEX_FILE=str(made.path / "other"))
        assert run("hook", "pre-commit") == (0, "", "")
        monkeypatch.setenv("GIT_INDEX_FILE", "other")
        assert "hits" in run("hook", "pre-commit")[1]

    def test_push_by_the_environment(
        self, made: TemporaryRepository, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = made.commit({"a.c": CLEAN})
        after = made.commit({"a.c": RACY})
        made.write("a.c", CLEAN)  # the working tree does not count
        monkeypatch.setenv("PRE_COMMIT", "1")
        monkeypatch.setenv("PRE_COMMIT_FROM_REF", before)
        monkeypatch.setenv("PRE_COMMIT_TO_REF", after)
        assert "hits" in run("hook", "pre-push")[1]
        monkeypatch.setenv("PRE_COMMIT_TO_REF", before)
        assert run("hook", "pre-push") == (0, "", "")


class TestPushLines:
    """What git writes to the hook: `<local ref> <object> <remote ref> <object>`."""

    ZERO = "0" * 40

    @pytest.fixture
    def push(
        self, made: TemporaryRepository, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> Callable[..., tuple[int, str, str]]:
        def call(*lines: str) -> tuple[int, str, str]:
            given = tmp_path / "lines"
            given.write_text("".join(f"{line}\n" for line in lines))
            with given.open() as stream:
                monkeypatch.setattr(sys, "stdin", stream)
                return run("hook", "pre-push", "origin", "somewhere")

        return call

    def test_an_update(self, made: TemporaryRepository, push: Run) -> None:
        before = made.commit({"a.c": CLEAN})
        after = made.commit({"a.c": RACY})
        assert "hits" in push(f"refs/heads/main {after} refs/heads/main {before}")[1]
        assert push(f"refs/heads/main {before} refs/heads/main {before}") == (0, "", "")

    def test_a_deletion_and_nothing(self, made: TemporaryRepository, push: Run) -> None:
        made.commit({"a.c": CLEAN})
        after = made.commit({"a.c": RACY})
        assert push(f"(delete) {self.ZERO} refs/heads/old {after}") == (0, "", "")
        assert push() == (0, "", "")

    def test_a_first_push_brings_everything(self, made: TemporaryRepository, push: Run) -> None:
        only = made.commit({"a.c": RACY})
        assert "hits" in push(f"refs/heads/main {only} refs/heads/main {self.ZERO}")[1]

    def test_a_new_branch_brings_what_no_remote_has(
        self, made: TemporaryRepository, push: Run
    ) -> None:
        before = made.commit({"a.c": RACY})
        made.git("update-ref", "refs/remotes/origin/main", before)
        made.branch("topic")
        after = made.commit({"b.c": LOOP + "misses++;\n"})
        out = push(f"refs/heads/topic {after} refs/heads/topic {self.ZERO}")[1]
        assert "misses" in out
        assert "hits" not in out

    def test_a_remote_commit_that_was_not_fetched(
        self, made: TemporaryRepository, push: Run
    ) -> None:
        after = made.commit({"a.c": RACY})
        assert "hits" in push(f"refs/heads/main {after} refs/heads/main {'ab' * 20}")[1]

    def test_several_refs_block_together(self, made: TemporaryRepository, push: Run) -> None:
        made.write(".reviewbot.yaml", BLOCKING)
        before = made.commit({"a.c": CLEAN})
        after = made.commit({"a.c": RACY})
        code, _, _ = push(
            f"refs/heads/x {after} refs/heads/x {before}",
            f"refs/heads/y {before} refs/heads/y {before}",
        )
        assert code == 1

    def test_a_tag_of_no_commit(self, made: TemporaryRepository, push: Run) -> None:
        made.commit({"a.c": RACY})
        blob = made.git("rev-parse", "HEAD:a.c")
        assert push(f"refs/tags/b {blob} refs/tags/b {self.ZERO}") == (0, "", "")


class TestFastPath:
    def test_nothing_heavy_is_imported_without_parallel_code(
        self, made: TemporaryRepository
    ) -> None:
        made.commit({"a.c": RACY})
        made.write("b.c", SERIAL)
        made.stage()
        assert self._loaded(made, "b.c") == []

    def test_the_measure_sees_what_is_imported(self, made: TemporaryRepository) -> None:
        made.write("a.c", RACY)
        made.stage()
        assert "reviewbot.records" in self._loaded(made, "a.c")

    def _loaded(self, made: TemporaryRepository, path: str) -> list[str]:
        program = (
            "import sys\n"
            "from reviewbot.cli import main\n"
            f"main(['hook', 'pre-commit', {path!r}])\n"
            f"print('LOADED', *[name for name in {HEAVY!r} if name in sys.modules])\n"
        )
        # -S would hide what site loads by itself; -I keeps the user's own packages out.
        done = subprocess.run(
            [sys.executable, "-I", "-c", program],
            cwd=made.path,
            capture_output=True,
            text=True,
            check=True,
        )
        [line] = [line for line in done.stdout.splitlines() if line.startswith("LOADED")]
        return line.split()[1:]


class TestExplain:
    def test_a_finding_of_the_last_run(self, made: TemporaryRepository, run: Run) -> None:
        made.write("a.c", RACY)
        _, out, _ = run("scan", "a.c", "--format", "json")
        [finding] = json.loads(out)["findings"]
        code, text, _ = run("explain", finding["fingerprint"][:8])
        assert code == 0
        assert "a.c:2" in text
        assert finding["fingerprint"] in text
        assert (made.path / ".git" / "reviewbot" / "last-review.json").is_file()

    def test_a_word(self, run: Run) -> None:
        code, text, _ = run("explain", "unordered")
        assert (code, text.startswith("unordered")) == (0, True)

    def test_what_is_neither(self, made: TemporaryRepository, run: Run) -> None:
        code, _, err = run("explain", "nonsense")
        assert (code, "'nonsense'" in err) == (2, True)
        code, _, err = run("explain", "abcd")
        assert (code, "no review to explain yet" in err) == (2, True)


class TestPolicyCommand:
    def test_check(self, made: TemporaryRepository, run: Run) -> None:
        made.write("good.yaml", BLOCKING)
        made.write("bad.yaml", "version: 1\nrace: {blocks: 0.8}\n")
        assert run("policy", "check", "good.yaml") == (0, "good.yaml is a valid policy.\n", "")
        code, _, err = run("policy", "check", "bad.yaml")
        assert (code, "blocks" in err) == (2, True)

    def test_show(self, made: TemporaryRepository, run: Run) -> None:
        _, default, _ = run("policy", "show")
        made.write(".reviewbot.yaml", BLOCKING)
        _, own, _ = run("policy", "show")
        assert "block: never" in default
        assert "block: 0.8" in own
        assert run("policy", "show", "advisory")[0] == 0
        assert run("policy", "show", "no-such")[0] == 2


class TestBoundary:
    def test_help_and_version(self, run: Run) -> None:
        assert run("--version")[:2] == (0, "reviewbot 0.1.0\n")
        for command in ("review", "scan", "hook", "explain", "demo", "policy"):
            code, out, _ = run(command, "--help")
            assert (code, "example" in out) == (0, True), command

    @pytest.mark.parametrize("argv", [(), ("nonsense",), ("scan",), ("review", "--form", "json")])
    def test_wrong_use(self, argv: tuple[str, ...], run: Run) -> None:
        code, out, err = run(*argv)
        assert (code, out) == (2, "")
        assert "usage: reviewbot" in err

    def test_an_interrupt(
        self, made: TemporaryRepository, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(commands, "load_policy", interrupted)
        made.write("a.c", RACY)
        assert run("scan", "a.c") == (130, "", "")

    def test_a_reader_that_leaves_early_is_no_error(self, made: TemporaryRepository) -> None:
        program = "import sys; from reviewbot.cli import main; sys.exit(main(['explain', 'race']))"
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            [sys.executable, "-c", program],
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        os.close(writer)
        assert (done.returncode, done.stderr) == (0, "")

    def test_names_that_are_no_text_can_be_printed(
        self, made: TemporaryRepository, run: Run
    ) -> None:
        made.commit()
        made.write(os.fsdecode(b"caf\xe9.c"), RACY)
        made.stage()
        code, out, _ = run("hook", "pre-commit")
        assert code == 0
        assert "hits" in out


class TestDemo:
    def test_reviews_its_own_change(self, run: Run, tmp_path: Path) -> None:
        code, out, err = run("demo")
        assert (code, err) == (0, "")
        assert "image_stats.c" in out
        assert "dark" in out  # to the toy, each update counts; what is true of it is in the demo
        assert "Nothing parallel" not in out
