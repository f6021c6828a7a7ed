"""DRACC's OpenMP programs: races on an accelerator; its errors of data mapping are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from model_export.suites.case import Case, read_text, without_comments

_NAME = re.compile(r"DRACC_OMP_\d+_(.+)_(yes|no)\.c$")
# Missing copies, overflows and leaks are errors too, but no detector of races reports them.
_RACES = re.compile(r"Counter|SAXPY|Vector_add|ordered|atomic|_Task_|Barrier|nowait", re.IGNORECASE)


def cases(root: Path) -> Iterator[Case]:
    """Racy programs, and every program said to work."""
    for path in sorted(root.glob("**/DRACC_OMP_*.c")):
        name = _NAME.search(path.name)
        if name is None or (name[2] == "yes" and not _RACES.search(name[1])):
            continue
        yield Case(
            name=path.name,
            suffix=".c",
            source=without_comments(read_text(path)),
            racy=name[2] == "yes",
            group=name[1].split("_")[0],
            kind="OpenMP",
        )
