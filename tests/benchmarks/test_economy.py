"""The economy of escalation on cases whose every figure can be worked out by hand."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("sklearn")

from benchmarks import economy, economy_curves, economy_data, economy_rerun
from benchmarks.economy_curves import ORACLE, PLAIN, PLAN, SHIPPED, THRIFTY, Economy
from benchmarks.economy_data import Case, Opinion, recorded
from benchmarks.economy_panels import draw
from benchmarks.economy_report import BUDGETS, about, bar_of, needed, risks, table
from benchmarks.economy_rerun import Ordinary, key_of, read_cache, spread, write_cache
from model_export.execute.corpus import write_part
from model_export.execute.run import ToolsMissing, find_tools
from model_export.metrics import augrc
from model_export.oracle.verdict import OracleVerdict
from reviewbot.escalation.plan import HARM, uncertainty
from reviewbot.escalation.verdicts import CONFIRMED, after_silence, missed
from reviewbot.model.predict import load_predictor
from reviewbot.records import Severity
from tests.model.toy_corpus import families
from tests.model.toys import write_bundle

RACY_C = """\
#include <pthread.h>
static long total;
static void *add(void *unused) {
  for (int i = 0; i < 1000; i++) total++;
  return unused;
}
int main(void) {
  pthread_t first, second;
  pthread_create(&first, 0, add, 0);
  pthread_create(&second, 0, add, 0);
  pthread_join(first, 0);
  pthread_join(second, 0);
  return 0;
}
"""
CLEAN_C = RACY_C.replace(
    "static long total;", "static long total; static pthread_mutex_t m;"
).replace("total++;", "{ pthread_mutex_lock(&m); total++; pthread_mutex_unlock(&m); }")
SERIAL_C = "int main(void) { return 0; }\n"


def case(
    p: float,
    *,
    racy: bool,
    said: str | None = None,
    seconds: float = 1.0,
    family: str = "a",
    harm: float = 1.0,
    planned: float = 0.0,
) -> Case:
    """A program; the sanitizer says the truth unless told otherwise."""
    told = said or ("racy" if racy else "clean")
    opinion = Opinion(p, uncertainty(max(p, 1 - p)) * harm, planned)
    return Case("x", family, racy, told, seconds, opinion)


def five() -> tuple[Case, ...]:
    """Two wrong answers of the model, the one unsure and the other not; one race unseen."""
    return (
        case(0.95, racy=True),
        case(0.05, racy=False),
        case(0.90, racy=True, said="clean"),
        case(0.45, racy=True),  # wrong, and nearest to one half
        case(0.80, racy=False),  # wrong
    )


def together(cases: Sequence[Case], order: str, share: float) -> float:
    made = economy_curves.economy(cases)
    return economy_curves.accuracy_at(made, made.values[order], share)


def test_the_ends_are_those_of_the_model_and_of_both() -> None:
    made = economy_curves.economy(five())
    assert made.alone.tolist() == [1, 1, 1, 0, 0]
    assert made.sanitizer.tolist() == [1, 1, 0, 1, 1]
    # Silence on 0.9 leaves 0.9 · 4 % / (0.9 · 4 % + 0.1) = 0.27: the run misleads both.
    assert made.settled.tolist() == [1, 1, 0, 1, 1]
    assert together(five(), PLAN, 0.0) == pytest.approx(3 / 5)
    assert together(five(), PLAN, 1.0) == pytest.approx(4 / 5)


def test_a_budget_pays_for_the_unsure_first() -> None:
    assert together(five(), PLAIN, 0.19) == pytest.approx(3 / 5)
    assert together(five(), PLAIN, 0.20) == pytest.approx(4 / 5)
    assert together(five(), PLAIN, 0.40) == pytest.approx(5 / 5)
    assert together(five(), PLAIN, 0.60) == pytest.approx(4 / 5)  # 0.9 is asked, and misled


def test_budgets_are_seconds_and_not_programs() -> None:
    dear = (case(0.45, racy=True, seconds=9.0), case(0.80, racy=False, seconds=1.0))
    assert together(dear, PLAN, 0.5) == pytest.approx(0.0)  # the first does not fit and ends it
    assert together(dear, PLAN, 0.9) == pytest.approx(0.5)
    assert together(dear, THRIFTY, 0.1) == pytest.approx(0.5)
    assert THRIFTY not in economy_curves.economy(five()).values  # without prices no such order


def test_severity_goes_before_doubt_and_the_plan_before_the_rest() -> None:
    mild = (case(0.5, racy=False, harm=0.3), case(0.3, racy=True, harm=1.0, planned=0.1))
    assert together(mild, PLAN, 0.5) == pytest.approx(0.5)
    made = economy_curves.economy(mild)
    first = {name: int(np.argmax(value)) for name, value in made.values.items()}
    assert first == {PLAN: 1, SHIPPED: 1, PLAIN: 0, ORACLE: 0}


def test_the_best_order_mends_each_error_and_touches_nothing_else() -> None:
    assert together(five(), ORACLE, 0.4) == pytest.approx(1.0)
    assert together(five(), ORACLE, 0.8) == pytest.approx(1.0)


def test_chance_lies_on_the_way_between_the_ends() -> None:
    many = tuple(case(0.2, racy=n % 4 == 0, family=str(n)) for n in range(200))
    made = economy_curves.economy(many)
    assert economy_curves.random_accuracy_at(made, 0.0) == pytest.approx(0.75)
    assert economy_curves.random_accuracy_at(made, 0.5) == pytest.approx(0.875, abs=0.01)
    assert economy_curves.random_accuracy_at(made, 1.0) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("said", "settled", "unaided"),
    [
        ("racy", CONFIRMED, CONFIRMED),
        ("clean", after_silence(0.6, missed(1)), after_silence(0.5, missed(1))),
        ("timeout", 0.6, economy_data.NO_WORD),
        ("compile-error", 0.6, economy_data.NO_WORD),
    ],
)
def test_what_a_run_makes_of_an_opinion(said: str, settled: float, unaided: float) -> None:
    one = case(0.6, racy=True, said=said)
    assert (one.settled, one.unaided) == pytest.approx((settled, unaided))


def test_a_failed_run_reports_nothing() -> None:
    failed = economy_curves.economy([case(0.9, racy=True, said="crash")])
    assert failed.sanitizer.tolist() == [0]
    assert failed.settled.tolist() == [1]


def test_the_bar_is_met_where_the_unsure_are_the_wrong() -> None:
    sure = [case(0.97, racy=True, family=f"f{n}") for n in range(8)]
    unsure = [case(0.45, racy=True, family="u"), case(0.55, racy=False, family="v")]
    bar = bar_of(economy_curves.economy([*sure, *unsure]), rounds=50)
    assert bar.met
    assert bar.difference[0] == pytest.approx(0.0)
    assert "yes" in bar.text()


def test_the_bar_is_not_met_where_the_sure_are_wrong() -> None:
    wrong = [case(0.03, racy=True, family=f"f{n}") for n in range(5)]
    right = [case(0.60, racy=True, family=f"g{n}") for n in range(5)]
    made = economy_curves.economy([*wrong, *right])
    bar = bar_of(made, rounds=50)
    assert not bar.met
    assert bar.difference[0] == pytest.approx(-0.5)
    assert bar.difference[1] <= -0.5 <= bar.difference[2]
    assert "no; difference -50.0 points" in bar.text()
    told = needed(made)
    assert "62.5 % are wrong; the bar allows 0.0 %" in told  # 5 of the 8 that are left
    assert "catches up at 100.0 %" in told
    assert "would at 50.0 %" in told


def test_intervals_draw_whole_families() -> None:
    lump = [case(0.9, racy=family == "good", family=family) for family in ("good", "bad")] * 10
    made = economy_curves.economy(lump)
    figure = economy_curves.bootstrap(
        made, lambda counts: float(np.average(made.alone, weights=counts)), rounds=200
    )
    assert figure == pytest.approx((0.5, 0.0, 1.0))


def test_the_area_of_the_drawn_risk_is_augrc() -> None:
    made = economy_curves.economy(five())
    risk = economy_curves.generalised_risk(made.racy, made.model)
    assert risk[-1] == pytest.approx(2 / 5)
    assert risk.mean() == pytest.approx(augrc(made.racy, made.model))
    twice = economy_curves.augrc_of(made, made.model, np.full(5, 2.0))
    assert twice == pytest.approx(augrc(np.repeat(made.racy, 2), np.repeat(made.model, 2)))


def runs(*told: tuple[str, int, str]) -> dict[str, Any]:
    return {"runs": json.dumps([{"level": a, "threads": b, "outcome": c} for a, b, c in told])}


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        (runs(("-O0", 4, "racy")), "racy"),
        (runs(("-O0", 4, "clean"), ("-O1", 2, "clean"), ("-O1", 4, "racy")), "racy"),
        (runs(("-O0", 4, "clean"), ("-O1", 2, "clean")), "clean"),
        (runs(("-O0", 4, "clean"), ("-O0", 8, "racy")), "clean"),  # more than one ordinary run
        (runs(("-O0", 4, "timeout")), "timeout"),
    ],
)
def test_the_recorded_run_nearest_to_an_ordinary_one(row: dict[str, Any], outcome: str) -> None:
    assert recorded(row) == outcome


def test_a_sample_takes_families_in_turn_and_grows() -> None:
    rows = [{"id": f"{f}{n}", "family": f} for f in "abc" for n in range(4)]
    assert {row["family"] for row in spread(rows, 3)} == set("abc")
    assert spread(rows, 7)[:3] == spread(rows, 3)
    assert len(spread(rows, 99)) == 12
    assert spread(list(reversed(rows)), 5) == spread(rows, 5)


def test_runs_are_kept_under_what_decides_about_them(tmp_path: Path) -> None:
    path = tmp_path / "new" / "runs.json"
    assert read_cache(path) == {}
    made = {key_of("int x;", "c"): Ordinary("clean", 0.5, 0.25)}
    write_cache(path, made)
    assert read_cache(path) == made
    assert next(iter(made.values())).seconds == 0.75
    assert len({key_of("a", "c"), key_of("b", "c"), key_of("a", "c++")}) == 3


def test_a_known_run_is_not_made_again(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    known = Ordinary("racy", 1.0, 1.0)
    write_cache(path, {key_of("no program at all", "c"): known})
    row = {"id": "x", "family": "f", "language": "c", "source": "no program at all"}
    assert economy_rerun.rerun([row], path) == {"x": known}


def _row(name: str, family: str, source: str, racy: bool, **changes: Any) -> dict[str, Any]:
    label = "racy" if racy else "clean"
    row = {
        **dict.fromkeys(economy_corpus_columns(), ""),
        "id": name,
        "family": family,
        "language": "c",
        "source": source,
        "expected": label,
        "label": label,
        "outcome": label,
        "agrees": True,
        "disagrees": False,
        "usable": True,
        **runs(("-O0", 4, label)),
    }
    return {**row, **changes}


def economy_corpus_columns() -> list[str]:
    from model_export.execute.corpus import SCHEMA

    return [field for field in SCHEMA.names if field not in ("agrees", "disagrees", "usable")]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Racy and clean programs of families of each part; one race without a witness."""
    folder = tmp_path_factory.mktemp("corpus")
    rows = [
        _row(f"{part}{n}{kind}", family, source, kind == "racy")
        for part in ("test", "train", "calibrate")
        for n, family in enumerate(families(part, 3))
        for kind, source in (("racy", RACY_C), ("clean", CLEAN_C), ("serial", SERIAL_C))
    ]
    silent = _row(
        "s", families("test", 1)[0], RACY_C, True, usable=False, outcome="clean", label="clean"
    )
    broken = _row("b", families("test", 1)[0], "{", True, usable=False, outcome="crash", label="")
    write_part(folder, [*rows, silent, broken])
    return folder


