"""The causal chain in words, from facts by hand and from real source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reviewbot.code.analyse import analyse
from reviewbot.records import Access, AccessPair, Link, Mode, Prediction, Slice, TraceStep
from reviewbot.trace import steps

PROBABILITIES = (0.99, 0.98, 0.97, 0.96, 0.95)


def access(line: int, text: str, *, mode: Mode = Mode.WRITE, atomic: bool = False) -> Access:
    return Access(
        path="src/a.c",
        line=line,
        column=1,
        end_column=2,
        mode=mode,
        atomic=atomic,
        text=text,
        function="f",
    )


def prediction_of(item: Slice, pair: AccessPair) -> Prediction:
    return Prediction(
        slice=item,
        pair=pair,
        score=0.9,
        probability=0.9,
        confidence=0.9,
        links=tuple(zip(Link, PROBABILITIES, strict=True)),
        evidence=tuple((link, lines[0]) for link, lines in pair.evidence),
    )


def by_hand(
    facts: str,
    *,
    name: str = "total",
    kind: str = "parallel for",
    first: Access | None = None,
    second: Access | None = None,
) -> Prediction:
    relations = tuple((fact.split("=")[0], fact.split("=")[1]) for fact in facts.split())
    pair = AccessPair(
        first=first or access(4, "total += x"),
        second=second or access(7, "total", mode=Mode.READ),
        relations=relations,
        evidence=((Link.CONCURRENT, (2,)), (Link.UNPROTECTED, (6, 4))),
    )
    item = Slice(
        path="src/a.c",
        object=name,
        function="f",
        construct_line=2,
        construct_end_line=9,
        construct_kind=kind,
        lines=(),
        pairs=(pair,),
    )
    return prediction_of(item, pair)


def claim(link: Link, facts: str, **about: object) -> str:
    told = steps(by_hand(facts, **about))  # type: ignore[arg-type]
    return next(step.claim for step in told if step.link is link)


def from_source(source: str, name: str, path: str = "a.c") -> list[list[TraceStep]]:
    """The traces of every pair of an object of real source."""
    items = [item for item in analyse(path, source.encode()).slices if item.object == name]
    told = [list(steps(prediction_of(item, pair))) for item in items for pair in item.pairs]
    assert told, f"no pair of {name}"
    return told


def check_told(source: str, name: str, link: Link, words: str, path: str = "a.c") -> None:
    """Some pair's step of the link says the words."""
    claims = [s.claim for told in from_source(source, name, path) for s in told if s.link is link]
    assert any(words in text for text in claims), claims


def check_not_told(source: str, name: str, link: Link, words: str, path: str = "a.c") -> None:
    """No pair's step of the link says the words."""
    claims = [s.claim for told in from_source(source, name, path) for s in told if s.link is link]
    assert not any(words in text for text in claims), claims


def test_five_steps_in_the_order_of_the_chain_with_the_models_numbers() -> None:
    told = steps(by_hand("common=none"))
    assert [step.link for step in told] == list(Link)
    assert [step.probability for step in told] == list(PROBABILITIES)
    assert {step.path for step in told} == {"src/a.c"}


def test_each_step_stands_at_its_evidence_or_at_the_first_access() -> None:
    assert [step.line for step in steps(by_hand("common=none"))] == [2, 4, 4, 4, 6]


def test_the_object_and_both_accesses_are_named() -> None:
    assert "`total`" in claim(Link.SAME_LOCATION, "shareA=global")
    text = claim(Link.CONFLICTING, "modeA=update modeB=read self=no")
    assert text == "`total += x` updates it while `total` on line 7 reads it"


def test_an_access_against_itself_is_said_once() -> None:
    text = claim(Link.CONFLICTING, "modeA=write modeB=write self=yes")
    assert text == "`total += x` writes it, and another thread does the same"


@pytest.mark.parametrize(
    ("first", "second", "ending"),
    [(True, True, "; both atomically"), (True, False, "; only one of them atomically")],
)
def test_atomicity_is_said(first: bool, second: bool, ending: str) -> None:
    a, b = access(4, "total++", atomic=first), access(7, "total", atomic=second)
    assert claim(Link.CONFLICTING, "self=no", first=a, second=b).endswith(ending)
    assert claim(Link.CONFLICTING, "self=no", first=b, second=a).endswith(ending)


