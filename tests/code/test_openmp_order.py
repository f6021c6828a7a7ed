"""What orders and protects inside a team: barriers, critical, atomic, locks, single, ordered."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, function, read

LOOP = "for (int i = 0; i < n; i++)"


def team(body: str, before: str = "") -> str:
    return function("#pragma omp parallel\n{\n" + body + "\n}", before)


def test_a_barrier_parts_phases() -> None:
    body = "#pragma omp master\n counter = 1;\n{}\n out[0] = counter;"
    check_pairs(team(body.format("")), "counter", "phase=same")
    check_pairs(team(body.format("#pragma omp barrier")), "counter", "phase=differ")


@pytest.mark.parametrize("construct", ["for", "sections", "single"])
def test_nowait_takes_the_implied_barrier_away(construct: str) -> None:
    inner = {
        "for": "for (int i = 0; i < n; i++) counter = i;",
        "sections": "{ counter = 1; }",
        "single": "counter = 1;",
    }[construct]
    body = f"#pragma omp {construct}%s\n {inner}\n out[0] = counter;"
    check_pairs(team(body % ""), "counter", "modeB=read phase=differ")
    check_pairs(team(body % " nowait"), "counter", "modeB=read phase=same nowaitA=yes")


@pytest.mark.parametrize("word", ["master", "masked"])
def test_master_has_no_barrier(word: str) -> None:
    body = f"#pragma omp {word}\n counter = 1;\n out[0] = counter;"
    check_pairs(team(body), "counter", "frameA=master phase=same")
    check_silent(team(body), "counter", "modeB=read phase=differ")


def test_a_barrier_in_a_loop_joins_its_ends() -> None:
    body = (
        "for (int t = 0; t < 9; t++) {{ cells[1] = t;\n#pragma omp barrier\n"
        " out[t] = cells[1];\n{} }}"
    )
    check_pairs(team(body.format("")), "cells[]", "modeB=read phase=same")
    check_silent(team(body.format("#pragma omp barrier")), "cells[]", "modeB=read phase=same")


def test_critical_sections_by_name() -> None:
    body = "#pragma omp critical{}\n counter++;\n#pragma omp critical{}\n counter--;"
    check_pairs(team(body.format("", "")), "counter", "common=critical")
    check_silent(team(body.format("", "")), "counter", "common=differ")
    check_pairs(team(body.format("(a)", "(b)")), "counter", "common=differ self=no")
    check_silent(team(body.format("(a)", "(a)")), "counter", "common=differ")


def test_one_side_outside_the_critical_section() -> None:
    body = "#pragma omp critical\n counter++;\n out[0] = counter;"
    check_pairs(team(body), "counter", "common=one-sided locksA=1 locksB=0")
    check_silent(
        team("#pragma omp critical\n{ counter++; out[0] = counter; }"),
        "counter",
        "common=one-sided",
    )


@pytest.mark.parametrize(
    ("clause", "statement", "mode"),
    [
        ("", "counter++;", "modeA=update"),
        (" update", "counter += 2;", "modeA=update"),
        (" write", "counter = 2;", "modeA=write-constant"),
        (" capture", "n = counter++;", "modeA=update"),
        (" capture", "{ n = counter; counter++; }", "modeA=update"),
        (" compare", "if (n > counter) counter = n;", "modeA=write"),
        (" update seq_cst", "counter += 2;", "modeA=update"),
    ],
)
def test_every_form_of_atomic(clause: str, statement: str, mode: str) -> None:
    check_pairs(team(f"#pragma omp atomic{clause}\n {statement}"), "counter", f"{mode} atomicA=omp")
    check_silent(
        team(f"#pragma omp atomic{clause}\n {statement}"), "counter", "modeA=update atomicA=-"
    )
    check_pairs(team(f" {statement}"), "counter", f"{mode} atomicA=-")


def test_atomic_read_beside_a_plain_write() -> None:
    body = "{}\n counter = n;\n int t;\n#pragma omp atomic read\n t = counter;"
    check_pairs(team(body.format("")), "counter", "atomicA=- atomicB=omp")
    check_silent(team(body.format("#pragma omp atomic write")), "counter", "atomicA=-")


def test_only_the_target_of_an_atomic_is_atomic() -> None:
    body = "#pragma omp atomic\n cells[counter] += other;\n counter = 1; other = 2;"
    check_pairs(team(body), "cells[]", "atomicA=omp")
    check_pairs(team(body), "other", "atomicA=- atomicB=-")
    check_silent(team(body), "other", "atomicB=omp")


def test_flush_is_a_line_of_the_slice_and_no_order() -> None:
    body = "counter = 1;\n{}\n out[0] = counter;"
    check_pairs(team(body.format("#pragma omp flush")), "counter", "phase=same")
    lines = {
        line.line for s in read(team(body.format("#pragma omp flush"))).slices for line in s.lines
    }
    assert 7 in lines
    assert "flush" not in str(read(team(body.format(""))).slices)


def test_omp_locks() -> None:
    body = "omp_set_lock(&l); counter++; omp_unset_lock(&l);"
    check_pairs(team(body, "omp_lock_t l;"), "counter", "common=mutex")
    check_pairs(team("counter++;", "omp_lock_t l;"), "counter", "common=none")


def test_a_lock_for_each_element() -> None:
    body = (
        "for (int k = 0; k < n; k++) {{ omp_set_lock(&l[{0}]); cells[in[k]]++;"
        " omp_unset_lock(&l[{0}]); }}"
    )
    check_pairs(team(body.format("in[k]"), "omp_lock_t l[100];"), "cells[]", "common=striped")
    check_pairs(team(body.format("0"), "omp_lock_t l[100];"), "cells[]", "common=mutex")


def test_single_and_sections_are_told_apart() -> None:
    body = "#pragma omp single nowait\n counter = 1;\n#pragma omp single\n counter = 2;"
    check_pairs(team(body), "counter", "frames=apart-single-single phase=same")
    body = (
        "#pragma omp sections\n{\n#pragma omp section\n counter = 1;\n"
        "#pragma omp section\n {} = 2;\n}"
    )
    check_pairs(team(body.replace("{} ", "counter ")), "counter", "frames=siblings-section-section")
    check_silent(team(body.replace("{} ", "other ")), "counter", "frames=siblings-section-section")


def test_the_first_section_needs_no_directive() -> None:
    body = "#pragma omp sections\n{\n counter = 1;\n#pragma omp section\n counter = 2;\n}"
    check_pairs(team(body), "counter", "frames=siblings-section-section")
    body = "#pragma omp sections\n{\n { counter = 1;\n counter = 2; }\n}"
    check_silent(team(body), "counter", "frames=siblings-section-section")


def test_ordered_regions_and_doacross() -> None:
    body = "#pragma omp for ordered\n" + LOOP + " {{\n{}\n counter += i; }}"
    check_pairs(team(body.format("#pragma omp ordered")), "counter", "inA=ordered clauseA=ordered")
    check_silent(team(body.format("")), "counter", "inA=ordered")


@pytest.mark.parametrize(
    ("sink", "source"),
    [("depend(sink: i - 1)", "depend(source)"), ("doacross(sink: i - 1)", "doacross(source:)")],
)
def test_doacross_loops_say_so(sink: str, source: str) -> None:
    body = (
        "#pragma omp for ordered(1)\nfor (int i = 1; i < n; i++) {{\n{}"
        "\n cells[i] = cells[i - 1];\n{}\n}}"
    )
    waits = body.format(f"#pragma omp ordered {sink}", f"#pragma omp ordered {source}")
    check_pairs(team(waits), "cells[]", "index=shift1 doacrossA=doacross-sink")
    check_silent(team(body.format("", "")), "cells[]", "doacrossA=doacross-sink")


def test_code_for_one_thread_number() -> None:
    body = "if (omp_get_thread_num() == 0) counter = 1;\n out[0] = counter;"
    check_pairs(team(body), "counter", "guardA=tid-eq guardB=-")
    check_silent(team("counter = 1;\n out[0] = counter;"), "counter", "guardA=tid-eq")


def test_a_team_of_one_thread() -> None:
    body = "#pragma omp parallel num_threads({})\n counter++;"
    check_pairs(function(body.format(1)), "counter", "threads=one")
    check_pairs(function(body.format(4)), "counter", "threads=many")


def test_simd_alone_runs_in_lanes_and_with_a_team_it_is_marked() -> None:
    alone = function("#pragma omp simd\n" + LOOP + " counter += i;")
    check_silent(alone, "counter", "scope=omp")
    check_pairs(alone, "counter", "scope=lanes frameA=lanes")
    check_silent(function(LOOP + " counter += i;"), "counter")
    check_pairs(
        function("#pragma omp parallel for simd\n" + LOOP + " counter += i;"),
        "counter",
        "scope=omp",
    )


def test_offload_is_said_to_be_out_of_sight() -> None:
    body = "#pragma omp {}\n" + LOOP + " counter += i;"
    source = function(body.format("target teams distribute parallel for"))
    check_pairs(source, "counter", "unresolved=offload")
    assert read(source).regions[0].kind == "target teams distribute parallel for"
    check_pairs(function(body.format("parallel for")), "counter", "unresolved=none")


def test_worksharing_orphaned_in_a_called_function() -> None:
    callee = (
        "int counter;\nstatic void part(int n) {\n#pragma omp for\nfor "
        "(int i = 0; i < n; i++) counter = i;\n}\n"
    )
    caller = "void run(int n) {\n#pragma omp parallel\n part(n);\n}\n"
    check_pairs(callee + caller, "counter", "scope=omp frameA=for function=same-called")
    check_pairs(callee, "counter", "scope=orphan frameA=for")
    check_silent(callee.replace("#pragma omp for", ""), "counter")


def test_code_after_a_region_runs_alone() -> None:
    check_silent(function("#pragma omp parallel\n { other++; }\n counter++;"), "counter")
    check_pairs(function("#pragma omp parallel\n { other++;\n counter++; }"), "counter")


def test_atomics_with_release_and_acquire_hand_over() -> None:
    give = "cells[0] = n;\n#pragma omp atomic write %s\n counter = 1;\n"
    take = "int t;\n#pragma omp atomic read %s\n t = counter;\n out[t] = cells[0];"
    source = "#pragma omp single nowait\n{ " + give + " }\n" + take
    check_pairs(team(source % ("release", "acquire")), "cells[]", "modeB=read ordering=flag")
    check_silent(team(source % ("relaxed", "relaxed")), "cells[]", "ordering=flag")


def test_flushes_on_both_sides_are_said() -> None:
    source = (
        "#pragma omp single nowait\n{ cells[0] = n;\n%s\n counter = 1; }\n%s\n out[0] = cells[0];"
    )
    flush = "#pragma omp flush"
    check_pairs(team(source % (flush, flush)), "cells[]", "modeB=read ordering=flush")
    check_silent(team(source % ("", "")), "cells[]", "ordering=flush")


def test_a_barrier_that_one_way_leaves_out_orders_nothing_on_the_other() -> None:
    body = "cells[i] = n;\n%s\nint right = cells[i + 1]; out[i] = right;"
    source = function("#pragma omp parallel\n{ int i = omp_get_thread_num();\n" + body + "\n}")
    barrier = "#pragma omp barrier"
    meets = "modeA=write modeB=read index=shift1 phase=same"
    check_pairs(source % f"if (n > 3) {{\n{barrier}\n}}", "cells[]", meets)
    for always in (barrier, f"if (n > 3) {{\n{barrier}\n}} else {{\n{barrier}\n}}"):
        check_silent(source % always, "cells[]", meets)


def test_what_a_way_writes_before_its_own_barrier_is_over_after_it() -> None:
    source = function(
        "#pragma omp parallel\n{ int i = omp_get_thread_num();\n"
        "if (n > 3) {\ncells[i] = n;\n#pragma omp barrier\n}\n"
        "int right = cells[i + 1]; out[i] = right;\n}"
    )
    check_pairs(source, "cells[]", "modeA=write modeB=read phase=differ")
    check_silent(source, "cells[]", "modeA=write modeB=read phase=same")
