"""The shipped model as the judge of typical mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewbot.code.analyse import analyse
from reviewbot.fixes.suggest import Suggester
from reviewbot.model.predict import OnnxPredictor, load_predictor
from reviewbot.pipeline import Collaborators, Source, review
from reviewbot.policy import Policy
from reviewbot.records import Finding
from tests.end_to_end.started import needs_bundle, start
from tests.fixes.test_live import MAIN, SUM, THREADS
from tests.repositories import TemporaryRepository

pytestmark = needs_bundle


@pytest.fixture(scope="module")
def model() -> OnnxPredictor:
    return load_predictor()


def told(text: str, model: OnnxPredictor, path: str = "a.c") -> list[Finding]:
    policy = Policy()
    made = Collaborators(
        analyse=analyse,
        load_predictor=lambda: model,
        policy=policy,
        suggest=Suggester(analyse, policy.comment_level),
        strict_errors=True,
    )
    done = review([Source(path=path, head=text.encode())], made)
    return [d.finding for d in done.decisions if d.finding.probability >= 0.6]


def test_a_sum_without_reduction(model: OnnxPredictor) -> None:
    [finding] = told(MAIN + SUM, model)
    assert finding.fix is not None
    assert finding.fix.kind == "reduction clause"
    assert "+    #pragma omp parallel for reduction(+:sum)\n" in finding.fix.patch
    assert finding.fix.probability_after < finding.probability / 3


def test_a_bare_access_beside_locked_ones(model: OnnxPredictor) -> None:
    [finding] = told(THREADS, model)
    assert finding.fix is not None
    assert finding.fix.kind == "existing lock"
    added = [line for line in finding.fix.patch.splitlines() if line.startswith("+    ")]
    assert added == ["+    pthread_mutex_lock(&guard);", "+    pthread_mutex_unlock(&guard);"]


def test_a_sum_with_reduction_needs_no_fix(model: OnnxPredictor) -> None:
    clean = SUM.replace("parallel for", "parallel for reduction(+:sum)")
    assert told(MAIN + clean, model) == []


def test_a_review_shows_the_patch_and_a_hook_does_without(tmp_path: Path) -> None:
    made = TemporaryRepository(tmp_path / "work")
    made.commit({"a.c": (MAIN + SUM).replace("    #pragma omp parallel for\n", "")})
    made.write("a.c", MAIN + SUM)
    made.stage()
    reviewed = start(made.path, "review", "--staged")
    assert "  fix: reduction clause, " in reviewed.stdout
    assert "    +    #pragma omp parallel for reduction(+:sum)\n" in reviewed.stdout
    hooked = start(made.path, "hook", "pre-commit")
    assert "race on `sum`" in hooked.stdout
    assert "fix:" not in hooked.stdout
