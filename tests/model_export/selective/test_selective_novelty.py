"""The detector is fitted on families, each judged as if it were new."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("sklearn")

from model_export.selective import heldout, novelty
from model_export.selective.items import Known
from reviewbot.model.features import RESERVED

WORDS = ("common=none", "common=mutex", "phase=same", "construct=thread", "construct=for")
FACTS = {fact: number for number, fact in enumerate((*RESERVED, *WORDS))}


def known(family: str, *bags: tuple[str, ...], repeated: bool = False) -> Known:
    return Known(family, f"{family}-1", "thread", bags, (), repeated)


def families(count: int, *bags: tuple[str, ...], name: str = "f") -> list[Known]:
    return [known(f"{name}{n}", *bags) for n in range(count)]


def test_company_counts_once_enough_families_had_it() -> None:
    both = ("common=none", "phase=same")
    few = novelty.company(families(novelty.LEAST - 1, both), FACTS).known()
    enough = novelty.company(families(novelty.LEAST, both), FACTS).known()
    a, b = (FACTS[fact] for fact in both)
    assert not few[a, b]
    assert enough[a, b]
    assert enough[b, a]


def test_a_family_does_not_speak_for_itself() -> None:
    both = ("common=none", "phase=same")
    own = families(novelty.LEAST, both)
    about = novelty.company(own, FACTS)
    assert novelty.strangeness(own, about, FACTS).tolist() == [1.0] * novelty.LEAST
    assert novelty.strangeness([known("new", both)], about, FACTS).tolist() == [0.0]


def test_functions_of_one_project_are_one_voice() -> None:
    both = ("common=none", "phase=same")
    project = [known(f"real_project_{n}", both) for n in range(novelty.LEAST)]
    about = novelty.company(project, FACTS)
    assert list(about.families) == ["real_project"]
    assert novelty.strangeness([known("new", both)], about, FACTS).tolist() == [1.0]


def test_a_new_familys_slice_is_seldom_called_unlike() -> None:
    rng, above = np.random.default_rng(0), []
    for _ in range(300):
        mood = rng.normal(0, 1, 31)
        values = np.repeat(mood, 4) + rng.normal(0, 0.3, 124)
        names = [f"f{n // 4}" for n in range(124)]
        bar = novelty.unlike_from(values[:120].tolist(), names[:120], 0.1) - 1.0
        above.append(np.mean(values[120:] > bar))
    assert 0.02 < np.mean(above) <= 0.13


def test_too_few_families_call_nothing_unlike() -> None:
    assert novelty.unlike_from([1.0, 2.0], ["a", "b"], 0.05) == math.inf
    assert novelty.unlike_from([], [], 0.05) == math.inf


def test_the_bar_is_above_what_usual_slices_reach() -> None:
    usual = ("common=none", "phase=same", "construct=thread")
    items = families(60, usual)
    detector = novelty.fit(items, novelty.company(items, FACTS), FACTS)
    assert detector.unlike_from == 1.0
    rows = novelty.rows_of((usual, (*usual, "common=mutex")), FACTS)
    assert not detector.unlike(rows[:1])
    assert detector.unlike(rows)


def test_composed_families_do_not_set_the_bar_where_authored_ones_can() -> None:
    usual, odd = ("common=none", "phase=same"), ("common=none", "phase=same", "construct=for")
    composed = families(400, usual, name="omp_composed_")
    authored = families(3, odd, name="a") + families(57, usual, name="b")
    bars = [
        novelty.fit(items, novelty.company(items, FACTS), FACTS).unlike_from
        for items in ([*composed, *authored[:30]], [*composed, *authored])
    ]
    assert bars == [1.0, 3.0]  # the odd pair has two combinations that only two other families had


def test_a_hidden_construct_is_recognised_by_its_name_and_an_old_one_is_not() -> None:
    old = ("common=none", "phase=same", "construct=thread")
    new = ("common=none", "phase=same", "construct=for")
    names = [f"toy{n}" for n in range(2000)]
    test = [name for name in names if novelty.held_out(name)]
    training = [name for name in names if not novelty.held_out(name)][:30]
    items = [known(name, old) for name in training]
    items += [known(name, new if n % 4 == 0 else old) for n, name in enumerate(test[:240])]
    table = heldout.table(items, 4)
    shown = {row[0]: row for row in table.rows}
    assert set(shown) == {"construct=for"}  # all others are too common
    assert shown["construct=for"][2].startswith("1.000")
    assert shown["construct=for"][3].startswith("0.500")  # its company is as ever
