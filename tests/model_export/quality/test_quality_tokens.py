"""Names, layout, comments and sizes are no part of a program; what synchronises is."""

from __future__ import annotations

import pytest

pytest.importorskip("pyarrow")

from model_export.quality.sketch import resemblance, shingles, sketch
from model_export.quality.tokens import normalised, own_words, sync_words
from tests.model_export.quality.quality_toys import BARE, LOCKED


def texts(source: str) -> list[str]:
    return [token.text for token in normalised(source)]


def test_comments_includes_and_layout_are_left_out():
    assert texts("#include <omp.h>\nint a; // sum\n/* two\nlines */ a ++ ;") == texts("int a;a++;")


@pytest.mark.parametrize(
    ("one", "other"), [("x = 48;", "x = 6400;"), ("x = 3;", "x = 5;"), ('p("a");', 'p("bc");')]
)
def test_sizes_and_texts_are_coarse(one, other):
    assert texts(one) == texts(other)


@pytest.mark.parametrize(
    ("one", "other"), [("a[i + 1]", "a[i + 2]"), ("x = 0;", "x = 1;"), ("x = 3;", "x = 64;")]
)
def test_zero_one_few_and_many_differ(one, other):
    assert texts(one) != texts(other)


def test_renaming_keeps_the_sketch():
    renamed = BARE.replace("total", "balance").replace("seen", "slots").replace("work", "serve")
    assert sketch(renamed).exact == sketch(BARE).exact
    assert sketch(renamed).skeleton == sketch(BARE).skeleton


def test_confusing_two_names_changes_the_sketch():
    confused = BARE.replace("total += seen[id]", "total += total")
    assert sketch(confused).exact != sketch(BARE).exact


def test_a_name_more_at_the_top_leaves_what_stands_below_alike():
    longer = BARE.replace("static long total;", "static int spare;\nstatic long total;")
    alike = resemblance(sketch(BARE).shingles, sketch(longer).shingles)
    assert 0.9 < alike < 1


def test_other_programs_are_not_alike():
    other = "#pragma omp parallel for\nfor (int i = 0; i < 9; i++) a[i] = b[i];"
    assert resemblance(sketch(BARE).shingles, sketch(other).shingles) < 0.2


def test_a_program_shorter_than_a_shingle_has_one():
    assert len(sketch(";").shingles) == 1
    assert len(shingles(sketch("").shingles[:0])) == 1


@pytest.mark.parametrize(
    "changed",
    [
        LOCKED,
        BARE.replace("pthread_join(first, NULL);", ""),
        LOCKED.replace("lock(&lock)", "lock(&seen)", 1),
    ],
)
def test_the_skeleton_tells_locks_and_joins_apart(changed):
    assert sketch(changed).skeleton != sketch(BARE).skeleton
    assert sketch(changed).skeleton != sketch(LOCKED).skeleton or changed == LOCKED


def test_the_skeleton_passes_over_what_does_not_synchronise():
    busy = BARE.replace("seen[id] -= 20;", "seen[id] = seen[id] / 2 - 20;")
    assert sketch(busy).skeleton == sketch(BARE).skeleton


def test_own_words_are_names_and_comments():
    source = "std::mutex m_lock; // guards it\nvoid addUp() { m_lock.lock(); std::sort(a, b); }"
    assert own_words(source) == [
        *("m_lock", "m", "lock", "comment:guards", "comment:it", "addup", "add", "up"),
        *("m_lock", "m", "lock", "a", "b"),
    ]


def test_a_member_of_the_program_s_own_is_its_own_word():
    assert "lock" in own_words("s.lock = 1;")
    assert "lock" not in own_words("s.lock();")


def test_sync_words_are_directives_and_calls():
    source = "#pragma omp parallel for reduction(+: s)\nx += 1; pthread_mutex_lock(&m); m.unlock();"
    assert sync_words(source) == ["parallel", "for", "reduction", "pthread_mutex_lock", "unlock"]


def test_plain_code_has_no_sync_words():
    assert sync_words("int lock = 3; for (;;) load(lock); // pthread_join") == []
