"""From the tree of a function to its steps of work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tree_sitter import Node

from reviewbot.code.openmp import Directive
from reviewbot.code.parse import Parsed, text_of
from reviewbot.code.symbols import Function, collect
from reviewbot.hotspots.expressions import (
    THREAD,
    expression,
    unknown,
)
from reviewbot.hotspots.headers import header
from reviewbot.hotspots.layout import Layout, descendants, layout_of
from reviewbot.hotspots.leaves import Leaves
from reviewbot.hotspots.steps import Assign, Branch, Call, Construct, Exit, Leaf, Loop, Seq, Step
from reviewbot.hotspots.tables import Tables, deciding, stores
from reviewbot.hotspots.vectors import together

_DEEPEST = 60  # nested statements; deeper code is generated
_LOOPS = ("for_statement", "while_statement", "do_statement", "for_range_loop")
_JUMPS = ("break_statement", "return_statement", "goto_statement", "throw_statement")
_MEMORY = ("subscript_expression", "pointer_expression")
_THREAD_NAME = re.compile(r"\b(\w+)\s*=\s*(?:\([^()]*\)\s*)?omp_get_thread_num\s*\(")
_NUMBERED = re.compile(r"omp_get_thread_num|omp_get_num_threads")
_CHANGED = re.compile(
    r"(?:\+\+|--)\s*(\w+)|(?<![.\w>])(\w+)\s*(?:\+\+|--|(?:[-+*/%&|^]|<<|>>)?=(?!=))"
)


@dataclass(slots=True)
class Program:
    """A file's functions as steps, by name."""

    functions: dict[str, Step] = field(default_factory=dict)
    parameters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)
    called: set[str] = field(default_factory=set)
    numbered: set[int] = field(default_factory=set)  # ids of constructs that ask for the thread
    tables: Tables = field(default_factory=Tables)  # arrays whose contents decide how much is done


def build(parsed: Parsed) -> Program:
    """Every function of a file as steps of work."""
    symbols = collect(parsed)
    layout = layout_of(parsed)
    program = Program(constants=layout.constants, tables=deciding(parsed.root))
    functions = list(symbols.all_functions())
    names = frozenset(function.name for function in functions)
    for function in functions:
        builder = _Builder(parsed, layout, names, function, program.tables)
        program.functions.setdefault(function.name, builder.whole())
        program.parameters.setdefault(function.name, tuple(_parameters(function)))
        program.called |= builder.called - {function.name}
        program.numbered |= builder.numbered
    return program


def _parameters(function: Function) -> Iterator[str]:
    for parameter in function.parameters:
        node = parameter.child_by_field_name("declarator")
        while node is not None and node.child_by_field_name("declarator") is not None:
            node = node.child_by_field_name("declarator")
        if node is not None and node.type != "identifier" and node.named_children:
            node = node.named_children[0]
        yield text_of(node) if node is not None else ""


