"""Spells what records of locks, threads of their own and single runs need, beyond the shapes."""

from __future__ import annotations

from model_export.programs.compose.parts import Lines, indent
from model_export.programs.compose.shape_speller import GLOBAL, RECORD, ShapeSpeller
from model_export.programs.compose.shapes import program
from model_export.programs.compose.small_objects import Objects
from model_export.programs.compose.small_spell import Speller
from model_export.programs.compose.small_style import SmallStyle
from model_export.programs.compose.small_text import Small
from model_export.programs.compose.small_write import Layout


class MannerSpeller(ShapeSpeller):
    """A speller of shapes that also knows locks within records and handles by number.

    `flat`: the shared state is at file scope, since a worker starts threads itself.
    `main`: the body of main; it may hold handles of its own, or start a worker in two places.
    """

    def __init__(
        self, style: SmallStyle, *, single: bool = False, flat: bool = False, main: str = ""
    ) -> None:
        super().__init__(style, single=single)
        self.shape = GLOBAL if flat else self.shape
        self.launcher = self.launcher and not flat and "@hands" not in main
        # What main does to fields of its own locals clang 19 leaves out, so that no tool sees it.
        self.static = self.static or self.shape == RECORD
        self.inside = self.inside and main.count("@spawn") == 1

    # --- operations ----------------------------------------

    def op_lockt(self, _: str = "") -> str:
        """The type of a lock within a record."""
        return self.dialect.lock_type("mutex")

    def op_atomt(self, base: str) -> str:
        """The type of an atomic object within a record."""
        return f"std::atomic<{base}>" if self.style.cpp else f"_Atomic {base}"

    def op_take(self, lock: str) -> str:
        """Takes a lock by hand, whatever the style."""
        return self.dialect.acquire(lock, "mutex")

    def op_enterp(self, pointer: str) -> str:
        """Takes the lock that a pointer leads to, until `$LEAVEP`."""
        if self.style.cpp:
            return self.op_enter(f"*{pointer}") if self.raii else f"{pointer}->lock();"
        return self.dialect.acquire(pointer, "mutex").replace("&", "")

    def op_leavep(self, pointer: str) -> str:
        """Gives it back."""
        if self.style.cpp:
            return "}" if self.raii else f"{pointer}->unlock();"
        return self.dialect.release(pointer, "mutex").replace("&", "")

    # --- directives ----------------------------------------

    def at_prime(self, place: str, size: str = "") -> Lines:
        """Initialises a lock within a record, or those of the first `size` records by `$i`."""
        made = self.dialect.lock_made(place, "mutex")
        return [f"$FOR($i, 0, {size})", *indent(made)] if made and size else made

    def at_once(self, name: str) -> Lines:
        """What makes sure that a function runs a single time."""
        if self.style.cpp:
            return [f"static std::once_flag ${name};"]
        return [f"static pthread_once_t ${name} = PTHREAD_ONCE_INIT;"]

    def at_run(self, name: str, function: str) -> Lines:
        """Runs the function unless it was run."""
        if self.style.cpp:
            return [f"std::call_once(${name}, ${function});"]
        return [f"pthread_once(&${name}, ${function});"]

    def at_hands(self, handles: str, count: str = "") -> Lines:
        """Room for the handles of threads that `@put` starts; of all if no number is given."""
        count = count or self.style.count
        if self.style.cpp:
            return [f"std::thread ${handles}[{count}];"]
        kind = "thrd_t" if self.style.api == "c11" else "pthread_t"
        jobs, numbers = _given(handles)
        made = [f"struct $job {jobs}[{count}];"] if self.shape == RECORD else []
        made += [f"int {numbers}[{count}];"] if self.shape == GLOBAL and self.numbered else []
        return [f"{kind} ${handles}[{count}];", *made]

    def at_put(self, worker: str, handles: str, number: str) -> Lines:
        """Starts the thread of a number into its handle."""
        place = f"${handles}[{number}]"
        if self.style.cpp:
            return [f"{place} = std::thread({self._start(worker, number)});"]
        call = "thrd_create" if self.style.api == "c11" else "pthread_create"
        null = "" if self.style.api == "c11" else "NULL, "
        made: Lines = []
        jobs, numbers = _given(handles)
        if self.shape == RECORD:
            made = [f"{jobs}[{number}].$id = {number};", f"{jobs}[{number}].$ctx = &$pool;"]
            value = f"&{jobs}[{number}]"
        elif self.numbered:
            made, value = [f"{numbers}[{number}] = {number};"], f"&{numbers}[{number}]"
        else:
            value = f"(void *)(intptr_t){number}"
        return [*made, f"{call}(&{place}, {null}${worker}, {value});"]

    def at_part(self, handle: str) -> Lines:
        """Lets a thread run on without a join."""
        if self.style.cpp:
            return [f"${handle}.detach();"]
        return [f"{'thrd' if self.style.api == 'c11' else 'pthread'}_detach(${handle});"]

    def told_of(self, lines: Lines) -> None:
        """See which functions and types the whole program uses, before its headers are written."""


def _given(handles: str) -> tuple[str, str]:
    """What the threads of these handles are given: their records, or their numbers."""
    return ("$jobs", "numbers") if handles == "handles" else ("later_jobs", "later_numbers")


def manner_layout(pattern: Small, kind: type[MannerSpeller] = MannerSpeller) -> Layout:
    """The layout of a pattern: any shape, or a flat one if it is marked so."""
    single = any("@start" in line for lines in pattern.sections.values() for line in lines)
    main, flat = "\n".join(pattern.sections["main"]), "flat" in pattern.also
    return Layout(
        speller=lambda style, _: kind(style, single=single, flat=flat, main=main),
        program=_types_first,
    )


def _types_first(bodies: dict[str, Lines], objects: Objects, speller: Speller) -> Lines:
    """The whole program; what is shared may be of the types in the section "types"."""
    objects.top[:0] = bodies.get("types", [])
    lines = program(bodies, objects, speller)
    if isinstance(speller, MannerSpeller):
        speller.told_of(lines)
    return lines
