"""Static members that `#pragma omp threadprivate` names: each thread has one of its own."""

from __future__ import annotations

from dataclasses import replace

from reviewbot.code.declarators import Member
from reviewbot.code.openmp import Directive
from reviewbot.code.parse import Parsed, text_of

_CLASSES = frozenset({"class_specifier", "struct_specifier"})
_DEEP = 40
Structs = dict[str, dict[str, Member]]


def split_members(parsed: Parsed, structs: Structs) -> None:
    """Mark the static members that threadprivate directives of the file name, within the class.

    The directive stands within the class (OpenMP 5.2, 5.2); compilers take `Class::member` too.
    """
    for directive in parsed.directives:
        if not directive.has("threadprivate"):
            continue
        owner = class_around(parsed, directive)
        for name in directive.argument.split(","):
            qualifier, _, member = name.strip().rpartition("::")
            _split(structs, qualifier.rpartition("::")[2] or owner, member)


def _split(structs: Structs, owner: str, name: str) -> None:
    known = structs.get(owner, {}).get(name) if owner else None
    if known is not None and known.static:
        structs[owner] |= {name: replace(known, per_thread=True)}


def class_around(parsed: Parsed, directive: Directive) -> str:
    """The class in whose definition a directive stands, "" if it is none, or has no name."""
    at = directive.offset
    node = parsed.root.descendant_for_byte_range(at, at)
    for _ in range(_DEEP):
        if node is None or node.type == "function_definition":
            return ""
        if node.type in _CLASSES:
            tag = node.child_by_field_name("name")
            return text_of(tag).partition("<")[0] if tag is not None else ""
        node = node.parent
    return ""
