"""Policy files: what is read, every problem at once, and a schema that editors can trust."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from reviewbot.errors import BadPolicy
from reviewbot.policy import NEVER, NO_BAND, Band, Policy
from reviewbot.policy_file import (
    MAX_BYTES,
    SHIPPED,
    load_policy,
    parse_policy,
    policy_schema,
    show_policy,
)
from reviewbot.records import FindingKind

POLICIES = Path(__file__).parent.parent / "policies"

FULL = """\
version: 1
race: {enabled: true, comment: 0.3, block: 0.9, escalate: {low: 0.6, high: 0.8}}
hotspot: {enabled: false}
max_comments: 3
report_pre_existing: true
summary_comment: true
overrides:
  - path: third_party/**
    enabled: false
  - path: src/core/
    race: {comment: 0.2, block: never, escalate: never}
"""


def problems(text: str) -> list[str]:
    """The problems that the error lists, without the file's name."""
    with pytest.raises(BadPolicy) as caught:
        parse_policy(text, name="p.yaml")
    return [line.strip().removeprefix("p.yaml:") for line in str(caught.value).split("\n")[1:]]


def refused(text: str) -> str:
    with pytest.raises(BadPolicy) as caught:
        parse_policy(text, name="p.yaml")
    return str(caught.value)


def test_every_key_is_read() -> None:
    policy = parse_policy(FULL, name="p.yaml")
    assert (policy.race.comment, policy.race.block) == (0.3, 0.9)
    assert policy.race.escalate == Band(low=0.6, high=0.8)
    assert (policy.hotspot.enabled, policy.hotspot.comment) == (False, Policy().hotspot.comment)
    assert (policy.max_comments, policy.report_pre_existing) == (3, True)
    assert policy.summary_comment
    assert not parse_policy("version: 1", name="p.yaml").summary_comment
    assert not policy.thresholds(FindingKind.RACE, "third_party/a.c").enabled
    core = policy.thresholds(FindingKind.RACE, "src/core/a.c")
    assert (core.enabled, core.comment, core.block, core.escalate) == (True, 0.2, NEVER, NO_BAND)


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "version: 1"])
def test_what_is_left_out_is_the_default(text: str) -> None:
    assert parse_policy(text, name="p.yaml") == Policy()


def test_a_kind_within_an_override_goes_before_the_override_as_a_whole() -> None:
    text = "overrides: [{path: x/**, enabled: false, race: {enabled: true}}]"
    policy = parse_policy(text, name="p.yaml")
    assert policy.thresholds(FindingKind.RACE, "x/a.c").enabled
    assert not policy.thresholds(FindingKind.HOTSPOT, "x/a.c").enabled


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("race: {comment: 1.5}", "1: race.comment: found 1.5, allowed: a number from 0 to 1"),
        ("race: {comment: true}", "1: race.comment: found True, allowed: a number from 0 to 1"),
        ("race: {comment: .nan}", "1: race.comment: found nan, allowed: a number from 0 to 1"),
        ("race:\n  comment:", "2: race.comment: found None, allowed: a number from 0 to 1"),
        ("race: {comment: '0.5'}", "1: race.comment: found '0.5', allowed: a number from 0 to 1"),
        (
            "race: {block: no}",
            "1: race.block: found False, allowed: a number from 0 to 1, or never",
        ),
        (
            "race: {escalate: {low: 0.2, high: 0.6}}",
            "1: race.escalate: found {'low': 0.2, 'high': 0.6}, allowed: a number from 0.5 to 1",
        ),
        (
            "race: {escalate: {low: 0.9, high: 0.6}}",
            "1: race.escalate: found {'low': 0.9, 'high': 0.6}, allowed: low at most as high "
            "as high",
        ),
        (
            "race: {escalate: {low: 0.9}}",
            "1: race.escalate: found {'low': 0.9}, allowed: {low: a number, high: a number}, "
            "or never",
        ),
        ("race: {enabled: 1}", "1: race.enabled: found 1, allowed: true or false"),
        ("race: 3", "1: race: found 3, allowed: a mapping of keys"),
        ("max_comments: 1.5", "1: max_comments: found 1.5, allowed: a whole number"),
        ("overrides: {}", "1: overrides: found {}, allowed: a list"),
        ("version: 2", "1: version: found 2, allowed: 1"),
        ("overrides:\n  - race: {}", "2: overrides[0].path: this key is required"),
        (
            "\nrace: {coment: 0.5}",
            "2: race.coment: unknown key; did you mean comment? "
            "(allowed: enabled, comment, block, escalate)",
        ),
        (
            "overrides:\n - path: a\n   hot: {}",
            "3: overrides[0].hot: unknown key; did you mean hotspot? "
            "(allowed: path, enabled, race, hotspot)",
        ),
        (
            "race: {comment: 0.9, block: 0.5}",
            "1: race: found comment 0.9 above block 0.5, allowed: comment at most as high as block",
        ),
        (
            "race: {block: 0.5}",  # the default's comment threshold is above it
            "1: race: found comment 0.6 above block 0.5, allowed: comment at most as high as block",
        ),
        (
            "race: {comment: 0.7}\noverrides:\n- path: a\n  race: {block: 0.65}",
            "4: overrides[0].race: found comment 0.7 above block 0.65, "
            "allowed: comment at most as high as block",
        ),
    ],
)
def test_a_problem_names_its_place_and_what_is_allowed(text: str, problem: str) -> None:
    assert problems(text) == [problem]


def test_every_problem_is_listed_at_once() -> None:
    text = "race: {comment: 2, blok: 1}\nmax_comments: -1\noverrides: [{pth: a}]\n"
    places = {problem.split(": ")[1] for problem in problems(text)}
    assert places == {
        "race.comment",
        "race.blok",
        "max_comments",
        "overrides[0].path",
        "overrides[0].pth",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("race: {}\nhotspot: {}\nrace: {}", "p.yaml:3: not valid YAML: the key 'race' stands"),
        ("race: {comment: 1, comment: 1}", "the key 'comment' stands here twice"),
        ("race: &a {}\nhotspot: *a", "p.yaml:2: not valid YAML: aliases"),
        ("race: [", "p.yaml:1: not valid YAML"),
        ("? [a]\n: 1", "a key must be text"),
        ("race: !!python/object:os.system {}", "not valid YAML"),
        ("a: 1\n---\nb: 2", "not valid YAML"),
        ("- race", "found a list"),
        ("strict", "found a str: 'strict'"),
        ("race: \x07", "not valid YAML"),
        ("[" * 5000, "not valid YAML"),
        ("max_comments: 2026-99-99", "not valid YAML"),
    ],
)
def test_yaml_that_is_refused(text: str, said: str) -> None:
    assert said in refused(text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadPolicy, match="shipped are default, strict, advisory"):
        load_policy("strcit")
    with pytest.raises(BadPolicy, match="cannot be read"):
        load_policy(tmp_path)
    (tmp_path / "latin").write_bytes(b"# caf\xe9\n")
    with pytest.raises(BadPolicy, match="not UTF-8"):
        load_policy(tmp_path / "latin")
    (tmp_path / "big").write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(BadPolicy, match="larger than"):
        load_policy(tmp_path / "big")
    (tmp_path / "fits").write_bytes(b"#" * MAX_BYTES)
    assert load_policy(tmp_path / "fits") == Policy()


def test_a_path_may_be_text_and_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(FULL, encoding="utf-8-sig")
    assert load_policy(str(path)) == load_policy(path) == parse_policy(FULL, name="x")


def test_the_default_policy_is_the_shipped_one() -> None:
    assert load_policy("default") == load_policy(None) == Policy()


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_policy_points_at_its_schema_and_fits_it(name: str) -> None:
    text = (POLICIES / f"{name}.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=./policy.schema.json\n")
    jsonschema.validate(yaml.safe_load(text), policy_schema())
    assert load_policy(name) == load_policy(POLICIES / f"{name}.yaml")


def test_only_the_strict_policy_blocks() -> None:
    blocking = {name for name in SHIPPED if load_policy(name).race.block != NEVER}
    assert blocking == {"strict"}
    assert load_policy("strict").race.block == 0.8


def test_the_published_schema_is_current() -> None:
    # To renew it: write json.dumps(policy_schema(), indent=2) and a line break to the file.
    published = (POLICIES / "policy.schema.json").read_text(encoding="utf-8")
    assert published == json.dumps(policy_schema(), indent=2) + "\n"


def test_every_key_of_the_schema_is_described() -> None:
    schema = policy_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    keys = [
        (key, value)
        for model in (schema, *schema["$defs"].values())
        for key, value in model["properties"].items()
    ]
    assert len(keys) >= 14
    assert [key for key, value in keys if not value.get("description")] == []


@pytest.mark.parametrize(
    "text",
    [
        "race: {coment: 1}",
        "race: {comment: 2}",
        "race: {block: always}",
        "race: {escalate: {low: 0.5}}",
        "max_comments: many",
        "overrides: [{}]",
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(text: str) -> None:
    assert refused(text)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), policy_schema())


def test_the_schema_takes_what_the_reader_takes() -> None:
    jsonschema.validate(yaml.safe_load(FULL), policy_schema())


@pytest.mark.parametrize("name", [*SHIPPED, "full"])
def test_what_is_shown_can_be_read_back(name: str) -> None:
    policy = parse_policy(FULL, name="x") if name == "full" else load_policy(name)
    again = parse_policy(show_policy(policy), name="shown")
    assert show_policy(again) == show_policy(policy)
    for path in ("a.c", "src/core/a.c", "third_party/a.c"):
        for kind in FindingKind:
            assert again.thresholds(kind, path) == policy.thresholds(kind, path)


def test_what_is_shown_is_in_force() -> None:
    shown = yaml.safe_load(show_policy(parse_policy(FULL, name="x")))
    assert shown["overrides"][1]["race"] == {
        "enabled": True,
        "comment": 0.2,
        "block": "never",
        "escalate": "never",
    }
    assert shown["overrides"][0]["race"]["comment"] == 0.3
    assert shown["max_comments"] == 3
