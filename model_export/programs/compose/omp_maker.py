"""What OpenMP patterns are made of: objects in some storage, loops, directives, values."""

from __future__ import annotations

import random
from dataclasses import dataclass

from model_export.programs.compose.names import Names
from model_export.programs.compose.omp_parts import (
    Datum,
    Matrix,
    OmpParts,
    Param,
    Size,
    block,
    tab,
)
from model_export.programs.compose.parts import Lines

# Four times an odd number: the blocks of four threads end at odd places, so that neighbours such
# as i / 2 meet across a border.
SIZES = (68, 76, 84, 92, 100, 108, 124, 132, 140, 156, 180, 196, 204, 220, 252, 260, 300, 308)
BASES = ("int", "int", "double", "double", "float", "long", "unsigned")
PLACES = ("main", "main", "main", "function", "function", "function", "long", "struct", "class")
_INDICES = (("i", "j", "k"),) * 4 + (("i", "j", "l"), ("row", "col", "lay"), ("p", "q", "r"))
_TAKEN = [
    "i",
    "j",
    "k",
    "l",
    "p",
    "q",
    "r",
    "row",
    "col",
    "lay",
    "tid",
    "id",
    "me",
    "lo",
    "hi",
    "nt",
    "np",
    "t",
    "x",
    "y",
    "v",
    "w",
    "b",
    "s",
    "main",
    "index",
    "self",
    "omp",
    "at",
    "to",
    "from",
    "kept",
    "where",
    "mid",
    "own",
    "last",
    "low",
    "high",
    "left",
    "right",
    "next",
    "given",
    "nthreads",
    "held",
    "count",
]
# Clauses that a loop directive does not take.
_OF_REGION = ("shared", "num_threads", "if", "default", "copyin", "proc_bind")


