"""Arrays of flags: whose flag is awaited, whose is given, and whether a loop awaits them all."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

HEAD = (
    "#include <pthread.h>\n#include <stdatomic.h>\n#include <stdint.h>\n"
    "#define N 8\nint part[N]; atomic_int done[N]; int sum;\n"
)


def program(given: str, awaited: str) -> str:
    """Each thread fills its part and raises a flag; main waits and reads the parts."""
    entry = (
        f"void *run(void *arg) {{ int me = (int)(intptr_t)arg; part[me] = me; {given} return 0; }}"
    )
    create = "for (int i = 0; i < N; i++) pthread_create(&t[i], 0, run, (void *)(intptr_t)i);"
    join = "for (int i = 0; i < N; i++) pthread_join(t[i], 0);"
    main = f"int main(void) {{ pthread_t t[N]; {create}\n{awaited}\n{join} return 0; }}\n"
    return f"{HEAD}{entry}\n{main}"


OWN = "atomic_store(&done[me], 1);"
EACH = "for (int k = 0; k < N; k++) { while (!atomic_load(&done[k])) ; sum += part[k]; }"


def test_the_flag_of_the_very_element() -> None:
    check_pairs(program(OWN, EACH), "part[]", "ordering=flag awaits-ofB=same gives-ofA=same")
    next_one = OWN.replace("[me]", "[(me + 1) % N]")
    check_pairs(program(next_one, EACH), "part[]", "ordering=flag awaits-ofB=same gives-ofA=other")
    check_silent(program(next_one, EACH), "part[]", "gives-ofA=same")


def test_the_flag_of_a_neighbour() -> None:
    ahead = EACH.replace("part[k]", "part[k + 1]")
    check_pairs(program(OWN, ahead), "part[]", "ordering=flag awaits-ofB=shift")
    check_silent(program(OWN, ahead), "part[]", "awaits-ofB=same")


def test_a_loop_that_awaits_all_flags() -> None:
    def source(first: int, waits: str = "while (!atomic_load(&done[k])) ;") -> str:
        loop = f"for (int k = {first}; k < N; k++) {{ {waits} }}"
        return program(OWN, f"{loop} for (int j = 0; j < N; j++) sum += part[j];")

    check_pairs(source(0), "part[]", "ordering=flag awaitsB=loop awaits-ofB=all")
    check_pairs(source(1), "part[]", "ordering=flag awaits-ofB=part")
    for waits in ("if (!atomic_load(&done[k])) sum++;", "while (!atomic_load(&done[k])) break;"):
        check_silent(source(0, waits), "part[]", "awaits-ofB=all")
