"""What names stand for: captures by reference, copies of the object, conditions that declare."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

_HEAD = """#include <map>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>
"""


def _box(body: str, members: str = "", run: str = "box.step(k);") -> str:
    """Two threads that run a method of one object, a number apart."""
    return (
        f"{_HEAD}struct Box {{ std::mutex m; std::vector<int> kept; int sum = 0, lost = 0;\n"
        f"{members}\nvoid step(int k) {{ {body} }} }};\n"
        f"int main() {{ Box box; std::vector<std::thread> ts;\n"
        f"for (int k = 0; k < 3; ++k) ts.emplace_back([&box, k] {{ {run} }});\n"
        "for (auto& t : ts) t.join(); return 0; }\n"
    )


def _crew(capture: str, body: str) -> str:
    return (
        f"{_HEAD}int main() {{ std::vector<std::vector<int>> bins(4, std::vector<int>(8));\n"
        "std::vector<std::thread> crew;\n"
        "for (std::size_t w = 0; w < bins.size(); ++w)\n"
        f"crew.emplace_back([{capture}, w] {{ {body} }});\n"
        "for (auto& c : crew) c.join(); return 0; }\n"
    )


def test_a_capture_by_reference_is_the_place_that_it_names() -> None:
    own = _crew("&mine = bins[w]", "for (int i = 0; i < 8; ++i) ++mine[i];")
    check_pairs(own, "bins[][]", "party=thread/thread indexA=targ index=equal", path="a.cpp")
    one = _crew("&mine = bins[0]", "for (int i = 0; i < 8; ++i) ++mine[i];")
    check_pairs(one, "bins[][]", "party=thread/thread indexA=seq indexB=seq", path="a.cpp")
    check_silent(one, "bins[][]", "party=thread/thread indexA=targ", path="a.cpp")


def test_a_lambda_that_copies_the_object_has_its_own() -> None:
    source = (
        _HEAD + "struct Lens {{ double scale = 1; void set(double s) {{ scale = s; }}\n"
        "std::thread draw(double *out) {{\n"
        "return std::thread([{}, out] {{ *out = scale; }}); }} }};\n"
        "int main() {{ Lens p; double a; std::thread t = p.draw(&a); p.set(2); t.join(); }}\n"
    )
    shared = source.format("this")
    check_pairs(shared, "p.scale", "party=main/thread live=during modeA=write", path="a.cpp")
    check_silent(source.format("*this"), "p.scale", path="a.cpp")
    check_silent(source.format("=, *this"), "p.scale", path="a.cpp")


@pytest.mark.parametrize(
    ("held", "free"),
    [
        (
            "if (std::lock_guard lk(m); sum > 9) ++lost; else sum += k;",
            "if (std::lock_guard lk(m); sum > 9) ++lost; sum += k;",
        ),
        (
            "switch (std::lock_guard<std::mutex> lk(m); k) { case 1: sum += k; }",
            "switch (std::lock_guard<std::mutex> lk(m); k) { case 1: ++lost; } sum += k;",
        ),
        (
            "if (std::unique_lock<std::mutex> lk(m, std::try_to_lock); lk.owns_lock()) sum += k;",
            "if (std::unique_lock<std::mutex> lk(m, std::try_to_lock); !lk.owns_lock()) sum += k;",
        ),
        (
            "if (std::unique_lock<std::mutex> lk{m, std::try_to_lock}) sum += k;",
            "if (std::unique_lock<std::mutex> lk{m, std::try_to_lock}) ++lost; else sum += k;",
        ),
    ],
)
def test_a_guard_that_a_condition_declares_lasts_for_its_branches(held: str, free: str) -> None:
    locked = "modeA=update modeB=update locksA=1 locksB=1 common=mutex"
    check_pairs(_box(held), "box.sum", locked, path="a.cpp")
    check_silent(_box(free), "box.sum", locked, path="a.cpp")


def test_a_pointer_that_a_condition_declares_is_the_place_it_was_given() -> None:
    found = "Box* self() { return this; }"
    source = _box("if (Box* p = self()) p->sum += k;", found)
    check_pairs(source, "box.sum", "party=thread/thread modeA=update modeB=update", path="a.cpp")
    own = _box("Box mine; if (Box* p = &mine) p->sum += k;", found)
    check_silent(own, "box.sum", path="a.cpp")


_STRIPES = "std::mutex locks[4]; std::mutex& lock_of(int t) {{ return locks[{}]; }}"


def test_a_lock_that_a_function_gives_a_reference_to_is_held() -> None:
    body = "std::lock_guard<std::mutex> g(lock_of(k)); kept[k / 8] += 1;"
    held = _box(body, _STRIPES.format("k / 8 % 4").replace("int t", "int k"))
    check_pairs(held, "box.kept[]", "common=striped stripeA=of-index locksA=1", path="a.cpp")
    other = _box(body, _STRIPES.format("k % 4").replace("int t", "int k"))
    check_pairs(other, "box.kept[]", "locksA=1", path="a.cpp")
    check_silent(other, "box.kept[]", "stripeA=of-index", path="a.cpp")
    free = _box("kept[k / 8] += 1;", _STRIPES.format("t % 4"))
    check_silent(free, "box.kept[]", "locksA=1", path="a.cpp")


def test_a_map_of_locks_is_data_that_asking_changes() -> None:
    find = "std::map<int, std::mutex> locks; std::mutex& of(int k) {{ {} return locks[k]; }}"
    body = "std::lock_guard<std::mutex> g(of(k)); kept[k] += 1;"
    bare = _box(body, find.format(""))
    check_pairs(bare, "box.locks", "modeA=update modeB=update locksA=0 locksB=0", path="a.cpp")
    held = _box(body, find.format("std::lock_guard<std::mutex> g(m);"))
    check_silent(held, "box.locks", "locksA=0", path="a.cpp")
    check_pairs(held, "box.locks", "common=mutex", path="a.cpp")


_AGENDA = """{head}#include <string>
struct Agenda {{ std::mutex m; std::vector<int> jobs; std::string title; int lost = 0;
void put(int p) {{ std::lock_guard<std::mutex> g(m); jobs.push_back(p); title[0] = 'a'; }}
{view} name() {{ std::lock_guard<std::mutex> g(m); return title; }}
void peek() {{ {body} }} }};
int main() {{ Agenda a; std::thread t([&] {{ a.put(1); }}), u([&] {{ a.peek(); }});
t.join(); u.join(); return 0; }}
"""


def _agenda(body: str, view: str = "std::string") -> str:
    return _AGENDA.format(head=_HEAD, body=body, view=view)


def test_a_reference_to_an_element_that_outlives_the_lock_is_unprotected() -> None:
    take = "std::unique_lock<std::mutex> g(m); const int {} = jobs.front(); {} lost = next;"
    late = _agenda(take.format("&next", "g.unlock();"))
    open_read = "party=thread/thread common=one-sided modeA=update modeB=read"
    check_pairs(late, "a.jobs", open_read, path="a.cpp")
    for safe in (take.format("&next", ""), take.format("next", "g.unlock();")):
        check_silent(_agenda(safe), "a.jobs", "party=thread/thread common=one-sided", path="a.cpp")
        check_pairs(_agenda(safe), "a.jobs", "party=thread/thread common=mutex", path="a.cpp")


def test_a_view_that_a_function_returns_looks_into_what_it_views() -> None:
    body = "for (char c : name()) lost += c;"
    viewed = _agenda(body, "std::string_view")
    check_pairs(viewed, "a.title[]", "party=thread/thread common=one-sided", path="a.cpp")
    check_silent(_agenda(body), "a.title[]", "party=thread/thread common=one-sided", path="a.cpp")


_GAUGES = """{head}struct Gauge {{ std::mutex m; int value = 0; }};
struct Point {{ int x = 0, y = 0; }};
struct Gauges {{ std::map<int, Gauge> all; std::vector<Point> points; Point at; std::mutex m;
void add(int id) {{ std::lock_guard<std::mutex> g(m); all[id].value += id; points[id].y = id;
at.y = id; }}
void reset() {{ {body} }} }};
int main() {{ Gauges gs; std::thread t([&] {{ gs.add(1); }}), u([&] {{ gs.reset(); }});
t.join(); u.join(); return 0; }}
"""


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("for (auto& [id, gauge] : all) gauge.value = 0;", "gs.all[].value"),
        ("for (auto& [x, y] : points) y = 0;", "gs.points[].y"),
        ("auto& [x, y] = at; y = 0;", "gs.at.y"),
    ],
)
def test_names_that_a_declaration_unpacks_are_parts_of_the_object(body: str, name: str) -> None:
    bare = _GAUGES.format(head=_HEAD, body=body)
    check_pairs(bare, name, "party=thread/thread common=one-sided", path="a.cpp")
    held = _GAUGES.format(head=_HEAD, body=f"std::lock_guard<std::mutex> g(m); {body}")
    check_pairs(held, name, "party=thread/thread common=mutex", path="a.cpp")
    check_silent(held, name, "common=one-sided", path="a.cpp")
    other = _GAUGES.format(head=_HEAD, body=body.replace("y = 0", "x = 0").replace(".value", ".m"))
    check_silent(other, name, "party=thread/thread", path="a.cpp")


def test_a_threads_own_object_is_asked_and_joined_as_data_is() -> None:
    def source(ask: str) -> str:
        link = (
            "struct Link { std::thread line; std::mutex m; int n = 0;\n"
            "void open() { std::lock_guard<std::mutex> g(m);\n"
            "line = std::thread([this] { n++; }); }\n"
            f"bool is_open() {{ {ask} }} }};"
        )
        return (
            f"{_HEAD}{link}\nint main() {{ Link l; std::thread ui([&] {{ l.is_open(); }});\n"
            "l.open(); ui.join(); l.line.join(); return 0; }\n"
        )

    check_pairs(source("return line.joinable();"), "l.line", "common=one-sided", path="a.cpp")
    held = source("std::lock_guard<std::mutex> g(m); return line.joinable();")
    check_pairs(held, "l.line", "common=mutex", path="a.cpp")
    check_silent(held, "l.line", "common=one-sided live=during", path="a.cpp")


def test_a_guard_that_waits_for_a_time_only_may_not_have_the_lock() -> None:
    members = "std::timed_mutex t;"
    for limit in ("std::chrono::milliseconds(5)", "5ms", "milliseconds{k}"):
        take = f"std::unique_lock<std::timed_mutex> lk(t, {limit});"
        check_pairs(_box(f"{take} sum += k;", members), "box.sum", "locksA=maybe", path="a.cpp")
        asked = _box(f"{take} if (lk) sum += k;", members)
        check_pairs(asked, "box.sum", "locksA=1 locksB=1 common=mutex", path="a.cpp")
        check_silent(asked, "box.sum", "locksA=maybe", path="a.cpp")
    sure = _box("std::unique_lock<std::timed_mutex> lk(t); sum += k;", members)
    check_silent(sure, "box.sum", "locksA=maybe", path="a.cpp")
