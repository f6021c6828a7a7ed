"""Small OpenMP programs in which one variable is touched from two constructs of a team.

Which constructs meet, in which order, with what between them: every pair occurs, since the pairs
are drawn and not written one by one. What is declared follows from the rules of OpenMP 5.2 (who
runs a construct, which of them end in a barrier, what excludes whom); the tools decide in the end.
"""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass

from model_export.programs.compose.names import Names
from model_export.programs.sample import Program

# Who runs it: all threads, the first, one of them, or some thread that nobody knows beforehand.
ALL, FIRST, SECOND, SOME = "all", "first", "second", "some"


@dataclass(frozen=True, slots=True)
class Context:
    """A construct around one access: `before` and `after` enclose the statement."""

    name: str
    before: str
    runs: str
    after: str = ""
    waits: bool = False  # ends in a barrier of its own
    excludes: str = ""  # accesses with the same word exclude each other


_TURN = "#pragma omp for{}\nfor (int @I@ = 0; @I@ < @N@; @I@++)\n"
_MIDDLE = "if (@I@ == @N@ / 2)\n"
_TASK = "\n{\n#pragma omp task shared(@X@)\n"
_LOCKED_FIRST = "if (omp_get_thread_num() == 0)\n#pragma omp critical\n"
_ONE_OF = "#pragma omp sections{0}\n{{\n#pragma omp section\n{{ {1} += 2; }}\n#pragma omp section\n"
CONTEXTS = (
    Context("bare", "", ALL),
    Context("master", "#pragma omp master\n", FIRST),
    Context("masked", "#pragma omp masked\n", FIRST),
    Context("first", "if (omp_get_thread_num() == 0)\n", FIRST),
    Context("second", "if (omp_get_thread_num() == 1)\n", SECOND),
    Context("single", "#pragma omp single\n", SOME, waits=True),
    Context("single-nowait", "#pragma omp single nowait\n", SOME),
    Context("section", _ONE_OF.format("", "@SPARE@"), SOME, "\n}", waits=True),
    Context("section-nowait", _ONE_OF.format(" nowait", "@SPARE@"), SOME, "\n}"),
    Context("critical", "#pragma omp critical\n", ALL, excludes="critical"),
    Context("named", "#pragma omp critical(@LOCK@)\n", ALL, excludes="named"),
    Context("turn", _TURN.format("") + _MIDDLE, SOME, waits=True),
    Context("turn-nowait", _TURN.format(" nowait") + _MIDDLE, SOME),
    Context("turns", _TURN.format(""), ALL, waits=True),
    Context("turns-nowait", _TURN.format(" nowait"), ALL),
    Context("task", "#pragma omp single nowait" + _TASK, SOME, "\n}"),
    Context("waited-task", "#pragma omp single" + _TASK, SOME, "\n}", waits=True),
    Context("master-task", "#pragma omp master" + _TASK, SOME, "\n}"),
    Context("locked-first", _LOCKED_FIRST, FIRST, excludes="critical"),
)
ATOMIC = ("bare", "first", "second", "master", "single-nowait", "turns", "turns-nowait", "single")
WRITES = ("{x} = {c};", "{x} = {t} + {c};", "{x} += {c};", "{x}++;", "{x} = {x} * 2 + {c};")
READS = ("{k} += {x};", "{k} = {x} + 1;", "if ({x} > {c})\n{k} = {c};")


def compose_contexts(seed: int, count: int) -> tuple[Program, ...]:
    """So many programs of one pair of constructs; what lies between, and the accesses, differ."""
    rng = random.Random(f"contexts/{seed}")  # noqa: S311 - no secret
    first, second = rng.choice(CONTEXTS), rng.choice(CONTEXTS)
    made: dict[str, Program] = {}
    for form in range(8 * count):
        if len(made) == count:
            break
        program = _program(seed, form, first, second)
        made.setdefault(program.id, program)
    return tuple(made.values())


