"""One file in, its parallel regions and slices out; whatever the bytes are, no exception leaves."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Mapping

from reviewbot.code.callbacks import is_routine, is_run_by, starts
from reviewbot.code.constructs import Walker
from reviewbot.code.enders import enders_last
from reviewbot.code.events import Party, Scope
from reviewbot.code.flow import Flow
from reviewbot.code.functions import start_of
from reviewbot.code.includes import Read, project_headers
from reviewbot.code.pairs import shared_objects
from reviewbot.code.parse import Parsed, parse
from reviewbot.code.prefilter import may_be_parallel
from reviewbot.code.slices import Slicer
from reviewbot.code.spawns import OUT_OF_SIGHT
from reviewbot.code.symbols import Function
from reviewbot.code.synchronising import synchronises
from reviewbot.code.unit import collect_all
from reviewbot.code.whole_programs import called_by_library
from reviewbot.code.words import IDENTIFIER, spelt_out, words
from reviewbot.records import Analysis, Region, Skipped, Slice

MAX_BYTES = 1 << 20  # a larger source file is generated: no person reviews it
MAX_CALLERS = 150  # functions walked as entry points from outside
MAX_CALLER_STEPS = 120_000  # nodes walked for all of them: a second or two
MAX_OVERHEARD = 10_000  # nodes walked in headers for what they tell of the file's objects
_RECURSION = 12_000  # frames: the walkers nest at most 400 deep, with up to 20 frames each

_CREATES = words(
    """pthread_create thrd_create uv_thread_create g_thread_new _beginthreadex CreateThread
    SDL_CreateThread SDL_WaitThread kthread_run std::thread std::jthread std::async pthread_join
    thrd_join"""
)
# What makes or ends threads, each with a word without which it does not fit: to look for that
# first is cheaper.
_MAKERS = [
    *((word, re.compile(spelt_out(word))) for word in _CREATES),
    *((word, re.compile(rf"{word}(?<!\w{word})\s*\(")) for word in ("thread", "jthread")),
    ("emplace_back", re.compile(r"\bthreads?_?\b.{0,80}emplace_back")),
    ("join", re.compile(r"\.\s*join\s*\(\s*\)")),
    *((word, re.compile(rf"\.\s*{word}\s*\(")) for word in ("submit", "enqueue", "post")),
]
_ONCE = re.compile(r"(?:once|Once|ONCE)\s*\([^;()]*$")
_REACH = 80  # characters of a call before the function that it is given
_FEW = 8
_CALLED = re.compile(r"\b[A-Za-z_]\w*\b(?=\s*[({]|\s+\w+\s*[({;])")
_THREAD_VARIABLE = re.compile(
    r"\bstd::j?thread\s*(?:,\s*\d+\s*)?>?\s*(?:,\s*\w+\s*>)?\s*(\w+)\s*[;({=\[]"
)
_KEPT = re.compile(r"=\s{0,40}&?(?:\([\w\s*]{1,40}\)\s{0,4})?([A-Za-z_]\w{0,100})\s{0,4}[;,}]")
_MAKES_OR_ENDS = re.compile(r"(?:^|::)(\w+)::~?\1$")  # an object is made once and ended once


def analyse(
    path: str, data: bytes, read: Read | None = None, before: Mapping[str, int] | None = None
) -> Analysis:
    """Regions and slices of one file; what could not be read is said in the result.

    With `read`, which reads files of the project, it is read with the project's headers.
    `before`: what the version before guarded (`Analysis.guarded`); it is looked for here as well.
    """
    if len(data) > MAX_BYTES:
        return Analysis(path=path, skipped="larger than 1 MiB: taken for generated code")
    if b"\0" in data[:8000]:
        return Analysis(path=path, skipped="binary")
    if not before and not may_be_parallel(data):
        return Analysis(path=path)
    limit, collects = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(max(limit, _RECURSION))
    gc.disable()  # one file makes many small records and hardly a cycle: 8 % of the time
    try:
        headers = project_headers(path, data, read) if read is not None else ()
        return _Analyser(parse(path, data, headers), before or {}).run()
    finally:
        sys.setrecursionlimit(limit)
        if collects:
            gc.enable()


class _Analyser:
    def __init__(self, parsed: Parsed, before: Mapping[str, int]) -> None:
        self._parsed = parsed
        self._before = before
        self._symbols = collect_all(parsed)
        self._walkers: list[Walker] = []
        self._called: dict[int, frozenset[str]] = {}  # the names that a function calls
        self._named: dict[int, frozenset[str]] = {}  # and all that it names
        self._text = parsed.translation.text
        self._functions = sorted(self._symbols.all_functions(), key=lambda f: f.node.start_byte)
        self._own = [f for f in self._functions if f.node.start_byte < parsed.translation.own]
        self._excluding: list[Function] = []  # of teams out of sight: they name critical sections
        self._bodies = [self._text[start_of(f) : f.body.end_byte] for f in self._functions]

    def _calls(self, index: int) -> frozenset[str]:
        """The names that a function calls; few functions are ever asked."""
        known = self._called.get(index)
        if known is None:
            known = self._called[index] = frozenset(_CALLED.findall(self._bodies[index]))
        return known

    def run(self) -> Analysis:
        scopes = [*self._regions(), *self._threads()]
        slicer = Slicer(self._parsed)
        slices: list[Slice] = []
        own = self._parsed.translation.own
        for scope in scopes:
            slices += [slicer.slice(scope, shared) for shared in shared_objects(scope, own)]
        regions = {
            (s.line, s.construct): Region(
                path=self._parsed.path,
                line=s.line,
                end_line=s.end_line,
                kind=s.construct,
                function=s.function,
            )
            for scope in scopes
            for s in [scope]
            if scope.kind != "threads"
        }
        regions |= self._thread_regions(scopes)
        regions |= {
            (s.construct_line, s.construct_kind): Region(
                path=s.path,
                line=s.construct_line,
                end_line=s.construct_end_line,
                kind=s.construct_kind,
                function=s.pairs[0].first.function,
            )
            for s in slices
            if s.construct_kind == "unknown caller"
        }
        return Analysis(
            path=self._parsed.path,
            regions=tuple(regions[key] for key in sorted(regions)),
            slices=tuple(_unique(slices)),
            unresolved=tuple(self._notes()),
            guarded={key: count for scope in scopes for key, count in scope.guarded.items()},
        )

    def _thread_regions(self, scopes: list[Scope]) -> dict[tuple[int, str], Region]:
        return {
            (p.line, p.kind): Region(
                path=self._parsed.path,
                line=p.line,
                end_line=p.end_line,
                kind=p.construct,
                function=p.name,
            )
            for scope in scopes
            if scope.kind == "threads"
            for p in scope.parties.values()
            if p.kind == "thread"
        }

    def _notes(self) -> list[Skipped]:
        position = self._parsed.translation.position
        notes = [
            Skipped(path=self._parsed.path, reason=reason, line=position(offset)[0])
            for offset, reason in self._parsed.translation.notes
        ]
        for walker in self._walkers:
            notes += [
                Skipped(
                    path=self._parsed.path,
                    reason=f"{reason}: {_part(reason)} {name or 'the file'}",
                    line=line,
                )
                for (name, reason), line in sorted(walker.unread.items())[:5]
            ]
        for node in self._symbols.errors[:5]:
            line = self._parsed.translation.line(node.start_byte)
            if node.end_byte - node.start_byte > 80 and synchronises(
                self._text[node.start_byte : node.end_byte]
            ):
                notes.append(
                    Skipped(path=self._parsed.path, reason="code that does not parse", line=line)
                )
        return notes

    # --- OpenMP ----------------------------------------

    def _regions(self) -> list[Scope]:
        if not self._parsed.directives:
            return []
        walker = Walker(self._parsed, self._symbols)
        self._walkers.append(walker)
        offsets = [d for d in self._parsed.directives if not d.has("threadprivate", "declare")]
        forks = {
            f.name
            for f in self._functions
            if any(_inside(f, d.offset) and d.forks for d in offsets)
        }
        reaching = self._closure(forks)
        walker.thread_makers = frozenset(reaching)
        called = self._called_by(reaching)
        hosts = [f for f in self._own if f.name in reaching and f.name not in called]
        hosts += [f for f in self._own if f.name in forks and f not in hosts]
        orphans = [
            f for f in self._own if f not in hosts and any(_inside(f, d.offset) for d in offsets)
        ]
        for function in hosts:
            if function.node.start_byte not in walker.reached or not self._forked(walker, function):
                _walk(walker, function)
        excluded = [d for d in offsets if d.has("critical")]
        for function in [f for f in orphans if f.node.start_byte not in walker.reached]:
            if any(_inside(function, d.offset) for d in excluded):
                self._excluding.append(function)
            if function.node.start_byte not in walker.reached:
                _walk(walker, function)
        end = self._parsed.translation.own
        mine = [d for d in offsets if d.offset < end]
        stray = [d for d in mine if not any(_inside(f, d.offset) for f in self._own)]
        if stray:
            self._fragment(walker)
        return walker.finished

    def _forked(self, walker: Walker, function: Function) -> bool:
        """Whether a walk has come through a region of this function."""
        first = self._parsed.translation.line(function.node.start_byte)
        last = self._parsed.translation.line(function.node.end_byte - 1)
        return any(first <= scope.line <= last for scope in walker.finished)

    def _fragment(self, walker: Walker) -> None:
        """Code outside any function: a fragment, read as if it were a body."""
        walker.function = ""
        walker.push_scope(self._parsed.root)
        for child in self._parsed.root.named_children:
            if child.type not in ("function_definition", "struct_specifier", "type_definition"):
                walker.statement(child)
                walker.cursor = max(walker.cursor, child.end_byte)
                walker.flow = Flow()
            else:
                walker.cursor = max(walker.cursor, child.end_byte)

    # --- threads ----------------------------------------

    def _threads(self) -> list[Scope]:
        makers = self._makers()
        text = self._text
        waits = makers or self._before or synchronises(text)
        if not waits and not self._excluding:
            return []
        scope = Scope("threads", "", 0, 0, "thread", before=self._before)
        walker = Walker(self._parsed, self._symbols, thread_makers=frozenset(makers))
        walker.scope = scope
        scope.quotients, scope.formulas = walker.quotients, walker.formulas
        scope.answers = walker.answers
        self._walkers.append(walker)
        called = self._called_by(makers)
        bodies = list(zip(self._own, self._bodies, strict=False))
        for names in enders_last(makers, bodies, self._closure):
            for function in self._own:
                if function.name in names and function.name not in called:
                    self._party(walker, scope, function, "main", many=False)
            self._unreached(walker, scope, names)
        whole = any(f.name == "main" and not f.owner for f in self._own)
        if not whole or not (makers or self._parsed.directives):
            asked = self._own if waits else self._excluding
            self._callers(walker, scope, self._locking(asked) if whole else asked)
        if self._parsed.headers and not whole:
            self._overhear(walker, scope)
        walker.call_kept()
        return [scope] if scope.events else []

    def _unreached(self, walker: Walker, scope: Scope, makers: set[str]) -> None:
        """Makers of threads that no walk came to: called in ways that cannot be followed."""
        for _ in range(MAX_CALLERS):
            left = [
                f for f in self._own if f.name in makers and f.node.start_byte not in walker.reached
            ]
            called = self._called_by({f.name for f in left})
            first = next((f for f in left if f.name not in called), left[0] if left else None)
            if first is None:
                return
            self._party(walker, scope, first, "main", many=False)

    def _overhear(self, walker: Walker, scope: Scope) -> None:
        """How headers use what the file uses: methods of its classes, and functions that lock.

        They say how often an object is protected; nothing in them is told, nor what they lack.
        """
        owners = {f.owner for f in self._own if f.owner}
        unresolved, unread = set(scope.unresolved), dict(walker.unread)
        walker.overhears, total = True, 0
        start = len(self._own)
        for function, body in zip(self._functions[start:], self._bodies[start:], strict=True):
            known = function.owner in owners if function.owner else synchronises(body)
            if known and not walker.has_walked(function) and total < MAX_OVERHEARD:
                once = _MAKES_OR_ENDS.search(function.qualified) is not None
                self._party(walker, scope, function, "caller", many=not once)
                total += walker.steps
        walker.overhears, scope.unresolved, walker.unread = False, unresolved, unread

    def _party(
        self, walker: Walker, scope: Scope, function: Function, kind: str, *, many: bool
    ) -> None:
        line = self._parsed.translation.line(function.node.start_byte)
        end = self._parsed.translation.line(function.node.end_byte - 1)
        construct = "thread" if kind == "main" else "unknown caller"
        party = Party(walker.fresh_serial(), kind, function.qualified, line, end, many, construct)
        scope.parties[party.serial] = party
        walker.party, walker.flow, walker.phase, walker.steps = party, Flow(), 0, 0
        walker.live, walker.ended = set(), set()
        walker.call_function(function, [], None)
        if function.name == "main" and not function.owner:
            walker.kept_to_the_end()

    def _callers(self, walker: Walker, scope: Scope, functions: list[Function]) -> None:
        """Functions that nobody here calls: several threads may call them at once.

        Of a program that makes no threads only those that lock: a library's threads call them.
        """
        left = [f for f in functions if f.node.start_byte not in walker.reached]
        names = {f.name for f in left}
        called = self._called_by(names)
        roots = [f for f in left if f.name not in called] or left
        total = 0
        for function in roots[:MAX_CALLERS]:
            if function.node.start_byte not in walker.reached:
                total += self._from_outside(walker, scope, function)
            if total > MAX_CALLER_STEPS:
                break
        self._exposed(walker, scope, left, MAX_CALLER_STEPS - total)

    def _locking(self, left: list[Function]) -> list[Function]:
        """Of these functions those that a library's threads may call, see whole_programs.py."""
        starts, own = {f.node.start_byte for f in left}, self._text[: self._parsed.translation.own]
        mine = {n: f for n, f in enumerate(self._functions) if f.node.start_byte in starts}
        locking = frozenset(n for n in mine if synchronises(self._bodies[n]))
        return called_by_library(mine, own, self._before, locking, self._words)

    def _from_outside(self, walker: Walker, scope: Scope, function: Function) -> int:
        """Walk a function that other files may call; how many steps it took."""
        once = _MAKES_OR_ENDS.search(function.qualified) is not None
        self._party(walker, scope, function, "caller", many=not once)
        return walker.steps

    def _exposed(self, walker: Walker, scope: Scope, left: list[Function], steps: int) -> None:
        """Functions that are named here and that no walk came to: to name is not to call.

        `p.get()` may mean another class's, and `ops->put = put` lets those call it who find it.
        """
        kept = set(_KEPT.findall(self._text, 0, self._parsed.translation.own))
        public = [f for f in left if f.owner or not f.static or f.name in kept]
        for _ in range(MAX_CALLERS):
            if steps < 0:
                scope.unresolved.add("truncated")
                return
            public = [f for f in public if f.node.start_byte not in walker.reached]
            called = self._called_by_these(public)
            first = next((f for f in public if f.name not in called), next(iter(public), None))
            if first is None:
                return
            steps -= self._from_outside(walker, scope, first)

    def _called_by_these(self, functions: list[Function]) -> set[str]:
        """The names that some of these functions call, each but its own."""
        named = {f.node.start_byte for f in functions}
        calls = [
            self._calls(index) - {f.name}
            for index, f in enumerate(self._functions)
            if f.node.start_byte in named
        ]
        return set().union(*calls)

    def _makers(self) -> set[str]:
        """Functions that create or join threads, themselves or through what they call."""
        routines = [re.escape(f.name) for f in self._functions if is_routine(f, self._text)]
        routines += self._started()
        makers = [pattern for word, pattern in _MAKERS if word in self._text]
        if not routines and not makers:
            return set()
        variables = set(_THREAD_VARIABLE.findall(self._text)) if "std::" in self._text else set()
        handled = (
            re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(variables))) + r")\b")
            if variables
            else None
        )
        given = re.compile(rf"[(,]\s*&?(?:{'|'.join(routines)})\s*[,)]") if routines else None
        return self._closure(
            {
                f.name
                for f, body in zip(self._functions, self._bodies, strict=True)
                if any(pattern.search(body) for pattern in makers)
                or (handled is not None and handled.search(body))
                or (given is not None and _gives_away(given, body))
            }
        )

    def _started(self) -> list[str]:
        """Functions that a project's own call starts a thread with: `mp_thread_create(&t, run)`."""
        known = {f.name: f for f in self._functions}
        calls = starts(self._text)
        given = [(m[0], name) for m in calls for name in IDENTIFIER.findall(m[1]) if name in known]
        return [name for call, name in given if is_run_by(call, known[name], self._text)]

    def _closure(self, makers: set[str]) -> set[str]:
        """These functions and all that call them, directly or not."""
        while makers:
            more = {
                f.name
                for index, f in enumerate(self._functions)
                if f.name not in makers and self._may_call(index, makers)
            }
            if not more:
                break
            makers |= more
        return makers

    def _may_call(self, index: int, makers: set[str]) -> bool:
        """Whether a function calls one of these; to look for few of them first is cheaper."""
        body = self._bodies[index]
        if len(makers) < _FEW and not any(map(body.__contains__, makers)):
            return False
        return not makers.isdisjoint(self._calls(index))

    def _called_by(self, names: set[str]) -> set[str]:
        """Which of these functions another of these calls or names."""
        called: set[str] = set()
        if not names:
            return called
        for index, function in enumerate(self._functions):
            mine = function.node.start_byte < self._parsed.translation.own
            if function.name in names and mine and self._may_name(index, names):
                called |= (self._words(index) & names) - {function.name}
        return called

    def _may_name(self, index: int, names: set[str]) -> bool:
        """Whether a function's text has another of these names, if they are few."""
        body, own = self._bodies[index], self._functions[index].name
        return len(names) > _FEW or any(name in body for name in names if name != own)

    def _words(self, index: int) -> frozenset[str]:
        known = self._named.get(index)
        if known is None:
            known = self._named[index] = frozenset(IDENTIFIER.findall(self._bodies[index]))
        return known


