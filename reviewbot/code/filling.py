"""Calls ahead of parallel code that fill or change the tables they are given."""

from __future__ import annotations

import functools
import re

from reviewbot.code.symbols import Function

MAX_FILLING = 24  # calls of one file that are walked for what they fill
MAX_LONG = 1500  # characters of a function that is walked for it
_STORES = re.compile(r"\]\s{0,4}(?:(?:[-+*/%&|^]|<<|>>)?=(?!=)|\+\+|--)")


class Filling:
    """Tells the functions that are walked outside of parallel code for what they fill."""

    @functools.cached_property
    def _fillers(self) -> dict[int, bool]:
        """Functions that store into elements of what they are given, by their start."""
        return {}

    filling = 0  # such calls so far

    def fills_tables(self, function: Function, text: str) -> bool:
        """Whether a call of it may say, or change, the numbers that a table has."""
        start = function.body.start_byte
        known = self._fillers.get(start)
        if known is None:
            short = function.body.end_byte - start <= MAX_LONG and bool(function.parameters)
            body = text[start : function.body.end_byte] if short else ""
            known = self._fillers[start] = _STORES.search(body) is not None
        self.filling += known
        return known and self.filling <= MAX_FILLING