class _Builder:
    """Walks one function; knows which loops and directives are around it."""

    def __init__(
        self,
        parsed: Parsed,
        layout: Layout,
        names: frozenset[str],
        function: Function,
        tables: Tables,
    ) -> None:
        self.parsed, self.names, self.function = parsed, names, function
        self.tables = tables
        self.called: set[str] = set()
        self.numbered: set[int] = set()
        self.depth = 0
        start, end = function.body.start_byte, function.body.end_byte
        self.directives = [d for d in parsed.directives if start <= d.offset < end]
        threads = frozenset(_THREAD_NAME.findall(text_of(function.body))) | {THREAD}
        self.leaves = Leaves(layout, names, threads)

    def whole(self) -> Step:
        return self.statement(self.function.body)

    def statement(self, node: Node) -> Step:
        """A statement with the directives right before it."""
        here = self._taken(node.start_byte)
        if not here or self.depth > _DEEPEST:
            return self._bare(node) if self.depth <= _DEEPEST else Seq(())
        standalone = [d for d in here if d.standalone]
        governing = [d for d in here if not d.standalone]
        items: list[Step] = [self._construct(d, node, Seq(())) for d in standalone]
        items.append(self._governed(governing, node))
        return _seq(items)

    def _taken(self, offset: int) -> list[Directive]:
        taken = [d for d in self.directives if d.offset < offset]
        self.directives = self.directives[len(taken) :]
        return taken

    def _governed(self, directives: list[Directive], node: Node) -> Step:
        if not directives:
            return self._bare(node)
        first, rest = directives[0], directives[1:]
        outer = self.leaves.shared_variable
        if first.shares_loop and node.type in _LOOPS:
            self.leaves.shared_variable = header(node).variable
        body = self._governed(rest, node)
        self.leaves.shared_variable = outer
        return self._construct(first, node, body)

    def _construct(self, directive: Directive, node: Node, body: Step) -> Step:
        line = self.parsed.translation.line
        made = Construct(
            directive,
            line(directive.offset),
            line(max(node.end_byte - 1, 0)),
            self.function.qualified,
            body,
            shared=body.shared or divides(directive),
        )
        if _NUMBERED.search(text_of(node)):
            self.numbered.add(id(made))
        return made

    def _bare(self, node: Node) -> Step:
        self.depth += 1
        try:
            if node.type in _LOOPS:
                return self._loop(node)
            if node.type in ("if_statement", "switch_statement"):
                return self._branch(node)
            if node.type in (
                "compound_statement",
                "else_clause",
                "case_statement",
                "labeled_statement",
            ):
                return self._block(node)
            if node.type in _JUMPS:
                return _seq([self._plain(node), Exit(node.type == "return_statement")])
            return self._plain(node)
        finally:
            self.depth -= 1

    def _block(self, node: Node) -> Step:
        items = [self.statement(child) for child in node.named_children]
        left = self._taken(node.end_byte)  # standalone ones at the end of a block
        return _seq([*items, *(self._construct(d, node, Seq(())) for d in left)])

    def _plain(self, node: Node) -> Step:
        """A statement without others: its own work, the calls and the assignments in it."""
        lambdas = [n for n in descendants(node) if n.type == "lambda_expression"]
        items: list[Step] = [Leaf(self.leaves.cost(node))]
        items += self._calls(node)
        items += [
            self.statement(body) for one in lambdas for body in one.children_by_field_name("body")
        ]
        items += _assignments(node)
        items += stores(node, self.tables)
        return _seq(items)

    def _calls(self, node: Node) -> Iterator[Step]:
        for call in descendants(node):
            name = text_of(call.child_by_field_name("function") or call).split("::")[-1]
            if call.type == "call_expression" and name in self.names:
                self.called.add(name)
                arguments = call.child_by_field_name("arguments")
                parts = arguments.named_children if arguments is not None else []
                # A function may hold a region or share out a loop: nobody knows before it is read.
                values = tuple(expression(part) for part in parts)
                texts = tuple(text_of(part) for part in parts)
                yield Call(name, values, tuple(map(_stored, parts)), texts, shared=True)

    def _branch(self, node: Node) -> Step:
        condition = node.child_by_field_name("condition")
        head = self._plain(condition) if condition is not None else Seq(())
        body = node.child_by_field_name("consequence") or node.child_by_field_name("body")
        other = node.child_by_field_name("alternative")
        yes = self.statement(body) if body is not None else Seq(())
        no = self.statement(other) if other is not None else Seq(())
        decided = expression(condition) if node.type == "if_statement" else unknown
        return _seq([head, Branch(decided, yes, no, shared=yes.shared or no.shared)])

    def _loop(self, node: Node) -> Step:
        head_of = header(node)
        outer = self.leaves.variables
        self.leaves.variables = (*outer, head_of.variable) if head_of.variable else outer
        head = [Leaf(self.leaves.cost(part)) for part in _repeated(node)]
        body_node = node.child_by_field_name("body")
        body = self.statement(body_node) if body_node is not None else Seq(())
        self.leaves.variables = outer
        line = self.parsed.translation.line
        text = text_of(node)
        return Loop(
            line(node.start_byte),
            line(max(node.end_byte - 1, 0)),
            self.function.qualified,
            head_of,
            together(_seq([*head, body]), body_node),
            frozenset(a or b for a, b in _CHANGED.findall(text)),
            _steered(body_node),
            _in_memory(node),
            frozenset(_bounding(node)),
            any(child.type in _JUMPS for child in _own(body_node)),
            self.tables.filled_within(node),
            any(
                node.start_byte <= d.offset < node.end_byte and d.forks
                for d in self.parsed.directives
            ),
            shared=body.shared,
        )


def divides(directive: Directive) -> bool:
    """Whether a directive gives threads of a team different work."""
    return directive.shares_loop or directive.has(
        "sections", "section", "single", "master", "masked", "task", "parallel", "teams"
    )


def _seq(items: Iterable[Step]) -> Step:
    flat: list[Step] = []
    for item in items:
        flat += item.items if isinstance(item, Seq) else [item]
    if len(flat) == 1:
        return flat[0]
    return Seq(tuple(flat), shared=any(item.shared for item in flat))


def _assignments(node: Node) -> Iterator[Step]:
    for found in descendants(node):
        if found.type == "init_declarator":
            target = found.child_by_field_name("declarator")
            value = found.child_by_field_name("value")
            name = text_of(target) if target else ""
            yield Assign(name, expression(value), value is not None and _stored(value))
        elif found.type == "assignment_expression":
            yield _assignment(found)
        elif found.type == "update_expression":
            yield Assign(text_of(found.child_by_field_name("argument") or found), unknown, False)


def _assignment(node: Node) -> Step:
    operator = node.child_by_field_name("operator")
    plain = operator is not None and operator.type == "="
    name = text_of(node.child_by_field_name("left") or node)
    right = node.child_by_field_name("right")
    value = expression(right) if plain else unknown
    return Assign(name, value, right is not None and _stored(right))


def _repeated(node: Node) -> Iterator[Node]:
    """What is done in every round beside the body."""
    for name in ("condition", "update", "right"):
        part = node.child_by_field_name(name)
        if part is not None:
            yield part


def _own(body: Node | None) -> Iterator[Node]:
    """What lies in a loop's body, but not what breaks out of inner loops."""
    if body is None or body.type in _LOOPS:
        return
    for child in body.named_children:
        if child.type not in (*_LOOPS, "switch_statement", "lambda_expression"):
            yield child
            yield from _own(child)


def _steered(body: Node | None) -> bool:
    """Whether anything below decides how much is done."""
    kinds = ("if_statement", "conditional_expression", *_LOOPS, "call_expression")
    return body is not None and any(node.type in kinds for node in descendants(body))


def _in_memory(node: Node) -> bool:
    if node.type in ("while_statement", "do_statement"):
        return True
    return any(_stored(part) for part in _head(node))


def _stored(node: Node) -> bool:
    """Whether what is read lies in memory that a program fills as it runs."""
    return any(found.type in _MEMORY for found in descendants(node))


def _head(node: Node) -> list[Node]:
    parts = [node.child_by_field_name(name) for name in ("condition", "initializer")]
    return [part for part in parts if part is not None]


def _bounding(node: Node) -> Iterator[str]:
    """Names on which a loop's number of rounds depends."""
    for part in _head(node):
        yield from (text_of(n) for n in descendants(part) if n.type == "identifier")
