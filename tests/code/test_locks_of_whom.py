"""Locks of one class whose objects differ: that of the object accessed, or that of another one."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs

RECORDS = """#include <pthread.h>
struct desk {{ long files; pthread_mutex_t mu; }} east, west;
struct desk *pick(int n);
static void *clerk(void *p) {{
  struct desk *d = pick(0);
  pthread_mutex_lock(&{theirs}); {what}.files = 5; pthread_mutex_unlock(&{theirs});
  return p;
}}
int main(int argc, char **argv) {{
  pthread_t t; struct desk *mine;
  if (argc > 1) mine = &east; else mine = &west;
  pthread_create(&t, 0, clerk, 0);
  pthread_mutex_lock(&mine->mu); mine->files = 8; pthread_mutex_unlock(&mine->mu);
  pthread_join(t, 0);
}}
"""


@pytest.mark.parametrize(
    ("theirs", "what", "wanted"),
    [
        ("east.mu", "west", "common=differ"),
        ("west.mu", "west", "common=own"),
        ("west.mu", "d[0]", "common=type lock-ofA=open lock-ofB=own"),
    ],
)
def test_the_lock_of_another_object_does_not_protect_this_one(
    theirs: str, what: str, wanted: str
) -> None:
    text = RECORDS.format(theirs=theirs, what=what)
    name = "pick()->files" if what.startswith("d") else "west.files"
    check_pairs(text, name, f"party=thread/main {wanted}")


TABLE = """#include <pthread.h>
struct cell {{ int kind; }};
struct job {{ struct cell {cells}; pthread_mutex_t mu; }};
struct job *first(void), *last(void);
static void clear(struct cell *all, int n) {{ for (int i = 0; i < n; i++) all[i].kind = 0; }}
static void *work(void *p) {{
  struct job *j = first();
  pthread_mutex_lock(&j->mu); clear(j->cells, 4); pthread_mutex_unlock(&j->mu);
  return p;
}}
int main(void) {{
  pthread_t t; struct job *mine = last();
  pthread_create(&t, 0, work, 0);
  pthread_mutex_lock(&mine->mu); {done}; pthread_mutex_unlock(&mine->mu);
  pthread_join(t, 0);
}}
"""


@pytest.mark.parametrize(
    ("cells", "word"),
    [("cells[4]", "own"), ("*cells", "type lock-ofA=leader lock-ofB=leader")],
)
@pytest.mark.parametrize(
    "done", ["mine->cells[3].kind = 2", "struct cell one = {{0}}; mine->cells[3] = one"]
)
def test_a_record_locks_the_elements_within_it(cells: str, word: str, done: str) -> None:
    text = TABLE.format(cells=cells, done=done)
    check_pairs(text, "first()->cells[].kind", f"party=thread/main base=type common={word}")
