"""Walking threads: their creation, what they run and are given, and their joins."""

from __future__ import annotations

import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code import threads as api
from reviewbot.code.captured import Captured
from reviewbot.code.draining import container_of, until_empty
from reviewbot.code.events import Loop, Party
from reviewbot.code.flow import Flow
from reviewbot.code.functions import BY_REFERENCE, kept_pointer
from reviewbot.code.loops import loop_bounds
from reviewbot.code.reach import is_size_of, reaches, same_handle, same_number
from reviewbot.code.symbols import Function, Symbol
from reviewbot.code.values import (
    SEQ,
    UNKNOWN,
    ZERO,
    Closure,
    Element,
    Form,
    Path,
    Value,
    bind,
    opaque,
    remark,
)
from reviewbot.code.words import IDENTIFIER

_WAITS_AT_ONCE = re.compile(r"\.\s*(?:get|wait|join)$")
# What a thread's own methods do to the object that stands for it.
_HANDLE_USES = {"joinable": "read", "get_id": "read", "join": "update", "detach": "update"}
_HANDLES_AT = frozenset({"at", "front", "back", "begin", "cbegin", "end", "cend", "data"})
OUT_OF_SIGHT = "a thread whose function is out of sight"


class Spawns(Captured):
    """What creating and joining threads does to the parties of a scope."""

    def _create(self, name: str, node: Node, nodes: list[Node]) -> Value:
        handle_at, function_at, argument_at = api.CREATE_CALLS[name]
        handle = self._handle_of(node) if handle_at < 0 else ""
        if 0 <= handle_at < len(nodes):
            place = self._lock_argument(nodes[handle_at])
            handle = self._handle(place) if place is not None else ""
        if function_at >= len(nodes):
            return UNKNOWN
        entry = self.expr(nodes[function_at])
        values = [self.expr(nodes[argument_at])] if argument_at < len(nodes) else []
        if not entry.function and entry.closure is None:
            listed = self.listed_functions(nodes[function_at])
            if listed:
                return self._spawn_listed(listed, values, node, handle)
            entry = Value(function=re.sub(r"^.*?(\w+)\W*$", r"\1", self._text(nodes[function_at])))
            if entry.function not in self.symbols.functions:
                # Whatever it runs, nobody here can read it: no silence may come of that.
                self.note("call:thread entry")
                self.unread.setdefault((self.function, OUT_OF_SIGHT), self.line(node))
        self._spawn_value(entry, values, node, handle=handle, many=bool(self.loops))
        return UNKNOWN

    def _handle(self, place: Path) -> str:
        """The key of a thread's handle, with its number in an array of handles."""
        last = place.elements[-1] if place.elements else None
        numbered = last is not None and not last.field and last.form.is_constant
        return self.key(place) + (f"%{last.form.constant}" if last is not None and numbered else "")

    def _spawn_listed(
        self, names: tuple[str, ...], values: list[Value], node: Node, handle: str
    ) -> Value:
        """Threads whose functions are listed: one of each, or many of the only one or by `?:`."""
        chosen = next((c for c in _arguments(node) if c.type == "conditional_expression"), None)
        many = bool(self.loops) and (chosen is not None or len(names) == 1)
        made: dict[str, int] = {}
        for way, guards in self.ways(chosen) if chosen is not None else ():
            name = self._text(way).lstrip("&( ").rstrip(") ")
            if name in names:
                self.guards += guards
                made[name] = made.get(name, 0) + (1 if self.in_one_turn() else 2)
                del self.guards[len(self.guards) - len(guards) :]
        for name in names:
            several = many and made.get(name) != 1
            self._spawn_value(Value(function=name), values, node, handle=handle, many=several)
        return UNKNOWN

    def thread_over(self, node: Node) -> None:
        """What runs as a thread ends (see callbacks.py)."""
        raise NotImplementedError

    def listed_functions(self, node: Node) -> tuple[str, ...]:
        """The functions among which an expression picks (see callbacks.py)."""
        raise NotImplementedError

    def _handle_of(self, node: Node) -> str:
        """The variable that a call's result initialises or is assigned to."""
        parent = node.parent
        while parent is not None and parent.type in ("parenthesized_expression", "cast_expression"):
            parent = parent.parent
        if parent is not None and parent.type == "field_expression":
            return "discarded" if _WAITS_AT_ONCE.search(self._text(parent)) else ""
        listed = parent is not None and parent.type == "initializer_list"
        made = parent.parent if parent is not None and listed else parent
        if made is not None and (listed or made.type == "init_declarator"):
            name = made.child_by_field_name("declarator")
            while name is not None and name.type != "identifier":  # `SDL_Thread *t = …`, `t[2]`
                name = name.child_by_field_name("declarator")
            several = "[]" if listed else ""
            return f"{self._text(name)}@{name.start_byte}{several}" if name is not None else ""
        if parent is not None and parent.type == "assignment_expression":
            place = self.place(parent.child_by_field_name("left"))
            return self._handle(place) if place is not None else ""
        if parent is not None and parent.type == "argument_list" and parent.parent is not None:
            function = parent.parent.child_by_field_name("function")
            owner = function.child_by_field_name("argument") if function is not None else None
            place = self.place(owner) if owner is not None else None
            return self.key(place) + "[]" if place is not None else ""
        return "discarded" if parent is not None and parent.type == "expression_statement" else ""

    def answered_handle(self, node: Node) -> str:
        """The key of what keeps the handle that a call answers: `x->t = spawn(run, x)`."""
        handle = self._handle_of(node)
        return "" if handle == "discarded" else handle

    def start_thread(self, place: Path, start: Node) -> None:
        """`std::thread t(f, a)` or `std::vector<std::thread> ts{…}`; of a member too."""
        kind, _, array = self.shape(place)
        nodes = [c for c in start.named_children if c.type != "comment"]
        if "vector" in kind or array or not nodes:
            for child in nodes:
                self.expr(child)
            if not place.elements:
                self.name_handle(place.root)
            return
        handle = self.key(place)
        self._spawn(start, nodes, handle=handle)
        if "jthread" in kind and not place.elements:
            self.cleanups[-1].append(("join", handle))

    def _thread_method(self, method: str, place: Path, node: Node, nodes: list[Node]) -> Value:
        key, kind = self.key(place), self.shape(place)[0]
        if method in _HANDLE_USES:
            self.record(place, _HANDLE_USES[method], node, via="method")
        if method == "join":
            place = self._first_thread(place)
            self.join_handle(self._handle(place), node, place=place)
        elif method in ("emplace_back", "push_back", "emplace") and nodes:
            direct = (
                "lambda_expression",
                "identifier",
                "pointer_expression",
                "qualified_identifier",
                "template_function",
                "conditional_expression",
            )
            if nodes[0].type in direct or self._text(nodes[0]).startswith(
                ("std::ref", "std::bind_front")
            ):
                self._spawn(node, nodes, handle=self._next_handle(key))
            else:
                self._in_vector(nodes[0], key)
        elif method == "size":
            return Value(form=opaque(f"{key}.size()"))
        elif method in _HANDLES_AT:
            given = [self.expr(n) for n in nodes[:1]]
            index = given[0].number if given else self.end_of(method, kind, self._text(node))
            return Value(target=place.step(Element("", index)), marks=place.marks)
        elif method == "clear":
            self.join_handle(key + "[]", node, whole=True)
        return UNKNOWN

    def _in_vector(self, node: Node, key: str) -> None:
        arguments = node.child_by_field_name("arguments")
        inner = (
            [c for c in arguments.named_children if c.type != "comment"]
            if arguments is not None
            else []
        )
        if (
            node.type == "call_expression"
            and inner
            and api.THREAD_TYPES.search(self._text(node)[:40])
        ):
            self._spawn(node, inner, handle=self._next_handle(key))
        else:
            self.expr(node)

    def _next_handle(self, key: str) -> str:
        """The handle of a thread that is put at the end of a container."""
        before = self.scope.parties.values() if self.scope is not None else ()
        known = [p for p in before if p.handle.startswith(key + "[]")]
        if self.loops or any(p.bounds for p in known):
            return key + "[]"
        return f"{key}[]%{len(known)}"

    def _spawn(self, node: Node, nodes: list[Node], *, handle: str) -> Value:
        if not handle:
            handle = self._handle_of(node)
        entry = self.expr(nodes[0])
        values = [self._thread_argument(n) for n in nodes[1:]]
        listed = () if entry.function or entry.closure else self.listed_functions(nodes[0])
        if listed:
            return self._spawn_listed(listed, values, node, handle)
        self._spawn_value(entry, values, node, handle=handle, many=bool(self.loops))
        return UNKNOWN

    def _thread_argument(self, node: Node) -> Value:
        text = self._text(node)
        match = re.match(r"(?:std::)?c?ref\s*\(", text)
        if match and node.type == "call_expression":
            arguments = node.child_by_field_name("arguments")
            inner = (
                arguments.named_children[0]
                if arguments is not None and arguments.named_children
                else None
            )
            return self._passed(inner) if inner is not None else UNKNOWN
        given = self.expr(node)
        return self.argument(node) if self.leads_on(node) else given

    def _passed(self, node: Node) -> Value:
        """An object handed on by reference: its own value if it is a function, else its place."""
        place = self.place(node)
        return self.handed_on(place) if place is not None else UNKNOWN

    def handed_on(self, place: Path) -> Value:
        """What a reference to that place stands for."""
        value = place.root.value if not place.elements else None
        if value is not None and (value.closure is not None or value.function):
            return value
        return Value(target=place, marks=place.marks)

    def _spawn_value(
        self, entry: Value, values: list[Value], node: Node, *, handle: str, many: bool
    ) -> None:
        """Walk a thread's code as a party of its own, bound to what it was given."""
        scope, creator = self.scope, self.party
        loop = self.loops[-1] if self.loops else None
        values = [self.of_its_turn(value, loop) for value in bind(entry, values)]
        name = entry.function or (
            f"lambda@{entry.closure.node.start_byte}" if entry.closure else ""
        )
        if (
            scope is None
            or creator is None
            or scope.kind != "threads"
            or self.flow.dead
            or not name
        ):
            return
        active = [1 for active, _ in self.active if active == name]
        if len(active) > 1 or len(scope.parties) > api.MAX_PARTIES:
            return
        for value in values:
            if value.target is not None:
                self.shown(value.target.root)
                if value.target.root.storage == "tls":
                    value.target.root.storage = "static"  # one thread's own, known to another
                    self.retype()
        self.order += 1
        party = Party(
            self.fresh_serial(),
            "thread",
            name,
            self.line(node),
            self.line(node),
            (many and not self.in_one_turn()) or creator.many,
            "thread",
            frozenset(self.live) | creator.created_live,
            creator.serial,
            self.order,
            handle,
            loop_bounds(loop) if loop is not None else "",
            loop.line if loop is not None else 0,
            loop.name if loop is not None else "",
            loop=loop,
            depth=len(self.loops),
        )
        self.rules_over(party, creator)
        party.guards, party.counters = tuple(self.guards), self._counters(loop)
        scope.parties[party.serial] = party
        self.sync("create", node)
        self._walk_thread(party, entry, values, node)
        if handle == "discarded":  # the future of an unnamed std::async joins at once
            party.many, party.in_turn = creator.many, True
            self.ended |= {party.serial} | party.ended
        else:
            self.live |= {party.serial} | party.ended
        self.live |= party.live

    def _counters(self, loop: Loop | None) -> frozenset[str]:
        """The variables that have counted the turns of a loop so far: `th[n], …; n++;`."""
        turn = opaque(loop.name) if loop is not None and loop.low == ZERO else None
        symbols = [s for names in self.scopes[1:] for s in names.values()] if self.induced else []
        counted = [s for s in symbols if s.serial in self.induced and s.value is not None]
        return frozenset(
            f"{s.name}@{s.offset}"
            for s in counted
            if turn is not None and s.value is not None and same_number(s.value.number, turn)
        )

    def _walk_thread(self, party: Party, entry: Value, values: list[Value], node: Node) -> None:
        saved = (
            self.party,
            self.flow,
            self.frames,
            self.loops,
            self.guards,
            self.live,
            self.ended,
            self.phase,
            self.returns,
            self.calls,
        )
        given = [remark(v, SEQ, "targ") if party.many else v for v in values]
        given = [
            replace(v, marks=v.marks | {"targ"}) if party.many and v.target is None else v
            for v in given
        ]
        self.party, self.flow, self.frames, self.loops, self.guards = party, Flow(), [], [], []
        self.live, self.ended, self.phase, self.returns = set(), set(), 0, []
        if entry.closure is not None:
            self._thread_closure(entry.closure, given, node, party)
        else:
            self._thread_function(entry.function, given, node)
        self.thread_over(node)
        party.live, party.ended = frozenset(self.live), frozenset(self.ended)
        (
            self.party,
            self.flow,
            self.frames,
            self.loops,
            self.guards,
            self.live,
            self.ended,
            self.phase,
            self.returns,
            self.calls,
        ) = saved

    def _thread_closure(
        self, closure: Closure, values: list[Value], node: Node, party: Party
    ) -> None:
        """Values captured by a lambda in a loop differ by thread, as its arguments do."""
        text = self._text(closure.node)
        header = text[: text.find("]") + 1]
        inner = self.bound_in_turn(header, text, party)
        if party.many:
            for symbol in self._by_value(header, text):
                inner[symbol.name] = Symbol(
                    symbol.name,
                    symbol.type,
                    "auto",
                    symbol.offset,
                    symbol.pointer,
                    symbol.array,
                    owner=party.serial,
                    derived=(symbol.derived - {"seq"}) | {"targ"},
                    once=symbol.once or self.counts_threads(symbol, party, text),
                    value=self._copied(symbol, party, text),
                )
        self._show_captured(header, text)
        self.call_closure(replace(closure, scopes=(*closure.scopes, inner)), values, node)

    def _copied(self, symbol: Symbol, party: Party, text: str) -> Value | None:
        """What a thread's copy of a variable stands for, of many threads made in a loop."""
        if self.counts_threads(symbol, party, text):
            return Value(form=opaque(party.loop_name, frozenset({"targ"})))
        new = symbol.value is not None and symbol.value.fresh and party.loop is not None
        pointee = Value(target=Path(symbol, (Element(),)))
        value = pointee if new else kept_pointer(symbol)
        if value is None:
            return None
        return remark(self.of_its_turn(value, party.loop), SEQ, "targ")

    def _show_captured(self, header: str, text: str) -> None:
        """What a thread's lambda captures is known to two threads."""
        names = IDENTIFIER.findall(text if re.match(r"\[\s*[=&]\s*[],]", header) else header)
        for name in dict.fromkeys(names):
            symbol = self.lookup(name)
            if symbol is not None:
                self.shown(symbol)
                if symbol.value is not None and symbol.value.target is not None:
                    self.shown(symbol.value.target.root)
        if self.this is not None and re.search(r"\bthis\b|\[\s*[=&]\s*[],]", header):
            self.shown(self.this.root)

    def _by_value(self, header: str, text: str) -> list[Symbol]:
        names = [n for n in re.findall(r"(?<![&\w])([A-Za-z_]\w*)", header) if n != "this"]
        if re.match(r"\[\s*=", header):
            names += re.findall(r"[A-Za-z_]\w*", text[len(header) :])
        shared = set(BY_REFERENCE.findall(header))
        found = [self.lookup(n) for n in dict.fromkeys(names) if n not in shared]
        return [s for s in found if s is not None and s.storage in ("auto", "param")]

    def _thread_function(self, name: str, values: list[Value], node: Node) -> None:
        short = name.rsplit("::", 1)[-1]
        versions = self.symbols.functions.get(short, [])
        this = None
        if versions and versions[0].owner and values:
            this, values = values[0].target or self.this, values[1:]
            versions = self._of_object(versions, this)
        if versions:
            self.call_function(versions[0], values, node, this)
        else:
            self.note(f"call:{short}")

    def _of_object(self, versions: list[Function], this: Path | None) -> list[Function]:
        """Methods of one name as an object has them: its own class's before its bases'."""
        kind = self.symbols.struct(self.shape(this)[0]) if this is not None else ""
        lineage = self.symbols.lineage(kind) if kind in self.symbols.structs else ()
        own = [f for owner in lineage for f in versions if f.owner == owner]
        return own or versions

    def _join_call(self, node: Node, nodes: list[Node]) -> Value:
        place = self.place(nodes[0])
        for argument in nodes[1:]:
            self.expr(argument)
        if place is not None:
            self.record(place, "read", nodes[0])
            first = self._first_handle(place)
            self.join_handle(self._handle(first), node, place=first)
        return UNKNOWN

    def _first_handle(self, place: Path) -> Path:
        """The handle that the creation filled in, of which this is a copy."""
        if place.elements:
            kept = self.stored(place)
            return kept.target if kept is not None and kept.target is not None else place
        given = place.root.value if place.root.storage in ("param", "auto") else None
        return given.target if given is not None and given.target is not None else place

    def _first_thread(self, place: Path) -> Path:
        """The `std::thread` that a local was made from by a move: `auto t = std::move(ts[i])`."""
        moved = place.root.value if not place.elements and place.root.storage == "auto" else None
        return place if moved is None or moved.target is None else moved.target

    def _to_its_size(self, key: str) -> bool:
        """Whether the loop around visits every thread of a container: `i < crew.size()`."""
        loop = self.loops[-1] if self.loops else None
        if loop is None or loop.low != ZERO or loop.high is None or loop.stride != Form((), 1):
            return False
        return loop.high == opaque(f"{key.removesuffix('[]')}.size()") or is_size_of(loop.high, key)

    def _in_its_turn(self, party: Party, place: Path | None) -> bool:  # noqa: ARG002
        """Whether a thread is joined in the turn of the loop that made it: one at a time runs."""
        around = self.loops[-1] if self.loops else None
        handle = party.handle.partition("%")[0]
        alone = "[]" not in handle or "." in handle.rpartition("[]")[2]  # `p->thread`, none of many
        return alone and party.loop is not None and around is party.loop

    def _one_by_one(self, party: Party, place: Path | None) -> None:
        """Note the loop that joins one thread a turn: until it is over, others may still run."""
        forms = [e.form for e in place.elements if not e.field] if place is not None else []
        around = self.loops[-1] if self.loops else None
        if around not in (None, party.loop) and any(form.terms for form in forms):
            party.joined_in = around
            party.joined_by = frozenset([name for form in forms for name in form.names])

    def join_handle(
        self, key: str, node: Node | None, *, whole: bool = False, place: Path | None = None
    ) -> None:
        """Threads whose handle this is have ended: all, or as far as the joining loop reaches."""
        scope = self.scope
        if scope is None:
            return
        around = self.loops[-1] if self.loops else None
        bounds = loop_bounds(around) if around is not None else ""
        drained = until_empty(node, container_of(key))
        whole = whole or drained or self._to_its_size(key)
        for party in scope.parties.values():
            if not party.handle or not same_handle(party.handle, key):
                continue
            reached = whole or bounds == "*" or reaches(party, around, (key, bounds), place, node)
            party.joined = "full" if reached else "partial"
            self._one_by_one(party, place)
            if drained and self.loops:
                party.joined_in, party.joined_by = self.loops[-1], frozenset()
            self.order += 1
            if reached and self._in_its_turn(party, place):
                party.many, party.in_turn = self.party is not None and self.party.many, True
            if not reached:
                party.joined_at = party.joined_at or self.order
            else:
                gone = {party.serial} | party.ended  # those that it joined ended before it
                self.live -= gone
                self.ended |= gone
                if tuple(self.guards) == party.guards:  # else joined on one way only
                    self.lend(party, gone)
        if node is not None:
            self.sync("join", node)


def _arguments(node: Node) -> list[Node]:
    arguments = node.child_by_field_name("arguments")
    return arguments.named_children if arguments is not None else []
