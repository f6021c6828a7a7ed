"""Functions and memory that are handed on: callbacks, tables, freed memory, records by member."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, read
from tests.code.test_threads_c import HEAD, one_thread

BUMP = "static void bump(void) { counter++; }\n"
CALL = "void *run(void *arg) { hook(); return 0; }\n"
ONE = "pthread_t t; pthread_create(&t, 0, run, 0); counter = 2; pthread_join(t, 0);"


def main(body: str) -> str:
    return f"int main(void) {{ {body} return 0; }}\n"


@pytest.mark.parametrize(
    "given",
    [
        "void (*hook)(void) = bump;\n" + CALL,
        "void (*hook)(void);\n" + CALL + "void set(void) { hook = &bump; }\n",
        "struct ops { void (*go)(void); }; struct ops o = { .go = bump };\n"
        "void *run(void *arg) { o.go(); return 0; }\n",
        "struct ops { void (*go)(void); };\n"
        "void *run(void *arg) { struct ops *o = arg; o->go(); return 0; }\n"
        "void fill(struct ops *o) { o->go = bump; }\n",
    ],
)
def test_a_call_through_a_pointer_runs_what_it_was_given(given: str) -> None:
    source = HEAD + BUMP + given + main(ONE)
    check_pairs(source, "counter", "party=thread/main live=during")
    check_silent(source.replace("counter++", "other++"), "counter")


def test_a_pointer_to_a_function_is_read_where_it_is_called() -> None:
    change = main("pthread_t t; pthread_create(&t, 0, run, 0); hook = bump; pthread_join(t, 0);")
    check_pairs(
        HEAD + BUMP + "void (*hook)(void);\n" + CALL + change,
        "hook",
        "party=main/thread live=during modeA=write modeB=read",
    )


def test_a_callback_is_called_by_anybody() -> None:
    create = "pthread_t t; pthread_create(&t, 0, run, 0);"
    run = "void *run(void *arg) { counter = 1; return 0; }\n"
    given = HEAD + BUMP + run + main(create + " set_handler(bump); pthread_join(t, 0);")
    check_pairs(given, "counter", "party=caller/thread")
    check_silent(given.replace("set_handler(bump)", "set_handler(0)"), "counter")
    check_silent(given.replace("set_handler(bump)", "atexit(bump)"), "counter")


def test_what_sorts_calls_at_once() -> None:
    order = "static int order(const void *a, const void *b) { counter++; return 0; }\n"
    sort = "static int v[9]; void *run(void *arg) { counter = 1; return 0; }\n"
    body = "pthread_t t; qsort(v, 9, sizeof *v, order); pthread_create(&t, 0, run, 0);"
    check_pairs(HEAD + order + sort + main(body), "counter", "party=main/thread live=before")


def test_a_thread_that_a_library_starts() -> None:
    run = "#include <thr.h>\nstatic void *loop(void *arg) { counter++; return 0; }\n"
    started = HEAD + run + main("int h; thread_start(&h, loop, 0); counter++; thread_join(&h);")
    check_pairs(started, "counter", "party=thread/main live=during")
    ended = HEAD + run + main("int h; thread_start(&h, loop, 0); thread_join(&h); counter++;")
    check_pairs(ended, "counter", "party=thread/main live=after")
    check_silent(ended, "counter", "live=during")


@pytest.mark.parametrize("chosen", ["arg ? one : two", "pick"])
def test_a_routine_that_is_chosen(chosen: str) -> None:
    routines = (
        "void *one(void *p) { counter++; return 0; }\nvoid *two(void *p) { other++; return 0; }\n"
    )
    body = (
        f"void *(*pick)(void *) = one; if (arg) pick = two; pthread_t t;"
        f" pthread_create(&t, 0, {chosen}, 0); counter = 3; other = 3; pthread_join(t, 0);"
    )
    source = HEAD + routines + f"int main(int arg, char **v) {{ {body} return 0; }}\n"
    check_pairs(source, "counter", "party=thread/main live=during")
    check_pairs(source, "other", "party=thread/main live=during")


# --- memory --------------------------------------------------------------------------------------

BOX = "#include <stdlib.h>\nstruct box { int n; int k; };\n"
USE = "void *run(void *arg) { struct box *b = arg; b->n++; return 0; }\n"


def boxed(after: str, joined: str = "") -> str:
    made = (
        "struct box *b = malloc(sizeof *b); b->n = 0; pthread_t t; pthread_create(&t, 0, run, b);"
    )
    return HEAD + BOX + USE + main(f"{made} {after} pthread_join(t, 0); {joined}")


def test_memory_given_to_a_thread_is_not_its_makers_own() -> None:
    check_pairs(boxed("b->n = 1;"), "b->n", "party=thread/main live=during")
    check_silent(boxed("b->n = 1;"), "b->n", "live=during freshB=yes")
    check_pairs(boxed(""), "b->n", "live=before freshB=yes")


@pytest.mark.parametrize("held", ["struct bag a = {{b}};", "struct bag a; a = (struct bag){{b}};"])
def test_memory_that_is_given_within_a_record_is_known_too(held: str) -> None:
    bag = "struct bag { struct box *b; };\n"
    run = "void *run(void *arg) { struct bag *a = arg; a->b->n++; return 0; }\n"
    made = f"struct box *b = malloc(sizeof *b); b->k = 1; {held} pthread_t t;"
    body = f"{made} {{0}} b->n = 2; {{1}} pthread_join(t, 0);"
    source, start = HEAD + BOX + bag + run, "pthread_create(&t, 0, run, &a);"
    check_silent(source + main(body.format(start, "")), "b->n", "live=during freshB=yes")
    check_pairs(source + main(body.format(start, "")), "b->n", "live=during")
    check_pairs(source + main(body.format("", start)), "b->n", "live=before freshB=yes")


def test_memory_given_in_each_turn_is_its_makers_own_where_each_turn_makes_it() -> None:
    def turns(first: str, each: str) -> str:
        loop = f"for (int i = 0; i < 4; i++) {{ {each} b->n = i; pthread_create(&t, 0, run, b); }}"
        return HEAD + BOX + USE + main(f"pthread_t t; {first} {loop} pthread_join(t, 0);")

    made = "struct box *b = malloc(sizeof *b);"
    check_pairs(turns(made, ""), "b->n", "party=thread/main live=create-loop")
    check_silent(turns(made, ""), "b->n", "freshB=yes")
    check_pairs(turns("", made), "b[].n", "party=thread/main freshB=yes")


def test_new_memory_is_found_through_the_lock_under_which_it_was_stored_or_bare() -> None:
    def cached(find: str) -> str:
        lock, unlock = "pthread_mutex_lock(&m);", "pthread_mutex_unlock(&m);"
        fill = "struct box *b = malloc(sizeof *b); b->n = 7; all = b;"
        body = find.format(f"if (!all) {{ {fill} }}", lock, unlock)
        run = f"void *run(void *arg) {{ {body} other = all->n; return 0; }}\n"
        loop = "pthread_t t[4]; for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, run, 0);"
        return HEAD + BOX + "struct box *all;\n" + run + main(loop)

    for found, handed in (("{1} {0} {2}", "lock"), ("if (!all) {{ {1} {0} {2} }}", "bare")):
        check_pairs(cached(found), "b->n", f"modeB=read freshA=yes handed={handed}")
        check_silent(cached(found), "b->n", "freshA=yes freshB=yes handed=bare")
    check_pairs(cached("{0}"), "b->n", "modeB=read freshA=yes handed=bare")


def test_memory_is_shown_where_its_pointer_is_stored() -> None:
    made = "struct box *b = malloc(sizeof *b); pthread_mutex_lock(&m); b->n = 1; all = b; b->k = 2;"
    add = HEAD + BOX + f"struct box *all;\nvoid add(void) {{ {made} pthread_mutex_unlock(&m); }}\n"
    check_pairs(add, "b->n", "freshA=yes locksA=1")
    check_pairs(add, "b->k", "locksA=1")
    check_silent(add, "b->k", "freshA=yes")


def test_freeing_takes_the_memory_away() -> None:
    check_pairs(boxed("free(b);"), "b->n", "live=during viaB=whole modeB=write")
    check_pairs(boxed("", "free(b);"), "b->n", "live=after viaB=whole")
    check_silent(boxed("", "free(b);"), "b->n", "live=during")
    check_pairs(boxed("realloc(b, 64);"), "b->n", "live=during viaB=whole")


def test_a_struct_copied_whole_reaches_its_inner_fields() -> None:
    types = "struct in { int x; }; struct out { struct in i; } all, none;\n"
    run = "void *run(void *arg) { all.i.x = 1; return 0; }\n"
    create = "pthread_t t; pthread_create(&t, 0, run, 0);"
    check_pairs(HEAD + types + run + main(create + " all = none;"), "all.i.x", "viaB=whole")
    check_silent(HEAD + types + run + main(create + " none = none;"), "all.i.x")


def test_a_global_pointer_stands_for_what_it_was_given() -> None:
    source = one_thread("(*p)++;", "counter = 2;").replace(
        "int other;", "int other; int *p = &counter;"
    )
    check_pairs(source, "counter", "party=thread/main live=during")
    moved = source.replace("pthread_create", "p = &other; pthread_create")
    check_silent(moved, "counter")


def test_what_an_unseen_function_returns_is_one_thing() -> None:
    get = BOX + "extern struct box *the_box(void);\nextern struct box *box_new(void);\n"
    entry = "struct box *b = the_box(); b->n++;"
    check_pairs(
        one_thread(entry, "the_box()->n = 0;").replace(HEAD, HEAD + get),
        "the_box()->n",
        "live=during",
    )
    made = one_thread(entry, "struct box *c = box_new(); c->n = 0;").replace(HEAD, HEAD + get)
    check_pairs(made, "the_box()->n", "live=during freshB=yes")


def test_buffers_of_the_library_are_shared() -> None:
    check_pairs(one_thread("localtime(0);", "localtime(0);"), "localtime()[]", "live=during")
    check_silent(one_thread("localtime_r(0, 0);", "localtime_r(0, 0);"), "localtime()[]")


KERNEL = "#define member_of(p, T, m) ((T *)((char *)(p) - offsetof(T, m)))\n"
GNU = (
    "#define member_of(p, T, m) ({ const typeof(((T *)0)->m) *q = (p);"
    " (T *)((char *)q - offsetof(T, m)); })\n"
)


@pytest.mark.parametrize(
    ("macro", "name"), [(KERNEL, "member_of"), (GNU, "member_of"), ("", "container_of")]
)
def test_the_record_around_a_member(macro: str, name: str) -> None:
    item = "struct link { int z; }; struct item { int v; struct link l; } it;\n"
    run = (
        "void *run(void *arg) { struct link *p = arg;"
        f" struct item *i = {name}(p, struct item, l); i->v++; return 0; }}\n"
    )
    body = "pthread_t t; pthread_create(&t, 0, run, &it.l); {} pthread_join(t, 0);"
    source = HEAD + macro + item + run + main(body)
    check_pairs(source.replace("{}", "it.v = 1;"), "it.v", "party=thread/main live=during")
    check_silent(source.replace("{}", ""), "it.v")


RESULTS = """#include <pthread.h>
static long total;
static void fill(int *to, int n) {{ while (n--) *to++ = n; }}
static void *work(void *out) {{ int mine = 1; {body} return 0; }}
int main(void) {{
  pthread_t t[4]; int got[4];
  for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, work, &got[{place}]);
  {use}
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
}}
"""


def test_a_store_through_a_cast_leaves_the_pointer_alone() -> None:
    each = RESULTS.format(body="*(int *)out = mine;", place="i", use="")
    check_pairs(each, "got[]", "party=thread/thread meet=same modeA=write")
    check_silent(each, "out[]")
    one = RESULTS.format(body="*(int *)out = mine;", place="0", use="")
    check_pairs(one, "got[]", "party=thread/thread index=constants-equal")
    moved = RESULTS.format(body="out = &total; *(int *)out = mine;", place="i", use="")
    check_silent(moved, "got[]", "party=thread/thread meet=same")


def test_a_parameter_that_is_stepped_goes_over_what_it_was_given() -> None:
    body = "fill(out, 1);"
    check_pairs(
        RESULTS.format(body=body, place="0", use="got[0] = 1;"),
        "got[]",
        "party=thread/main live=during",
        "party=thread/thread modeA=write",
    )
    check_silent(RESULTS.format(body="fill(&mine, 1);", place="0", use="got[0] = 1;"), "got[]")


PUSHED = """#include <pthread.h>
#include <stdatomic.h>
struct item {{ struct item *next; int weight; }};
struct item *head; _Atomic(struct item *) slot; pthread_mutex_t m;
static void push(struct item *p) {{
  pthread_mutex_lock(&m); p->next = head; head = p; pthread_mutex_unlock(&m);
}}
static void *take(void *u) {{
  pthread_mutex_lock(&m); struct item *got = head; pthread_mutex_unlock(&m);
  if (got) got->weight++;
  return u;
}}
int main(void) {{
  pthread_t t; static struct item box[4]; struct item *own;
  {early} pthread_create(&t, 0, take, 0);
  for (int i = 0; i < 4; i++) {{ {body} }}
  pthread_join(t, 0);
}}
"""


def weights(body: str, early: str = "") -> list[frozenset[tuple[str, str]]]:
    """The facts of all pairs of an item's weight in which the main thread takes part."""
    found = read(PUSHED.format(body=body, early=early))
    items = [s for s in found.slices if s.object.endswith("weight")]
    assert items, [s.object for s in found.slices]
    facts = [frozenset(pair.relations) for s in items for pair in s.pairs]
    return [f for f in facts if "main" in dict(f)["party"]]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("box[i].weight = 1; push(&box[i]);", "push(&box[i]); box[i].weight = 1;"),
        (
            "own = &box[i]; own->weight = 1; atomic_store(&slot, own);",
            "own = &box[i]; atomic_store(&slot, own); own->weight = 1;",
        ),
    ],
)
def test_what_a_thread_has_given_away_it_may_still_touch(before: str, after: str) -> None:
    given = {("givenA", "yes"), ("givenB", "yes")}
    assert any(given & facts for facts in weights(after))
    assert not any(given & facts for facts in weights(before))
    assert not any(given & facts for facts in weights("", early=after.replace("[i]", "[0]")))


