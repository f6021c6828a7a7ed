"""Declares what a small program shares: sizes, scalars, arrays, grids, in storages of chance."""

from __future__ import annotations

import re

from model_export.programs.compose.omp_style import SIZES
from model_export.programs.compose.parts import Lines
from model_export.programs.compose.small_style import SmallStyle

_STARTS = ("{0}", "{0} % 7", "2 * {0}", "{0} + 1", "1", "({0} * 13) % 29")
_FORMATS = (('printf("%ld\\n", (long)({0}));',) * 3) + ('printf("%d\\n", (int)({0}));',)


class Objects:
    """Collects the declarations of one program."""

    def __init__(self, style: SmallStyle) -> None:
        self.style = style
        self.macros: Lines = []
        self.top: Lines = []
        self.arguments = 0  # of the program
        self.sizes: dict[str, int] = {}  # those that main gives to its function
        if style.count != str(style.threads) and style.api != "omp":
            self.macros.append(f"#define {style.count} {style.threads}")

    def declared(self, kind: str, rest: str) -> Lines | None:
        """What a declaration adds to main; None if the word is no declaration."""
        made = getattr(self, f"_{kind}", None)
        if kind.startswith("_") or made is None:
            return None
        head, _, start = rest.partition(" = ")
        lines: Lines = made(head.split(), start)
        return lines

    # --- sizes ----------------------------------------

    def _size(self, words: list[str], _start: str) -> Lines:
        name, *values = words
        value = self.style.size_of(name, tuple(map(int, values)) or SIZES)
        match self.style.sizes:
            case "macro":
                self.macros.append(f"#define ${name} {value}")
            case "enum":
                self.macros.append(f"enum {{ ${name} = {value} }};")
            case "constant" if self.style.cpp:
                self.macros.append(f"constexpr int ${name} = {value};")
            case "constant":
                self.macros.append(f"#define ${name} ({value})")
            case "argument":
                at = self.arguments = self.arguments + 1
                return [f"int ${name} = argc > {at} ? atoi(argv[{at}]) : {value};"]
            case "given" if self.style.frame == "function":
                self.sizes[name] = value
            case _:
                return [f"int ${name} = {value};"]
        return []

    # --- scalars ----------------------------------------

    def _scalar(self, words: list[str], start: str) -> Lines:
        """In main, or at file scope."""
        name, base = words[0], words[1] if len(words) > 1 else "$T"
        if self.style.draw("scalar", name).random() < 0.3:
            return self._shared([name, base], start)
        return [f"{base} ${name} = {start or '0'};"]

    def _shared(self, words: list[str], start: str) -> Lines:
        """At file scope, where functions see it."""
        name, base = words[0], " ".join(words[1:]) or "$T"
        static = self.style.draw("static", name).choice(("static ", "static ", ""))
        match = re.fullmatch(r"(\w+)(\[.*\])", name)
        text = f"${match[1]}{match[2]}" if match else f"${name}"
        self.top.append(f"{static}{base} {text}{f' = {start}' if start else ''};")
        return []

    # --- arrays ----------------------------------------

    def _array(self, words: list[str], start: str, *, outside: bool = False) -> Lines:
        """Of a size, filled by an expression in I; `- ` leaves it to the program."""
        name, size, base = words[0], words[1], words[2] if len(words) > 2 else "$T"
        rng = self.style.draw("array", name)
        if base == "$T" and self.style.base == "float" and rng.random() < 0.3:
            base = "double"
        return [
            *self._stored(name, f"{size}", base, outside=outside),
            *self._filled(name, size, start),
        ]

    def _global(self, words: list[str], start: str) -> Lines:
        """An array at file scope."""
        return self._array(words, start, outside=True)

    def _stored(self, name: str, size: str, base: str, *, outside: bool) -> Lines:
        storage = self._storage(name, outside=outside)
        cast = f"({base} *)" if self.style.cpp else ""
        made = f"{cast}{self._allocation(name, size, base)};"
        match storage:
            case "static":
                self.top.append(f"static {base} ${name}[{size}];")
            case "pointer":
                self.top.append(f"static {base} *${name};")
                return [f"${name} = {made}"]
            case "heap":
                return [f"{base} *${name} = {made}"]
            case "vector":
                return [f"std::vector<{base}> ${name}({size});"]
            case _:
                return [f"{base} ${name}[{size}];"]
        return []

    def _allocation(self, name: str, size: str, base: str) -> str:
        number = f"({size})" if re.search(r"[+-]", size) else size
        if self.style.draw("allocation", name).random() < 0.5:
            return f"calloc({size}, sizeof({base}))"
        return f"malloc({number} * sizeof({base}))"

    def _storage(self, name: str, *, outside: bool) -> str:
        rng = self.style.draw("storage", name)
        if outside:
            return rng.choice(("static", "static", "pointer")) if self.style.constant else "pointer"
        if self.style.constant:
            return rng.choice(("local", "local", "static", "heap"))
        return rng.choice(("local", "heap", "heap", *self._vectors))

    @property
    def _vectors(self) -> tuple[str, ...]:
        return ("vector",) if self.style.cpp and not self.style.mapped else ("local",)

    def _filled(self, name: str, size: str, start: str) -> Lines:
        rng = self.style.draw("start", name)
        if start == "-":
            return []
        value = start or rng.choice(_STARTS).format("I")
        value = re.sub(r"\bI\b", "$i", value)
        one = f"${name}[$i] = {value};"
        head = f"$FOR($i, 0, {size})"
        return [head, f"  {one}"] if rng.random() < 0.6 else [f"{head} {{", f"  {one}", "}"]

    def _grid(self, words: list[str], start: str) -> Lines:
        """Rows and columns of constant sizes."""
        name, rows, columns = words[:3]
        base = words[3] if len(words) > 3 else "$T"
        rng = self.style.draw("grid", name)
        declared = f"{base} ${name}[{rows}][{columns}];"
        storage = rng.choice(("local", "static", "heap" if not self.style.cpp else "static"))
        lines = [declared]
        if storage == "static":
            self.top.append(f"static {declared}")
            lines = []
        elif storage == "heap":
            lines = [f"{base} (*${name})[{columns}] = malloc({rows} * sizeof(*${name}));"]
        value = re.sub(r"\bI\b", "$i", re.sub(r"\bJ\b", "$j", start or "I + J"))
        inner = [f"  $FOR($j, 0, {columns})", f"    ${name}[$i][$j] = {value};"]
        return [*lines, f"$FOR($i, 0, {rows})", *inner]

    def _print(self, words: list[str], _start: str) -> Lines:
        """The result, so that nothing is computed in vain."""
        value = " ".join(words)
        return [self.style.draw("print").choice(_FORMATS).format(value)]
