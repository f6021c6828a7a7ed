"""The same seed gives the same programs byte for byte, in another process with other hash seeds."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("pyarrow")

# A program in the language's every corner: sets and dicts of strings order differently in each run.
MAKE = """
import hashlib, sys
from itertools import islice
from model_export.candidates import of_families, of_patterns, with_mutants
from model_export.explore import FAMILIES

seed = int(sys.argv[1])
programs = of_families(FAMILIES, "queue*/*", 2, seed)
found = [*with_mutants(programs, seed, 2), *of_patterns(3, seed)]
digest = hashlib.sha256()
for program in found:
    digest.update(repr((program.id, program.source, program.twin_group)).encode())
print(len(found), digest.hexdigest())
"""


def made(seed: int, hashing: str) -> tuple[int, str]:
    environment = os.environ | {"PYTHONHASHSEED": hashing}
    done = subprocess.run(
        [sys.executable, "-c", MAKE, str(seed)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=True,
    )
    number, digest = done.stdout.split()
    return int(number), digest


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first, again, other = made(1, "1"), made(1, "2"), made(2, "1")
    assert first == again
    assert first[0] > 50
    assert first[1] != other[1]
