"""Routes of check runs."""

from __future__ import annotations

from tests.integration.fake_github import checks
from tests.integration.fake_github.errors import not_found
from tests.integration.fake_github.routing import REPO, Call, route
from tests.integration.fake_github.wire import Answer, page


@route("post", f"{REPO}/check-runs")
def _create_check_run(call: Call) -> Answer:
    return Answer(201, call.shapes.check_run(checks.create_check_run(call.state, call.request)))


@route("get", f"{REPO}/check-runs/{{check_run_id}}")
def _check_run(call: Call) -> Answer:
    run = call.state.check_runs.get(call.number("check_run_id"))
    if run is None:
        raise not_found()
    return Answer(200, call.shapes.check_run(run))


@route("patch", f"{REPO}/check-runs/{{check_run_id}}")
def _update_check_run(call: Call) -> Answer:
    number = call.number("check_run_id")
    run = checks.update_check_run(call.state, call.request, number)
    return Answer(200, call.shapes.check_run(run))


@route("get", f"{REPO}/check-runs/{{check_run_id}}/annotations")
def _annotations(call: Call) -> Answer:
    run = call.state.check_runs.get(call.number("check_run_id"))
    if run is None:
        raise not_found()
    fill = call.shapes.contract.fill
    return page(call.request, [fill("check-annotation", one) for one in run.annotations], call.url)


@route("get", f"{REPO}/commits/{{ref}}/check-runs")
def _check_runs(call: Call) -> Answer:
    name = call.request.query.get("check_name")
    found = [
        call.shapes.check_run(run)
        for run in call.state.check_runs.values()
        if run.head_sha == call.parameters["ref"] and name in (None, run.name)
    ]
    answered = page(call.request, found, call.url)
    answered.body = {"total_count": len(found), "check_runs": answered.body}
    return answered
