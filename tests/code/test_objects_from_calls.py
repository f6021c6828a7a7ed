"""Objects that are made from what calls give, which read as declarations of functions."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

_HEAD = "".join(
    f"#include <{name}>\n" for name in ("memory", "mutex", "thread", "utility", "vector")
)
_POOL = """class Pool {{
    std::vector<int> jobs_; int done_ = 0; std::thread t_;
public:
    explicit Pool(std::vector<int> jobs) : jobs_(std::move(jobs)), t_([this] {{ ++done_; }}) {{}}
    void finish() {{ t_.join(); }}
    int done() {{ return done_; }}
}};
int main() {{ std::vector<int> jobs(3); Pool pool({given}); {then} return pool.done(); }}
"""


def finds(source: str, name: str, *wanted: str) -> None:
    check_pairs(_HEAD + source, name, *wanted, path="a.cpp")


def silent(source: str, name: str, tokens: str = "") -> None:
    check_silent(_HEAD + source, name, tokens, path="a.cpp")


def test_an_object_is_made_from_what_a_call_gives() -> None:
    for given in ("std::move(jobs)", "filled(jobs)", "filled<int>(jobs)"):
        finds(_POOL.format(given=given, then=""), "pool.done_", "live=during modeB=read")
        silent(_POOL.format(given=given, then="pool.finish();"), "pool.done_", "live=during")


_RETURNS = """int total;
int twice(int n) {{ return 2 * n; }}
int add(int n) {{ {statement} }}
int main() {{ std::thread a(add, 1), b(add, 2); a.join(); b.join(); }}
"""


def test_a_statement_that_begins_with_a_keyword_makes_no_object() -> None:
    finds(_RETURNS.format(statement="total += n; return twice(twice(n));"), "total", "modeA=update")
    inner = "int count(int n) {{ return total += n; }}\n" + _RETURNS
    finds(inner.format(statement="\nreturn count(twice(n));"), "total", "modeA=update")
    silent(inner.format(statement="\nint count(twice(n)); return count;"), "total")


_TEMPLATED = """namespace shop {{
struct Till {{ int paid = 0; template <class T> void run(T n) {{ paid += n; }} }};
template <class T> void add(T *total, int n) {{ {lock} *total += n; }}
}}
std::mutex m; int sum; std::vector<std::thread> crew;
int main() {{
    shop::Till till;
    for (int i = 0; i < 3; ++i) {start}
    for (auto &t : crew) t.join();
}}
"""
_LOCK = "std::lock_guard<std::mutex> hold(m);"


def test_a_thread_runs_an_instance_of_a_template() -> None:
    for start in (
        "crew.emplace_back(shop::add<int>, &sum, i);",
        "crew.push_back(std::thread(shop::add<int>, &sum, i));",
        "{ std::thread t(&shop::add<int>, &sum, i); crew.push_back(std::move(t)); }",
        "crew.emplace_back(add<int>, &sum, i);",
    ):
        finds(_TEMPLATED.format(lock="", start=start), "sum", "modeA=update common=none")
        silent(_TEMPLATED.format(lock=_LOCK, start=start), "sum", "common=none")
    method = "crew.emplace_back(&shop::Till::run<int>, &till, i);"
    finds(_TEMPLATED.format(lock="", start=method), "till.paid", "modeA=update")
