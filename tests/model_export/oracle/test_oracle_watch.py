"""A program that sleeps for good is not waited for; one that works is."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from model_export.oracle.watch import ends, ticks_asleep


@contextmanager
def program(code: str) -> Iterator[subprocess.Popen[bytes]]:
    made = subprocess.Popen([sys.executable, "-S", "-c", code])
    try:
        yield made
    finally:
        made.kill()
        made.wait()


def test_the_status_of_one_that_ends() -> None:
    with program("raise SystemExit(7)") as made:
        assert ends(made, 60) == 7


def test_a_sleeper_is_given_up_long_before_its_time() -> None:
    start = time.monotonic()
    with program("import time; time.sleep(600)") as made:
        assert ends(made, 300) is None
    assert time.monotonic() - start < 100


def test_who_works_has_all_its_time() -> None:
    with program("import time\nend = time.time() + 4\nwhile time.time() < end: pass") as made:
        assert ends(made, 120) == 0


def test_out_of_time() -> None:
    with program("while True: pass") as made:
        assert ends(made, 0.5) is None


def test_nothing_is_known_of_one_that_is_gone() -> None:
    with program("") as made:
        made.wait()
        assert ticks_asleep(made.pid) is None
