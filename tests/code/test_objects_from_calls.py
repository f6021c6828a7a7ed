"""Objects that are made from what calls give, which read as declarations of functions."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

_HEAD = "#include <memory>\n#include <thread>\n#include <utility>\n#include <vector>\n"
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
