"""Cutting a function out: what comes along, what stays behind, and why some cannot be cut."""

import re
from pathlib import Path

import pytest
from harvest_toys import clone

from model_export.harvest.cut import Part, TooLarge, cut, program
from model_export.harvest.driver import WORLDS, driver_text, target_of
from model_export.harvest.flatten import Flat, flatten, read_markers, switches, without_marks
from model_export.harvest.licences import licence_of, spdx
from model_export.harvest.units import units_of


def part_of(text: str, name: str = "a.c") -> Part:
    flat = Flat(text, tuple(name for _ in text.split("\n")), ())
    return Part(flat, units_of(Path(name), flat))


def cut_out(text: str, *wanted: str, name: str = "a.c") -> str:
    return cut([part_of(text, name)], wanted).text


def test_what_a_function_needs_comes_along_and_nothing_else() -> None:
    text = (
        "#define TWICE(x) (2 * (x))\n#define UNUSED 7\ntypedef int cell;\n"
        "struct other { int a; };\n"
        "static cell step = 3;\nstatic int helper(int x) { return x + step; }\n"
        "int lonely(void) { return UNUSED; }\nint f(int n) { return TWICE(helper(n)); }\n"
    )
    kept = cut_out(text, "f")
    for needed in ("TWICE(x)", "typedef int cell", "step = 3", "helper(int x)", "int f(int n)"):
        assert needed in kept
    for other in ("UNUSED", "struct other", "lonely"):
        assert other not in kept


def test_a_field_is_no_reason_to_follow_a_function_of_its_name() -> None:
    text = (
        "int size(void) { return 1; }\nstruct s { int size; };\n"
        "int f(struct s *p) { return p->size; }\n"
    )
    assert "int size(void)" not in cut_out(text, "f")
    called = text.replace("p->size", "p->size + size()")
    assert "int size(void)" in cut_out(called, "f")


def test_macros_that_change_keep_every_definition_in_order() -> None:
    text = (
        "#define N 1\nint a(void) { return N; }\n#undef N\n#define N 2\n"
        "int f(void) { return N + a(); }\n"
    )
    assert re.findall(r"#\w+ N.*", cut_out(text, "f")) == ["#define N 1", "#undef N", "#define N 2"]


def test_members_defined_outside_their_class_come_with_it() -> None:
    text = (
        "namespace a {\nclass Box { public: void fill(); void drop(); };\n"
        "void Box::fill() {}\nvoid Box::drop() {}\nvoid f(Box &b) { b.fill(); }\n}\n"
    )
    kept = cut_out(text, "f", name="a.cpp")
    assert "void Box::fill()" in kept and "namespace a {" in kept
    assert "void Box::drop()" not in kept


def test_a_function_that_needs_half_of_its_project_is_given_up() -> None:
    body = "\n".join(f"  x += {number};" for number in range(2600))
    text = f"int helper(int x) {{\n{body}\n  return x;\n}}\nint f(void) {{ return helper(1); }}\n"
    with pytest.raises(TooLarge, match="2500 lines"):
        cut_out(text, "f")
    assert "int g" in cut_out(text + "int g(void) { return 2; }\n", "g")


def test_a_file_is_flattened_with_its_headers_and_without_its_conditionals(tmp_path: Path) -> None:
    root = clone(tmp_path / "toy")
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "made_by_a_build.h").write_text("")
    source = root / "src" / "grid.c"
    off = flatten(source, [root / "include"], empty, cpp=False)
    on = flatten(source, [root / "include"], empty, ("TOY_OPENMP",), cpp=False)
    assert off.text.count("#pragma omp parallel for") + 1 == on.text.count(
        "#pragma omp parallel for"
    )
    assert "typedef struct" in on.text and "#ifdef" not in on.text
    assert "CELLS(g)" in on.text  # macros stay as they are written
    assert on.system == ("math.h",)
    assert set(on.origins) == {str(source), str(root / "include" / "grid.h")}


def test_switches_are_a_project_s_own_and_turn_something_on() -> None:
    assert switches("#if defined(LIB_OPENMP)\n#ifdef _OPENMP\n#ifndef X\n") == ("LIB_OPENMP",)
    assert switches("#ifdef NO_OPENMP\n#if defined(LIB_DISABLE_OPENMP)\n") == ()


def test_macros_that_stand_for_attributes_are_taken_out() -> None:
    text = '#define API __attribute__((visibility("default")))\nAPI int f(void);\n'
    assert without_marks(text).splitlines()[1] == " int f(void);"
    kept = "#define N 4\nint a[N];\n"
    assert without_marks(kept) == kept


def test_system_headers_become_includes_again() -> None:
    output = (
        '# 0 "a.c"\n# 1 "/usr/include/stdio.h" 1 3 4\nint printf();\n'
        '# 1 "/usr/include/bits/types.h" 1 3 4\ntypedef int t;\n# 2 "a.c" 2\nint x;\n'
    )
    flat = read_markers(output)
    assert flat.text.strip() == "int x;" and flat.system == ("stdio.h", "bits/types.h")


