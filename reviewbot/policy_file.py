"""Policy files: YAML, checked as a whole, into a `Policy`; and back, for people to read."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StrictBool,
    StrictInt,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import ErrorDetails

from reviewbot.errors import BadPolicy
from reviewbot.escalation.settings_file import SanitizerSection, shown
from reviewbot.policy import NEVER, NO_BAND, Band, Override, Partial, Policy, Thresholds

SHIPPED = ("default", "strict", "advisory")

# The strictest policy that anyone writes by hand is a few KiB; a bigger file is not a policy.
MAX_BYTES = 64 * 1024

_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_LIKELY = {"type": "number", "minimum": 0.5, "maximum": 1}  # a verdict is at worst a coin's toss


def _number(value: object, low: float = 0.0) -> float:
    fine = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not fine or not low <= cast(float, value) <= 1.0:  # NaN fails the comparison
        raise ValueError(f"allowed: a number from {low:g} to 1")
    return float(cast(float, value))


def _level(value: object) -> float:
    try:
        return NEVER if value == "never" else _number(value)
    except ValueError as exc:
        raise ValueError(f"{exc}, or never") from exc


def _band(value: object) -> Band:
    if value == "never":
        return NO_BAND
    if not isinstance(value, dict) or set(value) != {"low", "high"}:
        raise ValueError("allowed: {low: a number, high: a number}, or never")
    low, high = (_number(value[key], low=0.5) for key in ("low", "high"))
    if low > high:
        raise ValueError("allowed: low at most as high as high")
    return Band(low=low, high=high)


_Share = Annotated[float, PlainValidator(_number), WithJsonSchema(_SHARE)]
_Level = Annotated[
    float, PlainValidator(_level), WithJsonSchema({"anyOf": [_SHARE, {"const": "never"}]})
]
_Escalate = Annotated[
    Band,
    PlainValidator(_band),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"low": _LIKELY, "high": _LIKELY},
                    "required": ["low", "high"],
                    "additionalProperties": False,
                },
                {"const": "never"},
            ]
        }
    ),
]


# A default of None stands for a key that was left out; a key that is written must have a value,
# so `comment:` with nothing behind it is an error and not a silent default.
class _Limits(BaseModel):
    """Thresholds of one kind of finding."""

    model_config = ConfigDict(extra="forbid")

    enabled: StrictBool = Field(
        default=cast(bool, None),
        description="Whether findings of this kind are told at all.",
        examples=[True],
    )
    comment: _Share = Field(
        default=cast(float, None),
        description="Probability from which a finding becomes a comment.",
        examples=[0.6],
    )
    block: _Level = Field(
        default=cast(float, None),
        description="Probability from which a finding fails the check, or never.",
        examples=[0.8, "never"],
    )
    escalate: _Escalate = Field(
        default=cast(Band, None),
        description="Confidences for which a sanitizer is run first, or never. "
        "Up to `high` a verdict counts as unsure and does not block.",
        examples=[{"low": 0.5, "high": 0.7}, "never"],
    )

    @model_validator(mode="after")
    def _in_order(self) -> _Limits:
        if self.comment is not None and self.block is not None:
            _check_order(self.comment, self.block)
        return self

    def partial(self) -> Partial:
        return Partial(
            enabled=self.enabled, comment=self.comment, block=self.block, escalate=self.escalate
        )


class _OverrideEntry(BaseModel):
    """Other thresholds for some paths; of the entries that match a path, the last one holds."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        min_length=1,
        max_length=200,
        description="Glob from the repository's root: * within a folder, ** across folders; "
        "without a slash, a file name in any folder; with one at its end, all below.",
        examples=["third_party/**", "*_test.cpp", "src/core/"],
    )
    enabled: StrictBool = Field(
        default=cast(bool, None),
        description="false turns every kind off for these paths.",
        examples=[False],
    )
    race: _Limits = Field(default_factory=_Limits, description="Thresholds of races here.")
    hotspot: _Limits = Field(default_factory=_Limits, description="Thresholds of hotspots here.")

    def override(self) -> Override:
        race, hotspot = (
            replace(
                limits.partial(),
                enabled=self.enabled if limits.enabled is None else limits.enabled,
            )
            for limits in (self.race, self.hotspot)
        )
        return Override(glob=self.path, race=race, hotspot=hotspot)


