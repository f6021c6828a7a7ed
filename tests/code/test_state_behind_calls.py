"""State that a call changes and its text does not show: closures, functors, counted objects."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

_CLAMP = """
struct Clamp {
    int low; long calls = 0;
    void operator()(int &v) { ++calls; if (v < low) v = low; }
};
template <class F> void each(int *first, long n, F && f) {
    #pragma omp parallel for
    for (long k = 0; k < n; ++k) { %s(first[k]); }
}
void run(int *v) { Clamp c{3}; each(v, 100, c); }
"""


def test_a_functor_is_called_as_the_object_that_the_template_is_given() -> None:
    check_pairs(_CLAMP % "f", "c.calls", "modeA=update shareA=shared", path="a.cpp")
    check_silent(_CLAMP % "Clamp own = f; own", "c.calls", path="a.cpp")


def _counting(before: str, inside: str) -> str:
    return f"""
void run(int *stamps) {{
    {before}
    #pragma omp parallel for
    for (int i = 0; i < 300; ++i) {{ {inside} stamps[i] = next(1); }}
}}
"""


def test_a_mutable_lambda_keeps_its_state_from_call_to_call() -> None:
    made = "auto next = [tick = 100](int step) mutable { tick += step; return tick; };"
    check_pairs(_counting(made, ""), "tick", "modeA=update", path="a.cpp")
    check_silent(_counting("", made), "tick", path="a.cpp")


def test_what_a_mutable_lambda_copied_is_shared_as_the_lambda_is() -> None:
    made = "int tick = 1; auto next = [tick](int step) mutable { tick += step; return tick; };"
    check_pairs(_counting(made, ""), "tick", "modeA=update", path="a.cpp")
    own = made.replace("tick += step;", "int own = tick; own += step;")
    check_silent(_counting(own, ""), "tick", "modeA=update", path="a.cpp")


def _made(storage: str, place: str) -> str:
    return f"""
#include <memory>
template <class T> struct Counted {{ static {storage} int alive; Counted() {{ ++alive; }} }};
template <class T> {storage} int Counted<T>::alive = 0;
struct Token : Counted<Token> {{ int kind; explicit Token(int k) : kind(k) {{}} }};
class Probe {{
    static {storage} int serial; int id_;
public:
    explicit Probe(int r) : id_(++serial) {{}}
}};
void run() {{
    #pragma omp parallel for
    for (int i = 0; i < 300; ++i) {{ {place} }}
}}
"""


def test_a_member_initialiser_counts_objects() -> None:
    check_pairs(_made("", "Probe p(i);"), "Probe::serial", "modeA=update", path="a.cpp")
    own = _made("thread_local", "Probe p(i);")
    check_silent(own, "Probe::serial", "shareA=global", path="a.cpp")


def test_a_base_counts_the_objects_of_classes_derived_from_it() -> None:
    for place in ("Token t(i);", "auto t = std::make_unique<Token>(i);", "auto *t = new Token(i);"):
        check_pairs(_made("", place), "Counted::alive", "modeA=update", path="a.cpp")
    silent = _made("", "auto t = std::make_unique<int>(i);")
    check_silent(silent, "Counted::alive", path="a.cpp")


def test_a_destructor_adds_to_what_a_reference_names() -> None:
    source = """
struct Stats { long n = 0; };
class Scope {
    Stats& home; Stats own;
public:
    explicit Scope(Stats& h) : home(h) {}
    ~Scope() {
        %s
        { home.n += own.n; }
    }
};
void run() {
    Stats all;
    #pragma omp parallel
    { Scope sc(all); }
}
"""
    check_pairs(source % "", "all.n", "modeA=update common=none", path="a.cpp")
    locked = source % "#pragma omp critical"
    check_silent(locked, "all.n", "common=none", path="a.cpp")


def test_a_pointer_to_constants_is_none_itself() -> None:
    source = """
static const char *%s cur = "1+2";
int number(void) {
    int v = 0;
    while (*cur >= '0') v = v * 10 + *%s - '0';
    return v;
}
void run(int *value) {
    #pragma omp parallel for
    for (int i = 0; i < 8; i++) value[i] = number();
}
"""
    check_pairs(source % ("", "cur++"), "cur", "modeA=update shareA=global")
    check_silent(source % ("const", "cur"), "cur")


def test_two_targets_of_one_assignment_leave_both_pointers_alone() -> None:
    source = """
static void ends(const int *s, int *lo, int *hi) { *lo = *hi = s[0]; }
void run(int (*track)[9], int *span) {
    %s
    #pragma omp parallel for
    for (int t = 0; t < 64; t++) { %s ends(track[t], &lo, &hi); span[t] = hi - lo; }
}
"""
    check_pairs(source % ("int lo, hi;", ""), "hi", "modeA=write shareA=shared")
    check_silent(source % ("", "int lo, hi;"), "hi", "shareA=shared")
    check_silent(source % ("", "int lo, hi;"), "hi[]")


_TIED = """
#include <tuple>
std::tuple<int, int> divide(int a, int b);
void run(int *clock) {
    %s
    #pragma omp parallel for
    for (int m = 0; m < 720; ++m) {
        %s std::tie(hour, std::ignore) = divide(m, 60); clock[m] = hour;
    }
}
"""


def test_a_tie_assigns_what_it_ties() -> None:
    check_pairs(_TIED % ("int hour;", ""), "hour", "modeA=write modeB=read", path="a.cpp")
    check_silent(_TIED % ("", "int hour;"), "hour", path="a.cpp")


_COPIED = """
#include <vector>
struct Scratch {
    int *data;
    explicit Scratch(int n) : data(new int[n]) {}
    %s
};
void run(int *score) {
    Scratch work(32);
    #pragma omp parallel for firstprivate(work)
    for (int i = 0; i < 200; ++i) { work.data[0] = i; score[i] = work.data[0]; }
}
"""


def test_a_copy_of_a_struct_has_the_pointers_of_the_original() -> None:
    shared = "shareA=pointee-firstprivate"
    taken = "Scratch(const Scratch& o) : data(o.data) {}"
    for member in ("", taken, "Scratch& operator=(const Scratch&);"):
        check_pairs(_COPIED % member, "work.data[]", shared, path="a.cpp")
    own = "Scratch(const Scratch& o) : data(new int[32]) {}"
    check_silent(_COPIED % own, "work.data[]", shared, path="a.cpp")
    held = _COPIED.replace("int *data", "std::vector<int> data").replace("new int[n]", "n") % ""
    check_silent(held, "work.data[]", shared, path="a.cpp")
