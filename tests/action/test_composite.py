"""The steps of action.yml, executed: real bash, a fresh virtual environment, a real change.

The environment is made once for all tests here; it takes some ten seconds where pip has its cache.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from reviewbot.errors import NoSandbox
from reviewbot.escalation.sandbox import open_sandbox
from reviewbot.github.artifact import read_review_file
from tests.action.changes import BRANCH, PATH, UNSURE, owned, pull_request
from tests.action.composite import TOKEN, Runner
from tests.repositories import TemporaryRepository

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="the action sets up Python 3.12, whose -P it relies on"
)


@pytest.fixture
def runner(machine: Path, repository: TemporaryRepository) -> Runner:
    """A runner at a pull request from a fork, with no token: it can only tell the job."""
    made = Runner(home=machine, workspace=repository.path, token="")
    head = repository.git("rev-parse", "HEAD")
    payload = pull_request(repository, "stranger/project")
    made.event("pull_request", payload, head, GITHUB_HEAD_REF=BRANCH)
    return made


def test_a_review_from_an_empty_machine(
    runner: Runner, repository: TemporaryRepository, machine: Path
) -> None:
    ended = runner.run()
    assert ended.returncode == 0, ended.log
    assert [use.partition("@")[0] for use in runner.uses] == [
        "actions/setup-python",
        "actions/cache",
    ]
    said = ended.outputs
    assert int(said["findings"]) >= 2
    assert said["blocking"] == "0"
    assert json.loads(said["sanitizer-matrix"]).keys() == {"include"}
    assert int(said["escalate"]) == len(json.loads(said["sanitizer-matrix"])["include"])
    review = read_review_file(Path(said["review-file"]))
    assert review.head_sha == repository.git("rev-parse", "topic")
    assert review.pull_request == 7
    results = json.loads(Path(said["sarif-file"]).read_text())["runs"][0]["results"]
    assert {result["ruleId"] for result in results} >= {"race"}
    assert "sum_" in ended.summary
    assert "race on `pool.sum_`" in ended.log
    # The hostile names of the change went through all of it.
    assert PATH in {finding.path for finding in review.report.findings}
    assert owned(machine, repository.path) == []
    assert repository.git("status", "--porcelain") == ""


def test_it_comes_from_the_cache_the_second_time(runner: Runner, machine: Path) -> None:
    runner.run()
    runner.end_job()
    assert not list(machine.glob("temp/*"))
    ended = runner.run()
    assert ended.returncode == 0, ended.log
    assert "installed already, from the cache" in ended.log
    assert int(ended.outputs["findings"]) >= 2


def test_what_fails_the_job(runner: Runner) -> None:
    ended = runner.run(fail_on="comment")
    assert ended.returncode == 1
    assert int(ended.outputs["findings"]) >= 2
    assert Path(ended.outputs["review-file"]).is_file()


def test_a_policy_that_blocks(runner: Runner) -> None:
    ended = runner.run(policy="strict")
    assert ended.returncode == 1
    assert int(ended.outputs["blocking"]) >= 1
    assert runner.run(policy="strict", fail_on="never").returncode == 0


MUTE: dict[str, str | bytes] = {".reviewbot.yaml": "version: 1\nrace:\n  enabled: false\n"}
JUDGED = "This change edits the review policy. It was judged by the policy of its base"


def test_a_policy_that_the_change_brings_is_not_obeyed(
    runner: Runner, repository: TemporaryRepository
) -> None:
    repository.commit(MUTE, "say nothing")
    runner.event("pull_request", pull_request(repository, "stranger/project"))
    ended = runner.run()
    assert int(ended.outputs["findings"]) >= 2
    assert JUDGED in ended.summary and "sum_" in ended.summary


def test_a_policy_of_the_base_is_obeyed(runner: Runner, repository: TemporaryRepository) -> None:
    repository.switch("main")
    repository.commit(MUTE, "say nothing")
    repository.switch("topic")
    repository.git("rebase", "--quiet", "main")
    runner.event("pull_request", pull_request(repository, "stranger/project"))
    ended = runner.run()
    assert (ended.returncode, ended.outputs["findings"]) == (0, "0"), ended.log
    assert JUDGED not in ended.summary


def test_from_a_directory_and_with_a_sarif_file_of_its_own(
    runner: Runner, repository: TemporaryRepository
) -> None:
    ended = runner.run(working_directory="src", sarif_file="races.sarif", format="json")
    assert ended.outputs["sarif-file"] == str(repository.path / "src" / "races.sarif")
    review = read_review_file(Path(ended.outputs["review-file"]))
    # From the root, wherever the action runs.
    assert {"job_pool.cpp", PATH} <= {finding.path for finding in review.report.findings}


def test_a_change_without_races_is_silent(runner: Runner, repository: TemporaryRepository) -> None:
    ended = runner.run(base="topic", head="topic")
    assert ended.outputs["findings"] == "0"
    base = repository.git("rev-parse", "main")
    runner.event("push", {"before": base, "after": base, "ref": "refs/heads/main"}, base)
    ended = runner.run(fail_on="comment")
    assert (ended.returncode, ended.outputs["findings"]) == (0, "0")


def test_the_first_push_is_all_new(runner: Runner, repository: TemporaryRepository) -> None:
    head = repository.git("rev-parse", "topic")
    there = {"full_name": "owner/project", "default_branch": "topic"}
    payload = {"before": "0" * 40, "after": head, "ref": "refs/heads/topic", "repository": there}
    runner.event("push", payload, head)
    ended = runner.run()
    assert ended.returncode == 0, ended.log
    assert int(ended.outputs["findings"]) >= 2


@pytest.mark.parametrize(
    "name", ["$(touch owned)", "`touch owned`", "x\nblocking=7", "--output=owned", "EOF"]
)
def test_hostile_revisions_are_names_and_nothing_else(
    name: str, runner: Runner, machine: Path, repository: TemporaryRepository
) -> None:
    ended = runner.run(base=name)
    assert ended.returncode == 2
    assert ended.outputs["blocking"] == "0"
    assert "There is no revision" in ended.log or "revision" in ended.log
    assert owned(machine, repository.path) == []


def test_a_shallow_clone_is_told_what_to_do(
    runner: Runner, repository: TemporaryRepository, tmp_path: Path
) -> None:
    shallow = tmp_path / "shallow"
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.path}", str(shallow))
    runner.workspace = shallow
    ended = runner.run()
    assert ended.returncode == 2
    assert "fetch-depth: 0" in ended.log
    assert ended.outputs["sanitizer-matrix"] == '{"include": []}'


def test_the_token_is_shown_nowhere(runner: Runner, machine: Path) -> None:
    runner.token = TOKEN
    # Nobody listens there: publishing fails, and its words must not name the token.
    runner.environment |= {
        "GITHUB_API_URL": "http://127.0.0.1:9",
        "REVIEWBOT_MAX_WAIT": "0",
        "REVIEWBOT_WRITE_PAUSE": "0",
    }
    ended = runner.run()
    assert ended.returncode == 2
    assert "sum_" in ended.summary
    told = [ended.log, ended.summary, *ended.outputs.values()]
    told += [file.read_text(errors="replace") for file in machine.glob("temp/reviewbot-data-*/*")]
    assert not any(TOKEN in text for text in told)


@pytest.mark.clang
def test_from_the_matrix_to_the_verdict(
    runner: Runner, repository: TemporaryRepository, tmp_path: Path
) -> None:
    try:
        open_sandbox(unsafe=False)
    except NoSandbox as missing:
        pytest.skip(str(missing))
    reviewed = runner.run(policy=UNSURE, fail_on="never")
    entries = json.loads(reviewed.outputs["sanitizer-matrix"])["include"]
    assert PATH in {entry["path"] for entry in entries}
    entry = next(entry for entry in entries if entry["path"] == "image_stats.c")
    ran = runner.run(mode="sanitize", target=entry["id"], policy=UNSURE, github_token="")
    assert ran.returncode == 0, ran.log
    data = tmp_path / "downloaded"  # as the artifacts of a run, merged into one folder
    data.mkdir()
    for file in (reviewed.outputs["review-file"], ran.outputs["review-file"]):
        shutil.copy(file, data)
    runner.install_for_publishing()
    told = runner.run(mode="publish", working_directory=str(data), fail_on="never")
    assert told.returncode == 0, told.log
    assert "Restore the installation" not in told.steps
    [outcome] = json.loads(Path(ran.outputs["review-file"]).read_text())["outcomes"]
    assert outcome["target"] == entry["id"]
    assert outcome["runs"] > 0, outcome["reason"]
    # Which verdict it is, is the sanitizer's and the harness's matter, tested elsewhere.
    row = rf"`image_stats.c:\d+`.*{outcome['verdict']}"
    assert re.search(row, told.summary)
    assert not re.search(row, reviewed.summary)
    assert owned(runner.home, repository.path, data) == []


def test_publishing_with_nothing_downloaded(runner: Runner) -> None:
    runner.run()
    runner.install_for_publishing()
    ended = runner.run(mode="publish", working_directory="reviewbot-data")
    assert ended.returncode == 0, ended.log
    assert "Restore the installation" not in ended.steps
    assert "nothing to publish" in ended.log
