"""Racy and clean twins of each mechanism: what the oracle finds, and what it leaves alone."""

import re
from pathlib import Path

import pytest

from model_export.execute.run import Toolchain, ToolsMissing, find_tools
from model_export.oracle.batch import judge_all
from model_export.oracle.oracle import Oracle
from model_export.oracle.verdict import OracleVerdict
from model_export.programs.sample import Program

pytestmark = pytest.mark.clang

HERE = Path(__file__).parent
FILES = (
    "programs_threads.c",
    "programs_openmp.c",
    "programs_lanes.c",
    "programs_cpp.cpp",
)
FUNCTION = re.compile(r"^static .*?\b(\w+)\([^)]*\) \{", re.MULTILINE)


def owners(text: str) -> dict[int, str]:
    """line -> the function around it; a second thread's function counts as the first's."""
    found: dict[int, str] = {}
    for match in FUNCTION.finditer(text):
        first = text.count("\n", 0, match.start()) + 1
        for line in range(first, text.count("\n") + 2):
            found[line] = match[1].removesuffix("_too")
    return found


def cases() -> list[tuple[str, str]]:
    """(file, function) of each case."""
    found = []
    for name in FILES:
        for case in sorted(set(owners((HERE / name).read_text(encoding="utf-8")).values())):
            if case.startswith(("racy_", "clean_")):
                found.append((name, case))
    return found


@pytest.fixture(scope="module")
def tools() -> Toolchain:
    try:
        return find_tools()
    except ToolsMissing as exc:
        pytest.skip(str(exc))


@pytest.fixture(scope="module")
def verdicts(
    tools: Toolchain, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, OracleVerdict]:
    oracle = Oracle.over(tools, tmp_path_factory.mktemp("oracle"))
    oracle.racy_runs = len(oracle.schedules)
    oracle.seconds = 60  # many cases in a row, and perhaps on a busy machine
    texts = {name: (HERE / name).read_text(encoding="utf-8") for name in FILES}
    return {
        name: oracle.judge_source(text, "c" if name.endswith(".c") else "c++")
        for name, text in texts.items()
    }


@pytest.mark.parametrize(("name", "case"), cases())
def test_finds_what_races_and_nothing_else(
    verdicts: dict[str, OracleVerdict], name: str, case: str
) -> None:
    verdict = verdicts[name]
    assert verdict.outcome == "racy", verdict.reason
    assert all(run.outcome == "ended" for run in verdict.runs)
    owner = owners((HERE / name).read_text(encoding="utf-8"))
    races = [race for race in verdict.races if case in (owner[race.a.line], owner[race.b.line])]
    assert bool(races) == case.startswith("racy_"), races
    assert all(owner[race.a.line] == owner[race.b.line] for race in races)


COUNTER = """\
#include <pthread.h>
static int n;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void *add(void *unused) {
  LOCK
  n++;
  UNLOCK
  return unused;
}
int main(void) {
  pthread_t t;
  pthread_create(&t, 0, add, 0);
  add(0);
  pthread_join(t, 0);
}
"""
LOCKED = COUNTER.replace("UNLOCK", "pthread_mutex_unlock(&m);").replace(
    "LOCK", "pthread_mutex_lock(&m);"
)
BARE = COUNTER.replace("UNLOCK", "").replace("LOCK", "")
HANGS = COUNTER.replace("UNLOCK", "").replace("LOCK", "for (;;) pthread_mutex_lock(&m);")
NO_C = COUNTER.replace("UNLOCK", "").replace("LOCK", "undeclared();")


def program(source: str) -> Program:
    return Program(
        id=source,
        family="",
        domain="",
        language="c",
        source=source,
        choices={},
        effects={},
        slot_lines={},
        expected="",
        twin_group="",
    )


def test_names_line_column_mode_and_function(tools: Toolchain, tmp_path: Path) -> None:
    verdict = Oracle.over(tools, tmp_path).judge(program(BARE))
    sides = {
        (side.line, side.column, side.mode, side.atomic, side.function)
        for race in verdict.races
        for side in (race.a, race.b)
    }
    assert sides == {(6, 4, "read", False, "add"), (6, 4, "write", False, "add")}


def test_many_in_one_binary_are_judged_as_each_alone(tools: Toolchain, tmp_path: Path) -> None:
    oracle = Oracle.over(tools, tmp_path)
    together = judge_all(oracle, [program(text) for text in (BARE, LOCKED, NO_C)])
    assert [verdict.outcome for verdict in together] == ["racy", "clean", "unknown"]
    assert together[0].races == oracle.judge(program(BARE)).races
    assert "does not compile" in together[2].reason


def test_a_program_that_hangs_is_unknown(tools: Toolchain, tmp_path: Path) -> None:
    (verdict,) = judge_all(Oracle.over(tools, tmp_path), [program(HANGS)])
    assert verdict.outcome == "unknown"
    assert "timeout" in verdict.reason
