"""Threads of libraries whose creation returns the handle: SDL, GLib, Windows."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """#include "library.h"
static int total; static %(handle)s other;
static int run(void *arg) { total += 5; return 0; }
%(outside)s
int main(void)
{ %(made)s = %(create)s; total = 4; %(join)s; total++; return total; }
"""
WAYS = [
    ("SDL_Thread *", 'SDL_CreateThread(run, "run", 0)', "SDL_WaitThread(%s, 0)"),
    ("GThread *", 'g_thread_new("run", run, 0)', "g_thread_join(%s)"),
    ("HANDLE", "CreateThread(0, 0, run, 0, 0, 0)", "WaitForSingleObject(%s, INFINITE)"),
]


def text(way: tuple[str, str, str], joined: str, *, local: bool) -> str:
    handle, create, join = way
    return SOURCE % {
        "handle": handle,
        "create": create,
        "join": join % joined if joined else "",
        "outside": "" if local else f"static {handle} th;",
        "made": f"{handle} th" if local else "th",
    }


@pytest.mark.parametrize("local", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_a_returned_handle_is_joined(way: tuple[str, str, str], local: bool) -> None:
    check_pairs(
        text(way, "th", local=local), "total", "modeB=write-constant live=during", "live=after"
    )


@pytest.mark.parametrize("joined", ["other", ""])
@pytest.mark.parametrize("way", WAYS)
def test_a_thread_that_nobody_waits_for_runs_on(way: tuple[str, str, str], joined: str) -> None:
    check_pairs(text(way, joined, local=False), "total", "live=during")
    check_silent(text(way, joined, local=False), "total", "live=after")
