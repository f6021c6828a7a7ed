"""Which headers of the project a file sees: where they are looked for, and how many are read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from reviewbot.code import includes
from reviewbot.code.includes import project_headers


class Project:
    """Files by path; the content of each is its own path, after what it includes."""

    def __init__(self, **files: Sequence[str]) -> None:
        self.asked: list[str] = []
        self.calls = 0
        self.files = files

    def __call__(self, paths: Sequence[str]) -> dict[str, bytes | None]:
        self.asked += paths
        self.calls += 1
        return {p: text(p, *self.files[p]) if p in self.files else None for p in paths}


def text(path: str, *included: str) -> bytes:
    """A header that says something, after its includes: `x.h` in quotes, `<x.h>` as it is."""
    lines = [f"#include {n}" if n[0] == "<" else f'#include "{n}"' for n in included]
    return "\n".join([*lines, f"// {path}", "struct s;", "extern int e;"]).encode()


def seen(project: Project, *included: str, path: str = "src/net/a.cpp") -> list[str]:
    """Paths of the headers that a file with these includes sees, in order."""
    found = project_headers(path, text(path, *included), project)
    return [part.decode().split("// ")[1].split("\n")[0] for part in found]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("src/net/pool.h", "pool.h"),
        ("src/pool.h", "pool.h"),
        ("src/pool.h", "../pool.h"),
        ("include/pool.h", "pool.h"),
        ("include/pool.h", "../../include/pool.h"),
        ("src/include/pool.h", "pool.h"),
        ("include/net/pool.h", "net/pool.h"),
        ("include/net/pool.h", "<net/pool.h>"),
        ("net/pool.h", "net/pool.h"),
        ("src/net/pool.hpp", "net/pool.hpp"),
    ],
)
def test_where_builds_look(place: str, name: str) -> None:
    assert seen(Project(**{place: ()}), name) == [place]


def test_the_nearest_of_one_name_is_meant() -> None:
    assert seen(Project(**{"pool.h": (), "src/net/pool.h": ()}), "pool.h") == ["src/net/pool.h"]


def test_included_headers_come_first_and_each_once() -> None:
    project = Project(
        **{"src/a.h": ("b.h", "c.h"), "src/b.h": ("c.h", "a.h"), "src/c.h": ("../src/a.h",)}
    )
    assert seen(project, "a.h", "b.h", path="src/a.cpp") == ["src/c.h", "src/b.h", "src/a.h"]


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd.h",
        "/etc/hosts.h",
        "../../../../src/net/pool.h",
        "<vector>",
        "<stdio.h>",
        "<sys/types.h>",
        "<boost/asio.hpp>",
        "data.txt",
        "x\\y.h",
        ".git/config.h",
    ],
)
def test_nothing_is_asked_for_outside_the_project_or_of_the_system(name: str) -> None:
    project = Project()
    assert seen(project, name) == []
    assert not [path for path in project.asked if path.startswith(("/", "..", ".git/"))]
    assert ".." not in "/".join(project.asked).split("/")


@pytest.mark.parametrize("name", ["<vector>", "<stdio.h>", "<omp.h>", "data.txt"])
def test_a_file_without_headers_of_its_project_costs_no_question(name: str) -> None:
    project = Project()
    assert seen(project, name) == []
    assert project.calls == 0


@pytest.mark.parametrize("path", ["/abs/a.cpp", "../a.cpp", ".."])
def test_a_file_that_lies_outside_sees_none(path: str) -> None:
    project = Project(**{"pool.h": ()})
    assert seen(project, "pool.h", path=path) == []
    assert project.calls == 0


def test_headers_without_a_word_of_use_are_followed_and_dropped() -> None:
    files = {
        "all.h": b'#ifndef ALL_H\n#define ALL_H\n#include "pool.h"\nvoid f(int);\n#endif\n',
        "pool.h": b"// pool.h\nstruct pool { int n; };\n",
    }
    found = project_headers(
        "a.c", b'#include "all.h"\n', lambda paths: {p: files.get(p) for p in paths}
    )
    assert found == (files["pool.h"],)


class TestLimits:
    def test_a_thousand_includes(self) -> None:
        names = [f"h{n}.h" for n in range(1000)]
        project = Project(**{f"src/{name}": () for name in names})
        found = seen(project, *names, path="src/a.cpp")
        assert found == [f"src/h{n}.h" for n in range(includes.MAX_HEADERS)]
        assert len(project.asked) <= includes.MAX_ASKED

    def test_a_chain_without_end(self) -> None:
        project = Project(**{f"h{n}.h": (f"h{n + 1}.h",) for n in range(100)})
        assert len(seen(project, "h0.h", path="a.c")) == includes.MAX_LEVELS
        assert project.calls == includes.MAX_LEVELS

    def test_wide_trees(self) -> None:
        project = Project(
            **{f"h{n}.h": tuple(f"h{n * 40 + k}.h" for k in range(1, 41)) for n in range(2000)}
        )
        assert len(seen(project, "h0.h", path="a.c")) == includes.MAX_HEADERS
        assert len(project.asked) <= includes.MAX_ASKED

    def test_a_huge_header_is_left_out_and_the_others_stay(self) -> None:
        huge = b"// huge.h\nint x[] = {" + b"1," * includes.MAX_HEADER
        files = {"huge.h": huge, "pool.h": text("pool.h")}
        found = project_headers(
            "a.c", text("a.c", "huge.h", "pool.h"), lambda paths: {p: files.get(p) for p in paths}
        )
        assert found == (files["pool.h"],)

    def test_no_more_than_so_many_bytes_in_all(self) -> None:
        body = b"struct s { int a; };\n" * (includes.MAX_HEADER // 25)
        files = {f"h{n}.h": b"// %d\n" % n + body for n in range(6)}
        found = project_headers(
            "a.c", text("a.c", *files), lambda paths: {p: files.get(p) for p in paths}
        )
        assert 2 <= len(found) < len(files)
        assert sum(map(len, found)) <= includes.MAX_TOTAL


class Anywhere(Project):
    """A project that finds a header in whatever folder, as trees do."""

    def __call__(self, paths: Sequence[str]) -> dict[str, bytes | None]:
        found = super().__call__(paths)
        ends = {p: p.removeprefix(includes.ELSEWHERE) for p in paths if p.startswith("*/")}
        return found | {
            p: next((text(f, *self.files[f]) for f in self.files if f.endswith(f"/{end}")), None)
            for p, end in ends.items()
        }


def test_what_lies_in_no_usual_place_is_found_by_its_name() -> None:
    project = Anywhere(**{"lib/deep/list.h": ("node.h",), "lib/deep/node.h": ()})
    assert seen(project, "list.h") == ["lib/deep/node.h", "lib/deep/list.h"]
    assert seen(Anywhere(**{"lib/deep/list.h": ()}), "<list.h>") == []
    assert seen(Anywhere(**{"lib/deep/list.h": ()}), "../list.h") == []


def test_any_folder_is_the_last_place_and_asked_for_alone() -> None:
    near = Anywhere(**{"src/list.h": (), "lib/deep/list.h": ()})
    assert seen(near, "list.h") == ["src/list.h"]
    assert not [path for path in near.asked if path.startswith("*/")]


def test_a_header_that_is_found_in_two_ways_is_read_once() -> None:
    files = {"src/net/b.h": ("list.h",), "lib/deep/list.h": (), "src/c.h": ("deep/list.h",)}
    assert seen(Anywhere(**files), "b.h", "c.h").count("lib/deep/list.h") == 1
