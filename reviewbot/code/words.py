"""Lists of names, written as text."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """The words of a text: tables of names read better without quotes and commas."""
    return tuple(text.split())
