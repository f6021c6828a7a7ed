"""The table of agreement: who is counted where, and which programs are drawn."""

import json
from pathlib import Path

import pytest

from model_export.execute.corpus import write_part
from model_export.oracle.agree import Comparison, keep, stratified, table, wilson
from model_export.oracle.constructs import constructs
from model_export.oracle.verdict import OracleVerdict, Place, Race, unknown

CRITICAL = "#pragma omp parallel\n#pragma omp critical\nx++;\n"
TASK = "#pragma omp task depend(out : x)\nx++;\n"


def place(line: int, mode: str) -> Place:
    return Place(line=line, column=2, mode=mode, atomic=False, function="f")


RACY = OracleVerdict(outcome="racy", races=(Race(a=place(3, "read"), b=place(3, "write")),))
CLEAN = OracleVerdict(outcome="clean")


def row(label: str, source: str = CRITICAL, lines: tuple[int, int] | None = None) -> dict[str, str]:
    pairs = (
        []
        if lines is None
        else [
            {
                "a": {"line": lines[0], "mode": "read"},
                "b": {"line": lines[1], "mode": "write"},
                "location": "global x",
            }
        ]
    )
    return {
        "id": f"{label}{hash(source)}",
        "family": "f",
        "language": "c",
        "source": source,
        "label": label,
        "expected": label,
        "mutation": "",
        "reports": json.dumps(pairs),
    }


def comparison(label: str, verdict: OracleVerdict, **more: tuple[int, int]) -> Comparison:
    made = row(label, **more)
    return Comparison(row=made, constructs=constructs(made["source"]), verdict=verdict)


@pytest.mark.parametrize(
    ("label", "verdict", "cell"),
    [
        ("racy", RACY, "both racy"),
        ("clean", CLEAN, "both clean"),
        ("clean", RACY, "only oracle"),
        ("racy", CLEAN, "only sanitizer"),
        ("racy", unknown("why"), "unknown"),
    ],
)
def test_cells(label: str, verdict: OracleVerdict, cell: str) -> None:
    assert comparison(label, verdict).cell == cell


def test_table_counts_agreement_on_what_both_could_judge() -> None:
    items = [comparison("racy", RACY), comparison("racy", CLEAN), comparison("clean", unknown("?"))]
    last = table(items).splitlines()[-1]
    assert last.startswith("| all | 1 | 0 | 0 | 1 | 1 | 50.0% |")


def test_pairs_of_lines_that_both_name() -> None:
    assert comparison("racy", RACY, lines=(3, 3)).pairs == (1, 1)
    assert comparison("racy", RACY, lines=(3, 9)).pairs == (0, 1)


def test_wilson_is_the_known_interval() -> None:
    assert wilson(9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-3)
    assert wilson(0, 0) == (0.0, 1.0)


def test_constructs_of_directives_clauses_and_libraries() -> None:
    assert constructs(TASK) == {"omp task", "omp … depend"}
    assert "omp … schedule(dynamic)" in constructs("#pragma omp for schedule(dynamic, 4)\n")
    assert constructs("pthread_mutex_lock(&m);") == {"pthread mutex"}
    assert constructs("int main(void) { return 0; }") == frozenset()


def test_rare_constructs_are_drawn_as_often_as_common_ones(tmp_path: Path) -> None:
    rows = [row("racy", CRITICAL + f"int a{index};\n") for index in range(20)]
    write_part(tmp_path, [*rows, row("racy", TASK), row("", TASK + "int no;\n")])
    drawn = stratified(tmp_path, 4, 1)
    assert len(drawn) == 4
    assert sum("task" in item["source"] for item in drawn) == 1
    assert all(item["label"] for item in drawn)
    assert drawn == stratified(tmp_path, 4, 1)


def test_disagreements_are_kept_with_what_each_said(tmp_path: Path) -> None:
    path = keep(comparison("clean", RACY), tmp_path / "kept")
    text = path.read_text(encoding="utf-8")
    assert path.name.startswith("only-oracle-")
    assert text.startswith(CRITICAL)
    assert "// oracle: read at 3:2 in f and write at 3:2 in f" in text
