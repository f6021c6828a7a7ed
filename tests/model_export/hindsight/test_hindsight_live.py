"""Traces proven by real runs: siblings of a family, composed programs, mutants, the command."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster
from hindsight_toys import TEXT, variant

from model_export import cli
from model_export.execute.batch import BatchRunner
from model_export.execute.corpus import read_rows, write_part
from model_export.execute.label import row
from model_export.execute.run import Runner, find_tools
from model_export.hindsight import command, twins
from model_export.hindsight.rounds import Execute, Runs, tellings_of
from model_export.hindsight.trace import from_json
from model_export.programs.sample import Program
from reviewbot.records import Link

pytestmark = pytest.mark.clang


@pytest.fixture(scope="module")
def execute(tmp_path_factory: pytest.TempPathFactory) -> Execute:
    """Runs programs for real, as the rows of a corpus."""
    work = tmp_path_factory.mktemp("runs")
    runner = BatchRunner.over(Runner(tools=find_tools(), work=work))

    def run(programs: Sequence[Program]) -> list[dict[str, Any]]:
        return [row(p, runs) for p, runs in zip(programs, runner.execute(programs), strict=True)]

    return run


@pytest.fixture(scope="module")
def corpus(execute: Execute) -> list[dict[str, Any]]:
    """Two variants of a family, and one that nobody declared: only a mutation can mend it."""
    bare = variant("bare")
    stray = replace(bare, family="stray", choices={}, effects={}, expected="", id="stray")
    return [dict(item) for item in execute([bare, variant("locked"), stray])]


@pytest.fixture
def families(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy stands among the families."""
    path = tmp_path / "counters" / "toy.c"
    path.parent.mkdir()
    path.write_text(TEXT)
    monkeypatch.setattr(twins, "FAMILIES", tmp_path)


@pytest.mark.usefixtures("families")
def test_traces_of_all_three_are_proven(corpus: list[dict[str, Any]], execute: Execute) -> None:
    assert [item["label"] for item in corpus] == ["racy", "clean", "racy"]
    ran: list[str] = []

    def counted(programs: Sequence[Program]) -> Sequence[Any]:
        ran.extend(program.id for program in programs)
        return execute(programs)

    runs = Runs(counted, {}, None)
    for item, told in zip(corpus, tellings_of(corpus, runs), strict=True):
        valid = [telling for telling in told if telling.reason is None]
        assert valid, told
        trace = valid[0].trace
        assert trace is not None
        assert trace.what_if is not None
        assert {trace.outcome, trace.what_if.outcome} == {"racy", "clean"}
        assert trace.outcome == item["label"]
        assert all(step.holds for step in trace.steps) == (item["label"] == "racy")
    assert {variant("atomic").id, variant("bare").id} <= set(ran)


@pytest.fixture
def words(
    families: None, tmp_path: Path, corpus: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[str]]:
    """A trace command over a corpus of two twins, with a cluster in this process."""
    write_part(tmp_path / "corpus", corpus[:2])
    quiet = LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0")
    with quiet as cluster, Client(cluster) as client:

        @contextmanager
        def shared(scheduler: str | None, jobs: int) -> Iterator[Any]:
            yield client

        monkeypatch.setattr(command, "connect", shared)
        yield ["trace", "--corpus", str(tmp_path / "corpus"), "--out", str(tmp_path / "out")]


def test_the_command_writes_resumes_and_shows(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*words, "--limit", "1"]) == 0
    assert "1 of 1 traces are valid (100.0%)" in capsys.readouterr().out
    assert cli.main(words) == 0
    captured = capsys.readouterr()
    assert "1 programs to tell" in captured.err
    assert "2 of 2 traces are valid (100.0%)" in captured.out
    assert cli.main(words) == 0
    assert "0 programs to tell" in capsys.readouterr().err

    rows = list(read_rows(tmp_path / "out", ("program", "label", "trace", "valid")))
    assert {item["label"] for item in rows} == {"racy", "clean"}
    assert all(item["valid"] for item in rows)
    told = [from_json(str(item["trace"])) for item in rows]
    assert all([step.link for step in trace.steps] == list(Link) for trace in told)

    assert cli.main([*words, "--samples", "2"]) == 0
    page = capsys.readouterr().out
    assert page.count("Verdict: ") == 2
    assert cli.main([*words, "--show", str(rows[0]["program"])]) == 0
    assert capsys.readouterr().out.count("Verdict: ") == 1
    assert cli.main([*words, "--show", "nowhere"]) == 2
