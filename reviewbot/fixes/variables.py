"""Where a name is declared, with which type, and whether that type is a plain number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from reviewbot.fixes.source import SourceFile, ancestors, function, walk
from reviewbot.fixes.updates import field

_KIND = (
    r"(?:unsigned|signed|long|short|int|char|float|double|bool|_Bool|(?:u?int(?:_least|_fast)?"
    r"(?:8|16|32|64)|size|ssize|ptrdiff|u?intptr|u?intmax|off|time)_t)"
)
_MANNER = r"(?:const|static|volatile|extern|register|inline|mutable|std::)"
_NUMBER = re.compile(rf"(?:{_MANNER}\s*)*{_KIND}\b(?:\s*\b(?:{_MANNER}|{_KIND})\b)*\s*")
_SOME_NUMBER = re.compile(rf"\b{_KIND}\b")
_CLASSES = re.compile(r"\b(?:basic_)?(?:string|wstring|map|set|function|shared_ptr|unique_ptr)\b")
_HOLDERS = frozenset({"compound_statement", "for_statement", "translation_unit"})
_HOLDERS |= {"declaration_list", "case_statement", "condition_clause"}


@dataclass(frozen=True, slots=True)
class Declared:
    """One declarator of a name; `node` is the whole declaration or parameter."""

    node: Node
    declarator: Node
    type: str  # as written, qualifiers included
    local: bool  # within a function; a parameter is local as well
    parameter: bool = False

    @property
    def plain(self) -> bool:
        """Whether the declarator is the bare name: no pointer, array or reference."""
        return self._shape() <= {"identifier", "field_identifier", "init_declarator"}

    @property
    def array(self) -> bool:
        """Whether the name is an array with its storage."""
        return "array_declarator" in self._shape() and "pointer_declarator" not in self._shape()

    @property
    def initialised(self) -> bool:
        """Whether the declaration gives it a value."""
        return self.declarator.type == "init_declarator"

    @property
    def alone(self) -> bool:
        """Whether the declaration declares nothing else."""
        return len(self.node.children_by_field_name("declarator")) == 1

    def _shape(self) -> set[str]:
        return {one.type for one in _declarators(self.declarator)}


def find(file: SourceFile, name: str, at: Node) -> Declared | None:
    """The declaration that a name refers to at a place, as far as this file tells."""
    for holder in ancestors(at):
        if holder.type == "field_declaration_list":  # members are seen wherever they stand
            children = holder.named_children
        elif holder.type in _HOLDERS:
            children = [c for c in holder.named_children if c.start_byte < at.start_byte]
        elif holder.type in ("function_definition", "lambda_expression"):
            children = list(_parameters(holder))
        elif holder.type == "for_range_loop":
            children = [holder]
        else:
            continue
        for child in reversed(children):
            found = _declared(file, child, name)
            if found is not None:
                return found
    return None


def member(file: SourceFile, name: str) -> Declared | None:
    """The member of some class that has this name."""
    nodes = (one for one in walk(file.parsed.root) if one.type == "field_declaration")
    found = (_declared(file, one, name) for one in nodes)
    return next((one for one in found if one is not None), None)


def is_number(file: SourceFile, written: str) -> bool:
    """Whether a type is arithmetic by its name, or by an alias that the file gives."""
    if _NUMBER.fullmatch(written.strip()):
        return True
    name = re.sub(r"\b(?:const|static|volatile)\b|\s", "", written)
    if not name.isidentifier():
        return False
    alias = re.search(
        rf"\btypedef\s+([\w\s]+?)\s+{name}\s*;|\busing\s+{name}\s*=\s*([\w\s:]+?)\s*;", file.text
    )
    return alias is not None and _NUMBER.fullmatch(alias[1] or alias[2]) is not None


def holds_numbers(file: SourceFile, name: str, at: Node) -> bool:
    """Whether the name stands for numbers: one, many in an array or a vector, or one pointed to."""
    types = [found.type] if (found := find(file, name, at)) else list(_field_types(file, name))
    return bool(types) and all(
        is_number(file, one) or (_SOME_NUMBER.search(one) is not None and not _CLASSES.search(one))
        for one in types
    )


def _field_types(file: SourceFile, name: str) -> Iterator[str]:
    """The types of all members of that name."""
    pattern = rf"^[ \t]*([\w:][\w:<>, \t]{{0,80}}?)[ \t*&]+{re.escape(name)}\s*[;=\[{{]"
    return (match[1] for match in re.finditer(pattern, file.text, re.MULTILINE))


def _parameters(holder: Node) -> Iterator[Node]:
    declarator = holder.child_by_field_name("declarator")
    while declarator is not None:
        parameters = declarator.child_by_field_name("parameters")
        if parameters is not None:
            yield from parameters.named_children
            return
        declarator = declarator.child_by_field_name("declarator")


def _declared(file: SourceFile, node: Node, name: str) -> Declared | None:
    kinds = ("declaration", "parameter_declaration", "for_range_loop", "field_declaration")
    if node.type not in kinds:
        return None
    for declarator in node.children_by_field_name("declarator"):
        chain = list(_declarators(declarator))  # empty for a function's own declaration
        if chain and (chain[-1].text or b"").decode("ascii") == name:
            written = _type(file, node)
            local = node.type != "field_declaration" and function(node) is not None
            parameter = node.type == "parameter_declaration"
            return Declared(node, declarator, written, local or parameter, parameter)
    return None


def _type(file: SourceFile, node: Node) -> str:
    kinds = ("storage_class_specifier", "type_qualifier")
    parts = [c for c in node.children if c.type in kinds]
    own = field(node, "type")
    return " ".join(file.code(part) for part in (*parts, *([own] if own is not None else [])))


def _declarators(node: Node) -> Iterator[Node]:
    inner: Node | None = node
    while inner is not None and inner.type != "function_declarator":
        yield inner
        deeper = inner.child_by_field_name("declarator")
        if deeper is None and inner.type == "reference_declarator":
            deeper = inner.named_children[-1] if inner.named_children else None
        inner = deeper
