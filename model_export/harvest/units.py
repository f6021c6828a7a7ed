"""The units of a flattened file: what stands at its top level, what each names and what it uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tree_sitter import Node

from model_export.harvest.flatten import Flat
from reviewbot.code.parse import Parsed, text_of
from reviewbot.escalation.harness_source import read

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_MEMBER = re.compile(r"(?:\.|->)\s*([A-Za-z_]\w*)")
_SILENT = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(define|undef)[ \t]+(\w+)(?:[^\n\\]|\\.|\\\n)*", re.M)
_ATTACHED = re.compile(
    r"^[ \t]*#[ \t]*pragma[ \t]+(?:omp[ \t]+(?:threadprivate|declare)|pack)[^\n]*", re.M
)
_TAGGED = ("struct_specifier", "union_specifier", "class_specifier", "enum_specifier")
_WRAPPERS = ("linkage_specification", "declaration_list", "ERROR", "translation_unit")
_ALWAYS = ("using_declaration", "namespace_alias_definition")


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a file that can be taken or left; offsets lie in the flattened text."""

    start: int
    end: int
    kind: str  # "macro", "pragma", or the syntax tree's own word
    text: str
    names: frozenset[str]
    uses: frozenset[str]
    members: frozenset[str] = frozenset()  # names after `.` or `->`
    spaces: tuple[str, ...] = ()  # the namespaces around it, as written, outermost first
    owner: str = ""  # the class, of a member defined outside it
    path: str = ""

    @property
    def lines(self) -> int:
        """How long it is."""
        return self.text.count("\n") + 1


def identifiers(text: str) -> frozenset[str]:
    """Every identifier of a text, but not those of its comments and strings."""
    return frozenset(_IDENTIFIER.findall(_SILENT.sub(" ", text)))


def _used(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """(names used, names of members): a field is no reason to follow a function of its name."""
    plain = _SILENT.sub(" ", text)
    members = frozenset(_MEMBER.findall(plain))
    return frozenset(_IDENTIFIER.findall(_MEMBER.sub(" ", plain))), members


def units_of(path: Path, flat: Flat) -> tuple[Unit, ...]:
    """Every unit in the order of the text."""
    parsed, _ = read(path.name, flat.text)
    found = [*_of_tree(parsed.root, parsed, ()), *_of_directives(flat.text)]
    origins = _origins(flat)
    return tuple(
        _with_path(unit, origins(unit.start)) for unit in sorted(found, key=lambda u: u.start)
    )


def _with_path(unit: Unit, path: str) -> Unit:
    return replace(unit, path=path)


class _origins:  # noqa: N801 - a function with a table
    def __init__(self, flat: Flat) -> None:
        self._flat = flat
        self._at = 0
        self._line = 0

    def __call__(self, offset: int) -> str:
        """The file that a character came from; asked for in ascending order."""
        self._line += self._flat.text.count("\n", self._at, offset)
        self._at = offset
        return self._flat.origins[min(self._line, len(self._flat.origins) - 1)]


def _of_directives(text: str) -> Iterator[Unit]:
    for match in _DIRECTIVE.finditer(text):
        whole = match.group().rstrip()
        uses = identifiers(whole) - {"define", "undef"} if match[1] == "define" else frozenset()
        yield Unit(match.start(), match.end(), "macro", whole, frozenset([match[2]]), uses)
    for match in _ATTACHED.finditer(text):
        names = identifiers(match.group())
        yield Unit(match.start(), match.end(), "pragma", match.group(), names, frozenset())


def _of_tree(node: Node, parsed: Parsed, spaces: tuple[str, ...]) -> Iterator[Unit]:
    for child in node.named_children:
        if child.type == "namespace_definition":
            name = child.child_by_field_name("name")
            inline = "inline " if text_of(child).startswith("inline") else ""
            inner = (
                *spaces,
                f"{inline}namespace {text_of(name) if name is not None else ''}".strip(),
            )
            body = child.child_by_field_name("body")
            if body is not None:
                yield from _of_tree(body, parsed, inner)
        elif child.type in _WRAPPERS:
            yield from _of_tree(child, parsed, spaces)
        elif child.end_byte > child.start_byte and child.type != "comment":
            yield _unit(child, parsed, spaces)


def _unit(node: Node, parsed: Parsed, spaces: tuple[str, ...]) -> Unit:
    start = parsed.translation.origin(node.start_byte)
    end = parsed.translation.origin(node.end_byte - 1) + 1
    text = parsed.translation.source[start:end]
    if node.type in _TAGGED:
        text += ";"  # the tree ends it before its semicolon
    owner, names = _named(node)
    uses, members = _used(text)
    if "virtual" not in uses:  # a table of virtual functions needs them all
        uses = (uses - (frozenset(_fields(node)) - names)) | _in_bodies(node)
    return Unit(start, end, node.type, text, frozenset(names), uses, members, spaces, owner)


def _fields(node: Node) -> Iterator[str]:
    """The names that a struct or class declares inside itself: they are no reason to follow one."""
    for child in node.named_children:
        if child.type == "field_identifier":
            yield text_of(child)
        elif child.type not in ("compound_statement", "parameter_list"):
            yield from _fields(child)


def _in_bodies(node: Node) -> frozenset[str]:
    """What the bodies inside a class use."""
    if node.type == "compound_statement":
        return _used(text_of(node))[0]
    found: frozenset[str] = frozenset()
    for child in node.named_children:
        found |= _in_bodies(child)
    return found


def _named(node: Node) -> tuple[str, set[str]]:
    """(class of a member defined outside it, the names that a unit brings in)."""
    if node.type == "template_declaration":
        inner = [c for c in node.named_children if c.type != "template_parameter_list"]
        return _named(inner[-1]) if inner else ("", set())
    names: set[str] = set()
    kind = node if node.type in _TAGGED else node.child_by_field_name("type")
    if kind is not None and kind.type in _TAGGED:
        names |= _tag(kind)
    if node.type in ("alias_declaration", "using_declaration", "concept_definition"):
        names |= set(_IDENTIFIER.findall(text_of(node).split("=")[0])) - {"using", "concept"}
    owner = ""
    for declarator in node.children_by_field_name("declarator"):
        scope, name = _declared(declarator)
        owner = owner or scope
        names.add(name)
    return owner, names - {""}


def _tag(kind: Node) -> set[str]:
    name, body = kind.child_by_field_name("name"), kind.child_by_field_name("body")
    names = {text_of(name).split("<")[0].split("::")[-1]} if name is not None else set()
    if kind.type == "enum_specifier" and body is not None:
        for item in body.named_children:
            first = item.child_by_field_name("name")
            names |= {text_of(first)} if first is not None else set()
    return names


def _declared(declarator: Node) -> tuple[str, str]:
    """(the class before `::`, the name) of a declarator: `(*A::f)(int)` gives A and f."""
    node: Node | None = declarator
    while node is not None and node.type not in (
        *("identifier", "type_identifier", "field_identifier", "qualified_identifier"),
        *("destructor_name", "operator_name", "template_function", "primitive_type"),
    ):
        inner = node.child_by_field_name("declarator")
        node = inner if inner is not None else next(iter(node.named_children), None)
    if node is None:
        return "", ""
    parts = [re.sub(r"<.*", "", part).strip() for part in text_of(node).split("::")]
    return (parts[-2] if len(parts) > 1 else ""), parts[-1]


def is_always_kept(unit: Unit) -> bool:
    """Whether a unit speaks to all that follows it: `using namespace std;`."""
    return unit.kind in _ALWAYS and "namespace" in unit.text
