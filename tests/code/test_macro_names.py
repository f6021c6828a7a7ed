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


GOTTEN = """#include "matrix.h"
%s
void mask(const int8_t *Mx, int64_t *Cx, int64_t n, int8_t flip) {
  %s
#pragma omp parallel for
  for (int64_t p = 0; p < n; p++) {
    %s
    mij = mij ^ flip;
    if (!mij) continue;
    Cx[p] = p;
  }
}
"""


@pytest.mark.parametrize("macro", ["LIB_GET_M_ij (p) ;", "GET_MIJ(p);", "LIB_LOAD_Mij (p) ;"])
def test_what_a_macro_gets_by_its_name_is_of_the_block(macro: str) -> None:
    check_silent(GOTTEN % ("", "", macro), "mij")


@pytest.mark.parametrize(
    ("of_file", "before", "macro"),
    [
        ("", "", ""),
        ("", "", "LIB_GET_M_kj (p) ;"),
        ("", "", "LIB_CHECK_M_ij (p) ;"),
        ("static int8_t mij;", "", "LIB_GET_M_ij (p) ;"),
        ("", "int8_t mij;", "LIB_GET_M_ij (p) ;"),
        ("", "", "LIB_GET_STATIC_MIJ (p) ;"),
        ("#define LIB_GET_M_ij(p) mij = Mx [p]", "", "LIB_GET_M_ij (p) ;"),
    ],
)
def test_what_is_declared_elsewhere_is_shared(of_file: str, before: str, macro: str) -> None:
    check_pairs(GOTTEN % (of_file, before, macro), "mij", "modeA=update self=yes common=none")
    check_pairs(GOTTEN % ("", "LIB_GET_M_ij (0);", ""), "mij", "modeA=update self=yes")
