"""Locks of objects that lead to one and the same thing."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

VIEWS = """#include <pthread.h>
#include <stdlib.h>
struct store {{ long words[32]; pthread_mutex_t mu; }};
struct view {{ struct store *st; pthread_mutex_t own; }};
static struct store only;
static void *tenant(void *p) {{
  struct view *v = p;
  pthread_mutex_lock(&{lock}); v->st->words[5]++; pthread_mutex_unlock(&{lock});
  return p;
}}
int main(void) {{
  struct view v[3]; pthread_t t[3]; struct store *shared = malloc(sizeof *shared);
  for (int i = 0; i < 3; i++) {{
    v[i].st = {store};
    pthread_create(&t[i], 0, tenant, &v[i]);
  }}
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
}}
"""


@pytest.mark.parametrize(
    ("store", "name"), [("&only", "only.words[]"), ("shared", "shared->words[]")]
)
def test_a_view_has_no_lock_for_what_all_views_lead_to(store: str, name: str) -> None:
    own = VIEWS.format(lock="v->own", store=store)
    check_pairs(own, name, "self=yes common=differ")
    check_silent(own, name, "self=yes common=striped")
    theirs = VIEWS.format(lock="v->st->mu", store=store)
    check_silent(theirs, name, "self=yes common=differ")


def test_a_view_has_a_lock_for_what_it_alone_leads_to() -> None:
    own = VIEWS.format(lock="v->own", store="malloc(sizeof(struct store))")
    found = "v[].st[].words[]"
    check_silent(own, found, "self=yes common=differ")
    check_pairs(own, found, "self=yes common=striped")


ONCE = """#include <pthread.h>
struct task {{ pthread_once_t ctl; int id; }};
static pthread_once_t all = PTHREAD_ONCE_INIT; static int conf;
static void load(void) {{ conf = 3; }}
static void *work(void *p) {{ struct task *t = p; pthread_once(&{}, load); return conf ? p : 0; }}
int main(void) {{
  static struct task tasks[3]; pthread_t t[3];
  for (int i = 0; i < 3; i++) pthread_create(&t[i], 0, work, &tasks[i]);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
}}
"""


def test_a_control_of_each_thread_lets_each_one_in() -> None:
    check_pairs(ONCE.format("all"), "conf", "self=yes common=once", "modeB=read ordering=once")
    check_silent(ONCE.format("t->ctl"), "conf", "common=once")
    check_silent(ONCE.format("t->ctl"), "conf", "ordering=once")
