"""What is looked for first, or kept from the last question, answers as what it stands for."""

from __future__ import annotations

import re
import time

import pytest

from reviewbot.code.analyse import analyse
from reviewbot.code.assigned import assignments
from reviewbot.code.callbacks import starts
from reviewbot.code.places import Places
from reviewbot.code.symbols import FileSymbols, Symbol
from reviewbot.code.values import Element, Form, Path
from reviewbot.code.words import spelt_out


def test_a_word_is_found_whole_alone() -> None:
    for text in ("join", "join(t)", "x.join()", "(join"):
        assert re.search(spelt_out("join"), text)
    for text in ("rejoin", "joins", "_join(t)", "join_all"):
        assert not re.search(spelt_out("join"), text)


_LOCKED = """struct box {{ int n; int busy; }};
void add(struct box *b) {{ {take}; b->n++; {give}; }}
int get(struct box *b) {{ return b->n; }}
"""


def test_code_without_threads_is_read_where_it_takes_a_lock() -> None:
    for take, give in (("my_lock(&b->busy)", "my_unlock(&b->busy)"), ("LOCK(b)", "UNLOCK(b)")):
        assert analyse("a.c", _LOCKED.format(take=take, give=give).encode()).slices
    # `futures`, so that the file is read at all
    plain = _LOCKED.format(take="block(b)", give="futures(b)")
    assert not analyse("a.c", plain.encode()).slices


@pytest.mark.parametrize(
    "piece",
    ["lock_", "unlock_", "a_lock", "Lock", "mutex_", "Foo x(a(", "start_thread_", "thread", "x_t"],
)
def test_names_without_end_take_time_linear_in_their_length(piece: str) -> None:
    text = "int n;\nvoid f(void) {\n#pragma omp parallel\n n++;\n}\nint " + piece * 20_000
    start = time.process_time()
    analyse("a.cpp", text.encode())
    assert time.process_time() - start < 10


def test_assignments_far_from_what_is_before_them_take_time_as_they_are_many() -> None:
    start = time.process_time()
    assert len(assignments((" " * 4_000 + "n = 1;") * 400)["n"]) == 400
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    "call", ["mp_thread_create(&t, run)", "launch_a_thread (run)", "THREAD_BEGIN(run)"]
)
def test_calls_that_start_threads_are_found_by_their_names(call: str) -> None:
    text = f"thread_t t; {call}; thread_create(later); thread_join(t);"
    found = [match[0].split("(")[0] for match in starts(text)]
    assert found == [call.split("(", maxsplit=1)[0].removeprefix("mp_"), "thread_create"]


@pytest.mark.parametrize("call", ["thread_start_pool(run)", "threads(run)", "thread_create;"])
def test_calls_that_start_none_are_not(call: str) -> None:
    assert not list(starts(f"thread_t t; {call};"))


def test_a_class_that_is_met_later_has_its_bases_then() -> None:
    symbols = FileSymbols()
    symbols.derive("C", ("B",))
    assert symbols.lineage("C") == ("C", "B")
    symbols.derive("B", ("A",))
    assert symbols.lineage("C") == ("C", "B", "A")


def test_a_path_asked_for_again_has_the_key_and_the_shape_of_before() -> None:
    places, root = Places(), Symbol("row", "int", "auto", pointer=1)
    places.symbols = FileSymbols()
    path, other = Path(root, (Element(),)), Path(root, (Element(), Element()))
    assert places.key(path) == places.key(path) != places.key(other)
    assert places.shape(path) == places.shape(path) == ("int", 0, 0)
    root.type, root.storage = "long", "global"
    places.retype()
    assert places.key(path) == "row[]"
    assert places.shape(path) == ("long", 0, 0)


@pytest.mark.parametrize(
    "terms",
    [(), ((("i@3",), 2),), ((("it's", "n"), 1),), ((("i@3",), -1), (("n",), 4)), ((("'",), 1),)],
)
def test_a_number_is_spelt_as_its_terms_and_constant_are(
    terms: tuple[tuple[tuple[str, ...], int], ...],
) -> None:
    assert Form(terms, 7).spelt == f"{terms}7"
