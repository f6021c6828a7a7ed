"""Readings: facts of a pair that together would put it in order, each told as one fact more.

What one fact says alone, the network finds soon; that five together mean "each thread has elements
of its own" it finds only where the corpus shows all five often. The table states such conjunctions;
whether they hold, and what they are worth, is learned from executed programs like every other
fact. It is written from what the facts mean, and follows them where one is added; it is fitted to
no suite. `python -m model_export proof --ablations --settings full plain` measures its worth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reviewbot.records import AccessPair

Relations = Mapping[str, str]  # slot → value
SEVERAL = frozenset({"indexA", "indexB", "index2-mark", "inA", "inB"})  # slots with many values

_PRIVATE = frozenset(
    {"private", "firstprivate", "lastprivate", "reduction", "loop-variable", "threadprivate"}
)
_EXCLUDE = frozenset({"mutex", "critical", "own", "striped", "rw", "once"})
_ORDER = frozenset(
    {
        *("flag", "cond", "sem", "latch", "future", "wait", "once", "barrier", "taskwait", "join"),
        "after-lock",
    }
)
_ONE_RUNS = frozenset({"single", "master", "section"})  # constructs of which each has one runner
_OWN_INDEX = frozenset({"pv", "tid", "targ", "ticket", "seq-pv", "seq-tid", "seq-targ"})
# May send two threads to one element.
_FOLDED = frozenset({"mod", "div", "mem", "call", "clamped"})
_OTHERS_TURNS = frozenset({"differ", "not-static", "ranges-differ"})  # of two work-shared loops
_INNER = frozenset({"nested-shared", ""})
_TASK, _READ, _YES = frozenset({"task"}), frozenset({"read"}), frozenset({"yes"})
_BY_ITS_NUMBER = frozenset({"tid-eq"})
_SET_UP = frozenset({"setup", "teardown"})
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """A pair's relations: one value a slot, and the slots that have several."""

    one: Relations
    several: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def get(self, slot: str) -> str:
        """The slot's value, "" if the parser does not state it."""
        return self.one.get(slot, "")

    def all(self, slot: str) -> frozenset[str]:
        """Every value of a slot that may have several."""
        return self.several.get(slot, _NOTHING)

    def both(self, slot: str, values: frozenset[str]) -> bool:
        """Whether the slot of each side has one of these values."""
        one = self.one
        return one.get(slot + "A", "") in values and one.get(slot + "B", "") in values

    def either(self, slot: str, values: frozenset[str]) -> bool:
        """Whether the slot of some side has one of these values."""
        one = self.one
        return one.get(slot + "A", "") in values or one.get(slot + "B", "") in values


def facts_of(pair: AccessPair) -> Facts:
    """The relations of a pair by slot."""
    several: dict[str, frozenset[str]] = {}
    one = dict(pair.relations)
    if not SEVERAL.isdisjoint(one):
        for slot, value in [fact for fact in pair.relations if fact[0] in SEVERAL]:
            several[slot] = several.get(slot, _NOTHING) | {value}
    return Facts(one, several)


@dataclass(frozen=True, slots=True)
class Reading:
    """One row of the table: why a pair may be in order."""

    name: str
    holds: Callable[[Facts], bool]


def _atomic(facts: Facts, side: str) -> bool:
    return facts.get("atomic" + side) not in ("", "-", "volatile")


def _one_runner(facts: Facts) -> bool:
    """The same single, master twice, or a loop of one chunk: one thread makes both accesses."""
    if facts.get("frames") == "apart-master-master" or facts.get("dealt") == "whole":
        return True
    return facts.get("frames") == "same" and facts.both("frame", _ONE_RUNS)


def _locked(facts: Facts) -> bool:
    """A lock in common; one of many does not help whose number says nothing of the element."""
    stripes = (facts.get("stripeA"), facts.get("stripeB"))
    loose = facts.get("common") == "striped" and "apart" in stripes
    return facts.get("common") in _EXCLUDE and not loose


def _unpublished(facts: Facts) -> bool:
    """New memory whose pointer is passed on in order: a bare store lets it be found half made."""
    in_order = facts.get("handed") != "bare" or facts.get("ordering") in _ORDER
    return in_order and facts.either("fresh", _YES)


def _tasks_ordered(facts: Facts) -> bool:
    """Matching depend clauses, or a wait for tasks between; one task alone runs once."""
    if facts.get("depend") in ("match", "mutex"):
        return True
    if not facts.either("frame", _TASK):
        return False
    alone = facts.get("frames") == "same" and facts.get("taskA") == "once"
    return alone or facts.get("group") == "differ"


def _of_all_teams(facts: Facts) -> bool:
    """An inner team divides what every thread of the outer team reaches as well.

    Where subscripts show both numbers, or both loops, the threads of all teams are apart.
    """
    if facts.get("meet-by") in ("tid-same", "pv-same"):
        return False
    return "nested" in facts.all("inA") & facts.all("inB") and not facts.both("share", _INNER)


def _partitioned(facts: Facts) -> bool:
    """Each thread has elements of its own: equal indices that vary by thread, or strides apart."""
    if facts.get("partition") in _OTHERS_TURNS or _of_all_teams(facts):
        return False
    if (meet := facts.get("meet")) in ("never", "same", "other", "free"):
        one_turn = facts.get("meet-by") == "task-same" and facts.get("frames") != "same"
        return meet == "never" or (meet == "same" and not one_turn)
    marks = facts.all("indexA") | facts.all("indexB")
    if "ticket" in marks and facts.either("given", _YES):
        return False  # what was taken has been put back
    if facts.get("varies") != "both" or marks & _FOLDED or not marks & _OWN_INDEX:
        return False
    if facts.get("index") == "equal":
        return True
    return facts.get("index-linear") == "scaled/scaled" and facts.get("index").startswith("shift")


# Of rules alone, the first row that holds says why the pair is clean.
TABLE: tuple[Reading, ...] = (
    Reading("one thread only", lambda f: f.get("threads") == "one" or f.get("same-party") == "one"),
    Reading("apart in time", lambda f: f.get("live") in ("before", "after", "apart")),
    Reading("reads only", lambda f: f.both("mode", _READ)),
    Reading("both atomic", lambda f: _atomic(f, "A") and _atomic(f, "B")),
    Reading("private copies", lambda f: f.either("share", _PRIVATE)),
    Reading("not yet published", _unpublished),
    Reading("common lock", _locked),
    Reading("a barrier between", lambda f: f.get("phase") == "differ"),
    Reading("waits for the other", lambda f: f.get("ordering") in _ORDER),
    Reading("one runner", _one_runner),
    Reading("tasks in order", _tasks_ordered),
    Reading("iterations in order", lambda f: "ordered" in f.all("inA") & f.all("inB")),
    Reading(
        "same thread by its number",
        lambda f: (
            f.get("guards") == "turn"
            or (f.both("guard", _BY_ITS_NUMBER) and f.get("guards") != "differ")
        ),
    ),
    Reading("elements apart", lambda f: f.get("apart") == "yes" or _partitioned(f)),
    Reading(
        "set up or torn down alone",
        lambda f: f.get("party") == "caller/caller" and f.either("life", _SET_UP),
    ),
)


def readings(pair: AccessPair) -> list[str]:
    """The names of all rows that hold, in the table's order."""
    facts = facts_of(pair)
    return [row.name for row in TABLE if row.holds(facts)]
