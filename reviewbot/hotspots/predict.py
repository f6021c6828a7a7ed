"""Asking the hotspot model: what a profiler would report of each parallel region of a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from reviewbot.errors import BundleDamaged
from reviewbot.hotspots.answers import Calibration, Raw, interval, probabilities
from reviewbot.hotspots.features import (
    HOTSPOT_FEATURES,
    LOOP_NAMES,
    REGION_NAMES,
    THREADS,
    FileNumbers,
    RegionNumbers,
    read,
)
from reviewbot.hotspots.words import BOTTLENECKS
from reviewbot.model.bundle import DEFAULT, HOTSPOTS, HOTSPOTS_FACTS, MANIFEST
from reviewbot.records import Construct, Region

_HOT_LINES = 5  # of a construct; colder loops are of no use to a reader
_HANDFUL = 0.05  # least share of a construct's cost that is told


@dataclass(frozen=True, slots=True)
class RegionProfile:
    """What is predicted for one region."""

    region: RegionNumbers
    raw: Raw  # (2, 3): logits of the balance's quantiles, for 4 and 16 threads
    bottleneck: tuple[tuple[str, float], ...]
    hot_lines: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class FileProfile:
    """What is predicted for one file; its loops with their share of its cost, hottest first."""

    regions: tuple[RegionProfile, ...] = ()
    loops: tuple[tuple[int, float], ...] = ()


class HotspotPredictor:
    """The hotspot model behind one method; safe to use from one thread."""

    def __init__(self, session: Any, calibration: Calibration) -> None:
        self._session = session
        self.calibration = calibration

    def profile(self, path: str, data: bytes) -> FileProfile:
        """The profile of a file, whatever its bytes are."""
        numbers = read(path, data)
        if not numbers.regions:
            return FileProfile()
        balance, classes, scores = self.answers(numbers)
        regions = tuple(
            RegionProfile(
                region,
                balance[index],
                _bottleneck(classes[index], self.calibration),
                _hot_lines(numbers, region.loops, scores),
            )
            for index, region in enumerate(numbers.regions)
        )
        candidates = [i for i, loop in enumerate(numbers.loops) if loop.candidate]
        return FileProfile(regions, _shares(numbers, candidates, scores))

    def answers(
        self, numbers: FileNumbers
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Raw outputs: balance (R, 2, 3), bottleneck (R, classes), loops (L,)."""
        regions = np.array([region.numbers for region in numbers.regions], dtype=np.float32)
        loops = np.array([loop.numbers for loop in numbers.loops], dtype=np.float32)
        # New numbers are only ever put behind the old: an older bundle reads the first ones.
        wide = {one.name: one.shape[1] for one in self._session.get_inputs()}
        feed = {
            "regions": regions.reshape(-1, len(REGION_NAMES))[:, : wide["regions"]],
            "loops": loops.reshape(-1, len(LOOP_NAMES))[:, : wide["loops"]],
        }
        said = self._session.run(["balance", "bottleneck", "cost"], feed)
        balance, classes, scores = (part.astype(np.float64) for part in said)
        return balance, classes, scores

    def constructs(self, profile: FileProfile, regions: Sequence[Region]) -> tuple[Construct, ...]:
        """The front end's regions with what is predicted for them; others stay without figures."""
        known = {one.region.line: one for one in profile.regions}
        return tuple(self._construct(region, known) for region in regions)

    @staticmethod
    def plain(regions: Sequence[Region]) -> tuple[Construct, ...]:
        """The regions without figures."""
        return tuple(_plain(region) for region in regions)

    def _construct(self, region: Region, known: Mapping[int, RegionProfile]) -> Construct:
        found = known.get(region.line)
        if found is None:
            return _plain(region)
        middle = tuple(
            (threads, interval(found.raw, self.calibration, index)[1])
            for index, threads in enumerate(THREADS)
        )
        return replace(
            _plain(region),
            work_balance=middle,
            bottleneck=found.bottleneck,
            hot_lines=found.hot_lines,
        )


