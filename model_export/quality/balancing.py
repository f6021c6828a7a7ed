"""Leaves out as few programs as will do for every group to hold a fair share of both outcomes.

Greedy: the program goes next whose going mends most, counted in programs that the groups have too
many of; and what turns out to have gone for nothing comes back. A parent is in a mutation's group
as long as a mutant of it is, so a racy mutant that goes may take its racy parent along.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from model_export.quality.balance import LEAST, Group, groups
from model_export.quality.kin import lone
from model_export.quality.subjects import Subject

# A group that would lose more than this is lopsided by its nature: it needs other programs.
MOST_LOST = 0.6
# A large group finds another program to lose in place of one that a small group cannot spare.
WEIGHTS = {"construct": 2.0, "mutation": 2.0}
# What is asked of a construct that many programs have: within its bar, yet far enough from its
# ends that the counts of many constructs together do not tell an outcome.
AIM, MANY = (0.40, 0.60), 500
INSISTED = 8.0  # the weight of a group that missed its bar in the first round
SCARCE = 100  # programs of a group that nothing can mend: too few to matter, so they may go
PASSES = 8  # each ends in a better choice; the third hardly ever changes anything
_NOTHING = 1e-9


def excess(racy: float, clean: float, bar: tuple[float, float]) -> float:
    """How many programs of its frequent outcome a group would have to lose to hold its bar."""
    low, high = bar
    total = racy + clean
    return max(0.0, (racy - high * total) / (1 - high), (clean - (1 - low) * total) / low)


def hopeless(racy: int, clean: int, bar: tuple[float, float]) -> bool:
    """Whether too much of a group would have to go."""
    return excess(racy, clean, bar) > MOST_LOST * (racy + clean)


@dataclass(frozen=True, slots=True)
class Balanced:
    """Which programs stay, and why some groups are as lopsided as they are."""

    kept: tuple[bool, ...]  # (P,)
    reasons: Mapping[tuple[str, str], str]  # (kind, name) of a group that misses its bar → why


def balanced(subjects: Sequence[Subject]) -> Balanced:
    """Leave out what is too frequent; of the same subjects always the same."""
    judged = [group for group in groups(subjects) if len(group.members) >= LEAST]
    state = _State.of(subjects, judged)
    rank = _rank(subjects)
    _settle(state, rank)
    for number in _missed(state, judged):
        state.weights[number] *= INSISTED
        if _spared(state, number, judged[number]):
            _thin(state, number, judged[number])
    _settle(state, rank)
    reasons = {
        (judged[number].kind, judged[number].name): _reason(state, number, judged)
        for number in _missed(state, judged)
    }
    return Balanced(tuple(state.kept), reasons)


def _settle(state: _State, rank: Sequence[float]) -> None:
    for _ in range(PASSES):
        gone = _leave_out(state, rank)
        if gone + _take_back(state, rank) == 0:
            return


def _missed(state: _State, judged: Sequence[Group]) -> list[int]:
    """The groups that still miss their bars, whatever was aimed at."""
    return [
        number
        for number, group in enumerate(judged)
        if sum(state.counts[number]) >= LEAST
        and excess(state.counts[number][1], state.counts[number][0], group.bar) > _NOTHING
    ]


def _spared(state: _State, number: int, group: Group) -> bool:
    """Whether a construct of few programs is in one kind alone: it would only tell the outcome."""
    few = group.kind == "construct" and len(group.members) < SCARCE
    return few and not state.weights[number]


def _thin(state: _State, number: int, group: Group) -> None:
    """Leave out a scarce group's programs of its frequent outcome until too few are left."""
    outcome = state.counts[number][1] > state.counts[number][0]
    for program in group.members:
        if sum(state.counts[number]) < LEAST:
            return
        if state.kept[program] and state.racy[program] == outcome:
            state.barred.add(program)
            state.move(program)


def _aim(group: Group, clean: int, racy: int) -> tuple[float, float]:
    strict = group.kind == "construct" and len(group.members) >= MANY
    return AIM if strict and not hopeless(racy, clean, AIM) else group.bar


def _reason(state: _State, number: int, judged: Sequence[Group]) -> str:
    """Why a group still misses its bar."""
    if not state.weights[number]:
        return f"more than {MOST_LOST:.0%} of its programs would have to go; it needs others"
    clean, racy = state.counts[number]
    outcome = racy > clean
    harmed: Counter[int] = Counter()
    for program in judged[number].members:
        if state.kept[program] and state.racy[program] == outcome:
            harmed.update(state.harmed(program))
    named = ", ".join(f"{judged[n].kind} {judged[n].name}" for n, _ in harmed.most_common(3))
    word = "racy" if outcome else "clean"
    return f"its {word} programs are needed elsewhere ({named or 'as the only ones'})"


def _rank(subjects: Sequence[Subject]) -> list[float]:
    """Below 1: what is missed least has most. A lone program, then one of a lopsided family."""
    families: dict[str, Counter[bool]] = defaultdict(Counter)
    for subject in subjects:
        families[subject.family][subject.racy] += 1
    ranks = []
    for subject, alone in zip(subjects, lone(subjects), strict=True):
        own = families[subject.family]
        lopsided = (own[subject.racy] - own[not subject.racy]) / own.total()
        ranks.append(0.5 * alone + 0.2 * (lopsided + 1))
    return ranks


