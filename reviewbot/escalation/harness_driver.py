"""The driver: prepares arguments, calls the function from as many threads as are meant to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reviewbot.escalation.harness_fill import (
    OPTIONAL,
    Known,
    fill,
    is_size,
    make,
    rename_shares,
    value_of,
)
from reviewbot.escalation.harness_parameters import Parameter
from reviewbot.escalation.harness_target import Calls, Subject

ROUNDS = {Calls.TEAM: 2, Calls.ORPHAN: 2, Calls.CREATOR: 1, Calls.WORKER: 1}
MANY_ROUNDS = 20  # of a call that several threads make at once
_VOID_CAST = (
    r"\(\s*(?:const\s+)?((?:struct\s+)?[A-Za-z_]\w*)\s*(?:const\s*)?\*\s*\)\s*{0}\b",
    r"(?:static|reinterpret)_cast<\s*(?:const\s+)?((?:struct\s+)?[\w:]+(?:<[^;]*>)?)\s*\*\s*>\s*\(\s*{0}\b",
    r"((?:struct\s+)?[A-Za-z_]\w*)\s*\*\s*(?:const\s+)?\w+\s*=\s*{0}\s*;",
)
_NUMBER_CAST = r"\(\s*(?:\w+\s+)*(?:long|int|u?intptr_t|size_t|gint|guint)\s*\)\s*{0}\b"


@dataclass(frozen=True, slots=True)
class Driver:
    """The driver's text, and how many sizes its arguments hold."""

    text: str
    sizes: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pieces:
    """What a driver is put together from."""

    shared: list[str]  # declarations at file level
    prepare: list[str]  # filled once, before any thread
    each: list[str]  # at the head of what each thread does
    call: str
    note: str = ""


def sizes_of(subject: Subject, known: Known) -> int:
    """How many dimensions the arguments have: parameters that are sizes, or a struct's."""
    own = [p for p in subject.parameters if not p.levels and is_size(p.name, subject.body)]
    if own:
        return len(own)
    best = 0
    for parameter in subject.parameters:
        fields = known.fields(parameter.type) or ()
        best = max(best, sum(1 for f in fields if not f.pointer and is_size(f.name)))
    return min(best, 2)


def driver_c(subject: Subject, known: Known, spawns: str) -> Driver:
    """A driver in C; `spawns` is the argument with which the file starts a worker, "" if none."""
    if subject.calls is Calls.WORKER:
        pieces = _worker(subject, known, spawns, cpp=False)
    else:
        pieces = _arguments_c(subject, known)
    return Driver("\n".join(_whole(subject, pieces, ())), sizes_of(subject, known), pieces.note)


def _whole(subject: Subject, pieces: Pieces, others: Sequence[str]) -> list[str]:
    rounds = ROUNDS.get(subject.calls, MANY_ROUNDS)
    lines = [*pieces.shared, "static void rb_prepare(void) {", *pieces.prepare, "}"]
    lines += ["static void rb_each(int rb_self) {", "(void)rb_self;", *pieces.each]
    lines += [f"for (int rb_round = 0; rb_round < {rounds}; rb_round++) {{"]
    if subject.calls in (Calls.WORKER, Calls.METHOD, Calls.SHARED):
        lines.append("rb_pause(rb_round);")
    if others:
        lines += [
            f"if (rb_self % 4 == {i + 1}) {{ {c} continue; }}{OPTIONAL}"
            for i, c in enumerate(others)
        ]
    if subject.once:
        lines.append("if (rb_self || rb_round) continue;")
    return [*lines, pieces.call, "}", "}", _how(subject.calls)]


def _how(calls: Calls) -> str:
    """Who calls: the main thread alone, its team, or threads of the driver's own."""
    run = "rb_each(0);"
    if calls is Calls.ORPHAN:
        run = "\n#pragma omp parallel\nrb_each(0);\n"
    elif calls in (Calls.WORKER, Calls.METHOD, Calls.SHARED):
        run = "rb_together(rb_each);"
    return f"static void rb_all(void) {{ rb_prepare(); {run} }}"


