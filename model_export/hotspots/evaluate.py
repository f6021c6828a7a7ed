"""What the hotspot model is worth on families that it never saw, beside what is simpler."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV

from model_export.hotspots.calibrate import calibrate
from model_export.hotspots.examples import MOVED, Examples, Pair
from model_export.hotspots.train import FOLDS, Answers, fold_of, part_scores
from reviewbot.hotspots.answers import Calibration, interval, lower_odds
from reviewbot.hotspots.words import BOTTLENECKS

_DRAWS = 1000
_FAR = 0.15  # of a balance: what people would care about
Table = list[str]
Values = list[tuple[str, float]]  # (family, value)


def table(data: Examples, answers: Answers) -> Table:
    """Every figure with its interval, bootstrapped over families; the answers are cross-fitted."""
    calibrations = _calibrations(data, answers)
    rules, linear = _rules(data), _linear(data)
    pairs = sum(len(data.pairs(threads)) for threads in (0, 1))
    families = len({region.family for region in data.regions})
    lines = [
        f"{data.programs} programs, {families} families, {len(data.regions)} regions, "
        f"{pairs} pairs of versions",
        "figure: value [95 % over families]; every family judged by a model that never saw it",
    ]
    for threads, name in ((0, "4"), (1, "16")):
        lines += [
            _line(f"balance, {name} threads, mean absolute error", _errors(data, answers, threads)),
            _line("  rules alone", _errors(data, rules, threads)),
            _line("  linear", _errors(data, linear, threads)),
            _line("  always the mean", _errors(data, _constant(data), threads)),
            _line("  interval of 80 % holds", _covered(data, answers, calibrations, threads)),
            _line(
                f"before/after, {name} threads, right",
                _ranked(data, answers, calibrations, threads),
            ),
            _line(
                f"  moved by more than {_FAR}", _ranked(data, answers, calibrations, threads, _FAR)
            ),
            _line("  rules alone", _ranked(data, rules, None, threads)),
            _line("  linear", _ranked(data, linear, None, threads)),
        ]
    lines += [
        _line("hottest part first, processor time", _hottest(data, answers.groups, counted=False)),
        _line("  rules alone", _hottest(data, [g.estimates for g in data.groups], counted=False)),
        _line("  chance", _chance(data, counted=False)),
        _line(
            "hottest loop first, counted instructions", _hottest(data, answers.groups, counted=True)
        ),
        _line("  rules alone", _hottest(data, [g.estimates for g in data.groups], counted=True)),
        _line("bottleneck, right", _classes(data, answers)),
        _line("  always the commonest", _commonest(data)),
        *_by_class(data, answers),
    ]
    return lines


def _calibrations(data: Examples, answers: Answers) -> list[Calibration]:
    """For each fold the calibration from the other folds."""
    folds = np.array([fold_of(region.family) for region in data.regions])
    return [calibrate(data, answers, folds != fold) for fold in range(FOLDS)]


def _line(name: str, values: Values) -> str:
    if not values:
        return f"{name}: no data"
    low, high = _bootstrap(values)
    mean = float(np.mean([value for _, value in values]))
    return f"{name}: {mean:.3f} [{low:.3f}, {high:.3f}] (n = {len(values)})"


def _bootstrap(values: Values) -> tuple[float, float]:
    """The mean's 95 % interval when families are drawn again (Efron 1979)."""
    families = sorted({family for family, _ in values})
    sums = np.array([sum(v for f, v in values if f == family) for family in families])
    counts = np.array([sum(f == family for f, _ in values) for family in families])
    draws = np.random.default_rng(1).integers(0, len(families), (_DRAWS, len(families)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-logits))


def _errors(data: Examples, answers: Answers, threads: int) -> Values:
    said = _sigmoid(answers.balance[:, threads, 1])
    return [
        (r.family, abs(s - r.balance[threads])) for r, s in zip(data.regions, said, strict=True)
    ]


def _covered(
    data: Examples, answers: Answers, calibrations: Sequence[Calibration], threads: int
) -> Values:
    result = []
    for region, raw in zip(data.regions, answers.balance, strict=True):
        low, _, high = interval(raw, calibrations[fold_of(region.family)], threads)
        result.append((region.family, float(low <= region.balance[threads] <= high)))
    return result


