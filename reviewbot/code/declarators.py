"""Declarators: name, pointers and qualifiers of what is declared, and the members of structs."""

from __future__ import annotations

import functools
import re
from collections.abc import Set
from dataclasses import dataclass, replace

from tree_sitter import Node

from reviewbot.code.parse import text_of
from reviewbot.code.words import words

PER_THREAD_WORDS = frozenset(("thread_local", "_Thread_local", "__thread"))
_DROP = re.compile(
    r"\b(const|volatile|struct|class|union|enum|typename|mutable|constexpr|static)\b"
)
_PLAIN = frozenset(words("void char short int long float double bool _Bool auto unsigned signed"))
_NUMBER = re.compile(r"^s?size_t$|^[us]?_?(?:int|char|short|long|float|double)\w*$")
_NAMELESS = frozenset({"union_specifier", "struct_specifier"})
LISTS = frozenset({"argument_list", "initializer_list"})  # of what an object is made with
MAX_NAMELESS = 4  # such within one another
_KEPT_POINTER = re.compile(r"\*\s*const\b")
MADE_SHARED = re.compile(r"(?:std::)?(?:make|allocate)_(shared|unique)\s*<(.+)>\s*\(")
# What threads meet by: `auto count = std::atomic<int>{0};` is shared wherever it stands.
_MEETS = re.compile(
    r"(?:^|::)(?:atomic\w*|\w*mutex|once_flag|condition_variable\w*|barrier|latch|\w+_semaphore)$"
)


@dataclass(frozen=True, slots=True)
class Member:
    """A field of a struct or class."""

    name: str
    type: str
    pointer: int
    array: int
    static: bool
    offset: int
    volatile: bool
    per_thread: bool = False  # a static thread_local
    reference: bool = False
    word: str = ""  # of a bit-field or a union's, the first of those that share its memory


def sole(start: Node) -> Node | None:
    """What an initialiser lists if it is one thing: `(rows)`, `{rows}`."""
    alone = start.type in LISTS and start.named_child_count == 1
    return start.named_children[0] if alone else None


@functools.lru_cache(maxsize=8192)
def clean_type(text: str) -> str:
    """A type's text without qualifiers, keywords and spare blanks."""
    return re.sub(r"\s+", " ", _DROP.sub(" ", text)).strip().removeprefix("::").strip()


def unnamed(node: Node) -> str:
    """What a struct without a name is called here: `static struct { int n; } state;`."""
    return f"@{node.start_byte}"


def members_of(node: Node, depth: int = 0) -> dict[str, Member]:
    """The data members that a struct's or class's body declares; all of a union's meet."""
    body = node.child_by_field_name("body")
    members: dict[str, Member] = {}
    run = ""  # bit-fields side by side are one memory location (C11, 3.14)
    union = node.type == "union_specifier"
    for child in body.named_children if body is not None else ():
        if child.type != "field_declaration":
            continue
        specifier = child.child_by_field_name("type")
        words = qualifiers(child)
        type_text = clean_type(type_text_of(specifier, words))
        width = next((c for c in child.named_children if c.type == "bitfield_clause"), None)
        if not union and (width is None or text_of(width).strip(" :") == "0"):
            run = ""
        within = specifier if specifier is not None and specifier.type in _NAMELESS else None
        if within is not None and not child.children_by_field_name("declarator"):
            alike = union and within.type == "union_specifier"
            members.update(_nameless(within, run if alike else "", depth))
        for declarator in child.children_by_field_name("declarator"):
            name, pointer, array = unwrap(declarator)
            if name is None or is_function(declarator):
                continue
            run = (run or text_of(name)) if width is not None or union else ""
            value = child.child_by_field_name("default_value")
            kind, pointer = typed(declarator, type_text, pointer, value, lasting=True)
            if "static" in words and text_of(name) in members:
                continue  # of two builds that in which each object has its own
            members[text_of(name)] = Member(
                text_of(name),
                kind,
                pointer,
                array,
                "static" in words,
                name.start_byte,
                "volatile" in words,
                bool(words & PER_THREAD_WORDS),
                "&" in text_of(declarator) and refers(declarator),
                run,
            )
    return members