def _arguments_c(subject: Subject, known: Known) -> Pieces:
    alone = subject.calls in (Calls.TEAM, Calls.CREATOR)
    common = subject.calls is Calls.ORPHAN
    pieces = Pieces([], [], [], _call_c(subject))
    for index, parameter in enumerate(subject.parameters):
        name = f"rb_a{index}"
        lines = _value_c(name, parameter, subject.body, known)
        declared = f"{parameter.type} {'*' * _levels(parameter)}{name};"
        if parameter.function:
            declared = f"void *{name} = (void *)rb_nothing;"
        if alone or not (common or parameter.name in subject.shared):
            pieces.each.extend([declared, *lines])
        else:
            pieces.shared.append("static " + declared)
            pieces.prepare.extend(lines)
    return pieces


def _levels(parameter: Parameter) -> int:
    """`double a[n][m]` is one block; any other array is a pointer."""
    return 0 if parameter.function else parameter.levels - max(parameter.dimensions - 1, 0)


def _call_c(subject: Subject) -> str:
    values = [
        f"(void *)rb_a{i}" if p.dimensions > 1 or p.function else f"rb_a{i}"
        for i, p in enumerate(subject.parameters)
    ]
    name = "rb_original_main" if subject.function.name == "main" else subject.function.name
    # Through a volatile pointer, or a call whose result nobody reads is optimised away.
    return f"{{ __typeof__(&{name}) volatile rb_f = {name}; rb_f({', '.join(values)}); }}"


def _value_c(name: str, parameter: Parameter, body: str, known: Known) -> list[str]:
    levels, base = _levels(parameter), parameter.type
    struct = known.fields(base) is not None
    if parameter.function:
        return []
    if re.search(r"\bFILE\b", base) and levels == 1:
        return [f'{name} = fopen("/dev/null", "r+");']
    if levels == 0:
        value = value_of(parameter.name, body)
        lines = [
            f"memset(&{name}, 0, sizeof {name});",
            f"rb_put(&{name}, sizeof {name}, RB_CLASS({name}), {value});",
        ]
        return lines + (fill(name, base, known, cpp=False) if struct else [])
    if levels == 1 and (made := make(f"(*{name})", base)):
        return [f"{name} = rb_block(4096);", made]
    if struct and levels == 1:
        return [
            f"{name} = rb_array(sizeof *{name}, 0, RB_ELEMENTS);",
            "for (int rb_i = 0; rb_i < 4; rb_i++) {",
            *fill(f"{name}[rb_i]", base, known, cpp=False),
            "}",
        ]
    stars = "*" * levels
    if not struct and re.match(r"(?:struct|union)\b", base):
        return [f"{name} = {'' if levels == 1 else '(void *)'}rb_block(RB_ELEMENTS);"]
    kind = "0" if struct or base == "void" else f"RB_CLASS({stars}{name})"
    return [f"{name} = rb_pointers({levels}, sizeof({stars}{name}), {kind});"]


# --- the body of a thread ---------------------------------------------------------------------


def _worker(subject: Subject, known: Known, spawns: str, *, cpp: bool) -> Pieces:
    """One argument that all threads share, or a copy for each where the file gives each its own."""
    name = subject.parameters[0].name
    call = f"(void){_expression(subject) if cpp else subject.function.name}("
    if re.search(_NUMBER_CAST.format(re.escape(name)), subject.body) or spawns == "NULL":
        return Pieces([], [], [], f"{call}(void *)(long)rb_self);")
    kind = _behind_void(name, subject.body)
    if kind is None:
        return Pieces(
            ["static void *rb_a0;"], ["rb_a0 = rb_block(RB_ELEMENTS);"], [], f"{call}rb_a0);"
        )
    prepare = [f"rb_a0 = ({kind} *)rb_array(sizeof({kind}), 0, RB_ELEMENTS);"]
    if cpp:
        prepare = [f"rb_a0 = rb::object<{kind}>(1);"]
    if not (cpp and known.has_constructor(kind)):
        prepare += fill("rb_a0[0]", kind, known, cpp=cpp)
    shared = [f"static {kind} *rb_a0;"]
    if not re.search(r"\[|\+", spawns):
        return Pieces(shared, prepare, [], f"{call}(void *)rb_a0);")
    each = [f"{kind} rb_own = rb_a0[0];", *rename_shares("rb_own", kind, known)]
    note = "each thread gets a copy of one argument, with its own number and range"
    return Pieces(shared, prepare, each, f"{call}(void *)&rb_own);", note)


def _behind_void(name: str, body: str) -> str | None:
    for pattern in _VOID_CAST:
        if found := re.search(pattern.format(re.escape(name)), body):
            return found.group(1)
    return None


# --- C++ ---------------------------------------------------------------------------------------


