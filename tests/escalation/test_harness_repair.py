"""What a harness does about code that does not build by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewbot.escalation.harness import Harness, repair
from reviewbot.records import Skipped
from tests.escalation.harnessing import built, needs_clang, run_in

pytestmark = [pytest.mark.clang, needs_clang]

_CALLS = """
#include <pthread.h>
static int total;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
int *borrow(int key);
int rate(int key);
void add(int key)
{
    int *place = borrow(key);
    pthread_mutex_lock(&mutex);
    total += *place + rate(key);
    pthread_mutex_unlock(&mutex);
}
"""


def _made(folder: Path, files: dict[str, str], function: str, path: str = "code.c") -> Harness:
    made = built(folder, files, function, path=path)
    assert isinstance(made, Harness), made.reason
    return made


def test_functions_of_nowhere_become_stubs_that_return_memory_or_zero(tmp_path: Path) -> None:
    made = _made(tmp_path, {"code.c": _CALLS}, "add")
    assert "stubs for borrow, rate" in made.note
    wrote = run_in(tmp_path, made)
    assert "came to its end" in wrote
    assert "ThreadSanitizer" not in wrote


def test_functions_of_other_files_are_compiled_along(tmp_path: Path) -> None:
    other = "static int one = 1;\nint *borrow(int key)\n{\n    one = key;\n    return &one;\n}\n"
    made = _made(tmp_path, {"code.c": _CALLS, "other.c": other}, "add")
    assert made.companions == (tmp_path / "project" / "other.c",)
    assert "stubs for rate" in made.note
    assert "other.c:4" in run_in(tmp_path, made)


_LOCKED = """
static int total;
void {0}(int key);
void un{0}(int key);
void add(int key)
{
    {0}(key);
    total += key;
    un{0}(key);
}
"""


def test_locks_of_nowhere_lock(tmp_path: Path) -> None:
    wrote = run_in(tmp_path, _made(tmp_path, {"code.c": _LOCKED.replace("{0}", "lock_all")}, "add"))
    assert "came to its end" in wrote
    assert "ThreadSanitizer" not in wrote


def test_what_orders_threads_and_is_nowhere_is_a_reason(tmp_path: Path) -> None:
    text = (
        "int total;\nvoid my_barrier_wait(int);\nvoid add(int key)\n{\n"
        "    my_barrier_wait(key);\n    total++;\n}\n"
    )
    made = built(tmp_path, {"code.c": text}, "add", path="code.c")
    assert isinstance(made, Skipped)
    assert "my_barrier_wait, which synchronises and is defined in another file" in made.reason


def test_other_functions_that_do_not_compile_are_left_out(tmp_path: Path) -> None:
    broken = "void other(struct nowhere *n)\n{\n    n->x = unknown_thing;\n}\n"
    racy = "static int n;\nvoid step(void)\n{\n#pragma omp parallel\n    n++;\n}\n"
    made = _made(tmp_path, {"code.c": broken + racy}, "step")
    assert "1 other parts of the file left out" in made.note
    assert "code.c:9" in run_in(tmp_path, made)


def test_a_type_that_is_nowhere_is_a_reason(tmp_path: Path) -> None:
    text = "void step(widget_t *w)\n{\n#pragma omp parallel\n    w->n++;\n}\n"
    made = built(tmp_path, {"code.c": text}, "step", path="code.c")
    assert isinstance(made, Skipped)
    assert made.reason == "the definition of type widget_t is missing"


def test_code_for_another_system_is_a_reason(tmp_path: Path) -> None:
    text = (
        "static int n;\n#ifdef ON_THE_MOON\nvoid step(void)\n{\n"
        "#pragma omp parallel\n    n++;\n}\n#endif\n"
    )
    made = built(tmp_path, {"code.c": text}, "step", path="code.c")
    assert isinstance(made, Skipped)
    assert made.reason.startswith("it is not compiled here")


def test_an_error_in_the_function_itself_is_a_reason(tmp_path: Path) -> None:
    text = (
        "static int n;\nvoid step(void)\n{\n#pragma omp parallel\n    n += COUNT_OF_NOWHERE;\n}\n"
    )
    made = built(tmp_path, {"code.c": text}, "step", path="code.c")
    assert isinstance(made, Skipped)
    assert "does not compile by itself" in made.reason
    assert "COUNT_OF_NOWHERE" in made.reason


def test_a_call_that_waits_for_ever_is_stopped(tmp_path: Path) -> None:
    text = """
#include <pthread.h>
struct gate { pthread_mutex_t lock; pthread_cond_t open; int ready; };
void pass(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    while (!g->ready) pthread_cond_wait(&g->open, &g->lock);
    pthread_mutex_unlock(&g->lock);
}
"""
    made = _made(tmp_path, {"code.c": text}, "pass")
    wrote = run_in(tmp_path, made)
    assert "the driver stopped a call that does not return" in wrote
    assert "came to its end" not in wrote


def test_inputs_that_lead_out_of_an_array_end_the_run_before_any_report(tmp_path: Path) -> None:
    text = """
void place(int n)
{
    struct { int slot[4]; int sum; } s = {0};
#pragma omp parallel for
    for (int i = 0; i < n; i++)
        s.slot[i + 4] = i;
}
"""
    made = _made(tmp_path, {"code.c": text}, "place")
    wrote = run_in(tmp_path, made)
    assert "data race" not in wrote
    assert "came to its end" not in wrote


def test_a_repair_ends_when_nothing_is_left_to_mend(tmp_path: Path) -> None:
    made = _made(tmp_path, {"code.c": _CALLS}, "add")
    given_up = repair(made, "the compiler was killed")
    assert isinstance(given_up, Skipped)
    assert given_up.reason == "the compiler or linker failed without a reason"
