"""Puts the parts of an OpenMP program into order, in one house style."""

from __future__ import annotations

import random
import re

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import OmpParts, block, tab
from model_export.programs.compose.parts import Lines

_RESULTS = ("check", "result", "total", "out", "acc", "sum", "answer", "digest")


class OmpLayout:
    """The order and the looks of one program; drawn before its patterns are."""

    def __init__(self, make: OmpMaker) -> None:
        rng, self.make = make.rng, make
        self.kind = make.names.holder()  # of the structure or class
        self.run = make.names.deed()
        self.deeds = [make.names.deed() for _ in range(6)]
        self.result = make.names.result(_RESULTS)
        self.width = rng.choice((2, 2, 4, 4, 8))
        self.flush_left = rng.random() < 0.3
        self.own_line = rng.random() < 0.15  # opening braces on lines of their own
        self.continued = rng.random() < 0.1  # long directives go over two lines
        self.operator = rng.random() < 0.05  # directives are written with _Pragma
        self.on_heap = rng.random() < 0.4
        self.noisy, self.noise = rng.random() < 0.5, random.Random(rng.random())  # noqa: S311 - no secret

    def text(self, parts: list[OmpParts]) -> str:
        """The whole program."""
        place = self.make.style.place
        parts = self._with_noise(parts)
        write = {"main": self._in_main, "long": self._in_one_function}.get(
            place, self._in_functions
        )
        lines = [*self._headers(), "", *write(parts)]
        return "\n".join(self._styled(lines)) + "\n"

    def _headers(self) -> Lines:
        if self.make.cpp:
            names = "algorithm cstdio cstdlib vector omp.h"
        else:
            names = "stdio.h stdlib.h omp.h"
        return [f"#include <{name}>" for name in names.split()]

    def _with_noise(self, parts: list[OmpParts]) -> list[OmpParts]:
        if not self.noisy:
            return parts
        self.make.names.redraw(random.Random(self.noise.random()))  # noqa: S311 - no secret
        self.make.begin(random.Random(self.noise.random()))  # noqa: S311 - no secret
        extra = _noise(self.make)
        return [extra, *parts] if self.noise.random() < 0.5 else [*parts, extra]

    # --- where the code stands ----------------------------------------

    def _top(self, parts: list[OmpParts]) -> Lines:
        types = [line for part in parts for line in part.top]
        directives = [line for line in types if line.startswith("#define")]
        rest = [line for line in types if not line.startswith("#define")]
        return [*directives, "", *rest, ""]

    def _helpers(self, parts: list[OmpParts]) -> Lines:
        return [line for part in parts for line in part.functions]

    def _body(self, parts: list[OmpParts]) -> Lines:
        """Declarations, initialisation, code and result of parts that share a function."""
        seen: Lines = []
        for part in parts:
            seen += [line for line in part.local if line not in seen]
        together = self.on_heap
        body = [*seen]
        if together:
            body += [line for part in parts for line in part.setup]
        for part in parts:
            body += [*([] if together else part.setup), *part.code]
            body += [] if together else part.after
        if together:
            body += [line for part in parts for line in part.after]
        return body

    def _in_main(self, parts: list[OmpParts]) -> Lines:
        body = ["long CHECK = 0;", *self._body(parts), 'printf("%ld\\n", CHECK);', "return 0;"]
        return [*self._top(parts), *self._helpers(parts), *block("int main(void)", body)]

    def _in_one_function(self, parts: list[OmpParts]) -> Lines:
        body = ["long CHECK = 0;", *self._body(parts), "return CHECK;"]
        run = [*block(f"static long {self.run}(void)", body), ""]
        main = [f'printf("%ld\\n", {self.run}());', "return 0;"]
        return [*self._top(parts), *self._helpers(parts), *run, *block("int main(void)", main)]

    def _in_functions(self, parts: list[OmpParts]) -> Lines:
        place = self.make.style.place
        names = self.deeds[: len(parts)]
        functions, calls = [], []
        for name, part in zip(names, parts, strict=True):
            own = ["struct KIND *s"] if place == "struct" else []
            parameters = ", ".join([*own, *(p.parameter for p in part.params)])
            body = ["long CHECK = 0;", *self._body([part]), "return CHECK;"]
            static = "" if place == "class" else "static "
            empty = "" if self.make.cpp else "void"
            functions += [*block(f"{static}long {name}({parameters or empty})", body), ""]
            calls += self._call(name, part)
        if place == "class":
            return self._class(parts, functions, calls)
        shared = self._struct(parts) if place == "struct" else []
        instance = self._instance() if place == "struct" else []
        body = ["long CHECK = 0;", *instance, *calls, 'printf("%ld\\n", CHECK);', "return 0;"]
        head = [*self._top(parts), *shared, *self._helpers(parts)]
        return [*head, *functions, *block("int main(void)", body)]

    def _call(self, name: str, part: OmpParts) -> Lines:
        place = self.make.style.place
        declared = [line for param in part.params for line in param.declared]
        own = {"struct": ["s"]}.get(place, [])
        arguments = ", ".join([*own, *(param.argument for param in part.params)])
        owner = "solver." if place == "class" else ""
        return [*declared, f"CHECK += {owner}{name}({arguments});"]

    def _struct(self, parts: list[OmpParts]) -> Lines:
        members = [line for part in parts for line in part.members] or ["int mark;"]
        return ["struct KIND {", *tab(members), "};", ""]

    def _instance(self) -> Lines:
        if self.make.cpp:
            return ["struct KIND *s = new KIND();"]
        if self.on_heap:
            return ["struct KIND *s = calloc(1, sizeof *s);"]
        return ["static struct KIND shared;", "struct KIND *s = &shared;"]

    def _class(self, parts: list[OmpParts], methods: Lines, calls: Lines) -> Lines:
        members = [line for part in parts for line in part.members] or ["int mark;"]
        if self.on_heap:
            opened = ["struct KIND {", *tab(members), ""]
        else:
            opened = ["class KIND {", *tab(members), "", "public:"]
        body = [
            "static KIND solver;",
            "long CHECK = 0;",
            *calls,
            'printf("%ld\\n", CHECK);',
            "return 0;",
        ]
        head = [*self._top(parts), *self._helpers(parts)]
        return [*head, *opened, *tab(methods[:-1]), "};", "", *block("int main()", body)]

    # --- looks ----------------------------------------

    def _styled(self, lines: Lines) -> Lines:
        styled: Lines = []
        for line in lines:
            text = line.lstrip().replace("CHECK", self.result).replace("KIND", self.kind)
            pad = " " * (self.width * ((len(line) - len(line.lstrip())) // 2))
            if text.startswith("#"):
                styled += self._directive(text, pad)
                continue
            if self.own_line and text.endswith(" {") and not text.startswith("}"):
                styled += [pad + text[:-2], pad + "{"]
            else:
                styled.append(pad + text)
        return _without_double_blanks(styled)

    def _directive(self, text: str, pad: str) -> Lines:
        if not text.startswith("#pragma"):
            return [text]
        pad = "" if self.flush_left else pad
        executed = "threadprivate" not in text and "declare" not in text
        if self.operator and executed:
            return [f'{pad}_Pragma("{text[8:]}")']
        at = _last_clause(text) if self.continued else 0
        return [pad + text] if not at else [f"{pad}{text[:at]}\\", f"{pad}    {text[at:]}"]


def _last_clause(text: str) -> int:
    """Where the last of several clauses begins; 0 if there are not several."""
    starts = [found.start() + 1 for found in re.finditer(r" (?=[a-z_]+\()", text)]
    return starts[-1] if len(starts) > 1 else 0


def _without_double_blanks(lines: Lines) -> Lines:
    return [line for at, line in enumerate(lines) if line.strip() or (at and lines[at - 1].strip())]


def _noise(make: OmpMaker) -> OmpParts:
    """Parallel and serial code in which nothing is shared that changes."""
    parts = OmpParts()
    n = make.size(parts)
    kind = make.rng.choice(("map", "sum", "serial", "max"))
    a = make.array(parts, n)
    i = make.i
    if kind == "map":
        parts.code += make.over(parts, "0", f"{n}", [f"{a}[{i}] = {a}[{i}] * 2 + {i};"])
    elif kind == "sum":
        total = make.scalar(parts, base="long", listed=True)
        clause = make.reduction("+", str(total))
        parts.code += make.over(parts, "0", f"{n}", [f"{total} += (long){a}[{i}];"], clause)
        parts.after.append(make.seen(str(total)))
    elif kind == "max":
        top = make.scalar(parts, base=a.base, listed=True)
        body = [f"if ({a}[{i}] > {top})", f"  {top} = {a}[{i}];"]
        parts.code += make.over(parts, "0", f"{n}", body, make.reduction("max", str(top)))
        parts.after.append(make.seen(str(top)))
    else:
        parts.code += make.loop("i", "1", f"{n}", [f"{a}[i] += {a}[i - 1];"])
    parts.after.append(make.seen(f"{a}[5]"))
    return parts