HOOKS = HEAD + (
    "struct owner { void (*hook)(void); } o; void (*hooks[4])(void);\n"
    "static void bump(void) { other++; }\n"
    "void *run(void *arg) { %s return 0; }\n"
)


def test_a_call_through_memory_reads_the_pointer() -> None:
    for call, name in (("hooks[1]();", "hooks[]"), ("o.hook();", "o.hook")):
        place = name.replace("[]", "[1]")
        source = HOOKS % call + main(f"{ONE.replace('counter = 2', f'{place} = bump')}")
        check_pairs(source, name, "party=main/thread live=during modeB=read common=none")
        check_silent(source.replace(call, "bump();"), name)


_CAPTURED = """#include <memory>
#include <thread>
#include <vector>
struct Box {{ int n = 0; }};
Box shared; int made;
Box *share() {{ made++; return &shared; }}
int main() {{ int cells[8] = {{}}; Box mine; std::vector<std::thread> ts;
    for (int i = 0; i < 4; i++) ts.emplace_back([{capture}] {{ {body} }});
    for (auto &t : ts) t.join(); return cells[0]; }}
"""


def test_what_a_capture_begins_with_is_read_where_the_lambda_is_made() -> None:
    source = _CAPTURED.format(capture="b = share()", body="b->n++;")
    check_pairs(source, "shared.n", "party=thread/thread modeA=update", path="a.cpp")
    check_silent(source, "made", path="a.cpp")
    own = _CAPTURED.format(capture="b = mine", body="b.n++;")
    check_silent(own, "mine.n", path="a.cpp")


