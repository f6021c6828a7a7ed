"""The function that a driver is to call: how it is named, what it takes, who runs it at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from tree_sitter import Node

from reviewbot.code.parse import Parsed, text_of
from reviewbot.code.symbols import FileSymbols, Function
from reviewbot.escalation.harness_parameters import Parameter, parameters
from reviewbot.escalation.harness_skip import CREATES, closing_brace

MAX_OTHERS = 3  # methods called beside the one in question, one by each other thread


class Calls(Enum):
    """How several threads come to run a function."""

    TEAM = "it starts a team of its own"
    ORPHAN = "its directives bind to the caller's team"
    CREATOR = "it starts threads itself"
    WORKER = "it is the body of a thread"
    METHOD = "threads call it on one object"
    SHARED = "threads call it on what its locks and atomics guard"


@dataclass(frozen=True, slots=True)
class Subject:
    """A function with what decides about its driver."""

    function: Function
    parameters: tuple[Parameter, ...]
    calls: Calls
    spaces: tuple[str, ...]  # the namespaces around it, "" for anonymous ones
    template: tuple[str, ...]  # arguments for its own template parameters
    owner: str  # the class with its template arguments, "" for free functions
    shared: frozenset[str]  # parameters that all threads have in common
    static: bool
    once: bool  # it begins or ends its object's life: one thread calls it, and once
    body: str


_SYNC = (
    r"(?:\w*(?:(?<![bc])[lL]ock|(?<![BC])LOCK|[mM]utex|MUTEX|_cond_|[sS]emaphore|sem_|atomic|ATOMIC|__sync_"
    r"|[bB]arrier|call_once|[gG]uard)\w*)"
)
SYNCHRONISES = re.compile(
    rf"\b{_SYNC}(?:<[^;{{}}]*>)?\s*\w*\s*[({{]|\.(?:lock|unlock|load|store|exchange|fetch_\w+"
    r"|compare_exchange\w*|wait|notify_\w+|acquire|release)\s*\(|->(?:[lL]ock|[uU]nlock)\s*\("
)
_ARGUMENTS = re.compile(
    rf"\b{_SYNC}(?:<[^;{{}}]*>)?\s*\w*\s*[({{]([^;{{}}]*)|([\w.>\[\]-]+?)(?:\.|->)(?:lock|unlock|load"
    r"|store|exchange|fetch_\w+|compare_exchange\w*|wait|[lL]ock|[uU]nlock)\s*\("
)
_GUARDS = re.compile(
    r"\batomic\b|\batomic_|(?i:mutex|\w*lock_?t?\b|critical_?section|condition_variable)\s*<?[\w:]*>?\s+\w+\s*;"
)


def subject(parsed: Parsed, symbols: FileSymbols, function: Function) -> Subject | str:
    """What the driver must know of a function, or why nothing speaks for calling it at once."""
    text = parsed.translation.text
    body = text[function.body.start_byte : function.body.end_byte]
    takes = tuple(parameters(function))
    calls = _calls(parsed, symbols, function, takes, body)
    if calls is None:
        return "nothing in it says that threads run it at once"
    spaces, templates, classes = _around(function.node)
    prefix = _prefix(function) or classes
    of_class = templates[-1:] if function.owner and _template_of_class(function) else ()
    own = templates[: len(templates) - len(of_class)]
    if of_class and of_class[0] and prefix:
        prefix = (f"{prefix[0]}<{', '.join(of_class[0])}>", *prefix[1:])
    owner = "::".join(prefix) if function.owner else ""
    return Subject(
        function=function,
        parameters=takes,
        calls=calls,
        spaces=spaces,
        template=own[0] if own else (),
        owner=owner,
        shared=_shared(takes, body),
        static=_is_static(parsed, function),
        once=calls is Calls.METHOD and _LIFE.search(function.name) is not None,
        body=body,
    )


def _calls(
    parsed: Parsed,
    symbols: FileSymbols,
    function: Function,
    parameters: tuple[Parameter, ...],
    body: str,
) -> Calls | None:
    inside = [
        d
        for d in parsed.directives
        if function.body.start_byte <= d.offset < function.body.end_byte
        and not d.has("threadprivate", "declare")
    ]
    if any(d.forks for d in inside):
        return Calls.TEAM
    if inside:
        return Calls.ORPHAN
    if CREATES.search(body):
        return Calls.CREATOR
    untyped = [p for p in parameters if p.type == "void" and p.levels == 1]
    if len(untyped) == len(parameters) == 1 and (
        not function.owner or _is_static(parsed, function)
    ):
        return Calls.WORKER
    if function.owner:
        return Calls.METHOD if _guarded(parsed, function, body) else None
    if SYNCHRONISES.search(body):
        return Calls.SHARED
    return Calls.SHARED if _has_statics(symbols, body) else None


def _guarded(parsed: Parsed, function: Function, body: str) -> bool:
    """Whether the class is made for several threads: this method locks, or a field can."""
    if SYNCHRONISES.search(body):
        return True
    text = parsed.translation.text
    found = re.search(
        rf"\b(?:class|struct)\s+(?:\w+\s+)?{re.escape(function.owner)}\b[^;{{]*\{{", text
    )
    inside = text[found.end() : closing_brace(text, found.end())] if found else ""
    return _GUARDS.search(inside) is not None


def _has_statics(symbols: FileSymbols, body: str) -> bool:
    """Whether a free function uses an object that exists once: only there can its calls meet."""
    if re.search(r"\bstatic\s+(?!const\b|constexpr\b)", body):
        return True
    used = (symbols.globals.get(name) for name in re.findall(r"[A-Za-z_]\w*", body))
    return any(v is not None and not v.constant and v.storage != "tls" for v in used)


def _shared(parameters: tuple[Parameter, ...], body: str) -> frozenset[str]:
    """The parameters through which locks and atomics are reached; else those that are pointers."""
    names = {p.name for p in parameters}
    reached: set[str] = set()
    for match in _ARGUMENTS.finditer(body):
        reached |= set(re.findall(r"[A-Za-z_]\w*", (match.group(1) or "") + (match.group(2) or "")))
    for _ in range(2):  # a local that was taken from a parameter stands for it
        for local in list(reached - names):
            for start in re.findall(rf"\b{re.escape(local)}\s*=\s*([^;=][^;]*);", body):
                reached |= set(re.findall(r"[A-Za-z_]\w*", start))
    pointers = {p.name for p in parameters if p.pointer or p.reference}
    return frozenset(reached & pointers)


def _prefix(function: Function) -> tuple[str, ...]:
    """What a definition outside its class writes before its name: `a::B<T>::f` gives a, B."""
    head = text_of(function.node)[: function.body.start_byte - function.node.start_byte]
    found = re.search(
        rf"((?:[A-Za-z_]\w*\s*(?:<[^<>()]*>)?\s*::\s*)+){re.escape(function.name)}\s*\(", head
    )
    parts = re.sub(r"<[^<>]*>|\s", "", found.group(1)).split("::") if found else []
    return tuple(part for part in parts if part)


def _parents(node: Node) -> list[str]:
    kinds, parent = [], node.parent
    while parent is not None:
        kinds.append(parent.type.split("_")[0])
        parent = parent.parent
    return kinds


def _around(
    node: Node,
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Namespaces around a node, outermost first; template arguments, inner first; classes."""
    spaces: list[str] = []
    classes: list[str] = []
    templates: list[tuple[str, ...]] = []
    parent = node.parent
    while parent is not None:
        if parent.type == "namespace_definition":
            name = parent.child_by_field_name("name")
            spaces = [*(text_of(name).split("::") if name is not None else [""]), *spaces]
        elif parent.type in ("class_specifier", "struct_specifier"):
            name = parent.child_by_field_name("name")
            classes = [text_of(name) if name is not None else "", *classes]
        elif parent.type == "template_declaration":
            templates.append(_template_arguments(parent))
        parent = parent.parent
    return tuple(s.strip() for s in spaces), tuple(templates), tuple(classes)


