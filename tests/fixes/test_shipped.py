"""The shipped model as the judge of typical mistakes."""

from __future__ import annotations

import pytest

from reviewbot.code.analyse import analyse
from reviewbot.fixes.suggest import Suggester
from reviewbot.model.predict import OnnxPredictor, load_predictor
from reviewbot.pipeline import Collaborators, Source, review
from reviewbot.policy import Policy
from reviewbot.records import Finding
from tests.end_to_end.started import needs_bundle
from tests.fixes.test_live import MAIN, SUM, THREADS

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
