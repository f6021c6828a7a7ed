"""What holds for action.yml, our own workflows, and those that the README offers for copying."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reviewbot.github.patience import MOST_SECONDS
from tests.action.composite import ACTION, PROJECT
from tests.action.yaml_texts import (
    FIRST,
    SANITIZE,
    SECOND,
    SIMPLE,
    all_steps,
    blocks,
    parsed,
    workflows,
)

NODE_FOLDER = Path(sys.prefix) / "node"
LINTER = NODE_FOLDER / "node_modules" / "@tktco" / "node-actionlint"
OURS = "OWNER/reviewbot@v0.1.0"
# What action.yml must offer, as teams' workflows name it.
INPUTS = {
    *("mode", "policy", "base", "head", "github-token", "fail-on", "max-comments", "format"),
    *("sarif-file", "working-directory", "device"),
}
OUTPUTS = {
    *("findings", "blocking", "escalate", "sanitizer-matrix", "sarif-file", "review-file"),
}


def action() -> dict[str, Any]:
    return parsed(ACTION.read_text(encoding="utf-8"))


def schema_errors(text: str, schema: str, folder: Path) -> str:
    """What check-jsonschema says against the text; empty if nothing."""
    file = folder / "checked.yml"
    file.write_text(text, encoding="utf-8")
    program = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def lint(texts: dict[str, str]) -> list[dict[str, Any]]:
    """What actionlint says against the workflows."""
    if not LINTER.is_dir() or shutil.which("node") is None:
        pytest.skip("actionlint is not installed: install Node.js 20 and npm, then `make test`")
    script = str(Path(__file__).with_name("actionlint.cjs"))
    done = subprocess.run(
        ["node", script, str(NODE_FOLDER)],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


class TestSchemas:
    def test_the_action(self, tmp_path: Path) -> None:
        text = ACTION.read_text(encoding="utf-8")
        assert schema_errors(text, "vendor.github-actions", tmp_path) == ""

    def test_the_check_sees_a_wrong_action(self, tmp_path: Path) -> None:
        text = ACTION.read_text(encoding="utf-8").replace("using: composite", "using: compost")
        assert "runs" in schema_errors(text, "vendor.github-actions", tmp_path)

    @pytest.mark.parametrize("name", workflows())
    def test_the_workflows(self, name: str, tmp_path: Path) -> None:
        assert schema_errors(workflows()[name], "vendor.github-workflows", tmp_path) == ""

    def test_the_check_sees_a_wrong_workflow(self, tmp_path: Path) -> None:
        text = workflows()[SIMPLE].replace("runs-on:", "run-on:")
        assert schema_errors(text, "vendor.github-workflows", tmp_path)


class TestActionlint:
    def test_nothing_to_say_of_the_workflows(self) -> None:
        assert lint(workflows()) == []

    def test_it_sees_untrusted_text_in_a_script(self) -> None:
        bad = "- run: echo ${{ github.event.pull_request.title }}\n      - uses: actions/checkout@"
        text = workflows()[SIMPLE].replace("- uses: actions/checkout@", bad)
        assert [found["kind"] for found in lint({"bad.yml": text})] == ["expression"]


class TestSafety:
    def test_no_script_holds_an_expression(self) -> None:
        scripts = [(where, step["run"]) for where, step in all_steps() if "run" in step]
        assert len(scripts) > 4
        assert [found for found in scripts if "${{" in found[1]] == []

    def test_every_action_of_others_is_pinned_by_its_commit(self) -> None:
        used = {(where, step["uses"]) for where, step in all_steps() if "uses" in step}
        assert len(used) > 8
        loose = [u for u in used if u[1] != OURS and not re.fullmatch(r"\S+@[0-9a-f]{40}", u[1])]
        assert loose == []

    def test_each_pin_says_its_version(self) -> None:
        texts = [ACTION.read_text(encoding="utf-8"), *workflows().values()]
        pins = [pin for text in texts for pin in re.findall(r"@[0-9a-f]{40}(.*)", text)]
        assert pins
        assert [pin for pin in pins if not re.fullmatch(r" # v\d+\.\d+\.\d+", pin)] == []

    def test_one_commit_for_each_action(self) -> None:
        pins = {step["uses"].split("@")[0]: set() for _, step in all_steps() if "uses" in step}
        for _, step in all_steps():
            if "uses" in step:
                pins[step["uses"].split("@")[0]].add(step["uses"])
        assert {name: found for name, found in pins.items() if len(found) > 1} == {}

    @pytest.mark.parametrize("name", workflows())
    def test_permissions_are_stated(self, name: str) -> None:
        document = parsed(workflows()[name])
        top = document["permissions"]
        if top == {}:
            assert all("permissions" in job for job in document["jobs"].values())
        else:
            assert top == {"contents": "read"}

    def test_checkouts_leave_no_token_behind(self) -> None:
        steps = [s for _, s in all_steps() if s.get("uses", "").startswith("actions/checkout@")]
        assert len(steps) >= 4
        assert all(step["with"]["persist-credentials"] is False for step in steps)

    def test_nothing_of_a_pull_request_is_an_action_or_a_reusable_workflow(self) -> None:
        assert [s["uses"] for _, s in all_steps() if s.get("uses", "").startswith(".")] == []
        events = [event for text in workflows().values() for event in parsed(text)["on"]]
        assert "pull_request_target" not in events


class TestTheTwoPhases:
    def first(self) -> dict[str, Any]:
        return parsed(blocks()[FIRST] + blocks()[SANITIZE])

    def second(self) -> dict[str, Any]:
        return parsed(blocks()[SECOND])

    def test_the_first_may_read_and_nothing_else(self) -> None:
        for job in self.first()["jobs"].values():
            assert job["permissions"] == {"contents": "read"}

    def test_the_first_hands_no_token_to_reviewbot(self) -> None:
        steps = [s for job in self.first()["jobs"].values() for s in job["steps"]]
        mine = [step for step in steps if step.get("uses") == OURS]
        assert len(mine) == 2
        assert all(step["with"]["github-token"] == "" for step in mine)

    def test_the_second_may_write_a_review_and_nothing_else(self) -> None:
        [job] = self.second()["jobs"].values()
        assert job["permissions"] == {
            "actions": "read",
            "pull-requests": "write",
            "checks": "write",
        }

    def test_the_second_neither_checks_out_nor_runs_a_script(self) -> None:
        [job] = self.second()["jobs"].values()
        assert [s["uses"].split("@")[0] for s in job["steps"]] == [
            "actions/download-artifact",
            "OWNER/reviewbot",
        ]
        assert job["steps"][1]["with"]["mode"] == "publish"

    def test_the_second_follows_the_first(self) -> None:
        assert self.second()["on"]["workflow_run"]["workflows"] == [self.first()["name"]]

    def test_the_second_reads_where_it_downloaded(self) -> None:
        [job] = self.second()["jobs"].values()
        download, publish = (step["with"] for step in job["steps"])
        assert download["path"] == publish["working-directory"]

    def test_the_second_downloads_what_the_first_uploads(self) -> None:
        steps = [s for job in self.first()["jobs"].values() for s in job["steps"]]
        names = [s["with"]["name"] for s in steps if "upload-artifact" in s.get("uses", "")]
        [job] = self.second()["jobs"].values()
        pattern = job["steps"][0]["with"]["pattern"]
        assert len(names) == 2
        assert all(name.startswith(pattern.removesuffix("*")) for name in names)

    def test_the_matrix_is_the_reviews(self) -> None:
        jobs = self.first()["jobs"]
        assert "needs.review.outputs.sanitizer-matrix" in jobs["sanitize"]["strategy"]["matrix"]
        assert jobs["review"]["outputs"]["sanitizer-matrix"] == (
            "${{ steps.reviewbot.outputs.sanitizer-matrix }}"
        )


def test_publishing_gives_up_before_its_job_is_killed() -> None:
    jobs = [job for text in workflows().values() for job in parsed(text)["jobs"].values()]
    ours = [job for job in jobs if any(step.get("uses") == OURS for step in job["steps"])]
    assert len(ours) >= 4
    assert min(job["timeout-minutes"] for job in ours) * 60 >= 2 * MOST_SECONDS


class TestTheOffer:
    def test_inputs_and_outputs(self) -> None:
        assert set(action()["inputs"]) >= INPUTS
        assert set(action()["outputs"]) == OUTPUTS

    def test_workflows_give_only_inputs_that_exist(self) -> None:
        given = [s.get("with", {}) for _, s in all_steps() if s.get("uses") == OURS]
        assert len(given) >= 5
        assert {name for options in given for name in options} <= set(action()["inputs"])

    def test_every_input_is_in_the_readme(self) -> None:
        readme = (PROJECT / "README.md").read_text(encoding="utf-8")
        section = readme.partition("## On GitHub")[2].partition("\n## ")[0]
        assert [n for n in (*action()["inputs"], *OUTPUTS) if f"`{n}`" not in section] == []

    def test_each_input_reaches_the_runner(self) -> None:
        run = action()["runs"]["steps"][-1]
        names = {name.upper().replace("-", "_") for name in action()["inputs"]}
        assert {key.removeprefix("INPUT_") for key in run["env"] if "INPUT_" in key} == names

    def test_the_readme_pins_this_version(self) -> None:
        version = re.search(r'^version = "(.+)"', (PROJECT / "pyproject.toml").read_text(), re.M)
        assert version is not None
        assert OURS.endswith(f"v{version[1]}")
