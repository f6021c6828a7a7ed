"""How objects begin and end: members in order, bases, owners, copies, and what classes count."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

_HEAD = (
    "#include <map>\n#include <memory>\n#include <mutex>\n#include <thread>\n#include <vector>\n"
)
_TWO = """
int main() { std::thread a(work); std::thread b(work); a.join(); b.join(); return 0; }
"""


def finds(source: str, name: str, *wanted: str) -> None:
    check_pairs(_HEAD + source, name, *wanted, path="a.cpp")


def silent(source: str, name: str, tokens: str = "") -> None:
    check_silent(_HEAD + source, name, tokens, path="a.cpp")


_PULSE = """class Pulse {{
    {members}
    void run() {{ beats++; }}
public:
    Pulse() : {inits} {{}}
    ~Pulse() {{ worker.join(); }}
}};
int main() {{ Pulse p; return 0; }}
"""


def test_a_member_declared_after_a_thread_is_made_beside_it() -> None:
    inits = "worker([this] { run(); }), beats(1)"
    late = _PULSE.format(members="std::thread worker; long beats;", inits=inits)
    finds(late, "p.beats", "live=during modeB=write")
    early = _PULSE.format(members="long beats; std::thread worker;", inits=inits)
    silent(early, "p.beats", "live=during")


def test_what_a_class_says_a_member_begins_with_is_written_then_too() -> None:
    inits = "worker([this] { run(); })"
    late = _PULSE.format(members="std::thread worker; long beats = 3;", inits=inits)
    finds(late, "p.beats", "live=during modeA=write modeB=update")
    early = _PULSE.format(members="long beats = 3; std::thread worker;", inits=inits)
    silent(early, "p.beats", "live=during")


_TICKER = """class Ticker {{
    struct Count {{ int n = 0; ~Count() {{ n = -1; }} }};
    {members}
public:
    void go() {{ runner = std::jthread([this] {{ count.n++; }}); }}
}};
int main() {{ Ticker t; t.go(); return 0; }}
"""


def test_members_end_in_the_opposite_order() -> None:
    gone = _TICKER.format(members="std::jthread runner; Count count;")
    finds(gone, "t.count.n", "live=during modeA=write-constant")
    there = _TICKER.format(members="Count count; std::jthread runner;")
    silent(there, "t.count.n", "live=during")


_POLLER = """struct Poller {{
    virtual ~Poller() {{ halt(); }}
    void start() {{ th = std::thread([this] {{ sample(); }}); }}
    void halt() {{ if (th.joinable()) th.join(); }}
    virtual void sample() {{}}
    std::thread th;
}};
struct Tank : Poller {{
    ~Tank() {{ {end} }}
    void sample() override {{ level = 7; }}
    int level = 5;
}};
int main() {{ auto p = std::make_unique<Tank>(); p->start(); return 0; }}
"""


@pytest.mark.parametrize("end", ["return 0;", "if (argc > 1) return 1;", "if (argc) { return 2; }"])
def test_objects_end_by_a_return_too(end: str) -> None:
    gone = _TICKER.format(members="std::jthread runner; Count count;")
    left = gone.replace("main()", "main(int argc, char **)").replace("return 0;", end)
    finds(left, "t.count.n", "live=during modeA=write-constant")
    there = _TICKER.format(members="Count count; std::jthread runner;")
    kept = there.replace("main()", "main(int argc, char **)").replace("return 0;", end)
    silent(kept, "t.count.n", "live=during")


def test_what_is_returned_does_not_end() -> None:
    source = """int ended; struct Mark {{ int n = 0; ~Mark() {{ ended++; }} }};
        Mark make() {{ Mark m; m.n = 2; return {what}; }}
        void work() {{ make(); }}""" + _TWO.replace("{", "{{").replace("}", "}}")
    finds(source.format(what="Mark()"), "ended", "party=thread/thread")
    silent(source.format(what="m"), "ended")


def test_a_base_ends_after_the_class_that_is_derived_from_it() -> None:
    finds(_POLLER.format(end="level = -1;"), "p->level", "party=main/thread live=during")
    silent(_POLLER.format(end="halt(); level = -1;"), "p->level", "live=during")


_TRACKED = """struct Tracked {{
    static inline std::mutex mu; static inline std::map<int, int> live;
    Tracked() {{ std::lock_guard<std::mutex> g(mu); live.erase(0); }}
    ~Tracked() {{ {lock} live.erase(1); }}
}};
struct Buffer : Tracked {{ int n = 0; }};
void work() {{ {body} }}
"""


@pytest.mark.parametrize(
    "body",
    [
        "Buffer b;",
        "auto b = std::make_unique<Buffer>();",
        "Buffer *b = new Buffer(); delete b;",
        "std::vector<std::unique_ptr<Buffer>> all; all.push_back(std::make_unique<Buffer>());",
        "std::vector<Buffer> all(3);",
        "std::unique_ptr<Buffer> b(new Buffer); b.reset();",
    ],
)
def test_a_destructor_runs_wherever_its_object_ends(body: str) -> None:
    bare = _TRACKED.format(lock="", body=body) + _TWO
    finds(bare, "Tracked::live", "party=thread/thread modeA=update modeB=update locksB=0")
    lock = "std::lock_guard<std::mutex> g(mu);"
    silent(_TRACKED.format(lock=lock, body=body) + _TWO, "Tracked::live", "locksB=0")


@pytest.mark.parametrize(
    "body",
    [
        "auto b = std::make_unique<Buffer>(); keep(std::move(b));",
        "Buffer *b = new Buffer(); keep(b);",
    ],
)
def test_what_is_given_on_ends_elsewhere(body: str) -> None:
    silent(_TRACKED.format(lock="", body=body) + _TWO, "Tracked::live", "locksB=0")


_POOL = """struct Pool {{
    void back(int c) {{ {lock} idle.push_back(c); }}
    std::vector<int> idle; std::mutex m;
}};
class Handle {{
    Pool {how}pool; int c;
public:
    Handle(Pool {how}p, int n) : pool(p), c(n) {{}}
    ~Handle() {{ pool{dot}back(c); }}
}};
Handle make(Pool {how}p) {{ return Handle(p, 2); }}
void use(Pool &p) {{ {body} }}
int main() {{ Pool p; std::thread a(use, std::ref(p)); std::thread b(use, std::ref(p));
    a.join(); b.join(); return 0; }}
