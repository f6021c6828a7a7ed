"""Variables that macros of headers out of sight declare."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

STORE = """#include <pthread.h>
#include "store.h"
int store_put(struct store *s, int key) {
  %s
  ret = find(s, key);
  pthread_mutex_lock(&s->lock);
  if (ret == 0) s->used++;
  pthread_mutex_unlock(&s->lock);
  return ret;
}
"""


@pytest.mark.parametrize(
    "macro", ["ST_DECL_RET;", "DECLARE_RET;", "ST_DECL_INT(ret);", "DECL_TWO(key_name, ret);"]
)
def test_what_a_macro_declares_in_a_function_is_of_the_function(macro: str) -> None:
    check_silent(STORE % macro, "ret")


@pytest.mark.parametrize(
    "macro", ["", "ST_CHECK(ret);", "DECLARED(1);", "ST_DECL_KEY;", "DECLARE_STATIC(ret);"]
)
def test_what_no_macro_declares_is_of_all(macro: str) -> None:
    check_pairs(STORE % macro, "ret", "shareA=global self=yes common=none")


@pytest.mark.parametrize("before", ["int ret;\n", "#define ST_DECL_RET\nextern int ret;\n"])
def test_a_variable_of_the_file_stays_one(before: str) -> None:
    check_pairs(before + STORE % "ST_DECL_RET;", "ret", "shareA=global self=yes")


TEAM = """#include "store.h"
int total(const int *in, int n) {
  %s
#pragma omp parallel for
  for (int i = 0; i < n; i++) %s
  return 0;
}
"""


def test_what_a_macro_declares_before_a_team_is_shared_by_it() -> None:
    check_pairs(TEAM % ("DECL_SUM;", "sum += in[i];"), "sum", "modeA=update self=yes")
    check_silent(TEAM % ("", "{ DECL_SUM; sum += in[i]; }"), "sum")
