"""Check runs and their annotations."""

from __future__ import annotations

from typing import Any

from tests.integration.fake_github.errors import Refused, not_found
from tests.integration.fake_github.state import WRITE, CheckRun, State
from tests.integration.fake_github.wire import Request, need

MOST_ANNOTATIONS = 50  # in one request
LONGEST_TITLE = 255
LONGEST_TEXT = 64 * 1024  # bytes of an annotation's message or details
LONGEST_SUMMARY = 65_535


def create_check_run(state: State, request: Request) -> CheckRun:
    """A new check run on a commit that exists."""
    _need_app(request)
    body = request.body or {}
    if not state.history.has(str(body.get("head_sha"))):
        raise Refused(422, f"No commit found for SHA: {body.get('head_sha')}")
    _check(body)
    run = CheckRun(state.next_id(), body["name"], body["head_sha"], {})
    state.check_runs[run.id] = run
    _merge(run, body)
    return run


def update_check_run(state: State, request: Request, number: int) -> CheckRun:
    """The same check run; annotations are added to those it has."""
    _need_app(request)
    run = state.check_runs.get(number)
    if run is None:
        raise not_found()
    body = request.body or {}
    _check(body)
    _merge(run, body)
    return run


def _need_app(request: Request) -> None:
    token = need(request, WRITE, "checks")
    if not token.installation:
        raise Refused(403, "You must authenticate via a GitHub App.")


def _merge(run: CheckRun, body: dict[str, Any]) -> None:
    output = dict(body.get("output") or {})
    run.annotations += output.pop("annotations", None) or []
    if output:
        run.fields["output"] = {**(run.fields.get("output") or {}), **output}
    run.fields.update({key: value for key, value in body.items() if key != "output"})
    if body.get("conclusion"):  # GitHub completes a run that is given a conclusion
        run.fields["status"] = "completed"


def _check(body: dict[str, Any]) -> None:
    if body.get("status") == "completed" and not body.get("conclusion"):
        raise _invalid("conclusion is missing for a completed check run")
    output = body.get("output")
    if output is None:
        return
    if not output.get("title") or not output.get("summary"):
        raise _invalid('"title" and "summary" weren\'t supplied')
    for name in ("summary", "text"):
        if len(output.get(name) or "") > LONGEST_SUMMARY:
            raise _invalid(f"{name} exceeds a maximum of {LONGEST_SUMMARY} characters")
    annotations = output.get("annotations") or []
    if len(annotations) > MOST_ANNOTATIONS:
        raise _invalid(
            f"No more than {MOST_ANNOTATIONS} items are allowed; {len(annotations)} were supplied."
        )
    for annotation in annotations:
        _check_annotation(annotation)


def _check_annotation(annotation: dict[str, Any]) -> None:
    first, last = annotation["start_line"], annotation["end_line"]
    if not 1 <= first <= last:
        raise _invalid("end_line must not come before start_line")
    if first != last and ("start_column" in annotation or "end_column" in annotation):
        raise _invalid("columns are allowed on one line only")
    if len(annotation.get("title") or "") > LONGEST_TITLE:
        raise _invalid(f"title exceeds a maximum of {LONGEST_TITLE} characters")
    for name in ("message", "raw_details"):
        if len((annotation.get(name) or "").encode()) > LONGEST_TEXT:
            raise _invalid(f"{name} exceeds a maximum of 64 KB")
    if annotation["path"].startswith(("/", "./")) or not annotation["message"]:
        raise _invalid("path must be relative to the root, and message must not be blank")


def _invalid(message: str) -> Refused:
    return Refused(422, f"Invalid request.\n\n{message}")
