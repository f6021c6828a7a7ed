"""Containers of the library: which of them move their elements, or keep many in one word."""

from __future__ import annotations

import functools
import re

from reviewbot.code.naming import Naming
from reviewbot.code.values import Form, Path, arithmetic

_GROWS = re.compile(
    r"(?:\.|->)\s*(?:push_|emplace|insert|erase|resize|clear|pop|assign|append|swap|splice|merge)"
)
_BITS = re.compile(r"\bvector\s*<\s*bool\b|\bbitset\b")
BITS = 64  # neighbours of `vector<bool>` that lie in one word


class Containers(Naming):
    """What to know of a container when one of its elements is reached."""

    @functools.cached_property
    def _grown(self) -> bool:
        """Whether containers here are changed as wholes: elements added, taken away, moved."""
        return self.parsed.cpp and _GROWS.search(self.text) is not None

    @functools.cached_property
    def _packed(self) -> bool:
        """Whether there are containers here that keep many elements in one word."""
        return self.parsed.cpp and _BITS.search(self.text) is not None

    def _is_packed(self, element: Path) -> bool:
        kind, pointer, _ = self.shape(Path(element.root, element.elements[:-1]))
        return not pointer and _BITS.search(kind) is not None

    def _quotient_of(self, dividend: Form, divisor: Form) -> Form:
        form = arithmetic("/", dividend, divisor)
        if form.marks & {"div"}:
            self.quotients[form.terms[0][0][0]] = (dividend, divisor, "/")
        return form