"""


@pytest.mark.parametrize("how", ["&", "*"])
@pytest.mark.parametrize("body", ["Handle h(@p, 1);", "auto h = make(@p);", "Handle h{@p, 1};"])
def test_a_handle_gives_back_to_what_it_refers_to(how: str, body: str) -> None:
    dot, given = ("->", "&") if how == "*" else (".", "")
    body = body.replace("@", given)
    bare = _POOL.format(lock="", how=how, dot=dot, body=body)
    finds(bare, "p.idle", "party=thread/thread live=overlap locksA=0 locksB=0")
    lock = "std::lock_guard<std::mutex> g(m);"
    locked = _POOL.format(lock=lock, how=how, dot=dot, body=body)
    finds(locked, "p.idle", "party=thread/thread common=mutex")
    silent(locked, "p.idle", "locksA=0")


_TICKETS = """struct Ticket {{ static int next; int id; explicit Ticket(int r) : id({made}) {{}} }};
int Ticket::next = 1;
void work() {{ {body} }}
"""


@pytest.mark.parametrize(
    "body",
    ["Ticket t(1);", "std::vector<Ticket> v; v.emplace_back(1);", "auto t = new Ticket(1);"],
)
def test_a_constructor_counts_where_it_lists_its_members(body: str) -> None:
    counted = _TICKETS.format(made="next++", body=body) + _TWO
    finds(counted, "Ticket::next", "party=thread/thread modeA=update")
    silent(_TICKETS.format(made="r", body=body) + _TWO, "Ticket::next")


_REFERENCE = """struct Texture {{ int uses = 0; }};
class Ref {{
    Texture *t;
public:
    explicit Ref(Texture *p) : t(p) {{}}
    Ref(const Ref &o) : t(o.t) {{ t->uses++; }}
}};
int draw(Ref {how}r) {{ return 1; }}
int main() {{ Texture tex; Ref root(&tex);
    std::thread a([&] {{ draw(root); }}); std::thread b([&] {{ draw(root); }});
    a.join(); b.join(); return 0; }}
"""


def test_an_object_that_is_given_by_value_is_copied_by_its_class() -> None:
    finds(_REFERENCE.format(how=""), "tex.uses", "party=thread/thread modeA=update modeB=update")
    silent(_REFERENCE.format(how="&"), "tex.uses")


def test_what_a_member_refers_to_is_known_to_who_finds_the_object() -> None:
    source = """struct Echo {{
    std::vector<int>& out; std::thread inner;
    Echo(std::vector<int>& o, std::vector<int>& other) : out({0})
    {{ inner = std::thread([this] {{ out[0] = 1; }}); }}
    ~Echo() {{ inner.join(); }}
}};
int main() {{
    auto wet = std::make_shared<std::vector<int>>(9);
    std::vector<int> dry(9);
    Echo e(*wet, dry);
    return (*wet)[3];
}}
"""
    finds(source.format("o"), "wet[][]", "party=thread/main live=during")
    silent(source.format("o"), "wet[][]", "freshB=yes")
    silent(source.format("other"), "wet[][]")


def test_an_object_that_another_points_back_to_is_known_with_it() -> None:
    source = """struct Node {{ int n = 0; std::shared_ptr<Node> next; }};
int main() {{
    auto a = std::make_shared<Node>(), b = std::make_shared<Node>();
    {0}
    std::thread t([b] {{ b->next->n++; }});
    a->n = 4;
    t.join();
}}
"""
    finds(source.format("b->next = a;"), "a->n", "party=thread/main live=during")
    silent(source.format("b->next = a;"), "a->n", "freshB=yes")
    alone = source.replace("[b] {{ b->next->n++; }}", "[] {{}}")
    silent(alone.format("b->next = a;"), "a->n")
