"""The order of the stages, with a toy front end and model and otherwise real parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reviewbot.changes import of_files, of_range, of_staged
from reviewbot.code.analyse import analyse as read_file
from reviewbot.errors import BadInput
from reviewbot.git import open_repository
from reviewbot.pipeline import LARGEST, Collaborators, Source, review
from reviewbot.policy import Policy, Thresholds
from reviewbot.records import (
    AccessPair,
    Action,
    Analysis,
    Prediction,
    Reason,
    Review,
    Slice,
    Status,
)
from tests.repositories import TemporaryRepository
from tests.toy_model import ToyPredictor, analyse, forbidden

LOOP = "#pragma omp parallel for\n"
RACY = LOOP + "hits++;\n"
CLEAN = LOOP + "#pragma omp atomic\nhits++;\n"
SERIAL = "int twice(int a) { return 2 * a; }\n"


@pytest.fixture
def made(tmp_path: Path) -> TemporaryRepository:
    return TemporaryRepository(tmp_path / "work")


def outcome(sources: Iterable[Source], **changes: Any) -> Review:
    toy = Collaborators(analyse=analyse, load_predictor=ToyPredictor)
    return review(sources, replace(toy, **changes))


def of_head(made: TemporaryRepository, base: str = "main") -> Review:
    repository = open_repository(made.path)
    return outcome(of_range(repository, repository.resolve(base), repository.resolve("HEAD")))


def statuses(done: Review) -> dict[tuple[str, str], Status]:
    return {(d.finding.path, d.finding.object): d.finding.status for d in done.decisions}


class TestStatus:
    def test_a_race_that_the_change_brings_is_introduced(self, made: TemporaryRepository) -> None:
        made.commit({"a.c": CLEAN})
        made.branch("topic")
        made.commit({"a.c": CLEAN + "misses++;\n"})
        found = statuses(of_head(made))
        assert found[("a.c", "misses")] is Status.INTRODUCED
        assert found.get(("a.c", "hits")) is not Status.INTRODUCED

    def test_a_race_that_loses_its_atomic_is_introduced(self, made: TemporaryRepository) -> None:
        made.commit({"a.c": CLEAN})
        made.branch("topic")
        made.commit({"a.c": RACY})
        assert statuses(of_head(made)) == {("a.c", "hits"): Status.INTRODUCED}

    def test_a_race_in_an_unchanged_part_is_pre_existing(self, made: TemporaryRepository) -> None:
        made.commit({"a.c": RACY + "\n" * 10})
        made.branch("topic")
        made.commit({"a.c": RACY + "\n" * 10 + SERIAL})
        done = of_head(made)
        assert statuses(done) == {("a.c", "hits"): Status.PRE_EXISTING}
        assert [d.reason for d in done.decisions] == [Reason.PRE_EXISTING]

    def test_a_race_whose_object_is_renamed_is_pre_existing(
        self, made: TemporaryRepository
    ) -> None:
        made.commit({"a.c": RACY})
        made.branch("topic")
        made.commit({"a.c": RACY.replace("hits", "seen")})
        assert statuses(of_head(made)) == {("a.c", "seen"): Status.PRE_EXISTING}

    def test_what_keeps_its_guards_is_read_as_its_base_was(self) -> None:
        asked: list[dict[str, int]] = []

        def told(path: str, data: bytes, tree: object, before: Mapping[str, int]) -> Analysis:
            asked.append(dict(before))
            count = data.count(b"lock")
            return Analysis(path=path, guarded={"hits": count} if count else {})

        locked = Source(path="a.c", head=b"pthread_ lock", base=b"pthread_ lock", diff=None)
        outcome([locked], analyse=told)
        assert asked == [{}, {}]
        asked.clear()
        outcome([replace(locked, head=b"pthread_")], analyse=told)
        assert asked == [{}, {}, {"hits": 1}]

    def test_a_race_in_a_file_that_did_not_change_is_not_told(
        self, made: TemporaryRepository
    ) -> None:
        made.commit({"old.c": RACY, "a.c": CLEAN})
        made.branch("topic")
        made.commit({"a.c": CLEAN + SERIAL})
        assert ("old.c", "hits") not in statuses(of_head(made))

    def test_a_repaired_race_is_fixed(self, made: TemporaryRepository) -> None:
        made.commit({"a.c": RACY})
        made.branch("topic")
        made.commit({"a.c": CLEAN})
        assert statuses(of_head(made)) == {("a.c", "hits"): Status.FIXED}

    def test_a_race_leaves_with_its_file(self, made: TemporaryRepository) -> None:
        made.commit({"a.c": RACY})
        made.branch("topic")
        made.git("rm", "-q", "a.c")
        made.commit()
        assert statuses(of_head(made)) == {("a.c", "hits"): Status.FIXED}

    def test_a_renamed_file_keeps_its_old_race(self, made: TemporaryRepository) -> None:
        made.commit({"a.c": RACY + SERIAL * 5})
        made.branch("topic")
        made.git("mv", "a.c", "b.c")
        made.commit()
        assert statuses(of_head(made)) == {("b.c", "hits"): Status.PRE_EXISTING}

    def test_a_base_that_cannot_be_analysed_is_not_taken_for_clean(
        self, made: TemporaryRepository
    ) -> None:
        made.commit({"a.c": RACY + "boom\n"})
        made.branch("topic")
        made.commit({"a.c": RACY})
        assert statuses(of_head(made)) == {("a.c", "hits"): Status.UNKNOWN}

    def test_a_head_that_cannot_be_analysed_fixes_nothing(self, made: TemporaryRepository) -> None:
        made.commit({"a.c": RACY})
        made.branch("topic")
        made.commit({"a.c": RACY + "boom\n"})
        assert statuses(of_head(made)) == {}


class TestStaged:
    def test_the_index_counts_and_not_the_working_tree(self, made: TemporaryRepository) -> None:
        made.commit({"a.c": CLEAN})
        made.write("a.c", RACY)
        made.stage("a.c")
        made.write("a.c", CLEAN)
        done = outcome(of_staged(open_repository(made.path)))
        assert statuses(done) == {("a.c", "hits"): Status.INTRODUCED}
        assert dict(done.sources) == {"a.c": RACY}

    def test_what_is_not_staged_is_silent(self, made: TemporaryRepository) -> None:
        made.commit({"a.c": CLEAN})
        made.write("a.c", RACY)
        assert outcome(of_staged(open_repository(made.path)), load_predictor=forbidden).files == ()

    def test_before_the_first_commit(self, made: TemporaryRepository) -> None:
        made.write("a.c", RACY)
        made.stage()
        done = outcome(of_staged(open_repository(made.path)))
        assert statuses(done) == {("a.c", "hits"): Status.INTRODUCED}


class TestModel:
    def test_is_not_loaded_without_parallel_code(self) -> None:
        done = outcome([Source(path="a.c", head=SERIAL.encode())], load_predictor=forbidden)
        assert done.bundle is None
        assert [(f.path, f.race_probability, f.skipped) for f in done.files] == [("a.c", 0.0, None)]

    def test_is_asked_once_for_all_files(self) -> None:
        toy = ToyPredictor()
        files = [Source(path=f"{name}.c", head=RACY.encode()) for name in "abc"]
        done = outcome(files, load_predictor=lambda: toy)
        assert toy.batches == [3]
        assert done.bundle == toy.bundle
        assert [f.race_probability for f in done.files] == [0.9, 0.9, 0.9]

    def test_constructs_are_told_without_findings(self) -> None:
        done = outcome([Source(path="a.c", head=LOOP.encode())], load_predictor=forbidden)
        assert [(c.line, c.kind) for c in done.files[0].constructs] == [(1, "parallel for")]


class TestSkipped:
    def test_a_fault_in_one_file_leaves_the_others(self) -> None:
        bad = Source(path="bad.c", head=(RACY + "boom\n").encode())
        done = outcome([bad, Source(path="good.c", head=RACY.encode())])
        skipped = {file.path: file.skipped for file in done.files}
        assert skipped["bad.c"] == "internal error: RuntimeError: the toy's front end went boom"
        assert skipped["good.c"] is None
        assert statuses(done) == {("good.c", "hits"): Status.UNKNOWN}

    def test_a_fault_is_raised_if_asked_for(self) -> None:
        bad = Source(path="bad.c", head=(RACY + "boom\n").encode())
        with pytest.raises(RuntimeError, match="boom"):
            outcome([bad], strict_errors=True)

    def test_a_very_large_file_is_skipped_only_if_parallel(self) -> None:
        filler = b"int x;\n" * (LARGEST // 7 + 1)
        done = outcome(
            [Source(path="big.c", head=RACY.encode() + filler), Source(path="n.c", head=filler)],
            load_predictor=forbidden,
        )
        assert [file.skipped for file in done.files] == ["generated or too large (1024 KiB)", None]

    def test_parts_of_files_are_told(self) -> None:
        done = outcome([Source(path="a.c", head=(RACY + "MACRO\n").encode())])
        assert [(part.path, part.reason) for part in done.skipped] == [("a.c", "macro")]

    def test_links_binaries_and_modules_are_values(self, made: TemporaryRepository) -> None:
        first = made.commit({"a.c": CLEAN})
        made.branch("topic")
        made.write("binary.c", b"\0\1\2" + RACY.encode())
        made.stage()
        made.entry("120000", "link.c", b"a.c")
        made.entry("160000", "module.c", name=first)
        made.git("commit", "-q", "--no-verify", "-m", "odd")
        skipped = {file.path: file.skipped for file in of_head(made).files}
        assert skipped == {"binary.c": "binary", "link.c": "symlink", "module.c": "submodule"}

    def test_other_languages_are_not_files_of_the_review(self, made: TemporaryRepository) -> None:
        made.commit()
        made.branch("topic")
        made.commit({"notes.md": RACY, "a.c": RACY})
        assert [file.path for file in of_head(made).files] == ["a.c"]


class TestPolicy:
    def test_blocks_what_the_policy_blocks(self) -> None:
        strict = Policy(race=Thresholds(comment=0.5, block=0.8))
        done = outcome([Source(path="a.c", head=RACY.encode())], policy=strict)
        assert [decision.action for decision in done.decisions] == [Action.BLOCK]

    def test_a_waiver_in_the_source_drops_the_finding(self) -> None:
        waived = LOOP + "hits++; // reviewbot: ignore[race] counts are approximate\n"
        done = outcome([Source(path="a.c", head=waived.encode())])
        assert [d.reason for d in done.decisions] == [Reason.SUPPRESSED]

    def test_the_baseline_drops_the_finding(self) -> None:
        file = Source(path="a.c", head=RACY.encode())
        known = frozenset(d.finding.fingerprint for d in outcome([file]).decisions)
        done = outcome([file], baseline=known)
        assert [d.reason for d in done.decisions] == [Reason.IN_BASELINE]


class TestFiles:
    def test_directories_hold_c_family_files_that_git_does_not_ignore(
        self, made: TemporaryRepository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made.commit({".gitignore": "gen/\n", "src/a.c": RACY, "src/a.py": ""})
        made.write("src/new.cpp", CLEAN)
        made.write("gen/x.c", RACY)
        monkeypatch.chdir(made.path)
        assert [source.path for source in of_files(["."])] == ["src/a.c", "src/new.cpp"]
        assert [source.path for source in of_files(["gen"])] == ["gen/x.c"]

    def test_are_called_by_their_path_from_the_root(
        self, made: TemporaryRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        made.commit({"src/a.c": RACY})
        outside = tmp_path / "other.c"
        outside.write_text(RACY)
        root = open_repository(made.path).root
        monkeypatch.chdir(made.path / "src")
        given = ["a.c", "../src/a.c", str(made.path / "src"), str(outside)]
        names = [source.path for source in of_files(given, root)]
        assert names == ["src/a.c", str(outside)]

    def test_are_called_so_wherever_the_process_goes(
        self, made: TemporaryRepository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made.commit({"a.c": RACY, "src/a.c": RACY})
        root = open_repository(made.path).root
        named = []
        for folder in (made.path, made.path / "src"):
            monkeypatch.chdir(folder)
            named += [source.path for source in of_files(["a.c"], root)]
        assert named == ["a.c", "src/a.c"]

    def test_works_without_a_repository(self, tmp_path: Path) -> None:
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "a.h").write_text(RACY)
        [source] = of_files([str(tmp_path)])
        assert source.path == str(tmp_path / "deep" / "a.h")
        assert source.head == RACY.encode()

    def test_a_missing_path_is_the_users_to_mend(self) -> None:
        with pytest.raises(BadInput, match=r"no file or directory 'nowhere\.c'"):
            tuple(of_files(["nowhere.c"]))

    def test_what_cannot_be_read_is_a_value(self, tmp_path: Path) -> None:
        (tmp_path / "to.c").symlink_to(tmp_path / "gone.c")
        (tmp_path / "notes.md").write_text("text")
        done = outcome(of_files([str(tmp_path / "to.c"), str(tmp_path / "notes.md")]))
        assert [file.skipped for file in done.files] == [
            "symlink",
            "not a C or C++ file by its name",
        ]


class OfLocks(ToyPredictor):
    """0.1 for what a mutex protects, as the real model says."""

    def _one(self, part: Slice, pair: AccessPair) -> Prediction:
        probability = 0.1 if ("common", "mutex") in pair.relations else 0.9
        return replace(super()._one(part, pair), probability=probability)


class TestGuardedBefore:
    LOCKED = (
        "#include <pthread.h>\nstatic int total; static pthread_mutex_t m;\nvoid add(int n) {\n"
        "  pthread_mutex_lock(&m);\n  total += n;\n  pthread_mutex_unlock(&m);\n}\n"
    )
    BARE = "static int total;\nvoid add(int n) {\n  total += n;\n}\n"

    def told(
        self, made: TemporaryRepository, base: str, head: str
    ) -> dict[tuple[str, str], Status]:
        made.commit({"a.c": base})
        made.branch("topic")
        made.commit({"a.c": head})
        repository = open_repository(made.path)
        ends = repository.resolve("main"), repository.resolve("HEAD")
        return statuses(
            outcome(of_range(repository, *ends), analyse=read_file, load_predictor=OfLocks)
        )

    def test_a_change_that_takes_the_last_lock_away_is_told(
        self, made: TemporaryRepository
    ) -> None:
        found = self.told(made, self.LOCKED, self.BARE)
        assert found == {("a.c", "total"): Status.INTRODUCED}

    def test_a_file_that_never_had_one_is_silent(self, made: TemporaryRepository) -> None:
        assert self.told(made, self.BARE, self.BARE + "void more(void) { add(1); }\n") == {}
