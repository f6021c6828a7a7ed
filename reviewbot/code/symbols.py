"""Names and what they stand for: variables, structs, functions of one file, and their scopes."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tree_sitter import Node

from reviewbot.code.declarators import (
    PER_THREAD_WORDS,
    Member,
    bases_of,
    clean_type,
    is_function,
    keeps_pointer,
    may_be_record,
    maybe_object,
    members_of,
    qualifiers,
    refers,
    structured,
    type_text_of,
    typed,
    unnamed,
    unwrap,
)
from reviewbot.code.lineages import Lineages
from reviewbot.code.parse import Parsed, text_of
from reviewbot.code.per_thread import class_around
from reviewbot.code.template_types import parameters_of
from reviewbot.code.words import words

if TYPE_CHECKING:
    from reviewbot.code.values import Form, Value

_NO_WORDS: frozenset[str] = frozenset()
_KEPT = frozenset({"const", "constexpr"})
MAX_NESTED = 60  # structs, namespaces: what nests deeper is hostile
_IDS = itertools.count(1)
_ATOMIC = re.compile(r"\b_Atomic\b|\batomic(_\w+)?\b|\batomic64_t\b|\batomic_ref\b")
CONTAINERS = re.compile(
    r"\b(vector|deque|list|forward_list|map|multimap|set|multiset|unordered_\w+|string|basic_string"
    r"|queue|stack|priority_queue|ostringstream|stringstream|array|span|optional|QList|QVector|QMap"
    r"|QHash|bitset|valarray|string_view)\b"
)
_GROWING = re.compile(
    r"\b(?:vector|deque|\w*list|\w*map|\w*set|\w*string|(?:priority_)?queue|stack"
    r"|Q(?:List|Vector|Map|Hash))$"
)
_LOCK = re.compile(
    r"(?i)(mutex|mtx|cond|rwlock|spinlock)_?t\b|\bstd::\w*mutex\b|condition_variable"
)
_ENGINE = re.compile(r"\bmt19937|\bminstd_rand|_engine\b|\branlux|\bknuth_b\b")
_STREAM = re.compile(r"\b[io]?(?:string|f)?stream$")
_SMART = re.compile(r"\b(unique_ptr|shared_ptr|weak_ptr)\b")
_SPECIALISED = re.compile(r"(?<!operator)(?<!operator<)<[^<>]*>$")  # `put<bool>` is a `put`


@functools.lru_cache(maxsize=4096)
def is_atomic(type_text: str) -> bool:
    """Whether a type makes every access of its objects atomic."""
    return _ATOMIC.search(type_text) is not None


@functools.lru_cache(maxsize=4096)
def is_lock(type_text: str) -> bool:
    """Whether a type is a mutex or condition variable, under whatever prefix."""
    return _LOCK.search(type_text) is not None


@functools.lru_cache(maxsize=4096)
def is_container(type_text: str) -> bool:
    """Whether a type is a standard container or string."""
    return CONTAINERS.search(type_text) is not None


@functools.lru_cache(maxsize=4096)
def is_smart(type_text: str) -> bool:
    """Whether a type is a smart pointer, which is read like a pointer."""
    return _SMART.search(type_text.partition("<")[0]) is not None


@functools.lru_cache(maxsize=4096)
def is_engine(type_text: str) -> bool:
    """Whether a type is a generator of random numbers, which every use moves on."""
    return _ENGINE.search(type_text) is not None


@functools.lru_cache(maxsize=4096)
def is_stream(type_text: str) -> bool:
    """Whether a type is a stream of the standard library."""
    return _STREAM.search(type_text) is not None


@functools.lru_cache(maxsize=4096)
def is_growing(type_text: str) -> bool:
    """Whether a type is a container whose elements move or come and go."""
    return _GROWING.search(type_text.partition("<")[0]) is not None


@dataclass(eq=False, slots=True)
class Symbol:
    """A variable as one walk sees it; a function walked twice makes its locals anew."""

    name: str
    type: str  # the base type's text without qualifiers: "int", "std::vector<int>"
    storage: str  # auto | static | global | param | tls | extern | this
    offset: int = -1
    pointer: int = 0  # pointer depth, arrays not counted
    array: int = 0  # array dimensions
    reference: bool = False
    volatile: bool = False
    constant: bool = False
    owner: int = 0  # the party whose walk declared it
    depth: int = 0  # how many parallel constructs enclosed the declaration
    value: Value | None = None  # what it is bound to, where that is known and never changes
    derived: frozenset[str] = frozenset()  # what its number derives from: see values.py
    region: int = 0  # the region instance in which it was declared; 0 outside
    rule: str = ""  # the data-sharing rule that made this private copy
    once: bool = False  # assigned exactly once: its value may stand for it
    origins: tuple[Form, ...] = ()  # of a pointer assigned again: indices that it first pointed to
    made: frozenset[str] | None = None  # of a pointer to memory of its own: what leads out of it
    turns: int = -1  # how many loops enclosed the declaration, where there was one
    serial: int = field(default_factory=_IDS.__next__)

    @property
    def container(self) -> bool:
        """Whether it is an object of the standard library with a structure of its own."""
        return not self.pointer and is_container(self.type)


# The fields of a symbol up to its owner: name, type, storage, offset, pointer, array, reference,
# volatile, constant.
Template = tuple[str, str, str, int, int, int, bool, bool, bool]


@dataclass(frozen=True, slots=True)
class Function:
    """A function defined in the file."""

    name: str  # without its class
    owner: str  # the class, "" for free functions
    node: Node
    body: Node
    parameters: tuple[Node, ...]
    static: bool

    @property
    def qualified(self) -> str:
        """`Class::name` or `name`."""
        return f"{self.owner}::{self.name}" if self.owner else self.name

    @property
    def constructs(self) -> bool:
        """Whether it is a constructor."""
        return bool(self.owner) and self.owner == self.name


@dataclass(slots=True)
class FileSymbols(Lineages):
    """What a file declares at its top level."""

    functions: dict[str, list[Function]] = field(default_factory=dict)
    operators: bool = False  # whether a class here defines an assignment of its own
    structs: dict[str, dict[str, Member]] = field(default_factory=dict)
    globals: dict[str, Symbol] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)  # literals that constant globals are
    threadprivate: frozenset[str] = frozenset()  # names of a function's own static variables
    initials: dict[str, Node] = field(default_factory=dict)  # brace initialisers of globals
    errors: list[Node] = field(default_factory=list)
    guesses: dict[str, dict[str, Member]] = field(default_factory=dict)  # see unseen_types.py
    pointers: dict[str, Node] = field(default_factory=dict)  # what global pointers begin with
    # (type, pointer depth) of what functions declared here return, if it is a pointer
    returns: dict[str, tuple[str, int]] = field(default_factory=dict)
    # What a declaration declares, by its node: a function is walked for each call of it.
    parameters: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of class templates
    templates: dict[tuple[int, str], list[tuple[Template, Node | None]]] = field(
        default_factory=dict
    )

    def declared(
        self, node: Node, storage: str, *, owner: int = 0
    ) -> Iterator[tuple[Symbol, Node | None]]:
        """The variables of a local declaration or parameter made anew, with their initialisers."""
        known = self.templates.get((node.id, storage))
        if known is None:
            known = self.templates[node.id, storage] = list(_templates(node, storage))
        for template, value in known:
            yield Symbol(*template, owner), value

    def struct(self, type_text: str) -> str:
        """The struct's name behind a type's text, following typedefs; the text if unknown."""
        name = clean_type(type_text)
        name = self.types.get(name, name)
        if name in self.structs or ("::" not in name and "<" not in name):
            return name
        plain = name.split("<")[0]
        last = plain.rsplit("::", 1)[-1]  # a namespace before it makes no other class of it
        return last if last in self.structs and not plain.startswith("std::") else plain

    def member(self, type_text: str, name: str) -> Member | None:
        """The field of that name, if the type is a struct known here; a base's too."""
        struct = self.struct(type_text)
        if "::" in name:  # one that hides a base's, see hidden.py
            struct, _, name = name.rpartition("::")
        found = self.structs.get(struct, {}).get(name)
        if found is None and struct in self.guesses and not self.structs.get(struct):
            return self.guesses[struct].get(name)
        if found is not None or not self.bases:
            return found
        known = (self.structs.get(base, {}).get(name) for base in self.lineage(struct)[1:])
        return next((member for member in known if member is not None), None)

    def lies_over(self, record: str, kind: str) -> bool:
        """Whether memory of that kind may be this record: one that begins with it, or an unseen's.

        `struct job { struct node node; … }`: a pointer to the node is one to the job.
        """
        fields, own = self.structs.get(record), self.struct(kind)
        if not fields or own == record or not may_be_record(own):
            return False
        first = next(iter(fields.values()))
        plain = not (first.pointer or first.array or first.reference)
        begins = plain and self.struct(first.type) == own
        return begins or own not in self.structs or own in self.lineage(record)

    def all_functions(self) -> Iterator[Function]:
        """Every function of the file, in order."""
        for versions in self.functions.values():
            yield from versions


