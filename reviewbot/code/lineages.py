"""Which classes a class comes from."""

from __future__ import annotations

from dataclasses import dataclass, field

from reviewbot.code.typedefs import Typedefs

MAX_BASES = 8  # of one class
MAX_LINEAGE = 32  # classes from which one comes


@dataclass(slots=True)
class Lineages(Typedefs):
    """The bases of a file's classes; every member that is looked for asks for them."""

    bases: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of a class, those it names
    known: dict[str, tuple[str, ...]] = field(default_factory=dict)  # lineages asked for so far

    def derive(self, name: str, bases: tuple[str, ...]) -> None:
        """Take in the bases that a class names."""
        self.bases[name] = bases
        self.known.clear()

    def lineage(self, struct: str) -> tuple[str, ...]:
        """A class and its bases, nearest first."""
        known = self.known.get(struct)
        if known is None:
            known = self.known[struct] = self._lineage(struct)
        return known

    def _lineage(self, struct: str) -> tuple[str, ...]:
        found = [struct]
        for name in found:
            found += [b for b in self.bases.get(name, ()) if b not in found][:MAX_BASES]
            if len(found) > MAX_LINEAGE:
                break
        return tuple(found)
