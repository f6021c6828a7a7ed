"""Conditions on an atomic count that one thread passes, and no other."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

LAST = """#include <pthread.h>
#include <stdatomic.h>
static atomic_int left = 3; static int sum, plain;
static void *work(void *p) {{
  {code}
  return p;
}}
int main(void) {{
  pthread_t t[3];
  for (int i = 0; i < 3; i++) pthread_create(&t[i], 0, work, 0);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
}}
"""
TAKE = "atomic_fetch_sub_explicit(&left, 1, memory_order_relaxed)"


@pytest.mark.parametrize(
    "code",
    [
        f"if ({TAKE} == 1) sum++;",
        f"if ({TAKE} != 1) return p; sum++;",
        "if (__atomic_add_fetch(&left, 1, __ATOMIC_RELAXED) == 6) sum++;",
    ],
)
def test_the_last_one_alone(code: str) -> None:
    check_pairs(LAST.format(code=code), "sum", "self=yes guards=turn")


@pytest.mark.parametrize(
    "code",
    [
        f"if ({TAKE} != 1) sum++;",
        f"if ({TAKE} > 1) sum++;",
        f"if ({TAKE} == 1) {{ sum++; atomic_store(&left, 3); }}",
        f"atomic_fetch_add(&left, 1); if ({TAKE} == 1) sum++;",
        "if (plain-- == 1) sum++;",
    ],
)
def test_any_of_them_or_one_after_another(code: str) -> None:
    check_silent(LAST.format(code=code), "sum", "self=yes guards=turn")
