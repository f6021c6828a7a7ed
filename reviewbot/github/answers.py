"""Reads GitHub's answers; one that is not as its API describes it raises one of NONSENSE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from reviewbot.github.state import Thread, thread_of

T = TypeVar("T")
NONSENSE = (ValueError, LookupError, TypeError, AttributeError)


def listed(answer: Any, key: str | None, read: Callable[[Any], T]) -> list[T]:
    """The elements of a page; some pages are wrapped in a mapping, under `key`."""
    items = answer[key] if key else answer
    if not isinstance(items, list):
        raise TypeError("no list")
    return [read(one) for one in items]


def threads(data: Any) -> tuple[list[Thread], str | None]:
    """The threads of a page of GraphQL's, and where the next page starts."""
    page = data["repository"]["pullRequest"]["reviewThreads"]
    found = [thread for thread in map(thread_of, page["nodes"]) if thread is not None]
    more = page["pageInfo"]["hasNextPage"]
    return found, _text(page["pageInfo"]["endCursor"]) if more else None


def pull(data: Any) -> tuple[int, str, str]:
    """A pull request's number, head commit and head repository."""
    repository = data["head"].get("repo") or {}  # null: the fork was deleted
    return int(data["number"]), head(data), str(repository.get("full_name") or "")


def head(data: Any) -> str:
    """The commit at a pull request's head."""
    return _text(data["head"]["sha"])


def identified(data: Any) -> dict[str, Any]:
    """Something that GitHub numbers, by an author who may be gone."""
    return {**data, "id": id_of(data), "user": dict(data.get("user") or {})}


def id_of(data: Any) -> int:
    """What GitHub numbers it by."""
    return int(data["id"])


def login(data: Any) -> str:
    """An account's name."""
    return _text(data["login"])


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("no text")
    return value
