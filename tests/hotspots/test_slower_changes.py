"""Notes on changes that leave more threads idle: through the whole pipeline, and silent beside."""

from collections.abc import Sequence

import numpy as np
import pytest

from reviewbot.code.analyse import analyse
from reviewbot.hotspots.answers import Calibration
from reviewbot.hotspots.changes import falls
from reviewbot.hotspots.features import FileNumbers
from reviewbot.hotspots.predict import HotspotPredictor
from reviewbot.pipeline import Collaborators, Source, review
from reviewbot.records import Action, Change, FileDiff, Finding, FindingKind, Hunk
from tests.toy_model import ToyPredictor

EVEN = """static double out[1600];
static void sweep(void) {
#pragma omp parallel for
  for (int i = 0; i < 1600; i++) {
    double s = 0;
    for (int k = 0; k < 400; k++) s += k * 0.5;
    out[i] = s;
  }
}
"""
TRIANGLE = EVEN.replace("k < 400", "k < i")


class Rules(HotspotPredictor):
    """Says what the rules estimate, and how wide its doubt is."""

    def __init__(self, doubt: float = 0.2) -> None:
        super().__init__(None, Calibration(widen=(0.0, 0.0), rank=1.0, temperature=1.0))
        self.doubt = doubt

    def answers(self, numbers: FileNumbers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        middle = np.array([[np.log(e / (1.001 - e)) for e in r.estimates] for r in numbers.regions])
        steps = np.array([-self.doubt, 0.0, self.doubt])
        classes = np.zeros((len(numbers.regions), 7))
        scores = np.array([loop.estimate for loop in numbers.loops])
        return middle[..., None] + steps, classes, scores


def found(base: str, head: str, doubt: float = 0.2) -> Sequence[Finding]:
    model = Rules(doubt)
    before, after = (model.profile("a.c", text.encode()) for text in (base, head))
    return tuple(falls("a.c", before, after, model))


def test_a_loop_that_becomes_uneven_is_told_with_both_balances() -> None:
    (one,) = found(EVEN, TRIANGLE)
    assert (one.kind, one.line, one.function) == (FindingKind.HOTSPOT, 3, "sweep")
    assert one.object == "work balance 1.00 -> 0.52 with 16 threads"
    assert one.probability > 0.9


@pytest.mark.parametrize(
    ("base", "head"),
    [
        (TRIANGLE, EVEN),  # faster
        (EVEN, EVEN.replace("400", "300")),  # as even as before
        (TRIANGLE, "\n\n" + TRIANGLE.replace("sweep", "sweep")),  # moved
        (EVEN, TRIANGLE.replace("parallel for", "parallel for schedule(dynamic)")),
        ("static int x;\n", TRIANGLE),  # new: there is nothing to compare with
    ],
)
def test_other_changes_are_passed_in_silence(base: str, head: str) -> None:
    assert found(base, head) == ()


def test_a_doubtful_fall_is_not_told() -> None:
    assert found(EVEN, TRIANGLE, doubt=60.0) == ()


def test_the_same_fall_keeps_its_name_when_lines_move() -> None:
    (here,), (there,) = found(EVEN, TRIANGLE), found("\n" + EVEN, "\n\n" + TRIANGLE)
    assert here.fingerprint == there.fingerprint
    assert here.line != there.line


def test_the_pipeline_notes_it_and_never_interrupts() -> None:
    def slower(path: str, base: bytes, head: bytes) -> tuple[Finding, ...]:
        return tuple(found(base.decode(), head.decode()))

    hunk = Hunk(old_start=6, old_length=1, new_start=6, new_length=1, added=(6,), removed=(6,))
    diff = FileDiff(path="a.c", old_path="a.c", change=Change.MODIFIED, hunks=(hunk,))
    source = Source(path="a.c", head=TRIANGLE.encode(), base=EVEN.encode(), diff=diff)
    told = review(
        [source],
        Collaborators(
            analyse=analyse, load_predictor=ToyPredictor, slower=slower, strict_errors=True
        ),
    )
    notes = [d for d in told.decisions if d.finding.kind is FindingKind.HOTSPOT]
    assert [note.action for note in notes] == [Action.NOTE]
    unchanged = review(
        [Source(path="a.c", head=EVEN.encode(), base=EVEN.encode(), diff=diff)],
        Collaborators(analyse=analyse, load_predictor=ToyPredictor, slower=slower),
    )
    assert not [d for d in unchanged.decisions if d.finding.kind is FindingKind.HOTSPOT]
