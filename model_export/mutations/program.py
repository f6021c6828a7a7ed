"""A complete program as a syntax tree with its directives, scopes, variables and parallel parts."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import tree_sitter_c
import tree_sitter_cpp
from tree_sitter import Language, Node, Parser

from model_export.mutations.pragmas import STANDALONE, Pragma, blanked, read_pragmas
from model_export.mutations.syntax import (
    ancestor,
    base_of,
    declared_name,
    descendants,
    every_node,
    function_name,
    text_of,
    within,
)

_STATEMENT = re.compile(r"_statement$|^declaration$|^for_range_loop$|^function_definition$")


_SCOPES = frozenset(
    [
        "compound_statement",
        "for_statement",
        "for_range_loop",
        "function_definition",
        "lambda_expression",
        "field_declaration_list",
        "translation_unit",
    ]
)


_STARTERS = re.compile(
    r"^(?:pthread_create|thrd_create|pthread_once|call_once|std::call_once|std::async|async"
    r"|std::j?thread|emplace_back|push_back|submit|post|enqueue|for_each|std::for_each)$"
)


_GOVERNING = ("parallel", "task", "taskloop", "teams", "target")


LOOPS = ("for_statement", "while_statement", "do_statement", "for_range_loop")


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A declared name; `declaration` declares nothing else where `alone` is true."""

    name: str
    kind: str  # "global" | "local" | "field" | "parameter"
    type: str  # the text before the declarator, without storage class and qualifiers
    declarator: Node
    declaration: Node
    scope: Node
    storage: frozenset[str]  # "static", "thread_local", "const", "volatile", "_Atomic" …
    alone: bool

    @property
    def value(self) -> Node | None:
        """The initialiser."""
        if self.declarator.type == "init_declarator":
            return self.declarator.child_by_field_name("value")
        return self.declaration.child_by_field_name("default_value") if self.alone else None

    @property
    def shape(self) -> str:
        """The declarator without its initialiser: `*p`, `a[10]`."""
        inner = self.declarator.child_by_field_name("declarator")
        node = inner if self.declarator.type == "init_declarator" and inner else self.declarator
        return text_of(node)

    @property
    def scalar(self) -> bool:
        """Neither an array nor a pointer nor a reference nor a function."""
        return self.shape == self.name

    @property
    def array(self) -> bool:
        """An array of fixed size that is no parameter."""
        return self.shape.startswith(f"{self.name}[") and self.kind != "parameter"

    @property
    def arithmetic(self) -> bool:
        """A plain number: its type is built in or a well-known alias of one."""
        return self.scalar and ARITHMETIC.match(self.type) is not None


ARITHMETIC = re.compile(
    r"^(?:(?:unsigned|signed|long|short|int|char|float|double|bool|_Bool|size_t|std::size_t"
    r"|u?int(?:8|16|32|64)_t|std::u?int(?:8|16|32|64)_t)\s*)+$"
)


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """A statement that writes one object: `x += e;`, `x++;`, `x = e;`."""

    statement: Node
    target: Node
    operator: str  # "=", "+=", "++" …
    value: Node | None
    object: str

    @property
    def accumulates(self) -> bool:
        """Reads what it writes."""
        return self.operator != "="


