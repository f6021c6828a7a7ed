"""gcc's sanitizer beside clang's: who is drawn, what is counted, and one real pair of programs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow")

from model_export import cli
from model_export.execute import crosscheck
from model_export.execute.corpus import write_part
from model_export.execute.crosscheck import Checked, check, drawn, told

BARE = """#include <pthread.h>
static int n;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void *work(void *a) {
  n++;
  return a;
}
int main(void) {
  pthread_t t[2];
  for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, work, 0);
  for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
  return n < 0;
}
"""
LOCKED = BARE.replace("  n++;", "  pthread_mutex_lock(&m); n++; pthread_mutex_unlock(&m);")
OPENMP = "int main(void) {\n#pragma omp parallel\n  ;\n}\n"


def row(source: str, label: str, **more: Any) -> dict[str, Any]:
    reports = [{"a": {"line": 5}, "b": {"line": 5}}] if label == "racy" else []
    return {
        "id": str(hash(source)),
        "family": "f",
        "language": "c",
        "source": source,
        "label": label,
        "usable": True,
        "reports": json.dumps(reports),
        "mutation": "",
    } | more


def checked(clang: str, gcc: str, **more: Any) -> Checked:
    given: dict[str, Any] = {"id": "p", "family": "f", "language": "c", "same_lines": None}
    return Checked(clang=clang, gcc=gcc, **given | more)


@pytest.mark.clang
@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
class TestWithGcc:
    @pytest.mark.parametrize(
        ("source", "outcome", "same"), [(BARE, "racy", True), (LOCKED, "clean", None)]
    )
    def test_a_race_and_its_locked_twin(
        self, source: str, outcome: str, same: bool | None, tmp_path: Path
    ) -> None:
        found = check(row(source, outcome), tmp_path)
        assert (found.gcc, found.same_lines, found.detail) == (outcome, same, "")
        assert list(tmp_path.iterdir()) == []

    def test_a_race_elsewhere_has_no_lines_in_common(self, tmp_path: Path) -> None:
        reports = json.dumps([{"a": {"line": 1}, "b": {"line": 2}}])
        assert check(row(BARE, "racy", reports=reports), tmp_path).same_lines is False

    def test_what_does_not_compile_is_no_verdict(self, tmp_path: Path) -> None:
        found = check(row("int main(void) { return nothing; }", "clean"), tmp_path)
        assert (found.gcc, found.ran) == ("compile-error", False)
        assert "nothing" in found.detail

    def test_the_command_runs_what_is_missing_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_part(tmp_path / "c", [row(BARE, "racy", id="a"), row(LOCKED, "clean", id="b")])
        out = tmp_path / "found.jsonl"
        words = ["crosscheck", "--corpus", str(tmp_path / "c"), "--out", str(out), "--jobs", "1"]
        assert cli.main(words) == 0
        first = capsys.readouterr().out
        assert "| all | 1 | 1 | 0 | 0 | 0 | 100.0% |" in first
        monkeypatch.setattr(crosscheck, "check", None)  # nothing is left to call it for
        with out.open("a") as file:
            file.write('{"id": "cut of')
        assert cli.main(words) == 0
        assert capsys.readouterr().out == first


def test_thread_programs_alone_are_drawn_and_a_larger_limit_adds() -> None:
    rows = [row(BARE, "racy", id=str(n)) for n in range(20)]
    others = [row(OPENMP, "racy", id="omp"), row(LOCKED, "clean", id="out", usable=False)]
    few, more = (drawn([*rows, *others], limit, 1) for limit in (5, 12))
    assert [r["id"] for r in more][:5] == [r["id"] for r in few]
    assert not {"omp", "out"} & {r["id"] for r in drawn([*rows, *others], 99, 1)}
    assert [r["id"] for r in drawn(rows, 5, 2)] != [r["id"] for r in few]


def test_the_table_counts_each_case_and_names_who_differs() -> None:
    text = told(
        [
            *[checked("racy", "racy", same_lines=True)] * 3,
            checked("racy", "racy", same_lines=False),
            *[checked("clean", "clean")] * 4,
            checked("racy", "clean", id="only-clang"),
            checked("clean", "racy", language="c++", id="only-gcc"),
            checked("clean", "timeout", id="slow"),
        ]
    )
    assert "| c | 4 | 4 | 1 | 0 | 1 | 88.9% |" in text
    assert "| c++ | 0 | 0 | 0 | 1 | 0 | 0.0% |" in text
    assert "| all | 4 | 4 | 1 | 1 | 1 | 80.0% | 49.0% … 94.3% |" in text
    assert "Of 4 programs that race in both, 3 (30.1%" in text
    assert [line.split()[2] for line in text.splitlines() if line.startswith("- ")] == [
        "only-clang:",
        "only-gcc:",
        "slow:",
    ]


def test_a_corpus_without_thread_programs_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_part(tmp_path, [row(OPENMP, "racy")])
    assert cli.main(["crosscheck", "--corpus", str(tmp_path)]) == 2
    assert "no usable thread program" in capsys.readouterr().err