def collect(parsed: Parsed, into: FileSymbols | None = None) -> FileSymbols:
    """Read the top level of a file, namespaces too: functions, structs, globals, types."""
    symbols = into or FileSymbols()
    threadprivate = {
        name.strip()
        for directive in parsed.directives
        if directive.has("threadprivate") and not class_around(parsed, directive)
        for name in directive.argument.split(",")
    }
    _collect(parsed.root, symbols, "", 0)
    for name in threadprivate & symbols.globals.keys():
        symbols.globals[name].storage = "tls"
    symbols.threadprivate = frozenset(threadprivate - symbols.globals.keys())
    for symbol in symbols.globals.values():
        symbols.resolve(symbol)
    for fields in symbols.structs.values() if symbols.shapes else ():
        symbols.unfold(fields)
    return symbols


_CONTAINERS_OF_CODE = frozenset(
    words(
        """translation_unit namespace_definition declaration_list linkage_specification
    template_declaration ERROR preproc_if preproc_ifdef export_declaration"""
    )
)


def _collect(node: Node, symbols: FileSymbols, owner: str, depth: int) -> None:
    if depth > MAX_NESTED:
        return
    for child in node.named_children:
        kind = child.type
        if kind == "function_definition":
            _add_function(child, symbols, owner)
        elif kind in ("declaration", "type_definition", "alias_declaration"):
            add_declaration(child, symbols)
        elif kind in ("struct_specifier", "class_specifier", "union_specifier"):
            add_struct(child, symbols)
        elif kind in _CONTAINERS_OF_CODE:
            if kind == "ERROR":
                symbols.errors.append(child)
            _collect(child, symbols, owner, depth + 1)


