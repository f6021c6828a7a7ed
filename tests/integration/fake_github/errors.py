"""Refusals in GitHub's own words."""

from __future__ import annotations

from typing import Any

DOCS = "https://docs.github.com/rest"


class Refused(Exception):
    """An answer of 400 and above."""

    def __init__(
        self, status: int, message: str, errors: list[Any] | None = None, **headers: str
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.body: dict[str, Any] = {
            "message": message,
            "documentation_url": DOCS,
            "status": str(status),
        }
        if errors is not None:
            self.body["errors"] = errors
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def not_found() -> Refused:
    """Also what GitHub answers where something is there but may not be seen."""
    return Refused(404, "Not Found")


def forbidden() -> Refused:
    """What a token of Actions gets that lacks a permission."""
    return Refused(403, "Resource not accessible by integration")


def invalid(*errors: str) -> Refused:
    """422 with errors as plain sentences."""
    return Refused(422, "Unprocessable Entity", list(errors))


def invalid_field(resource: str, field: str, message: str) -> Refused:
    """422 with one error as an object."""
    error = {"resource": resource, "code": "custom", "field": field, "message": message}
    return Refused(422, "Validation Failed", [error])
