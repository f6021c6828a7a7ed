"""Types that only headers define: tags beside their typedefs, what members are read as."""

from __future__ import annotations

import pytest

from tests.code.checks import read

TAGGED = """#include <pthread.h>
#include "scene.h"
%s
void scene_set(scene_t *scene, int n)
{ pthread_mutex_lock(&scene->lock); scene->shown = n; pthread_mutex_unlock(&scene->lock); }
int scene_get(struct scene *scene) { %s int n = scene->shown; %s return n; }
"""
LOCK, UNLOCK = "pthread_mutex_lock(&scene->lock);", "pthread_mutex_unlock(&scene->lock);"
INNER = """#include <pthread.h>
#include "view.h"
struct view_state { pthread_mutex_t lock, other; int frames; };
static void draw(struct view *view)
{ struct view_state *state = view->state;
  pthread_mutex_lock(&state->lock); state->frames++; pthread_mutex_unlock(&state->lock); }
static int read_frames(struct view *v)
{ struct view_state *state = v->state; return state->frames; }
int frames(struct view *view)
{ pthread_mutex_lock(&view->state->%s); int n = read_frames(view);
  pthread_mutex_unlock(&view->state->%s); return n; }
"""


def meetings(source: str, field: str) -> set[str]:
    """How the locks of writes and reads of a field meet."""
    pairs = [pair for s in read(source).slices if s.object.endswith(field) for pair in s.pairs]
    reads = [p for p in pairs if dict(p.relations)["modeB"] == "read"]
    return {dict(pair.relations)["common"] for pair in reads}


def test_a_tag_and_its_typedef_are_one_type() -> None:
    assert meetings(TAGGED % ("", LOCK, UNLOCK), "shown") == {"own"}
    assert meetings(TAGGED % ("", "", ""), "shown") == {"one-sided"}


def test_a_typedef_in_sight_says_what_it_is() -> None:
    other = "struct canvas { pthread_mutex_t lock; int shown; }; typedef struct canvas scene_t;"
    assert meetings(TAGGED % (other, "", ""), "shown") == set()


def test_a_member_is_what_locals_are_made_of_it() -> None:
    assert meetings(INNER % (("lock",) * 2), "frames") == {"own"}


def test_another_lock_of_the_same_member_keeps_nobody_out() -> None:
    assert meetings(INNER % (("other",) * 2), "frames") == {"differ"}


@pytest.mark.parametrize("kinds", [("struct a", "struct a"), ("struct a", "struct b")])
def test_a_member_read_as_two_types_is_neither(kinds: tuple[str, str]) -> None:
    source = (
        "#include <pthread.h>\nstruct a { pthread_mutex_t m; int n; };\n"
        "struct b { pthread_mutex_t m; int n; };\n"
        "void one(struct box *box) { %s *p = box->inner; pthread_mutex_lock(&p->m); p->n++;\n"
        " pthread_mutex_unlock(&p->m); }\n"
        "void two(struct box *box) { %s *p = box->inner; p->n = 0; }\n"
        "int three(struct box *box) { return box->inner->n; }\n"
    )
    known = {dict(p.relations)["modeB"] for s in read(source % kinds).slices for p in s.pairs}
    assert ("read" in known) == (kinds[0] == kinds[1])
