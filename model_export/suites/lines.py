"""Programs kept as lines of JSON: those that were written to measure on, and to nothing else.

`programs/blind.jsonl` was written before the model that it measures was trained, by somebody who
saw none of the training programs, and each was run under ThreadSanitizer; nobody has looked at what
the model gets wrong of it. Once errors on it have guided anything, it is a training set.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from model_export.dataset import split_of
from model_export.suites.case import Case, without_comments
from reviewbot.errors import BadInput

BLIND = Path(__file__).parent / "programs"
_FIELDS = ("family", "variant", "language", "text")


def cases(root: Path) -> Iterator[Case]:
    """Programs of every `.jsonl` file under the root; raises BadInput at a line that is none."""
    made: Counter[str] = Counter()
    for path in sorted(root.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                given = json.loads(line)
                family, variant, language, text = (str(given[name]) for name in _FIELDS)
            except (ValueError, KeyError, TypeError) as exc:
                raise BadInput(
                    f"{path}:{number}: {exc}; a line is an object with {', '.join(_FIELDS)}"
                ) from exc
            made[family] += 1
            yield Case(
                name=f"{path.stem}/{family}/{made[family]}",
                suffix=".c" if language == "c" else ".cpp",
                source=without_comments(text),
                racy=variant == "racy",
                group=family,
                kind=_kind(text, language),
            )


def held_out(root: Path) -> Iterator[Case]:
    """Of such files the families of the test split, which no weights ever saw."""
    return (case for case in cases(root) if split_of(case.group) == "test")


def _kind(text: str, language: str) -> str:
    if "#pragma omp" in text:
        return "OpenMP"
    return "pthreads" if language == "c" else "C++ threads"
