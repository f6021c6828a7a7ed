"""Talks to a binary that holds many programs: it runs each as told, in a forked child."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

from model_export.execute import run as limits
from model_export.execute.symbolize import Image

SOURCE = Path(__file__).parent / "native" / "driver.c"
# Beyond the program's own time: the driver itself must answer then.
PATIENCE = 20


class DriverFailed(Exception):
    """The binary did not start, died or does not answer: its programs must be run alone."""


@dataclass(slots=True)
class Driver:
    """A running binary; a context manager, which ends it."""

    binary: Path
    environment: Mapping[str, str]
    folder: Path
    image: Image = field(init=False)
    _process: subprocess.Popen[bytes] = field(init=False)
    _rest: bytes = field(default=b"", init=False)

    def __enter__(self) -> Driver:
        self._start([str(self.binary)])
        try:
            self._greet()
        except DriverFailed:
            self._end()
            # Too much address randomisation for TSan's shadow; setarch -R switches it off.
            self._start(["setarch", "-R", str(self.binary)])
            self._greet()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def run(self, index: int, threads: int, folder: Path) -> tuple[int | None, str]:
        """(exit status or None if the time ran out, what it wrote to stderr).

        Raises DriverFailed.
        """
        folder.mkdir(exist_ok=True)
        self._tell(f"{index} {threads} {folder}\n")
        words = self._line(limits.RUN_SECONDS + PATIENCE).split()
        if len(words) != 3 or words[0] != str(index):
            raise DriverFailed(f"an answer that nobody asked for: {words}")
        text = (folder / "stderr.txt").read_bytes().decode("utf-8", "replace")
        return _status(words[1], int(words[2])), text

    def _start(self, command: Sequence[str]) -> None:
        seconds = [str(limits.RUN_SECONDS), str(limits.RACY_SECONDS), str(limits.OUTPUT_BYTES)]
        with (self.folder / "driver.txt").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, *seconds],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=dict(self.environment),
                cwd=self.folder,
                start_new_session=True,
            )

    def _greet(self) -> None:
        words = self._line(PATIENCE).split()
        if len(words) != 4 or words[0] != "image":
            raise DriverFailed(f"the binary greets with {words}")
        if words[3] != "1":
            # A forked child has but the thread that forked: the others would be missing.
            raise DriverFailed("an object at file scope starts threads")
        self.image = Image(path=str(self.binary), start=int(words[1], 16), end=int(words[2], 16))

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        commands, answers = self._process.stdin, self._process.stdout
        if commands is None or answers is None:
            raise DriverFailed("the binary has no pipes")
        return commands, answers

    def _tell(self, line: str) -> None:
        commands, _ = self._pipes()
        try:
            commands.write(line.encode())
            commands.flush()
        except OSError as exc:
            raise DriverFailed(f"the binary ended: {exc}") from exc

    def _line(self, seconds: float) -> str:
        end, source = time.monotonic() + seconds, self._pipes()[1].fileno()
        while b"\n" not in self._rest:
            ready, _, _ = select.select([source], [], [], max(0.0, end - time.monotonic()))
            more = os.read(source, 4096) if ready else b""
            if not more:
                raise DriverFailed("the binary ended or does not answer")
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def _end(self) -> None:
        """Its children die with it (PR_SET_PDEATHSIG)."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in self._pipes():
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        self._rest = b""


def _status(how: str, number: int) -> int | None:
    if how == "timeout":
        return None
    return -number if how == "signal" else number
