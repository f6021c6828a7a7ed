"""What a walk records: accesses in their context, and the threads that make them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reviewbot.code.values import Form, Path

if TYPE_CHECKING:  # which need the numbers of all loops, or events, and thus what is here
    from reviewbot.code.lifetimes import LockLife
    from reviewbot.code.turns import Points

# (dividend, divisor, / or %) by the text that stands for the result in forms
Quotients = dict[str, tuple[Form, Form, str]]
THREAD = "tid"  # the name that forms give to the thread's number; with a depth in inner teams
ITEM = "range@"  # with which the name begins of the turn of a range-based loop
SIZE = "threads:"  # of a frame's clauses, the one that tells how many threads its team has
Share = tuple[Form, Form, int]  # both ends of a range as given, and the gap between its parts
Stretch = tuple[frozenset[int], frozenset[int]]  # see beats.py
LENT = "lent"  # of a lock that a thread's creator holds for as long as the thread runs
POLLED = "polled"  # of a wait for a flag that is read under a lock until it changes
MADE = "made"  # of a wait for a static variable of a function: no sign of any other order
IDLE = "idle"  # the kind of a lock that locks nothing
BESIDE = "\0"  # within the name by which a second lock of one key is held
REACHING_CALL = "reaching-call"  # a note: some unread function was given a pointer

# Those with a hash are never changed; `frozen` would make each three times as dear.


@dataclass(slots=True, unsafe_hash=True)
class Held:
    """A lock held at a place. `kind`: mutex | critical | once | shared | local | idle."""

    key: str
    kind: str
    form: Form  # the index of a lock in an array of locks
    root: int  # serial of the symbol through which it is reached
    certain: bool  # held on every way here
    line: int
    when: str = ""  # what tells whether it is: "status=0", "ok=1", "if:(condition)"
    taken: int = 0  # place in the walk of this one holding; 0 where it may stand for several
    either: tuple[Path, ...] = ()  # of a lock within one of two objects, both objects
    claimed: bool = False  # by an atomic change of a word, see claims.py
    strays: bool = False  # named by what leads now to one lock, now to another
    way: tuple[str, ...] = ()  # the members through which its pointer leads to its object
    among: int = 0  # in an array of how many, that the loop around goes over; 0 if nobody knows
    every: bool = False  # and with it all locks of its array
    ways: tuple[Held | None, ...] = ()  # what a condition told: the lock where it holds, where not
    lasting: bool = False  # reached by a global or static variable
    named: bool = False  # a member of a variable itself, not of what one points to


@dataclass(slots=True, unsafe_hash=True)
class Sync:
    """An ordering event: a wait sees what happened before the matching signal."""

    kind: str  # flag | cond | sem | latch | future | barrier | taskwait | join
    key: str
    line: int
    order: int  # place in the walk
    stays: bool = False  # of a wait: in a loop that goes on until it has seen something
    form: Form | None = None  # the number of a flag in an array of flags
    span: str = ""  # of a wait for one flag after another: all | part of them
    loops: frozenset[int] = frozenset()  # of a signal, the lines of the loops around it
    root: int = 0  # of a semaphore that is one alone, serial of the variable that it is reached by
    permits: int = -1  # with which it starts, see semaphores.py; -1 where that is not seen
    credit: int = -1  # of a wait, the same as the very number; -1 where that is not known
    stores: str = ""  # of a flag's signal, "0" or "1" where just that is stored
    locked: int = 0  # of a signal, when its thread last took a lock
    asks: frozenset[str] = frozenset()  # of a wait for a condition, the objects that it reads
    count: Form | None = None  # of a wait, how many signals it takes


@dataclass(slots=True, unsafe_hash=True)
class Guard:
    """A condition under which code runs: tid | shared | pv | other, and the objects it reads."""

    kind: str
    keys: frozenset[str]
    line: int
    text: str = ""  # of the condition, without blanks
    form: Form | None = None  # of what it asks
    holds: bool = True  # whether what it asks is so, or not so
    refused: str = ""  # the kind of the other branch, where it is not that of plain negation
    nought: tuple[Form, ...] = ()  # what is 0 where the code runs: `i - n` of `i == n`
    otherwise: tuple[Form, ...] = ()  # what is 0 in the other branch
    leaves: bool = False  # whether the other branch has left the loop: no turn follows


@dataclass(slots=True, unsafe_hash=True)
class Loop:
    """A loop around an access; `header` is its text, to compare two loops."""

    line: int
    variable: int  # serial of its variable's symbol, 0 if it has none
    shared: bool  # whether its iterations are divided among threads
    header: str  # see loops.loop_bounds
    name: str = ""  # of its variable, as index forms write it
    step: str = "?"  # 1 | n, as its update says
    low: Form | None = None  # the least value of its variable
    high: Form | None = None  # one more than the greatest
    stride: Form | None = None  # between values, positive


@dataclass(slots=True, unsafe_hash=True)
class Frame:
    """A construct around an access: for, sections, section, single, master, task, ordered."""

    kind: str
    line: int
    serial: int  # differs for each construct and, for tasks and sections, each instance
    looped: bool = False  # a task created in a loop: many instances
    nowait: bool = False
    depends: tuple[tuple[str, str], ...] = ()  # (type, key) of a task's depend clauses
    clauses: frozenset[str] = frozenset()
    made: int = 0  # of a task, the place in the walk of its creation
    around: int = 0  # how many loops are around it
    items: tuple[tuple[str, Path], ...] = ()  # (type, place) of depend items with a number


@dataclass(slots=True, eq=False)
class Part:
    """One call of a function that splits the range it is given, see halves.py."""

    function: int  # its first byte
    root: int  # serial of the outermost call
    runner: tuple[int, int]  # who runs it
    depth: int  # how many constructs are around it
    shares: tuple[Share, ...]
    open: bool = False  # while the calls that it made of itself may still run


UNASKED = Frame("", 0, 0)


@dataclass(slots=True)
class Party:
    """Threads that run the same code: a team, those of one creation, an outside caller."""

    serial: int
    kind: str  # team | thread | main | caller
    name: str
    line: int
    end_line: int
    many: bool
    construct: str
    created_live: frozenset[int] = frozenset()  # parties alive when this one was created
    creator: int = 0
    created_at: int = 0  # order of the creation in the creator's walk
    handle: str = ""
    bounds: str = ""  # bounds of the loop that created it
    loop_line: int = 0  # line of that loop
    loop_name: str = ""  # of its variable, as index forms write it
    joined_at: int = 0  # order of the first join that reached only some of its threads
    # from the same on, to where a way ends that leaves: the other ways have joined none
    joined_aside: list[tuple[int, int]] = field(default_factory=list)
    joined_in: Loop | None = None  # the loop that joins its threads, one a turn
    joined_by: frozenset[str] = frozenset()  # what the number of the one is made of
    in_turn: bool = False  # joined in the turn of the loop that made it
    follows: int = 0  # where, in each turn that makes it, the one before was waited for
    parts: list[tuple[Form, Form]] = field(default_factory=list)  # the turns that joins reached
    signals: list[Sync] = field(default_factory=list)
    told: int = 0  # how many of its accesses are kept
    joined: str = "never"  # never | full | partial
    loop: Loop | None = None  # that creates it, a thread a turn
    depth: int = 0  # how many loops were around its creation
    counters: frozenset[str] = frozenset()  # variables that count its turns, by their names
    under: tuple[Held, ...] = ()  # locks that its creators held at the creation
    gates: frozenset[tuple[int, str]] = frozenset()  # holdings whose end it awaits at that lock
    behind: frozenset[int] = frozenset()  # those that were over at its creation
    guards: tuple[Guard, ...] = ()  # conditions under which it was created
    live: frozenset[int] = frozenset()  # parties that it left running
    ended: frozenset[int] = frozenset()  # parties that it saw the end of
    carrier: str = ""  # of what a class of this file is given to run, that class
    slot: Form | None = None  # the number of its handle in an array of them


@dataclass(slots=True, eq=False)  # never changed; not frozen, as thousands are made a file
class Event:
    """One access in its context."""

    key: str  # identifies the object within the scope
    path: Path
    mode: str  # read | write | update
    atomic: str  # "" or the memory order, "omp", "volatile"
    offset: int  # in the expanded text
    end: int
    function: str
    calls: tuple[int, ...]  # lines of the calls through which the walk came here
    party: int
    share: str
    via: str  # direct | call | method
    locks: tuple[Held, ...]
    phase: int
    frames: tuple[Frame, ...]
    loops: tuple[Loop, ...]
    guards: tuple[Guard, ...]
    waits: tuple[Sync, ...]  # acquired so far
    live: frozenset[int]  # parties created and not joined, as the walking thread knows
    ended: frozenset[int]  # parties joined so far
    order: int  # place in the walk
    fresh: bool
    group: int  # taskgroup or taskwait epoch
    constant: bool  # a write of a literal
    lines: tuple[int, ...] = ()  # definitions that matter: of indices, aliases, locks
    passed: frozenset[str] = frozenset()  # keys of locks held before, on every way here
    outlived: bool = False  # by a task: the variable's function may have returned
    inner: tuple[str, ...] = ()  # keys of the same member, seen from the records within
    given: bool = False  # after the thread has stored a pointer to it where others find it
    contended: bool = False  # its party locks to reach the object elsewhere: it is not alone
    recalled: bool = False  # its party locks for the object, then makes threads and is called again
    life: str = ""  # setup | teardown: beside where its lock is made or destroyed
    part: Part | None = None  # the call that makes it, of a function that splits its range
    again: bool = False  # by a function that ran before there were threads
    work: Frame | None = UNASKED  # the innermost construct that decides who runs it


@dataclass(slots=True)
class Side:
    """The variables of one access: those divided by rank, and the ranges of all."""

    divided: dict[str, str] = field(default_factory=dict)  # name → rank, alike on both sides
    loops: dict[str, Loop] = field(default_factory=dict)
    by: str = "-"
    overlap: bool = False  # the own ranges of two threads share values
    chunk: int = 0  # turns of a work-shared loop that go to one thread at a time
    gap: int = 0  # values that are left out between the own ranges of two threads,
    range: tuple[Form | None, Form | None] = (None, None)  # each of these bounds
    cycle: int = 0  # values of the one divided variable that far apart are one thread's
    team: int = 0  # threads that take chunks in turn, where that is known

    def range_of(self, rank: str) -> Loop | None:
        """The loop whose variable has this rank."""
        return next((self.loops.get(n) for n, r in self.divided.items() if r == rank), None)


@dataclass(frozen=True, slots=True)
class Tried:
    """How two subscripts meet, and whether it is so for every value of all names."""

    kind: str  # never | same | other
    exact: bool


@dataclass(slots=True)
class Beat:
    """A loop with a barrier in its body: from where to where it is walked, and in which phases."""

    start: int  # places in the walk
    end: int
    first: int  # the phase in which a turn begins
    last: int  # and in which it ends
    party: int
    around: int = -1  # number of the one that it is within
    line: int = 0  # of the loop
    plain: bool = False  # whether each turn comes to each of its barriers


def sides(phase: int) -> tuple[int, ...]:
    """The phases that a phase stands for: -n is where a barrier is reached, and not yet passed.

    Who has arrived meets those who have not, in phase n - 1, and those who were let go, in n.
    """
    return (-phase - 1, -phase) if phase < 0 else (phase,)


def _leader(joined: dict[int, int], number: int) -> int:
    while number in joined:
        number = joined[number]
    return number


def _unite(joined: dict[int, int], first: int, second: int) -> None:
    a, b = _leader(joined, first), _leader(joined, second)
    if a != b:
        joined[max(a, b)] = min(a, b)


@dataclass(slots=True)
class Scope:
    """Parties that may run at once, with their accesses: a region, or a file's threads."""

    kind: str  # omp | threads | orphan
    function: str
    line: int
    end_line: int
    construct: str
    parties: dict[int, Party] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)  # the key of every access, kept or not
    # of memory to which a pointer was stored where others find it, by its variable's serial:
    # the keys of the locks that were held then
    published: dict[int, frozenset[str]] = field(default_factory=dict)
    lock_lives: dict[int, list[LockLife]] = field(default_factory=dict)  # by party
    loosened: set[str] = field(default_factory=set)  # claimed words given back without a release
    unresolved: set[str] = field(default_factory=set)
    barriers: list[int] = field(default_factory=list)  # lines
    asked: dict[int, int] = field(default_factory=dict)  # conditions around a phase's barrier
    meeting: set[int] = field(default_factory=set)  # parties that come to a barrier of threads
    joined_phases: dict[int, int] = field(default_factory=dict)  # union–find over phases
    skipped_phases: dict[int, int] = field(default_factory=dict)  # without what loops join
    turns: list[Beat] = field(default_factory=list)  # by their ends
    stretches: dict[int, Stretch] = field(default_factory=dict)  # by an event's order
    single_threaded: bool = False
    gated: bool = False  # whether some thread was created under a lock
    # of a loop that waits for tasks each turn, by its line: the groups that begin at its waits
    rests: dict[int, tuple[int, ...]] = field(default_factory=dict)
    # of a taskwait, the task that makes it, and the constructs around it
    waiters: dict[int, tuple[int, frozenset[int]]] = field(default_factory=dict)
    closed: dict[int, int] = field(default_factory=dict)  # of a taskgroup's end, the group
    beats: set[int] = field(default_factory=set)  # lines of loops with a barrier in each turn
    sync_lines: list[tuple[int, str]] = field(default_factory=list)
    outside: int = 0  # loops around the construct that makes the threads: one value for all
    quotients: Quotients = field(default_factory=dict)
    lists: dict[str, tuple[int, ...]] = field(default_factory=dict)  # see listed.py
    # what thread_turns.py knows of an event's subscripts, by (order, whether in turns together)
    points: dict[tuple[int, bool, tuple[Form, ...]], Points | None] = field(default_factory=dict)
    tries: int = 0  # turns that it has tried
    compared: int = 0  # and of both accesses of the pairs that it has compared
    written: set[str] | None = None  # the keys of all that is changed
    # what ring_tickets.py knows: who changes a name, and how many numbers a counter gives
    takers: dict[str, dict[tuple[str, str, int, int], Event]] | None = None
    taken: dict[str, int] = field(default_factory=dict)
    formulas: Quotients = field(default_factory=dict)  # likewise of all other operations
    # what owners.py knows of conditions: by a number in a subscript, the function that is asked
    owners: dict[tuple[int, int, Form, str], dict[str, str]] = field(default_factory=dict)
    # names of what all threads have alike, and of what they have not
    alike: tuple[set[str], set[str]] | None = None
    # what fronts.py knows of a task: how far tokens lead, in turns of the loops that make it
    fronts: dict[int, set[tuple[int, ...]]] = field(default_factory=dict)
    # the numbers that a call was asked for, by the text that stands for its answer
    answers: dict[str, tuple[Form, ...]] = field(default_factory=dict)
    # by key, in how many places an object is guarded, and was in the version before
    guarded: dict[str, int] = field(default_factory=dict)
    before: Mapping[str, int] = field(default_factory=dict)
    # what team_turns.py found by subscripts and by what is around them
    tried: dict[object, Tried | None] = field(default_factory=dict)
    changes: dict[str, set[int]] | None = None  # by key, where others than main change it
    text: str = ""  # the expanded text that the events' offsets count in; "" for thread scopes
    # what relations.py said of an event as side A or B, by (side, order): it is in many pairs
    told: dict[tuple[str, int], list[tuple[str, str]]] = field(default_factory=dict)
    # what subscripts.py knows of an event's loops, by (order, other party, whether in lockstep)
    sides: dict[tuple[int, int, frozenset[str], bool], Side] = field(default_factory=dict)

    # what subscripts.py knows of a loop's range, by (loop, number, the number's own loop)
    owned: dict[tuple[int, str, int], tuple[str, Loop]] = field(default_factory=dict)
    # what ordering.py knows of locked writes: the place of the last, by (key, party)
    handed: dict[tuple[str, int], int] | None = None
    makers: dict[int, int] | None = None  # by party, where it makes its first thread
    # and of signals: what follows an access, by (order, whether who waits does so in a loop), and
    # which waits see one, by (order of who waits, order of what they see)
    signalled: dict[tuple[int, bool], set[tuple[str, str]]] = field(default_factory=dict)
    matched: dict[tuple[int, int], tuple[Sync, ...]] = field(default_factory=dict)
    changed: dict[str, dict[int, int]] | None = None  # of all writes: the last, by key, by party
    # where threads of a class call what others gave it to run: (party, place in the walk)
    runs: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def phase(self, number: int) -> int:
        """The representative of a barrier phase; phases that a loop joins have the same."""
        return _leader(self.joined_phases, number)

    def on_ways(self, number: int) -> int:
        """The representative of a phase, of those only that some way has no barrier between."""
        return _leader(self.skipped_phases, number)

    def unite(self, first: int, second: int) -> None:
        """Two phases may be the same one, as some way has no barrier between."""
        for one, two in zip(sides(first), sides(second), strict=False):
            _unite(self.joined_phases, one, two)
            _unite(self.skipped_phases, one, two)

    def unite_turns(self, first: int, second: int) -> None:
        """For threads of other code, the start and the end of a loop's body are one phase."""
        for one, two in zip(sides(first), sides(second), strict=False):
            _unite(self.joined_phases, one, two)
