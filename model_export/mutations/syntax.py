"""Nodes of a syntax tree: walking, naming, taking lvalues apart."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node


def text_of(node: Node | None) -> str:
    """The node's text in the parsed copy, whose directives are blank."""
    return node.text.decode("ascii") if node is not None and node.text else ""


def every_node(node: Node) -> Iterator[Node]:
    """The node and all below it, the unnamed ones too."""
    yield node
    for child in node.children:
        yield from every_node(child)


def descendants(node: Node) -> Iterator[Node]:
    """The node and every named node below it in the order of the text."""
    yield node
    for child in node.named_children:
        yield from descendants(child)


def within(node: Node, outer: Node) -> bool:
    """Whether a node lies in another."""
    return outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def ancestor(node: Node, *types: str) -> Node | None:
    """The nearest node above of one of these types."""
    at = node.parent
    while at is not None and at.type not in types:
        at = at.parent
    return at


def base_of(lvalue: Node | None) -> Node | None:
    """The identifier that an expression reads or writes through: of `(*p).hits[i]` it is hits."""
    while lvalue is not None:
        if lvalue.type in ("identifier", "field_identifier"):
            return lvalue
        if lvalue.type == "field_expression":
            lvalue = lvalue.child_by_field_name("field")
        elif lvalue.type == "parenthesized_expression":
            lvalue = lvalue.named_children[0] if lvalue.named_children else None
        elif lvalue.type in ("subscript_expression", "pointer_expression"):
            lvalue = lvalue.child_by_field_name("argument")
        else:
            return None
    return None


def function_name(node: Node) -> str:
    """The last name of a function definition."""
    at = node.child_by_field_name("declarator")
    while at is not None and at.type not in ("identifier", "field_identifier", "destructor_name"):
        if at.type == "qualified_identifier":
            at = at.child_by_field_name("name")
        else:
            inner = at.child_by_field_name("declarator")
            at = inner or (at.named_children[-1] if "reference" in at.type else None)
    return text_of(at)


def index_of(subscript: Node) -> Node | None:
    """The one index of a subscript, in either grammar."""
    index = subscript.child_by_field_name("index")
    if index is not None:
        return index
    indices = subscript.child_by_field_name("indices")
    named = indices.named_children if indices is not None else []
    return named[0] if len(named) == 1 else None


def declared_name(declarator: Node | None) -> str:
    """The name that a declarator declares; "" for a function."""
    while declarator is not None:
        if declarator.type in ("identifier", "field_identifier"):
            return text_of(declarator)
        if declarator.type == "function_declarator":
            return ""
        inner = declarator.child_by_field_name("declarator")
        if inner is None and declarator.type in (
            "reference_declarator",
            "parenthesized_declarator",
        ):
            inner = declarator.named_children[-1] if declarator.named_children else None
        declarator = inner
    return ""


def part(node: Node, field: str) -> Node:
    """The child in a field that the grammar always fills; raises ValueError if it is not there."""
    child = node.child_by_field_name(field)
    if child is None:
        raise ValueError(f"a {node.type} without {field}")
    return child


def is_directive(statement: Node) -> bool:
    """Whether a statement is `_Pragma("…")`, which governs the statement after it."""
    return text_of(statement).startswith("_Pragma")