def _gives_away(given: re.Pattern[str], body: str) -> bool:
    """Whether a function hands a thread's routine on, and not to a call that runs it once."""
    found = given.finditer(body)
    return any(not _ONCE.search(body[max(m.start() - _REACH, 0) : m.start()]) for m in found)


def _part(reason: str) -> str:
    return "in" if reason == OUT_OF_SIGHT else "rest of"


def _inside(function: Function, offset: int) -> bool:
    return function.node.start_byte <= offset < function.node.end_byte


def _walk(walker: Walker, function: Function) -> None:
    walker.scope, walker.party, walker.flow, walker.steps = None, None, Flow(), 0
    walker.asked = 0
    walker.call_function(function, [], None)


def _unique(slices: list[Slice]) -> list[Slice]:
    """One slice for equal pairs: a function walked in two scopes tells the same story twice."""
    seen: dict[object, list[Slice]] = {}
    kept = []
    for item in slices:
        places = tuple(
            [(p.first.line, p.first.column, p.second.line, p.second.column) for p in item.pairs]
        )
        alike = seen.setdefault((item.object, places), [])
        relations = [pair.relations for pair in item.pairs]
        if not any(relations == [pair.relations for pair in other.pairs] for other in alike):
            alike.append(item)
            kept.append(item)
    return kept