class ParsedProgram:
    """One program; offsets count characters of `text`.

    `salt` chooses among names for what a mutation adds, so that no name gives a mutation away.
    """

    def __init__(self, text: str, language: str, salt: int = 0) -> None:
        self.text, self.language, self.salt = text, language, salt
        self.cpp = language == "c++"
        self.pragmas = read_pragmas(text)
        plain = re.sub(r"\b_Thread_local\b", "__thread     ", blanked(text, self.pragmas))
        # One byte a character, so that the tree's offsets are those of the text.
        self.tree = _parser(self.cpp).parse(plain.encode("ascii", "replace"))
        self.root = self.tree.root_node

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every named node in the order of the text."""
        return tuple(descendants(self.root))

    @cached_property
    def by_type(self) -> Mapping[str, Sequence[Node]]:
        """The nodes of each type."""
        found: dict[str, list[Node]] = defaultdict(list)
        for node in self.nodes:
            found[node.type].append(node)
        return found

    @cached_property
    def errors(self) -> int:
        """How much the grammar could not read."""
        return sum(node.is_error or node.is_missing for node in every_node(self.root))

    def of(self, *types: str) -> Iterator[Node]:
        """The nodes of these types in the order of the text."""
        if len(types) == 1:
            yield from self.by_type.get(types[0], ())
        else:
            yield from (node for node in self.nodes if node.type in types)

    def source(self, node: Node) -> str:
        """The node's own text, directives within it included."""
        return self.text[node.start_byte : node.end_byte]

    def line(self, offset: int) -> int:
        """The line of an offset, from 1."""
        return self.text.count("\n", 0, offset) + 1

    def indent(self, offset: int) -> str:
        """The white space that opens the line of an offset."""
        start = self.text.rfind("\n", 0, offset) + 1
        return re.match(r"[ \t]*", self.text[start:])[0]  # type: ignore[index]  # always matches

    @cached_property
    def unit(self) -> str:
        """One step of indentation, as the program uses it."""
        found = re.search(r"\n([ \t]+)\S", self.text)
        return found[1] if found and len(found[1]) <= 8 else "  "

    @cached_property
    def pragmas_at_margin(self) -> bool:
        """Whether directives stand at the margin although their statements are indented."""
        return any(
            not self.indent(p.start) and self.indent(n.start_byte)
            for p in self.pragmas
            if (n := self.governed(p))
        )

    def pragma_indent(self, indent: str) -> str:
        """The white space before a directive among statements of that indentation."""
        return "" if self.pragmas_at_margin else indent

    # --- directives ---------------------------------------------------------------------------

    def governed(self, pragma: Pragma) -> Node | None:
        """The statement that a directive stands before; None for one that stands alone."""
        return self._governed.get(pragma.start)

    @cached_property
    def _governed(self) -> Mapping[int, Node]:
        return {
            pragma.start: node
            for pragma in self.pragmas
            if pragma.name not in STANDALONE and (node := self.statement_after(pragma.end))
        }

    def statement_after(self, offset: int) -> Node | None:
        """The largest statement among those that start first at or after an offset."""
        start = self._code_after(offset)
        node = self.root.descendant_for_byte_range(start, start + 1)
        best = None
        while node is not None and node.start_byte == start and node.type != "translation_unit":
            if _STATEMENT.search(node.type):
                best = node
            node = node.parent
        return best

    def _code_after(self, offset: int) -> int:
        starts = {pragma.start: pragma.end for pragma in self.pragmas}
        while offset < len(self.text):
            if self.text[offset].isspace():
                offset += 1
            elif offset in starts:
                offset = starts[offset]
            elif skipped := _COMMENT.match(self.text, offset):
                offset = skipped.end()
            else:
                break
        return offset

    def pragmas_of(self, node: Node) -> tuple[Pragma, ...]:
        """The directives stacked right before a statement."""
        return tuple(p for p in self.pragmas if self.governed(p) == node)

    def outer_start(self, node: Node) -> int:
        """Where a statement starts, its directives included."""
        stack = self.pragmas_of(node)
        return stack[0].start if stack else node.start_byte

    def inside(self, node: Node) -> tuple[Pragma, ...]:
        """The directives that stand within a node."""
        return tuple(p for p in self.pragmas if node.start_byte <= p.start < node.end_byte)

    # --- names --------------------------------------------------------------------------------

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """Every declared variable, field and parameter in the order of the text."""
        return tuple(_variables(self))

    @cached_property
    def _by_scope(self) -> Mapping[tuple[int, str], Variable]:
        return {(v.scope.id, v.name): v for v in self.variables}

    @cached_property
    def fields(self) -> Mapping[str, Variable]:
        """Fields by name; a name that two types declare is left out."""
        found: dict[str, Variable | None] = {}
        for variable in self.variables:
            if variable.kind == "field":
                found[variable.name] = None if variable.name in found else variable
        return {name: variable for name, variable in found.items() if variable}

    def resolve(self, name: str, at: Node) -> Variable | None:
        """The variable that a name means at a node."""
        node: Node | None = at
        while node is not None:
            found = self._by_scope.get((node.id, name))
            if found and (found.declaration.start_byte <= at.start_byte or found.kind == "field"):
                return found
            node = node.parent
        return self.fields.get(name) if self.cpp else None

    def variable_of(self, lvalue: Node) -> Variable | None:
        """The variable or field that an expression names: of `p->hits[i]` the field hits."""
        base = base_of(lvalue)
        if base is None:
            return None
        if base.type == "field_identifier":
            return self.fields.get(text_of(base))
        return self.resolve(text_of(base), base)

    def uses(self, variable: Variable) -> tuple[Node, ...]:
        """Every mention of a variable but its declaration."""
        kind = "field_identifier" if variable.kind == "field" else "identifier"
        kinds = (kind, "identifier") if variable.kind == "field" and self.cpp else (kind,)
        return tuple(
            node
            for node in self.nodes
            if node.type in kinds
            and node.text == variable.name.encode()
            and not within(node, variable.declarator)
            and (node.type == "field_identifier" or self.resolve(variable.name, node) is variable)
        )

    def understood(self, variable: Variable) -> bool:
        """Whether every mention of a name is one that the tree shows as a use or a declaration."""
        code = re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', "", self.text, flags=re.DOTALL)
        mentions = len(re.findall(rf"\b{variable.name}\b", code))
        kinds = ("identifier", "field_identifier")
        found = (n for n in self.of(*kinds) if n.text == variable.name.encode())
        return mentions == sum(1 for _ in found)

    # --- parallel parts -----------------------------------------------------------------------

    @cached_property
    def functions(self) -> Mapping[str, Node]:
        """Function definitions by their last name."""
        return {
            name: node for node in self.of("function_definition") if (name := function_name(node))
        }

    @cached_property
    def parallel(self) -> tuple[Node, ...]:
        """Statements and bodies that several threads may run, callees included."""
        found = {node.id: node for node in self._seeds()}
        queue = list(found.values())
        while queue:
            for callee in self._callees(queue.pop()):
                if callee.id not in found:
                    found[callee.id] = callee
                    queue.append(callee)
        return tuple(found.values())

    def _seeds(self) -> Iterator[Node]:
        for pragma in self.pragmas:
            node = self.governed(pragma)
            if node is not None and set(pragma.name.split()) & set(_GOVERNING):
                yield node
        if re.search(r"#\s*include\s*<(?:thread|future)>", self.text):
            yield from self.of("lambda_expression")
        for call in self.of("call_expression", "declaration", "field_initializer"):
            if self._starts_threads(call):
                yield from _entries(self, call)

    def _starts_threads(self, node: Node) -> bool:
        if node.type == "field_initializer":
            return True
        if node.type == "declaration":
            return "thread" in text_of(node.child_by_field_name("type"))
        callee = node.child_by_field_name("function")
        name = text_of(callee).rsplit(".", 1)[-1].rsplit("->", 1)[-1]
        return _STARTERS.match(re.sub(r"<.*>", "", name)) is not None

    def _callees(self, node: Node) -> Iterator[Node]:
        for call in descendants(node):
            if call.type == "call_expression":
                callee = call.child_by_field_name("function")
                base = callee.child_by_field_name("field") if callee else None
                name = text_of(base or callee).rsplit("::", 1)[-1]
                if name in self.functions:
                    yield self.functions[name]

    def in_parallel(self, node: Node) -> Node | None:
        """The innermost parallel part that holds a node."""
        ids = self._parallel_ids
        at: Node | None = node
        while at is not None:
            if at.id in ids:
                return at
            at = at.parent
        return None

    @cached_property
    def _parallel_ids(self) -> frozenset[int]:
        return frozenset(node.id for node in self.parallel)

    @cached_property
    def updates(self) -> tuple[Update, ...]:
        """Every statement that writes one object."""
        return tuple(_updates(self))

    def shared(self, lvalue: Node) -> bool:
        """Whether other threads may reach what an expression in a parallel part names."""
        part, variable = self.in_parallel(lvalue), self.variable_of(lvalue)
        if part is None or variable is None or variable.storage & {"thread_local", "__thread"}:
            return False
        if variable.kind in ("global", "field") or "static" in variable.storage:
            return True
        if variable.kind == "parameter" or within(variable.declaration, part):
            return variable.shape != variable.name and not variable.array
        return variable.name not in self.privatised(lvalue)

    def numeric(self, lvalue: Node) -> bool:
        """Whether an expression names a number, as far as its declaration shows."""
        variable = self.variable_of(lvalue)
        return variable is not None and ARITHMETIC.match(variable.type) is not None

    def privatised(self, node: Node) -> frozenset[str]:
        """Names that clauses of the directives around a node make each thread's own."""
        names: set[str] = set()
        for pragma in self.enclosing(node):
            names |= pragma.names(
                "private", "firstprivate", "lastprivate", "reduction", "in_reduction", "linear"
            )
        return frozenset(names)

    def enclosing(self, node: Node) -> Iterator[Pragma]:
        """The directives whose statement holds a node, innermost first."""
        at: Node | None = node
        while at is not None:
            yield from reversed(self.pragmas_of(at))
            at = at.parent


