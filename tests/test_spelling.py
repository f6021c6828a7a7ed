"""What a statement is known by: equal spellings are one, unequal code stays two."""

from __future__ import annotations

import time

import pytest

from reviewbot.findings import Code
from reviewbot.records import Access, Mode
from reviewbot.spelling import counted


def named(source: str) -> str:
    """The statement around the `x` that stands between bars: `if (a) |x|++;`."""
    plain = source.replace("|", "")
    before = source.index("|")
    line = plain.count("\n", 0, before) + 1
    column = before - (plain.rfind("\n", 0, before) + 1) + 1
    access = Access(
        path="a.c",
        line=line,
        column=column,
        end_column=column + 1,
        mode=Mode.WRITE,
        atomic=False,
        text="x",
        function="f",
    )
    return Code.of(plain.encode()).statement(access)


@pytest.mark.parametrize(
    "source",
    [
        "|x|++;",
        "++|x|;",
        "|x| += 1;",
        "|x| = x + 1;",
        "x = |x| + 1;",
        "for (i = 0; i < n; i++) |x|++;",
        "for (i = 0; i < n; ++i) ++|x|;",
        "for (i = 0; i < n; i += 1)\n  |x| += 1;",
        "for (i = 0; i < n; i++) { |x|++; }",
        "for (auto &one : all) |x|++;",
        "if (a) |x|++;",
        "if (a) { |x|++; }",
        "if (a)\n  y = 1;\nelse\n  |x|++;",
        "if (f(a) && (b & c)) for (;;) if (d) |x|++;",
        "if constexpr (a) |x|++;",
        "do |x|++; while (x < 9);",
        'if (strcmp(s, ")") == 0) |x|++;',
        "while (next(a)) |x|++;",
    ],
)
def test_equal_spellings_are_one(source: str) -> None:
    assert named(source) == "x++"


@pytest.mark.parametrize(
    ("source", "statement"),
    [
        ("|x|--;", "x--"),
        ("|x| += 2;", "x+=2"),
        ("|x| += 10;", "x+=10"),
        ("|x| = y + 1;", "x=y+1"),
        ("|x| = x + 1 + y;", "x=x+1+y"),
        ("y = |x|++;", "y=x++"),
        ("if (|x| > 0) y = 1;", "if(x>0)"),
        ("if (|x| > 0) { y = 1; }", "if(x>0)"),
        ("while (f(|x|)) y++;", "while(f(x))"),
        ("for (i = 0; i < |x|; i++) y++;", "i<x"),
        ("for (i = |x|; i < n; i++) y++;", "for(i=x"),
        ("for (i = 0; i < n; |x|++) y++;", "x++"),
        ("for (i = 0; i < n; ++|x|) { y++; }", "x++"),
        ("iffy(a) + |x|;", "iffy(a)+x"),
        ("elsewhere = |x|;", "elsewhere=x"),
        ("call(a, |x|);", "call(a,x)"),
        ("(void)(|x|);", "(void)(x)"),
        ("if (broken |x|;", "if(broken x"),
    ],
)
def test_other_code_stays_apart(source: str, statement: str) -> None:
    assert named(source) == statement


@pytest.mark.parametrize(
    ("statement", "same"),
    [
        ("++*p", "(*p)++"),
        ("*p+=1", "(*p)++"),
        ("(*p)+=1", "(*p)++"),
        ("*p++", "*p++"),  # moves the pointer
        ("++s->a[i[j]].n", "s->a[i[j]].n++"),
        ("a[i]=a[i]+1", "a[i]++"),
        ("a[i]=a[j]+1", "a[i]=a[j]+1"),
        ("N::n-=1", "N::n--"),
        ("n+=1.5", "n+=1.5"),
        ("++a+b", "++a+b"),
        ("", ""),
    ],
)
def test_counting_by_one(statement: str, same: str) -> None:
    assert counted(statement) == same


def test_hostile_statements_take_time_like_their_length() -> None:
    def seconds(times: int) -> float:
        texts = ["if (a) " * times, "(" * times, "a[" * times, "x=x" * times, "else " * times]
        started = time.perf_counter()
        for text in texts:
            named(f"{text}|x|++;")
            counted(text)
        return time.perf_counter() - started

    seconds(20)
    assert seconds(20_000) < 1.0
    assert seconds(500) < 0.2
