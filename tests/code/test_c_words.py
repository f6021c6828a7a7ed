"""Words of C that stand around a type: thread storage behind a macro, complex numbers."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, read

THREADS = """#include <pthread.h>
{before}
{declared}
static void *work(void *given) {{ int me = (int)(long)given; {body} return 0; }}
int main(void) {{
  pthread_t t[3];
  for (long k = 0; k < 3; k++) pthread_create(&t[k], 0, work, (void *)k);
  for (int k = 0; k < 3; k++) pthread_join(t[k], 0);
}}
"""


@pytest.mark.parametrize(
    "macro",
    [
        "#define TLS __thread",
        "#define TLS thread_local",
        "#define TLS __declspec(thread)",
        "#ifdef __GNUC__\n#define TLS __thread\n#else\n#define TLS\n#endif",
        "#ifdef _MSC_VER\n#define TLS __declspec(thread)\n#else\n#define TLS _Thread_local\n#endif",
    ],
)
def test_thread_storage_behind_a_macro(macro: str) -> None:
    own = THREADS.format(before=macro, declared="static TLS int last;", body="last = me;")
    check_pairs(own, "last", "shareA=threadprivate shareB=threadprivate")
    other = THREADS.format(
        before="#define TLS const volatile", declared="static int last;", body="last = me;"
    )
    check_pairs(other, "last", "shareA=global shareB=global")


@pytest.mark.parametrize(
    "kind", ["double complex", "float _Complex", "complex double", "long double complex"]
)
def test_complex_numbers(kind: str) -> None:
    source = THREADS.format(
        before="#include <complex.h>",
        declared=f"static {kind} sums[3], all;",
        body=f"{kind} z = me; sums[me] += z; all += z;",
    )
    check_pairs(source, "sums[]", "shareA=global unresolved=none meet=same")
    check_pairs(source, "all", "shareA=global unresolved=none")


def test_complex_as_a_name_of_the_programs_own() -> None:
    source = "#include <omp.h>\nint complex;\nvoid f(void) {\n#pragma omp parallel\n complex++; }"
    assert [item.object for item in read(source).slices] == ["complex"]


WHOLE = """#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
static struct {{ atomic_int hits; atomic_int more; }} seen;
static void *work(void *given) {{ atomic_fetch_add(&seen.hits, 1); return given; }}
int main(void) {{
  pthread_t t; pthread_create(&t, 0, work, 0);
  {}
  pthread_join(t, 0);
}}
"""


def test_what_is_cleared_whole_is_not_so_atomically() -> None:
    cleared = WHOLE.format("memset(&seen, 0, sizeof seen);")
    check_pairs(cleared, "seen.hits", "modeB=write viaB=whole atomicA=seq_cst atomicB=-")
    check_silent(cleared, "seen.hits", "viaB=whole atomicB=seq_cst")
    check_pairs(WHOLE.format("seen.hits = 0;"), "seen.hits", "atomicA=seq_cst atomicB=seq_cst")