class _PolicyFile(BaseModel):
    """What reviewbot does with what it finds. Keys that are left out keep the default policy's."""

    model_config = ConfigDict(extra="forbid", title="reviewbot policy")

    version: Literal[1] = Field(default=1, description="Version of this format.", examples=[1])
    race: _Limits = Field(default_factory=_Limits, description="Thresholds of data races.")
    hotspot: _Limits = Field(
        default_factory=_Limits, description="Thresholds of performance hotspots."
    )
    max_comments: StrictInt = Field(
        default=cast(int, None),
        ge=0,
        le=100,
        description="Comments per review; the gravest stay and the rest become notes. "
        "Findings that block are always told and count.",
        examples=[10],
    )
    report_pre_existing: StrictBool = Field(
        default=cast(bool, None),
        description="Whether findings that the change did not introduce become comments too.",
        examples=[False],
    )
    summary_comment: StrictBool = Field(
        default=cast(bool, None),
        description="Whether one comment on the pull request always shows the summary as well.",
        examples=[False],
    )
    overrides: list[_OverrideEntry] = Field(
        default_factory=list,
        max_length=200,
        description="Other thresholds for some paths; the last match wins.",
    )
    sanitizer: SanitizerSection = Field(
        default_factory=SanitizerSection,
        description="The build in which findings of the escalation band are put to the test.",
    )

    def policy(self) -> Policy:
        base = Policy()
        keep = base.report_pre_existing
        return Policy(
            race=self.race.partial().over(base.race),
            hotspot=self.hotspot.partial().over(base.hotspot),
            max_comments=base.max_comments if self.max_comments is None else self.max_comments,
            report_pre_existing=(
                keep if self.report_pre_existing is None else self.report_pre_existing
            ),
            summary_comment=bool(self.summary_comment),
            overrides=tuple(entry.override() for entry in self.overrides),
            sanitizer=self.sanitizer.settings(),
        )


def load_policy(source: Path | str | None) -> Policy:
    """The policy of a file, a shipped policy by its name, or the default policy for None.

    BadPolicy lists every problem with the file, its key path, what was found and what is allowed.
    """
    if source is None:
        return Policy()
    path = _shipped(source) if source in SHIPPED else Path(source)
    return parse_policy(_read(path), name=str(path))


def parse_policy(text: str, *, name: str) -> Policy:
    """The policy in a YAML text; `name` is how errors call the file."""
    document, lines = _parse_yaml(text, name)
    try:
        policy = _PolicyFile.model_validate(document).policy()
    except ValidationError as exc:
        problems = [_problem(error) for error in exc.errors()]
    else:
        problems = _disorder(policy)
    if problems:
        told = [f"  {_place(name, keys, lines)}: {problem}" for keys, problem in problems]
        raise BadPolicy("\n".join([f"{name} is not a valid policy:", *told]))
    return policy


def policy_schema() -> dict[str, Any]:
    """The JSON schema of policy files, for editors."""
    schema = _PolicyFile.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return cast("dict[str, Any]", _without_null_defaults(schema))


def show_policy(policy: Policy) -> str:
    """The policy as YAML with every value in force; an override shows what holds on its paths."""
    document = {
        "version": 1,
        "race": _shown(policy.race),
        "hotspot": _shown(policy.hotspot),
        "max_comments": policy.max_comments,
        "report_pre_existing": policy.report_pre_existing,
        "summary_comment": policy.summary_comment,
        "overrides": [
            {
                "path": one.glob,
                "race": _shown(one.race.over(policy.race)),
                "hotspot": _shown(one.hotspot.over(policy.hotspot)),
            }
            for one in policy.overrides
        ],
        "sanitizer": shown(policy.sanitizer),
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def _shown(limits: Thresholds) -> dict[str, object]:
    band = limits.escalate
    return {
        "enabled": limits.enabled,
        "comment": limits.comment,
        "block": "never" if math.isinf(limits.block) else limits.block,
        "escalate": "never" if band == NO_BAND else {"low": band.low, "high": band.high},
    }


def _shipped(name: str | Path) -> Path:
    """Where a shipped policy lies: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    places = [folder / "policies" / f"{name}.yaml" for folder in (package, package.parent)]
    return next((place for place in places if place.is_file()), places[0])


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as exc:
        names = ", ".join(SHIPPED)
        raise BadPolicy(f"{path}: there is no such policy file; shipped are {names}") from exc
    except OSError as exc:
        raise BadPolicy(f"{path}: the policy cannot be read: {exc.strerror}") from exc
    if len(data) > MAX_BYTES:
        raise BadPolicy(f"{path}: larger than {MAX_BYTES} bytes; is this the policy file?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadPolicy(f"{path}: not UTF-8 text (byte {exc.start}); save it as UTF-8") from exc


class _Loader(yaml.SafeLoader):
    """Safe YAML in which every key counts once and nothing is repeated by alias."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):  # a few nested aliases can unfold to gigabytes
            mark = cast(Any, self).peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not allowed", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(
                    problem="a key must be text", problem_mark=key.start_mark
                )
            if key.value in seen:
                problem = f"the key {key.value!r} stands here twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Lines = Mapping[tuple[str | int, ...], int]


