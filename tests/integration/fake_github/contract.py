"""GitHub's own description of its interface: which requests and responses it allows."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.integration.fake_github.cut_openapi import OUTPUT

# GitHub answers null here for an outdated comment, whatever its description says.
NULL_IN_PRACTICE = {
    "pull-request-review-comment": ("line", "position", "original_line"),
    "review-comment": ("line", "original_line"),
}
_NUMBERS = {"pull_number", "issue_number", "comment_id", "review_id", "check_run_id"}


@dataclass(frozen=True)
class Operation:
    """One row of the description: a verb on a path's template."""

    verb: str
    template: str
    details: dict[str, Any] = field(repr=False, hash=False, compare=False)

    @property
    def name(self) -> str:
        """As people would write it: `POST /repos/{owner}/{repo}/check-runs`."""
        return f"{self.verb.upper()} {self.template}"


class Contract:
    """The description, ready to judge; stateless but for what it remembers having judged."""

    def __init__(self, path: Path = OUTPUT) -> None:
        self.document = relaxed(json.loads(path.read_text(encoding="utf-8")))
        self._schemas = _as_json_schema(self.document)
        self._operations = [
            (_pattern(template), Operation(verb, template, details))
            for template, item in self._schemas["paths"].items()
            for verb, details in item.items()
        ]
        self._validators: dict[str, Draft202012Validator] = {}
        self._judged: dict[tuple[str, bytes], list[str]] = {}

    def find(self, verb: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation that serves a path, and the values of the template's parameters."""
        for pattern, operation in self._operations:
            if operation.verb == verb.lower() and (match := pattern.fullmatch(path)):
                return operation, match.groupdict()
        return None

    def of_request(self, operation: Operation, query: Mapping[str, str], body: Any) -> list[str]:
        """What is wrong with a request, as sentences."""
        wrong = [f"{operation.name}: {fault}" for fault in self._query_faults(operation, query)]
        asked = operation.details.get("requestBody")
        if asked is None:
            return wrong + ([f"{operation.name}: takes no body"] if body else [])
        schema = asked["content"]["application/json"]["schema"]
        # What the description does not name GitHub ignores in silence: here it is a fault.
        wrong += [f"{operation.name}: no field {name}" for name in _unknown(schema, body)]
        return wrong + self._judge(f"{operation.name} request", schema, body)

    def of_response(self, operation: Operation, status: int, body: Any) -> list[str]:
        """What is wrong with a response, as sentences."""
        answers = operation.details["responses"]
        answer = self._resolve(
            answers.get(str(status), {"$ref": "#/components/schemas/basic-error"})
        )
        if str(status) not in answers and status < 400:
            return [f"{operation.name}: no status {status} in the description"]
        if "content" in answer:
            schema = next(iter(answer["content"].values()))["schema"]
        elif str(status) in answers:
            return [f"{operation.name}: {status} has no body"] if body is not None else []
        else:
            schema = answer
        return self._judge(f"{operation.name} response {status}", schema, body)

    def fill(self, name: str, known: Mapping[str, Any]) -> dict[str, Any]:
        """An object of a schema: what is known of it, and dull values for what else it requires."""
        filled = self._fill({"$ref": f"#/components/schemas/{name}"}, dict(known))
        assert isinstance(filled, dict)
        return filled

    def _query_faults(self, operation: Operation, query: Mapping[str, str]) -> Iterator[str]:
        known = {
            part["name"]: part["schema"]
            for part in map(self._resolve, operation.details.get("parameters", ()))
            if part["in"] == "query"
        }
        for name, text in query.items():
            if name not in known:
                yield f"no query parameter {name}"
                continue
            number = known[name].get("type") == "integer" and text.isdigit()
            for error in self._validator(known[name]).iter_errors(int(text) if number else text):
                yield f"query parameter {name}: {error.message[:200]}"

    def _judge(self, what: str, schema: dict[str, Any], body: Any) -> list[str]:
        # The same page is sent many times in a life, and judging one takes milliseconds.
        text = json.dumps(body, sort_keys=True).encode("utf-8", "surrogatepass")
        key = (what, hashlib.blake2b(text).digest())
        if key not in self._judged:
            self._judged[key] = [
                f"{what}: {error.json_path}: {error.message[:300]}"
                for error in self._validator(schema).iter_errors(body)
            ]
        return self._judged[key]

    def _validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            whole = {**schema, "components": self._schemas["components"]}
            self._validators[key] = Draft202012Validator(whole)
        return self._validators[key]

    def _resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            _, _, kind, name = node["$ref"].split("/")
            node = self._schemas["components"][kind][name]
        return node

    def _fill(self, schema: dict[str, Any], known: Any) -> Any:
        schema = self._resolve(schema)
        for key in ("anyOf", "oneOf", "allOf"):
            if key in schema and "properties" not in schema:
                return self._fill(_fitting(schema[key], known), known)
        properties = schema.get("properties")
        if known is ... and not (properties and "null" not in schema.get("type", ())):
            return _dull(schema)
        if not properties or not isinstance(known, dict | type(...)):
            return known
        given = {} if known is ... else known
        names = [*given, *(name for name in schema.get("required", ()) if name not in given)]
        return {name: self._fill(properties.get(name, {}), given.get(name, ...)) for name in names}


def relaxed(document: dict[str, Any]) -> dict[str, Any]:
    """The description with null allowed where GitHub is known to send it."""
    for name, fields in NULL_IN_PRACTICE.items():
        for field_name in fields:
            document["components"]["schemas"][name]["properties"][field_name]["nullable"] = True
    return document


def _pattern(template: str) -> re.Pattern[str]:
    def group(match: re.Match[str]) -> str:
        kind = r"\d+" if match[1] in _NUMBERS else r"[^/]+"
        return f"(?P<{match[1]}>{kind})"

    return re.compile(re.sub(r"\{(\w+)\}", group, template))


def _fitting(options: list[dict[str, Any]], known: Any) -> dict[str, Any]:
    """The alternative that could hold what is known."""
    wanted = {str: "string", int: "integer", list: "array", bool: "boolean"}.get(type(known))
    typed = [option for option in options if wanted and wanted in option.get("type", ())]
    return (typed or options)[0]


def _dull(schema: dict[str, Any]) -> Any:
    types = schema.get("type", "object")
    if "null" in types:
        return None
    if "enum" in schema:
        return schema["enum"][0]
    formats = {"uri": "https://github.test/", "date-time": "2024-01-01T00:00:00Z"}
    text = formats.get(schema.get("format", ""), "")
    dull = {"string": text, "integer": 0, "number": 0, "boolean": False, "array": [], "object": {}}
    return dull[types if isinstance(types, str) else types[0]]


def _unknown(schema: dict[str, Any], body: Any, prefix: str = "") -> Iterator[str]:
    """Names of fields that a request's schema does not have."""
    if isinstance(body, list):
        for part in body:
            yield from _unknown(schema.get("items", {}), part, prefix)
    if not isinstance(body, dict) or not schema.get("properties"):
        return
    for name, value in body.items():
        if name not in schema["properties"]:
            yield prefix + name
        else:
            yield from _unknown(schema["properties"][name], value, f"{prefix}{name}.")


def _as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` told in the words of JSON Schema."""
    if isinstance(node, list):
        return [_as_json_schema(part) for part in node]
    if not isinstance(node, dict):
        return node
    made = {key: _as_json_schema(value) for key, value in node.items()}
    if made.get("nullable") is not True:  # a mapping: a field that is itself called nullable
        return made
    del made["nullable"]
    if "type" not in made:
        return {"anyOf": [made, {"type": "null"}]}
    if "enum" in made:
        made["enum"] = [*made["enum"], None]
    return {**made, "type": [made["type"], "null"]}


@cache
def contract() -> Contract:
    """The description, read once for all tests."""
    return Contract()
