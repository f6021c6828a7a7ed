"""Measures a causal bundle on examples that it was not trained on.

python -m model_export causal evaluate --bundle DIR --data data/prose/test.jsonl
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model_export import metrics
from reviewbot.causal.predict import Answer, load_causal
from reviewbot.causal.reading import RACY, Told, read_told
from reviewbot.errors import BadInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the step."""
    parser.add_argument("--bundle", type=Path, required=True, metavar="DIR")
    parser.add_argument("--data", type=Path, required=True, metavar="FILE", help="from prompts")
    parser.add_argument("--limit", type=int, metavar="N", help="the first N examples")
    parser.add_argument("--device", choices=("cpu", "cuda", "auto"), default="auto")


def run(args: argparse.Namespace) -> int:
    """Print the figures as JSON."""
    try:
        rows = [json.loads(line) for line in args.data.read_text("utf-8").splitlines()]
    except (OSError, ValueError) as exc:
        raise BadInput(
            f"{args.data} cannot be read ({exc}): write it with `causal prompts`."
        ) from exc
    rows = rows[: args.limit]
    if not rows:
        raise BadInput(f"{args.data} holds no examples: take another split.")
    predictor = load_causal(args.bundle, device=args.device)
    answers = predictor.ask([row["prompt"] for row in rows])
    print(json.dumps(figures(rows, answers), indent=1))
    return 0


def figures(rows: Sequence[dict[str, Any]], answers: Sequence[Answer]) -> dict[str, Any]:
    """Verdicts, links and readability; what was not read counts as a verdict of one half."""
    labels = np.array([row["outcome"] == RACY for row in rows], float)
    scores = np.array([answer.racy for answer in answers])
    read = [isinstance(answer.told, Told) for answer in answers]
    return {
        "examples": len(rows),
        "read": float(np.mean(read)),
        "unread": Counter(a.told.reason for a in answers if not isinstance(a.told, Told)),
        "consistent": _mean([a.told.consistent for a in answers if isinstance(a.told, Told)]),
        "accuracy": metrics.accuracy(labels, scores),
        "majority": max(labels.mean(), 1 - labels.mean()),
        "auroc": metrics.auroc(labels, scores),
        "ece": metrics.ece(labels, scores),
        "brier": metrics.brier(labels, scores),
        "links": _mean(
            [right for row, a in zip(rows, answers, strict=True) for right in _links(row, a)]
        ),
    }


def _links(row: dict[str, Any], answer: Answer) -> list[bool]:
    """For each link, whether the answer says of it what the example says."""
    expected = read_told(str(row["completion"]))
    if not isinstance(expected, Told) or not isinstance(answer.told, Told):
        return []
    both = zip(expected.steps, answer.told.steps, strict=True)
    return [mine.holds == other.holds for mine, other in both]


def _mean(flags: Sequence[bool]) -> float | None:
    return float(np.mean(flags)) if flags else None
