"""What a file's declarations say of sizes: constants, dimensions of arrays, bytes of elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from reviewbot.code.parse import Parsed, parse, text_of
from reviewbot.hotspots.expressions import (
    Environment,
    Expression,
    Value,
    expression,
    size_of,
    subscript,
)

LINE = 64  # bytes of a cache line on what most people use
GUESSED_DIMENSION = 64.0  # elements of a dimension that is not told
_VARIABLE = ("declaration", "parameter_declaration", "field_declaration")
_KEPT = re.compile(r"\b(?:const|constexpr)\b")


@dataclass(frozen=True, slots=True)
class Array:
    """Bytes of an element and the dimensions behind the first, as far as they are told."""

    size: float
    inner: tuple[float, ...] = ()


@dataclass(slots=True)
class Layout:
    """What is known of a file's variables by name; where two share a name, the first counts."""

    constants: dict[str, float] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)
    structs: dict[str, float] = field(default_factory=dict)


def layout_of(parsed: Parsed) -> Layout:
    """Read every declaration of the file."""
    found = Layout()
    _macros(parsed, found)
    for node in descendants(parsed.root):
        if node.type == "enumerator":
            _enumerator(node, found)
        elif node.type in ("struct_specifier", "class_specifier"):
            _struct(parsed, node, found)
        elif node.type in _VARIABLE:
            _variables(node, found)
        elif node.type == "type_definition":
            _typedef(parsed, node, found)
    return found


def descendants(node: Node) -> Iterator[Node]:
    """The node and all that is below it, in the order of the text."""
    waiting = [node]
    while waiting:  # a generator within a generator for each level would take twice as long
        found = waiting.pop()
        yield found
        waiting += reversed(found.named_children)


def _macros(parsed: Parsed, found: Layout) -> None:
    """Macros that stand for a number, those too that are made from earlier ones."""
    plain = {
        name: macro.body
        for name, macro in parsed.translation.macros.items()
        if macro.parameters is None
        and re.fullmatch(r"[\w\s+*/()<>.%-]*\d[\w\s+*/()<>.%-]*", macro.body)
    }
    if plain:
        text = "".join(f"static const long {name} = {body};\n" for name, body in plain.items())
        for node in parse("macros.c", text.encode()).root.named_children:
            _variables(node, found)


def _enumerator(node: Node, found: Layout) -> None:
    value = node.child_by_field_name("value")
    name = node.child_by_field_name("name")
    if value is not None and name is not None:
        _constant(text_of(name), expression(value), found)


def _constant(name: str, value: Expression, found: Layout) -> None:
    known = value(found.constants)
    if known is not None:
        found.constants.setdefault(name, float(known))


def _struct(parsed: Parsed, node: Node, found: Layout) -> None:
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if name is not None and body is not None:
        size = _fields(body, found)
        found.structs[text_of(name)] = max(size, _alignment(parsed, node))


_ALIGNED = re.compile(r"align(?:as|ed)\s*\(+\s*(\d+)")


def _alignment(parsed: Parsed, node: Node) -> float:
    """The alignment asked for, read in the source: the tree is of a text without such words."""
    origin = parsed.translation.origin
    text = parsed.translation.source[origin(node.start_byte) : origin(node.end_byte) + 50]
    match = _ALIGNED.search(text.split(";")[0] + "".join(text.rsplit("}", 1)[1:]))
    match = match or _ALIGNED.search(text[: text.find("}") + 1])
    return float(match.group(1)) if match else 0.0


def _tag(node: Node) -> str:
    name = node.child_by_field_name("name")
    return text_of(name) if name is not None else ""


def _fields(body: Node, found: Layout) -> float:
    total = 0.0
    for member in body.named_children:
        if member.type == "field_declaration":
            base = _base_size(member, found)
            for declarator in member.children_by_field_name("declarator"):
                _, dimensions, pointer = unwrapped(declarator, found.constants)
                each = 8.0 if pointer else base
                for dimension in dimensions:
                    each *= dimension
                total += each
    return total


def _typedef(parsed: Parsed, node: Node, found: Layout) -> None:
    inner, name = node.child_by_field_name("type"), node.child_by_field_name("declarator")
    if inner is not None and name is not None and inner.type == "struct_specifier":
        body = inner.child_by_field_name("body")
        size = _fields(body, found) if body else found.structs.get(_tag(inner), 8.0)
        found.structs[text_of(name)] = max(size, _alignment(parsed, node))


def _variables(node: Node, found: Layout) -> None:
    kept = _KEPT.search(text_of(node)[:80]) is not None
    base = _base_size(node, found)
    for child in node.children_by_field_name("declarator"):
        inner = (
            child.child_by_field_name("declarator") if child.type == "init_declarator" else child
        )
        if inner is None:
            continue
        name, dimensions, pointer = unwrapped(inner, found.constants)
        each = 8.0 if pointer > 1 or (pointer and dimensions) else base
        found.arrays.setdefault(name, Array(each, dimensions[1:] if not pointer else dimensions))
        if kept and child is not inner and not dimensions and not pointer:
            _constant(name, expression(child.child_by_field_name("value")), found)


def _base_size(node: Node, found: Layout) -> float:
    kind = node.child_by_field_name("type")
    text = text_of(kind) if kind is not None else ""
    name = re.sub(r"^(?:struct|class)\s+|\s*\{.*", "", text, flags=re.DOTALL)
    held = re.search(r"(?:vector|array|unique_ptr)\s*<\s*([\w: ]+)", name)
    name = held.group(1).strip() if held else name
    return found.structs.get(name, float(size_of(name)))


def unwrapped(node: Node, known: Environment) -> tuple[str, tuple[float, ...], int]:
    """(name, dimensions, depth of pointers) of a declarator."""
    dimensions: list[float] = []
    pointer = 0
    while (inner := node.child_by_field_name("declarator")) is not None or node.type in _WRAPPERS:
        if node.type == "array_declarator":
            size = expression(node.child_by_field_name("size"))(known)
            dimensions.insert(0, float(size) if size else GUESSED_DIMENSION)
        pointer += node.type == "pointer_declarator"
        following = inner if inner is not None else next(iter(node.named_children), None)
        if following is None:
            break
        node = following
    return text_of(node), tuple(dimensions), pointer


_WRAPPERS = ("reference_declarator", "parenthesized_declarator", "attributed_declarator")


def offset_of(node: Node, layout: Layout) -> tuple[str, Expression, float] | None:
    """(array, element's offset in bytes as an expression, bytes of an element) of a subscript."""
    indices: list[Node] = []
    while node.type in ("subscript_expression", "field_expression"):
        if node.type == "subscript_expression":  # a field lies at a fixed place in its element
            indices.insert(0, subscript(node))
        following = node.child_by_field_name("argument")
        if following is None:
            return None
        node = following
    name = text_of(node)
    array = layout.arrays.get(name, Array(8.0))
    if not indices:
        return None
    return name, _offset(indices, array), array.size


def _offset(indices: list[Node], array: Array) -> Expression:
    inner = list(array.inner)[: len(indices) - 1]
    inner += [GUESSED_DIMENSION] * (len(indices) - 1 - len(inner))
    scales = [array.size]
    for dimension in reversed(inner):
        scales.insert(0, scales[0] * dimension)
    parts = [expression(index) for index in indices]

    def value(known: Environment) -> Value | None:
        total: Value = 0.0
        for part, scale in zip(parts, scales, strict=True):
            found = part(known)
            if found is None:
                return None
            total += found * scale
        return total

    return value
