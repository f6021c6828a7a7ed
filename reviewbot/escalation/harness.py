"""A driver for one function where no test reaches it: a complete program, to be compiled alone.

The program is the file itself, whole, with its `main` renamed and a driver behind it. What the
compiler then complains of is mended step by step: headers that only a build would make are taken
for empty, other items of the file that do not compile are left out, functions of other files
are compiled along or become stubs. What cannot be mended is said as a reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from reviewbot.escalation.harness_program import render, with_empty_headers
from reviewbot.escalation.harness_recipe import Harness, Recipe
from reviewbot.escalation.harness_repair import repair
from reviewbot.escalation.harness_repository import Repository
from reviewbot.records import Skipped

__all__ = ["Harness", "repair", "settle", "synthesise"]

REPAIRS = 16  # compilations until a function is given up
SETTLE_SECONDS = 90.0  # for all compilations of one function


def synthesise(  # noqa: PLR0917 - as a build names them: file, folders, macros
    text: str,
    path: str,
    function: str,
    include_dirs: Sequence[Path],
    defines: Sequence[str] = (),
    repository: Repository | None = None,
) -> Harness | Skipped:
    """A program that calls a function of a file as threads would; compile it through `settle`.

    `include_dirs` and `defines` ("NAME=1") are what the file's build names, where there is one;
    with a `repository`, what the function calls elsewhere is compiled along rather than stubbed.
    """
    folder = Path(path).absolute().parent
    own = (folder,) if folder.is_dir() and folder not in include_dirs else ()
    dirs = tuple(d.absolute() for d in include_dirs)
    recipe = Recipe(
        text=text,
        path=path,
        function=function,
        include_dirs=(*own, *dirs),
        defines=tuple(defines),
        repository=repository,
    )
    return render(with_empty_headers(recipe))


def settle(
    harness: Harness, build: Callable[[Harness], str], seconds: float = SETTLE_SECONDS
) -> Harness | Skipped:
    """Build and mend until it builds; `build` returns "" or what compiler and linker said."""
    current: Harness | Skipped = harness
    deadline = time.monotonic() + seconds
    for _ in range(REPAIRS):
        if isinstance(current, Skipped):
            return current
        if time.monotonic() > deadline:
            break
        said = build(current)
        if not said:
            return current
        current = repair(current, said)
    return Skipped(
        path=harness.recipe.path, reason="does not build within its time, every repair made"
    )
