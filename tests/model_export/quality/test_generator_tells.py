"""What the generators make today gives nothing away by its names, nor much by its counts.

Nothing is executed here: outcomes are those that the authors declare. The corpus itself is asked
by `python -m model_export tells`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("sklearn")

from model_export.explore import FAMILIES
from model_export.programs.compose.omp_compose import compose_openmp
from model_export.programs.compose.thread_compose import compose_threads
from model_export.programs.family import read_family
from model_export.programs.sample import Program, sample
from model_export.quality.tells import measure

EACH, EVERY = 4, 2  # twins of every second family: some seconds' work, an interval of 0.02 each way
STRUCTURES = 40


def generated() -> list[Program]:
    paths: list[Path] = sorted(p for p in FAMILIES.glob("*/*") if p.suffix in (".c", ".cpp"))
    programs = [p for path in paths[::EVERY] for p in sample(read_family(path), EACH, 1)]
    for number in range(STRUCTURES):
        programs += [*compose_threads(number, EACH), *compose_openmp(number, EACH)]
    return programs


def test_neither_names_nor_counts_tell():
    programs = generated()
    rows = [{"family": p.family, "label": p.expected, "source": p.source} for p in programs]
    assert len(rows) > 600
    for found in measure(rows):
        assert found.holds, found.text()
