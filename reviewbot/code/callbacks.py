"""Functions that are handed on: stored in variables and records, or given to code elsewhere."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterator

from tree_sitter import Node

from reviewbot.code import threads as api
from reviewbot.code.events import Party
from reviewbot.code.flow import merge_flows
from reviewbot.code.state import MAX_TABLE
from reviewbot.code.symbols import Function, Symbol
from reviewbot.code.thread_ends import ThreadEnds
from reviewbot.code.values import UNKNOWN, Element, Path, Value
from reviewbot.code.words import IDENTIFIER, words

# `name = function`, `.name = function`, `x->name = (type)function`, `type (*name)(args) = function`
_NAMED = re.compile(
    r"(?<![A-Za-z_])([A-Za-z_]\w*)\s{0,3}(?:\)\s{0,3}\([^()\n]{0,200}\)\s{0,3})?=\s{0,3}(?:\([^()\n]{0,60}\)\s{0,3})?&?"
    r"([A-Za-z_]\w*)\s{0,3}[;,})]"
)
_LISTED = re.compile(r"=\s*\{")  # without which there is no table: quicker to find
_TABLE = re.compile(
    r"\b([A-Za-z_]\w*)\s*\[[^\]\n]{0,40}\]\s*\)?\s*(?:\([^()\n]{0,200}\))?\s*=\s*\{([^{}]{1,600})\}"
)
# They call what they are given before they return.
CALLS_AT_ONCE = frozenset(
    words(
        """qsort qsort_r bsearch lfind lsearch tsearch tfind twalk ftw nftw sort stable_sort
    for_each transform accumulate reduce find_if count_if all_of any_of none_of generate remove_if
    apply invoke visit nth_element partial_sort partition lower_bound upper_bound max_element
    min_element"""
    )
)
# They call it when the threads of the program are no longer, or not at all as others do.
_CALLS_ALONE = frozenset(
    words(
        """atexit on_exit at_quick_exit pthread_key_create pthread_atfork pthread_cleanup_push
    signal sigaction set_terminate tss_create"""
    )
)
_KEY_MADE = re.compile(
    r"\b(?:pthread_key_create|tss_create)\s*\(\s*&\s*([\w.>-]+)\s*,\s*&?([A-Za-z_]\w*)\s*\)"
)
_NOTHING = re.compile(r"(?:NULL|0|nullptr)$")
_STARTS = re.compile(r"(?i)thread|thrd|spawn|start|launch|fork|run|task|worker|create")
JOINS = re.compile(r"(?i)(?:^|_)join|Join")
STARTS_THREAD = re.compile(
    r"(?:thread|thrd)_?(?:create|start|spawn|launch|begin|new|run)(?!\w{0,60}pool)"
    r"|(?:create|start|spawn|launch|begin|new)_?(?:[a-z]{1,12}_)?(?:thread|thrd)(?!_?pool)",
    re.IGNORECASE,
)
_STARTED = re.compile(rf"(?:{STARTS_THREAD.pattern})\w{{0,60}}\s{{0,9}}\(([^;{{}}]{{1,300}})", re.I)
_THREAD = re.compile(r"thr(?:ea)?d")  # in small letters
_BEFORE_THREAD = 24  # characters of such a name: `launch_` and a word of twelve letters
_POINTER = re.compile(r"\bvoid\s*\*\s*$")
_ROUTINE = re.compile(r"^\(\s*(?:void\s*\*\s*(?:restrict\s*)?\w*)\s*\)$")


def is_routine(function: Function, text: str) -> bool:
    """Whether a function looks as those that threads begin with: `void *f(void *)`."""
    head = text[function.node.start_byte : function.body.start_byte]
    before, _, after = head.rpartition(function.name)
    if _ROUTINE.match(after.strip()) is None:
        return False
    return _POINTER.search(before[-12:]) is not None


def starts(text: str) -> Iterator[re.Match[str]]:
    """Calls by whose names threads start; to look for what all these names have is quicker."""
    end = 0
    for thread in _THREAD.finditer(text.lower()) if "hread" in text else ():
        if thread.start() >= end:
            first = max(end, thread.start() - _BEFORE_THREAD)
            called = (_STARTED.match(text, at) for at in range(first, thread.start() + 1))
            found = next(filter(None, called), None)
            if found is not None:
                end = found.end()
                yield found


def is_run_by(callee: str, function: Function, text: str) -> bool:
    """Whether a call makes a thread that runs this: `mp_thread_create(&t, run, x)`, by its name."""
    if STARTS_THREAD.search(callee) is None:
        return False
    head = text[function.node.start_byte : function.body.start_byte]
    return _ROUTINE.match(head.rpartition(function.name)[2].strip()) is not None


class Callbacks(ThreadEnds):
    """Walks functions whose addresses are handed on."""

    @functools.cached_property
    def initial_tables(self) -> dict[str, tuple[str, ...]]:
        """Arrays whose initialiser lists functions of this file, by name."""
        tables = {}
        for name, listed in _TABLE.findall(self.text) if _LISTED.search(self.text) else ():
            known = [word for word in IDENTIFIER.findall(listed) if word in self.symbols.functions]
            if known:
                tables[name] = tuple(dict.fromkeys(known))[:MAX_TABLE]
        return tables

    @functools.cached_property
    def _assigned_functions(self) -> dict[str, tuple[str, ...]]:
        """The functions of this file that each name is given anywhere in it."""
        found: dict[str, list[str]] = defaultdict(list)
        known = map(re.escape, self.symbols.functions)
        # To look for what begins with one character first is ten times as fast.
        given = (
            rf"=\s{{0,3}}(?:\([^()\n]{{0,60}}\)\s{{0,3}})?&?(?:{'|'.join(known)})\s{{0,3}}[;,}})]"
        )
        if re.search(given, self.text) is None:
            return {}
        for name, value in _NAMED.findall(self.text):
            if value in self.symbols.functions and name != value:
                found[name].append(value)
        return {name: tuple(dict.fromkeys(known))[:MAX_TABLE] for name, known in found.items()}

    def functions_at(self, place: Path) -> tuple[str, ...]:
        """The functions that a call through this place may mean."""
        known = self.tables.get(self.key(place))
        if known and place.elements:
            return known
        last = next((e.field for e in reversed(place.elements) if e.field), place.root.name)
        bound = place.root.value
        if not place.elements and bound is not None and bound.target is not None:
            last = self._pointed(bound.target)
        return self._assigned_functions.get(last) or known or self.initial_tables.get(last, ())

    def _through_table(self, place: Path | None, node: Node, values: list[Value]) -> Value:
        """A call through memory: any of the functions stored there may run."""
        names = self.functions_at(place) if place is not None else ()
        closures = self.closures_at(place)
        if place is not None:
            self.record(place, "read", node.child_by_field_name("function") or node)
        self.takes_a_job()
        if not names and not closures:
            self.note(f"call:{self._text(node)[:20].split('(')[0]}")
            self._runs_given()
            self.runs_later(place, node)
        before, ends = self.flow, []
        for name in names:
            self.flow = before.copy()
            self.call_defined(name, values, node)
            ends.append(self.flow)
        for closure in closures:
            self.flow = before.copy()
            self.call_closure(closure, values, node)
            ends.append(self.flow)
        self.flow = merge_flows(ends) if ends else before
        return UNKNOWN

    def _runs_given(self) -> None:
        """A thread of a class calls what is not known: what others gave the class to run."""
        scope, party = self.scope, self.party
        if scope is not None and party is not None and party.kind == "thread" and self.this_class:
            sites = scope.runs.setdefault(self.this_class, [])
            if len(sites) < MAX_TABLE:
                sites.append((party.serial, self.order))

    def _pointed(self, target: Path) -> str:
        return next((e.field for e in reversed(target.elements) if e.field), target.root.name)

    def listed_functions(self, node: Node) -> tuple[str, ...]:
        """The functions among which an expression picks: from a table, by `?:`, by assignments."""
        if node.type == "conditional_expression":
            names = IDENTIFIER.findall(self._text(node).partition("?")[2])
            return tuple(dict.fromkeys(n for n in names if n in self.symbols.functions))
        if node.type not in ("subscript_expression", "field_expression", "identifier"):
            return ()
        place = self.place(node)
        return self.functions_at(place) if place is not None else ()

    @functools.cached_property
    def _handlers(self) -> list[tuple[tuple[int, int], Value, Value]]:
        """What threads have yet to clean up: who, the function, its argument."""
        return []

    def cleanup(self, name: str, nodes: list[Node], node: Node) -> Value:
        """`pthread_cleanup_push(f, x)` … `pthread_cleanup_pop(1)`: f(x) runs there, or at exits."""
        runner = self.runner()
        if name == "pthread_cleanup_push":
            self._handlers.append((runner, self.expr(nodes[0]), self.argument(nodes[-1])))
        elif self._handlers and self._handlers[-1][0] == runner:
            _, entry, given = self._handlers.pop()
            if self._text(nodes[0]).strip("() ") != "0":
                self._clean(entry, given, node)
        return UNKNOWN

    def leave_early(self, node: Node) -> None:
        """`pthread_exit`: what the thread has still to clean up is done now, the last first."""
        for runner, entry, given in reversed(self._handlers):
            if runner == self.runner():
                self._clean(entry, given, node)

    # --- what threads keep under a key ----------------------------------------

    @functools.cached_property
    def _key_ends(self) -> dict[str, str]:
        """The function that ends what threads keep, by the text of the key."""
        return {match[1]: match[2] for match in _KEY_MADE.finditer(self.text)}

    @functools.cached_property
    def _kept_by_key(self) -> dict[int, dict[str, Value]]:
        """What a party's threads keep at last, by the function that ends it."""
        return {}

    def keep_by_key(self, nodes: list[Node]) -> Value:
        """`pthread_setspecific(key, x)`: as the thread ends, x is given to the key's function."""
        self.expr(nodes[0])
        value, ends = self.expr(nodes[1]), self._key_ends.get(self._text(nodes[0]))
        if ends is not None and self.party is not None and not _NOTHING.match(self._text(nodes[1])):
            named = value.target is not None and not value.target.root.pointer
            own = value if named else Value(fresh=True)  # behind a pointer it is the thread's own
            self._kept_by_key.setdefault(self.party.serial, {})[ends] = own
        return UNKNOWN

    def thread_over(self, node: Node) -> None:
        """The functions of the keys run once a thread's own has returned, or it has exited."""
        super().thread_over(node)
        kept = self._kept_by_key.pop(self.party.serial, {}) if self.party is not None else {}
        for name, value in kept.items():
            self.flow = self._revived()
            self.call_defined(name, [value], node)

    def _clean(self, entry: Value, given: Value, node: Node) -> None:
        for name in self._handed(entry):
            self.call_defined(name, [given], node)

    def hand_over(self, callee: str, values: list[Value], nodes: list[Node], node: Node) -> None:
        """A function elsewhere is given these: it may call those that are functions."""
        scope = self.scope
        if scope is None or callee in _CALLS_ALONE:
            return
        for value in values:
            for name in self._handed(value):
                if callee in CALLS_AT_ONCE:
                    self.call_defined(name, [], node)
                elif scope.kind == "threads":
                    others = [v for v in values if v is not value and v.function != name]
                    self._handed_on(callee, name, others, nodes, node)
        if JOINS.search(callee) and nodes and scope.kind == "threads":
            self._join_call(node, nodes[:1])

    def _handed(self, value: Value) -> tuple[str, ...]:
        """A function, or those that a table or record of this file lists."""
        if value.function:
            return (value.function,) if value.function in self.symbols.functions else ()
        root = value.target.root if value.target is not None else None
        if root is None or root.storage not in ("global", "static"):
            return ()
        return self.listed_in(root)

    def listed_in(self, root: Symbol) -> tuple[str, ...]:
        """The functions that a record or table was initialised with."""
        members = self.symbols.structs.get(self.symbols.struct(root.type), {})
        parts = [Path(root, (Element(name),)) for name in members] or [Path(root, (Element(),))]
        named = (name for part in parts for name in self.tables.get(self.key(part), ()))
        known = [name for name in named if name in self.symbols.functions]  # or `&(struct s){4}`
        return tuple(dict.fromkeys(known))[:MAX_TABLE] or self.initial_tables.get(root.name, ())

    def _handed_on(
        self, callee: str, name: str, others: list[Value], nodes: list[Node], node: Node
    ) -> None:
        """A thread's routine starts a thread there; another function is called by any thread."""
        function = self.symbols.functions[name][0]
        if is_routine(function, self.text) or is_run_by(callee, function, self.text):
            place = self._lock_argument(nodes[0]) if self._text(nodes[0])[:1] == "&" else None
            handle = self._handle(place) if place is not None else self.answered_handle(node)
            given = [v for v in others if v.target is not None or v.form is not None][-1:]
            many = bool(self.loops) or _STARTS.search(callee) is None
            self._spawn_value(Value(function=name), given, node, handle=handle, many=many)
            return
        self._called_by_others(name, node)

    def _called_by_others(self, name: str, node: Node) -> None:
        scope, creator = self.scope, self.party
        if scope is None or creator is None or self.flow.dead:
            return
        if len(scope.parties) > api.MAX_PARTIES or any(active == name for active, _ in self.active):
            return
        if any(p.kind == "caller" and p.name == name for p in scope.parties.values()):
            return
        self.order += 1
        function = self.symbols.functions[name][0]
        party = Party(
            self.fresh_serial(),
            "caller",
            name,
            *self.lines_of(function.node, node),
            True,
            "unknown caller",
            creator=creator.serial,
            created_at=self.order,
        )
        scope.parties[party.serial] = party
        self._walk_thread(party, Value(function=name), [], node)

    def call_defined(
        self, name: str, values: list[Value], node: Node, this: Path | None = None
    ) -> Value:
        """Walk a function of the file (see calls.py)."""
        raise NotImplementedError

    def released(self, target: Path, node: Node) -> None:
        """`free(p)` takes all that p points to away from whoever uses it."""
        _, pointer, _ = self.shape(target)
        last = target.elements[-1] if target.elements else None
        if last is not None and last == Element():  # not its first element alone
            target = target.onwards()
        self.record(target, "write", node, via="call", whole=not pointer)
