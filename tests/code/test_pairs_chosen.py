"""Which pairs of an object are handed over where there are more than the model reads."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

_METHOD = "void step{0}() {{ std::lock_guard<std::mutex> hold(guard_); {1} }}"
_WAYS = ("++total_;", "total_ = 0;", "if (total_ > 4) ++total_;", "while (total_ < 9) ++total_;")


def _table(last: str) -> str:
    """A class with many ways to use a member under its lock, and one more at its end."""
    methods = [_METHOD.format(number, way) for number, way in enumerate(_WAYS)]
    methods += [
        f"void setup{number}() {{ std::lock_guard<std::mutex> hold(guard_); {way} }}"
        for number, way in enumerate(_WAYS)
    ]
    return (
        "#include <mutex>\nclass Table {\npublic:\n" + "\n".join(methods) + f"\n{last}\n"
        "private:\n  std::mutex guard_;\n  int total_ = 0;\n};\n"
    )


def test_what_no_lock_keeps_apart_is_handed_over_first() -> None:
    bare = _table("int total() const { return total_; }")
    locked = _table("int total() { std::lock_guard<std::mutex> hold(guard_); return total_; }")
    check_pairs(bare, "this->total_", "modeB=read locksB=0 common=one-sided", path="a.cpp")
    check_silent(locked, "this->total_", "locksB=0", path="a.cpp")
    check_pairs(locked, "this->total_", "common=mutex", path="a.cpp")