def _nameless(node: Node, run: str, depth: int) -> dict[str, Member]:
    """The members of `union { … };` within a struct, which are the struct's own."""
    known = node.child_by_field_name("name") is not None or depth > MAX_NAMELESS
    found = {} if known else members_of(node, depth + 1)
    return {name: replace(m, word=run or m.word) for name, m in found.items()}


def bases_of(node: Node) -> tuple[str, ...]:
    """The names of the classes that a class is derived from, without template arguments."""
    clause = next((c for c in node.named_children if c.type == "base_class_clause"), None)
    named = ("type_identifier", "qualified_identifier", "template_type")
    children = clause.named_children if clause is not None else ()
    texts = [text_of(c) for c in children if c.type in named]
    return tuple(text.partition("<")[0].rpartition("::")[2].strip() for text in texts)


def atomic_pointer(declarator: Node, kind: str, pointer: int) -> tuple[str, int]:
    """(type, pointer depth): of `T *_Atomic p`, which is an atomic object itself, `_Atomic(T*)`."""
    if pointer and "_Atomic" in text_of(declarator):
        return f"_Atomic({kind}{'*' * pointer})", 0
    return kind, pointer


def typed(
    declarator: Node, kind: str, pointer: int, value: Node | None, *, lasting: bool
) -> tuple[str, int]:
    """(type, pointer depth) of a variable; of `auto` those of what makes it, if that says them.

    Of a local that is no lock, no atomic and the like, what the walk knows says more (inferred.py).
    """
    if kind != "auto" or value is None or "&" in text_of(declarator):
        return atomic_pointer(declarator, kind, pointer)
    made, depth = _made(value)
    if not made or not (lasting or _MEETS.search(made.partition("<")[0])):
        return kind, pointer
    return clean_type(made), max(pointer, depth)


def _made(value: Node) -> tuple[str, int]:
    """(type, pointer depth) that an expression names: `T{…}`, `std::t<…>(…)`, `new T`."""
    kind, text = value.child_by_field_name("type"), text_of(value)
    if value.type == "compound_literal_expression" and kind is not None:
        return text_of(kind), 0
    if value.type == "new_expression" and kind is not None:
        return text_of(kind), 1
    named = value.child_by_field_name("function") if value.type == "call_expression" else None
    if shared := MADE_SHARED.match(text):
        return f"std::{shared[1]}_ptr<{shared[2]}>", 0
    if named is None or not _MEETS.search(text_of(named).partition("<")[0]):
        return "", 0
    return text_of(named), 0


def type_text_of(specifier: Node | None, words: Set[str]) -> str:
    """A type specifier's text; of a struct that is defined there, its name."""
    if specifier is None:
        return ""
    if specifier.type.endswith("_specifier") and specifier.child_by_field_name("body") is not None:
        tag = specifier.child_by_field_name("name")
        return text_of(tag) if tag is not None else unnamed(specifier)
    prefix = "_Atomic " if "_Atomic" in words else ""
    return prefix + text_of(specifier)


def qualifiers(node: Node) -> frozenset[str]:
    """The qualifiers and storage classes of a declaration."""
    return frozenset(
        word
        for child in node.named_children
        if child.type in ("type_qualifier", "storage_class_specifier", "ERROR")
        for word in text_of(child).split()
    )


def is_function(declarator: Node) -> bool:
    """Whether a declarator declares a function, not an object or a pointer to a function."""
    while declarator.type in ("pointer_declarator", "reference_declarator"):
        inner = declarator.child_by_field_name("declarator") or declarator.named_children[-1]
        declarator = inner
    if declarator.type != "function_declarator":
        return False
    inner_name = declarator.child_by_field_name("declarator")
    return inner_name is not None and inner_name.type != "parenthesized_declarator"


