"""What a call shares out among threads: `parallel_for(0, n, [&](int i) { out[i] = f(i); });`."""

from __future__ import annotations

import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.algorithms import Algorithms
from reviewbot.code.declarators import is_reference
from reviewbot.code.events import ITEM, THREAD, Loop
from reviewbot.code.execution_policies import BY_CALL
from reviewbot.code.openmp import Directive
from reviewbot.code.values import UNKNOWN, Element, Form, Path, Value, opaque
from reviewbot.code.words import IDENTIFIER

_PV = frozenset({"pv"})
_TID = frozenset({"tid"})
_FROM, _TO, _PART = "from@", "to@", "part@"  # with which the names of a part's ends begin
_EXECUTION = "execution::"
_NUMBER = re.compile(
    r"\b(?:auto|int|long|short|unsigned|u?int\w*_t|s?size_t|ptrdiff_t|size_type|\w*(?i:index)\w*)\b"
)
_BEGINS = r"\w{0,12}(?:begin|start|min|first|low?|from)(?:\(\))?"
_ENDS = r"\w{0,12}(?:end|stop|max|last|hi(?:gh)?|to)(?:\(\))?"
_OVER_PART = re.compile(
    rf"[=({{]\s*(?P<part>\w+)\s*(?:\.|->)\s*{_BEGINS}\s*[;)}}][^;]{{0,90}}(?:<|!=)\s*(?P=part)\s*(?:\.|->)\s*{_ENDS}\s*;"
)
_HEADER = 200  # characters of a loop in which its range is looked for
_WORKER = re.compile(r"(?i)^(?:t|tid|t_?id\w*|\w*(?:thread|worker|slot|core)\w*)$")


