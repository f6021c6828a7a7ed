"""What a local begins with and is replaced at once says nothing of the number that it has."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, function

BODY = """#pragma omp parallel
{{
  {}
  cells[me] += 1;
}}"""
REPLACED = (
    "int me = 0; me = omp_get_thread_num();",
    "int me = 0;\n#ifdef _OPENMP\nme = omp_get_thread_num();\n#endif",
    "int me = -1; other_of(n); me = omp_get_thread_num();",
)
UNSURE = (
    "int me = 0; if (n > 4) me = omp_get_thread_num();",
    "int me = 0; if (n > 4) { me = omp_get_thread_num(); }",
    "int me = 0; me = omp_get_thread_num(); me = 3;",
    "int me = 0; me = omp_get_thread_num(); me++;",
    "int me = 0; for (int k = 0; k < n; k++) me = omp_get_thread_num();",
    "int me = omp_get_thread_num(); me = in[0];",
    "int me = 0; me = in[0];",
    "int me = 0; me += omp_get_thread_num();",
)


@pytest.mark.parametrize("made", REPLACED)
def test_a_number_that_replaces_a_constant_is_the_threads(made: str) -> None:
    check_pairs(function(BODY.format(made)), "cells[]", "meet=same meet-by=tid-same")


@pytest.mark.parametrize("made", UNSURE)
def test_what_may_be_another_number_is_not(made: str) -> None:
    check_silent(function(BODY.format(made)), "cells[]", "meet-by=tid-same")
    check_pairs(function(BODY.format(made)), "cells[]")
