"""The state of a walk: scopes, locks, guards, budgets; and the recording of accesses."""

from __future__ import annotations

import functools
import operator
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

from tree_sitter import Node

from reviewbot.code.assigned import assignments, nullings
from reviewbot.code.events import Event, Frame, Guard, Loop, Part, Party, Quotients, Scope
from reviewbot.code.flow import Flow
from reviewbot.code.instances import frames_for
from reviewbot.code.lending import TaskLevel
from reviewbot.code.parse import Parsed
from reviewbot.code.places import Places
from reviewbot.code.specific import Specific
from reviewbot.code.symbols import (
    FileSymbols,
    Symbol,
    is_atomic,
    is_container,
    is_lock,
    private_copy,
)
from reviewbot.code.values import UNKNOWN, Form, Path, Value, element_type, pointed_at
from reviewbot.code.wholes import Wholes
from reviewbot.code.words import PER_THREAD, declares

MAX_STEPS = 40_000  # nodes walked for one scope: a region with all that it calls
MAX_TABLE = 8  # functions of one table that a call through it walks
MAX_EVENTS = 24_000  # accesses kept for one scope
MAX_OF_PARTY = 6_000  # of one party: who comes first must leave room for the others
_NAME_AND_MARK = re.compile(r"\b([A-Za-z_]\w*)\s{0,3}[;,=\[]")
_FIELD = re.compile(r"(?:\.|->)\s*([A-Za-z_]\w*)(?!\s*\()")
_ADDRESS = re.compile(r"&[\s(]*([A-Za-z_]\w*)")
_BESIDE = frozenset({"taskgroup", "atomic"})  # constructs that give the work to nobody else
_LASTING = frozenset({"global", "static", "this"})
MAX_PLACES = 50  # of one name, looked at for a declaration
MAX_LOOKS = 20  # names that are looked for one by one
MAX_CALLED_STEPS = 30_000  # after as many, calls are no longer followed: the rest is read alone
SMALL_BODY = 400  # bytes of a function that is followed even then
MAX_INLINE = 6  # calls deep
MAX_NESTING = 400  # statements and expressions deep, so that hostile nesting ends early


