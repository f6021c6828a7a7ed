"""Tasks and who creates them: before the creation, between turns, by one thread or by all."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent, function


def _single(body: str) -> str:
    return function(f"#pragma omp parallel\n#pragma omp single\n{{\n{body}\n}}")


_TASK = "#pragma omp task\n{ other++; }"
_WRITE, _TO_TASK = "other = n;", "frameB=task modeA=write frameA=single"


def test_what_precedes_the_creation_of_a_task_is_before_it() -> None:
    check_pairs(_single(f"{_WRITE}\n{_TASK}"), "other", f"{_TO_TASK} live=before")
    behind = _single(f"{_TASK}\n{_WRITE}").replace("{ other++; }", "{ other = 3; }")
    check_silent(behind, "other", "live=before")


def test_the_next_turn_follows_the_tasks_of_the_last_only_where_it_waits() -> None:
    turn = f"for (int i = 0; i < n; i++) {{\n{_WRITE}\n{_TASK}\n%s\n}}"
    check_silent(_single(turn % ""), "other", "live=before")
    check_pairs(_single(turn % "#pragma omp taskwait"), "other", f"{_TO_TASK} live=before")


def test_a_task_that_all_threads_create_follows_what_its_own_creator_did() -> None:
    alone = _single(f"{_WRITE}\n{_TASK}")
    check_silent(alone.replace("#pragma omp single\n", ""), "other", "live=before")


def test_a_local_that_a_task_shares_is_written_by_its_creator_too() -> None:
    turns = (
        "struct node job;\nfor (int k = 0; k < n; k++) {\njob.value = k;\n"
        "#pragma omp task %s(job)\ncells[k] = job.value;\n}"
    )
    check_pairs(_single(turns % "shared"), "job.value", "modeA=write frameA=single frameB=task")
    check_silent(_single(turns % "firstprivate"), "job.value")


def test_what_a_pointer_names_is_not_copied_with_the_task() -> None:
    source = (
        "static void use(int *mine, int *out) {\n#pragma omp task\nout[0] = *mine;\n}\n"
        "void run(int *out) {\n#pragma omp parallel\n#pragma omp single\n{\n%s\n"
        "for (int k = 0; k < 9; k++) { %s use(&own, out); own = k; }\n}\n}"
    )
    made = source % ("int own;", "")
    check_pairs(made, "own", "modeA=write modeB=read frameB=task")
    check_silent(made.replace("*mine", "3"), "own", "frameB=task")


def test_a_task_that_writes_a_child_in_a_tree_meets_the_parent_that_reads_it() -> None:
    source = """
#include <memory>
struct Node { long total = 0; std::unique_ptr<Node> left; };
void add(Node *n) {
    if (n->left) {
        #pragma omp task
        add(n->left.get());
    }
    %s
    n->total = 1;
    if (n->left) n->total += n->left->total;
}
void run(Node *root) {
    #pragma omp parallel
    #pragma omp single
    add(root);
}
"""
    wanted = "frames=siblings-single-task group=same"
    check_pairs(source % "", "root->left[].total", wanted, path="a.cpp")
    check_silent(source % "#pragma omp taskwait", "root->left[].total", wanted, path="a.cpp")


def test_a_taskloop_that_all_threads_meet_is_made_by_each_of_them() -> None:
    loop = "#pragma omp taskloop\nfor (int i = 0; i < n; i++) cells[i] += in[i];"
    check_pairs(function(f"#pragma omp parallel\n{{\n{loop}\n}}"), "cells[]", "meet=other")
    check_pairs(_single(loop), "cells[]", "meet=same")
    check_silent(_single(loop), "cells[]", "meet=other")


def test_tasks_of_different_turns_meet_unless_each_turn_waits() -> None:
    steps = (
        "for (int t = 0; t < n; t++) {\nfor (int i = 0; i < 90; i++) {\n"
        "#pragma omp task firstprivate(i)\ncells[i] = t;\n}\n%s\n}"
    )
    check_pairs(_single(steps % "#pragma omp taskwait"), "cells[]", "meet-by=task-same")
    check_silent(_single(steps % ""), "cells[]", "meet-by=task-same")


def _dependent(first: str, second: str) -> str:
    return _single(
        "int *to = cells, *from = cells;\n"
        f"#pragma omp task depend(out: {first})\nfor (int k = 0; k < 9; k++) to[k] = k;\n"
        f"#pragma omp task depend(in: {second})\nfor (int k = 0; k < 9; k++) other += from[k];"
    )


def test_a_depend_item_behind_a_pointer_is_what_it_points_to() -> None:
    between = "frames=siblings-task-task depend=match"
    for items in (("*to", "*from"), ("to[0]", "*from"), ("cells[0]", "from[0]")):
        check_pairs(_dependent(*items), "cells[]", between)
    for items in (("to", "from"), ("*to", "from[1]")):
        check_silent(_dependent(*items), "cells[]", between)