def test_no_atomicity_no_word_of_it() -> None:
    assert "atomic" not in claim(Link.CONFLICTING, "self=no")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ("shareA=global", "a global, one for all threads"),
        ("shareA=private", "private: each thread has its own"),
        ("shareA=reduction", "a reduction variable"),
        ("shareA=threadprivate", "each thread has its own `total`"),
        ("shareA=captured", "reach it by reference"),
        ("shareA=pointee", "reached through a pointer"),
        ("shareA=pointee-firstprivate", "reached through a pointer"),
        ("shareA=pointee-task-firstprivate", "reached through a pointer"),
        ("shareA=never-heard-of", "`total` can be reached by both"),
        ("shareA=shared index=equal indexA=pv index-linear=unit/unit", "element of its own"),
        ("shareA=shared index=equal indexA=tid", "each thread uses an element of its own"),
        ("shareA=shared index=equal indexA=mod", "two threads can get the same element"),
        ("shareA=shared index=equal indexA=seq", "both use the same index"),
        ("shareA=shared index=shift1", "its neighbour's"),
        ("shareA=shared index=constants-differ", "the constant indices differ"),
    ],
)
def test_same_location_in_words(facts: str, words: str) -> None:
    assert words in claim(Link.SAME_LOCATION, facts)


def test_what_a_private_pointer_points_to_is_not_called_private() -> None:
    for rule in ("firstprivate", "private", "reduction", "lastprivate"):
        text = claim(Link.SAME_LOCATION, f"shareA=pointee-{rule}")
        assert "each thread" not in text


def test_a_scalar_has_no_word_of_indices() -> None:
    text = claim(Link.SAME_LOCATION, "shareA=global index=none")
    assert text == "`total` is a global, one for all threads"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ("common=none", "neither access holds a lock"),
        ("common=one-sided", "only one of the two accesses holds a lock"),
        ("common=differ", "different locks"),
        ("common=mutex", "both hold the same lock"),
        ("common=critical", "the same critical section"),
        ("common=own", "the lock of its own object"),
        ("common=both-shared", "only for reading"),
        ("common=never-heard-of", "no lock covers both"),
        ("common=one-sided guarded=most", "though most accesses of this object do"),
    ],
)
def test_protection_in_words(facts: str, words: str) -> None:
    assert words in claim(Link.UNPROTECTED, facts)


@pytest.mark.parametrize("facts", ["common=mutex guarded=most", "common=none guarded=some"])
def test_the_habit_of_the_others_is_not_said_where_it_tells_nothing(facts: str) -> None:
    assert "though most" not in claim(Link.UNPROTECTED, facts)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ("live=before", "before the thread starts"),
        ("live=after", "after the thread is joined"),
        ("live=partly-joined", "only some of the threads are joined"),
        ("ordering=flag", "waits for a signal of the other (flag)"),
        ("scope=omp phase=differ", "a barrier separates the two"),
        ("scope=omp depend=match", "a task dependence orders the two"),
        ("scope=omp nowaitA=yes", "`nowait` lets threads go on"),
        ("scope=omp nowaitB=yes", "`nowait` lets threads go on"),
        ("scope=omp", "no barrier or dependence stands between"),
        ("scope=threads", "no join, signal or barrier"),
        ("scope=threads ordering=waits-unmatched", "no join, signal or barrier"),
    ],
)
def test_order_in_words(facts: str, words: str) -> None:
    assert words in claim(Link.UNORDERED, facts)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ("scope=omp frameA=for frameB=for", "threads of `parallel for` share the iterations"),
        ("scope=omp frameA=- frameB=-", "every thread of the team of `parallel for`"),
        ("scope=omp frameA=single frameB=for", "one thread of the team runs the `single` block"),
        ("scope=omp frameA=- frameB=task", "tasks may run on any threads"),
        ("scope=omp frameA=section frameB=section", "different threads may run the sections"),
        ("scope=omp threads=one", "has a single thread"),
        ("scope=threads party=thread/main", "the starting thread goes on"),
        ("scope=threads party=thread/thread same-party=many", "several threads run this code"),
        ("scope=threads party=thread/thread same-party=no", "two threads run these at once"),
        ("scope=threads party=caller/caller", "nothing in this file says who calls this"),
    ],
)
def test_concurrency_in_words(facts: str, words: str) -> None:
    assert words in claim(Link.CONCURRENT, facts)


