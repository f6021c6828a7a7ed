"""Cuts the operations that the fake serves out of GitHub's own OpenAPI description.

GitHub's description has a thousand operations and 13 MB; what we use of it fits in one small file.
To renew it:

    npm pack @octokit/openapi && tar xzf octokit-openapi-*.tgz
    python tests/integration/fake_github/cut_openapi.py package/generated/api.github.com.json

Facts of the interface are kept (types, required fields, limits); prose and examples are not.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).with_name("openapi.json")

_REPO = "/repos/{owner}/{repo}"
OPERATIONS: dict[str, tuple[str, ...]] = {
    "/user": ("get",),
    "/rate_limit": ("get",),
    _REPO: ("get",),
    f"{_REPO}/pulls": ("get",),
    f"{_REPO}/pulls/{{pull_number}}": ("get",),
    f"{_REPO}/pulls/{{pull_number}}/files": ("get",),
    f"{_REPO}/pulls/{{pull_number}}/commits": ("get",),
    f"{_REPO}/pulls/{{pull_number}}/reviews": ("get", "post"),
    f"{_REPO}/pulls/{{pull_number}}/reviews/{{review_id}}": ("get", "put", "delete"),
    f"{_REPO}/pulls/{{pull_number}}/reviews/{{review_id}}/comments": ("get",),
    f"{_REPO}/pulls/{{pull_number}}/comments": ("get", "post"),
    f"{_REPO}/pulls/{{pull_number}}/comments/{{comment_id}}/replies": ("post",),
    f"{_REPO}/pulls/comments/{{comment_id}}": ("get", "patch", "delete"),
    f"{_REPO}/issues/{{issue_number}}": ("get",),
    f"{_REPO}/issues/{{issue_number}}/comments": ("get", "post"),
    f"{_REPO}/issues/comments/{{comment_id}}": ("get", "patch", "delete"),
    f"{_REPO}/commits/{{ref}}": ("get",),
    f"{_REPO}/commits/{{commit_sha}}/pulls": ("get",),
    f"{_REPO}/commits/{{ref}}/check-runs": ("get",),
    f"{_REPO}/check-runs": ("post",),
    f"{_REPO}/check-runs/{{check_run_id}}": ("get", "patch"),
    f"{_REPO}/check-runs/{{check_run_id}}/annotations": ("get",),
}
# What says nothing of the shape of a value.
_PROSE = {
    "description",
    "example",
    "examples",
    "title",
    "summary",
    "externalDocs",
    "deprecated",
    "tags",
    "headers",
    "x-github",
    "x-octokit",
    "x-github-breaking-changes",
    "x-multi-segment",
    "default",
    "operationId",
}
_NAMED = {"properties", "schemas", "responses", "parameters", "paths", "patternProperties"}


def cut(whole: dict[str, Any]) -> dict[str, Any]:
    """A valid OpenAPI document of our operations and everything that they refer to."""
    paths = {
        path: {verb: _operation(whole["paths"][path][verb]) for verb in verbs}
        for path, verbs in OPERATIONS.items()
    }
    paths = {path: _bare(item) for path, item in paths.items()}
    components: dict[str, dict[str, Any]] = {}
    waiting = list(_references(paths))
    while waiting:
        _, _, kind, name = waiting.pop().split("/")
        if name in components.setdefault(kind, {}):
            continue
        components[kind][name] = _bare(
            whole["components"][kind][name], response=kind == "responses"
        )
        waiting += _references(components[kind][name])
    return {
        "openapi": whole["openapi"],
        "info": {
            "title": "GitHub's REST API, as far as the fake serves it",
            "version": whole["info"]["version"],
            "license": whole["info"]["license"],
            "x-source": "npm package @octokit/openapi, generated/api.github.com.json",
        },
        "paths": paths,
        "components": {kind: dict(sorted(of.items())) for kind, of in sorted(components.items())},
    }


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    kept = ("parameters", "requestBody", "responses")
    return {key: operation[key] for key in kept if key in operation}


def _bare(node: Any, *, named: bool = False, response: bool = False) -> Any:
    """The node without prose; `named`: its keys are names of fields, not words of the schema."""
    if isinstance(node, list):
        return [_bare(part) for part in node]
    if not isinstance(node, dict):
        return node
    if response and "$ref" not in node:  # OpenAPI demands a description of every response
        return {"description": "", **_bare({**node})}
    kept = {key: value for key, value in node.items() if named or key not in _PROSE}
    return {
        key: _responses(value)
        if key == "responses" and not named
        else _bare(value, named=key in _NAMED and not named)
        for key, value in kept.items()
    }


def _responses(by_status: dict[str, Any]) -> dict[str, Any]:
    return {status: _bare(answer, response=True) for status, answer in by_status.items()}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from _references(part)


def main() -> None:
    """Write the cut beside this file."""
    whole = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    text = json.dumps(cut(whole), separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    OUTPUT.write_text(text + "\n", encoding="utf-8")
    print(f"{OUTPUT.name}: {len(text) / 1000:.0f} kB, version {whole['info']['version']}")


if __name__ == "__main__":
    main()
