"""What the words of a report mean and what would break each link of a race's causal chain."""

from __future__ import annotations

from dataclasses import dataclass

from reviewbot.errors import BadInput
from reviewbot.records import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A word of the reports, its meaning, and ways to make it untrue."""

    name: str
    question: str
    meaning: str
    breaks: tuple[str, ...]


RACE = Concept(
    name="race",
    question="Can two threads meet at one memory location without an order?",
    meaning=(
        "A data race: two threads access the same memory location, at least one of them writes, "
        "not both accesses are atomic, and nothing orders one before the other. In C and C++ the "
        "behaviour of the whole program is then undefined: a lost update or a torn value is the "
        "mild case, for the compiler may assume that it never happens. A race needs all five "
        "links of its chain at once; breaking any one of them mends it."
    ),
    breaks=(
        "give each thread its own copy (private, thread_local) and combine afterwards (reduction)",
        "guard every access, reads too, with the same lock",
        "make every access atomic",
        "order the accesses with a barrier, a join or a task dependence",
    ),
)

HOTSPOT = Concept(
    name="hotspot",
    question="Does this construct leave threads idle or in each other's way?",
    meaning=(
        "A place where a profiler would show that parallel time is lost: threads wait for the "
        "busiest one, queue for a lock, bounce a cache line between them, or spend more on "
        "starting threads than on work. The code is correct; it is slower than it could be."
    ),
    breaks=(
        "imbalance: another schedule, for instance schedule(dynamic, chunk), or smaller units",
        "contention: shorter critical sections, per-thread results, a reduction",
        "false sharing: pad or align what different threads write, or write to locals first",
        "fork-join overhead: one parallel region around several loops, or an if clause",
    ),
)

LINKS = {
    Link.CONCURRENT: Concept(
        name="concurrent",
        question="Can two threads be at these two accesses at once?",
        meaning=(
            "Some construct starts or admits several threads here: a parallel region, a task, a "
            "section, a created thread while its creator goes on."
        ),
        breaks=(
            "let one thread do it: single, master or masked, code outside the parallel region",
            "join the thread, or wait for the task, before the other side goes on",
        ),
    ),
    Link.SAME_LOCATION: Concept(
        name="same-location",
        question="Can both accesses touch the same memory?",
        meaning=(
            "The object is shared, and the subscripts or pointers of the two accesses can name "
            "the same element."
        ),
        breaks=(
            "a private copy: private, firstprivate, thread_local, a local of the loop's body",
            "an index of its own for each thread, such as the loop variable or the thread number",
        ),
    ),
    Link.CONFLICTING: Concept(
        name="conflicting",
        question="Does at least one of them write, and are they not both atomic?",
        meaning=(
            "Two reads never conflict, nor do two atomic accesses. An update such as x++ is a "
            "read and a write, and not atomic by itself; volatile does not make it so."
        ),
        breaks=(
            "both sides atomic: #pragma omp atomic, _Atomic, std::atomic",
            "only reads: compute the value before the threads start",
        ),
    ),
    Link.UNORDERED: Concept(
        name="unordered",
        question="Does nothing make one access happen before the other?",
        meaning=(
            "No barrier, join, task dependence, condition or release/acquire pair stands between "
            "the two. A nowait clause takes a barrier away."
        ),
        breaks=(
            "a barrier between the two phases, or the implied one without nowait",
            "join, taskwait, depend clauses, or a release store read by an acquire load",
        ),
    ),
    Link.UNPROTECTED: Concept(
        name="unprotected",
        question="Is there no lock or other protection that both sides share?",
        meaning=(
            "The accesses hold no lock in common. Two different mutexes, or two critical sections "
            "with different names, protect nothing from each other."
        ),
        breaks=(
            "the same mutex, or the same critical section, around every access",
            "a reduction clause for a sum, product, minimum or maximum",
        ),
    ),
}

CONCEPTS = {concept.name: concept for concept in (RACE, *(LINKS[link] for link in Link), HOTSPOT)}


def concept(name: str) -> Concept:
    """The concept of that name; raises BadInput that lists the known ones."""
    key = name.strip().lower().replace("_", "-").replace(" ", "-")
    if key not in CONCEPTS:
        known = ", ".join(CONCEPTS)
        raise BadInput(f"There is no explanation of {name!r}. Known are: {known}.")
    return CONCEPTS[key]