def test_a_number_that_a_capture_begins_with_differs_by_thread() -> None:
    source = _CAPTURED.format(capture="&cells, from = i * 2", body="cells[from] = 1;")
    check_pairs(source, "cells[]", "meet-by=targ-same party=thread/thread", path="a.cpp")
    alike = _CAPTURED.format(capture="&cells, from = 2", body="cells[from] = 1;")
    check_silent(alike, "cells[]", "meet-by=targ-same", path="a.cpp")


_OBSERVED = """#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>
using Handler = std::function<void(int)>;
class Model {{
    std::mutex m; std::vector<std::function<void(int)>> all; std::map<int, Handler> named;
    Handler one;
public:
    explicit Model(Handler f) : one(std::move(f)) {{}}
    void add(std::function<void(int)> f) {{ std::lock_guard<std::mutex> g(m); {put} }}
    void change(int n) {{ {call} }}
}};
class View {{
    std::mutex paint; long total = 0;
public:
    void attach(Model &model) {{ model.add([this](int d) {{ {lock} total += d; }}); }}
}};
int main() {{ Model model([](int) {{}}); View view; view.attach(model);
    std::thread a([&] {{ model.change(1); }}); std::thread b([&] {{ model.change(2); }});
    a.join(); b.join(); return 0; }}
"""
_LATER = [
    ("all.push_back(std::move(f));", "for (auto &f : all) f(n);"),
    ("all.push_back(f);", "for (size_t i = 0; i < all.size(); i++) all[i](n);"),
    (
        "all.push_back(f);",
        "std::vector<std::function<void(int)>> c; c = all; for (auto &f : c) f(n);",
    ),
    ("named.emplace(7, std::move(f));", "for (auto &kv : named) kv.second(n);"),
    ("one = std::move(f);", "one(n);"),
    ("one = f;", "if (one) this->one(n);"),
]