def unwrap(declarator: Node) -> tuple[Node | None, int, int]:
    """(name, pointer depth, array dimensions) of a declarator however deep its name lies."""
    pointer = array = 0
    node: Node | None = declarator
    for _ in range(40):
        if node is None or node.type in ("identifier", "field_identifier", "type_identifier"):
            return node, pointer, array
        if node.type in ("qualified_identifier", "destructor_name", "operator_name"):
            return node, pointer, array
        pointer += node.type in ("pointer_declarator", "abstract_pointer_declarator")
        array += node.type == "array_declarator"
        inner = node.child_by_field_name("declarator")
        if inner is None:
            inner = next(
                (c for c in node.named_children if c.type.endswith(("declarator", "identifier"))),
                None,
            )
        node = inner
    return None, pointer, array


def may_be_record(kind: str) -> bool:
    """Whether a type may be a record that is out of sight: a name, and no number's."""
    return kind.isidentifier() and kind not in _PLAIN and _NUMBER.search(kind) is None


def may_be_product(parameter: Node) -> bool:
    """Whether a parameter may as well be `a * b`: a type of no known kind, a plain pointer."""
    kind, named = parameter.child_by_field_name("type"), parameter.child_by_field_name("declarator")
    if kind is None or kind.type != "type_identifier" or named is None:
        return False
    return text_of(kind).isidentifier() and re.fullmatch(r"\*\s*\w+", text_of(named)) is not None


def keeps_pointer(declarator: Node, words: Set[str]) -> bool:
    """Whether a pointer itself is constant: in `const char *p` it is not, what it points to is."""
    return "constexpr" in words or _KEPT_POINTER.search(text_of(declarator)) is not None


def structured(declarator: Node | None) -> Node | None:
    """The list of names in `auto& [key, value]`, if a declarator is that."""
    if declarator is not None and declarator.type == "reference_declarator":
        declarator = next(iter(declarator.named_children), None)
    found = declarator is not None and declarator.type == "structured_binding_declarator"
    return declarator if found else None


def refers(declarator: Node) -> bool:
    """Whether a declarator declares a reference."""
    node: Node | None = declarator
    for _ in range(40):
        if node is None or node.type == "reference_declarator":
            return node is not None
        node = node.child_by_field_name("declarator") or next(iter(node.named_children), None)
    return False


def maybe_object(declarator: Node, type_text: str, *, local: bool) -> bool:
    """`lock_guard<mutex> g(m);` parses as a function; a local of class type with names is none.

    Nor is `vector<int> v(rows * columns);` within a function, which reads as a pointer's name.
    """
    name, _, _ = unwrap(declarator)
    parameters = declarator.child_by_field_name("parameters")
    return (
        name is not None
        and parameters is not None
        and (
            "::" in type_text
            or "<" in type_text
            or type_text[:1].isupper()
            or (
                local and may_be_record(type_text) and all(map(_is_name, parameters.named_children))
            )
        )
        and bool(parameters.named_children)
        and all(_unnamed(p) or (local and may_be_product(p)) for p in parameters.named_children)
    )


def _is_name(parameter: Node) -> bool:
    """Whether a parameter is one word, or an element, that is not written like a type's."""
    text = text_of(parameter).partition("[")[0]
    return text.isidentifier() and may_be_record(text) and not text.endswith("_t")


def _unnamed(parameter: Node) -> bool:
    """Whether a parameter may as well be an argument: `m`, `cells[i]`."""
    declarator = parameter.child_by_field_name("declarator")
    return declarator is None or declarator.type == "abstract_array_declarator"


def is_reference(parameter: Node) -> bool:
    """Whether a parameter is declared as a reference."""
    declarator = parameter.child_by_field_name("declarator")
    return declarator is not None and declarator.type == "reference_declarator"
