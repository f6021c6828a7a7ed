"""The action's modes with a command line that is only written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reviewbot.action.run import NO_MATRIX, REVIEW_FILE, main
from tests.action.composite import TOKEN, parsed_outputs
from tests.action.written import Recorder, option, plan_document, review_document, writing
from tests.repositories import TemporaryRepository

QUIET = {
    "findings": "0",
    "blocking": "0",
    "escalate": "0",
    "sanitizer-matrix": NO_MATRIX,
    "sarif-file": "",
    "review-file": "",
}


@pytest.fixture
def repository(tmp_path: Path) -> TemporaryRepository:
    made = TemporaryRepository(tmp_path / "work")
    made.commit({"src/a.c": "int a;\n"}, "one")
    made.commit({"src/a.c": "int b;\n"}, "two")
    return made


@pytest.fixture
def environ(
    tmp_path: Path, repository: TemporaryRepository, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """A push of the second commit, as the runner describes it."""
    monkeypatch.chdir(tmp_path)  # put back afterwards, for the action changes it
    (tmp_path / "temp").mkdir()
    event = tmp_path / "event.json"
    before, after = (repository.git("rev-parse", name) for name in ("HEAD~1", "HEAD"))
    payload = {"before": before, "after": after, "ref": "refs/heads/main"}
    event.write_text(json.dumps(payload), encoding="utf-8")
    return {
        "GITHUB_WORKSPACE": str(repository.path),
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "INPUT_GITHUB_TOKEN": TOKEN,
    }


def outputs(environ: dict[str, str]) -> dict[str, str]:
    return parsed_outputs(Path(environ["GITHUB_OUTPUT"]).read_text(encoding="utf-8"))


class TestReview:
    def test_what_is_called(self, environ: dict[str, str], repository: TemporaryRepository) -> None:
        command = Recorder(writing(review_document()))
        environ |= {"INPUT_POLICY": "strict", "INPUT_MAX_COMMENTS": "3", "INPUT_FAIL_ON": "never"}
        assert main(environ, command) == 0
        words = command.named("review")
        assert option(words, "base") == repository.git("rev-parse", "HEAD~1")
        assert option(words, "head") == repository.git("rev-parse", "HEAD")
        assert (option(words, "policy"), option(words, "fail-on")) == ("strict", "never")
        posted = command.named("publish")
        assert option(posted, "review-file") == option(words, "review-file")
        assert (option(posted, "max-comments"), option(posted, "fail-on")) == ("3", "never")

    @pytest.mark.parametrize("asked", ["true", "false", ""])
    def test_threads_are_resolved_on_request(self, environ: dict[str, str], asked: str) -> None:
        command = Recorder(writing(review_document()))
        main(environ | {"INPUT_RESOLVE_THREADS": asked}, command)
        assert ("--resolve-threads" in command.named("publish")) is (asked == "true")

    def test_outputs(self, environ: dict[str, str]) -> None:
        document = review_document("comment", "block", "note", "escalate", "drop")
        command = Recorder(writing(document), {"publish": 1}, plan=plan_document("work-1"))
        assert main(environ, command) == 1
        said = outputs(environ)
        assert (said["findings"], said["blocking"], said["escalate"]) == ("2", "1", "1")
        entry = {"id": "work-1", "path": "src/$(id)`id`\nx.c", "sanitizer": "tsan"}
        assert json.loads(said["sanitizer-matrix"]) == {"include": [entry]}
        assert Path(said["review-file"]).name == REVIEW_FILE
        assert json.loads(Path(said["review-file"]).read_text()) == document

    @pytest.mark.parametrize(("code", "complaints"), [(0, 0), (1, 0), (2, 1), (3, 1)])
    def test_the_exit_code_is_the_one_of_publishing(
        self,
        environ: dict[str, str],
        capsys: pytest.CaptureFixture[str],
        code: int,
        complaints: int,
    ) -> None:
        command = Recorder(writing(review_document("comment")), {"publish": code})
        assert main(environ, command) == code
        assert outputs(environ)["findings"] == "1"
        told = capsys.readouterr().out
        assert told.count("::error title=reviewbot::`reviewbot publish` failed") == complaints

    def test_a_failed_review_publishes_nothing(
        self, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        command = Recorder(lambda _: 2)
        assert main(environ, command) == 2
        assert [words[0] for words in command.calls] == ["review"]
        assert outputs(environ) == QUIET
        assert "::error title=reviewbot::" in capsys.readouterr().out

    def test_what_argparse_refuses_ends_the_step_with_outputs(
        self, environ: dict[str, str]
    ) -> None:
        def refuse(_: Path) -> int:
            raise SystemExit(2)

        assert main(environ, Recorder(refuse)) == 2
        assert outputs(environ) == QUIET

    def test_a_bug_is_no_finding(
        self, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fail(_: Path) -> int:
            raise RuntimeError("::error::made up")

        assert main(environ, Recorder(fail)) == 3
        assert outputs(environ) == QUIET
        told = capsys.readouterr().out
        assert "RuntimeError: ::error::made up" in told
        assert "::error title=reviewbot::This is a bug" in told

    def test_a_wrong_input_is_an_annotation(
        self, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        environ["INPUT_MODE"] = "approve\n::error::x"
        assert main(environ, Recorder()) == 2
        [line] = capsys.readouterr().out.splitlines()
        assert line.startswith("::error title=reviewbot::The input `mode`")
        assert outputs(environ) == QUIET

    def test_a_deleted_branch_calls_nothing(self, environ: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "event.json").write_text(json.dumps({"after": "0" * 40}), encoding="utf-8")
        command = Recorder()
        assert main(environ, command) == 0
        assert command.calls == []
        assert outputs(environ) == QUIET

    def test_the_reports_text_is_no_command_to_the_runner(
        self, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        def say(file: Path) -> int:
            print("::add-mask::everything")
            return writing(review_document())(file)

        main(environ, Recorder(say))
        lines = capsys.readouterr().out.splitlines()
        at = lines.index("::add-mask::everything")
        token = lines[at - 1].removeprefix("::stop-commands::")
        assert token != lines[at - 1]
        assert lines[at + 1] == f"::{token}::"

    def test_a_directory_within_the_repository(self, environ: dict[str, str]) -> None:
        environ["INPUT_WORKING_DIRECTORY"] = "src"
        seen: list[Path] = []

        def look(file: Path) -> int:
            seen.append(Path.cwd())
            return writing(review_document())(file)

        assert main(environ, Recorder(look)) == 0
        assert seen == [Path(environ["GITHUB_WORKSPACE"]) / "src"]

    def test_a_directory_that_is_not_there(
        self, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        environ["INPUT_WORKING_DIRECTORY"] = "missing"
        assert main(environ, Recorder()) == 2
        assert "working-directory" in capsys.readouterr().out

    def test_without_a_checkout(
        self, environ: dict[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        (tmp_path / "bare").mkdir()
        environ["GITHUB_WORKSPACE"] = str(tmp_path / "bare")
        assert main(environ, Recorder()) == 2
        assert "put actions/checkout with `fetch-depth: 0`" in capsys.readouterr().out


class TestFiles:
    def test_data_lie_outside_the_checkout(
        self, environ: dict[str, str], repository: TemporaryRepository
    ) -> None:
        command = Recorder(writing(review_document()))
        main(environ, command)
        for name in ("review-file", "plan", "sarif-file"):
            file = option(command.named("review"), name)
            assert file is not None
            assert Path(file).is_relative_to(environ["RUNNER_TEMP"])

    def test_two_uses_in_one_job_keep_apart(self, environ: dict[str, str]) -> None:
        command = Recorder(writing(review_document()))
        main(environ, command)
        main(environ, command)
        files = {option(words, "review-file") for words in command.calls}
        assert len(files) == 2

    def test_a_sarif_file_of_ones_own(self, environ: dict[str, str]) -> None:
        environ |= {"INPUT_SARIF_FILE": "races.sarif", "INPUT_WORKING_DIRECTORY": "src"}
        command = Recorder(writing(review_document()))
        main(environ, command)
        expected = Path(environ["GITHUB_WORKSPACE"]) / "src" / "races.sarif"
        assert option(command.named("review"), "sarif-file") == str(expected)

    @pytest.mark.parametrize("name", ["../x.sarif", "/tmp/x.sarif", "out/x.sarif", "none/x.sarif"])
    def test_none_leads_out_of_the_checkout(
        self, name: str, environ: dict[str, str], tmp_path: Path
    ) -> None:
        (Path(environ["GITHUB_WORKSPACE"]) / "out").symlink_to(tmp_path)
        environ["INPUT_SARIF_FILE"] = name
        command = Recorder(writing(review_document()))
        assert main(environ, command) == 2
        assert command.calls == []


class TestTokens:
    def seen(self, environ: dict[str, str], command: str) -> str | None:
        """The token in the environment while a command runs."""
        found: list[str | None] = []

        def call(words: Any) -> int:
            if words[0] == command:
                found.append(environ.get("GITHUB_TOKEN"))
            file = option(words, "review-file")
            return writing(review_document())(Path(file)) if file else 0

        main(environ, call)
        assert TOKEN not in [value for key, value in environ.items() if key != "GITHUB_TOKEN"]
        return found[0]

    def test_publishing_has_it(self, environ: dict[str, str]) -> None:
        assert self.seen(environ, "publish") == TOKEN

    def test_an_empty_one_is_none(self, environ: dict[str, str]) -> None:
        environ |= {"INPUT_GITHUB_TOKEN": "", "GITHUB_TOKEN": TOKEN}
        assert self.seen(environ, "publish") is None

    def test_what_a_sanitizer_runs_has_none(self, environ: dict[str, str]) -> None:
        environ |= {"INPUT_MODE": "sanitize", "INPUT_TARGET": "work-1", "GITHUB_TOKEN": TOKEN}
        assert self.seen(environ, "sanitize") is None


class TestPublish:
    @pytest.fixture
    def downloaded(self, environ: dict[str, str], tmp_path: Path) -> Path:
        folder = tmp_path / "data"
        folder.mkdir()
        environ |= {"INPUT_MODE": "publish", "INPUT_WORKING_DIRECTORY": str(folder)}
        return folder

    def evidence(self, sha: str = "a" * 40) -> str:
        return json.dumps({"schema_version": 1, "head_sha": sha, "outcomes": []})

    def test_review_and_evidence(self, environ: dict[str, str], downloaded: Path) -> None:
        writing(review_document("comment"))(downloaded / REVIEW_FILE)
        (downloaded / "reviewbot-evidence-work-1.json").write_text(self.evidence())
        (downloaded / "other.json").write_text("{}")
        command = Recorder(codes={"publish": 1})
        environ |= {"INPUT_FAIL_ON": "comment", "INPUT_MAX_COMMENTS": "2"}
        assert main(environ, command) == 1
        words = command.named("publish")
        assert option(words, "review-file") == str(downloaded / REVIEW_FILE)
        assert option(words, "fail-on") == "comment"
        assert option(words, "max-comments") == "2"
        files = [word for word in words if word.startswith("--evidence=")]
        assert files == [f"--evidence={downloaded}/reviewbot-evidence-work-1.json"]
        assert outputs(environ)["findings"] == "1"

    def test_without_a_review_there_is_nothing_to_do(
        self, environ: dict[str, str], downloaded: Path
    ) -> None:
        command = Recorder()
        assert main(environ, command) == 0
        assert command.calls == []
        assert outputs(environ) == QUIET

    def test_without_a_download_as_well(self, environ: dict[str, str], downloaded: Path) -> None:
        downloaded.rmdir()
        command = Recorder()
        assert main(environ, command) == 0
        assert command.calls == []

    def test_links_are_not_followed(
        self, environ: dict[str, str], downloaded: Path, tmp_path: Path
    ) -> None:
        secret = tmp_path / "secret.json"
        writing(review_document())(secret)
        (downloaded / REVIEW_FILE).symlink_to(secret)
        command = Recorder()
        assert main(environ, command) == 0
        assert command.calls == []

    def test_nor_are_links_to_evidence(
        self, environ: dict[str, str], downloaded: Path, tmp_path: Path
    ) -> None:
        writing(review_document())(downloaded / REVIEW_FILE)
        (tmp_path / "other.json").write_text(self.evidence())
        (downloaded / "reviewbot-evidence-x.json").symlink_to(tmp_path / "other.json")
        command = Recorder()
        assert main(environ, command) == 0
        assert not [word for word in command.named("publish") if word.startswith("--evidence")]

    def test_refused_data_are_not_read_again(
        self, environ: dict[str, str], downloaded: Path
    ) -> None:
        (downloaded / REVIEW_FILE).write_text("[]")
        assert main(environ, Recorder(codes={"publish": 2})) == 2
        assert outputs(environ) == QUIET


class TestSanitize:
    def test_one_entry(self, environ: dict[str, str]) -> None:
        environ |= {"INPUT_MODE": "sanitize", "INPUT_TARGET": "work-1"}
        command = Recorder(writing(review_document(), 1), evidence="{}", plan=plan_document())
        assert main(environ, command) == 0
        words = command.named("sanitize")
        assert option(words, "plan") == option(command.named("review"), "plan")
        assert option(words, "target") == "work-1"
        file = Path(outputs(environ)["review-file"])
        assert file.name == "reviewbot-evidence-work-1.json"
        assert str(file) == option(words, "evidence-file")

    @pytest.mark.parametrize("target", ["", "../../x", "a b", "$(id)", "x\ny", "--help/"])
    def test_a_target_names_a_file_safely(self, target: str, environ: dict[str, str]) -> None:
        environ |= {"INPUT_MODE": "sanitize", "INPUT_TARGET": target}
        command = Recorder()
        assert main(environ, command) == 2
        assert command.calls == []
