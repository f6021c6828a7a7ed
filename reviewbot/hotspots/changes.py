"""What a change does to work balance: regions that will most likely leave more threads idle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from reviewbot.findings import fingerprint
from reviewbot.hotspots.answers import interval, probability_lower
from reviewbot.hotspots.features import THREADS
from reviewbot.hotspots.predict import FileProfile, HotspotPredictor, RegionProfile, loaded
from reviewbot.records import Finding, FindingKind, Severity, Status

SIXTEEN = THREADS.index(16)  # few machines have fewer cores than that; with 4 less is lost
LEAST_ODDS = 0.8  # of a hundred such notes at least eighty are right
LEAST_FALL = 0.1  # of the balance; less is not worth a word


def slower(bundle: Path | None, path: str, base: bytes, head: bytes) -> tuple[Finding, ...]:
    """Regions of the head that fall behind the base's; none where no model speaks of it."""
    predictor = loaded(bundle)
    if predictor is None or base == head:
        return ()
    try:
        before, after = predictor.profile(path, base), predictor.profile(path, head)
    except RecursionError:  # expressions nested beyond any that people write
        return ()
    return tuple(falls(path, before, after, predictor))


def falls(
    path: str, before: FileProfile, after: FileProfile, predictor: HotspotPredictor
) -> Iterator[Finding]:
    """A finding for each region whose balance the change most likely lowers."""
    known = _by_place(before.regions)
    for place, region in _by_place(after.regions).items():
        base = known.get(place)
        if base is None or np.array_equal(base.region.numbers, region.region.numbers):
            continue
        odds = probability_lower(base.raw, region.raw, predictor.calibration, SIXTEEN)
        was = interval(base.raw, predictor.calibration, SIXTEEN)[1]
        now = interval(region.raw, predictor.calibration, SIXTEEN)[1]
        if odds >= LEAST_ODDS and was - now >= LEAST_FALL:
            yield _finding(path, place, region, odds, (was, now))


def _by_place(regions: Sequence[RegionProfile]) -> dict[tuple[str, int], RegionProfile]:
    """The regions by function and by order in it, which a change of their code leaves alone."""
    seen: defaultdict[str, int] = defaultdict(int)
    places = {}
    for one in regions:
        places[one.region.function, seen[one.region.function]] = one
        seen[one.region.function] += 1
    return places


def _finding(
    path: str,
    place: tuple[str, int],
    region: RegionProfile,
    odds: float,
    balance: tuple[float, float],
) -> Finding:
    function, order = place
    was, now = balance
    return Finding(
        fingerprint=fingerprint(FindingKind.HOTSPOT, path, (), function, order),
        kind=FindingKind.HOTSPOT,
        status=Status.INTRODUCED,
        path=path,
        line=region.region.line,
        end_line=region.region.end_line,
        function=function,
        object=f"work balance {was:.2f} -> {now:.2f} with {THREADS[SIXTEEN]} threads",
        probability=odds,
        confidence=odds,
        severity=Severity.LOW,
        accesses=(),
        trace=(),
    )