def _program(seed: int, form: int, first: Context, second: Context) -> Program:
    rng = random.Random(f"contexts/{seed}/{form}")  # noqa: S311 - no secret
    words = Names(random.Random(f"contexts/{seed}/names"))  # noqa: S311 - no secret
    fixed = random.Random(f"contexts/{seed}/fixed")  # noqa: S311 - no secret
    between = rng.choice(("", "", "#pragma omp barrier\n"))
    kinds = rng.choice(("write-read", "read-write", "write-write", "write-read"))
    atomic = (
        first.name in ATOMIC and rng.random() < 0.25,
        second.name in ATOMIC and rng.random() < 0.25,
    )
    blocks = [
        _block(context, kinds.split("-")[index], plain, rng)
        for index, (context, plain) in enumerate(zip((first, second), atomic, strict=True))
    ]
    racy = _races((first, second), kinds.split("-"), atomic, bool(between))
    source = _written(blocks[0] + between + blocks[1], words, fixed)
    choices = {
        "contexts": f"{first.name} {second.name}",
        "kinds": kinds,
        "barrier": str(bool(between)),
    }
    about = words_of(source)
    return Program(
        id=hashlib.sha256(source.encode()).hexdigest()[:16],
        family=f"omp_composed_contexts_{seed}",
        domain="composed",
        language="c",
        source=source,
        choices=choices | {"atomic": json.dumps(atomic), "form": str(form)},
        effects={about: "racy" if racy else "unordered"},
        slot_lines={},
        expected="racy" if racy else "clean",
        twin_group=hashlib.sha256(f"contexts/{seed}/{kinds}/{atomic}".encode()).hexdigest()[:16],
    )


def _maybe(context: Context, rng: random.Random) -> bool:
    return context.name in ATOMIC and rng.random() < 0.25


def words_of(source: str) -> str:
    """The name of the variable that the program is about: the last that it prints."""
    return source.rsplit("(int)", 1)[1].split(")", maxsplit=1)[0]


def _block(context: Context, kind: str, atomic: bool, rng: random.Random) -> str:
    if kind == "write":
        access = rng.choice(WRITES[2:4] if atomic else WRITES)
        access = "#pragma omp atomic\n" + access if atomic else access
    elif atomic:
        access = "{{ int seen;\n#pragma omp atomic read\nseen = {x};\n{k} += seen; }}"
    else:
        access = rng.choice(READS)
    access = access.format(x="@X@", k="own", c=rng.randint(1, 9), t="omp_get_thread_num()")
    inside = f"\n{access}\n" if access.startswith("#") else f" {access} "
    return f"{context.before}{{{inside}}}{context.after}\n"


def _races(
    contexts: tuple[Context, Context], kinds: list[str], atomic: tuple[bool, bool], barrier: bool
) -> bool:
    """Whether two threads can touch the variable at once, one writing, nothing excluding them."""
    for context, kind, plain in zip(contexts, kinds, atomic, strict=True):
        if kind == "write" and context.runs == ALL and not context.excludes and not plain:
            return True  # with itself
    if barrier or contexts[0].waits:
        return False
    a, b = contexts
    if a.runs == b.runs and a.runs in (FIRST, SECOND):
        return False
    excluded = a.excludes == b.excludes != ""
    return not excluded and not all(atomic) and "write" in kinds


def _written(body: str, words: Names, rng: random.Random) -> str:
    """The program around the two blocks, in one of several layouts."""
    x, spare, lock, index = words.thing(), words.thing(), words.lock(), rng.choice(("i", "k", "j"))
    size = rng.choice(("64", "200", "n"))
    body = body.replace("@X@", x).replace("@SPARE@", spare).replace("@LOCK@", lock)
    body = body.replace("@I@", index).replace("@N@", size)
    declared = f"static int {x}, {spare};\n" if rng.random() < 0.4 else ""
    local = "" if declared else f"int {x} = 0, {spare} = 0;\n"
    bound = "int n = argc > 1 ? atoi(argv[1]) : 150;\n" if size == "n" else ""
    threads = rng.choice((" num_threads(4)", "", " num_threads(3)"))
    clause = rng.choice(("", f" shared({x})" if local else ""))
    region = f"#pragma omp parallel{threads}{clause}\n{{\nint own = 0;\n{body}sink(own);\n}}\n"
    head = "#include <omp.h>\n#include <stdio.h>\n#include <stdlib.h>\n"
    sink = 'static void sink(int value)\n{\nif (value == -12345)\nputs("");\n}\n'
    show = f'printf("%d %d\\n", {spare}, (int){x});\n'
    if declared and rng.random() < 0.5:
        name = words.deed()
        bound = bound.replace("argc > 1 ? atoi(argv[1]) : 150", "150")
        work = f"static void {name}(void)\n{{\n{bound}{region}}}\n"
        return f"{head}{declared}{sink}{work}int main(void)\n{{\n{name}();\n{show}return 0;\n}}\n"
    main = f"int main(int argc, char **argv)\n{{\n{local}{bound}"
    return f"{head}{declared}{sink}{main}{region}{show}return 0;\n}}\n"
