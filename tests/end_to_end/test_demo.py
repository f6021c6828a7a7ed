"""`reviewbot demo`, as a newcomer meets it: another process, the real front end and model."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from reviewbot.errors import EXIT_BLOCKED, EXIT_OK
from tests.end_to_end.started import Done, needs_bundle, start
from tests.integration.hooked import BLOCKING, PROJECT
from tests.repositories import TemporaryRepository

pytestmark = needs_bundle


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return start(tmp_path_factory.mktemp("demo"), "demo")


def example_of_the_readme() -> str:
    """The report that the README shows."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    block = readme.partition("<!-- example:begin -->")[2].partition("<!-- example:end -->")[0]
    return block.partition("```text\n")[2].partition("```")[0]


def without_figures(report: str) -> list[str]:
    """The report's lines without what a newer model may change: every percentage."""
    return [re.sub(r" *\d+ %", " %", line).rstrip() for line in report.splitlines()]


def is_told(path: str, name: str, printed: str) -> bool:
    """Whether a race on the name is reported in the file, however its object is reached.

    The notes below the reports give no column: there an unlikely race may be called unsure.
    """
    claim = rf"{re.escape(path)}:\d+:\d+: race on `[^`]*\b{re.escape(name)}\b"
    return re.search(claim, printed) is not None


class TestDemo:
    def test_ends_well(self, demo: Done) -> None:
        assert demo.returncode == EXIT_OK, demo.stdout + demo.stderr
        assert demo.stderr == ""

    def test_says_what_it_does(self, demo: Done) -> None:
        assert "The second changes image_stats.c, job_pool.cpp." in demo.stdout
        assert "nothing is run" in demo.stdout
        assert demo.stdout.rstrip().endswith("`reviewbot review --base main`.")

    def test_finds_the_two_races_of_the_change(self, demo: Done) -> None:
        assert is_told("image_stats.c", "dark", demo.stdout)
        assert is_told("job_pool.cpp", "sum_", demo.stdout)

    @pytest.mark.parametrize(
        ("path", "name"),
        [("image_stats.c", "total"), ("image_stats.c", "sums"), ("job_pool.cpp", "done_")],
    )
    def test_is_silent_on_what_is_protected_or_private(
        self, demo: Done, path: str, name: str
    ) -> None:
        assert not is_told(path, name, demo.stdout)

    def test_notes_the_race_that_was_there_before(self, demo: Done) -> None:
        [line] = [line for line in demo.stdout.splitlines() if "race on `best`" in line]
        assert "was there before this change" in line

    def test_tells_each_link_of_the_chain(self, demo: Done) -> None:
        links = ("concurrent", "same location", "conflicting", "unordered", "unprotected")
        told = demo.stdout.replace("same-location", "same location")
        assert [link for link in links if link not in told] == []

    def test_prints_what_the_readme_shows(self, demo: Done) -> None:
        shown, printed = without_figures(example_of_the_readme()), without_figures(demo.stdout)
        assert len(shown) > 10
        assert [line for line in shown if line not in printed] == []

    def test_leaves_nothing_behind(self, tmp_path: Path) -> None:
        temporary = tmp_path / "tmp"
        temporary.mkdir()
        start(tmp_path, "demo", TMPDIR=str(temporary))
        # Hidden entries are a machine's own: some keep their bookkeeping in each TMPDIR.
        assert list(temporary.glob("[!.]*")) == []

    def test_a_policy_that_blocks_ends_with_1(self, tmp_path: Path) -> None:
        (tmp_path / "policy.yaml").write_text(BLOCKING, encoding="utf-8")
        done = start(tmp_path, "demo", "--policy", "policy.yaml")
        assert done.returncode == EXIT_BLOCKED, done.stdout + done.stderr

    def test_its_findings_can_be_explained_afterwards(self, tmp_path: Path) -> None:
        made = TemporaryRepository(tmp_path / "work")
        start(made.path, "demo")
        reports = [
            json.loads(path.read_text(encoding="utf-8"))
            for path in (made.path / ".git").rglob("*.json")
        ]
        findings = [finding for report in reports for finding in report["findings"]]
        assert findings
        done = start(made.path, "explain", findings[0]["fingerprint"][:6])
        assert done.returncode == EXIT_OK, done.stderr
        assert findings[0]["object"] in done.stdout


def test_the_module_can_be_run_as_well(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reviewbot", "demo"],
        cwd=tmp_path,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == EXIT_OK, done.stderr
    assert "race on" in done.stdout
