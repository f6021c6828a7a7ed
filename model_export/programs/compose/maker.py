"""What patterns are made of: variables in some storage, locks, accesses, helper functions."""

from __future__ import annotations

import random
from dataclasses import dataclass

from model_export.programs.compose.dialect import Dialect
from model_export.programs.compose.names import Names
from model_export.programs.compose.parts import Lines, Parts, indent, loop

BASES = ("int", "int", "long", "double", "unsigned")


@dataclass(frozen=True, slots=True)
class Variable:
    """A shared object: how thread functions and main write it."""

    name: str  # the last component, as reports and the front end know it
    inner: str  # as a thread function writes it
    outer: str  # as main writes it
    base: str


@dataclass(frozen=True, slots=True)
class Guarding:
    """A lock: how thread functions and main write it."""

    inner: str
    outer: str
    kind: str


class Maker:
    """Draws the pieces for one program; the same generator gives the same pieces."""

    def __init__(
        self, rng: random.Random, names: Names, dialect: Dialect, threads: int, given: bool
    ) -> None:
        self.rng = rng
        self.names = names
        self.d = dialect
        self.threads = threads  # how many run the function that several run
        self.given = given  # whether threads are given a structure
        self.rounds = rng.choice((1, 1, 20, 100))
        self.holder = names.holder()

    # --- objects ----------------------------------------

    def variable(
        self,
        parts: Parts,
        *,
        base: str | None = None,
        size: str = "",
        atomic: bool = False,
        volatile: bool = False,
    ) -> Variable:
        """A variable, or an array of `size`, in a storage of chance; 0 at the start."""
        base = base or self.rng.choice(BASES)
        name = self.names.thing()
        kind = self.d.atomic_type(base) if atomic else ("volatile " + base if volatile else base)
        array = f"[{size}]" if size else ""
        storage = self.rng.choice(
            (
                "global",
                "global",
                "struct",
                *(("given",) * 3 if self.given else ()),
                *(("heap",) if not atomic and not volatile else ()),
            )
        )
        if storage == "given":
            parts.members.append(f"{kind} {name}{array};")
            return Variable(name, f"s->{name}", f"shared.{name}", base)
        if storage == "struct":
            holder = self.names.holder()
            init = "" if self.d.cpp else "static "
            parts.top += [
                f"{init}struct {{",
                "  int ready_mark;",
                f"  {kind} {name}{array};",
                f"}} {holder};",
            ]
            return Variable(name, f"{holder}.{name}", f"{holder}.{name}", base)
        if storage == "heap":
            parts.top.append(f"static {base} *{name};")
            call = f"calloc({size or '1'}, sizeof(*{name}))"
            parts.before.append(
                f"{name} = {f'static_cast<{base} *>({call})' if self.d.cpp else call};"
            )
            place = name if size else self.rng.choice((f"(*{name})", f"{name}[0]"))
            return Variable(name, place, place, base)
        parts.top.append(f"static {kind} {name}{array};")
        return Variable(name, name, name, base)

    def lock(self, parts: Parts, *, kind: str | None = None, size: str = "") -> Guarding:
        """A lock of its own, or an array of them."""
        kind = kind or self.d.lock_kind()
        name = self.names.lock()
        declared = f"{self.d.lock_type(kind)} {name}{f'[{size}]' if size else ''};"
        if self.given and self.rng.random() < 0.6:
            parts.members.append(declared)
            inner, outer = f"s->{name}", f"shared.{name}"
        else:
            parts.top.append(f"static {declared}")
            inner = outer = name
        if size:
            made = self.d.lock_made(f"{outer}[i]", kind)
            parts.before += loop("i", size, made) if made else []
        else:
            parts.before += self.d.lock_made(outer, kind)
        return Guarding(inner, outer, kind)

    # --- accesses ----------------------------------------

    def update(self, place: str) -> Lines:
        """Reads and writes the place."""
        value = self.value()
        return [
            self.rng.choice(
                (
                    f"{place}++;",
                    f"{place} += {value};",
                    f"{place} = {place} + {value};",
                    f"{place} -= 1;",
                )
            )
        ]

    def write(self, place: str) -> Lines:
        """Writes the place."""
        return [f"{place} = {self.value()};"]

    def read(self, place: str) -> Lines:
        """Reads the place."""
        local = "kept"
        return [
            self.rng.choice(
                (
                    f"{local} += (long)({place});",
                    f"if ({place} > 3) {local}++;",
                    f"{local} = (long)({place}) + {local} / 2;",
                )
            )
        ]

    def touch(self, place: str) -> Lines:
        """Updates, mostly; or tests and sets; or writes."""
        return self.rng.choice(
            (
                self.update(place),
                self.update(place),
                self.write(place),
                [f"if ({place} < 1000000)", f"  {place} += {self.value()};"],
                [*self.read(place), *self.update(place)],
            )
        )

    def value(self) -> str:
        """Some number of the thread or of the program."""
        return self.rng.choice(("1", "2", "id", "id + 1", "3"))

    def repeated(self, body: Lines) -> Lines:
        """The body once, or in a loop."""
        if self.rounds == 1 or self.rng.random() < 0.4:
            return body
        return loop("r", str(self.rounds), body)

    def placed(self, parts: Parts, body: Lines) -> Lines:
        """The body in place, or in a helper function that is called."""
        if self.rng.random() < 0.65:
            return body
        name = self.names.deed()
        arguments, passed = ("int id", "id")
        if any("s->" in line for line in body):
            arguments, passed = "struct SHARED *s, int id", "s, id"
        tail = ["  (void)kept;", "  (void)id;"]
        parts.functions += [
            f"static void {name}({arguments}) {{",
            "  long kept = 0;",
            *indent(body),
            *tail,
            "}",
            "",
        ]
        return [f"{name}({passed});"]

    def guarded(
        self, lock: Guarding, body: Lines, *, outer: bool = False, read: bool = False
    ) -> Lines:
        """The body under the lock."""
        return self.d.locked(lock.outer if outer else lock.inner, lock.kind, body, read=read)
