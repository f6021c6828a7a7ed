"""Predictions → findings: what is merged, what keeps its fingerprint, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reviewbot.findings import FLOOR, Code, fingerprint, merge, moved, normalise
from reviewbot.records import (
    Access,
    AccessPair,
    Finding,
    FindingKind,
    Link,
    Mode,
    Prediction,
    Severity,
    Slice,
    Status,
    TraceStep,
)

SUM = """\
void add(int n, const int *a) {
  #pragma omp parallel for
  for (int i = 0; i < n; i++)
    total = total + a[i];
}
"""


def access(
    source: str, mark: str, text: str, mode: Mode = Mode.WRITE, path: str = "sum.c"
) -> Access:
    """The access `text` where the source first reads `mark`."""
    offset = source.index(mark) + mark.index(text)
    line = source.count("\n", 0, offset) + 1
    column = offset - (source.rfind("\n", 0, offset) + 1) + 1
    return Access(
        path=path,
        line=line,
        column=column,
        end_column=column + len(text),
        mode=mode,
        atomic=False,
        text=text,
        function="add",
    )


def prediction(
    first: Access, second: Access, probability: float = 0.9, name: str = "total", construct: int = 2
) -> Prediction:
    pair = AccessPair(first=first, second=second, relations=())
    part = Slice(
        path="sum.c",
        object=name,
        function="add",
        construct_line=construct,
        construct_end_line=construct + 2,
        construct_kind="parallel for",
        lines=(),
        pairs=(pair,),
        unresolved=("call:foo",),
    )
    return Prediction(
        slice=part,
        pair=pair,
        score=probability,
        probability=probability,
        confidence=max(probability, 1 - probability),
        links=(),
        evidence=(),
    )


def steps(told: Prediction) -> tuple[TraceStep, ...]:
    line = told.pair.first.line
    return (
        TraceStep(
            link=Link.CONCURRENT, claim=told.slice.object, path="sum.c", line=line, probability=0.9
        ),
    )


def findings(source: str, *predictions: Prediction) -> tuple[Finding, ...]:
    return merge(predictions, {"sum.c": source.encode()}, steps=steps)


def racing(source: str) -> Finding:
    """The one finding between the first `total` of the source, a write, and the last, a read."""
    rest = source[source.rindex("total") :]
    pair = (access(source, "total", "total"), access(source, rest, "total", Mode.READ))
    (found,) = findings(source, prediction(*pair))
    return found


def test_a_finding_carries_what_the_prediction_said() -> None:
    found = racing(SUM)
    assert (found.kind, found.status) == (FindingKind.RACE, Status.UNKNOWN)
    assert (found.path, found.line, found.function, found.object) == ("sum.c", 4, "add", "total")
    assert (found.probability, found.confidence) == (0.9, 0.9)
    assert [one.mode for one in found.accesses] == [Mode.WRITE, Mode.READ]
    assert found.unresolved == ("call:foo",)
    assert [step.claim for step in found.trace] == ["total"]


def test_below_the_floor_there_is_no_finding() -> None:
    write = access(SUM, "total =", "total")
    assert findings(SUM, prediction(write, write, FLOOR - 0.001)) == ()
    assert len(findings(SUM, prediction(write, write, FLOOR))) == 1


def test_pairs_of_one_slice_are_led_by_the_most_probable() -> None:
    write, read = access(SUM, "total =", "total"), access(SUM, "= total", "total", Mode.READ)
    (found,) = findings(SUM, prediction(write, write, 0.4), prediction(write, read, 0.8))
    assert found.probability == 0.8
    assert found.accesses == (write, read)


def test_slices_with_the_same_leading_pair_are_one_finding() -> None:
    write, read = access(SUM, "total =", "total"), access(SUM, "= total", "total", Mode.READ)
    twice = findings(SUM, prediction(write, read, 0.7), prediction(read, write, 0.8, construct=1))
    assert [found.probability for found in twice] == [0.8]
    other = findings(SUM, prediction(write, read), prediction(write, write, construct=1))
    assert len(other) == 2


def test_objects_stay_apart_and_the_order_of_input_does_not_matter() -> None:
    write, read = access(SUM, "total =", "total"), access(SUM, "a[i]", "a[i]", Mode.READ)
    one, two = prediction(write, write), prediction(write, read, name="a[]")
    assert len(findings(SUM, one, two)) == 2
    assert findings(SUM, one, two) == findings(SUM, two, one)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("int unrelated;\n\n" + SUM, id="lines inserted above"),
        pytest.param(SUM.replace("    total", "\t\t  total"), id="indented anew"),
        pytest.param(SUM.replace("total + a[i]", "total  +  a[ i ]"), id="spaced anew"),
        pytest.param(SUM.replace("= total +", "=\n      total +"), id="line broken"),
        pytest.param(SUM.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(SUM.replace("a[i];", "a[i]; // sums up; slowly"), id="comment added"),
        pytest.param(SUM.replace("= total", "= /* old; */ total"), id="comment within"),
        pytest.param(SUM.replace("i++", "++i"), id="counted otherwise"),
        pytest.param(SUM.replace("i++)", "i++) {").replace("a[i];", "a[i]; }"), id="braces"),
    ],
)
def test_the_fingerprint_survives(after: str) -> None:
    assert after != SUM
    assert racing(after).fingerprint == racing(SUM).fingerprint


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(SUM.replace("+ a[i]", "- a[i]"), id="other code"),
        pytest.param(SUM.replace("a[i];", "a[i + 1];"), id="other subscript"),
    ],
)
def test_the_fingerprint_changes(after: str) -> None:
    assert racing(after).fingerprint != racing(SUM).fingerprint


def test_old_baselines_know_a_finding_by_its_first_fingerprint() -> None:
    found = racing(SUM)
    stretch = "i++)total=total+a[i]"
    first = fingerprint(FindingKind.RACE, "sum.c", [stretch, stretch], "total", 0)
    assert found.former == first != found.fingerprint
    braced = racing(SUM.replace("i++)", "i++) {").replace("a[i];", "a[i]; }"))
    assert braced.former == braced.fingerprint == found.fingerprint


def test_the_fingerprint_does_not_care_which_side_comes_first() -> None:
    source = "x = 1;\ny = x + 2;\n"
    write, read = access(source, "x = 1", "x"), access(source, "x + 2", "x", Mode.READ)
    (one,) = findings(source, prediction(write, read, name="x"))
    (two,) = findings(source, prediction(read, write, name="x"))
    assert one.fingerprint == two.fingerprint
    (self_pair,) = findings(source, prediction(write, write, name="x"))
    assert self_pair.fingerprint != one.fingerprint


def test_equal_findings_are_told_apart_by_their_occurrence() -> None:
    source = "void f() { hits++; }\nvoid g() { hits++; }\n"
    first = access(source, "f() { hits", "hits")
    second = access(source, "g() { hits", "hits")
    both = findings(
        source,
        prediction(second, second, name="hits", construct=2),
        prediction(first, first, name="hits", construct=1),
    )
    assert [found.line for found in both] == [1, 2]
    expected = [
        fingerprint(FindingKind.RACE, "sum.c", ["hits++", "hits++"], "hits", n) for n in (0, 1)
    ]
    assert [found.fingerprint for found in both] == expected
    assert expected[0] != expected[1]


def test_a_rename_moves_the_fingerprint_and_back() -> None:
    old = fingerprint(FindingKind.RACE, "old.c", ["x++"], "x", 0)
    new = fingerprint(FindingKind.RACE, "new.c", ["x++"], "x", 0)
    assert old != new
    assert moved(old, "old.c", "new.c") == new
    assert moved(new, "new.c", "old.c") == old
    assert len(old) == 16


def test_the_kind_and_the_object_are_part_of_the_fingerprint() -> None:
    prints = {
        fingerprint(kind, "a.c", ["x++"], name, 0) for kind in FindingKind for name in ("x", "y")
    }
    assert len(prints) == 4


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("int  x =  a [ i ] ;", "int x=a[i];"),
        ("unsigned\n  long \\\n n", "unsigned long n"),
        ("return - 1", "return-1"),
    ],
)
def test_normalise(before: str, after: str) -> None:
    assert normalise(before) == after


@pytest.mark.parametrize(
    ("source", "mark", "statement"),
    [
        ('puts(";{"); x = 1;', "x =", "x=1"),
        ('s[x] = ";"; y = 2;', "x]", 's[x]=";"'),
        ("#pragma omp parallel\nx++;", "x++", "x++"),
        ("#define BUMP(x) x++;\nint y;", "x++", "#define BUMP(x)x++;"),
        ("char c = ';' + x;", "x", "char c=';'+x"),
        ("long n = 1'000'000; x = 'a';", "x", "x='a'"),
    ],
)
def test_the_statement_around_an_access(source: str, mark: str, statement: str) -> None:
    assert Code.of(source.encode()).statement(access(source, mark, "x")) == statement


def test_without_its_source_an_access_is_named_by_its_text() -> None:
    elsewhere = replace(access(SUM, "total =", "total"), line=999)
    short = Code.of(b"int x;\n")
    assert short.statement(elsewhere) == "total"
    (found,) = merge([prediction(elsewhere, elsewhere)], {}, steps=steps)
    assert found.fingerprint == fingerprint(
        FindingKind.RACE, "sum.c", ["total", "total"], "total", 0
    )


def test_bytes_that_are_not_utf8_are_read_all_the_same() -> None:
    source = b"// caf\xe9\nx++;\n"
    assert Code.of(source).statement(replace(access("x++", "x", "x"), line=2)) == "x++"


@pytest.mark.parametrize(
    ("source", "text", "modes", "severity"),
    [
        ("x += i;", "x", "ww", Severity.HIGH),
        ("x = x + 1;", "x", "wr", Severity.MEDIUM),
        ("found = 1;", "found", "ww", Severity.LOW),
        ("found = true;", "found", "ww", Severity.LOW),
        ("found = 1;", "found", "wr", Severity.MEDIUM),
        ("found = i;", "found", "ww", Severity.HIGH),
        ("found += 1;", "found", "ww", Severity.HIGH),
        ("log.push_back(i);", "log", "ww", Severity.HIGH),
        ("log.push_back(i);", "log", "wr", Severity.HIGH),
        ("n = log.size();", "log", "rw", Severity.MEDIUM),
        ("list->head = node;", "list->head", "wr", Severity.HIGH),
        ("list->count = 3;", "list->count", "wr", Severity.MEDIUM),
    ],
)
def test_severity(source: str, text: str, modes: str, severity: Severity) -> None:
    first, second = (
        access(source, text, text, Mode.WRITE if mode == "w" else Mode.READ) for mode in modes
    )
    (found,) = findings(source, prediction(first, second, name=text))
    assert found.severity is severity


def test_two_different_flags_are_not_benign() -> None:
    source = "state = 1; state = 2;"
    one, two = access(source, "state = 1", "state"), access(source, "state = 2", "state")
    (found,) = findings(source, prediction(one, two, name="state"))
    assert found.severity is Severity.HIGH


def test_the_finding_points_at_the_write() -> None:
    source = "int y = x;\nx = 2;\n"
    read, write = access(source, "x;", "x", Mode.READ), access(source, "x = 2", "x")
    (found,) = findings(source, prediction(read, write, name="x"))
    assert (found.line, found.end_line) == (2, 2)
