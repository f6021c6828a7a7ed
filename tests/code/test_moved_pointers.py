"""A pointer that is moved to a thread is its own; one that is kept as well is not."""

from __future__ import annotations

import pytest

from reviewbot.code.assigned import assignments
from tests.code.checks import check_pairs, check_silent

LOOP = """#include <functional>
#include <memory>
#include <thread>
#include <vector>
struct Job {{ int id; int out; }};
void work(std::unique_ptr<Job> j) {{ j->out += 1; }}
void take(std::unique_ptr<Job>&& j) {{ j->out += 1; }}
void look(std::unique_ptr<Job>& j) {{ j->out += 1; }}
int main() {{
  std::vector<std::thread> ts;
  std::vector<Job*> all;
  {before}
  for (int i = 0; i < 5; i++) {{
    {made}
    {thread}
  }}
  {after}
  for (auto& t : ts) t.join();
}}
"""
MADE = "auto job = std::make_unique<Job>();"
SUM = "long s = 0; for (Job* j : all) s += j->out;"


def of_loop(thread: str, made: str = MADE, before: str = "", after: str = "") -> str:
    return LOOP.format(before=before, made=made, thread=thread, after=after)


@pytest.mark.parametrize(
    "thread",
    [
        "ts.emplace_back([job = std::move(job)] { job->out += 1; });",
        "ts.emplace_back([own = std::move(job)]() mutable { own->out += 1; });",
        "ts.push_back(std::thread(work, std::move(job)));",
        "ts.emplace_back(work, std::move(job));",
        "ts.emplace_back([](std::unique_ptr<Job> j) { j->out += 1; }, std::move(job));",
        "std::shared_ptr<Job> s = std::move(job); ts.emplace_back([s] { s->out += 1; });",
        "auto next = std::move(job); ts.emplace_back(work, std::move(next));",
        "ts.emplace_back([](Job* j) { j->out += 1; delete j; }, job.release());",
    ],
)
def test_what_is_moved_to_a_thread_each_turn_is_its_own(thread: str) -> None:
    own = "party=thread/thread indexA=targ indexB=targ"
    check_pairs(of_loop(thread), "job[].out", own, path="a.cpp")
    for name in ("job.out", "job->out", "job[].out"):
        text = of_loop(thread)
        check_silent(text, name, "party=thread/thread index=constants-equal", path="a.cpp")


@pytest.mark.parametrize(
    "made",
    [
        "std::unique_ptr<Job> job; job = std::make_unique<Job>();",
        "std::unique_ptr<Job> job; job.reset(new Job);",
        "std::unique_ptr<Job> job(new Job);",
    ],
)
def test_however_it_is_made_each_turn(made: str) -> None:
    own = "party=thread/thread indexA=targ indexB=targ"
    text = of_loop("ts.emplace_back(work, std::move(job));", made=made)
    check_pairs(text, "job[].out", own, path="a.cpp")


def test_what_a_function_makes_for_each_turn_is_of_that_turn() -> None:
    make = "std::unique_ptr<Job> make() { auto j = std::make_unique<Job>(); j->out = 1; return j; }"
    text = of_loop("ts.emplace_back(work, std::move(job));", made="auto job = make();")
    text = text.replace("int main()", f"{make}\nint main()")
    check_pairs(text, "j[].out", "party=thread/thread indexA=targ indexB=targ", path="a.cpp")
    once = of_loop("ts.emplace_back(work, std::shared_ptr<Job>(job));", made="").replace(
        "int main() {", f"{make}\nint main() {{ std::shared_ptr<Job> job = make();"
    )
    check_silent(once, "j[].out", "indexA=targ", path="a.cpp")


OWNER = """#include <memory>
#include <thread>
struct Job {{ int out; }};
std::unique_ptr<Job> owner = std::make_unique<Job>();
int main() {{
  std::thread t([] {{ {first} }});
  {second}
  t.join();
}}
"""


@pytest.mark.parametrize("change", ["owner.reset();", "owner.reset(new Job);", "owner.release();"])
def test_to_let_go_of_what_is_owned_changes_the_owner(change: str) -> None:
    for use in ("Job* j = owner.get();", "owner->out;", "if (owner) {}"):
        text = OWNER.format(first=change, second=use)
        check_pairs(text, "owner", "modeA=update modeB=read", path="a.cpp")
    text = OWNER.format(first="Job* j = owner.get();", second="Job* k = owner.get();")
    check_silent(text, "owner", path="a.cpp")


