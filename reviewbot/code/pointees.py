"""What a pointer leads to of which nothing is known but what it was made of."""

from __future__ import annotations

from reviewbot.code.unlinked import Unlinking
from reviewbot.code.values import BY_THREAD, UNKNOWN, Element, Path, opaque

_CALL = frozenset({"call"})


class Pointees(Unlinking):
    """`float *line = LINE_OF(image, y);`: another one for each thread, if `y` is."""

    def led_to(self, place: Path) -> Path:
        """The first element of what a pointer leads to, told by what differs among threads.

        Of threads that walk a list nothing is told: where a step leads does not hang on who began.
        """
        root = place.root
        if root.storage != "auto" or root.reference or place.elements or self.scope is None:
            return place.step(Element())
        walked = self.scope.kind != "threads" and self.is_walked(root)
        if self.is_shared(root) or not (root.once or walked):
            return place.step(Element())
        known = root.value or UNKNOWN
        marks = (root.derived | known.sources) & BY_THREAD
        if known.either or not marks:  # one of two places that are known; the same for all threads
            return place.step(Element())
        return place.step(Element("", opaque(f"*{root.name}@{root.offset}", marks | _CALL)))