def test_only_what_has_a_witness_and_was_held_out_counts(corpus: Path) -> None:
    found = economy_data.read_corpora([corpus, corpus], economy_data.of_split("test"))
    assert {row["family"] for row in found.rows} == set(families("test", 3))
    assert (len(found.rows), len(found.silent), found.failed) == (9, 1, 1)
    both = economy_data.read_corpora([corpus], economy_data.of_split("all-but-train"))
    assert {row["family"] for row in both.rows} == {*families("test", 3), *families("calibrate", 3)}


@pytest.mark.clang
def test_what_the_oracle_finds_racing_has_a_witness(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = economy_data.read_corpora([corpus], economy_data.of_split("test")).silent
    for outcome, expected in (("racy", ["s"]), ("clean", []), ("unknown", [])):
        told = OracleVerdict(outcome=outcome)
        monkeypatch.setattr(
            economy_data, "judge_all", lambda _, rows, told=told: [told] * len(rows)
        )
        assert [row["id"] for row in economy_data.witnessed(silent)] == expected


def test_a_report_of_a_rerun_makes_a_program_racy(corpus: Path) -> None:
    found = economy_data.read_corpora([corpus], economy_data.of_split("test"))
    sure = Opinion(0.2, 0.5, 0.0)
    opinions = {row["id"]: sure for row in found.rows}
    told = {"test0clean": Ordinary("racy", 2.0, 1.0), "test0racy": Ordinary("clean", 1.0, 0.5)}
    cases = {c.program: c for c in economy_data.cases(found.rows, opinions, told)}
    assert set(cases) == set(told)
    assert cases["test0clean"].racy
    assert cases["test0racy"].racy
    assert cases["test0racy"].sanitizer == "clean"
    assert cases["test0clean"].seconds == 3.0
    assert len(economy_data.cases(found.rows, opinions)) == 9


def test_the_opinion_of_a_bundle_is_that_of_a_review(corpus: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    found = economy_data.read_corpora([corpus], economy_data.of_split("test"))
    predictor = load_predictor(write_bundle(tmp_path / "toy"))
    opinions, seconds = economy_data.ask(found.rows, predictor)
    assert seconds > 0.0
    assert opinions["test0serial"] == Opinion(0.0, 0.0, 0.0)
    racy = opinions["test0racy"]
    assert 0.0 < racy.probability < 1.0
    doubt = uncertainty(max(racy.probability, 1 - racy.probability))
    assert racy.value in [pytest.approx(doubt * harm) for harm in HARM.values()]


def _predicted(
    family: str, program: str, score: float, racy: bool, view: str = "program"
) -> dict[str, Any]:
    # Five links, four of them certain: the score is that of the fifth.
    logit = float(np.log(score / (1 - score)))
    return {
        "family": family,
        "program": program,
        "view": view,
        "label": "racy" if racy else "clean",
        "slice_race": int(racy),
        "repeated": False,
        "links": [[40.0, 40.0, 40.0, 40.0, logit]],
    }


def test_folds_hold_out_each_family_and_miss_no_program(corpus: Path, tmp_path: Path) -> None:
    found = economy_data.read_corpora([corpus], economy_data.of_split("all"))
    tuned = [
        _predicted("c", f"c{n}", 0.2 + 0.6 * (n % 2), (n % 2 == 1) != (n % 5 == 0))
        for n in range(12)
    ]
    folders = []
    for part in ("test", "train"):
        family, folder = families(part, 1)[0], tmp_path / part
        folder.mkdir()
        told = [
            _predicted(family, f"{part}0racy", 0.7, True),
            _predicted(family, f"{part}0racy", 0.2, True),
            _predicted(family, f"{part}0clean", 0.99, False, view="library"),
            _predicted(family, f"{part}0clean", 0.3, False),
        ]
        (folder / "calibrate.json").write_text(json.dumps(tuned))
        (folder / "test.json").write_text(json.dumps(told))
        folders.append(folder)
    opinions = economy_data.from_folds(folders, found.rows)
    assert set(opinions) == {
        f"{p}0{k}" for p in ("test", "train") for k in ("racy", "clean", "serial")
    }
    assert opinions["test0serial"].probability == 0.0  # no slice: the model says nothing
    assert opinions["test0racy"].probability > opinions["test0clean"].probability > 0.0
    likely = opinions["test0racy"].probability
    expected = uncertainty(max(likely, 1 - likely)) * HARM[Severity.MEDIUM]
    assert opinions["test0racy"].value == pytest.approx(expected)
    made = economy_curves.economy(economy_data.cases(found.rows, opinions))
    assert set(made.values) == {PLAN, PLAIN, ORACLE}  # nobody planned anything


def test_the_command_prints_draws_and_answers(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnx")
    bundle = write_bundle(tmp_path / "toy")
    svg, answers = tmp_path / "economy.svg", tmp_path / "cases.json"
    argv = ["--bundle", str(bundle), "--corpus", str(corpus), "--rounds", "20"]
    status = economy.main([*argv, "--picture", str(svg), "--json", str(answers)])
    out = capsys.readouterr().out
    cases = json.loads(answers.read_text())
    assert status == (0 if "severity: yes" in out else 1)
    assert len(cases) == 9
    assert "9 programs of 3 families, 3 racy" in out
    assert "1 declared racy and never reported, 1 that did not run" in out
    assert "each program is taken to cost the same" in out
    right = sum((c["opinion"]["probability"] >= 0.5) == c["racy"] for c in cases) / 9
    assert f"| the model, nothing is run | {right:.3f} (" in out
    assert "| the sanitizer on everything | 1.000 (1.000–1.000) |" in out
    assert ET.parse(svg).getroot().tag.endswith("svg")


def test_the_command_says_what_to_do_where_there_is_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnx")
    bundle = write_bundle(tmp_path / "toy")
    assert economy.main(["--bundle", str(bundle), "--corpus", str(tmp_path)]) == 2
    assert "make corpus" in capsys.readouterr().err


def told() -> Economy:
    return economy_curves.economy(
        [case(0.9 - n / 20, racy=n % 3 > 0, family=f"f{n}", seconds=1 + n % 2) for n in range(12)]
    )


def test_tables_have_every_budget_and_every_order() -> None:
    made = told()
    lines = table(made, rounds=10).splitlines()
    assert all(f"{100 * share:.0f} % of the time" in "\n".join(lines) for share in BUDGETS)
    rows = {line.split("|")[1].strip(): line for line in lines if line.startswith("|")}
    assert {*made.values, "random"} <= set(rows)
    assert all(rows[name].count("|") == len(BUDGETS) + 2 for name in made.values)
    assert risks(made, rounds=10).count("\n") == 6  # a head of two lines and five sides


def test_what_was_seen_is_counted() -> None:
    seen = [
        case(0.0, racy=True, said="clean"),
        case(0.9, racy=True, said="crash", family="b"),
        case(0.9, racy=False),
    ]
    text = about(seen, economy_curves.economy(seen))
    assert "3 programs of 2 families, 2 racy" in text
    assert "misses 2 (100.0 %" in text
    assert "1 runs failed" in text
    assert "1 programs in which the front end sees nothing to ask about, 1 of them racy" in text


def test_a_picture_keeps_within_its_frame_and_escapes_words() -> None:
    text = draw(told(), "races < 5 & more", ["first", "second"], rounds=10)
    root = ET.fromstring(text)
    words = [node.text for node in root.iter() if node.tag.endswith("text")]
    assert "races < 5 & more" in words
    assert {"first", "second"} <= set(words)
    width, height = (float(root.attrib[name]) for name in ("width", "height"))
    points = [
        tuple(map(float, point.split(",")))
        for node in root.iter()
        if node.tag.endswith(("polyline", "polygon"))
        for point in node.attrib["points"].split()
    ]
    assert len(points) > 300
    assert all(0 <= x <= width and 0 <= y <= height for x, y in points)


@pytest.mark.clang
@pytest.mark.parametrize(
    ("source", "outcome"),
    [(RACY_C, "racy"), (CLEAN_C, "clean"), ("int main(void) {", "compile-error")],
)
def test_an_ordinary_run_is_a_real_one(source: str, outcome: str) -> None:
    try:
        tools = find_tools()
    except ToolsMissing as exc:
        pytest.skip(str(exc))
    run = economy_rerun.ordinary_run(source, "c", tools)
    assert run.outcome == outcome
    assert run.build > 0.0
    assert (run.run > 0.0) == (outcome != "compile-error")
