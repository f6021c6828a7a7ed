"""The baseline: fingerprints of findings that a team has accepted for now."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from reviewbot.errors import BadBaseline
from reviewbot.records import Finding, Status

SCHEMA_VERSION = 1

_AGAIN = "write it anew with the command that made it"


def read_baseline(path: Path) -> frozenset[str]:
    """The fingerprints that the file holds; BadBaseline says what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        raise BadBaseline(f"{path}: there is no such baseline file; check the path") from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise BadBaseline(f"{path}: the baseline cannot be read: {exc}") from exc
    return parse_baseline(text, name=str(path))


def write_baseline(path: Path, findings: Iterable[Finding]) -> str:
    """Records the findings, whole or not at all, and says so in a sentence; fixed are left out."""
    text = render_baseline(findings)
    beside = path.with_name(path.name + ".new")  # a full disk must not eat the old baseline
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(path)
    except OSError as exc:
        raise BadBaseline(f"{path}: the baseline cannot be written: {exc.strerror}") from exc
    count = len(parse_baseline(text, name=str(path)))
    told = f"baseline of {count} finding{'' if count == 1 else 's'} written to {path}"
    return f"{told}; give --baseline {path} to be told of others alone"


def render_baseline(findings: Iterable[Finding]) -> str:
    """The baseline's text, sorted for small diffs; path, function and object are for people."""
    entries = {
        finding.fingerprint: {
            "fingerprint": finding.fingerprint,
            "kind": finding.kind.value,
            "path": finding.path,
            "function": finding.function,
            "object": finding.object,
        }
        for finding in findings
        if finding.status is not Status.FIXED
    }
    ordered = sorted(entries.values(), key=lambda entry: (entry["path"], entry["fingerprint"]))
    document = {"schema_version": SCHEMA_VERSION, "findings": ordered}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def parse_baseline(text: str, *, name: str) -> frozenset[str]:
    """The fingerprints in a baseline's text; `name` is how errors call the file."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise BadBaseline(f"{name}: this is not JSON ({exc}); {_AGAIN}") from exc
    if not isinstance(document, dict):
        raise BadBaseline(f"{name}: a baseline is a JSON object, not a {_kind(document)}; {_AGAIN}")
    version = document.get("schema_version")
    if isinstance(version, bool) or version != SCHEMA_VERSION:
        raise BadBaseline(f"{name}: schema_version is {version!r}, not {SCHEMA_VERSION}; {_AGAIN}")
    entries = document.get("findings")
    if not isinstance(entries, list):
        raise BadBaseline(f"{name}: findings must be a list, not a {_kind(entries)}; {_AGAIN}")
    return frozenset(
        _fingerprint(entry, f"{name}: findings[{i}]") for i, entry in enumerate(entries)
    )


def _fingerprint(entry: object, where: str) -> str:
    value = entry.get("fingerprint") if isinstance(entry, dict) else None
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{16}", value):
        raise BadBaseline(f"{where}.fingerprint must be 16 hex digits, found {value!r}; {_AGAIN}")
    return value


def _kind(value: object) -> str:
    return {dict: "object", list: "list", str: "string", type(None): "null"}.get(
        type(value), type(value).__name__
    )