def test_what_is_moved_from_is_not_read_by_who_gets_it() -> None:
    check_silent(of_loop("ts.emplace_back(take, std::move(job));"), "job->out", path="a.cpp")


@pytest.mark.parametrize(
    "thread",
    [
        "auto mine = job; ts.emplace_back([mine = std::move(mine)] { mine->out += 1; });",
        "auto mine = job; ts.emplace_back(work, std::move(mine));",
        "std::shared_ptr<Job> mine = job; ts.emplace_back(work, std::move(mine));",
    ],
)
def test_a_copy_that_is_moved_leads_to_what_all_share(thread: str) -> None:
    text = of_loop(thread, made="", before="auto job = std::make_shared<Job>();")
    check_pairs(text, "job->out", "party=thread/thread index=constants-equal", path="a.cpp")


def test_an_owner_that_is_given_by_reference_stays() -> None:
    text = of_loop("ts.emplace_back(look, std::ref(job)); job->out = 2;")
    check_pairs(text, "job->out", "party=thread/main", path="a.cpp")


def test_a_pointer_that_is_kept_before_the_move_leads_there_still() -> None:
    thread = "ts.emplace_back([job = std::move(job)] { job->out += 1; });"
    kept = of_loop(f"all.push_back(job.get()); {thread}", after=SUM)
    check_pairs(kept, "job[].out", "party=thread/main modeB=read", path="a.cpp")
    check_silent(of_loop(thread, after=SUM), "job[].out", "modeB=read", path="a.cpp")


@pytest.mark.parametrize(
    "read",
    [
        SUM,
        "long s = 0; for (auto j : all) s += j->out;",
        "long s = 0; for (auto& j : all) s += j->out;",
        "long s = 0; for (int i = 0; i < 5; i++) s += all[i]->out;",
    ],
)
def test_an_element_that_is_a_pointer_leads_to_its_object(read: str) -> None:
    thread = "all.push_back(job); ts.emplace_back([job] { job->out += 1; });"
    text = of_loop(thread, made="Job* job = new Job;", after=read)
    check_pairs(text, "job[].out", "party=thread/main modeB=read", path="a.cpp")
    joined = text.replace(read, "").replace("t.join();", f"t.join(); {read}")
    check_silent(joined, "job[].out", "modeB=read live=during", path="a.cpp")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("auto f = [j = std::move(j)] {};", 0),
        ("v.emplace_back([&, k = 2, j = std::move(j)] {});", 0),
        ("int a = 1, j = 2;", 1),
        ("int q[4], j = 2;", 1),
        ("f([a](int j = 4) {});", 1),
        ("b[j = 2] = 1;", 1),
    ],
)
def test_a_capture_with_an_initialiser_is_another_variable(text: str, count: int) -> None:
    assert len(assignments(text).get("j", [])) == count


GIVEN = """
#include <mutex>
#include <queue>
#include <thread>
struct Note {{ int text; }};
std::queue<Note *> notes;
std::mutex m;
void write() {{
  for (int i = 0; i < 9; i++) {{
    Note *note = new Note;
    {}
    {{
      std::lock_guard<std::mutex> hold(m);
      notes.push(note);
    }}
    {}
  }}
}}
long read() {{
  Note *got = nullptr;
  {{
    std::lock_guard<std::mutex> hold(m);
    if (notes.empty())
      return 0;
    got = notes.front();
    notes.pop();
  }}
  return got->text;
}}
int main() {{
  std::thread writer(write);
  read();
  writer.join();
}}
"""


def test_who_writes_to_what_it_has_put_into_a_queue_meets_who_took_it_out() -> None:
    early, late = GIVEN.format("note->text = i;", ""), GIVEN.format("", "note->text = i;")
    check_pairs(late, "note->text", "party=thread/main givenA=yes base=type", path="a.cpp")
    check_pairs(early, "note->text", "freshA=yes handed=lock", path="a.cpp")
    check_silent(early, "note->text", "givenA=yes", path="a.cpp")
