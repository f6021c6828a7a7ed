"""Goblint's regression tests: lines of pthread programs marked RACE or NORACE in comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from model_export.suites.case import Case, read_text, without_comments

FOLDER = Path("tests") / "regression"
_COMMENT = re.compile(r"//(.*)$")
_MARK = re.compile(r"\b(NO)?RACE\b")


def cases(root: Path) -> Iterator[Case]:
    """Every file with a marked line; lines marked TODO are unsettled and left out."""
    folder = root / FOLDER if (root / FOLDER).is_dir() else root
    for path in sorted(folder.glob("**/*.c")):
        text = read_text(path)
        racy, clean = _marked(text)
        if racy or clean:
            yield Case(
                name=str(path.relative_to(folder)),
                suffix=".c",
                source=without_comments(text),
                racy=bool(racy),
                racy_lines=frozenset(racy),
                clean_lines=frozenset(clean),
                group=path.parent.name,
                kind="pthreads",
            )


def _marked(text: str) -> tuple[set[int], set[int]]:
    racy: set[int] = set()
    clean: set[int] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        comment = _COMMENT.search(line)
        mark = _MARK.search(comment[1]) if comment else None
        # A line of prose about races marks nothing: the mark stands beside code.
        if comment is None or mark is None or "TODO" in comment[1]:
            continue
        if line[: comment.start()].strip():
            (clean if mark[1] else racy).add(number)
    return racy, clean
