"""Routes that read the repository, its commits and its pull requests."""

from __future__ import annotations

from tests.integration.fake_github.errors import Refused, forbidden
from tests.integration.fake_github.routing import REPO, Call, route
from tests.integration.fake_github.state import Pull
from tests.integration.fake_github.wire import Answer, page

_MOST_FILES = 300  # of a diff as text; the list of files goes to 3000


@route("get", "/user")
def _user(call: Call) -> Answer:
    token = call.request.token
    assert token is not None
    if token.installation:
        raise forbidden()
    return Answer(body=call.shapes.private_user(token.user))


@route("get", "/rate_limit")
def _rate_limit(call: Call) -> Answer:
    rate = {"limit": 5000, "remaining": 4999, "reset": 1_704_070_800, "used": 1}
    known = {"rate": rate, "resources": {"core": rate, "search": rate}}
    return Answer(body=call.shapes.contract.fill("rate-limit-overview", known))


@route("get", REPO)
def _repository(call: Call) -> Answer:
    return Answer(body=call.shapes.repository(schema="full-repository"))


@route("get", f"{REPO}/pulls")
def _pulls(call: Call) -> Answer:
    query = call.request.query
    state, head, base = query.get("state", "open"), query.get("head"), query.get("base")
    found = [
        shape
        for pull in sorted(call.state.pulls.values(), key=lambda pull: -pull.number)
        if state in ("all", pull.state)
        for shape in [call.shapes.pull(pull)]
        if head in (None, shape["head"]["label"]) and base in (None, pull.base)
    ]
    return page(call.request, found, call.url)


@route("get", f"{REPO}/commits/{{commit_sha}}/pulls")
def _pulls_of_commit(call: Call) -> Answer:
    # A fork's commit is in the fork alone: asked of this repository, GitHub knows no pull request.
    found = [
        call.shapes.pull(pull)
        for pull in call.state.pulls.values()
        if pull.head_repository is None
        and call.parameters["commit_sha"]
        in call.state.history.commits(pull.base_sha, pull.head_sha)
    ]
    return page(call.request, found, call.url)


@route("get", f"{REPO}/pulls/{{pull_number}}")
def _pull(call: Call) -> Answer:
    pull = call.pull
    if "diff" in call.request.accept or "patch" in call.request.accept:
        return _diff(call, pull)
    return Answer(body=call.shapes.pull(pull, "pull-request"))


def _diff(call: Call, pull: Pull) -> Answer:
    if len(call.state.files(pull)) > _MOST_FILES:
        message = "Sorry, the diff exceeded the maximum number of files (300)."
        raise Refused(
            406, message, [{"resource": "PullRequest", "field": "diff", "code": "too_large"}]
        )
    span = f"{pull.base_sha}...{pull.head_sha}"
    return Answer(
        body=call.state.history.git("diff", "-M", span), headers={"Content-Type": "text/plain"}
    )


@route("get", f"{REPO}/pulls/{{pull_number}}/files")
def _files(call: Call) -> Answer:
    shapes = []
    for file in call.state.files(call.pull).values():
        known = {
            "filename": file.path,
            "status": file.status,
            "additions": file.count("+"),
            "deletions": file.count("-"),
            "changes": file.count("+") + file.count("-"),
            "patch": file.patch,
        }
        if file.previous:
            known["previous_filename"] = file.previous
        shapes.append(call.shapes.contract.fill("diff-entry", known))
    return page(call.request, shapes, call.url)


@route("get", f"{REPO}/pulls/{{pull_number}}/commits")
def _commits(call: Call) -> Answer:
    pull = call.pull
    names = call.state.history.commits(pull.base_sha, pull.head_sha)
    return page(call.request, [call.shapes.commit(name) for name in names], call.url)


@route("get", f"{REPO}/commits/{{ref}}")
def _commit(call: Call) -> Answer:
    if not call.state.history.has(call.parameters["ref"]):
        raise Refused(422, f"No commit found for SHA: {call.parameters['ref']}")
    return Answer(body=call.shapes.commit(call.parameters["ref"]))


@route("get", f"{REPO}/issues/{{issue_number}}")
def _issue(call: Call) -> Answer:
    return Answer(200, call.shapes.issue(call.pull))
