"""What a performance program is drawn from: names, sizes, schedules, and loops of known work."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

_NAMES = {
    "array": (
        *("field", "grid", "cells", "values", "state", "samples", "signal", "heights", "rho"),
        *("flux", "buf", "rows", "out", "temps"),
    ),
    "index": ("i", "r", "row", "p", "c", "n", "item", "cell"),
    "inner": ("j", "k", "q", "m", "t", "step", "col"),
    "size": (
        *("N", "COUNT", "ROWS", "ITEMS", "TOTAL", "LEN", "CELLS", "POINTS", "EXTENT", "PARTS"),
    ),
    "verb": (
        *("update", "relax", "sweep", "advance", "score", "fill", "blend", "compute", "apply"),
        *("gather", "evolve", "smooth"),
    ),
    "noun": (
        *("forces", "cells", "weights", "tiles", "pixels", "bands", "orbits", "queues", "levels"),
        *("blocks", "zones", "cosines"),
    ),
    "sum": ("s", "acc", "v", "sum", "total", "local"),
}


@dataclass(slots=True)
class Kernel:
    """One kernel of a program: what it declares, how it is prepared, what it does."""

    name: str
    body: list[str]
    globals: list[str] = field(default_factory=list)
    helpers: list[str] = field(default_factory=list)
    prepare: list[str] = field(default_factory=list)
    result: str = "0"
    bottleneck: str = "none"  # declared; what is measured may speak against it


@dataclass(slots=True)
class Draw:
    """Choices of one kernel, the same for both of two twins but for the lever."""

    rng: random.Random
    tag: str  # makes the kernel's names its own
    twin: int = 0  # 0: as drawn; otherwise the lever is moved this far
    budget: float = 1.0  # factor on the kernel's work
    globals: list[str] = field(default_factory=list)
    parameters: list[tuple[str, str]] = field(default_factory=list)  # (name, argument)
    helpers: list[str] = field(default_factory=list)
    levers: int = 0
    used: set[str] = field(default_factory=set)

    def pick(self, *options: str) -> str:
        """One of the options."""
        return self.rng.choice(options)

    def lever(self, *options: str) -> str:
        """One of the options; another one for the twin."""
        self.levers += 1
        first = self.rng.randrange(len(options))
        shift = self.twin if self.levers == 1 else 0
        return options[(first + shift) % len(options)]

    def chance(self, probability: float) -> bool:
        """A coin that falls so often."""
        return self.rng.random() < probability

    def whole(self, low: int, high: int) -> int:
        """A number between, evenly by its logarithm."""
        drawn = round(low * float(high / low) ** self.rng.random())
        return int(max(low, min(high, drawn)))

    def name(self, kind: str) -> str:
        """A name of that kind, the kernel's own."""
        name = f"{self.rng.choice(_NAMES[kind])}{self.tag}"
        while name.lower() in self.used:
            name += "x"
        self.used.add(name.lower())
        return name

    def index(self) -> str:
        """A name of an outer loop's variable."""
        return self.rng.choice(_NAMES["index"])

    def inner(self) -> str:
        """A name of an inner loop's variable."""
        return self.rng.choice(_NAMES["inner"])

    def called(self) -> str:
        """A function's name."""
        return f"{self.pick(*_NAMES['verb'])}_{self.pick(*_NAMES['noun'])}{self.tag}"

    def size(self, value: int) -> str:
        """A name that stands for the number, or the number: macro, constant, parameter, option."""
        name = self.name("size")
        how = self.rng.choices(
            ("macro", "const", "enum", "literal", "argument", "option"), (5, 2, 1, 2, 2, 2)
        )[0]
        if how == "literal":
            return str(value)
        if how in ("argument", "option"):
            text = str(value) if how == "argument" else f"(argc > 9 ? atoi(argv[9]) : {value})"
            self.parameters.append((name.lower(), text))
            return name.lower()
        forms = {
            "macro": f"#define {name} {value}",
            "const": f"static const int {name} = {value};",
            "enum": f"enum {{ {name} = {value} }};",
        }
        self.globals.append(forms[how])
        return name

    def array(self, length: int | str, kind: str = "double", inner: str = "") -> str:
        """A global array's name."""
        name = self.name("array")
        self.globals.append(f"static {kind} {name}[{length}]{inner};")
        return name

    def schedule(self, *, chunk: int = 1, big: int = 64) -> str:
        """A schedule clause, or none; moved by the lever."""
        return self.lever(
            "", " schedule(static)", f" schedule(static, {chunk})", f" schedule(dynamic, {chunk})",
            f" schedule(dynamic, {big})", " schedule(guided)", " schedule(dynamic)",
            f" schedule(static, {big})",
        )  # fmt: skip

    def nanoseconds(self) -> float:
        """Processor time that the kernel should take."""
        return self.budget * 8e6 * (0.5 + 1.5 * self.rng.random())

    def grind(self) -> Grind:
        """A way of computing whose cost a round is known."""
        form = self.rng.choice(_GRINDS)
        return Grind(form[0], form[1], round(0.1 + self.rng.random(), 3))


_GRINDS: tuple[tuple[str, float], ...] = (
    ("{s} += sqrt({s} + {k} * {c});", 6.5),
    ("{s} = {s} * 0.997 + {k} * {c};", 2.8),
    ("{s} += {c} / ({k} + 1.0 + {s} * 0.001);", 4.8),
    ("{s} += sin({k} * {c});", 13.0),
    ("{s} += ({k} ^ ({k} >> 3)) * {c};", 1.6),
    ("{s} = fabs({s} - {c} * {k}) * 0.5 + 1.0;", 3.4),
    ("{s} += exp(-{c} * {k}) + {s} * 0.01;", 13.0),
    ("if ({s} > 2.0) {s} *= 0.5; {s} += {c} * {k} * 0.01;", 3.5),
)


@dataclass(frozen=True, slots=True)
class Grind:
    """A statement of a hot loop, and about how long one round takes."""

    form: str
    nanoseconds: float
    factor: float

    def loop(self, total: str, variable: str, count: str, low: str = "0") -> str:
        """A counting loop around the statement."""
        text = self.form.format(s=total, k=variable, c=self.factor)
        return f"for (int {variable} = {low}; {variable} < {count}; {variable}++) {{ {text} }}"


Family = Callable[[Draw], Kernel]
FAMILIES: dict[str, Family] = {}


def family(make: Family) -> Family:
    """Enter a family by its function's name."""
    FAMILIES[make.__name__] = make
    return make
