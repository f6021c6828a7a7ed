"""The door to subprocesses: nothing hangs, nothing outlives its time, nothing floods memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reviewbot.process import Completed, run


def python(code: str, **options: object) -> Completed:
    return run([sys.executable, "-S", "-c", code], **options)  # type: ignore[arg-type]


def _is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")  # a zombie that nobody reaped yet is dead for our purpose
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def _wait_for(path: Path) -> str:
    end = time.monotonic() + 5
    while not (path.exists() and path.read_text().endswith("\n")):
        assert time.monotonic() < end, f"{path} was never written"
        time.sleep(0.01)
    return path.read_text()


def test_keeps_both_outputs_and_the_exit_status_apart() -> None:
    done = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
    assert (done.returncode, done.stdout, done.stderr) == (7, b"out\n", b"err\n")
    assert not done.timed_out
    assert not done.truncated


def test_feeds_input_and_closes_it() -> None:
    assert run(["cat"], input=b"a\0b\xff").stdout == b"a\0b\xff"


def test_without_input_the_program_reads_an_empty_file_not_our_terminal() -> None:
    assert run(["cat"], timeout=5).stdout == b""


def test_a_full_pipe_in_both_directions_is_no_deadlock() -> None:
    data = bytes(4_000_000)
    done = run(["cat"], input=data, timeout=20)
    assert done.stdout == data
    assert not done.timed_out


def test_a_flood_on_stderr_does_not_block_stdout() -> None:
    done = python("import os; os.write(2, b'e' * 300000); os.write(1, b'end')", timeout=20)
    assert (done.stdout, len(done.stderr)) == (b"end", 300_000)


def test_a_program_that_ignores_its_input_is_no_error() -> None:
    done = run(["true"], input=bytes(1_000_000))
    assert (done.returncode, done.timed_out) == (0, False)


def test_output_above_the_cap_is_cut_and_the_program_still_ends_by_itself() -> None:
    done = python("import sys; sys.stdout.write('x' * 1_000_000); sys.exit(3)", max_output=10)
    assert (done.stdout, done.truncated, done.returncode) == (b"x" * 10, True, 3)


def test_output_that_just_fills_the_cap_is_whole() -> None:
    done = run(["printf", "0123456789"], max_output=10)
    assert (done.stdout, done.truncated) == (b"0123456789", False)


def test_time_limit_keeps_what_was_said_and_kills() -> None:
    start = time.monotonic()
    done = python("import time; print('early', flush=True); time.sleep(60)", timeout=1.0)
    assert done.timed_out
    assert (done.stdout, done.returncode) == (b"early\n", -9)
    assert time.monotonic() - start < 10


def test_time_limit_kills_the_grandchildren_too(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    done = run(["sh", "-c", f"sleep 60 & echo $! > '{note}'; wait"], timeout=1.0)
    assert done.timed_out
    pid = int(_wait_for(note))
    end = time.monotonic() + 5
    while _is_alive(pid) and time.monotonic() < end:
        time.sleep(0.01)
    assert not _is_alive(pid)


def test_a_background_process_that_holds_the_pipe_cannot_hold_us() -> None:
    start = time.monotonic()
    done = run(["sh", "-c", "sleep 60 & echo gone"], timeout=0.5)
    assert (done.stdout, done.timed_out) == (b"gone\n", True)
    assert time.monotonic() - start < 10


def test_arguments_are_never_read_by_a_shell() -> None:
    assert run(["printf", "%s", "$(id); `id` * ;&"]).stdout == b"$(id); `id` * ;&"


def test_runs_in_the_given_directory_and_environment(tmp_path: Path) -> None:
    done = run(["/bin/sh", "-c", 'pwd; echo "$ONLY"'], cwd=tmp_path, env={"ONLY": "this"})
    assert done.stdout.decode().split() == [str(tmp_path.resolve()), "this"]


def test_a_missing_program_is_an_os_error() -> None:
    with pytest.raises(FileNotFoundError):
        run(["no-such-program-anywhere"])


def test_repr_is_short_enough_for_a_log() -> None:
    assert len(repr(Completed(0, b"x" * 10_000, b"y" * 10_000))) < 400


@pytest.mark.parametrize("module", ["reviewbot.process", "reviewbot.git"])
def test_import_stays_cheap(module: str) -> None:
    heavy = "{'asyncio', 'dataclasses', 'inspect', 'typing', 'unidiff', 'pydantic', 'numpy'}"
    code = f"import sys; before = set(sys.modules); import {module}; "
    code += f"print(sorted({heavy} & (set(sys.modules) - before)))"
    root = str(Path(__file__).parent.parent)
    # -S keeps site's own imports (path hooks of an editable install) out of the measurement.
    out = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        check=True,
    )
    assert out.stdout.decode().strip() == "[]"