def _ranked(
    data: Examples,
    answers: Answers,
    calibrations: Sequence[Calibration] | None,
    threads: int,
    moved: float = MOVED,
) -> Values:
    """Whether the version with the lower balance is named; a draw is half right."""
    plain = Calibration(widen=(0.0, 0.0), rank=1.0, temperature=1.0)

    def right(pair: Pair) -> float:
        chosen = calibrations[fold_of(pair.family)] if calibrations else plain
        odds = lower_odds(answers.balance[pair.base], answers.balance[pair.head], chosen, threads)
        base, head = data.regions[pair.base], data.regions[pair.head]
        lower = head.balance[threads] < base.balance[threads]
        return 0.5 if odds == 0 else float((odds > 0) == lower)

    return [(pair.family, right(pair)) for pair in data.pairs(threads, moved)]


def _hottest(data: Examples, scores: Sequence[NDArray[np.float64]], *, counted: bool) -> Values:
    return [
        (group.family, float(np.argmax(part_scores(group, said)) == np.argmax(group.costs)))
        for group, said in zip(data.groups, scores, strict=True)
        if group.counted == counted
    ]


def _chance(data: Examples, *, counted: bool) -> Values:
    return [(g.family, 1 / len(g.costs)) for g in data.groups if g.counted == counted]


def _classes(data: Examples, answers: Answers) -> Values:
    said = answers.classes.argmax(axis=1)
    return [(r.family, float(s == r.bottleneck)) for r, s in zip(data.regions, said, strict=True)]


def _commonest(data: Examples) -> Values:
    truth = [region.bottleneck for region in data.regions]
    commonest = max(set(truth), key=truth.count)
    return [(r.family, float(r.bottleneck == commonest)) for r in data.regions]


def _by_class(data: Examples, answers: Answers) -> Table:
    truth = np.array([region.bottleneck for region in data.regions])
    said = answers.classes.argmax(axis=1)
    lines, scores = [], []
    for index, name in enumerate(BOTTLENECKS):
        hits = int(((said == index) & (truth == index)).sum())
        named, there = int((said == index).sum()), int((truth == index).sum())
        if there:
            scores.append(2 * hits / (named + there))
            precision, recall = hits / max(1, named), hits / there
            lines.append(f"  {name}: precision {precision:.3f}, recall {recall:.3f} (n = {there})")
    return [f"bottleneck, mean F1 of the classes: {np.mean(scores):.3f}", *lines]


def _rules(data: Examples) -> Answers:
    """The rules' estimates as answers without doubt."""
    logits = np.array([[_logit(value) for value in region.estimates] for region in data.regions])
    return Answers(np.repeat(logits[..., None], 3, axis=2), np.zeros((len(logits), 1)))


def _constant(data: Examples) -> Answers:
    mean = np.array([_logit(float(np.mean([r.balance[t] for r in data.regions]))) for t in (0, 1)])
    shape = (len(data.regions), 2, 3)
    return Answers(np.broadcast_to(mean[None, :, None], shape).copy(), np.zeros((shape[0], 1)))


def _linear(data: Examples) -> Answers:
    """Ridge regression on the same numbers, cross-fitted over the same folds: the control."""
    x = np.array([region.numbers for region in data.regions], dtype=np.float64)
    y = np.array([[_logit(value) for value in region.balance] for region in data.regions])
    folds = np.array([fold_of(region.family) for region in data.regions])
    said = np.zeros_like(y)
    for fold in range(FOLDS):
        inside = folds != fold
        mean, scale = x[inside].mean(0), x[inside].std(0).clip(0.05)
        model = RidgeCV(alphas=np.geomspace(0.1, 1e4, 12)).fit(
            (x[inside] - mean) / scale, y[inside]
        )
        if (folds == fold).any():
            said[folds == fold] = model.predict(((x[folds == fold] - mean) / scale).clip(-6, 6))
    return Answers(np.repeat(said[..., None], 3, axis=2), np.zeros((len(said), 1)))


def _logit(value: float) -> float:
    clipped = min(max(value, 1e-3), 1 - 1e-3)
    return float(np.log(clipped / (1 - clipped)))
