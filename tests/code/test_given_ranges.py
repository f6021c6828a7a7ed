"""What calls do to several elements at once; declarations and one-time calls in other dress."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

LOOP = """#include <stdio.h>
#include <string.h>
char line[64];
int n;
char rows[100][32];
struct rec { int a; int b; } recs[100];
void f(const int *from, int *big) {
  int k[8];
#pragma omp parallel for
  for (int i = 0; i < n; i++) {
    BODY
  }
}
"""


def in_loop(body: str) -> str:
    return LOOP.replace("BODY", body)


def test_a_buffer_that_calls_fill_is_touched_as_a_whole() -> None:
    check_pairs(
        in_loop('snprintf(line, sizeof line, "%d", i);'), "line[]", "indexA=range meet=free"
    )
    check_pairs(in_loop("memset(k, 0, sizeof k); k[3]++;"), "k[]", "index=range meet=free")
    one = in_loop("memset(&k[2], 0, sizeof k[2]); k[3]++;")
    check_pairs(one, "k[]", "index=constants-differ apart=yes")
    check_silent(one, "k[]", "index=range")


def test_rows_of_their_own_are_apart() -> None:
    own = in_loop("memset(&big[i * 16], 0, 16 * sizeof(int)); big[i * 16 + 3] = 1;")
    check_pairs(own, "big[]", "indexA=range meet=never")
    check_silent(own, "big[]", "meet=free")
    check_pairs(
        in_loop("memset(big, 0, 99); big[i * 16 + 3] = 1;"), "big[]", "index=range meet=free"
    )
    check_silent(in_loop('snprintf(rows[i], 32, "%d", i);'), "rows[][]", "meet=free")


def test_a_record_that_is_set_is_one_element() -> None:
    source = in_loop("memset(&recs[i], 0, sizeof recs[i]); recs[i].b = 2;")
    check_pairs(source, "recs[].b", "viaA=whole meet=same")
    check_silent(source, "recs[].b", "indexA=range")


FREED = """#include <pthread.h>
#include <stdlib.h>
struct box { int v; int w[4]; };
void *use(void *arg) { struct box *p = arg; p->v++; p->w[2]++; return NULL; }
int main(void) {
  pthread_t id;
  struct box *p = malloc(sizeof(struct box));
  pthread_create(&id, NULL, use, (void *)p);
  BEFORE
  pthread_join(id, NULL);
  AFTER
  return 0;
}
"""


def test_memory_is_freed_with_all_that_is_in_it() -> None:
    early = FREED.replace("BEFORE", "free(p);").replace("AFTER", "")
    check_pairs(early, "p->v", "viaB=whole live=during indexB=range")
    late = FREED.replace("BEFORE", "").replace("AFTER", "free(p);")
    check_silent(late, "p->v", "viaB=whole live=during")


ROWS = """void f(int n, unsigned short *image) {
  WHERE
#pragma omp parallel for
  for (int y = 0; y < n; y++) {
    INSIDE
    row = (pixel (*)[3])(image + y * 300);
    row[0][1] = 7;
  }
}
"""


def test_pointers_to_rows_of_unknown_types_are_declared() -> None:
    declared = "pixel (*row)[3], (*other)[4], *one;"
    inside = ROWS.replace("WHERE", "").replace("INSIDE", declared)
    for path in ("a.c", "a.cpp"):
        check_silent(inside, "row", path=path)
        outside = ROWS.replace("WHERE", declared).replace("INSIDE", "")
        check_pairs(outside, "row", "modeA=write shareA=shared", path=path)


ONCE = """#include <glib.h>
static GHashTable *table;
static GMutex lock;
static GOnce once;
static int seen;
static void *make(void *data) { table = g_hash_table_new(0, 0); return NULL; }
void look(void) { CALL; g_mutex_lock(&lock); seen++; g_mutex_unlock(&lock); }
void *peek(void) { CALL; g_mutex_lock(&lock); void *t = table; g_mutex_unlock(&lock); return t; }
"""


def test_calls_named_once_run_a_function_once() -> None:
    for call in ("g_once(&once, make, NULL)", "VIPS_ONCE(&once, (GThreadFunc) make, NULL)"):
        source = ONCE.replace("CALL", call)
        check_pairs(source, "table", "modeB=read waitedB=once")
        check_silent(source, "table", "party=thread/thread")
    threads = ONCE.replace("CALL", "g_thread_new(&once, make, NULL)")
    check_pairs(threads, "table", "party=thread/thread locksA=0")