def _plain(region: Region) -> Construct:
    return Construct(
        line=region.line, end_line=region.end_line, kind=region.kind, function=region.function
    )


def _bottleneck(
    logits: NDArray[np.float64], calibration: Calibration
) -> tuple[tuple[str, float], ...]:
    said = probabilities(logits, calibration)
    order = np.argsort(-said, kind="stable")
    return tuple((BOTTLENECKS[index], round(float(said[index]), 4)) for index in order)


def _hot_lines(
    numbers: FileNumbers, loops: Sequence[int], scores: NDArray[np.float64]
) -> tuple[tuple[int, float], ...]:
    """The region's loops that lie in no other of its loops, with their share of its cost."""
    chosen = [index for index in loops if numbers.loops[index].candidate]
    told = _shares(numbers, chosen, scores)[:_HOT_LINES]
    return tuple((line, share) for line, share in told if share >= _HANDFUL)


def _shares(
    numbers: FileNumbers, loops: Sequence[int], scores: NDArray[np.float64]
) -> tuple[tuple[int, float], ...]:
    if not loops:
        return ()
    said = np.exp(scores[list(loops)] - scores[list(loops)].max())
    shares = said / said.sum()
    pairs = [
        (numbers.loops[i].line, round(float(s), 4)) for i, s in zip(loops, shares, strict=True)
    ]
    return tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


def load_hotspots(bundle: Path | None = None) -> HotspotPredictor | None:
    """The hotspot model of a bundle, None where the bundle has none; raises BundleDamaged."""
    folder = bundle or DEFAULT
    files = _listed(folder)
    if HOTSPOTS not in files:
        return None
    contents = {name: _checked(folder, name, files) for name in (HOTSPOTS, HOTSPOTS_FACTS)}
    facts = json.loads(contents[HOTSPOTS_FACTS])
    if facts.get("features") != HOTSPOT_FEATURES:
        return None  # made for another version: constructs stay without figures
    try:
        calibration = Calibration.model_validate(facts["calibration"])
    except (ValidationError, KeyError) as exc:
        raise BundleDamaged(f"{folder / HOTSPOTS_FACTS} is wrong. {_REMEDY}") from exc
    # Lazy: without regions to ask about, no runtime is loaded.
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        contents[HOTSPOTS], options, providers=["CPUExecutionProvider"]
    )
    return HotspotPredictor(session, calibration)


loaded = lru_cache(maxsize=2)(load_hotspots)  # one a bundle for all files of a review


def constructs(
    bundle: Path | None, path: str, data: bytes, regions: Sequence[Region]
) -> tuple[Construct, ...]:
    """The regions of a file with their profiles, or as they are where the bundle predicts none."""
    forks = any("parallel" in region.kind or "teams" in region.kind for region in regions)
    predictor = loaded(bundle) if forks else None  # nothing is known of threads' own profiles
    if predictor is None:
        return HotspotPredictor.plain(regions)
    try:
        return predictor.constructs(predictor.profile(path, data), regions)
    except RecursionError:  # expressions nested beyond any that people write
        return HotspotPredictor.plain(regions)


_REMEDY = "Install reviewbot again, or name another bundle with REVIEWBOT_BUNDLE."


def _listed(folder: Path) -> Mapping[str, str]:
    """Names and hashes of the bundle's files; its manifest was checked when the bundle was."""
    try:
        files = json.loads((folder / MANIFEST).read_bytes())["files"]
    except (OSError, ValueError, KeyError) as exc:
        raise BundleDamaged(f"{folder / MANIFEST} cannot be read. {_REMEDY}") from exc
    return dict(files)


def _checked(folder: Path, name: str, files: Mapping[str, str]) -> bytes:
    try:
        data = (folder / name).read_bytes()
    except OSError as exc:
        raise BundleDamaged(f"{folder / name} cannot be read ({exc.strerror}). {_REMEDY}") from exc
    if hashlib.sha256(data).hexdigest() != files.get(name):
        raise BundleDamaged(f"{folder / name} is damaged: its hash differs. {_REMEDY}")
    return data