def add_declaration(node: Node, symbols: FileSymbols) -> None:
    """Take in what a declaration names: a type, an alias of one, or variables of the file."""
    specifier = node.child_by_field_name("type")
    if specifier is not None and specifier.type.endswith("_specifier"):
        add_struct(specifier, symbols)
    if node.type == "type_definition":
        _add_typedef(node, specifier, symbols)
        return
    if node.type == "alias_declaration":
        name = node.child_by_field_name("name")
        if name is not None and specifier is not None:
            symbols.alias(text_of(name), clean_type(text_of(specifier)))
        return
    if node.type == "declaration":
        for symbol, value in symbols.declared(node, "global"):
            symbols.globals[symbol.name] = symbol
            if value is not None and value.type == "initializer_list":
                symbols.initials[symbol.name] = value
            elif value is not None and value.type == "number_literal" and symbol.constant:
                symbols.numbers[symbol.name] = text_of(value)
            elif value is not None and symbol.pointer:
                symbols.pointers[symbol.name] = value
        _add_returns(node, specifier, symbols)


def _add_returns(node: Node, specifier: Node | None, symbols: FileSymbols) -> None:
    for declarator in node.children_by_field_name("declarator"):
        if declarator.type == "pointer_declarator" and is_function(declarator):
            name, pointer, _ = unwrap(declarator)
            if name is not None:
                kind = clean_type(type_text_of(specifier, qualifiers(node)))
                symbols.returns[text_of(name)] = (kind, pointer)


def _add_typedef(node: Node, specifier: Node | None, symbols: FileSymbols) -> None:
    if specifier is None:
        return
    tag = specifier.child_by_field_name("name")
    own = text_of(tag) if tag is not None else ""
    for declarator in node.children_by_field_name("declarator"):
        name, pointer, array = unwrap(declarator)
        if name is None:
            continue
        own = target = own or "*" * pointer + text_of(name)
        if (pointer or array) and "(" not in text_of(declarator):
            symbols.hide(text_of(name), pointer, array, symbols.structs)
        if specifier.type in ("struct_specifier", "union_specifier", "class_specifier"):
            if tag is None:
                symbols.structs[target] = members_of(specifier)
            symbols.types[text_of(name)] = target
        else:
            symbols.alias(text_of(name), clean_type(type_text_of(specifier, qualifiers(node))))


def add_struct(node: Node, symbols: FileSymbols, depth: int = 0) -> None:
    """Take in a struct or class definition and the methods defined inside it."""
    if node.type == "enum_specifier" or depth > MAX_NESTED:
        return
    body, tag = node.child_by_field_name("body"), node.child_by_field_name("name")
    if body is None:
        return
    name = text_of(tag).split("<")[0] if tag is not None else unnamed(node)
    symbols.structs[name] = members_of(node)
    if names := parameters_of(node):
        symbols.parameters[name] = names
    bases = bases_of(node)
    if bases:
        symbols.derive(name, bases)
    for child in body.named_children:
        wrapped = child.type in ("template_declaration", "friend_declaration")
        inner = child.named_children[-1] if wrapped and child.named_children else child
        if inner.type == "function_definition":
            _add_function(inner, symbols, "" if child.type == "friend_declaration" else name)
        elif inner.type == "field_declaration":
            specifier = inner.child_by_field_name("type")
            if specifier is not None and specifier.type.endswith("_specifier"):
                add_struct(specifier, symbols, depth + 1)
        elif inner.type.endswith("_specifier"):
            add_struct(inner, symbols, depth + 1)
        elif inner.type in ("alias_declaration", "type_definition"):
            add_declaration(inner, symbols)


