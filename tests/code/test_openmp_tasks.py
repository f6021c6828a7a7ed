"""Tasks: which instances there are, what they copy, and what makes others wait for them."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, function


def producer(body: str) -> str:
    """Statements that one thread of a team runs."""
    return function("#pragma omp parallel\n#pragma omp single\n{\n" + body + "\n}")


TASK = "#pragma omp task{}\n counter = 1;\n"


def test_two_tasks_are_two_frames() -> None:
    check_pairs(
        producer(TASK.format("") + TASK.format("")),
        "counter",
        "frameA=task frameB=task frames=siblings-task-task taskA=once self=no group=same",
    )
    check_silent(producer(TASK.format("")), "counter", "self=no")


@pytest.mark.parametrize("wait", ["#pragma omp taskwait", "#pragma omp barrier"])
def test_a_wait_parts_groups(wait: str) -> None:
    check_pairs(producer(TASK.format("") + "out[0] = counter;"), "counter", "modeB=read group=same")
    check_pairs(
        producer(TASK.format("") + wait + "\nout[0] = counter;"),
        "counter",
        "modeB=read group=differ",
    )


def test_a_taskgroup_ends_its_tasks() -> None:
    body = (
        "{}\n{{\n"
        + TASK.format("").replace("{", "{{").replace("}", "}}")
        + "}}\n out[0] = counter;"
    )
    check_pairs(
        producer(body.format("#pragma omp taskgroup")), "counter", "inA=taskgroup group=differ"
    )
    check_pairs(producer(body.format("")), "counter", "modeB=read group=same")
    check_silent(producer(body.format("")), "counter", "inA=taskgroup")


def test_a_task_in_a_loop_has_many_instances() -> None:
    body = "for (int i = 0; i < n; i++) {\n#pragma omp task\n counter += i;\n}"
    check_pairs(producer(body), "counter", "taskA=looped self=yes")
    check_pairs(producer("#pragma omp task\n counter += 1;"), "counter", "taskA=once")


def test_a_task_copies_locals_unless_they_are_shared() -> None:
    body = "int v = 0;\n#pragma omp task{}\n v = n;\n#pragma omp taskwait\n out[0] = v;"
    check_pairs(producer(body.format(" shared(v)")), "v", "modeA=write")
    check_silent(producer(body.format("")), "v", "modeA=write frameA=task shareA=task-shared")


def test_depend_clauses_match_or_not() -> None:
    both = (
        TASK.format(" depend(out: counter)") + "#pragma omp task depend({})\n out[0] = counter;\n"
    )
    check_pairs(producer(both.format("in: counter")), "counter", "modeB=read depend=match")
    check_pairs(producer(both.format("in: other")), "counter", "modeB=read depend=no-match")
    check_pairs(
        producer(TASK.format(" depend(out: counter)") + TASK.format("")),
        "counter",
        "depend=one-sided",
    )
    check_silent(producer(TASK.format("") + TASK.format("")), "counter", "depend=match")


def test_depend_on_what_is_only_read_orders_nothing() -> None:
    two = TASK.format(" depend(in: other)") * 2
    check_pairs(producer(two), "counter", "depend=in-in")
    check_pairs(producer(TASK.format(" depend(inout: other)") * 2), "counter", "depend=match")
    check_pairs(
        producer(TASK.format(" depend(mutexinoutset: other)") * 2), "counter", "depend=mutex"
    )


def test_tasks_of_one_set_run_at_once_and_after_others() -> None:
    one = TASK.format(" depend(inoutset: other)")
    check_pairs(producer(one * 2), "counter", "depend=in-in")
    check_silent(producer(one * 2), "counter", "depend=match")
    check_pairs(producer(one + TASK.format(" depend(in: other)")), "counter", "depend=match")


def test_only_tasks_of_one_maker_depend_on_each_other() -> None:
    child = "#pragma omp task{}\n{{\n" + TASK.format(" depend(out: counter)") + "}}\n"
    reader = "#pragma omp task depend(in: counter)\n out[0] = counter;\n"
    nephew = producer(child.format("") + reader)
    check_pairs(nephew, "counter", "modeB=read depend=no-match")
    check_silent(nephew, "counter", "modeB=read depend=match")
    brother = producer(TASK.format(" depend(out: counter)") + reader)
    check_pairs(brother, "counter", "modeB=read depend=match")


@pytest.mark.parametrize(
    ("inside", "after", "reached"),
    [
        ("", "#pragma omp taskwait", False),
        ("#pragma omp taskwait", "#pragma omp taskwait", True),
        ("", "#pragma omp barrier", True),
    ],
)
def test_a_wait_ends_the_children_of_who_waits_and_not_theirs(
    inside: str, after: str, reached: bool
) -> None:
    child = f"#pragma omp task\n{{\n{TASK.format('')}{inside}\n;}}\n"
    group = "differ" if reached else "same"
    source = producer(f"{child}{after}\n out[0] = counter;")
    source = source.replace("#pragma omp single", "") if "barrier" in after else source
    check_pairs(source, "counter", f"modeB=read group={group}")
    check_silent(source, "counter", f"modeB=read group={'same' if reached else 'differ'}")


def test_taskloop_divides_its_iterations() -> None:
    body = "#pragma omp taskloop{}\nfor (int i = 0; i < n; i++) counter += i;\n out[0] = counter;"
    check_pairs(producer(body.format("")), "counter", "frameA=taskloop modeB=read group=differ")
    check_pairs(
        producer(body.format(" nogroup")), "counter", "clauseA=nogroup modeB=read group=same"
    )


def test_taskloop_reduction() -> None:
    body = "int s = 0;\n#pragma omp taskloop{}\nfor (int i = 0; i < n; i++) s += in[i];"
    check_pairs(producer(body.format(" reduction(+: s)")), "s", "shareA=reduction")
    check_silent(producer(body.format(" shared(s)")), "s", "shareA=reduction")
    check_pairs(producer(body.format(" shared(s)")), "s", "modeA=update")


def test_an_undeferred_task_says_so() -> None:
    check_pairs(producer(TASK.format(" if(0)") * 2), "counter", "clauseA=undeferred")
    check_silent(producer(TASK.format("") * 2), "counter", "clauseA=undeferred")


def test_who_makes_an_undeferred_task_runs_it() -> None:
    source = producer(TASK.format("%s") + "\n counter--;")
    check_silent(source % " if(0)", "counter", "frameB=task")
    check_pairs(
        source % " if(0)", "counter", "frames=same frameA=single clauseA=undeferred self=no"
    )
    for deferred in ("", " if(0) depend(in: n)"):
        check_pairs(source % deferred, "counter", "frames=siblings-single-task")


def test_tasks_made_by_recursion_are_told() -> None:
    source = (
        "int total;\nvoid walk(int d) {\n if (d == 0) return;\n#pragma omp task\n walk(d - 1);\n"
        " total += d;\n}\n"
        "void run(void) {\n#pragma omp parallel\n#pragma omp single\n walk(9);\n}\n"
    )
    check_pairs(source, "total", "modeA=update frameA=task")
    check_silent(source.replace("#pragma omp task", ""), "total", "frameA=task")


def test_what_a_task_waits_for_is_no_wait_of_its_creator() -> None:
    source = """
