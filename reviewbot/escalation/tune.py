"""What the ledger says of a policy's thresholds: it suggests, and people decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from reviewbot.escalation.ledger import Entry
from reviewbot.escalation.records import Verdict
from reviewbot.escalation.verdicts import after_silence, missed
from reviewbot.policy import Policy
from reviewbot.report.wording import plural

# Fewer verdicts than this, and the suggestion would follow the noise: with 20, a share of 0.6 is
# known to within 0.2.
ENOUGH = 20
_STEP = 0.05
# What the shipped policies promise: three comments in five are right, and a verdict above the band
# is wrong three times in ten at most.
_RIGHT_COMMENTS = 0.6
_RIGHT_VERDICTS = 0.7
_BINS = tuple((low / 20, (low + 1) / 20) for low in range(20))


@dataclass(frozen=True, slots=True)
class Bin:
    """The entries whose predicted probability lies in a range, and how many were races."""

    low: float
    high: float
    count: int
    predicted: float  # mean probability
    seen: float  # share that were races; a silence counts as far as it convinces


@dataclass(frozen=True, slots=True)
class Advice:
    """What the ledger speaks for; None where it does not say."""

    count: int
    confirmed: int
    bins: tuple[Bin, ...]
    comment: float | None
    high: float | None


def advise(entries: Sequence[Entry]) -> Advice:
    """Thresholds at which the shipped policies' promises hold on what was put to the test.

    The ledger holds what was escalated and nothing else: of findings outside the band it says
    nothing, and no threshold beyond the probabilities it holds is suggested.
    """
    told = [one for one in entries if one.verdict in (Verdict.CONFIRMED, Verdict.NOT_REPRODUCED)]
    return Advice(
        count=len(told),
        confirmed=sum(one.verdict is Verdict.CONFIRMED for one in told),
        bins=tuple(_bins(told)),
        comment=_least(told, lambda one: one.probability, race, _RIGHT_COMMENTS),
        high=_least(told, lambda one: one.confidence, right, _RIGHT_VERDICTS),
    )


def race(entry: Entry) -> float:
    """Probability that the entry was a race, after what the tool said."""
    if entry.verdict is Verdict.CONFIRMED:
        return 1.0
    return after_silence(entry.probability, missed(entry.runs, reached=entry.reached))


def right(entry: Entry) -> float:
    """Probability that the model's verdict was right, after what the tool said."""
    return race(entry) if entry.probability >= 0.5 else 1.0 - race(entry)


def show(advice: Advice, policy: Policy) -> str:
    """The advice for people, beside what is in force."""
    count = plural(advice.count, "verdict")
    lines = [f"{count} in the ledger, {advice.confirmed} confirmed.", ""]
    if advice.bins:
        lines.append("predicted      verdicts  mean predicted  races")
    for one in advice.bins:
        band = f"{one.low:.2f} to {one.high:.2f}"
        lines.append(f"{band}   {one.count:8}  {one.predicted:14.2f}  {one.seen:5.2f}")
    if advice.count < ENOUGH:
        lines += ["", f"That is too few to suggest anything: {ENOUGH} are needed."]
        return "\n".join(lines) + "\n"
    rows = (
        ("race.comment", policy.race.comment, advice.comment),
        ("race.escalate.high", policy.race.escalate.high, advice.high),
    )
    lines += ["", *(_row(*row) for row in rows)]
    return "\n".join(lines) + "\n"


def _row(name: str, force: float, suggested: float | None) -> str:
    if suggested is None:
        return (
            f"{name}: {force:.2f} in force; no threshold within what was tested keeps its promise"
        )
    same = "keep it" if abs(force - suggested) < _STEP / 2 else f"{suggested:.2f} would do"
    return f"{name}: {force:.2f} in force; {same}"


def _bins(entries: Sequence[Entry]) -> Iterator[Bin]:
    for low, high in _BINS:
        inside = [
            one for one in entries if low <= one.probability < high or one.probability == high == 1
        ]
        if inside:
            yield Bin(
                low=low,
                high=high,
                count=len(inside),
                predicted=sum(one.probability for one in inside) / len(inside),
                seen=sum(map(race, inside)) / len(inside),
            )


def _least(
    entries: Sequence[Entry],
    key: Callable[[Entry], float],
    good: Callable[[Entry], float],
    promise: float,
) -> float | None:
    """The lowest threshold above which the entries keep the promise, on at least half of ENOUGH."""
    for step in range(round(0.5 / _STEP), round(1.0 / _STEP)):
        threshold = round(step * _STEP, 2)
        above = [one for one in entries if key(one) >= threshold]
        if len(above) < ENOUGH // 2:
            return None
        if sum(map(good, above)) / len(above) >= promise:
            return threshold
    return None