def _body_of(node: Node) -> Node | None:
    """A function's statements; of `void f() try { … } catch (…) { … }` those that are tried."""
    body = node.child_by_field_name("body")
    tried = body.named_children if body is not None and body.type == "try_statement" else ()
    return next((c for c in tried if c.type == "compound_statement"), body)


def _add_function(node: Node, symbols: FileSymbols, owner: str) -> None:
    declarator, body = node.child_by_field_name("declarator"), _body_of(node)
    while declarator is not None and declarator.type != "function_declarator":
        declarator = declarator.child_by_field_name("declarator") or next(
            (c for c in declarator.named_children if c.type.endswith("declarator")), None
        )
    if declarator is None or body is None or body.type != "compound_statement":
        return
    name_node = declarator.child_by_field_name("declarator")
    if name_node is None:
        return
    parts = _SPECIALISED.sub("", text_of(name_node)).split("::")
    name = parts[-1]
    cls = re.sub(r"<.*", "", parts[-2]).strip() if len(parts) > 1 else owner
    parameters = declarator.child_by_field_name("parameters")
    nodes = tuple(parameters.named_children) if parameters is not None else ()
    static = "static" in qualifiers(node)
    function = Function(name, cls, node, body, nodes, static)
    symbols.functions.setdefault(name, []).append(function)
    symbols.operators |= name.startswith("operator") and name.endswith("=")


def _templates(node: Node, storage: str) -> Iterator[tuple[Template, Node | None]]:
    specifier = node.child_by_field_name("type")
    declarators = node.children_by_field_name("declarator")
    # No room for a qualifier before, or between, the type and what it declares: the usual case.
    start, end = (specifier.start_byte, specifier.end_byte) if specifier is not None else (0, -9)
    first = declarators[0].start_byte if declarators else 0
    words = _NO_WORDS if node.start_byte == start and first <= end + 1 else qualifiers(node)
    type_text = clean_type(type_text_of(specifier, words))
    atomic_type = "_Atomic " if "_Atomic" in words and "_Atomic" not in type_text else ""
    kind = _storage(words, storage)
    written_after = node.child_by_field_name("value")  # of a declaration that is a condition
    constant = not _KEPT.isdisjoint(words)
    for declarator in declarators:
        if declarator.type == "identifier":
            plain = text_of(declarator), atomic_type + type_text, kind, declarator.start_byte
            yield (*plain, 0, 0, False, "volatile" in words, constant), written_after
            continue
        value = declarator.child_by_field_name("value") or written_after
        inner = (
            declarator.child_by_field_name("declarator")
            if declarator.type == "init_declarator"
            else declarator
        )
        if inner is None or (
            is_function(inner)
            and value is None
            and not maybe_object(inner, type_text, local=storage == "auto")
        ):
            continue
        for name, depth, array, reference in _names(inner):
            own, pointer = typed(inner, type_text, depth, value, lasting=kind != "auto")
            yield (
                (
                    text_of(name),
                    atomic_type + own,
                    kind,
                    name.start_byte,
                    pointer,
                    array,
                    reference,
                    "volatile" in words,
                    constant and (not pointer or keeps_pointer(inner, words)),
                ),
                value if value is not None else _constructor(inner),
            )


def _constructor(declarator: Node) -> Node | None:
    return (
        declarator.child_by_field_name("parameters")
        if declarator.type == "function_declarator" and is_function(declarator)
        else None
    )


def _storage(words: frozenset[str], storage: str) -> str:
    if words & PER_THREAD_WORDS:
        return "tls"
    if storage == "auto" and "static" in words:
        return "static"
    if "extern" in words:
        return "global"
    return storage


def _names(declarator: Node) -> Iterator[tuple[Node, int, int, bool]]:
    bound = structured(declarator)
    if bound is not None:
        for child in bound.named_children:
            yield child, 0, 0, bound is not declarator
        return
    if declarator.type == "identifier":
        yield declarator, 0, 0, False
        return
    name, pointer, array = unwrap(declarator)
    if name is not None and name.type == "identifier":
        yield name, pointer, array, "&" in text_of(declarator) and refers(declarator)


def private_copy(symbol: Symbol, rule: str, *, keep_value: bool = False) -> Symbol:
    """A thread's own copy of a variable under a data-sharing rule."""
    value = symbol.value if keep_value else None
    if value is not None and value.fresh:  # known by two names from now on
        value = replace(value, fresh=False)
    return Symbol(
        symbol.name,
        symbol.type,
        "auto",
        symbol.offset,
        symbol.pointer,
        symbol.array,
        False,
        symbol.volatile,
        False,
        symbol.owner,
        symbol.depth,
        value,
        symbol.derived if keep_value else frozenset(),
        symbol.region,
        rule,
    )
