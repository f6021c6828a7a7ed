"""Ways to scale scores, set side by side on families that neither weights nor scaling saw."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from scipy.optimize import minimize_scalar  # type: ignore[import-untyped]
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from model_export.selective.bounds import Array

Scaling: TypeAlias = Callable[[Array], Array]  # logits to probabilities


def nll(labels: Array, probabilities: Array) -> float:
    """Mean negative log-likelihood in nats."""
    p = np.clip(probabilities, 1e-6, 1 - 1e-6)
    return float(-np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p)))


def sigmoid(logits: Array) -> Array:
    """The raw score."""
    return np.asarray(1 / (1 + np.exp(-logits)), float)


def temperature(labels: Array, logits: Array) -> Scaling:
    """sigmoid(logit / T): one number (Guo et al. 2017)."""
    found = minimize_scalar(
        lambda log_t: nll(labels, sigmoid(logits / np.exp(log_t))), bounds=(-3, 3), method="bounded"
    )
    scale = float(np.exp(found.x))
    return lambda values: sigmoid(values / scale)


def platt(labels: Array, logits: Array) -> Scaling:
    """sigmoid(a · logit + b): what the bundle ships (Platt 1999)."""
    model = LogisticRegression(C=100.0).fit(logits[:, None], labels)
    scale, bias = float(model.coef_[0, 0]), float(model.intercept_[0])
    return lambda values: sigmoid(scale * values + bias)


def isotonic(labels: Array, logits: Array) -> Scaling:
    """The best monotone steps (Zadrozny and Elkan 2002); ties may cost ranking."""
    model = IsotonicRegression(y_min=1e-3, y_max=1 - 1e-3, out_of_bounds="clip")
    model.fit(logits, labels)
    return lambda values: np.asarray(model.predict(values), float)


SCALINGS: dict[str, Callable[[Array, Array], Scaling]] = {
    "none (raw score)": lambda _labels, _logits: sigmoid,
    "temperature": temperature,
    "Platt (shipped)": platt,
    "isotonic": isotonic,
}
