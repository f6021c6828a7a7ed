"""A bundle: the world model as files, each with its hash; what does not match is not used."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reviewbot.errors import BundleDamaged
from reviewbot.model.features import FEATURE_VERSION
from reviewbot.model.novelty import Novelty, unpack
from reviewbot.records import BundleName, Link

DEFAULT = Path(__file__).resolve().parent.parent / "bundles" / "small"
MANIFEST = "bundle.json"
MODEL, WORDS, FACTS = "model.onnx", "tokenizer.json", "facts.json"
HOTSPOTS, HOTSPOTS_FACTS = "hotspots.onnx", "hotspots.json"  # a bundle may do without
NOVELTY = "novelty.json"  # and without this: then no slice is unlike the training data


class Platt(BaseModel):
    """p = sigmoid(scale · logit(score) + bias) (Platt 1999)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    scale: float
    bias: float


class FileScaling(Platt):
    """A file's probability, of its objects' probabilities p₁ … pₙ.

    sigmoid(scale · logit(max p) + several · logit(1 - Π (1 - p)) + bias)
    """

    several: float = 0.0  # 0, as in bundles of before: the likeliest object alone speaks


class Selective(BaseModel):
    """Thresholds with guarantees for slices that are not unlike the training data.

    With chance 1 - delta, for families like those of the corpus: of a family's racy slices at most
    alpha lie below `pass_below` on average, and of those from `comment_from` on beta are racy.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    alpha: float
    beta: float
    delta: float
    pass_below: float | None  # calibrated probability; None: nothing may pass in silence
    comment_from: float | None  # None: nothing may be told without a run
    racy_families: int  # that the first threshold was found on
    comment_families: int  # and the second


class Manifest(BaseModel):
    """`bundle.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    version: str
    feature_version: int
    links: tuple[str, ...]  # the order of the model's outputs
    calibration: Platt  # of a slice's most likely pair
    file_calibration: FileScaling
    penalties: dict[str, float] = Field(default_factory=dict)  # factor on confidence above one half
    data_sha256: str
    files: dict[str, str]  # name → sha256
    selective: Selective | None = None
    seal: str | None = None  # sha256 of all the rest, see `seal_of`


@dataclass(frozen=True, slots=True)
class Bundle:
    """A checked bundle, its files in memory."""

    manifest: Manifest
    identity: BundleName
    model: bytes
    words: dict[str, int]
    facts: dict[str, int]
    novelty: Novelty | None = None


def load_bundle(folder: Path) -> Bundle:
    """Read and check a bundle; raises BundleDamaged by the name of the first file that is wrong."""
    manifest_bytes = _read(folder, MANIFEST)
    try:
        manifest = Manifest.model_validate_json(manifest_bytes)
    except ValidationError as exc:
        where = ".".join(map(str, exc.errors()[0]["loc"])) or "the file"
        raise BundleDamaged(
            f"{folder / MANIFEST} is not a bundle's manifest: {where} is wrong. {_REMEDY}"
        ) from exc
    if manifest.seal is not None and manifest.seal != seal_of(manifest_bytes):
        raise BundleDamaged(
            f"{folder / MANIFEST} is damaged: its seal does not fit what it says. {_REMEDY}"
        )
    if manifest.feature_version != FEATURE_VERSION or manifest.links != tuple(
        link.value for link in Link
    ):
        raise BundleDamaged(
            f"The bundle {folder} was made for another version of reviewbot "
            f"(features {manifest.feature_version}, here {FEATURE_VERSION}). {_REMEDY}"
        )
    files = {name: _checked(folder, name, manifest) for name in (MODEL, WORDS, FACTS)}
    try:
        words = json.loads(files[WORDS])["model"]["vocab"]
        facts = json.loads(files[FACTS])
    except (ValueError, KeyError, TypeError) as exc:
        raise BundleDamaged(f"The vocabularies in {folder} cannot be read. {_REMEDY}") from exc
    identity = BundleName(
        name=manifest.name,
        version=manifest.version,
        sha256=hashlib.sha256(manifest_bytes).hexdigest(),
    )
    return Bundle(manifest, identity, files[MODEL], words, facts, _novelty(folder, manifest, facts))


def _novelty(folder: Path, manifest: Manifest, facts: dict[str, int]) -> Novelty | None:
    if NOVELTY not in manifest.files:
        return None
    try:
        return unpack(_checked(folder, NOVELTY, manifest), len(facts))
    except ValueError as exc:
        raise BundleDamaged(f"{folder / NOVELTY} is wrong: {exc}. {_REMEDY}") from exc


def seal_of(manifest: bytes) -> str:
    """The sha256 of what a manifest's JSON says, its seal apart; layout and order are free."""
    said = json.loads(manifest)
    said.pop("seal", None)
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


_REMEDY = "Install reviewbot again, or name another bundle with REVIEWBOT_BUNDLE."


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as exc:
        raise BundleDamaged(f"{folder / name} cannot be read ({exc.strerror}). {_REMEDY}") from exc


def _checked(folder: Path, name: str, manifest: Manifest) -> bytes:
    data = _read(folder, name)
    if hashlib.sha256(data).hexdigest() != manifest.files.get(name):
        raise BundleDamaged(
            f"{folder / name} is damaged: its hash is not the one in {MANIFEST}. {_REMEDY}"
        )
    return data
