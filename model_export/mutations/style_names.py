"""Other names for what a program declares, consistently, from vocabularies of many trades."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from model_export.mutations.program import ParsedProgram
from model_export.mutations.style import Change
from reviewbot.fixes.edits import Edit

# Nouns by trade: a program's new names come from one trade, as those of real programs do.
TRADES = {
    "field": "cell node edge face flux grid point zone layer stencil residual field mesh tile",
    "money": "order trade price account ledger quote fee margin volume position desk book rate",
    "text": "token line word page letter section phrase glyph buffer cursor mark column title",
    "net": "packet peer route session frame header socket stream window segment hop port link",
    "game": "unit actor sprite score level room team item move spell arena wave spawn player",
    "photo": "pixel row patch channel tone shade block stripe frame kernel lens sample plane",
    "store": "shelf crate parcel bin stock tray rack batch label pallet route dock load truck",
    "science": "sample probe energy charge mass trial count spin phase beam track event signal",
    "kernel": "slot entry page inode ring queue timer task mask bank chunk region desc handle",
    "farm": "plot crop barn seed herd field yield pen row harvest tank valve pump sensor",
}
_ADJECTIVES = [
    "cur",
    "new",
    "next",
    "last",
    "sub",
    "main",
    "raw",
    "local",
    "base",
    "inner",
    "total",
    "max",
    "min",
    "front",
    "back",
    "left",
]
_VERBS = [
    "update",
    "fill",
    "scan",
    "walk",
    "step",
    "apply",
    "collect",
    "build",
    "push",
    "take",
    "merge",
    "mark",
    "handle",
    "run",
    "emit",
]
_LOCKS = ["lock", "mutex", "guard", "latch", "mtx"]
_INDICES = (
    "i",
    "j",
    "k",
    "n",
    "m",
    "p",
    "q",
    "r",
    "s",
    "u",
    "v",
    "w",
    "ii",
    "jj",
    "kk",
    "idx",
    "pos",
)
_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    r"|^[ \t]*#[ \t]*include[^\n]*|\b\d[\w.]*|[A-Za-z_]\w*",
    re.DOTALL | re.MULTILINE,
)
# Names that the library or the language also gives: a rename would reach into those.
_KEPT = frozenset(
    [
        "main",
        "size",
        "begin",
        "end",
        "first",
        "second",
        "data",
        "push_back",
        "emplace_back",
        "load",
        "store",
        "wait",
        "join",
        "get",
        "reset",
        "lock",
        "unlock",
        "value",
        "count",
        "find",
        "insert",
        "erase",
        "clear",
        "front",
        "back",
        "top",
        "pop",
        "push",
        "swap",
        "empty",
        "str",
        "c_str",
        "name",
        "type",
        "id",
        "next",
        "prev",
        "exchange",
        "fetch_add",
        "notify_one",
        "notify_all",
        "operator",
        "this",
        "min",
        "max",
        "sum",
        "iterator",
        "const_iterator",
        "value_type",
        "difference_type",
        "pointer",
        "reference",
        "arrive",
        "detach",
        "try_lock",
        "promise_type",
        "key",
        "exit",
        "free",
        "malloc",
        "time",
        "printf",
        "abs",
        "log",
        "exp",
        "sin",
        "cos",
        "sqrt",
        "pow",
        "floor",
        "index",
        "unlock_shared",
        "lock_shared",
        "try_lock_shared",
        "at",
        "length",
        "append",
        "resize",
        "reserve",
        "fill",
        "assign",
        "stop",
        "acquire",
        "release",
        "test_and_set",
        "test",
        "what",
        "hash",
        "read",
        "write",
        "open",
        "close",
        "merge",
        "parallel",
        "for",
        "sections",
        "section",
        "single",
        "master",
        "masked",
        "critical",
        "atomic",
        "barrier",
        "task",
        "taskwait",
        "flush",
        "ordered",
        "target",
        "teams",
        "distribute",
        "simd",
        "shared",
        "private",
        "firstprivate",
        "lastprivate",
        "reduction",
        "default",
        "schedule",
        "static",
        "dynamic",
        "guided",
        "runtime",
        "nowait",
        "collapse",
        "depend",
        "in",
        "out",
        "inout",
        "map",
        "to",
        "from",
        "tofrom",
        "num_threads",
        "final",
        "untied",
        "mergeable",
        "priority",
        "copyprivate",
        "copyin",
        "proc_bind",
        "linear",
        "aligned",
        "none",
        "safelen",
        "simdlen",
        "capture",
        "update",
        "grainsize",
        "num_tasks",
        "nogroup",
        "defined",
        "define",
        "pragma",
        "omp",
        "once",
    ]
)


class RenameVariables(Change):
    """Every variable, parameter and field gets another name."""

    before = "static int total;\nvoid add(int x) { total += x; }\n"
    after = "static int plane8;\nvoid add(int ii) { plane8 += ii; }\n"
    silent = "int main(void) { return 0; }\n"

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """New names for what may be renamed, at every mention."""
        names = dict.fromkeys(
            variable.name for variable in program.variables if _renamable(program, variable.name)
        )
        return _renamed(program, _chosen(program, names, rng))


class RenameFunctions(Change):
    """Every function that the program defines gets another name."""

    before = "static int twice(int x) { return 2 * x; }\nint main(void) { return twice(0); }\n"
    after = before.replace("twice", "handle_block")
    silent = "int main(void) { return 0; }\n"

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """New names for free functions, at every mention."""
        found = {}
        taken = _words(program)
        nouns = _trade(rng)
        for name, node in program.functions.items():
            free = node.parent == program.root and "::" not in program.source(node).split("{")[0]
            if free and _renamable(program, name):
                found[name] = _unused(
                    (f"{rng.choice(_VERBS)}_{rng.choice(nouns)}" for _ in range(99)), taken
                )
        return _renamed(program, found)


class RenameIndices(Change):
    """Loop indices get other short names."""

    before = "void f(int *a) { for (int i = 0; i < 9; i++) a[i] = i; }\n"
    after = "void f(int *a) { for (int ii = 0; ii < 9; ii++) a[ii] = ii; }\n"
    silent = "int main(void) { return 0; }\n"

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """New names for indices of one or two letters."""
        taken, found = _words(program), {}
        for variable in program.variables:
            short = variable.name in _INDICES and variable.name not in found
            if short and _renamable(program, variable.name):
                pool = rng.sample(_INDICES, len(_INDICES))
                found[variable.name] = _unused(iter(pool), taken, fallback=variable.name)
        return _renamed(program, found)


def _words(program: ParsedProgram) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w*", program.text))


def _trade(rng: random.Random) -> list[str]:
    return TRADES[rng.choice(sorted(TRADES))].split()


def _renamable(program: ParsedProgram, name: str) -> bool:
    """Whether every mention of a name means something that the program itself declares."""
    if name in _KEPT or not name or name.startswith("omp_") or "##" in program.text:
        return False
    declared = {v.name for v in program.variables if v.kind == "field"}
    reached = any(program.source(node) == name for node in program.of("field_identifier"))
    if reached and name not in declared:
        return False
    typed = ("type_identifier", "namespace_identifier", "statement_identifier")
    if any(program.source(node) == name for node in program.of(*typed)):
        return False
    # A macro's parameter or a macro itself, or a name that a method also has.
    defined = re.search(rf"#[ \t]*define[ \t]+(?:{name}\b|\w+\([^)]*\b{name}\b)", program.text)
    return defined is None and not _is_method(program, name)


def _is_method(program: ParsedProgram, name: str) -> bool:
    for node in program.of("function_declarator"):
        inner = node.child_by_field_name("declarator")
        if inner is not None and program.source(inner) == name and inner.type == "field_identifier":
            return True
    return False


def _chosen(program: ParsedProgram, names: dict[str, None], rng: random.Random) -> dict[str, str]:
    """A new name for each, of the kind of the old one."""
    taken, nouns = _words(program), _trade(rng)
    return {name: _unused(_candidates(program, name, nouns, rng), taken) for name in names}


def _candidates(
    program: ParsedProgram, name: str, nouns: list[str], rng: random.Random
) -> Iterator[str]:
    """Names that fit: short for short, with the old one's decoration, lock-like for locks."""
    kind = next((v.type for v in program.variables if v.name == name), "")
    prefix = next((p for p in ("m_", "s_", "g_") if name.startswith(p)), "")
    suffix = "_" if name.endswith("_") else ""
    if len(name) == 1:
        yield from rng.sample(_INDICES, 6)
    while True:
        noun = rng.choice(nouns)
        if re.search(r"mutex|lock|mtx", kind):
            noun = f"{noun}_{rng.choice(_LOCKS)}"
        elif rng.random() < 0.6:
            noun = f"{rng.choice(_ADJECTIVES)}_{noun}"
        if rng.random() < 0.15:
            noun += str(rng.randrange(1, 9))
        yield prefix + noun + suffix


def _unused(candidates: Iterator[str], taken: set[str], fallback: str = "") -> str:
    for name in candidates:
        if name not in taken and name not in _KEPT:
            taken.add(name)
            return name
    return fallback


def _renamed(program: ParsedProgram, names: dict[str, str]) -> list[Edit]:
    """Put the new names everywhere but in strings, comments and includes."""
    return [
        Edit(found.start(), found.end(), names[found[0]])
        for found in _TOKEN.finditer(program.text)
        if names.get(found[0], found[0]) != found[0]
    ]