def driver_cpp(
    subject: Subject,
    others: Sequence[Subject],
    known: Known,
    spawns: str,
    *,
    spelled: bool,
    bare: bool,
) -> Driver:
    """A driver in C++, inside the function's namespaces; `spelled` takes types as written.

    `bare`: the class's constructor is elsewhere, so its object is memory that is filled from here.
    """
    if subject.calls is Calls.WORKER:
        pieces = _worker(subject, known, spawns, cpp=True)
    else:
        pieces = _arguments_cpp(subject, known, spelled=spelled, bare=bare)
    calls = [_other(other, index, pieces) for index, other in enumerate(others)]
    lines = _whole(subject, pieces, calls)
    opened = [f"namespace {space} {{" for space in subject.spaces]
    whole = [*opened, *lines, "}" * len(opened)]
    # The program's own main stands outside every namespace and reaches in through this.
    path = "::".join(space for space in subject.spaces if space)
    reach = f"static void rb_outside() {{ {path + '::' if path else ''}rb_all(); }}"
    return Driver("\n".join([*whole, reach]), sizes_of(subject, known), pieces.note)


def _expression(subject: Subject) -> str:
    name = subject.function.name
    if subject.template:
        name += f"<{', '.join(subject.template)}>"
    name = "rb_original_main" if name == "main" and not subject.owner else name
    return f"{subject.owner}::{name}" if subject.owner else name


def _arguments_cpp(subject: Subject, known: Known, *, spelled: bool, bare: bool) -> Pieces:
    alone = subject.calls in (Calls.TEAM, Calls.CREATOR)
    pieces = Pieces([], [], [], _call_cpp(subject, "rb_h"))
    if subject.function.owner and subject.function.owner == subject.function.name:
        return pieces
    if not spelled and subject.parameters:
        pieces.shared.append(f"using rb_f = decltype(&{_expression(subject)});")
    if subject.owner and not subject.static:
        made = f"({subject.owner} *)rb_block(sizeof({subject.owner}))"
        made = made if bare else f"rb::object<{subject.owner}>(1)"
        pieces.shared.append(f"static {subject.owner} *rb_object;")
        pieces.prepare.append(f"rb_object = {made};")
        if bare or not known.has_constructor(subject.owner):
            pieces.prepare.extend(fill("rb_object[0]", subject.owner, known, cpp=True))
    for index, parameter in enumerate(subject.parameters):
        kind = parameter.spelled if spelled else f"rb::parameter<rb_f, {index}>"
        name = f"rb_h{index}"
        lines = [f"static rb::holder<{kind}> *{name};"]
        prepare = [f"{name} = new rb::holder<{kind}>({value_of(parameter.name, subject.body)});"]
        prepare += _fill_cpp(name, parameter, known)
        if alone or subject.calls is Calls.ORPHAN or parameter.name in subject.shared:
            pieces.shared.extend(lines)
            pieces.prepare.extend(prepare)
        else:
            pieces.each.extend([lines[0].removeprefix("static "), *prepare])
    return pieces


def _fill_cpp(name: str, parameter: Parameter, known: Known) -> list[str]:
    plain = known.fields(parameter.type) is not None and not known.has_constructor(parameter.type)
    if not plain or parameter.levels > 1 or parameter.function:
        return []
    place = f"(*{name}->at)[0]" if parameter.levels else f"(*{name}->at)"
    return fill(place, parameter.type, known, cpp=True)


def _call_cpp(subject: Subject, prefix: str) -> str:
    values = ", ".join(f"{prefix}{i}->pass()" for i in range(len(subject.parameters)))
    if subject.function.owner == subject.function.name:
        return f"delete rb::object<{subject.owner}>(1);"  # its threads end with it
    if subject.owner and not subject.static:
        # Named with its class, so that no other class's override is called instead.
        call = f"rb_object->{_expression(subject)}({values})"
    else:
        call = f"{_expression(subject)}({values})"
    return f"rb::use([&]() -> decltype(auto) {{ return {call}; }});"


def _other(subject: Subject, number: int, pieces: Pieces) -> str:
    """The call of another method, with arguments of its own."""
    prefix = f"rb_m{number}_"
    for index, parameter in enumerate(subject.parameters):
        name, value = f"{prefix}{index}", value_of(parameter.name, subject.body)
        kind = f"rb::holder<{parameter.spelled}>"
        pieces.each.append(f"static thread_local {kind} *{name} = new {kind}({value});{OPTIONAL}")
    return _call_cpp(subject, prefix)
