"""What constructors are given: a reference that is bound is no read; objects end as they began."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, read

_HEAD = "#include <memory>\n#include <mutex>\n#include <thread>\n#include <vector>\n"
_TWO = "int main() {{ std::thread a(work), b(work); a.join(); b.join(); }}\n"
_PUSHER = (
    """std::vector<int> q; long n; std::mutex m;
class Pusher {{
    std::vector<int> &q_; long {by}n_; int by_;
public:
    Pusher(std::vector<int> &q, long {by}n, int by) : q_(q), n_(n), by_(by) {{}}
    void go() {{ std::lock_guard<std::mutex> g(m); q_.push_back(by_); n_ += by_; }}
}};
void work() {{
    {{ std::lock_guard<std::mutex> g(m); n++; }}
    {make}
}}
"""
    + _TWO
)


@pytest.mark.parametrize(
    "make",
    [
        "Pusher p(q, n, 2); p.go();",
        "Pusher p{q, n, 2}; p.go();",
        "auto p = std::make_unique<Pusher>(q, n, 2); p->go();",
        "Pusher *p = new Pusher(q, n, 2); p->go();",
        "std::vector<Pusher> v; v.emplace_back(q, n, 2); Pusher p(q, n, 2); p.go();",
    ],
)
def test_what_a_constructor_takes_by_reference_is_not_read(make: str) -> None:
    bound = _HEAD + _PUSHER.format(by="&", make=make)
    for name in ("q", "n"):
        check_pairs(bound, name, "modeA=update common=mutex", path="a.cpp")
        check_silent(bound, name, "modeB=read locksB=0", path="a.cpp")
    by_value = _HEAD + _PUSHER.format(by="", make=make)
    check_pairs(by_value, "n", "modeB=read locksB=0", path="a.cpp")


_COPY = (
    """struct Box {{ long total = 0; Box() {{}} explicit Box(long &n) : total(n) {{}} }};
Box common; std::mutex m;
void work() {{
    {{ std::lock_guard<std::mutex> g(m); common.total++; }}
    Box own{{{given}}};
}}
"""
    + _TWO
)


def test_a_copy_reads_what_it_is_made_from() -> None:
    bare = "modeA=update modeB=read locksB=0"
    check_pairs(_HEAD + _COPY.format(given="common"), "common.total", bare, path="a.cpp")
    check_silent(_HEAD + _COPY.format(given=""), "common.total", bare, path="a.cpp")


_WATCH = (
    """struct Watch {{ long &out; long ticks = 0; ~Watch() {{ out += ticks; }} }};
long spent; std::mutex m;
void work() {{ {before} Watch w{{spent}}; w.ticks++; {after} }}
"""
    + _TWO
)
_LOCK = "std::lock_guard<std::mutex> hold(m);"


def test_an_object_that_a_list_makes_ends_in_its_destructor() -> None:
    held = _HEAD + _WATCH.format(before=_LOCK, after="")
    check_pairs(held, "spent", "modeA=update modeB=update common=mutex", path="a.cpp")
    check_silent(held, "spent", "common=none", path="a.cpp")
    late = _HEAD + _WATCH.format(before="", after=_LOCK)  # given back before the watch ends
    check_pairs(late, "spent", "modeA=update modeB=update common=none", path="a.cpp")


LENT = (
    "#include <mutex>\nstruct Pool { std::mutex gate; std::mutex side; int room; };\n"
    "Pool &find(int n);\nPool make(int n);\n"
    "void put(Pool &p) { std::lock_guard<std::mutex> g(p.gate); p.room++; }\n"
)


@pytest.mark.parametrize(
    "taken",
    [
        "int take(Pool &p) { %s return p.room; }",
        "int take(const Pool &p) { %s return p.room; }",
        "int take(int n) { Pool &p = find(n); %s return p.room--; }",
        "int inner(Pool &q) { return q.room--; }\nint take(Pool &p) { %s return inner(p); }",
    ],
)
def test_a_record_that_a_reference_names_may_be_anyones(taken: str) -> None:
    guarded = LENT + taken % "std::lock_guard<std::mutex> g(p.gate);"
    check_pairs(guarded, "p->room", "base=type common=own", path="a.cpp")
    check_silent(guarded, "p->room", "base=type common=one-sided", path="a.cpp")
    bare = [s for s in read(LENT + taken % "", "a.cpp").slices if s.object == "p->room"]
    assert any(("common", "one-sided") in pair.relations for s in bare for pair in s.pairs)
    other = LENT + taken % "std::lock_guard<std::mutex> g(p.side);"
    found = [s for s in read(other, "a.cpp").slices if s.object == "p->room"]
    assert any(("common", "differ") in pair.relations for s in found for pair in s.pairs)


@pytest.mark.parametrize(
    "own",
    [
        "int take(Pool &&p) { return p.room--; }",
        "int take(int n) { const Pool &p = make(n); return p.room; }",
        "int take(Pool p) { return p.room--; }",
    ],
)
def test_a_record_that_nobody_else_has_is_its_own(own: str) -> None:
    check_silent(LENT + own, "p->room", "common=one-sided", path="a.cpp")
    check_pairs(LENT + own, "p->room", "common=mutex", path="a.cpp")
