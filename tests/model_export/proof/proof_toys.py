"""A toy family with two objects, its programs as rows of a corpus, and the toy bundle to ask."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from model_export.programs.family import parse_family
from model_export.programs.sample import Program, realise
from tests.model.toy_corpus import families

Row = dict[str, Any]
HELD_OUT = families("test", 1)[0]
TEXT = f"""\
//@ family: {HELD_OUT}
//@ domain: counters
//@ problem: Count two things.
//@ param ROUNDS: 300 | 400
#include <pthread.h>
static int hits;
static int misses;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *arg)
{{
  for (int i = 0; i < @ROUNDS@; i++) {{
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
  }}
  return arg;
}}

static void *checker(void *arg)
{{
  for (int i = 0; i < 99; i++) {{
//@ slot miss on misses
//@ is bare: racy
    misses++;
//@ is locked: unprotected
    pthread_mutex_lock(&gate);
    misses++;
    pthread_mutex_unlock(&gate);
//@ end
  }}
  return arg;
}}

int main(void)
{{
  pthread_t team[4];
  for (int i = 0; i < 2; i++)
    pthread_create(&team[i], 0, worker, 0);
  for (int i = 2; i < 4; i++)
    pthread_create(&team[i], 0, checker, 0);
  for (int i = 0; i < 4; i++)
    pthread_join(team[i], 0);
  return 0;
}}
"""
FAMILY = parse_family(TEXT, language="c")


def program(add: str, miss: str = "locked", rounds: str = "300") -> Program:
    """One variant."""
    return realise(FAMILY, {"add": add, "miss": miss, "ROUNDS": rounds}, "add")


def line_of(source: str, text: str) -> int:
    """The first line that holds the text."""
    return next(n for n, line in enumerate(source.split("\n"), 1) if text in line)


def executed(made: Program, *racing: str) -> Row:
    """The row of a program that was run, with a report of each racing statement with itself."""
    places = [{"line": line_of(made.source, text)} for text in racing]
    return {
        "id": made.id,
        "family": made.family,
        "domain": made.domain,
        "language": made.language,
        "source": made.source,
        "choices": json.dumps(made.choices),
        "effects": json.dumps(made.effects),
        "expected": made.expected,
        "label": "racy" if racing else "clean",
        "reports": json.dumps([{"a": place, "b": place, "location": ""} for place in places]),
        "usable": True,
        "disagrees": False,
    }


def toy(add: str, miss: str = "locked", rounds: str = "300") -> Row:
    """A variant as it comes out of a run: what its author declares to be racy is reported."""
    racing = [text for name, text in ((add, "hits++"), (miss, "misses++")) if name == "bare"]
    return executed(program(add, miss, rounds), *racing)


def mutant(parent: Row, before: str, after: str, *racing: str) -> Row:
    """A mutant of a row: one piece of text replaced, executed."""
    source = parent["source"].replace(before, after, 1)
    assert source != parent["source"]
    places = [{"line": line_of(source, text)} for text in racing]
    return {
        **parent,
        "id": f"{parent['id']}-{after.strip()[:12]}",
        "source": source,
        "choices": json.dumps({"mutation": "toy", "parent": parent["id"]}),
        "effects": "{}",
        "expected": "",
        "label": "racy" if racing else "clean",
        "reports": json.dumps([{"a": place, "b": place, "location": ""} for place in places]),
    }


def names(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """The ids of rows."""
    return [item["id"] for item in items]
