"""Times the GitHub Action: from the start of its steps to the posted review of a five-file change.

The steps of action.yml run as a runner runs them, against a GitHub within this process. Not in the
times: setting up Python, the transfer of the cache's archive (unpacking it is), and the time that
GitHub's own servers take to answer.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.inputs import FIVE_BEFORE, FIVE_PARALLEL
from tests.action.changes import pull_request
from tests.action.composite import PROJECT, Ended, Runner
from tests.integration.fake_github.server import FakeGitHub
from tests.integration.fake_github.wire import Request
from tests.repositories import TemporaryRepository

FILES = 5
NAME = "owner/project"


def main() -> int:
    """Print the times of a cold and of warm runs."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="reviewbot-action-") as folder:
        root = Path(folder)
        repository = change(root / "checkout")
        bench = Bench(machine=root / "machine", action=published(root / "action"))
        cold = run(bench, repository, {"PIP_NO_CACHE_DIR": "1"})
        warm = [run(bench, repository, {}) for _ in range(options.runs)]
    print(f"{FILES} files, {FILES * 5} parallel functions; the steps from start to posted review:")
    tell("cold: nothing cached, everything downloaded", [cold])
    tell(f"warm: installation from the cache, median of {options.runs}", warm)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="warm runs (default: 5)")
    return parser.parse_args()


def change(root: Path) -> TemporaryRepository:
    """`main`, and `topic` in which the loops of five files become parallel."""
    repository = TemporaryRepository(root)
    names = [f"src/module_{number}.c" for number in range(FILES)]
    repository.commit(dict.fromkeys(names, FIVE_BEFORE), "before")
    repository.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.commit(dict.fromkeys(names, FIVE_PARALLEL), "after")
    return repository


def published(folder: Path) -> Path:
    """The action's files as a runner downloads them: without history, and nobody edits them."""
    folder.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "action.yml"):
        shutil.copy(PROJECT / name, folder)
    for name in ("reviewbot", "hooks", "policies"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / name, folder / name, ignore=ignored)
    return folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where the runner lives, and the action that it runs."""

    machine: Path
    action: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One run: what its steps took, and when the review arrived."""

    ended: Ended
    posted: float  # seconds from the start of the steps


def run(bench: Bench, repository: TemporaryRepository, more: dict[str, str]) -> Timed:
    """Run the action once on a pull request that nobody has reviewed."""
    with FakeGitHub(repository.path, NAME) as github:
        github.open(7, "main", "topic")
        arrived: list[float] = []
        github.on("POST", r"/pulls/7/reviews$", lambda _: _note(arrived, _))
        runner = Runner(
            home=bench.machine,
            workspace=repository.path,
            action=bench.action,
            token=github.token(),
            archives=True,
        )
        runner.event("pull_request", pull_request(repository, NAME))
        runner.environment |= {
            "GITHUB_API_URL": github.api_url,
            "GITHUB_SERVER_URL": github.web_url,
            **more,
        }
        started = time.perf_counter()
        ended = runner.run()
        runner.end_job()
    if ended.returncode or not arrived:
        raise SystemExit(f"the action posted nothing:\n{ended.log}")
    return Timed(ended=ended, posted=arrived[0] - started)


def _note(arrived: list[float], _: Request) -> None:
    arrived.append(time.perf_counter())


def tell(title: str, runs: list[Timed]) -> None:
    """One block: the time to the posted review, and each step's."""
    print(f"\n{title}: {median(one.posted for one in runs):.1f} s")
    for step in runs[0].ended.steps:
        print(f"  {median(one.ended.steps[step] for one in runs):6.1f} s  {step}")


if __name__ == "__main__":
    sys.exit(main())
