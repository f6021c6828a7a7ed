"""A class in a header, its methods beside it: reviewed from git, from the index and from disk."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reviewbot import commands
from reviewbot.cli import main
from reviewbot.records import Prediction, Slice
from tests.repositories import TemporaryRepository, isolated_environment
from tests.toy_model import ToyPredictor

HEADER = """#pragma once
#include <mutex>
#include "tally.h"
class Pool {
 public:
  void add(int n);
  int peek();
 private:
  std::mutex guard;
  tally total{0};
};
"""
PLAIN, ATOMIC = "using tally = int;\n", "#include <atomic>\nusing tally = std::atomic<int>;\n"
SOURCE = """#include "pool/pool.h"
void Pool::add(int n) {
  std::lock_guard<std::mutex> held(guard);
  total += n;
}
"""
LOCKED = SOURCE + (
    "int Pool::peek() {\n  std::lock_guard<std::mutex> held(guard);\n  return total;\n}\n"
)
BARE = SOURCE + "int Pool::peek() {\n  return total;\n}\n"
BASE = {"include/pool/pool.h": HEADER, "include/pool/tally.h": PLAIN, "src/pool.cpp": LOCKED}

Findings = list[dict[str, Any]]


class Bare(ToyPredictor):
    """Takes a pair for a race where one side is plain and lacks the other's lock."""

    def predict(self, slices: Sequence[Slice]) -> tuple[Prediction, ...]:
        return tuple(
            replace(self._one(part, pair), probability=self._of(dict(pair.relations)))
            for part in slices
            for pair in part.pairs
        )

    def _of(self, facts: dict[str, str]) -> float:
        plain = "-" in (facts["atomicA"], facts["atomicB"])
        return 0.9 if plain and facts["common"] in ("none", "one-sided") else 0.1


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TemporaryRepository:
    for name in [name for name in os.environ if name.startswith(("GIT_", "REVIEWBOT_"))]:
        monkeypatch.delenv(name)
    for name, value in isolated_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(commands, "_load_predictor", lambda _: Bare())
    repository = TemporaryRepository(tmp_path / "work")
    repository.commit(dict(BASE))
    repository.branch("topic")
    monkeypatch.chdir(repository.path)
    return repository


@pytest.fixture
def told(capfd: pytest.CaptureFixture[str]) -> Callable[..., Findings]:
    """Runs a command and returns the findings that people are told."""

    def call(*argv: str) -> Findings:
        capfd.readouterr()
        assert main([*argv, "--format", "json", "--strict-errors"]) == 0
        found = json.loads(capfd.readouterr().out)["findings"]
        return [f for f in found if f["decision"]["action"] in ("comment", "block", "escalate")]

    return call


class TestReview:
    def test_a_bare_read_is_introduced(
        self, made: TemporaryRepository, told: Callable[..., Findings]
    ) -> None:
        made.commit({"src/pool.cpp": BARE})
        [finding] = told("review", "--base", "main")
        assert (finding["object"], finding["status"]) == ("this->total", "introduced")
        assert {(a["path"], a["line"]) for a in finding["accesses"]} == {
            ("src/pool.cpp", 4),
            ("src/pool.cpp", 7),
        }

    def test_under_the_lock_nothing_is_told(
        self, made: TemporaryRepository, told: Callable[..., Findings]
    ) -> None:
        made.commit({"src/pool.cpp": LOCKED + "// a remark\n"})
        assert told("review", "--base", "main") == []

    def test_each_side_is_read_with_its_own_headers(
        self, made: TemporaryRepository, told: Callable[..., Findings]
    ) -> None:
        made.commit({"include/pool/tally.h": ATOMIC, "src/pool.cpp": BARE})
        assert told("review", "--base", "main") == []
        made.switch("main")
        made.commit({"include/pool/tally.h": ATOMIC, "src/pool.cpp": BARE})
        made.branch("back")
        made.commit({"include/pool/tally.h": PLAIN, "src/pool.cpp": BARE + "// plain\n"})
        [finding] = told("review", "--base", "main")
        assert finding["status"] == "introduced"  # at the base the same line was atomic

    def test_headers_come_from_the_commit_and_not_from_disk(
        self, made: TemporaryRepository, told: Callable[..., Findings]
    ) -> None:
        made.commit({"src/pool.cpp": BARE})
        made.write("include/pool/tally.h", ATOMIC)
        assert len(told("review", "--base", "main")) == 1


class TestStaged:
    def test_headers_come_from_the_index(
        self, made: TemporaryRepository, told: Callable[..., Findings]
    ) -> None:
        made.write("src/pool.cpp", BARE)
        made.stage()
        made.write("include/pool/tally.h", ATOMIC)
        assert len(told("review", "--staged")) == 1
        made.stage()
        assert told("review", "--staged") == []


class TestScan:
    def test_headers_come_from_disk(
        self, made: TemporaryRepository, told: Callable[..., Findings]
    ) -> None:
        made.write("src/pool.cpp", BARE)
        assert len(told("scan", "src")) == 1
        made.write("include/pool/tally.h", ATOMIC)
        assert told("scan", "src") == []

    def test_from_within_a_folder(
        self,
        made: TemporaryRepository,
        told: Callable[..., Findings],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        made.write("src/pool.cpp", BARE)
        monkeypatch.chdir(made.path / "src")
        [finding] = told("scan", "pool.cpp")
        assert finding["path"] == "src/pool.cpp"
