"""Reading families: what is understood, and how each mistake is told."""

from pathlib import Path

import pytest

from model_export.programs.family import BadFamily, Family, parse_family, read_family

HEAD = "//@ family: tiny\n//@ domain: counters\n//@ problem: Count.\n"
BODY = """\
//@ param N: 10 | 20
static int n;
//@ slot lock
//@ is on: neutral
int lock;
//@ is off: neutral
//@ end
//@ slot add on n
//@ is bare: racy
n += @N@;
//@ is guarded: unprotected
guard(n, @N@);
//@ end
//@ slot add
//@ is guarded
release();
//@ end
"""


def parse(body: str, head: str = HEAD) -> Family:
    return parse_family(head + body, language="c", path="tiny.c")


def check_told(body: str, *words: str, head: str = HEAD) -> None:
    with pytest.raises(BadFamily) as told:
        parse(body, head)
    for word in words:
        assert word in str(told.value)


def test_reads_headers_params_and_slots() -> None:
    family = parse(BODY)
    assert (family.name, family.domain, family.problem) == ("tiny", "counters", "Count.")
    assert [(p.name, p.values) for p in family.params] == [("N", ("10", "20"))]
    assert [(s.name, s.objects, dict(s.effects)) for s in family.slots] == [
        ("lock", (), {"on": "neutral", "off": "neutral"}),
        ("add", ("n",), {"bare": "racy", "guarded": "unprotected"}),
    ]
    assert family.variants == 8


def test_an_alternative_absent_at_a_repeat_is_empty_there() -> None:
    repeat = parse(BODY).segments[-1]
    assert repeat.slot == "add"
    assert dict(repeat.alternatives) == {"guarded": "release();\n"}


def test_on_and_effects_may_stand_at_a_later_place() -> None:
    body = """\
//@ slot add
//@ is guarded
int lock;
//@ end
//@ slot add on n, m
//@ is bare: racy
n++;
//@ is guarded: unprotected
guard(n);
//@ end
"""
    (slot,) = parse(body).slots
    assert slot.objects == ("n", "m")
    assert slot.racy == ("bare",)
    assert slot.clean == ("guarded",)


def test_double_bar_is_code_and_not_a_border() -> None:
    (param,) = parse("//@ param C: a || b | c\nif (@C@) x();\n").params
    assert param.values == ("a || b", "c")


def test_unknown_effect_names_line_and_choices() -> None:
    body = BODY.replace("bare: racy", "bare: unsafe")
    check_told(body, "tiny.c:12:", "unknown effect 'unsafe'", "same-location")


def test_slot_that_decides_needs_an_object() -> None:
    check_told(
        BODY.replace(" on n\n", "\n"), "tiny.c:11:", "slot 'add' is not neutral", "on OBJECT"
    )


def test_alternative_unknown_at_a_repeat() -> None:
    body = BODY.replace("//@ is guarded\n", "//@ is garded\n")
    check_told(body, "tiny.c:18:", "'garded' of slot 'add' has no effect", "bare, guarded")


def test_unclosed_slot_names_where_it_opens() -> None:
    check_told(BODY.removesuffix("//@ end\n"), "tiny.c:17:", "slot 'add' is never closed")


def test_unknown_placeholder() -> None:
    check_told(BODY.replace("n += @N@", "n += @M@"), "tiny.c:13:", "unknown placeholder @M@")


def test_unused_param() -> None:
    check_told("//@ param N: 1 | 2\nint n;\n", "tiny.c:4:", "param 'N' is never used")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("//@ is guarded: unprotected", "//@ is guarded: racy", "no clean alternative"),
        ("//@ is off: neutral\n", "", "offers no choice"),
        ("//@ slot lock\n", "//@ slot lock on n\n", "both decide about 'n'"),
        ("//@ slot lock\n", "//@ slot lock\nint stray;\n", "before the first `//@ is`"),
        ("//@ slot lock\n", "//@ slot\n", "cannot read control line `slot`"),
        ("static int n;\n", "//@ is lost: racy\n", "outside a slot"),
        ("static int n;\n", "//@ end\n", "`end` without an open slot"),
        ("//@ is off: neutral\n", "//@ slot inner\n", "opens within slot 'lock'"),
        ("//@ is guarded\n", "//@ is guarded: racy\n", "was unprotected at an earlier place"),
        ("//@ is off: neutral\n", "//@ is on: neutral\n", "given twice at this place"),
        (" on n\n", " on a->n\n", "'a->n' is not a C name"),
        ("N: 10 | 20", "N: 10 | 10", "a repeated value"),
        ("param N:", "param add:", "unknown placeholder @N@"),
    ],
)
def test_each_mistake_is_told(before: str, after: str, told: str) -> None:
    assert before in BODY
    body = BODY.replace(before, after, 1)
    if told == "both decide about 'n'":
        body = body.replace("is on: neutral", "is on: unordered")
    check_told(body, "tiny.c:", told)


def test_missing_header() -> None:
    check_told(BODY, "`//@ problem: …` is missing", head=HEAD.replace("//@ problem: Count.\n", ""))


def test_file_name_is_family_name(tmp_path: Path) -> None:
    right, wrong = tmp_path / "tiny.cpp", tmp_path / "other.c"
    for path in (right, wrong):
        path.write_text(HEAD + BODY)
    assert read_family(right).language == "c++"
    with pytest.raises(BadFamily, match="must be named as its file, other"):
        read_family(wrong)
    with pytest.raises(BadFamily, match=r"ends in \.c or \.cpp"):
        read_family(tmp_path / "tiny.txt")
