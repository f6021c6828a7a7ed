"""What tests of composed programs share: what ThreadSanitizer sees of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from model_export.execute.batch import BatchRunner
from model_export.execute.label import label
from model_export.execute.run import Runner, find_tools
from model_export.programs.sample import Program


def outcomes(programs: Sequence[Program], work: Path) -> list[str]:
    """Of each program "racy", "clean" or how it failed; `work`: an empty directory."""
    runs = BatchRunner.over(Runner(tools=find_tools(), work=work)).execute(programs)
    return [label(program, run).outcome for program, run in zip(programs, runs, strict=True)]
