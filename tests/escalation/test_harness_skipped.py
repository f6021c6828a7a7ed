"""Functions that no driver can call, each with its reason beside one that it can."""

from __future__ import annotations

from pathlib import Path

from reviewbot.escalation.harness import Harness
from reviewbot.escalation.harness_errors import complaints, missing_headers, undefined
from reviewbot.escalation.harness_fill import is_size, value_of
from reviewbot.escalation.harness_repository import read_repository
from reviewbot.escalation.harness_stubs import plain, stub, why_not_stubbed
from tests.escalation.harnessing import harness_of, reason_of


def test_a_function_that_is_not_there() -> None:
    assert reason_of("int x;\n", "nobody") == "no body of nobody in the file"


def test_a_function_that_nothing_runs_at_once() -> None:
    text = "int twice(int x) { return 2 * x; }\nint last; void keep(int x) { last = x; }\n"
    assert "nothing in it says that threads run it at once" in reason_of(text, "twice")
    assert isinstance(harness_of(text, "keep"), Harness)
    timed = "#include <time.h>\nlong since(long x) { return clock() - x; }\n"
    assert "nothing in it" in reason_of(timed, "since")
    assert isinstance(harness_of(timed.replace("clock()", "my_lock(&x)"), "since"), Harness)


def test_a_name_made_by_a_macro() -> None:
    text = "static int n;\nvoid {0}(int x) {\n#pragma omp parallel\nn += x;\n}\n"
    made = reason_of(text.replace("{0}", "JOIN(add_, SUFFIX)"), "JOIN(add_, SUFFIX)")
    assert made == "its name is made by a macro"
    assert isinstance(harness_of(text.replace("{0}", "add_int"), "add_int"), Harness)


def test_variable_arguments() -> None:
    text = "static int n;\nvoid note(const char *f, ...) {\n#pragma omp parallel\nn++;\n}\n"
    assert reason_of(text, "note") == "takes a variable number of arguments"
    assert isinstance(harness_of(text.replace(", ...", ""), "note"), Harness)


def test_code_for_a_gpu() -> None:
    text = "__global__ void k(int *x) { x[0]++; }\nvoid go(int *x) { k<<<1, 2>>>(x); }\n"
    assert reason_of(text, "k", "k.cu") == "runs on a GPU"


def test_waiting_for_the_world_outside() -> None:
    text = (
        "#include <sys/socket.h>\nint n;\n"
        "void *serve(void *s) { n = accept(*(int *)s, 0, 0); return 0; }\n"
    )
    assert reason_of(text, "serve") == "waits for the world outside: accept"


_SHAPE = """
#include <mutex>
class Shape {
public:
    virtual ~Shape() = default;
    {0}
    void move(int x) { std::lock_guard<std::mutex> g(m_); x_ += x; }
    std::mutex m_;
    int x_ = 0;
};
"""


def test_method_of_an_abstract_class() -> None:
    abstract = _SHAPE.replace("{0}", "virtual int area() const = 0;")
    assert reason_of(abstract, "Shape::move", "s.cpp") == "method of the abstract class Shape"
    concrete = _SHAPE.replace("{0}", "virtual int area() const { return 0; }")
    assert isinstance(harness_of(concrete, "Shape::move", "s.cpp"), Harness)


def test_constructors_and_destructors() -> None:
    text = (
        "#include <mutex>\nclass Box {\npublic:\n    Box() { n = 1; }\n    ~Box() { n = 0; }\n"
        "    std::mutex m;\n    int n;\n};\n"
    )
    assert "constructor" in reason_of(text, "Box::Box", "b.cpp")
    assert "destructor" in reason_of(text, "Box::~Box", "b.cpp")


_COUNTER = """
#include <mutex>
class Counter {
public:
    {0}
private:
    void step() { n_++; }
public:
    std::mutex m_;
    int n_ = 0;
};
"""


def test_private_methods_are_called_through_public_ones() -> None:
    public = "void count() { std::lock_guard<std::mutex> g(m_); step(); }"
    made = harness_of(_COUNTER.replace("{0}", public), "Counter::step", "c.cpp")
    assert isinstance(made, Harness)
    assert made.function == "Counter::count"
    assert "driven through Counter::count" in made.note
    alone = reason_of(_COUNTER.replace("{0}", ""), "Counter::step", "c.cpp")
    assert alone == "only its own file or class calls it, and no caller here can be driven"


