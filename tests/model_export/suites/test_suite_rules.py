"""The decision table: each row on a program where it holds, and without what it looks for."""

from __future__ import annotations

import pytest

from model_export.suites import rules
from reviewbot.code.analyse import analyse
from reviewbot.model.readings import facts_of
from reviewbot.records import Access, AccessPair, Mode

LOOP = """\
int total, seats[100], rows[100];
void count(int n, int stride) {
  int spare = 0;
#pragma omp parallel for %s
  for (int i = 0; i < n; i++) {
    %s
  }
}
"""
TEAM = """\
int left;
void run(int n) {
#pragma omp parallel
  {
%s
  }
}
"""
THREAD = """\
#include <pthread.h>
pthread_mutex_t gate;
int orders;
void *cook(void *unused) {
  %s
  return 0;
}
int main(void) {
  pthread_t one;
  pthread_create(&one, 0, cook, 0);
  %s
  return 0;
}
"""


def loop(body: str, clauses: str = "") -> str:
    return LOOP % (clauses, body)


BARE, LOCKED = "orders++;", "pthread_mutex_lock(&gate); orders++; pthread_mutex_unlock(&gate);"
CASES = {
    # name: (racy, clean)
    "atomic": (
        loop("total++;"),
        loop("\n#pragma omp atomic\n    total++;"),
    ),
    "critical": (
        loop("total++;"),
        loop("\n#pragma omp critical\n    total++;"),
    ),
    "reduction": (loop("total += i;"), loop("total += i;", "reduction(+ : total)")),
    "private": (
        loop("spare = i; seats[i] = spare;"),
        loop("spare = i; seats[i] = spare;", "private(spare)"),
    ),
    "own element": (loop("seats[i % 7] = i;"), loop("seats[i] = i;")),
    "last for the rest": (loop("seats[i > 7 ? 7 : i] = i;"), loop("seats[i] = i > 7 ? 7 : i;")),
    "neighbour": (loop("seats[i] = seats[i + 1];"), loop("seats[i] = rows[i + 1];")),
    "indirect element": (loop("seats[rows[i]]++;"), loop("seats[i] += rows[rows[i]];")),
    "strided neighbour": (
        loop("seats[i] = seats[i + 1];"),
        loop("seats[2 * i] = seats[2 * i + 1];"),
    ),
    "mutex": (THREAD % (BARE, BARE), THREAD % (LOCKED, LOCKED)),
    "one side locked": (THREAD % (LOCKED, BARE), THREAD % (LOCKED, LOCKED)),
    "join": (THREAD % (BARE, BARE), THREAD % (BARE, "pthread_join(one, 0); orders++;")),
    "single": (
        TEAM % "    left = n;",
        TEAM % "#pragma omp single\n    left = n;",
    ),
    "master": (
        TEAM % "    left = n;",
        TEAM % "#pragma omp master\n    left = n;",
    ),
    "barrier": (
        TEAM % "#pragma omp master\n    left = n;\n    int mine = left;",
        TEAM % "#pragma omp master\n    left = n;\n#pragma omp barrier\n    int mine = left;",
    ),
}


def claims(source: str) -> bool:
    slices = analyse("program.c", source.encode()).slices
    return any(rules.races(item) for item in slices)


@pytest.mark.parametrize("name", CASES)
def test_before_and_after(name: str) -> None:
    racy, clean = CASES[name]
    assert claims(racy), "the table should claim a race"
    assert not claims(clean), "the table should be silent"


def pair(**relations: str) -> AccessPair:
    access = Access(
        path="p.c",
        line=1,
        column=1,
        end_column=2,
        mode=Mode.WRITE,
        atomic=False,
        text="x",
        function="f",
    )
    return AccessPair(first=access, second=access, relations=tuple(relations.items()))


RACING = {"threads": "many", "live": "during", "common": "none", "phase": "same", "index": "none"}


@pytest.mark.parametrize(
    ("slot", "value", "reason"),
    [
        ("threads", "one", "one thread only"),
        ("live", "before", "apart in time"),
        ("live", "partly-joined", ""),
        ("common", "mutex", "common lock"),
        ("common", "differ", ""),
        ("common", "both-shared", ""),
        ("phase", "differ", "a barrier between"),
        ("ordering", "cond", "waits for the other"),
        ("ordering", "waits-unmatched", ""),
        ("freshB", "yes", "not yet published"),
        ("shareA", "threadprivate", "private copies"),
        ("shareA", "pointee-firstprivate", ""),
        ("atomicA", "seq_cst", ""),  # one side alone helps nothing
        ("depend", "match", "tasks in order"),
        ("depend", "in-in", ""),
        ("apart", "yes", "elements apart"),
        ("frames", "apart-master-master", "one runner"),
        ("frames", "apart-single-single", ""),
    ],
)
def test_a_fact_decides_alone(slot: str, value: str, reason: str) -> None:
    assert rules.reason(pair(**RACING)) == ""
    assert rules.reason(pair(**{**RACING, slot: value})) == reason


@pytest.mark.parametrize(
    ("facts", "clean"),
    [
        ({"modeA": "read", "modeB": "read"}, True),
        ({"modeA": "write", "modeB": "read"}, False),
        ({"atomicA": "omp", "atomicB": "relaxed"}, True),
        ({"atomicA": "omp", "atomicB": "volatile"}, False),
        ({"party": "caller/caller", "lifeA": "setup"}, True),
        ({"party": "thread/main", "lifeA": "setup"}, False),
        ({"guardA": "tid-eq", "guardB": "tid-eq"}, True),
        ({"guardA": "tid-eq", "guardB": "-"}, False),
        ({"frameA": "task", "frameB": "task", "frames": "same", "taskA": "once"}, True),
        ({"frameA": "task", "frameB": "task", "frames": "same", "taskA": "looped"}, False),
        ({"common": "striped", "stripeA": "same", "stripeB": "same"}, True),
        ({"common": "striped", "stripeA": "apart", "stripeB": "apart"}, False),
        ({"freshA": "yes", "handed": "lock"}, True),
        ({"freshA": "yes", "handed": "bare"}, False),
        ({"freshA": "yes", "handed": "bare", "ordering": "flag"}, True),
        ({"inA": "ordered", "inB": "ordered"}, True),
        ({"inA": "ordered", "inB": "simd"}, False),
    ],
)
def test_facts_that_decide_together(facts: dict[str, str], clean: bool) -> None:
    assert bool(rules.reason(pair(**{**RACING, **facts}))) == clean


def test_slots_with_several_values_are_all_read() -> None:
    told = (*RACING.items(), ("inA", "simd"), ("inA", "ordered"), ("inB", "ordered"))
    facts = facts_of(AccessPair(first=pair().first, second=pair().second, relations=told))
    assert facts.all("inA") == {"simd", "ordered"}
    assert facts.get("common") == "none"