int found;
static void scan(void) {
    #pragma omp task
    found++;
}
int work(void) {
    int seen = 0;
    #pragma omp parallel
    #pragma omp single
    {
        #pragma omp OUTER
        {
            #pragma omp INNER
            scan();
        }
        seen = found;
    }
    return seen;
}
"""
    inside = source.replace("OUTER", "task").replace("INNER", "taskgroup")
    around = source.replace("OUTER", "taskgroup").replace("INNER", "task")
    check_pairs(inside, "found", "modeA=update modeB=read group=same")
    check_pairs(around, "found", "modeA=update modeB=read group=differ")
    check_silent(around, "found", "modeB=read group=same")


def test_a_depend_item_reached_through_a_copy_of_the_pointer() -> None:
    source = """
struct bed { int seeds, sprouts; };
static void sow(struct bed *b) { b->seeds += 1; }
static void water(struct bed *b) { b->sprouts = b->seeds; }
void work(struct bed *garden, int n) {
    #pragma omp parallel
    #pragma omp single
    for (int k = 0; k < n; k++) {
        struct bed *plot = &garden[k];
        #pragma omp task depend(out: ITEMplot)
        sow(plot);
        struct bed *dry = COPY;
        #pragma omp task depend(in: ITEMdry)
        water(dry);
    }
}
"""
    copy = source.replace("COPY", "plot")
    check_pairs(copy.replace("ITEM", "*"), "garden[].seeds", "modeB=read depend=match")
    check_silent(copy.replace("ITEM", "*"), "garden[].seeds", "depend=no-match")
    check_pairs(copy.replace("ITEM", ""), "garden[].seeds", "modeB=read depend=no-match")
    other = source.replace("COPY", "&garden[k + 1]").replace("ITEM", "*")
    check_pairs(other, "garden[].seeds", "modeB=read depend=no-match")


def test_the_loops_that_make_tasks_may_stand_in_a_function_above() -> None:
    source = (
        "long sums[40];\nvoid add(int k) {{ sums[k] += k; }}\n"
        "void all(int n) {{\n for (int k = 0; k < n; k++) {{\n#pragma omp task\n  add({}); }}\n}}\n"
        "void run(int n) {{\n#pragma omp parallel\n#pragma omp single\n all(n);\n}}\n"
    )
    check_pairs(source.format("k"), "sums[]", "meet=same meet-by=task-same")
    check_silent(source.format("k / 2"), "sums[]", "meet=same")
    check_silent(source.format("n"), "sums[]", "meet=same")
