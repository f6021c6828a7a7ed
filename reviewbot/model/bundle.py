"""A bundle: the world model as files, each with its hash; what does not match is not used."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reviewbot.errors import BundleDamaged
from reviewbot.model.features import FEATURE_VERSION
from reviewbot.records import BundleName, Link

DEFAULT = Path(__file__).resolve().parent.parent / "bundles" / "small"
MANIFEST = "bundle.json"
MODEL, WORDS, FACTS = "model.onnx", "tokenizer.json", "facts.json"


class Platt(BaseModel):
    """p = sigmoid(scale · logit(score) + bias) (Platt 1999)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    scale: float
    bias: float


class Manifest(BaseModel):
    """`bundle.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    version: str
    feature_version: int
    links: tuple[str, ...]  # the order of the model's outputs
    calibration: Platt  # of a slice's most likely pair
    file_calibration: Platt  # of a file's most likely slice
    penalties: dict[str, float] = Field(default_factory=dict)  # factor on confidence above one half
    data_sha256: str
    files: dict[str, str]  # name → sha256
    seal: str | None = None  # sha256 of all the rest, see `seal_of`


@dataclass(frozen=True, slots=True)
class Bundle:
    """A checked bundle, its files in memory."""

    manifest: Manifest
    identity: BundleName
    model: bytes
    words: dict[str, int]
    facts: dict[str, int]


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
    return Bundle(manifest, identity, files[MODEL], words, facts)


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