def _template_arguments(node: Node) -> tuple[str, ...]:
    """An argument for each parameter without a default: a number for values, `double` for types."""
    parameters = node.child_by_field_name("parameters")
    found: list[str] = []
    for child in parameters.named_children if parameters is not None else ():
        if child.type == "type_parameter_declaration":
            found.append("double")
        elif child.type == "parameter_declaration":
            found.append("1" if "bool" in text_of(child) else "4")
    return tuple(found)


def _template_of_class(function: Function) -> bool:
    """Whether the outermost template around a method is that of its class."""
    head = text_of(function.node)[: function.body.start_byte - function.node.start_byte]
    parents = _parents(function.node)
    inside = next((i for i, kind in enumerate(parents) if kind in ("class", "struct")), -1)
    in_class = inside >= 0 and "template" in parents[inside:]
    return in_class or re.search(rf"\b{re.escape(function.owner)}\s*<", head) is not None


def _is_static(parsed: Parsed, function: Function) -> bool:
    """Whether a method is called without an object; its declaration in the class decides."""
    if function.static or not function.owner:
        return function.static
    text = parsed.translation.text
    declares = rf"\bstatic\b[^;{{}}()]*\b{re.escape(function.name)}\s*\("
    return re.search(declares, text) is not None


def other_methods(symbols: FileSymbols, parsed: Parsed, function: Function) -> tuple[Function, ...]:
    """Methods of the same class that take locks or touch atomics, to be called beside it."""
    text = parsed.translation.text
    chosen = []
    for other in sorted(symbols.all_functions(), key=lambda f: f.node.start_byte):
        body = text[other.body.start_byte : other.body.end_byte]
        fits = other.owner == function.owner and other.name != function.name
        if fits and SYNCHRONISES.search(body) and not _ends_life(other, function.owner, body):
            chosen.append(other)
    return tuple(chosen[:MAX_OTHERS])


_LIFE = re.compile(
    r"(?i)init|destroy|shutdown|close|stop|finish|reset|clear|join|wait|start|open|run|loop|~|operator"
)


def _ends_life(function: Function, owner: str, body: str) -> bool:
    """Whether a method begins or ends the object's life or blocks: not for many threads at once."""
    return (
        function.name == owner
        or _LIFE.search(function.name) is not None
        or re.search(r"\.wait\s*\(|cond_wait|->wait\s*\(", body) is not None
        or CREATES.search(body) is not None
    )
