"""Odd repositories, odd files, a damaged bundle: a clear sentence, and the rest goes on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from reviewbot.errors import EXIT_OK, EXIT_USAGE
from reviewbot.model.bundle import DEFAULT, FACTS, MANIFEST, MODEL, WORDS, seal_of
from tests.end_to_end.started import Done, needs_bundle, start
from tests.integration.hooked import CLEAN, RACY, SERIAL
from tests.repositories import TemporaryRepository

pytestmark = needs_bundle

LOOP = "#pragma omp parallel for\n"
DEEP = f"void deep(void)\n{'{' * 2000}\n{LOOP}for (int i = 0; i < 9; i++) hits++;\n{'}' * 2000}\n"
TABLE = f"{LOOP}{'static const int t[] = {1, 2, 3, 4};' * 32}\n" * 4400  # 5 MB
# In each of these the race of RACY stands next to what is odd.
READ = {
    "plain.c": RACY.encode(),
    "crlf.c": RACY.replace("\n", "\r\n").encode(),
    "bom.c": b"\xef\xbb\xbf" + RACY.encode(),
    "latin-1.c": f"/* Z\xe4hler */\n{RACY}".encode("latin-1"),
    "broken-utf8.c": b"/* \xff\xfe\xc3( */\n" + RACY.encode(),
    "nested.c": f"{RACY}{DEEP}".encode(),
    "unclosed.c": f"{RACY}void deep(void)\n{'{' * 2000}".encode(),
    "comment.c": f"{RACY}/* never ends\n{RACY}".encode(),
    "pragma.c": f"{RACY}void g(void)\n{{\n    #pragma omp parallel for reduction(+:".encode(),
    "clause.c": RACY.replace("parallel for", "parallel for schedule(dyn").encode(),
}
LEFT_OUT = {
    "object.c": (b"\x7fELF\0\0" + LOOP.encode() * 9, "binary"),
    "utf-16.c": (RACY.encode("utf-16"), "UTF-16 text: save it as UTF-8 to have it read"),
    "generated.c": (TABLE.encode(), "generated or too large"),
}


def check_refused(done: Done, *words: str) -> None:
    """One sentence on standard error that holds the words, no report, exit 2."""
    assert done.returncode == EXIT_USAGE, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("reviewbot: error: ")
    assert done.stderr.count("\n") == 1
    assert [word for word in words if word not in done.stderr] == [], done.stderr


@pytest.fixture
def made(tmp_path: Path) -> TemporaryRepository:
    repository = TemporaryRepository(tmp_path / "work")
    repository.commit({"a.c": CLEAN})
    return repository


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> TemporaryRepository:
    """A branch that brings every odd file at once."""
    made = TemporaryRepository(tmp_path_factory.mktemp("odd") / "work")
    made.commit({"mode.c": RACY.replace("hits", "visits"), "gone.c": SERIAL * 9})
    made.branch("topic")
    for path, content in READ.items():
        made.write(path, content)
    for path, (data, _) in LEFT_OUT.items():
        made.write(path, data)
    (made.path / "link.c").symlink_to("plain.c")
    (made.path / "dangling.c").symlink_to("nowhere.c")
    (made.path / "gone.c").unlink()
    made.stage()
    made.entry("160000", "library.c", name="1" * 40)
    made.git("update-index", "--chmod=+x", "mode.c")
    made.commit()
    return made


@pytest.fixture(scope="module")
def reviewed(odd: TemporaryRepository) -> dict[str, Any]:
    done = start(odd.path, "review", "--base", "main", "--format", "json")
    assert (done.returncode, done.stderr) == (EXIT_OK, "")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


class TestOddFiles:
    @pytest.mark.parametrize("path", READ)
    def test_are_read_as_far_as_they_can_be(self, reviewed: dict[str, Any], path: str) -> None:
        found = [finding for finding in reviewed["findings"] if finding["path"] == path]
        assert ("hits", "introduced") in {(f["object"], f["status"]) for f in found}
        assert max(f["probability"] for f in found) > 0.5

    def test_are_reported_at_their_own_lines(self, reviewed: dict[str, Any]) -> None:
        lines = {f["path"]: f["line"] for f in reviewed["findings"] if f["object"] == "hits"}
        update = 1 + RACY.splitlines().index("            hits++;")
        assert (lines["plain.c"], lines["crlf.c"], lines["latin-1.c"]) == (
            update,
            update,
            update + 1,
        )

    @pytest.mark.parametrize(
        ("path", "reason"),
        [
            *((path, reason) for path, (_, reason) in LEFT_OUT.items()),
            ("link.c", "symlink"),
            ("dangling.c", "symlink"),
            ("library.c", "submodule"),
        ],
    )
    def test_that_cannot_be_read_are_listed_with_the_reason(
        self, reviewed: dict[str, Any], path: str, reason: str
    ) -> None:
        [skipped] = [file["skipped"] for file in reviewed["files"] if file["path"] == path]
        assert skipped.startswith(reason)

    def test_nothing_else_is_left_out(self, reviewed: dict[str, Any]) -> None:
        left_out = {file["path"] for file in reviewed["files"] if file["skipped"]}
        assert left_out == {*LEFT_OUT, "link.c", "dangling.c", "library.c"}

    def test_a_change_of_mode_brings_nothing(self, reviewed: dict[str, Any]) -> None:
        [finding] = [f for f in reviewed["findings"] if f["path"] == "mode.c"]
        assert finding["status"] == "pre-existing"

    def test_the_text_says_what_was_not_analysed(self, odd: TemporaryRepository) -> None:
        done = start(odd.path, "review", "--base", "main")
        told = done.stdout.partition("not analysed:\n")[2]
        assert "  object.c: binary\n" in told
        assert "  library.c: submodule\n" in told
        assert "  generated.c: generated or too large (" in told
        assert "  comment.c:12: unterminated comment\n" in told
        assert "plain.c" not in told

    def test_a_scan_of_the_same_files_goes_on_as_well(self, odd: TemporaryRepository) -> None:
        done = start(odd.path, "scan", ".", "--format", "json")
        assert (done.returncode, done.stderr) == (EXIT_OK, "")
        found = {f["path"] for f in json.loads(done.stdout)["findings"] if f["object"] == "hits"}
        assert set(READ) <= found


class TestRepositories:
    def test_none(self, tmp_path: Path) -> None:
        check_refused(start(tmp_path, "review"), "lies in no git repository")

    def test_an_unknown_revision(self, made: TemporaryRepository) -> None:
        check_refused(start(made.path, "review", "--base", "mian"), "'mian'", "check the spelling")

    def test_an_option_in_place_of_a_revision(self, made: TemporaryRepository) -> None:
        check_refused(start(made.path, "review", "--base=--output=x"), "'--output=x'")
        assert not (made.path / "x").exists()

    def test_a_shallow_clone_without_the_merge_base(
        self, made: TemporaryRepository, tmp_path: Path
    ) -> None:
        made.branch("topic")
        made.commit({"a.c": RACY})
        made.switch("main")
        made.commit({"b.c": SERIAL})
        clone = tmp_path / "clone"
        made.git("clone", "-q", "--depth=1", "--no-single-branch", made.path.as_uri(), str(clone))
        done = start(clone, "review", "--base", "origin/main", "--head", "origin/topic")
        check_refused(done, "shallow", "git fetch --unshallow")

    def test_no_common_past(self, made: TemporaryRepository) -> None:
        made.git("checkout", "-q", "--orphan", "other")
        made.commit({"a.c": RACY})
        check_refused(start(made.path, "review", "--base", "main"), "share no commit")

    def test_an_empty_difference(self, made: TemporaryRepository) -> None:
        done = start(made.path, "review", "--base", "HEAD")
        assert done.returncode == EXIT_OK
        assert "so there is no change to review" in done.stderr
        assert done.stdout.startswith("Nothing parallel to review")

    def test_no_commit_yet(self, tmp_path: Path) -> None:
        made = TemporaryRepository(tmp_path / "new")
        made.write("a.c", RACY)
        made.stage()
        assert "race on `hits`" in start(made.path, "review", "--staged").stdout


class TestBundle:
    @pytest.fixture
    def bundle(self, tmp_path: Path) -> Path:
        return Path(shutil.copytree(DEFAULT, tmp_path / "bundle"))

    @pytest.fixture
    def racy(self, tmp_path: Path) -> Path:
        (tmp_path / "a.c").write_text(RACY, encoding="utf-8")
        return tmp_path

    def test_an_intact_copy_is_used(self, bundle: Path, racy: Path) -> None:
        done = start(racy, "scan", "a.c", REVIEWBOT_BUNDLE=str(bundle))
        assert "race on `hits`" in done.stdout

    @pytest.mark.parametrize("name", [MODEL, WORDS, FACTS, MANIFEST])
    def test_one_flipped_bit(self, bundle: Path, racy: Path, name: str) -> None:
        data = bytearray((bundle / name).read_bytes())
        # In the manifest it hits the digest of the model, elsewhere the middle of the file.
        at = (
            data.index(b":", data.index(MODEL.encode())) + 9 if name == MANIFEST else len(data) // 2
        )
        data[at] ^= 1
        (bundle / name).write_bytes(data)
        done = start(racy, "scan", "a.c", REVIEWBOT_BUNDLE=str(bundle))
        check_refused(done, str(bundle), name, "REVIEWBOT_BUNDLE")

    def test_one_flipped_bit_in_a_number_of_the_manifest(self, bundle: Path, racy: Path) -> None:
        manifest = json.loads((bundle / MANIFEST).read_bytes())
        manifest["seal"] = seal_of(json.dumps(manifest).encode())
        (bundle / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        assert "race on `hits`" in start(racy, "scan", "a.c", "--bundle", str(bundle)).stdout
        data = bytearray((bundle / MANIFEST).read_bytes())
        data[data.index(b'"scale": ') + len('"scale": 0.1')] ^= 1
        (bundle / MANIFEST).write_bytes(data)
        done = start(racy, "scan", "a.c", "--bundle", str(bundle))
        check_refused(done, f"{bundle / MANIFEST} is damaged")

    @pytest.mark.parametrize("name", [MODEL, WORDS, FACTS, MANIFEST])
    def test_a_missing_file(self, bundle: Path, racy: Path, name: str) -> None:
        (bundle / name).unlink()
        done = start(racy, "scan", "a.c", REVIEWBOT_BUNDLE=str(bundle))
        check_refused(done, str(bundle / name), "cannot be read")

    def test_half_a_manifest(self, bundle: Path, racy: Path) -> None:
        data = (bundle / MANIFEST).read_bytes()
        (bundle / MANIFEST).write_bytes(data[: len(data) // 2])
        done = start(racy, "scan", "a.c", "--bundle", str(bundle))
        check_refused(done, str(bundle / MANIFEST), "is not a bundle's manifest")


class TestWithoutTheRuntime:
    @pytest.fixture
    def blocker(self, tmp_path: Path) -> str:
        """A path on which `import onnxruntime` fails as it does where it is not installed."""
        folder = tmp_path / "blocker"
        folder.mkdir()
        (folder / "onnxruntime.py").write_text(
            "raise ModuleNotFoundError(\"No module named 'onnxruntime'\", name='onnxruntime')\n",
            encoding="utf-8",
        )
        return str(folder)

    def test_names_the_package(self, tmp_path: Path, blocker: str) -> None:
        (tmp_path / "a.c").write_text(RACY, encoding="utf-8")
        done = start(tmp_path, "scan", "a.c", PYTHONPATH=blocker)
        check_refused(done, "-m pip install onnxruntime`")

    def test_what_is_not_parallel_needs_none(self, tmp_path: Path, blocker: str) -> None:
        (tmp_path / "a.c").write_text(SERIAL, encoding="utf-8")
        done = start(tmp_path, "scan", "a.c", PYTHONPATH=blocker)
        assert (done.returncode, done.stderr) == (EXIT_OK, "")
