"""A toy family, and rows of it as a corpus has them, with the reports that clang gives for them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from model_export.hindsight.build import cases, tell
from model_export.hindsight.reading import Reading, read
from model_export.hindsight.trace import Trace
from model_export.programs.family import parse_family
from model_export.programs.sample import Program, realise

TEXT = """\
//@ family: toy
//@ domain: counters
//@ problem: Count.
#include <pthread.h>
static int hits;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *worker(void *arg) {
  for (int i = 0; i < 300; i++) {
//@ slot add on hits
//@ is bare: racy
    hits++;
//@ is locked: unprotected
    pthread_mutex_lock(&lock);
    hits++;
    pthread_mutex_unlock(&lock);
//@ is atomic: conflicting
    __sync_fetch_and_add(&hits, 1);
//@ end
  }
  return arg;
}
int main(void) {
  pthread_t team[3];
  for (int i = 0; i < 3; i++)
    pthread_create(&team[i], NULL, worker, NULL);
  for (int i = 0; i < 3; i++)
    pthread_join(team[i], NULL);
  return hits == 0;
}
"""
FAMILY = parse_family(TEXT, language="c")


def variant(name: str) -> Program:
    """The toy with one of its alternatives."""
    return realise(FAMILY, {"add": name}, "add")


def line_of(source: str, text: str) -> int:
    """The first line that holds the text."""
    return next(n for n, line in enumerate(source.split("\n"), 1) if text in line)


def executed(program: Program, label: str, at: Sequence[int] = ()) -> dict[str, Any]:
    """The row of a program that was run, with one report of a race between two lines."""
    sides = [
        {"line": n, "column": 9, "mode": "write", "atomic": False, "function": "f", "mutexes": 0}
        for n in at
    ]
    reports = [{"a": sides[0], "b": sides[1], "location": "global hits"}] if at else []
    return {
        "id": program.id,
        "family": program.family,
        "domain": program.domain,
        "language": program.language,
        "source": program.source,
        "choices": json.dumps(program.choices),
        "effects": json.dumps(program.effects),
        "expected": program.expected,
        "label": label,
        "outcome": label,
        "reports": json.dumps(reports),
        "usable": True,
    }


def toy_rows() -> dict[str, dict[str, Any]]:
    """Every variant of the toy as it comes out of a run, by its alternative."""
    bare = variant("bare")
    line = line_of(bare.source, "hits++")
    return {
        "bare": executed(bare, "racy", (line, line)),
        "locked": executed(variant("locked"), "clean"),
        "atomic": executed(variant("atomic"), "clean"),
    }


def told(name: str, other: str) -> tuple[Trace, Reading, Reading]:
    """The trace of a variant in the light of another, and both readings."""
    rows = toy_rows()
    case = cases(rows[name], [rows[other]], counterfactual=True)[0]
    twin = next(twin for twin in case.twins if twin.program.id == rows[other]["id"])
    reading = read(rows[other])
    trace = tell(case, twin, reading)
    assert trace is not None
    return trace, case.reading, reading


def altered(reading: Reading, **changes: Any) -> Reading:
    """A reading with something else in it."""
    return replace(reading, **changes)
