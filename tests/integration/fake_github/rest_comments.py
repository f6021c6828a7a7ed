"""Routes of reviews, inline comments and the conversation."""

from __future__ import annotations

from tests.integration.fake_github import reviews
from tests.integration.fake_github.errors import invalid
from tests.integration.fake_github.routing import REPO, Call, route
from tests.integration.fake_github.state import WRITE, IssueComment, ReviewComment
from tests.integration.fake_github.wire import Answer, need, page


@route("get", f"{REPO}/pulls/{{pull_number}}/reviews")
def _reviews(call: Call) -> Answer:
    found = [r for r in call.state.reviews.values() if r.pull == call.pull.number]
    return page(call.request, [call.shapes.review(review) for review in found], call.url)


@route("post", f"{REPO}/pulls/{{pull_number}}/reviews")
def _create_review(call: Call) -> Answer:
    review = reviews.create_review(call.state, call.request, call.pull)
    return Answer(200, call.shapes.review(review))


@route("get", f"{REPO}/pulls/{{pull_number}}/reviews/{{review_id}}")
def _review(call: Call) -> Answer:
    return Answer(200, call.shapes.review(call.review))


@route("put", f"{REPO}/pulls/{{pull_number}}/reviews/{{review_id}}")
def _update_review(call: Call) -> Answer:
    user = need(call.request, WRITE, "pull_requests").user
    if call.review.user != user:
        raise invalid("Could not edit a review of someone else")
    reviews.check_length(call.request.text("body"), "PullRequestReview")
    call.review.body = call.request.text("body")
    return Answer(200, call.shapes.review(call.review))


@route("delete", f"{REPO}/pulls/{{pull_number}}/reviews/{{review_id}}")
def _delete_review(call: Call) -> Answer:
    need(call.request, WRITE, "pull_requests")
    if call.review.state != "PENDING":
        raise invalid("Can not delete a non-pending pull request review")
    return Answer(200, call.shapes.review(call.state.reviews.pop(call.review.id)))


@route("get", f"{REPO}/pulls/{{pull_number}}/reviews/{{review_id}}/comments")
def _comments_of_review(call: Call) -> Answer:
    review = call.review
    found = [c for c in call.state.comments.values() if c.review == review.id]
    shapes = [call.shapes.comment(comment, "review-comment") for comment in found]
    return page(call.request, shapes, call.url)


@route("get", f"{REPO}/pulls/{{pull_number}}/comments")
def _comments(call: Call) -> Answer:
    pull = call.pull
    found = [
        c for c in call.state.comments.values() if c.pull == pull.number and _submitted(call, c)
    ]
    if call.request.query.get("direction") == "desc":
        found.reverse()
    return page(call.request, [call.shapes.comment(comment) for comment in found], call.url)


def _submitted(call: Call, comment: ReviewComment) -> bool:
    return call.state.reviews[comment.review].state != "PENDING"


@route("post", f"{REPO}/pulls/{{pull_number}}/comments")
def _create_comment(call: Call) -> Answer:
    comment = reviews.create_comment(call.state, call.request, call.pull)
    return Answer(201, call.shapes.comment(comment))


@route("post", f"{REPO}/pulls/{{pull_number}}/comments/{{comment_id}}/replies")
def _reply(call: Call) -> Answer:
    user = need(call.request, WRITE, "pull_requests").user
    made = reviews.reply(call.state, user, call.number("comment_id"), call.request.text("body"))
    return Answer(201, call.shapes.comment(made))


@route("get", f"{REPO}/pulls/comments/{{comment_id}}")
def _comment(call: Call) -> Answer:
    return Answer(200, call.shapes.comment(call.comment))


@route("patch", f"{REPO}/pulls/comments/{{comment_id}}")
def _update_comment(call: Call) -> Answer:
    need(call.request, WRITE, "pull_requests")
    reviews.check_length(call.request.text("body"), "PullRequestReviewComment")
    call.comment.body, call.comment.updated_at = call.request.text("body"), call.state.tick()
    return Answer(200, call.shapes.comment(call.comment))


@route("delete", f"{REPO}/pulls/comments/{{comment_id}}")
def _delete_comment(call: Call) -> Answer:
    need(call.request, WRITE, "pull_requests")
    call.state.delete_comment(call.comment.id)
    return Answer(204)


@route("get", f"{REPO}/issues/{{issue_number}}/comments")
def _issue_comments(call: Call) -> Answer:
    pull = call.pull
    found = [c for c in call.state.issue_comments.values() if c.issue == pull.number]
    return page(call.request, [call.shapes.issue_comment(c) for c in found], call.url)


@route("post", f"{REPO}/issues/{{issue_number}}/comments")
def _create_issue_comment(call: Call) -> Answer:
    user = need(call.request, WRITE, "issues", "pull_requests").user
    reviews.check_length(call.request.text("body"), "IssueComment")
    state, now = call.state, call.state.tick()
    made = IssueComment(
        state.next_id(), call.pull.number, user, call.request.text("body"), now, now
    )
    state.issue_comments[made.id] = made
    return Answer(201, call.shapes.issue_comment(made))


@route("get", f"{REPO}/issues/comments/{{comment_id}}")
def _issue_comment(call: Call) -> Answer:
    return Answer(200, call.shapes.issue_comment(call.issue_comment))


@route("patch", f"{REPO}/issues/comments/{{comment_id}}")
def _update_issue_comment(call: Call) -> Answer:
    need(call.request, WRITE, "issues", "pull_requests")
    reviews.check_length(call.request.text("body"), "IssueComment")
    comment = call.issue_comment
    comment.body, comment.updated_at = call.request.text("body"), call.state.tick()
    return Answer(200, call.shapes.issue_comment(comment))


@route("delete", f"{REPO}/issues/comments/{{comment_id}}")
def _delete_issue_comment(call: Call) -> Answer:
    need(call.request, WRITE, "issues", "pull_requests")
    del call.state.issue_comments[call.issue_comment.id]
    return Answer(204)
