"""Typedefs that hide pointers and arrays, masks and shifts that divide, barriers in each turn."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent
from tests.code.test_threads_c import HEAD

JOB = "struct job { int n; };\n"


def program(types: str, body: str, path_to: str = "work") -> str:
    run = f"void *run(void *arg) {{ {body} return 0; }}\n"
    main = "int main(void) { pthread_t t[4]; for (int i = 0; i < 4; i++)"
    return HEAD + types + run + main + f" pthread_create(&t[i], 0, run, {path_to}); return 0; }}\n"


@pytest.mark.parametrize(
    "types",
    [
        JOB + "typedef struct job *job_t;\n",
        "typedef struct job { int n; } *job_t;\n",
        JOB + "typedef struct job job_s; typedef job_s *job_t;\n",
        JOB + "typedef struct job *job_p; typedef job_p job_t;\n",
        "typedef struct { int n; } *job_t;\n",
    ],
)
def test_a_typedef_of_a_pointer_points(types: str) -> None:
    global_ = program(types + "job_t work;\n", "work->n++;", "0")
    check_pairs(global_, "work->n", "modeA=update self=yes kind=field")
    inside = program(types + "struct all { job_t work; } all;\n", "all.work->n++;", "0")
    check_pairs(inside, "all.work[].n", "modeA=update self=yes kind=field")
    plain = program(types + "job_t work;\n", "job_t mine = malloc(4); mine->n++;", "0")
    check_pairs(plain, "mine->n", "freshA=yes shareA=pointee")
    check_silent(program(types + "job_t work;\n", "work = 0; other = 1;", "0"), "work->n")


def test_a_using_of_a_pointer_points_too() -> None:
    types = "#include <thread>\nstruct Job { int n; };\nusing JobRef = USED;\nextern JobRef work;\n"
    source = types + "void run() { work->n++; }\nint main() { std::thread a(run), b(run); }\n"
    check_pairs(source.replace("USED", "Job *"), "work->n", "self=yes", path="a.cpp")
    check_silent(source.replace("USED", "Job"), "work->n", path="a.cpp")


def test_a_typedef_of_an_array_is_memory_of_its_own() -> None:
    types = "typedef double vec[4];\nstatic vec shared; struct box { vec v; } box;\n"
    fill = "static void fill(double *to) { to[0] = 1; }\n"
    check_pairs(program(types + fill, "fill(shared);", "0"), "shared[]", "shareA=global")
    check_pairs(program(types + fill, "fill(box.v);", "0"), "box.v[]", "shareA=global")
    own = program(types + fill, "vec own; fill(own);", "0")
    for name in ("own[]", "to[]", "shared[]"):
        check_silent(own, name)


def test_a_mask_is_a_remainder_and_a_shift_a_quotient() -> None:
    def source(lock: str) -> str:
        take = f"omp_set_lock(&stripe[{lock}]); cells[b]++; omp_unset_lock(&stripe[{lock}]);"
        names = "#include <omp.h>\nint cells[64], key[9]; omp_lock_t stripe[8];\n"
        loop = f"for (int i = 0; i < n; i++) {{ const int b = key[i]; {take} }}"
        return names + f"void f(int n) {{\n#pragma omp parallel for\n{loop} }}\n"

    for lock in ("b % 8", "b & 7", "b >> 3", "b / 8"):
        check_pairs(source(lock), "cells[]", "stripeA=of-index common=striped")
    for lock in ("omp_get_thread_num() & 7", "omp_get_thread_num() >> 1"):
        check_silent(source(lock), "cells[]", "stripeA=of-index")


def test_lanes_of_a_mask_are_those_of_the_remainder() -> None:
    def source(index: str) -> str:
        loop = f"for (int i = 0; i < 64; i++) cells[{index}] += i;"
        return f"int cells[64];\nvoid f(void) {{\n#pragma omp parallel for\n{loop} }}\n"

    check_pairs(source("i & 7"), "cells[]", "meet=other")
    check_pairs(source("i % 8"), "cells[]", "meet=other")
    check_pairs(source("i & 63"), "cells[]", "meet=same")
    check_silent(source("i & 63"), "cells[]", "meet=other")


def test_a_barrier_in_each_turn_keeps_the_team_together() -> None:
    def waves(after: str) -> str:
        loop = "#pragma omp for nowait\nfor (int r = 1; r < d; r++) grid[r * 64 + d - r] += d;"
        turns = f"for (int d = 2; d < n; d++) {{\n{loop}\n{after}\n}}"
        return f"int grid[4096];\nvoid f(int n) {{\n#pragma omp parallel\n{turns}\n}}\n"

    check_pairs(waves("#pragma omp barrier"), "grid[]", "meet=same nowaitA=yes")
    check_silent(waves(""), "grid[]", "meet=same")


def blocks(body: str, fill: str = "") -> str:
    loop = f"for (int i = id * 16; i < (id + 1) * 16; i++) {{ {body} }}"
    run = f"void *run(void *arg) {{ int id = (int)(long)arg; {loop} return 0; }}\n"
    create = "for (int k = 0; k < 3; k++) pthread_create(&t[k], 0, run, (void *)(long)k);"
    main = f"int main(void) {{ pthread_t t[3]; {fill} {create} return 0; }}\n"
    return HEAD + "int cells[300], where[48];\n" + run + main


def test_how_far_the_ranges_of_two_threads_reach() -> None:
    check_pairs(blocks("cells[i + 16] = cells[i];"), "cells[]", "modeB=read meet=other")
    check_pairs(blocks("cells[i + 47] = cells[i];"), "cells[]", "modeB=read meet=other")
    check_pairs(blocks("cells[i + 48] = cells[i];"), "cells[]", "modeB=read meet=never")
    check_pairs(blocks("cells[i] = cells[i] + 1;"), "cells[]", "meet=same")


def test_a_table_of_places_that_a_formula_filled() -> None:
    fill = "for (int i = 0; i < 48; i++) where[i] = {};"
    use = "cells[where[i]] += 1;"
    for formula in ("(i + 24) % 48", "(i * 5 + 3) % 48", "47 - i"):
        check_pairs(blocks(use, fill.format(formula)), "cells[]", "meet=same")
    for formula in ("i % 8", "(i * 6) % 48", "i & 15"):
        check_pairs(blocks(use, fill.format(formula)), "cells[]", "meet=other indexA=mem")
        check_silent(blocks(use, fill.format(formula)), "cells[]", "meet=same")
    check_pairs(blocks(use, fill.format("next(i)")), "cells[]", "meet=unknown indexA=mem")


@pytest.mark.parametrize(
    ("bounds", "meet"),
    [
        ("int i = j * 96; i < (j + 1) * 96", "same"),
        ("int i = j * 96; i <= (j + 1) * 96", "other"),
        ("int i = j * 96; i < j * 96 + 80", "same"),
        ("int i = j * 96; i < j * 96 + 97", "other"),
    ],
)
def test_tiles_of_a_shared_loop(bounds: str, meet: str) -> None:
    nest = f"for (int j = 0; j < 10; j++) for ({bounds}; i++) cells[i] += j;"
    source = f"int cells[2000];\nvoid f(void) {{\n#pragma omp parallel for\n{nest} }}\n"
    check_pairs(source, "cells[]", f"meet={meet} meet-by=own-{meet}")
    check_silent(source, "cells[]", f"meet={'other' if meet == 'same' else 'same'}")


def test_tiles_of_a_loop_that_goes_by_tiles() -> None:
    def tiles(step: str, body: str = "cells[i] += 1;") -> str:
        inner = f"for (int i = t; i < t + 32; i++) {body}"
        nest = f"for (int t = 0; t < 960; t += {step}) {inner}"
        return f"int cells[2000];\nvoid f(void) {{\n#pragma omp parallel for\n{nest} }}\n"

    check_pairs(tiles("32"), "cells[]", "meet=same")
    check_pairs(tiles("16"), "cells[]", "meet=other")
    check_pairs(tiles("32", "cells[i] += cells[i + 1];"), "cells[]", "modeB=read meet=other")
    check_silent(tiles("32", "cells[i] += cells[t];"), "cells[]", "modeB=read meet=other")


def test_fields_of_a_struct_without_a_name_have_types() -> None:
    def source(kind: str) -> str:
        state = f"static struct {{ int ready; {kind} tail; }} state;\nint list[99];\n"
        return program(state, "int p = state.tail++; list[p] = 1;", "0")

    check_pairs(source("atomic_int"), "state.tail", "atomicA=seq_cst self=yes")
    check_pairs(source("atomic_int"), "list[]", "indexA=ticket")
    check_silent(source("int"), "state.tail", "atomicA=seq_cst")
    check_silent(source("int"), "list[]", "indexA=ticket")
    locked = "pthread_mutex_lock(&state.lock); state.n++; pthread_mutex_unlock(&state.lock);"
    types = "static struct { pthread_mutex_t lock; int n; } state;\n"
    check_pairs(program(types, locked, "0"), "state.n", "common=mutex")


def test_a_stride_of_fewer_than_the_threads() -> None:
    def cyclic(stride: str) -> str:
        loop = f"for (int i = id; i < 40; i += {stride}) cells[i] += id;"
        run = f"void *run(void *arg) {{ int id = (int)(long)arg; {loop} return 0; }}\n"
        create = "for (int k = 0; k < 4; k++) pthread_create(&t[k], 0, run, (void *)(long)k);"
        return HEAD + "int cells[40];\n" + run + f"int main(void) {{ pthread_t t[4]; {create} }}\n"

    for stride, meet in (("4", "same"), ("8", "same"), ("3", "other"), ("2", "other")):
        check_pairs(cyclic(stride), "cells[]", f"meet={meet} meet-by=cyclic-{meet}")
    check_silent(cyclic("3"), "cells[]", "meet=same")


LISTED = """#include <stddef.h>
struct item { int hits; };
struct node { struct node *next; struct item *data; };
#define data_of(n) %s
void count(struct node *head) {
  struct item *s;
#pragma omp parallel
#pragma omp single
  for (struct node *l = head; l; l = l->next) {
    s = data_of(l);
#pragma omp task firstprivate(s)
    s->hits++;
  }
}
"""


def test_an_accessor_that_may_answer_null_leads_where_it_leads_otherwise() -> None:
    for body in ("((n) ? ((n)->data) : NULL)", "(!(n) ? (void *)0 : (n)->data)"):
        check_pairs(LISTED % body, "head[].data[].hits", "meet=same meet-by=task-same")
    other = LISTED % "((n) ? ((n)->data) : (n)->next->data)"
    check_silent(other, "head[].data[].hits", "meet=same")


SWITCHED = """#ifdef SWITCH
#define TOUCH() %s
#else
#define TOUCH()
#endif
int hits;
int gate;
void run(int n) {
#pragma omp parallel for
  for (int i = 0; i < n; i++) {
    TOUCH();
    n ? hits++ : 0;
  }
}
"""


def test_what_only_a_switched_macro_does_is_taken_for_switched_off() -> None:
    counted = SWITCHED % "(gate = gate + hits)"
    check_pairs(counted, "hits", "modeA=update")
    check_silent(counted, "gate")
    check_pairs(counted.replace("#define TOUCH()\n", ""), "gate", "modeA=update")


def test_a_lock_that_is_empty_in_a_build_for_one_thread_is_a_lock() -> None:
    check_pairs(SWITCHED % "omp_set_lock(&gate)", "hits", "locksA=1")