class SharedCalls(Algorithms):
    """Walks what is called for each turn, or for each part, of a loop that a call shares out."""

    def shared_call(self, directive: Directive, node: Node) -> bool:
        """Walk a call whose turns are divided among threads; whether this is one."""
        call = _call_in(node) if directive.argument == BY_CALL else None
        arguments = call.child_by_field_name("arguments") if call is not None else None
        if call is None or arguments is None:
            return False
        nodes = [child for child in arguments.named_children if child.type != "comment"]
        scope, self.scope = self.scope, None  # who calls has worked the arguments out before
        values = [self.expr(argument) for argument in nodes]
        first = self._first_given(call, nodes)
        self.scope = scope
        run = [v for v in values if v.closure is not None or self._is_function(v)]
        if not run:
            return False
        entry = run[len(run) == 3]  # of three one is called before all turns, one after them
        if scope is not None and scope.kind == "threads":
            self._run_hosted(entry, call, nodes)
        else:
            self._run_shared(entry, call, first, from_nought=self._from_nought(nodes, values))
        return True

    def _from_nought(self, nodes: list[Node], values: list[Value]) -> bool:
        """Whether the turns begin at 0: `f(0, n, …)`, `f(n, […] { … })`."""
        return self._text(nodes[0]) == "0" or (len(nodes) > 1 and values[1].closure is not None)

    def _is_function(self, value: Value) -> bool:
        return bool(value.function) and value.function in self.symbols.functions

    def _run_hosted(self, entry: Value, call: Node, nodes: list[Node]) -> None:
        """Among other threads it is as if the thread that calls ran all turns."""
        for argument in nodes:
            self.expr(argument)
        self.loops.append(Loop(self.line(call), 0, False, "*"))
        self.run_here(entry, [UNKNOWN] * len(self._parameters(entry)), call)
        self.loops.pop()

    def _run_shared(
        self, entry: Value, call: Node, first: Path | None, *, from_nought: bool
    ) -> None:
        """Walk one call for all turns: the turn's number, or the ends of a part, differ."""
        values = self._turn_given(entry, call, first)
        form = values[0].form
        if _end(form, _FROM) or _end(form, _PART):
            self.in_parts += 1  # the loops over a part are those that are shared
            self.run_here(entry, values, call)
            self.in_parts -= 1
            return
        loop = self.loop_over(None, call, shared=True)
        self.loops.append(loop if from_nought else replace(loop, low=None))
        self.run_here(entry, values, call)
        self.loops.pop()

    def _turn(self, call: Node) -> Form:
        return opaque(f"{ITEM}{call.start_byte}", _PV)

    def _turn_given(self, entry: Value, call: Node, first: Path | None) -> list[Value]:
        """What a function is called with in one turn, as its parameters tell."""
        listed, at = self._parameters(entry), call.start_byte
        body = self._text(entry.closure.node) if entry.closure is not None else ""
        if len(listed) > 1 and _goes_between(body, *map(self._parameter_name, listed[:2])):
            return [Value(form=opaque(f"{end}{at}", _PV)) for end in (_FROM, _TO)]
        if listed and not self._is_number(listed[0]):
            return [self._object_given(listed[0], body, call, first)]
        turn, worker = Value(form=self._turn(call)), Value(form=opaque(THREAD, _TID))
        workers = [bool(_WORKER.match(self._parameter_name(p))) for p in listed[:2]]
        if workers == [True, False]:  # `[&](int thread, int i)`
            return [worker, turn]
        return [turn, worker] if workers == [False, True] else [turn]

    def _object_given(self, parameter: Node, body: str, call: Node, first: Path | None) -> Value:
        """A part of the range, if loops go over it by its ends, or one of its elements."""
        parts = {match["part"] for match in _OVER_PART.finditer(body)}
        if self._parameter_name(parameter) in parts:
            return Value(form=opaque(f"{_PART}{call.start_byte}", _PV))
        turn = self._turn(call)
        if first is None or not is_reference(parameter):
            return Value(form=turn)
        around = first.elements[:-1] if not first.elements[-1].field else first.elements
        return Value(target=Path(first.root, (*around, Element("", turn))), marks=_PV)

    def _first_given(self, call: Node, nodes: list[Node]) -> Path | None:
        """The first element of what is gone over: of the object called, or of an argument."""
        function = call.child_by_field_name("function")
        owner = function.child_by_field_name("argument") if function is not None else None
        if owner is not None and nodes and _EXECUTION in self._text(nodes[0]):
            place = self.place(owner)
            return place.step(Element()) if place is not None else None
        kinds = ("identifier", "field_expression")
        whole = nodes[0].type in kinds if nodes else False
        return self._first_of(nodes[0], whole=whole) if nodes else None

    def _parameter_name(self, parameter: Node) -> str:
        """The name of a parameter."""
        declarator = parameter.child_by_field_name("declarator")
        found = IDENTIFIER.findall(self._text(declarator)) if declarator is not None else []
        return found[-1] if found else ""

    def _is_number(self, parameter: Node) -> bool:
        """Whether a parameter is a number: what a turn has of its own."""
        kind = parameter.child_by_field_name("type")
        changed = is_reference(parameter) and "const" not in self._text(parameter)
        return kind is not None and not changed and _NUMBER.search(self._text(kind)) is not None

    def shared_out(self, node: Node, low: Form | None, high: Form | None) -> bool:
        """Whether a loop goes from the one end to the other of a part that its thread was given."""
        begins = _end(low, _FROM)
        if begins and begins == _end(high, _TO):
            return True
        found = _OVER_PART.search(self._text(node)[:_HEADER])
        symbol = self.lookup(found["part"]) if found is not None else None
        value = symbol.value if symbol is not None else None
        return value is not None and bool(_end(value.form, _PART))


def _end(form: Form | None, mark: str) -> str:
    """The number of the call of which this is that end of a part; nothing of any other number."""
    if form is None or form.constant or len(form.terms) != 1 or form.terms[0][1] != 1:
        return ""
    name = form.terms[0][0][0]
    return name.removeprefix(mark) if name.startswith(mark) else ""


def _goes_between(body: str, first: str, second: str) -> bool:
    """Whether a loop in this text begins at the first and ends at the second."""
    if not first or not second:
        return False
    over = rf"[=({{]\s*{first}\s*[;)}}][^;{{}}]{{0,90}}[<!]=?\s*{second}\b"
    return re.search(over, body) is not None


def _call_in(node: Node) -> Node | None:
    """The call that a statement is, or whose answer it keeps or returns."""
    for _ in range(4):
        if node.type == "call_expression":
            return node
        inner = node.child_by_field_name("right") or next(
            (c for c in reversed(node.named_children) if c.type != "comment"), None
        )
        if inner is None:
            return None
        node = inner
    return None
