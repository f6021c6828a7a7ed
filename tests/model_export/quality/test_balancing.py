"""Rules' groups move with their mutants; what went for nothing comes back; why a bar is missed."""

from __future__ import annotations

import pytest

pytest.importorskip("pyarrow")

from model_export.quality.balance import shares
from model_export.quality.balancing import balanced, excess, hopeless
from model_export.quality.kin import lone, twinned
from tests.model_export.quality.quality_toys import program

WITHIN = (0.3, 0.7)


def statements(number):
    return " ".join(f"b = {'b + ' * (bit == '1')}c;" for bit in f"{number:09b}")


def plain(number, label, **more):
    text = f"int b, c; void f(void) {{ {statements(number)} }}"
    return program(text, label, twin_group=f"alone {number}", family=f"f{number % 50}", **more)


def mutant(parent, number, label, rule="drop-lock"):
    return plain(number, label, mutation=rule, parent=parent.id)


@pytest.mark.parametrize(
    ("racy", "clean", "gone"), [(70, 30, 0), (80, 30, 10), (30, 70, 0), (30, 80, 10), (10, 0, 10)]
)
def test_excess_is_what_would_have_to_go(racy, clean, gone):
    assert excess(racy, clean, WITHIN) == pytest.approx(gone)


def test_a_group_of_one_outcome_is_hopeless_and_a_lopsided_one_is_not():
    assert hopeless(30, 0, WITHIN)
    assert not hopeless(30, 8, WITHIN)


def test_a_racy_mutant_takes_its_racy_parent_out_of_the_rule_s_group_alone():
    # 30 racy mutants of 30 racy programs, 20 of clean ones: 80 of 100 in the rule's group race.
    racy = [plain(n, "racy") for n in range(30)]
    clean = [plain(n, "clean") for n in range(30, 50)]
    balance = [plain(n, "racy" if n < 90 else "clean") for n in range(50, 140)]
    mutants = [mutant(p, 140 + n, "racy") for n, p in enumerate([*racy, *clean])]
    calm = [mutant(p, 200 + n, "clean", "rename") for n, p in enumerate(balance[-50:])]
    subjects = [*racy, *clean, *balance, *mutants, *calm]
    choice = balanced(subjects)
    chosen = [s for s, stays in zip(subjects, choice.kept, strict=True) if stays]
    rule = next(share for share in shares(chosen) if share.name == "drop-lock")
    assert rule.holds
    # Who turned a clean program into a racy one is the lesson: those go last.
    left = {s.id for s in chosen}
    gone = {s.parent for s in mutants if s.id not in left}
    assert len(gone) > 10
    assert gone <= {s.id for s in racy}
    assert len({s.id for s in racy} - left) < 5, "the parents themselves are hardly in the way"
    assert ("mutation", "drop-lock") not in choice.reasons


def test_twins_of_a_balanced_rule_all_stay():
    clean = [plain(n, "clean") for n in range(40)]
    mutants = [mutant(p, 100 + n, "racy") for n, p in enumerate(clean)]
    calm = [mutant(p, 200 + n, "clean", "rename") for n, p in enumerate(clean)]
    racy = [plain(n, "racy") for n in range(40, 80)]
    assert all(balanced([*clean, *mutants, *calm, *racy]).kept)


def test_a_rule_that_always_races_is_kept_and_the_reason_told():
    racy = [plain(n, "racy") for n in range(30)]
    clean = [plain(n, "clean") for n in range(30, 80)]
    mutants = [mutant(p, 100 + n, "racy") for n, p in enumerate(racy)]
    calm = [mutant(p, 200 + n, "clean", "rename") for n, p in enumerate(clean[:30])]
    choice = balanced([*racy, *clean, *mutants, *calm])
    assert "more than 60% of its programs" in choice.reasons["mutation", "drop-lock"]
    assert ("mutation", "rename") in choice.reasons
    assert choice.kept[80:110] == (True,) * 30


def test_a_mutant_of_the_other_outcome_has_a_twin_and_one_of_the_same_has_not():
    parent, other = plain(1, "clean"), plain(2, "clean")
    flipped, same = mutant(parent, 3, "racy"), mutant(other, 4, "clean")
    subjects = [parent, other, flipped, same]
    assert twinned(subjects) == [True, False, True, False]
    assert lone(subjects) == [False, True, False, True]
