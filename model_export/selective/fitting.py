"""What a bundle is given of all this: a detector of unlike slices and two thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model_export.calibrate import balanced
from model_export.selective import novelty as strange
from model_export.selective import thresholds
from model_export.selective.items import Known, Scored, labels, logits, scored
from model_export.selective.thresholds import Bands, Items
from reviewbot.model.bundle import Platt, Selective
from reviewbot.model.novelty import Novelty
from reviewbot.model.predict import calibrated

ALPHA = 0.05  # of a family's races, the share that may pass in silence
BETA = 0.8  # of a family's comments, the share that must be right
DELTA = 0.1  # the chance that the draw of the calibration families makes one of both untrue


@dataclass(frozen=True, slots=True)
class Risks:
    """What is promised: missed races at most alpha, precision at least beta, but for delta."""

    alpha: float = ALPHA
    beta: float = BETA
    delta: float = DELTA


@dataclass(frozen=True, slots=True)
class Fitted:
    """Thresholds, detector, and the calibration slices that they were found on."""

    risks: Risks
    bands: Bands
    novelty: Novelty
    company: strange.Company
    calibration: list[Scored]
    items: Items  # the same slices, in the same order

    @property
    def scaled_by(self) -> Items:
        """The slices that probabilities are scaled by."""
        return self.items.only(balanced(self.items.families, self.items.labels))


def fit(run: Path, known: Sequence[Known], facts: Mapping[str, int], risks: Risks) -> Fitted:
    """From a run's cross-fitted predictions; families of its test split are not looked at."""
    calibration = scored(run / "calibrate.json", known)
    training = [item for item in known if not strange.held_out(item.family)]
    about = strange.company(training, facts)
    detector = strange.fit(training, about, facts)
    items = items_of(calibration, detector, about, facts)
    bands = thresholds.fit(items, alpha=risks.alpha, beta=risks.beta, delta=risks.delta)
    return Fitted(risks, bands, detector, about, calibration, items)


def items_of(
    slices: Sequence[Scored],
    detector: Novelty,
    about: strange.Company,
    facts: Mapping[str, int],
) -> Items:
    """Slices as the thresholds want them; a training family is judged as if it were new."""
    values = strange.strangeness([item.known for item in slices], about, facts)
    unknown = [any(f not in facts for bag in item.known.bags for f in bag) for item in slices]
    unlike = ((values >= detector.unlike_from) | np.array(unknown, bool)).astype(float)
    return Items(labels(slices), logits(slices), [item.known.unit for item in slices], unlike)


def entry(fitted: Fitted, platt: Platt) -> Selective:
    """What `bundle.json` says of the thresholds, as calibrated probabilities."""
    bands = fitted.bands
    return Selective(
        alpha=fitted.risks.alpha,
        beta=fitted.risks.beta,
        delta=fitted.risks.delta,
        pass_below=probability(bands.pass_below, platt),
        comment_from=probability(bands.comment_from, platt),
        racy_families=bands.passing.families,
        comment_families=bands.telling.families,
    )


def probability(logit: float, platt: Platt) -> float | None:
    """The calibrated probability at a raw logit; None for a threshold that does not exist."""
    return calibrated(1 / (1 + float(np.exp(-logit))), platt) if np.isfinite(logit) else None