def test_of_a_fact_stated_twice_the_first_counts() -> None:
    assert "critical section" in claim(Link.UNPROTECTED, "common=critical common=none")


@pytest.mark.parametrize("name", ["operator`x`", "`", "a``b"])
def test_backticks_in_names_never_break_the_quoting(name: str) -> None:
    odd = access(4, f"{name} = 1")
    told = steps(by_hand("shareA=global self=no", name=name, first=odd, second=odd))
    for step in told:
        assert step.claim.count("`") % 2 == 0
        assert "``" not in step.claim
    assert f"`{name.replace('`', chr(39))}`" in told[1].claim


COUNTER = "int total;\nvoid f(int n) {\n%s\n}\n"
LOOP = "  #pragma omp parallel for%s\n  for (int i = 0; i < n; i++) {\n%s\n  }"


def test_real_source_unprotected_and_critical() -> None:
    bare = COUNTER % (LOOP % ("", "    total++;"))
    safe = COUNTER % (LOOP % ("", "    #pragma omp critical\n    total++;"))
    check_told(bare, "total", Link.UNPROTECTED, "neither access holds a lock")
    check_not_told(bare, "total", Link.UNPROTECTED, "critical section")
    check_told(safe, "total", Link.UNPROTECTED, "both are in the same critical section")
    check_not_told(safe, "total", Link.UNPROTECTED, "neither access")


def test_real_source_one_sided_lock() -> None:
    body = "    #pragma omp critical\n    total++;\n    if (i == 3) total = 0;"
    check_told(COUNTER % (LOOP % ("", body)), "total", Link.UNPROTECTED, "only one of the two")


def test_real_source_reduction_and_shared() -> None:
    inside = "void f(int n) {\n  int total = 0;\n%s\n}\n"
    reduced = inside % (LOOP % (" reduction(+ : total)", "    total++;"))
    shared = inside % (LOOP % ("", "    total++;"))
    check_told(reduced, "total", Link.SAME_LOCATION, "reduction variable")
    check_told(shared, "total", Link.SAME_LOCATION, "declared outside the construct")
    check_not_told(shared, "total", Link.SAME_LOCATION, "reduction")


TWO_LOOPS = """void f(int n, int *a) {
  #pragma omp parallel
  {
    #pragma omp for%s
    for (int i = 0; i < n; i++) a[i] = i;
    #pragma omp for
    for (int i = 0; i < n; i++) a[n - 1 - i] += 1;
  }
}
"""


def test_real_source_nowait_and_the_barrier_it_removes() -> None:
    check_told(TWO_LOOPS % " nowait", "a[]", Link.UNORDERED, "`nowait` lets threads go on")
    check_told(TWO_LOOPS % "", "a[]", Link.UNORDERED, "a barrier separates the two")
    check_not_told(TWO_LOOPS % "", "a[]", Link.UNORDERED, "nowait")


THREADS = """#include <pthread.h>
static int total;
static void *work(void *a) { total++; return 0; }
int main(void) {
  pthread_t t;
  pthread_create(&t, 0, work, 0);
  %s
  return total;
}
"""


def test_real_source_join() -> None:
    joined, loose = THREADS % "pthread_join(t, 0);", THREADS % "total--;"
    check_told(joined, "total", Link.UNORDERED, "after the thread is joined")
    check_told(loose, "total", Link.UNORDERED, "no join, signal or barrier")
    check_told(loose, "total", Link.CONCURRENT, "the starting thread goes on")


def test_real_source_firstprivate_pointer() -> None:
    source = "void f(int *p) {\n  #pragma omp parallel firstprivate(p)\n  p[0] += 1;\n}\n"
    check_told(source, "p[]", Link.SAME_LOCATION, "reached through a pointer")
    check_not_told(source, "p[]", Link.SAME_LOCATION, "its own copy")


def test_a_claim_of_real_source_is_always_well_quoted() -> None:
    for source, name in ((TWO_LOOPS % "", "a[]"), (THREADS % "", "total")):
        for told in from_source(source, name):
            assert [step.link for step in told] == list(Link)
            assert all(step.claim and step.claim.count("`") % 2 == 0 for step in told)


def test_evidence_changes_the_line_and_not_the_words() -> None:
    before = by_hand("common=none")
    after = replace(before, evidence=((Link.CONCURRENT, 42),))
    assert steps(after)[0] == replace(steps(before)[0], line=42)
