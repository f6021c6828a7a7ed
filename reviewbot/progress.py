"""A progress bar on stderr for people who wait; silent for logs, pipes and short runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

FEW_FILES = 50  # below this a scan ends before a bar can be read
Item = TypeVar("Item")


class Track(Protocol):
    """Yields the items in order and may show how far it is."""

    def __call__(self, items: Sequence[Item]) -> Iterator[Item]:
        """Yield every item once."""


def silent(items: Sequence[Item]) -> Iterator[Item]:
    """Yield the items and show nothing."""
    yield from items


def bar(items: Sequence[Item]) -> Iterator[Item]:
    """Yield the items; show a bar on stderr if it is a terminal and there are many of them."""
    if len(items) <= FEW_FILES or not sys.stderr.isatty():
        yield from items
        return
    # Lazy: rich takes longer to import than a review of a small change takes to run.
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(items, description="Reading files", console=console, transient=True)
