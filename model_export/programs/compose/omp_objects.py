"""The objects that OpenMP patterns share, each in some storage."""

from __future__ import annotations

import random

from model_export.programs.compose.omp_parts import Datum, Matrix, OmpParts, Param, Size, tab
from model_export.programs.compose.omp_style import BASES, INDICES, SIZES, OmpNames, Style


class Objects:
    """Draws shared objects; the same generator gives the same ones."""

    def __init__(self, rng: random.Random, names: OmpNames, style: Style) -> None:
        self.rng, self.names, self.style = rng, names, style
        self.cpp = style.cpp
        self.begin(rng)

    def begin(self, rng: random.Random) -> None:
        """Start a pattern: from here on everything is drawn from its generator."""
        self.rng = rng
        self.i, self.j, self.k = rng.choice(INDICES)
        self.outside = rng.random() < 0.2  # the loop's variable is declared before the loop
        self.split = rng.random() < 0.25  # parallel and for are two directives
        self.step = rng.choice(("{0}++", "{0}++", "{0}++", "++{0}", "{0} += 1"))
        self.schedule = rng.choice(("", "", "", "", "static", "static", "static, 1", "static, 4"))
        self.simd = rng.random() < 0.04
        self.uneven = rng.random() < 0.1  # iterations take long, and are given out as they go
        self.listing = rng.choice(("shared", "shared", "default(shared)", *("",) * 15))
        self.listable: list[str] = []  # what a clause may name, in the order of declaration

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
        text = self._stored(parts, storage, name, base, size.declared(extra))
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

    def _stored(self, parts: OmpParts, storage: str, name: str, base: str, total: str) -> str:
        declared = f"{base} {name}[{total}];"
        if storage not in ("holder", "member"):
            self.listable.append(name)
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
            whole = (rows.value + extra) * (columns.value + extra)
            storage = self.rng.choice(self._array_storages())
            text = self._stored(parts, storage, name, base, str(whole))
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
        if storage not in ("holder", "member"):
            self.listable.append(name)
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
