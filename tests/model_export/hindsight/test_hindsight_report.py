"""The tables of the traces, and the parts that are told again."""

import argparse
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from model_export.execute.corpus import read_rows
from model_export.hindsight import command
from model_export.hindsight.report import markdown, programs_told, shares, write_report
from model_export.hindsight.store import forget, write_traces
from model_export.hindsight.validate import Rejection


def trace(program: str, reason: str = "", **more: Any) -> dict[str, Any]:
    about = {"id": f"{program}-0", "program": program, "family": "toy", "label": "racy"}
    about |= {"reason": reason, "valid": not reason, "link": "unordered", "construct": "task"}
    return about | {"counterfactual": "x", "counterfactual_from": "corpus"} | more


ROWS = [
    trace("a"),
    trace("a", Rejection.SAME.value, id="a-1"),
    trace("b", Rejection.NOT_TRIED.value, link="", counterfactual_from=""),
    trace("c", family="omp_composed_7", label="clean", counterfactual_from="run"),
]


def test_shares_count_valid_traces_by_value() -> None:
    assert shares(ROWS, lambda row: row["link"]) == [("unordered", 3, 2), ("none", 1, 0)]
    assert programs_told(ROWS) == (3, 2)


def test_the_report_has_a_table_for_each_question(tmp_path: Path) -> None:
    text = markdown(ROWS)
    assert "2 of 4 traces are valid (50.0%)" in text
    assert "2 of 3 programs have a valid trace" in text
    assert "| composed | 1 | 1 | 100.0% |" in text
    assert "| corpus | 2 | 1 | 50.0% |" in text and "| run | 1 | 1 | 100.0% |" in text
    write_report(tmp_path, ROWS)
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["reasons"]["valid"] == 2 and content["programs_valid"] == 2
    assert content["construct"] == {"task": [4, 2]}
    assert (tmp_path / "report.md").read_text() == text + "\n"


def whole(row: dict[str, Any]) -> dict[str, Any]:
    names = ("domain", "language", "object", "trace", "prose", "counterfactual_outcome", "hash")
    return dict.fromkeys(names, "") | row


def test_only_programs_without_a_proof_are_told_again(tmp_path: Path) -> None:
    write_traces(tmp_path, [whole(row) for row in ROWS[:3]])
    write_traces(tmp_path, [whole(trace("d", Rejection.NO_PAIR.value))])
    write_traces(tmp_path, [whole(trace("e", Rejection.NOT_TRIED.value))])
    again = command._unproven(tmp_path)
    assert again == {"b", "e"}  # a has a proof, and nothing mends d
    forget(tmp_path, again)
    assert sorted(str(row["id"]) for row in read_rows(tmp_path, ("id",))) == ["a-0", "a-1", "d-0"]
    forget(tmp_path, again)
    assert len(list(read_rows(tmp_path, ("id",)))) == 3


@pytest.mark.parametrize("budget", [0, 10, 64, 100, 1000])
def test_the_budget_is_spread_and_wholly_given(budget: int) -> None:
    edges = list(range(0, 1601, 160))
    given = [command._share(budget, a, b, 1600) for a, b in pairwise(edges)]
    assert sum(n or 0 for n in given) == budget
    assert all(n is not None and n >= 0 for n in given)
    if budget == 64:
        assert sorted(n for n in given if n) == [32, 32]  # a binary's worth each
    assert command._share(None, 0, 160, 1600) is None


def row(number: int, family: str, **more: str) -> dict[str, Any]:
    about = {"id": str(number), "family": family, "language": "c", "source": "", "label": "racy"}
    return about | {"choices": json.dumps({"n": str(number)}), "effects": "{}", "parent": ""} | more


def test_tasks_keep_families_together_and_bring_their_neighbours() -> None:
    rows = [row(1, "a"), row(2, "b"), row(3, "a", label="clean"), row(4, "a", source="omp")]
    args = argparse.Namespace(budget=0, no_counterfactual=False)
    first, second = sorted(command._tasks(args, rows, rows), key=lambda task: -len(task.rows))
    assert [r["id"] for r in first.rows] == ["1", "3", "2"]
    assert first.near == {"1": ["3"], "3": ["1", "4"], "2": []}
    assert set(first.known) == {"1", "3", "4"} and first.runs == 0
    assert [r["id"] for r in second.rows] == ["4"] and second.near == {"4": ["3"]}
