"""All locks of an array, taken by one loop, against each of them."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

STRIPES = """#include <pthread.h>
#define N 4
static pthread_mutex_t mx[N]; static int sums[N];
static struct {{ pthread_mutex_t m; int sum; }} part[N];
static void lock_from(int first) {{ for (int i = first; i < N; i++) pthread_mutex_lock(&mx[i]); }}
static void unlock_all(void) {{ for (int i = N - 1; i >= 0; i--) pthread_mutex_unlock(&mx[i]); }}
static void *add(void *p) {{
  unsigned s = *(unsigned *)p % N;
  pthread_mutex_lock(&mx[s]); sums[s]++; pthread_mutex_unlock(&mx[s]);
  pthread_mutex_lock(&part[s].m); part[s].sum++; pthread_mutex_unlock(&part[s].m);
  return p;
}}
static void *halve(void *p) {{
  {body}
  return p;
}}
int main(void) {{
  pthread_t a, b; unsigned k = 3; pthread_create(&a, 0, add, &k); pthread_create(&b, 0, halve, 0);
  pthread_join(a, 0); pthread_join(b, 0);
}}
"""
BETWEEN = "party=thread/thread self=no"


@pytest.mark.parametrize(
    ("every", "some"),
    [
        ("lock_from(0);", "lock_from(1);"),
        (
            "for (int i = 0; i < N; i++) pthread_mutex_lock(&mx[i]);",
            "for (int i = 0; i < N - 1; i++) pthread_mutex_lock(&mx[i]);",
        ),
        (
            "for (int i = 0; i < N; i++) pthread_mutex_lock(&mx[i]);",
            "for (int i = 0; i < N; i += 2) pthread_mutex_lock(&mx[i]);",
        ),
    ],
)
def test_every_lock_of_an_array(every: str, some: str) -> None:
    body = "{} for (int s = 0; s < N; s++) sums[s] /= 2; unlock_all();"
    check_pairs(STRIPES.format(body=body.format(every)), "sums[]", f"{BETWEEN} common=mutex")
    check_silent(STRIPES.format(body=body.format(some)), "sums[]", f"{BETWEEN} common=mutex")


def test_every_lock_given_back_is_held_no_more() -> None:
    body = "lock_from(0); unlock_all(); for (int s = 0; s < N; s++) sums[s] /= 2;"
    check_pairs(STRIPES.format(body=body), "sums[]", f"{BETWEEN} common=one-sided")


def test_every_lock_of_an_array_of_records() -> None:
    body = "for (int i = 0; i < {}; i++) pthread_mutex_lock(&part[i].m);"
    body += "for (int s = 0; s < N; s++) part[s].sum = 0;"
    body += "for (int i = 0; i < {}; i++) pthread_mutex_unlock(&part[i].m);"
    all_of, most = body.format("N", "N"), body.format("3", "3")
    check_pairs(STRIPES.format(body=all_of), "part[].sum", f"{BETWEEN} common=mutex")
    check_silent(STRIPES.format(body=most), "part[].sum", f"{BETWEEN} common=mutex")
