"""Every pattern of sharing in OpenMP, by name."""

from __future__ import annotations

from collections.abc import Mapping

from model_export.programs.compose import (
    omp_grids,
    omp_loops,
    omp_memory,
    omp_reductions,
    omp_regions,
    omp_sync,
    omp_tasks,
)
from model_export.programs.compose.omp_parts import Pattern

PATTERNS: Mapping[str, Pattern] = {
    **omp_loops.PATTERNS,
    **omp_grids.PATTERNS,
    **omp_memory.PATTERNS,
    **omp_reductions.PATTERNS,
    **omp_regions.PATTERNS,
    **omp_sync.PATTERNS,
    **omp_tasks.PATTERNS,
}