class OmpNames(Names):
    """Names for a program, drawn anew for each of its patterns."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._used |= set(_TAKEN)

    def redraw(self, rng: random.Random) -> None:
        """Draw from another generator from here on; what was given stays taken."""
        self._rng = rng

    def size(self, *, upper: bool) -> str:
        """A number of elements."""
        word = self._rng.choice(("n", "n", "size", "len", "count", "num", "total", "dim"))
        return self._fresh([word.upper() if upper else word])

    def result(self, words: tuple[str, ...]) -> str:
        """The variable that a program prints."""
        return self._fresh([self._rng.choice(words)])

    def macro(self) -> str:
        """A function-like or critical name in capitals."""
        return self.thing().upper()


@dataclass(frozen=True, slots=True)
class Style:
    """How a program is written, whatever its patterns."""

    cpp: bool
    place: str  # where the code of the patterns stands
    size: str  # macro | constant | literal | variable
    threads: int  # for num_threads; 0 if the program leaves it to the environment


class OmpMaker:
    """Draws the pieces of one pattern; the same generator gives the same pieces."""

    def __init__(self, rng: random.Random, names: OmpNames, style: Style) -> None:
        self.rng, self.names, self.style = rng, names, style
        self.cpp = style.cpp
        self.begin(rng)

    def begin(self, rng: random.Random) -> None:
        """Start a pattern: from here on everything is drawn from its generator."""
        self.rng = rng
        self.i, self.j, self.k = rng.choice(_INDICES)
        self.outside = rng.random() < 0.2  # the loop's variable is declared before the loop
        self.split = rng.random() < 0.25  # parallel and for are two directives
        self.step = rng.choice(("{0}++", "{0}++", "{0}++", "++{0}", "{0} += 1"))
        self.schedule = rng.choice(("", "", "", "", "static", "static", "static, 1", "static, 4"))
        self.inner_work = rng.random() < 0.2

    def odd_chunks(self) -> None:
        """No chunks that a power of two fits: i % 8 would always fall to the same thread."""
        if "," in self.schedule:
            self.schedule = self.rng.choice(("static, 3", "static, 5", "static, 7"))

    # --- objects ----------------------------------------

    def size(self, parts: OmpParts, value: int | None = None) -> Size:
        """A number of elements, named as the program does."""
        value = value or self.rng.choice(SIZES)
        kind = self.style.size
        if kind == "literal":
            return Size(str(value), value, True)
        if kind == "variable":
            return self._variable_size(parts, value)
        name = self.names.size(upper=True)
        if kind == "macro":
            parts.top.append(f"#define {name} {value}")
        else:
            constant = (
                f"constexpr int {name} = {value};" if self.cpp else f"enum {{ {name} = {value} }};"
            )
            parts.top.append(constant)
        return Size(name, value, True)

    def _variable_size(self, parts: OmpParts, value: int) -> Size:
        name = self.names.size(upper=False)
        if self.style.place == "function" and self.rng.random() < 0.7:
            parts.params.append(Param([], f"int {name}", str(value)))
        elif self.rng.random() < 0.25:
            parts.top.append(f"static int {name} = {value};")
        else:
            parts.local.append(f"{self.rng.choice(('int', 'const int'))} {name} = {value};")
        return Size(name, value, False)

    def array(
        self, parts: OmpParts, size: Size, *, base: str = "", extra: int = 0, name: str = ""
    ) -> Datum:
        """An array in a storage of chance, with values in it."""
        base = base or self.rng.choice(BASES)
        name = name or self.names.thing()
        storage = self.rng.choice(self._array_storages())
        text = self._stored(parts, storage, name, base, size, extra)
        self._filled(parts, Datum(name, text, base, text == name), size.declared(extra))
        return Datum(name, text, base, text == name)

    def _array_storages(self) -> tuple[str, ...]:
        heap = ("heap", "vector") if self.cpp else ("heap",)
        return {
            "main": ("global", "global", "local", "local", "holder", *heap),
            "long": ("global", "global", "local", "holder", *heap),
            "function": ("param", "param", "param", "global", *heap),
            "struct": ("member", "member", "member", "global"),
            "class": ("member", "member", "member", "global", "vector"),
        }[self.style.place]

    def _stored(
        self, parts: OmpParts, storage: str, name: str, base: str, size: Size, extra: int
    ) -> str:
        declared = f"{base} {name}[{size.declared(extra)}];"
        total = size.declared(extra)
        if storage == "global":
            parts.top.append(f"static {declared}")
        elif storage == "local":
            parts.local.append(declared)
        elif storage == "holder":
            return self._in_holder(parts, declared, name)
        elif storage == "heap":
            parts.local.append(f"{base} *{name} = {self._allocated(base, total)};")
        elif storage == "vector":
            parts.local.append(f"std::vector<{base}> {name}({total});")
        elif storage == "param":
            parts.params.append(self._param(name, base, total))
        else:
            return self._member(parts, declared, name)
        return name

    def _in_holder(self, parts: OmpParts, declared: str, name: str) -> str:
        holder = self.names.holder()
        parts.top += ["static struct {", "  int mark;", f"  {declared}", f"}} {holder};"]
        return f"{holder}.{name}"

    def _member(self, parts: OmpParts, declared: str, name: str) -> str:
        parts.members.append(declared)
        return f"s->{name}" if self.style.place == "struct" else name

    def _allocated(self, base: str, total: str) -> str:
        if self.cpp:
            return f"new {base}[{total}]()"
        total = f"({total})" if " " in total else total
        return self.rng.choice(
            (f"calloc({total}, sizeof({base}))", f"malloc({total} * sizeof({base}))")
        )

    def zeroed(self, base: str, total: str) -> str:
        """An expression that allocates an array of zeros."""
        return f"new {base}[{total}]()" if self.cpp else f"calloc({total}, sizeof({base}))"

    def _param(self, name: str, base: str, total: str) -> Param:
        kind = self.rng.choice(("local", "static", "heap", *(("vector",) * 2 if self.cpp else ())))
        if kind == "vector":
            declared = [f"std::vector<{base}> {name}({total});"]
            return Param(declared, f"std::vector<{base}> &{name}", name)
        written = f"{base} *{name}" if kind == "heap" else self._array_parameter(name, base)
        if kind == "heap":
            declared = [f"{base} *{name} = {self._allocated(base, total)};"]
        else:
            static = "static " if kind == "static" else ""
            declared = [f"{static}{base} {name}[{total}];"]
        return Param(declared, written, name)

    def _array_parameter(self, name: str, base: str) -> str:
        return self.rng.choice((f"{base} *{name}", f"{base} *{name}", f"{base} {name}[]"))

    def _filled(self, parts: OmpParts, item: Datum, total: str) -> None:
        value = self.rng.choice(("i % 7", "i", "(i * 13) % 31", "1", "i & 15"))
        value = f"({item.base})({value})" if item.base != "int" else value
        parts.setup += [f"for (int i = 0; i < {total}; i++)", f"  {item}[i] = {value};"]

    def matrix(
        self, parts: OmpParts, rows: Size, columns: Size, *, base: str = "", extra: int = 0
    ) -> Matrix:
        """A matrix with `extra` rows and columns more than asked for, with values in it."""
        base = base or self.rng.choice(BASES)
        name = self.names.thing()
        height, width = rows.declared(extra), columns.declared(extra)
        flat = self.rng.random() < 0.35
        if flat:
            stride = f"({columns} + {extra})" if extra else str(columns)
            whole = Size("", (rows.value + extra) * (columns.value + extra), False)
            text = self._stored(
                parts, self.rng.choice(self._array_storages()), name, base, whole, 0
            )
            item = Matrix(name, text, base, stride)
        else:
            item = Matrix(name, self._rows(parts, name, base, height, width), base, "")
        body = f"{item.at('i', 'j')} = ({base})((i * 3 + j) % 17);"
        inner = [f"for (int j = 0; j < {width}; j++)", f"  {body}"]
        parts.setup += [f"for (int i = 0; i < {height}; i++)", *tab(inner)]
        return item

    def _rows(self, parts: OmpParts, name: str, base: str, height: str, width: str) -> str:
        place = self.style.place
        declared = f"{base} {name}[{height}][{width}];"
        if place in ("struct", "class") and self.rng.random() < 0.7:
            return self._member(parts, declared, name)
        if place == "function" and self.rng.random() < 0.7:
            written = self.rng.choice((f"{base} {name}[][{width}]", f"{base} (*{name})[{width}]"))
            parts.params.append(Param([f"static {declared}"], written, name))
        elif self.rng.random() < 0.5:
            parts.local.append(f"static {declared}")
        else:
            parts.top.append(f"static {declared}")
        return name

    def scalar(
        self, parts: OmpParts, *, base: str = "", init: str = "0", listed: bool = False
    ) -> Datum:
        """A shared variable with its first value; `listed`: a clause may have to name it."""
        base = base or self.rng.choice(BASES)
        name = self.names.thing()
        storage = self.rng.choice(self._scalar_storages(listed))
        text = name
        if storage == "global":
            parts.top.append(f"static {base} {name};")
            parts.setup.append(f"{name} = {init};")
        elif storage == "local":
            parts.local.append(f"{base} {name} = {init};")
        elif storage == "pointer":
            parts.params.append(Param([f"{base} {name} = {init};"], f"{base} *{name}", f"&{name}"))
            text = f"(*{name})" if not self.cpp or self.rng.random() < 0.5 else name
            if text == name:
                parts.params[-1] = Param([f"{base} {name} = {init};"], f"{base} &{name}", name)
        else:
            text = self._in_holder(parts, f"{base} {name};", name) if storage == "holder" else ""
            text = text or self._member(parts, f"{base} {name};", name)
            parts.setup.append(f"{text} = {init};")
        return Datum(name, text, base, text == name and storage in ("global", "local"))

    def _scalar_storages(self, listed: bool) -> tuple[str, ...]:
        if listed:
            return ("local", "local", "local", "global")
        return {
            "main": ("local", "local", "local", "global", "holder"),
            "long": ("local", "local", "local", "global", "holder"),
            "function": ("local", "local", "global", "pointer", "pointer"),
            "struct": ("local", "member", "member", "global"),
            "class": ("local", "member", "member", "global"),
        }[self.style.place]

    # --- values ----------------------------------------

    def value(self, index: str = "") -> str:
        """A number that depends on the index."""
        i = index or self.i
        return self.rng.choice(
            (i, f"{i} * 2", f"{i} + 1", f"({i} * 7) % 11", f"{i} % 5", f"3 * {i}")
        )

    def mixed(self, *terms: str) -> str:
        """An expression over the terms."""
        joined = f" {self.rng.choice('+++-')} ".join(terms)
        return self.rng.choice((joined, f"({joined}) / 2", f"{joined} + 1", f"2 * ({joined})"))

    def update(self, place: str, value: str = "1") -> str:
        """A statement that reads and writes the place."""
        return self.rng.choice((f"{place} += {value};", f"{place} = {place} + {value};"))

    def seen(self, item: str) -> str:
        """The statement by which a value enters the program's result."""
        return self.rng.choice((f"CHECK += (long){item};", f"CHECK += (long)({item});"))

    # --- loops and directives ----------------------------------------

    def loop(self, variable: str, low: str, high: str, body: Lines, *, fresh: bool = True) -> Lines:
        """A counting loop; `fresh`: it declares its variable."""
        kind = "int " if fresh else ""
        head = f"for ({kind}{variable} = {low}; {variable} < {high}; {self.step.format(variable)})"
        bare = len(body) == 1 and self.rng.random() < 0.5
        return [head, *tab(body)] if bare else block(head, body)

    def over(
        self,
        parts: OmpParts,
        low: str,
        high: str,
        body: Lines,
        *clauses: str,
        variable: str = "",
    ) -> Lines:
        """A loop divided among a new team."""
        i = variable or self.i
        if self.outside and f"int {i};" not in parts.local:
            parts.local.append(f"int {i};")
        return self.shared_out(self.loop(i, low, high, body, fresh=not self.outside), *clauses)

    def shared_out(self, loop: Lines, *clauses: str) -> Lines:
        """The loop divided among a new team, by one directive or by two."""
        every = [clause for clause in clauses if clause]
        if self.schedule and not any(c.startswith(("schedule", "ordered")) for c in every):
            every.append(f"schedule({self.schedule})")
        if self.style.threads and not any(c.startswith("num_threads") for c in every):
            every.append(f"num_threads({self.style.threads})")
        if not self.split:
            return [self.pragma("parallel for", *every), *loop]
        outer = [clause for clause in every if clause.split("(")[0] in _OF_REGION]
        inner = [clause for clause in every if clause not in outer]
        return self.team([self.pragma("for", *inner), *loop], *outer)

    def team(self, body: Lines, *clauses: str) -> Lines:
        """A parallel region."""
        every = [clause for clause in clauses if clause]
        if self.style.threads and not any(c.startswith("num_threads") for c in every):
            every.append(f"num_threads({self.style.threads})")
        return [self.pragma("parallel", *every), "{", *tab(body), "}"]

    def pragma(self, directive: str, *clauses: str) -> str:
        """A directive with its clauses."""
        return " ".join(["#pragma omp", directive, *(clause for clause in clauses if clause)])

    def reduction(self, operator: str, item: str) -> str:
        """The clause that reduces the item."""
        return f"reduction({operator}{self.rng.choice((':', ' : ', ': '))}{item})"

    def critical(self, body: Lines, name: str = "") -> Lines:
        """The body in a critical section."""
        head = self.pragma(f"critical({name})" if name else "critical")
        bare = len(body) == 1 and self.rng.random() < 0.5
        return [head, *body] if bare else [head, "{", *tab(body), "}"]

    def atomic(self, statement: str, kind: str = "") -> Lines:
        """The statement made atomic."""
        return [self.pragma("atomic", kind), statement]

    def helper(self, parts: OmpParts, kind: str, parameters: str, body: Lines) -> str:
        """The name of a new function of the file."""
        name = self.names.deed()
        space = "" if kind.endswith("*") else " "
        parts.functions += [f"static {kind}{space}{name}({parameters}) {{", *tab(body), "}", ""]
        return name

    def work(self, variable: str) -> Lines:
        """Some private computation that takes a while."""
        return ["for (int w = 0; w < 20; w++)", f"  {variable} = {variable} * 3 + w;"]
