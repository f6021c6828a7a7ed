"""Turns code offsets into places of the source, all of a program in one pass."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from model_export.execute.symbolize import SymbolizerFailed
from model_export.execute.unity import plain_name

SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where a call stands; file is a base name."""

    function: str
    file: str
    line: int
    column: int


Places = Mapping[int, tuple[Frame, ...]]  # offset -> inlined calls, innermost first


def places(tool: str, binary: Path, offsets: Iterable[int]) -> Places:
    """What stands at each offset; raises SymbolizerFailed."""
    asked = sorted(set(offsets))
    if not asked:
        return {}
    command = [tool, "--output-style=JSON", "--inlines", "--demangle", f"--obj={binary}"]
    questions = "".join(f"{offset:#x}\n" for offset in asked)
    try:
        done = subprocess.run(
            command, input=questions, capture_output=True, text=True, timeout=SECONDS, check=True
        )
    except (subprocess.SubprocessError, OSError) as exc:
        raise SymbolizerFailed(f"{tool} failed: {exc}; is llvm-19 whole?") from exc
    answers = [json.loads(line) for line in done.stdout.splitlines() if line]
    return {
        offset: tuple(_frame(call) for call in answer.get("Symbol") or [])
        for offset, answer in zip(asked, answers, strict=True)
    }


def _frame(call: Mapping[str, object]) -> Frame:
    return Frame(
        function=plain_name(str(call.get("FunctionName") or "")),
        file=PurePosixPath(str(call.get("FileName") or "")).name,
        line=int(str(call.get("Line") or 0)),
        column=int(str(call.get("Column") or 0)),
    )


def own_frame(stack: Iterable[int], known: Places, source: str) -> Frame | None:
    """The innermost call that lies in the program's own file, named by its base name."""
    frames = (frame for offset in stack for frame in known.get(offset, ()))
    return next((frame for frame in frames if frame.file == source and frame.line), None)
