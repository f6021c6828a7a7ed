"""What libraries keep and do not lock: GLib's containers, the plans of FFTW."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

_LOCK, _UNLOCK = "pthread_mutex_lock(&m);", "pthread_mutex_unlock(&m);"
_SHARED = """
#include <glib.h>
#include <pthread.h>
static {kind} *all;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void *work(void *given) {{ {before} {call}; {after} return 0; }}
int main(void) {{
  pthread_t a, b;
  pthread_create(&a, 0, work, 0); pthread_create(&b, 0, work, 0);
  pthread_join(a, 0); pthread_join(b, 0);
  return 0;
}}
"""


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        ("GQueue", "g_queue_push_tail(all, given)"),
        ("GHashTable", "g_hash_table_insert(all, given, given)"),
        ("GPtrArray", "g_ptr_array_add(all, given)"),
        ("GString", 'g_string_append_printf(all, "%d", 1)'),
    ],
)
def test_glib_changes_what_it_is_given_and_does_not_lock(kind: str, call: str) -> None:
    bare = _SHARED.format(kind=kind, call=call, before="", after="")
    check_pairs(bare, "all[]", "modeA=write modeB=write common=none")
    locked = _SHARED.format(kind=kind, call=call, before=_LOCK, after=_UNLOCK)
    check_silent(locked, "all[]", "common=none")


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        ("GAsyncQueue", "g_async_queue_push(all, given)"),
        ("GQueue", "g_queue_peek_head(all)"),
        ("GHashTable", "g_hash_table_lookup(all, given)"),
    ],
)
def test_glib_leaves_alone_what_it_looks_at(kind: str, call: str) -> None:
    check_silent(_SHARED.format(kind=kind, call=call, before="", after=""), "all[]")


_TRANSFORMS = """
#include <fftw3.h>
void run(int n, double **in, fftw_complex **out) {{
  {once}
  #pragma omp parallel for
  for (int i = 0; i < n; i++) {{
    {exclude}
    fftw_plan plan = fftw_plan_dft_r2c_1d(64, in[i], out[i], FFTW_ESTIMATE);
    fftw_execute(plan);
    {exclude}
    fftw_destroy_plan(plan);
  }}
}}
"""


def test_fftw_plans_with_what_all_threads_share() -> None:
    bare = _TRANSFORMS.format(once="", exclude="")
    check_pairs(bare, "fftw_plan()[]", "modeA=update modeB=update common=none")
    locked = _TRANSFORMS.format(once="", exclude="#pragma omp critical(plans)")
    check_silent(locked, "fftw_plan()[]", "common=none")
    safe = _TRANSFORMS.format(once="fftw_make_planner_thread_safe();", exclude="")
    check_silent(safe, "fftw_plan()[]")