def _parse_yaml(text: str, name: str) -> tuple[dict[Any, Any], _Lines]:
    """The mapping in the text, and the line of each of its keys."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        document = loader.construct_document(node) if node else {}
    except yaml.MarkedYAMLError as exc:
        line = f":{exc.problem_mark.line + 1}" if exc.problem_mark else ""
        raise BadPolicy(f"{name}{line}: not valid YAML: {exc.problem}") from exc
    except (yaml.YAMLError, RecursionError, ValueError) as exc:
        raise BadPolicy(f"{name}: not valid YAML: {exc}") from exc
    if not isinstance(document, dict):
        found = type(document).__name__
        raise BadPolicy(
            f"{name}: a policy is a mapping of keys, found a {found}: {_short(document)}"
        )
    return document, dict(_lines(node)) if node else {}


def _lines(
    node: yaml.Node, keys: tuple[str | int, ...] = ()
) -> list[tuple[tuple[str | int, ...], int]]:
    own = [(keys, node.start_mark.line + 1)]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*keys, key.value)
            own += [*_lines(value, inner), (inner, key.start_mark.line + 1)]
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            own += _lines(value, (*keys, number))
    return own


def _place(name: str, keys: tuple[str | int, ...], lines: _Lines) -> str:
    """`policy.yaml:12: overrides[0].race.block`; the line is that of the nearest key written."""
    depth = next((n for n in range(len(keys), 0, -1) if keys[:n] in lines), 0)
    path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return f"{name}:{lines.get(keys[:depth], 1)}: {path.lstrip('.') or 'the file'}"


_ALLOWED = {  # where pydantic's own words speak of Python and not of YAML
    "bool_type": "allowed: true or false",
    "int_type": "allowed: a whole number",
    "list_type": "allowed: a list",
    "model_type": "allowed: a mapping of keys",
    "string_type": "allowed: text",
}


def _problem(error: ErrorDetails) -> tuple[tuple[str | int, ...], str]:
    keys = error["loc"]
    if error["type"] == "extra_forbidden":
        return keys, _unknown_key(keys)
    if error["type"] == "missing":
        return keys, "this key is required"
    message = _ALLOWED.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    message = message.replace("Input should be", "allowed:")
    return keys, message if message.startswith(
        "found"
    ) else f"found {_short(error['input'])}, {message}"


def _short(value: object) -> str:
    return f"{value!r:.60}"


def _unknown_key(keys: tuple[str | int, ...]) -> str:
    inside: dict[str, type[BaseModel]] = {
        "overrides": _OverrideEntry,
        "race": _Limits,
        "hotspot": _Limits,
        "sanitizer": SanitizerSection,
    }
    model: type[BaseModel] = _PolicyFile
    for key in keys[:-1]:
        model = inside.get(str(key), model)
    allowed = list(model.model_fields)
    near = difflib.get_close_matches(str(keys[-1]), allowed, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"unknown key{hint} (allowed: {', '.join(allowed)})"


def _disorder(policy: Policy) -> list[tuple[tuple[str | int, ...], str]]:
    """Thresholds that are out of order once the values that were left out are filled in."""
    merged = [((), policy.race, policy.hotspot)] + [
        (("overrides", n), one.race.over(policy.race), one.hotspot.over(policy.hotspot))
        for n, one in enumerate(policy.overrides)
    ]
    problems: list[tuple[tuple[str | int, ...], str]] = []
    for keys, race, hotspot in merged:
        for kind, limits in (("race", race), ("hotspot", hotspot)):
            try:
                _check_order(limits.comment, limits.block)
            except ValueError as exc:
                problems.append(((*keys, kind), str(exc)))
    return problems


def _check_order(comment: float, block: float) -> None:
    if comment > block:
        raise ValueError(
            f"found comment {comment:g} above block {block:g}, "
            "allowed: comment at most as high as block"
        )


def _without_null_defaults(value: object) -> object:
    if isinstance(value, dict):
        return {
            key: _without_null_defaults(inner)
            for key, inner in value.items()
            if not (key == "default" and inner is None)
        }
    return [_without_null_defaults(one) for one in value] if isinstance(value, list) else value
