"""Samples a family: distinct programs, half of them racy, in twins that differ by one slot."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from model_export.programs.family import NEUTRAL, PLACEHOLDER, RACY, Family, Slot

# A share of programs race on two objects, so that one race does not exclude another.
DOUBLE_RACY = 0.12
# Rounds in a row that bring nothing new before the family counts as used up.
PATIENCE = 60

Choices = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One variant of a family, with what its author declares to be true of it."""

    id: str
    family: str
    domain: str
    language: str
    source: str
    choices: Choices  # slot or param -> what was chosen
    effects: Mapping[str, str]  # object -> "racy" or the broken link; neutral slots say nothing
    slot_lines: Mapping[str, tuple[int, ...]]  # slot -> lines that came from it
    expected: str  # "racy" | "clean"
    twin_group: str  # shared by programs that differ in one slot only


def sample(family: Family, count: int, seed: int) -> tuple[Program, ...]:
    """The first `count` programs of the seed's stream; fewer if the family has no more.

    A larger count extends a smaller one: sample(f, 5, s) == sample(f, 9, s)[:5].
    """
    return tuple(islice(stream(family, seed), count))


def stream(family: Family, seed: int) -> Iterator[Program]:
    """Distinct programs without end or until the family is used up."""
    rounds = _Rounds(family, random.Random(f"{family.name}/{seed}"))  # noqa: S311 - no secret
    seen: set[str] = set()
    made: Counter[str] = Counter()
    idle = 0
    while idle < PATIENCE:
        idle += 1
        for choices, varied in rounds.next():
            program = realise(family, choices, varied)
            if program.id not in seen and _keeps_balance(program, made):
                seen.add(program.id)
                made[program.expected] += 1
                idle = 0
                yield program


def _keeps_balance(program: Program, made: Counter[str]) -> bool:
    """Half racy, half clean, within a tenth; few clean variants must not drown in racy ones."""
    other = sum(made.values()) - made[program.expected]
    return made[program.expected] <= 3 + 1.2 * other


def realise(family: Family, choices: Choices, varied: str | None = None) -> Program:
    """Write the program that the choices make; `varied` is the slot in which its twins differ."""
    source, lines = _render(family, choices)
    decided = {
        item: slot.effects[choices[slot.name]]
        for slot in family.slots
        for item in slot.objects
        if slot.effects[choices[slot.name]] != NEUTRAL
    }
    rest = {name: value for name, value in choices.items() if name != varied}
    return Program(
        id=_digest(source),
        family=family.name,
        domain=family.domain,
        language=family.language,
        source=source,
        choices=dict(choices),
        effects=decided,
        slot_lines=lines,
        expected=RACY if RACY in decided.values() else "clean",
        twin_group=_digest(json.dumps([family.name, varied, rest], sort_keys=True)),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _render(family: Family, choices: Choices) -> tuple[str, dict[str, tuple[int, ...]]]:
    source, line = "", 1
    lines: dict[str, tuple[int, ...]] = {}
    for segment in family.segments:
        text = segment.text
        if segment.slot is not None:
            text = segment.alternatives.get(choices[segment.slot], "")
            numbers = tuple(range(line, line + text.count("\n")))
            lines[segment.slot] = lines.get(segment.slot, ()) + numbers
        source += PLACEHOLDER.sub(lambda match: choices[match[1]], text)
        line += text.count("\n")
    return source, lines


class _Rounds:
    """Rounds of twins: a clean program, and the same with other alternatives of one slot."""

    def __init__(self, family: Family, rng: random.Random) -> None:
        self.family, self.rng = family, rng
        self.used: Counter[tuple[str, str]] = Counter()
        self.round = 0

    def next(self) -> list[tuple[dict[str, str], str | None]]:
        """(choices, varied slot) of one round; as many racy as clean where the slot has both."""
        self.round += 1
        base = self._base()
        racy_slots = [slot for slot in self.family.slots if slot.racy]
        if not racy_slots:
            return [(base, None)]
        slot = self._least_varied(racy_slots)
        made: list[tuple[dict[str, str], str | None]] = [(base, slot.name)]
        made.append((base | {slot.name: self._pick(slot.name, slot.racy)}, slot.name))
        others = [name for name in slot.clean if name != base[slot.name]]
        if self.round % 2 == 0 and others:
            made.append((base | {slot.name: self._pick(slot.name, others)}, slot.name))
            made.append((base | {slot.name: self._pick(slot.name, slot.racy)}, slot.name))
        return self._doubled(made, [other for other in racy_slots if other is not slot])

    def _doubled(
        self, made: list[tuple[dict[str, str], str | None]], others: Sequence[Slot]
    ) -> list[tuple[dict[str, str], str | None]]:
        if not others or self.rng.random() >= DOUBLE_RACY * 2:
            return made
        other = self.rng.choice(others)
        choices, varied = made[-1]
        # Its sibling without the first race still differs in one slot, but from no one here.
        double = choices | {other.name: self._pick(other.name, other.racy)}
        return [*made[:-1], (double, varied)]

    def _base(self) -> dict[str, str]:
        chosen = {param.name: self._pick(param.name, param.values) for param in self.family.params}
        for slot in self.family.slots:
            chosen[slot.name] = self._pick(slot.name, slot.clean)
        return chosen

    def _least_varied(self, slots: Sequence[Slot]) -> Slot:
        """The slot whose racy alternatives were used least, so that each is covered early."""
        share = {slot.name: min(self.used[slot.name, name] for name in slot.racy) for slot in slots}
        least = min(share.values())
        return self.rng.choice([slot for slot in slots if share[slot.name] == least])

    def _pick(self, name: str, values: Sequence[str]) -> str:
        """The value used least so far; half the time any, lest two choices march in step."""
        least = min(self.used[name, value] for value in values)
        rare = [value for value in values if self.used[name, value] == least]
        pool = rare if least == 0 or self.rng.random() < 0.5 else list(values)
        value = self.rng.choice(pool)
        self.used[name, value] += 1
        return value