def test_functions_that_a_file_keeps_are_called_through_those_that_it_shows() -> None:
    text = "static int last;\nstatic void keep(int x) { last = x; }\n"
    assert "only its own file" in reason_of(text, "keep")
    made = harness_of(text + "void store(int x) { keep(x); my_lock(); last++; }\n", "keep")
    assert isinstance(made, Harness)
    assert made.function == "store"


def test_a_lambda_is_called_through_the_function_around_it() -> None:
    text = "#include <thread>\nint n;\nvoid go() { std::thread t([] { n++; }); n++; t.join(); }\n"
    made = harness_of(text, f"lambda@{text.index('[]')}", "go.cpp")
    assert isinstance(made, Harness)
    assert made.function == "go"


def test_sizes_are_told_from_starts_flags_and_teams() -> None:
    assert [value_of(name) for name in ("n", "width", "row_count")] == ["RB_N"] * 3
    assert [value_of(name) for name in ("start", "i", "use_cache")] == ["0"] * 3
    assert value_of("num_threads") == "rb_team"
    assert value_of("alpha") == "1"
    assert is_size("bound", "for (i = 0; i < bound; i++)")
    assert not is_size("bound", "if (x < bounds[i])")


def test_compiler_messages_are_read() -> None:
    said = (
        "a/b.c:12:5: error: use of undeclared identifier 'X'\n"
        "b.h:3:10: fatal error: 'conf.h' file not found\n"
        "t.hpp:1:2: error: no matching function\n"
        "reviewbot-driver:7:1: note: in instantiation of function template\n"
        "ld: u.o: undefined reference to `_ZN1a3runEi'\nld.lld: error: undefined symbol: go\n"
    )
    found = complaints(said)
    assert [(c.path, c.line) for c in found] == [("a/b.c", 12), ("b.h", 3), ("t.hpp", 1)]
    assert found[2].asked == (("reviewbot-driver", 7),)
    assert missing_headers(found) == ("conf.h",)
    assert undefined(said) == ("_ZN1a3runEi", "go")


def test_symbols_become_names_and_stubs() -> None:
    assert plain("_ZN4shop5Store3putEi") == "shop::Store::put"
    assert plain("memmap") == "memmap"
    assert "rb_fresh" in stub("find_it", ("\nstruct item *find_it(int key);\n",))
    assert "rb_fresh" not in stub("count_it", ("\nint count_it(struct item *all);\n",))
    assert ".zero" in stub("limit", ("extern int limit;",))
    assert "rb_unlock" in stub("queue_unlock", ())
    assert "rb_lock" in stub("queue_lock", ())
    assert "rb_lock" not in stub("clock_now", ())


def test_stubs_are_refused_for_what_orders_threads() -> None:
    assert "starts threads" in str(why_not_stubbed(("pool_add",)))
    assert "synchronises" in str(why_not_stubbed(("_ZN1q12cond_waitingEv",)))
    assert why_not_stubbed(("read_block", "clock_now", "LockSemaphore")) is None
    assert "synchronises" in str(why_not_stubbed(("semaphore_down",)))


def test_the_repository_finds_folders_and_definitions(tmp_path: Path) -> None:
    files = {
        "include/lib/a.h": '#include "lib/b.h"\n',
        "include/lib/b.h": "int b(int);\n",
        "src/b.c": "int b(int x)\n{\n    return x;\n}\nint level = 3;\n",
        "src/uses.c": "extern int level;\nint c(void) { return b(level); }\n",
        "tests/b_test.c": "int b(int x)\n{\n    return 0;\n}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found, at = read_repository(tmp_path), tmp_path / "src/uses.c"
    assert found.include_dirs('#include "lib/a.h"\n', at) == (tmp_path / "include",)
    assert found.definition("b", at, cpp=False) == tmp_path / "src/b.c"
    assert found.definition("level", at, cpp=False) == tmp_path / "src/b.c"
    assert found.definition("nowhere", at, cpp=False) is None
