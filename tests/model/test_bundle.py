"""Bundles: loaded when whole, refused by the name of what is wrong."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("onnx")

from reviewbot.errors import BundleDamaged
from reviewbot.model.bundle import FACTS, MANIFEST, MODEL, WORDS, load_bundle
from reviewbot.records import Link
from tests.model.toys import VOCABULARY, write_bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_bundle(tmp_path / "toy", penalties={"call": 0.85})


def check_refused(folder: Path, *words: str) -> None:
    with pytest.raises(BundleDamaged) as told:
        load_bundle(folder)
    for word in (*words, str(folder), "Install reviewbot again", "REVIEWBOT_BUNDLE"):
        assert word in str(told.value)


def change_manifest(folder: Path, **changes: Any) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, **changes}))


def replace_file(folder: Path, name: str, content: bytes) -> None:
    """Another content under its right hash."""
    (folder / name).write_bytes(content)
    files = json.loads((folder / MANIFEST).read_text())["files"]
    change_manifest(folder, files={**files, name: hashlib.sha256(content).hexdigest()})


def test_a_whole_bundle_loads(folder: Path) -> None:
    bundle = load_bundle(folder)
    assert bundle.words == VOCABULARY
    assert bundle.facts["common=none"] == 3
    assert bundle.model == (folder / MODEL).read_bytes()
    assert bundle.manifest.penalties == {"call": 0.85}


def test_its_identity_is_the_hash_of_the_manifest(folder: Path) -> None:
    before = load_bundle(folder).identity
    assert (before.name, before.version) == ("toy", "1")
    assert before.sha256 == hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    change_manifest(folder, version="2")
    assert load_bundle(folder).identity.sha256 != before.sha256


@pytest.mark.parametrize("name", [MODEL, WORDS, FACTS])
@pytest.mark.parametrize("place", [0, -1])
def test_one_flipped_byte_is_found(folder: Path, name: str, place: int) -> None:
    data = bytearray((folder / name).read_bytes())
    data[place] ^= 1
    (folder / name).write_bytes(data)
    check_refused(folder, name, "damaged")


@pytest.mark.parametrize("name", [MODEL, WORDS, FACTS, MANIFEST])
def test_an_empty_file_is_found(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"")
    check_refused(folder, name)


@pytest.mark.parametrize("name", [MODEL, WORDS, FACTS, MANIFEST])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    check_refused(folder, name, "cannot be read", "No such file")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    check_refused(tmp_path / "nowhere", "No such file")


@pytest.mark.parametrize("place", [0, 1, -1])
def test_a_flipped_byte_of_the_manifests_structure_is_found(folder: Path, place: int) -> None:
    data = bytearray((folder / MANIFEST).read_bytes())
    data[place] ^= 1
    (folder / MANIFEST).write_bytes(data)
    check_refused(folder, MANIFEST, "not a bundle's manifest")


@pytest.mark.parametrize("text", [b"{", b"[]", b"null", b"\xff\xfe", b'{"name": 1}'])
def test_garbage_for_a_manifest_is_refused(folder: Path, text: bytes) -> None:
    (folder / MANIFEST).write_bytes(text)
    check_refused(folder, MANIFEST, "not a bundle's manifest")


def test_a_wrong_key_of_the_manifest_is_named(folder: Path) -> None:
    change_manifest(folder, calibration={"scale": "steep", "bias": 0})
    check_refused(folder, "calibration.scale")


def test_a_key_that_is_not_known_is_named(folder: Path) -> None:
    change_manifest(folder, extra=1)
    check_refused(folder, "extra")


def test_another_feature_version_is_refused(folder: Path) -> None:
    change_manifest(folder, feature_version=999)
    check_refused(folder, "another version", "999")


def test_another_order_of_links_is_refused(folder: Path) -> None:
    change_manifest(folder, links=[link.value for link in reversed(Link)])
    check_refused(folder, "another version")


@pytest.mark.parametrize("content", [b"{", b"[]", b'"words"', b"\xff"])
def test_garbage_vocabularies_are_refused_even_under_their_right_hash(
    folder: Path, content: bytes
) -> None:
    replace_file(folder, WORDS, content)
    check_refused(folder, "vocabularies")


def test_garbage_facts_are_refused_even_under_their_right_hash(folder: Path) -> None:
    replace_file(folder, FACTS, b"{")
    check_refused(folder, "vocabularies")


def test_a_file_that_the_manifest_does_not_list_is_refused(folder: Path) -> None:
    change_manifest(folder, files={})
    check_refused(folder, MODEL)
