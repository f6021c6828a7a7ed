"""Every pattern of sharing in OpenMP, by name."""

from __future__ import annotations

from collections.abc import Mapping

from model_export.programs.compose import (
    omp_calls,
    omp_counts,
    omp_grids,
    omp_iterations,
    omp_kernels,
    omp_loops,
    omp_memory,
    omp_reductions,
    omp_regions,
    omp_shapes,
    omp_structures,
    omp_sync,
    omp_task_graphs,
    omp_tasks,
    omp_teams,
)
from model_export.programs.compose.omp_parts import Pattern

PATTERNS: Mapping[str, Pattern] = {
    **omp_loops.PATTERNS,
    **omp_grids.PATTERNS,
    **omp_shapes.PATTERNS,
    **omp_memory.PATTERNS,
    **omp_calls.PATTERNS,
    **omp_reductions.PATTERNS,
    **omp_counts.PATTERNS,
    **omp_regions.PATTERNS,
    **omp_teams.PATTERNS,
    **omp_sync.PATTERNS,
    **omp_tasks.PATTERNS,
    **omp_task_graphs.PATTERNS,
    **omp_kernels.PATTERNS,
    **omp_iterations.PATTERNS,
    **omp_structures.PATTERNS,
}