_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


@functools.cache
def _parser(cpp: bool) -> Parser:
    return Parser(Language(tree_sitter_cpp.language() if cpp else tree_sitter_c.language()))


def _entries(program: ParsedProgram, call: Node) -> Iterator[Node]:
    """Lambdas, and the functions whose name stands as an argument."""
    for node in descendants(call):
        if node.type == "lambda_expression":
            yield node
        elif node.type in ("identifier", "qualified_identifier"):
            name = text_of(node).rsplit("::", 1)[-1]
            parent = node.parent
            called = parent is not None and parent.child_by_field_name("function") == node
            if name in program.functions and not called:
                yield program.functions[name]


def _variables(program: ParsedProgram) -> Iterator[Variable]:
    for node in program.of("declaration", "field_declaration", "parameter_declaration"):
        scope = _scope(node)
        if scope is None:
            continue
        declarators = node.children_by_field_name("declarator")
        for declarator in declarators:
            name = declared_name(declarator)
            if name:
                yield Variable(
                    name=name,
                    kind=_kind(node, scope),
                    type=text_of(node.child_by_field_name("type")),
                    declarator=declarator,
                    declaration=node,
                    scope=scope,
                    storage=_storage(node),
                    alone=len(declarators) == 1,
                )


def _scope(node: Node) -> Node | None:
    if node.type == "parameter_declaration":
        outer = ancestor(node, "function_definition", "lambda_expression", "declaration")
        return outer if outer is not None and outer.type != "declaration" else None
    return ancestor(node, *_SCOPES)


def _kind(node: Node, scope: Node) -> str:
    if node.type == "parameter_declaration":
        return "parameter"
    if node.type == "field_declaration":
        return "field"
    return "global" if scope.type == "translation_unit" else "local"


def _storage(node: Node) -> frozenset[str]:
    kinds = ("storage_class_specifier", "type_qualifier")
    return frozenset(text_of(child) for child in node.named_children if child.type in kinds)


def _updates(program: ParsedProgram) -> Iterator[Update]:
    for statement in program.of("expression_statement"):
        expression = statement.named_children[0] if statement.named_children else None
        if expression is None:
            continue
        if expression.type == "assignment_expression":
            target = expression.child_by_field_name("left")
        elif expression.type == "update_expression":
            target = expression.child_by_field_name("argument")
        else:
            continue
        base = base_of(target)
        if target is not None and base is not None:
            operator = text_of(expression.child_by_field_name("operator"))
            value = expression.child_by_field_name("right")
            yield Update(statement, target, operator, value, text_of(base))
