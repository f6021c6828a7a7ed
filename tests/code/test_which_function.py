"""Which function a call means: overloads, specialisations, methods that others override."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

_HEAD = "#include <memory>\n#include <mutex>\n#include <string>\n#include <thread>\n"
_HELD = "std::lock_guard<std::mutex> g(m); sum += 1;"
_BOTH = "party=thread/thread locksA=1 locksB=1 common=mutex"
_ONE = "party=thread/thread common=one-sided"


def _sums(methods: str, first: str, second: str) -> str:
    """Two threads that each make one call on one object."""
    return (
        f"{_HEAD}struct Other {{}};\n"
        f"struct Sum {{ std::mutex m; double sum = 0;\n{methods}\n}};\n"
        f"void a(Sum& s, int n) {{ Other other; s.{first}; }}\n"
        f"void b(Sum& s, int n) {{ Other other; s.{second}; }}\n"
        "int main() { Sum s; std::thread t(a, std::ref(s), 1), u(b, std::ref(s), 2);\n"
        "t.join(); u.join(); return 0; }\n"
    )


@pytest.mark.parametrize(
    ("free", "held", "bare", "locked"),
    [
        ("int x", "double x", "add(n)", "add(n / 2.0)"),
        ("int x", "double x", "add(3)", "add(static_cast<double>(n))"),
        ("bool x", "int x", "add(n > 1)", "add(n)"),
        ("const std::string& x", "int x", 'add("two")', "add(n)"),
        ("const Other& x", "int x", "add(other)", "add(n)"),
        ("int x, int y", "int x", "add(n, n)", "add(n)"),
    ],
)
def test_the_overload_that_the_arguments_fit_is_called(
    free: str, held: str, bare: str, locked: str
) -> None:
    methods = f"void add({held}) {{ {_HELD} }}\nvoid add({free}) {{ sum += 1; }}"
    check_pairs(_sums(methods, bare, locked), "s.sum", _ONE, path="a.cpp")
    check_silent(_sums(methods, bare, locked), "s.sum", _BOTH, path="a.cpp")
    check_silent(_sums(methods, locked, locked), "s.sum", "locksA=0", path="a.cpp")
    check_pairs(_sums(methods, locked, locked), "s.sum", _BOTH, path="a.cpp")


def test_an_overload_that_calls_another_is_no_recursion() -> None:
    methods = (
        f"void add(double x) {{ {_HELD} }}\nvoid add(int x) {{ add(static_cast<double>(x)); }}"
    )
    check_pairs(_sums(methods, "add(n)", "add(n)"), "s.sum", _BOTH, path="a.cpp")
    check_silent(_sums(methods, "add(n)", "add(n)"), "s.sum", "locksA=0", path="a.cpp")


def test_a_specialisation_is_meant_by_its_type() -> None:
    special = "template <> void Sum::put<bool>(bool v) {{ {} }}\nint rest() {{ return 0; }}\n"
    general = "template <typename T> void Sum::put(T v) {{ {} }}\n"

    def source(body: str, second: str) -> str:
        made = _sums("template <typename T> void put(T v);", "put(n > 1)", second)
        written = general.format(_HELD) + special.format(body)
        return made.replace("void a(Sum&", f"{written}void a(Sum&")

    check_pairs(source("sum += 1;", "put(n)"), "s.sum", _ONE, path="a.cpp")
    check_pairs(source(_HELD, "put(n)"), "s.sum", _BOTH, path="a.cpp")
    check_silent(source(_HELD, "put(n)"), "s.sum", "locksA=0", path="a.cpp")


def _family(step: str, run: str, main: str, base: str = "virtual void step() { %s }") -> str:
    held = "std::lock_guard<std::mutex> g(m); steps += 1;"
    return (
        f"{_HEAD}struct Runner {{ static std::mutex m; static int steps; virtual ~Runner() {{}}\n"
        f"{base.replace('%s', held)}\n{run} }};\n"
        f"std::mutex Runner::m; int Runner::steps = 0;\n"
        f"struct Sprinter : Runner {{ {step} }};\n"
        f"int main() {{ {main} t.join(); u.join(); return 0; }}\n"
    )


_RUN = "void run(int n) { for (int i = 0; i < n; ++i) step(); }"
_ANY = (
    "std::unique_ptr<Runner> one = std::make_unique<Runner>(), two = std::make_unique<Sprinter>();"
    "std::thread t([&] { one->run(3); }), u([&] { two->run(3); });"
)
_BARE = "void step() override { steps += 2; }"
_SAFE = "void step() override { std::lock_guard<std::mutex> g(m); steps += 2; }"


def test_a_virtual_call_may_mean_the_method_of_a_derived_class() -> None:
    check_pairs(_family(_BARE, _RUN, _ANY), "Runner::steps", _ONE, path="a.cpp")
    check_silent(_family(_SAFE, _RUN, _ANY), "Runner::steps", "locksA=0", path="a.cpp")
    check_pairs(_family(_SAFE, _RUN, _ANY), "Runner::steps", _BOTH, path="a.cpp")


def test_what_is_not_virtual_or_of_a_known_class_is_just_itself() -> None:
    plain = _family("void step() { steps += 2; }", _RUN, _ANY, "void step() { %s }")
    check_silent(plain, "Runner::steps", "locksA=0", path="a.cpp")
    check_pairs(plain, "Runner::steps", _BOTH, path="a.cpp")
    known = "Runner r; std::thread t([&] { r.run(3); }), u([&] { r.run(3); });"
    check_silent(_family(_BARE, _RUN, known), "Runner::steps", "locksA=0", path="a.cpp")


def test_a_static_member_is_one_object_for_the_classes_derived_too() -> None:
    both = "Runner r; Sprinter s; std::thread t([&] { r.one(); }), u([&] { s.two(); });"
    source = _family("void two() { steps += 2; }", "void one() { steps += 1; }", both)
    check_pairs(source, "Runner::steps", "party=thread/thread locksA=0 locksB=0", path="a.cpp")
    own = _family(
        "static int steps; void two() { steps += 2; }", "void one() { steps += 1; }", both
    )
    check_silent(own, "Runner::steps", "party=thread/thread", path="a.cpp")


_RANKED = """{head}struct Runner {{ mutable std::mutex m; int rank = 0;
void up() {{ std::lock_guard<std::mutex> g(m); ++rank; }}
int now() const {{ std::lock_guard<std::mutex> g(m); return rank; }}
{operator} }};
int main() {{ Runner ann, bob; std::thread t([&] {{ bob.up(); }});
if (ann < bob) ann.up(); t.join(); return 0; }}
"""
_TAKES = "std::lock_guard<std::mutex> g({}m); return {}rank < "


@pytest.mark.parametrize(
    ("head", "own", "other"),
    [
        ("friend bool operator<(const Runner& x, const Runner& y)", "x.", "y."),
        ("bool operator<(const Runner& o) const", "", "o."),
    ],
)
def test_an_operator_that_a_class_defines_is_a_call(head: str, own: str, other: str) -> None:
    bare = f"{head} {{ {_TAKES.format(own, own)}{other}rank; }}"
    safe = f"{head} {{ int r = {other}now(); {_TAKES.format(own, own)}r; }}"
    wanted = "party=thread/main live=during modeB=read"
    wrong = _RANKED.format(head=_HEAD, operator=bare)
    check_pairs(wrong, "bob.rank", wanted, path="a.cpp")
    check_silent(wrong, "bob.rank", f"{wanted} common=mutex", path="a.cpp")
    right = _RANKED.format(head=_HEAD, operator=safe)
    check_pairs(right, "bob.rank", f"{wanted} common=mutex", path="a.cpp")
    check_silent(right, "bob.rank", f"{wanted} locksB=0", path="a.cpp")


def test_long_sums_and_nested_moves_are_read_to_no_depth() -> None:
    methods = f"void add(double x) {{ {_HELD} }}\nvoid add(int x) {{ sum += 1; }}"
    long = "add(" + "+".join(["n"] * 4000) + ")"
    check_pairs(_sums(methods, "add(n / 2.0)", long), "s.sum", _BOTH, path="a.cpp")
    run = "struct Run { int n = 0; void operator()() { n++; } };\n"
    nested = "std::move(" * 3000 + "r" + ")" * 3000
    source = f"{_HEAD}{run}int main() {{ Run r; std::thread t({nested}); r.n++; t.join(); }}\n"
    check_silent(source, "r.n", path="a.cpp")
