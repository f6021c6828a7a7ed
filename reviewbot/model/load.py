"""Loads whichever kind of world model a bundle holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewbot.pipeline import Predictor


def load_any(bundle: Path | None = None, *, threads: int = 0, device: str = "cpu") -> Predictor:
    """The predictor of a bundle of any kind; raises RuntimeMissing, BundleDamaged."""
    # Lazy, all three: the shipped bundle needs nothing of language models, and the other way round.
    if bundle is not None:
        from reviewbot.causal.bundle import is_causal

        if is_causal(bundle):
            from reviewbot.causal.predict import load_causal

            return load_causal(bundle, threads=threads, device=device)
    from reviewbot.model.predict import load_predictor

    return load_predictor(bundle, threads=threads, device=device)
