"""Exploring a tiny set of families: parts, resuming, the summary; and the command line."""

import io
import json
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import Client, LocalCluster

from model_export import cli
from model_export import explore as explore_module
from model_export.candidates import of_families, of_file, of_patterns
from model_export.execute.corpus import parts, read_ids, read_rows, write_part
from model_export.progress import Progress

FAMILY = """\
//@ family: {name}
//@ domain: counters
//@ problem: Count.
//@ param N: 300 | 400
static int n;
int main(void) {{
//@ slot add on n
//@ is bare: racy
#pragma omp parallel for
  for (int i = 0; i < @N@; i++) n++;
//@ is reduced: unprotected
#pragma omp parallel for reduction(+ : n)
  for (int i = 0; i < @N@; i++) n++;
//@ end
  return 0;
}}
// {name}
"""


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as c,
        Client(c) as connected,
    ):
        yield connected


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("first", "second"):
        path = tmp_path / "families" / "counters" / f"{name}.c"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FAMILY.format(name=name))
    return tmp_path / "families"


@pytest.fixture
def command(root: Path, tmp_path: Path, client: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Words of an explore command that uses the shared cluster, two programs a batch."""

    @contextmanager
    def shared(scheduler: str | None, jobs: int) -> Iterator[Any]:
        yield client

    monkeypatch.setattr(explore_module, "connect", shared)
    monkeypatch.setattr(explore_module, "BATCH", 2)
    return ["explore", "--root", str(root), "--out", str(tmp_path / "out"), "--per-family"]


def summary(out: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((out / "summary.json").read_text())
    return content


@pytest.mark.clang
def test_resumes_after_a_lost_part_without_repeating_the_rest(
    command: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert cli.main([*command, "2"]) == 0
    before, fingerprint = read_ids(out), summary(out)["fingerprint"]
    assert len(before) == 4
    assert summary(out)["total"] == {
        "executed": 4,
        "racy": 2,
        "clean": 2,
        "disagreements": 0,
        "unusable": 0,
    }

    lost, kept = parts(out)
    lost.unlink()
    (out / "parts" / "part-half.unfinished").write_bytes(b"PAR1")
    unchanged = kept.stat().st_mtime_ns
    assert cli.main([*command, "2"]) == 0
    assert "2 to run" in capsys.readouterr().err
    assert read_ids(out) == before
    assert kept.stat().st_mtime_ns == unchanged
    assert summary(out)["fingerprint"] == fingerprint


@pytest.mark.clang
def test_a_larger_corpus_runs_only_the_new_programs(
    command: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    cli.main([*command, "2"])
    first = read_ids(out)
    cli.main([*command, "4"])
    assert "8 programs wanted, 4 to run" in capsys.readouterr().err
    ids = [row["id"] for row in read_rows(out, ("id",))]
    assert len(ids) == len(set(ids)) == 8
    assert first < set(ids)
    cli.main([*command, "4"])
    assert "0 to run" in capsys.readouterr().err


@pytest.mark.clang
def test_a_worker_killed_midway_loses_and_repeats_nothing(root: Path, tmp_path: Path) -> None:
    programs = [*of_families(root, "*/*", 3, 1)]
    made = [(program,) for program in programs]
    stream = io.StringIO()
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", local_directory=tmp_path
        ) as cluster,
        Client(cluster) as connected,
    ):
        victim = next(iter(connected.run(os.getpid).values()))
        progress = KillingProgress(len(made), stream, victim)
        assert explore_module.explore(connected, made, tmp_path / "out", progress) == 0
        assert victim not in connected.run(os.getpid).values()
    ids = [str(row["id"]) for row in read_rows(tmp_path / "out", ("id",))]
    assert sorted(ids) == sorted(program.id for program in programs)


class KillingProgress(Progress):
    """Kills a worker process as soon as the first program is done."""

    def __init__(self, total: int, stream: io.StringIO, victim: int) -> None:
        super().__init__(total=total, stream=stream)
        self.victim = victim

    def advance(self, count: int) -> None:
        if self.done == 0:
            os.kill(self.victim, signal.SIGKILL)
        super().advance(count)


@pytest.mark.clang
def test_mutants_are_executed_and_nothing_is_declared_of_them(
    command: Sequence[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = [*command, "2", "--families", "*/first*", "--mutants"]
    assert cli.main([*words, "2"]) == 0
    columns = ("id", "parent", "mutation", "expected", "effects", "label", "usable")
    rows = list(read_rows(out, columns))
    mutants = [row for row in rows if row["parent"]]
    assert len(rows) == len({row["id"] for row in rows}) == 2 + len(mutants)
    assert mutants
    for row in mutants:
        assert row["parent"] in {other["id"] for other in rows}
        assert row["mutation"]
        assert (row["expected"], row["effects"]) == ("", "{}")
        assert row["label"] in ("racy", "clean")
        assert row["usable"]
    assert cli.main([*words, "2"]) == 0
    assert read_ids(out) == {str(row["id"]) for row in rows}


@pytest.mark.clang
def test_other_programs_come_from_a_file(
    command: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"family": "lib", "variant": "1", "language": "c", "text": "int main(void) {}\n"}
    file = tmp_path / "more.jsonl"
    file.write_text(json.dumps(given) + "\n\n")
    words = [*command, "1", "--families", "*/first*", "--programs", str(file)]
    assert cli.main(words) == 0
    found = {row["family"]: row for row in read_rows(tmp_path / "out", ("family", "label"))}
    assert found["lib"]["label"] == "clean"
    file.write_text(json.dumps(given | {"language": "rust"}))
    assert cli.main(words) == 2
    assert "more.jsonl:1: language is 'rust'; write one of c, c++" in capsys.readouterr().err


def test_batches_are_of_one_kind_and_without_what_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explore_module, "BATCH", 2)
    texts = {"c": "int main(void) {{ return {}; }}\n", "c++": "int main() {{ return {}; }}\n"}
    file = tmp_path / "all.jsonl"
    file.write_text(
        "\n".join(
            json.dumps({"family": "f", "variant": n, "language": name, "text": text.format(n)})
            for n in range(3)
            for name, text in texts.items()
        )
    )
    programs = list(of_file(file))
    made = list(explore_module.batches([*programs, *programs], {programs[0].id}))
    assert all(len({program.language for program in batch}) == 1 for batch in made)
    assert sorted(len(batch) for batch in made) == [1, 2, 2]
    ids = [program.id for batch in made for program in batch]
    assert sorted(ids) == sorted(program.id for program in programs[1:])


@pytest.mark.clang
def test_rows_carry_label_reports_and_twins(command: Sequence[str], tmp_path: Path) -> None:
    cli.main([*command, "2"])
    rows = list(
        read_rows(
            tmp_path / "out", ("family", "label", "expected", "reports", "twin_group", "source")
        )
    )
    racy = [row for row in rows if row["label"] == "racy"]
    assert len(racy) == 2
    for row in racy:
        (first, *_) = json.loads(str(row["reports"]))
        text = str(row["source"]).splitlines()[first["a"]["line"] - 1]
        assert "n++" in text
    groups = {(row["family"], row["twin_group"]) for row in rows}
    assert len(groups) == 2


def test_no_family_matches(command: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*command, "2", "--families", "nothing/*"]) == 2
    assert "no family file matches 'nothing/*'" in capsys.readouterr().err


def test_unreachable_scheduler_is_one_sentence(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explore_module, "CONNECT_SECONDS", 1)
    words = ["explore", "--root", str(root), "--out", str(tmp_path), "--per-family", "2"]
    assert cli.main([*words, "--scheduler", "tcp://127.0.0.1:1"]) == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in capsys.readouterr().err


def test_unreadable_part_says_what_to_do(
    command: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "out" / "parts" / "part-0.parquet"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"PAR1")
    assert cli.main([*command, "2"]) == 2
    assert "delete it, its programs run again" in capsys.readouterr().err


def test_parts_of_the_same_programs_replace_each_other(tmp_path: Path) -> None:
    row: dict[str, object] = {"id": "a", "label": "racy", "usable": True}
    write_part(tmp_path, [row])
    write_part(tmp_path, [row | {"label": "clean"}])
    assert [r["label"] for r in read_rows(tmp_path, ("label",))] == ["clean"]


def test_a_part_from_before_a_column_is_read(tmp_path: Path) -> None:
    (path := tmp_path / "parts" / "part-0.parquet").parent.mkdir()
    pq.write_table(pa.table({"id": ["a"], "label": ["racy"]}), path)
    (row,) = read_rows(tmp_path, ("id", "parent"))
    assert row == {"id": "a", "parent": ""}


def test_progress_tells_rate_and_time_left() -> None:
    progress = Progress(total=600, stream=io.StringIO())
    progress.done = 120
    assert progress.line(progress.started + 60) == "120/600 programs, 2.0 a second, 4 min left"


def test_help_lists_the_commands_that_exist(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cli.COMMANDS, "ghost", ("model_export.no_such_module", "is not there"))
    with pytest.raises(SystemExit) as left:
        cli.main(["--help"])
    shown = capsys.readouterr().out
    assert left.value.code == 0
    assert "explore" in shown
    assert "examples:" in shown
    assert "ghost" not in shown


def test_interrupt_ends_with_130(
    command: Sequence[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(explore_module, "explore", interrupted)
    assert cli.main([*command, "2"]) == 130
    assert "what was finished is kept" in capsys.readouterr().err


@pytest.mark.clang
def test_check_finds_a_wrong_declaration_and_is_silent_on_a_right_one(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = root / "counters" / "first.c"
    assert cli.main(["check", str(path), "--max-variants", "2"]) == 0
    assert "0 differ" in capsys.readouterr().out
    path.write_text(path.read_text().replace("is bare: racy", "is bare: unordered"))
    assert cli.main(["check", str(path), "--max-variants", "4"]) == 1
    shown = capsys.readouterr().out
    assert "declared clean, observed racy" in shown
    assert "n++" in shown


def test_composed_programs_are_as_many_as_asked_for_and_never_twice() -> None:
    few, more = list(of_patterns(2, seed=1)), list(of_patterns(3, seed=1))
    assert more[: len(few)] == few
    assert {program.family.split("_")[0] for program in few} == {"threads", "omp"}
    ids = [program.id for program in [*more, *of_patterns(3, seed=2)]]
    assert len(ids) == len(set(ids))
    thin = [program.id for program in of_patterns(3, seed=1, each=2)]
    assert len(thin) < len(more) / 2
    assert set(thin) < set(ids)
