"""A suite of our own in Goblint's format, and a model that sees through it: unlocked pairs race."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reviewbot.records import BundleName, Link, Prediction, Slice

LOCKED = """\
#include <pthread.h>
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int served;
static void *serve(void *unused) {
  pthread_mutex_lock(&gate);
  served++; // NORACE
  pthread_mutex_unlock(&gate);
  return 0;
}
int main(void) {
  pthread_t other;
  pthread_create(&other, 0, serve, 0);
  pthread_mutex_lock(&gate);
  served++; // NORACE
  pthread_mutex_unlock(&gate);
  pthread_join(other, 0);
  return 0;
}
"""
UNLOCKED = "\n".join(
    "" if "mutex_" in line and "lock(" in line else line.replace("NORACE", "RACE!")
    for line in LOCKED.split("\n")
)


def write_suite(root: Path, programs: dict[str, str]) -> Path:
    """The programs as a checkout: relative names below tests/regression."""
    for name, text in programs.items():
        path = root / "tests" / "regression" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


class LockReader:
    """0.9 for a pair without a common lock, 0.2 for the others; files as their likeliest pair."""

    bundle = BundleName(name="toy", version="1", sha256="0" * 64)

    def predict(self, slices: Sequence[Slice]) -> tuple[Prediction, ...]:
        """One prediction for each pair."""
        return tuple(
            Prediction(
                slice=item,
                pair=pair,
                score=probability,
                probability=probability,
                confidence=0.9,
                links=tuple((link, probability) for link in Link),
                evidence=tuple((link, pair.first.line) for link in Link),
            )
            for item in slices
            for pair in item.pairs
            for probability in [0.9 if dict(pair.relations)["common"] == "none" else 0.2]
        )

    def file_probability(self, predictions: Sequence[Prediction]) -> float:
        """The likeliest pair's; 0 without any."""
        return max((p.probability for p in predictions), default=0.0)
