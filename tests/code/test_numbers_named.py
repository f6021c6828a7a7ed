"""What names number: enumerators, and a variable that several loops use."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

_JOBS = """#include <pthread.h>
static void *work(void *p) {{ int *own = p; *own += 1; return p; }}
int main(void) {{
    int out[4] = {{0}}; pthread_t t[4]; int i, sum = 0;
    for (i = 0; i < 4; i++) {{ {before} pthread_create(&t[i], NULL, work, &out[i]); }}
    {between}
    for (i = 0; i < 4; i++) pthread_join(t[i], NULL);
    return sum;
}}
"""


def test_a_variable_numbers_threads_in_the_loop_that_makes_them() -> None:
    later = _JOBS.format(before="", between="for (i = 0; i < 4; i++) sum += out[i];")
    check_pairs(later, "out[]", "party=thread/main live=during meet=other")
    check_silent(later, "out[]", "party=thread/main meet=same")
    within = _JOBS.format(before="out[i] = i;", between="")
    check_pairs(within, "out[]", "party=thread/main live=create-loop meet=same")


_CELLS = """#include <pthread.h>
enum {{ FIRST, SECOND {value} }}; enum class Other {{ FIRST = 9 }};
int cells[8];
void *one(void *p) {{ cells[FIRST] = 1; return p; }}
void *two(void *p) {{ cells[SECOND] = 2; return p; }}
int main() {{
    pthread_t a, b; pthread_create(&a, 0, one, 0); pthread_create(&b, 0, two, 0);
    pthread_join(a, 0); pthread_join(b, 0);
}}
"""


def test_enumerators_are_numbers() -> None:
    check_pairs(_CELLS.format(value=""), "cells[]", "modeB=write-constant index=constants-differ")
    one = _CELLS.format(value="= FIRST")
    check_pairs(one, "cells[]", "modeB=write-constant index=constants-equal")
    check_silent(one, "cells[]", "index=constants-differ")
