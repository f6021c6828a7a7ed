"""The only door to subprocesses: a time limit, an output cap, and no deadlock on a full pipe.

The hook's fast path goes through here: nothing beyond `subprocess` is imported (dataclasses alone
would add `inspect`, about half of a bare interpreter's start).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from io import RawIOBase

DEFAULT_TIMEOUT = 60.0
DEFAULT_MAX_OUTPUT = 64 * 1024 * 1024  # a diff of a million lines; more is nobody's review
_CHUNK = 1 << 16  # the capacity of a pipe on Linux
_GRACE = 2.0  # seconds for pipes to close after the kill; longer only if something fled the group


class Completed:
    """How a command ended; `stdout` and `stderr` are cut at the cap if `truncated`."""

    __slots__ = ("returncode", "stderr", "stdout", "timed_out", "truncated")

    def __init__(
        self,
        returncode: int,
        stdout: bytes,
        stderr: bytes,
        timed_out: bool = False,
        truncated: bool = False,
    ) -> None:
        self.returncode = returncode
        self.stdout = stdout
        self.stderr = stderr
        self.timed_out = timed_out
        self.truncated = truncated

    def __repr__(self) -> str:
        return (
            f"Completed(returncode={self.returncode}, stdout={self.stdout[:80]!r}, "
            f"stderr={self.stderr[:80]!r}, timed_out={self.timed_out}, truncated={self.truncated})"
        )


class _Reader(threading.Thread):
    """Reads a pipe to its end and keeps the first `limit` bytes, so the writer never blocks."""

    def __init__(self, stream: RawIOBase, limit: int) -> None:
        super().__init__(daemon=True)  # a pipe held open by an escaped process must not hold us
        self._stream = stream
        self._limit = limit
        self._chunks: list[bytes] = []
        self._kept = 0
        self.truncated = False
        self.start()

    def run(self) -> None:
        with self._stream:
            while chunk := self._stream.read(_CHUNK):
                self._keep(chunk)

    def _keep(self, chunk: bytes) -> None:
        room = self._limit - self._kept
        self.truncated = self.truncated or len(chunk) > room
        if room > 0:
            self._chunks.append(chunk[:room])
            self._kept += len(self._chunks[-1])

    def data(self) -> bytes:
        """Everything kept so far."""
        return b"".join(self._chunks)


def run(
    argv: Sequence[str],
    *,
    cwd: str | os.PathLike[str] | None = None,
    input: bytes | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    max_output: int = DEFAULT_MAX_OUTPUT,
    env: Mapping[str, str] | None = None,
    started: Callable[[int], None] | None = None,
) -> Completed:
    """Run a program without a shell and wait for it and its pipes, for `timeout` seconds at most.

    At the time limit the whole process group is killed. `max_output` caps stdout and stderr each,
    in bytes; what exceeds it is read and dropped. `started` is told the process id, which names
    the group as well. OSError if the program cannot be started.
    """
    deadline = time.monotonic() + timeout
    process = subprocess.Popen(
        list(argv),
        cwd=cwd,
        env=env,
        bufsize=0,
        stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # its own group, so that grandchildren can be killed with it
    )
    try:
        if started is not None:
            started(process.pid)
        readers = _start_pipes(process, input, max_output)
        timed_out = not _ended(process, readers, deadline)
    except BaseException:
        # Ctrl-C does not reach another session: without this the child would outlive us.
        _kill(process)
        raise
    if timed_out:
        _kill(process)
        _ended(process, readers, time.monotonic() + _GRACE)
    return _completed(process, readers, timed_out)


def _completed(
    process: subprocess.Popen[bytes], readers: tuple[_Reader, _Reader], timed_out: bool
) -> Completed:
    stdout, stderr = readers
    returncode = process.poll()
    return Completed(
        returncode=-9 if returncode is None else returncode,
        stdout=stdout.data(),
        stderr=stderr.data(),
        timed_out=timed_out,
        truncated=stdout.truncated or stderr.truncated,
    )


def _start_pipes(
    process: subprocess.Popen[bytes], data: bytes | None, limit: int
) -> tuple[_Reader, _Reader]:
    if data is not None:
        threading.Thread(target=_feed, args=(process.stdin, data), daemon=True).start()
    # bufsize=0 makes these raw streams; typeshed only promises IO[bytes].
    return _Reader(process.stdout, limit), _Reader(process.stderr, limit)  # type: ignore[arg-type]


def _feed(stream: RawIOBase, data: bytes) -> None:
    view = memoryview(data)
    # A program may end without reading all its input; that is its right, its exit status tells.
    with contextlib.suppress(OSError), stream:
        while view:
            view = view[stream.write(view) or 0 :]


def _ended(
    process: subprocess.Popen[bytes], readers: tuple[_Reader, _Reader], deadline: float
) -> bool:
    for reader in readers:
        reader.join(max(0.0, deadline - time.monotonic()))
    if any(reader.is_alive() for reader in readers):
        return False
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:  # Windows has no process groups of this kind
            process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