class State(Specific, Places):
    """Everything a walk knows at a point; the mixins of the walker build on it."""

    portion: Part | None = None  # the call around of a function that splits its range

    @functools.cached_property
    def answers(self) -> dict[str, tuple[Form, ...]]:
        """The numbers that a call was asked for, by the text that stands for its answer."""
        return {}

    def __init__(self, parsed: Parsed, symbols: FileSymbols) -> None:
        self.parsed = parsed
        self.symbols = symbols
        self.text = parsed.translation.text
        self.own = parsed.translation.own
        self.scope: Scope | None = None
        self.party: Party | None = None
        self.flow = Flow()
        self.scopes: list[dict[str, Symbol]] = [symbols.globals]
        self.cleanups: list[list[tuple[str, str]]] = [[]]
        self.this: Path | None = None
        self.this_class = ""
        self.function = ""
        self.calls: tuple[int, ...] = ()
        self.active: list[tuple[str, tuple[int, int]]] = []  # functions being walked, and who does
        self.frames: list[Frame] = []
        self.loops: list[Loop] = []
        self.guards: list[Guard] = []
        self.live: set[int] = set()
        self.locked = 0  # when the walk last took a lock
        self.ended: set[int] = set()
        self.phase = 0
        self.group = self.groups = 0  # waits for tasks: the last on this way, and of all
        # (guards around, group that begins) of each place where tasks have ended
        self.rests: list[tuple[int, int]] = []
        self.region = 0
        self.asked = 0  # threads that the program asked for by a call; 0 where nobody knows
        self.tasks: list[TaskLevel] = []
        # Of tasks that each function being walked created: group, accesses of what is older.
        self.loose: list[list[tuple[int, list[Event]]]] = [[]]
        self.shared_names: dict[int, str] = {}  # symbol serial → explicit sharing rule
        self.order = 0
        self.steps = self.nesting = self.serial = 0
        self.cursor = 0
        self.returns: list[list[Flow]] = []
        self.labels: dict[str, list[Flow]] = {}
        self.atomic_target = ""  # the text of the object of an atomic construct, if it is known
        self.ends: list[int] = [len(self.text)]  # where each open block ends
        self.reached: set[int] = set()  # start bytes of functions walked
        self.finished: list[Scope] = []
        self.implicit: dict[str, Symbol] = {}
        self.declared_looks: dict[str, bool] = {}  # names that only look declared
        self.unread: dict[tuple[str, str], int] = {}  # (function, reason) → first line given up
        # Of each function being walked: what it returns, and whether that is a reference.
        self.results, self.referring = list[list[Value]](), list[bool]()
        self.numbers: list[list[Form]] = []  # that the function returns, likewise
        self.result, self.initial = UNKNOWN, UNKNOWN  # the latter of the variable declared last
        self.tables: dict[str, tuple[str, ...]] = {}  # functions whose addresses are in memory
        # Numbers stored in elements: (indices, number) by key, None if several formulas give them.
        self.fills: dict[str, tuple[tuple[Form, ...], Form] | None] = {}
        self.quotients, self.formulas = Quotients(), Quotients()
        self.several: dict[int, tuple[Path, ...]] = {}  # variables that a local may point to
        self.begun: dict[int, Value] = {}  # what a variable was given before it is stepped
        self.stores: dict[str, Value | None] = {}  # pointers stored in memory, None if several
        self.stored_at: dict[str, Path] = {}  # where each of them was stored last

    # --- names ----------------------------------------

    def lookup(self, name: str) -> Symbol | None:
        """The variable that a name means here; a task's copy where the rules give it one."""
        for scope in reversed(self.scopes):
            if name in scope:
                return self._in_task(scope[name], scope) if self.tasks else scope[name]
        return self.implicit.get(name)

    def _in_task(self, symbol: Symbol, home: dict[str, Symbol]) -> Symbol:
        level, depth = self.tasks[-1], self._depth_of(home)
        inside = not any(scope is level.scope for scope in self.scopes)  # in a function it calls
        if inside or depth >= self._depth_of(level.scope) or depth == 0:
            return symbol
        if symbol.storage not in ("auto", "param"):
            return symbol
        if symbol.name in level.shared or level.default == "shared":
            self.shared_names[symbol.serial] = "task-shared"
            return symbol
        if symbol.region != self.region and self.region and not symbol.rule:
            return symbol  # shared in the enclosing region, so shared in the task
        copy = private_copy(symbol, "task-firstprivate", keep_value=True)
        copy.depth, copy.once = self._depth(), symbol.once
        level.scope[symbol.name] = copy
        return copy

    def _depth_of(self, scope: dict[str, Symbol]) -> int:
        return next(i for i, candidate in enumerate(self.scopes) if candidate is scope)

    def declare(self, symbol: Symbol) -> None:
        """Enter a variable into the innermost scope; a static one is the same in every walk."""
        if symbol.storage == "static" and symbol.name in self.symbols.threadprivate:
            symbol.storage = "tls"
        if symbol.storage == "static":
            known = self.implicit.setdefault(f"{symbol.name}@{symbol.offset}", symbol)
            if known is not symbol:
                self.scopes[-1][symbol.name] = known
                return
        symbol.region = self.region
        symbol.depth, symbol.turns = self._depth(), len(self.loops)
        self.symbols.resolve(symbol)
        symbol.owner = self.party.serial if self.party else 0
        empty = nullings(self.text, symbol.name, symbol.offset, self.ends[-1])
        symbol.once = self.assigned(symbol) - (empty if symbol.pointer else 0) <= 1
        if self.region and self.is_lent(symbol, self.ends[-1]):
            self.shared_names[symbol.serial] = "task-shared"
        self.scopes[-1][symbol.name] = symbol

    def assigned(self, symbol: Symbol) -> int:
        """How often a variable is assigned within its block, its initialiser included."""
        return self._assignments(symbol.name, symbol.offset)

    def given_once(self, name: str, start: int) -> bool:
        """Whether a thread's own copy gets its number in one place of the block begun there."""
        return self._assignments(name, start) == 1

    def _assignments(self, name: str, start: int) -> int:
        places = assignments(self.text).get(name)
        if not places:
            return 0
        return bisect_left(places, self.ends[-1]) - bisect_left(places, start)

    def takes(self, symbol: Symbol) -> bool:
        """Whether a variable stands from here on for what it is given: just once, and for sure.

        A private copy that a condition may leave alone keeps what an earlier turn gave it.
        """
        if symbol.rule == "private" and self.loops:
            left = any(guard.line >= self.loops[-1].line for guard in self.guards)
            symbol.once = symbol.once and not left
        return symbol.once and symbol.storage in ("auto", "param") and symbol.value is None

    def _depth(self) -> int:
        """How many teams within the region's own run the code here."""
        return [frame.kind for frame in self.frames].count("nested") if self.frames else 0

    def imply(self, name: str) -> Symbol:
        """A global that some header declares."""
        symbol = self.implicit.get(name)
        if symbol is None and self._looks_declared(name):
            self.note("parse-error")  # a declaration that was not understood: no global of a header
            return Symbol(name, "", "auto", region=self.region, owner=self._own_serial())
        if symbol is None:
            symbol = Symbol(name, "", "tls" if name in PER_THREAD else "global")
            self.implicit[name] = symbol
        return symbol

    def _own_serial(self) -> int:
        return self.party.serial if self.party else 0

    def _looks_declared(self, name: str) -> bool:
        """Whether the text has a declaration of that name, such as an unknown macro would hide."""
        known = self.declared_looks.get(name)
        if known is None:
            places = self._before_marks(name)
            known = any(declares(self.text, place) for place in places[:MAX_PLACES])
            self.declared_looks[name] = known
        return known

    def _before_marks(self, name: str) -> list[int]:
        """Where a name stands as one that is declared does; few names are ever asked for."""
        if len(self.declared_looks) > MAX_LOOKS or self.text.count(name) > MAX_PLACES:
            return self._names_before_marks.get(name, [])
        places, at = [], self.text.find(name, 0, self.own)
        while at >= 0:
            match = _NAME_AND_MARK.match(self.text, at, self.own)
            places += [at] if match is not None and match[1] == name else []
            at = self.text.find(name, at + 1, self.own)
        return places

    @functools.cached_property
    def _names_before_marks(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = defaultdict(list)
        for match in _NAME_AND_MARK.finditer(self.text, 0, self.own):
            places[match[1]].append(match.start())
        return places

    # --- recording ----------------------------------------

    def sharing(self, path: Path) -> str:
        """The rule that makes the object shared or private; "" if no other thread sees it."""
        root = path.root
        if root.storage in _LASTING and not root.rule:
            return self.shared_names.get(root.serial, root.storage)
        through = bool(path.elements) and self._dereferences(path)
        if root.storage == "tls":
            return self.of_thread(root, through=through)
        if root.rule and root.depth < self._depth() and not through:
            return "nested-shared"
        if root.rule and self.tasks and root.serial < self.tasks[-1].start and not through:
            return "task-shared"  # the copy of the thread, or task, that made this one
        if root.rule:
            leads_out = root.pointer or (root.rule == "firstprivate" and self.copies_pointers(path))
            return f"pointee-{root.rule}" if through and leads_out else root.rule
        if root.serial in self.shared_names and not self._of_outer_thread(root):
            return self.shared_names[root.serial]
        scope = self.scope
        if scope is not None and scope.kind != "threads":
            if scope.kind == "orphan" and root.storage == "param":
                return "parameter" if through else ""
            inside = root.region == self.region and self.region
            if inside and root.depth < self._depth():
                return "nested-shared"  # the inner team's threads share the outer thread's own
            if inside and self.tasks and root.serial < self.tasks[-1].start and not through:
                return self.shared_names.setdefault(root.serial, "task-shared")
            if inside or scope.kind == "orphan":
                return "pointee" if through else ""
            return "shared"
        if self.party and root.owner == self.party.serial and root.owner:
            if through:
                return "pointee" if not self.of_key(root) else "threadprivate"
            return "own-stack" if self.party.kind in ("main", "thread") else ""
        return "parameter" if root.storage == "param" else "captured"

    def _of_outer_thread(self, root: Symbol) -> bool:
        """Whether a clause of an inner team shares what each thread of the outer has for itself."""
        if self.shared_names[root.serial] != "shared-clause" or self.tasks:
            return False
        return bool(self.region) and root.region == self.region

    def _dereferences(self, path: Path) -> bool:
        """Whether a path leaves its root's own memory: by a pointer, or by what is not known."""
        kind, pointer, array = path.root.type, path.root.pointer, path.root.array
        for element in path.elements:
            if element.field:
                member = self.symbols.member(kind, element.field)
                if member is None:
                    return any(not e.field for e in path.elements) and not path.root.array
                kind, pointer, array = member.type, member.pointer, member.array
            elif array:
                array -= 1
            elif pointer or not is_container(kind):
                return True
            else:
                kind, pointer = pointed_at(element_type(kind))
            kind = self.symbols.types.get(kind, kind)
        return False

    def record(
        self,
        path: Path,
        mode: str,
        node: Node,
        *,
        atomic: str = "",
        via: str = "direct",
        constant: bool = False,
        lines: tuple[int, ...] = (),
        whole: bool = False,
    ) -> str:
        """Record an access if another thread may see the object; returns its key or "".

        A struct copied whole is an access of each of its fields that the file names elsewhere.
        """
        if self.scope is None or self.flow.dead:
            return ""
        act = functools.partial(self._record, atomic=atomic, constant=constant)
        meant = self.meant(path) if path.root.serial in self.several else [path]
        keys = []
        for place in meant:
            with self.locks_of(path.root, place) if len(meant) > 1 else nullcontext():
                keys.append(act(place, mode, node, via=via, lines=lines))
        path, key = meant[0], keys[0]
        if key and (via == "direct" or whole):
            for part in self.wholes.parts(path, written=mode != "read"):
                self._record(
                    part, mode, node, atomic=atomic, via="whole", constant=constant, lines=lines
                )
        return key

    @functools.cached_property
    def wholes(self) -> Wholes:
        """Tells the parts of what is written whole."""
        return Wholes(self.symbols, self.shape, frozenset(_FIELD.findall(self.text)), self.text)

    def meant(self, path: Path) -> list[Path]:
        """The places that a path may name (see memory.py)."""
        raise NotImplementedError

    def locks_of(self, pointer: Symbol, place: Path) -> AbstractContextManager[None]:
        """The locks held where a pointer led to that place (see choices.py)."""
        raise NotImplementedError

    def _record(
        self,
        path: Path,
        mode: str,
        node: Node,
        *,
        atomic: str,
        via: str,
        constant: bool,
        lines: tuple[int, ...],
    ) -> str:
        scope, party = self.scope, self.party
        if scope is None or party is None or self.flow.dead:
            return ""
        if node.start_byte >= self.own and self.is_nowhere(node):
            return ""
        share = self.sharing(path)
        if not share or (path.root.constant and not path.elements):
            return ""
        if share == "own-stack" and self._stays_own(path.root):
            return ""  # half of all accesses: no pair can come of them
        shape, key = self.shape(path), self.key(path)
        if via == "call" and key in self.flow.locks and not self.flow.locks[key].claimed:
            return ""  # its address is given on: it is a lock, whatever its type
        if is_lock(shape[0]) and not (via == "method" and is_container(shape[0])):
            return ""  # what protects others is no data itself; a map of locks is
        if len(scope.events) >= MAX_EVENTS or party.told >= MAX_OF_PARTY:
            scope.unresolved.add("truncated")
            return ""
        self.order, party.told = self.order + 1, party.told + 1
        scope.touched += [key] if share != "own-stack" else []
        fresh = self._fresh(path)
        # A struct that is copied, cleared or freed whole is so byte by byte, atomic fields too.
        order = atomic or ("" if via == "whole" else self._atomicity(path, shape, node))
        scope.events.append(
            Event(
                key,
                path,
                mode,
                order,
                *self.span(node),
                self.function,
                self.calls,
                party.serial,
                share,
                via,
                tuple(self.flow.locks.values()),
                self.phase,
                frames_for(self.frames, path.root, share, self.region),
                tuple(self.loops),
                tuple(self.guards),
                self.flow.waits,
                frozenset(self.live),
                frozenset(self.ended),
                self.order,
                fresh,
                self.group,
                constant,
                lines,
                self.flow.passed,
                inner=self.by_pointers(path),
                given=bool(self.given) and self.given_away(party.serial, path),
                part=self._own_portion(),
            )
        )
        if not atomic and (order == "seq_cst" or key in self.flow.locks):  # `while (!ready);`
            self.order_atomic(key, mode, order, node)
        return key

    def _own_portion(self) -> Part | None:
        """The call that makes an access, if none of those that it made itself may still run."""
        part = self.portion
        if part is None or part.open or part.runner != self.runner():
            return None
        return part if {frame.kind for frame in self.frames[part.depth :]} <= _BESIDE else None

    def order_atomic(self, key: str, mode: str, order: str, node: Node) -> None:
        """Let an atomic access order what is around it (see locks.py)."""
        raise NotImplementedError

    def _fresh(self, path: Path) -> bool:
        """Whether this very thread allocated the object, which no other knows yet."""
        root = path.root
        if root.value is None or not root.value.fresh or self.party is None:
            return False
        return root.region == self.region and root.owner == self.party.serial

    def _stays_own(self, root: Symbol) -> bool:
        """Whether no other thread can reach a local: C hands one over by its address alone."""
        return not self.parsed.cpp and not root.array and root.name not in self._addressed

    @functools.cached_property
    def _addressed(self) -> frozenset[str]:
        return frozenset(_ADDRESS.findall(self.text))

    def _atomicity(self, path: Path, shape: tuple[str, int, int], node: Node) -> str:
        if self.frames and self.frames[-1].kind == "atomic":
            text = "".join(self.text[node.start_byte : node.end_byte].split()).strip("()")
            if self.atomic_target.strip("()") in ("", text):
                return "omp"
        kind, pointer, array = shape
        if not pointer and not array and is_atomic(kind):
            return "seq_cst"
        if not path.elements and path.root.volatile:
            return "volatile"
        if path.elements and path.elements[-1].field:
            base = Path(path.root, path.elements[:-1])
            member = self.symbols.member(self._shape(base)[0], path.elements[-1].field)
            return "volatile" if member is not None and member.volatile else ""
        return ""

    def may_enter(self, name: str) -> bool:
        """Whether to walk a function now: again within itself only for another task or thread."""
        entered = [who for active, who in self.active if active == name]
        return not entered or (len(entered) == 1 and entered[0] != self.runner())

    def entered_again(self) -> bool:
        """Whether a function is walked within itself, so that its loops are of many calls."""
        return len({name for name, _ in self.active}) < len(self.active)

    def conditions(self) -> int:
        """How many conditions decide whether this turn of a loop comes here and goes on."""
        return sum([not guard.leaves for guard in self.guards])

    def runner(self) -> tuple[int, int]:
        """Who runs the code: the party and the innermost task."""
        task = next((f.serial for f in reversed(self.frames) if f.kind in ("task", "taskloop")), 0)
        return (self.party.serial if self.party is not None else 0), task

    def note(self, what: str) -> None:
        """Record something that could not be resolved in the current scope."""
        if self.scope is not None:
            self.scope.unresolved.add(what)

    def sync(self, what: str, node: Node) -> None:
        """Remember the line of a synchronising statement for the slices."""
        if self.scope is not None:
            self.scope.sync_lines.append((self.line(node), what))

    def keep(self, names: tuple[str, ...]) -> dict[str, object]:
        """The present values of these attributes, for `restore`."""
        return dict(zip(names, _values_of(names)(self), strict=True))

    def restore(self, kept: Mapping[str, object]) -> None:
        """Go back to what `keep` kept."""
        vars(self).update(kept)

    def fresh_serial(self) -> int:
        """A number not given out before in this walk."""
        self.serial += 1
        return self.serial


@functools.cache  # of the few sets of attributes that the walkers keep
def _values_of(names: tuple[str, ...]) -> Callable[[object], tuple[object, ...]]:
    return operator.attrgetter(*names)
