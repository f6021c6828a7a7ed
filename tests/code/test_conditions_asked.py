"""What a wait's condition tells of other threads, and what a pool's threads do after a job."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

_HEAD = "".join(
    f"#include <{name}>\n"
    for name in ("condition_variable", "deque", "functional", "mutex", "thread", "vector")
)


def finds(source: str, name: str, *wanted: str) -> None:
    check_pairs(_HEAD + source, name, *wanted, path="a.cpp")


def silent(source: str, name: str, tokens: str = "") -> None:
    check_silent(_HEAD + source, name, tokens, path="a.cpp")


_POOL = """class Pool {{
    std::mutex m; std::condition_variable more, calm;
    std::deque<std::function<void()>> jobs; int busy = 0; bool over = false;
    std::vector<std::thread> hands;
    void loop() {{
        std::unique_lock<std::mutex> lk(m);
        for (;;) {{
            more.wait(lk, [this] {{ return over || !jobs.empty(); }});
            if (jobs.empty()) return;
            auto job = std::move(jobs.front());
            jobs.pop_front(); ++busy;
            lk.unlock(); job(); lk.lock();
            --busy;
            if (jobs.empty()) calm.notify_all();
        }}
    }}
public:
    explicit Pool(int n) {{ while (n--) hands.emplace_back(&Pool::loop, this); }}
    void enqueue(std::function<void()> f) {{
        {{ {lock} jobs.push_back(std::move(f)); }} more.notify_one();
    }}
    void idle() {{
        std::unique_lock<std::mutex> lk(m); calm.wait(lk, [this] {{ return {asked}; }});
    }}
}};
int main() {{
    int sum = 0; Pool pool(3);
    pool.enqueue([&] {{ sum = 4; }});
    pool.idle();
    return sum;
}}
"""
_LOCK = "std::lock_guard<std::mutex> hold(m);"


def test_a_pool_is_idle_once_its_threads_say_so_after_their_jobs() -> None:
    idle = _POOL.format(lock=_LOCK, asked="jobs.empty() && busy == 0")
    finds(idle, "sum", "party=thread/main modeB=read ordering=wait")
    taken = _POOL.format(lock=_LOCK, asked="jobs.empty()")
    finds(taken, "sum", "party=thread/main modeB=read ordering=waits-unmatched")
    silent(taken, "sum", "ordering=wait")


def test_what_a_pool_does_as_it_is_given_a_job_is_read() -> None:
    bare = _POOL.format(lock="", asked="busy == 0")
    finds(bare, "pool.jobs", "party=thread/main modeB=update locksB=0")
    silent(_POOL.format(lock=_LOCK, asked="busy == 0"), "pool.jobs", "party=thread/main locksB=0")


_BOARD = """std::mutex m; std::condition_variable c; int inside, reads; bool writing; long board;
void look() {{
    {{ std::unique_lock<std::mutex> g(m); c.wait(g, [] {{ return !writing; }}); inside++; }}
    long seen = board;
    {{ std::unique_lock<std::mutex> g(m); inside--; c.notify_all(); }}
}}
void pin() {{
    {{ std::unique_lock<std::mutex> g(m); c.wait(g, [] {{ return {asked}; }}); writing = true; }}
    board = 7;
    {{ std::unique_lock<std::mutex> g(m); writing = false; c.notify_all(); }}
}}
int main() {{ std::thread a(look), b(pin); a.join(); b.join(); }}
"""


def test_a_condition_tells_of_what_is_changed_after_an_access() -> None:
    finds(_BOARD.format(asked="!writing && inside == 0"), "board", "mutual=yes")
    silent(_BOARD.format(asked="!writing"), "board", "mutual=yes")


_VOTES = """#include <pthread.h>
pthread_mutex_t m; pthread_cond_t c; int begun, over; int result; int *where = &over;
void *work(void *p) {{
    pthread_mutex_lock(&m); begun = 1; pthread_mutex_unlock(&m);
    result = 5;
    pthread_mutex_lock(&m); {say} pthread_cond_signal(&c); pthread_mutex_unlock(&m);
    return p;
}}
int main(void) {{
    pthread_t t; pthread_create(&t, 0, work, 0);
    pthread_mutex_lock(&m); while (!{asked}) pthread_cond_wait(&c, &m); pthread_mutex_unlock(&m);
    return result;
}}
"""


def test_a_loop_around_a_wait_asks_its_condition() -> None:
    check_pairs(_VOTES.format(say="over = 1;", asked="over"), "result", "ordering=cond")
    check_silent(_VOTES.format(say="over = 1;", asked="begun"), "result", "ordering=cond")
    check_pairs(_VOTES.format(say="*where = 1;", asked="over"), "result", "ordering=cond")