def test_feature_macros_stand_before_the_includes() -> None:
    text = program(("sched.h",), "#define _GNU_SOURCE\nint x;")
    assert text.index("_GNU_SOURCE") < text.index("sched.h") and text.count("_GNU_SOURCE") == 1
    assert "_GNU_SOURCE" not in program(("stdio.h",), "int x;")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "void f(int *a) {\n#pragma omp for\nfor (int i = 0; i < 9; i++) a[i] = i;\n}",
            "elsewhere",
        ),
        ("int main(void) {\n#pragma omp parallel\n{ }\nreturn 0; }", "whole program"),
        ("static int n; void f(void) { n++; }", "elsewhere"),
    ],
)
def test_functions_whose_callers_would_have_to_be_invented_are_left_alone(
    body: str, reason: str
) -> None:
    found = target_of("a.c", body, "main" if "main" in body else "f")
    assert isinstance(found, str) and reason in found


def test_a_function_with_a_team_of_its_own_is_called_once_and_from_one_thread() -> None:
    text = (
        "void f(int *a, int n) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < n; i++) a[i] = i;\n}"
    )
    target = target_of("a.c", text, "f")
    assert not isinstance(target, str)
    driver = driver_text(target, trial=False)
    assert driver is not None
    call = driver[driver.index("static void setup_call") :]
    assert call.count("f(setup_a0, setup_a1);") == 1
    assert "pthread_create" not in call and "omp parallel" not in call


def test_rows_never_overlap_and_only_a_trial_can_change_its_world() -> None:
    text = (
        "void f(double *a, int width, int height, int stride, int gain) {\n"
        "#pragma omp parallel for\nfor (int y = 0; y < height; y++) a[y * stride] = gain;\n}"
    )
    target = target_of("a.c", text, "f")
    assert not isinstance(target, str)
    plain, trial = driver_text(target, trial=False), driver_text(target, trial=True)
    assert plain is not None and trial is not None
    assert "SETUP_CLASS(setup_a3), SETUP_N)" in plain and "SETUP_CLASS(setup_a4), 1)" in plain
    assert "SETUP_OTHER" not in plain
    assert all(name in trial for world in WORLDS for name in world.variables)


def test_a_region_with_a_threshold_gets_the_elements_that_it_asks_for() -> None:
    text = (
        "void f(int *a, int n) {\n#pragma omp parallel for if (n >= 5000)\n"
        "for (int i = 0; i < n; i++) a[i] = i;\n}"
    )
    others = (" if (n > 1 && n >= 7000)", "")
    texts = (text, *(text.replace(" if (n >= 5000)", other) for other in others))
    found = [target_of("a.c", t, "f") for t in texts]
    lengths = [
        re.findall(r"#define SETUP_N (\d+)", driver_text(t, trial=False) or "")
        for t in found
        if not isinstance(t, str)
    ]
    assert lengths == [["5000"], ["7000"], ["1024"]]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("MIT License\nPermission is hereby granted,\nfree of charge, to any person", "MIT"),
        ("Apache License\n Version 2.0, January 2004", "Apache-2.0"),
        (
            "GNU GENERAL PUBLIC LICENSE\nVersion 2 ... GNU Library General Public License",
            "GPL-2.0",
        ),
        ("SPDX-License-Identifier: BSD-3-Clause", "BSD-3-Clause"),
        ("You may not use this.", "unknown"),
    ],
)
def test_licences_are_known_by_their_words(text: str, name: str) -> None:
    assert spdx(text) == name


def test_a_project_without_a_licence_file_has_an_unknown_licence(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("Permission is hereby granted, free of charge")
    assert licence_of(tmp_path) == "unknown"
    (tmp_path / "COPYING").write_text("GNU GENERAL PUBLIC LICENSE Version 3")
    assert licence_of(tmp_path) == "GPL-3.0"
    (tmp_path / "LICENSE").write_text("Permission is hereby granted, free of charge")
    assert licence_of(tmp_path) == "MIT"  # its own, where there are two


def test_files_that_call_each_other_are_declared_before_they_are_defined() -> None:
    one = part_of(
        "typedef int cell;\ncell half(cell);\ncell f(cell n) { return half(n); }\n", "a.c"
    )
    two = part_of(
        "static cell g0 = 1;\ncell half(cell n) /* of it */ { return f(n) + g0; }\n", "b.c"
    )
    text = cut([one, two], {"f"}).text
    assert text.index("typedef int cell") < text.index("cell half(cell n);") < text.index("return")
    assert "cell f(cell n);" in text and "/* of it */;" not in text
    alone = cut([one], {"f"}).text
    assert "cell f(cell n);" not in alone
