"""The program around a function: arguments that keep its indices in bounds, and one call.

Only functions that start threads of their own are called, and from one thread: what then races
does so by the function's own doing. Of the arguments there are several *worlds*: a race that comes
or goes with a world is one of the arguments, not of the code, and teaches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reviewbot.code.declarators import Member
from reviewbot.escalation import harness_program
from reviewbot.escalation.harness_fill import OPTIONAL, Known, fill, is_size, length, make, value_of
from reviewbot.escalation.harness_parameters import Parameter
from reviewbot.escalation.harness_skip import why_not
from reviewbot.escalation.harness_source import read
from reviewbot.escalation.harness_target import Calls, Subject, subject
from reviewbot.escalation.harness_which import creator_of, find

_RUNTIME = Path(harness_program.__file__).parent
# Distances between rows: with less than a row, every row would overlap the next.
_STRIDE = re.compile(r"(?i)stride|pitch|^ld\w?$|row_?bytes|line_?size|bytes_?per|^step$|skip")
_ARITHMETIC = re.compile(
    r"^(?:unsigned |signed |long |short )*(?:char|short|int|long|float|double|unsigned|signed"
    r"|s?size_t|u?int(?:8|16|32|64)_t|uint|ulong)$"
)
_OURS = re.compile(r"\b(rb|RB)(?=_)")
_VECTOR = re.compile(r"^(?:std::)?vector\s*<\s*([\w: ]+?)\s*>$")
# `if (n >= 10000)` of a directive: below it the region would run in one thread.
_CLAUSE = re.compile(r"#[ \t]*pragma[^\n]*\bif\s*\(([^\n]*)\)")
_THRESHOLD = re.compile(r"[<>]=?\s*(\d{1,9})\b")
_MOST = 65536  # what the driver's arrays hold
_ELEMENTS = 4  # of an array of structs that are filled


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What numbers without a known part are, and how many indices, far apart, share one value."""

    name: str
    other: int
    shared: int

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment that puts a trial's program into this world."""
        return {"SETUP_OTHER": str(self.other), "SETUP_SHARED": str(self.shared)}


