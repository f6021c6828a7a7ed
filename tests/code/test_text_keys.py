"""Keys of maps that are written as text: each text is a number of its own."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """#include <map>
#include <string>
#include <thread>
struct Visits {{ int seen = 0; }};
static void count(Visits &v) {{ v.seen++; }}
int main() {{
  std::map<std::string, Visits> pages{{{{"/", {{}}}}, {{"/jobs", {{}}}}}};
  std::map<std::string, int> hits;
  Visits &start = pages.at("/");
  Visits &jobs = pages.at("/jobs");
  std::thread t([&] {{ count(jobs); hits["/jobs"]++; }});
  {code}
  t.join();
}}
"""


@pytest.mark.parametrize(
    ("alike", "other"),
    [
        ("jobs.seen = 1;", "start.seen = 1;"),
        ("jobs = Visits{1};", "start = Visits{1};"),
        ('pages["/jobs"].seen = 1;', 'pages["/"].seen = 1;'),
        ('pages.at("/jobs").seen = 1;', 'pages.at("/").seen = 1;'),
        ('pages.find("/jobs")->second.seen = 1;', 'pages.find("/")->second.seen = 1;'),
    ],
)
def test_one_text_is_one_element(alike: str, other: str) -> None:
    same, live = "index=constants-equal live=during modeA=update", "live=during modeA=update"
    check_pairs(SOURCE.format(code=alike), "pages[].seen", same, path="a.cpp")
    check_silent(SOURCE.format(code=other), "pages[].seen", same, path="a.cpp")
    check_silent(SOURCE.format(code=other), "pages[].seen", live + " index=equal", path="a.cpp")


def test_numbers_in_a_map_by_text() -> None:
    same = "index=constants-equal live=during"
    check_pairs(SOURCE.format(code='hits["/jobs"] = 0;'), "hits[]", same, path="a.cpp")
    check_silent(SOURCE.format(code='hits["/"] = 0;'), "hits[]", same, path="a.cpp")
