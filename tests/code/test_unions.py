"""Members of a union share their memory; those of a struct do not."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, pairs

FILE = """#include <pthread.h>
%s
void *one(void *x) { u.a = 1; return 0; }
void *two(void *x) { return (void *)(long)u.b; }
int main(void) {
  pthread_t t, s;
  pthread_create(&t, 0, one, 0);
  pthread_create(&s, 0, two, 0);
  pthread_join(t, 0);
  pthread_join(s, 0);
  return 0;
}
"""
UNIONS = [
    "union { int a; float b; } u;",
    "union U { int a; float b; }; union U u;",
    "typedef union { int a; float b; } U; static U u;",
    "struct S { int tag; union { int a; float b; }; }; struct S u;",
]
STRUCTS = [
    "struct { int a; float b; } u;",
    "struct S { int a; float b; }; struct S u;",
    "struct S { int b; union { int a; float c; }; }; struct S u;",
    "union U { int c; struct { int a; int b; }; }; union U u;",
]


@pytest.mark.parametrize("union", UNIONS)
def test_members_of_a_union_meet(union: str) -> None:
    check_pairs(FILE % union, "u.a", "modeA=write-constant modeB=read common=none")


@pytest.mark.parametrize("struct", STRUCTS)
def test_members_of_a_struct_do_not(struct: str) -> None:
    text = FILE % struct
    check_silent(text, "u.b")
    assert not [pair for pair in pairs(text, "u.a") if pair.first.line != pair.second.line]