WORLDS = (
    World(name="plain", other=1, shared=1),
    World(name="other numbers", other=3, shared=1),
    World(name="colliding indices", other=1, shared=2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A function that can be called, with what decides about its driver."""

    subject: Subject
    known: Known
    cpp: bool
    source: str  # of the function, directives and all

    @property
    def name(self) -> str:
        """The function's own name."""
        return self.subject.function.name


def target_of(path: str, text: str, function: str) -> Target | str:
    """The function to call, or why none can be called without inventing its callers."""
    parsed, symbols = read(path, text)
    found = find(parsed, symbols, function)
    if found is None:
        return "no body of it in the file as this system compiles it"
    if reason := why_not(path, parsed, found):
        return reason
    chosen = subject(parsed, symbols, found)
    if isinstance(chosen, str):
        return chosen
    if chosen.calls is Calls.WORKER:
        chosen = creator_of(parsed, symbols, chosen) or chosen
    if chosen.calls not in (Calls.TEAM, Calls.CREATOR):
        return f"its threads come from elsewhere: {chosen.calls.value}"
    if chosen.function.name == "main":
        return "a whole program's main"
    origin = parsed.translation.origin
    first, last = chosen.function.node.start_byte, chosen.function.node.end_byte - 1
    source = parsed.translation.source[origin(first) : origin(last) + 1]
    return Target(subject=chosen, known=Known(symbols, ()), cpp=parsed.cpp, source=source)


def driver_text(target: Target, dropped: Collection[str] = (), *, trial: bool) -> str | None:
    """Everything behind the function, `main` included; a trial's reads its world when it runs.

    None if the function takes what no value can be made for.
    """
    call = _call(target)
    if call is None:
        return None
    lines = [line for line in call if as_tried(line) not in dropped]
    spaces = target.subject.spaces
    path = "".join(f"{space}::" for space in spaces if space)
    opening = "  rb_read_world();\n" if trial else ""
    text = "\n".join(
        [
            f"#define RB_N {_length(target)}",
            "#define rb_team 4",
            _TRIAL if trial else "",
            _runtime(),
            *(f"namespace {space} {{" for space in spaces),
            "static void rb_call(void) {",
            *(f"  {line}" for line in lines),
            "}",
            "}" * len(spaces),
            f"int main(void) {{\n{opening}  {path}rb_call();\n  return 0;\n}}",
        ]
    )
    return _renamed(_settled(text, trial=trial))


def as_tried(line: str) -> str:
    """A line of the driver as a trial's text has it, without what it is indented by."""
    return _renamed(_settled(line, trial=True)).strip()


def _renamed(text: str) -> str:
    return _OURS.sub(lambda m: "setup" if m[1] == "rb" else "SETUP", text)


_TRIAL = """
static int rb_other = 1, rb_shared = 1;
static void rb_read_world(void) {
  if (getenv("SETUP_OTHER")) rb_other = atoi(getenv("SETUP_OTHER"));
  if (getenv("SETUP_SHARED")) rb_shared = atoi(getenv("SETUP_SHARED"));
}
"""


def _settled(text: str, *, trial: bool) -> str:
    """The text with its world's numbers as variables, or as those of the plain world."""
    other = "rb_other" if trial else str(WORLDS[0].other)
    index = "i % (RB_N / rb_shared)" if trial else "i % RB_N"
    return text.replace("RB_OTHER", other).replace("RB_INDEX", index)


@cache
def _runtime() -> str:
    text = (_RUNTIME / "harness_runtime.c").read_text(encoding="utf-8")
    # What is called here starts no threads and sets no alarm.
    text = re.sub(r"#include <(?:pthread|sched|signal|time|sys/syscall)\.h>\n", "", text)
    text = re.sub(r"static int rb_team = 4;.*", "", text)
    return text.replace("(long)(i % RB_N)", "(long)(RB_INDEX)")


def _length(target: Target) -> int:
    """Elements along a dimension; as many as an `if` clause asks for before it forks."""
    sizes = _sizes(target)
    clauses = "\n".join(_CLAUSE.findall(target.source))
    asked = [int(n) for n in _THRESHOLD.findall(clauses) if int(n) <= _MOST]
    return max([length(sizes), *asked]) if sizes <= 1 else length(sizes)


def _sizes(target: Target) -> int:
    """How many dimensions the arguments have: parameters that are sizes, or those of a struct."""
    taken = target.subject.parameters
    own = [p for p in taken if not p.levels and is_size(p.name, target.subject.body)]
    inner = [target.known.fields(p.type) or () for p in taken]
    return len(own) or min(2, max((_size_fields(fields) for fields in inner), default=0))


def _size_fields(fields: Sequence[Member]) -> int:
    return sum(1 for m in fields if not m.pointer and is_size(m.name))


def _call(target: Target) -> list[str] | None:
    """The statements that make the arguments and call the function."""
    subject_ = target.subject
    name = subject_.function.name
    if subject_.template:
        name += f"<{', '.join(subject_.template)}>"
    lines: list[str] = []
    if subject_.owner:
        if not subject_.static:
            lines.append(f"{subject_.owner} rb_object{{}};")
            lines += _fields("rb_object", subject_.owner, target)
        name = f"{subject_.owner}::{name}" if subject_.static else f"rb_object.{name}"
    for index, parameter in enumerate(subject_.parameters):
        made = _argument(f"rb_a{index}", parameter, target)
        if made is None:
            return None
        lines += made
    values = ", ".join(_passed(f"rb_a{i}", p, target) for i, p in enumerate(subject_.parameters))
    return [*lines, f"{name}({values});"]


def _passed(name: str, parameter: Parameter, target: Target) -> str:
    return f"(void *){name}" if parameter.dimensions > 1 and not target.cpp else name


def _argument(name: str, parameter: Parameter, target: Target) -> list[str] | None:
    """The statements that make one argument, None if none can."""
    if parameter.function or (parameter.dimensions > 1 and target.cpp):
        return None
    if re.search(r"\bFILE\b|\b[io]?f?stream\b|std::function|va_list", parameter.type):
        return None
    levels = parameter.levels - max(parameter.dimensions - 1, 0)
    if levels == 0:
        return _scalar(name, parameter, target)
    declared = f"{parameter.type} {'*' * levels}{name};"
    if levels == 1 and (made := make(f"(*{name})", parameter.type)):
        return [declared, f"*(void **)&{name} = rb_block(4096);", made]
    if levels == 1 and target.known.fields(parameter.type) is not None:
        return [declared, *_structs(name, parameter, target)]
    stars = "*" * levels
    kind = "0" if parameter.type == "void" else f"RB_CLASS({stars}{name})"
    size = "1" if parameter.type == "void" else f"sizeof({stars}{name})"
    return [declared, f"*(void **)&{name} = rb_pointers({levels}, {size}, {kind});"]


def _scalar(name: str, parameter: Parameter, target: Target) -> list[str]:
    """A number, a struct, a vector or what else the function takes by value or by reference."""
    kind = parameter.type
    if vector := _VECTOR.match(kind):
        lines = [f"std::vector<{vector[1]}> {name}(RB_N);"]
        if _ARITHMETIC.match(vector[1].removeprefix("std::")):
            put = f"rb_put(&{name}[i], sizeof {name}[i], RB_CLASS({name}[i]), (double)(RB_INDEX));"
            lines.append(f"for (size_t i = 0; i < {name}.size(); i++) {put}")
        return lines
    if target.cpp and not _ARITHMETIC.match(kind):
        start = f"{kind} {name}{{}};"
    else:
        start = f"{kind} {name};"
    if target.known.fields(kind) is not None:
        zero = [] if target.cpp else [f"memset(&{name}, 0, sizeof {name});"]
        return [start, *zero, *_fields(name, kind, target)]
    value = _value(parameter.name, target.subject.body)
    put = f"rb_put(&{name}, sizeof {name}, RB_CLASS({name}), {value});"
    return [start, *([] if target.cpp else [f"memset(&{name}, 0, sizeof {name});"]), put + OPTIONAL]


def _structs(name: str, parameter: Parameter, target: Target) -> list[str]:
    constructed = target.cpp and target.known.has_constructor(parameter.type)
    if constructed:
        return [f"{name} = new {parameter.type}[{_ELEMENTS}];"]
    filled = _fields(f"{name}[i]", parameter.type, target)
    return [
        f"*(void **)&{name} = rb_array(sizeof *{name}, 0, RB_ELEMENTS);",
        f"for (int i = 0; i < {_ELEMENTS}; i++) {{",
        *(f"  {line}" for line in filled),
        "}",
    ]


def _fields(place: str, type_text: str, target: Target) -> list[str]:
    """Statements, each dispensable, that fill a struct: no row of it shall lie on another."""
    if target.cpp and target.known.has_constructor(type_text):
        return []
    lines = fill(place, type_text, target.known, cpp=False)
    set_already = {line.split(" = ")[0] for line in lines}
    for member in target.known.fields(type_text) or ():
        at = f"{place}.{member.name}"
        plain = not member.pointer and not member.array and _ARITHMETIC.match(member.type)
        if plain and member.name and not member.static and at not in set_already:
            lines.append(f"{at} = {_value(member.name)};{OPTIONAL}")
    return lines


def _value(name: str, body: str = "") -> str:
    """The value of a number by its name; one that means nothing is the world's to choose."""
    if _STRIDE.search(name):
        return "RB_N"
    value = value_of(name, body)
    return "RB_OTHER" if value == "1" else value
