"""Functions whose whole body is tried: `void f() try { … } catch (…) { … }`."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """#include <mutex>
static std::mutex m; static int count;
bool add(int n) try { LOCK count += n; return true; } catch (...) { return false; }
struct Box { Box(); int read() const; };
int Box::read() const try { std::scoped_lock lock(m); return count; } catch (int n) { return n; }
"""


@pytest.mark.parametrize(
    ("lock", "common"), [("std::scoped_lock lock(m);", "mutex"), ("", "one-sided")]
)
def test_what_a_function_tries_is_its_body(lock: str, common: str) -> None:
    source = SOURCE.replace("LOCK", lock)
    check_pairs(source, "count", f"modeA=update modeB=read common={common}", path="a.cpp")


def test_what_is_declared_alone_has_none() -> None:
    declared = (
        SOURCE.split("bool add", maxsplit=1)[0]
        + "bool add(int n); struct Box { Box() = default; };"
    )
    check_silent(declared, "count", path="a.cpp")
    check_silent(
        SOURCE.replace("LOCK", "std::scoped_lock lock(m);"), "count", "locksA=0", path="a.cpp"
    )
