"""A bundle of kind `causal`: a language model in ONNX, its tokenizer, and how to read it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reviewbot.causal.prompt import PROMPT_VERSION
from reviewbot.errors import BundleDamaged
from reviewbot.model.bundle import MANIFEST, MODEL, FileScaling, Platt, seal_of
from reviewbot.records import BundleName

if TYPE_CHECKING:
    from tokenizers import Tokenizer

KIND: Literal["causal"] = "causal"
TOKENIZER = "tokenizer.json"
_CHUNK = 1 << 20  # bytes hashed at a time: weights may be larger than the memory
_REMEDY = "Export it again with `python -m model_export causal export`."


class Watched(BaseModel):
    """The tokens at which the two answers to one question part."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    yes: int = Field(ge=0)
    no: int = Field(ge=0)


class CacheShape(BaseModel):
    """The model's key–value cache."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    layers: int = Field(gt=0)
    heads: int = Field(gt=0)
    key_width: int = Field(gt=0)
    value_width: int = Field(gt=0)


class CausalManifest(BaseModel):
    """`bundle.json` of a causal language model."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["causal"]
    name: str
    version: str
    prompt_version: int
    precision: Literal["fp32", "int8"]
    cache: CacheShape
    context: int = Field(gt=0)  # tokens of a prompt and its trace together
    ends: tuple[int, ...]  # tokens that end a text
    verdict: Watched  # yes: racy
    state: Watched  # of a link; yes: it holds
    new_tokens: int = Field(gt=0)  # of one trace
    seconds: float = Field(gt=0)  # for all the traces of one call
    calibration: Platt = Platt(scale=1.0, bias=0.0)
    file_calibration: FileScaling = FileScaling(scale=1.0, bias=0.0)
    penalties: dict[str, float] = Field(default_factory=dict)
    data_sha256: str = ""
    files: dict[str, str]  # name → sha256
    seal: str | None = None


@dataclass(frozen=True, slots=True)
class CausalBundle:
    """A checked bundle; the weights stay on disk, as they may be larger than one message."""

    manifest: CausalManifest
    identity: BundleName
    model: Path
    tokenizer: Tokenizer


def is_causal(folder: Path) -> bool:
    """Whether the folder's manifest says that it holds a causal language model."""
    try:
        return bool(json.loads((folder / MANIFEST).read_bytes()).get("kind") == KIND)
    except (OSError, ValueError, AttributeError):
        return False  # whatever else it is, its own loader says what is wrong


def load_causal_bundle(folder: Path) -> CausalBundle:
    """Read and check a bundle; raises BundleDamaged by the name of the first file that is wrong."""
    content, manifest = _manifest(folder)
    for name in (MODEL, TOKENIZER):
        if name not in manifest.files:
            raise BundleDamaged(f"{folder / MANIFEST} does not list {name}. {_REMEDY}")
    for name, digest in manifest.files.items():
        if hash_of(folder / name) != digest:
            raise BundleDamaged(f"{folder / name} is damaged: its hash differs. {_REMEDY}")
    identity = BundleName(
        name=manifest.name,
        version=manifest.version,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return CausalBundle(manifest, identity, folder / MODEL, _tokenizer(folder / TOKENIZER))


def _manifest(folder: Path) -> tuple[bytes, CausalManifest]:
    try:
        content = (folder / MANIFEST).read_bytes()
        manifest = CausalManifest.model_validate_json(content)
    except OSError as exc:
        told = f"{folder / MANIFEST} cannot be read ({exc.strerror}). {_REMEDY}"
        raise BundleDamaged(told) from exc
    except ValidationError as exc:
        where = ".".join(map(str, exc.errors()[0]["loc"])) or "the file"
        told = f"{folder / MANIFEST} is not a causal bundle's manifest: {where} is wrong. {_REMEDY}"
        raise BundleDamaged(told) from exc
    if manifest.seal is not None and manifest.seal != seal_of(content):
        raise BundleDamaged(f"{folder / MANIFEST} is damaged: its seal does not fit. {_REMEDY}")
    if manifest.prompt_version != PROMPT_VERSION:
        raise BundleDamaged(
            f"The bundle {folder} was trained on other prompts (version {manifest.prompt_version}, "
            f"here {PROMPT_VERSION}): fine-tune the model again. {_REMEDY}"
        )
    return content, manifest


def hash_of(path: Path) -> str:
    """The sha256 of a file; raises BundleDamaged if it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as exc:
        raise BundleDamaged(f"{path} cannot be read ({exc.strerror}). {_REMEDY}") from exc
    return digest.hexdigest()


def _tokenizer(path: Path) -> Tokenizer:
    # Imported here, as only bundles of this kind need the library.
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as exc:  # the library raises nothing narrower
        raise BundleDamaged(f"{path} is not a tokenizer ({exc}). {_REMEDY}") from exc
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
