"""Judges' opinions meet marks: a line has the probability of its likeliest pair."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("sklearn")

from model_export.suites.baselines import always_yes, bag_of_words, linear_relations
from model_export.suites.case import Case
from model_export.suites.measure import (
    NO_CONSTRUCT,
    Absent,
    Opinion,
    Seen,
    by_file,
    by_line,
    look,
    marked,
    of_model,
    of_rules,
    read_cases,
)
from reviewbot.errors import BadInput
from tests.model.toy_corpus import data_set
from tests.model_export.suites.toy_suite import LOCKED, UNLOCKED, LockReader, write_suite

TOY = {"a/locked.c": LOCKED, "b/unlocked.c": UNLOCKED, "b/plain.c": "int x; // NORACE\n"}


@pytest.fixture
def seen(tmp_path: Path) -> list[Seen]:
    cases = read_cases("goblint", write_suite(tmp_path, TOY))
    return sorted(look(cases, LockReader()), key=lambda s: s.case.name)


def one(name: str, group: str, racy: set[int], clean: set[int], source: str = "") -> Case:
    return Case(
        name=name,
        suffix=".c",
        source=source,
        racy=bool(racy),
        racy_lines=frozenset(racy),
        clean_lines=frozenset(clean),
        group=group,
        kind="pthreads",
    )


def test_the_model_sees_files_and_lines(seen: list[Seen]) -> None:
    opinion = of_model(seen, "toy")
    assert opinion.files == {"a/locked.c": 0.2, "b/plain.c": 0.0, "b/unlocked.c": 0.9}
    assert opinion.lines["b/unlocked.c"] == {6: 0.9, 14: 0.9}
    assert opinion.lines["b/plain.c"] == {}


def test_the_rules_say_the_same_of_locks(seen: list[Seen]) -> None:
    opinion = of_rules(seen)
    assert opinion.files == {"a/locked.c": 0.0, "b/plain.c": 0.0, "b/unlocked.c": 1.0}
    assert opinion.lines["b/unlocked.c"] == {6: 1.0, 14: 1.0}
    assert opinion.lines["a/locked.c"] == {}


def test_constructs_of_a_file(seen: list[Seen]) -> None:
    kinds = {s.case.name: s.constructs for s in seen}
    assert kinds["b/unlocked.c"] == {"thread"}
    assert kinds["b/plain.c"] == {NO_CONSTRUCT}


def test_a_line_has_its_likeliest_pair_first(seen: list[Seen]) -> None:
    unlocked = seen[2]
    assert unlocked.at(6)[0].probability == max(p.probability for p in unlocked.predictions)
    assert unlocked.at(7) == ()


def test_only_marked_lines_count_and_silence_is_clean() -> None:
    cases = [one("x", "g", {3}, {5, 9}), one("y", "h", set(), {2})]
    opinion = Opinion(judge="j", files={"x": 0.9, "y": 0.1}, lines={"x": {3: 0.8, 4: 1.0, 5: 0.6}})
    scored = by_line(cases, opinion)
    assert list(zip(scored.labels, scored.scores, scored.groups, strict=True)) == [
        (1.0, 0.8, "g"),
        (0.0, 0.6, "g"),
        (0.0, 0.0, "g"),
        (0.0, 0.0, "h"),
    ]
    assert scored.row(["precision", "recall"]) == {
        "precision": pytest.approx((0.5, 0.5, 0.5)),
        "recall": pytest.approx((1.0, 1.0, 1.0)),
    }


def test_a_file_that_a_judge_could_not_read_is_not_held_against_it() -> None:
    cases = [one("x", "g", {3}, set()), one("y", "h", {1}, set())]
    opinion = Opinion(judge="j", files={"x": 1.0}, lines={"x": {3: 1.0}})
    assert by_file(cases, opinion).labels.tolist() == [1.0]
    assert by_line(cases, opinion).labels.tolist() == [1.0]


def test_files_are_ranked_by_what_could_be_seen_and_verdicts_stay() -> None:
    cases = [one(n, n, {1} if n < "c" else set(), set()) for n in "abcde"]
    files = {"a": 0.9, "b": 0.1, "c": 0.2, "d": 0.3, "e": 0.3}  # b is wrong
    plain = Opinion(judge="plain", files=files)
    shaded = Opinion(judge="shaded", files=files, shaded={**files, "b": 0.499})
    name = "error of the most confident 80 %"
    assert by_file(cases, plain).row([name], rounds=5)[name][0] == pytest.approx(0.25)
    assert by_file(cases, shaded).row([name], rounds=5)[name][0] == 0
    for figure in ("accuracy", "AUROC", "ECE"):
        told = [by_file(cases, judge).row([figure], rounds=5)[figure] for judge in (plain, shaded)]
        assert told[0] == told[1]


def test_what_could_not_be_seen_moves_a_file_towards_one_half(seen: list[Seen]) -> None:
    sure = next(s for s in seen if s.predictions)
    unsure = replace(sure, predictions=tuple(replace(p, confidence=0.6) for p in sure.predictions))
    nothing = replace(sure, predictions=(), probability=0.0)
    margins = [
        abs(of_model([item], "toy").shaded[item.case.name] - 0.5)
        for item in (sure, unsure, nothing)
    ]
    assert margins[0] > margins[1] > margins[2] > 0
    assert of_model([nothing], "toy").shaded[nothing.case.name] < 0.5


def test_bare_verdicts_have_no_figures_of_confidence() -> None:
    scored = by_file([one("x", "g", {3}, set())], Opinion(judge="j", files={"x": 1.0}))
    bare = scored.row(["accuracy", "ECE"], graded=False)
    assert bare["accuracy"][0] == 1.0
    assert bare["ECE"][0] != bare["ECE"][0]
    assert scored.row(["ECE"])["ECE"][0] == 0.0


def test_marks_in_order() -> None:
    assert marked(one("x", "g", {9, 2}, {5})) == [(True, 2), (False, 5), (True, 9)]


def test_always_yes(seen: list[Seen]) -> None:
    cases = [s.case for s in seen]
    opinion = always_yes(cases)
    assert by_file(cases, opinion).row(["accuracy"])["accuracy"][0] == pytest.approx(1 / 3)
    assert by_line(cases, opinion).scores.tolist() == [1.0] * 5


def test_words_are_judged_by_models_of_other_groups() -> None:
    """`alarm` tells the label in every group, `here0` only in its own: the first alone may help."""
    cases = [
        one(
            f"{group}/{n}",
            f"g{group}",
            {1} if n % 2 else set(),
            set() if n % 2 else {1},
            f"alarm here{group};" if n % 2 else "calm;",
        )
        for group in range(6)
        for n in range(6)
    ]
    opinion = bag_of_words(cases)
    assert isinstance(opinion, Opinion)
    assert by_file(cases, opinion).row(["accuracy"])["accuracy"][0] == 1.0
    assert by_line(cases, opinion).row(["accuracy"])["accuracy"][0] == 1.0
    local = [
        one(c.name, c.group, set(c.racy_lines), set(c.clean_lines), c.source.replace("alarm ", ""))
        for c in cases
    ]
    hidden = bag_of_words([c for c in local if c.racy] + [c for c in cases if not c.racy])
    assert isinstance(hidden, Opinion)
    assert by_file(cases, hidden).scores.max() < by_file(cases, opinion).scores.max()


def test_one_group_cannot_be_crossed() -> None:
    assert isinstance(bag_of_words([one("x", "g", {1}, set(), "a")]), Absent)


def test_the_linear_control_learns_from_the_corpus_alone(seen: list[Seen]) -> None:
    rows = [{**row, "repeated": False} for row in data_set(each=8, train=8)]
    opinion = linear_relations(seen, rows)
    assert isinstance(opinion, Opinion)
    assert opinion.files["b/unlocked.c"] > opinion.files["a/locked.c"] > 0.0
    assert opinion.files["b/plain.c"] == 0.0
    assert isinstance(linear_relations(seen, None), Absent)
    with pytest.raises(BadInput, match="too few families"):
        linear_relations(seen, rows[:8])


def test_names_in_a_fixed_shuffle(tmp_path: Path) -> None:
    root = write_suite(tmp_path, {f"a/{n}.c": LOCKED for n in range(12)})
    names = [case.name for case in read_cases("goblint", root, seed=1)]
    assert names == [case.name for case in read_cases("goblint", root, seed=1)]
    assert names != sorted(names)


def test_an_empty_root_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No case of dracc"):
        read_cases("dracc", tmp_path)


def test_two_checkouts_under_one_root_are_said(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "DRACC_OMP_001_Counter_x_yes.c").write_text("int a;\n")
    with pytest.raises(BadInput, match="1 cases of dracc share"):
        read_cases("dracc", tmp_path)
