"""What a program gives a name to at file scope, and how its `main` is made: for sharing a file."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter_c
import tree_sitter_cpp
from tree_sitter import Language, Node, Parser

_OUTER = (
    *("translation_unit", "preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif"),
    "linkage_specification",
)
_TYPES = ("struct_specifier", "union_specifier", "enum_specifier")
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A program's names at file scope, its macros, and the end of main's last statement."""

    names: tuple[str, ...]
    macros: tuple[str, ...]
    end: int  # offset in bytes


def outline(source: str, language: str) -> Outline | None:
    """Read a program; None if its names or the end of its one `main` cannot be told."""
    outer = list(_outer(_parser(language == "c++").parse(source.encode()).root_node))
    functions = [node for node in outer if node.type == "function_definition"]
    mains = [node for node in functions if _name(node) == "main"]
    end = _end(mains[0]) if len(mains) == 1 else None
    if end is None or any(node.has_error for node in outer if node not in functions):
        return None
    return Outline(
        names=tuple(sorted({name for node in outer for name in _names(node)})),
        macros=tuple(sorted(set(_DEFINE.findall(source)))),
        end=end,
    )


@functools.cache
def _parser(cpp: bool) -> Parser:
    return Parser(Language(tree_sitter_cpp.language() if cpp else tree_sitter_c.language()))


def _outer(node: Node) -> Iterator[Node]:
    """Everything at file scope, whatever conditions stand around it."""
    for child in node.named_children:
        if child.type in _OUTER or child.type == "declaration_list":
            yield from _outer(child)
        else:
            yield child


def _names(node: Node) -> Iterator[str]:
    if node.type in ("function_definition", "type_definition"):
        yield from (_innermost(item) for item in node.children_by_field_name("declarator"))
    elif node.type == "declaration" and not _is_extern(node):
        declared = node.children_by_field_name("declarator")
        yield from (_innermost(item) for item in declared if not _is_prototype(item))
    yield from _types(node)


def _types(node: Node) -> Iterator[str]:
    """Tags and enumerators of types with a body; what a function declares is its own."""
    if node.type in _TYPES and node.child_by_field_name("body") is not None:
        tag = node.child_by_field_name("name")
        yield from [_text(tag)] if tag is not None else []
    if node.type == "enumerator":
        yield _text(node.named_children[0])
    for child in node.named_children:
        if child.type != "compound_statement":
            yield from _types(child)


def _is_extern(node: Node) -> bool:
    return any(
        child.type == "storage_class_specifier" and _text(child) == "extern"
        for child in node.children
    )


def _is_prototype(declarator: Node) -> bool:
    while declarator.type == "pointer_declarator":
        inner = declarator.child_by_field_name("declarator")
        if inner is None:
            return False
        declarator = inner
    inner = declarator.child_by_field_name("declarator")
    return declarator.type == "function_declarator" and inner is not None and _is_name(inner)


def _name(node: Node) -> str:
    declarator = node.child_by_field_name("declarator")
    return "" if declarator is None else _innermost(declarator)


def _innermost(node: Node) -> str:
    """The name that a declarator declares."""
    inner = node.child_by_field_name("declarator")
    if inner is None and node.type in ("parenthesized_declarator", "attributed_declarator"):
        inner = node.named_children[0]
    return _text(node) if inner is None else _innermost(inner)


def _is_name(node: Node) -> bool:
    return node.type in ("identifier", "type_identifier")


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def _end(function: Node) -> int | None:
    body = function.child_by_field_name("body")
    statements = [] if body is None else [n for n in body.named_children if n.type != "comment"]
    if not statements or statements[-1].type.startswith("preproc_"):
        return None
    return statements[-1].end_byte
