"""Methods that change what they are given: `batch.swap(pending)` leaves other things in both."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

_QUEUE = """
#include <list>
#include <memory>
#include <mutex>
#include <vector>
using FramePtr = std::shared_ptr<const Frame>;
class Queue {
    std::mutex lock_;
    %s pending_;
public:
    void put(const %s &given) { std::lock_guard<std::mutex> g(lock_); pending_ = given; }
    void take() { %s%s }
};
"""
_TYPES = {
    "std::vector<int>": "std::vector<int> all; all.swap(pending_);",
    "FramePtr": "FramePtr all; all.swap(pending_);",
    "std::list<int>": "std::list<int> all; all.splice(all.end(), pending_);",
    "std::map<int, int>": "std::map<int, int> all; all.merge(pending_);",
}
_READS = {
    "std::vector<int>": "std::vector<int> all; all.assign(pending_.begin(), pending_.end());",
    "FramePtr": "FramePtr all(pending_);",
    "std::list<int>": "std::list<int> all; all.insert(all.end(), pending_);",
    "std::map<int, int>": "std::map<int, int> all; all = pending_;",
}


@pytest.mark.parametrize("kind", _TYPES)
def test_a_method_takes_what_it_is_given(kind: str) -> None:
    bare = _QUEUE % (kind, kind, "", _TYPES[kind])
    check_pairs(bare, "this->pending_", "modeB=update common=one-sided", path="a.cpp")
    guard = "std::lock_guard<std::mutex> g(lock_); "
    locked = _QUEUE % (kind, kind, guard, _TYPES[kind])
    check_silent(locked, "this->pending_", "common=one-sided", path="a.cpp")


@pytest.mark.parametrize("kind", _READS)
def test_what_a_method_copies_stays_as_it_is(kind: str) -> None:
    bare = _QUEUE % (kind, kind, "", _READS[kind])
    check_silent(bare, "this->pending_", "modeB=update", path="a.cpp")
