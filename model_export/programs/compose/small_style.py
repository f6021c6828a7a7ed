"""How a small program is written: names, types, sizes, and what stands around its code."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from model_export.programs.compose.omp_style import SIZES, OmpNames
from model_export.programs.compose.parts import Lines, indent
from model_export.programs.compose.small_text import Small

_NAME = re.compile(r"\$([a-z]\w*)")
_INDICES = (("i", "j", "k"),) * 3 + (("p", "q", "r"), ("row", "col", "lay"), ("r", "c", "d"))
_HANDLES = ("threads", "th", "team", "tids", "pool", "workers", "t")
_COUNTS = ("NTHREADS", "NT", "T", "WORKERS", "NUM_THREADS")
_SIZE_KINDS = ("macro", "macro", "constant", "local", "local", "argument", "given", "enum")
_CONSTANT = ("macro", "constant", "enum")
_OWN = ("run", "handles")  # what the frame names
_RESERVED = {"arg", "numbers", "hold", "argc", "argv", "main", "free", "time", "signal", "y1"}
_BASES = ("int", "int", "double", "double", "float", "long")


@dataclass(frozen=True, slots=True)
class SmallStyle:
    """What is drawn once for a program and holds for each of its twins."""

    cpp: bool
    api: str  # omp | pthread | c11 | cxx
    base: str  # what $T stands for
    sizes: str  # how numbers of elements are written
    names: Mapping[str, str]
    frame: str  # main | function
    threads: int
    count: str  # the number of threads as text
    mapped: bool  # arrays are named in map clauses, which take no vectors
    width: int  # of one step to the right
    flush: bool  # directives begin in the first column
    own_line: bool  # opening braces stand alone
    order: random.Random
    seed: str

    @classmethod
    def drawn(cls, rng: random.Random, pattern: Small) -> SmallStyle:
        """A style at random that the pattern can have."""
        if pattern.threads:
            api = rng.choice(_apis(pattern))
            cpp = api == "cxx"
        else:
            api, cpp = "omp", rng.random() < 0.3 and "c" not in pattern.also
            cpp = cpp or "cxx" in pattern.also
        kinds = _CONSTANT if "constant" in pattern.also else _SIZE_KINDS
        sizes = rng.choice(kinds)
        count = rng.choice(_COUNTS) if rng.random() < 0.6 else ""
        threads = rng.choice((2, 3, 4, 4)) if "four" not in pattern.also else 4
        return cls(
            cpp=cpp,
            api=api,
            base=rng.choice(_BASES),
            sizes=sizes,
            names=_names(rng, pattern, upper=sizes in ("macro", "enum"), taken={count}),
            frame="main" if sizes == "argument" else rng.choice(("main", "main", "function")),
            threads=threads,
            count=count or str(threads),
            mapped="omp target" in "\n".join(_lines(pattern)),
            width=rng.choice((2, 2, 4, 4, 8)),
            flush=rng.random() < 0.35,
            own_line=rng.random() < 0.15,
            order=random.Random(rng.random()),  # noqa: S311 - no secret
            seed=str(rng.random()),
        )

    @property
    def language(self) -> str:
        """`c` or `c++`."""
        return "c++" if self.cpp else "c"

    @property
    def constant(self) -> bool:
        """Whether sizes may stand in the declaration of a static array."""
        return self.sizes in _CONSTANT

    def draw(self, *key: str) -> random.Random:
        """A generator of its own for each purpose, so that variants do not shift one another."""
        return random.Random("/".join((self.seed, *key)))  # noqa: S311 - no secret

    def size_of(self, name: str, values: tuple[int, ...] = SIZES) -> int:
        """The number that a size stands for."""
        return self.draw("size", name).choice(values)

    def name(self, word: str) -> str:
        """What `$word` is called."""
        return {"T": self.base, "t": self.count, "L": self.names["handles"]}.get(
            word, self.names.get(word, word)
        )

    def named(self, text: str) -> str:
        """The text with every `$word` replaced."""
        text = text.replace("$T", self.base)
        return _NAME.sub(lambda found: self.name(found[1]), text)

    def framed(self, body: Lines, given: Mapping[str, int]) -> Lines:
        """`main` with the body, or a function that main calls."""
        if self.frame == "main":
            arguments = "int argc, char **argv" if any("argv" in x for x in body) else self._void
            return [f"int main({arguments}) {{", *indent([*body, "return 0;"]), "}"]
        run = self.names["run"]
        sizes = ", ".join(f"int ${name}" for name in given) or self._void
        values = ", ".join(str(value) for value in given.values())
        call = f"{run}({values});"
        opened = f"static void {run}({sizes}) {{"
        main = [f"int main({self._void}) {{", *indent([call, "return 0;"]), "}"]
        return [opened, *indent(body), "}", "", *main]

    @property
    def _void(self) -> str:
        return "" if self.cpp else "void"


def _apis(pattern: Small) -> tuple[str, ...]:
    return tuple(
        api for api in ("pthread", "pthread", "c11", "cxx") if f"no-{api}" not in pattern.also
    )


def _lines(pattern: Small) -> list[str]:
    return [line for lines in pattern.sections.values() for line in lines]


def _names(rng: random.Random, pattern: Small, *, upper: bool, taken: set[str]) -> dict[str, str]:
    """A name for each that the pattern's text has, in whichever variant."""
    entries = {name.split()[1] for name in pattern.sections if name.startswith("worker ")}
    words = set(_NAME.findall("\n".join(_lines(pattern)))) | {pattern.about, *_OWN, *entries}
    source, plain = OmpNames(rng), rng.random() < 0.45
    names = dict(zip("ijk", rng.choice(_INDICES), strict=True))
    taken = taken | set(names.values()) | _RESERVED
    for word in sorted(words):
        if word not in names:
            name = _name(rng, source, word, plain=plain, upper=upper)
            name = source.entry() if word in entries else name
            while name in taken:
                name += "_"
            names[word] = name
            taken.add(name)
    return names


def _name(rng: random.Random, source: OmpNames, word: str, *, plain: bool, upper: bool) -> str:
    stem = word.rstrip("0123456789")
    if stem in ("n", "m"):
        return (word.upper() if upper else word) if plain else source.size(upper=upper)
    if word == "handles":
        return rng.choice(_HANDLES)
    if word == "id":
        return rng.choice(("id", "tid", "me", "self"))
    if stem in ("f", "g", "run"):
        return source.deed()
    if stem in ("lock", "mutex"):
        return source.lock()
    return word if plain else source.thing()