@pytest.mark.parametrize(("put", "call"), _LATER)
def test_a_lambda_that_is_kept_runs_where_it_is_called(put: str, call: str) -> None:
    bare = _OBSERVED.format(put=put, call=call, lock="")
    wanted = "party=thread/thread live=overlap modeA=update modeB=update"
    check_pairs(bare, "view.total", wanted + " locksA=0 locksB=0", path="a.cpp")
    lock = "std::lock_guard<std::mutex> g(paint);"
    held = _OBSERVED.format(put=put, call=call, lock=lock)
    check_pairs(held, "view.total", wanted + " common=mutex", path="a.cpp")
    check_silent(held, "view.total", "locksA=0", path="a.cpp")


def test_a_lambda_that_nobody_calls_here_runs_where_it_was_put() -> None:
    source = _OBSERVED.format(put="all.push_back(f);", call="", lock="")
    check_silent(source, "view.total", "party=thread/thread", path="a.cpp")


def test_a_new_object_in_a_container_is_known_to_who_knows_the_container() -> None:
    source = """#include <memory>
        #include <thread>
        #include <vector>
        struct Slot {{ int on = 0; }};
        int main() {{ std::vector<std::shared_ptr<Slot>> slots; auto s = std::make_shared<Slot>();
            {put} std::thread t([&slots] {{ for (auto &one : slots) one->on++; }});
            s->on = 1; t.join(); return 0; }}
        """
    found = source.format(put="slots.push_back(s);")
    wanted = "live=during modeB=write-constant"
    check_pairs(found, "slots[][].on", wanted, path="a.cpp")
    check_silent(found, "slots[][].on", wanted + " freshB=yes", path="a.cpp")


TABLES = """
#include <pthread.h>
static int grid[2][8][8];
static int above(int %s, int r) {{ return table[r + 1][0]; }}
static void *work(void *p) {{
  int id = (int)(long)p;
  grid[{}][id][0] = above(grid[0], id);
  return 0;
}}
int main(void) {{
  pthread_t t[4];
  for (long i = 0; i < 4; i++) pthread_create(&t[i], 0, work, (void *)i);
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
}}
"""


@pytest.mark.parametrize("table", ["table[8][8]", "table[][8]", "(*table)[8]"])
def test_a_table_that_is_given_is_the_callers(table: str) -> None:
    source = TABLES % table
    check_pairs(source.format(0), "grid[][][]", "modeA=write modeB=read meet=other")
    check_silent(source.format(1), "grid[][][]", "modeB=read meet=other")
