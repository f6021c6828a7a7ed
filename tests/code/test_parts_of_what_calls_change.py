"""What an unread function is given by address it may change in all its parts."""

from __future__ import annotations

import time

from reviewbot.code.analyse import analyse
from tests.code.checks import check_pairs, check_silent

STREAM = """#include <pthread.h>
static int take(struct stream *s, struct packet *p) {
  int found = 0;
  pthread_mutex_lock(&s->m);
  if (s->packets.size) { pop(&s->packets, p); found = 1; }
  pthread_mutex_unlock(&s->m);
  return found;
}
void give(struct stream *s, struct packet *p) {
  pthread_mutex_lock(&s->m);
  push(&s->packets, p);
  pthread_mutex_unlock(&s->m);
}
"""
LATE = STREAM.replace(
    "pthread_mutex_lock(&s->m);\n  if (s->packets.size) {",
    "if (s->packets.size) { pthread_mutex_lock(&s->m);",
)


def test_a_part_is_changed_with_the_record_that_a_call_is_given() -> None:
    check_pairs(STREAM, "s->packets.size", "modeA=write modeB=read common=own")
    check_silent(STREAM, "s->packets.size", "common=one-sided")
    check_pairs(LATE, "s->packets.size", "modeA=write modeB=read common=one-sided")


def test_so_it_is_where_the_record_is_known() -> None:
    known = (
        "struct queue { int size; }; struct stream { pthread_mutex_t m; struct queue packets; };"
    )
    for source, common in ((STREAM, "own"), (LATE, "one-sided")):
        check_pairs(
            source.replace("static", known + "static", 1), "s->packets.size", f"common={common}"
        )


def test_a_part_and_what_another_pointer_leads_to_are_not_the_record() -> None:
    for given in ("s->packets.first", "*s->other"):
        source = LATE.replace("(&s->packets", f"({given}")
        check_silent(source, "s->packets.size")


def test_what_is_only_named_with_another_record_is_no_part() -> None:
    check_silent(STREAM.replace("s->packets.size", "s->counts.size"), "s->packets.size")
    check_silent(
        STREAM.replace("s->packets.size", "s->packets.size()"), "s->packets.size", path="a.cpp"
    )


def test_many_parts_take_no_longer() -> None:
    uses = "".join(
        f"int f{n}(struct stream *s) {{ return s->packets.p{n}; }}\n" for n in range(1500)
    )
    start = time.perf_counter()
    analyse(
        "a.c",
        (STREAM + uses + "void g(struct stream *s) { " + "pop(&s->packets); " * 500 + "}").encode(),
    )
    assert time.perf_counter() - start < 10
