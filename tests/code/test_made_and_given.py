"""Memory that code makes before others know it: declared first, made by projects' own functions."""

from __future__ import annotations

import pytest

from reviewbot.code.library import allocates, may_find
from reviewbot.records import AccessPair
from tests.code.checks import check_pairs, read

HEAD = """#include <pthread.h>
#include <stdlib.h>
pthread_mutex_t m; struct item { int value; } *head, *spare;
int pool_alloc_one(struct item **out); int find_one(struct item **out);
void *note_place(void *p, const char *where); void *xpool_alloc(int n);
struct item *get_or_create(int n); struct item *item_clone(struct item *i);
int look(void) { pthread_mutex_lock(&m); int v = head->value; pthread_mutex_unlock(&m); return v; }
void add(int n)
{ %s
  pthread_mutex_lock(&m); head = s; pthread_mutex_unlock(&m); }
"""
SETS = " s->value = 1;"


def of_value(source: str) -> list[AccessPair]:
    """The pairs of the items' value, by whichever pointer it is called."""
    found = [s for s in read(source).slices if s.object.endswith("value")]
    assert found
    return [pair for item in found for pair in item.pairs]


def is_new(source: str) -> bool:
    """Whether some write to the value is of what nobody else has."""
    return any(("freshA", "yes") in pair.relations for pair in of_value(source))


@pytest.mark.parametrize(
    "made",
    [
        "struct item *s = NULL; s = malloc(9);",
        "struct item *s = 0; if ((s = malloc(9)) == NULL) return;",
        "struct item *s = NULL; s = malloc(9); if (!s) return;",
        "struct item *s; pool_alloc_one(&s);",
        "struct item *s = NULL; if (pool_alloc_one(&s)) return;",
        "struct item *s = NULL; pool_calloc(n, (void **)&s);",
        "struct item *s = item_new0(n);",
        "struct item *s = ITEM_NEW(struct item);",
        "struct item *s; if ((s = LIB_ALLOC_STRUCT(s)) == NULL) return;",
        "struct item *s = item_create(n);",
        "struct item *s = own_malloc0_type(item_t);",
        "struct item *s = (struct item *)own_nalloc_bytes(n);",
        "struct item *s = bmemdup(spare, n);",
        "struct item *s = note_place(xpool_alloc(n), __FILE__);",
    ],
)
def test_what_is_made_is_new_until_it_is_shown(made: str) -> None:
    before = HEAD % (made + SETS)
    assert is_new(before)
    assert not is_new(before.replace(SETS, "").replace("head = s;", f"head = s; {SETS}"))


@pytest.mark.parametrize(
    "found",
    [
        "struct item *s = NULL; s = spare;",
        "struct item *s = NULL; if (n) s = malloc(9); else s = spare;",
        "struct item *s; s = malloc(9); s = spare;",
        "struct item *s; find_one(&s);",
        "struct item *s = get_or_create(n);",
        "struct item *s = find_new(n);",
        "struct item *s = ITEM_FIND_NEW(n);",
        "struct item *s = ITEM_LAST(n);",
        "struct item *s; s = note_place(spare, __FILE__);",
    ],
)
def test_what_others_may_have_is_not_new(found: str) -> None:
    assert not is_new(HEAD % (found + SETS))


def test_a_number_of_each_thread_is_its_own() -> None:
    source = (
        "#include <pthread.h>\npthread_mutex_t m; int n;\nint *%s(void);\n"
        "void work(void) { pthread_mutex_lock(&m); n++; *%s() = 1; pthread_mutex_unlock(&m);\n"
        " *%s() = 0; }\n"
    )
    check_pairs(
        source % (("my_errno_location",) * 3), "my_errno_location()[]", "shareA=threadprivate"
    )
    check_pairs(source % (("my_counter",) * 3), "my_counter()[]", "shareA=global")


def test_a_record_of_each_thread_may_be_found_by_others() -> None:
    source = (
        "#include <pthread.h>\npthread_mutex_t m; struct stat { int hits; } *all[8];\n"
        "struct stat *stat_tls_get(void);\nvoid hit(void) { stat_tls_get()->hits++; }\n"
        "int sum(void) { pthread_mutex_lock(&m); int n = all[0]->hits; all[0]->hits = 0;\n"
        " pthread_mutex_unlock(&m); return n; }\n"
    )
    check_pairs(source, "stat_tls_get()->hits", "common=one-sided")


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("bzalloc", True),
        ("av_mallocz", True),
        ("g_memdup", True),
        ("curlx_strdup", True),
        ("node_create", True),
        ("find_new", False),
        ("get_or_create", False),
        ("lookup_new", False),
        ("renew", False),
        ("LIB_MALLOC", True),
        ("LIB_ALLOC_STRUCT", True),
        ("lib_malloc0_type", True),
        ("avcodec_alloc_context3", True),
        ("new_voice", True),
        ("newest", False),
        ("GET_OR_CREATE", False),
        ("ITEM_NEWS", False),
    ],
)
def test_whether_a_name_promises_new_memory(name: str, new: bool) -> None:
    assert allocates(name) == new


def test_who_may_find_makes_nothing_for_sure() -> None:
    assert may_find("FindOrCreate") and may_find("pool_get_buffer")
    assert not may_find("create_origin") and not may_find("forget")