@dataclass(slots=True)
class _State:
    """The groups' counts under what is left out so far."""

    racy: list[bool]
    bars: list[tuple[float, float]]  # (G,)
    counts: list[list[int]]  # (G, 2): clean, racy
    weights: list[float]  # (G,): what a program in excess counts; 0 where nothing can be mended
    member: list[list[int]]  # (P,): the groups that a program is in for its own sake
    parent: list[int]  # (P,): the program that a mutant was made of, or -1
    rule: list[int]  # (P,): the group of a mutant's rule, or -1
    mutants: list[Counter[int]]  # (P,): rule's group → mutants of this program that stay
    kept: list[bool] = field(default_factory=list)
    barred: set[int] = field(default_factory=set)  # programs that do not come back

    @classmethod
    def of(cls, subjects: Sequence[Subject], judged: Sequence[Group]) -> _State:
        """Everything stays."""
        racy = [subject.racy for subject in subjects]
        counts = [_counted(group, racy) for group in judged]
        bars = [_aim(group, *count) for group, count in zip(judged, counts, strict=True)]
        rules = {group.name: n for n, group in enumerate(judged) if group.kind == "mutation"}
        places = {subject.id: n for n, subject in enumerate(subjects)}
        state = cls(
            racy=racy,
            bars=bars,
            counts=counts,
            weights=[
                0.0 if hopeless(r, c, bar) else WEIGHTS.get(group.kind, 1.0)
                for (c, r), group, bar in zip(counts, judged, bars, strict=True)
            ],
            member=_memberships(judged, len(subjects)),
            parent=[places.get(s.parent, -1) if s.mutation else -1 for s in subjects],
            rule=[rules.get(s.mutation, -1) for s in subjects],
            mutants=[Counter() for _ in subjects],
            kept=[True] * len(subjects),
        )
        for parent, rule in zip(state.parent, state.rule, strict=True):
            if parent >= 0 and rule >= 0:
                state.mutants[parent][rule] += 1
        return state

    def gain(self, program: int) -> float:
        """How much less there is in excess over all groups once the program's place changes."""
        return sum(less for _, less in self._changes(program))

    def harmed(self, program: int) -> list[int]:
        """The groups that would have more in excess once the program's place changes."""
        return [group for group, less in self._changes(program) if less < -_NOTHING]

    def excess(self, group: int) -> float:
        """What a group has too many of."""
        clean, racy = self.counts[group]
        return excess(racy, clean, self.bars[group])

    def _changes(self, program: int) -> Iterator[tuple[int, float]]:
        """(group, how much less it would have in excess, weighed) of those that can be mended."""
        step = -1 if self.kept[program] else 1
        moved: dict[int, list[int]] = {}
        for group, outcome in self._touched(program):
            moved.setdefault(group, [0, 0])[outcome] += step
        for group, (clean, racy) in moved.items():
            if self.weights[group]:
                had, bar = self.counts[group], self.bars[group]
                after = excess(had[1] + racy, had[0] + clean, bar)
                yield group, self.weights[group] * (excess(had[1], had[0], bar) - after)

    def move(self, program: int) -> None:
        """Leave the program out, or take it back."""
        step = -1 if self.kept[program] else 1
        for group, outcome in self._touched(program):
            self.counts[group][outcome] += step
        if self.parent[program] >= 0 and self.rule[program] >= 0:
            self.mutants[self.parent[program]][self.rule[program]] += step
        self.kept[program] = not self.kept[program]

    def _touched(self, program: int) -> Iterator[tuple[int, bool]]:
        """(group, outcome) of every place that opens or is taken when the program moves."""
        own, rule, parent = self.racy[program], self.rule[program], self.parent[program]
        yield from ((group, own) for group in self.member[program])
        yield from ((group, own) for group, n in self.mutants[program].items() if n)
        if rule >= 0:
            yield rule, own
            last = self.mutants[parent][rule] == self.kept[program] if parent >= 0 else False
            if last and self.kept[parent]:
                yield rule, self.racy[parent]


def _counted(group: Group, racy: Sequence[bool]) -> list[int]:
    number = sum(racy[n] for n in group.members)
    return [len(group.members) - number, number]


def _memberships(judged: Sequence[Group], programs: int) -> list[list[int]]:
    member: list[list[int]] = [[] for _ in range(programs)]
    for number, group in enumerate(judged):
        if group.kind != "mutation":
            for program in group.members:
                member[program].append(number)
    return member


def _leave_out(state: _State, rank: Sequence[float]) -> int:
    """Leave out while that mends anything; how many went."""
    waiting = [
        (-gain - rank[n], n)
        for n, stays in enumerate(state.kept)
        if stays and (gain := state.gain(n)) > _NOTHING
    ]
    heapq.heapify(waiting)
    gone = 0
    while waiting:
        _, program = heapq.heappop(waiting)
        gain = state.gain(program)  # what went since may have changed it
        if gain <= _NOTHING:
            continue
        worth = -gain - rank[program]
        if waiting and (worth, program) > waiting[0]:
            heapq.heappush(waiting, (worth, program))
        else:
            state.move(program)
            gone += 1
    return gone


def _take_back(state: _State, rank: Sequence[float]) -> int:
    """Take back whatever breaks nothing, what is missed most first; how many came back."""
    gone = sorted((rank[n], n) for n, stays in enumerate(state.kept) if not stays)
    back = 0
    for _, program in gone:
        if program not in state.barred and state.gain(program) >= -_NOTHING:
            state.move(program)
            back += 1
    return back
