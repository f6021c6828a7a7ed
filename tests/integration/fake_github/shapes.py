"""The fake's records as the JSON objects that GitHub answers with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.integration.fake_github.contract import Contract
from tests.integration.fake_github.state import (
    CheckRun,
    IssueComment,
    Pull,
    ReviewComment,
    ReviewRecord,
    State,
    User,
)

Json = dict[str, Any]


@dataclass(frozen=True)
class Shapes:
    """Builders; what a builder does not say is filled in from GitHub's description."""

    contract: Contract
    state: State
    api: str  # where the API answers, without a slash at the end
    web: str  # where people look

    @property
    def _repo(self) -> str:
        return f"{self.api}/repos/{self.state.full_name}"

    def user(self, user: User) -> Json:
        """A simple user."""
        page = f"apps/{user.graphql_login}" if user.bot else user.login
        known = {
            "login": user.login,
            "id": user.id,
            "type": "Bot" if user.bot else "User",
            "url": f"{self.api}/users/{quote(user.login)}",
            "html_url": f"{self.web}/{page}",
        }
        return self.contract.fill("simple-user", known)

    def private_user(self, user: User) -> Json:
        """The user that asks who they are."""
        return self.contract.fill("public-user", {**self.user(user), "user_view_type": "public"})

    def repository(self, full_name: str | None = None, schema: str = "repository") -> Json:
        """A repository, ours or a fork."""
        full_name = full_name or self.state.full_name
        owner, name = full_name.split("/")
        known = {
            "id": 1 if full_name == self.state.full_name else 2,
            "name": name,
            "full_name": full_name,
            "owner": self.user(User(owner, 21)),
            "url": f"{self.api}/repos/{full_name}",
            "html_url": f"{self.web}/{full_name}",
            "default_branch": self.state.default_branch,
            "fork": full_name != self.state.full_name,
        }
        return self.contract.fill(schema, known)

    def pull(self, pull: Pull, schema: str = "pull-request-simple") -> Json:
        """A pull request, as in a list or (schema pull-request) by itself."""
        url = f"{self._repo}/pulls/{pull.number}"
        issue = f"{self._repo}/issues/{pull.number}"
        known: Json = {
            "number": pull.number,
            "id": 900000 + pull.number,
            "title": pull.title,
            "state": pull.state,
            "url": url,
            "html_url": f"{self.web}/{self.state.full_name}/pull/{pull.number}",
            "issue_url": issue,
            "comments_url": f"{issue}/comments",
            "review_comments_url": f"{url}/comments",
            "review_comment_url": f"{self._repo}/pulls/comments{{/number}}",
            "commits_url": f"{url}/commits",
            "head": self._end(pull.head, pull.head_sha, pull.head_repository),
            "base": self._end(pull.base, pull.base_sha, None),
            "author_association": "CONTRIBUTOR",
        }
        if schema == "pull-request":
            files = self.state.files(pull).values()
            known["changed_files"] = len(files)
            known["additions"] = sum(file.count("+") for file in files)
            known["deletions"] = sum(file.count("-") for file in files)
            known["commits"] = len(self.state.history.commits(pull.base_sha, pull.head_sha))
        return self.contract.fill(schema, known)

    def _end(self, ref: str, sha: str, repository: str | None) -> Json:
        owner = (repository or self.state.full_name).split("/")[0]
        return {
            "ref": ref,
            "sha": sha,
            "label": f"{owner}:{ref}",
            "repo": self.repository(repository),
            "user": self.user(User(owner, 21)),
        }

    def issue(self, pull: Pull) -> Json:
        """A pull request seen as an issue."""
        url = f"{self._repo}/issues/{pull.number}"
        known = {
            "number": pull.number,
            "title": pull.title,
            "state": pull.state,
            "url": url,
            "comments_url": f"{url}/comments",
            "repository_url": self._repo,
            "html_url": f"{self.web}/{self.state.full_name}/pull/{pull.number}",
            "comments": sum(c.issue == pull.number for c in self.state.issue_comments.values()),
        }
        return self.contract.fill("issue", known)

    def review(self, review: ReviewRecord) -> Json:
        """A submitted review."""
        page = f"{self.web}/{self.state.full_name}/pull/{review.pull}"
        pull = f"{self._repo}/pulls/{review.pull}"
        known = {
            "id": review.id,
            "node_id": f"PRR_{review.id}",
            "user": self.user(review.user),
            "body": review.body,
            "state": review.state,
            "commit_id": review.commit_id,
            "submitted_at": review.submitted_at,
            "html_url": f"{page}#pullrequestreview-{review.id}",
            "pull_request_url": pull,
            "_links": {"html": {"href": page}, "pull_request": {"href": pull}},
            "author_association": "NONE",
        }
        return self.contract.fill("pull-request-review", known)

    def comment(self, comment: ReviewComment, schema: str = "pull-request-review-comment") -> Json:
        """An inline comment; `schema`: review-comment where it is listed under its review."""
        url = f"{self._repo}/pulls/comments/{comment.id}"
        pull = f"{self._repo}/pulls/{comment.pull}"
        page = f"{self.web}/{self.state.full_name}/pull/{comment.pull}#discussion_r{comment.id}"
        known: Json = {
            "id": comment.id,
            "node_id": f"PRRC_{comment.id}",
            "url": url,
            "html_url": page,
            "pull_request_url": pull,
            "pull_request_review_id": comment.review,
            "user": self.user(comment.user),
            "body": comment.body,
            "path": comment.path,
            "side": comment.side,
            "line": comment.line,
            "start_line": comment.start_line,
            "start_side": comment.side if comment.original_start_line else None,
            "original_line": comment.original_line,
            "original_start_line": comment.original_start_line,
            "position": comment.position,
            "original_position": comment.original_position,
            "commit_id": comment.commit_id,
            "original_commit_id": comment.original_commit_id,
            "diff_hunk": comment.diff_hunk,
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "subject_type": "line",
            "author_association": "NONE",
            "_links": {
                "self": {"href": url},
                "html": {"href": page},
                "pull_request": {"href": pull},
            },
        }
        if comment.in_reply_to:
            known["in_reply_to_id"] = comment.in_reply_to
        return self.contract.fill(schema, known)

    def issue_comment(self, comment: IssueComment) -> Json:
        """A comment on the conversation."""
        page = f"{self.web}/{self.state.full_name}/pull/{comment.issue}"
        known = {
            "id": comment.id,
            "node_id": f"IC_{comment.id}",
            "url": f"{self._repo}/issues/comments/{comment.id}",
            "html_url": f"{page}#issuecomment-{comment.id}",
            "issue_url": f"{self._repo}/issues/{comment.issue}",
            "user": self.user(comment.user),
            "body": comment.body,
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "author_association": "NONE",
        }
        return self.contract.fill("issue-comment", known)

    def check_run(self, run: CheckRun) -> Json:
        """A check run; its annotations are only counted."""
        output = run.fields.get("output") or {}
        url = f"{self._repo}/check-runs/{run.id}"
        known = {
            "id": run.id,
            "node_id": f"CR_{run.id}",
            "name": run.name,
            "head_sha": run.head_sha,
            "url": url,
            "html_url": f"{self.web}/{self.state.full_name}/runs/{run.id}",
            "status": run.fields.get("status", "queued"),
            "conclusion": run.fields.get("conclusion"),
            "external_id": run.fields.get("external_id", ""),
            "check_suite": {"id": 5},
            "output": {
                "title": output.get("title"),
                "summary": output.get("summary"),
                "text": output.get("text"),
                "annotations_count": len(run.annotations),
                "annotations_url": f"{url}/annotations",
            },
        }
        return self.contract.fill("check-run", known)

    def commit(self, sha: str) -> Json:
        """A commit, without its files."""
        url = f"{self._repo}/commits/{sha}"
        page = f"{self.web}/{self.state.full_name}/commit/{sha}"
        known: Json = {"sha": sha, "url": url, "html_url": page, "commit": {"message": "change"}}
        return self.contract.fill("commit", known)
