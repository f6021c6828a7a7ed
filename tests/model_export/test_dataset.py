"""From a handwritten, "executed" program to labelled slices; splits by family alone."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pyarrow")

from model_export import dataset
from model_export.dataset import fold_of, read_slices, rows_of, split_of, without_main
from model_export.execute.corpus import write_part
from model_export.matching import (
    UNKNOWN,
    Labels,
    Report,
    Side,
    Truth,
    broken_links,
    label_links,
    label_slices,
    truth_of,
)
from model_export.programs.family import read_family
from reviewbot.code.analyse import analyse
from reviewbot.records import Link, Slice
from tests.model.toys import pair, part

FAMILIES = Path(dataset.__file__).parent / "programs" / "families"
PROGRAM = """#include <pthread.h>
static int counter;
static int safe;
static pthread_mutex_t m;
static void *work(void *a) {
    counter++;
    pthread_mutex_lock(&m);
    safe++;
    pthread_mutex_unlock(&m);
    return 0;
}
int main(void) {
    pthread_t t[2];
    for (int i = 0; i < 2; i++) { pthread_create(&t[i], 0, work, 0); }
    for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
    return counter + safe;
}
"""
PLAIN = ("atomicA=-", "atomicB=-")  # the front end states them of every pair
EFFECTS = {"counter": "racy", "safe": "unprotected"}


def report(first: int, second: int, location: str = "") -> dict[str, Any]:
    return {"a": {"line": first}, "b": {"line": second}, "location": location}


def corpus_row(
    label: str = "racy", reports: tuple[tuple[int, int], ...] = ((6, 6),), **changes: Any
) -> dict[str, Any]:
    row = {
        "id": "p1",
        "family": "toy",
        "domain": "toys",
        "language": "c",
        "source": PROGRAM,
        "effects": json.dumps(EFFECTS),
        "twin_group": "t1",
        "mutation": "",
        "label": label,
        "reports": json.dumps([report(*two) for two in reports]),
        "usable": True,
    }
    return {**row, **changes}


def of_object(rows: list[dict[str, Any]], name: str, view: str = "program") -> list[dict[str, Any]]:
    found = [row for row in rows if row["object"] == name and row["view"] == view]
    assert found
    return found


def truth(*lines: tuple[int, int], effects: dict[str, str] | None = None, of: str = "") -> Truth:
    return Truth(tuple(plain(*two, of) for two in lines), effects or {}, bool(lines))


def plain(first: int, second: int, location: str = "") -> Report:
    """A report that says no more than its lines."""
    return Report((Side(first), Side(second)), location)


def label(item: Slice, told: Truth) -> tuple[list[int], int]:
    (labels,) = label_slices([item], told)
    return list(labels.race), labels.whole


def test_truth_has_ascending_lines_each_once_and_the_name_of_a_global() -> None:
    told = [report(9, 6), report(6, 9), report(6, 6, "global counter"), report(2, 3, "heap block")]
    made = truth_of({**corpus_row(), "reports": json.dumps(told)})
    assert made.reports == (plain(2, 3), plain(6, 6, "counter"), plain(6, 9))
    assert made.effects == EFFECTS
    assert made.racy


def test_silent_objects_of_a_racy_mutant_are_clean_only_where_structure_says_so() -> None:
    declared = rows_of(corpus_row())
    mutant = rows_of(corpus_row(effects="{}", expected=""))
    (counter,) = of_object(mutant, "counter")
    assert 1 in counter["race"]
    # Its lock is stated by the parser: clean without anybody's word.
    (safe,) = of_object(mutant, "safe")
    assert set(safe["race"]) == {0}
    unlocked = PROGRAM.replace("pthread_mutex_lock(&m);", "").replace(
        "pthread_mutex_unlock(&m);", ""
    )
    (before,) = of_object(declared, "safe")
    (after,) = of_object(rows_of(corpus_row(effects="{}", expected="", source=unlocked)), "safe")
    assert set(before["race"]) == {0}
    assert 0 in after["race"]  # of the pairs with main, ordered by creation and join
    assert UNKNOWN in after["race"]
    assert after["slice_race"] == UNKNOWN


def test_a_clean_mutant_is_clean_throughout() -> None:
    rows = rows_of(corpus_row("clean", (), effects="{}", expected=""))
    assert {outcome for row in rows for outcome in row["race"]} == {0}
    (counter,) = of_object(rows, "counter")
    assert set(counter["links"]) <= {0, UNKNOWN}


def test_truth_of_a_clean_program_is_empty() -> None:
    told = truth_of(corpus_row("clean", ()))
    assert not told.reports
    assert not told.racy


def test_a_reported_pair_is_racy_and_its_siblings_unknown() -> None:
    item = part(pair(lines=(8, 4)), pair(lines=(4, 4)))
    assert label(item, truth((4, 8))) == ([1, UNKNOWN], 1)


def test_without_a_report_pairs_are_clean() -> None:
    assert label(part(pair(lines=(4, 8))), truth((20, 30))) == ([0], 0)
    assert label(part(pair(lines=(4, 8))), truth()) == ([0], 0)


def test_a_report_one_line_off_counts_where_none_fits_exactly() -> None:
    near, exact = pair(lines=(4, 9)), pair(lines=(4, 8))
    assert label(part(near), truth((4, 8))) == ([1], 1)
    assert label(part(near, exact), truth((4, 8))) == ([UNKNOWN, 1], 1)
    assert label(part(pair(lines=(5, 9))), truth((4, 8))) == ([0], 0)


SHIFTED = """#include <stdio.h>
int main(void) {
    int a[40], b[40];
    for (int i = 0; i < 40; i++) a[i] = b[i] = i;
    #pragma omp parallel for
    for (int i = 1; i < 39; i++)
        a[i] = a[i - 1] + b[i] + a[i + 1];
    printf("%d\\n", a[3]);
    return 0;
}
"""


def raced(a: tuple[str, int], b: tuple[str, int]) -> dict[int, set[tuple[str, str]]]:
    """The subscripts of `a` that are labelled, by label, where line 7 clashes so with itself."""
    told = {
        "a": {"line": 7, "mode": a[0], "column": a[1]},
        "b": {"line": 7, "mode": b[0], "column": b[1]},
        "location": "stack main",
    }
    (item,) = analyse("a.c", SHIFTED.encode()).slices
    row = {**corpus_row(effects="{}"), "reports": json.dumps([told])}
    (labels,) = label_slices([item], truth_of(row))
    found: dict[int, set[tuple[str, str]]] = {}
    for two, outcome in zip(item.pairs, labels.race, strict=True):
        found.setdefault(outcome, set()).add((two.first.text, two.second.text))
    return found


def test_a_write_that_met_a_read_of_its_line_did_not_meet_itself() -> None:
    found = raced(("write", 14), ("read", 16))
    assert found[1] == {("a[i]", "a[i - 1]")}
    assert ("a[i]", "a[i]") in found[UNKNOWN]


def test_the_column_of_a_read_tells_which_of_two_it_was() -> None:
    assert raced(("read", 34), ("write", 14))[1] == {("a[i]", "a[i + 1]")}


def test_a_column_that_fits_no_read_leaves_all_that_do_the_same() -> None:
    both = {("a[i]", "a[i - 1]"), ("a[i]", "a[i + 1]")}
    assert raced(("write", 14), ("read", 70))[1] == both


def test_two_writes_are_not_a_write_and_a_read() -> None:
    assert raced(("write", 14), ("write", 14))[1] == {("a[i]", "a[i]")}


def test_an_update_reads_and_writes() -> None:
    told = {
        "a": {"line": 6, "mode": "read", "column": 5},
        "b": {"line": 6, "mode": "write", "column": 12},
        "location": "global counter",
    }
    rows = rows_of({**corpus_row(), "reports": json.dumps([told])})
    (counter,) = of_object(rows, "counter")
    assert counter["race"][json.loads(counter["places"]).index([6, 6])] == 1


GUARDED = """#include <pthread.h>
static int done;
static pthread_mutex_t m;
static void *work(void *a) {
    pthread_mutex_lock(&m);
    done++;
    pthread_mutex_unlock(&m);
    return 0;
}
int finished(void) {
    return done;
}
void init_pool(void) {
    done = 0;
}
int main(void) {
    pthread_t t[2];
    init_pool();
    for (int i = 0; i < 2; i++) { pthread_create(&t[i], 0, work, 0); }
%s    for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
    return finished();
}
"""


def clean_lines(source: str, view: str) -> set[int]:
    """Lines beside line 6 in the pairs of `done` that are labelled clean."""
    rows = rows_of(corpus_row("clean", (), effects="{}", source=source))
    (done,) = of_object(rows, "done", view)
    told = zip(json.loads(done["places"]), done["race"], strict=True)
    return {line for two, outcome in told if outcome == 0 for line in two if 6 in two} - {6}


def test_a_bare_read_that_only_the_end_of_main_makes_is_not_known_to_be_clean_elsewhere() -> None:
    after = GUARDED % ""
    assert clean_lines(after, "program") == {11, 14}
    assert clean_lines(after, "library") == {14}  # what sets up is called before threads are made


def test_a_bare_read_that_threads_have_met_and_is_clean_stays_so() -> None:
    beside = GUARDED % "    finished();\n"
    assert clean_lines(beside, "library") == {11, 14}


def test_of_two_objects_on_the_reports_lines_the_one_that_it_names_raced() -> None:
    slices = [part(pair(lines=(4, 8)), name=name) for name in ("counter", "other")]
    assert label_slices(slices, truth((4, 8), of="other")) == [Labels((0,), 0), Labels((1,), 1)]
    assert label_slices(slices, truth((4, 8))) == [Labels((1,), 1)] * 2  # no name: either may


def test_of_two_objects_on_the_reports_lines_the_one_declared_racy_raced() -> None:
    slices = [part(pair(lines=(4, 8)), name=name) for name in ("counter", "other")]
    told = truth((4, 8), effects={"counter": "racy", "other": "unprotected"})
    assert label_slices(slices, told) == [Labels((1,), 1), Labels((0,), 0)]


@pytest.mark.parametrize("fact", ["live=before", "live=after", "threads=one"])
def test_a_pair_in_order_for_certain_is_never_what_raced(fact: str) -> None:
    ordered, loose = pair(fact, lines=(4, 8)), pair("live=-", lines=(4, 8))
    assert label(part(ordered, loose), truth((4, 8))) == ([0, 1], 1)
    assert label(part(ordered), truth((4, 8))) == ([0], 0)


def test_declared_racy_but_silent_is_unknown() -> None:
    silent = truth(effects={"counter": "racy"})
    assert label(part(pair(lines=(4, 4))), silent) == ([UNKNOWN], UNKNOWN)
    assert label(part(pair(lines=(4, 4)), name="other"), silent) == ([0], 0)


def test_declared_racy_and_reported_at_a_pair_that_was_not_made_is_a_racy_slice() -> None:
    told = truth((4, 8), effects={"counter": "racy"})
    both, one = part(pair(lines=(4, 4)), pair(lines=(8, 8))), part(pair(lines=(4, 4)))
    assert label(both, told) == ([UNKNOWN, UNKNOWN], 1)
    assert label(one, told) == ([UNKNOWN], UNKNOWN)  # half a match tells nothing


@pytest.mark.parametrize("name", ["self->counter", "box.counter", "counter[]", "a->b.counter[]"])
def test_effects_are_found_by_the_last_name_of_an_object(name: str) -> None:
    silent = truth(effects={"counter": "racy"})
    assert label(part(pair(), name=name), silent) == ([UNKNOWN], UNKNOWN)


def test_all_links_of_a_racy_pair_hold_and_none_of_an_unknown_one_is_labelled() -> None:
    item = part(pair("common=mutex", *PLAIN), pair("common=mutex", *PLAIN))
    assert label_links(item, [1, UNKNOWN], truth()) == [1] * 5 + [UNKNOWN] * 5


def test_of_a_clean_pair_only_the_broken_link_is_labelled() -> None:
    assert label_links(part(pair("common=mutex", *PLAIN)), [0], truth()) == [-1, -1, -1, -1, 0]


def test_a_declared_effect_labels_what_structure_does_not_show() -> None:
    declared = truth(effects={"counter": "unordered"})
    assert label_links(part(pair("common=none", *PLAIN)), [0], declared) == [-1, -1, -1, 0, -1]
    assert label_links(part(pair("common=mutex", *PLAIN)), [0], declared) == [-1, -1, -1, -1, 0]
    assert label_links(part(pair("common=none", *PLAIN)), [0], truth()) == [-1] * 5


@pytest.mark.parametrize(
    ("facts", "broken"),
    [
        (("live=before",), {Link.UNORDERED}),
        (("live=during",), set()),
        (("phase=differ",), {Link.UNORDERED}),
        (("phase=same",), set()),
        (("common=critical",), {Link.UNPROTECTED}),
        (("common=one-sided",), set()),
        (("common=striped-differ",), set()),
        (("shareB=reduction",), {Link.SAME_LOCATION}),
        (("shareA=shared",), set()),
        (("shareA=pointee-firstprivate",), set()),
        (("threads=one",), {Link.CONCURRENT}),
        (("threads=many",), set()),
        (("atomicA=omp", "atomicB=relaxed"), {Link.CONFLICTING}),
        (("atomicA=omp", "atomicB=-"), set()),
        (("atomicA=volatile", "atomicB=volatile"), set()),
        (("apart=yes", "phase=differ"), {Link.SAME_LOCATION, Link.UNORDERED}),
    ],
)
def test_links_that_structure_breaks(facts: tuple[str, ...], broken: set[Link]) -> None:
    plain = () if any(fact.startswith("atomic") for fact in facts) else PLAIN
    assert broken_links(pair(*facts, *plain)) == broken


def test_a_library_is_the_program_with_main_blanked_and_every_line_in_its_place() -> None:
    library = without_main(PROGRAM)
    assert library is not None
    before, after = PROGRAM.split("\n"), library.split("\n")
    assert len(after) == len(before)
    main = next(n for n, text in enumerate(before) if "main" in text)
    assert after[:main] == before[:main]
    assert "".join(after[main:]).strip() == ""


def test_what_follows_main_is_kept() -> None:
    library = without_main(PROGRAM + "int after;\n")
    assert library is not None
    assert library.endswith("\nint after;\n")


@pytest.mark.parametrize(
    "source",
    [
        "int main(void) { return 0; }\n",  # no threads
        PROGRAM.replace("int main(void)", "int start(void)"),
        PROGRAM.rstrip().removesuffix("}"),  # main never ends
    ],
)
def test_no_library_without_threads_or_main(source: str) -> None:
    assert without_main(source) is None


def test_modern_main_is_found_too() -> None:
    library = without_main("#include <thread>\nauto main() -> int { std::thread t; }\n")
    assert library is not None
    assert "main" not in library


def settled(row: dict[str, Any]) -> list[int]:
    """The pairs that are labelled clean."""
    return [number for number, race in enumerate(row["race"]) if race == 0]


def in_order(row: dict[str, Any]) -> list[int]:
    """The pairs that structure alone shows to be in order."""
    pairs = [set(facts) for facts in json.loads(row["facts"])]
    return [n for n, facts in enumerate(pairs) if facts & {"live=before", "live=after"}]


def test_rows_of_a_racy_program() -> None:
    rows = rows_of(corpus_row())
    (counter,), (safe,) = of_object(rows, "counter"), of_object(rows, "safe")
    assert (counter["slice_race"], safe["slice_race"]) == (1, 0)
    racing = json.loads(counter["places"]).index([6, 6])
    assert counter["race"][racing] == 1
    assert settled(counter) == in_order(counter)
    assert set(safe["race"]) == {0}
    assert (
        len(counter["links"]) == 5 * len(counter["race"]) == 5 * len(json.loads(counter["facts"]))
    )
    assert (counter["label"], counter["twin_group"], counter["program"]) == ("racy", "t1", "p1")


def test_rows_of_a_clean_program() -> None:
    rows = rows_of(corpus_row("clean", (), effects=json.dumps({"counter": "unprotected"})))
    assert {row["slice_race"] for row in rows} == {0}


def test_rows_of_a_silent_program_declared_racy() -> None:
    rows = rows_of(corpus_row("clean", ()))
    (counter,), (safe,) = of_object(rows, "counter"), of_object(rows, "safe")
    assert (counter["slice_race"], set(counter["race"])) == (UNKNOWN, {UNKNOWN, 0})
    assert settled(counter) == in_order(counter)
    assert safe["slice_race"] == 0


def test_both_views_carry_the_label_of_the_same_lines() -> None:
    # The lock on line 7 is what tells a reader of the library that threads come here.
    source = PROGRAM.replace("safe++;", "safe++; counter--;")
    rows = rows_of(corpus_row(source=source))
    for view in ("program", "library"):
        (counter,) = of_object(rows, "counter", view)
        assert 1 in counter["race"]
    (library,) = of_object(rows, "counter", "library")
    assert all(line < 12 for line, _ in json.loads(library["lines"]))  # nothing of main


def test_the_same_slice_elsewhere_in_a_file_has_the_same_key() -> None:
    moved = corpus_row(source="\n\n" + PROGRAM, reports=((8, 8),))
    (here,), (there,) = (
        of_object(rows_of(corpus_row()), "counter"),
        of_object(rows_of(moved), "counter"),
    )
    assert here["lines"] != there["lines"]
    assert here["key"] == there["key"]
    clean = rows_of(corpus_row("clean", (), effects="{}"))
    assert of_object(clean, "counter")[0]["key"] != here["key"]  # another outcome, another example


def test_the_command_reads_usable_programs_and_writes_what_read_slices_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extra = dict.fromkeys(("choices", "slot_lines", "expected", "outcome", "detail", "runs"), "")
    flags = {"other_reports": "", "agrees": True, "disagrees": False}
    good, bad = corpus_row(), corpus_row(id="p2", usable=False)
    write_part(tmp_path / "corpus", [{**row, **extra, **flags} for row in (good, bad)])
    out = tmp_path / "new" / "slices.parquet"
    status = dataset.run(
        argparse.Namespace(corpus=tmp_path / "corpus", out=out, jobs=1, all=False, oracle=None)
    )
    assert status == 0
    rows = list(read_slices(out))
    assert {row["program"] for row in rows} == {"p1"}
    expected = rows_of(good)
    assert [row["facts"] for row in rows] == [json.loads(row["facts"]) for row in expected]
    assert [row["race"] for row in rows] == [row["race"] for row in expected]
    assert capsys.readouterr().out.startswith(f"1 programs, {len(rows)} slices; in 0 racy")
    assert [path.name for path in out.parent.iterdir()] == ["slices.parquet"]


@given(st.text(min_size=1, max_size=30), st.integers(2, 10))
def test_a_family_is_in_one_part_and_in_one_fold_always(family: str, folds: int) -> None:
    assert split_of(family) in {"train", "calibrate", "test"}
    assert split_of(family) == split_of(str(family))
    assert fold_of(family, folds) in range(folds)


def test_the_split_is_written_in_stone() -> None:
    # A change would leak test families into training of the next bundle.
    names = [f"family_{number}" for number in range(8)]
    assert [split_of(name) for name in names] == [
        "test",
        "test",
        "train",
        "train",
        "calibrate",
        "test",
        "train",
        "train",
    ]


def test_the_parts_have_about_their_shares() -> None:
    parts = [split_of(f"name {number}") for number in range(2000)]
    for name, share in (("test", 0.2), ("calibrate", 0.15), ("train", 0.65)):
        assert parts.count(name) / len(parts) == pytest.approx(share, abs=0.04)


def test_every_real_family_has_one_name_and_no_part_is_empty() -> None:
    paths = sorted(p for p in FAMILIES.rglob("*") if p.suffix in {".c", ".cpp"})
    names = [read_family(path).name for path in paths]
    assert len(set(names)) == len(names) > 50
    parts = [split_of(name) for name in names]
    assert all(parts.count(part) >= 5 for part in ("train", "calibrate", "test"))
    folds = [fold_of(name, 5) for name in names]
    assert all(folds.count(fold) >= 5 for fold in range(5))
